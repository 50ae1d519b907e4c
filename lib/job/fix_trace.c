// SPDX-License-Identifier: MIT
/*
 * From a test that fails to the files that may have to change, by what it printed: files of units and their
 * lines first, else names that only one unit declares, in what it printed or in its text, else whatever
 * changed in the last round.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"
#include "flow/job/analyze.h"
#include "flow/syntax/facts.h"

/* Shortest name that says something. */
#define NAME_MIN   4
/* Of what a test printed, and of its text; tests that one item names. */
#define OUTPUT_MAX 6000
#define TEXT_MAX   8000
#define GONE_MAX   20
/* Of a test's text, around where it failed: what it calls stands there. */
#define NEAR_MAX   1200

struct trace {
    struct fix *fix;
    struct {
        struct fix_unit *unit;
        uint32_t line;
    } hits[FIX_TRACE_MAX];
    size_t count;
};

static void hit(struct trace *trace, struct fix_unit *unit, uint32_t line)
{
    for (size_t i = 0; i < trace->count; i++)
        if (trace->hits[i].unit == unit)
            return;
    if (trace->count < FIX_TRACE_MAX && !unit->guarded) {
        trace->hits[trace->count].unit = unit;
        trace->hits[trace->count++].line = line;
    }
}

static bool is_path(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("_-./+@", c)) || (unsigned char)c >= 0x80;
}

static void find_files(struct trace *trace, const char *text)
{
    char name[1024];
    for (const char *at = text; *at && trace->count < FIX_TRACE_MAX;) {
        size_t len = 0;
        while (is_path(at[len]))
            len++;
        if (len > 2 && len < sizeof name) {
            memcpy(name, at, len);
            name[len] = '\0';
            struct fix_unit *unit = fix_unit_called(trace->fix, name);
            if (unit)
                hit(trace, unit, at[len] == ':' ? (uint32_t)strtoul(at + len + 1, NULL, 10) : 0);
        }
        at += len > 0 ? len : 1;
    }
}

/*
 * Names.
 */

static int add_names(struct fix *fix, const struct flow_facts *facts, size_t index, struct flow_error *err)
{
    bool layer = flow_unit_is_c_abi(fix->units[index].id);
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const char *name = facts->symbols[i].name;
        bool added;
        union flow_map_value *value = flow_map_ensure(fix->names, name, strlen(name), &added);
        if (!value)
            return flow_error_nomem(err);
        // A layer has the names of what it passes calls on to.
        if (layer && !added)
            continue;
        // -1: it is nobody's own.
        value->num = added || value->num == (intptr_t)index ? (intptr_t)index : -1;
    }
    return 0;
}

static int read_unit(struct fix *fix, struct flow_parser *parser, size_t index, struct flow_error *err)
{
    struct fix_unit *unit = &fix->units[index];
    struct flow_facts facts;
    if (!unit->path)
        return 0;
    if (fix_unit_read(fix, unit, err) ||
        flow_facts_extract(&facts, parser, fix->to, unit->text.data, unit->text.len, err))
        return -1;
    int result = add_names(fix, &facts, index, err);
    flow_facts_release(&facts);
    return result;
}

// Layers of C ABI come last: their names are theirs where nobody else has them.
static int read_names(struct fix *fix, struct flow_error *err)
{
    struct flow_parser *parser = NULL;
    if (fix->names)
        return 0;
    fix->names = flow_map_new();
    int result = fix->names ? flow_parser_new(&parser, fix->languages, err) : flow_error_nomem(err);
    for (int layers = 0; layers <= 1; layers++)
        for (size_t i = 0; i < fix->count && result == 0; i++)
            if (flow_unit_is_c_abi(fix->units[i].id) == (layers == 1))
                result = read_unit(fix, parser, i, err);
    flow_parser_free(parser);
    return result;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void find_names(struct trace *trace, const char *text)
{
    for (const char *at = text; *at && trace->count < FIX_TRACE_MAX;) {
        size_t len = 0;
        while (is_word(at[len]))
            len++;
        const union flow_map_value *value =
            len >= NAME_MIN ? flow_map_getn(trace->fix->names, at, len) : NULL;
        if (value && value->num >= 0)
            hit(trace, &trace->fix->units[value->num], 0);
        at += len > 0 ? len : 1;
    }
}

// `near` is the text of the test around where it failed, as far as it was found.
static int find_told(struct trace *trace, const char *name, const char *output, const char *near,
                     struct flow_error *err)
{
    struct fix *fix = trace->fix;
    find_files(trace, output);
    if (trace->count > 0)
        return 0;
    if (read_names(fix, err))
        return -1;
    find_names(trace, name);
    find_names(trace, output);
    if (trace->count == 0)
        find_names(trace, near);
    return 0;
}

// Where nothing is told, whatever changed last may be why.
static void find_latest(struct trace *trace)
{
    struct fix *fix = trace->fix;
    for (size_t i = 0; trace->count == 0 && i < fix->count; i++)
        if (fix->units[i].latest)
            hit(trace, &fix->units[i], 0);
}

/*
 * What a fixer is shown.
 */

static void put_cut(struct flow_buf *out, const char *text, size_t most)
{
    size_t len = strlen(text);
    const char *tail = fix_tail(text, len, most / 2);
    if (len <= most) {
        flow_buf_add(out, text, len);
    } else {
        flow_buf_add(out, text, most / 2);
        flow_buf_puts(out, "\n[…]\n");
        flow_buf_puts(out, tail);
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        flow_buf_putc(out, '\n');
}

/* Where a test stands, for its fixer, and what stands near to where it failed, to trace it by. */
struct found {
    struct flow_buf shown, near;
};

// The text of a file of tests, from some lines above `at` on where it is long.
static void put_text(struct found *out, const char *path, const struct flow_buf *text, size_t at)
{
    size_t from = text->len > TEXT_MAX && at > TEXT_MAX / 3 ? at - TEXT_MAX / 3 : 0;
    while (from > 0 && text->data[from - 1] != '\n')
        from--;
    size_t len = text->len - from > TEXT_MAX ? TEXT_MAX : text->len - from;
    flow_buf_puts(&out->shown, "\nthe test stands in ");
    flow_str_show(&out->shown, path, strlen(path));
    flow_buf_puts(&out->shown, ", which cannot be changed:\n\n");
    flow_buf_add(&out->shown, text->data + from, len);
    flow_buf_puts(&out->shown, from + len < text->len ? "\n[…]\n" : "\n");
    from = at > NEAR_MAX / 4 ? at - NEAR_MAX / 4 : 0;
    len = text->len - from > NEAR_MAX ? NEAR_MAX : text->len - from;
    flow_buf_add(&out->near, text->data + from, len);
}

static size_t offset_of(const struct flow_buf *text, uint32_t line)
{
    const char *at = text->data;
    for (uint32_t i = 1; i < line && at; i++)
        at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    return at ? (size_t)(at - text->data) : 0;
}

// 1: it was there and may be sent, and is shown.
static int try_file(struct fix *fix, const struct flow_entry *entry, const char *word, uint32_t line,
                    struct found *out, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(fix->repo, fix->snapshot, entry, &text, err);
    const char *at = result == 0 && word ? strstr(text.data, word) : NULL;
    int shown = result;
    if (result == 0 && (at || !word)) {
        int held = flow_send_check(fix->send, entry->path, text.data, text.len, NULL, err);
        shown = held < 0 ? -1 : held == 0;
        if (shown == 1)
            put_text(out, entry->path, &text, at ? (size_t)(at - text.data) : offset_of(&text, line));
    }
    flow_buf_release(&text);
    return shown;
}

// The last word of a name like "util::tests::adds".
static const char *last_word(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

// Protected, or a unit whose tests are proven.
static bool is_guarded(struct fix *fix, const char *path)
{
    const struct fix_unit *unit = fix_unit_of(fix, path);
    return unit ? unit->guarded : fix_is_protected(fix, path);
}

static bool may_hold_tests(struct fix *fix, const char *path)
{
    const struct fix_unit *unit = fix_unit_of(fix, path);
    return !unit || unit->guarded;
}

static int find_test(struct fix *fix, const struct flow_test *test, struct found *out, struct flow_error *err)
{
    const char *word = last_word(test->name);
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (test->file && fix->place.root.len > 0)
        flow_buf_printf(&path, "%s/", fix->place.root.data);
    if (test->file)
        flow_buf_puts(&path, test->file);
    const struct flow_entry *entry = path.len > 0 ? flow_snapshot_find(fix->snapshot, path.data) : NULL;
    flow_buf_release(&path);
    // Where a test failed is often not where it stands, but in a unit that is to be mended.
    int shown = 0;
    if (entry && entry->kind == FLOW_ENTRY_FILE && may_hold_tests(fix, entry->path))
        shown = try_file(fix, entry, NULL, test->line, out, err);
    for (size_t i = 0; shown == 0 && strlen(word) >= NAME_MIN && i < fix->snapshot->count; i++) {
        entry = &fix->snapshot->entries[i];
        if (entry->kind == FLOW_ENTRY_FILE && is_guarded(fix, entry->path))
            shown = try_file(fix, entry, word, 0, out, err);
    }
    return shown < 0 ? -1 : 0;
}

static int add_items(struct fix_work *work, const struct trace *trace, const struct flow_buf *text,
                     struct flow_error *err)
{
    enum fix_kind kind = trace->fix->proving ? FIX_PROOF : FIX_TEST;
    for (size_t i = 0; i < trace->count; i++)
        if (fix_work_add(work, trace->hits[i].unit, kind, trace->hits[i].line, text->data, text->len, err))
            return -1;
    return 0;
}

// A ported test that the old program fails is mended where it stands.
static int find_ported(struct trace *trace, const struct flow_test *test, struct flow_error *err)
{
    struct fix_unit *unit;
    if (fix_proof_unit(trace->fix, test, &unit, err))
        return -1;
    if (unit)
        hit(trace, unit, 0);
    return 0;
}

// Of a test that is not there any more, `output` is the last that the tests printed.
static int trace_test(struct trace *trace, const struct flow_test_change *change, const char *output,
                      struct found *found, struct flow_error *err)
{
    const struct flow_test *test = change->now ? change->now : change->before;
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    fix_test_name(change, &name);
    int result =
        trace->fix->proving ? find_ported(trace, test, err) : find_test(trace->fix, test, found, err);
    if (result == 0 && trace->count == 0)
        result = find_told(trace, name.data, output, found->near.data, err);
    flow_buf_release(&name);
    return result;
}

int fix_trace(struct fix *fix, const struct flow_test_change *change, const char *last,
              struct fix_unit *out[FIX_TRACE_MAX], size_t *count, struct flow_error *err)
{
    struct trace trace = {.fix = fix};
    struct found found;
    flow_buf_init(&found.shown, FLOW_BUF_TEXT);
    flow_buf_init(&found.near, FLOW_BUF_TEXT);
    int result = trace_test(&trace, change, change->now ? change->now->output : last, &found, err);
    *count = trace.count;
    for (size_t i = 0; i < trace.count; i++)
        out[i] = trace.hits[i].unit;
    flow_buf_release(&found.near);
    flow_buf_release(&found.shown);
    return result;
}

static int add_failure(struct fix_work *work, struct fix *fix, const struct flow_test_change *change,
                       struct flow_error *err)
{
    struct trace trace = {.fix = fix};
    struct found found;
    struct flow_buf name, text;
    flow_buf_init(&found.shown, FLOW_BUF_TEXT);
    flow_buf_init(&found.near, FLOW_BUF_TEXT);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    fix_test_name(change, &name);
    flow_buf_printf(&text, "test %s%s\n\n", name.data,
                    change->before ? "\n(it passes with the old program)" : "");
    put_cut(&text, change->now->output, OUTPUT_MAX);
    int result = trace_test(&trace, change, change->now->output, &found, err);
    if (result == 0)
        find_latest(&trace);
    flow_buf_add(&text, found.shown.data, found.shown.len);
    if (result == 0)
        result = flow_buf_check(&text, "what a test printed", err);
    if (result == 0 && trace.count == 0)
        fix_note(fix, "test %s is traced to no file", name.data);
    if (result == 0)
        result = add_items(work, &trace, &text, err);
    flow_buf_release(&text);
    flow_buf_release(&name);
    flow_buf_release(&found.near);
    flow_buf_release(&found.shown);
    return result;
}

// Tests that are not there any more have printed nothing; what ended the run before them is in its last
// words.
static int add_gone(struct fix_work *work, struct fix *fix, const struct fix_tests *tests,
                    struct flow_error *err)
{
    struct trace trace = {.fix = fix};
    struct flow_buf text;
    size_t gone = 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, "tests of the old program that did not run:\n");
    for (size_t i = 0; i < tests->comparison.count; i++) {
        const struct flow_test_change *change = &tests->comparison.items[i];
        if (change->change != FLOW_CHANGE_DISAPPEARED || ++gone > GONE_MAX)
            continue;
        flow_buf_puts(&text, "- ");
        fix_test_name(change, &text);
        flow_buf_putc(&text, '\n');
    }
    if (gone > GONE_MAX)
        flow_buf_printf(&text, "- and %zu more\n", gone - GONE_MAX);
    int result = gone > 0 ? find_told(&trace, "", tests->last, "", err) : 0;
    if (result == 0 && gone > 0)
        find_latest(&trace);
    flow_buf_puts(&text, "\nthe last that the tests printed:\n\n");
    put_cut(&text, tests->last, OUTPUT_MAX);
    if (result == 0 && gone > 0 && trace.count == 0)
        fix_note(fix, "%zu tests that did not run are traced to no file", gone);
    if (result == 0)
        result = add_items(work, &trace, &text, err);
    flow_buf_release(&text);
    return result;
}

int fix_work_add_failures(struct fix_work *work, struct fix *fix, const struct fix_tests *tests,
                          struct flow_error *err)
{
    for (size_t i = 0; tests->ran && i < tests->comparison.count; i++) {
        const struct flow_test_change *change = &tests->comparison.items[i];
        if (fix_is_failure(change) && change->now && change->change != FLOW_CHANGE_DISAPPEARED &&
            add_failure(work, fix, change, err))
            return -1;
    }
    return tests->ran ? add_gone(work, fix, tests, err) : 0;
}
