/* SPDX-License-Identifier: MIT */
/*
 * The rules of a target language, as its scaffold/scaffold.conf gives them.
 */
#ifndef FLOW_TARGET_RULES_H
#define FLOW_TARGET_RULES_H

#include <stdbool.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/syntax/language.h"

struct flow_rules {
    struct flow_config *conf;
    char extension[32];
    const char *folder, *prefix, *separator, *formatter; /* borrowed from conf; "" where unset */
    bool identifier, lower;
    struct flow_strv words;
};

int flow_rules_load(struct flow_rules *out, const struct flow_language *target, struct flow_error *err);
void flow_rules_release(struct flow_rules *rules);

/* target.version of the settings, else the language's default, else "". */
const char *flow_rules_version(const struct flow_rules *rules, const struct flow_config *config);

#endif
