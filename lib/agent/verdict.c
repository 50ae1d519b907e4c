// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <string.h>

#include "parse.h"

const char *const flow_verdict_schema =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"verdict\",\"findings\"],"
    "\"properties\":{"
    "\"verdict\":{\"type\":\"string\",\"enum\":[\"accept\",\"reject\"]},"
    "\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"severity\",\"file\",\"source_line\",\"target_line\",\"claim\",\"evidence\",\"fix\"],"
    "\"properties\":{"
    "\"severity\":{\"type\":\"string\",\"enum\":[\"blocker\",\"major\",\"minor\"]},"
    "\"file\":{\"type\":\"string\"},"
    "\"source_line\":{\"type\":\"integer\"},\"target_line\":{\"type\":\"integer\"},"
    "\"claim\":{\"type\":\"string\"},"
    "\"evidence\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"source\",\"target\"],"
    "\"properties\":{\"source\":{\"type\":\"string\"},\"target\":{\"type\":\"string\"}}},"
    "\"fix\":{\"type\":\"string\"}}}}}}";

void flow_verdict_release(struct flow_verdict *verdict)
{
    flow_arena_release(&verdict->arena);
    *verdict = (struct flow_verdict){0};
}

// Drops the number and the tab that the prompt put before the line, and white space around it.
static void strip(const char **text, size_t *len)
{
    const char *at = *text, *end = at + *len;
    while (at < end && isspace((unsigned char)*at))
        at++;
    const char *digits = at;
    while (digits < end && isdigit((unsigned char)*digits))
        digits++;
    if (digits > at && digits < end && *digits == '\t')
        at = digits + 1;
    while (at < end && isspace((unsigned char)*at))
        at++;
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    *text = at;
    *len = (size_t)(end - at);
}

// Whether quote stands in line, any run of white space being equal to any other.
static bool holds(const char *line, size_t line_len, const char *quote, size_t quote_len)
{
    for (size_t start = 0; start < line_len; start++) {
        size_t i = start, q = 0;
        while (q < quote_len && i < line_len) {
            if (isspace((unsigned char)quote[q]) && isspace((unsigned char)line[i])) {
                while (q < quote_len && isspace((unsigned char)quote[q]))
                    q++;
                while (i < line_len && isspace((unsigned char)line[i]))
                    i++;
            } else if (quote[q] == line[i]) {
                q++;
                i++;
            } else {
                break;
            }
        }
        if (q == quote_len)
            return true;
    }
    return false;
}

// The number of the line that holds the quote, the one nearest to `said`; 0 where there is none.
static uint32_t find_line(const struct flow_side *side, const char *quote, size_t quote_len, uint32_t said)
{
    uint32_t number = 0, best = 0;
    for (const char *at = side->text, *end = at + side->len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = newline ? (size_t)(newline - at) : (size_t)(end - at);
        number++;
        uint32_t distance = number > said ? number - said : said - number;
        uint32_t known = best > said ? best - said : said - best;
        if ((best == 0 || distance < known) && holds(at, len, quote, quote_len))
            best = number;
        at += len + 1;
    }
    return best;
}

// Something that could not stand anywhere: brackets alone prove nothing.
static bool says_something(const char *text, size_t len)
{
    size_t letters = 0;
    for (size_t i = 0; i < len; i++)
        letters += isalnum((unsigned char)text[i]) || (unsigned char)text[i] >= 0x80;
    return letters >= 2;
}

// Whether each line of the quote stands on one of the sides (of that path, where it is not NULL); *line
// becomes where the first one does.
static bool prove(const struct flow_side *sides, size_t count, const char *path, const char *quote,
                  uint32_t *line)
{
    bool any = false;
    uint32_t where = 0;
    for (const char *at = quote; *at;) {
        size_t whole = strcspn(at, "\n"), len = whole;
        const char *text = at;
        strip(&text, &len);
        uint32_t found = 0;
        for (size_t i = 0; i < count && len > 0 && !found; i++)
            if (!path || strcmp(sides[i].path, path) == 0)
                found = find_line(&sides[i], text, len, *line);
        if (len > 0 && !found)
            return false;
        if (len > 0 && where == 0)
            where = found;
        any = any || says_something(text, len);
        at += whole + (at[whole] == '\n');
    }
    if (any)
        *line = where;
    return any;
}

static bool says_nothing(const char *quote)
{
    return strspn(quote, " \t\r\n") == strlen(quote);
}

static bool prove_finding(struct flow_finding *finding, const struct flow_sides *sides)
{
    const char *path = sides->change ? finding->file : NULL;
    bool no_source = sides->change && says_nothing(finding->source_quote);
    bool no_target = sides->change && says_nothing(finding->target_quote);
    if (no_source)
        finding->source_line = 0;
    if (no_target)
        finding->target_line = 0;
    return !(no_source && no_target) &&
           (no_source ||
            prove(sides->sources, sides->source_count, path, finding->source_quote, &finding->source_line)) &&
           (no_target ||
            prove(sides->targets, sides->target_count, path, finding->target_quote, &finding->target_line));
}

static uint32_t line_of(const struct flow_json *value)
{
    int64_t line = flow_json_int(value, 0);
    return line > 0 && line < INT32_MAX ? (uint32_t)line : 0;
}

static int copy(const char **out, struct flow_arena *arena, const struct flow_json *value,
                struct flow_error *err)
{
    const char *text = flow_json_str(value);
    *out = flow_arena_str(arena, text ? text : "");
    return *out ? 0 : flow_error_nomem(err);
}

static int read_finding(struct flow_finding *out, struct flow_arena *arena, const struct flow_json *item,
                        size_t number, struct flow_buf *why, struct flow_error *err)
{
    if (copy(&out->severity, arena, flow_json_get(item, "severity"), err) ||
        copy(&out->file, arena, flow_json_get(item, "file"), err) ||
        copy(&out->claim, arena, flow_json_get(item, "claim"), err) ||
        copy(&out->source_quote, arena, flow_json_at(item, "evidence.source"), err) ||
        copy(&out->target_quote, arena, flow_json_at(item, "evidence.target"), err) ||
        copy(&out->fix, arena, flow_json_get(item, "fix"), err))
        return -1;
    out->source_line = line_of(flow_json_get(item, "source_line"));
    out->target_line = line_of(flow_json_get(item, "target_line"));
    if (strcmp(out->severity, "blocker") != 0 && strcmp(out->severity, "major") != 0 &&
        strcmp(out->severity, "minor") != 0)
        return flow_misfit(why, "The \"severity\" of finding %zu is none of blocker, major, minor.", number);
    if (!*out->claim)
        return flow_misfit(why, "Finding %zu has no \"claim\".", number);
    return 0;
}

static int read_findings(struct flow_verdict *out, const struct flow_json *list,
                         const struct flow_sides *sides, struct flow_buf *why, struct flow_error *err)
{
    if (flow_json_type(list) != FLOW_JSON_ARRAY)
        return flow_misfit(why, "There is no list \"findings\" (empty where there is nothing to report).");
    out->items = flow_arena_alloc(&out->arena, (flow_json_count(list) + 1) * sizeof *out->items);
    if (!out->items)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        struct flow_finding *finding = &out->items[out->count];
        int result = read_finding(finding, &out->arena, item, out->count + 1, why, err);
        if (result)
            return result;
        finding->proven = prove_finding(finding, sides);
        out->unproven += !finding->proven;
        out->count++;
    }
    return 0;
}

// The verdict and what it rests on must agree.
static int check(struct flow_verdict *verdict, const char *word, const struct flow_sides *sides,
                 struct flow_buf *why)
{
    static const char pair[] = "one line of the source and one line of the target as they stand there";
    static const char either[] = "a line of the file that \"file\" names, as it stands there before "
                                 "(\"source\") or after (\"target\") the change";
    if (!word || (strcmp(word, "accept") != 0 && strcmp(word, "reject") != 0))
        return flow_misfit(why, "\"verdict\" is neither \"accept\" nor \"reject\".");
    verdict->accept = strcmp(word, "accept") == 0;
    size_t grave = 0;
    for (size_t i = 0; i < verdict->count; i++)
        grave += verdict->items[i].proven && strcmp(verdict->items[i].severity, "minor") != 0;
    if (verdict->accept && grave > 0)
        return flow_misfit(why, "The verdict is accept, but %zu of its findings are blocker or major.",
                           grave);
    if (!verdict->accept && grave == 0 && verdict->unproven > 0)
        return flow_misfit(why,
                           "The verdict is reject, but no blocker or major finding is proven: the "
                           "\"evidence\" must quote %s.",
                           sides->change ? either : pair);
    if (!verdict->accept && grave == 0)
        return flow_misfit(why, "The verdict is reject, but there is no finding that is blocker or major.");
    return 0;
}

int flow_verdict_parse(struct flow_verdict *out, const char *text, size_t len, bool cut,
                       const struct flow_sides *sides, struct flow_buf *why, struct flow_error *err)
{
    struct flow_json *object = NULL;
    *out = (struct flow_verdict){0};
    flow_arena_init(&out->arena);
    int result = flow_reply_usable(text, len, cut, why);
    if (result == 0)
        result = flow_reply_object(&object, text, len, why, err);
    if (result == 0)
        result = read_findings(out, flow_json_get(object, "findings"), sides, why, err);
    if (result == 0)
        result = check(out, flow_json_str(flow_json_get(object, "verdict")), sides, why);
    flow_json_free(object);
    if (result)
        flow_verdict_release(out);
    return result;
}
