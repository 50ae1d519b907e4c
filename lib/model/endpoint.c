// SPDX-License-Identifier: MIT
#include "endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/config/address.h"
#include "redact.h"

/* No key is longer; a longer one is some other file. */
#define KEY_MAX ((size_t)8192)

static const struct vendor {
    const char *provider, *url, *url_env, *key_env;
} vendors[] = {
    {"anthropic", "https://api.anthropic.com", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"},
    {"openai", "https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY"},
};

static const struct vendor *find_vendor(const char *provider)
{
    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++)
        if (strcmp(vendors[i].provider, provider) == 0)
            return &vendors[i];
    return NULL;
}

int flow_model_setting(const struct flow_config *config, const char *key, const char **out,
                       struct flow_error *err)
{
    enum flow_config_level level;
    const char *origin;

    *out = flow_config_str(config, key, NULL);
    if (*out == NULL)
        return 0;
    origin = flow_config_origin(config, key, &level);
    if (level > FLOW_CONFIG_COMMITTED)
        return 0;
    *out = NULL;
    return flow_error_set(err, FLOW_E_REFUSED, "'%s' cannot be set in %s: set it in your own configuration",
                          key, origin);
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static int setting_of(const struct flow_config *config, const char *provider, const char *key,
                      const char **out, struct flow_error *err)
{
    char name[64];

    snprintf(name, sizeof name, "model.%s.%s", provider, key);
    return flow_model_setting(config, name, out, err);
}

static int read_url(struct flow_endpoint *out, const struct vendor *vendor, const struct flow_config *config,
                    struct flow_error *err)
{
    const char *url = NULL;
    size_t len;

    if (setting_of(config, vendor->provider, "url", &url, err) != 0)
        return -1;
    if (url == NULL)
        url = environment(vendor->url_env);
    len = strlen(vendor->url);
    out->vendor =
        url == NULL || (strncmp(url, vendor->url, len) == 0 && strspn(url + len, "/") == strlen(url + len));
    if (url == NULL)
        url = vendor->url;
    if (flow_address_check(url, err) != 0)
        return -1;
    out->url = strdup(url);
    if (out->url == NULL)
        return flow_error_nomem(err);
    for (len = strlen(out->url); len > 0 && out->url[len - 1] == '/'; len--)
        out->url[len - 1] = '\0';
    return 0;
}

// What goes into a header may not hold its end.
static int take_key(struct flow_endpoint *out, const char *text, size_t len, const char *what,
                    struct flow_error *err)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return flow_error_set(err, FLOW_E_ENV, "%s does not hold a key: one word of printable characters",
                                  what);
    if (len == 0)
        return flow_error_set(err, FLOW_E_ENV, "%s is empty", what);
    out->key = strndup(text, len);
    return out->key != NULL ? 0 : flow_error_nomem(err);
}

static int read_key_file(struct flow_endpoint *out, const char *path, struct flow_error *err)
{
    struct flow_buf text, what;
    struct stat st;
    int fd, rc = -1;

    flow_buf_init(&text, KEY_MAX);
    flow_buf_init(&what, FLOW_BUF_LINE);
    flow_buf_printf(&what, "key file '%s'", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        flow_error_errno(err, errno, "cannot read %s", what.data);
        goto done;
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
        flow_error_set(err, FLOW_E_ENV, "%s can be read by others: chmod 600 it", what.data);
        goto done;
    }
    if (flow_fd_read(fd, what.data, &text, err) == 0 && flow_buf_check(&text, what.data, err) == 0)
        rc = take_key(out, text.data, text.len, what.data, err);
done:
    if (text.len > 0)
        explicit_bzero(text.data, text.len);
    if (fd >= 0)
        close(fd);
    flow_buf_release(&text);
    flow_buf_release(&what);
    return rc;
}

static int read_key(struct flow_endpoint *out, const struct vendor *vendor, const struct flow_config *config,
                    struct flow_error *err)
{
    const char *key = environment(vendor->key_env), *file = NULL;

    if (key == NULL && setting_of(config, vendor->provider, "key-file", &file, err) != 0)
        return -1;
    out->key_from = strdup(file != NULL ? file : vendor->key_env);
    if (out->key_from == NULL)
        return flow_error_nomem(err);
    if (key != NULL)
        return take_key(out, key, strlen(key), vendor->key_env, err);
    return file != NULL ? read_key_file(out, file, err) : 0;
}

int flow_endpoint_ready(const struct flow_endpoint *endpoint, const char *provider, struct flow_error *err)
{
    if (endpoint->key != NULL || !endpoint->vendor)
        return 0;
    return flow_error_set(err, FLOW_E_ENV,
                          "no key for %s: set %s, or name a file with mode 0600 in "
                          "flow.model.%s.key-file of your git configuration",
                          endpoint->url, find_vendor(provider)->key_env, provider);
}

int flow_endpoint_keys(struct flow_strv *out, struct flow_error *err)
{
    for (size_t i = 0; i < sizeof vendors / sizeof vendors[0]; i++)
        if (flow_redact_variable(out, vendors[i].key_env, true, err) != 0)
            return -1;
    return 0;
}

int flow_endpoint_read(struct flow_endpoint *out, const char *provider, const struct flow_config *config,
                       struct flow_error *err)
{
    const struct vendor *vendor = find_vendor(provider);
    const char *version = NULL, *auth = NULL;

    *out = (struct flow_endpoint){0};
    if (read_url(out, vendor, config, err) != 0 || read_key(out, vendor, config, err) != 0 ||
        setting_of(config, provider, "version", &version, err) != 0 ||
        setting_of(config, provider, "auth", &auth, err) != 0)
        goto failed;
    if (auth != NULL && strcmp(auth, "bearer") != 0 && strcmp(auth, "x-api-key") != 0) {
        flow_error_set(err, FLOW_E_ENV, "'model.%s.auth' is 'x-api-key' or 'bearer', not '%s'", provider,
                       auth);
        goto failed;
    }
    out->bearer = auth != NULL && strcmp(auth, "bearer") == 0;
    out->version = strdup(version != NULL ? version : "2026-10-21");
    if (out->version != NULL)
        return 0;
    flow_error_nomem(err);
failed:
    flow_endpoint_release(out);
    return -1;
}

void flow_endpoint_release(struct flow_endpoint *endpoint)
{
    if (endpoint->key != NULL)
        explicit_bzero(endpoint->key, strlen(endpoint->key));
    free(endpoint->key);
    free(endpoint->key_from);
    free(endpoint->url);
    free(endpoint->version);
    *endpoint = (struct flow_endpoint){0};
}

void flow_endpoint_host(const struct flow_endpoint *endpoint, struct flow_buf *out)
{
    const char *host = strstr(endpoint->url, "://") + 3;

    flow_buf_add(out, host, strcspn(host, "/?#"));
}
