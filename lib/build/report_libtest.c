// SPDX-License-Identifier: MIT
//
// Rust's libtest, in words and in JSON, with what cargo says between programs.
#include <stdio.h>
#include <string.h>

#include "flow/base/json.h"
#include "tests.h"

struct libtest {
    struct flow_tests *tests;
    struct flow_piece suite;
    struct flow_piece pending; // "test NAME ... " whose outcome is not there yet
    size_t talking;            // whose output is being read, and one
    double expected, seen;     // tests of this program
};

// "ok", "FAILED", "ignored, why", "ok <0.001s>": false where it is no outcome.
static bool outcome_of(struct flow_piece text, enum flow_test_outcome *out, double *seconds)
{
    long time = flow_piece_rfind(text, " <");
    *seconds = -1;
    if (time >= 0) {
        *seconds = flow_piece_number(flow_piece_from(text, (size_t)time + 2), -1);
        text.len = (size_t)time;
    }
    if (flow_piece_is(text, "ok"))
        *out = FLOW_OUTCOME_PASS;
    else if (flow_piece_is(text, "FAILED"))
        *out = FLOW_OUTCOME_FAIL;
    else if (flow_piece_is(text, "ignored") || flow_piece_starts(text, "ignored, "))
        *out = FLOW_OUTCOME_SKIP;
    else
        return false;
    return true;
}

// "src/lib.rs - next (line 6)", perhaps with " - compile fail" behind it: an example in a comment. It is
// called without its line, which any change above it moves.
static bool is_example(struct flow_piece name, struct flow_piece *plain, struct flow_piece *file,
                       uint32_t *line)
{
    static const char mark[] = " (line ";
    long at = flow_piece_rfind(name, mark), dash = flow_piece_find(name, " - ");
    if (at < 0 || dash < 0 || dash > at)
        return false;
    struct flow_piece rest = flow_piece_from(name, (size_t)at + sizeof mark - 1);
    size_t digits = 0;
    while (digits < rest.len && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    double number = flow_piece_number(rest, 0);
    if (digits == 0 || number < 1 || number > UINT32_MAX ||
        !flow_piece_starts(flow_piece_from(rest, digits), ")"))
        return false;
    *plain = (struct flow_piece){name.at, (size_t)at};
    *file = (struct flow_piece){name.at, (size_t)dash};
    *line = (uint32_t)number;
    return true;
}

static int add(struct libtest *libtest, struct flow_piece name, enum flow_test_outcome outcome,
               double seconds, size_t *index, struct flow_error *err)
{
    struct flow_piece plain = name, file;
    uint32_t line;
    bool example = is_example(name, &plain, &file, &line);
    if (flow_tests_add(libtest->tests, libtest->suite, plain, outcome, seconds, index, err))
        return -1;
    return example && (flow_tests_alias(libtest->tests, libtest->suite, name, *index, err) ||
                       flow_tests_place(libtest->tests, *index, file, line, err))
               ? -1
               : 0;
}

static int add_named(struct libtest *libtest, struct flow_piece name, enum flow_test_outcome outcome,
                     double seconds, struct flow_error *err)
{
    static const char panics[] = " - should panic";
    size_t index;
    long at = flow_piece_rfind(name, panics);
    if (at >= 0 && (size_t)at + sizeof panics - 1 == name.len)
        name.len = (size_t)at;
    libtest->seen++;
    libtest->pending.len = 0;
    return add(libtest, name, outcome, seconds, &index, err);
}

// What was running when the program died, and what it has not come to.
static int end_program(struct libtest *libtest, struct flow_error *err)
{
    if (libtest->pending.len > 0 && add_named(libtest, libtest->pending, FLOW_OUTCOME_ERROR, -1, err))
        return -1;
    if (libtest->seen < libtest->expected)
        libtest->tests->report->cut = true;
    libtest->seen = libtest->expected = 0;
    libtest->talking = 0;
    return 0;
}

// cargo's "     Running unittests src/lib.rs (target/…)", "   Doc-tests sample".
static int begin_program(struct libtest *libtest, struct flow_piece line, struct flow_error *err)
{
    struct flow_piece name = flow_piece_trim(line);
    if (flow_piece_starts(name, "Running ")) {
        long folder = flow_piece_rfind(name, " (");
        if (folder >= 0)
            name.len = (size_t)folder;
        name = flow_piece_from(name, strlen("Running "));
    }
    if (end_program(libtest, err))
        return -1;
    libtest->suite = name;
    return 0;
}

// "test NAME ... OUTCOME"
static int read_test(struct libtest *libtest, struct flow_piece line, struct flow_error *err)
{
    enum flow_test_outcome outcome;
    double seconds;
    long at = flow_piece_rfind(line, " ... ");
    if (at < 0)
        return 0;
    struct flow_piece name = {line.at + strlen("test "), (size_t)at - strlen("test ")};
    if (outcome_of(flow_piece_from(line, (size_t)at + strlen(" ... ")), &outcome, &seconds))
        return add_named(libtest, name, outcome, seconds, err);
    libtest->pending = name;
    return 0;
}

// "---- NAME stdout ----"
static int begin_output(struct libtest *libtest, struct flow_piece line, struct flow_error *err)
{
    size_t index;
    long end = flow_piece_rfind(line, " stdout ----");
    libtest->talking = 0;
    if (end < 5)
        return 0;
    struct flow_piece name = {line.at + 5, (size_t)end - 5};
    int found = flow_tests_find(libtest->tests, libtest->suite, name, &index, err);
    if (found > 0)
        libtest->talking = index + 1;
    return found < 0 ? -1 : 0;
}

static int read_words(struct libtest *libtest, struct flow_piece line, struct flow_error *err)
{
    enum flow_test_outcome outcome;
    double seconds;
    if (flow_piece_starts(line, "     Running ") || flow_piece_starts(line, "   Doc-tests "))
        return begin_program(libtest, line, err);
    if (flow_piece_starts(line, "running ") && flow_piece_find(line, " test") > 0) {
        if (end_program(libtest, err))
            return -1;
        libtest->expected = flow_piece_number(flow_piece_from(line, strlen("running ")), 0);
        return 0;
    }
    if (flow_piece_starts(line, "---- "))
        return begin_output(libtest, line, err);
    if (flow_piece_is(line, "failures:") || flow_piece_starts(line, "test result: ")) {
        libtest->talking = 0;
        return 0;
    }
    if (libtest->talking) {
        flow_tests_line(libtest->tests, libtest->talking - 1, line);
        return 0;
    }
    if (flow_piece_starts(line, "test "))
        return read_test(libtest, line, err);
    // The outcome stands alone where the test itself has printed.
    if (libtest->pending.len > 0 && outcome_of(line, &outcome, &seconds))
        return add_named(libtest, libtest->pending, outcome, seconds, err);
    return 0;
}

static int read_event(struct libtest *libtest, const struct flow_json *event, struct flow_error *err)
{
    const char *type = flow_json_str(flow_json_get(event, "type"));
    const char *what = flow_json_str(flow_json_get(event, "event"));
    const char *name = flow_json_str(flow_json_get(event, "name"));
    const char *output = flow_json_str(flow_json_get(event, "stdout"));
    if (!type || !what)
        return 0;
    if (strcmp(type, "suite") == 0 && strcmp(what, "started") == 0) {
        if (end_program(libtest, err))
            return -1;
        libtest->expected = flow_json_num(flow_json_get(event, "test_count"), 0);
        return 0;
    }
    if (strcmp(type, "test") != 0 || !name)
        return 0;
    // One that has started and never ends stays an error.
    size_t index;
    bool begins = strcmp(what, "started") == 0;
    if (begins || strcmp(what, "timeout") == 0)
        return begins ? add(libtest, flow_piece_of(name), FLOW_OUTCOME_ERROR, -1, &index, err) : 0;
    int found = flow_tests_find(libtest->tests, libtest->suite, flow_piece_of(name), &index, err);
    if (found == 0)
        found = add(libtest, flow_piece_of(name), FLOW_OUTCOME_ERROR, -1, &index, err);
    if (found < 0)
        return -1;
    struct flow_test *test = &libtest->tests->report->tests[index];
    test->seconds = flow_json_num(flow_json_get(event, "exec_time"), -1);
    test->outcome = strcmp(what, "ok") == 0        ? FLOW_OUTCOME_PASS
                    : strcmp(what, "ignored") == 0 ? FLOW_OUTCOME_SKIP
                                                   : FLOW_OUTCOME_FAIL;
    libtest->seen++;
    if (output)
        flow_tests_output(libtest->tests, index, flow_piece_of(output));
    return 0;
}

int flow_report_libtest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct libtest libtest = {.tests = tests, .suite = {"", 0}};
    struct flow_piece line;
    int result = 0;
    while (result == 0 && flow_piece_line(&text, &line)) {
        struct flow_error why = FLOW_ERROR_INIT;
        struct flow_json *event = NULL;
        if (flow_piece_starts(line, "{ \"type\":") && flow_json_parse(&event, line.at, line.len, &why) != 0 &&
            why.code == FLOW_E_NOMEM)
            return flow_error_nomem(err);
        result = event ? read_event(&libtest, event, err) : read_words(&libtest, line, err);
        flow_json_free(event);
    }
    return result == 0 ? end_program(&libtest, err) : -1;
}
