// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/ui/option.h"
#include "unit.h"

#define ARGS_MAX 16

enum { GROUP_CONTROL = 1 };

struct args {
    bool fresh, json, pause, resume;
    const char *model;
    struct flow_strv include;
    long jobs;
    double budget;
    int how;
};

static const char *const hows[] = {"fast", "slow", NULL};

// Parses one command line, given as words separated by blanks, into args and operands.
struct parse {
    struct args args;
    struct flow_option_result result;
    struct flow_error err;
    int status;
    char text[200];
    char *argv[ARGS_MAX];
    int argc;
};

static void parse_as(struct parse *p, const char *line, bool options_first)
{
    *p = (struct parse){.args = {.jobs = 4, .how = -1}};
    struct args *a = &p->args;
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG('f', "fresh", &a->fresh, "do it again")},
        {FLOW_OPTION_TEXT('m', "model", "NAME", &a->model, "the model")},
        {FLOW_OPTION_LIST('I', "include", "GLOB", &a->include, "only these")},
        {FLOW_OPTION_JOBS(&a->jobs, "at once")},
        {FLOW_OPTION_DECIMAL(0, "budget", "USD", &a->budget, "at most")},
        {FLOW_OPTION_CHOICE(0, "how", "HOW", &a->how, hows, "in which way")},
        {FLOW_OPTION_FLAG(0, "pause", &a->pause, "pause"), .group = GROUP_CONTROL},
        {FLOW_OPTION_FLAG('r', "resume", &a->resume, "go on"), .group = GROUP_CONTROL},
        {FLOW_OPTION_JSON(&a->json)},
        {FLOW_OPTION_END},
    };
    flow_strv_init(&a->include);
    assert_true(strlen(line) < sizeof p->text);
    strcpy(p->text, line);
    for (char *save, *word = strtok_r(p->text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        p->argv[p->argc++] = word;
    p->status = flow_option_parse(options, options_first, p->argc, p->argv, &p->result, &p->err);
}

static void parse(struct parse *p, const char *line)
{
    parse_as(p, line, false);
}

static void refused(const char *line, const char *message)
{
    struct parse p;
    parse(&p, line);
    assert_int_equal(p.status, -1);
    assert_int_equal(p.err.code, FLOW_E_USAGE);
    assert_string_equal(p.err.message, message);
    flow_strv_release(&p.args.include);
}

static void test_kinds(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "x -f --model=a/b -I one --include two -j8 --budget 2.50 --how slow");
    assert_ok(p.status, &p.err);
    assert_true(p.args.fresh);
    assert_string_equal(p.args.model, "a/b");
    assert_int_equal(p.args.include.count, 2);
    assert_string_equal(p.args.include.items[1], "two");
    assert_int_equal(p.args.jobs, 8);
    assert_true(p.args.budget > 2.49 && p.args.budget < 2.51);
    assert_int_equal(p.args.how, 1);
    assert_false(p.args.json);
    flow_strv_release(&p.args.include);
}

static void test_what_is_not_given_stays(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "x");
    assert_ok(p.status, &p.err);
    assert_int_equal(p.args.jobs, 4);
    assert_int_equal(p.args.how, -1);
    assert_null(p.args.model);
    assert_int_equal(p.result.first, 1);
}

static void test_operands_anywhere(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "x one -f two --jobs 2 three");
    assert_ok(p.status, &p.err);
    assert_int_equal(p.argc - p.result.first, 3);
    assert_string_equal(p.argv[p.result.first], "one");
    assert_string_equal(p.argv[p.result.first + 2], "three");
    assert_int_equal(p.args.jobs, 2);

    parse(&p, "x -f -- -j --json");
    assert_ok(p.status, &p.err);
    assert_int_equal(p.argc - p.result.first, 2);
    assert_string_equal(p.argv[p.result.first], "-j");
    assert_false(p.args.json);

    parse(&p, "x - -f");
    assert_ok(p.status, &p.err);
    assert_string_equal(p.argv[p.result.first], "-");
}

static void test_options_first(void **state)
{
    (void)state;
    struct parse p;
    parse_as(&p, "x -f one --nothing -j 7", true);
    assert_ok(p.status, &p.err);
    assert_true(p.args.fresh);
    assert_int_equal(p.result.first, 2);
    assert_string_equal(p.argv[3], "--nothing");
    assert_int_equal(p.args.jobs, 4);
}

static void test_last_text_wins(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "x -m one -m two");
    assert_ok(p.status, &p.err);
    assert_string_equal(p.args.model, "two");
}

static void test_wrong_words(void **state)
{
    (void)state;
    refused("x --nothing", "unknown option '--nothing'");
    refused("x --nothing=5", "unknown option '--nothing'");
    refused("x -z", "unknown option '-z'");
    refused("x -fz", "unknown option '-z'");
    refused("x --fresh=yes", "option '--fresh' takes no value");
    refused("x --model", "option '--model' needs a value");
    refused("x -m", "option '-m' needs a value");
}

static void test_abbreviations_are_refused(void **state)
{
    (void)state;
    refused("x --fres", "unknown option '--fres'");
    refused("x --mod a", "unknown option '--mod'");
    refused("x --mod=a", "unknown option '--mod'");
    refused("x --hel", "unknown option '--hel'");
    refused("x --flow", "unknown option '--flow'");
}

static void test_values_out_of_range(void **state)
{
    (void)state;
    struct parse p;
    static const char *const lines[] = {"x -j 0", "x -j 4097", "x -j 3x",
                                        "x --jobs=", "x --jobs 99999999999999999999"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        parse(&p, lines[i]);
        assert_err(p.status, &p.err, FLOW_E_USAGE);
        assert_non_null(strstr(p.err.message, "--jobs"));
    }
    refused("x --budget -1", "--budget: '-1' is not a number such as 2.50");
    refused("x --budget 1e3", "--budget: '1e3' is not a number such as 2.50");
    refused("x --budget .", "--budget: '.' is not a number such as 2.50");
    refused("x --budget nan", "--budget: 'nan' is not a number such as 2.50");
    refused("x --how other", "--how: 'other' is none of fast, slow");
}

static void test_groups(void **state)
{
    (void)state;
    struct parse p;
    refused("x --pause -r", "'--pause' and '--resume' cannot be given together");
    parse(&p, "x --pause --pause --json");
    assert_ok(p.status, &p.err);
}

static void test_help_stops_parsing(void **state)
{
    (void)state;
    struct parse p;
    parse(&p, "x -h --nothing");
    assert_ok(p.status, &p.err);
    assert_true(p.result.help);
    parse(&p, "x --version --nothing");
    assert_ok(p.status, &p.err);
    assert_true(p.result.version);
    parse(&p, "x -V");
    assert_true(p.result.version);
    parse(&p, "x --flow-options");
    assert_true(p.result.dump);
}

static void test_help_text(void **state)
{
    (void)state;
    bool flag;
    long number;
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG('f', "fresh", &flag, "do it again")},
        {FLOW_OPTION_LONG(
            0, "a-very-long-option-name", "NUMBER", &number, 0, 1,
            "a help text that is so long that it has to be folded somewhere near the end of the line")},
        {FLOW_OPTION_END},
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_option_help(options, &out);
    assert_string_equal(out.data,
                        "  -f, --fresh             do it again\n"
                        "      --a-very-long-option-name=NUMBER\n"
                        "                          a help text that is so long that it has to be folded\n"
                        "                          somewhere near the end of the line\n"
                        "  -h, --help              print this help\n"
                        "  -V, --version           print the version\n");
    flow_buf_release(&out);
}

static void test_dump(void **state)
{
    (void)state;
    int how;
    const struct flow_option options[] = {
        {FLOW_OPTION_CHOICE('w', "how", "HOW", &how, hows, "in which way"), .group = 2},
        {FLOW_OPTION_END},
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_option_dump(options, &out);
    assert_string_equal(out.data, "letter\tname\tvalue\tkind\tchoices\tgroup\thelp\n"
                                  "w\thow\tHOW\tchoice\tfast slow\t2\tin which way\n"
                                  "h\thelp\t\tflag\t\t0\tprint this help\n"
                                  "V\tversion\t\tflag\t\t0\tprint the version\n");
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_what_is_not_given_stays),
        cmocka_unit_test(test_operands_anywhere),
        cmocka_unit_test(test_options_first),
        cmocka_unit_test(test_last_text_wins),
        cmocka_unit_test(test_wrong_words),
        cmocka_unit_test(test_abbreviations_are_refused),
        cmocka_unit_test(test_values_out_of_range),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_help_stops_parsing),
        cmocka_unit_test(test_help_text),
        cmocka_unit_test(test_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
