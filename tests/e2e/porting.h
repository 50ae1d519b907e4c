/* SPDX-License-Identifier: MIT */
/*
 * For tests of flow-port as a whole process: a repository of small units, a model server that knows their
 * translations, the tool started in the background, and what must hold of its ledger at any moment. All
 * functions fail the test where something does not work.
 */
#ifndef FLOW_TESTS_PORTING_H
#define FLOW_TESTS_PORTING_H

#include <stdbool.h>
#include <sys/types.h>

#include "harness.h"

/* A number from the environment, for runs that are longer than what every build can afford. */
unsigned porting_number(const char *name, unsigned fallback);

/* Makes *state a repository with `units` units, each a header with its source, that import each other in a
 * chain of steps of ten; and beside it the file "script" for the model server. */
void porting_repository(void **state, unsigned units);

/* Starts the model server with that script and more words (ends with NULL); tools find it by the environment.
 */
void porting_server(void **state, struct test_server *server, const char *const *words);

/* Runs words of a shell in the repository, which must succeed. */
void porting_shell(void **state, const char *script);
/* Starts `shell`, which ends with "exec flow-port", or flow-port itself where it is NULL, with the options of
 * these tests and `name` as the name of its run; standard error goes to the file "stderr". */
pid_t porting_start(void **state, const char *shell, const char *name);
/* Waits for its end: its status, or 128 and the number of its signal. */
int porting_end(pid_t pid);
/* Runs it to the end, which must be with that status. */
void porting_run(void **state, const char *shell, const char *name, int status);
/* Fails where status is not the one wanted, with what the tool said. */
void porting_status(void **state, int status, int want);
/* Whether standard error holds the text; fails the test where it does not. */
void porting_said(void **state, const char *text);

/* One number from the ledger. */
long porting_count(void **state, const char *sql);
/* What holds of a ledger however its process ended: the file is sound, sums agree with rows, no reply is
 * there twice, and none was asked for again once it was stored. */
void porting_check_ledger(void **state);
/* Fails where not all units are committed, or anything is still open. */
void porting_check_whole(void **state, const char *name, unsigned units);

/* Sleeps. */
void porting_sleep(double seconds);
/* A number from 0 to 1. The first call prints the seed, which comes from FLOW_SEED or the clock. */
double porting_random(void);

#endif
