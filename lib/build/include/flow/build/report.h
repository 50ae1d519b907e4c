/* SPDX-License-Identifier: MIT */
/*
 * What test programs report, as data, and how two reports differ.
 */
#ifndef FLOW_BUILD_REPORT_H
#define FLOW_BUILD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"

enum flow_test_outcome {
    FLOW_OUTCOME_PASS,
    FLOW_OUTCOME_FAIL,
    FLOW_OUTCOME_SKIP, /* also ignored, to do, expected to fail */
    FLOW_OUTCOME_ERROR /* it could not be run to its end: fixture, crash, time */
};

struct flow_test {
    const char
        *suite; /* program, file, package or class, and the subtests around it; "" where none is told */
    const char *name;
    enum flow_test_outcome outcome;
    double seconds;     /* -1: not told */
    const char *output; /* what it printed and why it failed, at most FLOW_TEST_OUTPUT bytes, "" for none */
    const char *file;   /* where the report says that it failed, else where it stands; relative to the build
                           tree where it lies there; NULL: not told */
    uint32_t line;      /* 0: not told */
};

#define FLOW_TEST_OUTPUT ((size_t)64 << 10)
/* More tests are FLOW_E_TOO_BIG. */
#define FLOW_TESTS_MAX   ((size_t)1000000)

struct flow_report {
    struct flow_arena arena;
    struct flow_test *tests;
    size_t count, cap;
    size_t counts[4]; /* by outcome */
    bool cut;         /* the report ends before it says that it is whole: the program died on the way */
};

enum flow_report_form {
    FLOW_REPORT_LIBTEST, /* cargo test: text, or JSON where --format=json is to be had */
    FLOW_REPORT_TAP,     /* bats, node --test, prove; subtests, SKIP, TODO */
    FLOW_REPORT_JUNIT, /* XML of pytest, ctest, node, gradle, maven, …; several files one after the other */
    FLOW_REPORT_GO,    /* go test -json */
    FLOW_REPORT_CTEST, /* text */
    FLOW_REPORT_PYTEST, /* text, with -v, else with -rA, which names what was skipped by its line only */
    FLOW_REPORT_NODE    /* node --test with its reporter `spec` */
};

void flow_report_init(struct flow_report *report);
void flow_report_release(struct flow_report *report);

/* Which form a text is in, by how its lines begin: 1 and *out, or 0 where it is none of them. */
int flow_report_form_of(enum flow_report_form *out, const char *text, size_t len);

/* Adds the tests that text tells of. `root` is as in flow_diagnostics_read; may be NULL. Where a text holds
 * other lines, too, they are passed over, but what is no XML is FLOW_E_INVALID. Two tests of one name in one
 * suite are told apart by " (2)", " (3)", … behind the name. */
int flow_report_read(struct flow_report *report, enum flow_report_form form, const char *root,
                     const char *text, size_t len, struct flow_error *err);

/* For programs that tell nothing but their exit status: adds one test `name`, passed where it is 0. output
 * may be NULL. */
int flow_report_add_status(struct flow_report *report, const char *name, int status, const char *output,
                           size_t len, struct flow_error *err);

/* What became of one test. */
enum flow_test_class {
    FLOW_CHANGE_NONE,        /* passes as before, or is skipped as before */
    FLOW_CHANGE_NEW_FAILURE, /* passed in every baseline that has it, fails now */
    FLOW_CHANGE_KNOWN,       /* failed in every baseline, fails now */
    FLOW_CHANGE_FLAKY,       /* baselines disagree, and it fails now or is gone */
    FLOW_CHANGE_FIXED,       /* failed in every baseline, passes now */
    FLOW_CHANGE_DISAPPEARED, /* ran in a baseline (passed or failed) and is not there now, or is skipped:
                                counts as a failure */
    FLOW_CHANGE_NEW_TEST     /* in no baseline; its outcome says how it is */
};

struct flow_test_change {
    enum flow_test_class change;
    const struct flow_test *before; /* of the first baseline that has it; NULL for a new test */
    const struct flow_test *now;    /* NULL where it is not there any more */
};

struct flow_comparison {
    struct flow_test_change *items; /* in the order of `now`; those that are not there any more behind them */
    size_t count;
    size_t counts[7]; /* by change */
    size_t failures;  /* new failures, disappeared, and new tests that do not pass; flaky and known are not
                         counted */
};

/* Compares `now` with reports of the old program, one or (to see which tests are flaky) several; tests are
 * the same by suite and name. The result points into the reports. */
int flow_reports_compare(struct flow_comparison *out, const struct flow_report *baselines, size_t count,
                         const struct flow_report *now, struct flow_error *err);
void flow_comparison_release(struct flow_comparison *comparison);

/* "pass", "fail", "skip", "error"; "none", "new failure", "known", "flaky", "fixed", "disappeared",
 * "new test". */
const char *flow_outcome_name(enum flow_test_outcome outcome);
const char *flow_change_name(enum flow_test_class change);

#endif
