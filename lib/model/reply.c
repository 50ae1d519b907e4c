// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/model/request.h"

void flow_reply_init(struct flow_reply *reply)
{
    *reply = (struct flow_reply){.stop = FLOW_STOP_UNKNOWN};
    reply->text = calloc(1, 1);
}

void flow_reply_release(struct flow_reply *reply)
{
    for (size_t i = 0; i < reply->call_count; i++) {
        free(reply->calls[i].id);
        free(reply->calls[i].name);
        free(reply->calls[i].input);
    }
    free(reply->calls);
    free(reply->text);
    free(reply->raw);
    free(reply->stop_detail);
    free(reply->request_id);
    free(reply->model);
    *reply = (struct flow_reply){.stop = FLOW_STOP_UNKNOWN};
}

uint64_t flow_usage_tokens(const struct flow_usage *usage)
{
    return usage->input + usage->cache_read + usage->cache_write + usage->output;
}
