// SPDX-License-Identifier: MIT
// ownership.conf: what a language calls things.
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/config/config.h"
#include "lifetimes_private.h"

/* Part of every version: to be raised when records of the same query change. */
#define RECORD_FORMAT "5"

/* Longer names are in no list. */
#define MAX_WORD      120

static const char *const list_keys[OWN_LIST_COUNT] = {
    [OWN_PREFIX] = "expression.prefix",
    [OWN_ELSE] = "expression.else",
    [OWN_CAST] = "expression.cast",
    [OWN_NULL] = "expression.null",
    [OWN_ALLOCATE] = "call.allocate",
    [OWN_ARENA] = "call.arena",
    [OWN_ACQUIRE] = "call.acquire",
    [OWN_FREE] = "call.free",
    [OWN_RELEASE] = "call.release",
    [OWN_UNREF] = "call.unref",
    [OWN_GLOBAL] = "call.global",
    [OWN_DESTRUCTOR] = "function.destructor",
    [OWN_SELF] = "type.self",
    [OWN_COUNTED] = "type.counted",
    [OWN_FUNCTION] = "type.function",
    [OWN_FOREIGN] = "type.foreign",
    [OWN_MANY] = "type.many",
    [OWN_CONTAINER_OF] = "call.container",
    [OWN_GENERIC] = "function.generic",
    [OWN_OPAQUE_NAME] = "type.opaque",
    [OWN_NULLABLE] = "type.nullable",
    [OWN_KEEP] = "call.keep",
    [OWN_QUALIFIER] = "type.qualifier",
    [OWN_CONSTANT] = "type.constant",
    [OWN_CALLED] = "type.call",
    [OWN_IMPORT] = "type.import",
    [OWN_ELSEWHERE] = "type.elsewhere",
    [OWN_TEXT] = "type.text",
    [OWN_DEEP] = "type.deep",
    [OWN_NEVER] = "condition.never",
    [OWN_COND_BEGIN] = "condition.begin",
    [OWN_COND_NOT] = "condition.begin-not",
    [OWN_COND_ELSE] = "condition.else",
    [OWN_COND_END] = "condition.end",
    [OWN_LASTING] = "type.lasting",
    [OWN_POOLED] = "call.pooled",
    [OWN_MARK] = "expression.mark",
};

// Each value is one or more words; those of expressions and types hold blanks and stand alone.
static int add_words(struct flow_strv *list, const char *value, enum own_list which, struct flow_error *err)
{
    if (which == OWN_FUNCTION || which == OWN_FOREIGN || which == OWN_MANY || which == OWN_DEEP)
        return flow_strv_add(list, value, err);
    for (const char *at = value + strspn(value, " \t"); *at; at += strspn(at, " \t")) {
        size_t len = strcspn(at, " \t");
        if (flow_strv_addn(list, at, len, err) != 0)
            return -1;
        at += len;
    }
    return 0;
}

static int read_lists(struct own_conf *conf, const struct flow_config *config, struct flow_error *err)
{
    int result = 0;
    for (int i = 0; result == 0 && i < OWN_LIST_COUNT; i++) {
        struct flow_strv values;
        flow_strv_init(&values);
        result = flow_config_list(config, list_keys[i], &values, err);
        for (size_t k = 0; result == 0 && k < values.count; k++)
            result = add_words(&conf->lists[i], values.items[k], (enum own_list)i, err);
        flow_strv_release(&values);
    }
    return result;
}

// Appends a file of the language's folder; 1 if it exists.
static int read_file(const struct flow_language *language, const char *name, struct flow_buf *out,
                     struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_language_file(language, name, &path, err);
    if (found > 0 && flow_file_read(path.data, out, err) != 0)
        found = -1;
    flow_buf_release(&path);
    return found;
}

static int read_conf(struct own_conf *conf, const struct flow_buf *text, struct flow_error *err)
{
    struct flow_config *config;
    struct flow_buf origin;
    if (flow_config_new(&config, err) != 0)
        return -1;
    flow_buf_init(&origin, FLOW_BUF_LINE);
    flow_buf_printf(&origin, "'%s/ownership.conf'", flow_language_name(conf->language));
    int result = flow_buf_check(&origin, "name of a language", err);
    if (result == 0)
        result = flow_config_add_installed(config, text->data, text->len, origin.data, err);
    if (result == 0)
        result = flow_config_bool(config, "type.global", false, &conf->types_are_global, err);
    if (result == 0)
        result = flow_config_bool(config, "function.method", false, &conf->first_is_self, err);
    if (result == 0)
        result = read_lists(conf, config, err);
    flow_buf_release(&origin);
    flow_config_free(config);
    return result;
}

static int set_version(struct own_conf *conf, const struct flow_buf *query, const struct flow_buf *words,
                       struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%s %s\n", RECORD_FORMAT, flow_language_version(conf->language)->hex);
    flow_buf_add(&text, query->data, query->len);
    flow_buf_add(&text, words->data, words->len);
    int result = flow_buf_check(&text, "ownership.scm", err);
    if (result == 0)
        result = flow_id_of(&conf->version, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

int own_conf_load(struct own_conf **out, const struct flow_language *language, struct flow_error *err)
{
    *out = NULL;
    struct flow_buf query, text;
    flow_buf_init(&query, FLOW_BUF_TEXT);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    struct own_conf *conf = NULL;
    int result = read_file(language, "ownership.scm", &query, err);
    if (result > 0) {
        conf = calloc(1, sizeof *conf);
        result = conf ? read_file(language, "ownership.conf", &text, err) : flow_error_nomem(err);
        if (conf)
            conf->language = language;
        if (result >= 0 && (result = read_conf(conf, &text, err)) == 0)
            result = set_version(conf, &query, &text, err);
    }
    flow_buf_release(&query);
    flow_buf_release(&text);
    if (result != 0) {
        own_conf_free(conf);
        return -1;
    }
    *out = conf;
    return 0;
}

void own_conf_free(struct own_conf *conf)
{
    if (!conf)
        return;
    for (int i = 0; i < OWN_LIST_COUNT; i++)
        flow_strv_release(&conf->lists[i]);
    free(conf);
}

bool own_conf_has(const struct own_conf *conf, enum own_list list, const char *word)
{
    for (size_t i = 0; i < conf->lists[list].count; i++) {
        const char *pattern = conf->lists[list].items[i];
        if (strpbrk(pattern, "*?[\\") ? flow_glob_match(pattern, word) : strcmp(pattern, word) == 0)
            return true;
    }
    return false;
}

bool own_conf_has_text(const struct own_conf *conf, enum own_list list, struct own_text text)
{
    char word[MAX_WORD];
    if (text.len == 0 || text.len >= sizeof word)
        return false;
    memcpy(word, text.at, text.len);
    word[text.len] = '\0';
    return own_conf_has(conf, list, word);
}

bool own_has_text(const struct own_conf *conf, enum own_list list, const char *type)
{
    for (size_t i = 0; i < conf->lists[list].count; i++) {
        if (strstr(type, conf->lists[list].items[i]))
            return true;
    }
    return false;
}

bool own_is_function(const struct own_conf *conf, const char *type)
{
    while (*type == '?')
        type++;
    return own_conf_has(conf, OWN_FUNCTION, type);
}

bool own_is_foreign(const struct own_conf *conf, const char *type)
{
    return own_has_text(conf, OWN_FOREIGN, type);
}
