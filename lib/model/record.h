/* SPDX-License-Identifier: MIT */
/*
 * Recordings: one JSON object a line for each reply, written by any provider and read by `replay`:
 *
 *     {"step":"…","source":"…","role":"…","unit":"…","model":"…","text":"…",
 *      "calls":[{"id":"…","name":"…","input":"{…}"}],
 *      "stop":"end|tools|length|refusal|unknown","stop_detail":"…",
 *      "usage":{"input":N,"cache_read":N,"cache_write":N,"output":N,"estimated":false}}
 *
 * A reply is found again by step and source id, so that a changed prompt template does not invalidate a
 * recording, and a changed source does. Nothing of the request but those names is in it.
 */
#ifndef FLOW_MODEL_RECORD_H
#define FLOW_MODEL_RECORD_H

#include "flow/base/error.h"
#include "flow/base/json.h"
#include "flow/model/request.h"

struct flow_recorder;

/* Appends to path, made with mode 0600. */
int flow_recorder_new(struct flow_recorder **out, const char *path, struct flow_error *err);
void flow_recorder_free(struct flow_recorder *recorder);
/* Adds one reply with one write, so that several processes may record into one file. Thread-safe. */
int flow_recorder_add(struct flow_recorder *recorder, const struct flow_request *request,
                      const struct flow_reply *reply, struct flow_error *err);

/* Fills an initialised reply from a row. FLOW_E_INVALID. */
int flow_record_reply(const struct flow_json *row, struct flow_reply *out, struct flow_error *err);

#endif
