/* SPDX-License-Identifier: MIT */
/*
 * Analysis of one tree: which files there are, what they declare, what imports what, and in which order to go
 * through them. Facts of a blob come from the index where it has them, else from a parse on all cores;
 * resolution is of the whole tree.
 */
#ifndef FLOW_JOB_ANALYZE_H
#define FLOW_JOB_ANALYZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/repo/repo.h"
#include "flow/store/index.h"
#include "flow/syntax/facts.h"

struct flow_analyze_options {
    const char *revision;          /* NULL: the work tree */
    const struct flow_strv *paths; /* files and folders to look at; NULL or empty: all. The rest of the tree
                                      is still used to resolve */
    unsigned workers;              /* 0: all cores */
    bool fresh;                    /* ignore what the index holds */
    /* Called from time to time while it works, from any of its threads; may be NULL. */
    void (*progress)(void *payload, size_t done, size_t total);
    void *payload;
};

/* Why a file belongs to no unit. What git ignores is not in the tree at all. */
enum flow_skip {
    FLOW_SKIP_NONE,
    FLOW_SKIP_BINARY,    /* of a language by its name, but with a NUL in its first 8000 bytes */
    FLOW_SKIP_GENERATED, /* by its path, or by its own words */
    FLOW_SKIP_LANGUAGE,  /* not one that flow knows */
    FLOW_SKIP_SUBMODULE,
    FLOW_SKIP_LINK,
    FLOW_SKIP_SIZE /* larger than FLOW_ANALYZE_MAX_FILE */
};
#define FLOW_SKIP_COUNT       7

/* Bytes of the largest file that is parsed. */
#define FLOW_ANALYZE_MAX_FILE ((uint64_t)16 << 20)

/* "generated", "unknown language", …; "" for FLOW_SKIP_NONE. */
const char *flow_skip_name(enum flow_skip skip);

/* One file of the tree. */
struct flow_source {
    const struct flow_entry *entry;
    const struct flow_language *language; /* NULL where it is none */
    bool selected;                        /* among the paths asked for */
    enum flow_skip skip;
    size_t imported_by; /* files that import it: a skipped one that is imported needs a decision */
    size_t unit;        /* index of its unit; SIZE_MAX where it is skipped or not selected */
    uint32_t lines, errors;
};

/*
 * One unit: a file, or a header with its source. Its id is the path of its source (of the header where that
 * stands alone).
 *
 * For each header that the setting port.c-abi names (patterns) there is one more, behind all others: the
 * layer through which programs in C go on to use what was ported. Its only file is the header, which belongs
 * to its own unit as well; it imports that one, and those that define the functions of the header. Its id is
 * FLOW_C_ABI and the path of the header, which no path can be: it has an empty component.
 */
#define FLOW_C_ABI "c-abi://"
bool flow_unit_is_c_abi(const char *id);

struct flow_unit {
    const char *id;
    const struct flow_language *language;
    size_t files[2]; /* indices of sources: [0] the source, [1] the header or SIZE_MAX */
    uint32_t lines;
    uint64_t bytes;
    uint32_t errors;
    unsigned tier;   /* 0: imports nothing of the tree */
    size_t cycle;    /* number of its import cycle from 1, 0: in none */
    size_t *imports; /* indices of units, sorted, without itself */
    size_t import_count;
    size_t *importers;
    size_t importer_count;
};

/* One import as it was resolved. */
struct flow_dependency {
    size_t from, to; /* sources; to is SIZE_MAX where it leads out of the tree */
    const char *kind, *written;
    uint32_t line;
};

struct flow_analysis {
    struct flow_snapshot *snapshot;
    struct flow_source *sources; /* of the whole tree, as in the snapshot */
    size_t source_count;
    struct flow_unit *units; /* in order of work: by tier, inside a tier fewest imports first, then path */
    size_t unit_count;
    struct flow_dependency *dependencies;
    size_t dependency_count;
    size_t tier_count, cycle_count, largest_cycle;
    size_t parsed, cached; /* files parsed now, files whose facts the index had */
    struct flow_analysis_private *priv;
};

/* repo and languages are borrowed. FLOW_E_NOT_FOUND where one of the paths holds no file; FLOW_E_CONFLICT
 * where a file changed meanwhile. Works without an index where none can be written. */
int flow_analyze(struct flow_analysis **out, struct flow_repo *repo, const struct flow_languages *languages,
                 const struct flow_analyze_options *options, struct flow_error *err);
void flow_analysis_free(struct flow_analysis *analysis);

/* The unit with that id or that holds that path; SIZE_MAX where there is none. */
size_t flow_analysis_unit(const struct flow_analysis *analysis, const char *path);

/* Facts of one source, read from the index (or parsed again). Owned by the caller: flow_facts_release.
 * Thread-safe with a parser per thread; source text is read into `text`, which must outlive the facts. */
int flow_analysis_facts(const struct flow_analysis *analysis, struct flow_parser *parser, size_t source,
                        struct flow_buf *text, struct flow_facts *out, struct flow_error *err);

#endif
