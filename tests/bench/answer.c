// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/arena.h"
#include "flow/base/file.h"
#include "flow/base/map.h"
#include "flow/base/vec.h"

struct item {
    unsigned line;
    const char *name, *text, *pair;
};

struct unit {
    const char *top, *inner_top; /* inner: once more escaped, for a text in JSON in a text */
    struct item *items;
    size_t count, cap;
    const char **conditions;
    size_t condition_count, condition_cap;
};

enum fault {
    FAULT_THROTTLE,
    FAULT_BROKEN,
    FAULT_OVERLOAD,
    FAULT_CUT,
    FAULT_STALL,
    FAULT_BAD_JSON,
    FAULT_BAD_SCHEMA,
    FAULT_EMPTY_TEXT,
    FAULT_EMPTY_BODY,
    FAULTS
};

static const char *const fault_names[FAULTS] = {
    [FAULT_THROTTLE] = "429",          [FAULT_BROKEN] = "500",
    [FAULT_OVERLOAD] = "529",          [FAULT_CUT] = "cut",
    [FAULT_STALL] = "stalled",         [FAULT_BAD_JSON] = "bad_json",
    [FAULT_BAD_SCHEMA] = "bad_schema", [FAULT_EMPTY_TEXT] = "empty_text",
    [FAULT_EMPTY_BODY] = "empty_body",
};

struct answers {
    struct answer_options options;
    struct flow_arena arena;
    struct flow_map *units;
    struct flow_buf plain; /* the answer that is always the same */
    struct flow_buf text;  /* of the answer that is being made */
    uint64_t state;
    unsigned faults[FAULTS];
};

/*
 * The script.
 */

static char *next_field(char **line)
{
    char *field = *line, *tab = field ? strchr(field, '\t') : NULL;
    if (tab)
        *tab = '\0';
    *line = tab ? tab + 1 : NULL;
    return field;
}

static int add_item(struct unit *unit, char *line, struct flow_error *err)
{
    if (flow_grow(&unit->items, &unit->cap, unit->count + 1, sizeof *unit->items, err))
        return -1;
    struct item *item = &unit->items[unit->count++];
    char *number = next_field(&line);
    item->line = number ? (unsigned)strtoul(number, NULL, 10) : 0;
    item->name = next_field(&line);
    item->text = next_field(&line);
    item->pair = next_field(&line);
    return item->pair ? 0 : flow_error_set(err, FLOW_E_INVALID, "an item of the script is not whole");
}

static int read_line(struct answers *answers, struct unit **unit, char *line, struct flow_error *err)
{
    char *kind = next_field(&line);
    if (strcmp(kind, "unit") == 0 && line) {
        *unit = flow_arena_alloc(&answers->arena, sizeof **unit);
        if (!*unit)
            return flow_error_nomem(err);
        **unit = (struct unit){.top = "", .inner_top = ""};
        return flow_map_set_ptr(answers->units, line, *unit, err);
    }
    if (!*unit || !line)
        return flow_error_set(err, FLOW_E_INVALID, "the script does not begin with a unit");
    if (strcmp(kind, "item") == 0)
        return add_item(*unit, line, err);
    if (strcmp(kind, "top") == 0) {
        (*unit)->top = next_field(&line);
        (*unit)->inner_top = line ? line : "";
    }
    if (strcmp(kind, "condition") != 0)
        return 0;
    if (flow_grow(&(*unit)->conditions, &(*unit)->condition_cap, (*unit)->condition_count + 1,
                  sizeof *(*unit)->conditions, err))
        return -1;
    (*unit)->conditions[(*unit)->condition_count++] = line;
    return 0;
}

static int read_script(struct answers *answers, struct flow_error *err)
{
    struct flow_buf file;
    struct unit *unit = NULL;
    flow_buf_init(&file, (size_t)1 << 30);
    int result = flow_file_read(answers->options.script, &file, err);
    char *text = result == 0 ? flow_arena_strn(&answers->arena, file.data, file.len) : NULL;
    flow_buf_release(&file);
    if (result == 0 && !text)
        return flow_error_nomem(err);
    for (char *line = text, *end; result == 0 && line && *line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        result = read_line(answers, &unit, line, err);
    }
    return result;
}

/*
 * The forms of an answer.
 */

static void put_chunk(struct flow_buf *out, const char *text, size_t len)
{
    flow_buf_printf(out, "%zx\r\n", len);
    flow_buf_add(out, text, len);
    flow_buf_puts(out, "\r\n");
}

static void put_event(struct flow_buf *out, const char *name, const char *data)
{
    struct flow_buf event;
    flow_buf_init(&event, FLOW_BUF_FILE);
    flow_buf_printf(&event, "event: %s\ndata: {\"type\":\"%s\"", name, name);
    flow_buf_puts(&event, data);
    flow_buf_puts(&event, "}\n\n");
    put_chunk(out, event.data, event.len);
    flow_buf_release(&event);
}

static void put_delta(struct flow_buf *out, const char *escaped)
{
    struct flow_buf data;
    flow_buf_init(&data, FLOW_BUF_FILE);
    flow_buf_puts(&data, ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"");
    flow_buf_puts(&data, escaped);
    flow_buf_puts(&data, "\"}");
    put_event(out, "content_block_delta", data.data);
    flow_buf_release(&data);
}

static void put_begin(struct flow_buf *out, size_t body)
{
    char data[400];
    flow_buf_puts(out, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_bench\r\n"
                       "transfer-encoding: chunked\r\n\r\n");
    snprintf(data, sizeof data,
             ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"bench\","
             "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":%zu,\"output_tokens\":1}}",
             body / 4);
    put_event(out, "message_start", data);
    put_event(out, "content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
}

static void put_end(struct flow_buf *out, size_t tokens)
{
    char data[200];
    put_event(out, "content_block_stop", ",\"index\":0");
    snprintf(
        data, sizeof data,
        ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":%zu}",
        tokens);
    put_event(out, "message_delta", data);
    put_event(out, "message_stop", "");
    flow_buf_puts(out, "0\r\n\r\n");
}

static void put_status(struct flow_buf *out, const char *status, const char *headers, const char *body)
{
    flow_buf_printf(out, "HTTP/1.1 %s\r\ncontent-type: application/json\r\n%scontent-length: %zu\r\n\r\n%s",
                    status, headers, strlen(body), body);
}

void answers_throttle(struct flow_buf *out, const char *wait)
{
    put_status(out, "429 Too Many Requests", wait,
               "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"too many\"}}");
}

// Text in pieces of the size that servers send, cut where no escape is.
static void put_text(struct flow_buf *out, const char *escaped)
{
    enum { PIECE = 200 };
    char piece[PIECE + 16];
    while (*escaped) {
        size_t len = 0;
        while (escaped[len] && len < PIECE) {
            size_t one = escaped[len] != '\\' ? 1 : escaped[len + 1] == 'u' ? 6 : 2;
            // Bytes of one character stay together.
            while (((unsigned char)escaped[len + one] & 0xc0) == 0x80)
                one++;
            len += one;
        }
        memcpy(piece, escaped, len);
        piece[len] = '\0';
        put_delta(out, piece);
        escaped += len;
    }
}

static void put_answer(struct flow_buf *out, const char *escaped, size_t body)
{
    put_begin(out, body);
    put_text(out, escaped);
    put_end(out, strlen(escaped) / 4 + 1);
}

/*
 * What a prompt is about.
 */

static const char *find(const char *text, size_t len, const char *what)
{
    return text ? memmem(text, len, what, strlen(what)) : NULL;
}

static const char *find_last(const char *text, size_t len, const char *what)
{
    const char *last = NULL, *end = text + len;
    for (const char *at = text; (at = find(at, (size_t)(end - at), what)); at++)
        last = at;
    return last;
}

struct question {
    const char *body;
    size_t len;
    char unit[1024], target[1024];
    bool piece, review, behaviour, again, mend;
    unsigned first, last; /* lines of the piece */
};

// Copies what stands between two back quotes from here on; where it goes on, or NULL.
static const char *quoted(const char *at, const char *end, char *out, size_t size)
{
    const char *first = at ? memchr(at, '`', (size_t)(end - at)) : NULL;
    const char *last = first ? memchr(first + 1, '`', (size_t)(end - first - 1)) : NULL;
    if (!last || (size_t)(last - first) > size)
        return NULL;
    memcpy(out, first + 1, (size_t)(last - first - 1));
    out[last - first - 1] = '\0';
    return last + 1;
}

static bool understand(struct question *q)
{
    const char *end = q->body + q->len;
    q->review = find(q->body, q->len, "You review a translation");
    q->mend = find(q->body, q->len, "You mend a translation");
    q->piece = find(q->body, q->len, "piece by piece, because it is large");
    q->behaviour = q->review && find(q->body, q->len, "Your question is behaviour");
    q->again = find(q->body, q->len, "# What changed since it was last reviewed");
    const char *at = find(q->body, q->len, "# Where it goes\\n\\nUnit `");
    if (!at)
        at = find(q->body, q->len, "# The unit\\n\\n`");
    at = quoted(at, end, q->unit, sizeof q->unit);
    at = quoted(at, end, q->target, sizeof q->target);
    if (at && q->piece && (at = find_last(q->body, q->len, "# This piece\\n\\n"))) {
        at = find(at, (size_t)(end - at), "`, lines ");
        q->first = at ? (unsigned)strtoul(at + 9, NULL, 10) : 0;
        at = at ? find(at, (size_t)(end - at), " to ") : NULL;
        q->last = at ? (unsigned)strtoul(at + 4, NULL, 10) : 0;
    }
    return at != NULL;
}

/*
 * Answers of the script.
 */

static void say_translation(const struct question *q, const struct unit *unit, struct flow_buf *out)
{
    bool start = !q->piece || q->first <= 1;
    const char *comma = "";
    size_t items = 0;
    flow_buf_printf(out, "```rust %s\\n", q->target);
    if (!q->piece)
        flow_buf_puts(out, unit->top);
    if (start)
        flow_buf_puts(out, "const REHEARSAL: u32 = 1;\\n");
    for (size_t i = 0; i < unit->count; i++) {
        const struct item *item = &unit->items[i];
        if (q->piece && (item->line < q->first || item->line > q->last))
            continue;
        flow_buf_puts(out, item->text);
        items++;
    }
    if (items == 0 && !start)
        flow_buf_printf(out, "const LINES_FROM_%u: u32 = %u;\\n", q->first, q->last);
    flow_buf_puts(out, "```\\n```json\\n{\\\"symbols\\\":[");
    for (size_t i = 0; i < unit->count; i++) {
        const struct item *item = &unit->items[i];
        if (q->piece && (item->line < q->first || item->line > q->last))
            continue;
        flow_buf_printf(out, "%s%s", comma, item->pair);
        comma = ",";
    }
    flow_buf_puts(out, "],\\\"conditions\\\":[");
    for (size_t i = 0; start && i < unit->condition_count; i++)
        flow_buf_printf(out, "%s%s", i ? "," : "", unit->conditions[i]);
    flow_buf_puts(out, "],\\\"notes\\\":\\\"\\\"");
    if (q->piece)
        flow_buf_printf(out, ",\\\"head\\\":[],\\\"top\\\":\\\"%s\\\"", start ? unit->inner_top : "");
    flow_buf_puts(out, "}\\n```");
}

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static void say_verdict(const struct answers *answers, const struct question *q, const struct unit *unit,
                        struct flow_buf *out)
{
    bool reject = answers->options.reject > 0 && hash_of(q->unit) % answers->options.reject == 0;
    if (!reject || !q->behaviour || q->again || unit->count == 0) {
        flow_buf_puts(out, "{\\\"verdict\\\":\\\"accept\\\",\\\"findings\\\":[]}");
        return;
    }
    const struct item *item = &unit->items[0];
    flow_buf_printf(
        out,
        "{\\\"verdict\\\":\\\"reject\\\",\\\"findings\\\":[{\\\"severity\\\":\\\"major\\\","
        "\\\"file\\\":\\\"\\\",\\\"source_line\\\":%u,\\\"target_line\\\":1,\\\"claim\\\":\\\"the "
        "number is off by one\\\",\\\"evidence\\\":{\\\"source\\\":\\\"%s\\\",\\\"target\\\":"
        "\\\"const REHEARSAL\\\"},\\\"fix\\\":\\\"count it\\\"}]}",
        item->line, item->name);
}

static void say(const struct answers *answers, const struct question *q, const struct unit *unit,
                struct flow_buf *out)
{
    if (q->review)
        say_verdict(answers, q, unit, out);
    else if (q->mend)
        flow_buf_puts(out, "{\\\"edits\\\":[{\\\"find\\\":\\\"const REHEARSAL: u32 = 1;\\\",\\\"replace\\\":"
                           "\\\"const REHEARSAL: u32 = 2;\\\"}],\\\"findings\\\":[{\\\"number\\\":1,"
                           "\\\"fate\\\":\\\"fixed\\\",\\\"reason\\\":\\\"\\\"}],\\\"symbols\\\":[],"
                           "\\\"conditions\\\":[]}");
    else
        say_translation(q, unit, out);
}

/*
 * Faults.
 */

static uint64_t random_number(struct answers *answers)
{
    // xorshift64*
    answers->state ^= answers->state >> 12;
    answers->state ^= answers->state << 25;
    answers->state ^= answers->state >> 27;
    return answers->state * UINT64_C(0x2545f4914f6cdd1d) >> 33;
}

static enum answer_end go_wrong(struct answers *answers, size_t body, struct flow_buf *out)
{
    enum fault fault = (enum fault)(random_number(answers) % FAULTS);
    answers->faults[fault]++;
    switch (fault) {
    case FAULT_THROTTLE:
        answers_throttle(out, "retry-after-ms: 100\r\n");
        return ANSWER_KEEP;
    case FAULT_BROKEN:
        put_status(out, "500 Internal Server Error", "", "<html>oops</html>");
        return ANSWER_KEEP;
    case FAULT_OVERLOAD:
        put_status(
            out, "529 Overloaded", "retry-after-ms: 50\r\n",
            "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}");
        return ANSWER_KEEP;
    case FAULT_CUT:
        put_begin(out, body);
        put_delta(out, "```rust half of an answ");
        return ANSWER_CUT;
    case FAULT_STALL:
        put_begin(out, body);
        put_delta(out, "```rust and then silen");
        return ANSWER_STALL;
    case FAULT_BAD_JSON:
        put_begin(out, body);
        put_chunk(out, "data: {\"type\":\"content_block_delta\",,,\n\n", 41);
        return ANSWER_CUT;
    case FAULT_BAD_SCHEMA:
        put_answer(out, "{\\\"verdict\\\":\\\"perhaps\\\",\\\"findings\\\":{}}", body);
        return ANSWER_KEEP;
    case FAULT_EMPTY_TEXT:
        put_answer(out, "", body);
        return ANSWER_KEEP;
    default:
        put_status(out, "200 OK", "", "");
        return ANSWER_KEEP;
    }
}

void answers_faults(const struct answers *answers, struct flow_buf *out)
{
    for (size_t i = 0; i < FAULTS; i++)
        flow_buf_printf(out, "%s\"%s\":%u", i ? "," : "", fault_names[i], answers->faults[i]);
}

enum answer_end answers_make(struct answers *answers, const char *body, size_t len, struct flow_buf *out)
{
    struct question q = {.body = body, .len = len};
    if (answers->options.fault_percent > 0 && random_number(answers) % 100 < answers->options.fault_percent)
        return go_wrong(answers, len, out);
    if (!answers->options.script) {
        flow_buf_add(out, answers->plain.data, answers->plain.len);
        return ANSWER_KEEP;
    }
    union flow_map_value *unit = understand(&q) ? flow_map_get(answers->units, q.unit) : NULL;
    if (!unit) {
        put_status(out, "400 Bad Request", "",
                   "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
                   "\"the script has nothing to say to this\"}}");
        return ANSWER_KEEP;
    }
    flow_buf_clear(&answers->text);
    say(answers, &q, unit->ptr, &answers->text);
    put_answer(out, answers->text.data, len);
    return ANSWER_KEEP;
}

int answers_new(struct answers **out, const struct answer_options *options, struct flow_error *err)
{
    struct answers *answers = calloc(1, sizeof *answers);
    if (!answers)
        return flow_error_nomem(err);
    answers->options = *options;
    answers->state = options->seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    flow_arena_init(&answers->arena);
    flow_buf_init(&answers->plain, FLOW_BUF_FILE);
    flow_buf_init(&answers->text, FLOW_BUF_FILE);
    answers->units = flow_map_new();
    int result = answers->units ? 0 : flow_error_nomem(err);
    if (result == 0 && options->script)
        result = read_script(answers, err);
    put_begin(&answers->plain, (size_t)100 << 10);
    for (unsigned i = 0; i < options->events; i++)
        put_delta(&answers->plain, "a few words as a model writes them, ");
    put_end(&answers->plain, (size_t)options->events * 8 + 1);
    if (result)
        answers_free(answers);
    else
        *out = answers;
    return result;
}

static int free_unit(const char *key, union flow_map_value *value, void *payload)
{
    struct unit *unit = value->ptr;
    (void)key;
    (void)payload;
    free(unit->items);
    free(unit->conditions);
    return 0;
}

void answers_free(struct answers *answers)
{
    if (!answers)
        return;
    if (answers->units)
        flow_map_each(answers->units, free_unit, NULL);
    flow_map_free(answers->units);
    flow_arena_release(&answers->arena);
    flow_buf_release(&answers->plain);
    flow_buf_release(&answers->text);
    free(answers);
}
