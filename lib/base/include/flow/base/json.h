/* SPDX-License-Identifier: MIT */
/*
 * JSON. Reading goes through cJSON, wrapped so that its traps cannot be stepped in: the whole text must be
 * one value, nesting and size are bounded, keys are compared exactly, whole numbers keep 53 bits and are
 * checked. Writing streams into a buffer without building a tree.
 */
#ifndef FLOW_BASE_JSON_H
#define FLOW_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

/* A value inside a parsed document; borrowed, lives as long as the document. */
struct flow_json;

/* Containers inside containers that a document may have (rustc nests its macro expansions). */
#define FLOW_JSON_DEPTH 256

/* Parses len bytes of strict JSON (RFC 8259). The document is freed with flow_json_free. FLOW_E_INVALID says
 * at which byte it fails. Refused as well: text that is not UTF-8, \u0000 and lone surrogates in a string, a
 * key that occurs twice in one object, a number that no double holds, and nesting beyond FLOW_JSON_DEPTH. */
int flow_json_parse(struct flow_json **out, const char *text, size_t len, struct flow_error *err);
void flow_json_free(struct flow_json *document);

enum flow_json_type {
    FLOW_JSON_NONE, /* the value is not there (NULL) */
    FLOW_JSON_NULL,
    FLOW_JSON_BOOL,
    FLOW_JSON_NUMBER,
    FLOW_JSON_STRING,
    FLOW_JSON_ARRAY,
    FLOW_JSON_OBJECT
};

/* All of these take NULL for a value that is not there, so that look-ups chain. */
enum flow_json_type flow_json_type(const struct flow_json *value);
const struct flow_json *flow_json_get(const struct flow_json *object, const char *key);
/* By a path of keys: flow_json_at(v, "error.details.error_code"). */
const struct flow_json *flow_json_at(const struct flow_json *value, const char *path);
size_t flow_json_count(const struct flow_json *array);
const struct flow_json *flow_json_first(const struct flow_json *container);
const struct flow_json *flow_json_next(const struct flow_json *item);
/* The key under which an item stands in its object. */
const char *flow_json_key(const struct flow_json *item);

/* The string, or NULL where it is none. */
const char *flow_json_str(const struct flow_json *value);
/* The whole number, or fallback where it is none, has a fraction, or lies outside ±2^53. */
int64_t flow_json_int(const struct flow_json *value, int64_t fallback);
double flow_json_num(const struct flow_json *value, double fallback);
bool flow_json_bool(const struct flow_json *value, bool fallback);

/* Appends value as JSON text without white space; keys stay in their order. */
void flow_json_print(const struct flow_json *value, struct flow_buf *out);

/*
 * The writer. Begin and end must match; a key comes before each value inside an object; at most 63 containers
 * deep, beyond which out fails. In strings a byte that is not UTF-8, or NUL, is written \\xHH (an escaped
 * backslash), as in the records of the suite; a number that is not finite is written null.
 */
struct flow_jsonw {
    struct flow_buf *out;
    unsigned depth;
    uint64_t comma; /* bit n: a value was written at depth n */
    bool after_key;
};

void flow_jsonw_init(struct flow_jsonw *writer, struct flow_buf *out);
void flow_jsonw_object(struct flow_jsonw *writer);
void flow_jsonw_object_end(struct flow_jsonw *writer);
void flow_jsonw_array(struct flow_jsonw *writer);
void flow_jsonw_array_end(struct flow_jsonw *writer);
void flow_jsonw_key(struct flow_jsonw *writer, const char *key);
void flow_jsonw_str(struct flow_jsonw *writer, const char *text); /* NULL writes null */
void flow_jsonw_strn(struct flow_jsonw *writer, const char *text, size_t len);
void flow_jsonw_int(struct flow_jsonw *writer, int64_t number);
void flow_jsonw_num(struct flow_jsonw *writer, double number);
void flow_jsonw_bool(struct flow_jsonw *writer, bool value);
void flow_jsonw_null(struct flow_jsonw *writer);
/* A text that already is JSON. */
void flow_jsonw_raw(struct flow_jsonw *writer, const char *json, size_t len);
/* Key and string in one call, since most members are that. */
void flow_jsonw_member(struct flow_jsonw *writer, const char *key, const char *text);

#endif
