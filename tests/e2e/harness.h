/* SPDX-License-Identifier: MIT */
/*
 * For tests against a model server: starts it, makes calls with short limits, asks it what it saw. All
 * functions fail the test where something does not work.
 */
#ifndef FLOW_TESTS_HARNESS_H
#define FLOW_TESTS_HARNESS_H

#include <stdatomic.h>
#include <sys/types.h>

#include "flow/model/model.h"
#include "models.h"
#include "unit.h"

#define TEST_KEY "sk-test-1234567890"

struct test_server {
    pid_t pid;
    int port;
    char script[64]; /* path of its script, "" where it has none */
};

/* Starts the program with its words; it says its port in a line of its standard output that holds `before`
 * right in front of it ("" where the line is the port). */
void server_spawn(struct test_server *server, const char *const *argv, const char *before);
/* Starts tests/e2e/server with a script (JSON). */
void server_start(struct test_server *server, const char *script);
void server_stop(struct test_server *server);
/* Requests, connections, most at once; tokens that answers of the Messages API were charged for. */
struct test_stats {
    long requests, connections, most;
    long input, cache_read, cache_write, output;
};
void server_stats(const struct test_server *server, struct test_stats *out);

/* Models whose servers are this one, with the key of the test, one retry and limits of a few tenths of a
 * second. */
struct test_models {
    struct flow_config *config;
    struct flow_models *models;
    atomic_bool cancel;
};
void models_start(struct test_models *m, const struct test_server *server);
void models_stop(struct test_models *m);

/* One call with its outcome. */
struct test_call {
    struct flow_reply reply;
    struct flow_error err;
    enum flow_call_failure failure;
    unsigned attempts;
    int rc;
};
void call_request(struct test_call *call, struct test_models *m, const struct flow_request *request);
/* A request of one user turn. */
void call_text(struct test_call *call, struct test_models *m, const char *model, const char *text);
void call_release(struct test_call *call);

#endif
