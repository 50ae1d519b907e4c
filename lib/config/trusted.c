// SPDX-License-Identifier: MIT
#include "trusted.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "flow/config/config.h"

// NULL stands for any section, or any key.
static const struct {
    const char *section, *key;
} trusted_only[] = {
    // Where source text is sent, and under whose name.
    {"provider", NULL},
    {NULL, "url"},
    {NULL, "base-url"},
    {NULL, "endpoint"},
    {NULL, "host"},
    {NULL, "hosts"},
    {NULL, "proxy"},
    {NULL, "ca-file"},
    {NULL, "header"},
    {NULL, "key"},
    {NULL, "key-file"},
    {NULL, "key-env"},
    {NULL, "api-key"},
    {NULL, "token"},
    {NULL, "token-file"},
    {NULL, "token-env"},
    {"model", "auth"},
    {"model", "version"}, // of the protocol; target.version is the project's own
    // Where branches and a token are sent; pr.url is above.
    {"pr", "forge"},
    {"pr", "remote"},
    {"pr", "fork"},
    // What may be spent, and what a token is said to cost.
    {"budget", NULL},
    {NULL, "budget"},
    {NULL, "unit-budget"},
    {"price", NULL},
    {NULL, "price"},
    {NULL, "prices"},
    // What runs outside the sandbox, or sees more of the machine inside it.
    {"sandbox", NULL},
    {NULL, "sandbox"},
    {NULL, "no-sandbox"},
    {"command", NULL},
    {NULL, "pass-env"},
    {"model", "env"},
    {"policy", NULL},
};

bool flow_config_trusted_only(const char *key)
{
    size_t section = strcspn(key, ".");
    const char *last = strrchr(key, '.');

    last = last != NULL ? last + 1 : key;
    for (size_t i = 0; i < sizeof trusted_only / sizeof trusted_only[0]; i++) {
        const char *s = trusted_only[i].section, *k = trusted_only[i].key;
        if ((s == NULL || (strlen(s) == section && strncasecmp(s, key, section) == 0)) &&
            (k == NULL || strcasecmp(k, last) == 0))
            return true;
    }
    return false;
}

bool flow_config_is_command_model(const char *key, const char *value)
{
    static const char provider[] = "command/";
    const char *model = strstr(key, "model");

    return model != NULL && strncasecmp(value + strspn(value, " \t\n"), provider, sizeof provider - 1) == 0;
}
