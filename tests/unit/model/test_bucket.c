// SPDX-License-Identifier: MIT
#include <string.h>

#include "bucket.h"
#include "flow/base/time.h"
#include "unit.h"

static const struct flow_prefixes no_prefix;

// Whether that stopped the bucket, which was not stopped before.
static bool end_with(struct flow_place *place, enum flow_fault_kind kind, double wait)
{
    struct flow_fault fault;
    struct flow_hold hold = {0};
    bool begins;

    flow_fault_init(&fault);
    fault.kind = kind;
    fault.wait = wait;
    flow_buf_puts(&fault.message, "why");
    begins = flow_place_give(place, &fault, &hold);
    assert_int_equal(begins, hold.seconds > 0);
    assert_int_equal(begins, strstr(hold.reason, "why") != NULL);
    flow_fault_release(&fault);
    return begins;
}

static unsigned places(struct flow_bucket *bucket)
{
    struct flow_models_load load = {0};

    flow_bucket_load(bucket, &load);
    return load.places;
}

static void take(struct flow_bucket *bucket, const struct flow_prefixes *prefixes, struct flow_place *place)
{
    assert_int_equal(flow_bucket_take(bucket, prefixes, NULL, place, NULL), 0);
}

static void test_places_grow_by_one_for_each_success(void **state)
{
    struct flow_bucket bucket;
    struct flow_place place;

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    assert_int_equal(places(&bucket), FLOW_PLACES_FIRST);
    for (int i = 0; i < 5; i++) {
        take(&bucket, &no_prefix, &place);
        end_with(&place, FLOW_FAULT_NONE, -1);
    }
    assert_int_equal(places(&bucket), FLOW_PLACES_FIRST + 5);
    for (int i = 0; i < FLOW_PLACES_MAX; i++) {
        take(&bucket, &no_prefix, &place);
        end_with(&place, FLOW_FAULT_NONE, -1);
    }
    assert_int_equal(places(&bucket), FLOW_PLACES_MAX);
    flow_bucket_release(&bucket);
}

static void test_a_hold_begins_once(void **state)
{
    struct flow_bucket bucket;
    struct flow_place out[4];

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    for (size_t i = 0; i < 4; i++)
        take(&bucket, &no_prefix, &out[i]);
    assert_false(end_with(&out[0], FLOW_FAULT_NONE, -1));
    assert_true(end_with(&out[1], FLOW_FAULT_THROTTLE, 0.05));
    // The same one, made longer.
    assert_false(end_with(&out[2], FLOW_FAULT_OVERLOAD, 0.1));
    assert_false(end_with(&out[3], FLOW_FAULT_NONE, -1));
    // Waits for its end.
    take(&bucket, &no_prefix, &out[0]);
    assert_true(end_with(&out[0], FLOW_FAULT_THROTTLE, 0.05));
    flow_bucket_release(&bucket);
}

static void test_a_burst_of_throttles_shrinks_once(void **state)
{
    struct flow_bucket bucket;
    struct flow_place out[10];

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    for (int i = 0; i < 10; i++)
        take(&bucket, &no_prefix, &out[i]);
    for (int i = 0; i < 10; i++)
        end_with(&out[i], FLOW_FAULT_THROTTLE, 0);
    // Of the ten that were out, six tenths are left, whatever the places were.
    assert_int_equal(places(&bucket), 6);
    // From now on growth takes as many successes as there are places.
    for (int i = 0; i < 6; i++) {
        take(&bucket, &no_prefix, &out[0]);
        end_with(&out[0], FLOW_FAULT_NONE, -1);
    }
    assert_in_range(places(&bucket), 6, 7);
    flow_bucket_release(&bucket);
}

static void test_places_never_fall_below_one(void **state)
{
    struct flow_bucket bucket;
    struct flow_place place;

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    for (int i = 0; i < 20; i++) {
        take(&bucket, &no_prefix, &place);
        end_with(&place, FLOW_FAULT_OVERLOAD, 0);
    }
    assert_int_equal(places(&bucket), 1);
    flow_bucket_release(&bucket);
}

static void test_a_throttle_stops_the_bucket_for_everybody(void **state)
{
    struct flow_models_load load = {0};
    struct flow_bucket bucket;
    struct flow_place place;
    atomic_bool cancel;

    (void)state;
    atomic_init(&cancel, false);
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    take(&bucket, &no_prefix, &place);
    end_with(&place, FLOW_FAULT_THROTTLE, 500);
    flow_bucket_load(&bucket, &load);
    assert_in_range(load.stopped_until_ms, flow_time_wall_ms() + 400000, flow_time_wall_ms() + 500000);
    assert_string_equal(load.reason, "throttled: why");
    // Nobody gets through but who gives up.
    atomic_store(&cancel, true);
    assert_int_equal(flow_bucket_take(&bucket, &no_prefix, &cancel, &place, NULL), -1);
    flow_bucket_release(&bucket);
}

// The n-th wait is its base doubled n times, less up to a quarter, and never more than a cap.
static void throttle_and_check(struct flow_bucket *bucket, enum flow_fault_kind kind, double base,
                               double most)
{
    struct flow_place place;
    double before, after;

    take(bucket, &no_prefix, &place);
    before = flow_time_mono();
    end_with(&place, kind, -1);
    after = flow_time_mono();
    base = base < most ? base : most;
    assert_true(bucket->stopped_until >= before + base * 0.75);
    assert_true(bucket->stopped_until <= after + base);
    bucket->stopped_until = 0;
}

static void test_waits_double_until_a_success(void **state)
{
    struct flow_bucket bucket;
    struct flow_place place;

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    for (unsigned i = 0; i < 12; i++)
        throttle_and_check(&bucket, FLOW_FAULT_THROTTLE, 1u << i, 60);
    take(&bucket, &no_prefix, &place);
    end_with(&place, FLOW_FAULT_NONE, -1);
    throttle_and_check(&bucket, FLOW_FAULT_THROTTLE, 1, 60);
    take(&bucket, &no_prefix, &place);
    end_with(&place, FLOW_FAULT_NONE, -1);
    for (unsigned i = 0; i < 12; i++)
        throttle_and_check(&bucket, FLOW_FAULT_OVERLOAD, 5 * (1u << i), 120);
    flow_bucket_release(&bucket);
}

/* A second call with the same prefix, in a thread of its own. */
struct follower {
    struct flow_bucket *bucket;
    const struct flow_prefixes *prefixes;
    struct flow_place place;
    pthread_t thread;
};

static void *follow(void *payload)
{
    struct follower *f = payload;

    flow_bucket_take(f->bucket, f->prefixes, NULL, &f->place, NULL);
    return NULL;
}

static void start_following(struct follower *f, struct flow_bucket *bucket,
                            const struct flow_prefixes *prefixes)
{
    struct flow_models_load load;

    *f = (struct follower){.bucket = bucket, .prefixes = prefixes};
    assert_int_equal(pthread_create(&f->thread, NULL, follow, f), 0);
    do {
        load = (struct flow_models_load){0};
        flow_bucket_load(bucket, &load);
    } while (load.waiting == 0);
}

static unsigned in_flight(struct flow_bucket *bucket)
{
    struct flow_models_load load = {0};

    flow_bucket_load(bucket, &load);
    return load.in_flight;
}

static void test_the_first_of_a_prefix_leads_until_its_answer_begins(void **state)
{
    const struct flow_prefixes guide = {.hash = {1}, .count = 1}, both = {.hash = {1, 2}, .count = 2};
    struct flow_bucket bucket;
    struct flow_place lead, other;
    struct follower follower;

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    take(&bucket, &guide, &lead);
    start_following(&follower, &bucket, &both);
    // Whoever has nothing in common with it goes on.
    take(&bucket, &no_prefix, &other);
    end_with(&other, FLOW_FAULT_NONE, -1);
    assert_int_equal(in_flight(&bucket), 1);
    flow_place_begun(&lead);
    pthread_join(follower.thread, NULL);
    assert_int_equal(in_flight(&bucket), 2);
    end_with(&lead, FLOW_FAULT_NONE, -1);
    end_with(&follower.place, FLOW_FAULT_NONE, -1);
    flow_bucket_release(&bucket);
}

static void test_a_lead_that_fails_is_taken_over(void **state)
{
    const struct flow_prefixes guide = {.hash = {1}, .count = 1};
    struct flow_bucket bucket;
    struct flow_place lead, third;
    struct follower follower;

    (void)state;
    assert_int_equal(flow_bucket_init(&bucket, NULL), 0);
    take(&bucket, &guide, &lead);
    start_following(&follower, &bucket, &guide);
    end_with(&lead, FLOW_FAULT_RETRY, -1);
    pthread_join(follower.thread, NULL);
    assert_true(follower.place.led);
    flow_place_begun(&follower.place);
    take(&bucket, &guide, &third);
    assert_false(third.led);
    end_with(&third, FLOW_FAULT_NONE, -1);
    end_with(&follower.place, FLOW_FAULT_NONE, -1);
    flow_bucket_release(&bucket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_grow_by_one_for_each_success),
        cmocka_unit_test(test_a_hold_begins_once),
        cmocka_unit_test(test_a_burst_of_throttles_shrinks_once),
        cmocka_unit_test(test_places_never_fall_below_one),
        cmocka_unit_test(test_a_throttle_stops_the_bucket_for_everybody),
        cmocka_unit_test(test_waits_double_until_a_success),
        cmocka_unit_test(test_the_first_of_a_prefix_leads_until_its_answer_begins),
        cmocka_unit_test(test_a_lead_that_fails_is_taken_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
