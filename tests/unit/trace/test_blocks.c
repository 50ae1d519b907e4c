// SPDX-License-Identifier: MIT
// The tree of blocks against a plain list of them, in an order that is the same each time.
#include "blocks.h"
#include "unit.h"

#define SLOTS 500

static uint32_t state = 1;

static uint32_t next(uint32_t below)
{
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
}

// Each slot is a place of 100 bytes, which a block of some of them may take.
static uintptr_t start_of(size_t slot)
{
    return 0x10000 + slot * 100;
}

static void check(const trace_index *there, const size_t *sizes)
{
    uintptr_t address = 0x10000 + next(SLOTS * 100);
    size_t slot = (address - 0x10000) / 100, offset = (address - 0x10000) % 100;
    assert_int_equal(trace_block_around(address), offset < sizes[slot] ? there[slot] : 0);
    assert_int_equal(trace_block_starting(address), offset == 0 ? there[slot] : 0);
}

static void test_blocks_are_found_by_any_address_in_them(void **unused)
{
    (void)unused;
    trace_index there[SLOTS] = {0};
    size_t sizes[SLOTS] = {0};
    for (int round = 0; round < 20000; round++) {
        size_t slot = next(SLOTS);
        if (there[slot]) {
            trace_block_detach(there[slot]);
            trace_block_forget(there[slot]);
            there[slot] = 0;
            sizes[slot] = 0;
        } else {
            sizes[slot] = 1 + next(100);
            there[slot] = trace_block_add(start_of(slot), sizes[slot]);
            assert_int_not_equal(there[slot], 0);
        }
        check(there, sizes);
    }
    for (size_t slot = 0; slot < SLOTS; slot++) {
        assert_int_equal(trace_block_starting(start_of(slot)), there[slot]);
        if (!there[slot])
            continue;
        trace_block_detach(there[slot]);
        trace_block_forget(there[slot]);
    }
    assert_int_equal(trace_block_around(start_of(7)), 0);
}

static void test_a_hold_is_found_by_its_place_and_by_both_blocks(void **unused)
{
    (void)unused;
    trace_index holder = trace_block_add(0x1000, 64), block = trace_block_add(0x2000, 8);
    trace_index first = trace_hold_add(block, 0x1008, 1, 0), second = trace_hold_add(block, 0x1010, 2, 0);
    trace_index outside = trace_hold_add(block, 0x9000, 3, 0), nowhere = trace_hold_add(block, 0, 4, 0);
    assert_int_equal(trace_hold_of(0x1008), first);
    assert_int_equal(trace_hold_of(0x9000), outside);
    assert_int_equal(trace_hold_at(second)->holder, holder);
    assert_int_equal(trace_hold_at(outside)->holder, 0);
    assert_int_equal(trace_block_at(block)->held, nowhere);
    assert_int_equal(trace_block_at(holder)->inside, second);
    // Those that are left are still led to.
    trace_hold_end(second, TRACE_OUTLIVED);
    assert_int_equal(trace_hold_of(0x1010), 0);
    assert_int_equal(trace_block_at(holder)->inside, first);
    assert_int_equal(trace_hold_at(second)->state, TRACE_OUTLIVED);
    trace_hold_move(first, 0x3008);
    assert_int_equal(trace_hold_of(0x1008), 0);
    assert_int_equal(trace_hold_of(0x3008), first);
    trace_block_detach(block);
    trace_block_forget(block);
    assert_int_equal(trace_hold_of(0x3008), 0);
    assert_int_equal(trace_hold_of(0x9000), 0);
    assert_int_equal(trace_block_at(holder)->inside, 0);
    trace_block_detach(holder);
    trace_block_forget(holder);
}

static int open_blocks(void **unused)
{
    (void)unused;
    return trace_blocks_open() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_found_by_any_address_in_them),
        cmocka_unit_test(test_a_hold_is_found_by_its_place_and_by_both_blocks),
    };
    return cmocka_run_group_tests(tests, open_blocks, NULL);
}
