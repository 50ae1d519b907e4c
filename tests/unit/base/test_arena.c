// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/arena.h"
#include "unit.h"

static void assert_zero(const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(data[i], 0);
}

static void test_memory_is_zero_aligned_and_apart(void **state)
{
    (void)state;
    struct flow_arena arena;
    flow_arena_init(&arena);
    char *all[300];
    for (size_t i = 0; i < 300; i++) {
        all[i] = flow_arena_alloc(&arena, i * 7);
        assert_non_null(all[i]);
        assert_int_equal((uintptr_t)all[i] % _Alignof(max_align_t), 0);
        assert_zero(all[i], i * 7);
        memset(all[i], (int)(i & 0x3f) + 1, i * 7);
    }
    for (size_t i = 0; i < 300; i++) {
        for (size_t n = 0; n < i * 7; n++)
            assert_int_equal(all[i][n], (int)(i & 0x3f) + 1);
    }
    assert_int_equal(arena.used, 7 * 299 * 300 / 2);
    flow_arena_release(&arena);
}

static void test_large_pieces_leave_the_small_block_in_use(void **state)
{
    (void)state;
    struct flow_arena arena;
    flow_arena_init(&arena);
    char *before = flow_arena_alloc(&arena, 16);
    assert_non_null(flow_arena_alloc(&arena, (size_t)4 << 20));
    char *after = flow_arena_alloc(&arena, 16);
    assert_ptr_equal(after, before + 16);
    flow_arena_release(&arena);
}

static void test_clear_gives_zeroed_memory_again(void **state)
{
    (void)state;
    struct flow_arena arena;
    flow_arena_init(&arena);
    flow_arena_clear(&arena);
    for (int round = 0; round < 3; round++) {
        char *data = flow_arena_alloc(&arena, 3000);
        assert_zero(data, 3000);
        memset(data, 'x', 3000);
        assert_non_null(flow_arena_alloc(&arena, 10000));
        flow_arena_clear(&arena);
        assert_int_equal(arena.used, 0);
    }
    flow_arena_release(&arena);
}

static void test_strings(void **state)
{
    (void)state;
    struct flow_arena arena;
    flow_arena_init(&arena);
    assert_string_equal(flow_arena_str(&arena, "text"), "text");
    assert_string_equal(flow_arena_str(&arena, ""), "");
    assert_string_equal(flow_arena_strn(&arena, "text", 2), "te");
    flow_arena_release(&arena);
}

static void test_sizes_that_overflow(void **state)
{
    (void)state;
    struct flow_arena arena;
    flow_arena_init(&arena);
    assert_null(flow_arena_alloc(&arena, SIZE_MAX));
    assert_null(flow_arena_alloc(&arena, SIZE_MAX - 24));
    assert_null(flow_arena_strn(&arena, "", SIZE_MAX));
    flow_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zero_aligned_and_apart),
        cmocka_unit_test(test_large_pieces_leave_the_small_block_in_use),
        cmocka_unit_test(test_clear_gives_zeroed_memory_again),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_sizes_that_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
