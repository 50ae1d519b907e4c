// SPDX-License-Identifier: MIT
#include "flow/config/approval.h"
#include "flow/config/config.h"
#include "flow/config/policy.h"
#include "oom.h"
#include "scratch.h"

static const char text[] = "[a]\nk = v\nk = \"w\"\n[a \"sub\"]\nn = 1\n[a \"sub2\"]\nn = 2\n";

static int use(const struct flow_config *config, struct flow_error *err)
{
    struct flow_strv list;

    flow_strv_init(&list);
    int rc = flow_config_list(config, "a.k", &list, err);
    if (rc == 0)
        rc = flow_config_subsections(config, "a", &list, err);
    flow_strv_release(&list);
    return rc;
}

static int read_levels(void *payload, struct flow_error *err)
{
    struct flow_config *config = NULL;

    (void)payload;
    if (flow_config_new(&config, err) != 0)
        return -1;
    int rc = flow_config_add_committed(config, text, sizeof text - 1, "'t'", err);
    if (rc == 0)
        rc = flow_config_add_git(config, NULL, err);
    if (rc == 0)
        rc = flow_config_add_environment(config, err);
    if (rc == 0)
        rc = flow_config_set(config, "a.k", "option", err);
    if (rc == 0)
        rc = use(config, err);
    flow_config_free(config);
    return rc;
}

static int approve(void *payload, struct flow_error *err)
{
    int rc = flow_approval_record(payload, "build.command", "make", 4, err);

    if (rc == 0)
        rc = flow_approval_check(payload, "build.command", "make", 4, err) == 1 ? 0 : -1;
    return rc;
}

static void test_levels(void **state)
{
    const struct scratch *scratch = *state;

    scratch_run(scratch, NULL, "git config --global flow.b.k user");
    setenv("FLOW_C_K", "environment", 1);
    oom_each(read_levels, NULL);
    unsetenv("FLOW_C_K");
}

static void test_approvals(void **state)
{
    const struct scratch *scratch = *state;
    char dir[128];

    snprintf(dir, sizeof dir, "%s/home/", scratch->top);
    oom_each(approve, dir);
}

static int read_policy(void *payload, struct flow_error *err)
{
    struct flow_policy policy;

    if (flow_policy_read(&policy, payload, geteuid(), err) != 0)
        return -1;
    assert_int_equal(policy.count, 4);
    assert_int_equal(policy.budget.calls, 9);
    assert_int_not_equal(flow_policy_model(&policy, "anthropic/other", NULL), 0);
    flow_policy_release(&policy);
    return 0;
}

// A rule that there is no memory for is not one that does not hold.
static void test_policy(void **state)
{
    const struct scratch *scratch = *state;
    char path[128];

    scratch_run(scratch, NULL,
                "printf '[policy]\\nmodels = anthropic/claude-*\\nbudget = 9calls\\njobs = 4\\n"
                "hosts = *.example.org\\n' >policy; chmod 644 policy");
    snprintf(path, sizeof path, "%s/policy", scratch->top);
    oom_each(read_policy, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_levels, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_approvals, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_policy, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
