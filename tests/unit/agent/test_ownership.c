// SPDX-License-Identifier: MIT
#include "flow/agent/ownership.h"

#include <string.h>

#include "unit.h"

static const char *const fields[] = {"list.head", ".pool"};
static const char *const classes[] = {"OWNED", "STATIC", "UNKNOWN"};

// There is one file, whose line 7 is "free(l->head);".
static bool stands(void *payload, const char *file, const char *quote, uint32_t *line)
{
    (void)payload;
    if (strcmp(file, "src/list.c") != 0 || strcmp(quote, "free(l->head);") != 0)
        return false;
    *line = 7;
    return true;
}

static const struct flow_ownership_asked asked = {
    .fields = fields, .field_count = 2, .classes = classes, .class_count = 3, .stands = stands};

#define LINE      "{\"file\":\"src/list.c\",\"line\":9,\"quote\":\"free(l->head);\"}"
#define HEAD(...) "{\"field\":\"list.head\"," __VA_ARGS__ "}"
#define POOL                                                                                                 \
    "{\"field\":\".pool\",\"class\":\"UNKNOWN\",\"target\":\" \",\"evidence\":[],\"reason\":\"hidden\"}"
#define OWNED HEAD("\"class\":\"OWNED\",\"target\":\"Box<T>\",\"evidence\":[" LINE "],\"reason\":\"freed\"")

static void test_each_field_gets_an_answer(void **state)
{
    (void)state;
    struct flow_ownership out;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    const char *text = "```json\n{\"fields\":[" POOL "," OWNED "]}\n```\n";
    assert_int_equal(flow_ownership_parse(&out, text, strlen(text), false, &asked, &why, NULL), 0);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.answers[0].class_name, "OWNED");
    assert_string_equal(out.answers[0].target, "Box<T>");
    assert_string_equal(out.answers[0].reason, "freed");
    assert_int_equal(out.answers[0].line_count, 1);
    // Where the line really stands, not where the reply says.
    assert_int_equal(out.answers[0].lines[0].line, 7);
    assert_string_equal(out.answers[1].class_name, "UNKNOWN");
    assert_string_equal(out.answers[1].target, "");
    assert_int_equal(out.answers[1].line_count, 0);
    flow_ownership_release(&out);
    flow_buf_release(&why);
}

static void test_an_answer_that_does_not_fit_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{\"fields\":[" OWNED "]}", "no answer for '.pool'"},
        {"{\"fields\":[" OWNED "," POOL "," OWNED "]}", "two answers for 'list.head'"},
        {"{\"fields\":[{\"field\":\"list.tail\",\"class\":\"OWNED\"}]}", "field 'list.tail'"},
        {"{\"fields\":[{\"class\":\"OWNED\"}]}", "no \"field\""},
        {"{\"fields\":[3]}", "no \"field\""},
        {"{\"fields\":{}}", "no list \"fields\""},
        {"{}", "no list \"fields\""},
        {"{\"fields\":[" HEAD("\"class\":\"MINE\",\"reason\":\"r\"") "]}", "'MINE', which is none"},
        {"{\"fields\":[" HEAD("\"reason\":\"r\"") "]}", "'', which is none"},
        {"{\"fields\":[" HEAD("\"class\":\"OWNED\",\"reason\":\" \"") "]}", "no \"reason\""},
        {"{\"fields\":[" HEAD("\"class\":\"OWNED\",\"reason\":\"r\"") "]}", "no \"evidence\""},
        {"{\"fields\":[" HEAD("\"class\":\"OWNED\",\"reason\":\"r\",\"evidence\":\""
                              "src/list.c\"") "]}",
         "no \"evidence\""},
        {"{\"fields\":[" HEAD("\"class\":\"OWNED\",\"reason\":\"r\",\"evidence\":[" LINE ",{\"file\":\"b.c\","
                              "\"line\":1,\"quote\":\"free(l->head);\"}]") "]}",
         "'b.c' has no line 'free(l->head);'"},
        {"{\"fields\":[" HEAD("\"class\":\"UNKNOWN\",\"reason\":\"r\",\"evidence\":[{}]") "]}",
         "'' has no line ''"},
        {"{\"fields\":[" HEAD("\"class\":\"OWNED\",\"target\":\"Box<T>\\nBox<T>\",\"reason\":\"r\"") "]}",
         "is no type"},
        {"[]", "not an object"},
        {"", "empty"},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_ownership out;
        flow_buf_clear(&why);
        int result =
            flow_ownership_parse(&out, cases[i].text, strlen(cases[i].text), false, &asked, &why, NULL);
        if (result != 1 || !strstr(why.data, cases[i].why))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
    }
    flow_buf_release(&why);
}

static void test_a_refuter_judges_each_answer(void **state)
{
    (void)state;
#define STANDS  "{\"field\":\".pool\",\"verdict\":\"stands\",\"reason\":\"line 3\"}"
#define REFUTED "{\"field\":\"list.head\",\"verdict\":\"refuted\",\"reason\":\"line 9\"}"
    static const struct {
        const char *text, *why; /* NULL: it fits */
    } cases[] = {
        {"{\"fields\":[" STANDS "," REFUTED "]}", NULL},
        {"{\"fields\":[" STANDS "]}", "no verdict on 'list.head'"},
        {"{\"fields\":[" STANDS "," STANDS "]}", "two verdicts on '.pool'"},
        {"{\"fields\":[{\"field\":\".pool\",\"verdict\":\"accept\",\"reason\":\"r\"}]}",
         "neither \"stands\""},
        {"{\"fields\":[{\"field\":\".pool\",\"verdict\":\"stands\",\"reason\":\"\"}]}", "no \"reason\""},
        {"{\"fields\":[{\"field\":\"pool\",\"verdict\":\"stands\",\"reason\":\"r\"}]}", "field 'pool'"},
        {"{\"answers\":[]}", "no list \"fields\""},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_refutations out;
        flow_buf_clear(&why);
        int result =
            flow_refutations_parse(&out, cases[i].text, strlen(cases[i].text), false, fields, 2, &why, NULL);
        if (result != (cases[i].why ? 1 : 0) || (cases[i].why && !strstr(why.data, cases[i].why)))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
        if (result == 0) {
            assert_true(out.items[0].refuted);
            assert_string_equal(out.items[0].reason, "line 9");
            assert_false(out.items[1].refuted);
            flow_refutations_release(&out);
        }
    }
    flow_buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_field_gets_an_answer),
        cmocka_unit_test(test_an_answer_that_does_not_fit_says_why),
        cmocka_unit_test(test_a_refuter_judges_each_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
