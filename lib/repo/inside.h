/* SPDX-License-Identifier: MIT */
/* Files of a work tree, reached without following any symbolic link of it. */
#ifndef FLOW_REPO_INSIDE_H
#define FLOW_REPO_INSIDE_H

#include "flow/base/error.h"

/* Opens the regular file at path below top for reading. 1: opened; 0: there is none, or something else, or a
 * folder on the way is a symbolic link; -1: failed. */
int flow_inside_open(int *out, const char *top, const char *path, struct flow_error *err);

/* The same for the folder that holds path; *last is where the name in it begins. */
int flow_inside_folder(int *out, const char **last, const char *top, const char *path,
                       struct flow_error *err);

#endif
