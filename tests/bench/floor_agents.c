// SPDX-License-Identifier: MIT
/*
 * floor_agents LEDGER CALLS AT_ONCE: the transfers and the writes of bench_agents with nothing but libcurl's
 * multi interface and SQLite, on one thread: what no client could do without.
 *
 * floor_agents LEDGER CALLS: only fills a ledger with so many calls, for measurements that need a large one.
 *
 * The ledger is one that flow has made: bench_agents LEDGER 0 1.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "agents.h"
#include "flow/base/buf.h"
#include "flow/base/time.h"

struct transfer {
    CURL *easy;
    char *body;
    struct flow_buf answer;
    sqlite3_int64 call;
    size_t number;
};

static sqlite3 *db;
static sqlite3_stmt *put_block, *put_reservation, *put_call, *put_call_block, *settle;
static CURLM *multi;
static struct curl_slist *headers;
static char *url, *prefix, *own;

static void check(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "floor_agents: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(3);
}

static void run(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *out = NULL;
    check(sqlite3_prepare_v2(db, sql, -1, &out, NULL) == SQLITE_OK, sql);
    return out;
}

static void step(sqlite3_stmt *statement)
{
    check(sqlite3_step(statement) == SQLITE_DONE, "step");
    sqlite3_reset(statement);
}

static void open_ledger(const char *path)
{
    check(sqlite3_open(path, &db) == SQLITE_OK, path);
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    run("INSERT OR IGNORE INTO run (id, job, name, created) VALUES (1, 'port', 'bench', 0)");
    put_block = prepare("INSERT INTO block (hash, data) VALUES (?, ?)");
    put_reservation = prepare("INSERT INTO reservation (run, nano, tokens) VALUES (1, 1000, 40000)");
    put_call = prepare("INSERT INTO call (id, run, unit, role, lens, step, model, key, status, begun)"
                       " VALUES (?, 1, ?, 'translate', '', ?, 'anthropic/bench', ?, 'open', 0)");
    put_call_block = prepare("INSERT INTO call_block (call, position, block) VALUES (?, ?, ?)");
    settle = prepare("UPDATE call SET status = 'done', reply = ?, extra = '{\"stop\":\"end\"}', input = 100,"
                     " output = 100, nano = 10, settled = 1 WHERE id = ?");
}

static sqlite3_int64 add_block(const char *data, size_t len, size_t number)
{
    char hash[41];
    snprintf(hash, sizeof hash, "%040zx", number);
    sqlite3_bind_text(put_block, 1, hash, -1, SQLITE_STATIC);
    sqlite3_bind_blob(put_block, 2, data, (int)len, SQLITE_STATIC);
    step(put_block);
    return sqlite3_last_insert_rowid(db);
}

static sqlite3_int64 begin_call(size_t number, sqlite3_int64 shared, sqlite3_int64 rest)
{
    char unit[64], name[96], key[41];
    snprintf(unit, sizeof unit, "unit-%zu", number);
    snprintf(name, sizeof name, "%s/translate/-/0/1/0/0", unit);
    snprintf(key, sizeof key, "%040zx", number);
    step(put_reservation);
    sqlite3_int64 id = sqlite3_last_insert_rowid(db);
    sqlite3_bind_int64(put_call, 1, id);
    sqlite3_bind_text(put_call, 2, unit, -1, SQLITE_STATIC);
    sqlite3_bind_text(put_call, 3, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(put_call, 4, key, -1, SQLITE_STATIC);
    step(put_call);
    for (int i = 0; i < 2; i++) {
        sqlite3_bind_int64(put_call_block, 1, id);
        sqlite3_bind_int64(put_call_block, 2, i);
        sqlite3_bind_int64(put_call_block, 3, i == 0 ? shared : rest);
        step(put_call_block);
    }
    return id;
}

static void settle_call(sqlite3_int64 call, const char *reply, size_t len)
{
    sqlite3_bind_blob(settle, 1, reply, (int)len, SQLITE_STATIC);
    sqlite3_bind_int64(settle, 2, call);
    step(settle);
}

static size_t on_data(char *bytes, size_t one, size_t len, void *payload)
{
    (void)one;
    flow_buf_add(payload, bytes, len);
    return len;
}

// A JSON string without its quotes; the text has nothing but line ends that need an escape.
static void add_escaped(struct flow_buf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        flow_buf_add(out, text, len);
        if (text[len])
            flow_buf_puts(out, "\\n");
        text += len + (text[len] != '\0');
    }
}

static void make_prefix(const char *shared)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_puts(&text, "{\"model\":\"bench\",\"max_tokens\":8192,\"stream\":true,\"system\":[{\"type\":"
                         "\"text\",\"text\":\"");
    add_escaped(&text, shared);
    flow_buf_puts(&text, "\",\"cache_control\":{\"type\":\"ephemeral\"}}],\"messages\":[{\"role\":\"user\","
                         "\"content\":[{\"type\":\"text\",\"text\":\"");
    prefix = flow_buf_detach(&text);
}

static void start(struct transfer *t, size_t number, sqlite3_int64 shared)
{
    struct flow_buf body;
    agents_stamp(own, number);
    t->number = number;
    t->call = begin_call(number, shared, add_block(own, AGENTS_OWN, number));
    flow_buf_init(&body, FLOW_BUF_FILE);
    flow_buf_puts(&body, prefix);
    add_escaped(&body, own);
    flow_buf_puts(&body, "\"}]}]}");
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    t->body = flow_buf_detach(&body);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
    flow_buf_clear(&t->answer);
}

static void make_easy(struct transfer *t)
{
    const char *bundle = getenv("SSL_CERT_FILE");
    t->easy = curl_easy_init();
    flow_buf_init(&t->answer, FLOW_BUF_FILE);
    curl_easy_setopt(t->easy, CURLOPT_URL, url);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, &t->answer);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE, 1024L);
    curl_easy_setopt(t->easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
    if (bundle)
        curl_easy_setopt(t->easy, CURLOPT_CAINFO, bundle);
}

static size_t take_finished(struct transfer **idle, size_t *idle_count)
{
    CURLMsg *message;
    size_t count = 0;
    int left;
    while ((message = curl_multi_info_read(multi, &left))) {
        struct transfer *t;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        check(message->data.result == CURLE_OK, curl_easy_strerror(message->data.result));
        if (count++ == 0)
            run("BEGIN IMMEDIATE");
        settle_call(t->call, t->answer.data, t->answer.len / 4);
        curl_multi_remove_handle(multi, t->easy);
        free(t->body);
        idle[(*idle_count)++] = t;
    }
    if (count)
        run("COMMIT");
    return count;
}

static void make_calls(size_t calls, size_t at_once, sqlite3_int64 shared)
{
    struct transfer *transfers = calloc(at_once, sizeof *transfers), **idle = calloc(at_once, sizeof *idle);
    size_t begun = 0, done = 0, idle_count = 0;
    int running;
    multi = curl_multi_init();
    for (size_t i = 0; i < at_once; i++) {
        make_easy(&transfers[i]);
        idle[idle_count++] = &transfers[i];
    }
    while (done < calls) {
        size_t first = idle_count;
        if (idle_count && begun < calls)
            run("BEGIN IMMEDIATE");
        while (first > 0 && begun < calls)
            start(idle[--first], ++begun, shared);
        if (first < idle_count)
            run("COMMIT");
        for (size_t i = first; i < idle_count; i++)
            curl_multi_add_handle(multi, idle[i]->easy);
        idle_count = first;
        curl_multi_perform(multi, &running);
        done += take_finished(idle, &idle_count);
        if (idle_count == 0 || begun == calls)
            curl_multi_poll(multi, NULL, 0, 100, NULL);
    }
}

static void fill(size_t calls, sqlite3_int64 shared)
{
    run("BEGIN IMMEDIATE");
    for (size_t i = 1; i <= calls; i++)
        settle_call(begin_call(i, shared, shared), "a reply of some length, as they are", 35);
    run("COMMIT");
}

int main(int argc, char **argv)
{
    const char *base = getenv("ANTHROPIC_BASE_URL");
    struct flow_buf text;
    if (argc < 3)
        return 2;
    size_t calls = strtoul(argv[2], NULL, 10);
    open_ledger(argv[1]);
    char *shared = agents_text(AGENTS_SHARED);
    own = agents_text(AGENTS_OWN);
    sqlite3_int64 block = add_block(shared, AGENTS_SHARED, 0);
    if (argc == 3) {
        fill(calls, block);
        return 0;
    }
    check(base != NULL, "ANTHROPIC_BASE_URL is not set");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s/v1/messages", base);
    url = flow_buf_detach(&text);
    headers = curl_slist_append(NULL, "Expect:");
    headers = curl_slist_append(headers, "content-type: application/json");
    make_prefix(shared);
    double began = flow_time_mono();
    make_calls(calls, strtoul(argv[3], NULL, 10), block);
    agents_report(calls, flow_time_mono() - began);
    return 0;
}
