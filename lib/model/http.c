// SPDX-License-Identifier: MIT
#include "http.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "models.h"
#include "net.h"
#include "sse.h"

/* What is kept of an answer that is no answer, to show and to judge it. */
#define ERROR_BODY_MAX ((size_t)64 << 10)

/* What the body of an answer turned out to be. */
enum shape { SHAPE_UNKNOWN, SHAPE_EVENTS, SHAPE_JSON };

/* What the network thread fills while the caller sleeps. */
struct exchange {
    const struct flow_dialect *dialect;
    struct flow_attempt *attempt;
    struct flow_buf body;
    struct flow_stream stream;
    struct flow_sse sse;
    enum shape shape;
    bool begun;
    struct flow_buf whole; /* of a JSON answer */
    struct flow_buf error; /* the start of an answer that is none */
};

static void begin(struct exchange *x)
{
    if (x->begun)
        return;
    x->begun = true;
    if (x->attempt->begun != NULL)
        x->attempt->begun(x->attempt->payload);
}

static int on_event(const char *name, const char *data, size_t len, void *payload)
{
    struct exchange *x = payload;

    // Both dialects repeat in the data what the event's name says.
    (void)name;
    begin(x);
    x->dialect->event(&x->stream, data, len);
    return x->stream.nonsense || x->stream.nomem || x->stream.fault.kind != FLOW_FAULT_NONE ? 1 : 0;
}

static void on_uploaded(void *payload)
{
    struct exchange *x = payload;

    flow_models_body_give(x->attempt->models, &x->body);
}

// What does not fit is cut: it is shown, not parsed in full.
static void keep_start(struct flow_buf *out, const char *bytes, size_t len)
{
    size_t room = out->max - out->len;

    flow_buf_add(out, bytes, len < room ? len : room);
}

static enum flow_net_data take_events(struct exchange *x, const char *bytes, size_t len)
{
    x->stream.content = false;
    if (flow_sse_feed(&x->sse, bytes, len) != 0)
        return FLOW_NET_STOP;
    if (x->stream.complete)
        return FLOW_NET_COMPLETE;
    return x->stream.content ? FLOW_NET_CONTENT : FLOW_NET_LIFE;
}

static enum flow_net_data on_bytes(void *payload, const char *bytes, size_t len, long status)
{
    struct exchange *x = payload;
    size_t space = 0;

    if (status / 100 != 2) {
        keep_start(&x->error, bytes, len);
        return FLOW_NET_CONTENT;
    }
    if (x->shape == SHAPE_UNKNOWN) {
        while (space < len && strchr(" \t\r\n", bytes[space]) != NULL)
            space++;
        if (space == len)
            return FLOW_NET_LIFE;
        x->shape = bytes[space] == '{' ? SHAPE_JSON : SHAPE_EVENTS;
    }
    if (x->shape == SHAPE_EVENTS) {
        keep_start(&x->error, bytes, len);
        return take_events(x, bytes, len);
    }
    begin(x);
    flow_buf_add(&x->whole, bytes, len);
    return FLOW_NET_CONTENT;
}

static void judge_whole(struct exchange *x)
{
    struct flow_json *document = NULL;

    if (x->whole.failed)
        x->stream.nonsense = true;
    else if (flow_stream_parse(&x->stream, &document, x->whole.data, x->whole.len) != 0)
        return;
    else if (flow_fault_present(document))
        flow_fault_stream(&x->stream.fault, document);
    else
        x->dialect->whole(&x->stream, document);
    flow_json_free(document);
}

static int fail(struct flow_attempt *a, const struct flow_server *server, enum flow_fault_kind kind,
                enum flow_code code, const char *what, struct flow_error *err)
{
    struct flow_buf host, text;

    flow_buf_init(&host, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_endpoint_host(&server->endpoint, &host);
    flow_buf_puts(&text, what); // may be the fault's own message
    a->fault->kind = kind;
    flow_buf_clear(&a->fault->message);
    flow_buf_puts(&a->fault->message, text.data);
    flow_error_set(err, code, "'%s' at %s: %s", a->request->model, host.data, text.data);
    flow_buf_release(&host);
    flow_buf_release(&text);
    return -1;
}

// curl's failures that a second try does not mend.
static enum flow_fault_kind kind_of_curl(int code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return FLOW_FAULT_REFUSED;
    default:
        return FLOW_FAULT_RETRY;
    }
}

static int judge_failed(struct flow_attempt *a, const struct flow_server *server,
                        const struct flow_transfer *t, struct flow_error *err)
{
    enum flow_fault_kind kind = kind_of_curl(t->code);
    struct flow_buf text;

    a->fault->unreachable = t->code == CURLE_COULDNT_CONNECT || t->code == CURLE_COULDNT_RESOLVE_HOST ||
                            t->code == CURLE_COULDNT_RESOLVE_PROXY;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s%s", t->message,
                    a->fault->unreachable ? "; is the server up, and the network?" : "");
    if (a->fault->unreachable && atomic_load(&server->answered))
        kind = FLOW_FAULT_OUTAGE;
    fail(a, server, kind, FLOW_E_ENV, text.data, err);
    // The server had closed a connection that was kept, and the body was gone: nobody has seen the request.
    if (t->code == CURLE_SEND_FAIL_REWIND)
        a->fault->wait = 0;
    flow_buf_release(&text);
    return -1;
}

static int judge_end(struct flow_attempt *a, const struct flow_server *server, const struct flow_transfer *t,
                     struct flow_error *err)
{
    switch (t->end) {
    case FLOW_NET_CANCELLED:
        a->fault->kind = FLOW_FAULT_CANCELLED;
        return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted");
    case FLOW_NET_TOO_BIG:
        return fail(a, server, FLOW_FAULT_REFUSED, FLOW_E_TOO_BIG, "the reply is larger than flow takes",
                    err);
    case FLOW_NET_FIRST_BYTE:
        return fail(a, server, FLOW_FAULT_RETRY, FLOW_E_TIMEOUT, "no answer within the time allowed", err);
    case FLOW_NET_SILENCE:
        return fail(a, server, FLOW_FAULT_RETRY, FLOW_E_TIMEOUT, "the answer stopped coming", err);
    case FLOW_NET_NO_CONTENT:
        return fail(a, server, FLOW_FAULT_RETRY, FLOW_E_TIMEOUT, "only signs of life and no content", err);
    case FLOW_NET_FAILED:
        return judge_failed(a, server, t, err);
    case FLOW_NET_DONE:
    case FLOW_NET_STOPPED:
        break;
    }
    return 0;
}

static int judge_status(struct flow_attempt *a, struct exchange *x, struct flow_server *server,
                        const struct flow_transfer *t, struct flow_error *err)
{
    const struct flow_retry_headers headers = {
        .retry_after = t->retry_after[0] != '\0' ? t->retry_after : NULL,
        .retry_after_ms = t->retry_after_ms[0] != '\0' ? t->retry_after_ms : NULL,
        .should_retry = t->should_retry[0] != '\0' ? t->should_retry : NULL,
    };
    unsigned known = atomic_load(&server->quirks), learnt = 0;
    struct flow_buf text;

    flow_fault_http(a->fault, t->status, x->error.data, x->error.len, &headers, flow_time_wall_ms());
    if (a->fault->kind == FLOW_FAULT_REFUSED && x->dialect->learn != NULL)
        learnt = x->dialect->learn(a->fault, &server->endpoint, known);
    if (learnt != 0) {
        atomic_fetch_or(&server->quirks, learnt);
        a->fault->kind = FLOW_FAULT_RETRY;
        a->fault->wait = 0;
    }
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "HTTP %ld", t->status);
    if (a->fault->message.len > 0)
        flow_buf_printf(&text, ": %s", a->fault->message.data);
    if (t->request_id[0] != '\0')
        flow_buf_printf(&text, " (request %s)", t->request_id);
    if (t->status == 401)
        flow_buf_printf(&text, "; %s %s",
                        server->endpoint.key != NULL ? "the key is that of" : "set the key in",
                        server->endpoint.key_from);
    fail(a, server, a->fault->kind, a->fault->too_big ? FLOW_E_TOO_BIG : FLOW_E_ENV, text.data, err);
    flow_buf_release(&text);
    return -1;
}

static int judge_answer(struct flow_attempt *a, struct exchange *x, const struct flow_server *server,
                        const struct flow_transfer *t, struct flow_error *err)
{
    const struct flow_stream *stream = &x->stream;
    struct flow_buf text;
    size_t len;

    if (stream->nomem) {
        a->fault->kind = FLOW_FAULT_REFUSED;
        return flow_error_nomem(err);
    }
    if (stream->fault.kind != FLOW_FAULT_NONE) {
        memcpy(a->fault->param, stream->fault.param, sizeof a->fault->param);
        return fail(a, server, stream->fault.kind, FLOW_E_ENV,
                    stream->fault.message.len > 0 ? stream->fault.message.data : "an error without a message",
                    err);
    }
    if (stream->complete && !stream->nonsense) {
        if (flow_stream_calls_valid(stream))
            return 0;
        return fail(a, server, FLOW_FAULT_RETRY, FLOW_E_INVALID, "the input of a tool call is not JSON", err);
    }
    if (x->begun && !stream->nonsense && !stream->complete && t->end == FLOW_NET_DONE)
        return fail(a, server, FLOW_FAULT_RETRY, FLOW_E_ENV, "the answer was cut off", err);
    flow_buf_init(&text, FLOW_BUF_LINE);
    len = x->shape == SHAPE_JSON ? x->whole.len : x->error.len;
    flow_buf_puts(&text, len > 0 ? "the answer is not what was asked for: " : "the answer is empty");
    flow_str_show(&text, x->shape == SHAPE_JSON ? x->whole.data : x->error.data,
                  flow_str_first_line(x->shape == SHAPE_JSON ? x->whole.data : x->error.data, len, 200));
    fail(a, server, FLOW_FAULT_RETRY, FLOW_E_INVALID, text.data, err);
    flow_buf_release(&text);
    return -1;
}

static int judge(struct flow_attempt *a, struct exchange *x, struct flow_server *server,
                 const struct flow_transfer *t, struct flow_error *err)
{
    // The server's word counts more than how the connection ended behind it.
    if (t->end != FLOW_NET_CANCELLED && t->status >= 300)
        return judge_status(a, x, server, t, err);
    if (x->shape == SHAPE_JSON && t->end == FLOW_NET_DONE)
        judge_whole(x);
    if (judge_end(a, server, t, err) != 0)
        return -1;
    return judge_answer(a, x, server, t, err);
}

static int fill_reply(struct flow_attempt *a, struct exchange *x, const struct flow_transfer *t,
                      struct flow_error *err)
{
    struct flow_buf raw;
    int rc;

    a->reply->seconds = t->seconds;
    a->reply->first_byte_seconds = t->first_byte;
    if (t->request_id[0] != '\0')
        a->reply->request_id = strdup(t->request_id);
    if (!x->begun) {
        // Who was still waiting for an answer may be charged for one; an answer that came and was none costs
        // nothing.
        a->reply->usage.open =
            t->sent && t->status < 300 && t->end != FLOW_NET_DONE && t->end != FLOW_NET_STOPPED;
        return 0;
    }
    flow_buf_init(&raw, FLOW_BUF_FILE);
    flow_stream_name_calls(&x->stream, a->request->turn_count);
    rc = flow_stream_reply(&x->stream, a->request, a->reply, err);
    if (rc == 0 && x->stream.complete) {
        x->dialect->raw(&x->stream, &raw);
        a->reply->raw = flow_buf_detach(&raw);
    }
    flow_buf_release(&raw);
    return rc;
}

static size_t text_len(const struct flow_request *request)
{
    size_t len = 0;

    for (size_t i = 0; i < request->system_count; i++)
        len += request->system[i].len;
    for (size_t i = 0; i < request->turn_count; i++)
        for (size_t k = 0; k < request->turns[i].block_count; k++)
            len += request->turns[i].blocks[k].len;
    return len;
}

static int send_it(struct flow_attempt *a, struct exchange *x, struct flow_server *server,
                   struct flow_transfer *t, struct flow_error *err)
{
    struct flow_strv headers;
    struct flow_buf url;
    struct flow_net *net;
    int rc = -1;

    flow_strv_init(&headers);
    flow_buf_init(&url, FLOW_BUF_LINE);
    x->dialect->url(&server->endpoint, &url);
    // About as much as it will be, so that it does not move while it grows.
    flow_buf_reserve(&x->body, text_len(a->request) / 16 * 17);
    x->dialect->body(&server->endpoint, a->request, a->name, atomic_load(&server->quirks), &x->body);
    if (flow_buf_check(&url, "address", err) != 0 || flow_buf_check(&x->body, "request", err) != 0 ||
        x->dialect->headers(&server->endpoint, &headers, err) != 0 ||
        flow_models_net(a->models, &net, err) != 0)
        goto done;
    t->url = url.data;
    t->headers = &headers;
    t->body = x->body.data;
    t->len = x->body.len;
    rc = flow_net_post(net, t, err);
done:
    for (size_t i = 0; i < headers.count; i++)
        explicit_bzero(headers.items[i], strlen(headers.items[i]));
    flow_strv_release(&headers);
    flow_buf_release(&url);
    return rc;
}

int flow_http_attempt(struct flow_attempt *attempt, const struct flow_dialect *dialect,
                      struct flow_error *err)
{
    const struct flow_net_limits *limits = &attempt->models->limits.net;
    struct exchange x = {.dialect = dialect, .attempt = attempt};
    struct flow_transfer t = {.limits = limits, .uploaded = on_uploaded, .data = on_bytes, .payload = &x};
    struct flow_server *server;
    struct flow_error ignored;
    int rc = -1;

    flow_models_body_take(attempt->models, &x.body);
    flow_stream_init(&x.stream);
    flow_sse_init(&x.sse, limits->size, on_event, &x);
    flow_buf_init(&x.whole, limits->size);
    flow_buf_init(&x.error, ERROR_BODY_MAX);
    attempt->fault->kind = FLOW_FAULT_REFUSED;
    if (flow_models_server(attempt->models, dialect->provider, &server, err) != 0 ||
        flow_endpoint_ready(&server->endpoint, dialect->provider, err) != 0 ||
        send_it(attempt, &x, server, &t, err) != 0)
        goto done;
    attempt->fault->kind = FLOW_FAULT_NONE;
    if (t.status > 0)
        atomic_store(&server->answered, true);
    rc = judge(attempt, &x, server, &t, err);
    if (fill_reply(attempt, &x, &t, rc == 0 ? err : &ignored) != 0 && rc == 0) {
        attempt->fault->kind = FLOW_FAULT_REFUSED;
        rc = -1;
    }
done:
    flow_models_body_give(attempt->models, &x.body);
    flow_stream_release(&x.stream);
    flow_sse_release(&x.sse);
    flow_buf_release(&x.whole);
    flow_buf_release(&x.error);
    return rc;
}

int flow_http_check(struct flow_models *models, const struct flow_dialect *dialect, struct flow_error *err)
{
    struct flow_server *server;

    return flow_models_server(models, dialect->provider, &server, err) != 0
               ? -1
               : flow_endpoint_ready(&server->endpoint, dialect->provider, err);
}

int flow_http_destination(struct flow_models *models, const struct flow_dialect *dialect,
                          struct flow_buf *out, struct flow_error *err)
{
    struct flow_server *server;

    if (flow_models_server(models, dialect->provider, &server, err) != 0)
        return -1;
    flow_endpoint_host(&server->endpoint, out);
    return 0;
}
