// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/proc.h"
#include "flow/base/thread.h"
#include "folder.h"
#include "oom.h"
#include "unit.h"

static int use_files(void *payload, struct flow_error *err)
{
    const char *folder = payload;
    int result = -1;
    struct flow_buf path;
    struct flow_buf data;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&data, FLOW_BUF_TEXT);
    flow_path_join(&path, folder, "a/b");
    if (flow_buf_check(&path, "path", err) || flow_dir_make(path.data, err))
        goto done;
    flow_path_join(&path, folder, "a/b/file");
    if (flow_buf_check(&path, "path", err) || flow_file_write(path.data, "text", 4, 0666, err) ||
        flow_file_read(path.data, &data, err))
        goto done;
    flow_path_join(&path, folder, "a");
    if (flow_buf_check(&path, "path", err))
        goto done;
    result = flow_dir_remove(path.data, err);
done:
    flow_buf_release(&path);
    flow_buf_release(&data);
    return result;
}

static void test_files(void **state)
{
    oom_each(use_files, *state);
}

static int run_child(void *payload, struct flow_error *err)
{
    (void)payload;
    const char *const argv[] = {"sh", "-c", "cat; echo err >&2", NULL};
    struct flow_proc_result result;
    struct flow_buf out;
    struct flow_buf errors;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_buf_init(&errors, FLOW_BUF_TEXT);
    struct flow_proc proc = {.argv = argv, .input = "text", .input_len = 4, .out = &out, .err = &errors};
    int failed = flow_proc_run(&proc, &result, err);
    flow_buf_release(&out);
    flow_buf_release(&errors);
    return failed;
}

static void test_child(void **state)
{
    (void)state;
    oom_each(run_child, NULL);
}

static int do_nothing(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    (void)payload;
    (void)worker;
    (void)item;
    (void)err;
    return 0;
}

static int share_work(void *payload, struct flow_error *err)
{
    return flow_thread_each(4, 10, do_nothing, payload, err);
}

static int count_cores(void *payload, struct flow_error *err)
{
    (void)payload;
    (void)err;
    return flow_thread_cores() > 0 ? 0 : -1;
}

static void test_threads(void **state)
{
    (void)state;
    oom_each(share_work, NULL);
    // A quota that cannot be read is none.
    oom_each_lenient(count_cores, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_child, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_threads, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
