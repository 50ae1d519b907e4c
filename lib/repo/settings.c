// SPDX-License-Identifier: MIT
// The settings that apply in a repository: its committed file, then every level above it.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/config/config.h"
#include "flow/repo/repo.h"
#include "handle.h"
#include "inside.h"

#define COMMITTED ".flow/config"

// 1 where the work tree has the file, 0 where not.
static int read_worktree(struct flow_repo *repo, struct flow_buf *text, struct flow_error *err)
{
    int fd = -1;
    int rc = flow_inside_open(&fd, repo->workdir, COMMITTED, err);

    if (rc != 1)
        return rc;
    rc = flow_fd_read(fd, "'" COMMITTED "'", text, err);
    close(fd);
    return rc == 0 ? 1 : -1;
}

// As read_worktree, for HEAD.
static int read_head(struct flow_repo *repo, struct flow_buf *text, struct flow_error *err)
{
    struct flow_error missing = FLOW_ERROR_INIT;
    struct flow_id head, blob;

    if (flow_repo_resolve(repo, "HEAD", &head, &missing) != 0 ||
        flow_repo_find_blob(repo, &head, COMMITTED, &blob, &missing) != 0) {
        if (missing.code == FLOW_E_NOT_FOUND)
            return 0;
        return flow_error_set(err, missing.code, "%s", missing.message);
    }
    return flow_repo_read_blob(repo, &blob, text, err) == 0 ? 1 : -1;
}

static int add_committed(struct flow_config *config, struct flow_repo *repo, struct flow_error *err)
{
    const char *origin = "'" COMMITTED "'";
    struct flow_buf text;
    int rc = 0;

    flow_buf_init(&text, FLOW_CONFIG_TEXT_MAX + 1);
    if (repo->workdir != NULL)
        rc = read_worktree(repo, &text, err);
    if (rc == 0) {
        origin = "'HEAD:" COMMITTED "'";
        rc = read_head(repo, &text, err);
    }
    if (rc == 1)
        rc = flow_config_add_committed(config, text.data, text.len, origin, err);
    flow_buf_release(&text);
    return rc;
}

int flow_repo_config(struct flow_repo *repo, struct flow_config **out, struct flow_error *err)
{
    struct flow_config *config = NULL;

    if (flow_config_new(&config, err) != 0)
        return -1;
    if ((repo != NULL && add_committed(config, repo, err) != 0) ||
        flow_config_add_git(config, repo != NULL ? repo->gitdir : NULL, err) != 0 ||
        flow_config_add_environment(config, err) != 0) {
        flow_config_free(config);
        return -1;
    }
    *out = config;
    return 0;
}
