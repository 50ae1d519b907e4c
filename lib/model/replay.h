/* SPDX-License-Identifier: MIT */
/*
 * A recording that is given back: rows by step and source id. Several rows of one step are given in their
 * order, each once.
 */
#ifndef FLOW_MODEL_REPLAY_H
#define FLOW_MODEL_REPLAY_H

#include "flow/base/error.h"
#include "flow/model/request.h"

struct flow_recording;

int flow_recording_open(struct flow_recording **out, const char *path, struct flow_error *err);
void flow_recording_free(struct flow_recording *recording);
/* Fills an initialised reply. FLOW_E_NOT_FOUND names the step, and says where its source has changed or its
 * rows are used up. Thread-safe. */
int flow_recording_next(struct flow_recording *recording, const struct flow_request *request,
                        struct flow_reply *out, struct flow_error *err);

#endif
