/* SPDX-License-Identifier: MIT */
/*
 * A report while it is read: what the readers of all forms share.
 */
#ifndef FLOW_BUILD_TESTS_H
#define FLOW_BUILD_TESTS_H

#include "flow/base/buf.h"
#include "flow/base/map.h"
#include "flow/build/report.h"

struct flow_tests {
    struct flow_report *report;
    const char *root;         /* NULL: none */
    size_t first;             /* the first test of this reading in the report */
    struct flow_buf *outputs; /* one for each test from there on */
    size_t output_cap;
    struct flow_map *names;  /* how often a name in a suite was there */
    struct flow_map *latest; /* the index, and one, of the test that a reader means by a name */
};

int flow_tests_init(struct flow_tests *tests, struct flow_report *report, const char *root,
                    struct flow_error *err);
void flow_tests_release(struct flow_tests *tests);

/* A piece of the text that is read. */
struct flow_piece {
    const char *at;
    size_t len;
};
struct flow_piece flow_piece_of(const char *text);
/* The next line of what is left in *rest, without its end; false where there is none. */
bool flow_piece_line(struct flow_piece *rest, struct flow_piece *line);
bool flow_piece_starts(struct flow_piece piece, const char *prefix);
bool flow_piece_is(struct flow_piece piece, const char *text);
/* Less `count` bytes at its beginning, and less blanks at both ends. */
struct flow_piece flow_piece_from(struct flow_piece piece, size_t count);
struct flow_piece flow_piece_trim(struct flow_piece piece);
/* Where text begins in it the last time; -1: nowhere. */
long flow_piece_rfind(struct flow_piece piece, const char *text);
long flow_piece_find(struct flow_piece piece, const char *text);
/* The number that it begins with; fallback where it is none. */
double flow_piece_number(struct flow_piece piece, double fallback);
size_t flow_piece_indent(struct flow_piece piece);

/* Adds a test; *index is its number in the report. */
int flow_tests_add(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name,
                   enum flow_test_outcome outcome, double seconds, size_t *index, struct flow_error *err);
/* Lets it be found by another name, too. */
int flow_tests_alias(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name, size_t index,
                     struct flow_error *err);
/* Finds the test that was added last by this suite and name, or adds it with that outcome. */
int flow_tests_have(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name,
                    enum flow_test_outcome outcome, size_t *index, struct flow_error *err);
/* … or 0 where there is none, 1 and *index where there is, -1 out of memory. */
int flow_tests_find(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name, size_t *index,
                    struct flow_error *err);
/* Appends to a test's output; what is too much is left out. */
void flow_tests_output(struct flow_tests *tests, size_t index, struct flow_piece text);
/* The same and a newline. */
void flow_tests_line(struct flow_tests *tests, size_t index, struct flow_piece line);
/* Says where a test stands: "file:line:column", or a file and a line. */
int flow_tests_place(struct flow_tests *tests, size_t index, struct flow_piece file, uint32_t line,
                     struct flow_error *err);

/* Outputs into the tests, places that outputs name, counts. */
int flow_tests_done(struct flow_tests *tests, struct flow_error *err);

int flow_report_libtest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_tap(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_junit(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_go(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_ctest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_pytest(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);
int flow_report_node(struct flow_tests *tests, struct flow_piece text, struct flow_error *err);

/*
 * Subtests by depth (TAP, node): groups have the names of what is around a test.
 */
#define FLOW_DEPTH_MAX 16
struct flow_groups {
    struct flow_piece names[FLOW_DEPTH_MAX];
    size_t children[FLOW_DEPTH_MAX + 1], failed[FLOW_DEPTH_MAX + 1];
};
/* A test of that depth with its outcome. What has children is no test itself (*index is SIZE_MAX), unless
 * it failed and none of them did. */
int flow_groups_add(struct flow_groups *groups, struct flow_tests *tests, size_t depth,
                    struct flow_piece name, enum flow_test_outcome outcome, double seconds, size_t *index,
                    struct flow_error *err);

#endif
