// SPDX-License-Identifier: MIT
#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"

static const char *const keys[] = {
    "diagnostics.ignore", "diagnostics.enter",   "diagnostics.leave",
    "diagnostics.note",   "diagnostics.pattern", "diagnostics.more",
};

// Adds a file of the data folder, where there is one.
static int add_file(struct flow_config *config, const char *language, const char *name,
                    struct flow_error *err)
{
    struct flow_buf path, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "grammars/%s%s%s", language, language[0] ? "/" : "", name);
    int result = flow_buf_check(&text, "path", err);
    if (result == 0)
        result = flow_dir_data(&path, text.data, err);
    flow_buf_clear(&text);
    if (result == 0 && flow_path_exists(path.data)) {
        result = flow_file_read(path.data, &text, err);
        if (result == 0)
            result = flow_config_add_installed(config, text.data, text.len, path.data, err);
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

// The name of the language that this one is like ("tsx": "typescript"), else its own; appended to out.
static int find_model(struct flow_buf *out, const char *language, struct flow_error *err)
{
    struct flow_config *config;
    if (flow_config_new(&config, err))
        return -1;
    int result = add_file(config, language, "language.conf", err);
    if (result == 0) {
        flow_buf_puts(out, flow_config_str(config, "language.like", language));
        result = flow_buf_check(out, "language", err);
    }
    flow_config_free(config);
    return result;
}

static int add_patterns(struct flow_build_rules *rules, const struct flow_config *config, enum flow_line kind,
                        struct flow_error *err)
{
    struct flow_strv values;
    flow_strv_init(&values);
    int result = flow_config_list(config, keys[kind], &values, err);
    for (size_t i = 0; result == 0 && i < values.count; i++) {
        size_t *count = &rules->counts[kind];
        result = flow_grow(&rules->patterns[kind], &rules->caps[kind], *count + 1,
                           sizeof *rules->patterns[kind], err);
        if (result == 0)
            result = flow_pattern_compile(&rules->patterns[kind][*count], values.items[i], err);
        if (result == 0)
            ++*count;
        else
            flow_error_wrap(err, "%s", keys[kind]);
    }
    flow_strv_release(&values);
    return result;
}

static int load(struct flow_build_rules *rules, const char *language, const struct flow_config *project,
                struct flow_error *err)
{
    struct flow_buf model;
    flow_buf_init(&model, FLOW_BUF_LINE);
    // What is tried first is added first: lists of one level are one list.
    int result = flow_config_new(&rules->config, err);
    if (result == 0)
        result = find_model(&model, language, err);
    if (result == 0)
        result = add_file(rules->config, model.data, "build.conf", err);
    if (result == 0)
        result = add_file(rules->config, "", "build.conf", err);
    for (int kind = 0; result == 0 && kind < FLOW_LINE_COUNT; kind++) {
        if (project)
            result = add_patterns(rules, project, kind, err);
        if (result == 0)
            result = add_patterns(rules, rules->config, kind, err);
    }
    flow_buf_release(&model);
    return result;
}

int flow_build_rules_load(struct flow_build_rules **out, const char *language,
                          const struct flow_config *project, struct flow_error *err)
{
    struct flow_build_rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return flow_error_nomem(err);
    if (load(rules, language, project, err)) {
        flow_build_rules_free(rules);
        return -1;
    }
    *out = rules;
    return 0;
}

void flow_build_rules_free(struct flow_build_rules *rules)
{
    if (!rules)
        return;
    for (int kind = 0; kind < FLOW_LINE_COUNT; kind++) {
        for (size_t i = 0; i < rules->counts[kind]; i++)
            flow_pattern_release(&rules->patterns[kind][i]);
        free(rules->patterns[kind]);
    }
    flow_config_free(rules->config);
    free(rules);
}

const char *flow_build_command(const struct flow_build_rules *rules)
{
    return flow_config_str(rules->config, "build.command", NULL);
}

const char *flow_test_command(const struct flow_build_rules *rules)
{
    return flow_config_str(rules->config, "test.command", NULL);
}

const char *flow_lint_command(const struct flow_build_rules *rules)
{
    return flow_config_str(rules->config, "lint.command", NULL);
}

int flow_build_protected(const struct flow_build_rules *rules, struct flow_strv *globs,
                         struct flow_error *err)
{
    return flow_config_list(rules->config, "protect.path", globs, err);
}

int flow_build_rules_match(const struct flow_build_rules *rules, const char *line, size_t len,
                           enum flow_line *kind, struct flow_match *match, struct flow_error *err)
{
    for (int k = 0; k < FLOW_LINE_COUNT; k++) {
        for (size_t i = 0; i < rules->counts[k]; i++) {
            int result = flow_pattern_match(&rules->patterns[k][i], match, line, len, err);
            *kind = (enum flow_line)k;
            if (result != 0)
                return result;
        }
    }
    return 0;
}

// "CARGO_HOME ~/.cargo": the folder that the variable names, else the other one; one of the two may be
// missing.
static int find_folder(struct flow_buf *out, const char *value, struct flow_strv *env, struct flow_error *err)
{
    size_t len = strcspn(value, " \t");
    const char *fallback = value + len + strspn(value + len, " \t");
    const char *home = getenv("HOME");
    flow_buf_clear(out);
    if (value[0] == '~') {
        fallback = value;
    } else {
        if (flow_strv_addn(env, value, len, err))
            return -1;
        const char *folder = getenv(env->items[env->count - 1]);
        if (folder && folder[0] == '/')
            fallback = folder;
    }
    if (fallback[0] == '~' && home)
        flow_buf_printf(out, "%s%s", home, fallback + 1);
    else if (fallback[0] == '/')
        flow_buf_puts(out, fallback);
    return flow_buf_check(out, "path", err);
}

static int add_folders(const struct flow_build_rules *rules, const char *key, bool make,
                       struct flow_strv *folders, struct flow_strv *env, struct flow_error *err)
{
    struct flow_strv values;
    struct flow_buf path;
    flow_strv_init(&values);
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_config_list(rules->config, key, &values, err);
    for (size_t i = 0; result == 0 && i < values.count; i++) {
        result = find_folder(&path, values.items[i], env, err);
        if (result == 0 && make && path.len > 0)
            result = flow_dir_make(path.data, err);
        if (result == 0 && path.len > 0 && flow_path_exists(path.data))
            result = flow_strv_add(folders, path.data, err);
    }
    flow_buf_release(&path);
    flow_strv_release(&values);
    return result;
}

int flow_build_toolchain(const struct flow_build_rules *rules, bool fetch, struct flow_strv *read,
                         struct flow_strv *fetched, struct flow_strv *env, struct flow_error *err)
{
    if (add_folders(rules, "toolchain.read", false, read, env, err) ||
        add_folders(rules, "toolchain.cache", fetch, fetch ? fetched : read, env, err))
        return -1;
    return flow_config_list(rules->config, "toolchain.env", env, err);
}
