// SPDX-License-Identifier: MIT
// The text of committed files, through the public interface; what libgit2 reads from the same text is the
// standard.
#include <git2.h>

#include "flow/base/file.h"
#include "flow/config/config.h"
#include "flow/config/git.h"
#include "scratch.h"

static const char *const good[] = {
    "[a]\nk = v\n",
    "[a]\nk=v",
    "[a]\r\n\tk = v\r\n",
    "[A]\nName = V\n",
    "[a \"Sub\"]\nk = v\n",
    "[a \"s\\\"u\\\\b.x\"]\nk = v\n",
    "[a.b]\nk = v\n",
    "[a] k = v\n",
    "[a]\nk\n",
    "[a]\nk =\n",
    "[a]\nk = \"\"\n",
    "# c\n; d\n[a] # e\nk = v ; f\n",
    "[a]\nk = one two\n",
    "[a]\nk = \"  v  \"\n",
    "[a]\nk = x\"  y  \"z\n",
    "[a]\nk = \"a # b ; c\"\n",
    "[a]\nk = a\\tb\\nc\\\"d\\\\e\n",
    "[a]\nk = one \\\ntwo\n",
    "[a]\nk = v   \n",
    "\xef\xbb\xbf[a]\nk = v\n",
    "[a]\nk = 1\nk = 2\n[b]\nk = 3\n[a]\nk = 4\n",
};

static const char *const bad[] = {
    "k = v\n",        "[a\nk = v\n",    "[]\nk = v\n",       "[a \"b]\nk = v\n",
    "[a b]\nk = v\n", "[a]\nk = \"v\n", "[a]\nk = \\x\n",    "[a]\n1k = v\n",
    "[a]\nk ! v\n",   "[a]\nk_l = v\n", "[a \"b\nc\"]k=v\n", "[a]\n= v\n",
};

// What libgit2 reads: one line "key=value" for each setting.
static int read_with_libgit2(const char *path, struct flow_buf *out)
{
    git_config *config = NULL;
    git_config_iterator *iterator = NULL;
    git_config_entry *entry;
    int rc = git_config_open_ondisk(&config, path);

    if (rc == 0)
        rc = git_config_iterator_new(&iterator, config);
    while (rc == 0 && git_config_next(&entry, iterator) == 0)
        flow_buf_printf(out, "%s=%s\n", entry->name, entry->value != NULL ? entry->value : "true");
    git_config_iterator_free(iterator);
    git_config_free(config);
    return rc;
}

static void expect_same(const struct flow_config *config, char *lines)
{
    struct flow_error err = FLOW_ERROR_INIT;

    for (char *line = lines; *line != '\0';) {
        // A value may hold line ends; the next setting begins with a section of one letter.
        char *end = strchr(line, '\n');
        while (end[1] != '\0' && !(end[1] >= 'a' && end[1] <= 'b' && end[2] == '.'))
            end = strchr(end + 1, '\n');
        *end = '\0';
        char *value = strchr(line, '=');
        struct flow_strv values;
        *value++ = '\0';
        flow_strv_init(&values);
        assert_ok(flow_config_list(config, line, &values, &err), &err);
        if (flow_strv_find(&values, value) < 0)
            fail_msg("'%s' is not '%s'", line, value);
        flow_strv_release(&values);
        line = end + 1;
    }
}

static void test_reads_what_libgit2_reads(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, lines;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&lines, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%s/text", scratch->top);
    assert_ok(flow_git_hold(&err), &err);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct flow_config *config;
        flow_buf_clear(&lines);
        assert_ok(flow_file_write(path.data, good[i], strlen(good[i]), 0600, &err), &err);
        assert_int_equal(read_with_libgit2(path.data, &lines), 0);
        assert_true(lines.len > 0);
        assert_ok(flow_config_new(&config, &err), &err);
        assert_ok(flow_config_add_committed(config, good[i], strlen(good[i]), "'t'", &err), &err);
        expect_same(config, lines.data);
        flow_config_free(config);
    }
    flow_git_drop();
    flow_buf_release(&lines);
    flow_buf_release(&path);
}

static void test_refuses_what_is_no_configuration(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_config *config;
        assert_ok(flow_config_new(&config, &err), &err);
        if (flow_config_add_committed(config, bad[i], strlen(bad[i]), "'t'", &err) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, FLOW_E_INVALID);
        assert_non_null(strstr(err.message, "'t' line "));
        flow_config_free(config);
    }
}

static void test_names_the_line(void **state)
{
    static const char text[] = "[a]\nk = one \\\ntwo\n\n  nonsense here\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;

    (void)state;
    assert_ok(flow_config_new(&config, &err), &err);
    assert_err(flow_config_add_committed(config, text, sizeof text - 1, "'.flow/config'", &err), &err,
               FLOW_E_INVALID);
    assert_string_equal(err.message, "'.flow/config' line 5: a key is followed by something that is not '='");
    flow_config_free(config);
}

static void test_bounds(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;
    size_t len = FLOW_CONFIG_TEXT_MAX + 1;
    char *text = malloc(len);

    (void)state;
    assert_non_null(text);
    memset(text, '\n', len);
    assert_ok(flow_config_new(&config, &err), &err);
    assert_ok(flow_config_add_committed(config, text, len - 1, "'t'", &err), &err);
    assert_err(flow_config_add_committed(config, text, len, "'t'", &err), &err, FLOW_E_TOO_BIG);
    memset(text, 'v', len);
    memcpy(text, "[a]\nk = ", 8);
    assert_err(flow_config_add_committed(config, text, len - 1, "'t'", &err), &err, FLOW_E_TOO_BIG);
    assert_err(flow_config_add_committed(config, "[a]\nk = v\0w\n", 12, "'t'", &err), &err, FLOW_E_INVALID);
    assert_null(flow_config_str(config, "a.k", NULL));
    flow_config_free(config);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_what_libgit2_reads, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_refuses_what_is_no_configuration),
        cmocka_unit_test(test_names_the_line),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
