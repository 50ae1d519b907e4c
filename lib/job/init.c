// SPDX-License-Identifier: MIT
#include "flow/job/init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/base/file.h"
#include "flow/config/config.h"
#include "init_priv.h"

#define FOLDER     ".flow"
#define FILE_IN_IT "/config"
// Largest init.conf.
#define CONF_MAX   ((size_t)1 << 20)

static int read_vendored_names(struct flow_strv *names, struct flow_error *err)
{
    struct flow_config *config = NULL;
    struct flow_buf path, text;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, CONF_MAX);
    int rc = flow_dir_data(&path, "grammars/init.conf", err);
    if (rc == 0)
        rc = flow_file_read(path.data, &text, err);
    if (rc == 0)
        rc = flow_config_new(&config, err);
    if (rc == 0)
        rc = flow_config_add_installed(config, text.data, text.len, path.data, err);
    const char *words = rc == 0 ? flow_config_str(config, "vendored.folder", "") : "";
    while (rc == 0 && *words != '\0') {
        size_t len = strcspn(words, " ");
        rc = flow_strv_addn(names, words, len, err);
        words += len + strspn(words + len, " ");
    }
    flow_config_free(config);
    flow_buf_release(&text);
    flow_buf_release(&path);
    return rc;
}

// The length of the part of path that ends in a folder of one of these names, 0 where there is none.
static size_t vendored_prefix(const struct flow_strv *names, const char *path)
{
    const char *at = path;

    for (const char *slash = strchr(at, '/'); slash != NULL; slash = strchr(at, '/')) {
        for (size_t i = 0; i < names->count; i++) {
            if (strlen(names->items[i]) == (size_t)(slash - at) &&
                memcmp(names->items[i], at, (size_t)(slash - at)) == 0)
                return (size_t)(slash - path);
        }
        at = slash + 1;
    }
    return 0;
}

bool flow_init_is_vendored(const struct flow_init *init, const char *path)
{
    return vendored_prefix(&init->vendored_names, path) > 0;
}

static int find_vendored(struct flow_init *init, const struct flow_snapshot *snapshot, struct flow_error *err)
{
    struct flow_strv *found = &init->vendored;
    int rc = read_vendored_names(&init->vendored_names, err);

    for (size_t i = 0; rc == 0 && i < snapshot->count; i++) {
        const char *path = snapshot->entries[i].path;
        size_t len = vendored_prefix(&init->vendored_names, path);
        // Entries are sorted, so that those of one folder stand together.
        const char *last = found->count > 0 ? found->items[found->count - 1] : "";
        if (len > 0 && (strlen(last) != len || memcmp(last, path, len) != 0))
            rc = flow_strv_addn(found, path, len, err);
    }
    return rc;
}

static struct flow_init_language *row_of(struct flow_init *init, const struct flow_language *language)
{
    size_t i = 0;

    while (init->languages[i].language != language)
        i++;
    return &init->languages[i];
}

static bool is_counted(const struct flow_init *init, const struct flow_entry *entry)
{
    return entry->kind == FLOW_ENTRY_FILE && !flow_init_is_vendored(init, entry->path);
}

static void count_file(struct flow_init *init, const struct flow_languages *languages,
                       const struct flow_entry *entry, bool shared)
{
    const struct flow_language *language = flow_languages_claim(languages, entry->path, 0);
    struct flow_init_language *most = NULL;

    if (language == NULL || (flow_languages_claim(languages, entry->path, 1) != NULL) != shared)
        return;
    for (size_t n = 0; language != NULL; language = flow_languages_claim(languages, entry->path, ++n)) {
        struct flow_init_language *row = row_of(init, language);
        if (most == NULL || row->files > most->files)
            most = row;
    }
    most->files++;
    most->bytes += entry->size;
}

static int by_bytes(const void *a, const void *b)
{
    const struct flow_init_language *left = a, *right = b;

    if (left->bytes != right->bytes)
        return left->bytes > right->bytes ? -1 : 1;
    return strcmp(flow_language_name(left->language), flow_language_name(right->language));
}

static int count_languages(struct flow_init *init, const struct flow_languages *languages,
                           const struct flow_snapshot *snapshot, struct flow_error *err)
{
    size_t count = flow_languages_count(languages);

    init->languages = calloc(count + 1, sizeof *init->languages);
    if (init->languages == NULL)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        init->languages[i].language = flow_languages_at(languages, i);
    // First the files that are of one language alone: they tell whose the others are.
    for (int shared = 0; shared < 2; shared++) {
        for (size_t i = 0; i < snapshot->count; i++) {
            if (is_counted(init, &snapshot->entries[i]))
                count_file(init, languages, &snapshot->entries[i], shared != 0);
        }
    }
    qsort(init->languages, count, sizeof *init->languages, by_bytes);
    while (init->language_count < count && init->languages[init->language_count].files > 0)
        init->language_count++;
    return 0;
}

// The language to port to: the first that there is a guide for.
static int guess_target(struct flow_init *init, const struct flow_languages *languages,
                        struct flow_error *err)
{
    struct flow_buf name, path;
    int rc = 0;

    if (init->language_count == 0)
        return 0;
    init->from = init->languages[0].language;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    for (size_t i = 0; rc == 0 && init->to == NULL && i < flow_languages_count(languages); i++) {
        const struct flow_language *to = flow_languages_at(languages, i);
        flow_buf_clear(&name);
        flow_buf_clear(&path);
        flow_buf_printf(&name, "to-%s.md", flow_language_name(to));
        rc = flow_language_file(init->from, name.data, &path, err);
        if (rc == 1) {
            init->to = to;
            rc = 0;
        }
    }
    flow_buf_release(&path);
    flow_buf_release(&name);
    return rc;
}

int flow_init_look(struct flow_init **out, struct flow_repo *repo, const struct flow_languages *languages,
                   struct flow_error *err)
{
    struct flow_snapshot *snapshot = NULL;
    struct flow_init *init;

    if (flow_repo_workdir(repo) == NULL)
        return flow_error_set(err, FLOW_E_ENV,
                              "'%s' has no work tree to write settings to; make them in a clone that has one",
                              flow_repo_gitdir(repo));
    init = calloc(1, sizeof *init);
    if (init == NULL)
        return flow_error_nomem(err);
    flow_strv_init(&init->vendored_names);
    flow_strv_init(&init->vendored);
    flow_buf_init(&init->text, FLOW_CONFIG_TEXT_MAX);
    int rc = flow_snapshot_worktree(&snapshot, repo, err);
    if (rc == 0)
        rc = find_vendored(init, snapshot, err);
    if (rc == 0)
        rc = count_languages(init, languages, snapshot, err);
    if (rc == 0)
        rc = flow_init_find_projects(init, languages, snapshot, err);
    if (rc == 0)
        rc = guess_target(init, languages, err);
    if (rc == 0)
        rc = flow_init_compose(init, err);
    flow_snapshot_free(snapshot);
    if (rc == 0)
        *out = init;
    else
        flow_init_free(init);
    return rc;
}

void flow_init_free(struct flow_init *init)
{
    if (init == NULL)
        return;
    for (size_t i = 0; i < init->project_count; i++) {
        free(init->projects[i].name);
        free(init->projects[i].marker);
        free(init->projects[i].fetch);
        free(init->projects[i].build);
        free(init->projects[i].test);
    }
    free(init->projects);
    free(init->languages);
    flow_strv_release(&init->vendored_names);
    flow_strv_release(&init->vendored);
    flow_buf_release(&init->text);
    free(init);
}

// The folder must be one: through a link the file would be written somewhere else.
static int make_folder(const char *path, struct flow_error *err)
{
    struct stat st;

    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return flow_error_errno(err, errno, "cannot make '%s'", path);
    if (lstat(path, &st) != 0)
        return flow_error_errno(err, errno, "cannot look at '%s'", path);
    if (!S_ISDIR(st.st_mode))
        return flow_error_set(err, FLOW_E_REFUSED, "'%s' is not a folder; remove it first", path);
    return 0;
}

int flow_init_write(struct flow_repo *repo, const struct flow_init *init, bool fresh, struct flow_error *err)
{
    struct flow_buf path;
    struct stat st;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s%s", flow_repo_workdir(repo), FOLDER);
    int rc = flow_buf_check(&path, "the path of the configuration", err);
    if (rc == 0)
        rc = make_folder(path.data, err);
    if (rc == 0) {
        flow_buf_puts(&path, FILE_IN_IT);
        rc = flow_buf_check(&path, "the path of the configuration", err);
    }
    if (rc == 0 && (fresh || lstat(path.data, &st) != 0)) {
        rc = flow_file_write(path.data, init->text.data, init->text.len, 0666, err);
        rc = rc == 0 ? 1 : -1;
    }
    flow_buf_release(&path);
    return rc;
}
