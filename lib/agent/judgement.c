// SPDX-License-Identifier: MIT
#include <string.h>

#include "parse.h"

const char *const flow_judgement_schema =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"findings\"],"
    "\"properties\":{"
    "\"findings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"number\",\"fate\",\"reason\"],"
    "\"properties\":{"
    "\"number\":{\"type\":\"integer\"},"
    "\"fate\":{\"type\":\"string\",\"enum\":[\"upheld\",\"dismissed\"]},"
    "\"reason\":{\"type\":\"string\"}}}}}}";

static int read_ruling(struct flow_judgement *out, const struct flow_json *item, struct flow_buf *why,
                       struct flow_error *err)
{
    int64_t number = flow_json_int(flow_json_get(item, "number"), 0);
    const char *fate = flow_json_str(flow_json_get(item, "fate"));
    const char *reason = flow_json_str(flow_json_get(item, "reason"));
    if (number < 1 || (uint64_t)number > out->count)
        return flow_misfit(why,
                           "There is no finding with the number of one of these rulings; they go from 1 "
                           "to %zu.",
                           out->count);
    struct flow_ruling *ruling = &out->items[number - 1];
    if (ruling->reason)
        return flow_misfit(why, "There are two rulings on finding %lld.", (long long)number);
    if (!fate || (strcmp(fate, "upheld") != 0 && strcmp(fate, "dismissed") != 0))
        return flow_misfit(why, "The \"fate\" of finding %lld is neither \"upheld\" nor \"dismissed\".",
                           (long long)number);
    ruling->upheld = strcmp(fate, "upheld") == 0;
    if (!ruling->upheld && (!reason || !*reason))
        return flow_misfit(why, "Finding %lld is dismissed without a \"reason\".", (long long)number);
    ruling->reason = flow_arena_str(&out->arena, reason ? reason : "");
    return ruling->reason ? 0 : flow_error_nomem(err);
}

static int read_rulings(struct flow_judgement *out, const struct flow_json *list, struct flow_buf *why,
                        struct flow_error *err)
{
    if (flow_json_type(list) != FLOW_JSON_ARRAY)
        return flow_misfit(why, "There is no list \"findings\".");
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        int result = read_ruling(out, item, why, err);
        if (result)
            return result;
    }
    for (size_t i = 0; i < out->count; i++)
        if (!out->items[i].reason)
            return flow_misfit(why, "There is no ruling on finding %zu.", i + 1);
    return 0;
}

int flow_judgement_parse(struct flow_judgement *out, const char *text, size_t len, bool cut, size_t findings,
                         struct flow_buf *why, struct flow_error *err)
{
    struct flow_json *object = NULL;
    *out = (struct flow_judgement){.count = findings};
    flow_arena_init(&out->arena);
    out->items = flow_arena_alloc(&out->arena, (findings + 1) * sizeof *out->items);
    int result = out->items ? flow_reply_usable(text, len, cut, why) : flow_error_nomem(err);
    if (out->items)
        memset(out->items, 0, (findings + 1) * sizeof *out->items);
    if (result == 0)
        result = flow_reply_object(&object, text, len, why, err);
    if (result == 0)
        result = read_rulings(out, flow_json_get(object, "findings"), why, err);
    flow_json_free(object);
    if (result)
        flow_judgement_release(out);
    return result;
}

void flow_judgement_release(struct flow_judgement *judgement)
{
    flow_arena_release(&judgement->arena);
    *judgement = (struct flow_judgement){0};
}
