/* SPDX-License-Identifier: MIT */
/*
 * The options of a tool, as one typed table.
 *
 * Parsing, --help, the usage line, shell completion and the check of the man page all derive from the table,
 * so that none of them can say something that the others do not. A row is written with the macro of its kind,
 * which takes the address of a variable of exactly that type; members that few rows need follow it by name:
 *
 *     const struct flow_option options[] = {
 *         {FLOW_OPTION_FLAG('f', "fresh", &args.fresh, "do again what is already done")},
 *         {FLOW_OPTION_LONG('j', "jobs", "N", &args.jobs, 1, 512, "work on N files at once (default: one a
 * core)")}, {FLOW_OPTION_FLAG(0, "pause", &args.pause, "start no further unit"), .group = CONTROL},
 *         {FLOW_OPTION_JSON(&args.json)},
 *         {FLOW_OPTION_END},
 *     };
 *
 * The table lives in main() beside the variables that it points to. A variable keeps its value where its
 * option is not given, so that defaults are set before parsing. -h/--help and -V/--version belong to every
 * tool and stand in no table. Long options cannot be abbreviated: an abbreviation that works today would
 * break a script on the day that a longer name is added.
 */
#ifndef FLOW_UI_OPTION_H
#define FLOW_UI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"

enum flow_option_kind {
    FLOW_OPTION_KIND_END,
    FLOW_OPTION_KIND_FLAG,    /* no value; sets a bool to true */
    FLOW_OPTION_KIND_TEXT,    /* the value as it stands on the command line, borrowed from argv; the last one
                                 wins */
    FLOW_OPTION_KIND_LIST,    /* may be given more than once; values are appended (copied) */
    FLOW_OPTION_KIND_LONG,    /* a whole number between min and max */
    FLOW_OPTION_KIND_DECIMAL, /* a number of 0 or more, as in 2.50 */
    FLOW_OPTION_KIND_CHOICE,  /* one of the words of choices; the variable becomes its index */
};

struct flow_option {
    enum flow_option_kind kind;
    char letter;      /* 'j', or 0 where there is only the long form */
    const char *name; /* "jobs"; never NULL */
    const char
        *value; /* "N", in capitals, as help shows it; NULL for a flag. FILE and DIR complete as such */
    union {
        bool *flag;
        const char **text;
        struct flow_strv *list;
        long *number;
        double *decimal;
        int *choice;
    } to;
    const char *help;           /* one line: lower case, no full stop, the default in brackets at its end */
    long min, max;              /* of a LONG */
    const char *const *choices; /* of a CHOICE; ends with NULL */
    unsigned group;             /* two options of the same group (not 0) cannot be given together */
};

#define FLOW_OPTION_FLAG(letter_, name_, target_, help_)                                                     \
    .kind = FLOW_OPTION_KIND_FLAG, .letter = (letter_), .name = (name_), .to.flag = (target_), .help = (help_)
#define FLOW_OPTION_TEXT(letter_, name_, value_, target_, help_)                                             \
    .kind = FLOW_OPTION_KIND_TEXT, .letter = (letter_), .name = (name_), .value = (value_),                  \
    .to.text = (target_), .help = (help_)
#define FLOW_OPTION_LIST(letter_, name_, value_, target_, help_)                                             \
    .kind = FLOW_OPTION_KIND_LIST, .letter = (letter_), .name = (name_), .value = (value_),                  \
    .to.list = (target_), .help = (help_)
#define FLOW_OPTION_LONG(letter_, name_, value_, target_, min_, max_, help_)                                 \
    .kind = FLOW_OPTION_KIND_LONG, .letter = (letter_), .name = (name_), .value = (value_),                  \
    .to.number = (target_), .min = (min_), .max = (max_), .help = (help_)
#define FLOW_OPTION_DECIMAL(letter_, name_, value_, target_, help_)                                          \
    .kind = FLOW_OPTION_KIND_DECIMAL, .letter = (letter_), .name = (name_), .value = (value_),               \
    .to.decimal = (target_), .help = (help_)
#define FLOW_OPTION_CHOICE(letter_, name_, value_, target_, choices_, help_)                                 \
    .kind = FLOW_OPTION_KIND_CHOICE, .letter = (letter_), .name = (name_), .value = (value_),                \
    .to.choice = (target_), .choices = (choices_), .help = (help_)
#define FLOW_OPTION_END           .kind = FLOW_OPTION_KIND_END

/* Options that several tools have, under one name and one text. */
#define FLOW_OPTION_JSON(target_) FLOW_OPTION_FLAG(0, "json", target_, "print JSON lines instead of a table")
#define FLOW_OPTION_QUIET(target_)                                                                           \
    FLOW_OPTION_FLAG('q', "quiet", target_, "print nothing on standard error but warnings and errors")
#define FLOW_OPTION_YES(target_)                                                                             \
    FLOW_OPTION_FLAG('y', "yes", target_, "agree beforehand to what would be asked")
#define FLOW_OPTION_JOBS(target_, help_) FLOW_OPTION_LONG('j', "jobs", "N", target_, 1, 4096, help_)
#define FLOW_OPTION_DIRECTORY(target_)                                                                       \
    FLOW_OPTION_TEXT('C', "directory", "DIR", target_,                                                       \
                     "work on the repository at DIR (default: the one around here)")

/* What parsing found beside the options of the table. */
struct flow_option_result {
    bool help, version, dump; /* --help, --version, or the hidden --flow-options */
    int first; /* index in argv of the first operand; options that stood behind it were moved forward */
};

/*
 * Parses argv by the table, moving operands behind the options; where options_first, what stands behind the
 * first operand is left alone, for a tool that hands it on. Stops at --help, --version and --flow-options.
 * FLOW_E_USAGE for anything that the table does not allow. Not reentrant, since getopt_long is not.
 */
int flow_option_parse(const struct flow_option *options, bool options_first, int argc, char **argv,
                      struct flow_option_result *out, struct flow_error *err);

/* Appends the list of options as --help shows it, with -h and -V at its end, folded to 80 columns. */
void flow_option_help(const struct flow_option *options, struct flow_buf *out);

/*
 * Appends the table as records, for completion and tests: a header line, then one row an option with the
 * cells letter, name, value, kind, choices (separated by blanks), group, help.
 */
void flow_option_dump(const struct flow_option *options, struct flow_buf *out);

#endif
