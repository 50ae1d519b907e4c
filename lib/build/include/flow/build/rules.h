/* SPDX-License-Identifier: MIT */
/*
 * What is known of how a language is built and tested, as data: grammars/build.conf, which holds for every
 * language, and over it grammars/<language>/build.conf (grammars/README.md tells every key).
 */
#ifndef FLOW_BUILD_RULES_H
#define FLOW_BUILD_RULES_H

#include <stdbool.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"

struct flow_build_rules;

/* Loads the rules of a language by its folder's name, where it has none those of the language that it is
 * `like`, and compiles their patterns. Patterns of `project` (its settings diagnostics.*, as in
 * build.conf; may be NULL) are tried before all others. FLOW_E_INVALID names a bad pattern. Afterwards
 * any thread may use them. */
int flow_build_rules_load(struct flow_build_rules **out, const char *language,
                          const struct flow_config *project, struct flow_error *err);
void flow_build_rules_free(struct flow_build_rules *rules);

/* The command that builds a project as flow lays it out in this language, in the project's folder, without a
 * network and with diagnostics in the form that says most; NULL where none is known. */
const char *flow_build_command(const struct flow_build_rules *rules);
/* The same of the command that tests it, and of the linter that is at home in the language, run after a
 * build. */
const char *flow_test_command(const struct flow_build_rules *rules);
const char *flow_lint_command(const struct flow_build_rules *rules);

/* Appends globs of paths that nobody who mends a program may change: tests, what they read, build files. */
int flow_build_protected(const struct flow_build_rules *rules, struct flow_strv *globs,
                         struct flow_error *err);

/* Appends what the toolchain reads outside the build tree, as far as it exists, and the names of the
 * variables that it is told things by: for `read` and `env` of a struct flow_sandbox. With `fetch`, the
 * folders that a fetch step fills are appended to `fetched` and not to `read`: for `write`; they are made
 * where they do not exist. fetched may be NULL where fetch is false. */
int flow_build_toolchain(const struct flow_build_rules *rules, bool fetch, struct flow_strv *read,
                         struct flow_strv *fetched, struct flow_strv *env, struct flow_error *err);

#endif
