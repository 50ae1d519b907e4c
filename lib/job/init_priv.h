/* SPDX-License-Identifier: MIT */
/* What the files of flow-init share. */
#ifndef FLOW_JOB_INIT_PRIV_H
#define FLOW_JOB_INIT_PRIV_H

#include "flow/base/error.h"
#include "flow/job/init.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"

/* Fills in the projects of the languages that were found. */
int flow_init_find_projects(struct flow_init *init, const struct flow_languages *languages,
                            const struct flow_snapshot *snapshot, struct flow_error *err);

/* Whether path lies in a vendored folder. */
bool flow_init_is_vendored(const struct flow_init *init, const char *path);

/* Writes init->text from all the rest. */
int flow_init_compose(struct flow_init *init, struct flow_error *err);

#endif
