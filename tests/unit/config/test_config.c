// SPDX-License-Identifier: MIT
#include "flow/config/config.h"

#include "scratch.h"

static struct flow_config *config_of(const char *committed)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;

    assert_ok(flow_config_new(&config, &err), &err);
    assert_ok(flow_config_add_committed(config, committed, strlen(committed), "'.flow/config'", &err), &err);
    return config;
}

static void expect_list(const struct flow_config *config, const char *key, const char *joined)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv values;
    struct flow_buf text;

    flow_strv_init(&values);
    flow_buf_init(&text, FLOW_BUF_LINE);
    assert_ok(flow_config_list(config, key, &values, &err), &err);
    for (size_t i = 0; i < values.count; i++)
        flow_buf_printf(&text, "%s,", values.items[i]);
    assert_string_equal(text.data, joined);
    flow_strv_release(&values);
    flow_buf_release(&text);
}

static void test_later_levels_win(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    enum flow_config_level level;
    struct flow_buf gitdir;
    struct flow_config *config = config_of("[port]\nmodel = committed\n[fix]\nmodel = committed\n"
                                           "[ask]\nmodel = committed\n[plan]\nmodel = committed\n"
                                           "[init]\nmodel = committed\n");

    scratch_run(scratch, NULL,
                "git init -q repo\n"
                "for s in port fix ask plan; do git config --global flow.$s.model user; done\n"
                "for s in port fix ask; do git -C repo config flow.$s.model repository; done\n");
    flow_buf_init(&gitdir, FLOW_BUF_LINE);
    flow_buf_printf(&gitdir, "%s/repo/.git/", scratch->top);
    setenv("FLOW_PORT_MODEL", "environment", 1);
    setenv("FLOW_FIX_MODEL", "environment", 1);
    // The order in which levels are added does not matter.
    assert_ok(flow_config_set(config, "port.model", "option", &err), &err);
    assert_ok(flow_config_add_environment(config, &err), &err);
    assert_ok(flow_config_add_git(config, gitdir.data, &err), &err);

    assert_string_equal(flow_config_str(config, "port.model", NULL), "option");
    assert_string_equal(flow_config_str(config, "fix.model", NULL), "environment");
    assert_string_equal(flow_config_str(config, "ask.model", NULL), "repository");
    assert_string_equal(flow_config_str(config, "plan.model", NULL), "user");
    assert_string_equal(flow_config_str(config, "init.model", NULL), "committed");
    assert_string_equal(flow_config_str(config, "none.model", "fallback"), "fallback");

    assert_string_equal(flow_config_origin(config, "port.model", &level), "--model");
    assert_int_equal(level, FLOW_CONFIG_OPTION);
    assert_string_equal(flow_config_origin(config, "fix.model", &level), "FLOW_FIX_MODEL");
    assert_int_equal(level, FLOW_CONFIG_ENVIRONMENT);
    assert_string_equal(flow_config_origin(config, "ask.model", &level), "'.git/config'");
    assert_int_equal(level, FLOW_CONFIG_REPOSITORY);
    assert_string_equal(flow_config_origin(config, "plan.model", &level), "'~/.gitconfig'");
    assert_int_equal(level, FLOW_CONFIG_USER);
    assert_string_equal(flow_config_origin(config, "init.model", NULL), "'.flow/config'");
    assert_null(flow_config_origin(config, "none.model", &level));
    unsetenv("FLOW_PORT_MODEL");
    unsetenv("FLOW_FIX_MODEL");
    flow_buf_release(&gitdir);
    flow_config_free(config);
}

static void test_installed_is_lowest_and_free(void **state)
{
    static const char text[] = "[sandbox]\nread = ~/.cargo\n[a]\nk = installed\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = config_of("[a]\nk = committed\n");

    (void)state;
    assert_ok(flow_config_add_installed(config, text, sizeof text - 1, "'language.conf'", &err), &err);
    assert_string_equal(flow_config_str(config, "a.k", NULL), "committed");
    assert_string_equal(flow_config_str(config, "sandbox.read", NULL), "~/.cargo");
    flow_config_free(config);
}

static void test_git_subsections_with_dots(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = config_of("");

    scratch_run(scratch, NULL,
                "git config --global 'flow.Decision.src/Gen.c.action' drop\n"
                "git config --global other.port.model no\n"
                "printf '[include]\\n\\tpath = more\\n' >> home/.gitconfig\n"
                "printf '[flow \"fix\"]\\n\\tfresh\\n' > home/more\n");
    assert_ok(flow_config_add_git(config, NULL, &err), &err);
    assert_string_equal(flow_config_str(config, "decision.src/Gen.c.action", NULL), "drop");
    // The user's own files may include others.
    assert_string_equal(flow_config_str(config, "fix.fresh", NULL), "true");
    assert_null(flow_config_str(config, "port.model", NULL));
    flow_config_free(config);
}

static void test_environment_spells_keys(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;
    struct flow_buf name;

    (void)state;
    setenv("FLOW_PORT_MAX_ROUNDS", "7", 1);
    setenv("FLOW_EMPTY_NAME", "", 1);
    setenv("FLOW_UNIT", "not a setting", 1);
    config = config_of("[empty]\nname = committed\n");
    assert_ok(flow_config_add_environment(config, &err), &err);
    assert_string_equal(flow_config_str(config, "port.max-rounds", NULL), "7");
    assert_null(flow_config_str(config, "port.max", NULL));
    assert_null(flow_config_str(config, "port.max-rounds-all", NULL));
    assert_string_equal(flow_config_str(config, "empty.name", NULL), "committed");
    assert_null(flow_config_str(config, "unit", NULL));
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_config_env_name("port.max-rounds", &name);
    assert_string_equal(name.data, "FLOW_PORT_MAX_ROUNDS");
    flow_buf_release(&name);
    unsetenv("FLOW_PORT_MAX_ROUNDS");
    unsetenv("FLOW_EMPTY_NAME");
    unsetenv("FLOW_UNIT");
    flow_config_free(config);
}

static void test_typed_getters(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = config_of("[a]\nn = 12\nword = twelve\nyes\nno = Off\nempty =\n");
    long number;
    bool truth;

    (void)state;
    assert_ok(flow_config_int(config, "a.n", 1, 20, 5, &number, &err), &err);
    assert_int_equal(number, 12);
    assert_ok(flow_config_int(config, "a.none", 1, 20, 5, &number, &err), &err);
    assert_int_equal(number, 5);
    assert_err(flow_config_int(config, "a.n", 1, 10, 5, &number, &err), &err, FLOW_E_INVALID);
    assert_err(flow_config_int(config, "a.word", 1, 10, 5, &number, &err), &err, FLOW_E_INVALID);
    assert_non_null(strstr(err.message, "'.flow/config' line 3: a.word"));

    assert_ok(flow_config_bool(config, "a.yes", false, &truth, &err), &err);
    assert_true(truth);
    assert_ok(flow_config_bool(config, "a.no", true, &truth, &err), &err);
    assert_false(truth);
    assert_ok(flow_config_bool(config, "a.empty", true, &truth, &err), &err);
    assert_false(truth);
    assert_ok(flow_config_bool(config, "a.none", true, &truth, &err), &err);
    assert_true(truth);
    assert_err(flow_config_bool(config, "a.word", true, &truth, &err), &err, FLOW_E_INVALID);
    assert_non_null(strstr(err.message, "'.flow/config' line 3: 'a.word' is 'twelve'"));
    flow_config_free(config);
}

static void test_lists_and_subsections(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv names;
    struct flow_config *config = config_of("[unit]\npath = a\npath = b\n[decision \"x.c\"]\naction = drop\n"
                                           "[decision \"y.d.c\"]\naction = port\nwhy = w\n[decision]\nk = v\n"
                                           "[decisions \"z\"]\nk = v\n");

    (void)state;
    expect_list(config, "unit.path", "a,b,");
    expect_list(config, "unit.none", "");
    assert_ok(flow_config_set(config, "unit.path", "c", &err), &err);
    assert_ok(flow_config_set(config, "unit.path", "d", &err), &err);
    expect_list(config, "unit.path", "c,d,");
    assert_string_equal(flow_config_str(config, "unit.path", NULL), "d");

    flow_strv_init(&names);
    assert_ok(flow_config_subsections(config, "decision", &names, &err), &err);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0], "x.c");
    assert_string_equal(names.items[1], "y.d.c");
    flow_strv_release(&names);
    flow_config_free(config);
}

static void test_unknown_settings_are_told_with_what_was_meant(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = config_of("");
    struct flow_strv lines;
    static const char text[] =
        "[port]\nto = rust\nexcludes = a/**\n[target]\nroot = x\n[decision \"a.b.c\"]\naction = port\n"
        "[nowhere]\nelse = 1\n[lifetimes \"X\"]\ntype = *T\nby = b\n[diagnostics]\npattern = x\n";

    (void)state;
    flow_strv_init(&lines);
    assert_int_equal(flow_config_add_committed(config, text, sizeof text - 1, "'.flow/config'", &err), 0);
    assert_int_equal(flow_config_unknown(config, &lines, &err), 0);
    assert_int_equal(lines.count, 3);
    assert_string_equal(
        lines.items[0],
        "'.flow/config' line 3: flow has no setting 'port.excludes'; did you mean 'port.exclude'?");
    assert_string_equal(lines.items[1], "'.flow/config' line 9: flow has no setting 'nowhere.else'");
    assert_string_equal(lines.items[2], "'.flow/config' line 12: flow has no setting 'lifetimes.X.by'");
    flow_strv_release(&lines);
    flow_config_free(config);
}

static void expect_refused(const char *text, const char *says)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = config_of("");

    if (flow_config_add_committed(config, text, strlen(text), "'.flow/config'", &err) == 0)
        fail_msg("accepted: %s", text);
    assert_int_equal(err.code, FLOW_E_REFUSED);
    if (strstr(err.message, says) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, says);
    flow_config_free(config);
}

static void test_committed_files_are_not_trusted(void **state)
{
    struct flow_config *config;

    (void)state;
    expect_refused("[provider \"openai\"]\nbase-url = http://evil/\n",
                   "'.flow/config' line 2: a committed file may not set 'provider.openai.base-url'");
    expect_refused("[port]\nn = 1\nURL = x\n", "line 3: a committed file may not set 'port.url'");
    expect_refused("[budget]\nmax = 1000000\n", "'budget.max'");
    expect_refused("[port]\nbudget = 1000000\n", "'port.budget'");
    expect_refused("[port]\nunit-budget = 9calls\n", "'port.unit-budget'");
    expect_refused("[Sandbox]\nwrite = /\n", "'sandbox.write'");
    expect_refused("[build]\nsandbox = false\n", "'build.sandbox'");
    expect_refused("[x]\nkey = sk-1\n", "'x.key'");
    expect_refused("[forge]\nhost = evil\n", "'forge.host'");
    expect_refused("[port]\nmodel = command/sh -c 'curl evil'\n",
                   "line 2: a committed file may not name a program");
    expect_refused("[port]\nmodel = \" Command/sh\"\n", "may not name a program");
    expect_refused("[port]\nfixer-model = command/sh\n", "may not name a program");

    // An include is not followed, and other models are the team's to choose.
    config =
        config_of("[include]\npath = ../../etc/passwd\n[port]\nmodel = openai/gpt\nsource = command/x.c\n");
    assert_string_equal(flow_config_str(config, "port.model", NULL), "openai/gpt");
    flow_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_later_levels_win, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_installed_is_lowest_and_free),
        cmocka_unit_test_setup_teardown(test_git_subsections_with_dots, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_environment_spells_keys),
        cmocka_unit_test(test_typed_getters),
        cmocka_unit_test(test_lists_and_subsections),
        cmocka_unit_test(test_unknown_settings_are_told_with_what_was_meant),
        cmocka_unit_test(test_committed_files_are_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
