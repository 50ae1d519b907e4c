/* SPDX-License-Identifier: MIT */
/*
 * Completion scripts for shells, generated from the option tables that the tools themselves print.
 */
#ifndef FLOW_TOOLS_FLOW_COMPLETION_H
#define FLOW_TOOLS_FLOW_COMPLETION_H

#include <stdio.h>

#include "flow/base/error.h"

/* Prints the script for a shell ("bash", "zsh" or "fish"; NULL is FLOW_E_USAGE), asking each tool for its
 * table. */
int flow_completion_print(const char *shell, FILE *to, struct flow_error *err);

#endif
