// SPDX-License-Identifier: MIT
#include "net.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <pthread.h>
#include <semaphore.h>

#include "flow/base/thread.h"
#include "flow/base/time.h"

/* How long the thread sleeps at most while transfers run: how late a limit or a cancellation is seen. */
#define TICK_MS      100
/* Limits of all transfers are looked at no more often than this. */
#define LOOK_SECONDS 0.05
/* Once an answer is whole, its connection gets this long to end cleanly and be used again. */
#define MANNERS      1.0
/* Small, since there is one for each of a thousand transfers, and answers come in small pieces. */
#define READ_BUFFER  1024L
#define WRITE_BUFFER 16384L
#define NET_STACK    ((size_t)256 << 10)

/* A transfer on its way; lives on the stack of its caller. */
struct job {
    struct flow_transfer *transfer;
    CURL *easy;
    struct curl_slist *headers;
    double started, last_byte, last_content;
    size_t received, sent;
    bool running; /* handed to the multi handle */
    bool complete;
    sem_t ended; /* its caller alone is woken, and has to wait for no lock then */
    struct job *prev, *next;
};

struct flow_net {
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock;
    struct job *queue; /* new ones, under the lock */
    struct job *jobs;  /* of the thread */
    bool closing;      /* under the lock */
    const atomic_bool *cancel;
    double looked;
};

static void list_add(struct job **list, struct job *job)
{
    job->prev = NULL;
    job->next = *list;
    if (job->next != NULL)
        job->next->prev = job;
    *list = job;
}

static void list_remove(struct job **list, struct job *job)
{
    if (job->prev != NULL)
        job->prev->next = job->next;
    else
        *list = job->next;
    if (job->next != NULL)
        job->next->prev = job->prev;
}

static size_t on_data(char *bytes, size_t one, size_t len, void *payload)
{
    struct job *job = payload;
    struct flow_transfer *t = job->transfer;
    double now = flow_time_mono();

    (void)one;
    if (t->first_byte < 0) {
        t->first_byte = now - job->started;
        job->last_content = now;
        curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &t->status);
    }
    job->last_byte = now;
    job->received += len;
    if (job->received > t->limits->size) {
        t->end = FLOW_NET_TOO_BIG;
        return CURL_WRITEFUNC_ERROR;
    }
    switch (t->data(t->payload, bytes, len, t->status)) {
    case FLOW_NET_STOP:
        t->end = FLOW_NET_STOPPED;
        return CURL_WRITEFUNC_ERROR;
    case FLOW_NET_COMPLETE:
        job->complete = true;
        break;
    case FLOW_NET_CONTENT:
        job->last_content = now;
        break;
    case FLOW_NET_LIFE:
        break;
    }
    return len;
}

static size_t on_upload(char *out, size_t one, size_t room, void *payload)
{
    struct job *job = payload;
    struct flow_transfer *t = job->transfer;
    size_t len = t->len - job->sent;

    (void)one;
    if (len > room)
        len = room;
    if (len == 0)
        return 0;
    memcpy(out, t->body + job->sent, len);
    job->sent += len;
    if (job->sent == t->len && t->uploaded != NULL) {
        t->body = NULL;
        t->uploaded(t->payload);
    }
    return len;
}

// A connection that was kept turned out to be closed: libcurl wants to send from the beginning on a new one.
static int on_rewind(void *payload, curl_off_t offset, int origin)
{
    struct job *job = payload;

    if (origin != SEEK_SET || offset != 0 || job->transfer->body == NULL)
        return CURL_SEEKFUNC_FAIL;
    job->sent = 0;
    return CURL_SEEKFUNC_OK;
}

static void copy_header(CURL *easy, const char *name, char *out, size_t size)
{
    struct curl_header *header;

    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        snprintf(out, size, "%s", header->value);
}

static void read_headers(struct job *job)
{
    struct flow_transfer *t = job->transfer;
    curl_off_t uploaded = 0;

    curl_easy_getinfo(job->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    t->sent = uploaded > 0;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &t->status);
    copy_header(job->easy, "content-type", t->content_type, sizeof t->content_type);
    copy_header(job->easy, "retry-after", t->retry_after, sizeof t->retry_after);
    copy_header(job->easy, "retry-after-ms", t->retry_after_ms, sizeof t->retry_after_ms);
    copy_header(job->easy, "x-should-retry", t->should_retry, sizeof t->should_retry);
    // OpenAI, OpenRouter, Anthropic: whichever is there.
    copy_header(job->easy, "x-request-id", t->request_id, sizeof t->request_id);
    copy_header(job->easy, "x-generation-id", t->request_id, sizeof t->request_id);
    copy_header(job->easy, "request-id", t->request_id, sizeof t->request_id);
}

static void end_job(struct flow_net *net, struct job *job)
{
    read_headers(job);
    job->transfer->seconds = flow_time_mono() - job->started;
    if (job->running)
        curl_multi_remove_handle(net->multi, job->easy);
    list_remove(&net->jobs, job);
    sem_post(&job->ended);
}

static void end_as(struct flow_net *net, struct job *job, enum flow_net_end end)
{
    job->transfer->end = job->complete ? FLOW_NET_DONE : end;
    end_job(net, job);
}

static void start_job(struct flow_net *net, struct job *job)
{
    CURLMcode rc;

    list_add(&net->jobs, job);
    job->started = job->last_byte = job->last_content = flow_time_mono();
    rc = curl_multi_add_handle(net->multi, job->easy);
    job->running = rc == CURLM_OK;
    if (job->running)
        return;
    job->transfer->code = CURLE_FAILED_INIT;
    snprintf(job->transfer->message, sizeof job->transfer->message, "%s", curl_multi_strerror(rc));
    end_as(net, job, FLOW_NET_FAILED);
}

static void take_finished(struct flow_net *net)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(net->multi, &left)) != NULL) {
        struct job *job;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
        // The data function has said why already where it made curl stop.
        if (code != CURLE_OK && job->transfer->end == FLOW_NET_DONE && !job->complete) {
            job->transfer->end = FLOW_NET_FAILED;
            job->transfer->code = (int)code;
            if (job->transfer->message[0] == '\0')
                snprintf(job->transfer->message, sizeof job->transfer->message, "%s",
                         curl_easy_strerror(code));
        }
        end_job(net, job);
    }
}

static void look_at_limits(struct flow_net *net)
{
    double now = flow_time_mono();
    bool cancelled = net->cancel != NULL && atomic_load(net->cancel);

    if (!cancelled && now - net->looked < LOOK_SECONDS)
        return;
    net->looked = now;
    for (struct job *job = net->jobs, *next; job != NULL; job = next) {
        const struct flow_transfer *t = job->transfer;
        next = job->next;
        if (cancelled)
            end_as(net, job, FLOW_NET_CANCELLED);
        else if (t->first_byte < 0 && now - job->started > t->limits->first_byte)
            end_as(net, job, FLOW_NET_FIRST_BYTE);
        else if (t->first_byte >= 0 && now - job->last_byte > (job->complete ? MANNERS : t->limits->silence))
            end_as(net, job, FLOW_NET_SILENCE);
        else if (t->first_byte >= 0 && now - job->last_content > t->limits->content)
            end_as(net, job, FLOW_NET_NO_CONTENT);
    }
}

// Starts what is new. false: the net is being closed.
static bool take_queue(struct flow_net *net)
{
    struct job *queue;
    bool closing;

    pthread_mutex_lock(&net->lock);
    queue = net->queue;
    net->queue = NULL;
    closing = net->closing;
    pthread_mutex_unlock(&net->lock);
    while (queue != NULL) {
        struct job *job = queue;
        queue = job->next;
        start_job(net, job);
    }
    return !closing;
}

static void *run(void *payload)
{
    struct flow_net *net = payload;
    int running;

    while (take_queue(net)) {
        curl_multi_perform(net->multi, &running);
        take_finished(net);
        look_at_limits(net);
        // An idle thread needs no tick: a wake-up announces each new transfer and the end.
        curl_multi_poll(net->multi, NULL, 0, net->jobs == NULL ? 60000 : TICK_MS, NULL);
    }
    return NULL;
}

int flow_net_new(struct flow_net **out, const atomic_bool *cancel, struct flow_error *err)
{
    struct flow_net *net = calloc(1, sizeof *net);

    if (net == NULL)
        return flow_error_nomem(err);
    net->cancel = cancel;
    pthread_mutex_init(&net->lock, NULL);
    // Counted by libcurl: a second initialisation by somebody else does no harm.
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        flow_error_set(err, FLOW_E_ENV, "cannot start libcurl");
        goto failed;
    }
    net->multi = curl_multi_init();
    if (net->multi == NULL) {
        flow_error_nomem(err);
        goto failed;
    }
    if (flow_thread_start(&net->thread, NET_STACK, run, net, err) != 0)
        goto failed;
    *out = net;
    return 0;
failed:
    if (net->multi != NULL)
        curl_multi_cleanup(net->multi);
    pthread_mutex_destroy(&net->lock);
    free(net);
    return -1;
}

void flow_net_free(struct flow_net *net)
{
    if (net == NULL)
        return;
    pthread_mutex_lock(&net->lock);
    net->closing = true;
    pthread_mutex_unlock(&net->lock);
    curl_multi_wakeup(net->multi);
    pthread_join(net->thread, NULL);
    curl_multi_cleanup(net->multi);
    curl_global_cleanup();
    pthread_mutex_destroy(&net->lock);
    free(net);
}

static int make_headers(struct job *job, struct flow_error *err)
{
    // libcurl would ask permission to send a long body, and wait for the answer.
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; list != NULL && i < job->transfer->headers->count; i++) {
        struct curl_slist *more = curl_slist_append(list, job->transfer->headers->items[i]);
        if (more == NULL)
            curl_slist_free_all(list);
        list = more;
    }
    job->headers = list;
    return list == NULL ? flow_error_nomem(err) : 0;
}

static int make_easy(struct job *job, struct flow_error *err)
{
    const struct flow_transfer *t = job->transfer;
    const char *bundle = getenv("SSL_CERT_FILE");
    CURL *easy = job->easy = curl_easy_init();

    if (easy == NULL || make_headers(job, err) != 0)
        return flow_error_nomem(err);
    curl_easy_setopt(easy, CURLOPT_URL, t->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, job->headers);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(easy, CURLOPT_READDATA, job);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, job);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->len);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "flow");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, job);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->message);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(t->limits->connect * 1000));
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, WRITE_BUFFER);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    // With a folder of certificates libcurl keeps no parsed store, and parses all of them for each
    // connection.
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (bundle != NULL && *bundle != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, bundle);
    return 0;
}

int flow_net_post(struct flow_net *net, struct flow_transfer *transfer, struct flow_error *err)
{
    struct job job = {.transfer = transfer};
    int rc;

    transfer->end = FLOW_NET_DONE;
    transfer->first_byte = -1;
    transfer->message[0] = '\0';
    sem_init(&job.ended, 0, 0);
    rc = make_easy(&job, err);
    if (rc == 0) {
        bool first;
        pthread_mutex_lock(&net->lock);
        first = net->queue == NULL;
        list_add(&net->queue, &job);
        pthread_mutex_unlock(&net->lock);
        // Who comes while others are queued is taken together with them.
        if (first)
            curl_multi_wakeup(net->multi);
        while (sem_wait(&job.ended) != 0)
            continue; // a signal came
    }
    curl_easy_cleanup(job.easy);
    curl_slist_free_all(job.headers);
    sem_destroy(&job.ended);
    return rc;
}
