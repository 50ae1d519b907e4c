// SPDX-License-Identifier: MIT
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

/* In order of their names, so that requests are the same whoever makes them. */
static const struct flow_tool_spec specs[] = {
    {"definition",
     "Where a name (function, type, constant, …) is declared, with the lines of its declaration.",
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],"
     "\"additionalProperties\":false}"},
    {"list", "Files and folders that stand directly in a folder of the repository; \"\" is its top.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}},\"required\":[\"path\"],"
     "\"additionalProperties\":false}"},
    {"read", "Lines of a file of the repository, numbered from 1.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"first\":{\"type\":\"integer\"},"
     "\"last\":{\"type\":\"integer\"}},\"required\":[\"path\"],\"additionalProperties\":false}"},
    {"references", "Files that mention a name, with the first line and how often.",
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],"
     "\"additionalProperties\":false}"},
    {"search",
     "Lines of all files that hold a text, or that match a regular expression (POSIX extended); `glob` "
     "narrows the files, as in src/**/*.c.",
     "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},\"regex\":{\"type\":\"string\"},"
     "\"glob\":{\"type\":\"string\"}},\"additionalProperties\":false}"},
};

static int (*const functions[])(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                                struct flow_error *err) = {
    flow_lookup_definition, flow_lookup_list, flow_lookup_read, flow_lookup_references, flow_lookup_search,
};

int flow_lookup_wrong(struct flow_buf *out, const char *reason)
{
    flow_buf_puts(out, reason);
    return 1;
}

static int answer(void *payload, const struct flow_tool_call *call, struct flow_buf *out, bool *is_error,
                  struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_json *input = NULL;
    int rc = 1;

    if (flow_json_parse(&input, call->input, strlen(call->input), &own) != 0) {
        if (own.code == FLOW_E_NOMEM)
            return flow_error_nomem(err);
        flow_buf_puts(out, "the input is not JSON");
    } else {
        size_t i = 0;
        while (i < sizeof specs / sizeof specs[0] && strcmp(specs[i].name, call->name) != 0)
            i++;
        if (i < sizeof specs / sizeof specs[0])
            rc = functions[i](payload, input, out, err);
        else
            flow_buf_puts(out, "there is no such look-up");
    }
    flow_json_free(input);
    *is_error = rc == 1;
    return rc < 0 ? -1 : 0;
}

int flow_lookups_new(struct flow_lookups **out, const struct flow_lookups_options *options,
                     struct flow_error *err)
{
    struct flow_lookups *l = calloc(1, sizeof *l);

    if (l == NULL)
        return flow_error_nomem(err);
    l->options = *options;
    l->names = flow_map_new();
    if (l->names == NULL) {
        free(l);
        return flow_error_nomem(err);
    }
    flow_arena_init(&l->arena);
    pthread_mutex_init(&l->lock, NULL);
    l->tools = (struct flow_agent_tools){
        .specs = specs, .count = sizeof specs / sizeof specs[0], .answer = answer, .payload = l};
    *out = l;
    return 0;
}

void flow_lookups_free(struct flow_lookups *lookups)
{
    if (lookups == NULL)
        return;
    flow_map_free(lookups->names);
    flow_arena_release(&lookups->arena);
    pthread_mutex_destroy(&lookups->lock);
    free(lookups);
}

const struct flow_agent_tools *flow_lookups_tools(const struct flow_lookups *lookups)
{
    return &lookups->tools;
}

int flow_lookup_entry(struct flow_lookups *l, const struct flow_entry *entry, struct flow_buf *text,
                      struct flow_error *err)
{
    int held;

    if (flow_snapshot_read(l->options.repo, l->options.snapshot, entry, text, err) != 0 ||
        flow_buf_check(text, entry->path, err) != 0)
        return -1;
    held = flow_send_check(l->options.send, entry->path, text->data, text->len, NULL, err);
    if (held != 0)
        flow_buf_clear(text);
    return held;
}

int flow_lookup_file(struct flow_lookups *l, const char *path, struct flow_buf *text, struct flow_buf *out,
                     struct flow_error *err)
{
    const struct flow_entry *entry = flow_snapshot_find(l->options.snapshot, path);

    // What is not in the snapshot does not exist: no path can lead out of it.
    if (entry == NULL || entry->kind != FLOW_ENTRY_FILE)
        return flow_lookup_wrong(out, "there is no such file in the repository");
    if (entry->size > FLOW_LOOKUP_FILE_MAX)
        return flow_lookup_wrong(out, "the file is too large to be read");
    int held = flow_lookup_entry(l, entry, text, err);
    return held == 1 ? flow_lookup_wrong(out, "the file is held back: it is not sent") : held;
}
