/* SPDX-License-Identifier: MIT */
/*
 * Errors: how every fallible function of the library says what went wrong.
 *
 * A function that can fail returns an int: 0 on success, a negative number on failure; small positive numbers
 * are expected outcomes and documented where they occur. Its last parameter is a struct flow_error that it
 * fills on failure and leaves alone on success. The caller provides the storage; NULL is allowed and means
 * that the caller only wants the result. An error carries a code, from which the exit status follows, and one
 * line that is complete enough to be printed as it is: lower case, no full stop, what failed first, its
 * subject in single quotes. Nothing here allocates, so that running out of memory can be reported like
 * anything else. Only tools print errors.
 */
#ifndef FLOW_BASE_ERROR_H
#define FLOW_BASE_ERROR_H

#include <stdarg.h>

/* What kind of failure it was. The exit status of a tool is flow_error_status() of it. */
enum flow_code {
    FLOW_OK = 0,
    FLOW_E_USAGE,       /* the words of the command line are wrong                       -> 2 */
    FLOW_E_ENV,         /* file, network, repository or configuration failed              -> 3 */
    FLOW_E_NOT_FOUND,   /* what was named does not exist                                  -> 3 */
    FLOW_E_INVALID,     /* text from outside does not fit its format                      -> 3 */
    FLOW_E_TOO_BIG,     /* outside input passed a limit of ours                           -> 3 */
    FLOW_E_TIMEOUT,     /* took longer than was allowed                                   -> 3 */
    FLOW_E_CONFLICT,    /* somebody else changed it first (compare-and-swap failed)       -> 3 */
    FLOW_E_NOMEM,       /* out of memory                                                  -> 4 */
    FLOW_E_INTERNAL,    /* an invariant of ours does not hold                             -> 4 */
    FLOW_E_REFUSED,     /* by policy, by the person asked, or by the holder of a lock     -> 5 */
    FLOW_E_BUDGET,      /* the budget is used up                                          -> 6 */
    FLOW_E_INTERRUPTED, /* a signal or another terminal asked to stop                     -> 130 */
};

/* Exit statuses of the suite that are not errors (DESIGN.md, section 1). */
#define FLOW_EXIT_DONE  0
#define FLOW_EXIT_HOLES 1

struct flow_error {
    enum flow_code code;
    /* One line of UTF-8, as flow_str_show writes it but for backslashes, which stay; cut with "…". */
    char message[1000];
};

#define FLOW_ERROR_INIT                                                                                      \
    {                                                                                                        \
        .code = FLOW_OK                                                                                      \
    }

/* Fills err and returns -1, so that `return flow_error_set(err, …)` is the idiom. err may be NULL. */
int flow_error_set(struct flow_error *err, enum flow_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As flow_error_set, with ": " and the text of errnum (an errno value) behind the message. ENOMEM becomes
 * FLOW_E_NOMEM, ENOENT and ENOTDIR become FLOW_E_NOT_FOUND, all else FLOW_E_ENV. */
int flow_error_errno(struct flow_error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "out of memory"; returns -1. */
int flow_error_nomem(struct flow_error *err);

/* Puts context and ": " before the message that err holds; the code stays. Returns -1. */
int flow_error_wrap(struct flow_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The exit status that stands for code: 0, 2, 3, 4, 5, 6 or 130. */
int flow_error_status(enum flow_code code);

#endif
