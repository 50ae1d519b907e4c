// SPDX-License-Identifier: MIT
#include "flow/config/approval.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/tsv.h"
#include "flow/config/id.h"

#define APPROVED_MODE 0600

// One hash for bytes and role: git's blob id of the role, a NUL and the bytes.
static int approval_id(struct flow_id *out, const char *what, const void *data, size_t len,
                       struct flow_error *err)
{
    struct flow_buf text;
    int rc;

    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_add(&text, what, strlen(what) + 1);
    flow_buf_add(&text, data, len);
    rc = flow_buf_check(&text, what, err);
    if (rc == 0)
        rc = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return rc;
}

// Opens the file. 1: opened; 0: there is none; -1: failed, or not ours alone.
static int approved_open(int *out, const char *path, int flags, struct flow_error *err)
{
    struct stat st;
    int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, APPROVED_MODE);

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return flow_error_errno(err, errno, "cannot open '%s'", path);
    if (fstat(fd, &st) != 0) {
        flow_error_errno(err, errno, "cannot look at '%s'", path);
    } else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        flow_error_set(err, FLOW_E_REFUSED,
                       "cannot trust '%s': it must be a file that only you can write; look at it, then "
                       "remove it or run 'chmod 600' on it",
                       path);
    } else {
        *out = fd;
        return 1;
    }
    close(fd);
    return -1;
}

static bool holds_line_of(const struct flow_buf *text, const struct flow_id *id)
{
    size_t hex = sizeof id->hex - 1;

    for (const char *line = text->data; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (len > hex && memcmp(line, id->hex, hex) == 0 && line[hex] == '\t')
            return true;
        line += len + (line[len] == '\n');
    }
    return false;
}

static int read_approved(struct flow_buf *text, const char *path, struct flow_error *err)
{
    int fd = -1;
    int rc = approved_open(&fd, path, O_RDONLY, err);

    if (rc != 1)
        return rc;
    rc = flow_fd_read(fd, path, text, err);
    close(fd);
    return rc;
}

int flow_approval_check(const char *state_dir, const char *what, const void *data, size_t len,
                        struct flow_error *err)
{
    struct flow_buf path, text;
    struct flow_id id;
    int rc;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%sapproved", state_dir);
    rc = flow_buf_check(&path, "the path of the state folder", err);
    if (rc == 0)
        rc = approval_id(&id, what, data, len, err);
    if (rc == 0)
        rc = read_approved(&text, path.data, err);
    if (rc == 0)
        rc = holds_line_of(&text, &id);
    flow_buf_release(&path);
    flow_buf_release(&text);
    return rc;
}

// The lines hold what as it is written in records.
static bool holds_line_about(const struct flow_buf *text, const struct flow_buf *what)
{
    size_t hex = FLOW_ID_SIZE - 1;

    for (const char *line = text->data; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        if (len == hex + 1 + what->len && memcmp(line + hex + 1, what->data, what->len) == 0)
            return true;
        line += len + (line[len] == '\n');
    }
    return false;
}

int flow_approval_earlier(const char *state_dir, const char *what, struct flow_error *err)
{
    struct flow_buf path, text, name;
    int rc;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%sapproved", state_dir);
    flow_tsv_escape(&name, what, strlen(what));
    rc = flow_buf_check(&path, "the path of the state folder", err) == 0 &&
                 flow_buf_check(&name, "the name of what is approved", err) == 0
             ? read_approved(&text, path.data, err)
             : -1;
    if (rc == 0)
        rc = holds_line_about(&text, &name);
    flow_buf_release(&name);
    flow_buf_release(&path);
    flow_buf_release(&text);
    return rc;
}

static int append_line(const char *path, const struct flow_buf *line, struct flow_error *err)
{
    int fd = -1;

    if (approved_open(&fd, path, O_WRONLY | O_APPEND | O_CREAT, err) != 1)
        return -1;
    // One write with O_APPEND: two processes that record at once do not mix their lines.
    int rc = flow_fd_write(fd, path, line->data, line->len, err);
    if (rc == 0 && fsync(fd) != 0)
        rc = flow_error_errno(err, errno, "cannot write '%s'", path);
    if (close(fd) != 0 && rc == 0)
        rc = flow_error_errno(err, errno, "cannot write '%s'", path);
    return rc;
}

int flow_approval_record(const char *state_dir, const char *what, const void *data, size_t len,
                         struct flow_error *err)
{
    struct flow_buf path, line;
    struct flow_id id;
    int rc;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&line, FLOW_BUF_LINE);
    rc = approval_id(&id, what, data, len, err);
    if (rc == 0) {
        flow_buf_printf(&path, "%sapproved", state_dir);
        // The line end before it closes a line that a crash cut off.
        flow_buf_printf(&line, "\n%s\t", id.hex);
        flow_tsv_escape(&line, what, strlen(what));
        flow_buf_putc(&line, '\n');
        rc = flow_buf_check(&path, "the path of the state folder", err);
    }
    if (rc == 0)
        rc = flow_buf_check(&line, "the name of what is approved", err);
    if (rc == 0)
        rc = append_line(path.data, &line, err);
    flow_buf_release(&path);
    flow_buf_release(&line);
    return rc;
}
