// SPDX-License-Identifier: MIT
// Loading the folders of grammars/.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "flow/base/file.h"
#include "flow/config/git.h"
#include "flow/syntax/language.h"
#include "grammar_table.h"
#include "language_priv.h"

/* Part of every version: to be raised when the facts of the same query change. */
#define FACTS_FORMAT "flow facts 4"

struct flow_languages {
    struct flow_language **items; /* by name */
    size_t count, cap;
};

size_t flow_languages_count(const struct flow_languages *languages)
{
    return languages->count;
}

const struct flow_language *flow_languages_at(const struct flow_languages *languages, size_t index)
{
    return languages->items[index];
}

const struct flow_language *flow_languages_named(const struct flow_languages *languages, const char *name)
{
    for (size_t i = 0; i < languages->count; i++) {
        if (strcmp(languages->items[i]->name, name) == 0)
            return languages->items[i];
    }
    return NULL;
}

static void language_free(struct flow_language *language)
{
    if (!language)
        return;
    free(language->name);
    free(language->folder);
    flow_config_free(language->config);
    struct flow_strv *lists[] = {
        &language->extensions,   &language->headers,         &language->filenames,
        &language->interpreters, &language->generated_paths, &language->generated_markers,
        &language->public_words, &language->private_words,   &language->blanks};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        flow_strv_release(lists[i]);
    free(language->flags);
    free(language);
}

void flow_languages_free(struct flow_languages *languages)
{
    if (!languages)
        return;
    for (size_t i = 0; i < languages->count; i++)
        language_free(languages->items[i]);
    free(languages->items);
    free(languages);
}

static int set_grammar(struct flow_language *language, struct flow_error *err)
{
    for (const struct flow_grammar *row = flow_grammar_table; row->language; row++) {
        if (strcmp(row->language, language->name) != 0)
            continue;
        language->grammar = row->parser();
        language->grammar_hash = row->hash;
        uint32_t abi = ts_language_version(language->grammar);
        if (abi < TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION || abi > TREE_SITTER_LANGUAGE_VERSION)
            return flow_error_set(err, FLOW_E_INVALID, "grammar of '%s' has ABI %u, not %d to %d",
                                  language->name, abi, TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION,
                                  TREE_SITTER_LANGUAGE_VERSION);
        return 0;
    }
    return flow_error_set(err, FLOW_E_INVALID, "grammar of '%s' is not part of this build: build flow again",
                          language->name);
}

// Reads language.conf. Returns 1 where it names a grammar, 0 where it does not.
static int load_config(struct flow_language *language, struct flow_error *err)
{
    int result = -1;
    struct flow_buf path, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%slanguage.conf", language->folder);
    if (flow_buf_check(&path, "path", err) != 0 || flow_file_read(path.data, &text, err) != 0 ||
        flow_config_new(&language->config, err) != 0 ||
        flow_config_add_installed(language->config, text.data, text.len, path.data, err) != 0)
        goto done;
    result = flow_config_str(language->config, "language.grammar", NULL) != NULL;
done:
    flow_buf_release(&path);
    flow_buf_release(&text);
    return result;
}

static int load_folder(struct flow_languages *languages, const char *folder, const char *name,
                       struct flow_error *err)
{
    int result = -1;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    struct flow_language *language = calloc(1, sizeof *language);
    if (!language) {
        flow_error_nomem(err);
        goto done;
    }
    flow_buf_printf(&path, "%s/%s/", folder, name);
    language->name = strdup(name);
    language->folder = flow_buf_detach(&path);
    if (!language->name || !language->folder) {
        flow_error_nomem(err);
        goto done;
    }
    int named = load_config(language, err);
    if (named < 0 || (named > 0 && set_grammar(language, err) != 0))
        goto done;
    if (named > 0) {
        if (flow_grow(&languages->items, &languages->cap, languages->count + 1, sizeof *languages->items,
                      err) != 0)
            goto done;
        language->index = languages->count;
        languages->items[languages->count++] = language;
        language = NULL;
    }
    result = 0;
done:
    flow_buf_release(&path);
    language_free(language);
    return result;
}

static int load_folders(struct flow_languages *languages, struct flow_error *err)
{
    int result = -1;
    DIR *dir = NULL;
    struct flow_strv names;
    struct flow_buf folder, conf;
    flow_strv_init(&names);
    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_buf_init(&conf, FLOW_BUF_LINE);
    if (flow_dir_data(&folder, "grammars", err) != 0)
        goto done;
    dir = opendir(folder.data);
    if (!dir) {
        flow_error_errno(err, errno, "cannot list '%s'", folder.data);
        goto done;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.' && flow_strv_add(&names, entry->d_name, err) != 0)
            goto done;
    }
    flow_strv_sort(&names);
    for (size_t i = 0; i < names.count; i++) {
        flow_buf_clear(&conf);
        flow_buf_printf(&conf, "%s/%s/language.conf", folder.data, names.items[i]);
        if (flow_buf_check(&conf, "path", err) != 0 ||
            (flow_path_exists(conf.data) && load_folder(languages, folder.data, names.items[i], err) != 0))
            goto done;
    }
    result = 0;
done:
    if (dir)
        closedir(dir);
    flow_strv_release(&names);
    flow_buf_release(&folder);
    flow_buf_release(&conf);
    return result;
}

static int set_like(const struct flow_languages *languages, struct flow_language *language,
                    struct flow_error *err)
{
    const char *name = flow_config_str(language->config, "language.like", NULL);
    if (!name)
        return 0;
    language->like = flow_languages_named(languages, name);
    if (!language->like || flow_config_str(language->like->config, "language.like", NULL))
        return flow_error_set(err, FLOW_E_INVALID, "language '%s' is like '%s', which %s", language->name,
                              name, language->like ? "is like another one itself" : "does not exist");
    return 0;
}

static int set_flag(struct flow_language *language, const char *key, uint8_t flag, struct flow_error *err)
{
    struct flow_strv kinds;
    flow_strv_init(&kinds);
    int result = flow_language_list(language, key, true, &kinds, err);
    for (size_t i = 0; result == 0 && i < kinds.count; i++) {
        const char *kind = kinds.items[i];
        TSSymbol symbol = ts_language_symbol_for_name(language->grammar, kind, (uint32_t)strlen(kind), true);
        if (symbol == 0 || symbol >= language->kinds)
            result = flow_error_set(err, FLOW_E_INVALID, "language '%s': %s: the grammar has no node '%s'",
                                    language->name, key, kind);
        else
            language->flags[symbol] |= flag;
    }
    flow_strv_release(&kinds);
    return result;
}

static int set_flags(struct flow_language *language, struct flow_error *err)
{
    static const struct {
        const char *key;
        uint8_t flag;
    } keys[] = {
        {"language.comment", NODE_COMMENT},  {"language.attached", NODE_ATTACHED},
        {"symbols.declared", NODE_DECLARED}, {"references.kind", NODE_REFERENCE},
        {"fields.pointer", NODE_POINTER},
    };
    language->kinds = ts_language_symbol_count(language->grammar);
    language->flags = calloc(language->kinds, 1);
    if (!language->flags)
        return flow_error_nomem(err);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (set_flag(language, keys[i].key, keys[i].flag, err) != 0)
            return -1;
    }
    return 0;
}

// Which files it claims. Before `like` is set: no folder claims the files of the one that it is like.
static int set_claims(struct flow_language *language, struct flow_error *err)
{
    if (flow_language_list(language, "language.extension", true, &language->extensions, err) != 0 ||
        flow_language_list(language, "language.header", true, &language->headers, err) != 0 ||
        flow_language_list(language, "language.filename", true, &language->filenames, err) != 0)
        return -1;
    return flow_language_list(language, "language.interpreter", true, &language->interpreters, err);
}

static int set_lists(struct flow_language *language, struct flow_error *err)
{
    if (flow_language_list(language, "generated.path", true, &language->generated_paths, err) != 0 ||
        flow_language_list(language, "generated.marker", false, &language->generated_markers, err) != 0 ||
        flow_language_list(language, "symbols.public", true, &language->public_words, err) != 0 ||
        flow_language_list(language, "symbols.private", true, &language->private_words, err) != 0 ||
        flow_language_list(language, "language.blank", true, &language->blanks, err) != 0)
        return -1;
    const char *directive = flow_language_str(language, "language.directive");
    language->directive = directive ? directive[0] : '\0';
    const char *visibility = flow_language_str(language, "symbols.visibility");
    language->is_public = visibility && strcmp(visibility, "public") == 0;
    return 0;
}

// Appends a file of the folder that facts depend on; one that is missing counts as empty.
static int add_file(struct flow_buf *text, const struct flow_language *language, const char *name,
                    struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_language_file(language, name, &path, err);
    if (found > 0)
        found = flow_file_read(path.data, text, err);
    flow_buf_putc(text, '\0');
    flow_buf_release(&path);
    return found < 0 ? -1 : 0;
}

static int set_version(struct flow_language *language, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%s\n%s\n%s\n", FACTS_FORMAT, language->name, language->grammar_hash);
    int result = add_file(&text, language, "language.conf", err);
    if (result == 0 && language->like)
        result = add_file(&text, language->like, "language.conf", err);
    if (result == 0)
        result = add_file(&text, language, "facts.scm", err);
    if (result == 0)
        result = flow_buf_check(&text, "facts.scm", err);
    if (result == 0)
        result = flow_id_of(&language->version, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

int flow_languages_load(struct flow_languages **out, struct flow_error *err)
{
    struct flow_languages *languages = calloc(1, sizeof *languages);
    if (!languages)
        return flow_error_nomem(err);
    alloc_guard();
    // Held once for all versions: libgit2 is slow to start.
    if (flow_git_hold(err) != 0) {
        free(languages);
        return -1;
    }
    int result = load_folders(languages, err);
    for (size_t i = 0; result == 0 && i < languages->count; i++)
        result = set_claims(languages->items[i], err);
    for (size_t i = 0; result == 0 && i < languages->count; i++)
        result = set_like(languages, languages->items[i], err);
    for (size_t i = 0; result == 0 && i < languages->count; i++) {
        struct flow_language *language = languages->items[i];
        if (set_lists(language, err) != 0 || set_flags(language, err) != 0 || set_version(language, err) != 0)
            result = -1;
    }
    flow_git_drop();
    if (result != 0) {
        flow_languages_free(languages);
        return -1;
    }
    *out = languages;
    return 0;
}
