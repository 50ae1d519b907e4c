// SPDX-License-Identifier: MIT
/*
 * One holder a run: a lock on an open file, which the kernel releases with the process. It is one of fcntl's
 * "open file description" locks: like those of flock they belong to the descriptor and not to the process,
 * and other than those they can be asked about without being taken, so that somebody who only looks never
 * makes a run that begins at that moment believe that it has a rival.
 */
#define _GNU_SOURCE // F_OFD_SETLK
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/store/ledger.h"

struct flow_run_lock {
    int fd;
    off_t note; // where the note begins
};

// Run names may hold what a file name may not: everything but letters, digits, '.', '_' and '-' is written
// %HH.
static void lock_path(struct flow_buf *out, const char *dir, const char *run_name)
{
    flow_buf_printf(out, "%s%slock.", dir, flow_str_ends(dir, "/") ? "" : "/");
    for (const char *p = run_name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-", c))
            flow_buf_putc(out, *p);
        else
            flow_buf_printf(out, "%%%02X", c);
    }
}

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int refused(int fd, const char *run_name, struct flow_error *err)
{
    struct flow_buf holder;
    flow_buf_init(&holder, FLOW_BUF_LINE);
    struct flow_error ignored = FLOW_ERROR_INIT;
    if (flow_fd_read(fd, "the lock", &holder, &ignored) < 0 || holder.len == 0) {
        flow_buf_clear(&holder);
        flow_buf_puts(&holder, "another process");
    }
    flow_buf_truncate(&holder, flow_str_first_line(holder.data, holder.len, 200));
    flow_error_set(err, FLOW_E_REFUSED, "run '%s' is held by %s", run_name, holder.data);
    flow_buf_release(&holder);
    return -1;
}

static int describe_holder(struct flow_run_lock *lock, struct flow_error *err)
{
    struct flow_buf text;
    char host[FLOW_HOLDER_HOST] = "";
    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        strcpy(host, "localhost");
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "process %ld on %s since ", (long)getpid(), host);
    flow_time_iso(&text, flow_time_wall_ms());
    flow_buf_putc(&text, '\n');
    lock->note = (off_t)text.len;
    flow_buf_putc(&text, '\n');
    int result = flow_buf_check(&text, "the lock", err);
    if (result == 0 && (ftruncate(lock->fd, 0) < 0 || lseek(lock->fd, 0, SEEK_SET) < 0))
        result = flow_error_errno(err, errno, "cannot write the lock of the run");
    if (result == 0)
        result = flow_fd_write(lock->fd, "the lock of the run", text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

int flow_run_lock(struct flow_run_lock **out, const char *dir, const char *run_name, bool wait,
                  const atomic_int *stop, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    lock_path(&path, dir, run_name);
    struct flow_run_lock *lock = calloc(1, sizeof *lock);
    int result = lock ? flow_buf_check(&path, "the lock's path", err) : flow_error_nomem(err);
    if (result < 0)
        goto done;
    lock->fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock->fd < 0) {
        result = flow_error_errno(err, errno, "cannot open '%s'", path.data);
        goto done;
    }
    do {
        struct flock whole = whole_file();
        result = fcntl(lock->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &whole);
    } while (result < 0 && errno == EINTR && !(stop && atomic_load(stop)));
    if (result < 0 && (errno == EAGAIN || errno == EACCES))
        result = refused(lock->fd, run_name, err);
    else if (result < 0 && errno == EINTR)
        result = flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted while waiting for run '%s'", run_name);
    else if (result < 0)
        result = flow_error_errno(err, errno, "cannot lock '%s'", path.data);
    else
        result = describe_holder(lock, err);
    if (result < 0)
        close(lock->fd);
done:
    if (result < 0)
        free(lock);
    else
        *out = lock;
    flow_buf_release(&path);
    return result;
}

void flow_run_unlock(struct flow_run_lock *lock)
{
    if (!lock)
        return;
    close(lock->fd);
    free(lock);
}

void flow_run_lock_note(struct flow_run_lock *lock, const char *text)
{
    char line[FLOW_HOLDER_NOTE + 1];
    int length = snprintf(line, sizeof line, "%.*s\n", FLOW_HOLDER_NOTE - 1, text);
    // Whoever reads it takes one line, so that a longer one that stood there does no harm. A note that cannot
    // be written is not worth a run.
    (void)!pwrite(lock->fd, line, (size_t)length, lock->note);
}

static int read_holder(int fd, const char *path, struct flow_run_holder *out, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    *out = (struct flow_run_holder){0};
    int result = flow_fd_read(fd, path, &text, err);
    // A holder that has not yet said who it is holds the lock all the same.
    if (result == 0 &&
        sscanf(text.data, "process %ld on %64s since %31s", &out->process, out->host, out->since) == 3) {
        size_t first = flow_str_first_line(text.data, text.len, text.len);
        const char *note = text.data + first + (text.data[first] != '\0');
        snprintf(out->note, sizeof out->note, "%.*s", (int)strcspn(note, "\n"), note);
    }
    flow_buf_release(&text);
    return result == 0 ? 1 : -1;
}

int flow_run_holder(struct flow_run_holder *out, const char *dir, const char *run_name,
                    struct flow_error *err)
{
    struct flow_buf path;
    struct flock whole = whole_file();
    flow_buf_init(&path, FLOW_BUF_LINE);
    lock_path(&path, dir, run_name);
    int result = flow_buf_check(&path, "the lock's path", err);
    int fd = result == 0 ? open(path.data, O_RDONLY | O_CLOEXEC) : -1;
    if (result == 0 && fd < 0 && errno != ENOENT)
        result = flow_error_errno(err, errno, "cannot open '%s'", path.data);
    else if (fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) < 0)
        result = flow_error_errno(err, errno, "cannot ask for the lock '%s'", path.data);
    else if (fd >= 0 && whole.l_type != F_UNLCK)
        result = read_holder(fd, path.data, out, err);
    if (fd >= 0)
        close(fd);
    flow_buf_release(&path);
    return result;
}
