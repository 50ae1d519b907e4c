// SPDX-License-Identifier: MIT
// A reply that does not fit is answered, a reply for which there is no memory is not: the two must never be
// mixed up.
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/agent/reply.h"
#include "oom.h"
#include "unit.h"

static int read_draft(void *payload, struct flow_error *err)
{
    static const char text[] =
        "```rust a.rs\nfn f() {}\n```\n"
        "```json\n{\"symbols\":[{\"source\":\"f\",\"target\":\"\",\"reason\":\"r\"}],"
        "\"conditions\":[{\"source\":\"c\",\"target\":\"d\"}],\"top\":\"t\",\"head\":[\"h\"]}\n```\n";
    struct flow_draft draft;
    struct flow_buf why;
    (void)payload;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    int result = flow_draft_parse(&draft, text, sizeof text - 1, false, &why, err);
    if (result == 0)
        flow_draft_release(&draft);
    flow_buf_release(&why);
    return result;
}

static int read_fix(void *payload, struct flow_error *err)
{
    static const char text[] =
        "{\"edits\":[{\"find\":\"a\",\"replace\":\"b\"},{\"find\":\"c\",\"replace\":\"d\"}],"
        "\"findings\":[{\"number\":1,\"fate\":\"fixed\",\"reason\":\"\"}]}";
    struct flow_fix fix;
    struct flow_buf why, out;
    (void)payload;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int result = flow_fix_parse(&fix, text, sizeof text - 1, false, 1, &why, err);
    if (result == 0) {
        result = flow_edits_apply(&out, "a c", 3, fix.edits, fix.edit_count, &why, err);
        flow_fix_release(&fix);
    }
    flow_buf_release(&out);
    flow_buf_release(&why);
    return result;
}

static int read_verdict(void *payload, struct flow_error *err)
{
    static const char text[] =
        "{\"verdict\":\"reject\",\"findings\":[{\"severity\":\"major\",\"file\":\"f\",\"source_line\":1,"
        "\"target_line\":1,"
        "\"claim\":\"c\",\"evidence\":{\"source\":\"int x\",\"target\":\"let x\"},\"fix\":\"f\"}]}";
    static const struct flow_side source = {"a.c", "int x;\n", 7}, target = {"a.rs", "let x;\n", 7};
    static const struct flow_sides sides = {
        .sources = &source, .source_count = 1, .targets = &target, .target_count = 1};
    struct flow_verdict verdict;
    struct flow_buf why;
    (void)payload;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    int result = flow_verdict_parse(&verdict, text, sizeof text - 1, false, &sides, &why, err);
    if (result == 0)
        flow_verdict_release(&verdict);
    flow_buf_release(&why);
    return result;
}

static int fill(void *payload, struct flow_error *err)
{
    static const char text[] = "%% system\nrules {{name}}\n%% unit\n{{#name}}\nabout {{name}}\n{{/name}}\n";
    static const struct flow_prompt_value values[] = {{"name", "value", 5}};
    struct flow_prompt prompt;
    (void)payload;
    flow_prompt_init(&prompt);
    int result = flow_prompt_fill(&prompt, "t", text, sizeof text - 1, values, 1, err);
    flow_prompt_release(&prompt);
    return result;
}

static void test_drafts(void **state)
{
    (void)state;
    oom_each(read_draft, NULL);
}

static void test_fixes(void **state)
{
    (void)state;
    oom_each(read_fix, NULL);
}

static void test_verdicts(void **state)
{
    (void)state;
    oom_each(read_verdict, NULL);
}

static void test_prompts(void **state)
{
    (void)state;
    oom_each(fill, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drafts),
        cmocka_unit_test(test_fixes),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_prompts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
