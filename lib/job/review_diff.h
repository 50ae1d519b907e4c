/* SPDX-License-Identifier: MIT */
/*
 * Reading a unified diff, as git and diff -u print it, and applying it to texts in memory.
 */
#ifndef FLOW_JOB_PRIVATE_REVIEW_DIFF_H
#define FLOW_JOB_PRIVATE_REVIEW_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"

struct diff_hunk {
    uint32_t old_line, old_count, new_line, new_count;
    const char *text; /* its lines, each with its sign in front */
    size_t len;
};

struct diff_file {
    const char *path; /* after the change; before it, where it goes */
    const char *old_blob,
        *blob; /* as the diff names them, perhaps only the first digits; "" where it does not */
    bool added, deleted, binary;
    const char *text; /* its part of the diff */
    size_t len;
    struct diff_hunk *hunks;
    size_t count, cap;
};

struct diff {
    struct flow_arena arena; /* of paths and names */
    struct diff_file *files;
    size_t count, cap;
};

/* What stands before the first file (the message of a commit) is left out. text must outlive out.
 * FLOW_E_INVALID names the line that does not fit; also where no file is changed. */
int diff_parse(struct diff *out, const char *text, size_t len, struct flow_error *err);
void diff_release(struct diff *diff);

/* Appends text with the hunks applied, or taken back. 1: they do not fit, exactly where they say. */
int diff_apply(const struct diff_file *file, bool back, const char *text, size_t len, struct flow_buf *out);

#endif
