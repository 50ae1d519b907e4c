// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/profile.h"
#include "fuzz.h"

static bool has(const void *payload, const char *path)
{
    (void)payload;
    return path[0] != '\0' && path[strlen(path) - 1] != '.';
}

static void check(const struct flow_profile *profile)
{
    for (size_t i = 0; i < profile->cost.count; i++) {
        const struct flow_covered_file *file = &profile->cost.files[i];
        FUZZ_CHECK(!file->outside && has(NULL, file->path));
        FUZZ_CHECK(i == 0 || strcmp(file[-1].path, file->path) < 0);
        for (size_t k = 0; k < file->line_count; k++)
            FUZZ_CHECK(file->lines[k].line > (k > 0 ? file->lines[k - 1].line : 0));
    }
}

// Read twice, a text tells of no more files than read once, and of no less.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct flow_profile_project project = {.root = "/build", .has = has};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_profile profile;
    flow_profile_init(&profile);
    int result = flow_profile_read(&profile, &project, (const char *)data, size, &err);
    FUZZ_CHECK(result == 0 || err.code == FLOW_E_INVALID || err.code == FLOW_E_TOO_BIG);
    check(&profile);
    size_t count = profile.cost.count;
    uint64_t total = profile.total;
    FUZZ_CHECK(flow_profile_read(&profile, &project, (const char *)data, size, &err) == result);
    FUZZ_CHECK(profile.cost.count == count && profile.total >= total);
    check(&profile);
    flow_profile_release(&profile);
    return 0;
}
