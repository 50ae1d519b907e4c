/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012, with one round a block and
 * three at the end): a hash whose collisions cannot be made without its key. For tables whose keys come from
 * outside.
 */
#ifndef FLOW_BASE_SIPHASH_H
#define FLOW_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t flow_siphash(const uint64_t key[2], const void *data, size_t len);

#endif
