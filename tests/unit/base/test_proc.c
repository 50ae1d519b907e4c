// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "folder.h"
#include "unit.h"

// One child, most often a line of shell.
struct fixture {
    const char *argv[4];
    struct flow_buf out, errors;
    struct flow_proc proc;
    struct flow_proc_result result;
    struct flow_error err;
};

static void begin(struct fixture *f, const char *script)
{
    *f = (struct fixture){.argv = {"sh", "-c", script, NULL}};
    flow_buf_init(&f->out, FLOW_BUF_TEXT);
    flow_buf_init(&f->errors, FLOW_BUF_TEXT);
    f->proc.argv = f->argv;
    f->proc.out = &f->out;
    f->proc.err = &f->errors;
}

static void end(struct fixture *f)
{
    flow_buf_release(&f->out);
    flow_buf_release(&f->errors);
}

static int run(struct fixture *f)
{
    return flow_proc_run(&f->proc, &f->result, &f->err);
}

static void test_status_and_output(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "echo out; echo err >&2; exit 7");
    flow_buf_puts(&f.out, "> ");
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.status, 7);
    assert_int_equal(f.result.signal, 0);
    assert_string_equal(f.out.data, "> out\n");
    assert_string_equal(f.errors.data, "err\n");
    assert_true(f.result.seconds >= 0 && f.result.max_rss_kb > 0);
    end(&f);
}

static void test_one_buffer_for_both_keeps_the_order(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "echo 1; echo 2 >&2; echo 3; echo 4 >&2");
    f.proc.err = &f.out;
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "1\n2\n3\n4\n");
    end(&f);
}

static void test_no_buffers(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "echo out; echo err >&2; exit 3");
    f.proc.out = NULL;
    f.proc.err = NULL;
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.status, 3);
    f.proc.err = &f.errors;
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.errors.data, "err\n");
    end(&f);
}

static void test_signal(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "kill -SEGV $$");
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.signal, SIGSEGV);
    assert_int_equal(f.result.status, 128 + SIGSEGV);
    end(&f);
}

// Many times what a pipe holds, in both directions at once.
static void test_large_input(void **state)
{
    (void)state;
    struct fixture f;
    enum { SIZE = 3 << 20 };
    char *data = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (char)(i * 7 + i / 251);
    begin(&f, "tee /dev/stderr");
    f.proc.input = data;
    f.proc.input_len = SIZE;
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.out.len, SIZE);
    assert_memory_equal(f.out.data, data, SIZE);
    assert_int_equal(f.errors.len, SIZE);
    assert_memory_equal(f.errors.data, data, SIZE);
    free(data);
    end(&f);
}

static void test_input_that_nobody_reads(void **state)
{
    (void)state;
    struct fixture f;
    static const char data[1 << 20];
    begin(&f, "exec <&-; echo done");
    f.proc.input = data;
    f.proc.input_len = sizeof data;
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "done\n");
    end(&f);
}

static void test_no_input(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "cat; readlink /proc/self/fd/0");
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "/dev/null\n");
    flow_buf_clear(&f.out);
    f.argv[2] = "wc -c";
    f.proc.input = "";
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "0\n");
    end(&f);
}

static void test_environment_and_folder(void **state)
{
    struct fixture f;
    begin(&f, "echo \"$A/$B\"; cat here");
    folder_write(state, "here", "in the folder\n");
    const char *env[] = {"PATH=/usr/bin:/bin", "A=1", NULL};
    f.proc.env = env;
    f.proc.dir = *state;
    setenv("B", "2", 1);
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "1/\nin the folder\n");
    f.proc.dir = "/no/such/folder";
    assert_err(run(&f), &f.err, FLOW_E_NOT_FOUND);
    assert_string_equal(f.err.message, "cannot run 'sh' in '/no/such/folder': no such folder");
    end(&f);
}

static void test_look_up_in_path(void **state)
{
    struct fixture f;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "first/tool", "not executable");
    folder_write(state, "second/tool", "#!/bin/sh\necho \"second $1\"\n");
    chmod(folder_path(state, &path, "second/tool"), 0755);
    flow_buf_clear(&path);
    // A relative folder and an empty one, which is the current folder to shells, are passed over.
    flow_buf_printf(&path, "PATH=:second:/nowhere:%s/first:%s/second", (char *)*state, (char *)*state);
    const char *env[] = {path.data, NULL};
    begin(&f, NULL);
    f.argv[0] = "tool";
    f.argv[1] = "word";
    f.proc.env = env;
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "second word\n");
    const char *bare[] = {"PATH=:second:.", NULL};
    int here = open(".", O_RDONLY | O_CLOEXEC);
    assert_int_equal(chdir(*state), 0);
    f.proc.env = bare;
    f.proc.dir = *state;
    assert_err(run(&f), &f.err, FLOW_E_NOT_FOUND);
    assert_string_equal(f.err.message, "cannot run 'tool': no such program in PATH");
    assert_int_equal(fchdir(here), 0);
    close(here);
    // A name with a '/' is not looked up; a relative one starts from the folder.
    f.argv[0] = "second/tool";
    flow_buf_clear(&f.out);
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "second word\n");
    f.argv[0] = "first/tool";
    assert_err(run(&f), &f.err, FLOW_E_ENV);
    f.argv[0] = "";
    assert_err(run(&f), &f.err, FLOW_E_NOT_FOUND);
    flow_buf_release(&path);
    end(&f);
}

static void test_exists(void **state)
{
    (void)state;
    static const char *const none[] = {"no-such-program-anywhere", "/etc/passwd", "/tmp", ""};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_proc_find(&path, "sh", &err), &err);
    assert_int_equal(path.data[0], '/');
    assert_ok(flow_proc_find(&path, "/bin/sh", &err), &err);
    assert_string_equal(path.data, "/bin/sh");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(flow_proc_find(&path, none[i], &err), -1);
    assert_err(flow_proc_find(&path, "./no-such-program", &err), &err, FLOW_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "No such file"));
    flow_buf_release(&path);
}

// A FIFO whose writers are the child and its kin: at its end none of them lives.
static int open_fifo(void **state, struct flow_buf *path)
{
    assert_int_equal(mkfifo(folder_path(state, path, "fifo"), 0600), 0);
    int fd = open(path->data, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void assert_nobody_writes(int fd)
{
    char byte;
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
    assert_int_equal(read(fd, &byte, 1), 0);
    close(fd);
}

static void test_timeout_kills_the_group(void **state)
{
    struct fixture f;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int fifo = open_fifo(state, &path);
    begin(&f, "exec 9>fifo; trap '' TERM INT HUP; echo started; (sleep 1000 & wait) & sleep 1000");
    f.proc.dir = *state;
    f.proc.timeout = 0.2;
    assert_err(run(&f), &f.err, FLOW_E_TIMEOUT);
    assert_string_equal(f.err.message, "'sh' took longer than 0.2 s");
    assert_int_equal(f.result.signal, SIGKILL);
    assert_nobody_writes(fifo);
    flow_buf_release(&path);
    end(&f);
}

static void test_timeout_with_closed_output(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, "exec >&- 2>&-; sleep 1000");
    f.proc.timeout = 0.2;
    assert_err(run(&f), &f.err, FLOW_E_TIMEOUT);
    end(&f);
}

static void test_what_outlives_the_child_is_killed(void **state)
{
    struct fixture f;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int fifo = open_fifo(state, &path);
    // It keeps the output open, which would hang whoever waits for its end.
    begin(&f, "exec 9>fifo; sleep 1000 & echo over; exit 5");
    f.proc.dir = *state;
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.status, 5);
    assert_string_equal(f.out.data, "over\n");
    assert_nobody_writes(fifo);
    flow_buf_release(&path);
    end(&f);
}

static void test_even_outside_the_group_nobody_hangs_us(void **state)
{
    (void)state;
    struct fixture f;
    // It ends itself, because we cannot: its group is its own.
    begin(&f, "setsid sleep 5 & echo over");
    assert_ok(run(&f), &f.err);
    assert_string_equal(f.out.data, "over\n");
    end(&f);
}

static void test_too_much_output(void **state)
{
    struct fixture f;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int fifo = open_fifo(state, &path);
    begin(&f, "exec 9>fifo; yes");
    f.proc.dir = *state;
    f.out.max = 100000;
    assert_err(run(&f), &f.err, FLOW_E_TOO_BIG);
    assert_string_equal(f.err.message, "'sh': 'output' is larger than 100000 bytes");
    assert_nobody_writes(fifo);
    flow_buf_release(&path);
    end(&f);
}

static void *press_cancel(void *arg)
{
    struct fixture *f = arg;
    // The child tells by a file that it runs.
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, f->proc.dir, "started");
    while (!flow_path_exists(path.data))
        sched_yield();
    flow_buf_release(&path);
    union {
        const atomic_bool *in;
        atomic_bool *out;
    } both = {.in = f->proc.cancel};
    atomic_store(both.out, true);
    return NULL;
}

static void test_cancel(void **state)
{
    struct fixture f;
    atomic_bool cancel = false;
    pthread_t thread;
    begin(&f, "echo > started; sleep 1000");
    f.proc.cancel = &cancel;
    f.proc.dir = *state;
    assert_int_equal(pthread_create(&thread, NULL, press_cancel, &f), 0);
    assert_err(run(&f), &f.err, FLOW_E_INTERRUPTED);
    pthread_join(thread, NULL);
    end(&f);
}

static void test_child_inherits_no_descriptors(void **state)
{
    (void)state;
    struct fixture f;
    int open_one = dup2(STDERR_FILENO, 77);
    assert_int_equal(open_one, 77);
    begin(&f, "test -e /proc/$$/fd/2 && test ! -e /proc/$$/fd/77");
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.status, 0);
    close(open_one);
    end(&f);
}

static void test_child_begins_with_ordinary_signals(void **state)
{
    (void)state;
    struct fixture f;
    sigset_t set;
    sigset_t before;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction old;
    sigaction(SIGPIPE, &ignore, &old);
    begin(&f, "kill -TERM $$");
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.signal, SIGTERM);
    f.argv[2] = "kill -PIPE $$";
    assert_ok(run(&f), &f.err);
    assert_int_equal(f.result.signal, SIGPIPE);
    sigaction(SIGPIPE, &old, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    end(&f);
}

static int run_with_closed(struct fixture *f, int closed)
{
    int saved[3];
    for (int fd = 0; fd < 3; fd++) {
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        if (closed & 1 << fd)
            close(fd);
    }
    int result = run(f);
    for (int fd = 0; fd < 3; fd++) {
        dup2(saved[fd], fd);
        close(saved[fd]);
    }
    return result;
}

static void test_closed_standard_descriptors(void **state)
{
    (void)state;
    for (int closed = 0; closed < 8; closed++) {
        for (int joined = 0; joined < 2; joined++) {
            struct fixture f;
            begin(&f, "cat; echo err >&2");
            f.proc.input = "text\n";
            f.proc.input_len = 5;
            f.proc.err = joined ? &f.out : &f.errors;
            assert_ok(run_with_closed(&f, closed), &f.err);
            assert_string_equal(f.out.data, joined ? "text\nerr\n" : "text\n");
            assert_string_equal(f.errors.data, joined ? "" : "err\n");
            end(&f);
        }
    }
}

struct listener {
    struct flow_buf heard[2];
    unsigned calls, until;
    pid_t pid;
};

static void hear(void *payload, int fd, const char *bytes, size_t len)
{
    struct listener *listener = payload;
    flow_buf_add(&listener->heard[fd - 1], bytes, len);
}

static int watch(void *payload, pid_t pid, struct flow_error *err)
{
    struct listener *listener = payload;
    listener->pid = pid;
    if (++listener->calls == listener->until)
        return flow_error_set(err, FLOW_E_BUDGET, "seen enough");
    return 0;
}

static void test_output_is_heard_as_it_comes(void **state)
{
    (void)state;
    struct fixture f;
    struct listener listener = {.calls = 0};
    begin(&f, "echo out; echo err >&2; echo more");
    for (int i = 0; i < 2; i++)
        flow_buf_init(&listener.heard[i], FLOW_BUF_TEXT);
    f.proc.heard = hear;
    f.proc.payload = &listener;
    assert_ok(run(&f), &f.err);
    assert_string_equal(listener.heard[0].data, "out\nmore\n");
    assert_string_equal(listener.heard[1].data, "err\n");
    assert_string_equal(f.out.data, "out\nmore\n");
    for (int i = 0; i < 2; i++)
        flow_buf_release(&listener.heard[i]);
    end(&f);
}

static void test_a_watcher_can_end_it(void **state)
{
    (void)state;
    struct fixture f;
    struct listener listener = {.until = 3};
    begin(&f, "echo $$; exec sleep 60");
    f.proc.watch = watch;
    f.proc.payload = &listener;
    assert_err(run(&f), &f.err, FLOW_E_BUDGET);
    assert_string_equal(f.err.message, "seen enough");
    assert_int_equal(listener.calls, 3);
    assert_int_equal(listener.pid, atoi(f.out.data));
    assert_int_equal(f.result.signal, SIGKILL);
    end(&f);
}

static int run_one(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    (void)payload;
    (void)worker;
    struct fixture f;
    char text[32];
    snprintf(text, sizeof text, "item %zu\n", item);
    begin(&f, "cat; exit 9");
    f.proc.input = text;
    f.proc.input_len = strlen(text);
    int result = flow_proc_run(&f.proc, &f.result, err);
    if (result == 0 && (f.result.status != 9 || strcmp(f.out.data, text) != 0))
        result = flow_error_set(err, FLOW_E_INTERNAL, "%d: '%s' for '%s'", f.result.status, f.out.data, text);
    end(&f);
    return result;
}

static void test_many_at_once(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_thread_each(60, 240, run_one, NULL, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_status_and_output, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_one_buffer_for_both_keeps_the_order, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_no_buffers, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_signal, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_large_input, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_input_that_nobody_reads, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_no_input, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_environment_and_folder, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_look_up_in_path, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_exists, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_timeout_kills_the_group, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_timeout_with_closed_output, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_what_outlives_the_child_is_killed, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_even_outside_the_group_nobody_hangs_us, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_too_much_output, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_cancel, folder_setup, folder_teardown),
        cmocka_unit_test(test_output_is_heard_as_it_comes),
        cmocka_unit_test(test_a_watcher_can_end_it),
        cmocka_unit_test_setup_teardown(test_child_inherits_no_descriptors, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_child_begins_with_ordinary_signals, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_closed_standard_descriptors, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
