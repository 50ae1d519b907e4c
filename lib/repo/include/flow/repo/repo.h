/* SPDX-License-Identifier: MIT */
/*
 * A git repository: opening it, reading trees of it, and writing commits without touching a work tree.
 *
 * Works on bare repositories, detached heads, linked worktrees, submodules and sparse checkouts. A struct
 * flow_repo may be used by several threads at once: reads take no lock of ours; commits to one branch are
 * ordered by compare-and-swap on its ref. Repositories that libgit2 cannot read (SHA-256 objects, unknown
 * extensions) are refused with FLOW_E_ENV and a line that says so.
 */
#ifndef FLOW_REPO_REPO_H
#define FLOW_REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/config/id.h"

struct flow_repo;

/* Opens the repository that `path` is inside of (NULL: the current folder). FLOW_E_NOT_FOUND where there is
 * none. */
int flow_repo_open(struct flow_repo **out, const char *path, struct flow_error *err);
void flow_repo_free(struct flow_repo *repo);

const char *flow_repo_gitdir(const struct flow_repo *repo);    /* of this work tree, ends with '/' */
const char *flow_repo_commondir(const struct flow_repo *repo); /* shared by all work trees, ends with '/' */
const char *flow_repo_workdir(const struct flow_repo *repo);   /* NULL when bare; ends with '/' */

/* The folder for state, <common dir>/flow/, made with mode 0700 where it is missing. */
int flow_repo_state_dir(struct flow_repo *repo, struct flow_buf *out, struct flow_error *err);

/* All settings that apply here: .flow/config (of the work tree, else of HEAD), git's files, environment.
 * Options are added by the caller. repo may be NULL: user and environment only. */
int flow_repo_config(struct flow_repo *repo, struct flow_config **out, struct flow_error *err);

/* Resolves a revision ("HEAD", a branch, an id) to a commit. FLOW_E_NOT_FOUND; "no commit yet" has its own
 * message. */
int flow_repo_resolve(struct flow_repo *repo, const char *revision, struct flow_id *out,
                      struct flow_error *err);
/* The tree of a commit. */
int flow_repo_commit_tree(struct flow_repo *repo, const struct flow_id *commit, struct flow_id *out,
                          struct flow_error *err);

/*
 * Snapshots: the files of one tree, in byte order of their paths.
 */
enum flow_entry_kind { FLOW_ENTRY_FILE, FLOW_ENTRY_LINK, FLOW_ENTRY_SUBMODULE };

struct flow_entry {
    const char *path; /* relative to the top of the repository, any bytes */
    enum flow_entry_kind kind;
    bool executable;
    bool stored;         /* read from the object database, not from the work tree */
    struct flow_id blob; /* of the content, also where it comes from the work tree */
    uint64_t size;       /* bytes; 0 for submodules */
};

/* Most entries of a snapshot: four times the largest repositories that are known. */
#define FLOW_SNAPSHOT_MAX ((size_t)4000000)

struct flow_snapshot {
    struct flow_entry *entries; /* sorted by path */
    size_t count;
    struct flow_id id; /* the commit's tree; for a work tree the id of its listing, equal for equal content */
    bool is_worktree;
};

/* The tree of a commit. FLOW_E_INVALID for a tree with names that no work tree can have, FLOW_E_TOO_BIG for
 * one with more than FLOW_SNAPSHOT_MAX files. */
int flow_snapshot_commit(struct flow_snapshot **out, struct flow_repo *repo, const struct flow_id *commit,
                         struct flow_error *err);
/* The work tree as it is: tracked files and untracked ones that git does not ignore, submodules, and what a
 * sparse checkout left out. Blob ids come from git's index where its stat data still fits, else from the
 * content as git would store it (line ends converted where its attributes say so; what an external filter
 * such as git-lfs would make of a changed file is not known here: its old id stays). Untracked repositories
 * inside are left out. Nothing is written to the object database. FLOW_E_ENV for a bare repository. */
int flow_snapshot_worktree(struct flow_snapshot **out, struct flow_repo *repo, struct flow_error *err);
void flow_snapshot_free(struct flow_snapshot *snapshot);

/* The entry of path, or NULL. */
const struct flow_entry *flow_snapshot_find(const struct flow_snapshot *snapshot, const char *path);
/* Whether any entry stands below folder path. */
bool flow_snapshot_has_dir(const struct flow_snapshot *snapshot, const char *path);

/* Appends the content of an entry (never through a symbolic link; of a link: where it points), as git stores
 * it. Thread-safe. FLOW_E_CONFLICT where a file of a work tree changed since the snapshot, FLOW_E_INVALID for
 * a submodule. */
int flow_snapshot_read(struct flow_repo *repo, const struct flow_snapshot *snapshot,
                       const struct flow_entry *entry, struct flow_buf *out, struct flow_error *err);
/* Appends a blob of the object database. */
int flow_repo_read_blob(struct flow_repo *repo, const struct flow_id *blob, struct flow_buf *out,
                        struct flow_error *err);
/* The blob at a path of a commit; FLOW_E_NOT_FOUND. */
int flow_repo_find_blob(struct flow_repo *repo, const struct flow_id *commit, const char *path,
                        struct flow_id *out, struct flow_error *err);
/* Stores bytes as a blob. */
int flow_repo_write_blob(struct flow_repo *repo, const void *data, size_t len, struct flow_id *out,
                         struct flow_error *err);

/*
 * Commits.
 */
struct flow_change {
    const char *path;
    const struct flow_id *blob; /* NULL: the path goes */
    bool executable;
    const void *text; /* the bytes of the blob, for a commit to store; NULL: it is stored already */
    size_t len;
};

struct flow_trailer {
    const char *key, *value;
};

struct flow_commit {
    const char *branch;         /* full ref name, refs/heads/… */
    struct flow_id parent;      /* the branch must still be there: compare-and-swap */
    bool create;                /* the branch must not exist yet; parent is the base */
    const char *subject, *body; /* body may be NULL */
    const struct flow_trailer *trailers;
    size_t trailer_count;
    const struct flow_change *changes;
    size_t change_count;
};

/* Stores the texts, writes one commit and moves the branch to it. FLOW_E_CONFLICT where the branch has moved;
 * FLOW_E_REFUSED where it is checked out in some work tree; FLOW_E_INVALID for a path that is not confined to
 * the tree. Author and committer are the repository's user (user.name, user.email; the error says how to set
 * them). Objects are durable before the ref moves: the file system is synced twice for all of them together,
 * so that what other programs write there at the time is waited for as well. One commit at a time is written.
 */
int flow_repo_commit(struct flow_repo *repo, const struct flow_commit *commit, struct flow_id *out,
                     struct flow_error *err);

/* Whether there is somebody to commit as: what flow_repo_commit would find out, before the work is done. */
int flow_repo_committer_check(struct flow_repo *repo, struct flow_error *err);

/* The commit a ref points to. FLOW_E_NOT_FOUND where there is no such ref. */
int flow_repo_ref(struct flow_repo *repo, const char *ref, struct flow_id *out, struct flow_error *err);
/* The work tree in which a branch is checked out, appended to where; 1 if it is, 0 if not, -1 on failure. */
int flow_repo_checked_out(struct flow_repo *repo, const char *branch, struct flow_buf *where,
                          struct flow_error *err);

/* Adds the full names of the refs that begin with prefix, in byte order. */
int flow_repo_refs(struct flow_repo *repo, const char *prefix, struct flow_strv *out, struct flow_error *err);

/* How a branch stands to its base. */
struct flow_standing {
    struct flow_id from;  /* where it left the base */
    size_t ahead, behind; /* commits that only it, and only the base has */
    size_t merges;        /* of those ahead */
};
/* FLOW_E_NOT_FOUND where they have no commit in common. */
int flow_repo_standing(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                       struct flow_standing *out, struct flow_error *err);
/* Adds the paths at which a merge of the two would conflict, each once. Writes nothing. */
int flow_repo_conflicts(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                        struct flow_strv *out, struct flow_error *err);

/* Walks first parents from `tip` back to `base` (excluded) and calls fn for each, oldest first. */
struct flow_commit_info {
    struct flow_id id, parent;
    const char *message;           /* whole */
    const struct flow_strv *paths; /* what it changed against its first parent */
};
typedef int (*flow_commit_fn)(const struct flow_commit_info *info, void *payload, struct flow_error *err);
int flow_repo_walk(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                   flow_commit_fn fn, void *payload, struct flow_error *err);

/*
 * Where the lines of a file come from, followed through merges: calls fn for each run of lines that one
 * commit wrote, in order of lines, until it returns other than 0, which ends it with that. FLOW_E_NOT_FOUND
 * where the commit has no such file.
 */
struct flow_blame {
    uint32_t line, count; /* as the file is now, from 1 */
    uint32_t then;        /* the first of them as the file was in the commit that wrote them */
    struct flow_id commit;
    const char *path;   /* of the file then */
    const char *author; /* Name <mail> */
    int64_t when_ms;
    const char *message; /* whole */
};
typedef int (*flow_blame_fn)(const struct flow_blame *blame, void *payload, struct flow_error *err);
int flow_repo_blame(struct flow_repo *repo, const struct flow_id *commit, const char *path, flow_blame_fn fn,
                    void *payload, struct flow_error *err);

/*
 * Differences, as `git diff --full-index` prints them: unified, with three lines of context, and without a
 * search for renames.
 */
/* Appends what changed between two commits; before NULL: everything is new. */
int flow_repo_diff(struct flow_repo *repo, const struct flow_id *before, const struct flow_id *after,
                   struct flow_buf *out, struct flow_error *err);
/* The same for two texts of one file. */
int flow_diff_texts(const char *path, const struct flow_buf *before, const struct flow_buf *after,
                    struct flow_buf *out, struct flow_error *err);
/* The first parent: 1 and its id, 0 where there is none. */
int flow_repo_parent(struct flow_repo *repo, const struct flow_id *commit, struct flow_id *out,
                     struct flow_error *err);
/* The only blob whose id begins with these digits, as diffs name them: 1 and its id, 0 where there is none.
 */
int flow_repo_blob_named(struct flow_repo *repo, const char *prefix, struct flow_id *out,
                         struct flow_error *err);

/* The value of a trailer in the last paragraph of a message, appended to out; 1 if it is there, 0 if not.
 * `nth` counts from 0. */
int flow_trailer_get(const char *message, const char *key, unsigned nth, struct flow_buf *out);

/* Id of the tree that holds exactly these (path, blob) pairs: what a verdict is bound to. Writes no object.
 */
int flow_repo_tree_id(struct flow_repo *repo, const struct flow_change *files, size_t count,
                      struct flow_id *out, struct flow_error *err);

#endif
