// SPDX-License-Identifier: MIT
/*
 * The passes: flow's own, and those that the base commit brings.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/syntax/groups.h"
#include "optimize_private.h"

#define FOLDER ".flow/passes/"

static bool is_wanted(const struct optimize *o, const struct optimize_pass *pass)
{
    const struct flow_strv *names = o->options->passes;
    return names->count == 0 || flow_strv_find(names, pass->name) >= 0 ||
           flow_strv_find(names, pass->full) >= 0;
}

// What a folder holds.
struct texts {
    struct flow_buf query, about, prompt; /* prompt: empty where there is none */
};

static void texts_init(struct texts *texts)
{
    flow_buf_init(&texts->query, FLOW_BUF_TEXT);
    flow_buf_init(&texts->about, FLOW_BUF_TEXT);
    flow_buf_init(&texts->prompt, FLOW_BUF_TEXT);
}

static void texts_release(struct texts *texts)
{
    flow_buf_release(&texts->prompt);
    flow_buf_release(&texts->about);
    flow_buf_release(&texts->query);
}

static int add(struct optimize *o, const struct flow_language *language, const char *name, const char *folder,
               const struct texts *texts, struct flow_error *err)
{
    const struct flow_buf *query = &texts->query, *prompt = &texts->prompt;
    struct flow_buf text;
    struct optimize_pass pass = {.language = language, .len = query->len};
    const char *title = texts->about.data;
    if (flow_grow(&o->passes, &o->pass_cap, o->pass_count + 1, sizeof *o->passes, err))
        return -1;
    while (*title == '#' || *title == ' ')
        title++;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s/%s", flow_language_name(language), name);
    pass.name = flow_arena_str(&o->arena, name);
    pass.full = flow_arena_str(&o->arena, text.data);
    flow_buf_clear(&text);
    if (folder)
        flow_buf_printf(&text, "%s/query.scm", folder);
    else
        flow_buf_printf(&text, "passes/%s/query.scm", name);
    pass.query = flow_arena_str(&o->arena, text.data);
    pass.text = flow_arena_strn(&o->arena, query->data, query->len);
    pass.prompt = prompt->len > 0 ? flow_arena_strn(&o->arena, prompt->data, prompt->len) : NULL;
    size_t len = flow_str_first_line(title, strlen(title), 200);
    pass.about = flow_arena_strn(&o->arena, title, len);
    pass.whole_about = flow_arena_strn(&o->arena, texts->about.data, texts->about.len);
    const char *more = title + strcspn(title, "\n");
    more += strspn(more, "\n");
    len = strlen(more);
    while (len > 0 && more[len - 1] == '\n')
        len--;
    pass.more = flow_arena_strn(&o->arena, more, len);
    pass.folder = folder ? flow_arena_str(&o->arena, folder) : NULL;
    flow_buf_release(&text);
    if (!pass.name || !pass.full || !pass.query || !pass.text || !pass.about || !pass.more ||
        !pass.whole_about || (folder && !pass.folder) || (prompt->len > 0 && !pass.prompt))
        return flow_error_nomem(err);
    o->passes[o->pass_count++] = pass;
    return 0;
}

/*
 * Of flow.
 */

static int read_installed_file(const char *folder, const char *name, const char *file, bool needed,
                               struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/%s/%s", folder, name, file);
    int result = flow_buf_check(&path, "path", err);
    if (result == 0 && (needed || flow_path_exists(path.data)))
        result = flow_file_read(path.data, out, err);
    flow_buf_release(&path);
    return result;
}

static int read_installed(struct optimize *o, const struct flow_language *language, const char *folder,
                          const char *name, struct flow_error *err)
{
    struct texts texts;
    texts_init(&texts);
    int result = read_installed_file(folder, name, "query.scm", true, &texts.query, err) ||
                         read_installed_file(folder, name, "about.md", true, &texts.about, err) ||
                         read_installed_file(folder, name, "prompt.md", false, &texts.prompt, err)
                     ? -1
                     : add(o, language, name, NULL, &texts, err);
    texts_release(&texts);
    return result;
}

static int list_folder(const char *folder, struct flow_strv *names, struct flow_error *err)
{
    int result = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return flow_error_errno(err, errno, "cannot list '%s'", folder);
    for (const struct dirent *entry; result == 0 && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            result = flow_strv_add(names, entry->d_name, err);
    closedir(dir);
    flow_strv_sort(names);
    return result;
}

static int load_language(struct optimize *o, const struct flow_language *language, struct flow_error *err)
{
    struct flow_buf folder;
    struct flow_strv names;
    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_strv_init(&names);
    int found = flow_language_file(language, "passes", &folder, err);
    int result = found < 0 ? -1 : 0;
    if (found == 1)
        result = list_folder(folder.data, &names, err);
    for (size_t i = 0; i < names.count && result == 0; i++)
        result = read_installed(o, language, folder.data, names.items[i], err);
    flow_strv_release(&names);
    flow_buf_release(&folder);
    return result;
}

/*
 * Of the repository.
 */

static int read_file(struct optimize *o, const char *folder, const char *name, bool needed,
                     struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, folder, name);
    int result = flow_buf_check(&path, "path", err);
    const struct flow_entry *entry = result == 0 ? flow_snapshot_find(o->snapshot, path.data) : NULL;
    bool there = entry && entry->kind == FLOW_ENTRY_FILE;
    if (result == 0 && !there && needed)
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "the pass has no file '%s'", path.data);
    if (result == 0 && there)
        result = flow_snapshot_read(o->options->repo, o->snapshot, entry, out, err) ||
                         flow_buf_check(out, path.data, err)
                     ? -1
                     : 0;
    flow_buf_release(&path);
    return result;
}

// path: .flow/passes/<language>/<name>/query.scm
static int read_brought(struct optimize *o, const char *path, struct flow_error *err)
{
    const char *language = path + strlen(FOLDER), *name = strchr(language, '/');
    const char *end = name ? strchr(name + 1, '/') : NULL;
    const struct flow_language *known = NULL;
    struct texts texts;
    if (!end || strcmp(end, "/query.scm") != 0)
        return 0;
    const char *named = flow_arena_strn(&o->arena, language, (size_t)(name - language));
    const char *folder = flow_arena_strn(&o->arena, path, (size_t)(end - path));
    const char *base = flow_arena_strn(&o->arena, name + 1, (size_t)(end - name - 1));
    if (!named || !folder || !base)
        return flow_error_nomem(err);
    if (!(known = flow_languages_named(o->options->languages, named)))
        return flow_error_set(err, FLOW_E_INVALID, "'%s' is a pass for '%s', which is no language here", path,
                              named);
    texts_init(&texts);
    int result = read_file(o, folder, "query.scm", true, &texts.query, err) ||
                         read_file(o, folder, "about.md", true, &texts.about, err) ||
                         read_file(o, folder, "prompt.md", false, &texts.prompt, err)
                     ? -1
                     : add(o, known, base, folder, &texts, err);
    texts_release(&texts);
    return result;
}

int optimize_passes_load(struct optimize *o, struct flow_error *err)
{
    const struct flow_languages *languages = o->options->languages;
    for (size_t i = 0; i < flow_languages_count(languages); i++)
        if (load_language(o, flow_languages_at(languages, i), err))
            return -1;
    for (size_t i = 0; i < o->snapshot->count; i++) {
        const struct flow_entry *entry = &o->snapshot->entries[i];
        if (flow_str_starts(entry->path, FOLDER) && read_brought(o, entry->path, err))
            return -1;
    }
    size_t kept = 0;
    for (size_t i = 0; i < o->pass_count; i++)
        if (is_wanted(o, &o->passes[i]))
            o->passes[kept++] = o->passes[i];
    o->pass_count = kept;
    return kept > 0 ? 0
                    : flow_error_set(err, FLOW_E_NOT_FOUND,
                                     "there is no such pass: 'flow-optimize --list' shows what there is");
}

/*
 * Checking.
 */

// What stands in ${…}: a capture, or two with ".." between them. 1: it is right; 0: it is not.
static int check_place(struct optimize *o, const struct optimize_pass *pass, const char *name, size_t len,
                       struct flow_error *err)
{
    size_t first = 0;
    while (first < len && name[first] != '.')
        first++;
    int known = flow_groups_captures(o->parser, pass->language, pass->query, name, first, err);
    if (known != 1 || first == len)
        return known;
    if (len - first < 3 || name[first + 1] != '.')
        return 0;
    return flow_groups_captures(o->parser, pass->language, pass->query, name + first + 2, len - first - 2,
                                err);
}

static int check_template(struct optimize *o, const struct optimize_pass *pass, size_t pattern,
                          const char *text, struct flow_error *err)
{
    for (const char *at = text; (at = strstr(at, "${")) != NULL;) {
        size_t len = strcspn(at + 2, "}");
        int known = at[2 + len] == '}' ? check_place(o, pass, at + 2, len, err) : 0;
        if (known < 0)
            return -1;
        if (known == 0)
            return flow_error_set(err, FLOW_E_INVALID,
                                  "pass '%s': the rewrite of pattern %zu names '%.*s', which its query does "
                                  "not capture",
                                  pass->full, pattern + 1, (int)(len < 100 ? len : 100), at + 2);
        at += 2 + len;
    }
    return 0;
}

static int check(struct optimize *o, const struct optimize_pass *pass, struct flow_error *err)
{
    size_t patterns = 0;
    if (flow_groups_patterns(o->parser, pass->language, pass->query, &patterns, err))
        return -1;
    for (size_t i = 0; i < patterns; i++) {
        const char *text;
        if (flow_groups_property(o->parser, pass->language, pass->query, i, "rewrite", &text, err))
            return -1;
        if (text && pass->prompt)
            return flow_error_set(err, FLOW_E_INVALID,
                                  "pass '%s' has both a prompt and, in pattern %zu, a rewrite: leave one out",
                                  pass->full, i + 1);
        if (!text && !pass->prompt)
            return flow_error_set(
                err, FLOW_E_INVALID,
                "pass '%s': pattern %zu says no rewrite: it needs (#set! rewrite \"…\"), or "
                "the pass a prompt.md",
                pass->full, i + 1);
        if (text && check_template(o, pass, i, text, err))
            return -1;
    }
    return 0;
}

// A file of a pass's folder: how it is called, and what it says.
static int approve_file(struct optimize *o, const struct optimize_pass *pass, const char *name,
                        const char *text, size_t len, struct flow_error *err)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, pass->folder, name);
    const struct flow_brought brought = {.what = path.data, .text = text, .len = len};
    int result = flow_buf_check(&path, "path", err);
    if (result == 0)
        result = flow_approve(o->state_dir.data, &brought, 1, hooks->approve, hooks->payload, err);
    flow_buf_release(&path);
    return result;
}

// What becomes a part of prompts is accepted like other prompts.
static int approve(struct optimize *o, const struct optimize_pass *pass, struct flow_error *err)
{
    if (approve_file(o, pass, "query.scm", pass->text, pass->len, err) ||
        (pass->prompt && approve_file(o, pass, "prompt.md", pass->prompt, strlen(pass->prompt), err)))
        return -1;
    return o->agents ? approve_file(o, pass, "about.md", pass->whole_about, strlen(pass->whole_about), err)
                     : 0;
}

static bool is_spoken(const struct optimize *o, const struct flow_language *language)
{
    for (size_t i = 0; i < o->snapshot->count; i++)
        if (flow_languages_of(o->options->languages, o->snapshot->entries[i].path, NULL, 0) == language)
            return true;
    return false;
}

void optimize_passes_leave_out(struct optimize *o)
{
    struct flow_optimize_outcome *outcome = o->outcome;
    size_t kept = 0, len = 0;
    if (o->agents && o->agents->model)
        return;
    for (size_t i = 0; i < o->pass_count; i++) {
        const struct optimize_pass *pass = &o->passes[i];
        if (!pass->prompt) {
            o->passes[kept++] = *pass;
            continue;
        }
        if (!is_spoken(o, pass->language))
            continue;
        outcome->left_out++;
        if (len < sizeof outcome->left_out_names)
            len += (size_t)snprintf(outcome->left_out_names + len, sizeof outcome->left_out_names - len,
                                    "%s%s", len > 0 ? ", " : "", pass->full);
    }
    o->pass_count = kept;
}

int optimize_passes_open(struct optimize *o, bool ask, struct flow_error *err)
{
    for (size_t i = 0; i < o->pass_count; i++) {
        const struct optimize_pass *pass = &o->passes[i];
        if (pass->folder && ask && approve(o, pass, err))
            return -1;
        if (pass->folder &&
            flow_groups_define(o->parser, pass->language, pass->query, pass->text, pass->len, err))
            return -1;
        if (check(o, pass, err))
            return -1;
    }
    return 0;
}
