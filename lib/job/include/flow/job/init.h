/* SPDX-License-Identifier: MIT */
/*
 * flow-init: looks at a work tree and writes its .flow/config. What it knows about languages and their build
 * tools stands in grammars/ ([project] of language.conf, init.conf); what it writes is a proposal, with a
 * comment for every key.
 */
#ifndef FLOW_JOB_INIT_H
#define FLOW_JOB_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"

/* One language, by the names of its files; an extension of several counts for the one with most other files.
 */
struct flow_init_language {
    const struct flow_language *language;
    size_t files;
    uint64_t bytes;
};

/* A way to build what is there. Commands are for a shell at the top of the repository; "" where there is
 * none. */
struct flow_init_project {
    const struct flow_language *language;
    char *name;   /* "cargo" */
    char *marker; /* the file that tells: "Cargo.toml" */
    char *fetch, *build, *test;
};

struct flow_init {
    struct flow_init_language *languages; /* most bytes first */
    size_t language_count;
    struct flow_init_project *projects; /* the first is the one to build by */
    size_t project_count, project_cap;
    struct flow_strv vendored_names;  /* what such folders are called, from init.conf */
    struct flow_strv vendored;        /* folders with code of others; counted for no language */
    const struct flow_language *from; /* the first language, NULL where there is none */
    const struct flow_language *to;   /* one that there is a guide for, NULL where there is none */
    struct flow_buf text;             /* of the configuration */
};

/* Looks at the work tree. `languages` must outlive the result. */
int flow_init_look(struct flow_init **out, struct flow_repo *repo, const struct flow_languages *languages,
                   struct flow_error *err);
void flow_init_free(struct flow_init *init);

/* Writes the text to .flow/config of the work tree: 1. Where there is such a file, whatever it is, 0 and
 * nothing is written, unless `fresh`. FLOW_E_REFUSED where .flow is something else than a folder. */
int flow_init_write(struct flow_repo *repo, const struct flow_init *init, bool fresh, struct flow_error *err);

#endif
