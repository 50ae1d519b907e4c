/* SPDX-License-Identifier: MIT */
/*
 * Languages: what flow knows about each comes from grammars/<language>/, never from C.
 *
 *   language.conf   git-config syntax; see grammars/README.md for every key
 *   facts.scm       one query that finds declarations, fields, imports, references, conditions and macros
 *   traps.scm       one query for source constructs that look the same elsewhere and are not; captures
 * @trap.<name> gates.scm       one query for what a port must not contain or must explain; captures
 * @stub.<name>, @risk.<name>
 *
 * A language set is loaded once and then shared by all threads; parsers and cursors are made per worker.
 */
#ifndef FLOW_SYNTAX_LANGUAGE_H
#define FLOW_SYNTAX_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/config/id.h"

struct flow_language;
struct flow_languages;

/* Loads all folders below the data folder's grammars/. Queries are compiled when first used. */
int flow_languages_load(struct flow_languages **out, struct flow_error *err);
void flow_languages_free(struct flow_languages *languages);

size_t flow_languages_count(const struct flow_languages *languages);
const struct flow_language *flow_languages_at(const struct flow_languages *languages, size_t index);
/* By folder name ("rust"), NULL where there is none. */
const struct flow_language *flow_languages_named(const struct flow_languages *languages, const char *name);
/* By extension or file name, else by the `#!` line of head (may be NULL). NULL: not a language that flow
 * knows. */
const struct flow_language *flow_languages_of(const struct flow_languages *languages, const char *path,
                                              const char *head, size_t head_len);

const char *flow_language_name(const struct flow_language *language);
/* Its language.conf, for the layers that own a section of it ([target], [scaffold], [project], …). */
const struct flow_config *flow_language_config(const struct flow_language *language);
/* Appends the path of a file of its folder ("to-rust.md"); 1 if it exists, else 0, -1 on failure. */
int flow_language_file(const struct flow_language *language, const char *name, struct flow_buf *path,
                       struct flow_error *err);
/* Hash of grammar, conf and facts query: part of the index's key. */
const struct flow_id *flow_language_version(const struct flow_language *language);
/* Whether its extensions make the file a header (declares what a source of the same base name defines). */
bool flow_language_is_header(const struct flow_language *language, const char *path);

#endif
