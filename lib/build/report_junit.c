// SPDX-License-Identifier: MIT
//
// JUnit's XML, in the dialects of pytest, ctest, node, gradle and maven.
#define _GNU_SOURCE // memmem
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "flow/base/vec.h"
#include "tests.h"

// Elements inside of elements; deeper ones are no report.
#define ELEMENTS_MAX 200

struct junit {
    struct flow_tests *tests;
    XML_Parser parser;
    struct flow_strv suites; // names of those that are open
    bool open;               // inside of a testcase
    size_t test;             // … which is this one
    bool text;               // what stands here is its output
    size_t depth;
    int result;
    struct flow_error *err;
};

static void fail(struct junit *junit)
{
    junit->result = -1;
    XML_StopParser(junit->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2) {
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    }
    return NULL;
}

static int name_suite(const struct junit *junit, const char *name, const char *class, struct flow_buf *out,
                      struct flow_error *err)
{
    for (size_t i = 0; i < junit->suites.count; i++) {
        if (out->len > 0 && *junit->suites.items[i])
            flow_buf_puts(out, " > ");
        flow_buf_puts(out, junit->suites.items[i]);
    }
    // ctest says the name of the test twice.
    if (class && *class && strcmp(class, name) != 0)
        flow_buf_printf(out, "%s%s", out->len > 0 ? " > " : "", class);
    return flow_buf_check(out, "name of a suite", err);
}

static int begin_test(struct junit *junit, const char **attributes)
{
    const char *name = attribute(attributes, "name");
    const char *time = attribute(attributes, "time");
    const char *file = attribute(attributes, "file");
    const char *line = attribute(attributes, "line");
    const char *status = attribute(attributes, "status"); // ctest's
    struct flow_buf suite;
    flow_buf_init(&suite, FLOW_BUF_TEXT);
    name = name ? name : "";
    int result = name_suite(junit, name, attribute(attributes, "classname"), &suite, junit->err);
    if (result == 0)
        result =
            flow_tests_add(junit->tests, (struct flow_piece){suite.data, suite.len}, flow_piece_of(name),
                           status && strcmp(status, "disabled") == 0 ? FLOW_OUTCOME_SKIP : FLOW_OUTCOME_PASS,
                           time ? flow_piece_number(flow_piece_of(time), -1) : -1, &junit->test, junit->err);
    if (result == 0 && file)
        result = flow_tests_place(junit->tests, junit->test, flow_piece_of(file),
                                  line ? (uint32_t)strtoul(line, NULL, 10) : 0, junit->err);
    flow_buf_release(&suite);
    junit->open = true;
    return result;
}

static void begin_in_test(struct junit *junit, const char *element, const char **attributes)
{
    struct flow_test *test = &junit->tests->report->tests[junit->test];
    const char *message = attribute(attributes, "message");
    // node tells of a test that is to do and fails that it is skipped and that it failed.
    bool skipped = test->outcome == FLOW_OUTCOME_SKIP || strcmp(element, "skipped") == 0;
    if (strcmp(element, "failure") == 0)
        test->outcome = skipped ? FLOW_OUTCOME_SKIP : FLOW_OUTCOME_FAIL;
    else if (strcmp(element, "error") == 0)
        test->outcome = skipped ? FLOW_OUTCOME_SKIP : FLOW_OUTCOME_ERROR;
    else if (strcmp(element, "skipped") == 0)
        test->outcome = FLOW_OUTCOME_SKIP;
    else if (strcmp(element, "system-out") != 0 && strcmp(element, "system-err") != 0)
        return;
    junit->text = true;
    if (message && *message)
        flow_tests_line(junit->tests, junit->test, flow_piece_of(message));
}

static void XMLCALL begin_element(void *payload, const char *element, const char **attributes)
{
    struct junit *junit = payload;
    if (junit->result < 0)
        return;
    if (++junit->depth > ELEMENTS_MAX) {
        flow_error_set(junit->err, FLOW_E_TOO_BIG,
                       "the report has more than %d elements inside of each other", ELEMENTS_MAX);
        fail(junit);
    } else if (strcmp(element, "testsuite") == 0) {
        const char *name = attribute(attributes, "name");
        if (flow_strv_add(&junit->suites, name ? name : "", junit->err))
            fail(junit);
    } else if (strcmp(element, "testcase") == 0) {
        if (begin_test(junit, attributes))
            fail(junit);
    } else if (junit->open) {
        begin_in_test(junit, element, attributes);
    }
}

static void XMLCALL end_element(void *payload, const char *element)
{
    struct junit *junit = payload;
    if (junit->result < 0)
        return;
    junit->depth--;
    if (junit->text)
        flow_tests_output(junit->tests, junit->test, flow_piece_of("\n"));
    junit->text = false;
    if (strcmp(element, "testcase") == 0)
        junit->open = false;
    if (strcmp(element, "testsuite") == 0 && junit->suites.count > 0)
        free(junit->suites.items[--junit->suites.count]);
}

static void XMLCALL read_text(void *payload, const char *text, int len)
{
    struct junit *junit = payload;
    if (junit->result == 0 && junit->text)
        flow_tests_output(junit->tests, junit->test, (struct flow_piece){text, (size_t)len});
}

// What is behind the end of the document, or missing at it, leaves the tests that were read.
static int parse(struct junit *junit, struct flow_piece text)
{
    size_t step = (size_t)1 << 20;
    enum XML_Status status = XML_STATUS_OK;
    while (status == XML_STATUS_OK && junit->result == 0 && text.len > step) {
        status = XML_Parse(junit->parser, text.at, (int)step, 0);
        text = flow_piece_from(text, step);
    }
    if (status == XML_STATUS_OK && junit->result == 0)
        status = XML_Parse(junit->parser, text.at, (int)text.len, 1);
    if (junit->result < 0)
        return -1;
    if (status == XML_STATUS_OK)
        return 0;
    enum XML_Error error = XML_GetErrorCode(junit->parser);
    if (error == XML_ERROR_NO_MEMORY)
        return flow_error_nomem(junit->err);
    if (error == XML_ERROR_JUNK_AFTER_DOC_ELEMENT)
        return 0;
    if (junit->tests->report->count > junit->tests->first) {
        junit->tests->report->cut = true;
        return 0;
    }
    return flow_error_set(junit->err, FLOW_E_INVALID, "the report is no XML at line %lu: %s",
                          (unsigned long)XML_GetCurrentLineNumber(junit->parser), XML_ErrorString(error));
}

static int read_document(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    static const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
    struct junit junit = {.tests = tests, .parser = XML_ParserCreate_MM(NULL, &memory, NULL), .err = err};
    if (!junit.parser)
        return flow_error_nomem(err);
    flow_strv_init(&junit.suites);
    XML_SetUserData(junit.parser, &junit);
    XML_SetElementHandler(junit.parser, begin_element, end_element);
    XML_SetCharacterDataHandler(junit.parser, read_text);
    int result = parse(&junit, text);
    XML_ParserFree(junit.parser);
    flow_strv_release(&junit.suites);
    return result;
}

// Where the next document begins, from byte `at` on; its end where there is none.
static size_t find_document(struct flow_piece text, size_t at)
{
    static const char mark[] = "<?xml ";
    for (; at < text.len; at++) {
        const char *next = memmem(text.at + at, text.len - at, mark, strlen(mark));
        if (!next)
            return text.len;
        at = (size_t)(next - text.at);
        if (at == 0 || text.at[at - 1] == '\n')
            return at;
    }
    return text.len;
}

// Tools that write a file for each class are told by printing the files one after the other.
int flow_report_junit(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    const char *start = memchr(text.at, '<', text.len);
    struct flow_piece rest = start ? flow_piece_from(text, (size_t)(start - text.at)) : text;
    int result = 0;
    do {
        size_t end = rest.len > 0 ? find_document(rest, 1) : 0;
        result = read_document(tests, (struct flow_piece){rest.at, end}, err);
        rest = flow_piece_from(rest, end);
    } while (result == 0 && rest.len > 0);
    return result;
}
