// SPDX-License-Identifier: MIT
//
// go test -json: a line of JSON for each event.
#include <string.h>

#include "flow/base/json.h"
#include "tests.h"

// What a package says apart from its tests is kept under this name, and counts where the package failed and
// none of its tests did: it did not build, or died.
#define PACKAGE "(package)"

static int set_outcome(struct flow_tests *tests, size_t index, const char *action, double seconds)
{
    struct flow_test *test = &tests->report->tests[index];
    test->outcome = strcmp(action, "pass") == 0   ? FLOW_OUTCOME_PASS
                    : strcmp(action, "skip") == 0 ? FLOW_OUTCOME_SKIP
                                                  : FLOW_OUTCOME_FAIL;
    test->seconds = seconds;
    return 0;
}

static bool any_failed(const struct flow_tests *tests, const char *package)
{
    for (size_t i = tests->first; i < tests->report->count; i++) {
        const struct flow_test *test = &tests->report->tests[i];
        if (strcmp(test->suite, package) == 0 &&
            (test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR))
            return true;
    }
    return false;
}

// The end of a package. `output` is what it said so far.
static int end_package(struct flow_tests *tests, const char *package, const char *action, double seconds,
                       const struct flow_buf *output, struct flow_error *err)
{
    size_t index;
    if (strcmp(action, "fail") != 0 || any_failed(tests, package))
        return 0;
    if (flow_tests_add(tests, flow_piece_of(package), flow_piece_of(PACKAGE), FLOW_OUTCOME_ERROR, seconds,
                       &index, err))
        return -1;
    flow_tests_output(tests, index, (struct flow_piece){output->data, output->len});
    return 0;
}

static int read_event(struct flow_tests *tests, const struct flow_json *event, struct flow_buf *talk,
                      struct flow_error *err)
{
    const char *action = flow_json_str(flow_json_get(event, "Action"));
    const char *package = flow_json_str(flow_json_get(event, "Package"));
    const char *test = flow_json_str(flow_json_get(event, "Test"));
    const char *output = flow_json_str(flow_json_get(event, "Output"));
    double seconds = flow_json_num(flow_json_get(event, "Elapsed"), -1);
    size_t index;
    if (!action || !package)
        return 0;
    bool ends = strcmp(action, "pass") == 0 || strcmp(action, "fail") == 0 || strcmp(action, "skip") == 0;
    if (!test) {
        if (output && talk->len + strlen(output) <= talk->max)
            flow_buf_puts(talk, output);
        if (!ends)
            return 0;
        int result =
            talk->failed ? flow_error_nomem(err) : end_package(tests, package, action, seconds, talk, err);
        flow_buf_clear(talk);
        return result;
    }
    // With -count a test begins anew.
    if (strcmp(action, "run") == 0)
        return flow_tests_add(tests, flow_piece_of(package), flow_piece_of(test), FLOW_OUTCOME_ERROR, -1,
                              &index, err);
    if (!ends && !output)
        return 0;
    if (flow_tests_have(tests, flow_piece_of(package), flow_piece_of(test), FLOW_OUTCOME_ERROR, &index, err))
        return -1;
    if (output)
        flow_tests_output(tests, index, flow_piece_of(output));
    return ends ? set_outcome(tests, index, action, seconds) : 0;
}

int flow_report_go(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct flow_piece line;
    struct flow_buf talk;
    int result = 0;
    flow_buf_init(&talk, FLOW_TEST_OUTPUT);
    while (result == 0 && flow_piece_line(&text, &line)) {
        struct flow_error why = FLOW_ERROR_INIT;
        struct flow_json *event = NULL;
        if (!flow_piece_starts(line, "{"))
            continue;
        if (flow_json_parse(&event, line.at, line.len, &why) == 0)
            result = read_event(tests, event, &talk, err);
        else if (why.code == FLOW_E_NOMEM)
            result = flow_error_nomem(err);
        flow_json_free(event);
    }
    if (result == 0 && talk.failed)
        result = flow_error_nomem(err);
    // A test that never ends stays an error.
    for (size_t i = tests->first; i < tests->report->count; i++) {
        const struct flow_test *test = &tests->report->tests[i];
        if (test->outcome == FLOW_OUTCOME_ERROR && strcmp(test->name, PACKAGE) != 0)
            tests->report->cut = true;
    }
    flow_buf_release(&talk);
    return result;
}
