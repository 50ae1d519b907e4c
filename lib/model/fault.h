/* SPDX-License-Identifier: MIT */
/*
 * What a failed attempt means: one table for what servers document and what they were seen to send.
 */
#ifndef FLOW_MODEL_FAULT_H
#define FLOW_MODEL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/json.h"

enum flow_fault_kind {
    FLOW_FAULT_NONE,
    FLOW_FAULT_RETRY,     /* try again, a few times */
    FLOW_FAULT_THROTTLE,  /* try again as often as it takes; the bucket shrinks */
    FLOW_FAULT_OVERLOAD,  /* as a throttle, with longer waits */
    FLOW_FAULT_OUTAGE,    /* no connection to a server that has answered this process before: wait for it */
    FLOW_FAULT_REFUSED,   /* will not change by itself */
    FLOW_FAULT_QUOTA,     /* money: stop the run */
    FLOW_FAULT_CANCELLED, /* the caller gave up */
};

struct flow_fault {
    enum flow_fault_kind kind;
    bool unreachable;        /* no connection came about, as none would for any other request */
    bool too_big;            /* the request is longer than the server or the model takes */
    double wait;             /* seconds that the server asked for, capped; below 0: it did not */
    char param[64];          /* the field of the request that the server complains about, or "" */
    struct flow_buf message; /* for people: what the server said */
};

/* What response headers say about trying again; NULL where a header is missing. */
struct flow_retry_headers {
    const char *retry_after;    /* seconds, or an HTTP date */
    const char *retry_after_ms; /* milliseconds */
    const char *should_retry;   /* "true" or "false": wins over the status */
};

/* What a server may ask for at most, in seconds. */
#define FLOW_RETRY_AFTER_MAX 600.0

void flow_fault_init(struct flow_fault *fault);
void flow_fault_release(struct flow_fault *fault);

/* Judges an answer whose HTTP status is not 200. `body` may be anything; `now_ms` is the wall clock, for
 * dates. */
void flow_fault_http(struct flow_fault *out, long status, const char *body, size_t len,
                     const struct flow_retry_headers *headers, int64_t now_ms);
/* Judges an error object that came inside an answer with status 200. */
void flow_fault_stream(struct flow_fault *out, const struct flow_json *document);
/* Whether a document carries an error object in one of the known places. */
bool flow_fault_present(const struct flow_json *document);

/* Seconds to wait by the headers, capped, or below 0. */
double flow_retry_wait(const struct flow_retry_headers *headers, int64_t now_ms);

#endif
