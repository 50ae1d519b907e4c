// SPDX-License-Identifier: MIT
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "flow/base/time.h"
#include "flow/ui/term.h"

#define DRAW_MS       1000
#define PLAIN_SECONDS 10.0

struct screen {
    bool live;             // draws in place
    bool raw;              // keys are read as they are pressed
    struct termios before; // … and how they were
    sigset_t before_signals;
    int signals; // a signalfd
    char *last;  // what a plain screen said last
    double said_at;
};

// Signals come through a descriptor, so that nothing is left half done by one.
static int take_signals(struct screen *screen, struct flow_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &set, &screen->before_signals);
    screen->signals = signalfd(-1, &set, SFD_CLOEXEC);
    if (screen->signals >= 0)
        return 0;
    pthread_sigmask(SIG_SETMASK, &screen->before_signals, NULL);
    return flow_error_errno(err, errno, "cannot wait for signals");
}

static void enter(struct screen *screen)
{
    screen->live = flow_term_capable(STDOUT_FILENO);
    // The other screen of the terminal, without a cursor.
    if (screen->live)
        fputs("\033[?1049h\033[?25l", stdout);
    if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &screen->before) == 0) {
        struct termios raw = screen->before;
        // ^C and ^Z are keys here: neither may leave the terminal as it is now.
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        screen->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
}

static void leave(struct screen *screen)
{
    if (screen->live)
        fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
    if (screen->raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
    close(screen->signals);
    pthread_sigmask(SIG_SETMASK, &screen->before_signals, NULL);
    free(screen->last);
}

static unsigned rows(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

// Lines that are too long are left to the terminal to cut (wrapping is off); those that are too many are cut
// here.
static void draw_live(const char *text)
{
    fputs("\033[?7l\033[H", stdout);
    unsigned left = rows() - 1;
    for (const char *at = text; *at && left > 0; left--) {
        size_t length = strcspn(at, "\n");
        fprintf(stdout, "%.*s\033[K\r\n", (int)length, at);
        at += length + (at[length] == '\n');
    }
    fputs("'q' ends\033[K\033[J\033[?7h", stdout);
}

static int draw_text(struct screen *screen, watch_fn draw, void *payload, char **out, struct flow_error *err)
{
    size_t length;
    FILE *memory = open_memstream(out, &length);
    if (!memory)
        return flow_error_nomem(err);
    int result = draw(payload, memory, !screen->live, err);
    if (fclose(memory) != 0 && result == 0)
        result = flow_error_nomem(err);
    return result;
}

static int draw_once(struct screen *screen, watch_fn draw, void *payload, struct flow_error *err)
{
    char *text = NULL;
    double now = flow_time_mono();
    if (!screen->live && screen->last && now - screen->said_at < PLAIN_SECONDS)
        return 0;
    if (draw_text(screen, draw, payload, &text, err)) {
        free(text);
        return -1;
    }
    if (screen->live)
        draw_live(text);
    else if (!screen->last || strcmp(text, screen->last) != 0)
        fputs(text, stdout);
    free(screen->last);
    screen->last = text;
    screen->said_at = now;
    return fflush(stdout) == 0 ? 0 : flow_error_errno(err, errno, "cannot write standard output");
}

// Whether one of the keys that were pressed ends the screen: 'q', ^C or ^D, or their source is gone.
static bool is_over(void)
{
    char keys[64];
    ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    for (ssize_t i = 0; i < count; i++)
        if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == 3 || keys[i] == 4)
            return true;
    return count <= 0;
}

// Waits until it is time to draw again: 1, or 0 where that is over.
static int wait_for_more(const struct screen *screen)
{
    struct pollfd fds[] = {{.fd = screen->signals, .events = POLLIN},
                           {.fd = screen->raw ? STDIN_FILENO : -1, .events = POLLIN}};
    struct signalfd_siginfo signal;
    if (poll(fds, 2, DRAW_MS) <= 0)
        return 1;
    if (fds[1].revents && is_over())
        return 0;
    if (fds[0].revents && read(screen->signals, &signal, sizeof signal) == (ssize_t)sizeof signal)
        return signal.ssi_signo == SIGWINCH;
    return 1;
}

int watch(watch_fn draw, void *payload, struct flow_error *err)
{
    struct screen screen = {0};
    if (take_signals(&screen, err))
        return -1;
    enter(&screen);
    int result;
    do
        result = draw_once(&screen, draw, payload, err);
    while (result == 0 && wait_for_more(&screen));
    leave(&screen);
    return result;
}
