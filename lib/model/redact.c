// SPDX-License-Identifier: MIT
#include "redact.h"

#include <stdlib.h>
#include <string.h>

/* No key that opens anything is shorter: servers of one's own take any word, which may be part of others. */
#define SECRET_MIN  ((size_t)8)
/* What keys of one vendor have in common at their start is shorter. */
#define SECRET_PART ((size_t)16)

static const char mark[] = "[key]";

// How much of text is the secret or a part of it; 0: none.
static size_t match(const char *secret, const char *text, size_t len)
{
    size_t whole = strlen(secret), part = whole < SECRET_PART ? whole : SECRET_PART, n = part;

    if (len < part || memcmp(text, secret, part) != 0)
        return 0;
    while (n < len && n < whole && text[n] == secret[n])
        n++;
    return n;
}

static size_t redact_one(const char *secret, char *text, size_t len)
{
    size_t to = 0, from = 0;

    if (strlen(secret) < SECRET_MIN)
        return len;
    while (from < len) {
        const char *next = memchr(text + from, secret[0], len - from);
        size_t plain = next != NULL ? (size_t)(next - text) - from : len - from;
        memmove(text + to, text + from, plain);
        to += plain;
        from += plain;
        if (next == NULL)
            break;
        size_t matched = match(secret, text + from, len - from);
        if (matched > 0) {
            memcpy(text + to, mark, sizeof mark - 1);
            to += sizeof mark - 1;
            from += matched;
        } else {
            text[to++] = text[from++];
        }
    }
    text[to] = '\0';
    return to;
}

size_t flow_redact(const struct flow_strv *secrets, char *text, size_t len)
{
    for (size_t i = 0; i < secrets->count; i++)
        len = redact_one(secrets->items[i], text, len);
    return len;
}

static void redact_text(const struct flow_strv *secrets, char *text)
{
    if (text != NULL)
        flow_redact(secrets, text, strlen(text));
}

void flow_redact_attempt(const struct flow_strv *secrets, struct flow_reply *reply, struct flow_fault *fault,
                         struct flow_error *err)
{
    if (reply->text != NULL)
        reply->len = flow_redact(secrets, reply->text, reply->len);
    for (size_t i = 0; i < reply->call_count; i++) {
        redact_text(secrets, reply->calls[i].id);
        redact_text(secrets, reply->calls[i].name);
        redact_text(secrets, reply->calls[i].input);
    }
    redact_text(secrets, reply->raw);
    redact_text(secrets, reply->stop_detail);
    redact_text(secrets, reply->request_id);
    redact_text(secrets, reply->model);
    if (fault->message.len > 0)
        fault->message.len = flow_redact(secrets, fault->message.data, fault->message.len);
    if (err != NULL)
        redact_text(secrets, err->message);
}

int flow_redact_variable(struct flow_strv *secrets, const char *name, bool always, struct flow_error *err)
{
    static const char *const words[] = {"KEY", "TOKEN", "SECRET", "PASS", "CREDENTIAL", "AUTH"};
    const char *value = getenv(name);
    bool secret = always;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        secret = secret || strstr(name, words[i]) != NULL;
    if (!secret || value == NULL || strlen(value) < SECRET_MIN || flow_strv_find(secrets, value) >= 0)
        return 0;
    return flow_strv_add(secrets, value, err);
}
