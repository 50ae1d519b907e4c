// SPDX-License-Identifier: MIT
/*
 * Gates that look at the target as text: its path, whether it parses, what it leaves out, its licence, its
 * comments.
 */
#define _GNU_SOURCE // memmem
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "gate.h"

int flow_gate_path(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    if (!in->target.path || strcmp(in->target.path, in->expected_path) == 0)
        return 0;
    return flow_gate_add(gate, "path", 0, err, "the reply is for '%s', but this unit goes to '%s'",
                         in->target.path, in->expected_path);
}

int flow_gate_parse(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    if (strspn(in->target.text, " \t\r\n") == in->target.len)
        return flow_gate_add(gate, "parse", 0, err, "the file is empty");
    if (in->formatted)
        return 0;
    size_t count;
    uint32_t line;
    if (flow_syntax_errors(gate->parser, in->target_language, in->target.text, in->target.len, &count, &line,
                           err) < 0)
        return -1;
    if (count == 0)
        return 0;
    return flow_gate_add(gate, "parse", line, err,
                         "the file does not parse as %s: %zu place%s, the first in line %u",
                         flow_language_name(in->target_language), count, count == 1 ? "" : "s", line);
}

/*
 * Elisions: text that stands for code which is not there.
 */

// Words that the source itself has (a message, a remark of its author) are kept by a faithful port.
static bool in_source(const struct flow_gate_input *in, const char *words, size_t len)
{
    for (size_t i = 0; i < in->source_count; i++) {
        if (memmem(in->sources[i].text, in->sources[i].len, words, len))
            return true;
    }
    return false;
}

static int find_elision(struct flow_gate *gate, const regex_t *pattern, void *payload, struct flow_error *err)
{
    (void)payload;
    const struct flow_gate_input *in = gate->input;
    regmatch_t match;
    for (const char *at = in->target.text; regexec(pattern, at, 1, &match, 0) == 0; at += match.rm_eo) {
        const char *hit = at + match.rm_so;
        size_t len = flow_str_first_line(hit, strlen(hit), 80);
        if (!in_source(in, hit, (size_t)(match.rm_eo - match.rm_so)) &&
            flow_gate_add(gate, "elision", flow_gate_line(in->target.text, (size_t)(hit - in->target.text)),
                          err, "'%.*s' stands for code that is missing: write the whole file", (int)len,
                          hit) < 0)
            return -1;
        if (match.rm_eo == match.rm_so)
            break;
    }
    return 0;
}

int flow_gate_elision(struct flow_gate *gate, struct flow_error *err)
{
    return flow_gate_patterns(gate, "elision.pattern", find_elision, NULL, err);
}

/*
 * Licences: what the lines at the top of the source say about rights must stand at the top of the target.
 */

#define LICENCE_LINES 40

// Where line `n` of text begins, or its end.
static size_t head_len(const char *text, size_t len, unsigned lines)
{
    size_t at = 0;
    while (at < len && lines > 0)
        lines -= text[at++] == '\n';
    return at;
}

struct licence {
    const struct flow_gate_file *source;
};

static int find_licence(struct flow_gate *gate, const regex_t *pattern, void *payload, struct flow_error *err)
{
    const struct licence *licence = payload;
    const struct flow_gate_file *target = &gate->input->target;
    char *head =
        strndup(licence->source->text, head_len(licence->source->text, licence->source->len, LICENCE_LINES));
    char *kept = strndup(target->text, head_len(target->text, target->len, LICENCE_LINES));
    int result = head && kept ? 0 : flow_error_nomem(err);
    regmatch_t match;
    for (const char *at = head; result == 0 && regexec(pattern, at, 1, &match, 0) == 0; at += match.rm_eo) {
        if (match.rm_eo == match.rm_so)
            break;
        char *words = strndup(at + match.rm_so, (size_t)(match.rm_eo - match.rm_so));
        if (!words)
            result = flow_error_nomem(err);
        else if (!strstr(kept, words))
            result = flow_gate_add(gate, "licence", 1, err,
                                   "'%s' of '%s' is missing: keep the header of the source", words,
                                   licence->source->path);
        free(words);
    }
    free(kept);
    free(head);
    return result;
}

int flow_gate_licence(struct flow_gate *gate, struct flow_error *err)
{
    for (size_t i = 0; i < gate->input->source_count; i++) {
        struct licence licence = {.source = &gate->input->sources[i]};
        if (flow_gate_patterns(gate, "licence.pattern", find_licence, &licence, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * Churn: comments that swell are a sign of work that is excused instead of done.
 */

int flow_gate_churn(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    long percent, slack;
    if (flow_config_int(gate->rules, "churn.comment-percent", 0, 10000, 150, &percent, err) < 0 ||
        flow_config_int(gate->rules, "churn.comment-slack", 0, 10000, 10, &slack, err) < 0)
        return -1;
    size_t before = 0;
    struct flow_volume volume;
    for (size_t i = 0; i < in->source_count; i++) {
        if (flow_volume_measure(&volume, gate->parser, in->source_language, in->sources[i].text,
                                in->sources[i].len, err) < 0)
            return -1;
        before += volume.comment_lines;
    }
    if (flow_volume_measure(&volume, gate->parser, in->target_language, in->target.text, in->target.len,
                            err) < 0)
        return -1;
    size_t allowed = before * (size_t)percent / 100 + (size_t)slack;
    if (volume.comment_lines <= allowed)
        return 0;
    return flow_gate_add(
        gate, "churn", 0, err,
        "%zu lines of comments where the source has %zu (at most %zu are allowed): leave out comments "
        "that explain the translation",
        volume.comment_lines, before, allowed);
}
