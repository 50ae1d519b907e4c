// SPDX-License-Identifier: MIT
/*
 * A program of the user's as a model: the conversation on its standard input (conversation.h), the reply on
 * its standard output, exit status 0. It starts in an empty folder and sees PATH HOME LANG TERM, FLOW_ROLE
 * FLOW_UNIT FLOW_STEP FLOW_SCHEMA (the schema's text), FLOW_USAGE and what model.command.env names.
 * FLOW_USAGE is the path of a file where it may leave
 * {"input":N,"cache_read":N,"cache_write":N,"output":N,"model":"…"}; without, usage is estimated.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conversation.h"
#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "models.h"
#include "prefix.h"
#include "provider.h"
#include "words.h"

/* The kernel takes no longer single variable (MAX_ARG_STRLEN, 128 KiB). */
#define SCHEMA_MAX ((size_t)120 << 10)
/* A usage file holds a few numbers. */
#define USAGE_MAX  ((size_t)64 << 10)

/* Where a program runs: <dir>/work is empty, <dir>/usage is what it may write. */
struct place {
    struct flow_buf dir, work, usage;
};

static void place_release(struct place *place)
{
    if (place->dir.len > 0)
        flow_dir_remove(place->dir.data, NULL);
    flow_buf_release(&place->dir);
    flow_buf_release(&place->work);
    flow_buf_release(&place->usage);
}

static int place_make(struct place *place, struct flow_error *err)
{
    const char *tmp = getenv("TMPDIR");

    flow_buf_init(&place->dir, FLOW_BUF_LINE);
    flow_buf_init(&place->work, FLOW_BUF_LINE);
    flow_buf_init(&place->usage, FLOW_BUF_LINE);
    flow_buf_printf(&place->dir, "%s/flow-command-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
    if (flow_buf_check(&place->dir, "path", err) != 0)
        return -1;
    if (mkdtemp(place->dir.data) == NULL) {
        flow_error_errno(err, errno, "cannot make a temporary folder '%s'", place->dir.data);
        flow_buf_clear(&place->dir);
        return -1;
    }
    flow_buf_printf(&place->work, "%s/work", place->dir.data);
    flow_buf_printf(&place->usage, "%s/usage", place->dir.data);
    if (flow_buf_check(&place->work, "path", err) != 0 || flow_buf_check(&place->usage, "path", err) != 0)
        return -1;
    return flow_dir_make(place->work.data, err);
}

static int add_variable(struct flow_strv *env, const char *name, const char *value, struct flow_error *err)
{
    struct flow_buf text;
    int rc;

    if (value == NULL)
        return 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%s=%s", name, value);
    rc = flow_buf_check(&text, "environment", err) == 0 ? flow_strv_add(env, text.data, err) : -1;
    flow_buf_release(&text);
    return rc;
}

static int add_named(struct flow_models *models, struct flow_strv *env, struct flow_error *err)
{
    struct flow_strv names, words;
    const char *ignored;
    int rc = -1;

    flow_strv_init(&names);
    flow_strv_init(&words);
    if (flow_model_setting(models->config, "model.command.env", &ignored, err) != 0 ||
        flow_config_list(models->config, "model.command.env", &names, err) != 0)
        goto done;
    for (size_t i = 0; i < names.count; i++)
        if (flow_words_split(names.items[i], &words, err) != 0)
            goto done;
    for (size_t i = 0; i < words.count; i++)
        if (add_variable(env, words.items[i], getenv(words.items[i]), err) != 0)
            goto done;
    rc = 0;
done:
    flow_strv_release(&names);
    flow_strv_release(&words);
    return rc;
}

static int make_environment(const struct flow_attempt *a, const struct place *place, struct flow_strv *env,
                            struct flow_error *err)
{
    static const char *const passed[] = {"PATH", "HOME", "LANG", "TERM"};
    const struct flow_request *r = a->request;

    if (r->schema != NULL && strlen(r->schema) > SCHEMA_MAX)
        return flow_error_set(err, FLOW_E_TOO_BIG, "the schema is too large for a program's environment");
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        if (add_variable(env, passed[i], getenv(passed[i]), err) != 0)
            return -1;
    if (add_variable(env, "FLOW_ROLE", r->role, err) != 0 ||
        add_variable(env, "FLOW_UNIT", r->unit, err) != 0 ||
        add_variable(env, "FLOW_STEP", r->step, err) != 0 ||
        add_variable(env, "FLOW_SCHEMA", r->schema, err) != 0 ||
        add_variable(env, "FLOW_USAGE", place->usage.data, err) != 0)
        return -1;
    return add_named(a->models, env, err);
}

// The file of a program, as a path without links or ".." in its folders: it starts elsewhere, and the policy
// speaks of files. The last component stays as it is: what /usr/bin/x links to is root's choice.
static char *program_path(const char *name, struct flow_error *err)
{
    struct flow_buf found, path;
    char *folder = NULL, *whole = NULL;

    flow_buf_init(&found, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (flow_proc_find(&found, name, err) != 0)
        goto done;
    flow_buf_add(&path, found.data, flow_path_dir_len(found.data));
    if (flow_buf_check(&path, name, err) != 0)
        goto done;
    folder = realpath(path.len > 0 ? path.data : *found.data == '/' ? "/" : ".", NULL);
    if (folder == NULL) {
        flow_error_errno(err, errno, "cannot run '%s'", name);
        goto done;
    }
    flow_path_join(&path, folder, flow_path_base(found.data));
    whole = flow_buf_detach(&path);
    if (whole == NULL)
        flow_error_nomem(err);
done:
    free(folder);
    flow_buf_release(&found);
    flow_buf_release(&path);
    return whole;
}

// The words of the program, the first one the path of a file that the policy allows.
static int split_program(const struct flow_models *models, const char *name, struct flow_strv *words,
                         struct flow_error *err)
{
    char *path;

    if (flow_words_split(name, words, err) != 0)
        return -1;
    if (words->count == 0)
        return flow_error_set(err, FLOW_E_USAGE, "'command/%s' names no program", name);
    path = program_path(words->items[0], err);
    if (path == NULL)
        return -1;
    free(words->items[0]);
    words->items[0] = path;
    return flow_policy_program(&models->policy, path, err);
}

static uint64_t count_of(const struct flow_json *usage, const char *key)
{
    int64_t number = flow_json_int(flow_json_get(usage, key), 0);

    return number > 0 ? (uint64_t)number : 0;
}

static void read_usage(const struct flow_attempt *a, const struct place *place)
{
    struct flow_usage *usage = &a->reply->usage;
    struct flow_json *document = NULL;
    const char *model;
    struct flow_buf text;

    flow_buf_init(&text, USAGE_MAX);
    if (flow_file_read(place->usage.data, &text, NULL) == 0 &&
        flow_json_parse(&document, text.data, text.len, NULL) == 0 &&
        flow_json_type(document) == FLOW_JSON_OBJECT) {
        *usage = (struct flow_usage){.input = count_of(document, "input"),
                                     .cache_read = count_of(document, "cache_read"),
                                     .cache_write = count_of(document, "cache_write"),
                                     .output = count_of(document, "output")};
        model = flow_json_str(flow_json_get(document, "model"));
        if (model != NULL)
            a->reply->model = strdup(model);
    } else {
        *usage = (struct flow_usage){.input = flow_request_tokens(a->request),
                                     .output = flow_text_tokens(a->reply->text, a->reply->len),
                                     .estimated = true};
    }
    flow_json_free(document);
    flow_buf_release(&text);
}

// What the program said last, which is where most say why they failed.
static void last_line(const struct flow_buf *out, const struct flow_buf *errors, struct flow_buf *line)
{
    const struct flow_buf *from = errors->len > 0 ? errors : out;
    size_t end = from->len, start;

    while (end > 0 && from->data[end - 1] == '\n')
        end--;
    for (start = end; start > 0 && from->data[start - 1] != '\n'; start--)
        ;
    if (end > start)
        flow_buf_puts(line, ": ");
    flow_str_show(line, from->data + start, flow_str_first_line(from->data + start, end - start, 300));
}

static int judge(struct flow_attempt *a, const struct flow_proc_result *result, struct flow_buf *out,
                 const struct flow_buf *errors, struct flow_error *err)
{
    struct flow_buf line;

    if (result->status == 0 && out->len > 0) {
        a->reply->len = out->len;
        free(a->reply->text);
        a->reply->text = flow_buf_detach(out);
        a->reply->stop = FLOW_STOP_END;
        a->reply->seconds = result->seconds;
        a->reply->first_byte_seconds = -1;
        return a->reply->text != NULL ? 0 : flow_error_nomem(err);
    }
    a->fault->kind = FLOW_FAULT_RETRY;
    if (result->status == 0)
        return flow_error_set(err, FLOW_E_INVALID, "'%s' printed no reply", a->request->model);
    flow_buf_init(&line, FLOW_BUF_LINE);
    last_line(out, errors, &line);
    if (result->signal != 0)
        flow_error_set(err, FLOW_E_ENV, "'%s' was ended by signal %d%s", a->request->model, result->signal,
                       line.data);
    else
        flow_error_set(err, FLOW_E_ENV, "'%s' failed with status %d%s", a->request->model, result->status,
                       line.data);
    flow_buf_release(&line);
    return -1;
}

static enum flow_fault_kind kind_of(const struct flow_error *err)
{
    switch (err->code) {
    case FLOW_E_INTERRUPTED:
        return FLOW_FAULT_CANCELLED;
    case FLOW_E_TIMEOUT:
        return FLOW_FAULT_RETRY;
    default:
        return FLOW_FAULT_REFUSED;
    }
}

static int end_list(struct flow_strv *list, struct flow_error *err)
{
    if (flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, err) != 0)
        return -1;
    list->items[list->count] = NULL;
    return 0;
}

static int attempt(struct flow_attempt *a, struct flow_error *err)
{
    struct flow_proc_result result;
    struct flow_error failure = FLOW_ERROR_INIT;
    struct flow_strv words, env;
    struct flow_buf input, out, errors;
    struct place place;
    int rc = -1;

    flow_strv_init(&words);
    flow_strv_init(&env);
    flow_buf_init(&input, FLOW_BUF_FILE);
    flow_buf_init(&out, a->models->limits.net.size);
    flow_buf_init(&errors, FLOW_BUF_TEXT);
    flow_conversation_write(a->request, &input);
    if (place_make(&place, &failure) != 0 || split_program(a->models, a->name, &words, &failure) != 0 ||
        make_environment(a, &place, &env, &failure) != 0 || end_list(&words, &failure) != 0 ||
        end_list(&env, &failure) != 0 || flow_buf_check(&input, "conversation", &failure) != 0)
        goto done;
    rc = flow_proc_run(&(struct flow_proc){.argv = (const char *const *)words.items,
                                           .env = (const char *const *)env.items,
                                           .dir = place.work.data,
                                           .input = input.data,
                                           .input_len = input.len,
                                           .timeout = a->models->limits.command_seconds,
                                           .cancel = a->models->cancel,
                                           .out = &out,
                                           .err = &errors},
                       &result, &failure);
    // Nobody knows what a program took that was ended before it was done.
    a->reply->usage.open = rc != 0 && (failure.code == FLOW_E_INTERRUPTED || failure.code == FLOW_E_TIMEOUT);
    if (rc == 0)
        rc = judge(a, &result, &out, &errors, &failure);
    if (rc == 0)
        read_usage(a, &place);
done:
    if (rc != 0 && a->fault->kind == FLOW_FAULT_NONE)
        a->fault->kind = kind_of(&failure);
    if (rc != 0 && err != NULL)
        *err = failure;
    place_release(&place);
    flow_strv_release(&words);
    flow_strv_release(&env);
    flow_buf_release(&input);
    flow_buf_release(&out);
    flow_buf_release(&errors);
    return rc;
}

static int check(struct flow_models *models, const char *name, struct flow_error *err)
{
    struct flow_strv words;
    int rc;

    flow_strv_init(&words);
    rc = split_program(models, name, &words, err);
    flow_strv_release(&words);
    return rc;
}

static int destination(struct flow_models *models, const char *name, struct flow_buf *out,
                       struct flow_error *err)
{
    struct flow_strv words;
    int rc;

    flow_strv_init(&words);
    rc = split_program(models, name, &words, err);
    if (rc == 0) {
        flow_buf_puts(out, "program '");
        flow_str_show(out, words.items[0], strlen(words.items[0]));
        flow_buf_putc(out, '\'');
    }
    flow_strv_release(&words);
    return rc;
}

const struct flow_provider flow_provider_command = {
    .name = "command",
    .parallel = 4,
    .check = check,
    .destination = destination,
    .attempt = attempt,
};
