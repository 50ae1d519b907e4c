/* SPDX-License-Identifier: MIT */
/*
 * Objects of one commit on their way to the object database.
 *
 * To sync each object by itself takes two waits for the disk, and a commit has about ten. They are written
 * into a folder of their own instead, beside the others, where nobody looks for them; then the file system is
 * synced once, they get their places, and that is synced too. An object that has its place is therefore
 * whole, whenever the power fails. What a killed process leaves, 'git gc' takes away, as it does with git's
 * own folders of that kind.
 */
#ifndef FLOW_REPO_STAGING_H
#define FLOW_REPO_STAGING_H

#include <git2.h>

#include "flow/base/error.h"

struct flow_staging;

/* Makes all that is written through the handle go there, and be read from there, too. It belongs to the
 * handle then. `objects` is the folder of the object database. */
int flow_staging_new(struct flow_staging **out, git_repository *handle, const char *objects,
                     struct flow_error *err);
/* Everything is in the object database and on the disk afterwards. */
int flow_staging_publish(struct flow_staging *staging, struct flow_error *err);
/* Forgets what was written since it was published last. */
void flow_staging_clear(struct flow_staging *staging);

#endif
