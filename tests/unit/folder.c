// SPDX-License-Identifier: MIT
#include "folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "unit.h"

int folder_setup(void **state)
{
    const char *temp = getenv("TMPDIR");
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/flow-test-XXXXXX", temp && *temp ? temp : "/tmp");
    char *name = flow_buf_detach(&path);
    *state = name && mkdtemp(name) ? name : NULL;
    return *state ? 0 : -1;
}

int folder_teardown(void **state)
{
    int result = flow_dir_remove(*state, NULL);
    free(*state);
    return result;
}

const char *folder_path(void **state, struct flow_buf *out, const char *name)
{
    flow_path_join(out, *state, name);
    return out->data;
}

void folder_write(void **state, const char *name, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, name);
    size_t folder = flow_path_dir_len(path.data);
    path.data[folder] = '\0';
    assert_ok(flow_dir_make(path.data, &err), &err);
    path.data[folder] = '/';
    // Not by flow_file_write, which waits for the disk.
    int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_ok(flow_fd_write(fd, name, text, strlen(text), &err), &err);
    close(fd);
    flow_buf_release(&path);
}
