// SPDX-License-Identifier: MIT
// What is known of one field.
#include <string.h>

#include "lifetimes_private.h"

static void see_source(struct own_view *view, const struct own_event *event)
{
    const struct own_field *source = event->source;
    view->from |= OWN_BIT(event->kind);
    view->kept_twice = view->kept_twice || event->kept_twice;
    if (event->kind == OWN_FROM_SELF && view->pointee && event->self == view->pointee) {
        view->only_maker = view->from_maker ? view->only_maker : true;
        view->maker_in_literal = view->from_maker ? view->maker_in_literal && event->literal : event->literal;
        view->maker_in_view = view->from_maker ? view->maker_in_view && event->view : event->view;
        view->from_maker = true;
    }
    if (event->parameter && view->pointee && event->parameter->giver == view->pointee)
        view->from_giver = true;
    if (!source)
        return;
    view->from_foreign_struct = view->from_foreign_struct || source->owner->is_extern;
    if ((event->kind == OWN_FROM_INSIDE || event->kind == OWN_FROM_OTHER) && source->owner == view->owner)
        view->sibling = true;
    // What a global points to is a global's, but it is a field's, too.
    if ((event->kind == OWN_FROM_FIELD || event->kind == OWN_FROM_GLOBAL) && !event->literal) {
        view->head = view->head || (source->owner == view->pointee && source->pointee == view->pointee);
        // Where all types are known, one that is none of the tree has no links.
        bool linkable = view->pointee || !view->owner->file->conf->types_are_global;
        view->linked = view->linked || (linkable && source->owner == view->owner && source != view->field &&
                                        strcmp(source->base, view->field->base) == 0);
    }
}

static void see(struct own_view *view, const struct own_event *event)
{
    switch (event->kind) {
    case OWN_FREED:
        view->freed = true;
        view->freed_in_end = view->freed_in_end || event->tears_down;
        break;
    case OWN_RELEASED:
        view->released = true;
        view->released_in_end = view->released_in_end || event->tears_down;
        break;
    case OWN_UNREFED:
        view->unrefed = true;
        break;
    case OWN_ACQUIRED:
    case OWN_FROM_NULL:
        break;
    default:
        if (event->fallback)
            view->initial |= OWN_BIT(event->kind);
        else
            see_source(view, event);
    }
}

// Whether what is pointed to holds owners: itself, in its parts, or in what it points to.
static void see_holders(struct own_view *view)
{
    const struct own_type *pointee = view->pointee;
    if (!pointee || pointee == view->owner)
        return;
    const struct own_held *held = own_held_by(pointee, view->owner);
    view->holds = held != NULL;
    view->holds_inside = held && held->inside;
    for (held = pointee->held; held && !view->holds_deep; held = held->next)
        view->holds_deep = held->type != view->owner && own_held_by(held->type, view->owner);
    size_t len = strlen(pointee->path);
    for (const struct own_type *part = pointee->file->last_type; part && !view->holds_deep;
         part = part->previous_in_file) {
        bool inside = strncmp(part->path, pointee->path, len) == 0 && (len == 0 || part->path[len] == '.');
        view->holds_deep = inside && part != view->owner && part != pointee && own_held_by(part, view->owner);
    }
}

void own_look(struct own_view *view)
{
    for (const struct own_event *event = view->field->events; event; event = event->next)
        see(view, event);
    if (view->from != OWN_BIT(OWN_FROM_SELF))
        view->only_maker = false;
    see_holders(view);
}
