/* SPDX-License-Identifier: MIT */
/*
 * Memory of tree-sitter.
 *
 * tree-sitter before 0.20.8 keeps the number of a node's children in 16 bits at one place: a node with more
 * than 65,535 of them (an error that swallows that many tokens, as many comments in a row) is freed by an
 * address inside its block (https://github.com/tree-sitter/tree-sitter/issues/2134). What such a file does to
 * a plain free() is up to its author. Blocks that are given out here carry a mark in front, and an address
 * without one is not freed: that memory is lost, nothing else.
 */
#ifndef FLOW_SYNTAX_ALLOC_H
#define FLOW_SYNTAX_ALLOC_H

/* Gives tree-sitter this allocator, once a process; before anything else of it is called. */
void alloc_guard(void);

#endif
