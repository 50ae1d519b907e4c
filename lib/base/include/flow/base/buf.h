/* SPDX-License-Identifier: MIT */
/*
 * Growing byte buffers with a maximum and a sticky failure.
 *
 * Every buffer is made with the largest size it may reach. An append that would pass it, or for which there
 * is no memory, sets `failed`, after which all appends do nothing: append as often as needed and check once,
 * with flow_buf_check. The content is always followed by a NUL byte that `len` does not count, and may itself
 * hold any byte. Embedded: _init and _release.
 */
#ifndef FLOW_BASE_BUF_H
#define FLOW_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"

struct flow_buf {
    char *data; /* never NULL after _init: an empty buffer points to "" */
    size_t len;
    size_t cap;  /* bytes allocated; 0 while nothing is */
    size_t max;  /* largest len allowed */
    bool failed; /* an append did not happen */
    bool full;   /* … because of max, not of memory */
};

/* Limits that recur. A prompt or a file that flow reads whole fits in FLOW_BUF_FILE. */
#define FLOW_BUF_LINE ((size_t)64 << 10)
#define FLOW_BUF_TEXT ((size_t)16 << 20)
#define FLOW_BUF_FILE ((size_t)256 << 20)

void flow_buf_init(struct flow_buf *buf, size_t max);
void flow_buf_release(struct flow_buf *buf);

/* Empties the buffer, keeps its memory, clears the failure. */
void flow_buf_clear(struct flow_buf *buf);

/* Cuts to len bytes; does nothing where it is shorter. */
void flow_buf_truncate(struct flow_buf *buf, size_t len);

void flow_buf_add(struct flow_buf *buf, const void *data, size_t len);
void flow_buf_puts(struct flow_buf *buf, const char *text);
void flow_buf_putc(struct flow_buf *buf, char c);
void flow_buf_printf(struct flow_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void flow_buf_vprintf(struct flow_buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Makes room for `more` further bytes; returns where they begin, or NULL (and sets failed). The caller writes
 * at most `more` bytes there and then says with flow_buf_commit how many. */
char *flow_buf_reserve(struct flow_buf *buf, size_t more);
void flow_buf_commit(struct flow_buf *buf, size_t written);

/* 0, or -1 with FLOW_E_TOO_BIG ("'what' is larger than N bytes") or FLOW_E_NOMEM. */
int flow_buf_check(const struct flow_buf *buf, const char *what, struct flow_error *err)
    __attribute__((warn_unused_result));

/* Hands the NUL-terminated content over to the caller, who frees it with free(); the buffer is empty
 * afterwards. Returns NULL where the buffer has failed or memory runs out. */
char *flow_buf_detach(struct flow_buf *buf);

#endif
