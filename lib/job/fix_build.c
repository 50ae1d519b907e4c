// SPDX-License-Identifier: MIT
/*
 * One build of the tree, and what it said.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"

#define LEFT_MAX 50 /* errors that are listed one by one */

// The last lines: where nothing could be read, they say why.
static void keep_last(struct fix_build *build, const struct flow_buf *text)
{
    size_t from = text->len > sizeof build->last - 1 ? text->len - (sizeof build->last - 1) : 0;
    const char *newline = from > 0 ? memchr(text->data + from, '\n', text->len - from) : NULL;
    if (newline)
        from = (size_t)(newline + 1 - text->data);
    memcpy(build->last, text->data + from, text->len - from);
    build->last[text->len - from] = '\0';
    for (size_t len = strlen(build->last); len > 0 && build->last[len - 1] == '\n'; len--)
        build->last[len - 1] = '\0';
}

static int read_output(struct fix *fix, struct fix_build *out, const struct flow_buf *said,
                       const struct flow_buf *talk, struct flow_error *err)
{
    flow_diagnostics_init(&out->list);
    if (flow_diagnostics_read(&out->list, fix->rules, fix->place.dir.data, said->data, said->len, err) ||
        flow_diagnostics_read(&out->list, fix->rules, fix->place.dir.data, talk->data, talk->len, err)) {
        flow_diagnostics_release(&out->list);
        return -1;
    }
    out->clean = out->status == 0;
    // A tool that succeeds has said no error, whatever looks like one.
    out->errors = out->clean ? 0 : out->list.errors;
    keep_last(out, talk->len > 0 ? talk : said);
    return 0;
}

int fix_build(struct fix *fix, struct fix_build *out, struct flow_error *err)
{
    struct flow_buf said, talk;
    *out = (struct fix_build){0};
    fix_doing(fix, "building");
    flow_buf_init(&said, FLOW_BUF_FILE);
    flow_buf_init(&talk, FLOW_BUF_FILE);
    struct fix_command command = {.what = "build",
                                  .text = fix->command,
                                  .tree = fix->place.tree.data,
                                  .dir = fix->place.dir.data,
                                  .out = &said,
                                  .err = &talk};
    int result = fix_run(fix, &command, &out->status, err);
    if (result == 0)
        result = fix_tree_undo(fix, err);
    if (result == 0)
        result = read_output(fix, out, &said, &talk, err);
    flow_buf_release(&talk);
    flow_buf_release(&said);
    if (result == 0)
        fix_figure(fix, &fix->progress.errors, out->errors);
    return result;
}

void fix_build_release(struct fix_build *build)
{
    flow_diagnostics_release(&build->list);
}

size_t fix_build_errors(const struct fix_build *build, const char *file)
{
    size_t count = 0;
    for (size_t i = 0; !build->clean && i < build->list.count; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        count += item->severity == FLOW_SEVERITY_ERROR && item->place.file && !item->place.outside &&
                 strcmp(item->place.file, file) == 0;
    }
    return count;
}

static int add_left(struct fix *fix, const struct flow_diagnostic *item, struct flow_error *err)
{
    struct flow_strv *left = &fix->outcome->left;
    struct flow_buf place, message;
    flow_buf_init(&place, FLOW_BUF_LINE);
    flow_buf_init(&message, FLOW_BUF_LINE);
    if (item->place.file && !item->place.outside && fix->place.root.len > 0)
        flow_buf_printf(&place, "%s/", fix->place.root.data);
    flow_buf_puts(&place, item->place.file ? item->place.file : "(no file)");
    if (item->place.line > 0)
        flow_buf_printf(&place, ":%u", item->place.line);
    flow_buf_add(&message, item->message, flow_str_first_line(item->message, strlen(item->message), 300));
    if (item->code)
        flow_buf_printf(&message, " (%s)", item->code);
    int result = flow_buf_check(&place, "place", err) || flow_buf_check(&message, "message", err) ||
                         flow_strv_add(left, place.data, err) || flow_strv_add(left, message.data, err)
                     ? -1
                     : 0;
    flow_buf_release(&message);
    flow_buf_release(&place);
    return result;
}

int fix_build_left(struct fix *fix, const struct fix_build *build, struct flow_error *err)
{
    size_t listed = 0;
    char more[80];
    for (size_t i = 0; !build->clean && i < build->list.count && listed < LEFT_MAX; i++) {
        if (build->list.items[i].severity != FLOW_SEVERITY_ERROR)
            continue;
        if (add_left(fix, &build->list.items[i], err))
            return -1;
        listed++;
    }
    if (build->errors <= listed)
        return 0;
    snprintf(more, sizeof more, "%zu more errors", build->errors - listed);
    return flow_strv_add(&fix->outcome->left, "…", err) || flow_strv_add(&fix->outcome->left, more, err) ? -1
                                                                                                         : 0;
}
