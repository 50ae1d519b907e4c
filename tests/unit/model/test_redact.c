// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "redact.h"

#define KEY "sk-ant-api03-0123456789abcdefghijklmnop"

static void check(const char *secret, const char *text, const char *want)
{
    struct flow_strv secrets = {0};
    char *copy = strdup(text);
    assert_non_null(copy);
    assert_ok(flow_strv_add(&secrets, "another-secret", NULL), &(struct flow_error){0});
    assert_ok(flow_strv_add(&secrets, secret, NULL), &(struct flow_error){0});
    assert_int_equal(flow_redact(&secrets, copy, strlen(copy)), strlen(want));
    assert_string_equal(copy, want);
    free(copy);
    flow_strv_release(&secrets);
}

static void keys_are_taken_out(void **state)
{
    (void)state;
    check(KEY, "", "");
    check(KEY, "nothing here", "nothing here");
    check(KEY, KEY, "[key]");
    check(KEY, "bad key " KEY ", " KEY "!", "bad key [key], [key]!");
    check(KEY, "s" KEY "sk-" KEY, "s[key]sk-[key]");
    check(KEY, "another-secret " KEY, "[key] [key]");
}

static void what_was_cut_counts_as_the_key(void **state)
{
    (void)state;
    check(KEY, "bad key sk-ant-api03-0123456…", "bad key [key]…");
    check(KEY, "sk-ant-api03-012", "[key]");
    // What all keys begin with says nothing.
    check(KEY, "keys begin with sk-ant-api03-", "keys begin with sk-ant-api03-");
}

static void words_stay(void **state)
{
    (void)state;
    check("key", "monkeys", "monkeys");
    check("sk-1234", "sk-1234", "sk-1234");
    check("sk-12345", "sk-12345", "[key]");
}

static void nuls_do_not_hide_a_key(void **state)
{
    struct flow_strv secrets = {0};
    char text[] = "a\0" KEY "\0b";
    (void)state;
    assert_ok(flow_strv_add(&secrets, KEY, NULL), &(struct flow_error){0});
    assert_int_equal(flow_redact(&secrets, text, sizeof text - 1), 9);
    assert_memory_equal(text, "a\0[key]\0b", 10);
    flow_strv_release(&secrets);
}

static void all_of_an_attempt_is_looked_at(void **state)
{
    struct flow_strv secrets = {0};
    struct flow_error err;
    struct flow_fault fault;
    struct flow_reply reply;
    (void)state;
    assert_ok(flow_strv_add(&secrets, KEY, NULL), &(struct flow_error){0});
    flow_fault_init(&fault);
    flow_reply_init(&reply);
    free(reply.text);
    reply.text = strdup("text " KEY);
    reply.len = strlen(reply.text);
    reply.raw = strdup("[\"" KEY "\"]");
    reply.stop_detail = strdup(KEY);
    reply.request_id = strdup(KEY);
    reply.model = strdup(KEY);
    reply.calls = calloc(1, sizeof *reply.calls);
    reply.call_count = 1;
    reply.calls[0] = (struct flow_tool_call){
        .id = strdup(KEY), .name = strdup(KEY), .input = strdup("{\"a\":\"" KEY "\"}")};
    flow_buf_puts(&fault.message, KEY);
    flow_error_set(&err, FLOW_E_ENV, "the key is %s", KEY);
    flow_redact_attempt(&secrets, &reply, &fault, &err);
    assert_string_equal(reply.text, "text [key]");
    assert_int_equal(reply.len, 10);
    assert_string_equal(reply.raw, "[\"[key]\"]");
    assert_string_equal(reply.stop_detail, "[key]");
    assert_string_equal(reply.request_id, "[key]");
    assert_string_equal(reply.model, "[key]");
    assert_string_equal(reply.calls[0].id, "[key]");
    assert_string_equal(reply.calls[0].name, "[key]");
    assert_string_equal(reply.calls[0].input, "{\"a\":\"[key]\"}");
    assert_string_equal(fault.message.data, "[key]");
    assert_string_equal(err.message, "the key is [key]");
    flow_reply_release(&reply);
    flow_fault_release(&fault);
    flow_strv_release(&secrets);
}

static void variables_are_secret_by_their_name(void **state)
{
    struct flow_strv secrets = {0};
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    setenv("MY_TOKEN", "a-value-of-mine", 1);
    setenv("MY_FOLDER", "/home/somebody", 1);
    setenv("MY_KEY", "short", 1);
    assert_ok(flow_redact_variable(&secrets, "MY_TOKEN", false, &err), &err);
    assert_ok(flow_redact_variable(&secrets, "MY_TOKEN", false, &err), &err);
    assert_ok(flow_redact_variable(&secrets, "MY_FOLDER", false, &err), &err);
    assert_ok(flow_redact_variable(&secrets, "MY_KEY", true, &err), &err);
    assert_ok(flow_redact_variable(&secrets, "NOT_SET_KEY", true, &err), &err);
    assert_int_equal(secrets.count, 1);
    assert_ok(flow_redact_variable(&secrets, "MY_FOLDER", true, &err), &err);
    assert_int_equal(secrets.count, 2);
    flow_strv_release(&secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_taken_out),
        cmocka_unit_test(what_was_cut_counts_as_the_key),
        cmocka_unit_test(words_stay),
        cmocka_unit_test(nuls_do_not_hide_a_key),
        cmocka_unit_test(all_of_an_attempt_is_looked_at),
        cmocka_unit_test(variables_are_secret_by_their_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
