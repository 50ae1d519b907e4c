// SPDX-License-Identifier: MIT
#include <signal.h>
#include <stdio.h>

#include "flow/ui/ask.h"
#include "terminal.h"

#define AGREED 77

// What the child ends with: AGREED, or the code of the error, which it prints.
static int ask(void)
{
    struct flow_error err = FLOW_ERROR_INIT;
    if (flow_ask("spend $5?", "--yes", &err) == 0)
        return AGREED;
    dprintf(2, "<%s>", err.message);
    return (int)err.code;
}

static int ask_beside_data(void)
{
    // Standard input is data, but the terminal is still there to be asked.
    dup2(open("/dev/null", O_RDONLY), 0);
    return ask();
}

static void answer(const char *typed, int want)
{
    struct terminal term;
    char text[1000];
    terminal_run(&term, 80, ask);
    terminal_type(&term, typed);
    assert_int_equal(terminal_end(&term, text, sizeof text), want);
    assert_non_null(strstr(text, "spend $5? [y/N] "));
}

static void test_yes(void **state)
{
    (void)state;
    answer("y\n", AGREED);
    answer("YES\n", AGREED);
}

static void test_anything_else_refuses(void **state)
{
    (void)state;
    answer("n\n", FLOW_E_REFUSED);
    answer("\n", FLOW_E_REFUSED);
    answer("yes please\n", FLOW_E_REFUSED);
    answer("\004", FLOW_E_REFUSED); // end of file
}

static void test_standard_input_stays_free(void **state)
{
    (void)state;
    struct terminal term;
    char text[1000];
    terminal_run(&term, 80, ask_beside_data);
    terminal_type(&term, "y\n");
    assert_int_equal(terminal_end(&term, text, sizeof text), AGREED);
}

static int ask_nobody(void)
{
    struct flow_error err = FLOW_ERROR_INIT;
    if (flow_ask("spend $5?", "--yes", &err) == 0)
        return AGREED;
    return strstr(err.message, "'--yes'") ? (int)err.code : 0;
}

static void test_without_a_terminal(void **state)
{
    (void)state;
    struct terminal term;
    terminal_run(&term, 0, ask_nobody);
    int status;
    assert_int_equal(waitpid(term.child, &status, 0), term.child);
    close(term.far);
    assert_int_equal(WEXITSTATUS(status), FLOW_E_REFUSED);
}

static void ignore(int number)
{
    (void)number;
}

static int ask_interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore};
    sigaction(SIGINT, &action, NULL);
    return ask();
}

static void test_a_signal_interrupts(void **state)
{
    (void)state;
    struct terminal term;
    char text[1000] = "";
    size_t length = 0;
    terminal_run(&term, 80, ask_interrupted);
    // The key is typed once the question stands there, when the child's handler is in place.
    while (!strstr(text, "[y/N] ")) {
        ssize_t got = read(term.far, text + length, sizeof text - 1 - length);
        assert_true(got > 0);
        length += (size_t)got;
        text[length] = '\0';
    }
    terminal_type(&term, "\003");
    assert_int_equal(terminal_end(&term, text, sizeof text), FLOW_E_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yes),
        cmocka_unit_test(test_anything_else_refuses),
        cmocka_unit_test(test_standard_input_stays_free),
        cmocka_unit_test(test_without_a_terminal),
        cmocka_unit_test(test_a_signal_interrupts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
