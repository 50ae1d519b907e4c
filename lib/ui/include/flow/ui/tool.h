/* SPDX-License-Identifier: MIT */
/*
 * The entry point that all tools share.
 *
 * A tool's main() declares its arguments, the option table that fills them and a struct flow_tool, and
 * returns flow_tool_main(). Whatever a tool could forget is done there, once: standard descriptors that are
 * closed, SIGPIPE, the signals that ask to stop, the locale, --help and --version, the one place that prints
 * an error, and the check that all of standard output was really written.
 */
#ifndef FLOW_UI_TOOL_H
#define FLOW_UI_TOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/ui/option.h"

/*
 * How far the person (or the system) wants the tool to stop. The first SIGINT, SIGTERM or SIGHUP asks to
 * drain: begin nothing new, let finish what has been paid for. The second one asks to stop at once. A third
 * one kills.
 */
struct flow_tool_stop {
    atomic_int asked; /* 0: go on; 1: drain; 2 or more: stop at once */
    atomic_bool now;  /* asked >= 2, in the form that flow_proc wants */
};

struct flow_tool_context {
    void *args;      /* of the struct flow_tool */
    char **operands; /* what stood on the command line beside options; ends with NULL */
    size_t operand_count;
    struct flow_tool_stop *stop;
};

/* One line of EXIT STATUS. */
struct flow_tool_exit {
    int status;
    const char *meaning; /* "": the words of the suite */
};

struct flow_tool {
    const char *name;    /* "flow-analyze" */
    const char *summary; /* one line: lower case, no full stop; the same as .Nd of its man page */
    /* What stands behind "flow-x [option ...]" in the SYNOPSIS, as "[path ...]"; "" for nothing. Further
     * forms of the command line follow on lines of their own, without "[option ...]" being put there. */
    const char *operands;
    size_t operand_min, operand_max; /* how many are allowed; operand_max may be SIZE_MAX */
    bool options_first;              /* what follows the first operand belongs to somebody else */
    const char *about;    /* paragraphs for --help: what it does in steps, what goes in, what comes out */
    const char *examples; /* command lines, each with a line above it that begins with "# "; may be NULL */
    const struct flow_option *options; /* may be NULL */

    /* The statuses that this tool can end with beside 0, 2, 3 and 4, and those that mean something else than
     * in the rest of the suite; see FLOW_TOOL_EXIT_END. May be NULL. */
    const struct flow_tool_exit *exits;

    /* Whether the tool reads the stop counter. Where it does not, a signal ends it as it ends any filter. */
    bool drains;

    /* Starts and ends the libraries of lower layers that want that once a process; may be NULL. start runs
     * after the options were parsed, before any thread. */
    int (*start)(struct flow_error *err);
    void (*end)(void);

    /* The work. Returns the exit status 0 or 1, or -1 with err. */
    int (*run)(struct flow_tool_context *context, struct flow_error *err);
    void *args;
};

/* Ends the table of exits (a meaning of NULL). */
#define FLOW_TOOL_EXIT_END                                                                                   \
    {                                                                                                        \
        0, NULL                                                                                              \
    }

/*
 * Runs the tool and returns the exit status. An error is printed as "flow-x: message"; wrong usage with a
 * second line, "try 'flow-x --help'". When standard output cannot be written the status is 3, whatever run()
 * returned; when its reader has gone away, the process ends by SIGPIPE without a word, as any filter.
 */
int flow_tool_main(int argc, char **argv, const struct flow_tool *tool);

/* Prints "flow-x: warning: …" on standard error. */
void flow_tool_warn(const struct flow_tool *tool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For a tool that does not read the stop counter, but for a part of its work does: from now on it drains. */
void flow_tool_drain(void);

/* Appends the operands: '-' stands for the ids of records on standard input, which are called `what` ("unit")
 * and go to `piped`; it may be `out`. */
int flow_tool_ids(const struct flow_tool_context *context, const char *what, struct flow_strv *out,
                  struct flow_strv *piped, struct flow_error *err);

#endif
