// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/forge/git.h"
#include "provider.h"

static int take(struct flow_forge *forge, const char *text, size_t len, const char *from,
                struct flow_error *err)
{
    // What goes into a header may not hold its end.
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return flow_error_set(err, FLOW_E_ENV,
                                  "%s does not hold a token: one word of printable characters", from);
    forge->token = strndup(text, len);
    forge->token_from = strdup(from);
    return forge->token && forge->token_from ? 0 : flow_error_nomem(err);
}

// 1: a helper knew one; 0: none did.
static int ask_git(struct flow_forge *forge, const char *scheme, const char *host, struct flow_error *err)
{
    const char *const words[] = {"-c", "core.askPass=", "credential", "fill", NULL};
    // Helpers are asked, people are not.
    const char *const extra[] = {"GIT_ASKPASS=", "SSH_ASKPASS=", NULL};
    struct flow_buf input, out;
    int status = 0;
    flow_buf_init(&input, FLOW_BUF_LINE);
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_buf_printf(&input, "protocol=%s\nhost=%s\n\n", scheme, host);
    const struct flow_git git = {
        .folder = forge->folder, .words = words, .extra = extra, .input = input.data, .out = &out};
    int result = flow_git_run(&git, &status, err);
    for (const char *line = out.data; result == 0 && status == 0 && *line;) {
        size_t len = strcspn(line, "\n");
        if (flow_str_starts(line, "password=") && len > strlen("password=")) {
            result = take(forge, line + strlen("password="), len - strlen("password="),
                          "git's credential helper", err);
            break;
        }
        line += len + (line[len] == '\n');
    }
    if (out.len > 0)
        explicit_bzero(out.data, out.len);
    flow_buf_release(&out);
    flow_buf_release(&input);
    return result ? -1 : forge->token != NULL;
}

int forge_token_read(struct flow_forge *forge, const char *scheme, const char *host, struct flow_error *err)
{
    const char *const *names = forge->provider->token_env;
    for (size_t i = 0; i < 2 && names[i]; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return take(forge, value, strlen(value), names[i], err);
    }
    int found = ask_git(forge, scheme, host, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return flow_error_set(
        err, FLOW_E_ENV, "no token for %s: set %s%s%s, or give git a credential helper that knows one for %s",
        forge->host, names[0], names[1] ? " or " : "", names[1] ? names[1] : "", host);
}
