// SPDX-License-Identifier: MIT
#include "flow/ui/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

#define ANSWER_MAX 256

// Waits for a line. Signals were blocked before the question was printed and are let in only while waiting,
// so that none can fall between the two and be slept through.
static int wait_for_line(int fd, const sigset_t *open_to, struct flow_error *err)
{
    fd_set set;
    if (fd >= FD_SETSIZE)
        return flow_error_set(err, FLOW_E_INTERNAL, "too many files are open to ask");
    FD_ZERO(&set);
    FD_SET(fd, &set);
    if (pselect(fd + 1, &set, NULL, NULL, NULL, open_to) == 1)
        return 0;
    if (errno == EINTR)
        return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted while asking");
    return flow_error_errno(err, errno, "cannot read the answer from the terminal");
}

// A terminal yields a line at a time; of a longer one the rest does not matter.
static int read_answer(int fd, char *answer, size_t size, struct flow_error *err)
{
    ssize_t got = read(fd, answer, size - 1);
    if (got < 0)
        return flow_error_errno(err, errno, "cannot read the answer from the terminal");
    if (got > 0 && answer[got - 1] == '\n')
        got--;
    answer[got] = '\0';
    return 0;
}

static int ask_on(int fd, const char *question, struct flow_error *err)
{
    char answer[ANSWER_MAX];
    char text[ANSWER_MAX * 4];
    int length = snprintf(text, sizeof text, "%s [y/N] ", question);
    if (length < 0 || (size_t)length >= sizeof text)
        return flow_error_set(err, FLOW_E_INTERNAL, "a question is too long");
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = flow_fd_write(fd, "the terminal", text, (size_t)length, err);
    if (result == 0)
        result = wait_for_line(fd, &before, err);
    if (result == 0)
        result = read_answer(fd, answer, sizeof answer, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return -1;
    if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
        return 0;
    return flow_error_set(err, FLOW_E_REFUSED, "not agreed to, nothing was done");
}

bool flow_ask_possible(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return isatty(STDIN_FILENO);
    close(fd);
    return true;
}

int flow_ask(const char *question, const char *option, struct flow_error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        int result = ask_on(fd, question, err);
        close(fd);
        return result;
    }
    if (isatty(STDIN_FILENO))
        return ask_on(STDIN_FILENO, question, err);
    return flow_error_set(err, FLOW_E_REFUSED,
                          "there is no terminal to ask on; give '%s' to agree beforehand", option);
}

void flow_ask_show(const char *title, const char *text, size_t len)
{
    struct flow_buf shown;
    flow_buf_init(&shown, FLOW_BUF_FILE);
    flow_buf_puts(&shown, "----- ");
    flow_str_show(&shown, title, strlen(title));
    flow_buf_puts(&shown, " -----\n");
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);
        flow_str_show(&shown, at, line);
        flow_buf_putc(&shown, '\n');
        at += line + 1;
    }
    flow_buf_puts(&shown, "-----\n");
    fputs(shown.data, stderr);
    flow_buf_release(&shown);
}

int flow_ask_about(const char *title, const char *text, size_t len, const char *question,
                   struct flow_error *err)
{
    flow_ask_show(title, text, len);
    return flow_ask(question, "flow approve --yes", err);
}
