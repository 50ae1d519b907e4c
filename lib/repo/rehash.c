// SPDX-License-Identifier: MIT
#include "rehash.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "flow/base/buf.h"
#include "flow/base/thread.h"
#include "flow/config/git.h"
#include "handle.h"
#include "inside.h"

// Fewer files than this are hashed faster than threads start.
#define HASH_ALONE 32

// What a thread needs for itself.
struct hasher {
    git_repository *handle;
    struct flow_buf content;
};

struct hashing {
    struct flow_repo *repo;
    struct flow_listing *listing;
    const size_t *numbers;
    struct hasher *hashers;
};

// A file too large to be held is hashed as it is, like git does with files above its core.bigFileThreshold.
// 1: oid is set; 0: the file is gone; -1.
static int hash_large(git_oid *oid, const struct flow_repo *repo, const char *path, struct flow_error *err)
{
    char name[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
    int fd = -1;

    int rc = flow_inside_open(&fd, repo->workdir, path, err);
    if (rc != 1)
        return rc;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    rc = git_odb_hashfile(oid, name, GIT_OBJECT_BLOB);
    close(fd);
    return rc == 0 ? 1 : flow_git_error(err, rc, "cannot hash '%s'", path);
}

// The same for one that fits in memory.
static int hash_small(git_oid *oid, const struct flow_repo *repo, struct hasher *hasher,
                      const struct flow_entry *entry, struct flow_error *err)
{
    flow_buf_clear(&hasher->content);
    int rc = flow_content_raw(repo->workdir, entry->path, entry->kind, &hasher->content, err);
    if (rc != 1)
        return rc;
    if (entry->kind == FLOW_ENTRY_FILE &&
        flow_content_filter(hasher->handle, entry->path, &hasher->content, err) < 0)
        return -1;
    rc = git_odb_hash(oid, hasher->content.data, hasher->content.len, GIT_OBJECT_BLOB);
    return rc == 0 ? 1 : flow_git_error(err, rc, "cannot hash '%s'", entry->path);
}

static bool has_id(const struct flow_entry *entry)
{
    return entry->blob.hex[strspn(entry->blob.hex, "0")] != '\0';
}

static int hash_one(void *payload, unsigned worker, size_t number, struct flow_error *err)
{
    struct hashing *hashing = payload;
    struct hasher *hasher = &hashing->hashers[worker];
    struct flow_entry *entry = &hashing->listing->snapshot.entries[hashing->numbers[number]];
    git_oid oid;
    int rc;

    if (hasher->handle == NULL && flow_repo_borrow(hashing->repo, &hasher->handle, err) != 0)
        return -1;
    if (has_id(entry) && flow_content_has_driver(hasher->handle, entry->path)) {
        entry->stored = true;
        return 0;
    }
    if (entry->size > FLOW_BUF_FILE)
        rc = hash_large(&oid, hashing->repo, entry->path, err);
    else
        rc = hash_small(&oid, hashing->repo, hasher, entry, err);
    if (rc == 0)
        return flow_error_set(err, FLOW_E_CONFLICT, "'%s' changed while flow looked at it; run again",
                              entry->path);
    if (rc == 1)
        flow_id_from(&entry->blob, &oid);
    return rc == 1 ? 0 : -1;
}

int flow_listing_hash(struct flow_listing *listing, struct flow_repo *repo, const size_t *numbers,
                      size_t count, struct flow_error *err)
{
    unsigned workers = count < HASH_ALONE ? 1 : flow_thread_cores();
    struct hashing hashing = {.repo = repo, .listing = listing, .numbers = numbers};

    hashing.hashers = calloc(workers, sizeof *hashing.hashers);
    if (hashing.hashers == NULL)
        return flow_error_nomem(err);
    for (unsigned i = 0; i < workers; i++)
        flow_buf_init(&hashing.hashers[i].content, FLOW_BUF_FILE);
    int rc = flow_thread_each(workers, count, hash_one, &hashing, err);
    for (unsigned i = 0; i < workers; i++) {
        flow_repo_return(repo, hashing.hashers[i].handle);
        flow_buf_release(&hashing.hashers[i].content);
    }
    free(hashing.hashers);
    return rc;
}
