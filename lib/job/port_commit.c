// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

int port_target_id(struct port *port, const char *path, const void *text, size_t len, struct flow_id *out,
                   struct flow_error *err)
{
    struct flow_id blob;
    if (flow_id_of(&blob, text, len, err))
        return -1;
    struct flow_change file = {.path = path, .blob = &blob};
    return flow_repo_tree_id(port->repo, &file, 1, out, err);
}

static void print_pairs(struct flow_buf *out, const char *kind, const struct flow_reply_pair *pairs,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *reason = pairs[i].reason ? pairs[i].reason : "";
        flow_buf_printf(out, "%s\t", kind);
        flow_tsv_escape(out, pairs[i].source, strlen(pairs[i].source));
        flow_buf_putc(out, '\t');
        flow_tsv_escape(out, pairs[i].target, strlen(pairs[i].target));
        flow_buf_putc(out, '\t');
        flow_tsv_escape(out, reason, strlen(reason));
        flow_buf_putc(out, '\n');
    }
}

// What was accepted and how its names map, kept before it is called accepted, so that it can be committed
// after any crash.
int port_keep(struct port_work *work, struct flow_error *err)
{
    struct port *port = work->port;
    const char *unit = work->unit->unit->id;
    unsigned generation = work->unit->state.generation;
    struct flow_buf pairs;
    struct flow_id id;
    flow_buf_init(&pairs, FLOW_BUF_FILE);
    print_pairs(&pairs, "symbol", work->symbols, work->symbol_count);
    print_pairs(&pairs, "condition", work->conditions, work->condition_count);
    int result = flow_buf_check(&pairs, "symbol pairs", err);
    if (result == 0)
        result = flow_ledger_input_pin(port->ledger, port->unit_run, unit, generation, "pairs", pairs.data,
                                       pairs.len, &id, err);
    if (result == 0)
        result = flow_ledger_input_pin(port->ledger, port->unit_run, unit, generation, "accepted",
                                       work->target.data, work->target.len, &id, err);
    if (result == 0)
        result = flow_ledger_input_pin(port->ledger, port->unit_run, unit, generation, "risks",
                                       work->risks ? work->risks : "", work->risks ? strlen(work->risks) : 0,
                                       &id, err);
    flow_buf_release(&pairs);
    return result;
}

static int read_accepted(struct port *port, const struct port_unit *unit, struct flow_buf *out,
                         struct flow_error *err)
{
    struct flow_id id;
    int found =
        flow_ledger_accepted(port->ledger, port->unit_run, unit->unit->id, unit->state.generation, &id, err);
    if (found < 0)
        return -1;
    if (found == 0)
        return flow_error_set(err, FLOW_E_INTERNAL, "the ledger has lost what was accepted of '%s'",
                              unit->unit->id);
    return flow_ledger_block_get(port->ledger, &id, out, err);
}

/*
 * The files of one commit: the unit's, and those of the scaffold that differ from what the branch holds.
 */
struct accepted {
    struct flow_buf text;
    struct flow_id blob;
};

struct files {
    struct flow_scaffold now, before;
    struct flow_change *changes;
    struct flow_id *blobs;
    size_t count;
};

static int make_scaffold(struct port *port, const struct port_unit *unit, bool with,
                         struct flow_scaffold *out, struct flow_error *err)
{
    bool *done = calloc(port->count + 1, sizeof *done);
    if (!done)
        return flow_error_nomem(err);
    for (size_t i = 0; i < port->count; i++)
        done[i] = port->units[i].on_branch;
    done[unit - port->units] = with || unit->on_branch;
    int result = flow_scaffold_make(out, port->layout, port->config, done, err);
    free(done);
    return result;
}

static const struct flow_scaffold_file *scaffold_find(const struct flow_scaffold *scaffold, const char *path)
{
    for (size_t i = 0; i < scaffold->count; i++)
        if (strcmp(scaffold->files[i].path, path) == 0)
            return &scaffold->files[i];
    return NULL;
}

// Whether the branch holds the file as somebody else left it: then it is not ours to write.
static int is_foreign(struct port *port, const struct flow_scaffold *before, const char *path, bool *out,
                      struct flow_error *err)
{
    struct flow_id blob, ours;
    int there = port_blob_at(port, &port->tip, path, &blob, err);
    *out = there == 1;
    if (there != 1)
        return there;
    const struct flow_scaffold_file *file = scaffold_find(before, path);
    if (!file)
        return 0;
    if (flow_id_of(&ours, file->text, file->len, err))
        return -1;
    *out = strcmp(ours.hex, blob.hex) != 0;
    return 0;
}

static int note_foreign(struct port *port, const char *path, struct flow_error *err)
{
    if (flow_strv_find(&port->foreign, path) >= 0)
        return 0;
    port_note(port, "'%s' was written by somebody else and is left as it is: it may not name every unit",
              path);
    return flow_strv_add(&port->foreign, path, err);
}

static int add_scaffold(struct port *port, struct files *files, struct flow_error *err)
{
    for (size_t i = 0; i < files->now.count; i++) {
        const struct flow_scaffold_file *file = &files->now.files[i];
        bool foreign = false;
        if (is_foreign(port, &files->before, file->path, &foreign, err))
            return -1;
        if (foreign) {
            if (note_foreign(port, file->path, err))
                return -1;
            continue;
        }
        if (flow_id_of(&files->blobs[i], file->text, file->len, err))
            return -1;
        files->changes[files->count++] = (struct flow_change){
            .path = file->path, .blob = &files->blobs[i], .text = file->text, .len = file->len};
    }
    return 0;
}

static int gather(struct port *port, const struct port_unit *unit, const struct accepted *accepted,
                  struct files *files, struct flow_error *err)
{
    if (make_scaffold(port, unit, false, &files->before, err) ||
        make_scaffold(port, unit, true, &files->now, err))
        return -1;
    files->changes = calloc(files->now.count + 1, sizeof *files->changes);
    files->blobs = calloc(files->now.count + 1, sizeof *files->blobs);
    if (!files->changes || !files->blobs)
        return flow_error_nomem(err);
    files->changes[files->count++] = (struct flow_change){.path = unit->place->path,
                                                          .blob = &accepted->blob,
                                                          .text = accepted->text.data,
                                                          .len = accepted->text.len};
    return add_scaffold(port, files, err);
}

static void release(struct files *files)
{
    flow_scaffold_release(&files->now);
    flow_scaffold_release(&files->before);
    free(files->changes);
    free(files->blobs);
}

// A unit's id as a trailer that flow_tsv_unescape reads: one line, and no blank at either end.
static void put_unit(struct flow_buf *out, const char *unit)
{
    size_t len = strlen(unit), last = unit[len - 1] == ' ' && len > 1;
    if (*unit == ' ')
        flow_buf_puts(out, "\\x20");
    flow_str_show(out, unit + (*unit == ' '), len - (*unit == ' ') - last);
    if (last)
        flow_buf_puts(out, "\\x20");
}

static int write_commit(struct port *port, struct port_unit *unit, const struct files *files,
                        struct flow_id *out, struct flow_error *err)
{
    struct flow_buf text[3]; // subject, unit, cost
    struct flow_buf body;
    for (size_t i = 0; i < 3; i++)
        flow_buf_init(&text[i], FLOW_BUF_LINE);
    flow_buf_init(&body, FLOW_BUF_LINE);
    flow_str_show(&text[0], unit->unit->id, strlen(unit->unit->id));
    flow_buf_printf(&text[0], ": %s %s", port->contracting ? "contract in" : "port to",
                    flow_language_name(port->to));
    put_unit(&text[1], unit->unit->id);
    int result = cost_put(port->ledger, port->run, unit->unit->id, &text[2], err);
    if (port->contracting)
        flow_buf_printf(&body, "Signatures and types of what %.12s holds. No reviewer has seen this.",
                        port->source.hex);
    else
        flow_buf_printf(&body, "Translated from %.12s and accepted by both reviewers in round %u.",
                        port->source.hex, unit->state.round % REVIEW_GENERATION);
    char reviewers[REVIEW_LENSES][300];
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        snprintf(reviewers[i], sizeof reviewers[i], "%s (%s)", port->settings.reviewers[i], review_lenses[i]);
    struct flow_trailer trailers[] = {
        {"Flow-Unit", text[1].data},          {"Flow-Source", unit->state.source_id.hex},
        {"Flow-Model", port->settings.model}, {"Flow-Cost", text[2].data},
        {"Flow-Reviewed-By", reviewers[0]},   {"Flow-Reviewed-By", reviewers[1]},
    };
    size_t trailer_count = sizeof trailers / sizeof *trailers;
    struct flow_commit commit = {
        .branch = port->branch,
        .parent = port->tip,
        .create = !port->branch_exists,
        .subject = text[0].data,
        .body = body.data,
        .trailers = trailers,
        .trailer_count = port->contracting ? trailer_count - REVIEW_LENSES : trailer_count,
        .changes = files->changes,
        .change_count = files->count,
    };
    if (result == 0)
        result = flow_buf_check(&body, "message of a commit", err);
    for (size_t i = 0; i < 3 && result == 0; i++)
        result = flow_buf_check(&text[i], "message of a commit", err);
    if (result == 0)
        result = flow_repo_commit(port->repo, &commit, out, err);
    flow_buf_release(&body);
    for (size_t i = 0; i < 3; i++)
        flow_buf_release(&text[i]);
    return result;
}

// Somebody else moved the branch: 0 and the new tip where the unit's own file is as it was, 1 where it is
// not.
static int follow_branch(struct port *port, const struct port_unit *unit, struct flow_error *err)
{
    struct flow_id tip, then, now;
    if (flow_repo_ref(port->repo, port->branch, &tip, err))
        return -1;
    int was = port_blob_at(port, &port->tip, unit->place->path, &then, err);
    int is = port_blob_at(port, &tip, unit->place->path, &now, err);
    if (was < 0 || is < 0)
        return -1;
    port->tip = tip;
    port->branch_exists = true;
    return was == is && (is == 0 || strcmp(then.hex, now.hex) == 0) ? 0 : 1;
}

static int commit_once(struct port *port, struct port_unit *unit, const struct accepted *accepted,
                       struct flow_id *out, struct flow_error *err)
{
    struct files files = {0};
    int result = gather(port, unit, accepted, &files, err);
    if (result == 0)
        result = write_commit(port, unit, &files, out, err);
    release(&files);
    return result;
}

static int commit_locked(struct port *port, struct port_unit *unit, const struct accepted *accepted,
                         struct flow_error *err)
{
    for (;;) {
        struct flow_error own = FLOW_ERROR_INIT;
        struct flow_id id;
        if (commit_once(port, unit, accepted, &id, &own) == 0) {
            port->tip = id;
            port->branch_exists = true;
            unit->on_branch = true;
            unit->state.commit = id;
            return 0;
        }
        if (own.code != FLOW_E_CONFLICT) {
            if (err)
                *err = own;
            return -1;
        }
        int moved = follow_branch(port, unit, err);
        if (moved < 0)
            return -1;
        port_note(port, "somebody else committed to %s: going on behind that", port->branch);
        if (moved == 1)
            return 1;
    }
}

int port_commit(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    struct accepted accepted;
    flow_buf_init(&accepted.text, FLOW_BUF_FILE);
    int result = read_accepted(port, unit, &accepted.text, err);
    if (result == 0)
        result = flow_id_of(&accepted.blob, accepted.text.data, accepted.text.len, err);
    if (result == 0) {
        pthread_mutex_lock(&port->commit_mutex);
        result = commit_locked(port, unit, &accepted, err);
        pthread_mutex_unlock(&port->commit_mutex);
    }
    flow_buf_release(&accepted.text);
    if (result < 0)
        return -1;
    if (result == 1)
        return port_unit_save(port, unit, "held", "edited on the branch while it was being ported", err);
    unit->contracted = port->contracting;
    return port_unit_save(port, unit, port->contracting ? "gated" : "committed", NULL, err);
}
