// SPDX-License-Identifier: MIT
/*
 * How hot the place of each candidate is, by the profiles that were given.
 */
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/build/profile.h"
#include "optimize_private.h"

static bool has(const void *payload, const char *path)
{
    const struct optimize *o = payload;
    return flow_snapshot_find(o->snapshot, path) != NULL;
}

static int read_profile(struct flow_profile *profile, const struct flow_profile_project *project,
                        const char *path, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_file_read(path, &text, err) || flow_buf_check(&text, path, err) ||
                         flow_profile_read(profile, project, text.data, text.len, err)
                     ? flow_error_wrap(err, "--profile '%s'", path)
                     : 0;
    flow_buf_release(&text);
    return result;
}

static uint64_t cost_of(const struct flow_covered_file *file, const struct flow_span *span)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < file->line_count; i++)
        if (file->lines[i].line >= span->start_line && file->lines[i].line <= span->end_line)
            sum += file->lines[i].times;
    return sum;
}

static void note_heat(struct optimize *o, const struct flow_profile *profile)
{
    for (size_t i = 0; i < o->count; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        const struct flow_covered_file *file =
            flow_coverage_file(&profile->cost, candidate->file->entry->path);
        uint64_t cost = file ? cost_of(file, &candidate->span) : 0;
        candidate->heat = cost > 0 ? 100 * (double)cost / (double)profile->total : 0;
    }
}

int optimize_heat(struct optimize *o, struct flow_error *err)
{
    const struct flow_strv *paths = o->options->profiles;
    const char *folder = flow_repo_workdir(o->options->repo);
    struct flow_profile profile;
    struct flow_buf root;
    if (paths->count == 0)
        return 0;
    flow_profile_init(&profile);
    flow_buf_init(&root, FLOW_BUF_LINE);
    // Without a work tree, names that are relative still say what they mean.
    flow_path_join(&root, folder ? folder : flow_repo_gitdir(o->options->repo), "");
    const struct flow_profile_project project = {.root = root.data, .has = has, .payload = o};
    int result = flow_buf_check(&root, "path of the work tree", err);
    for (size_t i = 0; i < paths->count && result == 0; i++)
        result = read_profile(&profile, &project, paths->items[i], err);
    if (result == 0 && profile.cost.count == 0)
        result = flow_error_set(err, FLOW_E_INVALID,
                                "the profile names no line of a file of this repository: profile a program "
                                "that was built with debug information in '%s'",
                                root.data);
    if (result == 0)
        note_heat(o, &profile);
    flow_buf_release(&root);
    flow_profile_release(&profile);
    return result;
}
