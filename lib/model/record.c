// SPDX-License-Identifier: MIT
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"

struct flow_recorder {
    char *path;
    int fd;
    pthread_mutex_t lock;
};

static const char *const stops[] = {
    [FLOW_STOP_END] = "end",         [FLOW_STOP_TOOLS] = "tools",     [FLOW_STOP_LENGTH] = "length",
    [FLOW_STOP_REFUSAL] = "refusal", [FLOW_STOP_UNKNOWN] = "unknown",
};

int flow_recorder_new(struct flow_recorder **out, const char *path, struct flow_error *err)
{
    struct flow_recorder *recorder = calloc(1, sizeof *recorder);

    if (recorder == NULL)
        return flow_error_nomem(err);
    recorder->path = strdup(path);
    recorder->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pthread_mutex_init(&recorder->lock, NULL);
    if (recorder->path != NULL && recorder->fd >= 0) {
        *out = recorder;
        return 0;
    }
    flow_error_errno(err, recorder->path == NULL ? ENOMEM : errno, "cannot write recording '%s'", path);
    flow_recorder_free(recorder);
    return -1;
}

void flow_recorder_free(struct flow_recorder *recorder)
{
    if (recorder == NULL)
        return;
    if (recorder->fd >= 0)
        close(recorder->fd);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder->path);
    free(recorder);
}

static void write_calls(struct flow_jsonw *w, const struct flow_reply *reply)
{
    flow_jsonw_key(w, "calls");
    flow_jsonw_array(w);
    for (size_t i = 0; i < reply->call_count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "id", reply->calls[i].id);
        flow_jsonw_member(w, "name", reply->calls[i].name);
        flow_jsonw_member(w, "input", reply->calls[i].input);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

static void write_usage(struct flow_jsonw *w, const struct flow_usage *usage)
{
    flow_jsonw_key(w, "usage");
    flow_jsonw_object(w);
    flow_jsonw_key(w, "input");
    flow_jsonw_int(w, (int64_t)usage->input);
    flow_jsonw_key(w, "cache_read");
    flow_jsonw_int(w, (int64_t)usage->cache_read);
    flow_jsonw_key(w, "cache_write");
    flow_jsonw_int(w, (int64_t)usage->cache_write);
    flow_jsonw_key(w, "output");
    flow_jsonw_int(w, (int64_t)usage->output);
    flow_jsonw_key(w, "estimated");
    flow_jsonw_bool(w, usage->estimated);
    flow_jsonw_object_end(w);
}

static void write_row(struct flow_buf *out, const struct flow_request *request,
                      const struct flow_reply *reply)
{
    struct flow_jsonw w;

    flow_jsonw_init(&w, out);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "step", request->step);
    flow_jsonw_member(&w, "source", request->source_id);
    flow_jsonw_member(&w, "role", request->role);
    flow_jsonw_member(&w, "unit", request->unit);
    flow_jsonw_member(&w, "model", request->model);
    flow_jsonw_key(&w, "text");
    flow_jsonw_strn(&w, reply->text, reply->len);
    if (reply->call_count > 0)
        write_calls(&w, reply);
    flow_jsonw_member(&w, "stop", stops[reply->stop]);
    if (reply->stop_detail != NULL)
        flow_jsonw_member(&w, "stop_detail", reply->stop_detail);
    write_usage(&w, &reply->usage);
    flow_jsonw_object_end(&w);
    flow_buf_putc(out, '\n');
}

int flow_recorder_add(struct flow_recorder *recorder, const struct flow_request *request,
                      const struct flow_reply *reply, struct flow_error *err)
{
    struct flow_buf row;
    int rc = -1;

    flow_buf_init(&row, FLOW_BUF_FILE);
    write_row(&row, request, reply);
    if (flow_buf_check(&row, "recording", err) == 0) {
        pthread_mutex_lock(&recorder->lock);
        rc = flow_fd_write(recorder->fd, recorder->path, row.data, row.len, err);
        pthread_mutex_unlock(&recorder->lock);
    }
    flow_buf_release(&row);
    return rc;
}

static int read_calls(const struct flow_json *calls, struct flow_reply *out, struct flow_error *err)
{
    size_t count = flow_json_count(calls);

    if (count == 0)
        return 0;
    out->calls = calloc(count, sizeof *out->calls);
    if (out->calls == NULL)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(calls); item != NULL; item = flow_json_next(item)) {
        const char *id = flow_json_str(flow_json_get(item, "id"));
        const char *name = flow_json_str(flow_json_get(item, "name"));
        const char *input = flow_json_str(flow_json_get(item, "input"));
        struct flow_tool_call *call = &out->calls[out->call_count++];
        if (id == NULL || name == NULL || input == NULL)
            return flow_error_set(err, FLOW_E_INVALID, "a call in the recording lacks id, name or input");
        *call = (struct flow_tool_call){.id = strdup(id), .name = strdup(name), .input = strdup(input)};
        if (call->id == NULL || call->name == NULL || call->input == NULL)
            return flow_error_nomem(err);
    }
    return 0;
}

static uint64_t count_at(const struct flow_json *row, const char *path)
{
    int64_t number = flow_json_int(flow_json_at(row, path), 0);

    return number > 0 ? (uint64_t)number : 0;
}

static enum flow_reply_stop read_stop(const struct flow_json *row)
{
    const char *word = flow_json_str(flow_json_get(row, "stop"));

    for (size_t i = 0; word != NULL && i < sizeof stops / sizeof stops[0]; i++)
        if (strcmp(stops[i], word) == 0)
            return (enum flow_reply_stop)i;
    // A row that was written by hand may leave it out.
    return word == NULL ? FLOW_STOP_END : FLOW_STOP_UNKNOWN;
}

int flow_record_reply(const struct flow_json *row, struct flow_reply *out, struct flow_error *err)
{
    const char *text = flow_json_str(flow_json_get(row, "text"));
    const char *detail = flow_json_str(flow_json_get(row, "stop_detail"));
    char *copy;

    if (text == NULL)
        return flow_error_set(err, FLOW_E_INVALID, "a row of the recording has no text");
    copy = strdup(text);
    if (copy == NULL)
        return flow_error_nomem(err);
    free(out->text);
    out->text = copy;
    out->len = strlen(copy);
    out->stop = read_stop(row);
    out->stop_detail = detail != NULL ? strdup(detail) : NULL;
    out->usage =
        (struct flow_usage){.input = count_at(row, "usage.input"),
                            .cache_read = count_at(row, "usage.cache_read"),
                            .cache_write = count_at(row, "usage.cache_write"),
                            .output = count_at(row, "usage.output"),
                            .estimated = flow_json_bool(flow_json_at(row, "usage.estimated"), false)};
    return read_calls(flow_json_get(row, "calls"), out, err);
}
