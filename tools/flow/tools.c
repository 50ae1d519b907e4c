// SPDX-License-Identifier: MIT
#include "tools.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"

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

#define FAR 3 // so many slips are no slip

const struct flow_command *flow_command_nearest(const char *typed)
{
    const struct flow_command *nearest = NULL;
    size_t least = FAR;
    for (const struct flow_command *command = flow_commands; command->name; command++) {
        size_t slips = flow_str_slips(typed, command->name);
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
