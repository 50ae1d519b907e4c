/* SPDX-License-Identifier: MIT */
/* What a committed file may not say, beyond flow_config_trusted_only. */
#ifndef FLOW_CONFIG_TRUSTED_H
#define FLOW_CONFIG_TRUSTED_H

#include <stdbool.h>

/* Whether the value names a model that is a program of the machine: `command/…` under a key about models. */
bool flow_config_is_command_model(const char *key, const char *value);

#endif
