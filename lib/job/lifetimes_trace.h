/* SPDX-License-Identifier: MIT */
/*
 * What the parts of a traced run share.
 *
 *   lifetimes_trace.c        the run: commands, the build tree, one thing after the other
 *   lifetimes_trace_hooks.c  sources with a hook at each place where a field gets a pointer
 *   lifetimes_trace_notes.c  what the processes noted, read back
 *   lifetimes_trace_lines.c  addresses to functions and lines
 *   lifetimes_trace_judge.c  from that to a verdict on each row
 *
 * Strings are of the model's arena.
 */
#ifndef FLOW_JOB_LIFETIMES_TRACE_H
#define FLOW_JOB_LIFETIMES_TRACE_H

#include "lifetimes_private.h"
#include "trace_file.h"
#include "tree_files.h"

/* What was seen of a field. The first ones are those of enum flow_trace_kind, and stand where the field was
 * given the pointer; a block that was freed is counted once more, where that was. */
enum own_trace {
    OWN_TRACE_THROUGH = FLOW_TRACE_KINDS, /* freed where the analysis saw that the field is released */
    OWN_TRACE_BY_STRUCT,                  /* freed by a destructor or another function of its struct */
    OWN_TRACE_BESIDE,                     /* freed where a field beside it is released that held it, too */
    OWN_TRACE_UNPLACED,                   /* freed by code whose lines are not known */
    OWN_TRACE_NEVER,                      /* not freed before the end */
    OWN_TRACE_COUNT
};

struct own_trace_fact {
    enum own_trace what;
    const char *path;
    uint32_t line;
    uint64_t count;
    struct own_trace_fact *next;
};

struct own_traced {
    struct own_trace_fact *facts; /* by what, then by count, most first */
    uint64_t counts[OWN_TRACE_COUNT];
};

/* A place that has a hook; its number is its index + 1. */
struct trace_store {
    struct flow_lifetime *row;
    const struct own_field *field;
    const struct own_file *file;
    const struct own_record *record;
};

/* Frees of blocks that stores gave: the same store, kind and stack are one. */
struct trace_note {
    size_t store; /* index */
    enum flow_trace_kind kind;
    uint64_t count;
    size_t depth;
    struct {
        size_t module; /* index */
        uint64_t address;
    } stack[FLOW_TRACE_DEPTH]; /* innermost first; only what is of programs in the build tree */
};

/* A line that is being executed; calls that the compiler inlined make several of one address. */
struct trace_line {
    const char *function, *path; /* path: of the repository */
    uint32_t line;
    struct trace_line *outer;
};

struct trace {
    struct flow_lifetimes *lifetimes;
    const struct flow_lifetimes_trace_options *options;
    struct flow_lifetimes_traced *outcome;
    struct own_model *model;
    const struct flow_language *language;
    struct flow_build_rules *rules;
    struct flow_strv read, env;
    struct flow_buf root, dir, notes; /* the writable folder, and in it the build tree and what is noted */
    struct trace_store *stores;
    size_t store_count, store_cap;
    struct trace_note **items;
    size_t count, cap;
    struct flow_map *notes_at; /* bytes of a note -> the note */
    struct flow_strv modules;  /* paths */
    struct flow_map *lines;    /* "MODULE ADDRESS" -> its innermost struct trace_line, or NULL */
};

/* Finds the places that get hooks. */
int trace_find_stores(struct trace *trace, struct flow_error *err);
/* Writes the tree of sources with hooks. */
int trace_write_sources(struct trace *trace, struct flow_error *err);

/* Reads what the processes noted. */
int trace_read_notes(struct trace *trace, struct flow_error *err);
void trace_seen(struct own_model *model, struct flow_lifetime *row, enum own_trace what, const char *path,
                uint32_t line, uint64_t count);

/* Makes lines of addresses. */
int trace_find_lines(struct trace *trace, struct flow_error *err);
#define TRACE_KEY 48
void trace_line_key(char key[TRACE_KEY], size_t module, uint64_t address);

/* Says of each row what was seen. */
int trace_judge(struct trace *trace, struct flow_error *err);

/* Runs a text by /bin/sh in the build tree. */
struct flow_sandbox_result;
int trace_run(struct trace *trace, const char *text, struct flow_buf *out, struct flow_buf *talk,
              struct flow_sandbox_result *result, struct flow_error *err);

#endif
