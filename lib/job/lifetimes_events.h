/* SPDX-License-Identifier: MIT */
/*
 * The walk over the records of a file, which notes what happens to fields.
 */
#ifndef FLOW_JOB_LIFETIMES_EVENTS_H
#define FLOW_JOB_LIFETIMES_EVENTS_H

#include "lifetimes_private.h"

#define OWN_AROUND_MAX 64

struct collector {
    struct own_model *model;
    struct own_file *file;
    struct own_place place;
    const struct own_record *around[OWN_AROUND_MAX]; /* records around the one at hand, outermost first */
    size_t depth;
    bool given;     /* what callers pass is noted */
    bool summaries; /* only what functions do to their parameters is noted */
    bool changed;
};

int own_add_event(struct collector *collector, struct own_field *field, enum own_event_kind kind,
                  const struct own_record *record, struct flow_error *err);
/* Adds what the value of a record is. */
int own_add_value(struct collector *collector, struct own_field *field, const struct own_record *record,
                  struct flow_error *err);

/* lifetimes_members.c */
int own_note_member(struct collector *collector, const struct own_record *record, struct flow_error *err);
/* A value goes to one member of a type, which the place does not name: it may be each that points. */
int own_note_choice(struct collector *collector, const struct own_record *record, struct flow_error *err);
/* The initial value of a field in its declaration, and that of a global variable. */
int own_note_default(struct collector *collector, const struct own_record *record, struct flow_error *err);

/* lifetimes_calls.c */
int own_note_call(struct collector *collector, struct own_record *record, struct flow_error *err);
/* A value goes where a parameter points, or, in a macro, to what stands for it. */
void own_note_fill(struct collector *collector, const struct own_record *record);
/* A count of references of what a parameter points to goes up or down. */
void own_note_count(struct collector *collector, const struct own_record *record);

#endif
