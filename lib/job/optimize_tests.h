/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the base say, in several runs, and whether another run says worse.
 *
 * A run is what a test command printed and how it ended. Its report is read where it has one of the forms of
 * flow/build/report.h; how the command ended counts as one more test, so that a crash and a form that is not
 * known are seen, too.
 */
#ifndef FLOW_JOB_PRIVATE_OPTIMIZE_TESTS_H
#define FLOW_JOB_PRIVATE_OPTIMIZE_TESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

/* One run. */
struct optimize_test_run {
    const char *root; /* the folder that names of files are relative to */
    const struct flow_buf *out, *talk;
    bool good;
    const char *why; /* where it is not good */
};

struct optimize_tests;

int optimize_tests_new(struct optimize_tests **out, struct flow_error *err);
void optimize_tests_free(struct optimize_tests *tests);

/* Adds a run of the base. FLOW_E_ENV where it failed and said nothing that could be compared. */
int optimize_tests_add(struct optimize_tests *tests, const struct optimize_test_run *run,
                       struct flow_error *err);
/* How many tests failed in all runs, at least two, and on how many they disagree. */
int optimize_tests_count(const struct optimize_tests *tests, size_t *failing, size_t *flaky,
                         struct flow_error *err);
/* How many tests are worse in a run than on the base; why names the first, or says how many were compared. */
int optimize_tests_compare(const struct optimize_tests *tests, const struct optimize_test_run *run,
                           size_t *worse, char *why, size_t size, struct flow_error *err);

#endif
