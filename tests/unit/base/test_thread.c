// SPDX-License-Identifier: MIT
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "flow/base/thread.h"
#include "unit.h"

static void test_cores(void **state)
{
    (void)state;
    assert_in_range(flow_thread_cores(), 1, 1 << 16);
}

enum { ITEMS = 2000, WORKERS = 8 };

struct count {
    atomic_uint seen[ITEMS];
    atomic_uint calls;
    unsigned workers;
    size_t fail_at, also_fail_at;
};

static int count_item(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct count *count = payload;
    atomic_fetch_add(&count->calls, 1);
    atomic_fetch_add(&count->seen[item], 1);
    if (worker >= count->workers)
        return flow_error_set(err, FLOW_E_INTERNAL, "worker %u", worker);
    if (item == count->fail_at || item == count->also_fail_at)
        return flow_error_set(err, FLOW_E_ENV, "item %zu", item);
    return 0;
}

static void test_each_item_once(void **state)
{
    (void)state;
    static const unsigned workers[] = {1, 2, WORKERS};
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct count count = {.workers = workers[w], .fail_at = SIZE_MAX, .also_fail_at = SIZE_MAX};
        assert_ok(flow_thread_each(workers[w], ITEMS, count_item, &count, &err), &err);
        for (size_t i = 0; i < ITEMS; i++)
            assert_int_equal(atomic_load(&count.seen[i]), 1);
    }
}

static void test_each_with_few_items(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct count count = {.workers = 2, .fail_at = SIZE_MAX, .also_fail_at = SIZE_MAX};
    assert_ok(flow_thread_each(100, 0, count_item, &count, &err), &err);
    assert_int_equal(atomic_load(&count.calls), 0);
    assert_ok(flow_thread_each(100, 2, count_item, &count, &err), &err);
    assert_int_equal(atomic_load(&count.calls), 2);
    count.workers = 1 << 16;
    assert_ok(flow_thread_each(0, ITEMS, count_item, &count, &err), &err);
    assert_int_equal(atomic_load(&count.calls), ITEMS + 2);
}

static void test_each_stops_at_the_first_failure(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct count count = {.workers = 1, .fail_at = 10, .also_fail_at = SIZE_MAX};
    assert_err(flow_thread_each(1, ITEMS, count_item, &count, &err), &err, FLOW_E_ENV);
    assert_string_equal(err.message, "item 10");
    assert_int_equal(atomic_load(&count.calls), 11);
    assert_int_equal(flow_thread_each(1, ITEMS, count_item, &count, NULL), -1);
}

static pthread_barrier_t barrier;

static int fail_together(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    (void)payload;
    (void)worker;
    pthread_barrier_wait(&barrier);
    return flow_error_set(err, FLOW_E_ENV, "item %zu", item);
}

static void test_each_returns_the_failure_of_the_lowest_item(void **state)
{
    (void)state;
    for (int round = 0; round < 50; round++) {
        struct flow_error err = FLOW_ERROR_INIT;
        // All items are at work before the first of them fails.
        pthread_barrier_init(&barrier, NULL, WORKERS);
        assert_err(flow_thread_each(WORKERS, WORKERS, fail_together, NULL, &err), &err, FLOW_E_ENV);
        assert_string_equal(err.message, "item 0");
        pthread_barrier_destroy(&barrier);
    }
}

struct probe {
    size_t stack;
    int blocked;
};

static void *look_around(void *arg)
{
    struct probe *probe = arg;
    char block[200 << 10];
    // The stack holds as much as was asked for.
    memset(block, 1, sizeof block);
    probe->stack = (size_t)block[sizeof block - 1] * sizeof block;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    probe->blocked = sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD);
    return NULL;
}

static void *nothing(void *arg)
{
    return arg;
}

static void test_start(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct probe probe = {0};
    pthread_t thread;
    assert_ok(flow_thread_start(&thread, FLOW_THREAD_AGENT_STACK, look_around, &probe, &err), &err);
    pthread_join(thread, NULL);
    assert_int_equal(probe.stack, 200 << 10);
    assert_true(probe.blocked);
    // Ours is as it was.
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    assert_false(sigismember(&mask, SIGINT));
    // Less than the minimum, and no multiple of a page.
    assert_ok(flow_thread_start(&thread, 1, nothing, NULL, &err), &err);
    pthread_join(thread, NULL);
    assert_ok(flow_thread_start(&thread, 100001, nothing, NULL, &err), &err);
    pthread_join(thread, NULL);
    assert_err(flow_thread_start(&thread, SIZE_MAX / 2, nothing, NULL, &err), &err, FLOW_E_ENV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cores),
        cmocka_unit_test(test_each_item_once),
        cmocka_unit_test(test_each_with_few_items),
        cmocka_unit_test(test_each_stops_at_the_first_failure),
        cmocka_unit_test(test_each_returns_the_failure_of_the_lowest_item),
        cmocka_unit_test(test_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
