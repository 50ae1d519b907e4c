/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests: a child runs with the near end as its controlling terminal and standard streams, the
 * test types and reads at the far end.
 */
#ifndef FLOW_TESTS_UI_TERMINAL_H
#define FLOW_TESTS_UI_TERMINAL_H

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

struct terminal {
    int far;
    pid_t child;
};

/* Runs fn in a child of its own session, on a terminal of `columns` or, where columns is 0, with no terminal
 * at all. Its result is the exit status. */
static inline void terminal_run(struct terminal *term, unsigned short columns, int (*fn)(void))
{
    int near;
    struct winsize size = {.ws_col = columns, .ws_row = 24};
    assert_int_equal(openpty(&term->far, &near, NULL, NULL, &size), 0);
    term->child = fork();
    assert_true(term->child >= 0);
    if (term->child == 0) {
        setsid();
        if (columns)
            ioctl(near, TIOCSCTTY, 0);
        else
            dup2(open("/dev/null", O_RDWR), near);
        for (int fd = 0; fd <= 2; fd++)
            dup2(near, fd);
        close(near);
        close(term->far);
        _exit(fn());
    }
    close(near);
}

static inline void terminal_type(const struct terminal *term, const char *text)
{
    assert_int_equal(write(term->far, text, strlen(text)), (int)strlen(text));
}

/* Waits for the child, appending what it printed to text; returns its exit status. */
static inline int terminal_end(struct terminal *term, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;
    // Reading fails once the child has closed the near end.
    while (length + 1 < size && (got = read(term->far, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    int status;
    assert_int_equal(waitpid(term->child, &status, 0), term->child);
    close(term->far);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#endif
