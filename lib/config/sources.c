// SPDX-License-Identifier: MIT
// The levels that flow does not read from a text of its own: git's configuration and the environment.
#include <string.h>

#include <git2.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"
#include "flow/config/config.h"
#include "flow/config/git.h"
#include "view.h"

#define GIT_PREFIX "flow."
#define ENV_PREFIX "FLOW_"

extern char **environ;

static const char *git_origin(git_config_level_t level)
{
    switch (level) {
    case GIT_CONFIG_LEVEL_XDG:
        return "'~/.config/git/config'";
    case GIT_CONFIG_LEVEL_GLOBAL:
        return "'~/.gitconfig'";
    case GIT_CONFIG_LEVEL_LOCAL:
        return "'.git/config'";
    default:
        return "the git configuration of this machine";
    }
}

// Section names are lower case everywhere but in git's files, where ours is a subsection.
static int put_git_entry(struct flow_config *config, const git_config_entry *entry, struct flow_error *err)
{
    struct flow_buf key;
    int rc;

    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_puts(&key, entry->name + strlen(GIT_PREFIX));
    for (char *c = key.data; *c != '\0' && *c != '.'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    rc = flow_buf_check(&key, "the name of a setting", err);
    if (rc == 0) {
        struct flow_setting setting = {
            .key = key.data,
            .value = entry->value != NULL ? entry->value : "true",
            .level = entry->level >= GIT_CONFIG_LEVEL_LOCAL ? FLOW_CONFIG_REPOSITORY : FLOW_CONFIG_USER,
            .origin = git_origin(entry->level)};
        rc = flow_config_put(config, &setting, err);
    }
    flow_buf_release(&key);
    return rc;
}

static int put_git(struct flow_config *config, git_config *git, struct flow_error *err)
{
    git_config_iterator *iterator = NULL;
    git_config_entry *entry;
    int rc = git_config_iterator_new(&iterator, git);

    if (rc != 0)
        return flow_git_error(err, rc, "cannot read the git configuration");
    while ((rc = git_config_next(&entry, iterator)) == 0) {
        if (flow_str_starts(entry->name, GIT_PREFIX) && put_git_entry(config, entry, err) != 0)
            break;
    }
    git_config_iterator_free(iterator);
    if (rc == GIT_ITEROVER)
        return 0;
    return rc == 0 ? -1 : flow_git_error(err, rc, "cannot read the git configuration");
}

int flow_config_add_git(struct flow_config *config, const char *gitdir, struct flow_error *err)
{
    git_repository *repo = NULL;
    git_config *git = NULL;
    int rc;

    if (flow_git_hold(err) != 0)
        return -1;
    if (gitdir == NULL) {
        rc = git_config_open_default(&git);
    } else {
        rc = git_repository_open(&repo, gitdir);
        if (rc == 0)
            rc = git_repository_config(&git, repo);
    }
    rc = rc == 0 ? put_git(config, git, err) : flow_git_error(err, rc, "cannot read the git configuration");
    git_config_free(git);
    git_repository_free(repo);
    flow_git_drop();
    return rc;
}

static char spelled(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return (char)((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_');
}

void flow_config_env_name(const char *key, struct flow_buf *out)
{
    flow_buf_puts(out, ENV_PREFIX);
    for (; *key != '\0'; key++)
        flow_buf_putc(out, spelled(*key));
}

bool flow_config_spells(const char *name, const char *key)
{
    for (; *name != '\0' && *key != '\0'; name++, key++) {
        if (*name != spelled(*key))
            return false;
    }
    return *name == *key;
}

static bool is_reserved(const char *name, size_t len)
{
    static const char *const reserved[] = {"DATA_DIR", "ROLE", "UNIT", "STEP", "SCHEMA", "USAGE", "TRACE"};

    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (strlen(reserved[i]) == len && memcmp(reserved[i], name, len) == 0)
            return true;
    }
    return false;
}

int flow_config_add_environment(struct flow_config *config, struct flow_error *err)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        const char *value = strchr(*variable, '=');
        if (!flow_str_starts(*variable, ENV_PREFIX) || value == NULL || value[1] == '\0')
            continue;
        const char *name = *variable + strlen(ENV_PREFIX);
        if (is_reserved(name, (size_t)(value - name)))
            continue;
        if (flow_grow(&config->variables, &config->variable_cap, config->variable_count + 1,
                      sizeof *config->variables, err) != 0)
            return -1;
        struct flow_setting setting = {
            .key = flow_arena_strn(&config->arena, name, (size_t)(value - name)),
            .value = flow_arena_str(&config->arena, value + 1),
            .level = FLOW_CONFIG_ENVIRONMENT,
            .origin = flow_arena_strn(&config->arena, *variable, (size_t)(value - *variable))};
        if (setting.key == NULL || setting.value == NULL || setting.origin == NULL)
            return flow_error_nomem(err);
        config->variables[config->variable_count++] = setting;
    }
    return 0;
}
