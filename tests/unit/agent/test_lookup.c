// SPDX-License-Identifier: MIT
#include "flow/agent/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/syntax/facts.h"
#include "scratch.h"
#include "unit.h"

/* A repository with a little of everything, and look-ups into its work tree. */
struct fixture {
    struct scratch scratch;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;
    struct flow_languages *languages;
    struct flow_index *index;
    struct flow_config *config;
    struct flow_send *send;
    struct flow_lookups *lookups;
};

static struct fixture fixture;

static int open_all(void)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char path[256];

    snprintf(path, sizeof path, "%s/r", fixture.scratch.top);
    assert_ok(flow_repo_open(&fixture.repo, path, &err), &err);
    assert_ok(flow_snapshot_worktree(&fixture.snapshot, fixture.repo, &err), &err);
    assert_ok(flow_languages_load(&fixture.languages, &err), &err);
    snprintf(path, sizeof path, "%s/index.db", fixture.scratch.top);
    assert_ok(flow_index_open(&fixture.index, path, &err), &err);
    assert_ok(flow_config_new(&fixture.config, &err), &err);
    assert_ok(flow_config_set(fixture.config, "send.exclude", "private/**", &err), &err);
    snprintf(path, sizeof path, "%s/", fixture.scratch.top);
    assert_ok(flow_send_new(&fixture.send, fixture.config, path, &err), &err);
    assert_ok(flow_lookups_new(&fixture.lookups,
                               &(struct flow_lookups_options){.repo = fixture.repo,
                                                              .snapshot = fixture.snapshot,
                                                              .languages = fixture.languages,
                                                              .index = fixture.index,
                                                              .send = fixture.send},
                               &err),
              &err);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    scratch_init(&fixture.scratch);
    scratch_run(
        &fixture.scratch, NULL, "%s",
        "git init -q r && cd r && mkdir -p src/deep .flow\n"
        "printf 'int answer(void)\\n{\\n    return 42;\\n}\\n' >src/a.c\n"
        "printf '#include \"a.h\"\\nint twice(void)\\n{\\n    return answer() + answer();\\n}\\n' >src/b.c\n"
        "printf 'int answer(void);\\n' >src/a.h\n"
        "printf 'one\\ntwo three\\n' >src/deep/notes.txt\n"
        "printf 'a\\0b answer\\n' >binary\n"
        "printf 'no end' >last\n"
        ": >empty\n"
        "ln -s /etc/passwd link\n"
        "ln -s /etc outside\n"
        "seq 1000 >many\n"
        "mkdir -p private other\n"
        "printf 'int private_one;\nint uses(void)\n{\n    return answer();\n}\n' >private/p.c\n"
        "printf 'const char *token = \"ghp_%s\";\nint held_one;\n' 0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R "
        ">other/h.c\n"
        "head -c 3000 /dev/zero | tr '\\0' x >wide\n"
        "git add -A && git commit -qm first");
    return open_all();
}

static int teardown(void **state)
{
    (void)state;
    flow_lookups_free(fixture.lookups);
    flow_send_free(fixture.send);
    flow_config_free(fixture.config);
    flow_index_free(fixture.index);
    flow_languages_free(fixture.languages);
    flow_snapshot_free(fixture.snapshot);
    flow_repo_free(fixture.repo);
    scratch_release(&fixture.scratch);
    return 0;
}

static void ask(const char *name, const char *input, struct flow_buf *out, bool *is_error)
{
    const struct flow_agent_tools *tools = flow_lookups_tools(fixture.lookups);
    char id[] = "1", name_copy[64], input_copy[512];
    const struct flow_tool_call call = {.id = id, .name = name_copy, .input = input_copy};
    struct flow_error err = FLOW_ERROR_INIT;

    snprintf(name_copy, sizeof name_copy, "%s", name);
    snprintf(input_copy, sizeof input_copy, "%s", input);
    flow_buf_init(out, FLOW_BUF_TEXT);
    assert_ok(tools->answer(tools->payload, &call, out, is_error, &err), &err);
}

static const struct {
    const char *name, *input, *answer;
    bool is_error;
} cases[] = {
    {"read", "{\"path\":\"src/a.c\"}", "1: int answer(void)\n2: {\n3:     return 42;\n4: }\n", false},
    {"read", "{\"path\":\"src/a.c\",\"first\":3,\"last\":3}", "3:     return 42;\n", false},
    {"read", "{\"path\":\"src/a.c\",\"first\":4,\"last\":900}", "4: }\n", false},
    {"read", "{\"path\":\"src/a.c\",\"first\":9}", "(the file has 4 lines)\n", false},
    {"read", "{\"path\":\"last\"}", "1: no end\n", false},
    {"read", "{\"path\":\"empty\"}", "(the file has 0 lines)\n", false},
    {"read", "{\"path\":\"src/a.c\",\"first\":0}", NULL, true},
    {"read", "{\"path\":\"src/a.c\",\"first\":3,\"last\":2}", NULL, true},
    {"read", "{\"first\":1}", NULL, true},
    {"read", "{\"path\":5}", NULL, true},
    // nothing that is held back
    {"read", "{\"path\":\"other/h.c\"}", "the file is held back: it is not sent", true},
    {"search", "{\"text\":\"held_one\"}", "(no line matches)\n", false},
    {"definition", "{\"name\":\"held_one\"}",
     "(no declaration of that name is known; search for it as text)\n", false},
    {"read", "{\"path\":\"private/p.c\"}", "the file is held back: it is not sent", true},
    {"definition", "{\"name\":\"private_one\"}",
     "(no declaration of that name is known; search for it as text)\n", false},
    {"references", "{\"name\":\"uses\"}", "(nothing mentions it)\n", false},
    {"search", "{\"text\":\"ghp_\"}", "(no line matches)\n", false},
    // nothing outside of the snapshot
    {"read", "{\"path\":\"../r/src/a.c\"}", "there is no such file in the repository", true},
    {"read", "{\"path\":\"/etc/passwd\"}", "there is no such file in the repository", true},
    {"read", "{\"path\":\"link\"}", "there is no such file in the repository", true},
    {"read", "{\"path\":\"outside/passwd\"}", "there is no such file in the repository", true},
    {"read", "{\"path\":\".git/config\"}", "there is no such file in the repository", true},
    {"read", "{\"path\":\"src\"}", "there is no such file in the repository", true},
    {"list", "{\"path\":\"src\"}", "a.c\na.h\nb.c\ndeep/\n", false},
    {"list", "{\"path\":\"src/\"}", "a.c\na.h\nb.c\ndeep/\n", false},
    {"list", "{\"path\":\"\"}", "binary\nempty\nlast\nlink\nmany\nother/\noutside\nprivate/\nsrc/\nwide\n",
     false},
    {"list", "{\"path\":\".\"}", "binary\nempty\nlast\nlink\nmany\nother/\noutside\nprivate/\nsrc/\nwide\n",
     false},
    {"list", "{\"path\":\"sr\"}", "there is no such folder", true},
    {"list", "{\"path\":\"..\"}", "there is no such folder", true},
    {"search", "{\"text\":\"return\"}",
     "src/a.c:3:     return 42;\nsrc/b.c:4:     return answer() + answer();\n", false},
    {"search", "{\"text\":\"answer\",\"glob\":\"*.h\"}", "src/a.h:1: int answer(void);\n", false},
    {"search", "{\"regex\":\"^(one|two) *t\"}", "src/deep/notes.txt:2: two three\n", false},
    {"search", "{\"text\":\"(one|two)\"}", "(no line matches)\n", false},
    {"search", "{\"text\":\"a\",\"regex\":\"a\"}", NULL, true},
    {"search", "{}", NULL, true},
    {"search", "{\"text\":\"\"}", NULL, true},
    {"search", "{\"regex\":\"(\"}", NULL, true},
    {"search", "{\"regex\":\"(a*)\\\\1\"}", NULL, true},
    {"search", "{\"regex\":\"(a{1,200}){1,200}\"}", NULL, true},
    {"search", "{\"regex\":\"a*b*c*d*e*f*g*h*i*j*\"}", NULL, true},
    {"definition", "{\"name\":\"answer\"}",
     "src/a.c, lines 1 to 4: function\n1: int answer(void)\n2: {\n3:     return 42;\n4: }\n"
     "src/a.h, lines 1 to 1: function\n1: int answer(void);\n",
     false},
    {"definition", "{\"name\":\"nothing\"}",
     "(no declaration of that name is known; search for it as text)\n", false},
    {"definition", "{\"name\":\"\"}", "give a name", true},
    {"references", "{\"name\":\"answer\"}", "src/a.c:1: count 1\nsrc/a.h:1: count 1\nsrc/b.c:4: count 2\n",
     false},
    {"references", "{\"name\":\"nothing\"}", "(nothing mentions it)\n", false},
    {"remove", "{\"path\":\"src\"}", "there is no such look-up", true},
    {"read", "not json", "the input is not JSON", true},
    {"read", "[]", NULL, true},
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_buf out;
        bool is_error;
        ask(cases[i].name, cases[i].input, &out, &is_error);
        if (is_error != cases[i].is_error || out.len == 0 ||
            (cases[i].answer != NULL && strcmp(out.data, cases[i].answer) != 0))
            fail_msg("case %zu, %s %s: error %d, '%s'", i, cases[i].name, cases[i].input, is_error, out.data);
        flow_buf_release(&out);
    }
}

static void test_answers_are_bounded_and_say_so(void **state)
{
    struct flow_buf out;
    bool is_error;

    (void)state;
    ask("read", "{\"path\":\"many\"}", &out, &is_error);
    assert_non_null(strstr(out.data, "\n400: 400\n(the file goes on: ask again from line 401)\n"));
    flow_buf_release(&out);
    ask("read", "{\"path\":\"wide\"}", &out, &is_error);
    assert_in_range(out.len, 400, 420);
    assert_non_null(strstr(out.data, "…"));
    flow_buf_release(&out);
    ask("search", "{\"regex\":\".\",\"glob\":\"many\"}", &out, &is_error);
    assert_non_null(strstr(out.data, "many:400: 400\n(there are more: narrow the search with a glob)\n"));
    flow_buf_release(&out);
}

/* The index gives what was put there, so that the files need no parse. */
static void test_facts_come_from_the_index(void **state)
{
    const struct flow_entry *entry = flow_snapshot_find(fixture.snapshot, "src/a.c");
    const struct flow_language *c = flow_languages_named(fixture.languages, "c");
    static const char other[] = "int planted;\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_parser *parser;
    struct flow_facts facts;
    struct flow_buf bytes, out;
    bool is_error;

    (void)state;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    assert_ok(flow_parser_new(&parser, fixture.languages, &err), &err);
    assert_ok(flow_facts_extract(&facts, parser, c, other, strlen(other), &err), &err);
    assert_ok(flow_facts_encode(&facts, &bytes, &err), &err);
    assert_ok(flow_index_put(fixture.index,
                             &(struct flow_index_key){
                                 .kind = "facts", .id = &entry->blob, .version = flow_language_version(c)},
                             bytes.data, bytes.len, &err),
              &err);
    assert_ok(flow_index_flush(fixture.index, &err), &err);
    ask("definition", "{\"name\":\"planted\"}", &out, &is_error);
    assert_non_null(strstr(out.data, "src/a.c, lines 1 to 1: variable"));
    flow_buf_release(&out);
    flow_buf_release(&bytes);
    flow_facts_release(&facts);
    flow_parser_free(parser);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answers),
        TEST(test_answers_are_bounded_and_say_so),
        TEST(test_facts_come_from_the_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
