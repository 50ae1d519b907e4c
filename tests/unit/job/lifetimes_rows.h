/* SPDX-License-Identifier: MIT */
/* A source and the rows that it has to give, for the tests of the ownership analysis. */
#ifndef FLOW_TEST_LIFETIMES_ROWS_H
#define FLOW_TEST_LIFETIMES_ROWS_H

#include <stdio.h>

#include "flow/config/git.h"
#include "flow/job/lifetimes.h"
#include "scratch.h"

static struct flow_languages *languages;

static int load_languages(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_git_hold(&err), &err);
    assert_ok(flow_languages_load(&languages, &err), &err);
    return 0;
}

static int free_languages(void **state)
{
    (void)state;
    flow_languages_free(languages);
    flow_git_drop();
    return 0;
}

struct run {
    struct flow_repo *repo;
    struct flow_analysis *analysis;
    struct flow_lifetimes *lifetimes;
};

static struct run start(const struct scratch *scratch, bool slices)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct run run = {0};
    char path[256];
    snprintf(path, sizeof path, "%s/r", scratch->top);
    const struct flow_analyze_options options = {.workers = 1};
    const struct flow_lifetimes_options how = {.workers = 1, .slices = slices};
    assert_ok(flow_repo_open(&run.repo, path, &err), &err);
    assert_ok(flow_analyze(&run.analysis, run.repo, languages, &options, &err), &err);
    assert_ok(flow_lifetimes(&run.lifetimes, run.analysis, languages, &how, &err), &err);
    return run;
}

static void finish(struct run *run)
{
    flow_lifetimes_free(run->lifetimes);
    flow_analysis_free(run->analysis);
    flow_repo_free(run->repo);
}

// "Struct.field=CLASS/rule" for each row, or "Struct.field=confidence/type", a blank between.
static void expect(const struct scratch *scratch, const char *name, const char *text, bool types,
                   const char *want)
{
    char path[256];
    scratch_run(scratch, NULL, "rm -rf r && git init -q r\n");
    snprintf(path, sizeof path, "%s/r/%s", scratch->top, name);
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_file_write(path, text, strlen(text), 0644, &err), &err);
    struct run run = start(scratch, false);
    struct flow_buf got;
    flow_buf_init(&got, FLOW_BUF_TEXT);
    for (size_t i = 0; i < run.lifetimes->count; i++) {
        const struct flow_lifetime *row = &run.lifetimes->rows[i];
        flow_buf_printf(&got, "%s%s.%s=%s/%s", i ? " " : "", row->strukt, row->field,
                        types ? row->confidence : row->class_name, types ? row->target : row->rule);
    }
    assert_string_equal(got.data, want);
    flow_buf_release(&got);
    finish(&run);
}

#define ZIG(text, want)     expect(*state, "a.zig", text, false, want)
#define C(text, want)       expect(*state, "a.c", text, false, want)
#define C_TYPES(text, want) expect(*state, "a.c", text, true, want)

#endif
