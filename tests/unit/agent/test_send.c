// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "flow/agent/send.h"
#include "folder.h"

#define HEX  "0123456789abcdef0123456789abcdef01234567"
#define PEM  "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAt8vEGTqTGuJCQvGvGzBdJ7lSDzIvVqPPzX0ZV5GQ7g2T\n"
#define AWS  "AKIAQ3EGRVQ6DZ7T2XKM"
#define GIT  "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"
#define RAND "Zm9v8Kq2vXw7Lp4Rt6Yb1Nc5"

static struct flow_send *open_send(void **state, const char *key, const char *value)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = NULL;
    struct flow_send *send = NULL;
    struct flow_buf dir;
    flow_buf_init(&dir, FLOW_BUF_LINE);
    assert_ok(flow_config_new(&config, &err), &err);
    if (key)
        assert_ok(flow_config_set(config, key, value, &err), &err);
    folder_path(state, &dir, "");
    assert_ok(flow_send_new(&send, config, dir.data, &err), &err);
    flow_buf_release(&dir);
    flow_config_free(config);
    return send;
}

static int check(struct flow_send *send, const char *path, const char *text, struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    int result = flow_send_check(send, path, text, strlen(text), why, &err);
    if (result < 0)
        fail_msg("%s: %s", path, err.message);
    return result;
}

static void what_looks_like_a_secret_is_held_back(void **state)
{
    static const struct {
        const char *path, *text, *why;
    } cases[] = {
        {"a.c", "int a;\n" PEM, "a private key (line 2)"},
        {"a.c",
         "const char *pem = \"-----BEGIN PRIVATE KEY-----\\n\"\n  "
         "\"MIIEowIBAAKCAQEAt8vEGTqTGuJCQvGvGzBdJ7lSDzIvVqPPzX0ZV5GQ\\n\"",
         "a private key"},
        {"a.c", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB\n",
         "a private key"},
        {"a.c", "id = \"" AWS "\"", "an AWS access key (line 1)"},
        {"a.c", "key = AIzaSyD9x3Kq2vXw7Lp4Rt6Yb1Nc5Zm9v8Jh0aE", "a Google API key"},
        {"a.json", "{\"private_key_id\": \"" HEX "\"}", "a Google service account"},
        {"a.c", "t = '" GIT "'", "a GitHub token"},
        {"a.c",
         "xoxb-"
         "123456789012-123456789012-" RAND,
         "a Slack token"},
        {"a.c", "https://hooks.slack.com/services/T0123ABCD/B0123ABCD/" RAND, "a Slack web hook"},
        {"a.c", "sk_live_" RAND, "a Stripe key"},
        {"a.c", "sk-ant-api03-" RAND RAND, "an API key of a model"},
        {".npmrc", "//registry.example.org/:_authToken=" RAND, "a registry token"},
        {"a.c", "postgres://admin:x7Kq2vXw7L@db.internal/x", "a password in an address"},
        {"a.c", "db_password = \"" RAND "\"", "a secret that is assigned"},
        {"a.ts", "  apiKey: '" RAND "',", "a secret that is assigned"},
        {"a.yaml", "\"client_secret\": \"" RAND "\"", "a secret that is assigned"},
        {".env", "", "a file of secret variables"},
        {"deep/.env.production", "A=1", "a file of secret variables"},
        {".netrc", "", "a file of passwords"},
        {"home/.aws/credentials", "", "a file of passwords"},
        {"deep/store.p12", "", "a key store"},
        {"id_ed25519", "", "a key store"},
    };
    struct flow_send *send = open_send(state, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_buf why;
        flow_buf_init(&why, FLOW_BUF_LINE);
        if (check(send, cases[i].path, cases[i].text, &why) != 1)
            fail_msg("not held back: %s: %s", cases[i].path, cases[i].text);
        if (!strstr(why.data, cases[i].why))
            fail_msg("%s: %s", cases[i].text, why.data);
        assert_non_null(strstr(why.data, "flow approve "));
        assert_null(strstr(why.data, RAND));
        flow_buf_release(&why);
    }
    flow_send_free(send);
}

static void what_only_speaks_of_secrets_is_sent(void **state)
{
    static const struct {
        const char *path, *text;
    } cases[] = {
        {"a.c", "int main(void) { return 0; }\n"},
        {"a.c", "if (strstr(line, \"-----BEGIN RSA PRIVATE KEY-----\")) return PEM_KEY;\n"},
        {"a.pem",
         "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEAt8vEGTqTGuJCQvGvGzBdJ7lSDzIvVqPPzX0ZV5GQ7g2T\n"},
        {"a.c", "// an example: AKIAIOSFODNN7EXAMPLE\n"},
        {"a.c", "xxAKIAQ3EGRVQ6DZ7T2XKMxx"},
        {"a.c", "const char *prefix = \"ghp_\";\n"},
        {"a.c", "token = next_token(lexer);\n"},
        {"a.c", "const char *password = getenv(\"DB_PASSWORD\");\n"},
        {"a.c", "password = \"changeme\";\n"},
        {"a.c", "token: \"the_name_of_a_token_in_the_lexer\""},
        {"a.c", "secret = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""},
        {"a.c", "password: \"your-password-goes-here-123456\""},
        {"a.c", "http://user:password@example.org/"},
        {"a.c", "http://localhost:8080/@scope/package"},
        {".env.example", "KEY=\n"},
        {"environment.c", ""},
        {"credentials.c", ""},
    };
    struct flow_send *send = open_send(state, NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_buf why;
        flow_buf_init(&why, FLOW_BUF_LINE);
        if (check(send, cases[i].path, cases[i].text, &why) != 0)
            fail_msg("%s: %s: %s", cases[i].path, cases[i].text, why.data);
        flow_buf_release(&why);
    }
    flow_send_free(send);
}

static void a_person_decides_about_these_bytes(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_send *send = open_send(state, NULL, NULL);
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    assert_int_equal(check(send, "a.c", "t = " GIT, NULL), 1);
    assert_ok(flow_send_allow(send, "a.c", "t = " GIT, strlen("t = " GIT), &why, &err), &err);
    flow_send_free(send);
    send = open_send(state, NULL, NULL);
    assert_int_equal(check(send, "a.c", "t = " GIT, NULL), 0);
    assert_int_equal(check(send, "b.c", "t = " GIT, NULL), 1);
    assert_int_equal(check(send, "a.c", "u = " GIT, NULL), 1);
    flow_send_free(send);
    // No decision about a secret takes back what is excluded.
    send = open_send(state, "send.exclude", "*.c");
    assert_int_equal(check(send, "a.c", "t = " GIT, &why), 1);
    assert_string_equal(why.data, "not sent: send.exclude '*.c' (--exclude)");
    assert_int_equal(flow_send_allow(send, "a.c", "t = " GIT, strlen("t = " GIT), NULL, &err), 1);
    flow_send_free(send);
    flow_buf_release(&why);
}

static void every_level_adds_to_what_is_excluded(void **state)
{
    static const char committed[] = "[send]\n\n\texclude = committed/**\n\texclude =\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = NULL;
    struct flow_send *send = NULL;
    struct flow_buf dir, why;
    flow_buf_init(&dir, FLOW_BUF_LINE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    setenv("FLOW_SEND_EXCLUDE", "environment/**", 1);
    assert_ok(flow_config_new(&config, &err), &err);
    assert_ok(flow_config_add_committed(config, committed, strlen(committed), "'.flow/config'", &err), &err);
    assert_ok(flow_config_add_environment(config, &err), &err);
    assert_ok(flow_config_set(config, "send.exclude", "option/**", &err), &err);
    assert_ok(flow_send_new(&send, config, folder_path(state, &dir, ""), &err), &err);
    unsetenv("FLOW_SEND_EXCLUDE");
    assert_int_equal(check(send, "environment/a.c", "", NULL), 1);
    assert_int_equal(check(send, "option/a.c", "", NULL), 1);
    assert_int_equal(check(send, "committed/a.c", "", &why), 1);
    assert_string_equal(why.data, "not sent: send.exclude 'committed/**' ('.flow/config' line 3)");
    assert_int_equal(check(send, "other/a.c", "", NULL), 0);
    flow_send_free(send);
    flow_config_free(config);
    flow_buf_release(&why);
    flow_buf_release(&dir);
}

static void count_held(void *payload, const char *path, const char *why)
{
    struct flow_buf *out = payload;
    assert_non_null(strstr(why, "not sent: "));
    flow_buf_printf(out, "%s ", path);
}

static void what_was_held_back_is_named_once(void **state)
{
    struct flow_send *send = open_send(state, NULL, NULL);
    struct flow_buf names;
    flow_buf_init(&names, FLOW_BUF_LINE);
    check(send, ".env", "", NULL);
    check(send, "a.c", "", NULL);
    check(send, ".netrc", "", NULL);
    check(send, ".env", "", NULL);
    flow_send_held(send, count_held, &names);
    assert_string_equal(names.data, ".env .netrc ");
    flow_buf_release(&names);
    flow_send_free(send);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_looks_like_a_secret_is_held_back), CASE(what_only_speaks_of_secrets_is_sent),
        CASE(a_person_decides_about_these_bytes),    CASE(every_level_adds_to_what_is_excluded),
        CASE(what_was_held_back_is_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
