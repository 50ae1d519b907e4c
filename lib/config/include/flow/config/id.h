/* SPDX-License-Identifier: MIT */
/*
 * Identities: git's object ids in hexadecimal, the one name that flow has for content. The id of some bytes
 * is that of the blob that git would store, so that keys in the ledger, the index and the repository are the
 * same.
 */
#ifndef FLOW_CONFIG_ID_H
#define FLOW_CONFIG_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"

/* 40 hexadecimal digits and NUL (SHA-1; libgit2 1.5 knows no other format). */
#define FLOW_ID_SIZE 41

struct flow_id {
    char hex[FLOW_ID_SIZE];
};

/* A text under its id. */
struct flow_text {
    const void *data; /* borrowed */
    size_t len;
    struct flow_id id;
    bool known; /* the id did not have to be computed: the same text came before */
};

/* git blob id of len bytes. Thread-safe. */
int flow_id_of(struct flow_id *out, const void *data, size_t len, struct flow_error *err);

#endif
