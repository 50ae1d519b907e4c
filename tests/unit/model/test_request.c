// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/model/request.h"
#include "prefix.h"
#include "unit.h"

#define BLOCK(text_, cache_)                                                                                 \
    {                                                                                                        \
        .text = (text_), .len = sizeof(text_) - 1, .cache = (cache_)                                         \
    }

static const struct flow_block system_blocks[] = {BLOCK("guide", true)};
static const struct flow_block user_blocks[] = {BLOCK("do \"it\"\n", false)};
static char call_id[] = "1", call_name[] = "read", call_input[] = "{}";
static const struct flow_tool_call calls[] = {{.id = call_id, .name = call_name, .input = call_input}};
static const struct flow_tool_result results[] = {{.id = "1", .text = "line", .len = 4, .is_error = true}};
static const struct flow_turn turns[] = {
    {.role = FLOW_ROLE_USER, .blocks = user_blocks, .block_count = 1},
    {.role = FLOW_ROLE_ASSISTANT, .calls = calls, .call_count = 1, .raw = "[]"},
    {.role = FLOW_ROLE_USER, .results = results, .result_count = 1},
};
static const struct flow_tool_spec tools[] = {{"read", "reads", "{\"type\":\"object\"}"}};

static const struct flow_request whole = {
    .model = "anthropic/m",
    .effort = "high",
    .system = system_blocks,
    .system_count = 1,
    .turns = turns,
    .turn_count = 3,
    .tools = tools,
    .tool_count = 1,
    .schema = "{}",
    .max_tokens = 5,
    .role = "translate",
    .unit = "a.c",
    .step = "a.c/translate",
    .source_id = "0",
};

static void test_canonical(void **state)
{
    struct flow_buf out;

    (void)state;
    struct flow_text texts[] = {{.id = {"guide's id"}}, {.id = {"prompt's id"}}, {.id = {"line's id"}}};

    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_request_canonical(&whole, texts, &out);
    assert_string_equal(
        out.data, "{\"model\":\"anthropic/m\",\"effort\":\"high\",\"max_tokens\":5,\"schema\":\"{}\","
                  "\"tools\":[{\"name\":\"read\",\"description\":\"reads\",\"schema\":\"{\\\"type\\\":"
                  "\\\"object\\\"}\"}],"
                  "\"system\":[{\"text\":\"guide's id\",\"cache\":true}],"
                  "\"turns\":[{\"role\":\"user\",\"blocks\":[{\"text\":\"prompt's id\"}]},"
                  "{\"role\":\"assistant\",\"calls\":[{\"id\":\"1\",\"name\":\"read\",\"input\":\"{}\"}],"
                  "\"raw\":\"[]\"},"
                  "{\"role\":\"user\",\"results\":[{\"id\":\"1\",\"text\":\"line's id\",\"error\":true}]}]}");
    flow_buf_release(&out);
}

static void key_of(const struct flow_request *request, unsigned attempt, unsigned vote, struct flow_id *out)
{
    struct flow_text *texts;
    size_t count;

    assert_int_equal(flow_request_texts(request, &texts, &count, NULL), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(flow_id_of(&texts[i].id, texts[i].data, texts[i].len, NULL), 0);
    assert_int_equal(flow_request_key(request, texts, attempt, vote, out, NULL), 0);
    free(texts);
}

static void test_key_depends_on_what_is_sent_and_on_the_ordinals(void **state)
{
    struct flow_request other = whole;
    struct flow_id key, again;

    (void)state;
    key_of(&whole, 0, 0, &key);
    // In the ledger of a later process it has to be found again: the key may never change by accident.
    assert_string_equal(key.hex, "7db2c518b686eb2f2135bec6096cc88da02872eb");
    other.step = "other name";
    other.source_id = "1";
    key_of(&other, 0, 0, &again);
    assert_string_equal(key.hex, again.hex);
    key_of(&whole, 1, 0, &again);
    assert_string_not_equal(key.hex, again.hex);
    key_of(&whole, 0, 1, &again);
    assert_string_not_equal(key.hex, again.hex);
    other = whole;
    other.max_tokens = 6;
    key_of(&other, 0, 0, &again);
    assert_string_not_equal(key.hex, again.hex);
    other = whole;
    other.turn_count = 1;
    key_of(&other, 0, 0, &again);
    assert_string_not_equal(key.hex, again.hex);
    const struct flow_block longer[] = {BLOCK("guides", true)};
    other = whole;
    other.system = longer;
    key_of(&other, 0, 0, &again);
    assert_string_not_equal(key.hex, again.hex);
}

/* Tokens that o200k_base makes of these texts; a guess may be higher, and below by a tenth at most. */
static void test_tokens_are_never_much_too_few(void **state)
{
    static const struct {
        const char *text;
        uint64_t tokens;
    } cases[] = {
        {"static int parse_usd(const char *text)\n{\n    int64_t nano = 0;\n    int decimals = -1;\n", 27},
        {"pub fn next(self: *Lexer) ?Token {\n    while (self.pos < self.src.len) : (self.pos += 1) {\n", 30},
        {"Gr\xc3\xbc\xc3\x9f"
         "e aus M\xc3\xbcnchen, stra\xc3\x9f"
         "e f\xc3\xbcr stra\xc3\x9f"
         "e",
         11},
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3\x82\xb3\xe3\x83\xa1\xe3\x83\xb3\xe3\x83\x88",
         4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t guess = flow_text_tokens(cases[i].text, strlen(cases[i].text));
        assert_in_range(guess, cases[i].tokens * 9 / 10, cases[i].tokens * 4);
    }
    assert_true(flow_request_tokens(&whole) > 20);
}

/* No vocabulary makes more tokens of a text than it has bytes: what is dense in all of them must fit. */
static char dense[3000];

static void test_the_bound_covers_every_byte(void **state)
{
    const struct flow_block block = {.text = dense, .len = sizeof dense};
    struct flow_request other = whole;
    uint64_t bytes = strlen("guide") + strlen("do \"it\"\n") + strlen("read{}") + strlen("[]") +
                     strlen("line") + strlen("readreads{\"type\":\"object\"}") + strlen("{}");
    uint64_t most = flow_request_tokens_most(&whole);

    (void)state;
    assert_true(most > bytes);
    // What stands around the text: three turns, five parts, tools and a schema.
    assert_in_range(most - bytes, 8 * 16, 2000);
    memset(dense, '{', sizeof dense);
    other.system = &block;
    assert_int_equal(flow_request_tokens_most(&other), most + sizeof dense - strlen("guide"));
    other.schema = NULL;
    other.tool_count = 0;
    other.system = whole.system;
    assert_true(flow_request_tokens_most(&other) + 700 < most);
}

static char long_text[2000];

static void prefixes_of(const struct flow_block *blocks, size_t count, struct flow_prefixes *out)
{
    flow_request_prefixes(&(struct flow_request){.model = "m", .system = blocks, .system_count = count}, out);
}

static void test_prefixes(void **state)
{
    const struct flow_block marked = {long_text, sizeof long_text, true}, plain = {"x", 1, false};
    const struct flow_block one[] = {marked, plain}, other[] = {marked, {"y", 1, false}},
                            moved[] = {plain, marked};
    const struct flow_block many[] = {marked, marked, marked, marked, marked, marked};
    const struct flow_block small[] = {{"guide", 5, true}};
    struct flow_prefixes a, b;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    prefixes_of(one, 2, &a);
    assert_int_equal(a.count, 1);
    // What stands behind the breakpoint does not matter, what stands before it does.
    prefixes_of(other, 2, &b);
    assert_true(a.hash[0] == b.hash[0]);
    prefixes_of(moved, 2, &b);
    assert_true(a.hash[0] != b.hash[0]);
    // The last four breakpoints count, each with all that is before it.
    prefixes_of(many, 6, &b);
    assert_int_equal(b.count, FLOW_PREFIXES_MAX);
    assert_true(a.hash[0] != b.hash[0] && b.hash[0] != b.hash[1]);
    prefixes_of(small, 1, &b);
    assert_int_equal(b.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_key_depends_on_what_is_sent_and_on_the_ordinals),
        cmocka_unit_test(test_tokens_are_never_much_too_few),
        cmocka_unit_test(test_the_bound_covers_every_byte),
        cmocka_unit_test(test_prefixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
