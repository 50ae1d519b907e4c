// SPDX-License-Identifier: MIT
#include "flow/base/file.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

// What the kernel takes (PATH_MAX, with its NUL).
#define PATH_LIMIT 4096

bool flow_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

// Takes back the last component of what out holds from floor on; false where there is none to take back.
static bool take_back(struct flow_buf *out, size_t floor)
{
    if (out->len == floor)
        return false;
    size_t at = out->len;
    while (at > floor && out->data[at - 1] != '/')
        at--;
    if (out->len - at == 2 && memcmp(out->data + at, "..", 2) == 0)
        return false;
    flow_buf_truncate(out, at > floor ? at - 1 : floor);
    return true;
}

static void add_components(struct flow_buf *out, size_t floor, const char *path)
{
    while (*path) {
        size_t len = strcspn(path, "/");
        bool same = len == 0 || (len == 1 && path[0] == '.');
        bool up = len == 2 && path[0] == '.' && path[1] == '.';
        if (!same && !(up && (take_back(out, floor) || floor > 0))) {
            if (out->len > floor)
                flow_buf_putc(out, '/');
            flow_buf_add(out, path, len);
        }
        path += len;
        if (*path)
            path++;
    }
}

void flow_path_join(struct flow_buf *out, const char *a, const char *b)
{
    flow_buf_clear(out);
    if (a[0] == '/')
        flow_buf_putc(out, '/');
    size_t floor = out->len;
    add_components(out, floor, a);
    add_components(out, floor, b);
}

const char *flow_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *flow_path_ext(const char *path)
{
    const char *base = flow_path_base(path);
    const char *dot = strrchr(base, '.');
    return dot && dot != base ? dot : base + strlen(base);
}

size_t flow_path_dir_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

// Code points that HFS+ leaves out of account when it compares names.
static bool is_ignorable(uint32_t point)
{
    return (point >= 0x200c && point <= 0x200f) || (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x206a && point <= 0x206f) || point == 0xfeff;
}

// Whether some file system takes the name for `want` (lower case): without case, without ignorable
// characters, and without the dots, spaces or stream that NTFS cuts off.
static bool folds_to(const char *name, size_t len, const char *want)
{
    size_t i = 0;
    while (i < len) {
        uint32_t point;
        size_t size = flow_utf8_decode(name + i, len - i, &point);
        if (size == 0)
            return false;
        if (is_ignorable(point)) {
            i += size;
            continue;
        }
        if (!*want)
            break;
        if (point >= 'A' && point <= 'Z')
            point += 'a' - 'A';
        if (point != (unsigned char)*want)
            return false;
        want++;
        i += size;
    }
    if (*want)
        return false;
    while (i < len && (name[i] == ' ' || name[i] == '.'))
        i++;
    return i == len || name[i] == ':';
}

// NULL, or what is wrong with one component of a path.
static const char *component_fault(const char *name, size_t len, bool top)
{
    if (len == 0)
        return "has an empty component";
    if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
        return "has a '.' or '..' component";
    if (folds_to(name, len, ".git") || folds_to(name, len, "git~1"))
        return "leads into '.git'";
    if (top && (folds_to(name, len, ".flow") || folds_to(name, len, "flow~1")))
        return "leads into '.flow'";
    return NULL;
}

// The same for what a backslash would cut it into on Windows, where an empty piece does no harm.
static const char *pieces_fault(const char *name, size_t len, bool top)
{
    for (size_t at = 0; at < len;) {
        const char *stop = memchr(name + at, '\\', len - at);
        size_t size = stop ? (size_t)(stop - (name + at)) : len - at;
        const char *fault = size > 0 ? component_fault(name + at, size, top) : NULL;
        if (fault)
            return fault;
        top = top && size == 0;
        at += size + 1;
    }
    return NULL;
}

int flow_path_confined(const char *path, struct flow_error *err)
{
    const char *fault = NULL;
    size_t total = strlen(path);
    if (total == 0)
        return flow_error_set(err, FLOW_E_INVALID, "path is empty");
    if (total >= PATH_LIMIT)
        return flow_error_set(err, FLOW_E_INVALID, "path of %zu bytes is too long", total);
    if (path[0] == '/')
        return flow_error_set(err, FLOW_E_INVALID, "path '%s' is absolute", path);
    for (size_t at = 0; !fault && at <= total;) {
        size_t len = strcspn(path + at, "/");
        fault = component_fault(path + at, len, at == 0);
        if (!fault)
            fault = pieces_fault(path + at, len, at == 0);
        at += len + 1;
    }
    if (fault)
        return flow_error_set(err, FLOW_E_INVALID, "path '%s' %s", path, fault);
    return 0;
}

// $variable, where it holds an absolute path, else $HOME/rest; with "/flow" behind it.
static int user_dir(struct flow_buf *out, const char *variable, const char *rest, struct flow_error *err)
{
    const char *folder = getenv(variable);
    if (folder && folder[0] == '/') {
        flow_path_join(out, folder, "flow");
        return flow_buf_check(out, variable, err);
    }
    const char *home = getenv("HOME");
    if (!home || home[0] != '/')
        return flow_error_set(err, FLOW_E_ENV, "no home folder: set HOME or %s", variable);
    flow_path_join(out, home, rest);
    return flow_buf_check(out, "HOME", err);
}

int flow_dir_state(struct flow_buf *out, struct flow_error *err)
{
    return user_dir(out, "XDG_STATE_HOME", ".local/state/flow", err);
}

int flow_dir_cache(struct flow_buf *out, struct flow_error *err)
{
    return user_dir(out, "XDG_CACHE_HOME", ".cache/flow", err);
}

// The data folder as seen from the running program: an installed copy can stand anywhere.
static int beside_program(struct flow_buf *out, struct flow_error *err)
{
    char self[PATH_LIMIT];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return flow_error_errno(err, errno, "cannot find out where this program stands");
    self[length] = '\0';
    self[flow_path_dir_len(self)] = '\0';
    flow_path_join(out, self, FLOW_DATA_BESIDE);
    return flow_buf_check(out, self, err);
}

int flow_dir_installed(struct flow_buf *out, const char *relative, struct flow_error *err)
{
    struct flow_buf beside;
    flow_buf_init(&beside, FLOW_BUF_LINE);
    int result = beside_program(&beside, err);
    if (result == 0) {
        flow_buf_printf(out, "%s/%s", flow_path_exists(beside.data) ? beside.data : FLOW_DATA_BUILT,
                        relative);
        result = flow_buf_check(out, relative, err);
    }
    flow_buf_release(&beside);
    return result;
}

int flow_dir_data(struct flow_buf *out, const char *relative, struct flow_error *err)
{
    const char *folder = getenv("FLOW_DATA_DIR");
    if (!folder || !*folder)
        return flow_dir_installed(out, relative, err);
    flow_buf_printf(out, "%s/%s", folder, relative);
    return flow_buf_check(out, folder, err);
}
