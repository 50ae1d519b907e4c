// SPDX-License-Identifier: MIT
/*
 * Where a line comes from: through git's history to the commit, through the commit's trailers and the text
 * that it holds to the unit, through the unit's replies to the call.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fixed.h"
#include "flow/agent/reply.h"
#include "flow/base/json.h"
#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "flow/job/log.h"
#include "port_private.h"

#define TELLING    12 /* letters and digits that a text needs to be known again */
#define NEIGHBOURS 8  /* lines on one side of it that may be needed for that */

static const char *keep(struct flow_log_origin *origin, const char *text, size_t len)
{
    const char *copy = flow_arena_strn(&origin->arena, text, len);
    origin->lost = origin->lost || !copy;
    return copy ? copy : "";
}

/*
 * History.
 */
struct history {
    struct flow_log_origin *origin;
    bool found;
    struct flow_buf *message;      // of the commit that wrote the line
    struct flow_buf *file_message; // of one of flow's that wrote any of the file
    uint32_t then;
    struct flow_buf *path_then;
};

static bool has_unit(const char *message)
{
    struct flow_buf cell;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    // There or not, whatever memory there is for what it says.
    bool there = flow_trailer_get(message, "Flow-Unit", 0, &cell) == 1;
    flow_buf_release(&cell);
    return there;
}

static int look_at_hunk(const struct flow_blame *blame, void *payload, struct flow_error *err)
{
    struct history *history = payload;
    struct flow_log_origin *origin = history->origin;
    if (history->file_message->len == 0 && has_unit(blame->message))
        flow_buf_puts(history->file_message, blame->message);
    if (origin->line < blame->line || origin->line - blame->line >= blame->count)
        return flow_buf_check(history->file_message, "message of a commit", err);
    history->found = true;
    history->then = blame->then + (origin->line - blame->line);
    flow_buf_puts(history->path_then, blame->path);
    flow_buf_puts(history->message, blame->message);
    origin->commit = blame->commit;
    origin->author = keep(origin, blame->author, strlen(blame->author));
    origin->when_ms = blame->when_ms;
    origin->subject = keep(origin, blame->message,
                           flow_str_first_line(blame->message, strlen(blame->message), FLOW_BUF_LINE));
    return flow_buf_check(history->message, "message of a commit", err);
}

// Appends line `number` of text; false where there is none.
static bool find_line(const struct flow_buf *text, uint32_t number, const char **out, size_t *len)
{
    const char *at = text->data, *end = text->data + text->len;
    for (; number > 1 && at < end; number--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    if (at >= end)
        return false;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    *out = at;
    *len = (size_t)((newline ? newline : end) - at);
    return true;
}

// The nth trailer of that name: false where there is none.
static bool read_trailer(struct flow_log_origin *origin, const char *message, const char *key, unsigned n,
                         struct flow_buf *out)
{
    flow_buf_clear(out);
    bool there = flow_trailer_get(message, key, n, out) == 1;
    origin->lost = origin->lost || out->failed;
    return there;
}

static int read_trailers(struct flow_log_origin *origin, const char *message, struct flow_error *err)
{
    struct flow_buf cell, unit;
    int result = 0;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    flow_buf_init(&unit, FLOW_BUF_LINE);
    if (read_trailer(origin, message, "Flow-Unit", 0, &cell) &&
        flow_tsv_unescape(&unit, cell.data, cell.len, NULL) == 0)
        origin->unit = keep(origin, unit.data, unit.len);
    origin->lost = origin->lost || unit.failed;
    if (read_trailer(origin, message, "Flow-Model", 0, &cell))
        origin->model = keep(origin, cell.data, cell.len);
    if (read_trailer(origin, message, "Flow-Cost", 0, &cell))
        origin->cost = keep(origin, cell.data, cell.len);
    for (unsigned n = 0; result == 0 && read_trailer(origin, message, "Flow-Reviewed-By", n, &cell); n++)
        result = flow_strv_add(&origin->reviewers, cell.data, err);
    flow_buf_release(&unit);
    flow_buf_release(&cell);
    return result;
}

/*
 * Replies. Formatters move blanks, so that texts are compared without any.
 */
static void squeeze(struct flow_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)text[i]))
            flow_buf_putc(out, text[i]);
}

static bool is_in(struct flow_log_origin *origin, const struct flow_buf *needle, const char *text, size_t len)
{
    struct flow_buf hay;
    flow_buf_init(&hay, FLOW_BUF_FILE);
    squeeze(&hay, text, len);
    origin->lost = origin->lost || hay.failed;
    bool found = hay.len > 0 && needle->len > 0 && strstr(hay.data, needle->data) != NULL;
    flow_buf_release(&hay);
    return found;
}

static size_t letters(const struct flow_buf *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += isalnum((unsigned char)text->data[i]) != 0;
    return count;
}

// The line without its blanks. One that could stand anywhere ("}") is known by its neighbours: those above
// it, those below it, or both, since an edit that brought it may end or begin with it.
enum side { ABOVE, BELOW, AROUND, SIDES };

static void make_needle(const struct flow_buf *text, uint32_t line, enum side side, struct flow_buf *out)
{
    const char *at;
    size_t len;
    for (uint32_t far = 0; far < NEIGHBOURS; far++) {
        uint32_t first = side == BELOW ? line : line > far ? line - far : 1;
        uint32_t last = side == ABOVE ? line : line + far;
        flow_buf_clear(out);
        for (uint32_t n = first; n <= last && find_line(text, n, &at, &len); n++)
            squeeze(out, at, len);
        if (out->failed || letters(out) >= TELLING)
            return;
    }
    flow_buf_clear(out);
}

struct search {
    struct flow_log_origin *origin;
    const struct flow_buf *needles; // SIDES of them; one that is empty is none
    int64_t last;                   // no later call: it belongs to a later version
};

static bool edits_bring(struct flow_log_origin *origin, const struct flow_buf *needle, const char *text,
                        size_t len)
{
    struct flow_json *document = NULL;
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_json_parse(&document, text, len, &own)) {
        origin->lost = origin->lost || own.code == FLOW_E_NOMEM;
        return false;
    }
    bool found = false;
    const struct flow_json *edit = flow_json_first(flow_json_get(document, "edits"));
    for (; edit && !found; edit = flow_json_next(edit)) {
        const char *find = flow_json_str(flow_json_get(edit, "find"));
        const char *replace = flow_json_str(flow_json_get(edit, "replace"));
        found = find && replace && is_in(origin, needle, replace, strlen(replace)) &&
                !is_in(origin, needle, find, strlen(find));
    }
    flow_json_free(document);
    return found;
}

// Whether a reply brought the text: as part of a file, or as the new side of an edit.
static bool brings(struct flow_log_origin *origin, const struct flow_buf *needle,
                   const struct flow_call_row *call)
{
    struct flow_fences fences = {0};
    struct flow_error own = FLOW_ERROR_INIT;
    bool found = false;
    if (flow_fences_find(&fences, call->reply, call->reply_len, &own)) {
        origin->lost = origin->lost || own.code == FLOW_E_NOMEM;
        return false;
    }
    for (size_t i = 0; i < fences.count && !found; i++) {
        const struct flow_fence *fence = &fences.items[i];
        bool json = fence->info_len == 4 && memcmp(fence->info, "json", 4) == 0;
        found = json ? edits_bring(origin, needle, fence->text, fence->len)
                     : is_in(origin, needle, fence->text, fence->len);
    }
    if (fences.count == 0)
        found = edits_bring(origin, needle, call->reply, call->reply_len);
    flow_fences_release(&fences);
    return found;
}

static int look_at_call(const struct flow_call_row *call, void *payload)
{
    struct search *search = payload;
    struct flow_log_origin *origin = search->origin;
    if (call->id > search->last)
        return 1;
    if (strcmp(call->status, "done") != 0 || strcmp(call->role, "review") == 0 || !call->reply)
        return 0;
    bool found = false;
    for (int side = 0; side < SIDES && !found; side++)
        found = brings(origin, &search->needles[side], call);
    if (!found)
        return 0;
    origin->call = call->id;
    origin->step = keep(origin, call->step, strlen(call->step));
    origin->role = keep(origin, call->role, strlen(call->role));
    origin->lens = keep(origin, call->lens, strlen(call->lens));
    return 0;
}

struct last_verdict {
    unsigned generation;
    int64_t call;
    unsigned round;
};

static int look_at_verdict(const struct flow_verdict_row *verdict, void *payload)
{
    struct last_verdict *last = payload;
    if (verdict->round / REVIEW_GENERATION == last->generation && verdict->call > last->call) {
        last->call = verdict->call;
        last->round = verdict->round % REVIEW_GENERATION;
    }
    return 0;
}

static int find_call(struct flow_log_origin *origin, struct flow_ledger *ledger, int64_t run,
                     const char *name, const struct flow_id *blob, const struct flow_buf *needles,
                     struct flow_error *err)
{
    struct flow_buf unit;
    struct last_verdict last = {0};
    flow_buf_init(&unit, FLOW_BUF_LINE);
    int found = flow_ledger_accepted_as(ledger, run, blob, &unit, &last.generation, err);
    int result = found < 0 ? -1 : 0;
    if (found == 1) {
        origin->run = keep(origin, name, strlen(name));
        result = flow_ledger_verdicts(ledger, run, unit.data, look_at_verdict, &last, err);
        struct search search = {.origin = origin, .needles = needles, .last = last.call};
        origin->round = last.round;
        if (result == 0)
            result = flow_ledger_calls(ledger, run, unit.data, true, look_at_call, &search, err);
    }
    flow_buf_release(&unit);
    return result ? -1 : found;
}

struct runs {
    struct flow_log_origin *origin;
    struct flow_ledger *ledger;
    const struct flow_id *blob;
    const struct flow_buf *needles;
    struct flow_error *err;
    int result;
};

static int look_at_run(const struct flow_run_row *run, void *payload)
{
    struct runs *runs = payload;
    int found =
        find_call(runs->origin, runs->ledger, run->id, run->name, runs->blob, runs->needles, runs->err);
    runs->result = found < 0 ? -1 : 0;
    return found != 0;
}

// Whatever the run: a branch may have been merged, and its run be one of many.
static int find_reply(struct flow_log_origin *origin, struct flow_repo *repo, const struct history *history,
                      struct flow_error *err)
{
    struct flow_buf path, text, needles[SIDES];
    struct flow_id blob;
    struct flow_ledger *ledger = NULL;
    struct flow_error own = FLOW_ERROR_INIT;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (int side = 0; side < SIDES; side++)
        flow_buf_init(&needles[side], FLOW_BUF_FILE);
    int result = flow_repo_state_dir(repo, &path, err) ||
                         flow_repo_find_blob(repo, &origin->commit, history->path_then->data, &blob, err) ||
                         flow_repo_read_blob(repo, &blob, &text, err)
                     ? -1
                     : 0;
    flow_buf_puts(&path, "ledger.db");
    if (result == 0)
        result = flow_buf_check(&path, "the path of the ledger", err);
    for (int side = 0; side < SIDES; side++) {
        make_needle(&text, history->then, side, &needles[side]);
        origin->lost = origin->lost || needles[side].failed;
    }
    if (result == 0 && flow_ledger_look(&ledger, path.data, &own) == 0) {
        struct runs runs = {origin, ledger, &blob, needles, err, 0};
        result = flow_ledger_runs(ledger, look_at_run, &runs, err) || runs.result ? -1 : 0;
    } else if (result == 0 && own.code != FLOW_E_NOT_FOUND) {
        result = flow_error_set(err, own.code, "%s", own.message);
    }
    flow_ledger_free(ledger);
    for (int side = 0; side < SIDES; side++)
        flow_buf_release(&needles[side]);
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

/*
 * The file.
 */

// HEAD, where it has the file, else the branch of the run.
static int find_file(struct flow_log_origin *origin, struct flow_repo *repo, const char *run,
                     struct flow_id *commit, struct flow_id *blob, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_log log = {0};
    struct flow_buf branch;
    origin->revision = "HEAD";
    if (flow_repo_resolve(repo, "HEAD", commit, &own) == 0 &&
        flow_repo_find_blob(repo, commit, origin->path, blob, &own) == 0)
        return 0;
    if (own.code != FLOW_E_NOT_FOUND)
        return flow_error_set(err, own.code, "%s", own.message);
    if (flow_log_open(&log, repo, run, err))
        return flow_error_wrap(err, "'%s' is not in HEAD", origin->path);
    flow_buf_init(&branch, FLOW_BUF_LINE);
    flow_buf_printf(&branch, "refs/heads/flow/port/%s", log.name);
    int result = flow_buf_check(&branch, "name of a branch", err);
    if (result == 0) {
        const char *shown = branch.data + strlen("refs/heads/");
        origin->revision = keep(origin, shown, strlen(shown));
        result = flow_repo_ref(repo, branch.data, commit, err);
    }
    if (result == 0)
        result = flow_repo_find_blob(repo, commit, origin->path, blob, err);
    flow_buf_release(&branch);
    flow_log_close(&log);
    return result;
}

static int read_line(struct flow_log_origin *origin, struct flow_repo *repo, const struct flow_id *blob,
                     struct flow_error *err)
{
    struct flow_buf text;
    const char *at;
    size_t len;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_repo_read_blob(repo, blob, &text, err);
    if (result == 0 && !find_line(&text, origin->line, &at, &len))
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "'%s' has no line %u in %s", origin->path,
                                origin->line, origin->revision);
    if (result == 0)
        origin->text = keep(origin, at, len);
    flow_buf_release(&text);
    return result;
}

static int trace(struct flow_log_origin *origin, struct flow_repo *repo, const char *run,
                 struct history *history, struct flow_error *err)
{
    struct flow_id commit, blob;
    if (find_file(origin, repo, run, &commit, &blob, err) || read_line(origin, repo, &blob, err) ||
        flow_repo_blame(repo, &commit, origin->path, look_at_hunk, history, err))
        return -1;
    if (!history->found)
        return flow_error_set(err, FLOW_E_INTERNAL, "history has no line %u of '%s'", origin->line,
                              origin->path);
    origin->by_flow = has_unit(history->message->data);
    origin->by_fix = fixed_is_commit(history->message->data);
    const char *message = origin->by_flow ? history->message->data : history->file_message->data;
    if (read_trailers(origin, message, err))
        return -1;
    return origin->by_flow ? find_reply(origin, repo, history, err) : 0;
}

int flow_log_line(struct flow_log_origin *out, struct flow_repo *repo, const char *run, const char *path,
                  uint32_t line, struct flow_error *err)
{
    struct flow_buf bufs[3];
    *out = (struct flow_log_origin){.line = line,
                                    .text = "",
                                    .subject = "",
                                    .author = "",
                                    .unit = "",
                                    .run = "",
                                    .model = "",
                                    .cost = "",
                                    .step = "",
                                    .role = "",
                                    .lens = ""};
    flow_arena_init(&out->arena);
    out->path = keep(out, path, strlen(path));
    for (size_t i = 0; i < 3; i++)
        flow_buf_init(&bufs[i], FLOW_BUF_TEXT);
    struct history history = {
        .origin = out, .message = &bufs[0], .file_message = &bufs[1], .path_then = &bufs[2]};
    int result = trace(out, repo, run, &history, err);
    for (size_t i = 0; i < 3; i++) {
        out->lost = out->lost || bufs[i].failed;
        flow_buf_release(&bufs[i]);
    }
    return out->lost ? flow_error_nomem(err) : result;
}

void flow_log_origin_release(struct flow_log_origin *origin)
{
    flow_strv_release(&origin->reviewers);
    flow_arena_release(&origin->arena);
    *origin = (struct flow_log_origin){0};
}
