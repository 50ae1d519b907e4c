// SPDX-License-Identifier: MIT
#include "flow/config/approval.h"

#include <sys/stat.h>

#include "flow/config/id.h"
#include "scratch.h"

static void state_dir(const struct scratch *scratch, char out[128])
{
    snprintf(out, 128, "%s/home/", scratch->top);
}

static void test_remembers_bytes_and_role(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char dir[128], path[256];
    struct stat st;

    state_dir(*state, dir);
    assert_int_equal(flow_approval_check(dir, "build.command", "make", 4, &err), 0);
    assert_ok(flow_approval_record(dir, "build.command", "make", 4, &err), &err);
    assert_ok(flow_approval_record(dir, "a\nb\tc", "x\0y", 3, &err), &err);
    assert_int_equal(flow_approval_check(dir, "build.command", "make", 4, &err), 1);
    assert_int_equal(flow_approval_check(dir, "a\nb\tc", "x\0y", 3, &err), 1);
    assert_int_equal(flow_approval_check(dir, "a\nb\tc", "x\0z", 3, &err), 0);
    assert_int_equal(flow_approval_check(dir, "build.command", "make -j", 7, &err), 0);
    assert_int_equal(flow_approval_check(dir, "fetch.command", "make", 4, &err), 0);
    // Whatever the bytes were.
    assert_int_equal(flow_approval_earlier(dir, "build.command", &err), 1);
    assert_int_equal(flow_approval_earlier(dir, "a\nb\tc", &err), 1);
    assert_int_equal(flow_approval_earlier(dir, "build", &err), 0);
    assert_int_equal(flow_approval_earlier(dir, "build.commands", &err), 0);
    snprintf(path, sizeof path, "%sapproved", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_survives_a_line_cut_off(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    char dir[128];

    state_dir(scratch, dir);
    scratch_run(scratch, NULL, "printf '0123456789' > home/approved; chmod 600 home/approved");
    assert_ok(flow_approval_record(dir, "build.command", "make", 4, &err), &err);
    assert_int_equal(flow_approval_check(dir, "build.command", "make", 4, &err), 1);
}

static void test_distrusts_what_others_can_write(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    char dir[128];

    state_dir(scratch, dir);
    assert_ok(flow_approval_record(dir, "build.command", "make", 4, &err), &err);
    scratch_run(scratch, NULL, "chmod 620 home/approved");
    assert_int_equal(flow_approval_check(dir, "build.command", "make", 4, &err), -1);
    assert_int_equal(err.code, FLOW_E_REFUSED);
    assert_err(flow_approval_record(dir, "build.command", "make", 4, &err), &err, FLOW_E_REFUSED);
    scratch_run(scratch, NULL,
                "mv home/approved home/elsewhere; chmod 600 home/elsewhere; ln -s elsewhere home/approved");
    assert_int_equal(flow_approval_check(dir, "build.command", "make", 4, &err), -1);
}

static void test_id_is_gits(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id;

    (void)state;
    // From `printf 'hello\n' | git hash-object --stdin`, and of no input.
    assert_ok(flow_id_of(&id, "hello\n", 6, &err), &err);
    assert_string_equal(id.hex, "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_ok(flow_id_of(&id, NULL, 0, &err), &err);
    assert_string_equal(id.hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_remembers_bytes_and_role, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_survives_a_line_cut_off, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_distrusts_what_others_can_write, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(test_id_is_gits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
