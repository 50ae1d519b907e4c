// SPDX-License-Identifier: MIT
#include "ignore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"

struct flow_ignore_rule {
    const char *pattern; // without '!', and without the '/' at its end
    size_t base;         // length of the prefix of the folder it stands in
    bool negated, folders_only;
};

// Cuts blanks from the end of a line, but not one that a backslash keeps.
static size_t trimmed(const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    while (len > 0 && line[len - 1] == ' ') {
        size_t slashes = 0;
        while (slashes < len - 1 && line[len - 2 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 1)
            break;
        len--;
    }
    return len;
}

static int add_rule(struct flow_ignore *ignore, const char *line, size_t len, size_t base,
                    struct flow_error *err)
{
    struct flow_ignore_rule rule = {.base = base};

    len = trimmed(line, len);
    if (len == 0 || line[0] == '#')
        return 0;
    if (line[0] == '!') {
        rule.negated = true;
        line++;
        len--;
    }
    if (len > 0 && line[len - 1] == '/') {
        rule.folders_only = true;
        len--;
    }
    if (len == 0)
        return 0;
    rule.pattern = flow_arena_strn(&ignore->arena, line, len);
    if (rule.pattern == NULL)
        return flow_error_nomem(err);
    if (flow_grow(&ignore->rules, &ignore->cap, ignore->count + 1, sizeof *ignore->rules, err) != 0)
        return -1;
    ignore->rules[ignore->count++] = rule;
    return 0;
}

static int add_text(struct flow_ignore *ignore, const char *text, size_t base, struct flow_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (flow_str_starts(text, mark))
        text += sizeof mark - 1;
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (add_rule(ignore, text, len, base, err) != 0)
            return -1;
        text += len + (text[len] == '\n');
    }
    return 0;
}

// Adds the rules of a file, if there is one that is a regular file.
static int add_file(struct flow_ignore *ignore, int folder, const char *name, int flags, size_t base,
                    struct flow_error *err)
{
    struct flow_buf text;
    struct stat st;
    int rc = 0;
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);

    if (fd < 0) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EACCES)
            return 0;
        return flow_error_errno(err, errno, "cannot open '%s'", name);
    }
    flow_buf_init(&text, FLOW_BUF_TEXT);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        rc = flow_fd_read(fd, name, &text, err);
    close(fd);
    if (rc == 0)
        rc = add_text(ignore, text.data, base, err);
    flow_buf_release(&text);
    return rc;
}

// The file of the user's that git reads where core.excludesFile does not name one.
static void default_excludes(struct flow_buf *path)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config != NULL && config[0] != '\0')
        flow_buf_printf(path, "%s/git/ignore", config);
    else if (home != NULL)
        flow_buf_printf(path, "%s/.config/git/ignore", home);
}

static int add_global(struct flow_ignore *ignore, git_repository *handle, struct flow_error *err)
{
    git_config *config = NULL;
    git_buf named = {0};
    struct flow_buf path;
    int rc;

    flow_buf_init(&path, FLOW_BUF_LINE);
    if (git_repository_config_snapshot(&config, handle) == 0 &&
        git_config_get_path(&named, config, "core.excludesfile") == 0)
        flow_buf_puts(&path, named.ptr);
    else
        default_excludes(&path);
    git_buf_dispose(&named);
    git_config_free(config);
    rc = add_file(ignore, AT_FDCWD, path.data, 0, 0, err);
    if (rc == 0) {
        flow_buf_clear(&path);
        flow_buf_printf(&path, "%sinfo/exclude", git_repository_commondir(handle));
        rc = flow_buf_check(&path, "a path of the repository", err);
    }
    if (rc == 0)
        rc = add_file(ignore, AT_FDCWD, path.data, 0, 0, err);
    flow_buf_release(&path);
    return rc;
}

int flow_ignore_init(struct flow_ignore *ignore, git_repository *handle, struct flow_error *err)
{
    *ignore = (struct flow_ignore){0};
    flow_arena_init(&ignore->arena);
    return add_global(ignore, handle, err);
}

void flow_ignore_release(struct flow_ignore *ignore)
{
    free(ignore->rules);
    flow_arena_release(&ignore->arena);
}

int flow_ignore_enter(struct flow_ignore *ignore, int folder, const char *prefix, struct flow_error *err)
{
    // git does not follow a link here either: it could lead out of the repository.
    return add_file(ignore, folder, ".gitignore", O_NOFOLLOW, strlen(prefix), err);
}

bool flow_ignore_match(const struct flow_ignore *ignore, const char *path, bool is_folder)
{
    for (size_t i = ignore->count; i > 0; i--) {
        const struct flow_ignore_rule *rule = &ignore->rules[i - 1];
        if ((is_folder || !rule->folders_only) && flow_glob_match(rule->pattern, path + rule->base))
            return !rule->negated;
    }
    return false;
}
