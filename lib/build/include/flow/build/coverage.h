/* SPDX-License-Identifier: MIT */
/*
 * Which lines of which files were executed, and how often, as data.
 *
 * Two forms are read, and known by themselves: the JSON of gcov (--json-format --stdout), a line of JSON for
 * each data file, and lcov's tracefiles, which llvm-cov prints, too (export -format=lcov). Lines that are
 * neither are passed over, so that a text may hold what the build and the tests printed, and may hold
 * many records: what several say of one line or function is added up.
 */
#ifndef FLOW_BUILD_COVERAGE_H
#define FLOW_BUILD_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"

/* A line that holds code. */
struct flow_covered_line {
    uint32_t line;  /* from 1 */
    uint64_t times; /* 0: it was not executed */
};

struct flow_covered_function {
    const char *name; /* as the tool says it, demangled where it does that */
    uint32_t line;    /* where it begins, from 1; 0: the tool did not say */
    uint64_t times;   /* that it was entered */
};

struct flow_covered_file {
    const char *path;                /* relative to the build tree; outside of it, as an absolute path */
    bool outside;                    /* the file is not in the build tree */
    struct flow_covered_line *lines; /* in their order */
    size_t line_count, line_cap;
    struct flow_covered_function *functions; /* by line, then by name */
    size_t function_count, function_cap;
    size_t lines_run, functions_run; /* how many of them were executed at all */
};

struct flow_coverage {
    struct flow_arena arena;         /* holds paths and names */
    struct flow_covered_file *files; /* by path */
    size_t count, cap;
};

/* More files, or more lines or functions of one file, are FLOW_E_TOO_BIG. */
#define FLOW_COVERAGE_MAX ((size_t)1000000)

void flow_coverage_init(struct flow_coverage *coverage);
void flow_coverage_release(struct flow_coverage *coverage);

/* Adds what text tells. `root` is the build tree, as in flow_diagnostics_read; names are relative to it, or
 * to the folder that a record says it was made in. A record that is cut or does not fit its form is
 * FLOW_E_INVALID: what is missing in it would be taken for what was never executed. */
int flow_coverage_read(struct flow_coverage *coverage, const char *root, const char *text, size_t len,
                       struct flow_error *err);

/* The file of that path (as in struct flow_covered_file), or NULL where the tool did not speak of it. */
const struct flow_covered_file *flow_coverage_file(const struct flow_coverage *coverage, const char *path);

#endif
