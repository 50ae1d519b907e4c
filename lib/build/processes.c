// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem, pidfd_open
#include "processes.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/time.h"
#include "flow/base/vec.h"

// How long a killed process may take to be gone: one that waits for a disk ends no sooner.
#define SWEEP_SECONDS 10.0
#define SWEEP_PAUSE   ((struct timespec){.tv_nsec = 1000000})

struct process {
    pid_t pid, parent, group;
    unsigned threads;
    char state;
    bool member;
};

struct table {
    struct process *items;
    size_t count, cap;
};

// A file of /proc, cut at size - 1 bytes and ended by NUL; false where the process is gone.
static bool read_small(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t len = 0;
    ssize_t got = 1;
    while (len + 1 < size && (got = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)got;
    close(fd);
    out[len] = '\0';
    return len > 0;
}

// "12 (a (program)) S 1 …": the name may hold anything, so what counts begins behind the last ')'.
static bool read_stat(struct process *out)
{
    char text[1024];
    long parent = 0;
    long group = 0;
    long threads = 0;
    const char *rest = read_small(out->pid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    if (!rest || sscanf(rest + 1, " %c %ld %ld %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld",
                        &out->state, &parent, &group, &threads) != 4)
        return false;
    out->parent = (pid_t)parent;
    out->group = (pid_t)group;
    out->threads = (unsigned)threads;
    return true;
}

static int read_table(struct table *table, struct flow_error *err)
{
    int result = 0;
    *table = (struct table){.count = 0};
    DIR *dir = opendir("/proc");
    if (!dir)
        return flow_error_errno(err, errno, "cannot see processes in '/proc'");
    for (struct dirent *entry; result == 0 && (entry = readdir(dir));) {
        struct process process = {.pid = (pid_t)atol(entry->d_name)};
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_stat(&process))
            continue;
        result = flow_grow(&table->items, &table->cap, table->count + 1, sizeof *table->items, err);
        if (result == 0)
            table->items[table->count++] = process;
    }
    closedir(dir);
    return result;
}

static int compare_pids(const void *a, const void *b)
{
    const struct process *left = a, *right = b;
    return (left->pid > right->pid) - (left->pid < right->pid);
}

// Marks top, what descends from it, and what is in its group: not confined, who loses a parent gets another
// one that is none of ours. A child mostly has a higher number than its parent: two rounds.
static void mark_members(struct table *table, pid_t top)
{
    bool changed = true;
    if (table->count > 0)
        qsort(table->items, table->count, sizeof *table->items, compare_pids);
    while (changed) {
        changed = false;
        for (size_t i = 0; i < table->count; i++) {
            struct process *process = &table->items[i];
            if (process->member)
                continue;
            struct process key = {.pid = process->parent};
            const struct process *parent =
                bsearch(&key, table->items, table->count, sizeof *table->items, compare_pids);
            process->member = process->pid == top || process->group == top || (parent && parent->member);
            changed = changed || process->member;
        }
    }
}

// Calls fn for each process of the command.
static int each_member(pid_t top, void (*fn)(void *payload, const struct process *process), void *payload,
                       struct flow_error *err)
{
    struct table table;
    int result = read_table(&table, err);
    if (result == 0)
        mark_members(&table, top);
    for (size_t i = 0; result == 0 && i < table.count; i++) {
        if (table.items[i].member)
            fn(payload, &table.items[i]);
    }
    free(table.items);
    return result;
}

// The kilobytes behind each of the names in a text of lines "Name:   12 kB".
static uint64_t sum_kilobytes(const char *text, const char *const *names)
{
    uint64_t sum = 0;
    for (; *names; names++) {
        const char *at = strstr(text, *names);
        if (at)
            sum += strtoull(at + strlen(*names), NULL, 10) * 1024;
    }
    return sum;
}

static void add_usage(void *payload, const struct process *process)
{
    static const char *const names[] = {"\nRssAnon:", "\nRssShmem:", NULL};
    struct flow_usage *usage = payload;
    char text[4096];
    usage->threads += process->threads;
    if (read_small(process->pid, "status", text, sizeof text))
        usage->memory += sum_kilobytes(text, names);
}

int flow_processes_usage(struct flow_usage *out, pid_t top, struct flow_error *err)
{
    *out = (struct flow_usage){.threads = 0};
    return each_member(top, add_usage, out, err);
}

int flow_processes_of_user(unsigned *out, struct flow_error *err)
{
    struct table table;
    struct stat st;
    char path[64];
    *out = 0;
    int result = read_table(&table, err);
    for (size_t i = 0; result == 0 && i < table.count; i++) {
        snprintf(path, sizeof path, "/proc/%ld", (long)table.items[i].pid);
        if (stat(path, &st) == 0 && st.st_uid == getuid())
            *out += table.items[i].threads;
    }
    free(table.items);
    return result;
}

static void add_memory(void *payload, const struct process *process)
{
    static const char *const names[] = {"\nPss_Anon:", "\nPss_Shmem:", NULL};
    uint64_t *memory = payload;
    char text[4096];
    if (read_small(process->pid, "smaps_rollup", text, sizeof text))
        *memory += sum_kilobytes(text, names);
}

int flow_processes_memory(uint64_t *out, pid_t top, struct flow_error *err)
{
    *out = 0;
    return each_member(top, add_memory, out, err);
}

struct deleted {
    dev_t device;
    uint64_t bytes;
};

static void add_deleted(void *payload, const struct process *process)
{
    struct deleted *deleted = payload;
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%ld/fd", (long)process->pid);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
            st.st_dev == deleted->device)
            deleted->bytes += (uint64_t)st.st_blocks * 512;
    }
    closedir(dir);
}

int flow_processes_deleted(uint64_t *out, pid_t top, dev_t device, struct flow_error *err)
{
    struct deleted deleted = {.device = device};
    int result = each_member(top, add_deleted, &deleted, err);
    *out = deleted.bytes;
    return result;
}

// Whether the process was started with that variable.
static bool has_mark(pid_t pid, const char *mark, struct flow_buf *environment)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    flow_buf_clear(environment);
    // With the NUL behind it; the one that ends the last variable is there, too.
    bool found = flow_fd_read(fd, path, environment, NULL) == 0 &&
                 memmem(environment->data, environment->len + 1, mark, strlen(mark) + 1) != NULL;
    close(fd);
    return found;
}

// Kills each that has the mark, and counts those that still run. The descriptor is there before the look, so
// that the number cannot have become another's.
static int kill_marked(const char *mark, struct flow_buf *environment, size_t *running,
                       struct flow_error *err)
{
    struct table table;
    int result = read_table(&table, err);
    *running = 0;
    for (size_t i = 0; result == 0 && i < table.count; i++) {
        const struct process *process = &table.items[i];
        if (process->state == 'Z' || process->state == 'X' || process->pid == getpid())
            continue;
        int fd = pidfd_open(process->pid, 0);
        if (fd >= 0 && has_mark(process->pid, mark, environment)) {
            pidfd_send_signal(fd, SIGKILL, NULL, 0);
            ++*running;
        }
        if (fd >= 0)
            close(fd);
    }
    free(table.items);
    return result;
}

int flow_processes_sweep(const char *mark, struct flow_error *err)
{
    struct flow_buf environment;
    flow_buf_init(&environment, FLOW_BUF_TEXT);
    double until = flow_time_mono() + SWEEP_SECONDS;
    size_t running = 0;
    int result = kill_marked(mark, &environment, &running, err);
    while (result == 0 && running > 0 && flow_time_mono() < until) {
        nanosleep(&SWEEP_PAUSE, NULL);
        result = kill_marked(mark, &environment, &running, err);
    }
    flow_buf_release(&environment);
    if (result == 0 && running > 0)
        return flow_error_set(err, FLOW_E_ENV, "%zu processes of a command that was killed are still there",
                              running);
    return result;
}
