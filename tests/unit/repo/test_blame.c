// SPDX-License-Identifier: MIT
#include "repo/fixture.h"

static int note(const struct flow_blame *blame, void *payload, struct flow_error *err)
{
    struct flow_buf *out = payload;

    (void)err;
    flow_buf_printf(out, "%u+%u@%u %s %.*s; ", blame->line, blame->count, blame->then, blame->path,
                    (int)strcspn(blame->message, "\n"), blame->message);
    return 0;
}

static int stop(const struct flow_blame *blame, void *payload, struct flow_error *err)
{
    (void)blame;
    (*(int *)payload)++;
    return flow_error_set(err, FLOW_E_INTERRUPTED, "stopped");
}

static void test_blame(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    int calls = 0;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; printf '1\\n2\\n3\\n' > a; git add -A; git commit -qm one\n"
                "git checkout -q -b side; printf '1\\ntwo\\n3\\n' > a; git commit -qam side\n"
                "git checkout -q main; echo b > b; git add b; git commit -qm other\n"
                "git merge -q --no-ff -m merge side\n"
                "printf '0\\n1\\ntwo\\n3\\n' > a; git commit -qam above");
    struct flow_repo *repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    flow_buf_init(&text, FLOW_BUF_TEXT);
    assert_ok(flow_repo_blame(repo, &head, "a", note, &text, &err), &err);
    assert_string_equal(text.data, "1+1@1 a above; 2+1@1 a one; 3+1@2 a side; 4+1@3 a one; ");
    assert_err(flow_repo_blame(repo, &head, "c", note, &text, &err), &err, FLOW_E_NOT_FOUND);
    assert_err(flow_repo_blame(repo, &head, "a", stop, &calls, &err), &err, FLOW_E_INTERRUPTED);
    assert_int_equal(calls, 1);
    flow_buf_release(&text);
    flow_repo_free(repo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blame, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
