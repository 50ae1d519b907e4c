/* SPDX-License-Identifier: MIT */
/*
 * CODEOWNERS: who is asked about which files, in the syntax of each forge.
 *
 * GitHub: patterns as in .gitignore without '!' and sets; the last line that matches a file counts.
 *
 * GitLab: the same by sections "[Name] default owners", each of which counts for itself; '!' takes a file out
 * of its section; a pattern without '/' in front matches in any folder.
 *
 * Gitea: regular expressions that match whole paths, '!' for all others; every line that matches counts. Read
 * as POSIX's extended ones; those that repeat a group or a repetition, count, or refer back are left out.
 *
 * Addresses of mail are left out, since no forge can be asked for a review by one.
 */
#ifndef FLOW_FORGE_OWNERS_H
#define FLOW_FORGE_OWNERS_H

#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/forge/forge.h"

/* Where the file may stand, in the order in which the forge looks; NULL ends the list. */
const char *const *flow_owners_places(enum flow_forge_kind kind);

/* Adds the owners of the paths, without '@' and each once. Lines that are no rules are left out. */
int flow_owners_read(struct flow_strv *out, enum flow_forge_kind kind, const char *text, size_t len,
                     const struct flow_strv *paths, struct flow_error *err);

#endif
