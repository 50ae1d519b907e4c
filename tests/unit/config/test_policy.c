// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/config/policy.h"
#include "folder.h"
#include "policy.h"

static int read_policy(void **state, const char *text, struct flow_policy *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (text)
        folder_write(state, "policy", text);
    int result = flow_policy_read(out, folder_path(state, &path, "policy"), geteuid(), err);
    flow_buf_release(&path);
    return result;
}

static void chmod_in(void **state, const char *name, mode_t mode)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_int_equal(chmod(folder_path(state, &path, name), mode), 0);
    flow_buf_release(&path);
}

static void without_a_file_nothing_is_restricted(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    assert_ok(read_policy(state, NULL, &policy, &err), &err);
    assert_int_equal(policy.count, 0);
    assert_ok(flow_policy_model(&policy, "anthropic/claude", &err), &err);
    assert_ok(flow_policy_host(&policy, "example.org", &err), &err);
    assert_ok(flow_policy_program(&policy, "/bin/sh", &err), &err);
    assert_int_equal(policy.jobs, 0);
    assert_int_equal(policy.seconds, 0);
    assert_int_equal(policy.budget.nano_usd, -1);
    flow_policy_release(&policy);
}

static void lists_name_what_is_allowed(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    assert_ok(read_policy(state,
                          "[policy]\n"
                          "\tmodels = anthropic/claude-*\n"
                          "\tmodels = command/**\n"
                          "\thosts = *.example.org\n"
                          "\tprograms = /usr/bin/cl?ude\n",
                          &policy, &err),
              &err);
    assert_ok(flow_policy_model(&policy, "anthropic/claude-x", &err), &err);
    assert_ok(flow_policy_model(&policy, "command//usr/bin/claude -p", &err), &err);
    assert_err(flow_policy_model(&policy, "anthropic/other", &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, "line 2"));
    assert_non_null(strstr(err.message, "the model 'anthropic/other'"));
    assert_err(flow_policy_model(&policy, "openai/claude-x", &err), &err, FLOW_E_REFUSED);
    assert_err(flow_policy_model(&policy, "replay/x", &err), &err, FLOW_E_REFUSED);
    assert_ok(flow_policy_host(&policy, "API.example.ORG.", &err), &err);
    assert_err(flow_policy_host(&policy, "example.org.evil.net", &err), &err, FLOW_E_REFUSED);
    assert_err(flow_policy_host(&policy, "", &err), &err, FLOW_E_REFUSED);
    assert_ok(flow_policy_program(&policy, "/usr/bin/claude", &err), &err);
    assert_err(flow_policy_program(&policy, "/home/me/claude", &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, "line 5"));
    flow_policy_release(&policy);
}

static void hosts_alone_allow_no_program(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    assert_ok(read_policy(state, "[policy]\nhosts = api.example.org\n", &policy, &err), &err);
    assert_err(flow_policy_program(&policy, "/usr/bin/curl", &err), &err, FLOW_E_REFUSED);
    flow_policy_release(&policy);
}

static void without_calls_only_recordings_play(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    assert_ok(read_policy(state, "[policy]\ncalls = false\ncalls = true\n", &policy, &err), &err);
    assert_err(flow_policy_model(&policy, "anthropic/x", &err), &err, FLOW_E_REFUSED);
    assert_err(flow_policy_model(&policy, "command/x", &err), &err, FLOW_E_REFUSED);
    assert_ok(flow_policy_model(&policy, "replay/x", &err), &err);
    flow_policy_release(&policy);
}

static void strictest_of_two_counts(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    assert_ok(read_policy(state,
                          "[policy]\n"
                          "budget = 20usd\nbudget = 5usd,2Mtok\nbudget = 30usd,100calls\n"
                          "jobs = 8\njobs = 4\njobs = 16\n"
                          "time = 2h\ntime = 90m\ntime = 1d\n"
                          "sandbox = true\nsandbox = false\n",
                          &policy, &err),
              &err);
    assert_int_equal(policy.budget.nano_usd, 5000000000);
    assert_int_equal(policy.budget.tokens, 2000000);
    assert_int_equal(policy.budget.calls, 100);
    assert_int_equal(policy.jobs, 4);
    assert_int_equal(policy.seconds, 5400);
    assert_true(policy.sandbox);
    assert_int_equal(policy.count, 11);
    assert_string_equal(flow_policy_rule(&policy, "jobs")->value, "8");
    assert_int_equal(flow_policy_rule(&policy, "jobs")->line, 5);
    flow_policy_release(&policy);
}

static void what_is_no_rule_is_an_error_with_its_line(void **state)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"[policy]\nmodel = x\n", "line 2"},
        {"[policy]\nmodels = x\n[polcy]\nhosts = x\n", "line 4"},
        {"[policy \"a\"]\nmodels = x\n", "line 2"},
        {"[include]\npath = /etc/other\n", "line 2"},
        {"[policy]\nmodels =\n", "line 2"},
        {"[policy]\n\n\ncalls = perhaps\n", "line 4"},
        {"[policy]\nsandbox = 1\n", "line 2"},
        {"[policy]\nbudget = 25\n", "line 2"},
        {"[policy]\njobs = 0\n", "line 2"},
        {"[policy]\njobs = many\n", "line 2"},
        {"[policy]\ntime = 8\n", "line 2"},
        {"[policy]\ntime = -8h\n", "line 2"},
        {"[policy]\ntime = 99999999999999999999h\n", "line 2"},
        {"[policy]\nprograms = claude\n", "line 2"},
        {"[policy]\nmodels = \"x\n", "line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_policy policy;
        assert_err(read_policy(state, cases[i].text, &policy, &err), &err, FLOW_E_INVALID);
        if (!strstr(err.message, cases[i].line))
            fail_msg("%s: %s", cases[i].text, err.message);
    }
}

static void file_that_others_could_write_is_refused(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_policy policy;
    struct flow_buf path;
    folder_write(state, "policy", "[policy]\njobs = 4\n");
    chmod_in(state, "policy", 0664);
    assert_err(read_policy(state, NULL, &policy, &err), &err, FLOW_E_REFUSED);
    chmod_in(state, "policy", 0646);
    assert_err(read_policy(state, NULL, &policy, &err), &err, FLOW_E_REFUSED);
    chmod_in(state, "policy", 0644);
    chmod_in(state, "", 0775);
    assert_err(read_policy(state, NULL, &policy, &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, "folder"));
    chmod_in(state, "", 0755);
    assert_ok(read_policy(state, NULL, &policy, &err), &err);
    flow_policy_release(&policy);
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "policy");
    assert_err(flow_policy_read(&policy, path.data, geteuid() + 1, &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, "belongs to root"));
    assert_int_equal(unlink(path.data), 0);
    assert_int_equal(mkdir(path.data, 0755), 0);
    assert_err(flow_policy_read(&policy, path.data, geteuid(), &err), &err, FLOW_E_REFUSED);
    flow_buf_release(&path);
}

static void machine_has_one_place_for_it(void **state)
{
    (void)state;
    assert_string_equal(flow_policy_place().path, "/etc/flow/policy");
    assert_int_equal(flow_policy_place().owner, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_a_file_nothing_is_restricted),
        CASE(lists_name_what_is_allowed),
        CASE(hosts_alone_allow_no_program),
        CASE(without_calls_only_recordings_play),
        CASE(strictest_of_two_counts),
        CASE(what_is_no_rule_is_an_error_with_its_line),
        CASE(file_that_others_could_write_is_refused),
        CASE(machine_has_one_place_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
