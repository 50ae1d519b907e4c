// SPDX-License-Identifier: MIT
/*
 * Gates over what gates.scm marks in the target: stubs, which are refused, and risks, which the source must
 * explain. What an earlier form of the target has as many of is no finding.
 */
#include <stdio.h>
#include <string.h>

#include "flow/base/map.h"
#include "flow/base/str.h"
#include "gate.h"

struct marked {
    struct flow_gate *gate;
    struct flow_matches matches; /* in the target */
    struct flow_map *counts;     /* of each capture in the target */
    struct flow_map *elder;      /* the most that one earlier form of the target has */
    struct flow_map *source;     /* of each capture in sources of another language */
    struct flow_traps traps;     /* of the sources */
    struct flow_error *err;
};

static int count_captures(const struct flow_matches *matches, struct flow_map *counts, struct flow_error *err)
{
    for (size_t i = 0; i < matches->count; i++) {
        const char *capture = matches->items[i].capture;
        union flow_map_value *count = flow_map_ensure(counts, capture, strlen(capture), &(bool){false});
        if (!count)
            return flow_error_nomem(err);
        count->num++;
    }
    return 0;
}

static intptr_t count_of(const struct flow_map *counts, const char *capture)
{
    union flow_map_value *count = flow_map_get(counts, capture);
    return count ? count->num : 0;
}

struct raise {
    struct flow_map *most;
    struct flow_error *err;
};

static int raise_one(const char *capture, union flow_map_value *count, void *payload)
{
    struct raise *raise = payload;
    if (count->num <= count_of(raise->most, capture))
        return 0;
    return flow_map_set_num(raise->most, capture, count->num, raise->err);
}

// Counts what gates.scm of the language marks in a file; a language without it marks nothing.
static int count_file(struct flow_gate *gate, const struct flow_language *language,
                      const struct flow_gate_file *file, struct flow_map *counts, struct flow_error *err)
{
    struct flow_error missing = FLOW_ERROR_INIT;
    struct flow_matches matches;
    if (flow_matches_find(&matches, gate->parser, language, "gates.scm", file->text, file->len, &missing) <
        0) {
        if (missing.code == FLOW_E_NOT_FOUND)
            return 0;
        if (err)
            *err = missing;
        return -1;
    }
    int result = count_captures(&matches, counts, err);
    flow_matches_release(&matches);
    return result;
}

static int count_elder(const struct flow_gate_file *elder, void *payload, struct flow_error *err)
{
    struct marked *marked = payload;
    struct raise raise = {.most = marked->elder, .err = err};
    struct flow_map *counts = flow_map_new();
    int result = counts ? count_file(marked->gate, marked->gate->input->target_language, elder, counts, err)
                        : flow_error_nomem(err);
    if (result == 0)
        result = flow_map_each(counts, raise_one, &raise);
    flow_map_free(counts);
    return result;
}

/*
 * Stubs.
 */

// A body with no more in it than this does nothing: "{}", "pass".
#define NOTHING_MAX_BYTES 4

// The innermost function around a place of the target.
static const struct flow_symbol *function_at(const struct flow_facts *facts, const struct flow_span *place)
{
    const struct flow_symbol *best = NULL;
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *s = &facts->symbols[i];
        if (s->body.end > s->body.start && s->span.start <= place->start && place->end <= s->span.end &&
            (!best || s->span.start >= best->span.start))
            best = s;
    }
    return best;
}

// What stands behind the first quotation mark of text, up to the next of its kind or to where something is
// put in when it is printed, which every language writes in its own way.
static size_t quoted(const char *text, size_t len, const char **out)
{
    size_t first = 0;
    while (first < len && (text[first] == '\0' || !strchr("\"'`", text[first])))
        first++;
    size_t end = first + 1;
    while (end < len && text[end] != text[first] && (text[end] == '\0' || !strchr("%{$\\", text[end])))
        end++;
    *out = text + first + 1;
    return end < len ? end - first - 1 : 0;
}

// What a stub says: its message, or the remark that an empty body holds.
static size_t message_of(const struct flow_gate *gate, const struct flow_match *stub,
                         const struct flow_symbol *function, const char **out)
{
    const char *text = gate->input->target.text;
    if (strcmp(stub->capture, "stub.empty") != 0)
        return quoted(text + stub->span.start, stub->span.end - stub->span.start, out);
    *out = text + (function ? function->body.start : 0);
    return function ? function->body.end - function->body.start : 0;
}

// Whether the source explains a stub: there, too, nothing is done, or the same is said. An empty body whose
// origin is not known says nothing.
static int explains(const struct flow_gate *gate, const struct flow_match *stub, bool *out,
                    struct flow_error *err)
{
    const char *message;
    const struct flow_symbol *function = function_at(&gate->target_facts, &stub->span);
    size_t len = message_of(gate, stub, function, &message);
    struct flow_gate_origin origin = {0};
    if (function && flow_gate_origin(&origin, gate, function, err) < 0)
        return -1;
    if (origin.known)
        *out = origin.least <= NOTHING_MAX_BYTES || flow_gate_said(&origin.words, message, len);
    else
        *out = strcmp(stub->capture, "stub.empty") == 0 || flow_gate_said(&gate->source_words, message, len);
    flow_gate_origin_release(&origin);
    return 0;
}

// Whether a contract may hold such a stub.
static int is_open_body(const struct flow_gate *gate, const struct flow_match *stub, bool *out,
                        struct flow_error *err)
{
    struct flow_strv names;
    flow_strv_init(&names);
    int result = flow_config_list(gate->rules, "contract.stub", &names, err);
    *out = result == 0 && flow_strv_find(&names, stub->capture + strlen("stub.")) >= 0;
    flow_strv_release(&names);
    return result;
}

static int judge_stub(struct marked *marked, const struct flow_match *stub, struct flow_error *err)
{
    struct flow_gate *gate = marked->gate;
    bool explained = false;
    if (count_of(marked->counts, stub->capture) <= count_of(marked->elder, stub->capture))
        return 0;
    if (gate->input->skeleton && is_open_body(gate, stub, &explained, err) < 0)
        return -1;
    if (explained)
        return 0;
    if (explains(gate, stub, &explained, err) < 0)
        return -1;
    if (explained)
        return 0;
    const char *text = gate->input->target.text + stub->span.start;
    size_t len = flow_str_first_line(text, stub->span.end - stub->span.start, 60);
    return flow_gate_add(gate, "stub", stub->span.start_line, err,
                         "'%.*s' is a stub (%s): write what the source does", (int)len, text,
                         stub->capture + strlen("stub."));
}

/*
 * Risks.
 */

static const char *risk_name(const char *capture)
{
    return flow_str_starts(capture, "risk.") ? capture + strlen("risk.") : NULL;
}

static int print_risk(const char *capture, union flow_map_value *count, void *payload)
{
    struct flow_buf *out = payload;
    if (risk_name(capture))
        flow_buf_printf(out, "%s%s=%lld", out->len ? " " : "", risk_name(capture), (long long)count->num);
    return 0;
}

static int note_risks(struct marked *marked, struct flow_error *err)
{
    struct flow_gate_report *report = marked->gate->report;
    struct flow_buf counts;
    flow_buf_init(&counts, FLOW_BUF_LINE);
    flow_map_each(marked->counts, print_risk, &counts);
    int result = flow_buf_check(&counts, "the counts of risks", err);
    if (result == 0 && !(report->risks = flow_arena_str(&report->arena, counts.data)))
        result = flow_error_nomem(err);
    flow_buf_release(&counts);
    return result;
}

// Whether the source, in another language, has the risk too, or one of the words of risk
// "<name>".explained-by is a trap that fires on it, "c-abi" where it is a layer of that, or "*".
static bool explained(const struct marked *marked, const char *capture, const char *words)
{
    if (count_of(marked->source, capture) > 0)
        return true;
    while (*words) {
        words += strspn(words, " \t");
        size_t len = strcspn(words, " \t");
        if (len == 1 && *words == '*')
            return true;
        if (marked->gate->input->c_abi && len == strlen("c-abi") && memcmp(words, "c-abi", len) == 0)
            return true;
        for (size_t i = 0; len && i < marked->traps.count; i++) {
            const char *name = marked->traps.items[i].name;
            if (strlen(name) == len && memcmp(name, words, len) == 0)
                return true;
        }
        words += len;
    }
    return false;
}

static uint32_t first_line(const struct marked *marked, const char *capture)
{
    for (size_t i = 0; i < marked->matches.count; i++) {
        if (strcmp(marked->matches.items[i].capture, capture) == 0)
            return marked->matches.items[i].span.start_line;
    }
    return 0;
}

static int judge_risk(const char *capture, union flow_map_value *count, void *payload)
{
    struct marked *marked = payload;
    struct flow_gate *gate = marked->gate;
    const char *name = risk_name(capture);
    char key[160];
    long allowed;
    if (!name)
        return 0;
    snprintf(key, sizeof key, "risk.%s.explained-by", name);
    if (explained(marked, capture, flow_config_str(gate->rules, key, "*")))
        return 0;
    snprintf(key, sizeof key, "risk.%s.allowed", name);
    if (flow_config_int(gate->rules, key, 0, 1000000, 0, &allowed, marked->err) < 0)
        return -1;
    if (allowed < count_of(marked->elder, capture))
        allowed = (long)count_of(marked->elder, capture);
    if (count->num <= allowed)
        return 0;
    return flow_gate_add(
        gate, "risk", first_line(marked, capture), marked->err,
        "%lld '%s' where nothing in the source needs it (%ld allowed): the first is in line %u",
        (long long)count->num, name, allowed, first_line(marked, capture));
}

static int judge(struct marked *marked, struct flow_error *err)
{
    const struct flow_gate_input *in = marked->gate->input;
    if (count_captures(&marked->matches, marked->counts, err) < 0 || note_risks(marked, err) < 0)
        return -1;
    if (marked->matches.count == 0)
        return 0;
    if (flow_gate_elders(marked->gate, count_elder, marked, err) < 0)
        return -1;
    for (size_t i = 0; in->source_language != in->target_language && i < in->source_count; i++) {
        if (count_file(marked->gate, in->source_language, &in->sources[i], marked->source, err) < 0)
            return -1;
    }
    const struct flow_gate_report *report = marked->gate->report;
    for (size_t i = 0; i < marked->matches.count && report->count < FLOW_GATE_FINDINGS_MAX; i++) {
        const struct flow_match *match = &marked->matches.items[i];
        if (flow_str_starts(match->capture, "stub.") && judge_stub(marked, match, err) < 0)
            return -1;
    }
    if (flow_traps_find(&marked->traps, marked->gate->parser, in->source_language, in->sources,
                        in->source_count, err) < 0)
        return -1;
    int result = flow_map_each(marked->counts, judge_risk, marked);
    flow_traps_release(&marked->traps);
    return result;
}

int flow_gate_marked(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    struct flow_error missing = FLOW_ERROR_INIT;
    struct marked marked = {.gate = gate, .err = err};
    if (flow_matches_find(&marked.matches, gate->parser, in->target_language, "gates.scm", in->target.text,
                          in->target.len, &missing) < 0) {
        if (missing.code == FLOW_E_NOT_FOUND)
            return 0; // nothing is known about stubs in this language
        if (err)
            *err = missing;
        return -1;
    }
    marked.counts = flow_map_new();
    marked.elder = flow_map_new();
    marked.source = flow_map_new();
    bool made = marked.counts && marked.elder && marked.source;
    int result = made ? judge(&marked, err) : flow_error_nomem(err);
    flow_map_free(marked.source);
    flow_map_free(marked.elder);
    flow_map_free(marked.counts);
    flow_matches_release(&marked.matches);
    return result;
}
