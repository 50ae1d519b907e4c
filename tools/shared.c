// SPDX-License-Identifier: MIT
#include "shared.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/ui/ask.h"
#include "flow/ui/figure.h"

static int warn(const struct flow_config *config, struct flow_error *err)
{
    struct flow_strv unknown;
    flow_strv_init(&unknown);
    int result = flow_config_unknown(config, &unknown, err);
    for (size_t i = 0; i < unknown.count; i++)
        fprintf(stderr, "warning: %s\n", unknown.items[i]);
    flow_strv_release(&unknown);
    return result;
}

int shared_place_open(struct shared_place *place, const char *directory, struct flow_error *err)
{
    *place = (struct shared_place){0};
    return flow_repo_open(&place->repo, directory, err) ||
                   flow_repo_config(place->repo, &place->config, err) ||
                   flow_languages_load(&place->languages, err) || warn(place->config, err)
               ? -1
               : 0;
}

void shared_place_close(struct shared_place *place)
{
    flow_languages_free(place->languages);
    flow_config_free(place->config);
    flow_repo_free(place->repo);
}

static int folder_here(const char *top, const char *directory, struct flow_buf *out, struct flow_error *err)
{
    char *here = realpath(directory ? directory : ".", NULL), *real_top = realpath(top, NULL);
    int result = 0;
    if (!here || !real_top) {
        result = flow_error_errno(err, errno, "cannot find the folder of '%s'", directory ? directory : ".");
    } else {
        size_t len = strlen(real_top);
        if (strncmp(here, real_top, len) == 0 && here[len] == '/')
            flow_buf_puts(out, here + len + 1);
    }
    free(here);
    free(real_top);
    return result;
}

int shared_path(const struct flow_repo *repo, const char *directory, const char *typed, struct flow_buf *out,
                struct flow_error *err)
{
    struct flow_buf here;
    const char *top = flow_repo_workdir(repo);
    bool from_top = !top || strncmp(typed, top, strlen(top)) == 0;
    flow_buf_init(&here, FLOW_BUF_LINE);
    bool unit = strstr(typed, "://") != NULL;
    int result = unit || from_top ? 0 : folder_here(top, directory, &here, err);
    if (unit)
        flow_buf_puts(out, typed);
    else if (result == 0 && from_top)
        flow_path_join(out, top ? typed + strlen(top) : typed, "");
    else if (result == 0)
        flow_path_join(out, here.data, typed);
    if (result == 0)
        result = flow_buf_check(out, "path", err);
    flow_buf_release(&here);
    return result;
}

static int add_typed(const struct flow_repo *repo, const char *directory, const char *typed,
                     struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = shared_path(repo, directory, typed, &path, err);
    if (result == 0)
        result = flow_strv_add(out, path.data, err);
    flow_buf_release(&path);
    return result;
}

int shared_ids(const struct flow_tool_context *context, const struct flow_repo *repo, const char *directory,
               const char *what, struct flow_strv *out, struct flow_strv *piped, struct flow_error *err)
{
    struct flow_strv typed;
    flow_strv_init(&typed);
    int result = flow_tool_ids(context, what, &typed, piped, err);
    for (size_t i = 0; i < typed.count && result == 0; i++)
        result = add_typed(repo, directory, typed.items[i], out, err);
    flow_strv_release(&typed);
    return result;
}

int shared_approve(void *payload, const struct flow_brought *brought, bool changed, struct flow_error *err)
{
    (void)payload;
    return flow_ask_about(brought->what, brought->text, brought->len,
                          changed ? "It changed since it was accepted. Use it?" : "Use it?", err);
}

int shared_agree(const struct flow_buf *plan, bool quiet, bool yes, const char *question,
                 struct flow_error *err)
{
    if (!quiet || !yes)
        fputs(plan->data, stderr);
    return yes || !question ? 0 : flow_ask(question, "--yes", err);
}

int shared_budget(const char *option, const struct flow_config *config, const char *key,
                  struct flow_budget *out, struct flow_error *err)
{
    const char *text = option ? option : flow_config_str(config, key, NULL);
    if (!text)
        return 0;
    return flow_budget_parse(text, option ? "--budget" : key, out, err) ? -1 : 1;
}

void shared_put_budget(const struct flow_budget *budget, struct flow_buf *out)
{
    const char *comma = "";
    if (budget->nano_usd >= 0) {
        flow_figure_usd(out, budget->nano_usd);
        comma = ", ";
    }
    if (budget->tokens >= 0) {
        flow_buf_puts(out, comma);
        flow_figure_count(out, (uint64_t)budget->tokens);
        flow_buf_puts(out, " tokens");
        comma = ", ";
    }
    if (budget->calls >= 0) {
        flow_buf_printf(out, "%s%" PRId64 " calls", comma, budget->calls);
        comma = ", ";
    }
    flow_buf_puts(out, *comma ? "" : "none");
}

void shared_put_price(const struct shared_price *price, struct flow_buf *out)
{
    flow_buf_printf(out, "  calls             %zu-%zu, ", price->calls[0], price->calls[1]);
    flow_figure_count(out, price->tokens[0]);
    flow_buf_putc(out, '-');
    flow_figure_count(out, price->tokens[1]);
    flow_buf_puts(out, " tokens\n  price             ");
    if (price->known) {
        flow_figure_usd(out, price->nano_usd[0]);
        flow_buf_putc(out, '-');
        flow_figure_usd(out, price->nano_usd[1]);
    } else {
        flow_buf_puts(out, "not known");
    }
    flow_buf_puts(out, "\n  budget            ");
    shared_put_budget(price->limit, out);
    flow_buf_putc(out, '\n');
}

bool shared_is_priced(int64_t calls, int64_t unpriced)
{
    return unpriced == 0 || unpriced < calls;
}

void shared_put_spent(int64_t nano_usd, int64_t calls, int64_t unpriced, struct flow_buf *out)
{
    if (shared_is_priced(calls, unpriced))
        flow_figure_usd(out, nano_usd);
    else
        flow_buf_puts(out, "unknown");
}
