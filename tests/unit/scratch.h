/* SPDX-License-Identifier: MIT */
/*
 * A folder of its own for one test, with a home and a git identity in it, and shell commands run inside.
 */
#ifndef FLOW_TESTS_SCRATCH_H
#define FLOW_TESTS_SCRATCH_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/proc.h"
#include "unit.h"

struct scratch {
    char top[64]; /* the folder, without '/' at its end */
};

/* Runs a shell script with `set -e` in the folder and appends what it prints to out (NULL: nowhere); the test
 * fails where the script does. */
__attribute__((format(printf, 3, 4))) static inline void
scratch_run(const struct scratch *scratch, struct flow_buf *out, const char *format, ...)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_proc_result result;
    struct flow_buf script, output;
    va_list args;

    flow_buf_init(&script, FLOW_BUF_TEXT);
    flow_buf_init(&output, FLOW_BUF_TEXT);
    flow_buf_puts(&script, "set -e\n");
    va_start(args, format);
    flow_buf_vprintf(&script, format, args);
    va_end(args);
    const char *const argv[] = {"sh", "-c", script.data, NULL};
    struct flow_proc proc = {
        .argv = argv, .dir = scratch->top, .out = out != NULL ? out : &output, .err = &output};
    if (flow_proc_run(&proc, &result, &err) != 0)
        fail_msg("cannot run sh: %s", err.message);
    if (result.status != 0)
        fail_msg("status %d of: %s\n%s", result.status, script.data, output.data);
    flow_buf_release(&output);
    flow_buf_release(&script);
}

/* Makes the folder; git in it and libgit2 in this process see no configuration but the one in its `home`. */
static inline void scratch_init(struct scratch *scratch)
{
    static const char *const unset[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME"};
    char home[sizeof scratch->top + sizeof "/home"];

    strcpy(scratch->top, "/tmp/flow-unit-XXXXXX");
    assert_non_null(mkdtemp(scratch->top));
    snprintf(home, sizeof home, "%s/home", scratch->top);
    setenv("HOME", home, 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    for (size_t i = 0; i < sizeof unset / sizeof unset[0]; i++)
        unsetenv(unset[i]);
    scratch_run(scratch, NULL,
                "mkdir home\n"
                "git config --global user.name 'A Tester'\n"
                "git config --global user.email tester@example.org\n"
                "git config --global init.defaultBranch main\n"
                "git config --global protocol.file.allow always\n");
}

static inline void scratch_release(struct scratch *scratch)
{
    struct flow_error err = FLOW_ERROR_INIT;

    assert_ok(flow_dir_remove(scratch->top, &err), &err);
}

/* cmocka fixtures with a scratch folder as their state. */
static inline int scratch_setup(void **state)
{
    struct scratch *scratch = malloc(sizeof *scratch);

    assert_non_null(scratch);
    scratch_init(scratch);
    *state = scratch;
    return 0;
}

static inline int scratch_teardown(void **state)
{
    scratch_release(*state);
    free(*state);
    return 0;
}

#endif
