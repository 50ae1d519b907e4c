// SPDX-License-Identifier: MIT
#include "flow/ui/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_UNKNOWN 80

bool flow_term_capable(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

unsigned flow_term_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return WIDTH_UNKNOWN;
}

bool flow_term_color(int fd)
{
    const char *no = getenv("NO_COLOR");
    return flow_term_capable(fd) && !(no && *no);
}
