// SPDX-License-Identifier: MIT
/*
 * A change as reviewers see it. All that is known of it is its diff, wherever that comes from; the files
 * before and after are found by it, and have to be exactly what it says.
 */
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "review_diff.h"
#include "review_subject.h"

#define WHOLE       ((size_t)32 << 10)  /* files up to here are shown whole … */
#define AROUND      40                  /* … and so many lines around a hunk of others */
#define CONTEXT_MAX ((size_t)256 << 10) /* of all files together */

struct change {
    struct subject *subject;
    struct flow_snapshot *tree;            /* of the work tree, once something was looked up in it */
    const struct flow_buf *before, *after; /* where they are known; NULL: they are looked for */
    struct diff diff;
    struct flow_buf shown, files; /* the diff and the files after it */
    size_t reviewed;
};

static int read_blob(struct change *change, const char *name, struct flow_buf *out, struct flow_error *err)
{
    struct flow_repo *repo = change->subject->options->repo;
    struct flow_id blob;
    int found = *name ? flow_repo_blob_named(repo, name, &blob, err) : 0;
    if (found != 1)
        return found;
    return flow_repo_read_blob(repo, &blob, out, err) ? -1 : 1;
}

static int read_work_tree(struct change *change, const char *path, struct flow_buf *out,
                          struct flow_error *err)
{
    struct flow_repo *repo = change->subject->options->repo;
    if (!flow_repo_workdir(repo))
        return 0;
    if (!change->tree && flow_snapshot_worktree(&change->tree, repo, err))
        return -1;
    const struct flow_entry *entry = flow_snapshot_find(change->tree, path);
    if (!entry || entry->kind == FLOW_ENTRY_SUBMODULE)
        return 0;
    return flow_snapshot_read(repo, change->tree, entry, out, err) ? -1 : 1;
}

// 0: both sides are known; 1: the text is neither of them.
static int fit(const struct diff_file *file, const struct flow_buf *text, struct flow_buf *before,
               struct flow_buf *after, struct flow_error *err)
{
    for (int back = 1; back >= 0; back--) {
        struct flow_buf *same = back ? after : before, *other = back ? before : after;
        flow_buf_clear(before);
        flow_buf_clear(after);
        if (diff_apply(file, back, text->data, text->len, other) == 0) {
            flow_buf_add(same, text->data, text->len);
            return flow_buf_check(before, file->path, err) || flow_buf_check(after, file->path, err) ? -1 : 0;
        }
    }
    return 1;
}

// Of a file that comes or goes, the diff holds all of it; else the blob that the diff names is asked, then
// the work tree, where the change is made already or not yet.
static int find_sides(struct change *change, const struct diff_file *file, struct flow_buf *before,
                      struct flow_buf *after, struct flow_error *err)
{
    struct flow_buf text;
    if (change->after) {
        flow_buf_add(before, change->before->data, change->before->len);
        flow_buf_add(after, change->after->data, change->after->len);
        return flow_buf_check(before, file->path, err) || flow_buf_check(after, file->path, err) ? -1 : 0;
    }
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = 1;
    if (file->added || file->deleted)
        result = fit(file, &text, before, after, err);
    for (int from = 0; from < 2 && result == 1; from++) {
        flow_buf_clear(&text);
        int found = from == 0 ? read_blob(change, file->blob, &text, err)
                              : read_work_tree(change, file->path, &text, err);
        result = found < 0 ? -1 : found == 0 ? 1 : fit(file, &text, before, after, err);
    }
    flow_buf_release(&text);
    if (result == 1)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "the diff changes '%s', which is here neither as it was before nor as it is "
                              "after that: commit it, and review the commit",
                              file->path);
    return result;
}

/*
 * What is shown of a file.
 */

// The place where a line begins.
static size_t offset_of(const struct flow_buf *text, uint32_t line)
{
    size_t at = 0;
    for (uint32_t number = 1; number < line && at < text->len; number++) {
        const char *newline = memchr(text->data + at, '\n', text->len - at);
        at = newline ? (size_t)(newline - text->data) + 1 : text->len;
    }
    return at;
}

static void show_part(struct flow_buf *out, const struct flow_buf *text, uint32_t from, uint32_t to)
{
    size_t begin = offset_of(text, from), end = offset_of(text, to + 1);
    if (end > begin)
        flow_prompt_fence(out, "", text->data + begin, end - begin, from);
}

static void show_file(struct change *change, const struct diff_file *file, const struct flow_buf *after)
{
    struct flow_buf *out = &change->files;
    bool whole = after->len <= WHOLE && out->len + after->len <= CONTEXT_MAX;
    flow_buf_putc(out, '`');
    flow_str_show(out, file->path, strlen(file->path));
    flow_buf_puts(out, file->deleted ? "` is gone.\n\n" : whole ? "`:\n\n" : "`, in parts:\n\n");
    if (whole && !file->deleted)
        flow_prompt_fence(out, "", after->data, after->len, 1);
    for (size_t i = 0; i < file->count && !whole; i++) {
        const struct diff_hunk *first = &file->hunks[i];
        uint32_t from = first->new_line > AROUND ? first->new_line - AROUND : 1;
        uint32_t to = first->new_line + first->new_count + AROUND;
        // Parts that touch are one.
        while (i + 1 < file->count && file->hunks[i + 1].new_line <= to + AROUND) {
            i++;
            to = file->hunks[i].new_line + file->hunks[i].new_count + AROUND;
        }
        if (out->len < CONTEXT_MAX)
            show_part(out, after, from, to);
        else
            flow_buf_puts(out, "Left out here, since all files together are too large.\n");
    }
    flow_buf_putc(out, '\n');
}

/*
 * Files.
 */

static int leave_out(struct change *change, const char *path, const char *why, struct flow_error *err)
{
    struct flow_strv *list = change->subject->left_out;
    return flow_strv_add(list, path, err) || flow_strv_add(list, why, err) ? -1 : 0;
}

static int add_sides(struct change *change, const struct diff_file *file, struct flow_buf *before,
                     struct flow_buf *after, struct flow_error *err)
{
    struct subject *subject = change->subject;
    const char *path = flow_arena_str(&subject->arena, file->path);
    if (!path)
        return flow_error_nomem(err);
    struct flow_buf *texts[] = {before, after};
    for (size_t i = 0; i < 2; i++) {
        if (i == 0 ? file->added : file->deleted)
            continue;
        const struct flow_buf *kept = subject_keep(subject, texts[i], err);
        if (!kept || subject_side(subject, i == 1, path, kept, err))
            return -1;
    }
    return 0;
}

// 1 with the reason where it may not be sent, as it was or as it is.
static int is_held(struct change *change, const struct diff_file *file, const struct flow_buf *before,
                   const struct flow_buf *after, struct flow_buf *why, struct flow_error *err)
{
    struct flow_send *send = change->subject->send;
    int held = flow_send_check(send, file->path, after->data, after->len, why, err);
    return held ? held : flow_send_check(send, file->path, before->data, before->len, why, err);
}

static int add_file(struct change *change, const struct diff_file *file, struct flow_error *err)
{
    struct flow_buf before, after, why;
    if (file->binary)
        return leave_out(change, file->path, "binary", err);
    flow_buf_init(&before, FLOW_BUF_FILE);
    flow_buf_init(&after, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    int result = file->count > 0 ? find_sides(change, file, &before, &after, err) : 0;
    if (result == 0)
        result = is_held(change, file, &before, &after, &why, err);
    if (result == 1)
        result = leave_out(change, file->path, why.data, err);
    else if (result == 0) {
        flow_buf_add(&change->shown, file->text, file->len);
        if (file->len > 0 && file->text[file->len - 1] != '\n')
            flow_buf_putc(&change->shown, '\n');
        change->reviewed++;
        if (file->count > 0) {
            show_file(change, file, &after);
            result = add_sides(change, file, &before, &after, err);
        }
    }
    flow_buf_release(&why);
    flow_buf_release(&after);
    flow_buf_release(&before);
    return result;
}

static int check_twice(const struct diff *diff, struct flow_error *err)
{
    for (size_t i = 0; i < diff->count; i++)
        for (size_t k = 0; k < i; k++)
            if (diff->files[i].count > 0 && diff->files[k].count > 0 &&
                strcmp(diff->files[i].path, diff->files[k].path) == 0)
                return flow_error_set(err, FLOW_E_INVALID,
                                      "the diff changes '%s' twice: review one change at a time",
                                      diff->files[i].path);
    return 0;
}

static int add_files(struct change *change, struct flow_error *err)
{
    const struct diff *diff = &change->diff;
    if (check_twice(diff, err))
        return -1;
    for (size_t i = 0; i < diff->count; i++)
        if (add_file(change, &diff->files[i], err))
            return -1;
    const struct flow_strv *left_out = change->subject->left_out;
    if (change->reviewed == 0)
        return flow_error_set(err, FLOW_E_INVALID, "nothing of the change can be reviewed: '%s' is %s",
                              left_out->items[0], left_out->items[1]);
    return flow_buf_check(&change->shown, "a diff", err) || flow_buf_check(&change->files, "a change", err)
               ? -1
               : 0;
}

// What the verdicts are bound to: paths and texts of a side.
static int side_id(const struct flow_side *sides, size_t count, struct flow_id *out, struct flow_error *err)
{
    struct flow_buf all;
    flow_buf_init(&all, FLOW_BUF_FILE);
    for (size_t i = 0; i < count; i++) {
        flow_buf_add(&all, sides[i].path, strlen(sides[i].path) + 1);
        flow_buf_printf(&all, "%zu\n", sides[i].len);
        flow_buf_add(&all, sides[i].text, sides[i].len);
    }
    int result = flow_buf_check(&all, "a change", err);
    if (result == 0)
        result = flow_id_of(out, all.data, all.len, err);
    flow_buf_release(&all);
    return result;
}

static int finish(struct change *change, struct flow_error *err)
{
    struct subject *subject = change->subject;
    struct flow_buf diff;
    flow_buf_init(&diff, FLOW_BUF_FILE);
    flow_prompt_fence(&diff, "diff", change->shown.data, change->shown.len, 0);
    subject->bytes = change->shown.len;
    flow_buf_printf(&subject->shown, "# The change\n\n%s\n# The files after it\n\n%s", diff.data,
                    change->files.data);
    const struct flow_buf *shown = subject_keep(subject, &diff, err);
    const struct flow_buf *files = shown ? subject_keep(subject, &change->files, err) : NULL;
    if (!files)
        return -1;
    subject_value(subject, "diff", shown->data, shown->len);
    subject_value(subject, "files", files->data, files->len);
    subject_value(subject, "intent", subject->intent, strlen(subject->intent));
    return side_id(subject->sources, subject->source_count, &subject->source_id, err) ||
                   side_id(subject->targets, subject->target_count, &subject->target_id, err)
               ? -1
               : 0;
}

static int make_subject(struct change *change, const char *diff, size_t len, struct flow_error *err)
{
    struct subject *subject = change->subject;
    if (diff_parse(&change->diff, diff, len, err))
        return -1;
    subject->change = true;
    subject->label = "change";
    subject->templates[0] = "review-change-behaviour";
    subject->templates[1] = "review-change-soundness";
    flow_buf_init(&change->shown, FLOW_BUF_FILE);
    flow_buf_init(&change->files, FLOW_BUF_FILE);
    int result = add_files(change, err);
    if (result == 0)
        result = finish(change, err);
    flow_buf_release(&change->files);
    flow_buf_release(&change->shown);
    flow_snapshot_free(change->tree);
    diff_release(&change->diff);
    return result;
}

int subject_change(struct subject *subject, const char *diff, size_t len, struct flow_error *err)
{
    struct change change = {.subject = subject};
    if (len > FLOW_REVIEW_DIFF_MAX)
        return flow_error_set(
            err, FLOW_E_TOO_BIG,
            "the diff has %zu bytes, and reviewers read %zu at most: review its commits, or "
            "its files, one after the other",
            len, FLOW_REVIEW_DIFF_MAX);
    return make_subject(&change, diff, len, err);
}

int subject_texts(struct subject *subject, const char *path, const struct flow_buf *before,
                  const struct flow_buf *after, struct flow_error *err)
{
    struct change change = {.subject = subject, .before = before, .after = after};
    struct flow_buf diff;
    flow_buf_init(&diff, FLOW_BUF_FILE);
    int result = flow_diff_texts(path, before, after, &diff, err);
    // The diff stays as long as what was found in it.
    const struct flow_buf *kept = result == 0 ? subject_keep(subject, &diff, err) : NULL;
    result = kept ? make_subject(&change, kept->data, kept->len, err) : -1;
    flow_buf_release(&diff);
    return result;
}
