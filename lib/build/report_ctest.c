// SPDX-License-Identifier: MIT
//
// ctest in words: "2/8 Test #2: name ....***Failed    0.00 sec", with the output behind it.
#include <string.h>

#include "tests.h"

static enum flow_test_outcome outcome_of(struct flow_piece words)
{
    if (flow_piece_starts(words, "Passed"))
        return FLOW_OUTCOME_PASS;
    if (flow_piece_starts(words, "***Failed"))
        return FLOW_OUTCOME_FAIL;
    if (flow_piece_starts(words, "***Skipped") || flow_piece_starts(words, "***Not Run (Disabled)"))
        return FLOW_OUTCOME_SKIP;
    return FLOW_OUTCOME_ERROR;
}

// 1 and the test where the line is one, 0 where not, -1 on failure.
static int read_test(struct flow_tests *tests, struct flow_piece line, size_t *index, struct flow_error *err)
{
    struct flow_piece rest = flow_piece_trim(line);
    double number = flow_piece_number(rest, -1);
    long name = flow_piece_find(rest, " Test ");
    long colon = flow_piece_find(rest, ": ");
    long dots = flow_piece_rfind(rest, " ...");
    if (number < 0 || name < 0 || colon < name || dots < colon + 2)
        return 0;
    struct flow_piece words = flow_piece_from(rest, (size_t)dots + 1);
    while (words.len > 0 && words.at[0] == '.')
        words = flow_piece_from(words, 1);
    words = flow_piece_trim(words);
    long unit = flow_piece_rfind(words, " sec");
    if (unit < 0)
        return 0;
    struct flow_piece time = {words.at, (size_t)unit};
    long blank = flow_piece_rfind(time, " ");
    double seconds = blank < 0 ? -1 : flow_piece_number(flow_piece_from(time, (size_t)blank + 1), -1);
    struct flow_piece called = {rest.at + colon + 2, (size_t)(dots - colon - 2)};
    return flow_tests_add(tests, flow_piece_of(""), flow_piece_trim(called), outcome_of(words), seconds,
                          index, err)
               ? -1
               : 1;
}

int flow_report_ctest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct flow_piece line;
    bool talking = false;
    bool whole = false;
    size_t index = 0;
    while (!whole && flow_piece_line(&text, &line)) {
        size_t found;
        int result = read_test(tests, line, &found, err);
        if (result < 0)
            return -1;
        whole = flow_piece_find(line, "% tests passed, ") > 0;
        if (result > 0) {
            talking = true;
            index = found;
        } else if (flow_piece_starts(line, "    Start ")) {
            talking = false;
        } else if (talking && !whole) {
            flow_tests_line(tests, index, line);
        }
    }
    if (!whole)
        tests->report->cut = true;
    return 0;
}
