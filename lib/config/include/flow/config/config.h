/* SPDX-License-Identifier: MIT */
/*
 * Settings from all levels, as one view.
 *
 * Syntax is git's; libgit2 reads it. A setting is named section.key ("port.model"), or section.sub.key; in
 * git's own files it stands below flow ([flow "port"] model = …, that is flow.port.model), in the environment
 * as FLOW_PORT_MODEL. Later levels win: committed < user < repository < environment < options. What the
 * committed file (.flow/config) says is not trusted: keys that could redirect money, secrets or execution
 * (see flow_config_trusted_only) are refused there with the line that set them, and [include] in it is not
 * followed.
 *
 * One view is built by one thread; afterwards any thread may read it.
 */
#ifndef FLOW_CONFIG_CONFIG_H
#define FLOW_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"

enum flow_config_level {
    FLOW_CONFIG_COMMITTED,   /* .flow/config */
    FLOW_CONFIG_USER,        /* ~/.gitconfig and its XDG sibling, flow.* */
    FLOW_CONFIG_REPOSITORY,  /* .git/config, flow.* */
    FLOW_CONFIG_ENVIRONMENT, /* FLOW_… */
    FLOW_CONFIG_OPTION       /* the command line */
};

struct flow_config;

int flow_config_new(struct flow_config **out, struct flow_error *err);
void flow_config_free(struct flow_config *config);

/* Adds the text of a committed file; `origin` ("'.flow/config'") names it in errors. */
int flow_config_add_committed(struct flow_config *config, const char *text, size_t len, const char *origin,
                              struct flow_error *err);
/* Adds flow.* of the user's git configuration and, where gitdir is not NULL, of that repository's. */
int flow_config_add_git(struct flow_config *config, const char *gitdir, struct flow_error *err);
/* Adds FLOW_* of the environment. A variable stands for the known key that it spells; see
 * flow_config_env_name. */
int flow_config_add_environment(struct flow_config *config, struct flow_error *err);
/* Sets one key on behalf of an option. */
int flow_config_set(struct flow_config *config, const char *key, const char *value, struct flow_error *err);

/* Getters return the winning value, or fallback. A value that does not fit its type is an error that names
 * its origin. */
const char *flow_config_str(const struct flow_config *config, const char *key, const char *fallback);
int flow_config_int(const struct flow_config *config, const char *key, long min, long max, long fallback,
                    long *out, struct flow_error *err);
int flow_config_bool(const struct flow_config *config, const char *key, bool fallback, bool *out,
                     struct flow_error *err);
/* All values of a key that may be given more than once, of the highest level that has any. */
int flow_config_list(const struct flow_config *config, const char *key, struct flow_strv *out,
                     struct flow_error *err);
/* The middle parts X of all keys section.X.key ("unit" of [decision "src/gen.c"]), each once, in order. */
int flow_config_subsections(const struct flow_config *config, const char *section, struct flow_strv *out,
                            struct flow_error *err);

/* Which level the winning value comes from and a text for people ("'.git/config'", "FLOW_PORT_MODEL",
 * "--model"); NULL where unset. */
const char *flow_config_origin(const struct flow_config *config, const char *key,
                               enum flow_config_level *level);

/* Whether a committed file may not set this key. */
bool flow_config_trusted_only(const char *key);

#endif
