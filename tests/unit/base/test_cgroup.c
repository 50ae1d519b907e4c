// SPDX-License-Identifier: MIT
#include "cgroup.h"
#include "folder.h"
#include "unit.h"

static unsigned cores(void **state, unsigned all)
{
    struct flow_buf self;
    flow_buf_init(&self, FLOW_BUF_LINE);
    unsigned count = flow_cgroup_cores(folder_path(state, &self, "self"), *state, all);
    flow_buf_release(&self);
    return count;
}

static void test_nothing_to_read(void **state)
{
    assert_int_equal(cores(state, 8), 8);
    // Only version 1.
    folder_write(state, "self", "2:cpu:/a\n1:name=systemd:/\n");
    folder_write(state, "a/cpu.max", "100000 100000\n");
    assert_int_equal(cores(state, 8), 8);
}

static void test_own_group(void **state)
{
    static const struct {
        const char *max;
        unsigned want;
    } cases[] = {
        {"max 100000\n", 8},   {"400000 100000\n", 4},  {"150000 100000\n", 2},
        {"10000 100000\n", 1}, {"9900000 100000\n", 8}, {"-1 100000\n", 8},
        {"100000 0\n", 8},     {"nonsense\n", 8},       {"", 8},
    };
    folder_write(state, "self", "1:name=systemd:/x\n0::/a/b\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        folder_write(state, "a/b/cpu.max", cases[i].max);
        assert_int_equal(cores(state, 8), cases[i].want);
    }
}

static void test_the_tightest_group_above_counts(void **state)
{
    folder_write(state, "self", "0::/a/b/c\n");
    folder_write(state, "a/b/c/cpu.max", "600000 100000\n");
    folder_write(state, "a/b/cpu.max", "max 100000\n");
    folder_write(state, "a/cpu.max", "300000 100000\n");
    assert_int_equal(cores(state, 8), 3);
    folder_write(state, "cpu.max", "200000 100000\n");
    assert_int_equal(cores(state, 8), 2);
    // In a container the group is the root.
    folder_write(state, "self", "0::/\n");
    assert_int_equal(cores(state, 8), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_to_read, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_own_group, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_the_tightest_group_above_counts, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
