// SPDX-License-Identifier: MIT
#include "repo/fixture.h"

static int note(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct flow_buf *out = payload;

    (void)err;
    flow_buf_add(out, info->message, strcspn(info->message, "\n"));
    flow_buf_putc(out, ':');
    for (size_t i = 0; i < info->paths->count; i++)
        flow_buf_printf(out, "%s,", info->paths->items[i]);
    flow_buf_putc(out, ' ');
    return 0;
}

static int stop(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    (void)info;
    (*(int *)payload)++;
    return flow_error_set(err, FLOW_E_INTERRUPTED, "stopped");
}

static void test_walk(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_buf text;
    int calls = 0;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; echo 0 > a; git add -A; git commit -qm 0; git tag base\n"
                "echo 1 > a; mkdir d; echo 1 > d/b; git add -A; git commit -qm 1\n"
                "git checkout -q -b side; echo s > s; git add -A; git commit -qm side\n"
                "git checkout -q main; git rm -q a; git commit -qm 2; git merge -q --no-ff -m 3 side\n"
                "git checkout -q --orphan lone; git commit -qm lone");
    repo = fixture_open(scratch, "r");
    struct flow_id base = fixture_resolve(repo, "base"), tip = fixture_resolve(repo, "main"),
                   lone = fixture_resolve(repo, "lone");
    flow_buf_init(&text, FLOW_BUF_TEXT);
    assert_ok(flow_repo_walk(repo, &base, &tip, note, &text, &err), &err);
    assert_string_equal(text.data, "1:a,d/b, 2:a, 3:s, ");
    flow_buf_clear(&text);
    assert_ok(flow_repo_walk(repo, &tip, &tip, note, &text, &err), &err);
    assert_string_equal(text.data, "");
    assert_err(flow_repo_walk(repo, &base, &tip, stop, &calls, &err), &err, FLOW_E_INTERRUPTED);
    assert_int_equal(calls, 1);
    assert_err(flow_repo_walk(repo, &base, &lone, note, &text, &err), &err, FLOW_E_NOT_FOUND);
    assert_string_equal(text.data, "");
    flow_buf_release(&text);
    flow_repo_free(repo);
}

static void test_trailers(void **state)
{
    static const struct {
        const char *message, *key;
        unsigned nth;
        const char *want; // NULL: none
    } cases[] = {
        {"s\n\nFlow-Unit: a\n", "Flow-Unit", 0, "a"},
        {"s\n\nFlow-Unit: a", "Flow-Unit", 0, "a"},
        {"s\n\nFlow-Unit: a\n\n\n", "flow-unit", 0, "a"},
        {"s\n\nFlow-Unit:   a b \r\n", "Flow-Unit", 0, "a b"},
        {"s\n\nX: 1\nBy: one\nBy: two\n", "By", 1, "two"},
        {"s\n\nX: 1\nBy: one\nBy: two\n", "By", 2, NULL},
        {"s\n\nFlow-Unit: no\n\nX: 1\n", "Flow-Unit", 0, NULL},
        {"Flow-Unit: no\n", "Flow-Unit", 0, NULL},
        {"Flow-Unit: no", "Flow-Unit", 0, NULL},
        {"s\nFlow-Unit: no\n", "Flow-Unit", 0, NULL},
        {"s\n\nFlow-Units: no\n", "Flow-Unit", 0, NULL},
        {"s\n\n Flow-Unit: no\n", "Flow-Unit", 0, NULL},
        {"\n\n", "Flow-Unit", 0, NULL},
        {"", "Flow-Unit", 0, NULL},
    };
    struct flow_buf value;

    (void)state;
    flow_buf_init(&value, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        flow_buf_clear(&value);
        int found = flow_trailer_get(cases[i].message, cases[i].key, cases[i].nth, &value);
        if (found != (cases[i].want != NULL) || strcmp(value.data, found ? cases[i].want : "") != 0)
            fail_msg("case %zu: %d '%s'", i, found, value.data);
    }
    flow_buf_release(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walk, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_trailers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
