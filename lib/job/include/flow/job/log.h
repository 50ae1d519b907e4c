/* SPDX-License-Identifier: MIT */
/*
 * The record of a run: the transcript of a unit, and where a line of the port comes from.
 */
#ifndef FLOW_JOB_LOG_H
#define FLOW_JOB_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/repo/repo.h"
#include "flow/store/archive.h"
#include "flow/store/query.h"

/* A run whose record is read. */
struct flow_log {
    struct flow_ledger *ledger; /* for reading, with the functions of flow/store/query.h */
    int64_t run;
    char *name;
};
/* The run called `name` or job/name; NULL: the only one. FLOW_E_NOT_FOUND, or FLOW_E_USAGE where there are
 * several. */
int flow_log_open(struct flow_log *out, struct flow_repo *repo, const char *name, struct flow_error *err);
void flow_log_close(struct flow_log *log);

/* flow_ledger_export and flow_ledger_purge (flow/store/archive.h) of the repository's ledger, with all its
 * runs; purging is refused (FLOW_E_REFUSED) while somebody works on one of them. */
int flow_log_export(struct flow_repo *repo, flow_archive_fn fn, void *payload, struct flow_error *err);
int flow_log_purge(struct flow_repo *repo, int64_t before_ms, struct flow_purged *out,
                   struct flow_error *err);

/* What happened to a unit, in order. Any function may be NULL; one that returns other than 0 ends it, which
 * is no failure. A call is followed by the blocks of its prompt, its verdict and its findings. */
struct flow_log_reader {
    int (*call)(void *payload, const struct flow_call_row *call);
    int (*block)(void *payload, const char *hash, const void *data, size_t len);
    /* After the blocks: what came back. */
    int (*reply)(void *payload, const struct flow_call_row *call);
    int (*verdict)(void *payload, const struct flow_verdict_row *verdict);
    int (*finding)(void *payload, const struct flow_finding_row *finding);
    int (*event)(void *payload, const struct flow_event_row *event);
    int (*state)(void *payload, const struct flow_unit_state *state); /* as it stands now */
    void *payload;
};
/* FLOW_E_NOT_FOUND where the run knows nothing of the unit. */
int flow_log_unit(const struct flow_log *log, const char *unit, const struct flow_log_reader *reader,
                  struct flow_error *err);

/* Where a line comes from. Texts are "" where they are not known. */
struct flow_log_origin {
    struct flow_arena arena;
    bool lost;               /* for want of memory something is not known: no such origin is given out */
    const char *path, *text; /* the line */
    uint32_t line;
    const char *revision; /* HEAD, or the branch on which it was looked up */
    struct flow_id commit;
    const char *subject, *author;
    int64_t when_ms;
    bool by_fix;  /* flow-fix wrote the line after the file was ported */
    bool by_flow; /* flow-port did; else, where by_fix is not set, a person … */
    const char
        *unit; /* … and this is the unit that the rest of the file was ported from; "" where none was */
    const char *run;
    const char *model, *cost;
    struct flow_strv reviewers;
    /* The call whose reply holds these bytes; 0 where none does: the formatter or the tool made them, or the
     * ledger is another one. */
    int64_t call;
    const char *step, *role, *lens;
    unsigned round;
};
/* Looks at the file as it is in HEAD, or where that has none as it is on the branch of the run (NULL: the
 * only one that has it). Not found, or beyond the end of the file: FLOW_E_NOT_FOUND. */
int flow_log_line(struct flow_log_origin *out, struct flow_repo *repo, const char *run, const char *path,
                  uint32_t line, struct flow_error *err);
void flow_log_origin_release(struct flow_log_origin *origin);

#endif
