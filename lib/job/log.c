// SPDX-License-Identifier: MIT
#include "flow/job/log.h"

#include <stdlib.h>
#include <string.h>

#include "flow/job/status.h"

struct choice {
    const char *name;
    int64_t run;
    char *found;
    struct flow_buf names; // of all, as --name takes them
    size_t count;
};

static int choose(const struct flow_run_row *run, void *payload)
{
    struct choice *choice = payload;
    // Single questions (flow-agent) are in the ledger too; somebody who names no run does not mean them. What
    // contracts took is told with their port.
    bool contract = strcmp(run->job, "contract") == 0;
    bool called = choice->name ? flow_run_is_called(run, choice->name) && !contract
                               : strcmp(run->job, "agent") != 0 && !contract;
    if (!called || !run->begun)
        return 0;
    free(choice->found);
    choice->found = strdup(run->name);
    choice->run = run->id;
    flow_buf_printf(&choice->names, "%s--name %s/%s", choice->count ? " or " : "", run->job, run->name);
    choice->count++;
    return 0;
}

static int ledger_path(struct flow_repo *repo, struct flow_buf *out, struct flow_error *err)
{
    if (flow_repo_state_dir(repo, out, err))
        return -1;
    flow_buf_puts(out, "ledger.db");
    return flow_buf_check(out, "path of the ledger", err);
}

static int look(struct flow_ledger **out, struct flow_repo *repo, struct flow_error *err)
{
    struct flow_buf path;
    struct flow_error own = FLOW_ERROR_INIT;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = ledger_path(repo, &path, err);
    if (result == 0 && flow_ledger_look(out, path.data, &own))
        result = own.code == FLOW_E_NOT_FOUND
                     ? flow_error_set(err, FLOW_E_NOT_FOUND, "nothing was run here yet: there is no record")
                     : flow_error_set(err, own.code, "%s", own.message);
    flow_buf_release(&path);
    return result;
}

int flow_log_open(struct flow_log *out, struct flow_repo *repo, const char *name, struct flow_error *err)
{
    struct choice choice = {.name = name};
    *out = (struct flow_log){0};
    flow_buf_init(&choice.names, FLOW_BUF_LINE);
    int result = look(&out->ledger, repo, err);
    if (result == 0)
        result = flow_ledger_runs(out->ledger, choose, &choice, err);
    if (result == 0 && choice.count == 0)
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "there is no run '%s' here: flow-status lists them",
                                name ? name : "");
    else if (result == 0 && choice.count > 1)
        result = flow_error_set(err, FLOW_E_USAGE, "there are several runs: say which one with %s",
                                choice.names.data);
    else if (result == 0 && !choice.found)
        result = flow_error_nomem(err);
    out->run = choice.run;
    out->name = choice.found;
    flow_buf_release(&choice.names);
    if (result)
        flow_log_close(out);
    return result;
}

int flow_log_export(struct flow_repo *repo, flow_archive_fn fn, void *payload, struct flow_error *err)
{
    struct flow_ledger *ledger = NULL;
    int result = look(&ledger, repo, err);
    if (result == 0)
        result = flow_ledger_export(ledger, fn, payload, err);
    flow_ledger_free(ledger);
    return result;
}

static int nobody_works(struct flow_repo *repo, struct flow_error *err)
{
    struct flow_status_list runs;
    int result = flow_status_read(&runs, repo, NULL, err);
    for (size_t i = 0; i < runs.count && result == 0; i++)
        if (runs.items[i].live)
            result = flow_error_set(
                err, FLOW_E_REFUSED, "process %ld on %s works on run '%s': 'flow-status stop' ends it",
                runs.items[i].holder.process, runs.items[i].holder.host, runs.items[i].name);
    flow_status_release(&runs);
    return result;
}

int flow_log_purge(struct flow_repo *repo, int64_t before_ms, struct flow_purged *out, struct flow_error *err)
{
    struct flow_ledger *ledger = NULL;
    struct flow_buf path;
    // A ledger that is not there is not made in order to be purged.
    if (nobody_works(repo, err) || look(&ledger, repo, err))
        return -1;
    flow_ledger_free(ledger);
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = ledger_path(repo, &path, err);
    if (result == 0)
        result = flow_ledger_open(&ledger, path.data, err);
    if (result == 0) {
        result = flow_ledger_purge(ledger, before_ms, out, err);
        flow_ledger_free(ledger);
    }
    flow_buf_release(&path);
    return result;
}

void flow_log_close(struct flow_log *log)
{
    flow_ledger_free(log->ledger);
    free(log->name);
    *log = (struct flow_log){0};
}

/*
 * The transcript: calls in their order, what was judged behind the call that judged, events by their time.
 */
struct transcript {
    const struct flow_log *log;
    const char *unit;
    const struct flow_log_reader *reader;
    struct flow_arena arena;
    struct flow_verdict_row *verdicts;
    size_t verdict_count, verdict_cap;
    struct flow_finding_row *findings;
    size_t finding_count, finding_cap;
    struct flow_event_row *events;
    size_t event_count, event_cap, told_events;
    size_t calls;
    bool over; // the reader wants no more
    struct flow_error *err;
    int result;
};

static const char *keep(struct transcript *t, const char *text)
{
    if (!text)
        return NULL;
    const char *copy = flow_arena_str(&t->arena, text);
    if (!copy)
        t->result = flow_error_nomem(t->err);
    return copy;
}

static int keep_verdict(const struct flow_verdict_row *row, void *payload)
{
    struct transcript *t = payload;
    t->result = flow_grow(&t->verdicts, &t->verdict_cap, t->verdict_count + 1, sizeof *t->verdicts, t->err);
    if (t->result)
        return 1;
    struct flow_verdict_row copy = *row;
    copy.lens = keep(t, row->lens);
    copy.source_id = keep(t, row->source_id);
    copy.target_id = keep(t, row->target_id);
    t->verdicts[t->verdict_count++] = copy;
    return t->result;
}

static int keep_finding(const struct flow_finding_row *row, void *payload)
{
    struct transcript *t = payload;
    t->result = flow_grow(&t->findings, &t->finding_cap, t->finding_count + 1, sizeof *t->findings, t->err);
    if (t->result)
        return 1;
    struct flow_finding_row copy = *row;
    const char **const texts[] = {&copy.severity, &copy.file, &copy.claim,       &copy.evidence,
                                  &copy.fix,      &copy.fate, &copy.fate_reason, &copy.lens};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = keep(t, *texts[i]);
    t->findings[t->finding_count++] = copy;
    return t->result;
}

static int keep_event(const struct flow_event_row *row, void *payload)
{
    struct transcript *t = payload;
    t->result = flow_grow(&t->events, &t->event_cap, t->event_count + 1, sizeof *t->events, t->err);
    if (t->result)
        return 1;
    struct flow_event_row copy = *row;
    copy.kind = keep(t, row->kind);
    copy.text = keep(t, row->text);
    copy.unit = keep(t, row->unit);
    t->events[t->event_count++] = copy;
    return t->result;
}

#define TELL(t, what, ...)                                                                                   \
    ((t)->over =                                                                                             \
         (t)->over || ((t)->reader->what && (t)->reader->what((t)->reader->payload, __VA_ARGS__) != 0))

static void tell_events(struct transcript *t, int64_t until_ms)
{
    while (t->told_events < t->event_count && t->events[t->told_events].at <= until_ms)
        TELL(t, event, &t->events[t->told_events++]);
}

static void tell_verdict(struct transcript *t, const struct flow_verdict_row *verdict)
{
    TELL(t, verdict, verdict);
    for (size_t i = 0; i < t->finding_count; i++)
        if (t->findings[i].round == verdict->round && strcmp(t->findings[i].lens, verdict->lens) == 0)
            TELL(t, finding, &t->findings[i]);
}

static int tell_block(const char *hash, const void *data, size_t len, void *payload)
{
    struct transcript *t = payload;
    TELL(t, block, hash, data, len);
    return t->over;
}

static int tell_call(const struct flow_call_row *call, void *payload)
{
    struct transcript *t = payload;
    t->calls++;
    tell_events(t, call->begun);
    TELL(t, call, call);
    if (t->reader->block && !t->over)
        t->result = flow_ledger_call_prompt(t->log->ledger, call->id, tell_block, t, t->err);
    if (t->result)
        return 1;
    TELL(t, reply, call);
    for (size_t i = 0; i < t->verdict_count; i++)
        if (t->verdicts[i].call == call->id)
            tell_verdict(t, &t->verdicts[i]);
    return t->over;
}

static int tell_unit(struct transcript *t, struct flow_error *err)
{
    struct flow_ledger *ledger = t->log->ledger;
    struct flow_unit_state state = {0};
    int known = flow_ledger_unit_get(ledger, t->log->run, t->unit, &state, err);
    int result = known < 0 ? -1 : 0;
    if (result == 0)
        result =
            flow_ledger_verdicts(ledger, t->log->run, t->unit, keep_verdict, t, err) || t->result ? -1 : 0;
    if (result == 0)
        result =
            flow_ledger_findings(ledger, t->log->run, t->unit, keep_finding, t, err) || t->result ? -1 : 0;
    if (result == 0)
        result = flow_ledger_events(ledger, t->log->run, t->unit, keep_event, t, err) || t->result ? -1 : 0;
    if (result == 0)
        result =
            flow_ledger_calls(ledger, t->log->run, t->unit, true, tell_call, t, err) || t->result ? -1 : 0;
    if (result == 0 && known == 0 && t->calls == 0 && t->event_count == 0)
        result =
            flow_error_set(err, FLOW_E_NOT_FOUND, "run '%s' has no record of '%s'", t->log->name, t->unit);
    if (result == 0 && !t->over)
        tell_events(t, INT64_MAX);
    if (result == 0 && known == 1)
        TELL(t, state, &state);
    flow_unit_state_release(&state);
    return result;
}

int flow_log_unit(const struct flow_log *log, const char *unit, const struct flow_log_reader *reader,
                  struct flow_error *err)
{
    struct transcript t = {.log = log, .unit = unit, .reader = reader, .err = err};
    flow_arena_init(&t.arena);
    int result = tell_unit(&t, err);
    free(t.verdicts);
    free(t.findings);
    free(t.events);
    flow_arena_release(&t.arena);
    return result;
}
