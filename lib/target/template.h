/* SPDX-License-Identifier: MIT */
/*
 * ${name} substitution in the values and templates of a scaffold.
 */
#ifndef FLOW_TARGET_TEMPLATE_H
#define FLOW_TARGET_TEMPLATE_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

struct flow_variable {
    const char *name, *value;
};

/* Appends text with each ${name} replaced. A name that is not among the variables is FLOW_E_INVALID; `what`
 * says in which text. */
int flow_template_fill(struct flow_buf *out, const char *text, const struct flow_variable *variables,
                       size_t count, const char *what, struct flow_error *err);

#endif
