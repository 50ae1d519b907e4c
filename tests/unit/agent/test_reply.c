// SPDX-License-Identifier: MIT
#include "flow/agent/reply.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static const char record[] =
    "```json\n{\"symbols\":[{\"source\":\"f\",\"target\":\"f\"}],\"conditions\":[]}\n```\n";

static int parse_draft(struct flow_draft *out, const char *file, const char *rest, struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, file);
    flow_buf_puts(&text, rest);
    flow_buf_clear(why);
    int result = flow_draft_parse(out, text.data, text.len, false, why, &err);
    // What points into the text goes with it; tests that look at it parse it themselves.
    if (result == 0)
        flow_draft_release(out);
    flow_buf_release(&text);
    return result;
}

static void test_draft_reads_file_and_record(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_draft draft;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    const char *text =
        "Here it is:\n"
        "````rust src/a file.rs\n"
        "/// ```\nfn f() {}\n```\n"
        "````\n"
        "```json\n{\"symbols\":[{\"source\":\"f\",\"target\":\"f\"},{\"source\":\"G\",\"target\":\"\","
        "\"reason\":\"unused\"}],\"conditions\":[{\"source\":\"defined(X)\",\"target\":\"cfg(x)\"}],"
        "\"notes\":\"n\",\"top\":\"// L\",\"head\":[\"use a;\",\"use b;\"]}\n```\n";
    assert_ok(flow_draft_parse(&draft, text, strlen(text), false, &why, &err), &err);
    assert_string_equal(draft.path, "src/a file.rs");
    assert_int_equal(draft.len, strlen("/// ```\nfn f() {}\n```\n"));
    assert_memory_equal(draft.text, "/// ```\nfn f() {}\n```\n", draft.len);
    assert_int_equal(draft.symbol_count, 2);
    assert_string_equal(draft.symbols[1].target, "");
    assert_string_equal(draft.symbols[1].reason, "unused");
    assert_int_equal(draft.condition_count, 1);
    assert_string_equal(draft.conditions[0].source, "defined(X)");
    assert_string_equal(draft.notes, "n");
    assert_string_equal(draft.top, "// L");
    assert_int_equal(draft.head_count, 2);
    assert_string_equal(draft.head[1], "use b;");
    flow_draft_release(&draft);
    flow_buf_release(&why);
}

static void test_draft_says_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *file, *rest, *why;
    } cases[] = {
        {"", "", "empty"},
        {" \n\t\n", "", "empty"},
        {"I cannot do that.\n", "", "no fenced block"},
        {"```rust\nfn f() {\n", "", "has no end"},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":[\n", "has no end"},
        {"```rust\na\n```\n```rust\nb\n```\n", record, "2 fenced blocks"},
        {"```rust\n```\n", record, "is empty"},
        {"```rust\n \n\n```\n", record, "is empty"},
        {"```rust\nfn f() {}\n```\n", "", "0 blocks marked json"},
        {"", record, "0 fenced blocks"},
        {"```rust\nfn f() {}\n```\n", "```json\n[1]\n```\n", "not an object"},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":\n```\n", "not one JSON object"},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":{}}\n```\n", "not a list"},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":[{\"target\":\"f\"}]}\n```\n", "no \"source\""},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":[{\"source\":\"f\"}]}\n```\n", "no \"target\""},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"symbols\":[{\"source\":\"f\",\"target\":\"\"}]}\n```\n",
         "\"reason\""},
        {"```rust\nfn f() {}\n```\n", "```json\n{\"head\":[1]}\n```\n", "\"head\""},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_draft draft;
        assert_int_equal(parse_draft(&draft, cases[i].file, cases[i].rest, &why), 1);
        if (!strstr(why.data, cases[i].why))
            fail_msg("case %zu: '%s' does not say '%s'", i, why.data, cases[i].why);
    }
    struct flow_draft draft;
    assert_int_equal(parse_draft(&draft, "```rust\nfn f() {}\n```\n", record, &why), 0);
    flow_buf_release(&why);
}

static void test_draft_refuses_cut_and_huge(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_draft draft;
    struct flow_buf why, text;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_puts(&text, "```rust\nfn f() {}\n```\n");
    flow_buf_puts(&text, record);
    assert_int_equal(flow_draft_parse(&draft, text.data, text.len, true, &why, &err), 1);
    assert_non_null(strstr(why.data, "limit"));
    size_t huge = (size_t)50 << 20;
    char *room = flow_buf_reserve(&text, huge);
    assert_non_null(room);
    memset(room, 'x', huge);
    text.len += huge;
    room[huge] = '\0';
    flow_buf_clear(&why);
    assert_int_equal(flow_draft_parse(&draft, text.data, text.len, false, &why, &err), 1);
    assert_non_null(strstr(why.data, "at most"));
    flow_buf_release(&text);
    flow_buf_release(&why);
}

static int apply(const char *text, const struct flow_edit *edits, size_t count, struct flow_buf *out,
                 struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    flow_buf_clear(out);
    flow_buf_clear(why);
    return flow_edits_apply(out, text, strlen(text), edits, count, why, &err);
}

static void test_edits_apply_once_each(void **state)
{
    (void)state;
    struct flow_buf out, why;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_buf_init(&why, FLOW_BUF_TEXT);
    const struct flow_edit swapped[] = {{"c", "a"}, {"a", "c"}};
    assert_int_equal(apply("a b c", swapped, 2, &out, &why), 0);
    assert_string_equal(out.data, "c b a");
    const struct flow_edit none[] = {{"x", "y"}};
    assert_int_equal(apply("a b c", none, 1, &out, &why), 1);
    assert_non_null(strstr(why.data, "does not stand"));
    const struct flow_edit twice[] = {{"aa", "b"}};
    assert_int_equal(apply("aaa", twice, 1, &out, &why), 1);
    assert_non_null(strstr(why.data, "more than once"));
    const struct flow_edit overlap[] = {{"ab", "x"}, {"bc", "y"}};
    assert_int_equal(apply("abc", overlap, 2, &out, &why), 1);
    assert_non_null(strstr(why.data, "overlap"));
    const struct flow_edit empty[] = {{"", "x"}};
    assert_int_equal(apply("abc", empty, 1, &out, &why), 1);
    const struct flow_edit gone[] = {{"b\n", ""}};
    assert_int_equal(apply("a\nb\nc\n", gone, 1, &out, &why), 0);
    assert_string_equal(out.data, "a\nc\n");
    flow_buf_release(&out);
    flow_buf_release(&why);
}

static int parse_fix(const char *text, size_t findings, struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_fix fix;
    flow_buf_clear(why);
    int result = flow_fix_parse(&fix, text, strlen(text), false, findings, why, &err);
    if (result == 0)
        flow_fix_release(&fix);
    return result;
}

static void test_fix_gives_every_finding_its_fate(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t findings;
        const char *why; // NULL: fits
    } cases[] = {
        {"{\"edits\":[{\"find\":\"a\",\"replace\":\"b\"}],\"findings\":[{\"number\":1,\"fate\":\"fixed\"}]}",
         1, NULL},
        {"```json\n{\"edits\":[],\"findings\":[{\"number\":1,\"fate\":\"rejected\",\"reason\":\"line 3 does "
         "it\"}]}\n```",
         1, NULL},
        {"{\"edits\":[],\"findings\":[]}", 0, NULL},
        {"{\"edits\":[],\"findings\":[{\"number\":1,\"fate\":\"rejected\",\"reason\":\"\"}]}", 1,
         "without a \"reason\""},
        {"{\"edits\":[],\"findings\":[{\"number\":1,\"fate\":\"fixed\"}]}", 1, "nothing was changed"},
        {"{\"edits\":[{\"find\":\"a\",\"replace\":\"b\"}],\"findings\":[]}", 1, "has no fate"},
        {"{\"edits\":[],\"findings\":[{\"number\":2,\"fate\":\"fixed\"}]}", 1, "no finding 2"},
        {"{\"edits\":[],\"findings\":[{\"number\":1,\"fate\":\"done\"}]}", 1, "neither"},
        {"{\"findings\":[]}", 0, "no list \"edits\""},
        {"{\"edits\":[{\"find\":\"a\"}],\"findings\":[]}", 0, "lacks"},
        {"{\"edits\":[{\"find\":\"a\",\"replace\":\"a\"}],\"findings\":[]}", 0, "changes nothing"},
        {"{\"edits\":[],\"findings\":[],\"elsewhere\":[{\"file\":\"a.rs\",\"what\":\"x\"}]}", 0, NULL},
        {"{\"edits\":[],\"findings\":[],\"elsewhere\":[{\"file\":\"a.rs\"}]}", 0, "lacks its"},
        {"I fixed it.", 0, "not one JSON object"},
        {"", 0, "empty"},
        {"{\"edits\":[],\"findings\":[]} trailing", 0, "not one JSON object"},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int result = parse_fix(cases[i].text, cases[i].findings, &why);
        if (result != (cases[i].why ? 1 : 0) || (cases[i].why && !strstr(why.data, cases[i].why)))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
    }
    flow_buf_release(&why);
}

static const char source_text[] = "int f(int a)\n{\n\treturn a  + 1;\n}\n";
static const char target_text[] = "fn f(a: i32) -> i32 {\n    a + 2\n}\n";

static int parse_verdict(struct flow_verdict *out, const char *text, struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    const struct flow_side source = {"f.c", source_text, sizeof source_text - 1};
    const struct flow_side target = {"f.rs", target_text, sizeof target_text - 1};
    const struct flow_sides sides = {
        .sources = &source, .source_count = 1, .targets = &target, .target_count = 1};
    flow_buf_clear(why);
    return flow_verdict_parse(out, text, strlen(text), false, &sides, why, &err);
}

#define FINDING(severity, source, target)                                                                    \
    "{\"severity\":\"" severity                                                                              \
    "\",\"file\":\"f.rs\",\"source_line\":9,\"target_line\":1,\"claim\":\"adds two\","                       \
    "\"evidence\":{\"source\":\"" source "\",\"target\":\"" target "\"},\"fix\":\"add one\"}"

static void test_verdict_proves_its_quotes(void **state)
{
    (void)state;
    struct flow_verdict verdict;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    assert_int_equal(parse_verdict(&verdict,
                                   "{\"verdict\":\"reject\",\"findings\":[" FINDING(
                                       "blocker", "3\\treturn a + 1;",
                                       " a + 2") "," FINDING("major", "return a - 1;", "a + 2") "]}",
                                   &why),
                     0);
    assert_false(verdict.accept);
    assert_int_equal(verdict.count, 2);
    assert_int_equal(verdict.unproven, 1);
    assert_true(verdict.items[0].proven);
    assert_false(verdict.items[1].proven);
    // The lines are where the quotes stand, not where the reviewer said.
    assert_int_equal(verdict.items[0].source_line, 3);
    assert_int_equal(verdict.items[0].target_line, 2);
    flow_verdict_release(&verdict);
    flow_buf_release(&why);
}

static void test_verdict_must_agree_with_its_findings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why; // NULL: fits
    } cases[] = {
        {"{\"verdict\":\"accept\",\"findings\":[]}", NULL},
        {"{\"verdict\":\"accept\",\"findings\":[" FINDING("minor", "return a + 1;", "a + 2") "]}", NULL},
        {"{\"verdict\":\"accept\",\"findings\":[" FINDING("major", "return a + 1;", "a + 2") "]}",
         "verdict is accept"},
        {"{\"verdict\":\"reject\",\"findings\":[]}", "no finding"},
        {"{\"verdict\":\"reject\",\"findings\":[" FINDING("minor", "return a + 1;", "a + 2") "]}",
         "no finding"},
        {"{\"verdict\":\"reject\",\"findings\":[" FINDING("blocker", "return b;", "a + 2") "]}", "is proven"},
        {"{\"verdict\":\"reject\",\"findings\":[" FINDING("blocker", "{", "}") "]}", "is proven"},
        {"{\"verdict\":\"reject\",\"findings\":[" FINDING("blocker", "", "a + 2") "]}", "is proven"},
        {"{\"verdict\":\"reject\",\"findings\":[" FINDING("fatal", "return a + 1;", "a + 2") "]}",
         "\"severity\""},
        {"{\"verdict\":\"maybe\",\"findings\":[]}", "neither"},
        {"{\"findings\":[]}", "neither"},
        {"{\"verdict\":\"accept\"}", "no list \"findings\""},
        {"Looks good to me.", "not one JSON object"},
        {"```json\n{\"verdict\":\"accept\",\"findings\":[]}\n```\n```json\n{}\n```\n", "2 fenced blocks"},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_verdict verdict;
        int result = parse_verdict(&verdict, cases[i].text, &why);
        if (result != (cases[i].why ? 1 : 0) || (cases[i].why && !strstr(why.data, cases[i].why)))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
        if (result == 0)
            flow_verdict_release(&verdict);
    }
    flow_buf_release(&why);
}

#define CHANGED(file, source, target)                                                                        \
    "{\"verdict\":\"reject\",\"findings\":[{\"severity\":\"major\",\"file\":\"" file                         \
    "\",\"source_line\":7,\"target_line\":7,\"claim\":\"c\",\"evidence\":{\"source\":\"" source              \
    "\",\"target\":\"" target "\"},\"fix\":\"\"}]}"

static void test_a_change_is_proven_by_one_side_of_its_file(void **state)
{
    (void)state;
    static const struct flow_side before[] = {{"a.c", "int one;\nint two;\n", 18},
                                              {"b.c", "int gone;\n", 10}};
    static const struct flow_side after[] = {{"a.c", "int one;\nint new;\n", 18}};
    static const struct flow_sides sides = {
        .sources = before, .source_count = 2, .targets = after, .target_count = 1, .change = true};
    static const struct {
        const char *text;
        uint32_t source, target; // 0 and 0: not proven
    } cases[] = {
        {CHANGED("a.c", "", "int new;"), 0, 2},
        {CHANGED("a.c", "int two;", ""), 2, 0},
        {CHANGED("a.c", "int two;", "int new;"), 2, 2},
        {CHANGED("b.c", "int gone;", " "), 1, 0},
        {CHANGED("a.c", "", ""), 0, 0},
        {CHANGED("b.c", "", "int new;"), 0, 0},
        {CHANGED("c.c", "int two;", ""), 0, 0},
        {CHANGED("a.c", "int two;", "int old;"), 0, 0},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_verdict verdict;
        bool proven = cases[i].source + cases[i].target > 0;
        flow_buf_clear(&why);
        int result =
            flow_verdict_parse(&verdict, cases[i].text, strlen(cases[i].text), false, &sides, &why, NULL);
        if (result != (proven ? 0 : 1))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
        if (!proven) {
            assert_non_null(strstr(why.data, "before (\"source\") or after (\"target\") the change"));
            continue;
        }
        assert_int_equal(verdict.items[0].source_line, cases[i].source);
        assert_int_equal(verdict.items[0].target_line, cases[i].target);
        flow_verdict_release(&verdict);
    }
    flow_buf_release(&why);
}

static void test_judgement_rules_on_each_finding(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why; // NULL: fits
    } cases[] = {
        {"{\"findings\":[{\"number\":2,\"fate\":\"dismissed\",\"reason\":\"no\"},{\"number\":1,\"fate\":"
         "\"upheld\","
         "\"reason\":\"\"}]}",
         NULL},
        {"{\"findings\":[{\"number\":1,\"fate\":\"upheld\"}]}", "no ruling on finding 2"},
        {"{\"findings\":[{\"number\":1,\"fate\":\"upheld\"},{\"number\":1,\"fate\":\"upheld\"}]}",
         "two rulings"},
        {"{\"findings\":[{\"number\":3,\"fate\":\"upheld\"}]}", "from 1 to 2"},
        {"{\"findings\":[{\"number\":0,\"fate\":\"upheld\"}]}", "from 1 to 2"},
        {"{\"findings\":[{\"number\":1,\"fate\":\"fixed\"}]}", "neither"},
        {"{\"findings\":[{\"number\":1,\"fate\":\"dismissed\",\"reason\":\"\"}]}", "without a \"reason\""},
        {"{}", "no list \"findings\""},
        {"upheld", "not one JSON object"},
    };
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_judgement judgement;
        flow_buf_clear(&why);
        int result =
            flow_judgement_parse(&judgement, cases[i].text, strlen(cases[i].text), false, 2, &why, NULL);
        if (result != (cases[i].why ? 1 : 0) || (cases[i].why && !strstr(why.data, cases[i].why)))
            fail_msg("case %zu: %d, '%s'", i, result, why.data);
        if (result == 0) {
            assert_true(judgement.items[0].upheld);
            assert_false(judgement.items[1].upheld);
            assert_string_equal(judgement.items[1].reason, "no");
            flow_judgement_release(&judgement);
        }
    }
    flow_buf_release(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draft_reads_file_and_record),
        cmocka_unit_test(test_draft_says_what_does_not_fit),
        cmocka_unit_test(test_draft_refuses_cut_and_huge),
        cmocka_unit_test(test_edits_apply_once_each),
        cmocka_unit_test(test_fix_gives_every_finding_its_fate),
        cmocka_unit_test(test_verdict_proves_its_quotes),
        cmocka_unit_test(test_verdict_must_agree_with_its_findings),
        cmocka_unit_test(test_a_change_is_proven_by_one_side_of_its_file),
        cmocka_unit_test(test_judgement_rules_on_each_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
