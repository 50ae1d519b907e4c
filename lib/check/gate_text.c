// SPDX-License-Identifier: MIT
/*
 * Gates that look at the target as text: its path, whether it parses, what it leaves out, its licence, its
 * comments.
 */
#define _GNU_SOURCE // memmem
#include <ctype.h>
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

/*
 * Parsing.
 */

static bool is_blank(const struct flow_gate_file *file)
{
    for (size_t i = 0; i < file->len; i++) {
        if (!isspace((unsigned char)file->text[i]))
            return false;
    }
    return true;
}

static bool source_is_blank(const struct flow_gate_input *in)
{
    for (size_t i = 0; i < in->source_count; i++) {
        if (!is_blank(&in->sources[i]))
            return false;
    }
    return in->source_count > 0;
}

struct elder_errors {
    const struct flow_gate *gate;
    size_t most;
};

static int count_elder_errors(const struct flow_gate_file *elder, void *payload, struct flow_error *err)
{
    struct elder_errors *errors = payload;
    size_t count;
    uint32_t line;
    if (flow_syntax_errors(errors->gate->parser, errors->gate->input->target_language, elder->text,
                           elder->len, &count, &line, err) < 0)
        return -1;
    if (errors->most < count)
        errors->most = count;
    return 0;
}

// What our grammar may stumble over in a file that is right: as much as in an earlier form of it, or as the
// rules of the language allow.
static int allowed_errors(const struct flow_gate *gate, size_t *out, struct flow_error *err)
{
    const struct flow_gate_file *target = &gate->input->target;
    struct elder_errors errors = {.gate = gate};
    long percent;
    if (flow_config_int(gate->rules, "parse.tolerated-percent", 0, 100, 0, &percent, err) < 0 ||
        flow_gate_elders(gate, count_elder_errors, &errors, err) < 0)
        return -1;
    size_t tolerated = flow_gate_line(target->text, target->len) * (size_t)percent / 100;
    *out = errors.most > tolerated ? errors.most : tolerated;
    return 0;
}

int flow_gate_parse(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    if (is_blank(&in->target))
        return source_is_blank(in) ? 0 : flow_gate_add(gate, "parse", 0, err, "the file is empty");
    if (in->formatted)
        return 0;
    size_t count, allowed;
    uint32_t line;
    if (flow_syntax_errors(gate->parser, in->target_language, in->target.text, in->target.len, &count, &line,
                           err) < 0)
        return -1;
    if (count == 0)
        return 0;
    if (allowed_errors(gate, &allowed, err) < 0)
        return -1;
    if (count <= allowed)
        return 0;
    return flow_gate_add(gate, "parse", line, err,
                         "the file does not parse as %s: %zu place%s, the first in line %u",
                         flow_language_name(in->target_language), count, count == 1 ? "" : "s", line);
}

/*
 * Elisions: text that stands for code which is not there.
 *
 * The authors of the source leave such remarks, too, and a faithful port keeps them. One that says what the
 * source says is no finding; nor are those in other words, as long as all of them together are no more than
 * the source has.
 */

#define REMARK_MAX  200
#define LOOKUPS_MAX 1000 // remarks of one kind that are looked for in the source; the rest is counted only

// Where to look on: an empty match must not be found again.
static size_t behind(const regmatch_t *match)
{
    return (size_t)match->rm_eo + (match->rm_eo == match->rm_so);
}

static int count_in_sources(const struct flow_gate_input *in, const regex_t *pattern, size_t *out,
                            struct flow_error *err)
{
    regmatch_t match;
    *out = 0;
    for (size_t i = 0; i < in->source_count; i++) {
        const struct flow_gate_file *source = &in->sources[i];
        int found;
        for (size_t at = 0;
             (found = flow_gate_match(pattern, source->text, source->len, at, &match, err)) > 0;
             at = behind(&match))
            (*out)++;
        if (found < 0)
            return -1;
    }
    return 0;
}

struct remarks {
    size_t said, unsaid; /* of the target: those that the source says, too, and others */
    bool report;         /* the others */
};

static int note_remark(struct flow_gate *gate, struct remarks *remarks, const char *hit, size_t len,
                       uint32_t line, struct flow_error *err)
{
    bool known = remarks->said + remarks->unsaid < LOOKUPS_MAX &&
                 flow_gate_said(&gate->source_words, hit, flow_str_first_line(hit, len, REMARK_MAX));
    *(known ? &remarks->said : &remarks->unsaid) += 1;
    if (known || !remarks->report)
        return 0;
    return flow_gate_add(gate, "elision", line, err,
                         "'%.*s' stands for code that is missing: write the whole file",
                         (int)flow_str_first_line(hit, len, 80), hit);
}

static int walk_remarks(struct flow_gate *gate, const regex_t *pattern, struct remarks *remarks,
                        struct flow_error *err)
{
    const struct flow_gate_file *target = &gate->input->target;
    uint32_t line = 1;
    size_t counted = 0;
    regmatch_t match;
    int found;
    for (size_t at = 0; (found = flow_gate_match(pattern, target->text, target->len, at, &match, err)) > 0;
         at = behind(&match)) {
        for (; counted < (size_t)match.rm_so; counted++)
            line += target->text[counted] == '\n';
        if (note_remark(gate, remarks, target->text + counted, target->len - counted, line, err) < 0)
            return -1;
    }
    return found;
}

static int find_elisions(struct flow_gate *gate, const regex_t *pattern, void *payload,
                         struct flow_error *err)
{
    (void)payload;
    size_t in_sources;
    struct remarks remarks = {0}, reported = {.report = true};
    if (walk_remarks(gate, pattern, &remarks, err) < 0)
        return -1;
    if (remarks.unsaid == 0)
        return 0;
    if (count_in_sources(gate->input, pattern, &in_sources, err) < 0)
        return -1;
    if (remarks.said + remarks.unsaid <= in_sources)
        return 0;
    return walk_remarks(gate, pattern, &reported, err);
}

int flow_gate_elision(struct flow_gate *gate, struct flow_error *err)
{
    return flow_gate_patterns(gate, "elision.pattern", find_elisions, NULL, err);
}

/*
 * Licences: what the lines at the top of the source say about rights must stand at the top of the target.
 */

#define LICENCE_LINES 40

static size_t head_len(const struct flow_gate_file *file)
{
    size_t at = 0;
    for (unsigned lines = LICENCE_LINES; at < file->len && lines > 0;)
        lines -= file->text[at++] == '\n';
    return at;
}

static int find_licence(struct flow_gate *gate, const regex_t *pattern, void *payload, struct flow_error *err)
{
    const struct flow_gate_file *source = payload, *target = &gate->input->target;
    size_t len = head_len(source), kept = head_len(target);
    regmatch_t match;
    int found;
    for (size_t at = 0; (found = flow_gate_match(pattern, source->text, len, at, &match, err)) > 0;
         at = behind(&match)) {
        const char *words = source->text + match.rm_so;
        size_t size = (size_t)(match.rm_eo - match.rm_so);
        if (size > 0 && !memmem(target->text, kept, words, size) &&
            flow_gate_add(gate, "licence", 1, err, "'%.*s' of '%s' is missing: keep the header of the source",
                          (int)size, words, source->path) < 0)
            return -1;
    }
    return found;
}

int flow_gate_licence(struct flow_gate *gate, struct flow_error *err)
{
    for (size_t i = 0; i < gate->input->source_count; i++) {
        struct flow_gate_file source = gate->input->sources[i];
        if (flow_gate_patterns(gate, "licence.pattern", find_licence, &source, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * Churn: comments that swell are a sign of work that is excused instead of done.
 */

int flow_gate_content(struct flow_gate_content *out, const struct flow_gate *gate,
                      const struct flow_language *language, const char *text, size_t len,
                      struct flow_error *err)
{
    struct flow_error missing = FLOW_ERROR_INIT;
    struct flow_volume volume;
    struct flow_matches matches;
    if (flow_volume_measure(&volume, gate->parser, language, text, len, err) < 0)
        return -1;
    *out = (struct flow_gate_content){volume.comment_lines, volume.comment_bytes, 0};
    if (flow_matches_find(&matches, gate->parser, language, "gates.scm", text, len, &missing) < 0) {
        if (missing.code == FLOW_E_NOT_FOUND)
            return 0;
        if (err)
            *err = missing;
        return -1;
    }
    for (size_t i = 0; i < matches.count; i++) {
        const struct flow_match *match = &matches.items[i];
        out->stubs += flow_str_starts(match->capture, "stub.");
        if (!flow_str_starts(match->capture, "comment."))
            continue;
        out->comment_lines += match->span.end_line - match->span.start_line + 1;
        out->comment_bytes += match->span.end - match->span.start;
    }
    flow_matches_release(&matches);
    return 0;
}

int flow_gate_churn(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    long percent, slack;
    // A layer of C ABI says at each boundary what it relies on; its header has nothing of that.
    if (in->c_abi)
        return 0;
    if (flow_config_int(gate->rules, "churn.comment-percent", 0, 10000, 150, &percent, err) < 0 ||
        flow_config_int(gate->rules, "churn.comment-slack", 0, 10000, 10, &slack, err) < 0)
        return -1;
    size_t before = 0;
    struct flow_gate_content content;
    for (size_t i = 0; i < in->source_count; i++) {
        const struct flow_gate_file *source = &in->sources[i];
        if (flow_gate_content(&content, gate, in->source_language, source->text, source->len, err) < 0)
            return -1;
        before += content.comment_lines;
    }
    if (flow_gate_content(&content, gate, in->target_language, in->target.text, in->target.len, err) < 0)
        return -1;
    size_t after = content.comment_lines;
    size_t allowed = before * (size_t)percent / 100 + (size_t)slack;
    if (after <= allowed)
        return 0;
    return flow_gate_add(
        gate, "churn", 0, err,
        "%zu lines of comments where the source has %zu (at most %zu are allowed): leave out comments "
        "that explain the translation",
        after, before, allowed);
}
