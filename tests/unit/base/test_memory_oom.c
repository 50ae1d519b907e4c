// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/map.h"
#include "flow/base/vec.h"
#include "oom.h"
#include "unit.h"

static int append(void *payload, struct flow_error *err)
{
    (void)payload;
    struct flow_buf buf;
    flow_buf_init(&buf, FLOW_BUF_TEXT);
    for (int i = 0; i < 200; i++)
        flow_buf_printf(&buf, "line %d\n", i);
    int result = flow_buf_check(&buf, "text", err);
    assert_true(result || buf.len == strlen(buf.data));
    char *text = flow_buf_detach(&buf);
    if (!text && result == 0)
        result = flow_error_nomem(err);
    free(text);
    return result;
}

static void test_buf(void **state)
{
    (void)state;
    oom_each(append, NULL);
}

static int list(void *payload, struct flow_error *err)
{
    (void)payload;
    int result = 0;
    struct flow_strv strings;
    flow_strv_init(&strings);
    for (int i = 0; i < 40 && result == 0; i++)
        result = flow_strv_add(&strings, "text", err);
    flow_strv_release(&strings);
    return result;
}

static void test_strv(void **state)
{
    (void)state;
    oom_each(list, NULL);
}

static int allocate(void *payload, struct flow_error *err)
{
    (void)payload;
    int result = 0;
    struct flow_arena arena;
    flow_arena_init(&arena);
    for (size_t size = 1; size < 50000 && result == 0; size *= 3) {
        char *text = flow_arena_alloc(&arena, size);
        if (text)
            memset(text, 'x', size);
        else
            result = flow_error_nomem(err);
    }
    flow_arena_release(&arena);
    return result;
}

static void test_arena(void **state)
{
    (void)state;
    oom_each(allocate, NULL);
}

// A key that could not be added leaves the map as it was, and it can be used further.
static int fill(void *payload, struct flow_error *err)
{
    (void)payload;
    int result = 0;
    struct flow_map *map = flow_map_new();
    if (!map)
        return flow_error_nomem(err);
    for (int i = 0; i < 500; i++) {
        char key[16];
        snprintf(key, sizeof key, "key %d", i);
        size_t before = flow_map_count(map);
        if (flow_map_set_num(map, key, i, err)) {
            result = -1;
            assert_int_equal(flow_map_count(map), before);
            assert_null(flow_map_get(map, key));
        } else {
            assert_int_equal(flow_map_get(map, key)->num, i);
        }
    }
    flow_map_free(map);
    return result;
}

static void test_map(void **state)
{
    (void)state;
    oom_each(fill, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf),
        cmocka_unit_test(test_strv),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
