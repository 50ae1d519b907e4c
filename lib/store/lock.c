// SPDX-License-Identifier: MIT
/*
 * One holder a run: an flock, which the kernel releases with the process. What the file says is for people
 * only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/store/ledger.h"

struct flow_run_lock {
    int fd;
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

static int describe_holder(int fd, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "process %ld since ", (long)getpid());
    flow_time_iso(&text, flow_time_wall_ms());
    flow_buf_putc(&text, '\n');
    int result = flow_buf_check(&text, "the lock", err);
    if (result == 0 && (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0))
        result = flow_error_errno(err, errno, "cannot write the lock of the run");
    if (result == 0)
        result = flow_fd_write(fd, "the lock of the run", text.data, text.len, err);
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
    do
        result = flock(lock->fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
    while (result < 0 && errno == EINTR && !(stop && atomic_load(stop)));
    if (result < 0 && errno == EWOULDBLOCK)
        result = refused(lock->fd, run_name, err);
    else if (result < 0 && errno == EINTR)
        result = flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted while waiting for run '%s'", run_name);
    else if (result < 0)
        result = flow_error_errno(err, errno, "cannot lock '%s'", path.data);
    else
        result = describe_holder(lock->fd, err);
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
