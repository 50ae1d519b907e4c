// SPDX-License-Identifier: MIT
#include "flow/job/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/agent.h"
#include "flow/agent/lookup.h"
#include "flow/agent/reply.h"
#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/config/config.h"
#include "flow/model/model.h"
#include "flow/repo/repo.h"
#include "flow/store/index.h"
#include "flow/store/ledger.h"
#include "flow/syntax/language.h"

/* What one run of the tool holds open. */
struct session {
    const struct flow_agent_options *options;
    struct flow_repo *repo; /* NULL outside of any */
    struct flow_config *config;
    struct flow_models *models;
    struct flow_ledger *ledger;
    struct flow_buf state; /* folder of ledger and index */
    const char *model;
    int64_t run;
    /* for look-ups */
    struct flow_snapshot *snapshot;
    struct flow_languages *languages;
    struct flow_index *index;
    struct flow_send *send;
    struct flow_lookups *lookups;
};

void flow_agent_result_init(struct flow_agent_result *result)
{
    *result = (struct flow_agent_result){0};
    flow_buf_init(&result->text, FLOW_BUF_FILE);
}

void flow_agent_result_release(struct flow_agent_result *result)
{
    flow_buf_release(&result->text);
}

static int open_repository(struct session *s, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;

    if (flow_repo_open(&s->repo, s->options->directory, &own) == 0)
        return flow_repo_state_dir(s->repo, &s->state, err);
    // Being outside of a repository is normal for a filter, unless one was named or is needed.
    if (own.code == FLOW_E_NOT_FOUND && s->options->directory == NULL && !s->options->tools) {
        if (flow_dir_state(&s->state, err) != 0)
            return -1;
        flow_buf_putc(&s->state, '/');
        return flow_buf_check(&s->state, "path", err) == 0 ? flow_dir_make(s->state.data, err) : -1;
    }
    if (err != NULL)
        *err = own;
    return -1;
}

static int open_models(struct session *s, struct flow_error *err)
{
    const struct flow_models_options options = {
        .config = s->config, .record = s->options->record, .cancel = s->options->cancel};

    s->model = s->options->model;
    if (s->model == NULL)
        s->model = flow_config_str(s->config, "agent.model", NULL);
    if (s->model == NULL)
        s->model = flow_config_str(s->config, "model.default", NULL);
    if (flow_models_new(&s->models, &options, err) != 0)
        return -1;
    return flow_models_check(s->models, s->model, err);
}

static int open_file(struct session *s, const char *name, struct flow_buf *path, struct flow_error *err)
{
    flow_buf_clear(path);
    flow_buf_printf(path, "%s%s", s->state.data, name);
    return flow_buf_check(path, "path", err);
}

// The work tree, else the commit that a bare repository calls its head.
static int open_snapshot(struct session *s, struct flow_error *err)
{
    struct flow_id head;

    if (flow_repo_workdir(s->repo) != NULL)
        return flow_snapshot_worktree(&s->snapshot, s->repo, err);
    if (flow_repo_resolve(s->repo, "HEAD", &head, err) != 0)
        return -1;
    return flow_snapshot_commit(&s->snapshot, s->repo, &head, err);
}

static int open_lookups(struct session *s, struct flow_buf *path, struct flow_error *err)
{
    if (open_snapshot(s, err) != 0 || flow_languages_load(&s->languages, err) != 0 ||
        flow_send_new(&s->send, s->config, s->state.data, err) != 0 ||
        open_file(s, "index.db", path, err) != 0)
        return -1;
    // Without the cache, files are parsed.
    if (flow_index_open(&s->index, path->data, NULL) != 0)
        s->index = NULL;
    return flow_lookups_new(&s->lookups,
                            &(struct flow_lookups_options){.repo = s->repo,
                                                           .snapshot = s->snapshot,
                                                           .languages = s->languages,
                                                           .index = s->index,
                                                           .send = s->send},
                            err);
}

static int session_open(struct session *s, struct flow_error *err)
{
    struct flow_buf path;
    int rc = -1;

    flow_buf_init(&path, FLOW_BUF_LINE);
    if (open_repository(s, err) != 0 || flow_repo_config(s->repo, &s->config, err) != 0 ||
        open_models(s, err) != 0 || open_file(s, "ledger.db", &path, err) != 0 ||
        flow_ledger_open(&s->ledger, path.data, err) != 0 ||
        flow_ledger_run(s->ledger, "agent", "agent", &s->run, err) != 0)
        goto done;
    rc = s->options->tools ? open_lookups(s, &path, err) : 0;
done:
    flow_buf_release(&path);
    return rc;
}

static void session_close(struct session *s)
{
    flow_lookups_free(s->lookups);
    flow_send_free(s->send);
    flow_index_free(s->index);
    flow_languages_free(s->languages);
    flow_snapshot_free(s->snapshot);
    flow_ledger_free(s->ledger);
    flow_models_free(s->models);
    flow_config_free(s->config);
    flow_repo_free(s->repo);
    flow_buf_release(&s->state);
}

// What tells this question from all others: a recording finds its reply by it.
static int question_id(const struct session *s, struct flow_id *out, struct flow_error *err)
{
    const struct flow_agent_options *o = s->options;
    struct flow_jsonw w;
    struct flow_buf text;
    int rc = -1;

    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_jsonw_init(&w, &text);
    flow_jsonw_array(&w);
    flow_jsonw_strn(&w, o->prompt, o->prompt_len);
    flow_jsonw_strn(&w, o->system != NULL ? o->system : "", o->system_len);
    flow_jsonw_str(&w, o->schema);
    flow_jsonw_array_end(&w);
    if (flow_buf_check(&text, "prompt", err) == 0)
        rc = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return rc;
}

// How often the question was asked anew: a number of the ledger's, raised by `fresh`.
static int question_vote(struct session *s, const struct flow_id *question, unsigned *out,
                         struct flow_error *err)
{
    struct flow_buf text;
    char key[64], number[32];
    int found;

    snprintf(key, sizeof key, "fresh.%s", question->hex);
    flow_buf_init(&text, FLOW_BUF_LINE);
    found = flow_ledger_run_get(s->ledger, s->run, key, &text, err);
    *out = found == 1 ? (unsigned)strtoul(text.data, NULL, 10) : 0;
    flow_buf_release(&text);
    if (found < 0 || !s->options->fresh)
        return found < 0 ? -1 : 0;
    snprintf(number, sizeof number, "%u", ++*out);
    return flow_ledger_run_set(s->ledger, s->run, key, number, err);
}

/* What judges a reply, and keeps what fits. */
struct fit {
    bool json;
    struct flow_agent_result *out;
};

static bool is_json(const char *text, size_t len)
{
    struct flow_json *document = NULL;
    bool valid = flow_json_parse(&document, text, len, NULL) == 0;

    flow_json_free(document);
    return valid;
}

// JSON text may be bare, or in the only fenced block.
static int fit_json(const struct flow_answer *answer, struct flow_buf *out, struct flow_buf *why,
                    struct flow_error *err)
{
    struct flow_fences fences = {0};
    int rc = 1;

    if (is_json(answer->text, answer->len)) {
        flow_buf_add(out, answer->text, answer->len);
        return 0;
    }
    if (flow_fences_find(&fences, answer->text, answer->len, err) != 0)
        return -1;
    if (fences.count == 1 && is_json(fences.items[0].text, fences.items[0].len)) {
        flow_buf_add(out, fences.items[0].text, fences.items[0].len);
        rc = 0;
    } else {
        flow_buf_puts(why, answer->stop == FLOW_STOP_LENGTH
                               ? "the reply was cut off at the limit of tokens"
                               : "the reply must be one JSON value that fits the schema, and nothing else");
    }
    flow_fences_release(&fences);
    return rc;
}

static int fit_reply(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                     struct flow_error *err)
{
    struct fit *fit = payload;

    flow_buf_clear(&fit->out->text);
    fit->out->cut = answer->stop == FLOW_STOP_LENGTH;
    fit->out->stored = answer->stored;
    if (fit->json)
        return fit_json(answer, &fit->out->text, why, err);
    flow_buf_add(&fit->out->text, answer->text, answer->len);
    if (answer->stop == FLOW_STOP_END || answer->stop == FLOW_STOP_LENGTH)
        return 0;
    flow_buf_puts(why, "the reply did not end in a way that is known");
    return 1;
}

static int ask(struct session *s, struct flow_agent_result *out, struct flow_error *err)
{
    const struct flow_agent_options *o = s->options;
    const struct flow_block system = {.text = o->system, .len = o->system_len, .cache = true};
    const struct flow_block user = {.text = o->prompt, .len = o->prompt_len};
    const struct flow_agent_env env = {
        .ledger = s->ledger, .models = s->models, .run = s->run, .attempts = 1};
    struct fit fit = {.json = o->schema != NULL, .out = out};
    struct flow_answer answer;
    struct flow_id question;
    unsigned vote;
    int rc;

    if (question_id(s, &question, err) != 0 || question_vote(s, &question, &vote, err) != 0)
        return -1;
    flow_answer_init(&answer);
    rc = flow_agent_step(&env,
                         &(struct flow_step){.unit = "-",
                                             .role = "agent",
                                             .vote = vote,
                                             .model = s->model,
                                             .effort = o->effort,
                                             .source_id = question.hex,
                                             .system = &system,
                                             .system_count = o->system != NULL,
                                             .user = &user,
                                             .user_count = 1,
                                             .schema = o->schema,
                                             .max_tokens = o->max_tokens,
                                             .tools = o->tools ? flow_lookups_tools(s->lookups) : NULL},
                         fit_reply, &fit, &answer, err);
    flow_answer_release(&answer);
    return rc == 0 ? flow_buf_check(&out->text, "reply", err) : rc;
}

static void add_spending(const struct flow_spending *before, const struct flow_spending *after,
                         struct flow_agent_result *out)
{
    out->calls = after->calls - before->calls;
    out->nano_usd = after->spent_nano_usd - before->spent_nano_usd;
    out->unpriced_calls = after->unpriced_calls - before->unpriced_calls;
    out->input = after->input + after->cache_read + after->cache_write - before->input - before->cache_read -
                 before->cache_write;
    out->output = after->output - before->output;
}

int flow_agent_run(const struct flow_agent_options *options, struct flow_agent_result *out,
                   struct flow_error *err)
{
    struct session session = {.options = options};
    struct flow_spending before, after;
    int rc = -1;

    flow_buf_init(&session.state, FLOW_BUF_LINE);
    if (session_open(&session, err) != 0 ||
        flow_ledger_spending(session.ledger, session.run, &before, err) != 0)
        goto done;
    rc = ask(&session, out, err);
    // What it cost is told also where it failed.
    if (flow_ledger_spending(session.ledger, session.run, &after, rc == 0 ? err : NULL) == 0)
        add_spending(&before, &after, out);
    else
        rc = -1;
done:
    session_close(&session);
    return rc;
}
