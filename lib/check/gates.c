// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem
#include "flow/check/gates.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/vec.h"
#include "gate.h"

#define MESSAGE_MAX 2000

int flow_gate_add(struct flow_gate *gate, const char *name, uint32_t line, struct flow_error *err,
                  const char *format, ...)
{
    struct flow_gate_report *report = gate->report;
    char message[MESSAGE_MAX];
    if (report->count >= FLOW_GATE_FINDINGS_MAX)
        return 0;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (report->count + 1 == FLOW_GATE_FINDINGS_MAX)
        snprintf(message, sizeof message, "this finding and all further ones are left out: mend the first %d",
                 FLOW_GATE_FINDINGS_MAX - 1);
    if (flow_grow(&report->items, &report->cap, report->count + 1, sizeof *report->items, err) < 0)
        return -1;
    char *copy = flow_arena_str(&report->arena, message);
    if (!copy)
        return flow_error_nomem(err);
    report->items[report->count++] = (struct flow_gate_finding){.gate = name, .line = line, .message = copy};
    return 0;
}

uint32_t flow_gate_line(const char *text, size_t at)
{
    uint32_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

#define WORDS_MIN 8 // letters and digits; fewer could stand anywhere
#define WORDS_MAX 400

// The letter or digit, in lower case, that byte c stands for; 0 for all else. Bytes of letters beyond ASCII
// stay as they are.
static char word_byte(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || isalnum(byte) ? (char)tolower(byte) : '\0';
}

void flow_gate_words(struct flow_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = word_byte(text[i]);
        if (c)
            flow_buf_putc(out, c);
    }
}

bool flow_gate_said(const struct flow_buf *words, const char *text, size_t len)
{
    char wanted[WORDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < len && count < sizeof wanted; i++) {
        char c = word_byte(text[i]);
        if (c)
            wanted[count++] = c;
    }
    return count >= WORDS_MIN && memmem(words->data, words->len, wanted, count);
}

int flow_gate_elders(const struct flow_gate *gate, flow_gate_elder_fn fn, void *payload,
                     struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    int result = 0;
    for (size_t i = 0; result == 0 && i < in->source_count; i++) {
        if (in->source_language == in->target_language)
            result = fn(&in->sources[i], payload, err);
    }
    if (result == 0 && in->previous)
        result = fn(in->previous, payload, err);
    return result;
}

int flow_gate_match(const regex_t *pattern, const char *text, size_t len, size_t from, regmatch_t *match,
                    struct flow_error *err)
{
    if (from > len)
        return 0;
    *match = (regmatch_t){.rm_so = (regoff_t)from, .rm_eo = (regoff_t)len};
    int status = regexec(pattern, text, 1, match, REG_STARTEND | (from > 0 ? REG_NOTBOL : 0));
    if (status == REG_ESPACE)
        return flow_error_nomem(err);
    return status == 0;
}

int flow_gate_patterns(struct flow_gate *gate, const char *key, flow_gate_pattern_fn fn, void *payload,
                       struct flow_error *err)
{
    struct flow_strv values;
    flow_strv_init(&values);
    int result = flow_config_list(gate->rules, key, &values, err);
    for (size_t i = 0; result == 0 && i < values.count; i++) {
        regex_t pattern;
        int status = regcomp(&pattern, values.items[i], REG_EXTENDED | REG_ICASE);
        if (status != 0) {
            result = status == REG_ESPACE
                         ? flow_error_nomem(err)
                         : flow_error_set(err, FLOW_E_INVALID, "bad regular expression '%s' for %s",
                                          values.items[i], key);
            break;
        }
        result = fn(gate, &pattern, payload, err);
        regfree(&pattern);
    }
    flow_strv_release(&values);
    return result;
}

static int add_rules(struct flow_config *rules, const char *path, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_file_read(path, &text, err);
    if (result == 0)
        result = flow_config_add_installed(rules, text.data, text.len, path, err);
    flow_buf_release(&text);
    return result;
}

// The general rules, and over them those of the target language.
static int load_rules(struct flow_config **out, const struct flow_language *language, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_config_new(out, err);
    if (result == 0)
        result = flow_dir_data(&path, "grammars/gates.conf", err);
    if (result == 0)
        result = add_rules(*out, path.data, err);
    if (result == 0) {
        flow_buf_clear(&path);
        result = flow_language_file(language, "gates.conf", &path, err);
        if (result > 0)
            result = add_rules(*out, path.data, err);
    }
    flow_buf_release(&path);
    return result;
}

static int collect_words(struct flow_gate *gate, struct flow_error *err)
{
    for (size_t i = 0; i < gate->input->source_count; i++)
        flow_gate_words(&gate->source_words, gate->input->sources[i].text, gate->input->sources[i].len);
    return flow_buf_check(&gate->source_words, "the words of the source", err);
}

static int extract_all(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    gate->source_facts = calloc(in->source_count + 1, sizeof *gate->source_facts);
    if (!gate->source_facts)
        return flow_error_nomem(err);
    for (size_t i = 0; i < in->source_count; i++) {
        if (flow_facts_extract(&gate->source_facts[i], gate->parser, in->source_language, in->sources[i].text,
                               in->sources[i].len, err) < 0)
            return -1;
    }
    return flow_facts_extract(&gate->target_facts, gate->parser, in->target_language, in->target.text,
                              in->target.len, err);
}

static void gate_release(struct flow_gate *gate)
{
    for (size_t i = 0; gate->source_facts && i < gate->input->source_count; i++)
        flow_facts_release(&gate->source_facts[i]);
    free(gate->source_facts);
    flow_facts_release(&gate->target_facts);
    flow_buf_release(&gate->source_words);
    flow_config_free(gate->rules);
}

static int run_all(struct flow_gate *gate, struct flow_error *err)
{
    static int (*const gates[])(struct flow_gate *, struct flow_error *) = {
        flow_gate_elision, flow_gate_marked,     flow_gate_parity,  flow_gate_abi,   flow_gate_contract,
        flow_gate_fields,  flow_gate_conditions, flow_gate_licence, flow_gate_churn, flow_gate_modules,
    };
    // What does not parse has no facts to be compared: its other faults would be echoes of that one.
    if (flow_gate_path(gate, err) < 0 || flow_gate_parse(gate, err) < 0)
        return -1;
    if (gate->report->count > 0)
        return flow_gate_elision(gate, err);
    if (extract_all(gate, err) < 0)
        return -1;
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++) {
        bool of_record = gates[i] == flow_gate_parity || gates[i] == flow_gate_conditions;
        bool of_bodies =
            gates[i] == flow_gate_conditions || gates[i] == flow_gate_licence || gates[i] == flow_gate_churn;
        bool asked = !(of_record && gate->input->change) && !(of_bodies && gate->input->skeleton);
        if (asked && gates[i](gate, err) < 0)
            return -1;
    }
    return 0;
}

int flow_gates_run(struct flow_gate_report *out, struct flow_parser *parser,
                   const struct flow_gate_input *input, struct flow_error *err)
{
    *out = (struct flow_gate_report){0};
    flow_arena_init(&out->arena);
    struct flow_gate gate = {.input = input, .report = out, .parser = parser};
    flow_buf_init(&gate.source_words, FLOW_BUF_FILE);
    int result = load_rules(&gate.rules, input->target_language, err);
    if (result == 0)
        result = collect_words(&gate, err);
    if (result == 0)
        result = run_all(&gate, err);
    if (result == 0 && !out->risks && !(out->risks = flow_arena_str(&out->arena, "")))
        result = flow_error_nomem(err);
    gate_release(&gate);
    if (result < 0)
        flow_gate_report_release(out);
    return result;
}

int flow_gates_open_body(const struct flow_language *language, struct flow_buf *out, struct flow_error *err)
{
    struct flow_config *rules = NULL;
    int result = load_rules(&rules, language, err);
    const char *body = result == 0 ? flow_config_str(rules, "contract.body", NULL) : NULL;
    if (body)
        flow_buf_puts(out, body);
    flow_config_free(rules);
    if (result || flow_buf_check(out, "contract.body", err))
        return -1;
    return body != NULL;
}

void flow_gate_report_release(struct flow_gate_report *report)
{
    free(report->items);
    flow_arena_release(&report->arena);
    *report = (struct flow_gate_report){0};
}

static void put_findings(const struct flow_gate_report *report, const char *of, struct flow_buf *why)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct flow_gate_finding *finding = &report->items[i];
        flow_buf_printf(why, "%s%s", i ? "\n" : "", finding->gate);
        if (finding->line > 0)
            flow_buf_printf(why, ", line %" PRIu32 "%s", finding->line, of);
        flow_buf_printf(why, ": %s", finding->message);
    }
}

int flow_gates_judge(const struct flow_gate_input *input, const char *of, struct flow_buf *why,
                     struct flow_error *err)
{
    struct flow_parser *parser = NULL;
    struct flow_gate_report report;
    if (flow_parser_new(&parser, input->languages, err))
        return -1;
    int result = flow_gates_run(&report, parser, input, err);
    flow_parser_free(parser);
    if (result)
        return -1;
    result = report.count > 0;
    put_findings(&report, of, why);
    flow_gate_report_release(&report);
    return flow_buf_check(why, "what gates found", err) ? -1 : result;
}
