// SPDX-License-Identifier: MIT
#include "rules.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name; /* ends with '.': a kind follows */
    enum role role;
} roles[] = {
    {"scope.", ROLE_SCOPE},        {"file.", ROLE_FILE},
    {"symbol.", ROLE_SYMBOL},      {"container.", ROLE_CONTAINER},
    {"field", ROLE_FIELD},         {"import.", ROLE_IMPORT},
    {"condition", ROLE_CONDITION}, {"name", ROLE_NAME},
    {"body", ROLE_BODY},           {"public", ROLE_PUBLIC},
    {"private", ROLE_PRIVATE},     {"modifier", ROLE_MODIFIER},
    {"type", ROLE_TYPE},           {"pointer", ROLE_POINTER},
    {"path", ROLE_PATH},           {"item", ROLE_ITEM},
    {"expr", ROLE_EXPR},
};

static int set_capture(const struct rules *rules, size_t index, struct flow_error *err)
{
    const char *name = rules->query->captures[index];
    struct capture_rule *rule = &rules->captures[index];
    rule->kind = "";
    if (name[0] == '_')
        return 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        size_t len = strlen(roles[i].name);
        bool has_kind = roles[i].name[len - 1] == '.';
        if (has_kind ? strncmp(name, roles[i].name, len) == 0 && name[len]
                     : strcmp(name, roles[i].name) == 0) {
            rule->role = roles[i].role;
            rule->kind = has_kind ? name + len : "";
            return 0;
        }
    }
    return flow_error_set(err, FLOW_E_INVALID,
                          "'%s/facts.scm': capture '@%s' is not one of grammars/README.md",
                          rules->language->name, name);
}

static bool declares(const struct rules *rules, int step)
{
    const struct query_step *at = &rules->query->steps[step];
    for (size_t i = 0; i < QUERY_STEP_CAPTURES && at->captures[i] >= 0; i++) {
        enum role role = rules->captures[at->captures[i]].role;
        if (role == ROLE_SYMBOL || role == ROLE_CONTAINER)
            return true;
    }
    return false;
}

static int compile_name(const struct flow_language *language, const char *key, regex_t *out, bool *has,
                        struct flow_error *err)
{
    const char *text = flow_language_str(language, key);
    if (!text)
        return 0;
    if (regcomp(out, text, REG_EXTENDED | REG_NOSUB) != 0)
        return flow_error_set(err, FLOW_E_INVALID, "language '%s': %s is not a regular expression: '%s'",
                              language->name, key, text);
    *has = true;
    return 0;
}

int rules_new(struct rules **out, const struct flow_language *language, const struct query *query,
              struct flow_error *err)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return flow_error_nomem(err);
    rules->language = language;
    rules->query = query;
    rules->captures = calloc(query->capture_count + 1, sizeof *rules->captures);
    rules->sets_pointer = calloc(query->pattern_count + 1, sizeof *rules->sets_pointer);
    rules->ignores = calloc(query->pattern_count + 1, sizeof *rules->ignores);
    rules->declares = calloc(query->kinds + 1, sizeof *rules->declares);
    if (!rules->captures || !rules->sets_pointer || !rules->ignores || !rules->declares) {
        flow_error_nomem(err);
        goto failed;
    }
    for (size_t i = 0; i < query->capture_count; i++) {
        if (set_capture(rules, i, err) != 0)
            goto failed;
    }
    for (size_t i = 0; i < query->pattern_count; i++) {
        rules->sets_pointer[i] = query_property(query, i, "pointer") != NULL;
        rules->ignores[i] = query_property(query, i, "ignore") != NULL;
    }
    for (uint32_t kind = 0; kind < query->kinds; kind++) {
        for (uint32_t i = query->starts[kind]; i < query->starts[kind + 1]; i++)
            rules->declares[kind] |= declares(rules, query->patterns[query->order[i]].root);
    }
    if (compile_name(language, "symbols.public-name", &rules->public_name, &rules->has_public_name, err) !=
            0 ||
        compile_name(language, "symbols.private-name", &rules->private_name, &rules->has_private_name, err) !=
            0)
        goto failed;
    *out = rules;
    return 0;
failed:
    rules_free(rules);
    return -1;
}

void rules_free(struct rules *rules)
{
    if (!rules)
        return;
    if (rules->has_public_name)
        regfree(&rules->public_name);
    if (rules->has_private_name)
        regfree(&rules->private_name);
    free(rules->captures);
    free(rules->sets_pointer);
    free(rules->ignores);
    free(rules->declares);
    free(rules);
}
