// SPDX-License-Identifier: MIT
#include "replay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "models.h"
#include "provider.h"
#include "record.h"

struct row {
    size_t start, len; /* in the text */
    intptr_t next;     /* of the same key: 1 + its index, 0: none */
};

struct flow_recording {
    char *path;
    struct flow_buf text;
    struct row *rows;
    size_t count, cap;
    struct flow_map *next;  /* step and source → 1 + the row that comes next */
    struct flow_map *last;  /* … and the last one, while reading */
    struct flow_map *steps; /* steps that have any row */
    pthread_mutex_t lock;
};

static void make_key(struct flow_buf *out, const char *step, const char *source)
{
    flow_buf_clear(out);
    flow_buf_puts(out, step != NULL ? step : "");
    flow_buf_putc(out, '\n');
    flow_buf_puts(out, source != NULL ? source : "");
}

static int index_row(struct flow_recording *r, const char *step, const char *source, intptr_t number,
                     struct flow_error *err)
{
    union flow_map_value *last;
    struct flow_buf key;
    int rc = -1;

    flow_buf_init(&key, FLOW_BUF_LINE);
    make_key(&key, step, source);
    if (flow_buf_check(&key, "step", err) != 0)
        goto done;
    last = flow_map_get(r->last, key.data);
    if (last != NULL)
        r->rows[last->num - 1].next = number;
    else if (flow_map_set_num(r->next, key.data, number, err) != 0)
        goto done;
    if (flow_map_set_num(r->last, key.data, number, err) == 0)
        rc = flow_map_set_num(r->steps, step != NULL ? step : "", 1, err);
done:
    flow_buf_release(&key);
    return rc;
}

static int add_row(struct flow_recording *r, size_t start, size_t len, struct flow_error *err)
{
    struct flow_json *document = NULL;
    int rc = -1;

    if (flow_grow(&r->rows, &r->cap, r->count + 1, sizeof *r->rows, err) != 0)
        return -1;
    r->rows[r->count++] = (struct row){.start = start, .len = len};
    if (flow_json_parse(&document, r->text.data + start, len, err) == 0)
        rc = index_row(r, flow_json_str(flow_json_get(document, "step")),
                       flow_json_str(flow_json_get(document, "source")), (intptr_t)r->count, err);
    flow_json_free(document);
    return rc;
}

static int read_rows(struct flow_recording *r, struct flow_error *err)
{
    unsigned line = 0;

    for (size_t at = 0; at < r->text.len;) {
        const char *end = memchr(r->text.data + at, '\n', r->text.len - at);
        size_t len = (end != NULL ? (size_t)(end - r->text.data) : r->text.len) - at;
        line++;
        if (len > 0 && add_row(r, at, len, err) != 0)
            return flow_error_wrap(err, "recording '%s', line %u", r->path, line);
        at += len + 1;
    }
    return 0;
}

int flow_recording_open(struct flow_recording **out, const char *path, struct flow_error *err)
{
    struct flow_recording *r = calloc(1, sizeof *r);

    if (r == NULL)
        return flow_error_nomem(err);
    pthread_mutex_init(&r->lock, NULL);
    flow_buf_init(&r->text, FLOW_BUF_FILE);
    r->path = strdup(path);
    r->next = flow_map_new();
    r->last = flow_map_new();
    r->steps = flow_map_new();
    if (r->path == NULL || r->next == NULL || r->last == NULL || r->steps == NULL) {
        flow_error_nomem(err);
        goto failed;
    }
    if (flow_file_read(path, &r->text, err) != 0 || flow_buf_check(&r->text, path, err) != 0) {
        flow_error_wrap(err, "cannot read recording '%s'", path);
        goto failed;
    }
    if (read_rows(r, err) != 0)
        goto failed;
    *out = r;
    return 0;
failed:
    flow_recording_free(r);
    return -1;
}

void flow_recording_free(struct flow_recording *recording)
{
    if (recording == NULL)
        return;
    flow_map_free(recording->next);
    flow_map_free(recording->last);
    flow_map_free(recording->steps);
    flow_buf_release(&recording->text);
    pthread_mutex_destroy(&recording->lock);
    free(recording->rows);
    free(recording->path);
    free(recording);
}

static int missing(struct flow_recording *r, const struct flow_request *request, bool used_up,
                   struct flow_error *err)
{
    const char *step = request->step != NULL ? request->step : "";
    const char *source = request->source_id != NULL ? request->source_id : "";

    if (used_up)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "recording '%s' has no further reply for step '%s'",
                              r->path, step);
    if (flow_map_get(r->steps, step) != NULL)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "recording '%s' has step '%s' for another source than '%s': the source changed",
                              r->path, step, source);
    return flow_error_set(err, FLOW_E_NOT_FOUND, "recording '%s' has no reply for step '%s'", r->path, step);
}

// Takes the next row of a key: its index, or -1 with the reason.
static long take_row(struct flow_recording *r, const struct flow_request *request, struct flow_error *err)
{
    union flow_map_value *next;
    struct flow_buf key;
    intptr_t number = 0;

    flow_buf_init(&key, FLOW_BUF_LINE);
    make_key(&key, request->step, request->source_id);
    if (flow_buf_check(&key, "step", err) != 0) {
        flow_buf_release(&key);
        return -1;
    }
    pthread_mutex_lock(&r->lock);
    next = flow_map_get(r->next, key.data);
    if (next != NULL && next->num > 0) {
        number = next->num;
        next->num = r->rows[number - 1].next;
    }
    pthread_mutex_unlock(&r->lock);
    flow_buf_release(&key);
    return number > 0 ? (long)number - 1 : missing(r, request, next != NULL, err);
}

int flow_recording_next(struct flow_recording *recording, const struct flow_request *request,
                        struct flow_reply *out, struct flow_error *err)
{
    long index = take_row(recording, request, err);
    struct flow_json *document = NULL;
    int rc = -1;

    if (index < 0)
        return -1;
    if (flow_json_parse(&document, recording->text.data + recording->rows[index].start,
                        recording->rows[index].len, err) == 0)
        rc = flow_record_reply(document, out, err);
    flow_json_free(document);
    return rc;
}

static int attempt(struct flow_attempt *a, struct flow_error *err)
{
    struct flow_recording *recording;

    if (flow_models_recording(a->models, a->name, &recording, err) == 0 &&
        flow_recording_next(recording, a->request, a->reply, err) == 0)
        return 0;
    a->fault->kind = FLOW_FAULT_REFUSED;
    return -1;
}

static int check(struct flow_models *models, const char *name, struct flow_error *err)
{
    struct flow_recording *recording;

    return flow_models_recording(models, name, &recording, err);
}

static int destination(struct flow_models *models, const char *name, struct flow_buf *out,
                       struct flow_error *err)
{
    (void)models;
    (void)err;
    flow_buf_puts(out, "recording '");
    flow_str_show(out, name, strlen(name));
    flow_buf_putc(out, '\'');
    return 0;
}

const struct flow_provider flow_provider_replay = {
    .name = "replay",
    .tools = true,
    .check = check,
    .destination = destination,
    .attempt = attempt,
};
