// SPDX-License-Identifier: MIT
#include <string.h>

#include "fix_private.h"
#include "flow/check/gates.h"
#include "flow/job/analyze.h"
#include "flow/target/target.h"

static int format(struct fix *fix, const struct fix_unit *unit, struct flow_buf *text, bool *readable,
                  struct flow_error *err)
{
    struct flow_buf formatted;
    struct flow_error own = FLOW_ERROR_INIT;
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    int done = flow_target_format(fix->to, fix->config, unit->path, text->data, text->len, &formatted, &own);
    *readable = done == 1 && formatted.len > 0;
    if (*readable) {
        flow_buf_release(text);
        *text = formatted;
    } else {
        flow_buf_release(&formatted);
    }
    return done < 0 ? flow_error_set(err, own.code, "%s", own.message) : 0;
}

static int run_gates(struct fix *fix, const struct fix_unit *unit, const struct flow_buf *text,
                     bool formatted, const struct flow_buf *sources, struct flow_buf *why,
                     struct flow_error *err)
{
    struct flow_gate_file previous = {.path = unit->path, .text = unit->text.data, .len = unit->text.len};
    struct flow_gate_file files[2];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        if (sources[i].len > 0)
            files[count++] =
                (struct flow_gate_file){.path = unit->id, .text = sources[i].data, .len = sources[i].len};
    struct flow_gate_input input = {
        .languages = fix->languages,
        .source_language = fix->from,
        .target_language = fix->to,
        .sources = files,
        .source_count = count,
        .target = {.path = unit->path, .text = text->data, .len = text->len},
        .formatted = formatted,
        .expected_path = unit->path,
        .change = true,
        .skeleton = fix->options->contracts,
        .c_abi = flow_unit_is_c_abi(unit->id),
        .previous = &previous,
    };
    return flow_gates_judge(&input, "", why, err);
}

int fix_judge(struct fix *fix, const struct fix_unit *unit, struct flow_buf *text, struct flow_buf *why,
              struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    struct flow_buf sources[2];
    bool formatted;
    int result = 0;
    for (size_t i = 0; i < 2; i++) {
        flow_buf_init(&sources[i], FLOW_BUF_FILE);
        if (result == 0)
            result = fix_unit_pinned(fix, unit, names[i], &sources[i], err);
    }
    if (result == 0)
        result = format(fix, unit, text, &formatted, err);
    if (result == 0)
        result = run_gates(fix, unit, text, formatted, sources, why, err);
    for (size_t i = 0; i < 2; i++)
        flow_buf_release(&sources[i]);
    return result;
}
