// SPDX-License-Identifier: MIT
//
// The Test Anything Protocol, versions 12 to 14, with subtests that are indented by four blanks.
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests.h"

struct tap {
    struct flow_tests *tests;
    struct flow_groups groups;
    size_t last; // of the last test line, SIZE_MAX: none to which more could belong
    size_t last_indent;
    bool in_block; // between "---" and "..."
    double planned, seen;
};

static bool starts_word(struct flow_piece text, const char *word)
{
    return text.len >= strlen(word) && strncasecmp(text.at, word, strlen(word)) == 0;
}

// Cuts " # SKIP why" and " # TODO why" off a description. A '#' that is no directive is part of it.
static enum flow_test_outcome cut_directive(struct flow_piece *name, bool passed)
{
    enum flow_test_outcome outcome = passed ? FLOW_OUTCOME_PASS : FLOW_OUTCOME_FAIL;
    long at = flow_piece_rfind(*name, "# ");
    if (at < 0 || (at > 0 && name->at[at - 1] == '\\'))
        return outcome;
    struct flow_piece rest = flow_piece_from(*name, (size_t)at + 2);
    bool skip = starts_word(rest, "skip");
    bool todo = starts_word(rest, "todo");
    if (!skip && !todo)
        return outcome;
    name->len = (size_t)at;
    return skip || !passed ? FLOW_OUTCOME_SKIP : FLOW_OUTCOME_PASS;
}

// Puts the description into out, with '\#' and '\\' as what they stand for.
static void unescape(struct flow_buf *out, struct flow_piece name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '\\' && i + 1 < name.len && (name.at[i + 1] == '#' || name.at[i + 1] == '\\'))
            i++;
        flow_buf_putc(out, name.at[i]);
    }
}

static int read_test(struct tap *tap, struct flow_piece line, size_t indent, bool passed,
                     struct flow_error *err)
{
    size_t depth = indent / 4 < FLOW_DEPTH_MAX ? indent / 4 : FLOW_DEPTH_MAX - 1;
    struct flow_piece name =
        flow_piece_trim(flow_piece_from(line, indent + strlen(passed ? "ok" : "not ok")));
    struct flow_piece number = name;
    size_t digits = 0;
    while (digits < name.len && name.at[digits] >= '0' && name.at[digits] <= '9')
        digits++;
    number.len = digits;
    name = flow_piece_trim(flow_piece_from(name, digits));
    if (flow_piece_starts(name, "- "))
        name = flow_piece_from(name, 2);
    enum flow_test_outcome outcome = cut_directive(&name, passed);
    name = flow_piece_trim(name);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    unescape(&text, name.len > 0 ? name : number);
    int result = flow_buf_check(&text, "name of a test", err);
    if (result == 0)
        result = flow_groups_add(&tap->groups, tap->tests, depth, (struct flow_piece){text.data, text.len},
                                 outcome, -1, &tap->last, err);
    flow_buf_release(&text);
    tap->last_indent = indent;
    tap->in_block = false;
    tap->seen += depth == 0;
    return result;
}

// A line of the block behind a test: what node says there of time and place.
static int read_block(struct tap *tap, struct flow_piece line, struct flow_error *err)
{
    struct flow_piece words = flow_piece_trim(line);
    struct flow_test *test = &tap->tests->report->tests[tap->last];
    if (flow_piece_starts(words, "duration_ms: ")) {
        double ms = flow_piece_number(flow_piece_from(words, strlen("duration_ms: ")), -1);
        test->seconds = ms < 0 ? -1 : ms / 1000;
    }
    if (flow_piece_starts(words, "location: '") && !test->file) {
        struct flow_piece place = flow_piece_from(words, strlen("location: '"));
        long colon = flow_piece_rfind(place, ":");
        if (colon > 0)
            place.len = (size_t)colon;
        colon = flow_piece_rfind(place, ":");
        double number = colon > 0 ? flow_piece_number(flow_piece_from(place, (size_t)colon + 1), 0) : 0;
        if (number >= 1 && number < UINT32_MAX &&
            flow_tests_place(tap->tests, tap->last, (struct flow_piece){place.at, (size_t)colon},
                             (uint32_t)number, err))
            return -1;
    }
    flow_tests_line(tap->tests, tap->last, line);
    return 0;
}

static int read_line(struct tap *tap, struct flow_piece line, struct flow_error *err)
{
    static const char subtest[] = "# Subtest: ";
    size_t indent = flow_piece_indent(line);
    struct flow_piece words = flow_piece_from(line, indent);
    if (tap->in_block) {
        tap->in_block = !(indent == tap->last_indent + 2 && flow_piece_is(words, "..."));
        return tap->in_block && tap->last != SIZE_MAX ? read_block(tap, line, err) : 0;
    }
    if (flow_piece_is(words, "---") && indent == tap->last_indent + 2) {
        tap->in_block = true;
        return 0;
    }
    if (flow_piece_is(words, "ok") || flow_piece_starts(words, "ok "))
        return read_test(tap, line, indent, true, err);
    if (flow_piece_is(words, "not ok") || flow_piece_starts(words, "not ok "))
        return read_test(tap, line, indent, false, err);
    if (flow_piece_starts(words, subtest)) {
        if (indent / 4 < FLOW_DEPTH_MAX)
            tap->groups.names[indent / 4] = flow_piece_from(words, sizeof subtest - 1);
        tap->last = SIZE_MAX;
    } else if (flow_piece_starts(words, "1..") && indent == 0) {
        tap->planned = flow_piece_number(flow_piece_from(words, 3), 0);
    } else if (flow_piece_starts(words, "Bail out!")) {
        tap->tests->report->cut = true;
    } else if (flow_piece_starts(words, "#") && tap->last != SIZE_MAX &&
               tap->tests->report->tests[tap->last].outcome == FLOW_OUTCOME_FAIL) {
        flow_tests_line(tap->tests, tap->last, flow_piece_trim(flow_piece_from(words, 1)));
    }
    return 0;
}

int flow_report_tap(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct tap tap = {.tests = tests, .last = SIZE_MAX, .planned = -1};
    struct flow_piece line;
    while (flow_piece_line(&text, &line)) {
        if (read_line(&tap, line, err))
            return -1;
    }
    if (tap.planned < 0 || tap.seen < tap.planned)
        tests->report->cut = true;
    return 0;
}
