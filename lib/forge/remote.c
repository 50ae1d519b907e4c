// SPDX-License-Identifier: MIT
// Addresses as git takes them: scheme://[user@]host[:port]/path, [user@]host:path, or a path of this machine.
#include "remote.h"

#include <string.h>
#include <strings.h>

#include "flow/base/str.h"
#include "flow/forge/forge.h"

static const struct {
    const char *host;
    enum flow_forge_kind kind;
} known[] = {
    {"github.com", FLOW_FORGE_GITHUB},
    {"gitlab.com", FLOW_FORGE_GITLAB},
    {"codeberg.org", FLOW_FORGE_GITEA},
    {"gitea.com", FLOW_FORGE_GITEA},
};

void remote_split(const char *address, struct remote *out)
{
    const char *authority = strstr(address, "://"), *end;
    *out = (struct remote){.path = address};
    if (authority) {
        out->scheme = address;
        out->scheme_len = (size_t)(authority - address);
        authority += 3;
        end = authority + strcspn(authority, "/");
    } else {
        // As git decides: a colon before the first slash makes it a host.
        authority = address;
        end = address + strcspn(address, ":/");
        if (*end != ':')
            return;
    }
    const char *at = memchr(authority, '@', (size_t)(end - authority));
    while (at) {
        authority = at + 1;
        at = memchr(authority, '@', (size_t)(end - authority));
    }
    out->host = authority;
    out->host_len = *authority == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":/");
    if (out->host + out->host_len > end)
        out->host_len = (size_t)(end - authority);
    if (out->scheme) {
        out->port = out->host + out->host_len;
        out->port_len = (size_t)(end - out->port);
    }
    out->path = end + (*end == ':' || *end == '/');
    if (out->host_len == 0)
        out->host = NULL;
}

void flow_remote_host(const char *address, struct flow_buf *out)
{
    struct remote remote;
    remote_split(address, &remote);
    if (remote.host)
        flow_buf_add(out, remote.host, remote.host_len);
}

bool flow_forge_known(const char *address, enum flow_forge_kind *out)
{
    struct remote remote;
    remote_split(address, &remote);
    for (size_t i = 0; remote.host && i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].host) == remote.host_len &&
            strncasecmp(known[i].host, remote.host, remote.host_len) == 0) {
            *out = known[i].kind;
            return true;
        }
    return false;
}

void flow_remote_show(const char *address, struct flow_buf *out)
{
    struct remote remote;
    remote_split(address, &remote);
    if (remote.scheme && remote.host) {
        flow_str_show(out, remote.scheme, remote.scheme_len + 3);
        flow_str_show(out, remote.host, strlen(remote.host));
    } else {
        flow_str_show(out, address, strlen(address));
    }
}

// Without slashes at its ends and without ".git".
static void trim(const char **path, size_t *len)
{
    while (*len > 0 && **path == '/')
        (*path)++, (*len)--;
    while (*len > 0 && (*path)[*len - 1] == '/')
        (*len)--;
    if (*len > 4 && strncmp(*path + *len - 4, ".git", 4) == 0)
        *len -= 4;
}

void remote_project(const struct remote *remote, bool whole, struct flow_buf *out)
{
    const char *path = remote->path;
    size_t len = strlen(path);
    trim(&path, &len);
    if (!whole || !remote->host) {
        size_t start = len;
        for (unsigned slashes = 0; start > 0; start--)
            if (path[start - 1] == '/' && ++slashes == 2)
                break;
        path += start;
        len -= start;
    }
    flow_buf_add(out, path, len);
}
