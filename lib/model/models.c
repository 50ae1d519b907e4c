// SPDX-License-Identifier: MIT
#include "models.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/config/address.h"
#include "provider.h"
#include "redact.h"
#include "words.h"

/* Seconds. The first byte may wait for a long prompt on a slow machine; content may wait for long thinking
 * that shows nothing but pings. */
#define CONNECT_SECONDS    30
#define FIRST_BYTE_SECONDS 600
#define SILENCE_SECONDS    120
#define CONTENT_SECONDS    900
#define COMMAND_SECONDS    1800
/* The longest answers have 128,000 tokens, each in an event of some 150 bytes. */
#define REPLY_MAX          ((size_t)32 << 20)
/* With a server that was there and is not: a night, and the morning after. */
#define PATIENCE_SECONDS   86400
/* Tries beyond the first where a server fails; throttles do not count. */
#define RETRIES            4

static int read_limits(struct flow_limits *out, const struct flow_config *config, struct flow_error *err)
{
    long first_byte, silence, content, command, patience;

    if (flow_config_int(config, "model.first-byte-timeout", 1, 86400, FIRST_BYTE_SECONDS, &first_byte, err) !=
            0 ||
        flow_config_int(config, "model.silence-timeout", 1, 86400, SILENCE_SECONDS, &silence, err) != 0 ||
        flow_config_int(config, "model.content-timeout", 1, 86400, CONTENT_SECONDS, &content, err) != 0 ||
        flow_config_int(config, "model.command.timeout", 1, 86400, COMMAND_SECONDS, &command, err) != 0 ||
        flow_config_int(config, "model.patience", 0, 31536000, PATIENCE_SECONDS, &patience, err) != 0 ||
        flow_config_int(config, "model.retries", 0, 100, RETRIES, &out->retries, err) != 0)
        return -1;
    out->net = (struct flow_net_limits){.connect = CONNECT_SECONDS,
                                        .first_byte = (double)first_byte,
                                        .silence = (double)silence,
                                        .content = (double)content,
                                        .size = REPLY_MAX};
    out->patience = (double)patience;
    out->command_seconds = (double)command;
    return 0;
}

// Known before the first call: the environment's. Those of files are added as they are read.
static int read_secrets(struct flow_models *models, struct flow_error *err)
{
    struct flow_strv names, words;
    int rc;

    flow_strv_init(&names);
    flow_strv_init(&words);
    rc = flow_endpoint_keys(&models->secrets, err);
    if (rc == 0)
        rc = flow_config_list(models->config, "model.command.env", &names, err);
    for (size_t i = 0; rc == 0 && i < names.count; i++)
        rc = flow_words_split(names.items[i], &words, err);
    for (size_t i = 0; rc == 0 && i < words.count; i++)
        rc = flow_redact_variable(&models->secrets, words.items[i], false, err);
    flow_strv_release(&words);
    flow_strv_release(&names);
    return rc;
}

int flow_models_new(struct flow_models **out, const struct flow_models_options *options,
                    struct flow_error *err)
{
    struct flow_models *models = calloc(1, sizeof *models);

    if (models == NULL)
        return flow_error_nomem(err);
    pthread_mutex_init(&models->lock, NULL);
    models->config = options->config;
    models->cancel = options->cancel;
    models->held = options->held;
    models->payload = options->payload;
    models->buckets = flow_map_new();
    models->recordings = flow_map_new();
    if (models->buckets == NULL || models->recordings == NULL) {
        flow_error_nomem(err);
        goto failed;
    }
    models->started = flow_time_mono();
    if (flow_policy_load(&models->policy, err) != 0 ||
        read_limits(&models->limits, options->config, err) != 0 || read_secrets(models, err) != 0 ||
        (options->record != NULL && flow_recorder_new(&models->recorder, options->record, err) != 0))
        goto failed;
    *out = models;
    return 0;
failed:
    flow_models_free(models);
    return -1;
}

static int free_bucket(const char *key, union flow_map_value *value, void *payload)
{
    (void)key;
    (void)payload;
    flow_bucket_release(value->ptr);
    free(value->ptr);
    return 0;
}

static int free_recording(const char *key, union flow_map_value *value, void *payload)
{
    (void)key;
    (void)payload;
    flow_recording_free(value->ptr);
    return 0;
}

void flow_models_free(struct flow_models *models)
{
    if (models == NULL)
        return;
    flow_net_free(models->net);
    if (models->buckets != NULL)
        flow_map_each(models->buckets, free_bucket, NULL);
    if (models->recordings != NULL)
        flow_map_each(models->recordings, free_recording, NULL);
    flow_map_free(models->buckets);
    flow_map_free(models->recordings);
    flow_endpoint_release(&models->anthropic.endpoint);
    flow_endpoint_release(&models->openai.endpoint);
    flow_policy_release(&models->policy);
    for (size_t i = 0; i < models->secrets.count; i++)
        explicit_bzero(models->secrets.items[i], strlen(models->secrets.items[i]));
    flow_strv_release(&models->secrets);
    flow_prices_free(models->prices);
    flow_recorder_free(models->recorder);
    for (size_t i = 0; i < models->body_count; i++)
        flow_buf_release(&models->bodies[i]);
    pthread_mutex_destroy(&models->lock);
    free(models);
}

int flow_models_net(struct flow_models *models, struct flow_net **out, struct flow_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&models->lock);
    if (models->net == NULL)
        rc = flow_net_new(&models->net, models->cancel, err);
    *out = models->net;
    pthread_mutex_unlock(&models->lock);
    return rc;
}

int flow_models_server(struct flow_models *models, const char *provider, struct flow_server **out,
                       struct flow_error *err)
{
    struct flow_server *server = strcmp(provider, "anthropic") == 0 ? &models->anthropic : &models->openai;
    int rc = 0;

    pthread_mutex_lock(&models->lock);
    if (!server->ready)
        rc = flow_endpoint_read(&server->endpoint, provider, models->config, err);
    if (!server->ready && rc == 0 &&
        (flow_address_allowed(server->endpoint.url, &models->policy, err) != 0 ||
         (server->endpoint.key != NULL && flow_strv_add(&models->secrets, server->endpoint.key, err) != 0))) {
        flow_endpoint_release(&server->endpoint);
        rc = -1;
    }
    server->ready = rc == 0;
    pthread_mutex_unlock(&models->lock);
    *out = server;
    return rc;
}

static int make_bucket(struct flow_map *map, const char *key, struct flow_error *err)
{
    struct flow_bucket *bucket = malloc(sizeof *bucket);

    if (bucket == NULL)
        return flow_error_nomem(err);
    if (flow_bucket_init(bucket, err) != 0) {
        free(bucket);
        return -1;
    }
    if (flow_map_set_ptr(map, key, bucket, err) == 0)
        return 0;
    flow_bucket_release(bucket);
    free(bucket);
    return -1;
}

static int make_recording(struct flow_map *map, const char *path, struct flow_error *err)
{
    struct flow_recording *recording;

    if (flow_recording_open(&recording, path, err) != 0)
        return -1;
    if (flow_map_set_ptr(map, path, recording, err) == 0)
        return 0;
    flow_recording_free(recording);
    return -1;
}

static int find_or_make(struct flow_models *models, struct flow_map *map, const char *key,
                        int (*make)(struct flow_map *map, const char *key, struct flow_error *err),
                        void **out, struct flow_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&models->lock);
    if (flow_map_get(map, key) == NULL)
        rc = make(map, key, err);
    if (rc == 0)
        *out = flow_map_get(map, key)->ptr;
    pthread_mutex_unlock(&models->lock);
    return rc;
}

void flow_models_body_take(struct flow_models *models, struct flow_buf *out)
{
    flow_buf_init(out, FLOW_BUF_FILE);
    pthread_mutex_lock(&models->lock);
    if (models->body_count > 0)
        *out = models->bodies[--models->body_count];
    pthread_mutex_unlock(&models->lock);
}

void flow_models_body_give(struct flow_models *models, struct flow_buf *body)
{
    struct flow_buf surplus = *body;

    flow_buf_init(body, FLOW_BUF_FILE);
    flow_buf_clear(&surplus);
    pthread_mutex_lock(&models->lock);
    if (surplus.cap > 0 && surplus.cap <= FLOW_BODY_BYTES && models->body_count < FLOW_BODIES) {
        models->bodies[models->body_count++] = surplus;
        flow_buf_init(&surplus, FLOW_BUF_FILE);
    }
    pthread_mutex_unlock(&models->lock);
    flow_buf_release(&surplus);
}

void flow_models_redact(struct flow_models *models, struct flow_reply *reply, struct flow_fault *fault,
                        struct flow_error *err)
{
    pthread_mutex_lock(&models->lock);
    flow_redact_attempt(&models->secrets, reply, fault, err);
    pthread_mutex_unlock(&models->lock);
}

int flow_models_bucket(struct flow_models *models, const char *model, struct flow_bucket **out,
                       struct flow_error *err)
{
    void *bucket = NULL;
    int rc = find_or_make(models, models->buckets, model, make_bucket, &bucket, err);

    *out = bucket;
    return rc;
}

int flow_models_recording(struct flow_models *models, const char *path, struct flow_recording **out,
                          struct flow_error *err)
{
    void *recording = NULL;
    int rc = find_or_make(models, models->recordings, path, make_recording, &recording, err);

    *out = recording;
    return rc;
}

static int add_load(const char *key, union flow_map_value *value, void *payload)
{
    (void)key;
    flow_bucket_load(value->ptr, payload);
    return 0;
}

void flow_models_load(struct flow_models *models, struct flow_models_load *out)
{
    *out = (struct flow_models_load){0};
    pthread_mutex_lock(&models->lock);
    flow_map_each(models->buckets, add_load, out);
    pthread_mutex_unlock(&models->lock);
}

static int read_prices(struct flow_models *models, struct flow_error *err)
{
    const char *named;
    struct flow_buf path;
    int rc = -1;

    flow_buf_init(&path, FLOW_BUF_LINE);
    if (flow_model_setting(models->config, "model.prices", &named, err) != 0)
        goto done;
    // Who sets the prices decides what a limit in dollars is worth.
    if (models->policy.budget.nano_usd >= 0) {
        if (flow_dir_installed(&path, "prices.conf", err) != 0)
            goto done;
    } else if (named != NULL)
        flow_buf_puts(&path, named);
    else if (flow_dir_data(&path, "prices.conf", err) != 0)
        goto done;
    rc = flow_prices_read(&models->prices, path.data, err);
done:
    flow_buf_release(&path);
    return rc;
}

int flow_models_price(struct flow_models *models, const char *model, uint64_t tokens, struct flow_price *out,
                      struct flow_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&models->lock);
    if (models->prices == NULL)
        rc = read_prices(models, err);
    pthread_mutex_unlock(&models->lock);
    if (rc != 0)
        return rc;
    flow_prices_find(models->prices, model, tokens, out);
    // A recording was paid for when it was made.
    if (!out->known && flow_str_starts(model, "replay/"))
        out->known = true;
    return 0;
}
