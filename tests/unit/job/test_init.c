// SPDX-License-Identifier: MIT
#include "flow/job/init.h"

#include "flow/config/config.h"
#include "scratch.h"

static struct flow_repo *open_repo(const struct scratch *scratch)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    char path[256];

    snprintf(path, sizeof path, "%s/r", scratch->top);
    assert_ok(flow_repo_open(&repo, path, &err), &err);
    return repo;
}

// What is written must be what flow itself takes from a committed file, whatever the names in it.
static void test_written_settings_are_read_back(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_languages *languages;
    struct flow_config *config;
    struct flow_init *init;
    struct flow_strv excluded;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; echo x > a.c; f=\"$(printf 'n\\n\\t\"#;\\\\\\377*')\"; mkdir -p "
                "\"$f/vendor\" "
                "\"$f/sub\"; echo x > \"$f/vendor/v.c\"; echo x > \"$f/sub/Makefile\"");
    struct flow_repo *repo = open_repo(scratch);
    assert_ok(flow_languages_load(&languages, &err), &err);
    assert_ok(flow_init_look(&init, repo, languages, &err), &err);
    assert_int_equal(init->language_count, 1);
    assert_int_equal(init->project_count, 1);
    assert_int_equal(init->vendored.count, 1);
    assert_int_equal(flow_init_write(repo, init, false, &err), 1);
    assert_int_equal(flow_init_write(repo, init, false, &err), 0);
    assert_int_equal(flow_init_write(repo, init, true, &err), 1);

    assert_ok(flow_repo_config(repo, &config, &err), &err);
    assert_string_equal(flow_config_str(config, "port.from", ""), "c");
    assert_string_equal(flow_config_str(config, "build.command", ""), init->projects[0].build);
    assert_string_equal(flow_config_str(config, "test.command", ""), init->projects[0].test);
    flow_strv_init(&excluded);
    assert_ok(flow_config_list(config, "port.exclude", &excluded, &err), &err);
    assert_int_equal(excluded.count, 1);
    assert_string_equal(excluded.items[0], "n\n\t\"#;\\\\\377\\*/vendor/**");
    flow_strv_release(&excluded);
    flow_config_free(config);
    flow_init_free(init);
    flow_languages_free(languages);
    flow_repo_free(repo);
}

static void test_needs_a_work_tree(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_languages *languages;
    struct flow_init *init;

    scratch_run(scratch, NULL, "git init -q --bare r");
    struct flow_repo *repo = open_repo(scratch);
    assert_ok(flow_languages_load(&languages, &err), &err);
    assert_err(flow_init_look(&init, repo, languages, &err), &err, FLOW_E_ENV);
    flow_languages_free(languages);
    flow_repo_free(repo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written_settings_are_read_back, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_needs_a_work_tree, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
