// SPDX-License-Identifier: MIT
#include "flow/forge/forge.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/config/address.h"
#include "flow/config/policy.h"
#include "provider.h"
#include "remote.h"

const char *const flow_forge_names[] = {"patch", "github", "gitlab", "gitea", NULL};

int flow_forge_named(const char *name, enum flow_forge_kind *out, struct flow_error *err)
{
    for (unsigned i = 0; flow_forge_names[i]; i++)
        if (strcmp(flow_forge_names[i], name) == 0) {
            *out = (enum flow_forge_kind)i;
            return 0;
        }
    return flow_error_set(err, FLOW_E_INVALID, "'%s' is no forge: it is one of patch, github, gitlab, gitea",
                          name);
}

const char *flow_forge_host(const struct flow_forge *forge)
{
    return forge->provider ? forge->host : forge->patches;
}

const char *flow_forge_project(const struct flow_forge *forge)
{
    return forge->provider ? forge->project : "";
}

const char *flow_forge_token_from(const struct flow_forge *forge)
{
    return forge->token_from ? forge->token_from : "";
}

void forge_encode(struct flow_buf *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        if (strchr(plain, *text))
            flow_buf_putc(out, *text);
        else
            flow_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/*
 * Opening.
 */

// Where the API of a remote's host is.
static int make_url(enum flow_forge_kind kind, const struct remote *remote, struct flow_buf *out,
                    struct flow_error *err)
{
    static const char *const paths[] = {"", "/api/v3", "/api/v4", "/api/v1"};
    bool plain = remote->scheme_len == 4 && strncmp(remote->scheme, "http", 4) == 0;
    bool web = plain || (remote->scheme_len == 5 && strncmp(remote->scheme, "https", 5) == 0);
    if (!remote->host)
        return flow_error_set(
            err, FLOW_E_ENV, "the remote is no server: say where the forge's API is with the setting pr.url");
    if (kind == FLOW_FORGE_GITHUB && remote->host_len == 10 &&
        strncasecmp(remote->host, "github.com", 10) == 0) {
        flow_buf_puts(out, "https://api.github.com");
        return 0;
    }
    flow_buf_printf(out, "%s://%.*s", plain ? "http" : "https", (int)remote->host_len, remote->host);
    if (web)
        flow_buf_add(out, remote->port, remote->port_len);
    flow_buf_puts(out, paths[kind]);
    return 0;
}

static int allowed(const char *url, struct flow_error *err)
{
    struct flow_policy policy;
    if (flow_policy_load(&policy, err))
        return -1;
    int result = flow_address_allowed(url, &policy, err);
    flow_policy_release(&policy);
    return result;
}

static int make_project(struct flow_forge *forge, const struct remote *remote, struct flow_error *err)
{
    struct flow_buf name, path;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    remote_project(remote, forge->kind == FLOW_FORGE_GITLAB, &name);
    const char *slash = strchr(name.data, '/');
    int result = 0;
    if (!slash || slash == name.data || slash[1] == '\0')
        result = flow_error_set(err, FLOW_E_ENV,
                                "the remote's address names no project: it ends with 'OWNER/NAME'");
    else if (forge->kind == FLOW_FORGE_GITLAB) {
        flow_buf_puts(&path, "projects/");
        forge_encode(&path, name.data);
    } else {
        char *owner = strndup(name.data, (size_t)(slash - name.data));
        if (!owner)
            result = flow_error_nomem(err);
        flow_buf_puts(&path, "repos/");
        forge_encode(&path, owner ? owner : "");
        flow_buf_putc(&path, '/');
        forge_encode(&path, slash + 1);
        free(owner);
    }
    if (result == 0 && (flow_buf_check(&name, "name of the project", err) ||
                        flow_buf_check(&path, "name of the project", err)))
        result = -1;
    if (result == 0) {
        forge->project = flow_buf_detach(&name);
        forge->path = flow_buf_detach(&path);
        if (!forge->project || !forge->path)
            result = flow_error_nomem(err);
    }
    flow_buf_release(&path);
    flow_buf_release(&name);
    return result;
}

// Both are at one server: the pull request is.
static int find_fork(struct flow_forge *forge, const struct remote *remote, const char *address,
                     struct flow_error *err)
{
    struct flow_buf name;
    struct remote fork;
    if (!address)
        return 0;
    remote_split(address, &fork);
    flow_buf_init(&name, FLOW_BUF_LINE);
    remote_project(&fork, forge->kind == FLOW_FORGE_GITLAB, &name);
    int result = flow_buf_check(&name, "name of the fork", err);
    bool same =
        (!fork.host && !remote->host) || (fork.host && remote->host && fork.host_len == remote->host_len &&
                                          strncasecmp(fork.host, remote->host, fork.host_len) == 0);
    if (result == 0 && (!same || !strchr(name.data, '/')))
        result =
            flow_error_set(err, FLOW_E_ENV,
                           "the fork is not at the server of '%s', which pull requests would go into: name "
                           "a remote of that server with --fork",
                           forge->project);
    if (result == 0 && !(forge->fork = flow_buf_detach(&name)))
        result = flow_error_nomem(err);
    flow_buf_release(&name);
    return result;
}

static int find_api(struct flow_forge *forge, const struct remote *remote, const char *given,
                    struct flow_error *err)
{
    struct flow_buf url;
    flow_buf_init(&url, FLOW_BUF_LINE);
    int result = given ? 0 : make_url(forge->kind, remote, &url, err);
    if (given)
        flow_buf_puts(&url, given);
    size_t len = url.len;
    while (len > 0 && url.data[len - 1] == '/')
        len--;
    flow_buf_truncate(&url, len);
    if (result == 0)
        result = flow_buf_check(&url, "address of the forge", err) || flow_address_check(url.data, err) ||
                         allowed(url.data, err)
                     ? -1
                     : 0;
    if (result == 0) {
        const char *host = strstr(url.data, "://") + 3;
        forge->host = strndup(host, strcspn(host, "/?#"));
        forge->api = strdup(url.data);
        if (!forge->host || !forge->api)
            result = flow_error_nomem(err);
    }
    flow_buf_release(&url);
    return result;
}

// git knows the forge by the host that it fetches from.
static int find_token(struct flow_forge *forge, const struct remote *remote, struct flow_error *err)
{
    const char *scheme = flow_str_starts(forge->api, "http://") ? "http" : "https";
    struct flow_buf host;
    if (!remote->host)
        return forge_token_read(forge, scheme, forge->host, err);
    flow_buf_init(&host, FLOW_BUF_LINE);
    flow_buf_add(&host, remote->host, remote->host_len);
    if (remote->scheme_len >= 4 && strncmp(remote->scheme, "http", 4) == 0)
        flow_buf_add(&host, remote->port, remote->port_len);
    int result =
        flow_buf_check(&host, "host", err) || forge_token_read(forge, scheme, host.data, err) ? -1 : 0;
    flow_buf_release(&host);
    return result;
}

static int open_server(struct flow_forge *forge, const struct flow_forge_options *options,
                       struct flow_error *err)
{
    static const struct forge_provider *const providers[] = {NULL, &forge_github, &forge_gitlab,
                                                             &forge_gitea};
    struct remote remote;
    forge->provider = providers[options->kind];
    remote_split(options->remote, &remote);
    if (find_api(forge, &remote, options->url, err) || make_project(forge, &remote, err) ||
        find_fork(forge, &remote, options->fork, err) || find_token(forge, &remote, err))
        return -1;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return flow_error_set(err, FLOW_E_ENV, "cannot start libcurl");
    forge->easy = curl_easy_init();
    if (!forge->easy) {
        curl_global_cleanup();
        return flow_error_nomem(err);
    }
    return 0;
}

int flow_forge_new(struct flow_forge **out, const struct flow_forge_options *options, struct flow_error *err)
{
    struct flow_forge *forge = calloc(1, sizeof *forge);
    if (!forge)
        return flow_error_nomem(err);
    forge->kind = options->kind;
    forge->stop = options->stop;
    forge->note = options->note;
    forge->payload = options->payload;
    forge->folder = strdup(options->folder);
    forge->patches = strdup(options->patches ? options->patches : "");
    int result = forge->folder && forge->patches ? 0 : flow_error_nomem(err);
    if (result == 0 && options->kind != FLOW_FORGE_PATCH)
        result = open_server(forge, options, err);
    if (result)
        flow_forge_free(forge);
    else
        *out = forge;
    return result;
}

void flow_forge_free(struct flow_forge *forge)
{
    if (!forge)
        return;
    if (forge->token)
        explicit_bzero(forge->token, strlen(forge->token));
    if (forge->easy) {
        curl_easy_cleanup(forge->easy);
        curl_global_cleanup();
    }
    free(forge->token);
    free(forge->token_from);
    free(forge->path);
    free(forge->fork);
    free(forge->project);
    free(forge->host);
    free(forge->api);
    free(forge->patches);
    free(forge->folder);
    free(forge);
}
