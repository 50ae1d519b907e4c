/* SPDX-License-Identifier: MIT */
/*
 * What compilers and checkers say, as data.
 *
 * A text is read line by line. Forms that are JSON are known by themselves wherever a line begins one: those
 * of cargo and rustc, of gcc (-fdiagnostics-format=json) and of pyright (--outputjson), and so are
 * clang's fix-its (-fdiagnostics-parseable-fixits). All other lines are held
 * against the patterns of the language (flow/build/rules.h). What fits nothing is passed over: output of a
 * build is no protocol, and a bad line spoils only itself.
 */
#ifndef FLOW_BUILD_DIAGNOSTIC_H
#define FLOW_BUILD_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/build/rules.h"

enum flow_severity {
    FLOW_SEVERITY_ERROR,
    FLOW_SEVERITY_WARNING,
    FLOW_SEVERITY_NOTE /* notes, help, hints, information */
};

/* A place in a file. Lines and columns count from 1; 0: the tool did not say. A column is in the tool's own
 * unit (bytes, characters, or columns of a terminal): good to show, not to cut by. The end is that of the
 * last character where the tool says it, else 0. */
struct flow_position {
    const char *file; /* relative to the build tree; outside of it, as an absolute path; NULL: none */
    bool outside;     /* the file is not in the build tree (a system header, a dependency) */
    uint32_t line, column;
    uint32_t end_line, end_column;
};

/* Something said besides: a label, a note, a help. */
struct flow_note {
    enum flow_severity severity;
    struct flow_position place; /* may be without a file */
    const char *message;
};

/* The bytes from one position up to another are replaced by text. Positions are offsets where `by_offset`,
 * else lines and columns from 1, columns in bytes. */
struct flow_replacement {
    const char *file; /* as in struct flow_position */
    bool outside;
    bool by_offset;
    size_t start, end;                           /* by_offset */
    uint32_t line, column, end_line, end_column; /* else; the end is exclusive */
    const char *text;
};

/* Replacements that belong together: all are done, or none. */
struct flow_suggestion {
    const char *message; /* may be "" */
    bool machine;        /* the tool says that it is right as it stands (rustc: MachineApplicable) */
    struct flow_replacement *replacements;
    size_t count;
};

struct flow_diagnostic {
    enum flow_severity severity;
    struct flow_position place;
    const char *code;    /* "E0308", "-Wunused-variable", "TS2322"; NULL: none */
    const char *message; /* one line, or more where the tool's has more */
    const char *text;    /* all that the tool printed for it, as it printed it: for people and prompts */
    struct flow_note *notes;
    size_t note_count;
    struct flow_suggestion *suggestions; /* alternatives where there are several */
    size_t suggestion_count;
    unsigned times; /* how often it was said */
};

struct flow_diagnostics {
    struct flow_arena arena; /* holds all that the items point to */
    struct flow_diagnostic *items;
    size_t count, cap;
    size_t errors, warnings; /* how many of them are such */
};

/* More than this are not kept: a build that says more is answered by mending the first. */
#define FLOW_DIAGNOSTICS_MAX ((size_t)20000)

void flow_diagnostics_init(struct flow_diagnostics *list);
void flow_diagnostics_release(struct flow_diagnostics *list);

/* Adds what is said in text. `root` is the build tree, absolute, without '/' at its end; relative names are
 * taken from there, or from the folder that make says it has entered. What was said before (the same place,
 * severity, code and message) is counted in `times` only. Afterwards the list is ordered by file, line,
 * column, severity, code and message; items without a file stand first. */
int flow_diagnostics_read(struct flow_diagnostics *list, const struct flow_build_rules *rules,
                          const char *root, const char *text, size_t len, struct flow_error *err);

/* "error", "warning", "note". */
const char *flow_severity_name(enum flow_severity severity);

#endif
