// SPDX-License-Identifier: MIT
#include "holder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void holder_print(const struct holder *holder, struct flow_buf *out)
{
    flow_buf_printf(out, "phase=%d jobs=%u work=%u wait=%u out=%u queued=%u until=%" PRId64 " left=%.0f %s",
                    (int)holder->phase, holder->jobs, holder->at_work, holder->waiting, holder->out,
                    holder->queued, holder->stopped_until_ms, holder->left, holder->reason);
}

bool holder_parse(struct holder *out, const char *text)
{
    int phase = 0, end = 0;
    *out = (struct holder){0};
    if (sscanf(text, "phase=%d jobs=%u work=%u wait=%u out=%u queued=%u until=%" SCNd64 " left=%lf %n",
               &phase, &out->jobs, &out->at_work, &out->waiting, &out->out, &out->queued,
               &out->stopped_until_ms, &out->left, &end) != 8 ||
        phase < HOLDER_OPENING || phase > HOLDER_DRAINING)
        return false;
    out->phase = (enum holder_phase)phase;
    snprintf(out->reason, sizeof out->reason, "%s", text + end);
    return true;
}

void holder_note_wait(struct flow_ledger *ledger, int64_t run, const char *model, const char *reason,
                      double seconds)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "calls of %s wait %.1f s: %s", model, seconds, reason);
    flow_ledger_event(ledger, run, "wait", NULL, text.data, NULL);
    flow_buf_release(&text);
}
