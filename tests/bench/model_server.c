// SPDX-License-Identifier: MIT
/*
 * model_server [OPTION…]: a model server on loopback that costs little, for benchmarks and fault runs. It
 * speaks the Messages API, streamed, over HTTP/1.1, on one thread.
 *
 *   --port-file FILE   write the port there once it is ready (default: a line on standard output)
 *   --port N           the port to take (default: any that is free)
 *   --delay MS         before each answer
 *   --events N         of an answer (50)
 *   --script FILE      answers by unit (answer.h)
 *   --reject N         the first review of one unit in N is a rejection
 *   --faults PERCENT   of the answers go wrong in one way or another
 *   --most N           more requests than that at once are throttled, and told to come back in a second
 *   --seed N           of what is left to chance
 *   --tls CERT KEY     speak TLS
 *
 * GET /stats answers with a JSON object: requests, throttled, connections, most (at once), bytes, when the
 * first request came (monotonic), seconds of processor, and how often each fault came.
 */
#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "answer.h"
#include "flow/base/file.h"
#include "flow/base/time.h"

#define REQUEST_MAX ((size_t)64 << 20)
#define READ_SIZE   ((size_t)64 << 10)
#define ALIVE       0.2 // seconds between the signs of life of a connection that is stalled

struct conn {
    int fd;
    SSL *ssl;
    struct flow_buf in, out;
    size_t head, body; // lengths of the request that is being read; head 0: not known yet
    size_t sent;
    double due; // when the answer is to leave, or the next sign of life
    bool counted, waiting, stalled, cut, shaken, want_write;
    struct conn *next, *prev; // of those that wait, in the order in which they are due
};

struct server {
    int epoll, listener;
    SSL_CTX *tls;
    struct answers *answers;
    double delay;
    uint16_t port;
    unsigned most;
    struct conn *first, *last; // waiting for their delay
    struct conn *stalled;
    unsigned long requests, throttled, connections, in_flight, peak;
    unsigned long long bytes;
    double first_request;
};

static void die(const char *what)
{
    fprintf(stderr, "model_server: %s: %s\n", what, strerror(errno));
    exit(3);
}

static void list_remove(struct server *server, struct conn *conn)
{
    struct conn **first = conn->stalled ? &server->stalled : &server->first;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        *first = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    else if (!conn->stalled)
        server->last = conn->prev;
    conn->next = conn->prev = NULL;
}

static void wait_for_delay(struct server *server, struct conn *conn)
{
    conn->waiting = true;
    conn->due = flow_time_mono() + server->delay;
    conn->prev = server->last;
    if (server->last)
        server->last->next = conn;
    else
        server->first = conn;
    server->last = conn;
}

static void stall(struct server *server, struct conn *conn)
{
    conn->stalled = true;
    conn->due = flow_time_mono() + ALIVE;
    conn->next = server->stalled;
    if (conn->next)
        conn->next->prev = conn;
    server->stalled = conn;
}

static void close_conn(struct server *server, struct conn *conn)
{
    if (conn->waiting || conn->stalled)
        list_remove(server, conn);
    if (conn->counted)
        server->in_flight--;
    SSL_free(conn->ssl);
    close(conn->fd);
    flow_buf_release(&conn->in);
    flow_buf_release(&conn->out);
    free(conn);
}

static void want_write(struct server *server, struct conn *conn, bool want)
{
    if (conn->want_write == want)
        return;
    struct epoll_event event = {.events = want ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = conn};
    epoll_ctl(server->epoll, EPOLL_CTL_MOD, conn->fd, &event);
    conn->want_write = want;
}

// Bytes, 0 for "later", -1 for the end of the connection.
static ssize_t read_some(struct conn *conn, void *data, size_t size)
{
    if (!conn->ssl) {
        ssize_t got = recv(conn->fd, data, size, 0);
        return got > 0 ? got : got < 0 && errno == EAGAIN ? 0 : -1;
    }
    int got = SSL_read(conn->ssl, data, (int)size);
    if (got > 0)
        return got;
    int why = SSL_get_error(conn->ssl, got);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t write_some(struct conn *conn, const void *data, size_t size)
{
    if (!conn->ssl) {
        ssize_t put = send(conn->fd, data, size, MSG_NOSIGNAL);
        return put > 0 ? put : put < 0 && errno == EAGAIN ? 0 : -1;
    }
    int put = SSL_write(conn->ssl, data, (int)size);
    if (put > 0)
        return put;
    int why = SSL_get_error(conn->ssl, put);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

// false: the connection is closed.
static bool write_out(struct server *server, struct conn *conn)
{
    while (conn->sent < conn->out.len) {
        ssize_t put = write_some(conn, conn->out.data + conn->sent, conn->out.len - conn->sent);
        if (put < 0) {
            close_conn(server, conn);
            return false;
        }
        if (put == 0) {
            want_write(server, conn, true);
            return true;
        }
        conn->sent += (size_t)put;
    }
    want_write(server, conn, false);
    flow_buf_clear(&conn->out);
    conn->sent = 0;
    if (conn->cut) {
        close_conn(server, conn);
        return false;
    }
    return true;
}

static void tell_stats(struct server *server, struct flow_buf *out)
{
    struct rusage usage;
    struct flow_buf text;
    getrusage(RUSAGE_SELF, &usage);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text,
                    "{\"requests\":%lu,\"throttled\":%lu,\"connections\":%lu,\"most\":%lu,\"bytes\":%llu,"
                    "\"first\":%.3f,\"seconds\":%.3f,\"faults\":{",
                    server->requests, server->throttled, server->connections, server->peak, server->bytes,
                    server->first_request,
                    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    answers_faults(server->answers, &text);
    flow_buf_puts(&text, "}}\n");
    flow_buf_printf(out, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
                    text.len, text.data);
    flow_buf_release(&text);
}

static void end_request(struct server *server, struct conn *conn)
{
    // What is behind it is the start of another, which a client that waits for answers does not send.
    flow_buf_clear(&conn->in);
    conn->head = conn->body = 0;
    if (conn->counted)
        server->in_flight--;
    conn->counted = false;
}

// false: the connection is closed.
static bool answer(struct server *server, struct conn *conn)
{
    enum answer_end end = answers_make(server->answers, conn->in.data + conn->head, conn->body, &conn->out);
    conn->cut = end == ANSWER_CUT;
    if (end == ANSWER_STALL)
        stall(server, conn);
    else
        end_request(server, conn);
    return write_out(server, conn);
}

static bool take_request(struct server *server, struct conn *conn)
{
    if (strncmp(conn->in.data, "GET ", 4) == 0) {
        tell_stats(server, &conn->out);
        end_request(server, conn);
        return write_out(server, conn);
    }
    if (server->requests++ == 0)
        server->first_request = flow_time_mono();
    server->bytes += conn->head + conn->body;
    conn->counted = true;
    if (++server->in_flight > server->peak)
        server->peak = server->in_flight;
    if (server->most > 0 && server->in_flight > server->most) {
        server->throttled++;
        answers_throttle(&conn->out, "retry-after: 1\r\n");
        end_request(server, conn);
        return write_out(server, conn);
    }
    if (server->delay <= 0)
        return answer(server, conn);
    wait_for_delay(server, conn);
    return true;
}

// Finds the end of the head and the length of the body.
static void read_head(struct conn *conn)
{
    char *end = strstr(conn->in.data, "\r\n\r\n");
    if (!end)
        return;
    conn->head = (size_t)(end + 4 - conn->in.data);
    for (char *line = conn->in.data; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "content-length:", 15) == 0)
            conn->body = strtoul(line + 15, NULL, 10);
}

static void read_in(struct server *server, struct conn *conn)
{
    for (;;) {
        char *room = flow_buf_reserve(&conn->in, READ_SIZE);
        ssize_t got = room ? read_some(conn, room, READ_SIZE) : -1;
        if (got < 0) {
            close_conn(server, conn);
            return;
        }
        if (got == 0)
            return;
        flow_buf_commit(&conn->in, (size_t)got);
        if (conn->head == 0)
            read_head(conn);
        if (conn->head > 0 && conn->in.len >= conn->head + conn->body && !conn->waiting && !conn->stalled &&
            !take_request(server, conn))
            return;
    }
}

static void shake_hands(struct server *server, struct conn *conn)
{
    int done = SSL_accept(conn->ssl);
    if (done == 1) {
        conn->shaken = true;
        want_write(server, conn, false);
        read_in(server, conn);
        return;
    }
    int why = SSL_get_error(conn->ssl, done);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_WRITE)
        want_write(server, conn, true);
    else if (why != SSL_ERROR_WANT_READ)
        close_conn(server, conn);
}

static void accept_all(struct server *server)
{
    int fd, on = 1;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct conn *conn = calloc(1, sizeof *conn);
        if (!conn)
            die("no memory");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        conn->fd = fd;
        flow_buf_init(&conn->in, REQUEST_MAX);
        flow_buf_init(&conn->out, REQUEST_MAX);
        server->connections++;
        if (server->tls && (conn->ssl = SSL_new(server->tls)))
            SSL_set_fd(conn->ssl, fd);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
        epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

// Sends what is due; the milliseconds until the next.
static int send_due(struct server *server)
{
    double now = flow_time_mono(), next = 60;
    while (server->first && server->first->due <= now) {
        struct conn *conn = server->first;
        list_remove(server, conn);
        conn->waiting = false;
        answer(server, conn);
    }
    if (server->first)
        next = server->first->due - now;
    for (struct conn *conn = server->stalled, *after; conn; conn = after) {
        after = conn->next;
        if (conn->due <= now) {
            conn->due = now + ALIVE;
            flow_buf_puts(&conn->out, "1c\r\nevent: ping\ndata: {\"a\":1}\n\n\r\n");
            write_out(server, conn);
        }
        next = next > ALIVE ? ALIVE : next;
    }
    return next < 0 ? 0 : (int)(next * 1000) + 1;
}

static void serve(struct server *server)
{
    struct epoll_event events[256];
    for (;;) {
        int count = epoll_wait(server->epoll, events, 256, send_due(server));
        if (count < 0 && errno != EINTR)
            die("epoll");
        for (int i = 0; i < count; i++) {
            struct conn *conn = events[i].data.ptr;
            if (!conn)
                accept_all(server);
            else if (conn->ssl && !conn->shaken)
                shake_hands(server, conn);
            else if (!(events[i].events & EPOLLOUT) || write_out(server, conn))
                read_in(server, conn);
        }
    }
}

static unsigned listen_on_loopback(struct server *server)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(server->port)};
    int on = 1;
    socklen_t len = sizeof address;
    struct epoll_event event = {.events = EPOLLIN};
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->epoll < 0 || server->listener < 0 ||
        setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 4096) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
        die("cannot listen");
    epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event);
    return ntohs(address.sin_port);
}

static void announce(const char *path, unsigned port)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char text[16];
    int len = snprintf(text, sizeof text, "%u\n", port);
    if (!path) {
        fputs(text, stdout);
        fflush(stdout);
    } else if (flow_file_write(path, text, (size_t)len, 0644, &err)) {
        fprintf(stderr, "model_server: %s\n", err.message);
        exit(3);
    }
}

static void set_tls(struct server *server, const char *certificate, const char *key)
{
    server->tls = SSL_CTX_new(TLS_server_method());
    if (!server->tls || SSL_CTX_use_certificate_chain_file(server->tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server->tls, key, SSL_FILETYPE_PEM) != 1)
        die("cannot use the certificate");
    SSL_CTX_set_mode(server->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"port-file", 1, NULL, 'p'}, {"port", 1, NULL, 'P'},   {"delay", 1, NULL, 'd'},
        {"events", 1, NULL, 'e'},    {"script", 1, NULL, 's'}, {"reject", 1, NULL, 'r'},
        {"faults", 1, NULL, 'f'},    {"most", 1, NULL, 'm'},   {"seed", 1, NULL, 'n'},
        {"tls", 1, NULL, 't'},       {NULL, 0, NULL, 0},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct answer_options options = {.events = 50, .seed = 1};
    struct server server = {0};
    const char *port_file = NULL, *certificate = NULL;
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'p':
            port_file = optarg;
            break;
        case 'P':
            server.port = (uint16_t)atoi(optarg);
            break;
        case 'd':
            server.delay = atof(optarg) / 1000;
            break;
        case 'e':
            options.events = (unsigned)atoi(optarg);
            break;
        case 's':
            options.script = optarg;
            break;
        case 'r':
            options.reject = (unsigned)atoi(optarg);
            break;
        case 'f':
            options.fault_percent = (unsigned)atoi(optarg);
            break;
        case 'm':
            server.most = (unsigned)atoi(optarg);
            break;
        case 'n':
            options.seed = strtoul(optarg, NULL, 10);
            break;
        case 't':
            certificate = optarg;
            break;
        default:
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    // A test that fails does not get to stop it.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (answers_new(&server.answers, &options, &err)) {
        fprintf(stderr, "model_server: %s\n", err.message);
        return 3;
    }
    if (certificate && !argv[optind])
        return 2;
    if (certificate)
        set_tls(&server, certificate, argv[optind]);
    announce(port_file, listen_on_loopback(&server));
    serve(&server);
    return 0;
}
