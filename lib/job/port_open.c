// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/config/approval.h"
#include "flow/config/policy.h"
#include "holder.h"
#include "port_private.h"

const char *const port_template_names[PORT_TEMPLATES] = {
    [PORT_TRANSLATE] = "translate",
    [PORT_C_ABI] = "c-abi",
    [PORT_PIECE] = "piece",
    [PORT_UPDATE] = "update",
    [PORT_REPAIR] = "repair",
    [PORT_REVIEW_BEHAVIOUR] = "review-behaviour",
    [PORT_REVIEW_SOUNDNESS] = "review-soundness",
    [PORT_FIX] = "fix",
    [PORT_CONTRACT] = "contract",
};

void port_note(struct port *port, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pthread_mutex_lock(&port->hook_mutex);
    if (port->options->hooks.note)
        port->options->hooks.note(port->options->hooks.payload, text);
    pthread_mutex_unlock(&port->hook_mutex);
}

int port_unit_save(struct port *port, struct port_unit *unit, const char *state, const char *reason,
                   struct flow_error *err)
{
    char *copy = reason ? strdup(reason) : NULL;
    if (reason && !copy)
        return flow_error_nomem(err);
    struct flow_unit_state next = unit->state;
    snprintf(next.state, sizeof next.state, "%s", state);
    next.source_id = unit->source_id;
    next.reason = copy;
    if (flow_ledger_unit_set(port->ledger, port->unit_run, unit->unit->id, &next, err)) {
        free(copy);
        return -1;
    }
    flow_unit_state_release(&unit->state);
    unit->state = next;
    atomic_store(&unit->generation, next.generation);
    return 0;
}

static int read_number(struct port *port, const char *key, long min, long max, long fallback, unsigned *out,
                       struct flow_error *err)
{
    long value = 0;
    if (flow_config_int(port->config, key, min, max, fallback, &value, err))
        return -1;
    *out = (unsigned)value;
    return 0;
}

static int read_settings(struct port *port, struct flow_error *err)
{
    struct port_settings *s = &port->settings;
    unsigned piece = 0;
    const char *unit_budget = flow_config_str(port->config, "port.unit-budget", NULL);
    s->model =
        flow_config_str(port->config, "port.model", flow_config_str(port->config, "model.default", NULL));
    s->effort = flow_config_str(port->config, "port.effort", NULL);
    if (flow_config_bool(port->config, "port.contracts", false, &port->contracts, err))
        return -1;
    if (read_number(port, "port.rounds", 1, 20, 3, &s->rounds, err) ||
        read_number(port, "port.attempts", 1, 20, FLOW_AGENT_ATTEMPTS, &s->attempts, err) ||
        read_number(port, "port.brake", 0, 100, 50, &s->brake, err) ||
        read_number(port, "port.max-tokens", 0, 10000000, 0, &s->max_tokens, err) ||
        read_number(port, "port.jobs", 0, 4096, 0, &s->jobs, err) ||
        read_number(port, "port.piece-bytes", 2000, 1 << 24, 24000, &piece, err))
        return -1;
    s->piece_bytes = piece;
    s->unit_budget = (struct flow_budget){.nano_usd = -1, .tokens = -1, .calls = -1};
    if (unit_budget && flow_budget_parse(unit_budget, "port.unit-budget", &s->unit_budget, err))
        return -1;
    if (port->options->jobs)
        s->jobs = port->options->jobs;
    return review_models(port->config, "port.reviewer-model", s->model, s->reviewers, &port->arena, err);
}

// The value that the run remembers under key, else that of the revision.
static int pinned_commit(struct port *port, const char *key, const char *given, const char *fallback,
                         struct flow_id *out, struct flow_error *err)
{
    struct flow_buf kept;
    flow_buf_init(&kept, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(port->ledger, port->run, key, &kept, err);
    int result = known < 0 ? -1 : 0;
    if (result == 0 && (known == 0 || given)) {
        result = flow_repo_resolve(port->repo, given ? given : fallback, out, err);
        if (result == 0 && known == 1 && strcmp(key, "base") == 0 && strcmp(kept.data, out->hex) != 0)
            result = flow_error_set(err, FLOW_E_REFUSED,
                                    "run '%s' began at %.12s, not at '%s': begin another one with --name",
                                    port->options->name, kept.data, given);
    } else if (result == 0) {
        snprintf(out->hex, sizeof out->hex, "%s", kept.data);
        // A base that is gone (pruned, another clone) is said here rather than as a missing object later.
        result = flow_repo_resolve(port->repo, kept.data, out, err);
    }
    flow_buf_release(&kept);
    return result;
}

// One process at a time works on a run. Who waits is told for whom.
static int lock_run(struct port *port, const char *dir, struct flow_error *err)
{
    const struct flow_port_options *options = port->options;
    struct flow_error held = FLOW_ERROR_INIT;
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "port.%s", options->name);
    int result = flow_buf_check(&name, "name of the run", err);
    if (result == 0 && flow_run_lock(&port->lock, dir, name.data, false, NULL, &held)) {
        if (held.code == FLOW_E_REFUSED && options->wait) {
            port_note(port, "waiting: %s", held.message);
            result = flow_run_lock(&port->lock, dir, name.data, true, options->stop, err);
        } else {
            const char *way = held.code == FLOW_E_REFUSED ? "; wait for it with --wait, or stop it" : "";
            result = flow_error_set(err, held.code, "%s%s", held.message, way);
        }
    }
    flow_buf_release(&name);
    return result;
}

static int open_ledger(struct port *port, struct flow_error *err)
{
    struct flow_buf dir, path;
    size_t recovered = 0;
    flow_buf_init(&dir, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_repo_state_dir(port->repo, &dir, err);
    if (result == 0 && !(port->state_dir = strdup(dir.data)))
        result = flow_error_nomem(err);
    // A dry run only looks, and may do so while the run is being worked on.
    if (result == 0 && !port->options->dry_run)
        result = lock_run(port, dir.data, err);
    if (result == 0) {
        flow_path_join(&path, dir.data, "ledger.db");
        result = flow_ledger_open(&port->ledger, path.data, err);
    }
    if (result == 0)
        result = flow_ledger_run(port->ledger, "port", port->options->name, &port->run, err);
    port->unit_run = port->run;
    if (result == 0 && !port->options->dry_run)
        result = flow_ledger_recover(port->ledger, port->run, &recovered, err);
    if (result == 0 && recovered > 0)
        port_note(port, "%zu calls were cut off when the run last ended: they count in full", recovered);
    flow_buf_release(&path);
    flow_buf_release(&dir);
    return result;
}

// A dry run calls nobody: what a call would still need (a key) is said and stops nothing.
static int check_model(struct port *port, const char *model, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_models_check(port->models, model, &own) == 0)
        return 0;
    if (port->options->dry_run && own.code == FLOW_E_ENV)
        return flow_strv_find(&port->notes, own.message) < 0 ? flow_strv_add(&port->notes, own.message, err)
                                                             : 0;
    if (err)
        *err = own;
    return -1;
}

static void on_held(void *payload, const char *model, const char *reason, double seconds)
{
    const struct port *port = payload;
    holder_note_wait(port->ledger, port->run, model, reason, seconds);
}

static int open_models(struct port *port, struct flow_error *err)
{
    struct flow_models_options options = {.config = port->config,
                                          .record = port->options->record,
                                          .cancel = port->options->cut,
                                          .held = on_held,
                                          .payload = port};
    if (flow_models_new(&port->models, &options, err))
        return -1;
    // A dry run prices what it can; without a model it still counts.
    if (port->settings.model || !port->options->dry_run)
        if (check_model(port, port->settings.model, err))
            return -1;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        if (port->settings.reviewers[i] && check_model(port, port->settings.reviewers[i], err))
            return -1;
    if (port->settings.jobs == 0 && port->settings.model)
        port->settings.jobs = flow_models_parallel(port->models, port->settings.model);
    if (port->settings.jobs == 0)
        port->settings.jobs = 16;
    return flow_policy_jobs(&port->settings.jobs, err);
}

// A prompt that the repository brings goes to the model only after a person has agreed to exactly that text.
static int note_prompt(struct port *port, int which, struct flow_error *err)
{
    const struct flow_buf *text = &port->templates[which];
    struct flow_buf path, note;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&note, FLOW_BUF_LINE);
    flow_buf_printf(&path, ".flow/prompts/%s.md", port_template_names[which]);
    int known = flow_approval_check(port->state_dir, path.data, text->data, text->len, err);
    flow_buf_printf(&note, "prompt '%s' comes from the repository: %s%s", port_template_names[which],
                    path.data, known == 0 ? ", which nobody here has agreed to yet" : "");
    int result = known < 0 ? -1 : flow_strv_add(&port->notes, note.data, err);
    flow_buf_release(&note);
    flow_buf_release(&path);
    return result;
}

static int approve_run(struct port *port, struct flow_error *err)
{
    const struct {
        const char *key, *value;
    } pins[] = {{"base", port->base.hex},
                {"source", port->source.hex},
                {"from", flow_language_name(port->from)},
                {"to", flow_language_name(port->to)}};
    for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
        if (flow_ledger_run_set(port->ledger, port->run, pins[i].key, pins[i].value, err) ||
            (port->contracts &&
             flow_ledger_run_set(port->ledger, port->other.run, pins[i].key, pins[i].value, err)))
            return -1;
    if (port->options->budget)
        return flow_ledger_budget_set(port->ledger, port->run, port->options->budget, err);
    return 0;
}

static int approve_prompts(struct port *port, struct flow_error *err)
{
    const struct flow_port_hooks *hooks = &port->options->hooks;
    for (int i = 0; i < PORT_TEMPLATES; i++) {
        char path[64];
        if (!port->own_prompts[i])
            continue;
        snprintf(path, sizeof path, ".flow/prompts/%s.md", port_template_names[i]);
        const struct flow_brought prompt = {
            .what = path, .text = port->templates[i].data, .len = port->templates[i].len};
        if (flow_approve(port->state_dir, &prompt, 1, hooks->approve, hooks->payload, err))
            return -1;
    }
    return 0;
}

int port_approve(struct port *port, struct flow_error *err)
{
    if (approve_prompts(port, err) || (port->contracts && port_skeleton_approve(port, err)))
        return -1;
    return approve_run(port, err) || port_save_reopened(port, err) ? -1 : 0;
}

// The prompts that this run has a use for.
static bool is_used(const struct port *port, int which)
{
    return which != PORT_CONTRACT || port->contracts;
}

// Guide and prompts, by hash: what a failed unit is tried anew for when it changes.
static int write_recipe(struct port *port, struct flow_error *err)
{
    struct flow_id id;
    if (flow_id_of(&id, port->guide.general.data, port->guide.general.len, err))
        return -1;
    flow_buf_printf(&port->recipe, "guide %s\n", id.hex);
    for (int i = 0; i < PORT_TEMPLATES; i++) {
        if (!is_used(port, i))
            continue;
        if (flow_id_of(&id, port->templates[i].data, port->templates[i].len, err))
            return -1;
        flow_buf_printf(&port->recipe, "%s %s\n", port_template_names[i], id.hex);
    }
    return flow_buf_check(&port->recipe, "recipe", err);
}

static int read_templates(struct port *port, struct flow_error *err)
{
    for (int i = 0; i < PORT_TEMPLATES; i++) {
        if (!is_used(port, i))
            continue;
        int from =
            flow_template_read(port->repo, &port->source, port_template_names[i], &port->templates[i], err);
        if (from < 0)
            return -1;
        port->own_prompts[i] = from == 1;
        if (from == 1 && note_prompt(port, i, err))
            return -1;
    }
    return 0;
}

static int open_lookups(struct port *port, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, port->state_dir, "index.db");
    // The index is a cache: look-ups work without it.
    if (flow_index_open(&port->index, path.data, NULL))
        port->index = NULL;
    flow_buf_release(&path);
    struct flow_lookups_options options = {
        .repo = port->repo,
        .snapshot = port->analysis->snapshot,
        .languages = port->languages,
        .index = port->index,
        .send = port->send,
    };
    return flow_lookups_new(&port->lookups, &options, err);
}

int port_open(struct port *port, struct flow_error *err)
{
    struct flow_buf branch;
    if (read_settings(port, err) || open_ledger(port, err) || open_models(port, err) ||
        flow_send_new(&port->send, port->config, port->state_dir, err))
        return -1;
    if (pinned_commit(port, "base", port->options->base, "HEAD", &port->base, err) ||
        pinned_commit(port, "source", port->options->at, port->base.hex, &port->source, err))
        return -1;
    flow_buf_init(&branch, FLOW_BUF_LINE);
    flow_buf_printf(&branch, "refs/heads/flow/port/%s", port->options->name);
    port->branch = flow_buf_detach(&branch);
    if (!port->branch)
        return flow_error_nomem(err);
    if (port_members(port, err) || port_guide_load(port, err) || port_fields_load(port, err) ||
        read_templates(port, err) || write_recipe(port, err) || open_lookups(port, err))
        return -1;
    if (!port->options->dry_run && flow_repo_committer_check(port->repo, err))
        return -1;
    if (port_reconcile(port, err) || port_reopen(port, err) || port_hold_back(port, err) ||
        (port->contracts && port_contracts_open(port, err)))
        return -1;
    if (port->options->dry_run)
        return 0;
    port_control_tell(port, NULL);
    return port_control_open(port, err);
}
