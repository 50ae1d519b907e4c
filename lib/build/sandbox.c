// SPDX-License-Identifier: MIT
#include "flow/build/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "disk.h"
#include "environment.h"
#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "group.h"
#include "processes.h"
#include "words.h"

const struct flow_limits flow_limits_default = {
    .seconds = 3600,
    .memory = (uint64_t)8 << 30,
    .processes = 4096,
    .disk = (uint64_t)16 << 30,
};

const char *flow_limit_name(enum flow_limit limit)
{
    static const char *const names[] = {NULL, "time", "memory", "processes", "output", "disk"};
    return names[limit];
}

#define EMPTY    "/tmp/flow-empty-XXXXXX"

// So many times the number of processes that is allowed can be there for a moment, until the supervisor sees
// them: the kernel allows no more.
#define BACKSTOP 4

// One run.
struct run {
    const struct flow_sandbox *sandbox;
    struct flow_sandbox_result *result;
    struct flow_disk disk;
    struct flow_words argv, env;
    struct flow_buf group; // the control group that it runs in, "" for none
    char mark[80];
    char empty[sizeof EMPTY]; // "" before it is made
};

// The mark must be another's in no other process of this machine.
static void make_mark(char *out, size_t size)
{
    static atomic_uint number;
    snprintf(out, size, "FLOW_BUILD_RUN=%ld.%u.%.6f", (long)getpid(), atomic_fetch_add(&number, 1),
             flow_time_mono());
}

static int over(struct run *run, enum flow_limit limit, struct flow_error *err)
{
    run->result->limit = limit;
    return flow_error_set(err, FLOW_E_TOO_BIG, "over the limit");
}

static int check_memory(struct run *run, pid_t pid, uint64_t memory, struct flow_error *err)
{
    uint64_t limit = run->sandbox->limits.memory;
    uint64_t exact = 0;
    if (limit == 0 || memory <= limit)
        return 0;
    // Pages that a fork has not copied yet were counted for both. Where the kernel does not tell, they stay
    // so.
    if (flow_processes_memory(&exact, pid, err))
        return -1;
    if (exact > 0 && exact <= limit)
        return 0;
    return over(run, FLOW_LIMIT_MEMORY, err);
}

static int watch(void *payload, pid_t pid, struct flow_error *err)
{
    struct run *run = payload;
    const struct flow_limits *limits = &run->sandbox->limits;
    struct flow_sandbox_result *result = run->result;
    struct flow_usage usage;
    if (flow_processes_usage(&usage, pid, err))
        return -1;
    if (usage.memory > result->memory)
        result->memory = usage.memory;
    if (usage.threads > result->processes)
        result->processes = usage.threads;
    if (limits->processes > 0 && usage.threads > limits->processes)
        return over(run, FLOW_LIMIT_PROCESSES, err);
    if (check_memory(run, pid, usage.memory, err))
        return -1;
    int full = limits->disk > 0 ? flow_disk_over(&run->disk, pid, err) : 0;
    return full > 0 ? over(run, FLOW_LIMIT_DISK, err) : full;
}

static void hear(void *payload, int fd, const char *bytes, size_t len)
{
    const struct flow_sandbox *sandbox = ((struct run *)payload)->sandbox;
    if (sandbox->heard)
        sandbox->heard(sandbox->payload, fd, bytes, len);
}

// prlimit(1) sets what each process inherits: no core files, no file larger than all may grow, and, behind
// the supervisor's count, a number of processes that the kernel holds it to (where it is not root).
static int add_limits(struct run *run, struct flow_error *err)
{
    const struct flow_limits *limits = &run->sandbox->limits;
    flow_words_adds(&run->argv, (const char *const[]){"prlimit", "--core=0", NULL});
    if (limits->disk > 0)
        flow_words_addf(&run->argv, "--fsize=%llu", (unsigned long long)limits->disk);
    // Before Linux 5.14 all that the user runs is counted, in the sandbox as well.
    unsigned others = 0;
    if (limits->processes > 0 && flow_processes_of_user(&others, err))
        return -1;
    if (limits->processes > 0)
        flow_words_addf(&run->argv, "--nproc=%llu",
                        others + BACKSTOP * (unsigned long long)limits->processes);
    flow_words_add(&run->argv, "--");
    return 0;
}

// Root is held by no such number: a control group does it, and where there is none a low priority lets the
// supervisor have its turn, however many there are.
static void add_group(struct run *run)
{
    unsigned processes = run->sandbox->limits.processes;
    if (processes == 0 || getuid() != 0)
        return;
    if (processes < UINT_MAX / BACKSTOP &&
        flow_group_make(&run->group, "/proc/self/cgroup", "/sys/fs/cgroup", BACKSTOP * processes))
        flow_words_adds(&run->argv,
                        (const char *const[]){"sh", "-c", "echo $$ >\"$0/cgroup.procs\" && exec \"$@\"",
                                              run->group.data, NULL});
    else
        flow_words_adds(&run->argv, (const char *const[]){"nice", "-n", "15", NULL});
}

static int make_empty(struct run *run, struct flow_error *err)
{
    strcpy(run->empty, EMPTY);
    int fd = mkstemp(run->empty);
    if (fd < 0) {
        run->empty[0] = '\0';
        return flow_error_errno(err, errno, "cannot make a file in '/tmp'");
    }
    close(fd);
    return 0;
}

static int prepare(struct run *run, struct flow_error *err)
{
    const struct flow_sandbox *sandbox = run->sandbox;
    make_mark(run->mark, sizeof run->mark);
    flow_environment(&run->env, sandbox, run->mark);
    add_group(run);
    if (!sandbox->unconfined) {
        const char *home = getenv("HOME");
        if (make_empty(run, err) ||
            flow_confine(&run->argv, sandbox, home && home[0] == '/' ? home : NULL, run->empty, err))
            return -1;
        flow_words_add(&run->argv, "--");
    }
    if (add_limits(run, err))
        return -1;
    flow_words_adds(&run->argv, sandbox->argv);
    if (sandbox->limits.disk > 0)
        return flow_disk_init(&run->disk, sandbox->write, sandbox->limits.disk, err);
    return 0;
}

// What flow_proc_run took for a failure and is a limit: 0.
static int settle(struct run *run, int failed, const struct flow_error *why, struct flow_error *err)
{
    struct flow_sandbox_result *result = run->result;
    if (failed && result->limit == FLOW_LIMIT_NONE && why->code == FLOW_E_TIMEOUT)
        result->limit = FLOW_LIMIT_TIME;
    const struct flow_sandbox *sandbox = run->sandbox;
    bool full = (sandbox->out && sandbox->out->full) || (sandbox->err && sandbox->err->full);
    if (failed && result->limit == FLOW_LIMIT_NONE && why->code == FLOW_E_TOO_BIG && full)
        result->limit = FLOW_LIMIT_OUTPUT;
    if (failed && result->limit == FLOW_LIMIT_NONE)
        return flow_error_set(err, why->code, "%s", why->message);
    if (!failed && result->status == 128 + SIGXFSZ)
        result->limit = FLOW_LIMIT_DISK;
    // It came to the kernel's limit and ended before anybody counted.
    if (!failed && run->group.len > 0 && flow_group_was_full(run->group.data))
        result->limit = FLOW_LIMIT_PROCESSES;
    if (result->limit != FLOW_LIMIT_NONE) {
        result->signal = SIGKILL;
        result->status = 128 + SIGKILL;
    }
    return 0;
}

// bubblewrap's own failure: nothing has run. `from` is where this run's words begin on err.
static int check_bwrap(const struct run *run, size_t from, struct flow_error *err)
{
    static const char name[] = "bwrap: ";
    const struct flow_buf *talk = run->sandbox->err;
    if (run->sandbox->unconfined || run->result->status != 1 || !talk || talk->len < from ||
        !flow_str_starts(talk->data + from, name))
        return 0;
    const char *words = talk->data + from + strlen(name);
    return flow_error_set(err, FLOW_E_ENV, "bubblewrap cannot confine '%s': %.*s", run->sandbox->argv[0],
                          (int)flow_str_first_line(words, strlen(words), 300), words);
}

static int run_prepared(struct run *run, struct flow_error *err)
{
    const struct flow_sandbox *sandbox = run->sandbox;
    struct flow_error why = FLOW_ERROR_INIT;
    struct flow_proc_result proc_result;
    struct flow_proc proc = {
        .argv = flow_words_done(&run->argv),
        .env = flow_words_done(&run->env),
        .dir = sandbox->dir,
        .timeout = sandbox->limits.seconds,
        .cancel = sandbox->cancel,
        .out = sandbox->out,
        .err = sandbox->err,
        .heard = hear,
        .watch = watch,
        .payload = run,
    };
    if (!proc.argv || !proc.env)
        return flow_error_nomem(err);
    size_t from = sandbox->err ? sandbox->err->len : 0;
    int failed = flow_proc_run(&proc, &proc_result, &why);
    run->result->status = proc_result.status;
    // bubblewrap and shells tell of a signal in this way.
    run->result->signal = proc_result.signal ? proc_result.signal
                          : proc_result.status > 128 && proc_result.status <= 128 + 64
                              ? proc_result.status - 128
                              : 0;
    run->result->seconds = proc_result.seconds;
    if (flow_processes_sweep(run->mark, err) || settle(run, failed, &why, err))
        return -1;
    return check_bwrap(run, from, err);
}

int flow_sandbox_run(const struct flow_sandbox *sandbox, struct flow_sandbox_result *result,
                     struct flow_error *err)
{
    struct run run = {.sandbox = sandbox, .result = result};
    *result = (struct flow_sandbox_result){.limit = FLOW_LIMIT_NONE};
    flow_words_init(&run.argv);
    flow_words_init(&run.env);
    flow_buf_init(&run.group, FLOW_BUF_LINE);
    int failed = prepare(&run, err);
    if (!failed)
        failed = run_prepared(&run, err);
    if (run.group.len > 0)
        flow_group_remove(run.group.data);
    flow_buf_release(&run.group);
    if (run.empty[0])
        unlink(run.empty);
    flow_disk_release(&run.disk);
    flow_words_release(&run.argv);
    flow_words_release(&run.env);
    return failed;
}

static bool is_installed(const char *program)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    bool found = flow_proc_find(&path, program, NULL) == 0;
    flow_buf_release(&path);
    return found;
}

int flow_sandbox_check(struct flow_error *err)
{
    static const char *const argv[] = {"true", NULL};
    static const char *const needed[] = {"bwrap", "prlimit"};
    static const char *const packages[] = {"bubblewrap", "util-linux"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!is_installed(needed[i]))
            return flow_error_set(err, FLOW_E_NOT_FOUND,
                                  "no program '%s', without which commands cannot be confined: install the "
                                  "package %s, or give --no-sandbox",
                                  needed[i], packages[i]);
    }
    struct flow_buf talk;
    flow_buf_init(&talk, FLOW_BUF_LINE);
    struct flow_sandbox sandbox = {.argv = argv, .dir = "/", .err = &talk, .limits = {.seconds = 30}};
    struct flow_sandbox_result result;
    int failed = flow_sandbox_run(&sandbox, &result, err);
    if (!failed && result.status != 0)
        failed = flow_error_set(err, FLOW_E_ENV, "a confined command ended with status %d: %.*s",
                                result.status, (int)flow_str_first_line(talk.data, talk.len, 300), talk.data);
    if (failed)
        flow_error_wrap(err, "the sandbox does not work on this machine (allow user namespaces, or give "
                             "--no-sandbox)");
    flow_buf_release(&talk);
    return failed;
}
