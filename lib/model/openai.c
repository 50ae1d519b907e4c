// SPDX-License-Identifier: MIT
#include "openai.h"

#include <string.h>

#include "http.h"
#include "models.h"

/* The server wants the other name of the length limit than the first guess. */
#define QUIRK_OTHER_LIMIT 1u

static void url(const struct flow_endpoint *endpoint, struct flow_buf *out)
{
    flow_buf_printf(out, "%s/chat/completions", endpoint->url);
}

static int headers(const struct flow_endpoint *endpoint, struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf line;
    int rc;

    if (flow_strv_add(out, "content-type: application/json", err) != 0)
        return -1;
    if (endpoint->key == NULL)
        return 0;
    flow_buf_init(&line, FLOW_BUF_LINE);
    flow_buf_printf(&line, "authorization: Bearer %s", endpoint->key);
    rc = flow_buf_check(&line, "header", err) == 0 ? flow_strv_add(out, line.data, err) : -1;
    if (line.len > 0)
        explicit_bzero(line.data, line.len);
    flow_buf_release(&line);
    return rc;
}

static bool new_limit(const struct flow_endpoint *endpoint, unsigned quirks)
{
    return endpoint->vendor != ((quirks & QUIRK_OTHER_LIMIT) != 0);
}

static void body(const struct flow_endpoint *endpoint, const struct flow_request *request, const char *name,
                 unsigned quirks, struct flow_buf *out)
{
    flow_openai_body(request, name, new_limit(endpoint, quirks), out);
}

static unsigned learn(const struct flow_fault *fault, const struct flow_endpoint *endpoint, unsigned quirks)
{
    const char *sent = new_limit(endpoint, quirks) ? "max_completion_tokens" : "max_tokens";

    return (quirks & QUIRK_OTHER_LIMIT) == 0 && strcmp(fault->param, sent) == 0 ? QUIRK_OTHER_LIMIT : 0;
}

static const struct flow_dialect dialect = {
    .provider = "openai",
    .url = url,
    .headers = headers,
    .body = body,
    .event = flow_openai_event,
    .whole = flow_openai_whole,
    .raw = flow_openai_raw,
    .learn = learn,
};

static int attempt(struct flow_attempt *a, struct flow_error *err)
{
    return flow_http_attempt(a, &dialect, err);
}

static int check(struct flow_models *models, const char *name, struct flow_error *err)
{
    (void)name;
    return flow_http_check(models, &dialect, err);
}

static int destination(struct flow_models *models, const char *name, struct flow_buf *out,
                       struct flow_error *err)
{
    (void)name;
    return flow_http_destination(models, &dialect, out, err);
}

const struct flow_provider flow_provider_openai = {
    .name = "openai",
    .tools = true,
    .caches = true,
    .retries = true,
    .check = check,
    .destination = destination,
    .attempt = attempt,
};
