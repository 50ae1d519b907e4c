// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/profile.h"
#include "golden.h"

static bool has(const void *payload, const char *path)
{
    (void)payload;
    return strcmp(path, "copy.c") == 0 || strcmp(path, "main.c") == 0 || strcmp(path, "inlined.rs") == 0;
}

static const struct flow_profile_project project = {.root = "/build", .has = has};

static void check(const char *name)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_profile profile;
    struct flow_buf text, got;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&got, FLOW_BUF_TEXT);
    flow_profile_init(&profile);
    golden_read(&text, name);
    assert_ok(flow_profile_read(&profile, &project, text.data, text.len, &err), &err);
    flow_buf_printf(&got, "%llu\n", (unsigned long long)profile.total);
    for (size_t i = 0; i < profile.cost.count; i++) {
        const struct flow_covered_file *file = &profile.cost.files[i];
        flow_buf_printf(&got, "%s\n", file->path);
        for (size_t k = 0; k < file->line_count; k++)
            flow_buf_printf(&got, "  %u: %llu\n", file->lines[k].line,
                            (unsigned long long)file->lines[k].times);
    }
    golden_check(&got, name);
    flow_profile_release(&profile);
    flow_buf_release(&got);
    flow_buf_release(&text);
}

// What callgrind calls the summary is what we call the total, with and without addresses and jumps.
static void test_callgrind(void **state)
{
    (void)state;
    check("profile/callgrind.out");
    check("profile/callgrind-instr.out");
}

static void test_perf(void **state)
{
    (void)state;
    check("profile/perf.txt");
    check("profile/perf-flat.txt");
    check("profile/perf-inlined.txt");
}

static int read_text(struct flow_profile *profile, const char *text, struct flow_error *err)
{
    flow_profile_init(profile);
    return flow_profile_read(profile, &project, text, strlen(text), err);
}

// A function of the project that is called costs where it stands; one of a library where it is called.
static void test_callees(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_profile profile;
    (void)state;
    assert_ok(read_text(&profile,
                        "events: Ir Dr\nfl=(1) /build/main.c\nfn=(1) main\n3 5 1\ncalls=2 9\n4 100 7\n"
                        "cfi=(2) copy.c\ncalls=2 1\n5 200\ncfl=(3) /lib/a.c\ncalls=1 1\n* 400\n+1 7\n"
                        "fi=(3)\n7 1000\nfe=(1)\n-1\n",
                        &err),
              &err);
    assert_int_equal(profile.total, 1012);
    assert_int_equal(profile.cost.count, 2);
    const struct flow_covered_file *file = flow_coverage_file(&profile.cost, "main.c");
    assert_int_equal(file->line_count, 3);
    assert_int_equal(file->lines[0].times, 5);
    assert_int_equal(file->lines[1].line, 5);
    assert_int_equal(file->lines[1].times, 400);
    assert_int_equal(file->lines[2].times, 7);
    flow_profile_release(&profile);
}

static void test_what_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "names no lines"},
        {"prog 1 2.3: 5 cycles: \n\t1 f (/x)\n", "perf script -F +srcline --full-source-path"},
        {"events: Ir\nfl=(1)\n", "line 2 of the profile: a file is named by a number"},
        {"events: Ir\nfl=main.c\n+x 3\n", "without its line"},
        {"events: Ir\nfl=main.c\n-3 3\n", "without its line"},
        {"events: Ir\nfl=main.c\n4294967296 3\n", "without its line"},
        {"events: Ir\nfl=main.c\n4 3x\n", "no number"},
        {"positions: instr\nevents: Ir\n", "no lines: leave out --dump-line=no"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_profile profile;
        assert_int_equal(read_text(&profile, bad[i].text, &err), -1);
        assert_int_equal(err.code, FLOW_E_INVALID);
        if (!strstr(err.message, bad[i].why))
            fail_msg("%zu: %s", i, err.message);
        flow_profile_release(&profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callgrind),
        cmocka_unit_test(test_perf),
        cmocka_unit_test(test_callees),
        cmocka_unit_test(test_what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
