// SPDX-License-Identifier: MIT
#include "tools.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"

const struct flow_command flow_commands[] = {
    {"init", "propose the settings of a repository"},
    {"analyze", "list the units of a code base in the order in which to port them"},
    {"lifetimes", "say of each pointer field who owns what it points to"},
    {"port", "port a code base to another language, unit by unit"},
    {"fix", "build and test a port in rounds until it is clean"},
    {"review", "have two reviewers read a change or a unit of a port"},
    {"optimize", "make small changes, each proven alone and on a branch of its own"},
    {"pr", "publish branches as pull requests or patch files"},
    {"status", "show how runs stand, and tell them what to do"},
    {"log", "show the record of a run, and where a line of the port comes from"},
    {"agent", "ask one model one question"},
    {"approve", "show what a repository brings along, and accept it"},
    {"policy", "show what the administrator of this machine allows"},
    {NULL, NULL},
};

#define NAME_MAX_LEN 31 // longer words are near to nothing
#define FAR          3  // so many slips are no slip

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

// The letters to insert, remove, replace or swap with their neighbour to make one word of the other.
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t columns = strlen(b);
    for (size_t j = 0; j <= columns; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        now[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            now[j] = smallest(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[columns];
}

const struct flow_command *flow_command_nearest(const char *typed)
{
    const struct flow_command *nearest = NULL;
    size_t least = FAR;
    if (strlen(typed) > NAME_MAX_LEN)
        return NULL;
    for (const struct flow_command *command = flow_commands; command->name; command++) {
        size_t slips = distance(typed, command->name);
        if (slips < least) {
            least = slips;
            nearest = command;
        }
    }
    return nearest;
}

int flow_program_path(struct flow_buf *out, const char *program, struct flow_error *err)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return flow_error_errno(err, errno, "cannot find out where flow is installed");
    self[length] = '\0';
    flow_buf_clear(out);
    flow_buf_add(out, self, flow_path_dir_len(self));
    flow_buf_printf(out, "/%s", program);
    if (flow_buf_check(out, "path", err) != 0)
        return -1;
    if (access(out->data, X_OK) != 0)
        return flow_error_errno(err, errno, "cannot run '%s'", out->data);
    return 0;
}
