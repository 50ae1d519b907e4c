/* SPDX-License-Identifier: MIT */
/*
 * The ledger as a whole: written out for other programs, and freed of what is old.
 *
 * Times are milliseconds since the epoch, as everywhere in the ledger.
 */
#ifndef FLOW_STORE_ARCHIVE_H
#define FLOW_STORE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/store/ledger.h"

/* Takes one JSON line, its '\n' included; valid for the call only. Other than 0 (with err filled) ends the
 * export with that. */
typedef int (*flow_archive_fn)(void *payload, const char *line, size_t len, struct flow_error *err);

/*
 * Writes everything as JSON lines, row by row (memory holds one row), all of one moment however long it takes
 * and whoever writes meanwhile. Each line is an object whose member "table" says what it is; the other
 * members are the columns of the table, those left out that hold nothing. Rows stand in order of their keys,
 * the tables in this one, so that what a row refers to came before it:
 *
 *   run, run_value, block (hash, data), unit_state, input (block: its hash), reservation, call (with
 *   "blocks": the hashes of its prompt, in order), round, verdict, finding, control, event
 *
 * In strings a byte that is not UTF-8, or NUL, is written \\xHH, as in all records of the suite.
 */
int flow_ledger_export(struct flow_ledger *ledger, flow_archive_fn fn, void *payload, struct flow_error *err);

struct flow_purged {
    int64_t calls;    /* whose prompt and reply were taken out */
    int64_t blocks;   /* prompt texts that nothing else used */
    int64_t findings; /* whose words were taken out */
    int64_t events;
    int64_t kept;  /* calls older than the date that stay whole: their unit was worked on after it */
    int64_t bytes; /* by which the files of the ledger shrank */
};

/*
 * Takes out the texts older than `before`: prompts and replies of calls that were settled before it, the
 * words of findings that such calls made, events, and pins of generations that are over. What stays: every
 * call as a row with its times, tokens and money, so that all sums are as they were; rounds and verdicts, so
 * that what is accepted stays proven; all texts of a unit whose state changed at or after `before`; a text
 * that anything which stays still uses. A call without its reply is not found again by its key: the same
 * request would be paid anew.
 *
 * What was taken out is overwritten in the file, which shrinks. To be called while no run holds its lock: a
 * process that works on the ledger makes it fail with FLOW_E_ENV, after the texts are out, when the file
 * could not be shrunk; it can be called again.
 */
int flow_ledger_purge(struct flow_ledger *ledger, int64_t before, struct flow_purged *out,
                      struct flow_error *err);

#endif
