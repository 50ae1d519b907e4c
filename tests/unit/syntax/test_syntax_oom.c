// SPDX-License-Identifier: MIT
// Running out of memory in what this layer allocates itself. tree-sitter cannot go on without memory, so that
// parsing has no part in this.
#include <string.h>

#include "flow/syntax/facts.h"
#include "language_priv.h"
#include "oom.h"
#include "query.h"
#include "strings.h"
#include "unit.h"

static struct flow_languages *languages;
static struct flow_facts facts;
static struct flow_buf bytes;

static const char source[] =
    "#include \"a.h\"\n#ifdef X\nint x;\n#endif\nstruct s { char *name; };\nint f(int a) { return g(a); }\n";

static int set_up(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_parser *parser;
    (void)state;
    assert_ok(flow_languages_load(&languages, &err), &err);
    assert_ok(flow_parser_new(&parser, languages, &err), &err);
    const struct flow_language *c = flow_languages_named(languages, "c");
    assert_ok(flow_facts_extract(&facts, parser, c, source, sizeof source - 1, &err), &err);
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    assert_ok(flow_facts_encode(&facts, &bytes, &err), &err);
    flow_parser_free(parser);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    flow_buf_release(&bytes);
    flow_facts_release(&facts);
    flow_languages_free(languages);
    return 0;
}

static int compile(void *payload, struct flow_error *err)
{
    struct query *query;
    if (query_new(&query, flow_languages_named(languages, "c")->grammar, payload, strlen(payload), "test",
                  err) != 0)
        return -1;
    query_free(query);
    return 0;
}

static void test_query(void **state)
{
    char text[] =
        "((identifier) @a (#any-of? @a \"x\" \"y\") (#set! k v))\n(declaration type: (_)? @t [(identifier) "
        "(init_declarator)] @d)\n(number_literal) @n";
    (void)state;
    oom_each(compile, text);
}

static int encode(void *payload, struct flow_error *err)
{
    struct flow_buf out;
    (void)payload;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int result = flow_facts_encode(&facts, &out, err);
    flow_buf_release(&out);
    return result;
}

static void test_encode(void **state)
{
    (void)state;
    oom_each(encode, NULL);
}

static int decode(void *payload, struct flow_error *err)
{
    struct flow_facts decoded;
    (void)payload;
    if (flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, source, sizeof source - 1, err) !=
        0)
        return -1;
    flow_facts_release(&decoded);
    return 0;
}

static void test_decode(void **state)
{
    (void)state;
    oom_each(decode, NULL);
}

static int add_strings(void *payload, struct flow_error *err)
{
    struct strings strings;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    int result = 0;
    (void)payload;
    strings_init(&strings);
    for (size_t i = 0; result == 0 && i < 26 * 26; i++) {
        uint32_t number;
        result = strings_add(&strings, letters + i % 26, 1 + i / 26, 1, &number, err);
    }
    strings_release(&strings);
    return result;
}

static void test_strings(void **state)
{
    (void)state;
    oom_each(add_strings, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
