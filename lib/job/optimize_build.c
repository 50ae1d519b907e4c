// SPDX-License-Identifier: MIT
/*
 * The build trees, and the project's commands in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "optimize_private.h"
#include "tree_run.h"

int optimize_tree_open(struct optimize *o, const char *name, struct optimize_tree *tree,
                       struct flow_error *err)
{
    struct flow_id id, commit;
    struct flow_buf was;
    struct flow_error own = FLOW_ERROR_INIT;
    const char *repo = flow_repo_commondir(o->options->repo);
    flow_buf_init(&tree->path, FLOW_BUF_LINE);
    flow_buf_init(&tree->dir, FLOW_BUF_LINE);
    flow_buf_init(&was, FLOW_BUF_LINE);
    tree->was = NULL;
    snprintf(tree->key, sizeof tree->key, "checkout %.16s", name);
    int result = flow_id_of(&id, repo, strlen(repo), err) || flow_dir_cache(&tree->path, err) ? -1 : 0;
    flow_buf_printf(&tree->path, "/build/%.16s-optimize-%s/tree", id.hex, name);
    flow_path_join(&tree->dir, tree->path.data, o->root.data);
    if (result == 0)
        result = flow_buf_check(&tree->path, "path of the build tree", err) ||
                         flow_buf_check(&tree->dir, "path of the build tree", err)
                     ? -1
                     : 0;
    int known = result == 0 && o->ledger ? flow_ledger_run_get(o->ledger, o->run, tree->key, &was, err) : 0;
    if (known < 0)
        result = -1;
    // What it was made of says which files are to go; where that is gone the tree is begun anew.
    if (result == 0 && o->ledger &&
        (known == 0 || flow_repo_resolve(o->options->repo, was.data, &commit, &own) ||
         flow_snapshot_commit(&tree->was, o->options->repo, &commit, &own)))
        result = flow_dir_remove(tree->path.data, err);
    flow_buf_release(&was);
    return result;
}

void optimize_tree_release(struct optimize_tree *tree)
{
    flow_snapshot_free(tree->was);
    flow_buf_release(&tree->dir);
    flow_buf_release(&tree->path);
}

// The changed files of a set.
struct changed {
    struct tree_file *items;
    struct flow_buf *texts;
    size_t count;
};

static int make_texts(struct changed *out, struct optimize_candidate *const *set, size_t count,
                      struct flow_error *err)
{
    out->items = calloc(count + 1, sizeof *out->items);
    out->texts = calloc(count + 1, sizeof *out->texts);
    if (!out->items || !out->texts)
        return flow_error_nomem(err);
    for (size_t first = 0, last; first < count; first = last) {
        const struct optimize_file *file = set[first]->file;
        for (last = first; last < count && set[last]->file == file; last++)
            continue;
        struct flow_buf *text = &out->texts[out->count];
        flow_buf_init(text, FLOW_BUF_FILE);
        out->count++;
        if (optimize_apply(file, set + first, last - first, text, err))
            return -1;
        out->items[out->count - 1] =
            (struct tree_file){.path = file->entry->path, .text = text->data, .len = text->len};
    }
    return 0;
}

int optimize_tree_set(struct optimize *o, struct optimize_tree *tree, struct optimize_candidate *const *set,
                      size_t count, struct flow_error *err)
{
    struct changed changed = {0};
    int result = make_texts(&changed, set, count, err);
    const struct tree files = {
        .root = tree->path.data,
        .repo = o->options->repo,
        .snapshot = o->snapshot,
        .was = tree->was,
        .files = changed.items,
        .count = changed.count,
    };
    if (result == 0)
        result = tree_sync(&files, err);
    if (result == 0)
        result = flow_ledger_run_set(o->ledger, o->run, tree->key, o->base.hex, err);
    if (result == 0) {
        flow_snapshot_free(tree->was);
        tree->was = NULL;
    }
    for (size_t i = 0; i < changed.count; i++)
        flow_buf_release(&changed.texts[i]);
    free(changed.texts);
    free(changed.items);
    return result;
}

// The last lines that were said: where nothing could be read, they say why.
static void keep_last(char *why, size_t size, const struct flow_buf *text)
{
    size_t end = text->len;
    while (end > 0 && (text->data[end - 1] == '\n' || text->data[end - 1] == ' '))
        end--;
    size_t from = end > size - 1 ? end - (size - 1) : 0;
    const char *newline = from > 0 ? memchr(text->data + from, '\n', end - from) : NULL;
    if (newline)
        from = (size_t)(newline + 1 - text->data);
    memcpy(why, text->data + from, end - from);
    why[end - from] = '\0';
}

int optimize_run(struct optimize *o, struct optimize_tree *tree, const char *command,
                 struct optimize_said *said, double *seconds, struct flow_error *err)
{
    struct flow_sandbox_result result;
    const struct tree_command run = {
        .text = command,
        .tree = tree->path.data,
        .dir = tree->dir.data,
        .read = &o->read,
        .env = &o->env,
        .limits = o->limits,
        .unconfined = o->options->unconfined,
        .cancel = o->options->cut,
    };
    *said = (struct optimize_said){0};
    flow_buf_init(&said->out, FLOW_BUF_FILE);
    flow_buf_init(&said->talk, FLOW_BUF_FILE);
    if (optimize_wait(o, err) || tree_run(&run, &said->out, &said->talk, &result, err)) {
        optimize_said_release(said);
        return -1;
    }
    said->good = result.status == 0 && result.limit == FLOW_LIMIT_NONE;
    if (result.limit != FLOW_LIMIT_NONE)
        snprintf(said->why, sizeof said->why, "it passed the limit on %s", flow_limit_name(result.limit));
    else if (!said->good)
        keep_last(said->why, sizeof said->why, said->talk.len > 0 ? &said->talk : &said->out);
    if (seconds)
        *seconds = result.seconds;
    return 0;
}

void optimize_said_release(struct optimize_said *said)
{
    flow_buf_release(&said->talk);
    flow_buf_release(&said->out);
}

int optimize_diagnostics(struct optimize *o, const struct optimize_tree *tree,
                         const struct optimize_said *said, struct flow_diagnostics *out,
                         struct flow_error *err)
{
    flow_diagnostics_init(out);
    if (flow_diagnostics_read(out, o->rules, tree->dir.data, said->out.data, said->out.len, err) == 0 &&
        flow_diagnostics_read(out, o->rules, tree->dir.data, said->talk.data, said->talk.len, err) == 0)
        return 0;
    flow_diagnostics_release(out);
    return -1;
}

// Whether the base has the same warning on the lines of a candidate.
static bool is_old(const struct optimize *o, const struct flow_diagnostic *item,
                   const struct optimize_candidate *candidate)
{
    for (size_t i = 0; i < o->warnings.count; i++) {
        const struct flow_diagnostic *old = &o->warnings.items[i];
        if (strcmp(old->message, item->message) == 0 &&
            optimize_is_at(o, &old->place, NULL, 0, candidate, candidate->span))
            return true;
    }
    return false;
}

int optimize_warned(struct optimize *o, const struct optimize_tree *tree, const struct optimize_said *said,
                    struct optimize_candidate *candidate, struct flow_error *err)
{
    struct flow_diagnostics list;
    int warned = 0;
    if (optimize_diagnostics(o, tree, said, &list, err))
        return -1;
    for (size_t i = 0; i < list.count && warned == 0; i++) {
        const struct flow_diagnostic *item = &list.items[i];
        char why[400];
        if (item->severity != FLOW_SEVERITY_WARNING || is_old(o, item, candidate) ||
            !optimize_is_at(o, &item->place, &candidate, 1, candidate, candidate->span))
            continue;
        snprintf(why, sizeof why, "the compiler warns: %s%s%s", item->code ? item->code : "",
                 item->code ? ": " : "", item->message);
        warned = optimize_settle(o, candidate, FLOW_OPTIMIZE_BUILD, why, err) ? -1 : 1;
    }
    flow_diagnostics_release(&list);
    return warned;
}

int optimize_test_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err)
{
    struct optimize_said said;
    if (optimize_run(o, tree, o->test, &said, NULL, err))
        return -1;
    const struct optimize_test_run run = {
        .root = tree->dir.data, .out = &said.out, .talk = &said.talk, .good = said.good, .why = said.why};
    int result = optimize_tests_add(o->baseline, &run, err);
    optimize_said_release(&said);
    return result;
}

int optimize_compare(struct optimize *o, struct optimize_tree *tree, size_t *failed, char *why, size_t size,
                     struct flow_diagnostics *list, struct flow_error *err)
{
    struct optimize_said said;
    if (list)
        flow_diagnostics_init(list);
    if (optimize_run(o, tree, o->test, &said, NULL, err))
        return -1;
    const struct optimize_test_run run = {
        .root = tree->dir.data, .out = &said.out, .talk = &said.talk, .good = said.good, .why = said.why};
    int result = optimize_tests_compare(o->baseline, &run, failed, why, size, err);
    if (result == 0 && list && *failed > 0)
        result = optimize_diagnostics(o, tree, &said, list, err);
    optimize_said_release(&said);
    return result;
}
