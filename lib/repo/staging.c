// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // syncfs
#define ZLIB_CONST
#include "staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <git2/sys/odb_backend.h>
#include <zlib.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/vec.h"
#include "flow/config/git.h"

/* libgit2 asks backends with higher numbers first: its own have 1 and 2. */
#define WRITES_FIRST 3
#define READS_LAST   0

#define FOLDER_MODE  0777
#define OBJECT_MODE  0444

struct flow_staging {
    git_odb_backend parent; // what libgit2 calls
    char *objects, *folder; // git takes a folder of that name away when it is old
    bool made;
    struct flow_strv names; // of the objects, below either folder: "12/3456…"
};

/*
 * Writing, called by libgit2.
 */

static int failed(const char *what)
{
    struct flow_buf text;
    int number = errno;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "cannot write '%s': %s", what, strerror(number));
    git_error_set_str(GIT_ERROR_OS, text.data);
    flow_buf_release(&text);
    return GIT_ERROR;
}

// As git has it: a line that says what it is, and the bytes, compressed together.
static int pack(struct flow_buf *out, git_object_t type, const void *data, size_t len)
{
    char header[64];
    int header_len = snprintf(header, sizeof header, "%s %zu", git_object_type2string(type), len) + 1;
    z_stream z = {0};
    if (deflateInit(&z, Z_BEST_SPEED) != Z_OK)
        return -1;
    size_t most = deflateBound(&z, (unsigned long)header_len + len);
    z.next_out = (unsigned char *)flow_buf_reserve(out, most);
    z.avail_out = (unsigned)most;
    z.next_in = (const unsigned char *)header;
    z.avail_in = (unsigned)header_len;
    bool whole = z.next_out && deflate(&z, Z_NO_FLUSH) == Z_OK;
    z.next_in = data;
    z.avail_in = (unsigned)len;
    whole = whole && deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (whole)
        flow_buf_commit(out, z.total_out);
    deflateEnd(&z);
    return whole ? 0 : -1;
}

static int write_file(const char *path, const struct flow_buf *data)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OBJECT_MODE);
    size_t done = 0;
    if (fd < 0)
        return failed(path);
    while (done < data->len) {
        ssize_t now = write(fd, data->data + done, data->len - done);
        if (now < 0 && errno == EINTR)
            continue;
        if (now < 0) {
            failed(path);
            close(fd);
            unlink(path);
            return GIT_ERROR;
        }
        done += (size_t)now;
    }
    return close(fd) == 0 ? 0 : failed(path);
}

static int make_folder(const char *path)
{
    return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : failed(path);
}

// The folder with the first two digits of a name in it.
static void put_parent(struct flow_buf *out, const char *folder, const char *name)
{
    flow_buf_clear(out);
    flow_buf_printf(out, "%s/%.2s", folder, name);
}

static void put_path(struct flow_buf *out, const char *folder, const char *name)
{
    flow_buf_clear(out);
    flow_buf_printf(out, "%s/%s", folder, name);
}

static int stage(struct flow_staging *staging, const char *name, const struct flow_buf *data)
{
    struct flow_buf path;
    int rc = 0;
    // One that is there already is not ours: what it holds is not known.
    if (!staging->made && mkdir(staging->folder, FOLDER_MODE) != 0)
        return failed(staging->folder);
    staging->made = true;
    flow_buf_init(&path, FLOW_BUF_LINE);
    put_parent(&path, staging->folder, name);
    rc = path.failed ? -1 : make_folder(path.data);
    put_path(&path, staging->folder, name);
    if (rc == 0)
        rc = path.failed ? -1 : write_file(path.data, data);
    if (rc == 0 && flow_strv_add(&staging->names, name, NULL)) {
        git_error_set_oom();
        rc = -1;
    }
    flow_buf_release(&path);
    return rc;
}

static int on_write(git_odb_backend *backend, const git_oid *oid, const void *data, size_t len,
                    git_object_t type)
{
    char name[GIT_OID_HEXSZ + 2];
    struct flow_buf packed;
    int rc = -1;
    flow_buf_init(&packed, FLOW_BUF_FILE * 2);
    git_oid_pathfmt(name, oid);
    name[GIT_OID_HEXSZ + 1] = '\0';
    if (len > FLOW_BUF_FILE)
        git_error_set_str(GIT_ERROR_ODB, "the object is too large");
    else if (pack(&packed, type, data, len))
        git_error_set_oom();
    else
        rc = stage((struct flow_staging *)backend, name, &packed);
    flow_buf_release(&packed);
    return rc;
}

static void on_free(git_odb_backend *backend)
{
    struct flow_staging *staging = (struct flow_staging *)backend;
    flow_staging_clear(staging);
    flow_strv_release(&staging->names);
    free(staging->objects);
    free(staging->folder);
    free(staging);
}

/*
 * From the folder to the object database.
 */

static int make_name(struct flow_staging *staging, const char *objects, struct flow_error *err)
{
    struct flow_buf folder;
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return flow_error_errno(err, errno, "cannot get a random number");
    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_buf_printf(&folder, "%s/tmp_objdir-flow-%016llx", objects, (unsigned long long)number);
    staging->objects = strdup(objects);
    staging->folder = flow_buf_detach(&folder);
    return staging->objects && staging->folder ? 0 : flow_error_nomem(err);
}

int flow_staging_new(struct flow_staging **out, git_repository *handle, const char *objects,
                     struct flow_error *err)
{
    struct flow_staging *staging = calloc(1, sizeof *staging);
    git_odb_backend *reader = NULL;
    git_odb *odb = NULL;
    if (!staging)
        return flow_error_nomem(err);
    flow_strv_init(&staging->names);
    git_odb_init_backend(&staging->parent, GIT_ODB_BACKEND_VERSION);
    staging->parent.write = on_write;
    staging->parent.free = on_free;
    int rc = make_name(staging, objects, err);
    if (rc == 0 && (git_repository_odb(&odb, handle) != 0 ||
                    git_odb_backend_loose(&reader, staging->folder, -1, 0, 0, 0) != 0 ||
                    git_odb_add_backend(odb, reader, READS_LAST) != 0))
        rc = flow_git_error(err, -1, "cannot open the object database in '%s'", objects);
    else if (rc == 0)
        reader = NULL; // the database's now
    if (rc == 0 && git_odb_add_backend(odb, &staging->parent, WRITES_FIRST) != 0)
        rc = flow_git_error(err, -1, "cannot open the object database in '%s'", objects);
    git_odb_free(odb);
    if (reader)
        reader->free(reader);
    if (rc == 0)
        *out = staging;
    else
        on_free(&staging->parent);
    return rc;
}

static int sync_all(const struct flow_staging *staging, struct flow_error *err)
{
    int fd = open(staging->objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 ? syncfs(fd) : -1;
    if (rc != 0)
        flow_error_errno(err, errno, "cannot write the objects of a commit to the disk of '%s'",
                         staging->objects);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int move_in(const struct flow_staging *staging, struct flow_error *err)
{
    struct flow_buf from, to;
    int rc = 0;
    flow_buf_init(&from, FLOW_BUF_LINE);
    flow_buf_init(&to, FLOW_BUF_LINE);
    for (size_t i = 0; i < staging->names.count && rc == 0; i++) {
        const char *name = staging->names.items[i];
        put_parent(&to, staging->objects, name);
        rc = flow_buf_check(&to, "path of an object", err);
        if (rc == 0 && mkdir(to.data, FOLDER_MODE) != 0 && errno != EEXIST)
            rc = flow_error_errno(err, errno, "cannot make '%s'", to.data);
        put_path(&from, staging->folder, name);
        put_path(&to, staging->objects, name);
        if (rc == 0 && (flow_buf_check(&from, "path of an object", err) ||
                        flow_buf_check(&to, "path of an object", err)))
            rc = -1;
        if (rc == 0 && rename(from.data, to.data) != 0)
            rc = flow_error_errno(err, errno, "cannot move '%s' to its place", from.data);
    }
    flow_buf_release(&from);
    flow_buf_release(&to);
    return rc;
}

int flow_staging_publish(struct flow_staging *staging, struct flow_error *err)
{
    if (staging->names.count == 0)
        return 0;
    if (sync_all(staging, err) || move_in(staging, err) || sync_all(staging, err))
        return -1;
    flow_staging_clear(staging);
    return 0;
}

void flow_staging_clear(struct flow_staging *staging)
{
    if (staging->made)
        flow_dir_remove(staging->folder, NULL);
    staging->made = false;
    flow_strv_release(&staging->names);
    flow_strv_init(&staging->names);
}
