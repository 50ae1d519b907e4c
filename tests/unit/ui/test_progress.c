// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <stdio.h>

#include "flow/ui/progress.h"
#include "terminal.h"

static char *read_all(FILE *from, char *text, size_t size)
{
    rewind(from);
    size_t length = fread(text, 1, size - 1, from);
    text[length] = '\0';
    return text;
}

static void test_a_file_gets_plain_lines_and_few(void **state)
{
    (void)state;
    struct flow_progress *progress;
    struct flow_error err;
    char text[1000];
    FILE *to = tmpfile();
    assert_non_null(to);
    assert_ok(flow_progress_new(&progress, to, false, &err), &err);
    for (int i = 0; i < 1000; i++)
        flow_progress_status(progress, "%d of 1000", i);
    flow_progress_note(progress, "a %s", "note");
    flow_progress_warn(progress, "beware");
    flow_progress_free(progress);
    assert_string_equal(read_all(to, text, sizeof text), "a note\nwarning: beware\n");
    fclose(to);
}

static void test_quiet_leaves_warnings(void **state)
{
    (void)state;
    struct flow_progress *progress;
    struct flow_error err;
    char text[1000];
    FILE *to = tmpfile();
    assert_non_null(to);
    assert_ok(flow_progress_new(&progress, to, true, &err), &err);
    flow_progress_status(progress, "status");
    flow_progress_note(progress, "note");
    flow_progress_warn(progress, "a\033[2Jb");
    flow_progress_free(progress);
    assert_string_equal(read_all(to, text, sizeof text), "warning: a\\x1b[2Jb\n");
    fclose(to);
}

static int draw(void)
{
    struct flow_progress *progress;
    setenv("TERM", "xterm", 1);
    if (flow_progress_new(&progress, stderr, false, NULL) != 0)
        return 1;
    flow_progress_status(progress, "status that is longer than twenty columns");
    flow_progress_note(progress, "note");
    flow_progress_free(progress);
    return 0;
}

static int draw_long(void)
{
    struct flow_progress *progress;
    setenv("TERM", "xterm", 1);
    if (flow_progress_new(&progress, stderr, false, NULL) != 0)
        return 1;
    flow_progress_status(progress, "a status that does not change");
    usleep((useconds_t)((FLOW_PROGRESS_ELAPSED + 1.5) * 1e6));
    flow_progress_free(progress);
    return 0;
}

static int draw_dumb(void)
{
    struct flow_progress *progress;
    setenv("TERM", "dumb", 1);
    if (flow_progress_new(&progress, stderr, false, NULL) != 0)
        return 1;
    flow_progress_status(progress, "status");
    flow_progress_note(progress, "note");
    flow_progress_free(progress);
    return 0;
}

static void on_terminal(int (*fn)(void), const char *want)
{
    struct terminal term;
    char text[1000];
    terminal_run(&term, 20, fn);
    assert_int_equal(terminal_end(&term, text, sizeof text), 0);
    assert_string_equal(text, want);
}

static void test_a_terminal_gets_one_line_in_place(void **state)
{
    (void)state;
    // Cut to the width less one; taken away for the note, drawn again behind it, taken away at the end.
    on_terminal(draw, "\rstatus that is long\033[J"
                      "\r\033[Jnote\r\n"
                      "\rstatus that is long\033[J"
                      "\r\033[J");
}

// Cut to leave room for how long it has stood still.
static void test_a_status_that_stands_still_says_for_how_long(void **state)
{
    struct terminal term;
    char text[1000] = "";
    unsigned seconds = 0;
    (void)state;
    terminal_run(&term, 20, draw_long);
    assert_int_equal(terminal_end(&term, text, sizeof text), 0);
    assert_int_equal(strncmp(text, "\ra status that does \033[J", 20), 0);
    const char *last = strrchr(text, ',');
    assert_non_null(last);
    assert_int_equal(sscanf(last, ", %us\033[J", &seconds), 1);
    assert_true(seconds >= FLOW_PROGRESS_ELAPSED);
    assert_int_equal(strncmp(last - 15, "a status that d", 15), 0);
}

static void test_a_dumb_terminal_gets_plain_lines(void **state)
{
    (void)state;
    on_terminal(draw_dumb, "note\r\n");
}

#define THREADS 8
#define NOTES   200

static void *talk(void *payload)
{
    for (int i = 0; i < NOTES; i++) {
        flow_progress_status(payload, "status %d", i);
        flow_progress_note(payload, "note of one thread");
    }
    return NULL;
}

static void test_lines_of_many_threads_stay_whole(void **state)
{
    (void)state;
    struct flow_progress *progress;
    struct flow_error err;
    pthread_t threads[THREADS];
    char line[100];
    int lines = 0;
    FILE *to = tmpfile();
    assert_non_null(to);
    assert_ok(flow_progress_new(&progress, to, false, &err), &err);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, progress), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    flow_progress_free(progress);
    rewind(to);
    while (fgets(line, sizeof line, to)) {
        assert_string_equal(line, "note of one thread\n");
        lines++;
    }
    assert_int_equal(lines, THREADS * NOTES);
    fclose(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_gets_plain_lines_and_few),
        cmocka_unit_test(test_quiet_leaves_warnings),
        cmocka_unit_test(test_a_terminal_gets_one_line_in_place),
        cmocka_unit_test(test_a_status_that_stands_still_says_for_how_long),
        cmocka_unit_test(test_a_dumb_terminal_gets_plain_lines),
        cmocka_unit_test(test_lines_of_many_threads_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
