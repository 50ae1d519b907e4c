// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/ui/table.h"
#include "unit.h"

static const struct flow_column columns[] = {
    {"unit", FLOW_COLUMN_TEXT, 0},  {"lines", FLOW_COLUMN_INT, 0}, {"cost", FLOW_COLUMN_DECIMAL, 2},
    {"cycle", FLOW_COLUMN_BOOL, 0}, {"note", FLOW_COLUMN_TEXT, 0},
};
#define COLUMNS (sizeof columns / sizeof *columns)

// A table over a stream in memory.
struct fixture {
    char *text;
    size_t size;
    FILE *to;
    struct flow_table *table;
    struct flow_error err;
};

static void begin(struct fixture *f, enum flow_table_form form, unsigned width)
{
    *f = (struct fixture){0};
    f->to = open_memstream(&f->text, &f->size);
    assert_non_null(f->to);
    assert_ok(flow_table_new(&f->table, f->to, form, width, columns, COLUMNS, &f->err), &f->err);
}

static void row(struct fixture *f, const char *unit, int64_t lines, double cost, bool cycle, const char *note)
{
    flow_table_text(f->table, unit);
    flow_table_int(f->table, lines);
    flow_table_decimal(f->table, cost);
    flow_table_bool(f->table, cycle);
    flow_table_text(f->table, note);
    flow_table_row(f->table);
}

static void end(struct fixture *f, const char *want)
{
    assert_ok(flow_table_close(f->table, &f->err), &f->err);
    flow_table_free(f->table);
    assert_int_equal(fclose(f->to), 0);
    assert_string_equal(f->text, want);
    free(f->text);
}

static void test_tsv(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_TSV, 0);
    row(&f, "src/a.c", 120, 0.125, true, "x");
    row(&f, "odd\tna\\me\n\xff", -1, 3, false, NULL);
    end(&f, "unit\tlines\tcost\tcycle\tnote\n"
            "src/a.c\t120\t0.12\tyes\tx\n"
            "odd\\tna\\\\me\\n\\xff\t-1\t3.00\tno\t\n");
}

static void test_header_without_rows(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_TSV, 0);
    end(&f, "unit\tlines\tcost\tcycle\tnote\n");
    begin(&f, FLOW_TABLE_JSON, 0);
    end(&f, "");
    begin(&f, FLOW_TABLE_ALIGNED, 0);
    end(&f, "unit  lines  cost  cycle  note\n");
}

static void test_json(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_JSON, 0);
    row(&f, "a\"b", 5000000000, 1.5, true, NULL);
    // What a record writes as \t and \\ is the same text here, inside a JSON string.
    row(&f, "odd\tna\\me\xff", 2, 0, false, "é");
    end(&f, "{\"unit\":\"a\\\"b\",\"lines\":5000000000,\"cost\":1.50,\"cycle\":true,\"note\":null}\n"
            "{\"unit\":\"odd\\\\tna\\\\\\\\me\\\\xff\",\"lines\":2,\"cost\":0.00,\"cycle\":false,\"note\":"
            "\"é\"}\n");
}

static void test_none_for_any_type(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_JSON, 0);
    for (size_t i = 0; i < COLUMNS; i++)
        flow_table_none(f.table);
    flow_table_row(f.table);
    end(&f, "{\"unit\":null,\"lines\":null,\"cost\":null,\"cycle\":null,\"note\":null}\n");
}

static void test_aligned(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 0);
    row(&f, "a.c", 5, 10, false, "short");
    row(&f, "größe.c", 12345678, 0.5, true, "");
    end(&f, "unit        lines   cost  cycle  note\n"
            "a.c             5  10.00  no     short\n"
            "größe.c  12345678   0.50  yes\n");
}

static void test_aligned_keeps_columns_behind_empty_cells(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 0);
    row(&f, "a.c", 1, 1, false, "x");
    for (size_t i = 0; i + 1 < COLUMNS; i++)
        flow_table_none(f.table);
    flow_table_text(f.table, "y");
    flow_table_row(f.table);
    end(&f, "unit  lines  cost  cycle  note\n"
            "a.c       1  1.00  no     x\n"
            "                          y\n");
}

static void test_aligned_cuts_the_widest_text(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 44);
    row(&f, "src/a.c", 5, 1, false, "a remark that is too long to fit");
    row(&f, "src/a.c", 5, 1, false, "a remark that is t\xc3\xb6\xc3\xb6");
    end(&f, "unit     lines  cost  cycle  note\n"
            "src/a.c      5  1.00  no     a remark that …\n"
            "src/a.c      5  1.00  no     a remark that …\n");
}

static void test_aligned_numbers_are_never_cut(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 26);
    row(&f, "src/module.c", 123456789, 1, false, "n");
    end(&f, "unit              lines  …\n"
            "src/module.c  123456789\n");
}

static void test_aligned_leaves_out_columns_before_it_cuts_the_first_one(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 40);
    row(&f, "src/a/folder/module.c", 5, 1, false, "a remark");
    row(&f, "src/another/folder/with/a/long/name.c", 5, 1, false, "a remark");
    end(&f, "unit                      lines  cost  …\n"
            "src/a/folder/module.c         5  1.00\n"
            "src/another/folder/with…      5  1.00\n");
    begin(&f, FLOW_TABLE_ALIGNED, 16);
    row(&f, "src/another/folder/with/a/long/name.c", 5, 1, false, "a remark");
    end(&f, "unit           …\n"
            "src/another/…\n");
}

static void test_aligned_shows_no_control_characters(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 0);
    row(&f, "a\033[2Jb", 1, 1, false, "");
    assert_ok(flow_table_close(f.table, &f.err), &f.err);
    flow_table_free(f.table);
    assert_int_equal(fclose(f.to), 0);
    assert_null(strchr(f.text, '\033'));
    assert_non_null(strstr(f.text, "a\\x1b[2Jb"));
    free(f.text);
}

static void test_aligned_streams_after_many_rows(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_ALIGNED, 0);
    for (int i = 0; i < 1000; i++)
        row(&f, "a.c", i, 0, false, "");
    fflush(f.to);
    assert_int_not_equal(f.size, 0);
    size_t before = f.size;
    row(&f, "longer-than-all-before.c", 1, 0, false, "");
    fflush(f.to);
    assert_true(f.size > before);
    // Its text is cut to the width that was settled, its neighbours stay in their columns.
    assert_non_null(strstr(f.text, "\nlon…      1  0.00  no\n"));
    assert_ok(flow_table_close(f.table, &f.err), &f.err);
    flow_table_free(f.table);
    fclose(f.to);
    free(f.text);
}

static void wrong(struct fixture *f)
{
    assert_err(flow_table_close(f->table, &f->err), &f->err, FLOW_E_INTERNAL);
    flow_table_free(f->table);
    fclose(f->to);
    free(f->text);
}

static void test_cells_must_fit_the_columns(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, FLOW_TABLE_TSV, 0);
    flow_table_int(f.table, 1);
    wrong(&f);

    begin(&f, FLOW_TABLE_TSV, 0);
    flow_table_text(f.table, "a");
    flow_table_row(f.table);
    wrong(&f);

    begin(&f, FLOW_TABLE_JSON, 0);
    for (size_t i = 0; i <= COLUMNS; i++)
        flow_table_none(f.table);
    wrong(&f);

    begin(&f, FLOW_TABLE_ALIGNED, 0);
    flow_table_text(f.table, "a");
    wrong(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tsv),
        cmocka_unit_test(test_header_without_rows),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_none_for_any_type),
        cmocka_unit_test(test_aligned),
        cmocka_unit_test(test_aligned_keeps_columns_behind_empty_cells),
        cmocka_unit_test(test_aligned_cuts_the_widest_text),
        cmocka_unit_test(test_aligned_numbers_are_never_cut),
        cmocka_unit_test(test_aligned_leaves_out_columns_before_it_cuts_the_first_one),
        cmocka_unit_test(test_aligned_shows_no_control_characters),
        cmocka_unit_test(test_aligned_streams_after_many_rows),
        cmocka_unit_test(test_cells_must_fit_the_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
