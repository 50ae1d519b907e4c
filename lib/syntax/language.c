// SPDX-License-Identifier: MIT
#include "flow/syntax/language.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "language_priv.h"

const char *flow_language_name(const struct flow_language *language)
{
    return language->name;
}

const struct flow_config *flow_language_config(const struct flow_language *language)
{
    return language->config;
}

const struct flow_id *flow_language_version(const struct flow_language *language)
{
    return &language->version;
}

const char *flow_language_str(const struct flow_language *language, const char *key)
{
    for (; language; language = language->like) {
        const char *value = flow_config_str(language->config, key, NULL);
        if (value)
            return value;
    }
    return NULL;
}

static int add_words(struct flow_strv *out, const char *text, struct flow_error *err)
{
    for (;;) {
        text += strspn(text, " \t\n");
        size_t len = strcspn(text, " \t\n");
        if (len == 0)
            return 0;
        if (flow_strv_addn(out, text, len, err) != 0)
            return -1;
        text += len;
    }
}

int flow_language_list(const struct flow_language *language, const char *key, bool words,
                       struct flow_strv *out, struct flow_error *err)
{
    int result = 0;
    struct flow_strv values;
    flow_strv_init(&values);
    for (; result == 0 && values.count == 0 && language; language = language->like)
        result = flow_config_list(language->config, key, &values, err);
    for (size_t i = 0; result == 0 && i < values.count; i++)
        result = words ? add_words(out, values.items[i], err) : flow_strv_add(out, values.items[i], err);
    flow_strv_release(&values);
    return result;
}

int flow_language_sections(const struct flow_language *language, const char *section, struct flow_strv *out,
                           struct flow_error *err)
{
    int result = 0;
    for (; result == 0 && language; language = language->like)
        result = flow_config_subsections(language->config, section, out, err);
    return result;
}

int flow_language_file(const struct flow_language *language, const char *name, struct flow_buf *path,
                       struct flow_error *err)
{
    size_t before = path->len;
    for (;;) {
        flow_buf_puts(path, language->folder);
        flow_buf_puts(path, name);
        if (flow_buf_check(path, name, err) != 0)
            return -1;
        if (flow_path_exists(path->data + before))
            return 1;
        if (!language->like)
            return 0;
        flow_buf_truncate(path, before);
        language = language->like;
    }
}

int language_query_text(const struct flow_language *language, const char *name, struct flow_buf *out,
                        struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_language_file(language, name, &path, err);
    if (result == 0)
        result =
            flow_error_set(err, FLOW_E_NOT_FOUND, "language '%s' has no query '%s'", language->name, name);
    else if (result > 0)
        result = flow_file_read(path.data, out, err);
    flow_buf_release(&path);
    return result;
}

static bool has_ending(const struct flow_strv *endings, const char *name)
{
    for (size_t i = 0; i < endings->count; i++) {
        if (flow_str_ends(name, endings->items[i]) && strlen(name) > strlen(endings->items[i]))
            return true;
    }
    return false;
}

bool flow_language_is_header(const struct flow_language *language, const char *path)
{
    return has_ending(&language->headers, flow_path_base(path));
}

bool flow_language_is_generated(const struct flow_language *language, const char *path)
{
    for (size_t i = 0; i < language->generated_paths.count; i++) {
        if (flow_glob_match(language->generated_paths.items[i], path))
            return true;
    }
    return false;
}

static bool claims(const struct flow_language *language, const char *path)
{
    const char *name = flow_path_base(path);
    return has_ending(&language->extensions, name) || has_ending(&language->headers, name) ||
           flow_strv_find(&language->filenames, name) >= 0;
}

const struct flow_language *flow_languages_claim(const struct flow_languages *languages, const char *path,
                                                 size_t nth)
{
    for (size_t i = 0; i < flow_languages_count(languages); i++) {
        const struct flow_language *language = flow_languages_at(languages, i);
        if (claims(language, path) && nth-- == 0)
            return language;
    }
    return NULL;
}

// The program of a line such as "#!/usr/bin/env -S python3 -u": the first word that is neither env nor an
// option, without its folder.
static const struct flow_language *by_interpreter(const struct flow_languages *languages, const char *head,
                                                  size_t len)
{
    size_t at = 2;
    while (at < len && head[at] != '\n') {
        size_t start = at;
        while (at < len && !strchr(" \t\r\n", head[at]))
            at++;
        const char *word = head + start;
        size_t size = at - start;
        for (size_t i = size; i > 0; i--) {
            if (word[i - 1] == '/') {
                word += i;
                size -= i;
                break;
            }
        }
        if (size > 0 && word[0] != '-' && !(size == 3 && memcmp(word, "env", 3) == 0)) {
            for (size_t i = 0; i < flow_languages_count(languages); i++) {
                const struct flow_language *language = flow_languages_at(languages, i);
                for (size_t k = 0; k < language->interpreters.count; k++) {
                    const char *name = language->interpreters.items[k];
                    if (strlen(name) == size && memcmp(name, word, size) == 0)
                        return language;
                }
            }
            return NULL;
        }
        while (at < len && (head[at] == ' ' || head[at] == '\t' || head[at] == '\r'))
            at++;
    }
    return NULL;
}

const struct flow_language *flow_languages_of(const struct flow_languages *languages, const char *path,
                                              const char *head, size_t head_len)
{
    const struct flow_language *language = flow_languages_claim(languages, path, 0);
    if (!language && head && head_len > 2 && head[0] == '#' && head[1] == '!')
        language = by_interpreter(languages, head, head_len);
    return language;
}
