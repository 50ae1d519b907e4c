// SPDX-License-Identifier: MIT
// What no part of flow reads is told, with the name that was probably meant: a slip in a name would silently
// leave a limit or an exclusion out.
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"
#include "view.h"

// '*' stands for the middle of a name, whatever it is, or for any key.
static const char *const known[] = {
    "agent.model",
    "analyze.include",
    "build.command",
    "coverage.command",
    "decision.*.action",
    "diagnostics.*",
    "fetch.command",
    "fix.allow",
    "fix.baseline-runs",
    "fix.budget",
    "fix.build",
    "fix.effort",
    "fix.escalate",
    "fix.fetch",
    "fix.jobs",
    "fix.model",
    "fix.protect",
    "fix.rounds",
    "fix.stall",
    "fix.test",
    "lifetimes.*.target",
    "lifetimes.*.type",
    "lifetimes.budget",
    "lifetimes.effort",
    "lifetimes.model",
    "lifetimes.refuter-model",
    "model.*.auth",
    "model.*.key-file",
    "model.*.url",
    "model.*.version",
    "model.command.env",
    "model.command.timeout",
    "model.content-timeout",
    "model.default",
    "model.first-byte-timeout",
    "model.patience",
    "model.prices",
    "model.retries",
    "model.silence-timeout",
    "optimize.bench",
    "optimize.budget",
    "optimize.effort",
    "optimize.jobs",
    "optimize.lint",
    "optimize.model",
    "optimize.reviewer-model",
    "optimize.root",
    "optimize.trees",
    "policy.*",
    "port.attempts",
    "port.brake",
    "port.budget",
    "port.c-abi",
    "port.contracts",
    "port.effort",
    "port.exclude",
    "port.field-table",
    "port.from",
    "port.guide",
    "port.guide-mode",
    "port.jobs",
    "port.max-tokens",
    "port.model",
    "port.piece-bytes",
    "port.reviewer-model",
    "port.rounds",
    "port.to",
    "port.unit-budget",
    "pr.base",
    "pr.draft",
    "pr.forge",
    "pr.fork",
    "pr.label",
    "pr.most",
    "pr.remote",
    "pr.reviewer",
    "pr.url",
    "price.*.*",
    "prove.command",
    "review.budget",
    "review.effort",
    "review.model",
    "sandbox.disk",
    "sandbox.memory",
    "sandbox.processes",
    "sandbox.seconds",
    "secret.*.*",
    "send.exclude",
    "target.name",
    "target.root",
    "target.version",
    "test.command",
};

// More slips than this make another word.
#define SLIPS_MOST 2

// A name in three parts: what stands before the first dot, behind the last one, and between them.
struct parts {
    const char *first, *middle, *last;
    size_t first_len, middle_len; // 0: there is no middle
};

static struct parts parts_of(const char *key)
{
    size_t first = strcspn(key, ".");
    const char *last = strrchr(key, '.');
    struct parts parts = {.first = key, .first_len = first, .last = last ? last + 1 : ""};
    if (last && last > key + first) {
        parts.middle = key + first + 1;
        parts.middle_len = (size_t)(last - parts.middle);
    }
    return parts;
}

static bool same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool matches(const char *key, const char *pattern)
{
    struct parts k = parts_of(key), p = parts_of(pattern);
    bool any = same(p.middle, p.middle_len, "*", 1);
    return same(k.first, k.first_len, p.first, p.first_len) &&
           (strcmp(p.last, "*") == 0 || strcmp(p.last, k.last) == 0) &&
           (k.middle_len > 0) == (p.middle_len > 0) &&
           (any || p.middle_len == 0 || same(k.middle, k.middle_len, p.middle, p.middle_len));
}

static bool is_known(const char *key)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (matches(key, known[i]))
            return true;
    return false;
}

// NULL where none is near.
static const char *nearest(const char *key)
{
    const char *best = NULL;
    size_t least = SLIPS_MOST + 1;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t slips = flow_str_slips(key, known[i]);
        if (slips < least) {
            least = slips;
            best = known[i];
        }
    }
    return best;
}

static int tell(const struct flow_setting *setting, struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf line;
    const char *meant = nearest(setting->key);
    flow_buf_init(&line, FLOW_BUF_LINE);
    flow_buf_puts(&line, setting->origin);
    if (setting->line > 0)
        flow_buf_printf(&line, " line %u", setting->line);
    flow_buf_puts(&line, ": flow has no setting '");
    flow_str_show(&line, setting->key, strlen(setting->key));
    flow_buf_puts(&line, "'");
    if (meant)
        flow_buf_printf(&line, "; did you mean '%s'?", meant);
    int rc = flow_buf_check(&line, "the name of a setting", err) ? -1 : flow_strv_add(out, line.data, err);
    flow_buf_release(&line);
    return rc;
}

int flow_config_unknown(const struct flow_config *config, struct flow_strv *out, struct flow_error *err)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct flow_setting *setting = &config->settings[i];
        if (setting->level >= FLOW_CONFIG_COMMITTED && setting->level <= FLOW_CONFIG_REPOSITORY &&
            !is_known(setting->key) && tell(setting, out, err) != 0)
            return -1;
    }
    return 0;
}
