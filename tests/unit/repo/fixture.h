/* SPDX-License-Identifier: MIT */
/* A scratch folder with a repository in it, for the tests of this layer. */
#ifndef FLOW_TESTS_REPO_FIXTURE_H
#define FLOW_TESTS_REPO_FIXTURE_H

#include "flow/repo/repo.h"
#include "scratch.h"

/* Opens <top>/<name>, which must succeed. */
static inline struct flow_repo *fixture_open(const struct scratch *scratch, const char *name)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    char path[256];

    snprintf(path, sizeof path, "%s/%s", scratch->top, name);
    assert_ok(flow_repo_open(&repo, path, &err), &err);
    return repo;
}

static inline struct flow_id fixture_resolve(struct flow_repo *repo, const char *revision)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id;

    assert_ok(flow_repo_resolve(repo, revision, &id, &err), &err);
    return id;
}

/* What a script prints, without the line end behind it; freed by the caller. */
__attribute__((format(printf, 2, 3))) static inline char *fixture_output(const struct scratch *scratch,
                                                                         const char *format, ...)
{
    struct flow_buf script, out;
    va_list args;

    flow_buf_init(&script, FLOW_BUF_TEXT);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    va_start(args, format);
    flow_buf_vprintf(&script, format, args);
    va_end(args);
    scratch_run(scratch, &out, "%s", script.data);
    if (out.len > 0 && out.data[out.len - 1] == '\n')
        flow_buf_truncate(&out, out.len - 1);
    flow_buf_release(&script);
    char *text = flow_buf_detach(&out);
    assert_non_null(text);
    return text;
}

static inline struct flow_snapshot *fixture_worktree(struct flow_repo *repo)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;

    assert_ok(flow_snapshot_worktree(&snapshot, repo, &err), &err);
    return snapshot;
}

/* The entry is there, and its content is text. */
static inline void fixture_expect(struct flow_repo *repo, const struct flow_snapshot *snapshot,
                                  const char *path, const char *text)
{
    const struct flow_entry *entry = flow_snapshot_find(snapshot, path);
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf content;

    if (entry == NULL)
        fail_msg("there is no '%s'", path);
    flow_buf_init(&content, FLOW_BUF_FILE);
    assert_ok(flow_snapshot_read(repo, snapshot, entry, &content, &err), &err);
    assert_string_equal(content.data, text);
    flow_buf_release(&content);
}

/* All paths of a snapshot, a blank behind each; freed by the caller. */
static inline char *fixture_paths(const struct flow_snapshot *snapshot)
{
    struct flow_buf text;

    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < snapshot->count; i++)
        flow_buf_printf(&text, "%s ", snapshot->entries[i].path);
    char *paths = flow_buf_detach(&text);
    assert_non_null(paths);
    return paths;
}

#define expect_paths(snapshot, want)                                                                         \
    do {                                                                                                     \
        char *paths_ = fixture_paths(snapshot);                                                              \
        assert_string_equal(paths_, want);                                                                   \
        free(paths_);                                                                                        \
    } while (0)

#endif
