// SPDX-License-Identifier: MIT
#include "flow/job/optimize.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "optimize_private.h"
#include "tree_run.h"

#define NAME          "main" /* of the run: there is one for each repository */
#define DEFAULT_TREES 8      /* at most: each holds a build of the whole project */

/*
 * Talking.
 */

void optimize_doing(struct optimize *o, const char *format, ...)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pthread_mutex_lock(&o->mutex);
    if (hooks->progress)
        hooks->progress(hooks->payload, text);
    pthread_mutex_unlock(&o->mutex);
}

static void on_note(void *payload, const char *text)
{
    struct optimize *o = payload;
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    pthread_mutex_lock(&o->mutex);
    if (hooks->note)
        hooks->note(hooks->payload, text);
    pthread_mutex_unlock(&o->mutex);
}

const char *optimize_words(struct optimize *o, const char *text, size_t len)
{
    struct flow_buf shown;
    flow_buf_init(&shown, FLOW_BUF_LINE);
    flow_str_show(&shown, text, flow_str_first_line(text, len, 300));
    const char *copy = shown.failed ? NULL : flow_arena_str(&o->arena, shown.data);
    flow_buf_release(&shown);
    return copy;
}

size_t optimize_count(struct optimize *o, size_t *what)
{
    pthread_mutex_lock(&o->mutex);
    size_t now = ++*what;
    pthread_mutex_unlock(&o->mutex);
    return now;
}

int optimize_wait(struct optimize *o, struct flow_error *err)
{
    const atomic_int *stop = o->options->stop;
    watch_wait(o->watch);
    if (!stop || atomic_load(stop) == 0)
        return watch_stopped(o->watch, err);
    return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue");
}

bool optimize_over(struct optimize *o)
{
    const struct flow_optimize_options *options = o->options;
    pthread_mutex_lock(&o->mutex);
    if (options->until_ms > 0 && flow_time_wall_ms() >= options->until_ms)
        o->outcome->until = true;
    if (options->max_changes > 0 && o->branches >= options->max_changes)
        o->outcome->enough = true;
    bool over = o->outcome->until || o->outcome->enough;
    pthread_mutex_unlock(&o->mutex);
    return over;
}

/*
 * Opening.
 */

static void optimize_init(struct optimize *o, const struct flow_optimize_options *options,
                          struct flow_optimize_outcome *outcome)
{
    *o = (struct optimize){.options = options, .outcome = outcome};
    flow_arena_init(&o->arena);
    flow_buf_init(&o->state_dir, FLOW_BUF_LINE);
    flow_buf_init(&o->root, FLOW_BUF_LINE);
    flow_strv_init(&o->read);
    flow_strv_init(&o->env);
    flow_diagnostics_init(&o->warnings);
    flow_coverage_init(&o->covered);
    pthread_mutex_init(&o->mutex, NULL);
}

static void optimize_release(struct optimize *o)
{
    watch_free(o->watch);
    optimize_agents_free(o->agents);
    flow_coverage_release(&o->covered);
    flow_diagnostics_release(&o->warnings);
    optimize_tests_free(o->baseline);
    free(o->items);
    free(o->passes);
    flow_ledger_free(o->ledger);
    flow_run_unlock(o->lock);
    flow_snapshot_free(o->snapshot);
    flow_build_rules_free(o->rules);
    flow_parser_free(o->parser);
    flow_strv_release(&o->env);
    flow_strv_release(&o->read);
    flow_buf_release(&o->root);
    flow_buf_release(&o->state_dir);
    flow_arena_release(&o->arena);
    pthread_mutex_destroy(&o->mutex);
}

static int open_base(struct optimize *o, struct flow_error *err)
{
    const struct flow_optimize_options *options = o->options;
    return flow_repo_state_dir(options->repo, &o->state_dir, err) ||
                   flow_repo_resolve(options->repo, options->base, &o->base, err) ||
                   flow_snapshot_commit(&o->snapshot, options->repo, &o->base, err) ||
                   flow_parser_new(&o->parser, options->languages, err) ||
                   optimize_tests_new(&o->baseline, err)
               ? -1
               : 0;
}

// A dry run reads what is there, and leaves nothing behind.
static int open_ledger(struct optimize *o, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, o->state_dir.data, "ledger.db");
    int result = flow_buf_check(&path, "path", err);
    if (result == 0 && !o->options->dry_run)
        result = flow_run_lock(&o->lock, o->state_dir.data, "optimize." NAME, false, NULL, err);
    if (result == 0 && (!o->options->dry_run || flow_path_exists(path.data)))
        result = flow_ledger_open(&o->ledger, path.data, err);
    if (result == 0 && o->ledger)
        result = flow_ledger_run(o->ledger, "optimize", NAME, &o->run, err);
    flow_buf_release(&path);
    return result;
}

// The language of most candidates: its commands, patterns and linter are used.
static void choose_language(struct optimize *o)
{
    size_t most = 0;
    for (size_t i = 0; i < o->pass_count; i++) {
        size_t count = 0;
        for (size_t j = 0; j < o->count; j++)
            count += o->items[j].pass->language == o->passes[i].language;
        if (count > most) {
            most = count;
            o->language = o->passes[i].language;
        }
    }
}

static const char *pick(const struct optimize *o, const char *key, const char *own, const char **origin)
{
    const char *value = flow_config_str(o->options->config, key, NULL);
    *origin = value ? flow_config_origin(o->options->config, key, NULL) : own ? "flow's own" : "";
    return value ? value : own;
}

// How the language itself measures what tests execute: a script of its folder.
static int read_coverage(struct optimize *o, struct flow_error *err)
{
    struct flow_buf path, text;
    o->coverage = o->coverage_name = flow_config_str(o->options->config, "coverage.command", NULL);
    if (o->coverage)
        return 0;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    int found = flow_language_file(o->language, "coverage.sh", &path, err);
    int result = found < 0 ? -1 : 0;
    if (found == 1)
        result = flow_file_read(path.data, &text, err);
    if (result == 0)
        result = flow_buf_check(&text, "coverage.sh", err);
    if (result == 0 && found == 1) {
        o->coverage = flow_arena_str(&o->arena, text.data);
        o->coverage_name = flow_arena_str(&o->arena, path.data);
        result = o->coverage && o->coverage_name ? 0 : flow_error_nomem(err);
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

static int check_commands(const struct optimize *o, struct flow_error *err)
{
    const char *language = flow_language_name(o->language);
    if (!o->build)
        return flow_error_set(err, FLOW_E_ENV,
                              "how to build %s is not known: set build.command to the command", language);
    if (!o->test)
        return flow_error_set(err, FLOW_E_ENV, "how to test %s is not known: set test.command to the command",
                              language);
    if (!o->coverage && !o->options->untested)
        return flow_error_set(err, FLOW_E_ENV,
                              "how to measure what the tests execute is not known for %s: set "
                              "coverage.command to a command, or do without by --uncovered",
                              language);
    if (!o->bench && o->options->only_faster)
        return flow_error_set(err, FLOW_E_USAGE,
                              "--only-faster needs something to measure: set optimize.bench to a command");
    return 0;
}

// What coverage.sh builds on.
static int add_variable(struct optimize *o, const char *name, const char *value, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s=%s", name, value);
    int result = flow_buf_check(&text, name, err);
    if (result == 0)
        result = flow_strv_add(&o->env, text.data, err);
    flow_buf_release(&text);
    return result;
}

static int open_commands(struct optimize *o, struct flow_error *err)
{
    const struct flow_config *config = o->options->config;
    long trees = 0, cores = (long)flow_thread_cores() / 2;
    const char *root = flow_config_str(config, "optimize.root", ".");
    if (strcmp(root, ".") != 0) {
        flow_buf_puts(&o->root, root);
        if (flow_path_confined(o->root.data, err))
            return flow_error_wrap(err, "optimize.root");
    }
    cores = cores < 1 ? 1 : cores > DEFAULT_TREES ? DEFAULT_TREES : cores;
    if (flow_config_int(config, "optimize.trees", 1, OPTIMIZE_TREES_MAX, cores, &trees, err) ||
        tree_limits_read(config, &o->limits, err) ||
        flow_build_rules_load(&o->rules, flow_language_name(o->language), config, err) ||
        flow_build_toolchain(o->rules, false, &o->read, NULL, &o->env, err) || read_coverage(o, err))
        return -1;
    o->trees = (unsigned)trees;
    o->build = pick(o, "build.command", flow_build_command(o->rules), &o->build_origin);
    o->test = pick(o, "test.command", flow_test_command(o->rules), &o->test_origin);
    const char *origin;
    o->lint = pick(o, "optimize.lint", flow_lint_command(o->rules), &origin);
    o->bench = flow_config_str(config, "optimize.bench", NULL);
    if (!o->lint)
        snprintf(o->outcome->lint_why, sizeof o->outcome->lint_why, "none is known for the language");
    // A dry run shows what there is.
    if (o->options->dry_run)
        return 0;
    return check_commands(o, err) || add_variable(o, "FLOW_BUILD", o->build, err) ||
                   add_variable(o, "FLOW_TEST", o->test, err)
               ? -1
               : 0;
}

/*
 * What a person is shown and agrees to.
 */

static size_t pending(const struct optimize *o)
{
    size_t count = 0;
    for (size_t i = 0; i < o->count; i++)
        count += o->items[i].state == FLOW_OPTIMIZE_OPEN;
    return count;
}

static size_t count_files(const struct optimize *o)
{
    size_t count = 0;
    for (size_t i = 0; i < o->count; i++)
        count += i == 0 || o->items[i].file != o->items[i - 1].file;
    return count;
}

static int show_plan(struct optimize *o, struct flow_error *err)
{
    const struct flow_optimize_options *options = o->options;
    struct optimize_tree tree = {0};
    int result = optimize_tree_open(o, "0", &tree, err);
    struct flow_optimize_plan plan = {
        .base = o->base.hex,
        .language = flow_language_name(o->language),
        .candidates = o->count,
        .pending = pending(o),
        .files = count_files(o),
        .build = o->build,
        .build_origin = o->build_origin,
        .test = o->test,
        .test_origin = o->test_origin,
        .coverage = options->untested ? NULL : o->coverage_name,
        .lint = o->lint,
        .bench = o->bench,
        .tree = tree.dir.data,
        .trees = o->bench ? 1 : o->trees,
        .confined = !options->unconfined,
        .left_out = o->outcome->left_out_names,
        .builds = !options->dry_run && pending(o) > 0,
    };
    if (result == 0 && o->agents)
        result = optimize_agents_plan(o, &plan, err);
    if (result == 0)
        result = options->hooks.plan(options->hooks.payload, &plan, err);
    optimize_tree_release(&tree);
    return result;
}

// Commands of committed files are run only after somebody has seen and accepted them.
static int approve_commands(struct optimize *o, struct flow_error *err)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    const struct {
        const char *key, *text;
    } commands[] = {{"build.command", o->build},
                    {"test.command", o->test},
                    {"coverage.command", o->options->untested ? NULL : o->coverage},
                    {"optimize.lint", o->lint},
                    {"optimize.bench", o->bench}};
    struct flow_brought brought[sizeof commands / sizeof *commands];
    size_t count = 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        enum flow_config_level level = FLOW_CONFIG_OPTION;
        const char *text = commands[i].text;
        flow_config_origin(o->options->config, commands[i].key, &level);
        if (text && level == FLOW_CONFIG_COMMITTED)
            brought[count++] =
                (struct flow_brought){.what = commands[i].key, .text = text, .len = strlen(text)};
    }
    return flow_approve(o->state_dir.data, brought, count, hooks->approve, hooks->payload, err);
}

/*
 * Running.
 */

// Where only so many changes are wanted, no more are written at a time than may be. What the profile knows
// goes first, to its end: a limit may end the run.
static int try_all(struct optimize *o, struct optimize_tree *trees, struct flow_error *err)
{
    int more = 1, result = 0;
    while (result == 0 && more == 1) {
        more = optimize_ask(o, err);
        result = more < 0 ? -1 : 0;
        for (int hot = o->options->profiles->count > 0; hot >= 0 && result == 0; hot--)
            result = optimize_together(o, trees, hot, err) || optimize_alone(o, trees, err) ? -1 : 0;
    }
    return result;
}

static int open_watch(struct optimize *o, struct flow_error *err)
{
    const struct optimize_agents *agents = o->agents;
    const struct watch_options options = {.ledger = o->ledger,
                                          .run = o->run,
                                          .name = "optimize/" NAME,
                                          .jobs = agents ? agents->jobs : o->trees,
                                          .told = o->options->jobs > 0,
                                          .places = agents ? agents->places : NULL,
                                          .drain = &o->drain,
                                          .stop = o->options->stop,
                                          .lock = o->lock,
                                          .models = agents ? agents->models : NULL,
                                          .note = on_note,
                                          .payload = o};
    return watch_new(&o->watch, &options, err);
}

static int run_trees(struct optimize *o, struct flow_error *err)
{
    struct optimize_tree trees[OPTIMIZE_TREES_MAX] = {0};
    int result = 0;
    unsigned opened = 0;
    while (opened < o->trees && result == 0) {
        char name[16];
        snprintf(name, sizeof name, "%u", opened);
        result = optimize_tree_open(o, name, &trees[opened++], err);
    }
    if (result == 0)
        result = optimize_base(o, &trees[0], err);
    if (result == 0)
        result = try_all(o, trees, err);
    for (unsigned i = 0; i < opened; i++)
        optimize_tree_release(&trees[i]);
    return result;
}

static int mark(struct optimize *o, const char *kind, const char *state, const char *text,
                struct flow_error *err)
{
    return flow_ledger_run_set(o->ledger, o->run, "state", state, err) ||
                   flow_ledger_event(o->ledger, o->run, kind, NULL, text, err)
               ? -1
               : 0;
}

static int mark_end(struct optimize *o, int result, const struct flow_error *ended, struct flow_error *err)
{
    struct flow_buf state;
    const char *why = result ? ended->message : "done";
    int status = result ? flow_error_status(ended->code) : 0;
    flow_buf_init(&state, FLOW_BUF_LINE);
    flow_buf_printf(&state, "ended %lld %d %s", (long long)flow_time_wall_ms(), status, why);
    int marked = flow_buf_check(&state, "state of the run", err);
    if (marked == 0)
        marked = mark(o, "end", state.data, why, err);
    flow_buf_release(&state);
    return marked;
}

static int carry_out(struct optimize *o, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT, lost = FLOW_ERROR_INIT;
    char text[60];
    if (approve_commands(o, err) || flow_repo_committer_check(o->options->repo, err) ||
        (o->agents && optimize_agents_begin(o, err)))
        return -1;
    snprintf(text, sizeof text, "process %ld", (long)getpid());
    if (open_watch(o, err) || mark(o, "begin", "begun", text, err))
        return -1;
    int result = run_trees(o, &own);
    // Whichever call it kept from leaving, that is why.
    if (result && own.code == FLOW_E_INTERRUPTED)
        watch_stopped(o->watch, &own);
    watch_free(o->watch);
    o->watch = NULL;
    // What it cost is told also where it failed.
    if (o->agents && optimize_agents_end(o, &lost) && result == 0) {
        own = lost;
        result = -1;
    }
    if (mark_end(o, result, &own, &lost) && result == 0) {
        own = lost;
        result = -1;
    }
    if (result && err)
        *err = own;
    return result;
}

static int by_line(const void *a, const void *b)
{
    const struct optimize_candidate *left = a, *right = b;
    int order = strcmp(left->file->entry->path, right->file->entry->path);
    if (order == 0)
        order = (left->line > right->line) - (left->line < right->line);
    if (order == 0)
        order = (left->span.start > right->span.start) - (left->span.start < right->span.start);
    if (order == 0)
        order = (left->span.end < right->span.end) - (left->span.end > right->span.end);
    return order ? order : strcmp(left->id.hex, right->id.hex);
}

static void show_rows(struct optimize *o)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    if (o->count > 0)
        qsort(o->items, o->count, sizeof *o->items, by_line);
    for (size_t i = 0; i < o->count; i++) {
        const struct optimize_candidate *candidate = &o->items[i];
        bool branch = (candidate->state == FLOW_OPTIMIZE_KEPT || candidate->state == FLOW_OPTIMIZE_KNOWN) &&
                      !candidate->gone;
        const struct flow_optimize_row row = {
            .path = candidate->file->entry->path,
            .line = candidate->line,
            .pass = candidate->pass->full,
            .state = candidate->state,
            .earlier = candidate->earlier,
            .branch = branch ? candidate->branch + strlen("refs/heads/") : NULL,
            .heat = o->options->profiles->count > 0 ? candidate->heat : -1,
            .linter = candidate->linter,
            .evidence = candidate->gone  ? "its branch was taken away"
                        : candidate->why ? candidate->why
                                         : "",
        };
        o->outcome->states[candidate->state]++;
        o->outcome->linted += candidate->linter != NULL && branch;
        if (hooks->row)
            hooks->row(hooks->payload, &row);
    }
}

int flow_optimize(const struct flow_optimize_options *options, struct flow_optimize_outcome *outcome,
                  struct flow_error *err)
{
    struct optimize o;
    *outcome = (struct flow_optimize_outcome){0};
    optimize_init(&o, options, outcome);
    int result = open_base(&o, err) || open_ledger(&o, err) || optimize_agents_open(&o, err) ||
                         optimize_passes_load(&o, err)
                     ? -1
                     : 0;
    if (result == 0) {
        optimize_passes_leave_out(&o);
        result = optimize_passes_open(&o, true, err) || optimize_find(&o, err) || optimize_heat(&o, err) ||
                         optimize_known(&o, err)
                     ? -1
                     : 0;
    }
    outcome->candidates = o.count;
    choose_language(&o);
    if (result == 0 && o.count > 0)
        result = open_commands(&o, err) ||
                         (!options->dry_run && tree_check_sandbox(o.options->unconfined, err)) ||
                         show_plan(&o, err)
                     ? -1
                     : 0;
    bool begun = result == 0;
    if (result == 0 && !options->dry_run && pending(&o) > 0)
        result = carry_out(&o, err);
    if (begun)
        show_rows(&o);
    optimize_release(&o);
    return result;
}

int flow_optimize_list(const struct flow_optimize_options *options, struct flow_error *err)
{
    struct optimize o;
    struct flow_optimize_outcome outcome = {0};
    optimize_init(&o, options, &outcome);
    int result = open_base(&o, err) || optimize_passes_load(&o, err) ? -1 : 0;
    for (size_t i = 0; result == 0 && i < o.pass_count; i++) {
        const struct optimize_pass *pass = &o.passes[i];
        const struct flow_optimize_pass row = {.name = pass->full,
                                               .origin = pass->folder ? pass->folder : "flow",
                                               .prompt = pass->prompt,
                                               .about = pass->about};
        options->hooks.pass(options->hooks.payload, &row);
    }
    optimize_release(&o);
    return result;
}
