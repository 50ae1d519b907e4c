// SPDX-License-Identifier: MIT
#include "flow/config/config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/config/git.h"
#include "parse.h"
#include "trusted.h"
#include "view.h"

int flow_config_new(struct flow_config **out, struct flow_error *err)
{
    struct flow_config *config = calloc(1, sizeof *config);

    if (config == NULL)
        return flow_error_nomem(err);
    flow_arena_init(&config->arena);
    config->winners = flow_map_new();
    if (config->winners == NULL) {
        flow_config_free(config);
        return flow_error_nomem(err);
    }
    *out = config;
    return 0;
}

void flow_config_free(struct flow_config *config)
{
    if (config == NULL)
        return;
    flow_map_free(config->winners);
    free(config->settings);
    free(config->variables);
    flow_arena_release(&config->arena);
    free(config);
}

int flow_config_put(struct flow_config *config, const struct flow_setting *setting, struct flow_error *err)
{
    struct flow_setting copy = *setting;
    union flow_map_value *winner;
    bool added;

    if (flow_grow(&config->settings, &config->cap, config->count + 1, sizeof *config->settings, err) != 0)
        return -1;
    copy.key = flow_arena_str(&config->arena, setting->key);
    copy.value = flow_arena_str(&config->arena, setting->value);
    copy.origin = flow_arena_str(&config->arena, setting->origin);
    if (copy.key == NULL || copy.value == NULL || copy.origin == NULL)
        return flow_error_nomem(err);
    winner = flow_map_ensure(config->winners, copy.key, strlen(copy.key), &added);
    if (winner == NULL)
        return flow_error_nomem(err);
    if (added || copy.level >= config->settings[winner->num].level)
        winner->num = (intptr_t)config->count;
    config->settings[config->count++] = copy;
    return 0;
}

struct text_source {
    struct flow_config *config;
    enum flow_config_level level;
    const char *origin;
};

static int put_parsed(void *payload, const char *key, const char *value, unsigned line,
                      struct flow_error *err)
{
    const struct text_source *source = payload;
    struct flow_setting setting = {
        .key = key, .value = value, .level = source->level, .origin = source->origin, .line = line};

    if (source->level == FLOW_CONFIG_COMMITTED) {
        if (flow_config_trusted_only(key))
            return flow_error_set(err, FLOW_E_REFUSED,
                                  "%s line %u: a committed file may not set '%s'; set it in your own git "
                                  "configuration, as 'flow.%s'",
                                  source->origin, line, key, key);
        if (flow_config_is_command_model(key, value))
            return flow_error_set(
                err, FLOW_E_REFUSED,
                "%s line %u: a committed file may not name a program as '%s'; set it in your "
                "own git configuration, as 'flow.%s'",
                source->origin, line, key, key);
    }
    return flow_config_put(source->config, &setting, err);
}

static int add_text(struct flow_config *config, enum flow_config_level level, const char *text, size_t len,
                    const char *origin, struct flow_error *err)
{
    struct text_source source = {.config = config, .level = level, .origin = origin};

    if (len > FLOW_CONFIG_TEXT_MAX)
        return flow_error_set(err, FLOW_E_TOO_BIG, "%s is larger than %zu bytes", origin,
                              FLOW_CONFIG_TEXT_MAX);
    return flow_config_parse(text, len, origin, put_parsed, &source, err);
}

int flow_config_add_installed(struct flow_config *config, const char *text, size_t len, const char *origin,
                              struct flow_error *err)
{
    return add_text(config, FLOW_CONFIG_INSTALLED, text, len, origin, err);
}

int flow_config_add_committed(struct flow_config *config, const char *text, size_t len, const char *origin,
                              struct flow_error *err)
{
    return add_text(config, FLOW_CONFIG_COMMITTED, text, len, origin, err);
}

int flow_config_set(struct flow_config *config, const char *key, const char *value, struct flow_error *err)
{
    const char *last = strrchr(key, '.');
    struct flow_buf origin;
    int rc = -1;

    flow_buf_init(&origin, FLOW_BUF_LINE);
    flow_buf_printf(&origin, "--%s", last != NULL ? last + 1 : key);
    if (flow_buf_check(&origin, "the name of an option", err) == 0) {
        struct flow_setting setting = {
            .key = key, .value = value, .level = FLOW_CONFIG_OPTION, .origin = origin.data};
        rc = flow_config_put(config, &setting, err);
    }
    flow_buf_release(&origin);
    return rc;
}

static const struct flow_setting *find_variable(const struct flow_config *config, const char *key)
{
    for (size_t i = 0; i < config->variable_count; i++) {
        if (flow_config_spells(config->variables[i].key, key))
            return &config->variables[i];
    }
    return NULL;
}

static const struct flow_setting *find(const struct flow_config *config, const char *key)
{
    const union flow_map_value *winner = flow_map_get(config->winners, key);
    const struct flow_setting *setting = winner != NULL ? &config->settings[winner->num] : NULL;

    if (setting != NULL && setting->level > FLOW_CONFIG_ENVIRONMENT)
        return setting;
    const struct flow_setting *variable = find_variable(config, key);
    return variable != NULL ? variable : setting;
}

const char *flow_config_str(const struct flow_config *config, const char *key, const char *fallback)
{
    const struct flow_setting *setting = find(config, key);

    return setting != NULL ? setting->value : fallback;
}

const char *flow_config_origin(const struct flow_config *config, const char *key,
                               enum flow_config_level *level)
{
    const struct flow_setting *setting = find(config, key);

    if (setting == NULL)
        return NULL;
    if (level != NULL)
        *level = setting->level;
    return setting->origin;
}

// Puts where the setting was made before the error that its value caused.
static int bad_value(const struct flow_setting *setting, struct flow_error *err)
{
    if (setting->line > 0)
        return flow_error_wrap(err, "%s line %u", setting->origin, setting->line);
    return flow_error_wrap(err, "%s", setting->origin);
}

int flow_config_int(const struct flow_config *config, const char *key, long min, long max, long fallback,
                    long *out, struct flow_error *err)
{
    const struct flow_setting *setting = find(config, key);

    if (setting == NULL) {
        *out = fallback;
        return 0;
    }
    if (flow_parse_long(setting->value, key, min, max, out, err) != 0)
        return bad_value(setting, err);
    return 0;
}

int flow_config_bool(const struct flow_config *config, const char *key, bool fallback, bool *out,
                     struct flow_error *err)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0",
                                                                                ""};
    const struct flow_setting *setting = find(config, key);

    if (setting == NULL) {
        *out = fallback;
        return 0;
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(setting->value, yes[i]) == 0) {
            *out = true;
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (strcasecmp(setting->value, no[i]) == 0) {
            *out = false;
            return 0;
        }
    }
    flow_error_set(err, FLOW_E_INVALID, "'%s' is '%s', which is neither true nor false", key, setting->value);
    return bad_value(setting, err);
}

int flow_config_list(const struct flow_config *config, const char *key, struct flow_strv *out,
                     struct flow_error *err)
{
    const struct flow_setting *winner = find(config, key);

    if (winner == NULL)
        return 0;
    if (winner->level == FLOW_CONFIG_ENVIRONMENT)
        return flow_strv_add(out, winner->value, err);
    for (size_t i = 0; i < config->count; i++) {
        const struct flow_setting *setting = &config->settings[i];
        if (setting->level == winner->level && strcmp(setting->key, key) == 0 &&
            flow_strv_add(out, setting->value, err) != 0)
            return -1;
    }
    return 0;
}

static int add_with_origin(const struct flow_setting *setting, struct flow_strv *values,
                           struct flow_strv *origins, struct flow_error *err)
{
    struct flow_buf origin;
    int rc;

    if (*setting->value == '\0')
        return 0;
    flow_buf_init(&origin, FLOW_BUF_LINE);
    flow_buf_puts(&origin, setting->origin);
    if (setting->line > 0)
        flow_buf_printf(&origin, " line %u", setting->line);
    rc = flow_buf_check(&origin, "the origin of a setting", err) == 0 &&
                 flow_strv_add(values, setting->value, err) == 0
             ? flow_strv_add(origins, origin.data, err)
             : -1;
    flow_buf_release(&origin);
    return rc;
}

int flow_config_all(const struct flow_config *config, const char *key, struct flow_strv *values,
                    struct flow_strv *origins, struct flow_error *err)
{
    const struct flow_setting *variable = find_variable(config, key);

    if (variable != NULL && add_with_origin(variable, values, origins, err) != 0)
        return -1;
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->settings[i].key, key) == 0 &&
            add_with_origin(&config->settings[i], values, origins, err) != 0)
            return -1;
    return 0;
}

int flow_config_subsections(const struct flow_config *config, const char *section, struct flow_strv *out,
                            struct flow_error *err)
{
    size_t len = strlen(section);
    struct flow_map *seen = flow_map_new();
    int rc = seen != NULL ? 0 : flow_error_nomem(err);

    for (size_t i = 0; rc == 0 && i < config->count; i++) {
        const char *key = config->settings[i].key;
        if (strncmp(key, section, len) != 0 || key[len] != '.')
            continue;
        const char *middle = key + len + 1, *last = strrchr(middle, '.');
        bool added = false;
        if (last == NULL)
            continue;
        if (flow_map_ensure(seen, middle, (size_t)(last - middle), &added) == NULL)
            rc = flow_error_nomem(err);
        else if (added)
            rc = flow_strv_addn(out, middle, (size_t)(last - middle), err);
    }
    flow_map_free(seen);
    return rc;
}
