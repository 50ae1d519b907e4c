// SPDX-License-Identifier: MIT
#include "harness.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "flow/base/json.h"

static void wait_for_port(struct test_server *server, int fd, const char *before)
{
    char line[512];
    FILE *out = fdopen(fd, "r");

    assert_non_null(out);
    while (server->port == 0 && fgets(line, sizeof line, out) != NULL) {
        const char *at = strstr(line, before);
        if (at != NULL)
            server->port = atoi(at + strlen(before));
    }
    // The pipe stays open: a server that writes into a closed one would die.
    if (server->port == 0)
        fail_msg("the server did not say its port");
}

void server_spawn(struct test_server *server, const char *const *argv, const char *before)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int ends[2];

    *server = (struct test_server){0};
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawnp(&server->pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
        fail_msg("cannot start '%s'", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    wait_for_port(server, ends[0], before);
}

void server_start(struct test_server *server, const char *script)
{
    char program[4096], path[] = "/tmp/flow-script-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    close(fd);
    snprintf(program, sizeof program, "%s/tests/e2e/server/flow-model-server", getenv("FLOW_SOURCE_DIR"));
    server_spawn(server,
                 (const char *const[]){"python3", program, "--script", path, "--port-file", "-", "--key",
                                       TEST_KEY, NULL},
                 "");
    memcpy(server->script, path, sizeof path);
}

void server_stop(struct test_server *server)
{
    kill(server->pid, SIGTERM);
    waitpid(server->pid, NULL, 0);
    if (server->script[0] != '\0')
        unlink(server->script);
}

static size_t keep(char *bytes, size_t one, size_t len, void *payload)
{
    (void)one;
    flow_buf_add(payload, bytes, len);
    return len;
}

void server_stats(const struct test_server *server, struct test_stats *out)
{
    CURL *easy = curl_easy_init();
    struct flow_json *document;
    struct flow_buf text;
    char url[64];

    flow_buf_init(&text, FLOW_BUF_LINE);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/stats", server->port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &text);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
    assert_int_equal(flow_json_parse(&document, text.data, text.len, NULL), 0);
    out->requests = (long)flow_json_int(flow_json_get(document, "requests"), -1);
    out->connections = (long)flow_json_int(flow_json_get(document, "connections"), -1);
    out->most = (long)flow_json_int(flow_json_get(document, "most"), -1);
    out->input = (long)flow_json_int(flow_json_at(document, "charged.input_tokens"), 0);
    out->cache_read = (long)flow_json_int(flow_json_at(document, "charged.cache_read_input_tokens"), 0);
    out->cache_write = (long)flow_json_int(flow_json_at(document, "charged.cache_creation_input_tokens"), 0);
    out->output = (long)flow_json_int(flow_json_at(document, "charged.output_tokens"), 0);
    flow_json_free(document);
    flow_buf_release(&text);
}

void models_start(struct test_models *m, const struct test_server *server)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char url[64];

    setenv("ANTHROPIC_API_KEY", TEST_KEY, 1);
    setenv("OPENAI_API_KEY", TEST_KEY, 1);
    atomic_init(&m->cancel, false);
    assert_ok(flow_config_new(&m->config, &err), &err);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    assert_ok(flow_config_set(m->config, "model.anthropic.url", url, &err), &err);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", server->port);
    assert_ok(flow_config_set(m->config, "model.openai.url", url, &err), &err);
    assert_ok(flow_models_new(&m->models,
                              &(struct flow_models_options){.config = m->config, .cancel = &m->cancel}, &err),
              &err);
    m->models->limits.retries = 1;
    m->models->limits.net.first_byte = 5;
    m->models->limits.net.silence = 5;
    m->models->limits.net.content = 5;
}

void models_stop(struct test_models *m)
{
    flow_models_free(m->models);
    flow_config_free(m->config);
}

void call_request(struct test_call *call, struct test_models *m, const struct flow_request *request)
{
    *call = (struct test_call){0};
    call->rc =
        flow_models_call(m->models, request, NULL, &call->reply, &call->failure, &call->attempts, &call->err);
}

void call_text(struct test_call *call, struct test_models *m, const char *model, const char *text)
{
    const struct flow_block block = {.text = text, .len = strlen(text)};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1};

    call_request(call, m,
                 &(struct flow_request){.model = model, .turns = &turn, .turn_count = 1, .max_tokens = 100});
}

void call_release(struct test_call *call)
{
    flow_reply_release(&call->reply);
}
