// SPDX-License-Identifier: MIT
#include "flow/ui/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"

/* Blocks from this size on are given back to the system when they are freed. The C library begins with the
 * same size, but raises it to that of the largest block freed so far, and a thousand prompts then leave a
 * heap full of holes. */
#define GIVEN_BACK (128 << 10)

#define EXIT_USAGE 2
#define EXIT_ENV   3

// A signal handler can reach nothing else: the one global of the suite.
static struct flow_tool_stop stop_asked;

static const char *const suite_exits[] = {
    [0] = "done",
    [1] = "done, but with holes or findings",
    [2] = "wrong usage",
    [3] = "the environment failed: file, network, repository or configuration",
    [4] = "internal error",
    [5] = "refused: by policy, by the person asked, or as another run holds the lock",
    [6] = "the budget is used up; run again to continue",
    [130] = "interrupted; run again to continue",
};
#define SUITE_EXIT_COUNT (sizeof suite_exits / sizeof *suite_exits)

static void on_signal(int number)
{
    int saved = errno;
    int asked = atomic_fetch_add(&stop_asked.asked, 1) + 1;
    if (asked == 1) {
        static const char text[] = "\nfinishing what has been begun; once more to stop at once\n";
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
    } else if (asked == 2) {
        atomic_store(&stop_asked.now, true);
    } else {
        signal(number, SIG_DFL);
        raise(number);
    }
    errno = saved;
}

void flow_tool_drain(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        // What was ignored from outside (nohup) stays ignored.
        if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            continue;
        action = (struct sigaction){.sa_handler = on_signal};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[i], &action, NULL);
    }
}

// A descriptor 0, 1 or 2 that is closed would be given to the next file that is opened, and output would end
// up in a database. It is filled with something that fails as the closed one would have.
static void fill_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    }
}

static void print_forms(const struct flow_tool *tool, struct flow_buf *out)
{
    const char *prefix = "usage: ";
    const char *form = tool->operands;
    do {
        size_t length = strcspn(form, "\n");
        // The first form stands for all options; the others spell theirs out.
        const char *options = form == tool->operands ? " [option ...]" : "";
        flow_buf_printf(out, "%s%s%s%s%.*s\n", prefix, tool->name, options, length ? " " : "", (int)length,
                        form);
        prefix = "       ";
        form += length + (form[length] == '\n');
    } while (*form);
}

static void print_indented(struct flow_buf *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        flow_buf_printf(out, "  %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static const char *exit_meaning(const struct flow_tool *tool, int status)
{
    for (const struct flow_tool_exit *row = tool->exits; row && row->meaning; row++) {
        if (row->status == status && *row->meaning)
            return row->meaning;
        if (row->status == status)
            return suite_exits[status];
    }
    bool always = status == 0 || (status >= 2 && status <= 4);
    return always ? suite_exits[status] : NULL;
}

static int print_help(const struct flow_tool *tool, struct flow_error *err)
{
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    print_forms(tool, &out);
    flow_buf_printf(&out, "\n%s - %s\n\n%s\n\noptions:\n", tool->name, tool->summary, tool->about);
    flow_option_help(tool->options, &out);
    if (tool->examples) {
        flow_buf_puts(&out, "\nexamples:\n");
        print_indented(&out, tool->examples);
    }
    flow_buf_puts(&out, "\nexit status:\n");
    for (size_t status = 0; status < SUITE_EXIT_COUNT; status++) {
        const char *meaning = exit_meaning(tool, (int)status);
        if (meaning)
            flow_buf_printf(&out, "  %3zu  %s\n", status, meaning);
    }
    int result = flow_buf_check(&out, "help", err);
    if (result == 0)
        fputs(out.data, stdout);
    flow_buf_release(&out);
    return result;
}

static int print_dump(const struct flow_tool *tool, struct flow_error *err)
{
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_option_dump(tool->options, &out);
    int result = flow_buf_check(&out, "options", err);
    if (result == 0)
        fputs(out.data, stdout);
    flow_buf_release(&out);
    return result;
}

static int check_operands(const struct flow_tool *tool, char **operands, size_t count, struct flow_error *err)
{
    if (count > tool->operand_max)
        return flow_error_set(err, FLOW_E_USAGE, "too many arguments, beginning with '%s'",
                              operands[tool->operand_max]);
    if (count < tool->operand_min)
        return flow_error_set(err, FLOW_E_USAGE, "an argument is missing");
    return 0;
}

static int run_tool(const struct flow_tool *tool, int argc, char **argv, struct flow_error *err)
{
    struct flow_option_result parsed;
    if (flow_option_parse(tool->options, tool->options_first, argc, argv, &parsed, err) != 0)
        return -1;
    if (parsed.help)
        return print_help(tool, err);
    if (parsed.version) {
        printf("%s %s\n", tool->name, FLOW_VERSION);
        return 0;
    }
    if (parsed.dump)
        return print_dump(tool, err);

    struct flow_tool_context context = {
        .args = tool->args,
        .operands = argv + parsed.first,
        .operand_count = (size_t)(argc - parsed.first),
        .stop = &stop_asked,
    };
    if (check_operands(tool, context.operands, context.operand_count, err) != 0)
        return -1;
    if (tool->drains)
        flow_tool_drain();
    if (tool->start && tool->start(err) != 0)
        return -1;
    int result = tool->run(&context, err);
    if (tool->end)
        tool->end();
    return result;
}

static bool reader_is_gone(void)
{
    struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&fd, 1, 0) == 1 && (fd.revents & POLLERR);
}

// A failed write outweighs the result of the run: the reader did not get the data.
static int close_stdout(const struct flow_tool *tool, int status)
{
    bool failed_before = ferror(stdout) != 0;
    errno = 0;
    bool failed = fflush(stdout) != 0 || failed_before;
    if (failed && reader_is_gone()) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    if (!failed)
        failed = close(STDOUT_FILENO) != 0;
    if (!failed)
        return status;
    fprintf(stderr, "%s: cannot write standard output%s%s\n", tool->name, errno ? ": " : "",
            errno ? strerror(errno) : "");
    return EXIT_ENV;
}

int flow_tool_main(int argc, char **argv, const struct flow_tool *tool)
{
    struct flow_error err = FLOW_ERROR_INIT;
    fill_descriptors();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    mallopt(M_MMAP_THRESHOLD, GIVEN_BACK);

    int status = run_tool(tool, argc, argv, &err);
    if (status < 0) {
        status = flow_error_status(err.code);
        fflush(stdout);
        fprintf(stderr, "%s: %s\n", tool->name, err.message);
        if (status == EXIT_USAGE)
            fprintf(stderr, "try '%s --help'\n", tool->name);
    }
    return close_stdout(tool, status);
}

void flow_tool_warn(const struct flow_tool *tool, const char *format, ...)
{
    struct flow_buf text;
    va_list args;
    flow_buf_init(&text, FLOW_BUF_LINE);
    va_start(args, format);
    flow_buf_vprintf(&text, format, args);
    va_end(args);
    fprintf(stderr, "%s: warning: %s\n", tool->name, text.data);
    flow_buf_release(&text);
}
