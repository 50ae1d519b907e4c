/* SPDX-License-Identifier: MIT */
/*
 * What cJSON lets pass and JSON does not.
 */
#ifndef FLOW_BASE_JSON_CHECK_H
#define FLOW_BASE_JSON_CHECK_H

#include <stddef.h>

/* Digits and all that a number may take up: as many as cJSON reads. */
#define FLOW_JSON_NUMBER_MAX 63

/* NULL where text is one value of strict JSON, in UTF-8, at most FLOW_JSON_DEPTH deep, without \u0000 and
 * with numbers of at most FLOW_JSON_NUMBER_MAX bytes; else what is wrong, at byte *at. */
const char *flow_json_fault(const char *text, size_t len, size_t *at);

/* How many bytes from the start are ASCII that stands for itself in a JSON string; looks at eight together.
 */
size_t flow_json_plain(const char *text, size_t len);

#endif
