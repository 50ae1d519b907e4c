// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "provider.h"

#define TRIES        3
#define WAIT_MAX     120.0 // seconds that a rate limit is waited for
#define WAIT_UNKNOWN 60.0  // where a server says only that there is one; as GitHub's documentation has it
#define CONNECT_MS   20000L
#define TOTAL_MS     90000L

/* One exchange as it went. */
struct exchange {
    const struct flow_forge *forge;
    struct flow_buf body;
    long status;
    bool more;
    CURLcode code;
    char message[CURL_ERROR_SIZE];
    char retry_after[64], remaining[32], reset[32], location[256];
};

static bool is_stopped(const struct flow_forge *forge, int how)
{
    return forge->stop && atomic_load(forge->stop) >= how;
}

static void keep(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t start = strlen(name);
    if (len <= start || line[start] != ':' || strncasecmp(line, name, start) != 0)
        return;
    for (start++; start < len && strchr(" \t", line[start]); start++)
        continue;
    while (len > start && strchr(" \t\r\n", line[len - 1]))
        len--;
    size_t n = len - start < size - 1 ? len - start : size - 1;
    memcpy(out, line + start, n);
    out[n] = '\0';
}

static size_t on_header(char *line, size_t size, size_t count, void *payload)
{
    struct exchange *x = payload;
    size_t len = size * count;
    char links[4096] = "";
    if (len > 5 && strncmp(line, "HTTP/", 5) == 0)
        x->retry_after[0] = x->remaining[0] = x->reset[0] = x->location[0] = '\0';
    keep(line, len, "retry-after", x->retry_after, sizeof x->retry_after);
    keep(line, len, "x-ratelimit-remaining", x->remaining, sizeof x->remaining);
    keep(line, len, "ratelimit-remaining", x->remaining, sizeof x->remaining);
    keep(line, len, "x-ratelimit-reset", x->reset, sizeof x->reset);
    keep(line, len, "ratelimit-reset", x->reset, sizeof x->reset);
    keep(line, len, "location", x->location, sizeof x->location);
    keep(line, len, "link", links, sizeof links);
    x->more = x->more || strstr(links, "rel=\"next\"");
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *payload)
{
    struct exchange *x = payload;
    flow_buf_add(&x->body, bytes, size * count);
    return x->body.failed ? 0 : size * count;
}

static int on_progress(void *payload, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    const struct exchange *x = payload;
    (void)total, (void)now, (void)up_total, (void)up;
    return is_stopped(x->forge, 2);
}

static int add_header(struct curl_slist **list, const char *text, struct flow_error *err)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (!longer)
        return flow_error_nomem(err);
    *list = longer;
    return 0;
}

static int make_headers(const struct flow_forge *forge, struct curl_slist **out, struct flow_error *err)
{
    struct flow_buf secret;
    flow_buf_init(&secret, FLOW_BUF_LINE);
    flow_buf_printf(&secret, "Authorization: %s %s", forge->kind == FLOW_FORGE_GITEA ? "token" : "Bearer",
                    forge->token);
    int result = flow_buf_check(&secret, "token", err);
    if (result == 0)
        result = add_header(out, secret.data, err);
    explicit_bzero(secret.data, secret.len);
    flow_buf_release(&secret);
    if (result == 0 && forge->kind == FLOW_FORGE_GITHUB)
        result = add_header(out, "Accept: application/vnd.github+json", err) ||
                         add_header(out, "X-GitHub-Api-Version: 2022-11-28", err)
                     ? -1
                     : 0;
    else if (result == 0)
        result = add_header(out, "Accept: application/json", err);
    return result ? -1 : add_header(out, "Content-Type: application/json", err);
}

static void set_options(CURL *easy, struct exchange *x, const char *url, const char *method,
                        const struct flow_buf *body, struct curl_slist *headers)
{
    const char *bundle = getenv("SSL_CERT_FILE");
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    if (body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
    }
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "flow");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, x);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->message);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TOTAL_MS);
    if (bundle && *bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
}

static int perform(struct flow_forge *forge, struct exchange *x, const char *method, const char *path,
                   const struct flow_buf *body, struct flow_error *err)
{
    struct curl_slist *headers = NULL;
    struct flow_buf url;
    flow_buf_init(&url, FLOW_BUF_LINE);
    flow_buf_printf(&url, "%s/%s", forge->api, path);
    x->status = 0;
    x->more = false;
    x->message[0] = '\0';
    flow_buf_clear(&x->body);
    int result = flow_buf_check(&url, "address", err) || make_headers(forge, &headers, err) ? -1 : 0;
    if (result == 0) {
        set_options(forge->easy, x, url.data, method, body, headers);
        x->code = curl_easy_perform(forge->easy);
        curl_easy_getinfo(forge->easy, CURLINFO_RESPONSE_CODE, &x->status);
        if (x->code == CURLE_OK)
            x->message[0] = '\0';
        else if (x->message[0] == '\0')
            strncpy(x->message, curl_easy_strerror(x->code), sizeof x->message - 1);
        // What was cut in the middle is no answer.
        if (x->code != CURLE_OK)
            x->status = 0;
    }
    for (struct curl_slist *header = headers; header; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    curl_slist_free_all(headers);
    flow_buf_release(&url);
    return result;
}

/*
 * What a server says went wrong.
 */

static void add_text(const char *text, struct flow_buf *out)
{
    if (out->len > 0)
        flow_buf_puts(out, ", ");
    flow_buf_puts(out, text);
}

// A text, a list of texts or of objects with one, or lists by field.
static void add_value(const struct flow_json *value, unsigned depth, struct flow_buf *out)
{
    const char *text = flow_json_str(value);
    if (text)
        add_text(text, out);
    if (depth == 0 || (flow_json_type(value) != FLOW_JSON_ARRAY && flow_json_type(value) != FLOW_JSON_OBJECT))
        return;
    const char *message = flow_json_str(flow_json_get(value, "message"));
    if (message) {
        add_text(message, out);
        return;
    }
    for (const struct flow_json *item = flow_json_first(value); item; item = flow_json_next(item))
        add_value(item, depth - 1, out);
}

static void redact(const char *secret, char *text)
{
    static const char mark[] = "[key]";
    size_t len = strlen(secret);
    for (char *at = strstr(text, secret); len >= sizeof mark - 1 && at; at = strstr(at, secret)) {
        memcpy(at, mark, sizeof mark - 1);
        memmove(at + sizeof mark - 1, at + len, strlen(at + len) + 1);
    }
}

// Its own words, where it has any and they are not a page for a browser.
static void say(const struct flow_forge *forge, const struct flow_json *json, struct flow_buf *out)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    add_value(flow_json_get(json, "message"), 3, &text);
    add_value(flow_json_get(json, "errors"), 3, &text);
    add_value(flow_json_get(json, "error"), 1, &text);
    redact(forge->token, text.data);
    size_t len = strlen(text.data);
    if (len > 0)
        flow_buf_puts(out, ": ");
    flow_str_show(out, text.data, len < 300 ? len : 300);
    flow_buf_release(&text);
}

static bool is_throttled(const struct exchange *x)
{
    if (x->status == 429)
        return true;
    return x->status == 403 &&
           (x->retry_after[0] || strcmp(x->remaining, "0") == 0 || strstr(x->body.data, "rate limit"));
}

static double wall(void)
{
    return (double)flow_time_wall_ms() / 1000;
}

// When a request may be tried again, in seconds since 1970. A reset is such a date or, as the draft of a
// standard has it, a number of seconds from now, which no date of this century is as small as.
static double throttled_until(const struct exchange *x)
{
    char *end = NULL;
    double seconds = strtod(x->retry_after, &end);
    if (x->retry_after[0] && *end == '\0')
        return wall() + seconds;
    time_t date = x->retry_after[0] ? curl_getdate(x->retry_after, NULL) : -1;
    if (date >= 0)
        return (double)date;
    seconds = strtod(x->reset, &end);
    if (x->reset[0] && *end == '\0' && strcmp(x->remaining, "0") == 0)
        return seconds < 1e9 ? wall() + seconds : seconds;
    return wall() + WAIT_UNKNOWN;
}

static int wait_for(struct flow_forge *forge, double seconds, const char *why, struct flow_error *err)
{
    static const struct timespec moment = {.tv_nsec = 50000000};
    double end = flow_time_mono() + seconds;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s %s: waiting ", forge->host, why);
    flow_time_human(&text, seconds);
    if (forge->note && seconds >= 1)
        forge->note(forge->payload, text.data);
    flow_buf_release(&text);
    while (flow_time_mono() < end && !is_stopped(forge, 1))
        nanosleep(&moment, NULL);
    return is_stopped(forge, 1)
               ? flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue")
               : 0;
}

// What a person can do about a status.
static void way_out(const struct flow_forge *forge, const struct exchange *x, struct flow_buf *out)
{
    if (x->status == 401)
        flow_buf_printf(out, "; the token is that of %s: is it still valid?", forge->token_from);
    else if (x->status == 403)
        flow_buf_printf(out, "; the token of %s needs the right to write pull requests of %s",
                        forge->token_from, forge->project);
    else if (x->status == 404)
        flow_buf_printf(out, "; there is no '%s' there, or the token of %s may not see it", forge->project,
                        forge->token_from);
    else if (x->status / 100 == 3)
        flow_buf_printf(out, "; it has moved%s%s: correct the address of the remote",
                        x->location[0] ? " to " : "", x->location);
    else if (x->status >= 500)
        flow_buf_puts(out, "; run it again when the server is well");
}

static int fail(struct flow_forge *forge, const struct exchange *x, const char *doing,
                const struct flow_json *json, struct flow_error *err)
{
    struct flow_buf text;
    enum flow_code code = FLOW_E_ENV;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (x->body.full) {
        flow_buf_puts(&text, "the answer is larger than flow takes");
    } else if (x->status == 0) {
        flow_buf_printf(&text, "%s; is the server up, and the network? run it again then", x->message);
    } else if (is_throttled(x)) {
        flow_buf_puts(&text, "its rate limit is used up until ");
        flow_time_iso(&text, (int64_t)(throttled_until(x) * 1000));
        say(forge, json, &text);
        flow_buf_puts(&text, "; run it again then");
    } else {
        flow_buf_printf(&text, "HTTP %ld", x->status);
        say(forge, json, &text);
        way_out(forge, x, &text);
        bool of_this = x->status / 100 == 4 && x->status != 401 && x->status != 403 && x->status != 404;
        code = of_this ? FLOW_E_INVALID : FLOW_E_ENV;
    }
    flow_error_set(err, code, "cannot %s at %s: %s", doing, forge->host, text.data);
    flow_buf_release(&text);
    return -1;
}

// Whether to try again, once it has waited: 1, 0, or -1 where it was told to stop.
static int again(struct flow_forge *forge, const struct exchange *x, bool reads, unsigned tries,
                 struct flow_error *err)
{
    if (tries >= TRIES || is_stopped(forge, 1))
        return 0;
    if (is_throttled(x)) {
        double seconds = throttled_until(x) - wall();
        if (seconds > WAIT_MAX)
            return 0;
        return wait_for(forge, seconds, "has had enough of us", err) ? -1 : 1;
    }
    if (!reads || x->body.full || (x->status != 0 && x->status < 500))
        return 0;
    return wait_for(forge, (double)tries * 0.5, "does not answer", err) ? -1 : 1;
}

int forge_call(struct flow_forge *forge, const char *method, const char *path, const struct flow_buf *body,
               const char *doing, struct forge_answer *out, struct flow_error *err)
{
    struct exchange x = {.forge = forge};
    bool reads = strcmp(method, "GET") == 0;
    int more = 1, result = 0;
    *out = (struct forge_answer){0};
    flow_buf_init(&x.body, FLOW_BUF_TEXT);
    if (body && flow_buf_check(body, "request", err))
        result = -1;
    for (unsigned tries = 1; result == 0 && more == 1; tries++) {
        result = is_stopped(forge, 1)
                     ? flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue")
                     : perform(forge, &x, method, path, body, err);
        if (result == 0)
            more = again(forge, &x, reads, tries, err);
    }
    if (result == 0 && more == 0) {
        out->status = x.status;
        out->more = x.more;
        if (x.body.len > 0)
            flow_json_parse(&out->json, x.body.data, x.body.len, NULL);
        if (is_stopped(forge, 2))
            result = flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue");
        else if (x.status / 100 != 2)
            result = fail(forge, &x, doing, out->json, err);
    }
    flow_buf_release(&x.body);
    return result || more < 0 ? -1 : 0;
}

void forge_answer_release(struct forge_answer *answer)
{
    flow_json_free(answer->json);
    *answer = (struct forge_answer){0};
}

bool forge_answer_is_no(const struct forge_answer *answer)
{
    return answer->status / 100 == 4 && answer->status != 401 && answer->status != 429;
}
