/* SPDX-License-Identifier: MIT */
/*
 * Numbers and strings as compact bytes, for caches: numbers in LEB128 (seven bits a byte, the lowest first),
 * strings as their length and their bytes. The reader trusts nothing: what is cut or wrong sets `failed`,
 * after which everything reads as 0 or "", so that one check at the end is enough.
 */
#ifndef FLOW_BASE_PACK_H
#define FLOW_BASE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"

void flow_pack_uint(struct flow_buf *out, uint64_t number);
void flow_pack_str(struct flow_buf *out, const char *text, size_t len);

struct flow_unpack {
    const unsigned char *at, *end;
    bool failed;
};

void flow_unpack_init(struct flow_unpack *unpack, const void *data, size_t size);
uint64_t flow_unpack_uint(struct flow_unpack *unpack);
/* A number that must not be larger than max. */
uint64_t flow_unpack_max(struct flow_unpack *unpack, uint64_t max);
/* How many entries follow, of which each takes a byte at least: a wrong count cannot ask for more memory than
 * the input justifies. */
size_t flow_unpack_count(struct flow_unpack *unpack);
/* Points into the data; not NUL-terminated. */
const char *flow_unpack_str(struct flow_unpack *unpack, size_t *len);
/* Whether everything was well and all of it has been read. */
bool flow_unpack_done(const struct flow_unpack *unpack);

#endif
