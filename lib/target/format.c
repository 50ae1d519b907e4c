// SPDX-License-Identifier: MIT
/*
 * The target language's own formatter, run as a filter.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "flow/target/target.h"
#include "rules.h"
#include "template.h"

#define FORMAT_SECONDS 60.0

// The words of the command. Each is filled by itself: a version from a committed file is one word, whatever
// stands in it.
static int fill_words(const char *command, const struct flow_variable *version, struct flow_strv *words,
                      struct flow_error *err)
{
    struct flow_buf plain, word;
    int result = 0;
    flow_buf_init(&plain, FLOW_BUF_LINE);
    flow_buf_init(&word, FLOW_BUF_LINE);
    for (size_t len; result == 0; command += len) {
        command += strspn(command, " \t");
        len = strcspn(command, " \t");
        if (len == 0)
            break;
        flow_buf_clear(&plain);
        flow_buf_clear(&word);
        flow_buf_add(&plain, command, len);
        result = flow_buf_check(&plain, "the formatter's command", err);
        if (result == 0)
            result = flow_template_fill(&word, plain.data, version, 1, "the formatter's command", err);
        if (result == 0)
            result = flow_strv_add(words, word.data, err);
    }
    flow_buf_release(&word);
    flow_buf_release(&plain);
    return result;
}

static int pass_variable(struct flow_strv *env, const char *name, struct flow_error *err)
{
    const char *value = getenv(name);
    struct flow_buf variable;
    if (!value)
        return 0;
    flow_buf_init(&variable, FLOW_BUF_TEXT);
    flow_buf_printf(&variable, "%s=%s", name, value);
    int result = flow_buf_check(&variable, "environment", err);
    if (result == 0)
        result = flow_strv_add(env, variable.data, err);
    flow_buf_release(&variable);
    return result;
}

// What a formatter needs to find itself and its files. Keys are not among it.
static int fill_environment(const struct flow_rules *rules, struct flow_strv *env, struct flow_error *err)
{
    static const char *const always[] = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"};
    struct flow_strv names = {0};
    int result = flow_config_list(rules->conf, "target.formatter-env", &names, err);
    for (size_t i = 0; i < sizeof always / sizeof *always && result == 0; i++)
        result = pass_variable(env, always[i], err);
    for (size_t i = 0; i < names.count && result == 0; i++)
        result = pass_variable(env, names.items[i], err);
    flow_strv_release(&names);
    return result;
}

// A list as the kernel takes it: with NULL behind it.
static int end_list(struct flow_strv *list, struct flow_error *err)
{
    if (flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, err))
        return -1;
    list->items[list->count] = NULL;
    return 0;
}

// 1, 0, or -1 where there is no memory to look: a text that is not formatted for that would be another one.
static int is_installed(const char *program, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_proc_find(&path, program, &own) == 0;
    flow_buf_release(&path);
    return own.code == FLOW_E_NOMEM ? flow_error_nomem(err) : found;
}

static int run_formatter(const struct flow_strv *words, const struct flow_strv *env, const char *path,
                         const char *text, size_t len, struct flow_buf *out, struct flow_error *err)
{
    const char *program = words->items[0];
    int installed = is_installed(program, err);
    if (installed < 0)
        return -1;
    if (installed == 0) {
        flow_error_set(err, FLOW_E_NOT_FOUND, "formatter '%s' is not installed: '%s' stays as it was written",
                       program, path);
        return 0;
    }
    struct flow_buf formatted, talk;
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    flow_buf_init(&talk, FLOW_BUF_LINE);
    struct flow_proc proc = {.argv = (const char *const *)words->items,
                             .env = (const char *const *)env->items,
                             .input = text,
                             .input_len = len,
                             .timeout = FORMAT_SECONDS,
                             .out = &formatted,
                             .err = &talk};
    struct flow_proc_result result;
    int status = flow_proc_run(&proc, &result, err);
    if (status < 0 && err && err->code == FLOW_E_TIMEOUT)
        status = 0;
    else if (status == 0 && (result.status != 0 || formatted.len == 0))
        flow_error_set(err, FLOW_E_INVALID, "formatter '%s' could not read '%s': %.*s", program, path,
                       (int)flow_str_first_line(talk.data, talk.len, 200), talk.data);
    else if (status == 0) {
        flow_buf_add(out, formatted.data, formatted.len);
        status = flow_buf_check(out, path, err) < 0 ? -1 : 1;
    }
    flow_buf_release(&talk);
    flow_buf_release(&formatted);
    return status;
}

static int load_words(const struct flow_language *target, const struct flow_config *config,
                      struct flow_rules *rules, struct flow_strv *words, struct flow_error *err)
{
    if (flow_rules_load(rules, target, err) < 0)
        return -1;
    struct flow_variable version = {"version", flow_rules_version(rules, config)};
    int result = fill_words(rules->formatter, &version, words, err);
    if (result)
        flow_rules_release(rules);
    return result;
}

int flow_target_formatter(const struct flow_language *target, const struct flow_config *config,
                          struct flow_buf *out, struct flow_error *err)
{
    struct flow_strv words = {0};
    struct flow_rules rules;
    int result = load_words(target, config, &rules, &words, err);
    if (result == 0) {
        for (size_t i = 0; i < words.count; i++)
            flow_buf_printf(out, "%s%s", i ? " " : "", words.items[i]);
        result = words.count > 0 ? is_installed(words.items[0], err) : 0;
        flow_rules_release(&rules);
    }
    flow_strv_release(&words);
    return result;
}

int flow_target_format(const struct flow_language *target, const struct flow_config *config, const char *path,
                       const char *text, size_t len, struct flow_buf *out, struct flow_error *err)
{
    struct flow_strv words = {0}, env = {0};
    struct flow_rules rules;
    int result = load_words(target, config, &rules, &words, err);
    if (result == 0) {
        result = fill_environment(&rules, &env, err) || end_list(&words, err) || end_list(&env, err) ? -1 : 0;
        if (result == 0 && words.count > 0)
            result = run_formatter(&words, &env, path, text, len, out, err);
        flow_rules_release(&rules);
    }
    flow_strv_release(&env);
    flow_strv_release(&words);
    return result;
}
