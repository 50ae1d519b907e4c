// SPDX-License-Identifier: MIT
/*
 * Facts of the files that units import, found once for all of them: where most units import each other, each
 * would otherwise read and parse hundreds of files for its prompts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

static void seen_free(struct port_seen *seen)
{
    if (!seen)
        return;
    flow_facts_release(&seen->facts);
    flow_buf_release(&seen->text);
    free(seen);
}

static struct port_seen *seen_new(void)
{
    struct port_seen *seen = calloc(1, sizeof *seen);
    if (seen)
        flow_buf_init(&seen->text, FLOW_BUF_FILE);
    return seen;
}

static const struct port_seen *find(struct port *port, const char *key)
{
    pthread_mutex_lock(&port->seen_mutex);
    const union flow_map_value *value = flow_map_get(port->seen, key);
    const struct port_seen *seen = value ? value->ptr : NULL;
    pthread_mutex_unlock(&port->seen_mutex);
    return seen;
}

// Two workers may have made the same: the first one stays.
static int keep(struct port *port, const char *key, struct port_seen *made, const struct port_seen **out,
                struct flow_error *err)
{
    int result = 0;
    pthread_mutex_lock(&port->seen_mutex);
    const union flow_map_value *value = flow_map_get(port->seen, key);
    if (value) {
        seen_free(made);
        *out = value->ptr;
    } else {
        result = flow_map_set_ptr(port->seen, key, made, err);
        *out = made;
        if (result)
            seen_free(made);
    }
    pthread_mutex_unlock(&port->seen_mutex);
    return result;
}

// Looked at once, like the rest: what the file holds does not change.
static int look_for_secrets(struct port *port, const char *path, struct port_seen *seen,
                            struct flow_error *err)
{
    int held = port_may_send(port, path, &seen->text, NULL, err);
    seen->held = held == 1;
    return held < 0 ? -1 : 0;
}

int port_seen_source(struct port_work *work, size_t file, const struct port_seen **out,
                     struct flow_error *err)
{
    struct port *port = work->port;
    char key[32];
    snprintf(key, sizeof key, "%zu", file);
    *out = find(port, key);
    if (*out)
        return 0;
    struct port_seen *seen = seen_new();
    if (!seen)
        return flow_error_nomem(err);
    if (flow_analysis_facts(port->analysis, work->parser, file, &seen->text, &seen->facts, err) ||
        look_for_secrets(port, port->analysis->sources[file].entry->path, seen, err)) {
        seen_free(seen);
        return -1;
    }
    return keep(port, key, seen, out, err);
}

int port_seen_target(struct port_work *work, const char *path, const struct flow_id *blob,
                     const struct port_seen **out, struct flow_error *err)
{
    struct port *port = work->port;
    *out = find(port, blob->hex);
    if (*out)
        return 0;
    struct port_seen *seen = seen_new();
    if (!seen)
        return flow_error_nomem(err);
    if (flow_repo_read_blob(port->repo, blob, &seen->text, err) ||
        flow_facts_extract(&seen->facts, work->parser, port->to, seen->text.data, seen->text.len, err) ||
        look_for_secrets(port, path, seen, err)) {
        seen_free(seen);
        return -1;
    }
    return keep(port, blob->hex, seen, out, err);
}

static int free_one(const char *key, union flow_map_value *value, void *payload)
{
    (void)key;
    (void)payload;
    seen_free(value->ptr);
    return 0;
}

void port_seen_release(struct port *port)
{
    if (port->seen)
        flow_map_each(port->seen, free_one, NULL);
    flow_map_free(port->seen);
    port->seen = NULL;
}
