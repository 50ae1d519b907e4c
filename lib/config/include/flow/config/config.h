/* SPDX-License-Identifier: MIT */
/*
 * Settings from all levels, as one view.
 *
 * Syntax is git's. A setting is named section.key ("port.model"), or section.sub.key, section and key in
 * lower case; in git's own files, which libgit2 reads, it stands below flow ([flow "port"] model = …, that is
 * flow.port.model), in the environment as FLOW_PORT_MODEL. Later levels win: installed < committed < user <
 * repository < environment < options. What the committed file (.flow/config) says is not trusted: keys that
 * could redirect money, secrets or execution (see flow_config_trusted_only) and `command` models are refused
 * there with the line that set them, and [include] in it is not followed.
 *
 * One view is built by one thread; afterwards any thread may read it.
 */
#ifndef FLOW_CONFIG_CONFIG_H
#define FLOW_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"

enum flow_config_level {
    FLOW_CONFIG_INSTALLED,   /* came with flow: grammars/<language>/language.conf */
    FLOW_CONFIG_COMMITTED,   /* .flow/config */
    FLOW_CONFIG_USER,        /* ~/.gitconfig and its XDG sibling, flow.* */
    FLOW_CONFIG_REPOSITORY,  /* .git/config, flow.* */
    FLOW_CONFIG_ENVIRONMENT, /* FLOW_… */
    FLOW_CONFIG_OPTION       /* the command line */
};

/* Largest committed file, in bytes. */
#define FLOW_CONFIG_TEXT_MAX ((size_t)1 << 20)

struct flow_config;

int flow_config_new(struct flow_config **out, struct flow_error *err);
void flow_config_free(struct flow_config *config);

/* Adds the text of a file that was installed with flow: any key goes. `origin` names it in errors. */
int flow_config_add_installed(struct flow_config *config, const char *text, size_t len, const char *origin,
                              struct flow_error *err);
/* Adds the text of a committed file, at most FLOW_CONFIG_TEXT_MAX bytes; `origin` ("'.flow/config'") names it
 * in errors. FLOW_E_INVALID for text that is no configuration, FLOW_E_REFUSED for a setting that a committed
 * file may not have. */
int flow_config_add_committed(struct flow_config *config, const char *text, size_t len, const char *origin,
                              struct flow_error *err);
/* Adds flow.* of the machine's and the user's git configuration and, where gitdir is not NULL, of that
 * repository's. */
int flow_config_add_git(struct flow_config *config, const char *gitdir, struct flow_error *err);
/* Adds FLOW_* of the environment. A variable stands for the key that is asked for and spells it
 * (flow_config_env_name): section and key cannot be told apart in its name alone. An empty one counts as
 * unset. Names that are no settings (FLOW_DATA_DIR, FLOW_TRACE and what a `command` model is told) are left
 * out. */
int flow_config_add_environment(struct flow_config *config, struct flow_error *err);
/* Appends the name of the variable for a key: FLOW_ and the key in upper case, '_' for what is no letter or
 * digit. */
void flow_config_env_name(const char *key, struct flow_buf *out);
/* Sets one key on behalf of an option; the values of repeated calls make a list. */
int flow_config_set(struct flow_config *config, const char *key, const char *value, struct flow_error *err);

/* Getters return the winning value, or fallback; strings live as long as the view. A value that does not fit
 * its type is FLOW_E_INVALID with a line that names its origin. */
const char *flow_config_str(const struct flow_config *config, const char *key, const char *fallback);
int flow_config_int(const struct flow_config *config, const char *key, long min, long max, long fallback,
                    long *out, struct flow_error *err);
int flow_config_bool(const struct flow_config *config, const char *key, bool fallback, bool *out,
                     struct flow_error *err);
/* Appends all values of a key that may be given more than once, of the highest level that has any. */
int flow_config_list(const struct flow_config *config, const char *key, struct flow_strv *out,
                     struct flow_error *err);
/* Appends the values of a key from all levels, for lists that no level takes back from another, and where
 * each comes from ("'.flow/config' line 3"); empty ones are left out. */
int flow_config_all(const struct flow_config *config, const char *key, struct flow_strv *values,
                    struct flow_strv *origins, struct flow_error *err);
/* Appends the middle parts X of all keys section.X.key ("src/gen.c" of [decision "src/gen.c"]), each once, in
 * order. The environment has none. */
int flow_config_subsections(const struct flow_config *config, const char *section, struct flow_strv *out,
                            struct flow_error *err);

/* Which level the winning value comes from (level may be NULL) and a text for people ("'.flow/config'",
 * "'.git/config'", "FLOW_PORT_MODEL", "--model"); NULL where unset. */
const char *flow_config_origin(const struct flow_config *config, const char *key,
                               enum flow_config_level *level);

/* Appends a line for each setting of the committed file and of git's files that no part of flow reads, with
 * the name that was probably meant. Variables are left out: many are no settings. */
int flow_config_unknown(const struct flow_config *config, struct flow_strv *out, struct flow_error *err);

/* Whether a committed file may not set this key, whatever its value. */
bool flow_config_trusted_only(const char *key);

#endif
