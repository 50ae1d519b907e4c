/* SPDX-License-Identifier: MIT */
/*
 * Languages: what flow knows about each comes from grammars/<language>/, never from C. grammars/README.md
 * tells every file, key and capture.
 *
 * A language set is loaded once and then shared by all threads; parsers, with the queries that they compiled,
 * are made per worker (flow/syntax/facts.h).
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

/* Loads all folders below the data folder's grammars/ whose language.conf names a grammar. FLOW_E_INVALID
 * names the folder and what is wrong there. */
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
/* The nth, from 0, of the languages that claim path by its extension or name, in order of their names; NULL
 * past the last. Extensions such as ".h" have several. */
const struct flow_language *flow_languages_claim(const struct flow_languages *languages, const char *path,
                                                 size_t nth);

const char *flow_language_name(const struct flow_language *language);
/* Its language.conf, for the layers that own a section of it ([target], [scaffold], [project], …). */
const struct flow_config *flow_language_config(const struct flow_language *language);
/* The value of a key of its language.conf, else of the language that it is `like`, else NULL. */
const char *flow_language_str(const struct flow_language *language, const char *key);
/* All values of a key, found in the same way and appended to out; with `words`, each value cut at white
 * space. */
int flow_language_list(const struct flow_language *language, const char *key, bool words,
                       struct flow_strv *out, struct flow_error *err);
/* Appends the X of all [section "X"] of its language.conf and of that of the language that it is like; a name
 * may come twice. */
int flow_language_sections(const struct flow_language *language, const char *section, struct flow_strv *out,
                           struct flow_error *err);
/* Appends the path of a file of its folder ("to-rust.md"); 1 if it exists, else 0, -1 on failure. */
int flow_language_file(const struct flow_language *language, const char *name, struct flow_buf *path,
                       struct flow_error *err);
/* Hash of grammar, conf and facts query: part of the index's key. */
const struct flow_id *flow_language_version(const struct flow_language *language);
/* Whether its extensions make the file a header (declares what a source of the same base name defines). */
bool flow_language_is_header(const struct flow_language *language, const char *path);
/* Whether a path pattern of its language.conf says that the file is generated. */
bool flow_language_is_generated(const struct flow_language *language, const char *path);

#endif
