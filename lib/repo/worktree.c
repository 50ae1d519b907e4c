// SPDX-License-Identifier: MIT
// The work tree as a snapshot. One walk over the folders, with git's index at hand: what the index still
// describes costs one stat; the rest is hashed afterwards, on all cores.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/vec.h"
#include "flow/config/git.h"
#include "flow/config/id.h"
#include "flow/repo/repo.h"
#include "handle.h"
#include "ignore.h"
#include "listing.h"
#include "rehash.h"

// Each open folder of the walk costs a descriptor.
#define DEPTH_LIMIT 200
#define PATH_LIMIT  4096
// Fewer files than this are hashed faster than threads start.
#define HASH_ALONE  32

struct walk {
    struct flow_repo *repo;
    git_repository *handle;
    git_index *index;
    struct flow_ignore ignore;
    struct timespec index_time; // when git wrote the index; zero where there is none
    bool filemode;              // the file system keeps the executable bit
    struct flow_listing *listing;
    size_t *unhashed; // entries whose id the index does not know
    size_t unhashed_count, unhashed_cap;
    struct flow_buf path;
    struct flow_error *err;
};

static int walk_folder(struct walk *walk, int fd, unsigned depth, bool ignored);

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static bool same_time(const git_index_time *have, const struct timespec *time)
{
    return have->seconds == (int32_t)time->tv_sec && have->nanoseconds == (uint32_t)time->tv_nsec;
}

// Whether the file is the one that git hashed. A file as young as the index may have changed right after git
// looked ("racily clean"); it is hashed.
static bool stat_fits(const struct walk *walk, const git_index_entry *item, const struct stat *st)
{
    return (item->mode & S_IFMT) == (st->st_mode & S_IFMT) && item->file_size == (uint32_t)st->st_size &&
           item->ino == (uint32_t)st->st_ino && same_time(&item->mtime, &st->st_mtim) &&
           same_time(&item->ctime, &st->st_ctim) && is_before(&st->st_mtim, &walk->index_time);
}

static int add_file(struct walk *walk, const git_index_entry *item, const struct stat *st)
{
    static const git_oid unknown;
    struct flow_snapshot *snapshot = &walk->listing->snapshot;
    enum flow_entry_kind kind = S_ISLNK(st->st_mode) ? FLOW_ENTRY_LINK : FLOW_ENTRY_FILE;
    struct flow_entry *entry = flow_listing_add(walk->listing, walk->path.data, kind,
                                                item != NULL ? &item->id : &unknown, walk->err);

    if (entry == NULL)
        return -1;
    entry->size = (uint64_t)st->st_size;
    if (kind == FLOW_ENTRY_FILE)
        entry->executable = walk->filemode || item == NULL ? (st->st_mode & S_IXUSR) != 0
                                                           : item->mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    if (item != NULL && stat_fits(walk, item, st))
        return 0;
    if (flow_grow(&walk->unhashed, &walk->unhashed_cap, walk->unhashed_count + 1, sizeof *walk->unhashed,
                  walk->err) != 0)
        return -1;
    walk->unhashed[walk->unhashed_count++] = snapshot->count - 1;
    return 0;
}

static int visit_file(struct walk *walk, int folder, const char *name, bool ignored)
{
    const git_index_entry *item = git_index_get_bypath(walk->index, walk->path.data, 0);
    struct stat st;

    if (item != NULL && (item->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0)
        return 0;
    // An unmerged path is tracked, but has no entry of stage 0.
    if (item == NULL && git_index_find(NULL, walk->index, walk->path.data) != 0 &&
        (ignored || flow_ignore_match(&walk->ignore, walk->path.data, false)))
        return 0;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return 0;
        return flow_error_errno(walk->err, errno, "cannot look at '%s'", walk->path.data);
    }
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return 0;
    return add_file(walk, item, &st);
}

static int visit_folder(struct walk *walk, int folder, const char *name, unsigned depth, bool ignored)
{
    const git_index_entry *item = git_index_get_bypath(walk->index, walk->path.data, 0);
    struct stat st;

    if (item != NULL && item->mode == GIT_FILEMODE_COMMIT)
        return 0;
    ignored = ignored || flow_ignore_match(&walk->ignore, walk->path.data, true);
    flow_buf_putc(&walk->path, '/');
    bool tracked = git_index_find_prefix(NULL, walk->index, walk->path.data) == 0;
    if (ignored && !tracked)
        return 0;
    if (depth == DEPTH_LIMIT)
        return flow_error_set(walk->err, FLOW_E_TOO_BIG, "'%s' lies deeper than %d folders", walk->path.data,
                              DEPTH_LIMIT);
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        // Replaced or removed meanwhile.
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
            return 0;
        return flow_error_errno(
            walk->err, errno, "cannot open '%s' (let git ignore it if it does not belong)", walk->path.data);
    }
    if (!tracked && fstatat(fd, ".git", &st, AT_SYMLINK_NOFOLLOW) == 0) {
        close(fd);
        return 0;
    }
    return walk_folder(walk, fd, depth + 1, ignored);
}

static bool is_folder(int fd, const struct dirent *item)
{
    struct stat st;

    if (item->d_type != DT_UNKNOWN)
        return item->d_type == DT_DIR;
    return fstatat(fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int visit(struct walk *walk, int fd, const struct dirent *item, unsigned depth, bool ignored)
{
    static const char *const left_out[] = {".", "..", ".git"};
    size_t base = walk->path.len;
    int rc;

    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (strcmp(item->d_name, left_out[i]) == 0)
            return 0;
    }
    flow_buf_puts(&walk->path, item->d_name);
    rc = flow_buf_check(&walk->path, "a path of the work tree", walk->err);
    if (rc == 0)
        rc = is_folder(fd, item) ? visit_folder(walk, fd, item->d_name, depth, ignored)
                                 : visit_file(walk, fd, item->d_name, ignored);
    flow_buf_truncate(&walk->path, base);
    return rc;
}

// Takes fd. `ignored`: only what is tracked counts in here.
static int walk_folder(struct walk *walk, int fd, unsigned depth, bool ignored)
{
    DIR *folder = fdopendir(fd);
    size_t rules = walk->ignore.count;

    if (folder == NULL) {
        close(fd);
        return flow_error_errno(walk->err, errno, "cannot read the folder '%s'", walk->path.data);
    }
    int rc = ignored ? 0 : flow_ignore_enter(&walk->ignore, fd, walk->path.data, walk->err);
    while (rc == 0) {
        errno = 0;
        const struct dirent *item = readdir(folder);
        if (item == NULL) {
            if (errno != 0)
                rc = flow_error_errno(walk->err, errno, "cannot read the folder '%s'", walk->path.data);
            break;
        }
        rc = visit(walk, fd, item, depth, ignored);
    }
    closedir(folder);
    walk->ignore.count = rules;
    return rc;
}

// What the index has and the walk does not see: submodules, and files that a sparse checkout left out.
static int add_unseen(struct walk *walk)
{
    size_t count = git_index_entrycount(walk->index);

    for (size_t i = 0; i < count; i++) {
        const git_index_entry *item = git_index_get_byindex(walk->index, i);
        bool sparse = (item->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
        bool submodule = item->mode == GIT_FILEMODE_COMMIT;
        enum flow_entry_kind kind = submodule                         ? FLOW_ENTRY_SUBMODULE
                                    : item->mode == GIT_FILEMODE_LINK ? FLOW_ENTRY_LINK
                                                                      : FLOW_ENTRY_FILE;
        git_object_t type;
        size_t size = 0;

        if (git_index_entry_stage(item) != 0 || (!sparse && !submodule))
            continue;
        if (!submodule && git_odb_read_header(&size, &type, walk->repo->odb, &item->id) != 0)
            size = item->file_size;
        struct flow_entry *entry = flow_listing_add(walk->listing, item->path, kind, &item->id, walk->err);
        if (entry == NULL)
            return -1;
        entry->executable = item->mode == GIT_FILEMODE_BLOB_EXECUTABLE;
        entry->stored = true;
        entry->size = size;
    }
    return 0;
}

static int listing_id(struct flow_listing *listing, struct flow_error *err)
{
    struct flow_snapshot *snapshot = &listing->snapshot;
    struct flow_buf text;
    int rc;

    flow_buf_init(&text, SIZE_MAX / 2);
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct flow_entry *entry = &snapshot->entries[i];
        flow_buf_printf(&text, "%d%d %s ", (int)entry->kind, entry->executable, entry->blob.hex);
        flow_buf_add(&text, entry->path, strlen(entry->path) + 1);
    }
    rc = flow_buf_check(&text, "the list of files", err);
    if (rc == 0)
        rc = flow_id_of(&snapshot->id, text.data, text.len, err);
    flow_buf_release(&text);
    return rc;
}

static int open_index(struct walk *walk)
{
    git_config *config = NULL;
    struct flow_buf path;
    struct stat st;
    int filemode = 1, rc;

    flow_buf_init(&path, PATH_LIMIT);
    flow_buf_printf(&path, "%sindex", walk->repo->gitdir);
    rc = flow_buf_check(&path, "the path of git's index", walk->err);
    // Looked at before it is read: an index written in between only makes more files be hashed.
    if (rc == 0 && stat(path.data, &st) == 0)
        walk->index_time = st.st_mtim;
    if (rc == 0) {
        rc = git_index_open(&walk->index, path.data);
        if (rc != 0)
            rc = flow_git_error(walk->err, rc,
                                "cannot read git's index (if it is split or sparse, run 'git update-index "
                                "--no-split-index' or 'git sparse-checkout reapply --no-sparse-index')");
    }
    if (rc == 0 && git_repository_config_snapshot(&config, walk->handle) == 0)
        git_config_get_bool(&filemode, config, "core.filemode");
    walk->filemode = filemode != 0;
    git_config_free(config);
    flow_buf_release(&path);
    return rc;
}

static int walk_top(struct walk *walk)
{
    int fd = open(walk->repo->workdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return flow_error_errno(walk->err, errno, "cannot open the work tree '%s'", walk->repo->workdir);
    return walk_folder(walk, fd, 0, false);
}

int flow_snapshot_worktree(struct flow_snapshot **out, struct flow_repo *repo, struct flow_error *err)
{
    struct walk walk = {.repo = repo, .err = err};
    int rc = -1;

    if (repo->workdir == NULL)
        return flow_error_set(err, FLOW_E_ENV, "'%s' has no work tree; name a revision with --at",
                              repo->gitdir);
    flow_buf_init(&walk.path, PATH_LIMIT);
    walk.listing = flow_listing_new();
    if (walk.listing == NULL) {
        flow_error_nomem(err);
        goto done;
    }
    if (flow_repo_borrow(repo, &walk.handle, err) != 0 ||
        flow_ignore_init(&walk.ignore, walk.handle, err) != 0 || open_index(&walk) != 0 ||
        walk_top(&walk) != 0 || add_unseen(&walk) != 0 ||
        flow_listing_hash(walk.listing, repo, walk.unhashed, walk.unhashed_count, err) != 0 ||
        flow_listing_seal(walk.listing, err) != 0 || listing_id(walk.listing, err) != 0)
        goto done;
    walk.listing->snapshot.is_worktree = true;
    *out = &walk.listing->snapshot;
    walk.listing = NULL;
    rc = 0;
done:
    if (walk.listing != NULL)
        flow_snapshot_free(&walk.listing->snapshot);
    free(walk.unhashed);
    flow_ignore_release(&walk.ignore);
    git_index_free(walk.index);
    flow_repo_return(repo, walk.handle);
    flow_buf_release(&walk.path);
    return rc;
}
