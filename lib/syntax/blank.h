/* SPDX-License-Identifier: MIT */
/*
 * Blanking: what a grammar cannot place is read as white space.
 *
 * A parser sees C before its preprocessor does. A macro that stands for an attribute ("void f(int a UNUSED)",
 * "class EXPORT Foo {") is an error to it, and may cost the declaration around it. language.conf names such
 * words (grammars/README.md, `blank`); before a parse they are overwritten by as many spaces, so that all
 * positions stay what they are, and texts are taken from the source as it is.
 */
#ifndef FLOW_SYNTAX_BLANK_H
#define FLOW_SYNTAX_BLANK_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"

/*
 * rules: "WORD" (may hold '*'), "WORD()" (with the arguments in brackets that follow it, nothing where none
 * do), or one character that belongs to no word ("#"). Lines that begin with the character `directive` (0:
 * none), and those that continue them, are left alone. *out is source itself where there is nothing to blank,
 * else a copy in scratch.
 */
int blank_source(const struct flow_strv *rules, char directive, const char *source, size_t len,
                 struct flow_buf *scratch, const char **out, struct flow_error *err);

#endif
