// SPDX-License-Identifier: MIT
#include "flow/agent/send.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "flow/config/approval.h"
#include "flow/config/id.h"
#include "secrets.h"

struct flow_send {
    char *state_dir;
    struct flow_strv globs, origins; /* of send.exclude, side by side */
    struct flow_secrets *secrets;
    pthread_mutex_t lock;
    struct flow_map *known; /* id, ' ' and path → index in held + 1, or 0: may be sent. Under the lock */
    struct flow_strv held, reasons;
};

static int read_secrets(struct flow_send *send, struct flow_error *err)
{
    struct flow_buf path, text;
    int result = -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    if (flow_dir_data(&path, "secrets.conf", err) == 0 && flow_file_read(path.data, &text, err) == 0)
        result = flow_secrets_new(&send->secrets, text.data, text.len, path.data, err);
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

int flow_send_new(struct flow_send **out, const struct flow_config *config, const char *state_dir,
                  struct flow_error *err)
{
    struct flow_send *send = calloc(1, sizeof *send);
    if (!send)
        return flow_error_nomem(err);
    pthread_mutex_init(&send->lock, NULL);
    send->state_dir = strdup(state_dir);
    send->known = flow_map_new();
    if (!send->state_dir || !send->known)
        flow_error_nomem(err);
    else if (flow_config_all(config, "send.exclude", &send->globs, &send->origins, err) == 0 &&
             read_secrets(send, err) == 0) {
        *out = send;
        return 0;
    }
    flow_send_free(send);
    return -1;
}

void flow_send_free(struct flow_send *send)
{
    if (!send)
        return;
    flow_secrets_free(send->secrets);
    flow_map_free(send->known);
    flow_strv_release(&send->held);
    flow_strv_release(&send->reasons);
    flow_strv_release(&send->globs);
    flow_strv_release(&send->origins);
    pthread_mutex_destroy(&send->lock);
    free(send->state_dir);
    free(send);
}

static bool is_excluded(const struct flow_send *send, const char *path, struct flow_buf *why)
{
    for (size_t i = 0; i < send->globs.count; i++) {
        if (!flow_glob_match(send->globs.items[i], path))
            continue;
        if (why)
            flow_buf_printf(why, "not sent: send.exclude '%s' (%s)", send->globs.items[i],
                            send->origins.items[i]);
        return true;
    }
    return false;
}

// What a decision is recorded under.
static int approval_name(struct flow_buf *name, const char *path, struct flow_error *err)
{
    flow_buf_printf(name, "send %s", path);
    return flow_buf_check(name, "a path", err);
}

// 1 and why, 0, or -1.
static int judge(const struct flow_send *send, const char *path, const void *data, size_t len,
                 struct flow_buf *why, struct flow_error *err)
{
    struct flow_secret secret;
    struct flow_buf name;
    if (is_excluded(send, path, why))
        return 1;
    if (!flow_secrets_find(send->secrets, path, data, len, &secret))
        return 0;
    flow_buf_init(&name, FLOW_BUF_LINE);
    int approved = approval_name(&name, path, err);
    if (approved == 0)
        approved = flow_approval_check(send->state_dir, name.data, data, len, err);
    flow_buf_release(&name);
    if (approved != 0)
        return approved < 0 ? -1 : 0;
    flow_buf_printf(why, "not sent: it looks like %s", secret.what);
    if (secret.line > 0)
        flow_buf_printf(why, " (line %u)", secret.line);
    flow_buf_puts(why, "; look at it, then 'flow approve ");
    flow_str_show(why, path, strlen(path));
    flow_buf_puts(why, "' has it sent, and send.exclude keeps it here for good");
    return 1;
}

static int key_of(struct flow_buf *key, const char *path, const void *data, size_t len,
                  struct flow_error *err)
{
    struct flow_id id;
    if (flow_id_of(&id, data, len, err))
        return -1;
    flow_buf_printf(key, "%s %s", id.hex, path);
    return flow_buf_check(key, "a path", err);
}

// Under the lock. The index of a file that was held back, + 1; 0 may be sent; -1 not known yet.
static long recall(const struct flow_send *send, const struct flow_buf *key)
{
    const union flow_map_value *value = flow_map_getn(send->known, key->data, key->len);
    return value ? (long)value->num : -1;
}

// Under the lock.
static int keep(struct flow_send *send, const struct flow_buf *key, const char *path, const char *why,
                struct flow_error *err)
{
    if (why && (flow_strv_add(&send->held, path, err) || flow_strv_add(&send->reasons, why, err)))
        return -1;
    return flow_map_set_num(send->known, key->data, why ? (intptr_t)send->reasons.count : 0, err);
}

int flow_send_check(struct flow_send *send, const char *path, const void *data, size_t len,
                    struct flow_buf *why, struct flow_error *err)
{
    struct flow_buf key, reason;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_init(&reason, FLOW_BUF_LINE);
    int result = key_of(&key, path, data, len, err);
    long known = -1;
    if (result == 0) {
        pthread_mutex_lock(&send->lock);
        known = recall(send, &key);
        if (known > 0)
            flow_buf_puts(&reason, send->reasons.items[known - 1]);
        pthread_mutex_unlock(&send->lock);
        result = known > 0;
    }
    if (result == 0 && known < 0) {
        result = judge(send, path, data, len, &reason, err);
        pthread_mutex_lock(&send->lock);
        // Somebody else may have found out at the same time.
        if (result >= 0 && recall(send, &key) < 0 &&
            keep(send, &key, path, result == 1 ? reason.data : NULL, err))
            result = -1;
        pthread_mutex_unlock(&send->lock);
    }
    if (result == 1 && why)
        flow_buf_puts(why, reason.data);
    flow_buf_release(&reason);
    flow_buf_release(&key);
    return result;
}

int flow_send_allow(struct flow_send *send, const char *path, const void *data, size_t len,
                    struct flow_buf *why, struct flow_error *err)
{
    struct flow_buf name;
    if (is_excluded(send, path, why))
        return 1;
    flow_buf_init(&name, FLOW_BUF_LINE);
    int result = approval_name(&name, path, err);
    if (result == 0)
        result = flow_approval_record(send->state_dir, name.data, data, len, err);
    flow_buf_release(&name);
    return result;
}

void flow_send_held(struct flow_send *send, flow_send_fn fn, void *payload)
{
    pthread_mutex_lock(&send->lock);
    for (size_t i = 0; i < send->reasons.count; i++)
        fn(payload, send->held.items[i], send->reasons.items[i]);
    pthread_mutex_unlock(&send->lock);
}
