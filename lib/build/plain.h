/* SPDX-License-Identifier: MIT */
/* Output that was made for a terminal. */
#ifndef FLOW_BUILD_PLAIN_H
#define FLOW_BUILD_PLAIN_H

#include "flow/base/buf.h"

/* Appends text without the sequences that colour it (ESC [ … letter), and with '?' for NUL. */
void flow_plain(struct flow_buf *out, const char *text, size_t len);

#endif
