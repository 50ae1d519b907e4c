// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem, memrchr
#include "tests.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "reading.h"

struct flow_piece flow_piece_of(const char *text)
{
    return (struct flow_piece){text, strlen(text)};
}

bool flow_piece_line(struct flow_piece *rest, struct flow_piece *line)
{
    if (rest->len == 0)
        return false;
    const char *newline = memchr(rest->at, '\n', rest->len);
    size_t len = newline ? (size_t)(newline - rest->at) : rest->len;
    *line = (struct flow_piece){rest->at, len};
    if (len > 0 && rest->at[len - 1] == '\r')
        line->len--;
    *rest = flow_piece_from(*rest, newline ? len + 1 : len);
    return true;
}

bool flow_piece_starts(struct flow_piece piece, const char *prefix)
{
    size_t len = strlen(prefix);
    return piece.len >= len && memcmp(piece.at, prefix, len) == 0;
}

bool flow_piece_is(struct flow_piece piece, const char *text)
{
    return piece.len == strlen(text) && flow_piece_starts(piece, text);
}

struct flow_piece flow_piece_from(struct flow_piece piece, size_t count)
{
    return (struct flow_piece){piece.at + count, piece.len - count};
}

size_t flow_piece_indent(struct flow_piece piece)
{
    size_t indent = 0;
    while (indent < piece.len && piece.at[indent] == ' ')
        indent++;
    return indent;
}

struct flow_piece flow_piece_trim(struct flow_piece piece)
{
    while (piece.len > 0 && isspace((unsigned char)piece.at[0]))
        piece = flow_piece_from(piece, 1);
    while (piece.len > 0 && isspace((unsigned char)piece.at[piece.len - 1]))
        piece.len--;
    return piece;
}

long flow_piece_find(struct flow_piece piece, const char *text)
{
    const char *found = memmem(piece.at, piece.len, text, strlen(text));
    return found ? (long)(found - piece.at) : -1;
}

long flow_piece_rfind(struct flow_piece piece, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = piece.len >= len ? piece.len - len + 1 : 0; i-- > 0;) {
        if (memcmp(piece.at + i, text, len) == 0)
            return (long)i;
    }
    return -1;
}

double flow_piece_number(struct flow_piece piece, double fallback)
{
    char digits[32] = "";
    size_t len = 0;
    while (len < piece.len && len + 1 < sizeof digits &&
           (isdigit((unsigned char)piece.at[len]) || piece.at[len] == '.'))
        len++;
    if (len == 0 || !isdigit((unsigned char)piece.at[0]))
        return fallback;
    memcpy(digits, piece.at, len);
    return strtod(digits, NULL);
}

// The key of a name in a suite.
static int make_key(struct flow_buf *key, struct flow_piece suite, struct flow_piece name,
                    struct flow_error *err)
{
    flow_buf_init(key, FLOW_BUF_TEXT);
    flow_buf_add(key, suite.at, suite.len);
    flow_buf_putc(key, '\n');
    flow_buf_add(key, name.at, name.len);
    return flow_buf_check(key, "name of a test", err);
}

int flow_tests_init(struct flow_tests *tests, struct flow_report *report, const char *root,
                    struct flow_error *err)
{
    *tests = (struct flow_tests){.report = report, .root = root, .first = report->count};
    tests->names = flow_map_new();
    tests->latest = flow_map_new();
    int result = tests->names && tests->latest ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < report->count; i++) {
        struct flow_buf key;
        result =
            make_key(&key, flow_piece_of(report->tests[i].suite), flow_piece_of(report->tests[i].name), err);
        if (result == 0)
            result = flow_map_set_num(tests->names, key.data, 1, err);
        flow_buf_release(&key);
    }
    return result;
}

void flow_tests_release(struct flow_tests *tests)
{
    for (size_t i = 0; tests->outputs && i < tests->report->count - tests->first; i++)
        flow_buf_release(&tests->outputs[i]);
    free(tests->outputs);
    flow_map_free(tests->names);
    flow_map_free(tests->latest);
}

// The name that nobody else in the suite has, in the arena.
static const char *unique_name(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name,
                               struct flow_error *err)
{
    struct flow_buf key, text;
    const char *result = NULL;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_add(&text, name.at, name.len);
    int failed = make_key(&key, suite, name, err);
    union flow_map_value *count =
        failed ? NULL : flow_map_ensure(tests->names, key.data, key.len, &(bool){false});
    if (!failed && !count)
        flow_error_nomem(err);
    if (count && ++count->num > 1)
        flow_buf_printf(&text, " (%ld)", (long)count->num);
    if (count && flow_buf_check(&text, "name of a test", err) == 0) {
        result = flow_arena_strn(&tests->report->arena, text.data, text.len);
        if (!result)
            flow_error_nomem(err);
    }
    flow_buf_release(&key);
    flow_buf_release(&text);
    return result;
}

static int remember(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name, size_t index,
                    struct flow_error *err)
{
    struct flow_buf key;
    int result = make_key(&key, suite, name, err);
    union flow_map_value *value =
        result == 0 ? flow_map_ensure(tests->latest, key.data, key.len, &(bool){false}) : NULL;
    if (value)
        value->num = (intptr_t)index + 1;
    else if (result == 0)
        result = flow_error_nomem(err);
    flow_buf_release(&key);
    return result;
}

int flow_tests_add(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name,
                   enum flow_test_outcome outcome, double seconds, size_t *index, struct flow_error *err)
{
    struct flow_report *report = tests->report;
    if (report->count >= FLOW_TESTS_MAX)
        return flow_error_set(err, FLOW_E_TOO_BIG, "a report tells of more than %zu tests", FLOW_TESTS_MAX);
    size_t number = report->count - tests->first;
    if (flow_grow(&report->tests, &report->cap, report->count + 1, sizeof *report->tests, err) ||
        flow_grow(&tests->outputs, &tests->output_cap, number + 1, sizeof *tests->outputs, err))
        return -1;
    struct flow_test test = {
        .suite = flow_arena_strn(&report->arena, suite.at, suite.len),
        .name = unique_name(tests, suite, name, err),
        .outcome = outcome,
        .seconds = seconds,
        .output = "",
    };
    if (!test.name)
        return -1;
    if (!test.suite)
        return flow_error_nomem(err);
    flow_buf_init(&tests->outputs[number], FLOW_TEST_OUTPUT);
    *index = report->count;
    report->tests[report->count++] = test;
    return remember(tests, suite, name, *index, err);
}

int flow_tests_alias(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name, size_t index,
                     struct flow_error *err)
{
    return remember(tests, suite, name, index, err);
}

int flow_tests_find(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name, size_t *index,
                    struct flow_error *err)
{
    struct flow_buf key;
    int result = make_key(&key, suite, name, err);
    const union flow_map_value *value = result == 0 ? flow_map_getn(tests->latest, key.data, key.len) : NULL;
    flow_buf_release(&key);
    if (result < 0 || !value)
        return result;
    *index = (size_t)value->num - 1;
    return 1;
}

int flow_tests_have(struct flow_tests *tests, struct flow_piece suite, struct flow_piece name,
                    enum flow_test_outcome outcome, size_t *index, struct flow_error *err)
{
    int found = flow_tests_find(tests, suite, name, index, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return flow_tests_add(tests, suite, name, outcome, -1, index, err);
}

void flow_tests_output(struct flow_tests *tests, size_t index, struct flow_piece text)
{
    struct flow_buf *output = &tests->outputs[index - tests->first];
    size_t room = output->max - output->len;
    flow_buf_add(output, text.at, text.len < room ? text.len : room);
}

void flow_tests_line(struct flow_tests *tests, size_t index, struct flow_piece line)
{
    flow_tests_output(tests, index, line);
    flow_tests_output(tests, index, flow_piece_of("\n"));
}

int flow_tests_place(struct flow_tests *tests, size_t index, struct flow_piece file, uint32_t line,
                     struct flow_error *err)
{
    struct flow_test *test = &tests->report->tests[index];
    bool outside;
    if (file.len == 0)
        return 0;
    test->line = line;
    return flow_place_file(&tests->report->arena, tests->root ? tests->root : "/", NULL, file.at, file.len,
                           &test->file, &outside, err);
}

static bool is_path_byte(char c)
{
    return isalnum((unsigned char)c) || strchr("_./+@-", c) != NULL || (unsigned char)c >= 0x80;
}

// Whether "name.ext" ends there: a number with a point in it is no file.
static bool has_extension(const char *at, size_t len)
{
    const char *point = memrchr(at, '.', len);
    return point && point > at && point + 1 < at + len && isalpha((unsigned char)point[1]);
}

// The first "file.ext:12" in the output that is relative or lies in the tree, and bats' "file x, line 12".
static int find_place(struct flow_tests *tests, size_t index, struct flow_error *err)
{
    static const char bats[] = "in test file ";
    const struct flow_buf *output = &tests->outputs[index - tests->first];
    const char *end = output->data + output->len;
    const char *words = strstr(output->data, bats);
    const char *comma = words ? strstr(words, ", line ") : NULL;
    if (comma) {
        words += sizeof bats - 1;
        return flow_tests_place(tests, index, (struct flow_piece){words, (size_t)(comma - words)},
                                (uint32_t)strtoul(comma + strlen(", line "), NULL, 10), err);
    }
    size_t top = tests->root ? strlen(tests->root) : 0;
    for (const char *at = output->data; (at = memchr(at, ':', (size_t)(end - at))); at++) {
        const char *begin = at;
        while (begin > output->data && is_path_byte(begin[-1]))
            begin--;
        size_t len = (size_t)(at - begin);
        if (at + 1 == end || !isdigit((unsigned char)at[1]) || !has_extension(begin, len))
            continue;
        while (len > 2 && begin[0] == '/' && begin[1] == '/') {
            begin++;
            len--;
        }
        bool inside = begin[0] != '/' ||
                      (top > 0 && len > top && memcmp(begin, tests->root, top) == 0 && begin[top] == '/');
        unsigned long line = strtoul(at + 1, NULL, 10);
        if (inside && line <= UINT32_MAX)
            return flow_tests_place(tests, index, (struct flow_piece){begin, len}, (uint32_t)line, err);
    }
    return 0;
}

int flow_tests_done(struct flow_tests *tests, struct flow_error *err)
{
    struct flow_report *report = tests->report;
    for (size_t i = tests->first; i < report->count; i++) {
        struct flow_test *test = &report->tests[i];
        const struct flow_buf *output = &tests->outputs[i - tests->first];
        if (output->failed && !output->full)
            return flow_error_nomem(err);
        bool failed = test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR;
        if (output->len > 0) {
            test->output = flow_arena_strn(&report->arena, output->data, output->len);
            if (!test->output)
                return flow_error_nomem(err);
        }
        if (failed && find_place(tests, i, err))
            return -1;
        report->counts[test->outcome]++;
    }
    return 0;
}

int flow_groups_add(struct flow_groups *groups, struct flow_tests *tests, size_t depth,
                    struct flow_piece name, enum flow_test_outcome outcome, double seconds, size_t *index,
                    struct flow_error *err)
{
    struct flow_buf suite;
    bool failed = outcome == FLOW_OUTCOME_FAIL || outcome == FLOW_OUTCOME_ERROR;
    bool is_group = groups->children[depth + 1] > 0 && !(failed && groups->failed[depth + 1] == 0);
    failed = failed || groups->failed[depth + 1] > 0;
    groups->children[depth + 1] = groups->failed[depth + 1] = 0;
    groups->children[depth]++;
    groups->failed[depth] += failed;
    *index = SIZE_MAX;
    if (is_group)
        return 0;
    flow_buf_init(&suite, FLOW_BUF_TEXT);
    for (size_t i = 0; i < depth; i++) {
        if (groups->names[i].len > 0 && suite.len > 0)
            flow_buf_puts(&suite, " > ");
        flow_buf_add(&suite, groups->names[i].at, groups->names[i].len);
    }
    int result = flow_buf_check(&suite, "name of a test", err);
    if (result == 0)
        result = flow_tests_add(tests, (struct flow_piece){suite.data, suite.len}, name, outcome, seconds,
                                index, err);
    flow_buf_release(&suite);
    return result;
}
