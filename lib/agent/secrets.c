// SPDX-License-Identifier: MIT
#include "secrets.h"

#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "parse.h"

/* How much of a line is looked at before and behind the word that a rule asks for: lines may be files. */
#define BEFORE     ((size_t)80)
#define BEHIND     ((size_t)400)
#define THEN_BYTES ((size_t)200)
#define GROUPS     8
#define TENTHS     30 /* of a bit a character, where a rule does not say how many */

struct pattern {
    regex_t regex;
    bool there;
};

struct rule {
    const char *what;
    struct flow_strv paths, except, texts;
    struct pattern regex, then, unless;
    long value, tenths;
};

struct flow_secrets {
    struct flow_config *config;
    struct flow_strv names;
    struct rule *rules;
    size_t count;
};

// `key` of a rule as a list or a single value: [secret "WHAT"] key.
static int rule_list(const struct flow_secrets *secrets, const char *what, const char *key,
                     struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf name;
    int rc;

    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "secret.%s.%s", what, key);
    rc = flow_buf_check(&name, "the name of a rule", err);
    if (rc == 0)
        rc = flow_config_list(secrets->config, name.data, out, err);
    flow_buf_release(&name);
    return rc;
}

static int rule_pattern(const struct flow_secrets *secrets, const char *what, const char *key,
                        struct pattern *out, struct flow_error *err)
{
    struct flow_strv values;
    int rc;

    flow_strv_init(&values);
    rc = rule_list(secrets, what, key, &values, err);
    if (rc == 0 && values.count > 0) {
        int code = regcomp(&out->regex, values.items[values.count - 1], REG_EXTENDED | REG_ICASE);
        out->there = code == 0;
        if (code == REG_ESPACE)
            rc = flow_error_nomem(err);
        else if (code != 0)
            rc = flow_error_set(err, FLOW_E_INVALID, "'%s' of [secret \"%s\"] is no regular expression", key,
                                what);
    }
    flow_strv_release(&values);
    return rc;
}

static int rule_number(const struct flow_secrets *secrets, const char *what, const char *key, long max,
                       long fallback, long *out, struct flow_error *err)
{
    struct flow_buf name;
    int rc;

    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "secret.%s.%s", what, key);
    rc = flow_buf_check(&name, "the name of a rule", err);
    if (rc == 0)
        rc = flow_config_int(secrets->config, name.data, 0, max, fallback, out, err);
    flow_buf_release(&name);
    return rc;
}

static int read_rule(struct flow_secrets *secrets, const char *what, struct rule *rule,
                     struct flow_error *err)
{
    rule->what = what;
    if (rule_list(secrets, what, "path", &rule->paths, err) != 0 ||
        rule_list(secrets, what, "except", &rule->except, err) != 0 ||
        rule_list(secrets, what, "text", &rule->texts, err) != 0 ||
        rule_pattern(secrets, what, "regex", &rule->regex, err) != 0 ||
        rule_pattern(secrets, what, "then", &rule->then, err) != 0 ||
        rule_pattern(secrets, what, "unless", &rule->unless, err) != 0 ||
        rule_number(secrets, what, "value", GROUPS - 1, 0, &rule->value, err) != 0 ||
        rule_number(secrets, what, "bits", 80, TENTHS, &rule->tenths, err) != 0)
        return -1;
    if (rule->paths.count == 0 && (rule->texts.count == 0 || !rule->regex.there))
        return flow_error_set(err, FLOW_E_INVALID, "[secret \"%s\"] has neither a path nor text and regex",
                              what);
    return 0;
}

int flow_secrets_new(struct flow_secrets **out, const char *text, size_t len, const char *origin,
                     struct flow_error *err)
{
    struct flow_secrets *secrets = calloc(1, sizeof *secrets);

    if (secrets == NULL)
        return flow_error_nomem(err);
    flow_strv_init(&secrets->names);
    if (flow_config_new(&secrets->config, err) != 0 ||
        flow_config_add_installed(secrets->config, text, len, origin, err) != 0 ||
        flow_config_subsections(secrets->config, "secret", &secrets->names, err) != 0)
        goto failed;
    secrets->rules = calloc(secrets->names.count + 1, sizeof *secrets->rules);
    if (secrets->rules == NULL) {
        flow_error_nomem(err);
        goto failed;
    }
    for (; secrets->count < secrets->names.count; secrets->count++) {
        if (read_rule(secrets, secrets->names.items[secrets->count], &secrets->rules[secrets->count], err) !=
            0) {
            secrets->count++;
            flow_error_wrap(err, "%s", origin);
            goto failed;
        }
    }
    *out = secrets;
    return 0;
failed:
    flow_secrets_free(secrets);
    return -1;
}

static void release_pattern(struct pattern *pattern)
{
    if (pattern->there)
        regfree(&pattern->regex);
}

void flow_secrets_free(struct flow_secrets *secrets)
{
    if (secrets == NULL)
        return;
    for (size_t i = 0; i < secrets->count; i++) {
        struct rule *rule = &secrets->rules[i];
        flow_strv_release(&rule->paths);
        flow_strv_release(&rule->except);
        flow_strv_release(&rule->texts);
        release_pattern(&rule->regex);
        release_pattern(&rule->then);
        release_pattern(&rule->unless);
    }
    free(secrets->rules);
    flow_strv_release(&secrets->names);
    flow_config_free(secrets->config);
    free(secrets);
}

static bool matches_any(const struct flow_strv *globs, const char *path)
{
    for (size_t i = 0; i < globs->count; i++)
        if (flow_glob_match(globs->items[i], path))
            return true;
    return false;
}

static bool matches(const struct pattern *pattern, const char *text, size_t len, regmatch_t groups[GROUPS])
{
    groups[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)len};
    return regexec(&pattern->regex, text, GROUPS, groups, REG_STARTEND) == 0;
}

// Bits a character by how often each one stands there (Shannon), for a text of letters and digits; 0 for
// others: words have no digits, numbers no letters.
static double bits_of(const char *text, size_t len)
{
    size_t counts[256] = {0}, digits = 0, letters = 0;
    double bits = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        counts[c]++;
        digits += c >= '0' && c <= '9';
        letters += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
    if (digits < 2 || letters < 2)
        return 0;
    for (size_t i = 0; i < 256; i++) {
        double share = (double)counts[i] / (double)len;
        if (counts[i] > 0)
            bits -= share * log2(share);
    }
    return bits;
}

static bool is_random(const struct rule *rule, const char *text, const regmatch_t *group)
{
    regmatch_t ignored[GROUPS];
    const char *value = text + group->rm_so;
    size_t len = (size_t)(group->rm_eo - group->rm_so);

    if (group->rm_so < 0 || bits_of(value, len) * 10 < (double)rule->tenths)
        return false;
    return !rule->unless.there || !matches(&rule->unless, value, len, ignored);
}

// Whether the rule holds around the word at `at`.
static bool holds_at(const struct rule *rule, const char *data, size_t len, size_t at)
{
    regmatch_t groups[GROUPS], ignored[GROUPS];
    size_t from = at, to = at, behind;

    while (from > 0 && at - from < BEFORE && data[from - 1] != '\n')
        from--;
    while (to < len && to - at < BEHIND && data[to] != '\n')
        to++;
    if (!matches(&rule->regex, data + from, to - from, groups))
        return false;
    if (rule->value > 0 && !is_random(rule, data + from, &groups[rule->value]))
        return false;
    if (!rule->then.there)
        return true;
    behind = from + (size_t)groups[0].rm_eo;
    return matches(&rule->then, data + behind, len - behind < THEN_BYTES ? len - behind : THEN_BYTES,
                   ignored);
}

static uint32_t line_of(const char *data, size_t at)
{
    uint32_t line = 1;

    for (size_t i = 0; i < at; i++)
        line += data[i] == '\n';
    return line;
}

static bool holds(const struct rule *rule, const char *data, size_t len, uint32_t *line)
{
    for (size_t i = 0; i < rule->texts.count; i++) {
        const char *word = rule->texts.items[i], *found = data;
        size_t word_len = strlen(word);
        while ((found = flow_bytes_find(found, len - (size_t)(found - data), word, word_len)) != NULL) {
            if (holds_at(rule, data, len, (size_t)(found - data))) {
                *line = line_of(data, (size_t)(found - data));
                return true;
            }
            found += word_len;
        }
    }
    return false;
}

bool flow_secrets_find(const struct flow_secrets *secrets, const char *path, const char *data, size_t len,
                       struct flow_secret *out)
{
    for (size_t i = 0; i < secrets->count; i++) {
        const struct rule *rule = &secrets->rules[i];
        *out = (struct flow_secret){.what = rule->what};
        if (matches_any(&rule->except, path))
            continue;
        if (matches_any(&rule->paths, path) || holds(rule, data, len, &out->line))
            return true;
    }
    return false;
}
