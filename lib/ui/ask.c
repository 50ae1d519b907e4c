// SPDX-License-Identifier: MIT
#include "flow/ui/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "flow/base/file.h"

#define ANSWER_MAX 256

// Reads up to the end of the line; what does not fit in the answer is dropped.
static int read_answer(int fd, char *answer, size_t size, struct flow_error *err)
{
    size_t length = 0;
    char c;
    for (;;) {
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR)
            return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted while asking");
        if (got < 0)
            return flow_error_errno(err, errno, "cannot read the answer from the terminal");
        if (got == 0 || c == '\n')
            break;
        if (length + 1 < size)
            answer[length++] = c;
    }
    answer[length] = '\0';
    return 0;
}

static int ask_on(int fd, const char *question, struct flow_error *err)
{
    char answer[ANSWER_MAX];
    char text[ANSWER_MAX * 4];
    int length = snprintf(text, sizeof text, "%s [y/N] ", question);
    if (length < 0 || (size_t)length >= sizeof text)
        return flow_error_set(err, FLOW_E_INTERNAL, "a question is too long");
    if (flow_fd_write(fd, "the terminal", text, (size_t)length, err) != 0 ||
        read_answer(fd, answer, sizeof answer, err) != 0)
        return -1;
    if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
        return 0;
    return flow_error_set(err, FLOW_E_REFUSED, "not agreed to, nothing was done");
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
