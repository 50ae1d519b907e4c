// SPDX-License-Identifier: MIT
#include "group.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"

// What is dead leaves a group a moment later: tries, with a millisecond between.
#define REMOVE_TRIES 200

static bool set_limit(const char *group, unsigned processes)
{
    char text[16];
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/pids.max", group);
    // Not created: a folder without this file is no group that can hold anybody.
    int fd = path.failed ? -1 : open(path.data, O_WRONLY | O_CLOEXEC);
    int len = snprintf(text, sizeof text, "%u", processes);
    bool done = fd >= 0 && write(fd, text, (size_t)len) == len;
    if (fd >= 0)
        close(fd);
    flow_buf_release(&path);
    return done;
}

// A group in `parent`, in out.
static bool make_in(struct flow_buf *out, const char *parent, unsigned processes)
{
    static atomic_uint number;
    flow_buf_clear(out);
    flow_buf_printf(out, "%s/flow-%ld-%u", parent, (long)getpid(), atomic_fetch_add(&number, 1));
    if (out->failed || mkdir(out->data, 0755) != 0)
        return false;
    if (set_limit(out->data, processes))
        return true;
    rmdir(out->data);
    return false;
}

// Tries the group of one line, "8:pids:/a/b" or "0::/a/b". In version 2 a group with processes in it gives
// its children no limits: there, the one beside it is tried as well.
static bool try_line(struct flow_buf *out, const char *line, size_t len, const char *root, unsigned processes)
{
    struct flow_buf own, parent;
    bool second = flow_str_starts(line, "0::/");
    const char *mark = second ? line + 1 : strstr(line, ":pids:/");
    bool done = false;
    if (!mark || mark >= line + len)
        return false;
    const char *path = strchr(mark, '/');
    flow_buf_init(&own, FLOW_BUF_LINE);
    flow_buf_init(&parent, FLOW_BUF_LINE);
    flow_buf_printf(&own, "%s%s%.*s", root, second ? "" : "/pids", (int)(line + len - path), path);
    if (!own.failed) {
        done = make_in(out, own.data, processes);
        flow_path_join(&parent, own.data, "..");
        if (!done && second && !parent.failed && strlen(parent.data) >= strlen(root))
            done = make_in(out, parent.data, processes);
    }
    flow_buf_release(&parent);
    flow_buf_release(&own);
    return done;
}

bool flow_group_make(struct flow_buf *out, const char *self, const char *root, unsigned processes)
{
    struct flow_buf text;
    bool done = false;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (flow_file_read(self, &text, NULL) == 0) {
        for (const char *line = text.data; !done && *line; line += *line == '\n') {
            size_t len = strcspn(line, "\n");
            done = try_line(out, line, len, root, processes);
            line += len;
        }
    }
    if (!done)
        flow_buf_clear(out);
    flow_buf_release(&text);
    return done;
}

bool flow_group_was_full(const char *path)
{
    unsigned refused = 0;
    struct flow_buf name, text;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&name, "%s/pids.events", path);
    bool full = !name.failed && flow_file_read(name.data, &text, NULL) == 0 &&
                sscanf(text.data, "max %u", &refused) == 1 && refused > 0;
    flow_buf_release(&text);
    flow_buf_release(&name);
    return full;
}

void flow_group_remove(const char *path)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < REMOVE_TRIES && rmdir(path) != 0; i++)
        nanosleep(&pause, NULL);
}
