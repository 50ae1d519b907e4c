// SPDX-License-Identifier: MIT
#include "flow/agent/ownership.h"

#include <string.h>

#include "parse.h"

#define TARGET_MAX 200 /* bytes of a type that somebody is to read in a table */

const char *const flow_ownership_schema =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"fields\"],"
    "\"properties\":{"
    "\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"field\",\"class\",\"target\",\"evidence\",\"reason\"],"
    "\"properties\":{"
    "\"field\":{\"type\":\"string\"},"
    "\"class\":{\"type\":\"string\"},"
    "\"target\":{\"type\":\"string\"},"
    "\"evidence\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"file\",\"line\",\"quote\"],"
    "\"properties\":{\"file\":{\"type\":\"string\"},\"line\":{\"type\":\"integer\"},"
    "\"quote\":{\"type\":\"string\"}}}},"
    "\"reason\":{\"type\":\"string\"}}}}}}";

const char *const flow_refutations_schema =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"fields\"],"
    "\"properties\":{"
    "\"fields\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"field\",\"verdict\",\"reason\"],"
    "\"properties\":{"
    "\"field\":{\"type\":\"string\"},"
    "\"verdict\":{\"type\":\"string\",\"enum\":[\"stands\",\"refuted\"]},"
    "\"reason\":{\"type\":\"string\"}}}}}}";

// The index of a name in a list; count where it is none of them.
static size_t find(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && (!name || strcmp(names[i], name) != 0))
        i++;
    return i;
}

static bool is_blank(const char *text)
{
    return !text || strspn(text, " \t\r\n") == strlen(text);
}

static int copy(const char **out, struct flow_arena *arena, const char *text, struct flow_error *err)
{
    *out = flow_arena_str(arena, text ? text : "");
    return *out ? 0 : flow_error_nomem(err);
}

// The field that an item is about. 0, or 1 where it is none that was asked about.
static int read_field(const struct flow_json *item, const char *const *fields, size_t count, size_t *out,
                      struct flow_buf *why)
{
    const char *name = flow_json_str(flow_json_get(item, "field"));
    if (!name)
        return flow_misfit(why, "An entry of \"fields\" has no \"field\".");
    *out = find(fields, count, name);
    return *out < count ? 0
                        : flow_misfit(why,
                                      "Nobody asked about a field '%.200s': \"field\" is one of the names "
                                      "that the list of fields gives, as it stands there.",
                                      name);
}

static int read_list(const struct flow_json *object, struct flow_buf *why, const struct flow_json **out)
{
    *out = flow_json_get(object, "fields");
    return flow_json_type(*out) == FLOW_JSON_ARRAY ? 0 : flow_misfit(why, "There is no list \"fields\".");
}

/*
 * Answers.
 */

static int read_line(struct flow_ownership_line *out, struct flow_arena *arena, const struct flow_json *item,
                     const char *field, const struct flow_ownership_asked *asked, struct flow_buf *why,
                     struct flow_error *err)
{
    int64_t line = flow_json_int(flow_json_get(item, "line"), 0);
    if (copy(&out->file, arena, flow_json_str(flow_json_get(item, "file")), err) ||
        copy(&out->quote, arena, flow_json_str(flow_json_get(item, "quote")), err))
        return -1;
    out->line = line > 0 && line < INT32_MAX ? (uint32_t)line : 0;
    if (!asked->stands(asked->payload, out->file, out->quote, &out->line))
        return flow_misfit(why,
                           "The evidence for '%s' does not stand in a file that you were shown: '%.200s' has "
                           "no line '%.200s'. Quote one line as it stands there, without its number.",
                           field, out->file, out->quote);
    return 0;
}

static int read_lines(struct flow_ownership_answer *out, struct flow_arena *arena,
                      const struct flow_json *list, const char *field,
                      const struct flow_ownership_asked *asked, struct flow_buf *why, struct flow_error *err)
{
    out->lines = flow_arena_alloc(arena, (flow_json_count(list) + 1) * sizeof *out->lines);
    if (!out->lines)
        return flow_error_nomem(err);
    const bool there = flow_json_type(list) == FLOW_JSON_ARRAY;
    for (const struct flow_json *item = there ? flow_json_first(list) : NULL; item;
         item = flow_json_next(item)) {
        int result = read_line(&out->lines[out->line_count], arena, item, field, asked, why, err);
        if (result)
            return result;
        out->line_count++;
    }
    if (out->line_count == 0 && strcmp(out->class_name, FLOW_OWNERSHIP_UNKNOWN) != 0)
        return flow_misfit(why,
                           "The answer for '%s' has no \"evidence\": quote a line that shows it, or say "
                           "UNKNOWN.",
                           field);
    return 0;
}

static int read_answer(struct flow_ownership *out, const struct flow_json *item,
                       const struct flow_ownership_asked *asked, struct flow_buf *why, struct flow_error *err)
{
    const char *class_name = flow_json_str(flow_json_get(item, "class"));
    const char *target = flow_json_str(flow_json_get(item, "target"));
    const char *reason = flow_json_str(flow_json_get(item, "reason"));
    size_t at;
    int result = read_field(item, asked->fields, asked->field_count, &at, why);
    if (result)
        return result;
    const char *field = asked->fields[at];
    struct flow_ownership_answer *answer = &out->answers[at];
    if (answer->class_name)
        return flow_misfit(why, "There are two answers for '%s'.", field);
    size_t known = find(asked->classes, asked->class_count, class_name);
    if (known == asked->class_count)
        return flow_misfit(why, "The \"class\" of '%s' is '%.100s', which is none of the classes.", field,
                           class_name ? class_name : "");
    if (target && (strlen(target) > TARGET_MAX || strpbrk(target, "\r\n\t")))
        return flow_misfit(why, "The \"target\" of '%s' is no type of at most %d bytes on one line.", field,
                           TARGET_MAX);
    if (is_blank(reason))
        return flow_misfit(why, "The answer for '%s' has no \"reason\".", field);
    answer->class_name = asked->classes[known];
    if (copy(&answer->target, &out->arena, is_blank(target) ? "" : target, err) ||
        copy(&answer->reason, &out->arena, reason, err))
        return -1;
    return read_lines(answer, &out->arena, flow_json_get(item, "evidence"), field, asked, why, err);
}

static int read_answers(struct flow_ownership *out, const struct flow_json *object,
                        const struct flow_ownership_asked *asked, struct flow_buf *why,
                        struct flow_error *err)
{
    const struct flow_json *list;
    int result = read_list(object, why, &list);
    out->count = asked->field_count;
    out->answers = flow_arena_alloc(&out->arena, (out->count + 1) * sizeof *out->answers);
    if (!out->answers)
        return flow_error_nomem(err);
    for (const struct flow_json *item = result ? NULL : flow_json_first(list); item && result == 0;
         item = flow_json_next(item))
        result = read_answer(out, item, asked, why, err);
    for (size_t i = 0; i < out->count && result == 0; i++)
        if (!out->answers[i].class_name)
            result = flow_misfit(why, "There is no answer for '%s': say UNKNOWN where you do not know.",
                                 asked->fields[i]);
    return result;
}

int flow_ownership_parse(struct flow_ownership *out, const char *text, size_t len, bool cut,
                         const struct flow_ownership_asked *asked, struct flow_buf *why,
                         struct flow_error *err)
{
    struct flow_json *object = NULL;
    *out = (struct flow_ownership){0};
    flow_arena_init(&out->arena);
    int result = flow_reply_usable(text, len, cut, why);
    if (result == 0)
        result = flow_reply_object(&object, text, len, why, err);
    if (result == 0)
        result = read_answers(out, object, asked, why, err);
    flow_json_free(object);
    if (result)
        flow_ownership_release(out);
    return result;
}

void flow_ownership_release(struct flow_ownership *ownership)
{
    flow_arena_release(&ownership->arena);
    *ownership = (struct flow_ownership){0};
    flow_arena_init(&ownership->arena);
}

/*
 * Refutations.
 */

static int read_refutation(struct flow_refutations *out, const struct flow_json *item,
                           const char *const *fields, struct flow_buf *why, struct flow_error *err)
{
    const char *verdict = flow_json_str(flow_json_get(item, "verdict"));
    const char *reason = flow_json_str(flow_json_get(item, "reason"));
    size_t at;
    int result = read_field(item, fields, out->count, &at, why);
    if (result)
        return result;
    struct flow_refutation *refutation = &out->items[at];
    if (refutation->reason)
        return flow_misfit(why, "There are two verdicts on '%s'.", fields[at]);
    if (!verdict || (strcmp(verdict, "stands") != 0 && strcmp(verdict, "refuted") != 0))
        return flow_misfit(why, "The \"verdict\" on '%s' is neither \"stands\" nor \"refuted\".", fields[at]);
    if (is_blank(reason))
        return flow_misfit(why, "The verdict on '%s' has no \"reason\".", fields[at]);
    refutation->refuted = strcmp(verdict, "refuted") == 0;
    return copy(&refutation->reason, &out->arena, reason, err);
}

static int read_refutations(struct flow_refutations *out, const struct flow_json *object,
                            const char *const *fields, size_t field_count, struct flow_buf *why,
                            struct flow_error *err)
{
    const struct flow_json *list;
    int result = read_list(object, why, &list);
    out->count = field_count;
    out->items = flow_arena_alloc(&out->arena, (field_count + 1) * sizeof *out->items);
    if (!out->items)
        return flow_error_nomem(err);
    for (const struct flow_json *item = result ? NULL : flow_json_first(list); item && result == 0;
         item = flow_json_next(item))
        result = read_refutation(out, item, fields, why, err);
    for (size_t i = 0; i < field_count && result == 0; i++)
        if (!out->items[i].reason)
            result = flow_misfit(why, "There is no verdict on '%s'.", fields[i]);
    return result;
}

int flow_refutations_parse(struct flow_refutations *out, const char *text, size_t len, bool cut,
                           const char *const *fields, size_t field_count, struct flow_buf *why,
                           struct flow_error *err)
{
    struct flow_json *object = NULL;
    *out = (struct flow_refutations){0};
    flow_arena_init(&out->arena);
    int result = flow_reply_usable(text, len, cut, why);
    if (result == 0)
        result = flow_reply_object(&object, text, len, why, err);
    if (result == 0)
        result = read_refutations(out, object, fields, field_count, why, err);
    flow_json_free(object);
    if (result)
        flow_refutations_release(out);
    return result;
}

void flow_refutations_release(struct flow_refutations *refutations)
{
    flow_arena_release(&refutations->arena);
    *refutations = (struct flow_refutations){0};
    flow_arena_init(&refutations->arena);
}
