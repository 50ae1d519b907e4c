// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>

#include "flow/ui/census.h"
#include "flow/ui/option.h"
#include "flow/ui/progress.h"
#include "flow/ui/table.h"
#include "oom.h"
#include "unit.h"

static int parse(void *payload, struct flow_error *err)
{
    (void)payload;
    struct flow_strv list;
    struct flow_option_result result;
    char words[][20] = {"x", "--one", "a", "-o", "b", "c"};
    char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5], NULL};
    const struct flow_option options[] = {
        {FLOW_OPTION_LIST('o', "one", "WORD", &list, "a word")},
        {FLOW_OPTION_END},
    };
    flow_strv_init(&list);
    int status = flow_option_parse(options, false, 6, argv, &result, err);
    flow_strv_release(&list);
    return status;
}

static void test_options(void **state)
{
    (void)state;
    oom_each(parse, NULL);
}

struct table_case {
    enum flow_table_form form;
    FILE *to;
};

static int print_table(void *payload, struct flow_error *err)
{
    static const struct flow_column columns[] = {{"unit", FLOW_COLUMN_TEXT, 0},
                                                 {"lines", FLOW_COLUMN_INT, 0}};
    struct table_case *c = payload;
    struct flow_table *table;
    if (flow_table_new(&table, c->to, c->form, 20, columns, 2, err) != 0)
        return -1;
    for (int i = 0; i < 5; i++) {
        flow_table_text(table, "a name\tthat is not short");
        flow_table_int(table, i);
        flow_table_row(table);
    }
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

static void test_tables(void **state)
{
    (void)state;
    FILE *to = fopen("/dev/null", "w");
    assert_non_null(to);
    for (int form = FLOW_TABLE_TSV; form <= FLOW_TABLE_JSON; form++) {
        struct table_case c = {(enum flow_table_form)form, to};
        oom_each(print_table, &c);
    }
    fclose(to);
}

static int take_census(void *payload, struct flow_error *err)
{
    struct flow_census census;
    flow_census_init(&census);
    flow_census_count(&census, "accepted", 3, NULL);
    flow_census_left_out(&census, "a.c", "too large");
    int result = flow_census_print(&census, "port", payload, err);
    flow_census_release(&census);
    return result;
}

static void test_census(void **state)
{
    (void)state;
    FILE *to = fopen("/dev/null", "w");
    assert_non_null(to);
    oom_each(take_census, to);
    fclose(to);
}

static int progress(void *payload, struct flow_error *err)
{
    struct flow_progress *progress;
    if (flow_progress_new(&progress, payload, false, err) != 0)
        return -1;
    flow_progress_status(progress, "status");
    flow_progress_note(progress, "note");
    flow_progress_free(progress);
    return 0;
}

static void test_progress_goes_on(void **state)
{
    (void)state;
    FILE *to = fopen("/dev/null", "w");
    assert_non_null(to);
    oom_each_lenient(progress, to);
    fclose(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_census),
        cmocka_unit_test(test_progress_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
