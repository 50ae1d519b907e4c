// SPDX-License-Identifier: MIT
//
// pytest in words: the lines of -v, the short summary of -rA, and the sections of failures.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "tests.h"

// "____ TestClass.test_method ____" and what stands below it.
struct section {
    struct flow_piece title, text;
    bool used;
};

struct pytest {
    struct flow_tests *tests;
    struct section *sections;
    size_t count, cap;
    bool open;    // the last section is being read
    bool verbose; // there were lines of -v, which name those that were skipped
};

static const struct {
    const char *word;
    enum flow_test_outcome outcome;
} words[] = {
    {"PASSED", FLOW_OUTCOME_PASS},  {"FAILED", FLOW_OUTCOME_FAIL}, {"ERROR", FLOW_OUTCOME_ERROR},
    {"SKIPPED", FLOW_OUTCOME_SKIP}, {"XFAIL", FLOW_OUTCOME_SKIP},  {"XPASS", FLOW_OUTCOME_PASS},
};

// Which word the piece begins with, followed by a blank or nothing; -1: none.
static int word_of(struct flow_piece piece)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i].word);
        if (flow_piece_starts(piece, words[i].word) && (piece.len == len || piece.at[len] == ' '))
            return (int)i;
    }
    return -1;
}

// Adds the test of an id, "file.py::Class::name[parameter]"; where it is there, its outcome is set.
static int put(struct pytest *pytest, struct flow_piece id, enum flow_test_outcome outcome,
               struct flow_error *err)
{
    struct flow_piece head = id;
    long bracket = flow_piece_find(id, "[");
    if (bracket >= 0)
        head.len = (size_t)bracket;
    long colons = flow_piece_rfind(head, "::");
    struct flow_piece suite = id, name = flow_piece_of("(collection)");
    size_t index;
    if (colons >= 0) {
        suite.len = (size_t)colons;
        name = flow_piece_from(id, (size_t)colons + 2);
    }
    if (flow_tests_have(pytest->tests, suite, name, outcome, &index, err))
        return -1;
    // An error behind a test that passed is one of its teardown.
    pytest->tests->report->tests[index].outcome = outcome;
    return 0;
}

// "PASSED id", "FAILED id - why", "SKIPPED [1] file.py:19: why"
static int read_summary(struct pytest *pytest, int word, struct flow_piece line, struct flow_error *err)
{
    struct flow_piece id = flow_piece_trim(flow_piece_from(line, strlen(words[word].word)));
    if (flow_piece_starts(id, "[")) {
        long end = flow_piece_find(id, "] ");
        if (pytest->verbose || end < 0)
            return 0;
        id = flow_piece_from(id, (size_t)end + 2);
        long colon = flow_piece_find(id, ": ");
        if (colon >= 0)
            id.len = (size_t)colon;
        size_t index;
        return flow_tests_add(pytest->tests, flow_piece_of(""), id, words[word].outcome, -1, &index, err);
    }
    long why = flow_piece_find(id, " - ");
    if (why >= 0)
        id.len = (size_t)why;
    return put(pytest, flow_piece_trim(id), words[word].outcome, err);
}

// "id PASSED    [ 12%]"
static int read_verbose(struct pytest *pytest, struct flow_piece line, struct flow_error *err)
{
    long at = flow_piece_rfind(line, "::");
    if (at < 0 || line.at[0] == ' ' || line.at[0] == '[')
        return 0;
    for (size_t i = (size_t)at; i < line.len; i++) {
        struct flow_piece rest = flow_piece_from(line, i);
        int word = rest.at[0] == ' ' ? word_of(flow_piece_from(rest, 1)) : -1;
        if (word < 0)
            continue;
        pytest->verbose = true;
        return put(pytest, (struct flow_piece){line.at, i}, words[word].outcome, err);
    }
    return 0;
}

static int begin_section(struct pytest *pytest, struct flow_piece line, struct flow_error *err)
{
    struct flow_piece title = line;
    while (title.len > 0 && (title.at[0] == '_' || title.at[0] == ' '))
        title = flow_piece_from(title, 1);
    while (title.len > 0 && (title.at[title.len - 1] == '_' || title.at[title.len - 1] == ' '))
        title.len--;
    // "ERROR at setup of test_error"
    long of = flow_piece_starts(title, "ERROR at ") ? flow_piece_find(title, " of ") : -1;
    if (of >= 0)
        title = flow_piece_from(title, (size_t)of + 4);
    if (flow_grow(&pytest->sections, &pytest->cap, pytest->count + 1, sizeof *pytest->sections, err))
        return -1;
    pytest->sections[pytest->count++] = (struct section){title, {line.at + line.len, 0}, false};
    pytest->open = true;
    return 0;
}

static int read_line(struct pytest *pytest, struct flow_piece line, bool *whole, struct flow_error *err)
{
    if (flow_piece_starts(line, "===")) {
        *whole = flow_piece_find(line, " in ") > 0;
        pytest->open = false;
        return 0;
    }
    if (flow_piece_starts(line, "__") && flow_piece_find(line, "_ ") > 0)
        return begin_section(pytest, line, err);
    if (pytest->open) {
        struct section *section = &pytest->sections[pytest->count - 1];
        section->text.len = (size_t)(line.at + line.len - section->text.at);
        return 0;
    }
    int word = word_of(line);
    return word >= 0 ? read_summary(pytest, word, line, err) : read_verbose(pytest, line, err);
}

// Whether a title, "Class.name", is that of a test: the classes stand in the suite, behind "::".
static bool is_titled(struct flow_piece title, const struct flow_test *test)
{
    const char *classes = strstr(test->suite, "::");
    for (const char *at = classes ? classes + 2 : ""; *at;) {
        size_t len = strcspn(at, ":");
        if (title.len <= len || memcmp(title.at, at, len) != 0 || title.at[len] != '.')
            return false;
        title = flow_piece_from(title, len + 1);
        at += len + strspn(at + len, ":");
    }
    return flow_piece_is(title, test->name);
}

static void give_sections(struct pytest *pytest)
{
    const struct flow_report *report = pytest->tests->report;
    for (size_t i = pytest->tests->first; i < report->count; i++) {
        const struct flow_test *test = &report->tests[i];
        bool failed = test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR;
        for (size_t k = 0; failed && k < pytest->count; k++) {
            struct section *section = &pytest->sections[k];
            if (section->used || !is_titled(section->title, test))
                continue;
            section->used = true;
            flow_tests_line(pytest->tests, i, flow_piece_trim(section->text));
            break;
        }
    }
}

int flow_report_pytest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct pytest pytest = {.tests = tests};
    struct flow_piece line;
    bool whole = false;
    int result = 0;
    while (result == 0 && flow_piece_line(&text, &line))
        result = read_line(&pytest, line, &whole, err);
    if (result == 0)
        give_sections(&pytest);
    if (!whole)
        tests->report->cut = true;
    free(pytest.sections);
    return result;
}
