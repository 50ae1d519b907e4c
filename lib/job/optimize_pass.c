// SPDX-License-Identifier: MIT
/*
 * The passes: flow's own, and those that the base commit brings.
 */
#include <dirent.h>
#include <errno.h>
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

// Adds a pass with the texts of its query and of about.md.
static int add(struct optimize *o, const struct flow_language *language, const char *name, const char *folder,
               const struct flow_buf *query, const struct flow_buf *about, struct flow_error *err)
{
    struct flow_buf text;
    struct optimize_pass pass = {.language = language, .len = query->len};
    const char *title = about->data;
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
    size_t len = flow_str_first_line(title, strlen(title), 200);
    pass.about = flow_arena_strn(&o->arena, title, len);
    const char *more = title + strcspn(title, "\n");
    more += strspn(more, "\n");
    len = strlen(more);
    while (len > 0 && more[len - 1] == '\n')
        len--;
    pass.more = flow_arena_strn(&o->arena, more, len);
    pass.folder = folder ? flow_arena_str(&o->arena, folder) : NULL;
    flow_buf_release(&text);
    if (!pass.name || !pass.full || !pass.query || !pass.text || !pass.about || !pass.more ||
        (folder && !pass.folder))
        return flow_error_nomem(err);
    o->passes[o->pass_count++] = pass;
    return 0;
}

/*
 * Of flow.
 */

static int read_installed(struct optimize *o, const struct flow_language *language, const char *folder,
                          const char *name, struct flow_error *err)
{
    struct flow_buf path, query, about;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&query, FLOW_BUF_TEXT);
    flow_buf_init(&about, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%s/%s/query.scm", folder, name);
    int result = flow_buf_check(&path, "path", err);
    if (result == 0)
        result = flow_file_read(path.data, &query, err);
    flow_buf_clear(&path);
    flow_buf_printf(&path, "%s/%s/about.md", folder, name);
    if (result == 0)
        result = flow_file_read(path.data, &about, err);
    if (result == 0)
        result = add(o, language, name, NULL, &query, &about, err);
    flow_buf_release(&about);
    flow_buf_release(&query);
    flow_buf_release(&path);
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

static int read_file(struct optimize *o, const char *path, struct flow_buf *out, struct flow_error *err)
{
    const struct flow_entry *entry = flow_snapshot_find(o->snapshot, path);
    if (!entry || entry->kind != FLOW_ENTRY_FILE)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "the pass has no file '%s'", path);
    return flow_snapshot_read(o->options->repo, o->snapshot, entry, out, err) ||
                   flow_buf_check(out, path, err)
               ? -1
               : 0;
}

// path: .flow/passes/<language>/<name>/query.scm
static int read_brought(struct optimize *o, const char *path, struct flow_error *err)
{
    const char *language = path + strlen(FOLDER), *name = strchr(language, '/');
    const char *end = name ? strchr(name + 1, '/') : NULL;
    struct flow_buf text, query, about;
    const struct flow_language *known = NULL;
    if (!end || strcmp(end, "/query.scm") != 0)
        return 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_init(&query, FLOW_BUF_TEXT);
    flow_buf_init(&about, FLOW_BUF_TEXT);
    flow_buf_add(&text, language, (size_t)(name - language));
    int result = flow_buf_check(&text, "path", err);
    if (result == 0 && !(known = flow_languages_named(o->options->languages, text.data)))
        result = flow_error_set(err, FLOW_E_INVALID, "'%s' is a pass for '%s', which is no language here",
                                path, text.data);
    flow_buf_clear(&text);
    flow_buf_add(&text, path, (size_t)(end - path));
    if (result == 0)
        result = read_file(o, path, &query, err);
    char *folder = flow_arena_str(&o->arena, text.data);
    flow_buf_puts(&text, "/about.md");
    if (result == 0)
        result = folder ? read_file(o, text.data, &about, err) : flow_error_nomem(err);
    char *base = flow_arena_strn(&o->arena, name + 1, (size_t)(end - name - 1));
    if (result == 0)
        result = base ? add(o, known, base, folder, &query, &about, err) : flow_error_nomem(err);
    flow_buf_release(&about);
    flow_buf_release(&query);
    flow_buf_release(&text);
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
        if (!text)
            return flow_error_set(err, FLOW_E_INVALID,
                                  "pass '%s': pattern %zu says no rewrite: it needs (#set! rewrite \"…\")",
                                  pass->full, i + 1);
        if (check_template(o, pass, i, text, err))
            return -1;
    }
    return 0;
}

static int approve(struct optimize *o, const struct optimize_pass *pass, struct flow_error *err)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    const struct flow_brought brought = {.what = pass->query, .text = pass->text, .len = pass->len};
    return flow_approve(o->state_dir.data, &brought, 1, hooks->approve, hooks->payload, err);
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
