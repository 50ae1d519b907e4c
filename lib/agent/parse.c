// SPDX-License-Identifier: MIT
#include "parse.h"

#include <string.h>

int flow_misfit(struct flow_buf *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    flow_buf_vprintf(why, format, args);
    va_end(args);
    return 1;
}

int flow_reply_usable(const char *text, size_t len, bool cut, struct flow_buf *why)
{
    if (len > FLOW_REPLY_MAX)
        return flow_misfit(why, "The reply has %zu bytes; at most %zu are read.", len, FLOW_REPLY_MAX);
    if (strspn(text, " \t\r\n") >= len)
        return flow_misfit(why, "The reply is empty.");
    if (cut)
        return flow_misfit(why, "The reply ran into the limit on its length and is incomplete.");
    return 0;
}

int flow_reply_object(struct flow_json **out, const char *text, size_t len, struct flow_buf *why,
                      struct flow_error *err)
{
    struct flow_fences fences = {0};
    struct flow_error own = FLOW_ERROR_INIT;
    int result = flow_fences_find(&fences, text, len, err);
    if (result == 0 && fences.count > 1) {
        result =
            flow_misfit(why, "The reply has %zu fenced blocks; it must be one JSON object.", fences.count);
    } else if (result == 0 && fences.count == 1) {
        if (fences.items[0].open)
            result = flow_misfit(why, "The fenced block has no end: the reply is incomplete.");
        text = fences.items[0].text;
        len = fences.items[0].len;
    }
    flow_fences_release(&fences);
    if (result)
        return result;
    if (flow_json_parse(out, text, len, &own)) {
        if (own.code == FLOW_E_NOMEM)
            return flow_error_nomem(err);
        return flow_misfit(why, "The reply is not one JSON object: %s.", own.message);
    }
    if (flow_json_type(*out) == FLOW_JSON_OBJECT)
        return 0;
    flow_json_free(*out);
    *out = NULL;
    return flow_misfit(why, "The reply is JSON, but not an object.");
}

static int read_pair(struct flow_reply_pair *out, struct flow_arena *arena, const struct flow_json *item,
                     const char *what, struct flow_buf *why, struct flow_error *err)
{
    const char *source = flow_json_str(flow_json_get(item, "source"));
    const char *target = flow_json_str(flow_json_get(item, "target"));
    const char *reason = flow_json_str(flow_json_get(item, "reason"));
    if (!source || !*source)
        return flow_misfit(why, "An entry of \"%s\" has no \"source\".", what);
    if (!target)
        return flow_misfit(
            why, "The entry '%s' of \"%s\" has no \"target\" (\"\" with a \"reason\" where it was dropped).",
            source, what);
    if (!*target && (!reason || !*reason))
        return flow_misfit(why, "The entry '%s' of \"%s\" was dropped without a \"reason\".", source, what);
    out->source = flow_arena_str(arena, source);
    out->target = flow_arena_str(arena, target);
    out->reason = reason && *reason ? flow_arena_str(arena, reason) : NULL;
    return out->source && out->target && (!reason || !*reason || out->reason) ? 0 : flow_error_nomem(err);
}

int flow_reply_pairs(struct flow_reply_pair **out, size_t *count, struct flow_arena *arena,
                     const struct flow_json *list, const char *what, struct flow_buf *why,
                     struct flow_error *err)
{
    enum flow_json_type type = flow_json_type(list);
    if (type == FLOW_JSON_NONE || type == FLOW_JSON_NULL)
        return 0;
    if (type != FLOW_JSON_ARRAY)
        return flow_misfit(why, "\"%s\" is not a list.", what);
    *out = flow_arena_alloc(arena, (flow_json_count(list) + 1) * sizeof **out);
    if (!*out)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        int result = read_pair(&(*out)[*count], arena, item, what, why, err);
        if (result)
            return result;
        (*count)++;
    }
    return 0;
}

const char *flow_bytes_find(const char *text, size_t len, const char *needle, size_t needle_len)
{
    for (const char *at = text, *end = text + len; needle_len > 0 && (size_t)(end - at) >= needle_len; at++) {
        at = memchr(at, needle[0], (size_t)(end - at) - needle_len + 1);
        if (!at)
            return NULL;
        if (memcmp(at, needle, needle_len) == 0)
            return at;
    }
    return NULL;
}
