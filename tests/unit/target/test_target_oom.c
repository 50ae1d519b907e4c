// SPDX-License-Identifier: MIT
// Places, scaffold and formatter.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/target/target.h"
#include "folder.h"
#include "oom.h"
#include "unit.h"

struct fixture {
    struct flow_languages *languages;
    struct flow_config *config;
    const struct flow_language *from, *to;
};

static struct fixture fixture;

static int setup(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_languages_load(&fixture.languages, &err), &err);
    assert_ok(flow_config_new(&fixture.config, &err), &err);
    fixture.from = flow_languages_named(fixture.languages, "c");
    fixture.to = flow_languages_named(fixture.languages, "rust");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    flow_config_free(fixture.config);
    flow_languages_free(fixture.languages);
    return 0;
}

static int lay_out(void *payload, struct flow_error *err)
{
    static const struct flow_place_unit units[] = {
        {"src/main.c", "src/main.c", true, false},    {"src/type.c", "src/type.c", false, false},
        {"src/a-b.c", "src/a-b.c", false, false},     {"src/a_b.c", "src/a_b.c", false, false},
        {"src/c/d/e.c", "src/c/d/e.c", false, false}, {"c-abi://a.h", "a.h", false, true}};
    static const bool done[] = {true, true, true, false, true, true};
    struct flow_layout *layout = NULL;
    struct flow_scaffold scaffold = {0};
    struct flow_buf text;
    (void)payload;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result =
        flow_layout_new(&layout, fixture.from, fixture.to, fixture.config, units, 6, "My Sheet", err);
    if (result == 0)
        result = flow_layout_describe(layout, fixture.config, "src/type.c", &text, err) ||
                         flow_layout_describe(layout, fixture.config, "c-abi://a.h", &text, err)
                     ? -1
                     : 0;
    if (result == 0)
        result = flow_scaffold_make(&scaffold, layout, fixture.config, done, err);
    if (result == 0)
        assert_non_null(strstr(text.data, "`crate::type_`"));
    if (result == 0)
        assert_non_null(strstr(text.data, "layer of C ABI"));
    if (result == 0)
        flow_scaffold_release(&scaffold);
    flow_buf_release(&text);
    flow_layout_free(layout);
    return result;
}

static void test_layout(void **state)
{
    (void)state;
    oom_each(lay_out, NULL);
}

// A formatter of our own in PATH, whatever the machine has.
static int format(void *payload, struct flow_error *err)
{
    struct flow_buf out;
    (void)payload;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int result = flow_target_formatter(fixture.to, fixture.config, &out, err);
    if (result >= 0)
        result = flow_buf_check(&out, "command", err);
    if (result == 0)
        assert_string_equal(out.data, "rustfmt --edition 2021");
    flow_buf_clear(&out);
    if (result >= 0)
        result = flow_target_format(fixture.to, fixture.config, "x.rs", "fn main() {}\n", 13, &out, err);
    // That there was no memory for it is not that there is none, which would make another target.
    if (result >= 0) {
        assert_int_equal(result, 1);
        assert_string_equal(out.data, "fn main() {}\n");
    }
    flow_buf_release(&out);
    return result < 0 ? -1 : 0;
}

static void test_format(void **state)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "rustfmt", "#!/bin/sh\nexec cat\n");
    assert_int_equal(chmod(folder_path(state, &path, "rustfmt"), 0755), 0);
    flow_buf_clear(&path);
    flow_buf_printf(&path, "%s:%s", (char *)*state, getenv("PATH"));
    setenv("PATH", path.data, 1);
    flow_buf_release(&path);
    oom_each(format, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test_setup_teardown(test_format, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
