// SPDX-License-Identifier: MIT
#include "message.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define KEY_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"

static int add_trailer(const struct flow_trailer *trailer, struct flow_buf *out, struct flow_error *err)
{
    const char *value = trailer->value;
    size_t len = strlen(value);

    if (trailer->key[0] == '\0' || trailer->key[strspn(trailer->key, KEY_BYTES)] != '\0')
        return flow_error_set(err, FLOW_E_INVALID, "'%s' cannot be the key of a trailer", trailer->key);
    if (strpbrk(value, "\r\n") != NULL)
        return flow_error_set(err, FLOW_E_INVALID, "the value of trailer '%s' holds a line end",
                              trailer->key);
    if (len == 0 || strchr(" \t", value[0]) != NULL || strchr(" \t", value[len - 1]) != NULL)
        return flow_error_set(err, FLOW_E_INVALID,
                              "the value of trailer '%s' is empty, or begins or ends with a blank",
                              trailer->key);
    flow_buf_printf(out, "%s: %s\n", trailer->key, value);
    return 0;
}

int flow_message_format(const struct flow_commit *commit, struct flow_buf *out, struct flow_error *err)
{
    if (commit->subject[strspn(commit->subject, " \t")] == '\0' || strpbrk(commit->subject, "\r\n") != NULL)
        return flow_error_set(err, FLOW_E_INVALID, "the subject of a commit must be one line of text");
    flow_buf_printf(out, "%s\n", commit->subject);
    if (commit->body != NULL) {
        const char *body = commit->body + strspn(commit->body, "\n");
        size_t len = strlen(body);
        while (len > 0 && body[len - 1] == '\n')
            len--;
        if (len > 0) {
            flow_buf_putc(out, '\n');
            flow_buf_add(out, body, len);
            flow_buf_putc(out, '\n');
        }
    }
    if (commit->trailer_count > 0)
        flow_buf_putc(out, '\n');
    for (size_t i = 0; i < commit->trailer_count; i++) {
        if (add_trailer(&commit->trailers[i], out, err) != 0)
            return -1;
    }
    return flow_buf_check(out, "the message of a commit", err);
}

// Where the last paragraph begins; NULL where that is the subject, which holds no trailers.
static const char *last_paragraph(const char *message, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", message[len - 1]) != NULL)
        len--;
    while (len > 0) {
        const char *line = message + len;
        while (line > message && line[-1] != '\n')
            line--;
        if (line == message)
            return NULL;
        if (line - message >= 2 && line[-2] == '\n')
            return line;
        len = (size_t)(line - message) - 1;
    }
    return NULL;
}

int flow_trailer_get(const char *message, const char *key, unsigned nth, struct flow_buf *out)
{
    size_t key_len = strlen(key);
    const char *line = last_paragraph(message, strlen(message));

    while (line != NULL && *line != '\0') {
        size_t len = strcspn(line, "\n");
        if (len > key_len && line[key_len] == ':' && strncasecmp(line, key, key_len) == 0 && nth-- == 0) {
            const char *value = line + key_len + 1, *end = line + len;
            while (value < end && strchr(" \t", *value) != NULL)
                value++;
            while (end > value && strchr(" \t\r", end[-1]) != NULL)
                end--;
            flow_buf_add(out, value, (size_t)(end - value));
            return 1;
        }
        line += len + (line[len] == '\n');
    }
    return 0;
}
