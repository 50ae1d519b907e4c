// SPDX-License-Identifier: MIT
#include "flow/agent/prompt.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static int fill(struct flow_prompt *out, const char *text, struct flow_error *err)
{
    static const struct flow_prompt_value values[] = {
        {"name", "{{other}} %% unit", 17}, {"other", "o", 1}, {"empty", "", 0}};
    flow_prompt_init(out);
    return flow_prompt_fill(out, "t", text, strlen(text), values, 3, err);
}

static void test_fill_puts_values_in_as_they_are(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_prompt prompt;
    assert_ok(fill(&prompt,
                   "ignored\n%% system\nrules {{other}}\n%% shared\n\n%% "
                   "unit\n<{{name}}>\n{{#empty}}\nno\n{{/empty}}\n"
                   "{{#other}}\nyes {{other}}\n{{/other}}\n",
                   &err),
              &err);
    // A part without text is left out.
    assert_int_equal(prompt.system_count, 1);
    assert_true(prompt.system[0].cache);
    assert_string_equal(prompt.system[0].text, "rules o\n");
    assert_int_equal(prompt.user_count, 1);
    assert_false(prompt.user[0].cache);
    assert_string_equal(prompt.user[0].text, "<{{other}} %% unit>\nyes o\n");
    flow_prompt_release(&prompt);
}

static void test_fill_refuses_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"%% unit\n{{nmae}}\n", "line 2: unknown name 'nmae'"},
        {"%% unit\n{{#nmae}}\n{{/nmae}}\n", "unknown name"},
        {"%% unit\n{{#other}}\n", "without an end"},
        {"%% unit\n{{/other}}\n", "no section to end"},
        {"%% unit\n{{#other}}\n{{#name}}\n{{/name}}\n{{/other}}\n", "inside a section"},
        {"%% unit\n{{other\n", "no '}}'"},
        {"%% untit\nx\n", "unknown part"},
        {"no part at all\n", "no text behind"},
        {"%% system\nonly rules\n", "no text behind"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_prompt prompt;
        assert_err(fill(&prompt, cases[i].text, &err), &err, FLOW_E_INVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("case %zu: '%s' does not say '%s'", i, err.message, cases[i].says);
        flow_prompt_release(&prompt);
    }
}

static void test_fence_is_longer_than_any_run(void **state)
{
    (void)state;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_prompt_fence(&out, "c", "a\n````\nb", 8, 0);
    assert_string_equal(out.data, "`````c\na\n````\nb\n`````\n");
    flow_buf_clear(&out);
    flow_prompt_fence(&out, "", "a\nb\n", 4, 9);
    assert_string_equal(out.data, "```\n9\ta\n10\tb\n```\n");
    flow_buf_clear(&out);
    flow_prompt_fence(&out, "", "", 0, 0);
    assert_string_equal(out.data, "```\n```\n");
    flow_buf_release(&out);
}

// Every template of flow's own fills with the names that the port job gives.
static void test_own_templates_fill(void **state)
{
    (void)state;
    static const char *const names[] = {"translate",
                                        "c-abi",
                                        "piece",
                                        "update",
                                        "repair",
                                        "review-behaviour",
                                        "review-soundness",
                                        "fix",
                                        "fix-build",
                                        "contract",
                                        "review-fix-behaviour",
                                        "review-fix-soundness",
                                        "review-change-behaviour",
                                        "review-change-soundness",
                                        "review-judge",
                                        "optimize",
                                        "lifetimes-ask",
                                        "lifetimes-refute"};
    static const char *const known[] = {"from",        "to",         "unit",
                                        "target-path", "guide",      "traps",
                                        "place",       "imports",    "fields",
                                        "contract",    "source",     "source-numbered",
                                        "target",      "findings",   "target-numbered",
                                        "delta",       "old-source", "outline",
                                        "piece",       "produced",   "conditions",
                                        "users",       "diff",       "answered",
                                        "files",       "subject",    "open-body",
                                        "work",        "tried",      "intent",
                                        "language",    "about",      "task",
                                        "path",        "lines",      "declaration",
                                        "file",        "places",     "classes",
                                        "decided",     "code",       "answers"};
    struct flow_prompt_value values[sizeof known / sizeof *known];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        values[i] = (struct flow_prompt_value){known[i], "value", 5};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_prompt prompt;
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        flow_prompt_init(&prompt);
        assert_ok(flow_template_read(NULL, NULL, names[i], &text, &err), &err);
        assert_ok(flow_prompt_fill(&prompt, names[i], text.data, text.len, values,
                                   sizeof values / sizeof *values, &err),
                  &err);
        assert_true(prompt.system_count >= 1);
        flow_prompt_release(&prompt);
        flow_buf_release(&text);
    }
}

static void fill_own(const char *name, const char *kind, struct flow_prompt *out)
{
    static const char *const known[] = {
        "from",  "to",      "unit",     "target-path", "guide",           "traps",
        "place", "imports", "users",    "contract",    "source-numbered", "target-numbered",
        "delta", "diff",    "answered", "files",       "fields",          "intent"};
    char path[60];
    struct flow_prompt_value values[sizeof known / sizeof *known];
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        values[i] = (struct flow_prompt_value){known[i], "value", 5};
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_prompt_init(out);
    snprintf(path, sizeof path, "review-%s%s", kind, name);
    assert_ok(flow_template_read(NULL, NULL, path, &text, &err), &err);
    assert_ok(flow_prompt_fill(out, path, text.data, text.len, values, sizeof values / sizeof *values, &err),
              &err);
    flow_buf_release(&text);
}

// One reviewer reads from the cache what the other one wrote: all but the question.
static void test_reviewers_share_all_but_their_question(void **state)
{
    (void)state;
    static const char *const kinds[] = {"", "fix-", "change-"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct flow_prompt one, other;
        fill_own("behaviour", kinds[i], &one);
        fill_own("soundness", kinds[i], &other);
        assert_int_equal(one.system_count, 1);
        assert_string_equal(one.system[0].text, other.system[0].text);
        assert_int_equal(one.user_count, 2);
        assert_int_equal(other.user_count, 2);
        assert_string_equal(one.user[0].text, other.user[0].text);
        assert_true(one.user[0].cache && other.user[0].cache);
        assert_string_not_equal(one.user[1].text, other.user[1].text);
        assert_false(one.user[1].cache || other.user[1].cache);
        flow_prompt_release(&one);
        flow_prompt_release(&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_puts_values_in_as_they_are),
        cmocka_unit_test(test_fill_refuses_mistakes),
        cmocka_unit_test(test_fence_is_longer_than_any_run),
        cmocka_unit_test(test_own_templates_fill),
        cmocka_unit_test(test_reviewers_share_all_but_their_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
