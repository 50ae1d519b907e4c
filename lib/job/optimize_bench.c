// SPDX-License-Identifier: MIT
#include "optimize_bench.h"

#include <math.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

// How many values at each end may be left out, so that what is between holds the median with the confidence;
// 0: none, and not even all of them do.
static size_t cut(size_t count)
{
    double tail = 0, term = pow(0.5, (double)count); // of 0 in count
    size_t k = 0;
    while (k < count / 2 && 1 - 2 * (tail + term) >= BENCH_CONFIDENCE) {
        tail += term;
        term *= (double)(count - k) / (double)(k + 1);
        k++;
    }
    return k;
}

int bench_judge(struct bench *out, const double *before, const double *after, size_t count,
                struct flow_error *err)
{
    double *ratios = calloc(count + 1, sizeof *ratios);
    size_t k = cut(count);
    if (!ratios)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        ratios[i] = before[i] > 0 ? after[i] / before[i] : 1;
    qsort(ratios, count, sizeof *ratios, by_size);
    *out = (struct bench){.verdict = BENCH_SAME, .ratio = 1, .low = 0, .high = INFINITY};
    if (count > 0)
        out->ratio = (ratios[(count - 1) / 2] + ratios[count / 2]) / 2;
    if (k > 0) {
        out->low = ratios[k - 1];
        out->high = ratios[count - k];
        if (out->high < 1)
            out->verdict = BENCH_FASTER;
        else if (out->low > 1)
            out->verdict = BENCH_SLOWER;
    }
    free(ratios);
    return 0;
}

const char *bench_name(enum bench_verdict verdict)
{
    static const char *const names[] = {"same", "faster", "slower"};
    return names[verdict];
}
