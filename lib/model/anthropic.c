// SPDX-License-Identifier: MIT
#include "anthropic.h"

#include <string.h>

#include "flow/base/str.h"
#include "http.h"
#include "models.h"

static void url(const struct flow_endpoint *endpoint, struct flow_buf *out)
{
    // The base carries no /v1 by convention, but people copy it from servers whose base does.
    flow_buf_puts(out, endpoint->url);
    flow_buf_puts(out, flow_str_ends(endpoint->url, "/v1") ? "/messages" : "/v1/messages");
}

static int headers(const struct flow_endpoint *endpoint, struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf line;
    int rc = -1;

    flow_buf_init(&line, FLOW_BUF_LINE);
    flow_buf_printf(&line, "anthropic-version: %s", endpoint->version);
    if (flow_buf_check(&line, "header", err) != 0 || flow_strv_add(out, line.data, err) != 0 ||
        flow_strv_add(out, "content-type: application/json", err) != 0)
        goto done;
    rc = 0;
    if (endpoint->key != NULL) {
        flow_buf_clear(&line);
        flow_buf_printf(&line, endpoint->bearer ? "authorization: Bearer %s" : "x-api-key: %s",
                        endpoint->key);
        rc = flow_buf_check(&line, "header", err) == 0 ? flow_strv_add(out, line.data, err) : -1;
        if (line.len > 0)
            explicit_bzero(line.data, line.len);
    }
done:
    flow_buf_release(&line);
    return rc;
}

static void body(const struct flow_endpoint *endpoint, const struct flow_request *request, const char *name,
                 unsigned quirks, struct flow_buf *out)
{
    (void)endpoint;
    (void)quirks;
    flow_anthropic_body(request, name, out);
}

static const struct flow_dialect dialect = {
    .provider = "anthropic",
    .url = url,
    .headers = headers,
    .body = body,
    .event = flow_anthropic_event,
    .whole = flow_anthropic_whole,
    .raw = flow_anthropic_raw,
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

const struct flow_provider flow_provider_anthropic = {
    .name = "anthropic",
    .tools = true,
    .caches = true,
    .retries = true,
    .check = check,
    .destination = destination,
    .attempt = attempt,
};
