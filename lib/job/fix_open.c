// SPDX-License-Identifier: MIT
/*
 * What a run works with: settings, ledger and locks, the branch, the commands, the models.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"
#include "flow/agent/prompt.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/check/gates.h"
#include "flow/store/query.h"
#include "tree_run.h"

static int read_settings(struct fix *fix, struct flow_error *err)
{
    const struct flow_config *config = fix->config;
    long rounds = 0, jobs = 0, stall = 0, runs = 0;
    if (flow_config_int(config, "fix.rounds", 1, 1000, 10, &rounds, err) ||
        flow_config_int(config, "fix.jobs", 0, 4096, 0, &jobs, err) ||
        flow_config_int(config, "fix.stall", 1, 1000, 2, &stall, err) ||
        flow_config_int(config, "fix.baseline-runs", 1, 100, 2, &runs, err) ||
        tree_limits_read(config, &fix->limits, err))
        return -1;
    fix->rounds = fix->options->rounds ? fix->options->rounds : (unsigned)rounds;
    fix->stall = (unsigned)stall;
    fix->baseline_runs = (unsigned)runs;
    fix->jobs = fix->options->jobs ? fix->options->jobs : (unsigned)jobs;
    return 0;
}

// The job whose units and branch are worked on.
static const char *worked_on(const struct fix *fix)
{
    return fix->options->contracts ? "contract" : "port";
}

// A name that is in the ledger has been looked at when it came there.
static int find_port(const struct flow_run_row *run, void *payload)
{
    struct fix *fix = payload;
    if (strcmp(run->name, fix->options->name) != 0)
        return 0;
    if (strcmp(run->job, "port") == 0)
        fix->account = run->id;
    if (strcmp(run->job, worked_on(fix)) == 0)
        fix->port_run = run->id;
    return 0;
}

static int lock_runs(struct fix *fix, struct flow_error *err)
{
    static const char *const jobs[] = {"port", "fix"};
    struct flow_buf name;
    int result = 0;
    flow_buf_init(&name, FLOW_BUF_LINE);
    for (size_t i = 0; i < 2 && result == 0; i++) {
        flow_buf_clear(&name);
        flow_buf_printf(&name, "%s.%s", jobs[i], fix->options->name);
        result = flow_buf_check(&name, "name of the run", err);
        if (result == 0)
            result = flow_run_lock(&fix->locks[i], fix->state_dir.data, name.data, false, NULL, err);
    }
    flow_buf_release(&name);
    return result;
}

static int no_run(const struct fix *fix, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_NOT_FOUND,
                          "there is no port '%s' here: flow-port makes one, --name names another",
                          fix->options->name);
}

static int open_ledger(struct fix *fix, struct flow_error *err)
{
    struct flow_buf path;
    size_t recovered = 0;
    if (flow_repo_state_dir(fix->repo, &fix->state_dir, err))
        return -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, fix->state_dir.data, "ledger.db");
    int result =
        flow_path_exists(path.data) ? flow_ledger_open(&fix->ledger, path.data, err) : no_run(fix, err);
    flow_buf_release(&path);
    if (result == 0)
        result = flow_ledger_runs(fix->ledger, find_port, fix, err);
    if (result == 0 && fix->port_run == 0)
        result = no_run(fix, err);
    if (fix->options->contracts) {
        fix->run = fix->port_run;
        return result;
    }
    if (result == 0 && !fix->options->dry_run)
        result = lock_runs(fix, err);
    if (result == 0)
        result = flow_ledger_run(fix->ledger, "fix", fix->options->name, &fix->run, err);
    fix->account = fix->run;
    if (result == 0 && !fix->options->dry_run)
        result = flow_ledger_recover(fix->ledger, fix->run, &recovered, err);
    if (result == 0 && recovered > 0)
        fix_note(fix, "%zu calls were cut off when the run last ended: they count in full", recovered);
    return result;
}

// A value that flow-port keeps of its run.
static int read_pin(struct fix *fix, const char *key, struct flow_buf *out, struct flow_error *err)
{
    flow_buf_clear(out);
    int known = flow_ledger_run_get(fix->ledger, fix->port_run, key, out, err);
    return known == 0
               ? flow_error_set(err, FLOW_E_NOT_FOUND,
                                "nothing was ported in run '%s' yet: run flow-port first", fix->options->name)
               : known;
}

static int read_language(struct fix *fix, const char *key, const struct flow_language **out,
                         struct flow_error *err)
{
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    int result = read_pin(fix, key, &name, err) < 0 ? -1 : 0;
    if (result == 0 && !(*out = flow_languages_named(fix->languages, name.data)))
        result = flow_error_set(err, FLOW_E_ENV, "run '%s' ports %s '%s', which this flow does not know",
                                fix->options->name, key, name.data);
    flow_buf_release(&name);
    return result;
}

static int open_branch(struct fix *fix, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = read_pin(fix, "base", &text, err) < 0 ? -1 : 0;
    snprintf(fix->base.hex, sizeof fix->base.hex, "%s", text.data);
    flow_buf_clear(&text);
    flow_buf_printf(&text, "refs/heads/flow/%s/%s", worked_on(fix), fix->options->name);
    fix->branch = flow_arena_str(&fix->arena, text.data);
    flow_buf_clear(&text);
    if (result == 0 && !fix->branch)
        result = flow_error_nomem(err);
    if (result == 0 && flow_repo_ref(fix->repo, fix->branch, &fix->tip, &own))
        result = own.code == FLOW_E_NOT_FOUND
                     ? flow_error_set(err, own.code, "nothing was accepted yet: see flow-status")
                     : flow_error_set(err, own.code, "%s", own.message);
    int out =
        result == 0 && !fix->options->dry_run ? flow_repo_checked_out(fix->repo, fix->branch, &text, err) : 0;
    if (out == 1)
        out = flow_error_set(err, FLOW_E_REFUSED,
                             "branch '%s' is checked out in '%s': check out another one there",
                             fix->branch + strlen("refs/heads/"), text.data);
    flow_buf_release(&text);
    if (result || out < 0)
        return -1;
    return flow_snapshot_commit(&fix->snapshot, fix->repo, &fix->tip, err);
}

// The folder of the target project, as flow-port laid it out.
static int find_root(struct fix *fix, struct flow_error *err)
{
    const char *wanted =
        fix->from == fix->to ? "." : flow_config_str(fix->config, "target.root", flow_language_name(fix->to));
    size_t len = strlen(wanted);
    while (len > 0 && wanted[len - 1] == '/')
        len--;
    if (len == 1 && wanted[0] == '.')
        return 0;
    flow_buf_add(&fix->place.root, wanted, len);
    if (flow_path_confined(fix->place.root.data, err))
        return flow_error_wrap(err, "target.root");
    return 0;
}

// One tree for each run of each repository.
static int place_tree(struct fix *fix, struct flow_error *err)
{
    struct flow_id id;
    const char *repo = flow_repo_commondir(fix->repo);
    if (flow_id_of(&id, repo, strlen(repo), err) || flow_dir_cache(&fix->place.tree, err))
        return -1;
    // No name of a run has a '+'.
    flow_buf_printf(&fix->place.tree, "/build/%.16s-%s%s/tree", id.hex, fix->options->name,
                    fix->options->contracts ? "+contract" : "");
    flow_path_join(&fix->place.dir, fix->place.tree.data, fix->place.root.data);
    return flow_buf_check(&fix->place.tree, "path of the build tree", err) ||
                   flow_buf_check(&fix->place.dir, "path of the build tree", err)
               ? -1
               : 0;
}

// A command that the settings name, else flow's own.
static const char *find_command(const struct fix *fix, const char *key, const char *own, const char **origin)
{
    const char *command = flow_config_str(fix->config, key, NULL);
    *origin = command ? flow_config_origin(fix->config, key, NULL) : "flow's own";
    return command ? command : own;
}

// Without its tests the old program is not needed, but for coverage and proofs.
static void find_old(const struct fix *fix, struct flow_fix_old *old)
{
    if (fix->test)
        old->test = find_command(fix, "test.command", NULL, &old->test_origin);
    old->coverage = find_command(fix, "coverage.command", NULL, &old->coverage_origin);
    // Where the port takes the place of the old program, no tree has both.
    if (fix->from != fix->to)
        old->prove = find_command(fix, "prove.command", NULL, &old->prove_origin);
    if (old->test || old->prove)
        old->build = find_command(fix, "build.command", NULL, &old->build_origin);
    if (old->test || old->coverage || old->prove)
        old->fetch = find_command(fix, "fetch.command", NULL, &old->fetch_origin);
}

static void find_tests(struct fix *fix)
{
    if (fix->options->build_only)
        return;
    fix->test = find_command(fix, "fix.test", flow_test_command(fix->rules), &fix->test_origin);
    find_old(fix, &fix->old);
}

static int open_build(struct fix *fix, struct flow_error *err)
{
    if (find_root(fix, err) || place_tree(fix, err) ||
        flow_build_rules_load(&fix->rules, flow_language_name(fix->to), fix->config, err) ||
        flow_build_toolchain(fix->rules, false, &fix->read, NULL, &fix->env, err) || fix_guard_load(fix, err))
        return -1;
    // The old program is built with its own, for the baseline or by tests that need it.
    if (flow_build_rules_load(&fix->old_rules, flow_language_name(fix->from), NULL, err) ||
        (fix->from != fix->to &&
         flow_build_toolchain(fix->old_rules, false, &fix->read, NULL, &fix->env, err)))
        return -1;
    find_tests(fix);
    fix->fetch = find_command(fix, "fix.fetch", NULL, &fix->fetch_origin);
    fix->command = find_command(fix, "fix.build", flow_build_command(fix->rules), &fix->command_origin);
    if (!fix->command && !fix->options->test_only)
        return flow_error_set(err, FLOW_E_ENV, "how to build %s is not known: set fix.build to the command",
                              flow_language_name(fix->to));
    if (!fix->test && fix->options->test_only)
        return flow_error_set(err, FLOW_E_ENV, "how to test %s is not known: set fix.test to the command",
                              flow_language_name(fix->to));
    return 0;
}

static int open_round(struct fix *fix, struct flow_error *err)
{
    struct flow_buf text;
    long number = 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, "round", &text, err);
    int result = known < 0 ? -1 : 0;
    if (known == 1)
        result = flow_parse_long(text.data, "round", 0, INT32_MAX, &number, err);
    fix->round = (unsigned)number;
    flow_buf_release(&text);
    return result;
}

int fix_open(struct fix *fix, struct flow_error *err)
{
    if (read_settings(fix, err) || tree_check_sandbox(fix->options->unconfined, err) ||
        open_ledger(fix, err) || read_language(fix, "from", &fix->from, err) ||
        read_language(fix, "to", &fix->to, err) || open_branch(fix, err) || open_build(fix, err) ||
        fix_models_open(fix, err) || open_round(fix, err) ||
        flow_send_new(&fix->send, fix->config, fix->state_dir.data, err))
        return -1;
    int from = flow_template_read(fix->repo, &fix->base, "fix-build", &fix->template, err);
    fix->own_prompt = from == 1;
    if (fix->options->contracts && flow_gates_open_body(fix->to, &fix->open_body, err) < 0)
        return -1;
    return from < 0 || fix_review_open(fix, err) || flow_repo_committer_check(fix->repo, err) ? -1 : 0;
}

int fix_open_build(struct fix *fix, struct flow_error *err)
{
    const struct flow_fix_options *options = fix->options;
    return read_settings(fix, err) || (!options->dry_run && tree_check_sandbox(options->unconfined, err)) ||
                   flow_repo_state_dir(fix->repo, &fix->state_dir, err) || open_build(fix, err)
               ? -1
               : 0;
}
