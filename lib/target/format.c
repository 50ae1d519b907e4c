// SPDX-License-Identifier: MIT
/*
 * The target language's own formatter, run as a filter.
 */
#include <string.h>

#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "flow/target/target.h"
#include "rules.h"
#include "template.h"

#define FORMAT_SECONDS 60.0
#define FORMAT_WORDS   16

// Splits a command at blanks, in place.
static size_t split_words(char *text, const char **words, size_t max)
{
    size_t count = 0;
    for (char *save = NULL, *word = strtok_r(text, " \t", &save); word && count + 1 < max;
         word = strtok_r(NULL, " \t", &save))
        words[count++] = word;
    words[count] = NULL;
    return count;
}

static int run_formatter(char *command, const char *path, const char *text, size_t len, struct flow_buf *out,
                         struct flow_error *err)
{
    const char *words[FORMAT_WORDS];
    if (split_words(command, words, FORMAT_WORDS) == 0)
        return 0;
    if (!flow_proc_exists(words[0])) {
        flow_error_set(err, FLOW_E_NOT_FOUND, "formatter '%s' is not installed: '%s' stays as it was written",
                       words[0], path);
        return 0;
    }
    struct flow_buf formatted, talk;
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    flow_buf_init(&talk, FLOW_BUF_LINE);
    struct flow_proc proc = {.argv = words,
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
        flow_error_set(err, FLOW_E_INVALID, "formatter '%s' could not read '%s': %.*s", words[0], path,
                       (int)flow_str_first_line(talk.data, talk.len, 200), talk.data);
    else if (status == 0) {
        flow_buf_add(out, formatted.data, formatted.len);
        status = flow_buf_check(out, path, err) < 0 ? -1 : 1;
    }
    flow_buf_release(&talk);
    flow_buf_release(&formatted);
    return status;
}

static int fill_command(const struct flow_language *target, const struct flow_config *config,
                        struct flow_buf *out, struct flow_error *err)
{
    struct flow_rules rules;
    if (flow_rules_load(&rules, target, err) < 0)
        return -1;
    struct flow_variable version = {"version", flow_rules_version(&rules, config)};
    int result = flow_template_fill(out, rules.formatter, &version, 1, "the formatter's command", err);
    flow_rules_release(&rules);
    return result;
}

int flow_target_formatter(const struct flow_language *target, const struct flow_config *config,
                          struct flow_buf *out, struct flow_error *err)
{
    const char *words[FORMAT_WORDS];
    struct flow_buf command;
    flow_buf_init(&command, FLOW_BUF_LINE);
    int result = fill_command(target, config, &command, err);
    if (result == 0) {
        flow_buf_add(out, command.data, command.len);
        if (split_words(command.data, words, FORMAT_WORDS) > 0)
            result = flow_proc_exists(words[0]);
    }
    flow_buf_release(&command);
    return result;
}

int flow_target_format(const struct flow_language *target, const struct flow_config *config, const char *path,
                       const char *text, size_t len, struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf command;
    flow_buf_init(&command, FLOW_BUF_LINE);
    int result = fill_command(target, config, &command, err);
    if (result == 0)
        result = run_formatter(command.data, path, text, len, out, err);
    flow_buf_release(&command);
    return result;
}
