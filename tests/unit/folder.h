/* SPDX-License-Identifier: MIT */
/*
 * A folder of its own for each test: cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown).
 */
#ifndef FLOW_TESTS_FOLDER_H
#define FLOW_TESTS_FOLDER_H

#include "flow/base/buf.h"

/* Make it, with *state pointing to its path (char *); remove it. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* The path of name in it, in out, which is returned as its data. */
const char *folder_path(void **state, struct flow_buf *out, const char *name);

/* Writes a file into it, with the folders that lead there. */
void folder_write(void **state, const char *name, const char *text);

#endif
