/* SPDX-License-Identifier: MIT */
/*
 * What a unit test includes: cmocka with the headers that it needs before it, and a short way to say "this
 * succeeds".
 */
#ifndef FLOW_TESTS_UNIT_H
#define FLOW_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Fails the test with the message of err where the call did not return 0. */
#define assert_ok(call, err)                                                                                 \
    do {                                                                                                     \
        if ((call) != 0)                                                                                     \
            fail_msg("%s: %s", #call, (err)->message);                                                       \
    } while (0)

/* The call fails, and with this code. */
#define assert_err(call, err, want)                                                                          \
    do {                                                                                                     \
        assert_int_not_equal((call), 0);                                                                     \
        assert_int_equal((err)->code, (want));                                                               \
    } while (0)

#endif
