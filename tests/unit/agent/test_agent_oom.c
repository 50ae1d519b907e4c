// SPDX-License-Identifier: MIT
// Steps with a recording as the model, templates, look-ups, and what may be sent.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/agent.h"
#include "flow/agent/lookup.h"
#include "flow/agent/prompt.h"
#include "flow/agent/send.h"
#include "flow/base/file.h"
#include "oom.h"
#include "scratch.h"
#include "unit.h"

struct fixture {
    struct scratch scratch;
    char dir[80], path[256], model[300];
    struct flow_repo *repo;
    struct flow_id head;
    struct flow_snapshot *snapshot;
    struct flow_languages *languages;
    struct flow_config *config;
    struct flow_models *models;
    struct flow_ledger *ledger;
    struct flow_agent_env env;
    unsigned vote;
};

static const char *path_of(struct fixture *f, const char *name)
{
    snprintf(f->path, sizeof f->path, "%s%s", f->dir, name);
    return f->path;
}

static int setup(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_init(&f->scratch);
    scratch_run(&f->scratch, NULL,
                "git init -q r && cd r && mkdir -p .flow/prompts\n"
                "printf 'int answer(void)\\n{\\n    return 42;\\n}\\n' >a.c\n"
                "printf 'int twice(void)\\n{\\n    return answer() + answer();\\n}\\n' >b.c\n"
                "printf 'key = ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R\\n' >held.c\n"
                "echo '%%%% system' >.flow/prompts/translate.md\n"
                "git add -A && git commit -qm first\n");
    snprintf(f->dir, sizeof f->dir, "%s/", f->scratch.top);
    assert_ok(flow_repo_open(&f->repo, path_of(f, "r"), &err), &err);
    assert_ok(flow_repo_resolve(f->repo, "HEAD", &f->head, &err), &err);
    assert_ok(flow_snapshot_worktree(&f->snapshot, f->repo, &err), &err);
    assert_ok(flow_languages_load(&f->languages, &err), &err);
    assert_ok(flow_config_new(&f->config, &err), &err);
    assert_ok(flow_config_set(f->config, "send.exclude", "private/**", &err), &err);
    assert_ok(flow_ledger_open(&f->ledger, path_of(f, "ledger.db"), &err), &err);
    assert_ok(flow_ledger_run(f->ledger, "port", "main", &f->env.run, &err), &err);
    f->env.ledger = f->ledger;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_models_free(f->models);
    flow_ledger_free(f->ledger);
    flow_config_free(f->config);
    flow_languages_free(f->languages);
    flow_snapshot_free(f->snapshot);
    flow_repo_free(f->repo);
    scratch_release(&f->scratch);
    free(f);
    return 0;
}

static int look_up(void *payload, const struct flow_tool_call *call, struct flow_buf *out, bool *is_error,
                   struct flow_error *err)
{
    (void)payload;
    (void)err;
    *is_error = false;
    flow_buf_printf(out, "the answer to %s", call->input);
    return 0;
}

static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    (void)payload;
    if (strcmp(answer->text, "good") == 0)
        return 0;
    flow_buf_puts(why, "say good");
    return flow_buf_check(why, "reason", err) ? -1 : 1;
}

// A recording that looks something up, then answers what does not fit, then what does; at each attempt.
static void open_models(struct fixture *f)
{
    static const char *const replies[] = {
        "\"text\":\"\",\"calls\":[{\"id\":\"1\",\"name\":\"read\",\"input\":\"{}\"}],\"stop\":\"tools\"",
        "\"text\":\"bad\",\"stop\":\"end\"", "\"text\":\"good\",\"stop\":\"end\""};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (int attempt = 0; attempt < 3; attempt++)
        for (int turn = 0; turn < 3; turn++)
            flow_buf_printf(&text, "{\"step\":\"a.c/translate/-/0/0/%d/%d\",\"source\":\"1\",%s}\n", attempt,
                            turn, replies[turn]);
    assert_ok(flow_file_write(path_of(f, "tape"), text.data, text.len, 0600, &err), &err);
    flow_buf_release(&text);
    snprintf(f->model, sizeof f->model, "replay/%s", f->path);
    assert_ok(flow_models_new(&f->models, &(struct flow_models_options){.config = f->config}, &err), &err);
    f->env.models = f->models;
}

// Each time another vote, since the ledger has the reply to the last.
static int step(void *payload, struct flow_error *err)
{
    static const struct flow_tool_spec spec = {
        .name = "read", .description = "reads", .schema = "{\"type\":\"object\"}"};
    static const struct flow_agent_tools tools = {.specs = &spec, .count = 1, .answer = look_up};
    static const struct flow_block user = {.text = "a question", .len = 10};
    struct fixture *f = payload;
    struct flow_answer answer;
    const struct flow_step what = {.unit = "a.c",
                                   .role = "translate",
                                   .model = f->model,
                                   .source_id = "1",
                                   .vote = f->vote++,
                                   .user = &user,
                                   .user_count = 1,
                                   .max_tokens = 100,
                                   .tools = &tools};
    flow_models_free(f->models);
    f->models = NULL;
    if (flow_models_new(&f->models, &(struct flow_models_options){.config = f->config}, err))
        return -1;
    f->env.models = f->models;
    flow_answer_init(&answer);
    int result = flow_agent_step(&f->env, &what, fit, NULL, &answer, err);
    if (result == 0)
        assert_string_equal(answer.text, "good");
    flow_answer_release(&answer);
    // It is no reply that does not fit, which another attempt would mend.
    assert_int_not_equal(result, 1);
    return result;
}

static void test_steps(void **state)
{
    open_models(*state);
    // A cache of the ledger, or the breakpoints of a prompt, may be missing.
    oom_each_lenient(step, *state);
}

static int read_template(void *payload, struct flow_error *err)
{
    struct fixture *f = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int own = flow_template_read(f->repo, &f->head, "translate", &text, err);
    int ours = own < 0 ? -1 : flow_template_read(f->repo, &f->head, "fix", &text, err);
    flow_buf_release(&text);
    if (ours < 0)
        return -1;
    assert_int_equal(own, 1);
    assert_int_equal(ours, 0);
    return 0;
}

static void test_templates(void **state)
{
    // A handle that does not fit into the pool of the repository is closed instead.
    oom_each_lenient(read_template, *state);
}

static int send(void *payload, struct flow_error *err)
{
    static const char token[] = "key = ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R\n";
    struct fixture *f = payload;
    struct flow_send *send = NULL;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int result = flow_send_new(&send, f->config, f->dir, err);
    int held = result ? -1 : flow_send_check(send, "held.c", token, strlen(token), &why, err);
    int again = held < 0 ? -1 : flow_send_check(send, "held.c", token, strlen(token), &why, err);
    int excluded = again < 0 ? -1 : flow_send_check(send, "private/a.c", "", 0, &why, err);
    int sent = excluded < 0 ? -1 : flow_send_check(send, "a.c", "int a;\n", 7, &why, err);
    int allowed = sent < 0 ? -1 : flow_send_allow(send, "b.c", "int b;\n", 7, &why, err);
    flow_send_free(send);
    flow_buf_release(&why);
    // Whatever memory there was: what is to be held back never goes.
    if (held >= 0)
        assert_int_equal(held, 1);
    if (again >= 0)
        assert_int_equal(again, 1);
    if (excluded >= 0)
        assert_int_equal(excluded, 1);
    if (sent >= 0)
        assert_int_equal(sent, 0);
    return allowed < 0 ? -1 : 0;
}

static void test_send(void **state)
{
    oom_each_lenient(send, *state);
}

static int ask(const struct flow_lookups *lookups, const char *name, const char *input,
               struct flow_error *err)
{
    const struct flow_agent_tools *tools = flow_lookups_tools(lookups);
    char id[] = "1", tool[20], text[200];
    const struct flow_tool_call call = {.id = id, .name = tool, .input = text};
    struct flow_buf out;
    bool is_error = false;
    snprintf(tool, sizeof tool, "%s", name);
    snprintf(text, sizeof text, "%s", input);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int result = tools->answer(tools->payload, &call, &out, &is_error, err);
    if (result == 0)
        result = flow_buf_check(&out, "answer", err);
    // Memory that runs out is never told to the model, as an answer that another run would not give.
    if (result == 0 && (is_error || out.len == 0))
        fail_msg("%s %s: %s", name, input, out.data);
    flow_buf_release(&out);
    return result;
}

static int look(void *payload, struct flow_error *err)
{
    struct fixture *f = payload;
    struct flow_lookups *lookups = NULL;
    struct flow_send *send = NULL;
    int result = flow_send_new(&send, f->config, f->dir, err);
    struct flow_lookups_options options = {
        .repo = f->repo, .snapshot = f->snapshot, .languages = f->languages, .send = send};
    if (result == 0)
        result = flow_lookups_new(&lookups, &options, err);
    if (result == 0)
        result = ask(lookups, "read", "{\"path\":\"a.c\",\"first\":1}", err) ||
                         ask(lookups, "search", "{\"text\":\"answer\",\"files\":\"*.c\"}", err) ||
                         ask(lookups, "definition", "{\"name\":\"twice\"}", err) ||
                         ask(lookups, "references", "{\"name\":\"answer\"}", err) ||
                         ask(lookups, "list", "{\"path\":\"\"}", err)
                     ? -1
                     : 0;
    flow_lookups_free(lookups);
    flow_send_free(send);
    return result;
}

static void test_lookups(void **state)
{
    oom_each_lenient(look, *state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_steps),
        CASE(test_templates),
        CASE(test_send),
        CASE(test_lookups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
