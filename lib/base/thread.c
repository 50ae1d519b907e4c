// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // sched_getaffinity
#include "flow/base/thread.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "cgroup.h"

unsigned flow_thread_cores(void)
{
    unsigned cores = 0;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        cores = (unsigned)CPU_COUNT(&set);
    } else {
        // More processors than a cpu_set_t holds.
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        cores = online > 0 && online < INT_MAX ? (unsigned)online : 1;
    }
    cores = flow_cgroup_cores("/proc/self/cgroup", "/sys/fs/cgroup", cores);
    return cores > 0 ? cores : 1;
}

struct each {
    flow_each_fn fn;
    void *payload;
    size_t items;
    pthread_mutex_t lock;
    size_t next;
    bool stopped;
    int result;
    size_t failed; // the item that result and error are of
    struct flow_error error;
};

struct each_worker {
    struct each *each;
    unsigned number;
    pthread_t thread;
};

static bool next_item(struct each *each, size_t *item)
{
    pthread_mutex_lock(&each->lock);
    bool more = !each->stopped && each->next < each->items;
    if (more)
        *item = each->next++;
    pthread_mutex_unlock(&each->lock);
    return more;
}

static void keep_failure(struct each *each, size_t item, int result, const struct flow_error *error)
{
    pthread_mutex_lock(&each->lock);
    if (!each->stopped || item < each->failed) {
        each->stopped = true;
        each->failed = item;
        each->result = result;
        each->error = *error;
    }
    pthread_mutex_unlock(&each->lock);
}

static void *run_worker(void *arg)
{
    struct each_worker *worker = arg;
    struct each *each = worker->each;
    size_t item;
    while (next_item(each, &item)) {
        struct flow_error error = FLOW_ERROR_INIT;
        int result = each->fn(each->payload, worker->number, item, &error);
        if (result)
            keep_failure(each, item, result, &error);
    }
    return NULL;
}

// The stack that a thread gets by default here; work on many items may recurse as the main thread may.
#define EACH_STACK ((size_t)8 << 20)

int flow_thread_each(unsigned workers, size_t items, flow_each_fn fn, void *payload, struct flow_error *err)
{
    if (workers == 0)
        workers = flow_thread_cores();
    if (workers > items)
        workers = items > 0 ? (unsigned)items : 1;
    struct each_worker *all = calloc(workers, sizeof *all);
    if (!all)
        return flow_error_nomem(err);
    struct each each = {.fn = fn, .payload = payload, .items = items, .lock = PTHREAD_MUTEX_INITIALIZER};
    unsigned started = 1;
    all[0].each = &each;
    // Where no further thread can be had, those that there are do all the work.
    while (started < workers) {
        all[started] = (struct each_worker){.each = &each, .number = started};
        if (flow_thread_start(&all[started].thread, EACH_STACK, run_worker, &all[started], NULL))
            break;
        started++;
    }
    run_worker(&all[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(all[i].thread, NULL);
    free(all);
    pthread_mutex_destroy(&each.lock);
    if (each.result && err)
        *err = each.error;
    return each.result;
}

// PTHREAD_STACK_MIN does not count the thread-local storage of libraries, which is on the stack, too.
#define LEAST_STACK ((size_t)64 << 10)

int flow_thread_start(pthread_t *out, size_t stack, void *(*fn)(void *), void *payload,
                      struct flow_error *err)
{
    pthread_attr_t attr;
    int failed = pthread_attr_init(&attr);
    if (failed)
        return flow_error_errno(err, failed, "cannot start a thread");
    long page = sysconf(_SC_PAGESIZE);
    size_t unit = page > 0 ? (size_t)page : 4096;
    stack = stack > LEAST_STACK ? stack : LEAST_STACK;
    failed = pthread_attr_setstacksize(&attr, (stack + unit - 1) / unit * unit);
    if (!failed) {
        // A thread begins with the signal mask of its creator; signals are for the main thread.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        failed = pthread_create(out, &attr, fn, payload);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attr);
    if (failed)
        return flow_error_errno(err, failed, "cannot start a thread");
    return 0;
}
