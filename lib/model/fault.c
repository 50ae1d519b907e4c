// SPDX-License-Identifier: MIT
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "flow/base/str.h"

/* What is shown of an error text. */
#define MESSAGE_MAX 400

/* error.type, error.code and error.details.error_code, of the Messages API and of OpenAI-compatible servers.
 */
static const struct {
    const char *word;
    enum flow_fault_kind kind;
} words[] = {
    {"enforced_spend_limit_reached", FLOW_FAULT_QUOTA},
    {"contract_spend_limit_reached", FLOW_FAULT_QUOTA},
    {"insufficient_quota", FLOW_FAULT_QUOTA},
    {"credit_balance_exhausted", FLOW_FAULT_QUOTA},
    {"billing_error", FLOW_FAULT_QUOTA},
    {"ramp_limit_exceeded", FLOW_FAULT_THROTTLE},
    {"slow_down", FLOW_FAULT_THROTTLE},
    {"rate_limit_error", FLOW_FAULT_THROTTLE},
    {"rate_limit_exceeded", FLOW_FAULT_THROTTLE},
    {"overloaded_error", FLOW_FAULT_OVERLOAD},
    {"api_error", FLOW_FAULT_RETRY},
    {"server_error", FLOW_FAULT_RETRY},
    {"timeout_error", FLOW_FAULT_RETRY},
    {"conflict_error", FLOW_FAULT_RETRY},
    {"invalid_request_error", FLOW_FAULT_REFUSED},
    {"authentication_error", FLOW_FAULT_REFUSED},
    {"permission_error", FLOW_FAULT_REFUSED},
    {"not_found_error", FLOW_FAULT_REFUSED},
    {"request_too_large", FLOW_FAULT_REFUSED},
};

static const struct {
    long status;
    enum flow_fault_kind kind;
} statuses[] = {
    {402, FLOW_FAULT_QUOTA},    {408, FLOW_FAULT_RETRY},    {409, FLOW_FAULT_RETRY},
    {429, FLOW_FAULT_THROTTLE}, {529, FLOW_FAULT_OVERLOAD},
};

void flow_fault_init(struct flow_fault *fault)
{
    *fault = (struct flow_fault){.wait = -1};
    flow_buf_init(&fault->message, FLOW_BUF_LINE);
}

void flow_fault_release(struct flow_fault *fault)
{
    flow_buf_release(&fault->message);
}

static enum flow_fault_kind kind_of_word(const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].kind;
    return FLOW_FAULT_NONE;
}

static enum flow_fault_kind kind_of_status(long status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == status)
            return statuses[i].kind;
    if (status >= 500)
        return FLOW_FAULT_RETRY;
    return status >= 300 ? FLOW_FAULT_REFUSED : FLOW_FAULT_NONE;
}

// {"error":{…}}, {"error":"text"}, or the older form of vLLM with everything at the top.
static const struct flow_json *error_object(const struct flow_json *document)
{
    const struct flow_json *error = flow_json_get(document, "error");
    const char *object = flow_json_str(flow_json_get(document, "object"));

    if (flow_json_type(error) == FLOW_JSON_OBJECT || flow_json_type(error) == FLOW_JSON_STRING)
        return error;
    return object != NULL && strcmp(object, "error") == 0 ? document : NULL;
}

bool flow_fault_present(const struct flow_json *document)
{
    return error_object(document) != NULL;
}

static void set_message(struct flow_fault *out, const char *text, size_t len)
{
    flow_buf_clear(&out->message);
    flow_str_show(&out->message, text, flow_str_first_line(text, len, MESSAGE_MAX));
}

/* What the error object says by itself; *status is replaced by a code that is an HTTP status. */
static enum flow_fault_kind read_object(struct flow_fault *out, const struct flow_json *error, long *status)
{
    const struct flow_json *code = flow_json_get(error, "code");
    const char *texts[] = {flow_json_str(flow_json_at(error, "details.error_code")), flow_json_str(code),
                           flow_json_str(flow_json_get(error, "type"))};
    const char *message = flow_json_str(error), *param = flow_json_str(flow_json_get(error, "param"));
    int64_t number = flow_json_int(code, 0);

    if (message == NULL)
        message = flow_json_str(flow_json_get(error, "message"));
    if (message != NULL && *message != '\0')
        set_message(out, message, strlen(message));
    if (param != NULL && strlen(param) < sizeof out->param)
        memcpy(out->param, param, strlen(param) + 1);
    if (*status == 200 && number >= 300 && number < 600)
        *status = (long)number;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum flow_fault_kind kind = kind_of_word(texts[i]);
        if (texts[i] != NULL && strcmp(texts[i], "context_length_exceeded") == 0)
            out->too_big = true;
        if (kind != FLOW_FAULT_NONE)
            return kind;
    }
    return FLOW_FAULT_NONE;
}

// The status decides, but where the words know better: money behind a 429, a throttle behind a 503.
static enum flow_fault_kind combine(enum flow_fault_kind by_status, enum flow_fault_kind by_word)
{
    switch (by_word) {
    case FLOW_FAULT_QUOTA:
    case FLOW_FAULT_THROTTLE:
    case FLOW_FAULT_OVERLOAD:
        return by_word;
    default:
        return by_status != FLOW_FAULT_NONE ? by_status : by_word;
    }
}

void flow_fault_http(struct flow_fault *out, long status, const char *body, size_t len,
                     const struct flow_retry_headers *headers, int64_t now_ms)
{
    struct flow_json *document = NULL;
    enum flow_fault_kind word = FLOW_FAULT_NONE;
    const char *should = headers->should_retry;

    if (len > 0)
        set_message(out, body, len);
    if (len > 0 && flow_json_parse(&document, body, len, NULL) == 0 && flow_fault_present(document))
        word = read_object(out, error_object(document), &status);
    flow_json_free(document);
    out->kind = combine(kind_of_status(status), word);
    out->too_big = out->too_big || status == 413;
    if (should != NULL && strcmp(should, "false") == 0 && out->kind != FLOW_FAULT_QUOTA)
        out->kind = FLOW_FAULT_REFUSED;
    else if (should != NULL && strcmp(should, "true") == 0 && out->kind == FLOW_FAULT_REFUSED)
        out->kind = FLOW_FAULT_RETRY;
    out->wait = flow_retry_wait(headers, now_ms);
}

void flow_fault_stream(struct flow_fault *out, const struct flow_json *document)
{
    long status = 200;
    enum flow_fault_kind word = read_object(out, error_object(document), &status);

    out->kind = combine(kind_of_status(status), word);
    // Unknown words in the middle of an answer say nothing about the request.
    if (out->kind == FLOW_FAULT_NONE)
        out->kind = FLOW_FAULT_RETRY;
}

static double plain_number(const char *text)
{
    char *end = NULL;
    double value;

    if (text == NULL || *text < '0' || *text > '9')
        return -1;
    value = strtod(text, &end);
    return *end == '\0' && value >= 0 && value < 1e12 ? value : -1;
}

double flow_retry_wait(const struct flow_retry_headers *headers, int64_t now_ms)
{
    double wait = plain_number(headers->retry_after_ms);

    if (wait >= 0) {
        wait /= 1000;
    } else if (headers->retry_after != NULL) {
        wait = plain_number(headers->retry_after);
        int64_t date = wait < 0 ? (int64_t)curl_getdate(headers->retry_after, NULL) : -1;
        if (date >= 0)
            wait = (double)date - (double)now_ms / 1000;
        if (date >= 0 && wait < 0)
            wait = 0;
    }
    return wait > FLOW_RETRY_AFTER_MAX ? FLOW_RETRY_AFTER_MAX : wait;
}
