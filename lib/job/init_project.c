// SPDX-License-Identifier: MIT
// Which build tools a repository uses: files that mark a project, by [project] of the languages'
// language.conf.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "init_priv.h"

#define PLAIN_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"

static size_t depth_of(const char *path)
{
    size_t depth = 0;

    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    while (*words != '\0') {
        size_t n = strcspn(words, " ");
        if (n == len && memcmp(words, word, len) == 0)
            return true;
        words += n + strspn(words + n, " ");
    }
    return false;
}

// The file nearest to the top that has one of these names.
static const char *find_marker(const struct flow_init *init, const struct flow_snapshot *snapshot,
                               const char *names)
{
    const char *nearest = NULL;

    for (size_t i = 0; i < snapshot->count; i++) {
        const struct flow_entry *entry = &snapshot->entries[i];
        if (entry->kind == FLOW_ENTRY_FILE && has_word(names, flow_path_base(entry->path)) &&
            (nearest == NULL || depth_of(entry->path) < depth_of(nearest)) &&
            !flow_init_is_vendored(init, entry->path))
            nearest = entry->path;
    }
    return nearest;
}

// A folder name comes from the repository and goes into a command line.
static void quote(struct flow_buf *out, const char *text, size_t len)
{
    if (text[0] != '-' && strspn(text, PLAIN_BYTES) >= len) {
        flow_buf_add(out, text, len);
        return;
    }
    flow_buf_puts(out, text[0] == '-' ? "./'" : "'");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            flow_buf_puts(out, "'\\''");
        else
            flow_buf_putc(out, text[i]);
    }
    flow_buf_putc(out, '\'');
}

// The command of a key, in the folder of the marker; NULL on failure.
static char *command_of(const struct flow_config *config, const char *project, const char *key,
                        const char *marker, struct flow_error *err)
{
    struct flow_buf name, command;
    size_t folder = flow_path_dir_len(marker);
    char *text = NULL;

    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&command, FLOW_BUF_LINE);
    flow_buf_printf(&name, "project.%s.%s", project, key);
    const char *value = flow_config_str(config, name.data, "");
    if (*value != '\0' && folder > 0) {
        flow_buf_puts(&command, "cd ");
        quote(&command, marker, folder);
        flow_buf_puts(&command, " && ");
    }
    flow_buf_puts(&command, value);
    if (flow_buf_check(&name, "the name of a setting", err) == 0 &&
        flow_buf_check(&command, marker, err) == 0) {
        text = strdup(command.data);
        if (text == NULL)
            flow_error_nomem(err);
    }
    flow_buf_release(&command);
    flow_buf_release(&name);
    return text;
}

static bool is_known(const struct flow_init *init, const char *name, const char *marker)
{
    for (size_t i = 0; i < init->project_count; i++) {
        if (strcmp(init->projects[i].name, name) == 0 && strcmp(init->projects[i].marker, marker) == 0)
            return true;
    }
    return false;
}

static int add_project(struct flow_init *init, const struct flow_language *language,
                       const struct flow_config *config, const char *name, const char *marker,
                       struct flow_error *err)
{
    if (flow_grow(&init->projects, &init->project_cap, init->project_count + 1, sizeof *init->projects,
                  err) != 0)
        return -1;
    struct flow_init_project *project = &init->projects[init->project_count++];
    *project = (struct flow_init_project){.language = language,
                                          .name = strdup(name),
                                          .marker = strdup(marker),
                                          .fetch = command_of(config, name, "fetch", marker, err),
                                          .build = command_of(config, name, "build", marker, err),
                                          .test = command_of(config, name, "test", marker, err)};
    if (project->name == NULL || project->marker == NULL)
        return flow_error_nomem(err);
    return project->fetch != NULL && project->build != NULL && project->test != NULL ? 0 : -1;
}

// The projects of one language, those nearest to the top first.
static int add_projects(struct flow_init *init, const struct flow_language *language,
                        const struct flow_config *config, const struct flow_snapshot *snapshot,
                        struct flow_error *err)
{
    struct flow_strv names;
    struct flow_buf key;
    size_t first = init->project_count;

    flow_strv_init(&names);
    flow_buf_init(&key, FLOW_BUF_LINE);
    int rc = flow_config_subsections(config, "project", &names, err);
    for (size_t i = 0; rc == 0 && i < names.count; i++) {
        flow_buf_clear(&key);
        flow_buf_printf(&key, "project.%s.marker", names.items[i]);
        const char *marker = find_marker(init, snapshot, flow_config_str(config, key.data, ""));
        if (marker == NULL || is_known(init, names.items[i], marker))
            continue;
        rc = add_project(init, language, config, names.items[i], marker, err);
        // Moved before those of this language that lie deeper.
        for (size_t at = init->project_count - 1; rc == 0 && at > first; at--) {
            struct flow_init_project *left = &init->projects[at - 1], *right = &init->projects[at];
            if (depth_of(left->marker) <= depth_of(right->marker))
                break;
            struct flow_init_project swap = *left;
            *left = *right;
            *right = swap;
        }
    }
    flow_buf_release(&key);
    flow_strv_release(&names);
    return rc;
}

int flow_init_find_projects(struct flow_init *init, const struct flow_languages *languages,
                            const struct flow_snapshot *snapshot, struct flow_error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < init->language_count; i++) {
        const struct flow_language *language = init->languages[i].language;
        const char *like = flow_config_str(flow_language_config(language), "language.like", NULL);
        const struct flow_language *model = like != NULL ? flow_languages_named(languages, like) : NULL;
        rc = add_projects(init, language, flow_language_config(language), snapshot, err);
        if (rc == 0 && model != NULL)
            rc = add_projects(init, language, flow_language_config(model), snapshot, err);
    }
    return rc;
}
