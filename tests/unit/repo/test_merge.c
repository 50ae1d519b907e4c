// SPDX-License-Identifier: MIT
#include "repo/fixture.h"

static void test_standing(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_standing standing;

    scratch_run(scratch, NULL,
                "git init -q -b main r; cd r; echo 1 > a; git add -A; git commit -qm one\n"
                "git checkout -q -b side; echo b > b; git add b; git commit -qm two; echo 2 > b; git commit "
                "-qam three\n"
                "git checkout -q main; echo c > c; git add c; git commit -qm four\n"
                "git checkout -q -b merged side; git merge -q --no-ff -m merge main\n"
                "git checkout -q --orphan apart; git commit -qm apart");
    struct flow_repo *repo = fixture_open(scratch, "r");
    struct flow_id base = fixture_resolve(repo, "main"), side = fixture_resolve(repo, "side");
    struct flow_id merged = fixture_resolve(repo, "merged"), apart = fixture_resolve(repo, "apart");
    struct flow_id from = fixture_resolve(repo, "main~1");

    assert_ok(flow_repo_standing(repo, &base, &side, &standing, &err), &err);
    assert_string_equal(standing.from.hex, from.hex);
    assert_int_equal(standing.ahead, 2);
    assert_int_equal(standing.behind, 1);
    assert_int_equal(standing.merges, 0);
    assert_ok(flow_repo_standing(repo, &base, &merged, &standing, &err), &err);
    assert_string_equal(standing.from.hex, base.hex);
    assert_int_equal(standing.ahead, 3);
    assert_int_equal(standing.behind, 0);
    assert_int_equal(standing.merges, 1);
    assert_err(flow_repo_standing(repo, &base, &apart, &standing, &err), &err, FLOW_E_NOT_FOUND);
    flow_repo_free(repo);
}

static void test_conflicts(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv paths;

    scratch_run(
        scratch, NULL,
        "git init -q -b main r; cd r; echo 1 > a; echo 1 > b; echo 1 > c; git add -A; git commit -qm one\n"
        "git checkout -q -b side; echo 2 > a; git rm -q b; echo 2 > c; git commit -qam two\n"
        "git checkout -q main; echo 3 > a; echo 3 > b; git commit -qam three");
    struct flow_repo *repo = fixture_open(scratch, "r");
    struct flow_id base = fixture_resolve(repo, "main"), side = fixture_resolve(repo, "side");
    struct flow_id from = fixture_resolve(repo, "main~1");

    flow_strv_init(&paths);
    assert_ok(flow_repo_conflicts(repo, &from, &side, &paths, &err), &err);
    assert_int_equal(paths.count, 0);
    assert_ok(flow_repo_conflicts(repo, &base, &side, &paths, &err), &err);
    assert_int_equal(paths.count, 2);
    assert_string_equal(paths.items[0], "a");
    assert_string_equal(paths.items[1], "b");
    flow_strv_release(&paths);
    flow_repo_free(repo);
}

static void test_refs(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv refs;

    scratch_run(scratch, NULL,
                "git init -q -b main r; cd r; echo 1 > a; git add -A; git commit -qm one\n"
                "git branch flow/optimize/b/2; git branch flow/optimize/a; git branch flow/port/main; git "
                "pack-refs --all\n"
                "git branch flow/optimize/c");
    struct flow_repo *repo = fixture_open(scratch, "r");

    flow_strv_init(&refs);
    assert_ok(flow_repo_refs(repo, "refs/heads/flow/optimize/", &refs, &err), &err);
    assert_int_equal(refs.count, 3);
    assert_string_equal(refs.items[0], "refs/heads/flow/optimize/a");
    assert_string_equal(refs.items[1], "refs/heads/flow/optimize/b/2");
    assert_string_equal(refs.items[2], "refs/heads/flow/optimize/c");
    flow_strv_release(&refs);
    flow_repo_free(repo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_standing, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_conflicts, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_refs, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
