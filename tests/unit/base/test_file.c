// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "folder.h"
#include "unit.h"

struct fixture {
    struct flow_buf path, data;
    struct flow_error err;
};

static void begin(struct fixture *f)
{
    flow_buf_init(&f->path, FLOW_BUF_LINE);
    flow_buf_init(&f->data, FLOW_BUF_TEXT);
    f->err.code = FLOW_OK;
}

static void end(struct fixture *f)
{
    flow_buf_release(&f->path);
    flow_buf_release(&f->data);
}

static void test_write_and_read(void **state)
{
    struct fixture f;
    begin(&f);
    const char *path = folder_path(state, &f.path, "new\nfile \xff");
    assert_ok(flow_file_write(path, "a\0b", 3, 0666, &f.err), &f.err);
    assert_ok(flow_file_write(path, "second\0", 7, 0666, &f.err), &f.err);
    flow_buf_puts(&f.data, "> ");
    assert_ok(flow_file_read(path, &f.data, &f.err), &f.err);
    assert_int_equal(f.data.len, 9);
    assert_memory_equal(f.data.data, "> second\0", 10);
    end(&f);
}

static void test_write_leaves_nothing_else(void **state)
{
    struct fixture f;
    begin(&f);
    folder_write(state, "file", "one");
    folder_write(state, "folder/inner", "two");
    // A folder in the way cannot be replaced by a file.
    assert_err(flow_file_write(folder_path(state, &f.path, "folder"), "x", 1, 0666, &f.err), &f.err,
               FLOW_E_ENV);
    assert_err(flow_file_write(folder_path(state, &f.path, "none/file"), "x", 1, 0666, &f.err), &f.err,
               FLOW_E_NOT_FOUND);
    assert_int_equal(unlink(folder_path(state, &f.path, "file")), 0);
    assert_int_equal(unlink(folder_path(state, &f.path, "folder/inner")), 0);
    assert_int_equal(rmdir(folder_path(state, &f.path, "folder")), 0);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(mkdir(*state, 0700), 0);
    end(&f);
}

static void test_write_mode_is_less_umask(void **state)
{
    struct fixture f;
    begin(&f);
    struct stat st;
    mode_t before = umask(027);
    assert_ok(flow_file_write(folder_path(state, &f.path, "a"), "", 0, 0666, &f.err), &f.err);
    assert_int_equal(stat(f.path.data, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_ok(flow_file_write(f.path.data, "", 0, 0600, &f.err), &f.err);
    assert_int_equal(stat(f.path.data, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    umask(before);
    end(&f);
}

static void test_write_replaces_a_link(void **state)
{
    struct fixture f;
    begin(&f);
    struct stat st;
    folder_write(state, "target", "old");
    assert_int_equal(symlink("target", folder_path(state, &f.path, "link")), 0);
    assert_ok(flow_file_write(f.path.data, "new", 3, 0666, &f.err), &f.err);
    assert_int_equal(lstat(f.path.data, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_ok(flow_file_read(folder_path(state, &f.path, "target"), &f.data, &f.err), &f.err);
    assert_string_equal(f.data.data, "old");
    end(&f);
}

static void test_read_refuses_what_is_no_file(void **state)
{
    struct fixture f;
    begin(&f);
    assert_err(flow_file_read(*state, &f.data, &f.err), &f.err, FLOW_E_INVALID);
    assert_err(flow_file_read("/dev/zero", &f.data, &f.err), &f.err, FLOW_E_INVALID);
    assert_err(flow_file_read(folder_path(state, &f.path, "none"), &f.data, &f.err), &f.err,
               FLOW_E_NOT_FOUND);
    // Nobody writes to the FIFO; to open it in the ordinary way would never return.
    assert_int_equal(mkfifo(folder_path(state, &f.path, "fifo"), 0600), 0);
    assert_err(flow_file_read(f.path.data, &f.data, &f.err), &f.err, FLOW_E_INVALID);
    assert_int_equal(f.data.len, 0);
    end(&f);
}

static void test_read_stops_at_the_maximum(void **state)
{
    struct fixture f;
    begin(&f);
    struct flow_buf small;
    folder_write(state, "file", "12345");
    folder_path(state, &f.path, "file");
    flow_buf_init(&small, 5);
    assert_ok(flow_file_read(f.path.data, &small, &f.err), &f.err);
    assert_string_equal(small.data, "12345");
    flow_buf_release(&small);
    flow_buf_init(&small, 4);
    assert_err(flow_file_read(f.path.data, &small, &f.err), &f.err, FLOW_E_TOO_BIG);
    flow_buf_release(&small);
    // The kernel reports a size of 0 for these.
    flow_buf_init(&small, 4);
    assert_err(flow_file_read("/proc/self/status", &small, &f.err), &f.err, FLOW_E_TOO_BIG);
    flow_buf_release(&small);
    end(&f);
}

struct writer {
    int fd;
    const char *data;
    size_t len;
};

static void *write_all(void *arg)
{
    struct writer *writer = arg;
    flow_fd_write(writer->fd, "pipe", writer->data, writer->len, NULL);
    close(writer->fd);
    return NULL;
}

// Many times what a pipe holds, both ends not blocking: neither side may lose or repeat a byte.
static void test_descriptors_that_do_not_block(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    enum { SIZE = 1 << 20 };
    char *data = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i * 7 + i / 251);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    pthread_t thread;
    struct writer writer = {ends[1], data, SIZE};
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writer), 0);
    assert_ok(flow_fd_read(ends[0], "pipe", &f.data, &f.err), &f.err);
    pthread_join(thread, NULL);
    close(ends[0]);
    assert_int_equal(f.data.len, SIZE);
    assert_memory_equal(f.data.data, data, SIZE);
    free(data);
    end(&f);
}

static void test_bad_descriptor(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_err(flow_fd_read(-1, "thing", &f.data, &f.err), &f.err, FLOW_E_ENV);
    assert_true(flow_str_starts(f.err.message, "cannot read 'thing': "));
    assert_err(flow_fd_write(-1, "thing", "x", 1, &f.err), &f.err, FLOW_E_ENV);
    int full = open("/dev/full", O_WRONLY);
    assert_err(flow_fd_write(full, "disk", "x", 1, &f.err), &f.err, FLOW_E_ENV);
    assert_true(flow_str_ends(f.err.message, strerror(ENOSPC)));
    close(full);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_and_read, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_write_leaves_nothing_else, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_write_mode_is_less_umask, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_write_replaces_a_link, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_read_refuses_what_is_no_file, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_read_stops_at_the_maximum, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_descriptors_that_do_not_block, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_bad_descriptor, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
