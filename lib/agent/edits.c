// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "parse.h"

const char *const flow_fix_schema =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"edits\",\"findings\",\"symbols\","
    "\"conditions\",\"elsewhere\"],"
    "\"properties\":{"
    "\"edits\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"find\",\"replace\"],"
    "\"properties\":{\"find\":{\"type\":\"string\"},\"replace\":{\"type\":\"string\"}}}},"
    "\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"number\",\"fate\",\"reason\"],"
    "\"properties\":{\"number\":{\"type\":\"integer\"},"
    "\"fate\":{\"type\":\"string\",\"enum\":[\"fixed\",\"rejected\"]},\"reason\":{\"type\":\"string\"}}}},"
    "\"symbols\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"source\",\"target\",\"reason\"],"
    "\"properties\":{\"source\":{\"type\":\"string\"},\"target\":{\"type\":\"string\"},"
    "\"reason\":{\"type\":\"string\"}}}},"
    "\"conditions\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"source\",\"target\",\"reason\"],"
    "\"properties\":{\"source\":{\"type\":\"string\"},\"target\":{\"type\":\"string\"},"
    "\"reason\":{\"type\":\"string\"}}}},"
    "\"elsewhere\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"file\",\"what\"],"
    "\"properties\":{\"file\":{\"type\":\"string\"},\"what\":{\"type\":\"string\"}}}}}}";

struct place {
    const char *at;
    size_t len;
    const char *replace;
};

static int by_position(const void *a, const void *b)
{
    const struct place *left = a, *right = b;
    return (left->at > right->at) - (left->at < right->at);
}

static size_t first_line(const char *text)
{
    size_t n = strcspn(text, "\r\n");
    return n < 80 ? n : 80;
}

// Where the edit applies: in text, once.
static int locate(struct place *out, const char *text, size_t len, const struct flow_edit *edit,
                  size_t number, struct flow_buf *why)
{
    size_t find_len = strlen(edit->find);
    if (find_len == 0)
        return flow_misfit(why, "Edit %zu has an empty \"find\".", number);
    const char *first = flow_bytes_find(text, len, edit->find, find_len);
    if (!first)
        return flow_misfit(
            why, "The \"find\" of edit %zu ('%.*s' …) does not stand in the file; quote it byte for byte.",
            number, (int)first_line(edit->find), edit->find);
    if (flow_bytes_find(first + 1, len - (size_t)(first + 1 - text), edit->find, find_len))
        return flow_misfit(
            why, "The \"find\" of edit %zu ('%.*s' …) stands in the file more than once; quote more lines.",
            number, (int)first_line(edit->find), edit->find);
    *out = (struct place){.at = first, .len = find_len, .replace = edit->replace};
    return 0;
}

int flow_edits_apply(struct flow_buf *out, const char *text, size_t len, const struct flow_edit *edits,
                     size_t count, struct flow_buf *why, struct flow_error *err)
{
    struct place *places = calloc(count + 1, sizeof *places);
    int result = places ? 0 : flow_error_nomem(err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = locate(&places[i], text, len, &edits[i], i + 1, why);
    if (result == 0)
        qsort(places, count, sizeof *places, by_position);
    for (size_t i = 1; i < count && result == 0; i++)
        if (places[i - 1].at + places[i - 1].len > places[i].at)
            result = flow_misfit(why, "Two edits overlap at '%.*s'; make one of them.",
                                 (int)first_line(places[i].at), places[i].at);
    const char *from = text;
    for (size_t i = 0; i < count && result == 0; i++) {
        flow_buf_add(out, from, (size_t)(places[i].at - from));
        flow_buf_puts(out, places[i].replace);
        from = places[i].at + places[i].len;
    }
    if (result == 0) {
        flow_buf_add(out, from, len - (size_t)(from - text));
        result = flow_buf_check(out, "edited file", err);
    }
    free(places);
    return result;
}

void flow_fix_release(struct flow_fix *fix)
{
    flow_arena_release(&fix->arena);
    *fix = (struct flow_fix){0};
}

static int read_edits(struct flow_fix *out, const struct flow_json *list, struct flow_buf *why,
                      struct flow_error *err)
{
    if (flow_json_type(list) != FLOW_JSON_ARRAY)
        return flow_misfit(why, "There is no list \"edits\".");
    out->edits = flow_arena_alloc(&out->arena, (flow_json_count(list) + 1) * sizeof *out->edits);
    if (!out->edits)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        const char *find = flow_json_str(flow_json_get(item, "find"));
        const char *replace = flow_json_str(flow_json_get(item, "replace"));
        if (!find || !replace)
            return flow_misfit(why, "Edit %zu lacks \"find\" or \"replace\".", out->edit_count + 1);
        if (strcmp(find, replace) == 0)
            return flow_misfit(why, "Edit %zu changes nothing.", out->edit_count + 1);
        struct flow_edit *edit = &out->edits[out->edit_count++];
        edit->find = flow_arena_str(&out->arena, find);
        edit->replace = flow_arena_str(&out->arena, replace);
        if (!edit->find || !edit->replace)
            return flow_error_nomem(err);
    }
    return 0;
}

static int read_fate(struct flow_fix *out, const struct flow_json *item, size_t findings,
                     struct flow_buf *why, struct flow_error *err)
{
    int64_t number = flow_json_int(flow_json_get(item, "number"), 0);
    const char *fate = flow_json_str(flow_json_get(item, "fate"));
    const char *reason = flow_json_str(flow_json_get(item, "reason"));
    if (number < 1 || (uint64_t)number > findings)
        return flow_misfit(why, "There is no finding %lld.", (long long)number);
    if (!fate || (strcmp(fate, "fixed") != 0 && strcmp(fate, "rejected") != 0))
        return flow_misfit(why, "The \"fate\" of finding %lld is neither \"fixed\" nor \"rejected\".",
                           (long long)number);
    bool fixed = strcmp(fate, "fixed") == 0;
    if (!fixed && (!reason || !*reason))
        return flow_misfit(why, "Finding %lld is rejected without a \"reason\".", (long long)number);
    struct flow_fate *row = &out->fates[number - 1];
    if (row->finding)
        return flow_misfit(why, "Finding %lld has two fates.", (long long)number);
    *row = (struct flow_fate){
        .finding = number, .fixed = fixed, .reason = flow_arena_str(&out->arena, reason ? reason : "")};
    return row->reason ? 0 : flow_error_nomem(err);
}

static int read_fates(struct flow_fix *out, const struct flow_json *list, size_t findings,
                      struct flow_buf *why, struct flow_error *err)
{
    out->fates = flow_arena_alloc(&out->arena, (findings + 1) * sizeof *out->fates);
    if (!out->fates)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        int result = read_fate(out, item, findings, why, err);
        if (result)
            return result;
    }
    bool any_fixed = false;
    for (size_t i = 0; i < findings; i++) {
        if (!out->fates[i].finding)
            return flow_misfit(why, "Finding %zu has no fate in \"findings\".", i + 1);
        any_fixed = any_fixed || out->fates[i].fixed;
    }
    out->fate_count = findings;
    if (any_fixed && out->edit_count + out->symbol_count + out->condition_count == 0)
        return flow_misfit(why, "A finding is called fixed, but nothing was changed.");
    return 0;
}

// Older prompts do not offer it: it may be missing.
static int read_elsewhere(struct flow_fix *out, const struct flow_json *list, struct flow_buf *why,
                          struct flow_error *err)
{
    size_t count = 0;
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item))
        count++;
    out->elsewhere = flow_arena_alloc(&out->arena, (count + 1) * sizeof *out->elsewhere);
    if (!out->elsewhere)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        const char *file = flow_json_str(flow_json_get(item, "file"));
        const char *what = flow_json_str(flow_json_get(item, "what"));
        if (!file || !*file || !what || !*what)
            return flow_misfit(why, "An item of \"elsewhere\" lacks its \"file\" or \"what\".");
        struct flow_elsewhere *row = &out->elsewhere[out->elsewhere_count++];
        row->file = flow_arena_str(&out->arena, file);
        row->what = flow_arena_str(&out->arena, what);
        if (!row->file || !row->what)
            return flow_error_nomem(err);
    }
    return 0;
}

int flow_fix_parse(struct flow_fix *out, const char *text, size_t len, bool cut, size_t findings,
                   struct flow_buf *why, struct flow_error *err)
{
    struct flow_json *object = NULL;
    *out = (struct flow_fix){0};
    flow_arena_init(&out->arena);
    int result = flow_reply_usable(text, len, cut, why);
    if (result == 0)
        result = flow_reply_object(&object, text, len, why, err);
    if (result == 0)
        result = read_edits(out, flow_json_get(object, "edits"), why, err);
    if (result == 0)
        result = flow_reply_pairs(&out->symbols, &out->symbol_count, &out->arena,
                                  flow_json_get(object, "symbols"), "symbols", why, err);
    if (result == 0)
        result = flow_reply_pairs(&out->conditions, &out->condition_count, &out->arena,
                                  flow_json_get(object, "conditions"), "conditions", why, err);
    if (result == 0)
        result = read_fates(out, flow_json_get(object, "findings"), findings, why, err);
    if (result == 0)
        result = read_elsewhere(out, flow_json_get(object, "elsewhere"), why, err);
    flow_json_free(object);
    if (result)
        flow_fix_release(out);
    return result;
}
