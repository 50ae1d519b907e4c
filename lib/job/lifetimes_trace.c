// SPDX-License-Identifier: MIT
/*
 * A traced run: the sources get hooks, in a tree of their own; a script of the language builds them and runs
 * the tests with the library that watches the heap; what the processes noted is judged.
 */
#include "lifetimes_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/store/ledger.h"
#include "tree_run.h"

static void doing(const struct trace *trace, const char *what)
{
    if (trace->options->progress)
        trace->options->progress(trace->options->payload, what);
}

static size_t count_rows(const struct trace *trace, const struct flow_language *language)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->lifetimes->count; i++) {
        const char *path = trace->lifetimes->rows[i].file;
        const struct own_file *file = own_map_named(trace->model->files_at, own_text_of(path));
        count += file && file->conf->language == language;
    }
    return count;
}

// The language of most rows.
static int choose_language(struct trace *trace, struct flow_error *err)
{
    struct flow_buf path;
    size_t most = 0;
    for (size_t i = 0; i < trace->model->conf_count; i++) {
        if (!trace->model->confs[i])
            continue;
        size_t count = count_rows(trace, trace->model->confs[i]->language);
        if (count > most) {
            most = count;
            trace->language = trace->model->confs[i]->language;
        }
    }
    if (!trace->language)
        return flow_error_set(err, FLOW_E_ENV, "there is no field that could be traced");
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_language_file(trace->language, "trace.sh", &path, err);
    if (found == 0)
        flow_error_set(err, FLOW_E_ENV, "a traced run of programs in %s is not known: leave out --trace",
                       flow_language_name(trace->language));
    flow_buf_release(&path);
    return found == 1 ? 0 : -1;
}

static int add_variable(struct trace *trace, const char *name, const char *value, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s=%s", name, value);
    int result = flow_buf_check(&text, name, err);
    if (result == 0)
        result = flow_strv_add(&trace->env, text.data, err);
    flow_buf_release(&text);
    return result;
}

// A command, accepted by a person where the repository brings it.
static int add_command(struct trace *trace, const char *state, const char *key, const char *variable,
                       const char *own, struct flow_error *err)
{
    enum flow_config_level level = FLOW_CONFIG_OPTION;
    const char *text = flow_config_str(trace->options->config, key, NULL);
    flow_config_origin(trace->options->config, key, &level);
    const struct flow_brought brought = {.what = key, .text = text, .len = text ? strlen(text) : 0};
    if (!text && !own)
        return flow_error_set(err, FLOW_E_ENV,
                              "a traced run needs a command that is not known: set %s to it, or leave out "
                              "--trace",
                              key);
    if (text && level == FLOW_CONFIG_COMMITTED &&
        flow_approve(state, &brought, 1, trace->options->approve, trace->options->payload, err) != 0)
        return -1;
    return add_variable(trace, variable, text ? text : own, err);
}

static int open_commands(struct trace *trace, const char *state, struct flow_error *err)
{
    const struct flow_config *config = trace->options->config;
    return flow_build_rules_load(&trace->rules, flow_language_name(trace->language), config, err) ||
                   flow_build_toolchain(trace->rules, false, &trace->read, NULL, &trace->env, err) ||
                   add_command(trace, state, "build.command", "FLOW_BUILD", flow_build_command(trace->rules),
                               err) ||
                   add_command(trace, state, "test.command", "FLOW_TEST", flow_test_command(trace->rules),
                               err)
               ? -1
               : 0;
}

// A name of the folder without links in it: compilers write the one that the system tells them.
static int make_root(struct trace *trace, struct flow_error *err)
{
    struct flow_id id;
    struct flow_buf path;
    const char *repo = flow_repo_commondir(trace->options->repo);
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_id_of(&id, repo, strlen(repo), err) || flow_dir_cache(&path, err) ? -1 : 0;
    flow_buf_printf(&path, "/build/%.16s-lifetimes", id.hex);
    if (result == 0)
        result = flow_buf_check(&path, "path of the build tree", err);
    if (result == 0)
        result = flow_dir_remove(path.data, err) || flow_dir_make(path.data, err) ? -1 : 0;
    char *real = result == 0 ? realpath(path.data, NULL) : NULL;
    if (result == 0 && !real)
        result = flow_error_set(err, FLOW_E_ENV, "cannot find '%s', which was just made", path.data);
    if (real) {
        flow_buf_puts(&trace->root, real);
        flow_path_join(&trace->dir, real, "tree");
        flow_path_join(&trace->notes, real, "notes");
        result = flow_dir_make(trace->notes.data, err);
    }
    free(real);
    flow_buf_release(&path);
    return result;
}

// The library stands where the sandbox shows it, wherever flow is installed.
static int write_library(struct trace *trace, struct flow_error *err)
{
    struct flow_buf from, to, bytes;
    flow_buf_init(&from, FLOW_BUF_LINE);
    flow_buf_init(&to, FLOW_BUF_LINE);
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    flow_path_join(&to, trace->notes.data, "trace.so");
    int result = flow_dir_data(&from, "trace.so", err) || flow_file_read(from.data, &bytes, err) ||
                         flow_file_write(to.data, bytes.data, bytes.len, 0777, err) ||
                         add_variable(trace, "FLOW_TRACE_LIBRARY", to.data, err) ||
                         add_variable(trace, "FLOW_TRACE_DIR", trace->notes.data, err)
                     ? -1
                     : 0;
    flow_buf_release(&bytes);
    flow_buf_release(&to);
    flow_buf_release(&from);
    return result;
}

int trace_run(struct trace *trace, const char *text, struct flow_buf *out, struct flow_buf *talk,
              struct flow_sandbox_result *result, struct flow_error *err)
{
    struct tree_command run = {
        .text = text,
        .tree = trace->root.data,
        .dir = trace->dir.data,
        .read = &trace->read,
        .env = &trace->env,
        .unconfined = trace->options->unconfined,
        .cancel = trace->options->cancel,
    };
    if (tree_limits_read(trace->options->config, &run.limits, err) || tree_run(&run, out, talk, result, err))
        return -1;
    if (trace->options->cancel && atomic_load(trace->options->cancel))
        return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again");
    if (result->limit == FLOW_LIMIT_NONE)
        return 0;
    return flow_error_set(err, FLOW_E_ENV,
                          "the traced run was ended for what it took: it passed the limit on %s (sandbox.*)",
                          flow_limit_name(result->limit));
}

// The last words of a command.
static const char *tail(const struct flow_buf *text, size_t most)
{
    if (text->len == 0)
        return "nothing";
    return text->data + (text->len > most ? text->len - most : 0);
}

static int run_tests(struct trace *trace, struct flow_error *err)
{
    struct flow_buf path, script, said;
    struct flow_sandbox_result ended;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&script, FLOW_BUF_LINE);
    flow_buf_init(&said, FLOW_BUF_FILE);
    doing(trace, "building and testing with hooks");
    int result = flow_language_file(trace->language, "trace.sh", &path, err) < 0 ||
                         flow_file_read(path.data, &script, err) ||
                         trace_run(trace, script.data, &said, &said, &ended, err) ||
                         trace_read_notes(trace, err)
                     ? -1
                     : 0;
    if (result == 0 && trace->outcome->processes == 0)
        result = flow_error_set(err, FLOW_E_ENV,
                                "no test gave a field a value (build.command and test.command ended with "
                                "status %d, the tree is '%s'): %s",
                                ended.status, trace->dir.data, tail(&said, 600));
    if (result == 0)
        trace->outcome->status = ended.status;
    flow_buf_release(&said);
    flow_buf_release(&script);
    flow_buf_release(&path);
    return result;
}

static int carry_out(struct trace *trace, struct flow_error *err)
{
    if (trace_find_stores(trace, err) || make_root(trace, err) || write_library(trace, err) ||
        trace_write_sources(trace, err) || run_tests(trace, err))
        return -1;
    trace->outcome->hooks = trace->store_count;
    doing(trace, "looking up lines");
    if (trace_find_lines(trace, err) || trace_judge(trace, err))
        return -1;
    return flow_dir_remove(trace->root.data, err);
}

static int trace_init(struct trace *trace, struct flow_error *err)
{
    flow_strv_init(&trace->read);
    flow_strv_init(&trace->env);
    flow_strv_init(&trace->modules);
    flow_buf_init(&trace->root, FLOW_BUF_LINE);
    flow_buf_init(&trace->dir, FLOW_BUF_LINE);
    flow_buf_init(&trace->notes, FLOW_BUF_LINE);
    trace->notes_at = flow_map_new();
    trace->lines = flow_map_new();
    return trace->notes_at && trace->lines ? 0 : flow_error_nomem(err);
}

static void trace_release(struct trace *trace)
{
    flow_map_free(trace->lines);
    flow_map_free(trace->notes_at);
    free(trace->items);
    free(trace->stores);
    flow_build_rules_free(trace->rules);
    flow_buf_release(&trace->notes);
    flow_buf_release(&trace->dir);
    flow_buf_release(&trace->root);
    flow_strv_release(&trace->modules);
    flow_strv_release(&trace->env);
    flow_strv_release(&trace->read);
}

int flow_lifetimes_trace(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_trace_options *options,
                         struct flow_lifetimes_traced *out, struct flow_error *err)
{
    struct trace trace = {
        .lifetimes = lifetimes, .options = options, .outcome = out, .model = lifetimes->model};
    struct flow_run_lock *lock = NULL;
    struct flow_buf state;
    *out = (struct flow_lifetimes_traced){0};
    flow_buf_init(&state, FLOW_BUF_LINE);
    int result = trace_init(&trace, err) || choose_language(&trace, err) ||
                         tree_check_sandbox(options->unconfined, err) ||
                         flow_repo_state_dir(options->repo, &state, err) ||
                         open_commands(&trace, state.data, err) ||
                         flow_run_lock(&lock, state.data, "lifetimes-trace", false, NULL, err) ||
                         carry_out(&trace, err)
                     ? -1
                     : 0;
    flow_run_unlock(lock);
    flow_buf_release(&state);
    trace_release(&trace);
    return result;
}
