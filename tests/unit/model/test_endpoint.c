// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "endpoint.h"
#include "flow/base/file.h"
#include "folder.h"
#include "unit.h"

static int clean_environment(void **state)
{
    unsetenv("ANTHROPIC_API_KEY");
    unsetenv("ANTHROPIC_BASE_URL");
    unsetenv("OPENAI_API_KEY");
    unsetenv("OPENAI_BASE_URL");
    return folder_setup(state);
}

static int read_with(struct flow_endpoint *out, const char *provider, const char *key, const char *value,
                     struct flow_error *err)
{
    struct flow_config *config;
    int rc;

    assert_int_equal(flow_config_new(&config, NULL), 0);
    if (key != NULL)
        assert_int_equal(flow_config_set(config, key, value, NULL), 0);
    rc = flow_endpoint_read(out, provider, config, err);
    flow_config_free(config);
    return rc;
}

static void test_the_vendors_servers_need_a_key(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_endpoint e;

    (void)state;
    assert_ok(read_with(&e, "anthropic", NULL, NULL, &err), &err);
    assert_err(flow_endpoint_ready(&e, "anthropic", &err), &err, FLOW_E_ENV);
    assert_non_null(strstr(err.message, "ANTHROPIC_API_KEY"));
    assert_non_null(strstr(err.message, "model.anthropic.key-file"));
    flow_endpoint_release(&e);
    setenv("ANTHROPIC_API_KEY", "sk-1", 1);
    assert_ok(read_with(&e, "anthropic", NULL, NULL, &err), &err);
    assert_ok(flow_endpoint_ready(&e, "anthropic", &err), &err);
    assert_string_equal(e.url, "https://api.anthropic.com");
    assert_string_equal(e.key, "sk-1");
    assert_string_equal(e.version, "2026-10-21");
    assert_false(e.bearer);
    assert_true(e.vendor);
    flow_endpoint_release(&e);
}

static void test_other_servers(void **state)
{
    static const struct {
        const char *url, *kept, *host;
    } cases[] = {
        {"http://localhost:11434/v1", "http://localhost:11434/v1", "localhost:11434"},
        {"http://localhost:11434/v1//", "http://localhost:11434/v1", "localhost:11434"},
        {"https://api.openai.com.evil.example/v1", "https://api.openai.com.evil.example/v1",
         "api.openai.com.evil.example"},
        {"http://[::1]:80?x", "http://[::1]:80?x", "[::1]:80"},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_endpoint e;
    struct flow_buf host;

    (void)state;
    flow_buf_init(&host, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(read_with(&e, "openai", "model.openai.url", cases[i].url, &err), &err);
        assert_string_equal(e.url, cases[i].kept);
        assert_null(e.key);
        assert_false(e.vendor);
        flow_buf_clear(&host);
        flow_endpoint_host(&e, &host);
        assert_string_equal(host.data, cases[i].host);
        flow_endpoint_release(&e);
    }
    flow_buf_release(&host);
}

static void test_the_setting_wins_over_the_variable(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_endpoint e;

    (void)state;
    setenv("OPENAI_BASE_URL", "http://one/v1", 1);
    assert_ok(read_with(&e, "openai", NULL, NULL, &err), &err);
    assert_string_equal(e.url, "http://one/v1");
    flow_endpoint_release(&e);
    assert_ok(read_with(&e, "openai", "model.openai.url", "http://two/v1", &err), &err);
    assert_string_equal(e.url, "http://two/v1");
    flow_endpoint_release(&e);
}

static void test_addresses_that_are_none(void **state)
{
    static const char *const urls[] = {"localhost:1",      "file:///etc/passwd", "http://",         "ftp://x",
                                       "http://u:p@host/", "http://a b",         "http://a\r\nx: y"};

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_endpoint e;
        assert_err(read_with(&e, "openai", "model.openai.url", urls[i], &err), &err, FLOW_E_ENV);
        assert_null(strstr(err.message, "u:p"));
    }
}

static void test_key_files(void **state)
{
    static const struct {
        const char *text;
        unsigned mode;
        const char *key, *message;
    } cases[] = {
        {"sk-file\n", 0600, "sk-file", NULL},     {"sk-file", 0400, "sk-file", NULL},
        {"sk-file\r\n", 0600, "sk-file", NULL},   {"sk-file\n", 0640, NULL, "can be read by others"},
        {"sk-file\n", 0604, NULL, "others"},      {"", 0600, NULL, "is empty"},
        {"two words\n", 0600, NULL, "one word"},  {"a\nb\n", 0600, NULL, "one word"},
        {"gr\xc3\xbc\n", 0600, NULL, "one word"},
    };
    struct flow_buf path;

    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "key");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_endpoint e;
        chmod(path.data, 0600);
        folder_write(state, "key", cases[i].text);
        assert_int_equal(chmod(path.data, cases[i].mode), 0);
        if (cases[i].key != NULL) {
            assert_ok(read_with(&e, "openai", "model.openai.key-file", path.data, &err), &err);
            assert_string_equal(e.key, cases[i].key);
            flow_endpoint_release(&e);
        } else {
            assert_err(read_with(&e, "openai", "model.openai.key-file", path.data, &err), &err, FLOW_E_ENV);
            assert_non_null(strstr(err.message, cases[i].message));
            assert_null(strstr(err.message, "sk-file"));
        }
    }
    flow_buf_release(&path);
}

static void test_ways_to_authenticate(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_endpoint e;

    (void)state;
    setenv("ANTHROPIC_API_KEY", "sk-1", 1);
    assert_ok(read_with(&e, "anthropic", "model.anthropic.auth", "bearer", &err), &err);
    assert_true(e.bearer);
    flow_endpoint_release(&e);
    assert_ok(read_with(&e, "anthropic", "model.anthropic.version", "2023-06-01", &err), &err);
    assert_string_equal(e.version, "2023-06-01");
    flow_endpoint_release(&e);
    assert_err(read_with(&e, "anthropic", "model.anthropic.auth", "basic", &err), &err, FLOW_E_ENV);
    setenv("ANTHROPIC_API_KEY", "a b", 1);
    assert_err(read_with(&e, "anthropic", NULL, NULL, &err), &err, FLOW_E_ENV);
    assert_null(strstr(err.message, "a b"));
}

static void test_a_committed_file_may_not(void **state)
{
    static const char text[] = "[other]\n\tkey-without-rule = 1\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;
    const char *value;

    (void)state;
    assert_int_equal(flow_config_new(&config, NULL), 0);
    assert_ok(flow_config_add_committed(config, text, strlen(text), "'.flow/config'", &err), &err);
    assert_err(flow_model_setting(config, "other.key-without-rule", &value, &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, ".flow/config"));
    assert_int_equal(flow_config_set(config, "other.key-without-rule", "2", NULL), 0);
    assert_ok(flow_model_setting(config, "other.key-without-rule", &value, &err), &err);
    assert_string_equal(value, "2");
    flow_config_free(config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clean_environment, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_vendors_servers_need_a_key),
        TEST(test_other_servers),
        TEST(test_the_setting_wins_over_the_variable),
        TEST(test_addresses_that_are_none),
        TEST(test_key_files),
        TEST(test_ways_to_authenticate),
        TEST(test_a_committed_file_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
