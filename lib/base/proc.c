// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // pipe2, memfd_create, pidfd_open and the newer posix_spawn file actions
#include "flow/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/time.h"

// How long the rest of a group may still write when the child itself has ended.
#define LAST_WORDS 0.25
// How often `cancel` is looked at, `watch` called, and the child looked at where there is no pidfd:
// milliseconds.
#define TICK_MS    50
// What a pipe holds by default on Linux.
#define READ_SIZE  ((size_t)64 << 10)

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static const char *path_variable(const char *const *env)
{
    for (; *env; env++) {
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

// Appends the file that name stands for. Relative folders in PATH are passed over: they would mean something
// else wherever the child is started.
static int find_program(struct flow_buf *out, const char *name, const char *search, struct flow_error *err)
{
    if (strchr(name, '/')) {
        flow_buf_puts(out, name);
        return flow_buf_check(out, name, err);
    }
    while (*name && *search) {
        size_t len = strcspn(search, ":");
        if (search[0] == '/') {
            flow_buf_clear(out);
            flow_buf_add(out, search, len);
            flow_buf_printf(out, "/%s", name);
            if (flow_buf_check(out, "PATH", err))
                return -1;
            if (is_program(out->data))
                return 0;
        }
        search += len;
        if (*search)
            search++;
    }
    return flow_error_set(err, FLOW_E_NOT_FOUND, "cannot run '%s': no such program in PATH", name);
}

int flow_proc_find(struct flow_buf *out, const char *name, struct flow_error *err)
{
    const char *search = getenv("PATH");
    flow_buf_clear(out);
    if (find_program(out, name, search ? search : "", err))
        return -1;
    if (is_program(out->data))
        return 0;
    if (strchr(name, '/') && access(out->data, X_OK) != 0)
        return flow_error_errno(err, errno, "cannot run '%s'", name);
    return flow_error_set(err, FLOW_E_NOT_FOUND, "cannot run '%s': it is no program", name);
}

// One output of the child on its way into a buffer.
struct stream {
    int read_end, write_end; // -1: closed
    struct flow_buf *buf;
};

struct child {
    const struct flow_proc *proc;
    pid_t pid; // 0: none
    int pidfd; // -1: the kernel has none; the child is polled
    int input;
    struct stream streams[2]; // standard output and standard error; the first serves both where they are one
    double started, next_watch;
    bool ended; // and not reaped yet, so that its number cannot become another's
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int open_stream(struct stream *stream)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    stream->read_end = ends[0];
    stream->write_end = ends[1];
    return fcntl(stream->read_end, F_SETFL, O_NONBLOCK);
}

// The input is a file in memory: the child reads it at its own pace, or not at all, and nobody waits.
static int open_input(struct child *child, struct flow_error *err)
{
    const struct flow_proc *proc = child->proc;
    child->input = proc->input ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (child->input < 0)
        return flow_error_errno(err, errno, "cannot make the input of '%s'", proc->argv[0]);
    if (!proc->input)
        return 0;
    if (flow_fd_write(child->input, "input", proc->input, proc->input_len, err))
        return flow_error_wrap(err, "cannot run '%s'", proc->argv[0]);
    if (lseek(child->input, 0, SEEK_SET) != 0)
        return flow_error_errno(err, errno, "cannot make the input of '%s'", proc->argv[0]);
    return 0;
}

static int open_streams(struct child *child, struct flow_error *err)
{
    const struct flow_proc *proc = child->proc;
    child->streams[0].buf = proc->out;
    child->streams[1].buf = proc->err != proc->out ? proc->err : NULL;
    for (int i = 0; i < 2; i++) {
        if (child->streams[i].buf && open_stream(&child->streams[i]) != 0)
            return flow_error_errno(err, errno, "cannot make a pipe for '%s'", proc->argv[0]);
    }
    return 0;
}

// What becomes of descriptors and folder between fork and exec. Returns an errno value. Where 0, 1 or 2 were
// closed here, ours have these numbers: they are used in the order in which they were opened, so that none is
// overwritten before.
static int add_actions(posix_spawn_file_actions_t *actions, const struct child *child)
{
    const struct flow_proc *proc = child->proc;
    int failed = posix_spawn_file_actions_adddup2(actions, child->input, STDIN_FILENO);
    for (int i = 0; i < 2 && !failed; i++) {
        int fd = STDOUT_FILENO + i;
        bool joined = i == 1 && proc->err && proc->err == proc->out;
        if (joined)
            failed = posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, fd);
        else if (child->streams[i].buf)
            failed = posix_spawn_file_actions_adddup2(actions, child->streams[i].write_end, fd);
        else
            failed = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_WRONLY, 0);
    }
    if (!failed && proc->dir)
        failed = posix_spawn_file_actions_addchdir_np(actions, proc->dir);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return failed;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    static const int defaults[] = {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGCHLD};
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigemptyset(&reset);
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        sigaddset(&reset, defaults[i]);
    int failed = posix_spawnattr_setpgroup(attributes, 0);
    if (!failed)
        failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(attributes, &reset);
    if (!failed)
        failed = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                          POSIX_SPAWN_SETSIGDEF);
    return failed;
}

// posix_spawn takes pointers to what it does not change, but not as const.
static char *const *unconst(const char *const *strings)
{
    union {
        const char *const *in;
        char *const *out;
    } both = {.in = strings};
    return both.out;
}

static int spawn(struct child *child, const char *program)
{
    const struct flow_proc *proc = child->proc;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed = add_actions(&actions, child);
        if (!failed)
            failed = set_attributes(&attributes);
        if (!failed)
            failed = posix_spawn(&child->pid, program, &actions, &attributes, unconst(proc->argv),
                                 proc->env ? unconst(proc->env) : environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        child->pid = 0;
    return failed;
}

static int start(struct child *child, struct flow_error *err)
{
    const struct flow_proc *proc = child->proc;
    int result = -1;
    struct flow_buf program;
    flow_buf_init(&program, FLOW_BUF_LINE);
    const char *search = path_variable(proc->env ? proc->env : (const char *const *)environ);
    if (find_program(&program, proc->argv[0], search, err) || open_input(child, err) ||
        open_streams(child, err))
        goto done;
    int failed = spawn(child, program.data);
    struct stat st;
    if (failed && proc->dir && (stat(proc->dir, &st) != 0 || !S_ISDIR(st.st_mode))) {
        flow_error_set(err, FLOW_E_NOT_FOUND, "cannot run '%s' in '%s': no such folder", proc->argv[0],
                       proc->dir);
        goto done;
    }
    if (failed) {
        flow_error_errno(err, failed, "cannot run '%s'", proc->argv[0]);
        goto done;
    }
    child->pidfd = pidfd_open(child->pid, 0);
    close_fd(&child->input);
    for (int i = 0; i < 2; i++)
        close_fd(&child->streams[i].write_end);
    result = 0;
done:
    flow_buf_release(&program);
    return result;
}

// Takes in what the pipe holds now, a pipeful at most.
static void drain(struct child *child, int number)
{
    const struct flow_proc *proc = child->proc;
    struct stream *stream = &child->streams[number];
    char bytes[READ_SIZE / 4];
    for (size_t i = 0; stream->read_end >= 0 && i < READ_SIZE / sizeof bytes; i++) {
        ssize_t got = read(stream->read_end, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            close_fd(&stream->read_end);
            return;
        }
        flow_buf_add(stream->buf, bytes, (size_t)got);
        if (proc->heard)
            proc->heard(proc->payload, STDOUT_FILENO + number, bytes, (size_t)got);
    }
}

// Milliseconds until the next thing that no descriptor tells of; -1: never.
static int wait_ms(const struct child *child, double until)
{
    int ms = -1;
    if (until > 0) {
        double left = (until - flow_time_mono()) * 1000;
        ms = left <= 0 ? 0 : left > INT_MAX / 2 ? INT_MAX / 2 : (int)left + 1;
    }
    bool ticking = child->proc->cancel || ((child->pidfd < 0 || child->proc->watch != NULL) && !child->ended);
    return ticking && (ms < 0 || ms > TICK_MS) ? TICK_MS : ms;
}

static void wait_for_news(const struct child *child, double until)
{
    struct pollfd fds[3];
    nfds_t count = 0;
    for (int i = 0; i < 2; i++) {
        if (child->streams[i].read_end >= 0)
            fds[count++] = (struct pollfd){.fd = child->streams[i].read_end, .events = POLLIN};
    }
    if (child->pidfd >= 0 && !child->ended)
        fds[count++] = (struct pollfd){.fd = child->pidfd, .events = POLLIN};
    // What poll says is not looked at: all descriptors are tried, none of them blocks.
    poll(fds, count, wait_ms(child, until));
}

// Sees whether the child has ended but leaves it unreaped.
static int look(struct child *child, struct flow_error *err)
{
    siginfo_t info = {0};
    if (child->ended)
        return 0;
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != EINTR) {
        flow_error_errno(err, errno, "cannot wait for '%s'", child->proc->argv[0]);
        child->pid = 0;
        return -1;
    }
    child->ended = info.si_pid == child->pid;
    return 0;
}

static int check_limits(struct child *child, struct flow_error *err)
{
    const struct flow_proc *proc = child->proc;
    for (int i = 0; i < 2; i++) {
        if (child->streams[i].buf && flow_buf_check(child->streams[i].buf, "output", err))
            return flow_error_wrap(err, "'%s'", proc->argv[0]);
    }
    if (child->ended)
        return 0;
    if (proc->cancel && atomic_load(proc->cancel))
        return flow_error_set(err, FLOW_E_INTERRUPTED, "'%s' was interrupted", proc->argv[0]);
    if (proc->timeout > 0 && flow_time_mono() - child->started >= proc->timeout)
        return flow_error_set(err, FLOW_E_TIMEOUT, "'%s' took longer than %g s", proc->argv[0],
                              proc->timeout);
    // A child that prints wakes us more often than anybody wants to be asked.
    double now = flow_time_mono();
    if (!proc->watch || now < child->next_watch)
        return 0;
    child->next_watch = now + TICK_MS / 1000.0;
    return proc->watch(proc->payload, child->pid, err);
}

// Until the child has ended and its output, too, or the rest of its group has had its time.
static int attend(struct child *child, struct flow_error *err)
{
    double until = child->proc->timeout > 0 ? child->started + child->proc->timeout : 0;
    for (;;) {
        bool was_ended = child->ended;
        if (look(child, err))
            return -1;
        if (child->ended && !was_ended)
            until = flow_time_mono() + LAST_WORDS;
        bool late = child->ended && flow_time_mono() >= until;
        for (int i = 0; i < 2; i++)
            drain(child, i);
        if (check_limits(child, err))
            return -1;
        bool open = child->streams[0].read_end >= 0 || child->streams[1].read_end >= 0;
        if (child->ended && (!open || late))
            return 0;
        wait_for_news(child, until);
    }
}

static int reap(struct child *child, struct flow_proc_result *result, struct flow_error *err)
{
    int status = 0;
    struct rusage usage = {0};
    // While the child is not reaped, no other group can have its number.
    kill(-child->pid, SIGKILL);
    pid_t got;
    do
        got = wait4(child->pid, &status, 0, &usage);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return flow_error_errno(err, errno, "cannot wait for '%s'", child->proc->argv[0]);
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result->status = result->signal ? 128 + result->signal : WEXITSTATUS(status);
    result->seconds = flow_time_mono() - child->started;
    result->max_rss_kb = usage.ru_maxrss;
    return 0;
}

int flow_proc_run(const struct flow_proc *proc, struct flow_proc_result *result, struct flow_error *err)
{
    struct child child = {
        .proc = proc,
        .pidfd = -1,
        .input = -1,
        .streams = {{.read_end = -1, .write_end = -1}, {.read_end = -1, .write_end = -1}},
        .started = flow_time_mono(),
    };
    *result = (struct flow_proc_result){0};
    int failed = start(&child, err);
    if (!failed)
        failed = attend(&child, err);
    // An error of the reaping does not hide the first one.
    if (child.pid > 0 && reap(&child, result, failed ? NULL : err))
        failed = -1;
    close_fd(&child.input);
    close_fd(&child.pidfd);
    for (int i = 0; i < 2; i++) {
        close_fd(&child.streams[i].read_end);
        close_fd(&child.streams[i].write_end);
    }
    return failed;
}
