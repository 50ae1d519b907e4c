/* SPDX-License-Identifier: MIT */
/*
 * HTTP: one thread runs all transfers of the process through libcurl's multi interface; a caller hands its
 * transfer over and sleeps until it has ended.
 *
 * http and https only, no redirect is followed, and headers go to the URL's host alone. Connections are kept
 * and shared; over HTTP/2 many transfers share one. Certificates are checked against the system's bundle, or
 * $SSL_CERT_FILE.
 */
#ifndef FLOW_MODEL_NET_H
#define FLOW_MODEL_NET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"

struct flow_net;

/* Seconds; each begins anew with what it waits for. */
struct flow_net_limits {
    double connect;
    double first_byte; /* from the start to the first byte of the answer's body */
    double silence;    /* without any byte */
    double content;    /* without content: pings and comments do not count */
    size_t size;       /* bytes of the body */
};

enum flow_net_data {
    FLOW_NET_STOP = -1, /* nothing further is wanted */
    FLOW_NET_LIFE,      /* bytes, but nothing of the answer */
    FLOW_NET_CONTENT,
    FLOW_NET_COMPLETE /* the answer is whole; the rest is manners */
};

enum flow_net_end {
    FLOW_NET_DONE,
    FLOW_NET_STOPPED, /* the data function asked for it */
    FLOW_NET_FAILED,  /* see message; curl's code in `code` */
    FLOW_NET_FIRST_BYTE,
    FLOW_NET_SILENCE,
    FLOW_NET_NO_CONTENT,
    FLOW_NET_TOO_BIG,
    FLOW_NET_CANCELLED
};

struct flow_transfer {
    const char *url;
    const struct flow_strv *headers; /* "name: value" */
    const char *body;                /* posted */
    size_t len;
    /* Called by the network thread once all of the body has left and it can be freed, as answers take minutes
     * and there may be a thousand; must not block. May be NULL. */
    void (*uploaded)(void *payload);
    const struct flow_net_limits *limits;
    /* Called by the network thread with each piece of the body; must not block. */
    enum flow_net_data (*data)(void *payload, const char *bytes, size_t len, long status);
    void *payload;

    enum flow_net_end end;
    int code;
    bool sent;                  /* some of the body has left */
    long status;                /* HTTP status, 0: no answer */
    double seconds, first_byte; /* first_byte below 0: none came */
    char message[256];
    char content_type[64], retry_after[64], retry_after_ms[32], should_retry[16], request_id[128];
};

/* cancel (may be NULL): ends all transfers once it is true. */
int flow_net_new(struct flow_net **out, const atomic_bool *cancel, struct flow_error *err);
/* No transfer may be under way. */
void flow_net_free(struct flow_net *net);

/* Posts, and returns when the transfer has ended, however it did. -1 only where it could not begin. */
int flow_net_post(struct flow_net *net, struct flow_transfer *transfer, struct flow_error *err);

#endif
