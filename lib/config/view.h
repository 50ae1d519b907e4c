/* SPDX-License-Identifier: MIT */
/* What the sources of settings (config.c, sources.c) share. */
#ifndef FLOW_CONFIG_VIEW_H
#define FLOW_CONFIG_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/config/config.h"

struct flow_setting {
    const char *key; /* of a variable: its name without FLOW_ */
    const char *value;
    enum flow_config_level level;
    const char *origin;
    unsigned line; /* 0 where there are no lines */
};

struct flow_config {
    struct flow_arena arena;
    struct flow_setting *settings; /* in the order in which they were added */
    size_t count, cap;
    struct flow_map *winners;       /* key -> index of the setting that wins, the environment left out */
    struct flow_setting *variables; /* of the environment */
    size_t variable_count, variable_cap;
};

/* Adds one setting; its strings are copied. */
int flow_config_put(struct flow_config *config, const struct flow_setting *setting, struct flow_error *err);

/* Whether the name of a variable, without FLOW_, stands for key. */
bool flow_config_spells(const char *name, const char *key);

#endif
