/* SPDX-License-Identifier: MIT */
/*
 * What a process of a traced run writes: a file of this form, mapped into its memory, so that all that it has
 * noted is there however it ends. It begins with zeros where nothing was noted yet, and a reader trusts none
 * of it: the program under test can write to its own memory.
 *
 * An address in a stack belongs to the module whose low and high are around it; less bias, it is one of the
 * module's own file.
 */
#ifndef FLOW_TRACE_FILE_H
#define FLOW_TRACE_FILE_H

#include <stdint.h>

#define FLOW_TRACE_MAGIC   0x666c6f7774726331 /* "flowtrc1" */
#define FLOW_TRACE_MODULES 64
#define FLOW_TRACE_RECORDS 8192 /* a power of two: a hash leads to a record */
#define FLOW_TRACE_DEPTH   24
#define FLOW_TRACE_PATH    488

/* What became of a pointer that was stored into a watched field. */
enum flow_trace_kind {
    FLOW_TRACE_NULL,     /* nothing was stored */
    FLOW_TRACE_STATIC,   /* an address of a program's or library's own data or code */
    FLOW_TRACE_STACK,    /* of the stack */
    FLOW_TRACE_INSIDE,   /* of something inside of a block of the heap, not of its begin */
    FLOW_TRACE_OTHER,    /* of memory that nothing is known of */
    FLOW_TRACE_HEAP,     /* of a block of the heap; what follows says what became of those */
    FLOW_TRACE_HELD,     /* the block was freed while the field held it */
    FLOW_TRACE_TOGETHER, /* … while another field that stands in the same block held it, too */
    FLOW_TRACE_TAKEN,    /* … after the field had got another value */
    FLOW_TRACE_OUTLIVED, /* … after the block that the field stands in, and nobody else had got it since */
    FLOW_TRACE_MOVED,    /* … and the field did not hold it any more, and another place had got it since */
    FLOW_TRACE_RESIZED,  /* it was moved by a realloc: what that gave is another one */
    FLOW_TRACE_KINDS
};

struct flow_trace_module {
    uint64_t bias, low, high;
    char path[FLOW_TRACE_PATH];
};

struct flow_trace_record {
    uint32_t store; /* the number that the store was given in the source, from 1; 0: an empty record */
    uint32_t kind;
    uint64_t count;
    uint64_t stack[FLOW_TRACE_DEPTH]; /* return addresses, innermost first; of the kinds that are a free */
};

struct flow_trace_file {
    uint64_t magic;
    uint32_t module_count;
    uint32_t lost; /* blocks, stores and records that there was no room for */
    struct flow_trace_module modules[FLOW_TRACE_MODULES];
    struct flow_trace_record records[FLOW_TRACE_RECORDS];
};

#endif
