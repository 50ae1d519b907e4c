// SPDX-License-Identifier: MIT
// A branch as mail: what git format-patch writes, with the text of the proposal as cover letter.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/forge/git.h"
#include "provider.h"

static bool is_patch(const char *name)
{
    return flow_str_ends(name, ".patch");
}

static int list_patches(const char *folder, struct flow_strv *out, struct flow_error *err)
{
    DIR *dir = opendir(folder);
    int result = 0;
    if (!dir)
        return errno == ENOENT ? 0 : flow_error_errno(err, errno, "cannot read '%s'", folder);
    for (const struct dirent *item = readdir(dir); item && result == 0; item = readdir(dir))
        if (is_patch(item->d_name))
            result = flow_strv_add(out, item->d_name, err);
    closedir(dir);
    flow_strv_sort(out);
    return result;
}

static int same_file(const char *a, const char *b, const char *name, bool *same, struct flow_error *err)
{
    struct flow_buf path, text[2];
    const char *const folders[] = {a, b};
    int result = 0;
    flow_buf_init(&path, FLOW_BUF_LINE);
    for (size_t i = 0; i < 2; i++) {
        flow_buf_init(&text[i], FLOW_BUF_FILE);
        flow_path_join(&path, folders[i], name);
        if (result == 0)
            result = flow_file_read(path.data, &text[i], err) || flow_buf_check(&text[i], name, err) ? -1 : 0;
    }
    *same = result == 0 && text[0].len == text[1].len && memcmp(text[0].data, text[1].data, text[0].len) == 0;
    for (size_t i = 0; i < 2; i++)
        flow_buf_release(&text[i]);
    flow_buf_release(&path);
    return result;
}

static int same_series(const char *a, const struct flow_strv *in_a, const char *b,
                       const struct flow_strv *in_b, bool *same, struct flow_error *err)
{
    *same = in_a->count == in_b->count;
    for (size_t i = 0; *same && i < in_a->count; i++) {
        *same = strcmp(in_a->items[i], in_b->items[i]) == 0;
        if (*same && same_file(a, b, in_a->items[i], same, err))
            return -1;
    }
    return 0;
}

// Other files of the folder are somebody's own.
static int replace(const char *from, const struct flow_strv *new, const char *to, const struct flow_strv *old,
                   struct flow_error *err)
{
    struct flow_buf source, target;
    int result = flow_dir_make(to, err);
    flow_buf_init(&source, FLOW_BUF_LINE);
    flow_buf_init(&target, FLOW_BUF_LINE);
    for (size_t i = 0; result == 0 && i < old->count; i++) {
        flow_path_join(&target, to, old->items[i]);
        if (unlink(target.data) != 0 && errno != ENOENT)
            result = flow_error_errno(err, errno, "cannot remove '%s'", target.data);
    }
    for (size_t i = 0; result == 0 && i < new->count; i++) {
        flow_path_join(&source, from, new->items[i]);
        flow_path_join(&target, to, new->items[i]);
        if (rename(source.data, target.data) != 0)
            result = flow_error_errno(err, errno, "cannot write '%s'", target.data);
    }
    flow_buf_release(&target);
    flow_buf_release(&source);
    return result;
}

static int commit_date(const struct flow_forge *forge, const char *tip, struct flow_buf *out,
                       struct flow_error *err)
{
    const char *const words[] = {"show", "--no-patch", "--format=%cd", "--date=raw", tip, NULL};
    const struct flow_git git = {.folder = forge->folder, .words = words, .out = out};
    int status = 0;
    if (flow_git_run(&git, &status, err))
        return -1;
    while (out->len > 0 && out->data[out->len - 1] == '\n')
        flow_buf_truncate(out, out->len - 1);
    return status == 0 ? 0 : flow_error_set(err, FLOW_E_ENV, "git show does not know commit %s", tip);
}

// Title and text reach git as the description of the branch, so that it is git that makes mail of them; the
// date of the cover letter is that of the tip, so that the same branch makes the same files.
static int format(const struct flow_forge *forge, const struct flow_proposal *proposal, const char *folder,
                  struct flow_error *err)
{
    struct flow_buf range, key, value, date, said;
    struct flow_buf base;
    int status = 0;
    flow_buf_init(&range, FLOW_BUF_LINE);
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_init(&value, FLOW_BUF_TEXT);
    flow_buf_init(&date, FLOW_BUF_LINE);
    flow_buf_init(&said, FLOW_BUF_TEXT);
    flow_buf_init(&base, FLOW_BUF_LINE);
    flow_buf_printf(&range, "%s..refs/heads/%s", proposal->from.hex, proposal->branch);
    flow_buf_printf(&base, "--base=%s", proposal->from.hex);
    flow_buf_printf(&key, "GIT_CONFIG_KEY_0=branch.%s.description", proposal->branch);
    flow_buf_printf(&value, "GIT_CONFIG_VALUE_0=%s\n\n%s", proposal->title, proposal->text);
    flow_buf_puts(&date, "GIT_COMMITTER_DATE=");
    const char *const words[] = {"format-patch",
                                 "--quiet",
                                 "--no-thread",
                                 "--no-attach",
                                 "--cover-letter",
                                 "--cover-from-description=subject",
                                 "--encode-email-headers",
                                 base.data,
                                 "-o",
                                 folder,
                                 range.data,
                                 NULL};
    int result = commit_date(forge, proposal->tip.hex, &date, err);
    const char *const extra[] = {"GIT_CONFIG_COUNT=1", key.data, value.data, date.data, NULL};
    const struct flow_git git = {.folder = forge->folder, .words = words, .extra = extra, .err = &said};
    if (result == 0)
        result = flow_buf_check(&value, "cover letter", err) || flow_git_run(&git, &status, err) ? -1 : 0;
    if (result == 0 && status != 0)
        result = flow_error_set(err, FLOW_E_INVALID, "git format-patch: %.*s", (int)strcspn(said.data, "\n"),
                                said.data);
    flow_buf_release(&base);
    flow_buf_release(&said);
    flow_buf_release(&date);
    flow_buf_release(&value);
    flow_buf_release(&key);
    flow_buf_release(&range);
    return result;
}

int forge_patch_write(struct flow_forge *forge, const struct flow_proposal *proposal,
                      enum flow_published *how, struct flow_buf *url, struct flow_error *err)
{
    struct flow_buf fresh, folder;
    struct flow_strv new, old;
    bool same = false;
    flow_buf_init(&fresh, FLOW_BUF_LINE);
    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_strv_init(&new);
    flow_strv_init(&old);
    flow_path_join(&fresh, forge->patches, ".new");
    flow_path_join(&folder, forge->patches, proposal->branch);
    int result = flow_buf_check(&fresh, "path of the patches", err) ||
                         flow_buf_check(&folder, "path of the patches", err) ||
                         flow_dir_remove(fresh.data, err) || flow_dir_make(fresh.data, err) ||
                         format(forge, proposal, fresh.data, err) || list_patches(fresh.data, &new, err) ||
                         list_patches(folder.data, &old, err) ||
                         same_series(fresh.data, &new, folder.data, &old, &same, err)
                     ? -1
                     : 0;
    *how = same ? FLOW_PUBLISHED_SAME : old.count > 0 ? FLOW_PUBLISHED_CHANGED : FLOW_PUBLISHED_NEW;
    if (result == 0 && !same)
        result = replace(fresh.data, &new, folder.data, &old, err);
    flow_dir_remove(fresh.data, NULL);
    flow_buf_puts(url, folder.data);
    flow_strv_release(&old);
    flow_strv_release(&new);
    flow_buf_release(&folder);
    flow_buf_release(&fresh);
    return result;
}
