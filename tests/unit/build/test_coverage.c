// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/coverage.h"
#include "golden.h"

static void put_all(struct flow_buf *out, const struct flow_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        const struct flow_covered_file *file = &coverage->files[i];
        flow_buf_printf(out, "%s%s: %zu of %zu lines, %zu of %zu functions\n  ", file->path,
                        file->outside ? " (outside)" : "", file->lines_run, file->line_count,
                        file->functions_run, file->function_count);
        for (size_t k = 0; k < file->line_count; k++)
            flow_buf_printf(out, " %u:%llu", file->lines[k].line, (unsigned long long)file->lines[k].times);
        flow_buf_putc(out, '\n');
        for (size_t k = 0; k < file->function_count; k++)
            flow_buf_printf(out, "  %u %s %llu\n", file->functions[k].line, file->functions[k].name,
                            (unsigned long long)file->functions[k].times);
    }
}

static void read_fixture(struct flow_coverage *coverage, const char *root, const char *name)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    golden_read(&text, name);
    assert_ok(flow_coverage_read(coverage, root, text.data, text.len, &err), &err);
    flow_buf_release(&text);
}

static void check_as(const struct flow_coverage *coverage, const char *name)
{
    struct flow_buf got;
    flow_buf_init(&got, FLOW_BUF_TEXT);
    put_all(&got, coverage);
    golden_check(&got, name);
    flow_buf_release(&got);
}

// Two data files of gcov, made in two folders, tell of one header.
static void test_gcov(void **state)
{
    struct flow_coverage coverage;
    (void)state;
    flow_coverage_init(&coverage);
    read_fixture(&coverage, "/build", "coverage/gcov.json");
    read_fixture(&coverage, "/build", "coverage/ring.json");
    check_as(&coverage, "coverage/gcov.json");
    const struct flow_covered_file *header = flow_coverage_file(&coverage, "ring.h");
    assert_non_null(header);
    assert_int_equal(header->lines[0].times, 4);
    assert_int_equal(header->function_count, 1);
    assert_int_equal(header->functions[0].times, 4);
    assert_null(flow_coverage_file(&coverage, "ring"));
    flow_coverage_release(&coverage);
}

static void test_lcov(void **state)
{
    struct flow_coverage coverage;
    (void)state;
    flow_coverage_init(&coverage);
    read_fixture(&coverage, "/build", "coverage/llvm.info");
    check_as(&coverage, "coverage/llvm.info");
    flow_coverage_release(&coverage);
    flow_coverage_init(&coverage);
    read_fixture(&coverage, "/build/sub", "coverage/llvm.info");
    assert_non_null(flow_coverage_file(&coverage, "ring.c"));
    assert_true(flow_coverage_file(&coverage, "/build/ring.h")->outside);
    flow_coverage_release(&coverage);
}

static int read_text(struct flow_coverage *coverage, const char *text, struct flow_error *err)
{
    flow_coverage_init(coverage);
    return flow_coverage_read(coverage, "/build", text, strlen(text), err);
}

static void test_other_lines_are_passed_over(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_coverage coverage;
    (void)state;
    assert_ok(read_text(&coverage,
                        "make: nothing to be done\n{\"event\": \"ok\"}\n{not json\nDA:1,1\nTN:\r\n"
                        "SF:a.c\r\nFN:3,9,with_end\nFN:12,plain\nFNDA:2,plain\nDA:3,0\nDA:4,-1\n"
                        "DA:12,18446744073709551615,checksum\nDA:12,7\nsaid a test\nend_of_record\nok\n",
                        &err),
              &err);
    assert_int_equal(coverage.count, 1);
    const struct flow_covered_file *file = &coverage.files[0];
    assert_string_equal(file->path, "a.c");
    assert_int_equal(file->line_count, 3);
    assert_int_equal(file->lines_run, 1);
    assert_true(file->lines[2].times > 1000);
    assert_string_equal(file->functions[0].name, "with_end");
    assert_int_equal(file->functions[1].times, 2);
    flow_coverage_release(&coverage);
}

// Half a record would make of lines that ran lines that did not.
static void test_what_is_cut_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"SF:a.c\nDA:1,1\n", "line 2 of the coverage: it ends inside of a record"},
        {"SF:a.c\nSF:b.c\nend_of_record\n", "has not ended"},
        {"SF:\nend_of_record\n", "names no file"},
        {"SF:a.c\nDA:0,1\nend_of_record\n", "DA is not"},
        {"SF:a.c\nDA:1\nend_of_record\n", "DA is not"},
        {"SF:a.c\nDA:1,x\nend_of_record\n", "DA is not"},
        {"SF:a.c\nDA:4294967296,1\nend_of_record\n", "DA is not"},
        {"SF:a.c\nFN:f\nend_of_record\n", "FN is not"},
        {"SF:a.c\nFNDA:f\nend_of_record\n", "FNDA is not"},
        {"SF:a.c\nFNDA:1,f\nend_of_record\n", "no FN before"},
        {"ok\n{\"gcc_version\": \"12\", \"files\": [{\"li", "line 2 of the coverage"},
        {"{\"gcc_version\": \"12\"}", "names no files"},
        {"{\"gcc_version\": \"12\", \"files\": [{\"lines\": []}]}", "without its lines"},
        {"{\"gcc_version\": \"12\", \"files\": [{\"file\": \"a.c\"}]}", "without its lines"},
        {"{\"gcc_version\": \"12\", \"files\": [{\"file\": \"a.c\", \"lines\": [{\"line_number\": 1}]}]}",
         "number or count"},
        {"{\"gcc_version\": \"12\", \"files\": [{\"file\": \"a.c\", \"lines\": [], \"functions\": [{}]}]}",
         "name or count"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_coverage coverage;
        assert_int_equal(read_text(&coverage, bad[i].text, &err), -1);
        assert_int_equal(err.code, FLOW_E_INVALID);
        if (!strstr(err.message, bad[i].why))
            fail_msg("%zu: %s", i, err.message);
        flow_coverage_release(&coverage);
    }
}

// Only what llvm puts before a name goes.
static void test_names(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_coverage coverage;
    (void)state;
    assert_ok(read_text(&coverage,
                        "SF:a.cc\nFN:1,a.cc:own\nFN:2,space::name(std::string)\nFN:3,odd:\nend_of_record\n",
                        &err),
              &err);
    assert_string_equal(coverage.files[0].functions[0].name, "own");
    assert_string_equal(coverage.files[0].functions[1].name, "space::name(std::string)");
    assert_string_equal(coverage.files[0].functions[2].name, "odd:");
    flow_coverage_release(&coverage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gcov),
        cmocka_unit_test(test_lcov),
        cmocka_unit_test(test_other_lines_are_passed_over),
        cmocka_unit_test(test_what_is_cut_is_refused),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
