// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/coverage.h"
#include "fuzz.h"

static void check(const struct flow_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        const struct flow_covered_file *file = &coverage->files[i];
        size_t run = 0;
        FUZZ_CHECK(file->path && (file->outside || file->path[0] != '/'));
        FUZZ_CHECK(i == 0 || strcmp(file[-1].path, file->path) < 0);
        FUZZ_CHECK(flow_coverage_file(coverage, file->path) == file);
        for (size_t k = 0; k < file->line_count; k++) {
            FUZZ_CHECK(file->lines[k].line > (k > 0 ? file->lines[k - 1].line : 0));
            run += file->lines[k].times > 0;
        }
        FUZZ_CHECK(run == file->lines_run);
        for (size_t k = 0; k < file->function_count; k++)
            FUZZ_CHECK(file->functions[k].name);
        FUZZ_CHECK(file->functions_run <= file->function_count);
    }
}

// Read twice, a text tells of no more files than read once.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_coverage coverage;
    flow_coverage_init(&coverage);
    int result = flow_coverage_read(&coverage, "/build", (const char *)data, size, &err);
    FUZZ_CHECK(result == 0 || err.code == FLOW_E_INVALID || err.code == FLOW_E_TOO_BIG);
    check(&coverage);
    size_t count = coverage.count;
    FUZZ_CHECK(flow_coverage_read(&coverage, "/build", (const char *)data, size, &err) == result);
    FUZZ_CHECK(coverage.count == count);
    check(&coverage);
    flow_coverage_release(&coverage);
    return 0;
}
