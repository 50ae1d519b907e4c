// SPDX-License-Identifier: MIT
/*
 * What a model makes of a declaration: formatted where the file is, and held against the gates for a change
 * to that file.
 */
#include <string.h>

#include "flow/check/gates.h"
#include "flow/target/target.h"
#include "optimize_private.h"

// The file with the declaration as it would be.
static int make_file(const struct optimize_candidate *candidate, const struct flow_buf *after,
                     struct flow_buf *out, struct flow_error *err)
{
    const struct optimize_file *file = candidate->file;
    flow_buf_add(out, file->text, candidate->around.start);
    flow_buf_add(out, after->data, after->len);
    flow_buf_add(out, file->text + candidate->around.end, file->len - candidate->around.end);
    return flow_buf_check(out, file->entry->path, err);
}

// 1: the language's own formatter has read it; 0: there is none, or it could not.
static int format_text(const struct optimize *o, const struct optimize_candidate *candidate, const char *text,
                       size_t len, struct flow_buf *out, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    int done = flow_target_format(candidate->pass->language, o->options->config, candidate->file->entry->path,
                                  text, len, out, &own);
    if (done < 0 && err)
        *err = own;
    return done;
}

// Whether a file differs from the candidate's in nothing but the declaration.
static bool is_same_around(const struct optimize_candidate *candidate, const struct flow_buf *text)
{
    const struct optimize_file *file = candidate->file;
    size_t before = candidate->around.start, behind = file->len - candidate->around.end;
    return text->len >= before + behind && memcmp(text->data, file->text, before) == 0 &&
           memcmp(text->data + text->len - behind, file->text + candidate->around.end, behind) == 0;
}

// Only where that leaves everything else as it is: a file that nobody formats stays as its authors have it.
static int format(const struct optimize *o, const struct optimize_candidate *candidate,
                  struct flow_buf *after, struct flow_error *err)
{
    const struct optimize_file *file = candidate->file;
    struct flow_buf whole, formatted;
    flow_buf_init(&whole, FLOW_BUF_FILE);
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    int done = format_text(o, candidate, file->text, file->len, &formatted, err);
    bool kept = done == 1 && formatted.len == file->len && memcmp(formatted.data, file->text, file->len) == 0;
    flow_buf_clear(&formatted);
    if (kept)
        done = make_file(candidate, after, &whole, err)
                   ? -1
                   : format_text(o, candidate, whole.data, whole.len, &formatted, err);
    if (kept && done == 1 && is_same_around(candidate, &formatted)) {
        flow_buf_clear(after);
        flow_buf_add(after, formatted.data + candidate->around.start,
                     formatted.len - candidate->around.start - (file->len - candidate->around.end));
        done = flow_buf_check(after, file->entry->path, err);
    }
    flow_buf_release(&formatted);
    flow_buf_release(&whole);
    return done < 0 ? -1 : 0;
}

static int run_gates(const struct optimize *o, const struct optimize_candidate *candidate,
                     const struct flow_buf *text, struct flow_buf *why, struct flow_error *err)
{
    const struct optimize_file *file = candidate->file;
    const struct flow_language *language = candidate->pass->language;
    const struct flow_gate_file previous = {.path = file->entry->path, .text = file->text, .len = file->len};
    const struct flow_gate_input input = {
        .languages = o->options->languages,
        .source_language = language,
        .target_language = language,
        .sources = &previous,
        .source_count = 1,
        .target = {.path = file->entry->path, .text = text->data, .len = text->len},
        .expected_path = file->entry->path,
        .change = true,
        .previous = &previous,
    };
    return flow_gates_judge(&input, " of the file after it", why, err);
}

int optimize_judge(const struct optimize *o, const struct optimize_candidate *candidate,
                   struct flow_buf *after, struct flow_buf *why, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = format(o, candidate, after, err) || make_file(candidate, after, &text, err) ? -1 : 0;
    if (result == 0)
        result = run_gates(o, candidate, &text, why, err);
    flow_buf_release(&text);
    return result;
}
