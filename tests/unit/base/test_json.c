// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/json.h"
#include "flow/base/str.h"
#include "unit.h"

static struct flow_json *parse(const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_json *document = NULL;
    assert_ok(flow_json_parse(&document, text, strlen(text), &err), &err);
    return document;
}

static void test_look_up(void **state)
{
    (void)state;
    struct flow_json *document = parse(
        " {\"a\": {\"b\": {\"c\": \"deep\"}}, \"list\": [1, \"two\", null], \"A\": true, \"\": 5} \r\n");
    assert_string_equal(flow_json_str(flow_json_at(document, "a.b.c")), "deep");
    assert_null(flow_json_at(document, "a.x.c"));
    assert_null(flow_json_at(document, "a.b.c.d"));
    assert_null(flow_json_get(document, "Lis"));
    assert_null(flow_json_get(document, "listing"));
    assert_true(flow_json_bool(flow_json_get(document, "A"), false));
    assert_int_equal(flow_json_int(flow_json_get(document, ""), 0), 5);
    const struct flow_json *list = flow_json_get(document, "list");
    assert_int_equal(flow_json_count(list), 3);
    const struct flow_json *item = flow_json_first(list);
    assert_int_equal(flow_json_int(item, 0), 1);
    assert_null(flow_json_key(item));
    item = flow_json_next(item);
    assert_string_equal(flow_json_str(item), "two");
    item = flow_json_next(item);
    assert_int_equal(flow_json_type(item), FLOW_JSON_NULL);
    assert_null(flow_json_next(item));
    assert_string_equal(flow_json_key(flow_json_first(document)), "a");
    flow_json_free(document);
}

static void test_what_is_not_there(void **state)
{
    (void)state;
    assert_int_equal(flow_json_type(NULL), FLOW_JSON_NONE);
    assert_null(flow_json_get(NULL, "a"));
    assert_null(flow_json_at(NULL, "a.b"));
    assert_null(flow_json_first(NULL));
    assert_null(flow_json_next(NULL));
    assert_null(flow_json_key(NULL));
    assert_null(flow_json_str(NULL));
    assert_int_equal(flow_json_count(NULL), 0);
    assert_int_equal(flow_json_int(NULL, -7), -7);
    assert_true(flow_json_bool(NULL, true));
    flow_json_free(NULL);
    struct flow_json *document = parse("[\"1\", 1]");
    assert_null(flow_json_get(document, "1"));
    assert_int_equal(flow_json_int(flow_json_first(document), -7), -7);
    assert_null(flow_json_str(flow_json_next(flow_json_first(document))));
    flow_json_free(document);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t whole; // -7: none
        double number;
    } cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"12", 12, 12},
        {"1e3", 1000, 1000},
        {"1.0", 1, 1},
        {"1.5", -7, 1.5},
        {"9007199254740992", INT64_C(9007199254740992), 9007199254740992.0},
        {"-9007199254740992", INT64_C(-9007199254740992), -9007199254740992.0},
        {"9007199254740994", -7, 9007199254740994.0},
        {"-1e300", -7, -1e300},
        {"5e-324", -7, 5e-324},
        {"2147483648", INT64_C(2147483648), 2147483648.0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_json *document = parse(cases[i].text);
        assert_int_equal(flow_json_int(document, -7), cases[i].whole);
        assert_true(flow_json_num(document, 99) == cases[i].number);
        flow_json_free(document);
    }
}

static void test_strings(void **state)
{
    (void)state;
    struct flow_json *document = parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00 \xc3\xa9\"");
    assert_string_equal(flow_json_str(document), "\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80 \xc3\xa9");
    flow_json_free(document);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "not JSON at byte 0: a value is missing"},
        {" \n", "not JSON at byte 2: a value is missing"},
        {"{} x", "not JSON at byte 3: text follows the value"},
        {"[1] [2]", "not JSON at byte 4: text follows the value"},
        {"[1,]", "not JSON at byte 3: a value is missing"},
        {"[1", "not JSON at byte 2: a ',' or ']' is missing"},
        {"[1}", "not JSON at byte 2: a ',' or ']' is missing"},
        {"{\"a\":1", "not JSON at byte 6: a ',' or '}' is missing"},
        {"{\"a\":1,}", "not JSON at byte 7: a string is missing"},
        {"{a:1}", "not JSON at byte 1: a string is missing"},
        {"{\"a\" 1}", "not JSON at byte 5: a ':' is missing"},
        {"tru", "not JSON at byte 0: a value is missing"},
        {"True", "not JSON at byte 0: a value is missing"},
        {"nullx", "not JSON at byte 4: text follows the value"},
        {"01", "not JSON at byte 1: text follows the value"},
        {"+1", "not JSON at byte 0: a value is missing"},
        {"-", "not JSON at byte 1: a value is missing"},
        {".5", "not JSON at byte 0: a value is missing"},
        {"1.", "not JSON at byte 2: a digit is missing"},
        {"1e", "not JSON at byte 2: a digit is missing"},
        {"1e+", "not JSON at byte 3: a digit is missing"},
        {"NaN", "not JSON at byte 0: a value is missing"},
        {"\"a", "not JSON at byte 2: a string has no end"},
        {"\"a\nb\"", "not JSON at byte 2: a control character stands in a string"},
        {"\"\\q\"", "not JSON at byte 2: an escape is wrong"},
        {"\"\\", "not JSON at byte 2: an escape is wrong"},
        {"\"\\u12\"", "not JSON at byte 5: four hexadecimal digits are missing"},
        {"\"\\u0000\"", "not JSON at byte 7: \\u0000 is not accepted in a string"},
        {"\"\\ud800\"", "not JSON at byte 7: half of a surrogate pair is missing"},
        {"\"\\udc00\"", "not JSON at byte 7: half of a surrogate pair is missing"},
        {"\"\\ud800\\u0041\"", "not JSON at byte 13: half of a surrogate pair is missing"},
        {"\"\xff\"", "not JSON at byte 1: a byte is not UTF-8"},
        {"\"\xed\xa0\x80\"", "not JSON at byte 1: a byte is not UTF-8"},
        {"\xef\xbb\xbf[]", "not JSON at byte 0: a value is missing"},
        {"[1]\v", "not JSON at byte 3: text follows the value"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "key 'a' occurs twice in one JSON object"},
        {"[{\"x\":{\"\\u0061\":1,\"a\":2}}]", "key 'a' occurs twice in one JSON object"},
        {"[1e999]", "a number in the JSON text is too large"},
        {"-1e999", "a number in the JSON text is too large"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_json *document;
        assert_err(flow_json_parse(&document, cases[i].text, strlen(cases[i].text), &err), &err,
                   FLOW_E_INVALID);
        assert_string_equal(err.message, cases[i].message);
    }
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_json *document;
    assert_err(flow_json_parse(&document, "[]\0", 3, &err), &err, FLOW_E_INVALID);
    assert_err(flow_json_parse(&document, "\"\0\"", 3, &err), &err, FLOW_E_INVALID);
    assert_err(flow_json_parse(&document, "[1, 2]", 5, &err), &err, FLOW_E_INVALID);
}

static void test_long_numbers(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_json *document;
    char text[80];
    memset(text, '1', sizeof text);
    assert_ok(flow_json_parse(&document, text, 63, &err), &err);
    flow_json_free(document);
    assert_err(flow_json_parse(&document, text, 64, &err), &err, FLOW_E_INVALID);
}

static void test_many_keys(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, "{\"k7\":0");
    for (int i = 100; i < 200; i++)
        flow_buf_printf(&text, ",\"k%d\":%d", i, i);
    flow_buf_putc(&text, '}');
    struct flow_json *document = parse(text.data);
    assert_int_equal(flow_json_int(flow_json_get(document, "k150"), 0), 150);
    flow_json_free(document);
    flow_buf_truncate(&text, text.len - 1);
    flow_buf_puts(&text, ",\"k7\":1}");
    assert_err(flow_json_parse(&document, text.data, text.len, &err), &err, FLOW_E_INVALID);
    assert_string_equal(err.message, "key 'k7' occurs twice in one JSON object");
    flow_buf_release(&text);
}

static void test_depth(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_json *document;
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        for (int i = 0; i < FLOW_JSON_DEPTH + extra; i++)
            flow_buf_puts(&text, i % 2 ? "{\"a\":" : "[");
        flow_buf_puts(&text, "1");
        for (int i = FLOW_JSON_DEPTH + extra - 1; i >= 0; i--)
            flow_buf_putc(&text, i % 2 ? '}' : ']');
        if (extra) {
            assert_err(flow_json_parse(&document, text.data, text.len, &err), &err, FLOW_E_INVALID);
            assert_true(flow_str_ends(err.message, "it is nested too deeply"));
        } else {
            struct flow_buf out;
            flow_buf_init(&out, FLOW_BUF_TEXT);
            assert_ok(flow_json_parse(&document, text.data, text.len, &err), &err);
            flow_json_print(document, &out);
            assert_string_equal(out.data, text.data);
            flow_json_free(document);
            flow_buf_release(&out);
        }
        flow_buf_release(&text);
    }
}

static void test_print(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"b\":[1,2.5,-0.1,1e+300,\"\\\"\\\\\\n\\u0001\"],\"a\":{},\"c\":[],\"d\":[true,false,null]}",
        "9007199254740991",
        "0.30000000000000004",

        "-1.7976931348623157e+308",
        "\"\"",
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct flow_json *document = parse(texts[i]);
        flow_buf_clear(&out);
        flow_json_print(document, &out);
        assert_string_equal(out.data, texts[i]);
        flow_json_free(document);
    }
    flow_buf_clear(&out);
    flow_json_print(NULL, &out);
    assert_string_equal(out.data, "null");
    flow_buf_release(&out);
}

static void test_writer(void **state)
{
    (void)state;
    struct flow_buf out;
    struct flow_jsonw writer;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_jsonw_init(&writer, &out);
    flow_jsonw_object(&writer);
    flow_jsonw_member(&writer, "na\"me", "v\tx");
    flow_jsonw_member(&writer, "none", NULL);
    flow_jsonw_key(&writer, "list");
    flow_jsonw_array(&writer);
    flow_jsonw_int(&writer, INT64_MIN);
    flow_jsonw_num(&writer, 0.5);
    flow_jsonw_num(&writer, INFINITY);
    flow_jsonw_num(&writer, NAN);
    flow_jsonw_object(&writer);
    flow_jsonw_object_end(&writer);
    flow_jsonw_array(&writer);
    flow_jsonw_int(&writer, 1);
    flow_jsonw_array_end(&writer);
    flow_jsonw_array(&writer);
    flow_jsonw_int(&writer, 2);
    flow_jsonw_int(&writer, 3);
    flow_jsonw_array_end(&writer);
    flow_jsonw_raw(&writer, "{\"raw\": 1}", 10);
    flow_jsonw_bool(&writer, true);
    flow_jsonw_strn(&writer, "cut here", 3);
    flow_jsonw_array_end(&writer);
    flow_jsonw_key(&writer, "last");
    flow_jsonw_bool(&writer, false);
    flow_jsonw_object_end(&writer);
    assert_string_equal(
        out.data, "{\"na\\\"me\":\"v\\tx\",\"none\":null,\"list\":[-9223372036854775808,0.5,null,null,{},"
                  "[1],[2,3],{\"raw\": 1},true,\"cut\"],\"last\":false}");
    flow_json_free(parse(out.data));
    flow_buf_release(&out);
}

static void test_writer_and_odd_bytes(void **state)
{
    (void)state;
    struct flow_buf out;
    struct flow_jsonw writer;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_jsonw_init(&writer, &out);
    flow_jsonw_strn(&writer, "a\xff\xc3\xa9\0\x1f\x7f\\x", 9);
    assert_string_equal(out.data, "\"a\\\\xff\xc3\xa9\\\\x00\\u001f\x7f\\\\x\"");
    struct flow_json *document = parse(out.data);
    assert_string_equal(flow_json_str(document), "a\\xff\xc3\xa9\\x00\x1f\x7f\\x");
    flow_json_free(document);
    flow_buf_release(&out);
}

static void test_writer_depth(void **state)
{
    (void)state;
    struct flow_buf out;
    struct flow_jsonw writer;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_jsonw_init(&writer, &out);
    for (int i = 0; i < 63; i++)
        flow_jsonw_array(&writer);
    flow_jsonw_int(&writer, 1);
    flow_jsonw_int(&writer, 2);
    assert_false(out.failed);
    assert_true(flow_str_ends(out.data, "[1,2"));
    flow_jsonw_array(&writer);
    assert_true(out.failed);
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look_up),
        cmocka_unit_test(test_what_is_not_there),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_writer),
        cmocka_unit_test(test_writer_and_odd_bytes),
        cmocka_unit_test(test_writer_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
