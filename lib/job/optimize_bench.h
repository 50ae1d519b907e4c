/* SPDX-License-Identifier: MIT */
/*
 * Whether something became faster: seconds before and after, measured in turn.
 *
 * The measure is the ratio after/before of each pair, which what slows the machine down for a while changes
 * little. Its median has an interval that presumes nothing about how times are distributed: the number of
 * pairs above the true median is binomial (n, 1/2), so that the k-th smallest and the k-th largest ratio
 * enclose it with a probability that is a sum of binomial coefficients (the sign test's interval; W. J.
 * Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2). Of 20 pairs the 6th and the 15th do
 * with 95.9 %.
 */
#ifndef FLOW_JOB_PRIVATE_OPTIMIZE_BENCH_H
#define FLOW_JOB_PRIVATE_OPTIMIZE_BENCH_H

#include <stddef.h>

#include "flow/base/error.h"

#define BENCH_PAIRS      20 /* more would narrow the interval by its root only */
#define BENCH_CONFIDENCE 0.95

enum bench_verdict { BENCH_SAME, BENCH_FASTER, BENCH_SLOWER };

struct bench {
    enum bench_verdict verdict; /* SAME where the interval holds 1 */
    double ratio, low, high;    /* median of after/before, and its interval */
};

/* `count` pairs; fewer than 6 have no interval at this confidence and are the same. FLOW_E_NOMEM. */
int bench_judge(struct bench *out, const double *before, const double *after, size_t count,
                struct flow_error *err);
/* "faster", "same", "slower". */
const char *bench_name(enum bench_verdict verdict);

#endif
