// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/ui/tool.h"
#include "unit.h"

struct args {
    bool loud;
};

static int run_status;

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct args *args = context->args;
    for (size_t i = 0; i < context->operand_count; i++)
        printf("%s%s\n", context->operands[i], args->loud ? "!" : "");
    if (run_status < 0)
        return flow_error_set(err, FLOW_E_BUDGET, "the budget is used up");
    return run_status;
}

static int start_fails(struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_ENV, "no library");
}

static int count_signals(struct flow_tool_context *context, struct flow_error *err)
{
    (void)err;
    printf("%d%d", atomic_load(&context->stop->asked), atomic_load(&context->stop->now));
    for (int i = 0; i < 2; i++) {
        raise(SIGTERM);
        printf(" %d%d", atomic_load(&context->stop->asked), atomic_load(&context->stop->now));
    }
    printf("\n");
    fflush(stdout);
    raise(SIGTERM); // kills
    return 0;
}

static int raise_once(struct flow_tool_context *context, struct flow_error *err)
{
    (void)context;
    (void)err;
    raise(SIGHUP);
    return 0;
}

// What a child process printed and how it ended.
struct ended {
    char out[2000], err[2000];
    int status; // as of waitpid
};

static void slurp(FILE *from, char *text, size_t size)
{
    rewind(from);
    text[fread(text, 1, size - 1, from)] = '\0';
    fclose(from);
}

static void in_child(struct ended *ended, const struct flow_tool *tool, int argc, char **argv,
                     const char *out_path)
{
    FILE *out = tmpfile(), *err = tmpfile();
    assert_non_null(out);
    assert_non_null(err);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(out_path ? open(out_path, O_WRONLY) : fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        _exit(flow_tool_main(argc, argv, tool));
    }
    assert_int_equal(waitpid(child, &ended->status, 0), child);
    slurp(out, ended->out, sizeof ended->out);
    slurp(err, ended->err, sizeof ended->err);
}

static struct flow_tool tool_of(struct args *args, const struct flow_option *options)
{
    return (struct flow_tool){
        .name = "flow-test",
        .summary = "test the entry point",
        .operands = "[word ...]\n--list",
        .operand_max = 2,
        .about = "Prints its words.",
        .options = options,
        .run = run,
        .args = args,
    };
}

#define RUN(ended, tool, ...)                                                                                \
    do {                                                                                                     \
        char words[][20] = {"flow-test", __VA_ARGS__};                                                       \
        char *argv[8] = {0};                                                                                 \
        int argc = (int)(sizeof words / sizeof *words);                                                      \
        for (int i = 0; i < argc; i++)                                                                       \
            argv[i] = words[i];                                                                              \
        in_child(ended, tool, argc, argv, NULL);                                                             \
    } while (0)

static void exited(const struct ended *ended, int status, const char *out, const char *err)
{
    assert_string_equal(ended->err, err);
    assert_string_equal(ended->out, out);
    assert_true(WIFEXITED(ended->status));
    assert_int_equal(WEXITSTATUS(ended->status), status);
}

static void test_status_and_operands(void **state)
{
    (void)state;
    struct args args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG('l', "loud", &args.loud, "say it loud")},
        {FLOW_OPTION_END},
    };
    const struct flow_tool tool = tool_of(&args, options);
    struct ended ended;
    run_status = 1;
    RUN(&ended, &tool, "one", "-l", "two");
    exited(&ended, 1, "one!\ntwo!\n", "");
    run_status = -1;
    RUN(&ended, &tool, "one");
    exited(&ended, 6, "one\n", "flow-test: the budget is used up\n");
}

static void test_wrong_usage(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    RUN(&ended, &tool, "-x");
    exited(&ended, 2, "", "flow-test: unknown option '-x'\ntry 'flow-test --help'\n");
    RUN(&ended, &tool, "a", "b", "c");
    exited(&ended, 2, "", "flow-test: too many arguments, beginning with 'c'\ntry 'flow-test --help'\n");
    tool.operand_min = 2;
    RUN(&ended, &tool, "a");
    exited(&ended, 2, "", "flow-test: an argument is missing\ntry 'flow-test --help'\n");
}

static void test_help(void **state)
{
    (void)state;
    static const struct flow_tool_exit exits[] = {{1, "something was found"}, {130, ""}, FLOW_TOOL_EXIT_END};
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    tool.exits = exits;
    tool.examples = "# say a\nflow-test a";
    RUN(&ended, &tool, "--help", "--nothing");
    exited(&ended, 0,
           "usage: flow-test [option ...] [word ...]\n"
           "       flow-test --list\n\n"
           "flow-test - test the entry point\n\n"
           "Prints its words.\n\n"
           "options:\n"
           "  -h, --help              print this help\n"
           "  -V, --version           print the version\n\n"
           "examples:\n  # say a\n  flow-test a\n\n"
           "exit status:\n"
           "    0  done\n"
           "    1  something was found\n"
           "    2  wrong usage\n"
           "    3  the environment failed: file, network, repository or configuration\n"
           "    4  internal error\n"
           "  130  interrupted; run again to continue\n",
           "");
}

static void test_start_that_fails_keeps_run_from_running(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    tool.start = start_fails;
    RUN(&ended, &tool, "a");
    exited(&ended, 3, "", "flow-test: no library\n");
}

static void test_signals_are_counted(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    tool.drains = true;
    tool.run = count_signals;
    RUN(&ended, &tool, "a");
    assert_string_equal(ended.out, "00 10 21\n");
    assert_true(WIFSIGNALED(ended.status));
    assert_int_equal(WTERMSIG(ended.status), SIGTERM);
    assert_non_null(strstr(ended.err, "once more to stop at once"));
}

static void test_a_tool_that_does_not_drain_dies_of_a_signal(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    tool.run = raise_once;
    RUN(&ended, &tool, "a");
    assert_true(WIFSIGNALED(ended.status));
    assert_int_equal(WTERMSIG(ended.status), SIGHUP);
}

static void test_an_ignored_signal_stays_ignored(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    struct ended ended;
    tool.run = raise_once;
    tool.drains = true;
    signal(SIGHUP, SIG_IGN);
    RUN(&ended, &tool, "a");
    signal(SIGHUP, SIG_DFL);
    exited(&ended, 0, "", "");
}

static void test_output_that_was_not_written_is_no_success(void **state)
{
    (void)state;
    struct args args = {0};
    struct flow_tool tool = tool_of(&args, NULL);
    struct ended ended;
    char name[] = "flow-test", word[] = "a";
    char *argv[] = {name, word, NULL};
    run_status = 0;
    in_child(&ended, &tool, 2, argv, "/dev/full");
    exited(&ended, 3, "", "flow-test: cannot write standard output: No space left on device\n");
}

static void test_a_reader_that_went_away_is_no_error(void **state)
{
    (void)state;
    struct args args = {0};
    const struct flow_tool tool = tool_of(&args, NULL);
    int ends[2], status;
    char name[] = "flow-test", word[] = "a";
    char *argv[] = {name, word, NULL};
    run_status = 0;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        _exit(flow_tool_main(2, argv, &tool));
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGPIPE);
}

static int open_something(struct flow_tool_context *context, struct flow_error *err)
{
    (void)context;
    (void)err;
    return open("/dev/null", O_RDONLY) > 2 ? 0 : 1;
}

static void test_closed_descriptors_are_not_given_to_files(void **state)
{
    (void)state;
    struct flow_tool tool = tool_of(NULL, NULL);
    char name[] = "flow-test";
    char *argv[] = {name, NULL};
    int status;
    tool.run = open_something;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (int fd = 0; fd <= 2; fd++)
            close(fd);
        _exit(flow_tool_main(1, argv, &tool));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_and_operands),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_start_that_fails_keeps_run_from_running),
        cmocka_unit_test(test_signals_are_counted),
        cmocka_unit_test(test_a_tool_that_does_not_drain_dies_of_a_signal),
        cmocka_unit_test(test_an_ignored_signal_stays_ignored),
        cmocka_unit_test(test_output_that_was_not_written_is_no_success),
        cmocka_unit_test(test_a_reader_that_went_away_is_no_error),
        cmocka_unit_test(test_closed_descriptors_are_not_given_to_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
