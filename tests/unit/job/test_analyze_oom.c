// SPDX-License-Identifier: MIT
#include "analyze_rules.h"
#include "analyze_tree.h"
#include "oom.h"
#include "unit.h"

static struct flow_languages *languages;

static int load(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_languages_load(&languages, &err), &err);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    flow_languages_free(languages);
    return 0;
}

static int look_up(void *payload, struct flow_error *err)
{
    struct flow_entry entries[] = {{.path = "a/b/c.h"}, {.path = "a/d/c.h"}, {.path = "e"}};
    const struct flow_snapshot snapshot = {.entries = entries, .count = 3};
    struct tree tree;
    (void)payload;
    if (tree_init(&tree, &snapshot, err) != 0)
        return -1;
    tree_release(&tree);
    return 0;
}

static void test_tree(void **state)
{
    (void)state;
    oom_each(look_up, NULL);
}

static int compile(void *payload, struct flow_error *err)
{
    struct import_rules rules;
    if (import_rules_init(&rules, flow_languages_named(languages, payload), err) != 0)
        return -1;
    import_rules_release(&rules);
    return 0;
}

static void test_rules(void **state)
{
    char zig[] = "zig", go[] = "go";
    (void)state;
    oom_each(compile, zig);
    oom_each(compile, go);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
