// SPDX-License-Identifier: MIT
// What is known of one field.
#include <string.h>

#include "lifetimes_private.h"

static bool has_link(const struct own_type *type)
{
    for (size_t i = 0; type && i < type->field_count; i++) {
        if (type->fields[i].field->is_pointer && type->fields[i].pointee == type)
            return true;
    }
    return false;
}

static void see_source(struct own_view *view, const struct own_event *event)
{
    const struct own_field *source = event->source;
    view->from |= OWN_BIT(event->kind);
    view->kept_twice = view->kept_twice || event->kept_twice;
    if (event->kind == OWN_FROM_SELF && view->pointee && event->self == view->pointee) {
        view->only_maker = view->from_maker ? view->only_maker : true;
        view->maker_in_literal = view->from_maker ? view->maker_in_literal && event->literal : event->literal;
        view->maker_in_view = view->from_maker ? view->maker_in_view && event->view : event->view;
        view->maker_in_local = (view->maker_in_local || !view->from_maker) && event->in_local;
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
        // Where all types are known, what has no link of its own is in no list.
        bool linkable = !view->owner->file->conf->types_are_global || has_link(view->pointee);
        view->linked = view->linked || (linkable && source->owner == view->owner && source != view->field &&
                                        strcmp(source->base, view->field->base) == 0);
    }
}

static void see(struct own_view *view, const struct own_event *event)
{
    switch (event->kind) {
    case OWN_FREED:
        view->freed = true;
        view->freed_itself = view->freed_itself || !event->by_name;
        view->freed_in_end = view->freed_in_end || event->tears_down;
        break;
    case OWN_RELEASED:
        view->released = true;
        view->freed_itself = view->freed_itself || !event->by_name;
        view->released_in_end = view->released_in_end || event->tears_down;
        break;
    case OWN_UNREFED:
        view->unrefed = true;
        break;
    case OWN_WALKED:
        view->walked = true;
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
    for (size_t i = 0; held && i < pointee->field_count; i++) {
        const struct own_field *field = &pointee->fields[i];
        unsigned ends = field->counts[OWN_FREED] + field->counts[OWN_RELEASED] + field->counts[OWN_WALKED];
        view->owned_there = view->owned_there || (field->pointee == view->owner && ends > 0);
    }
    for (held = pointee->held; held && !view->holds_deep; held = held->next)
        view->holds_deep = held->type != view->owner && own_held_by(held->type, view->owner);
    size_t len = strlen(pointee->path);
    for (const struct own_type *part = pointee->file->last_type; part && !view->holds_deep;
         part = part->previous_in_file) {
        bool inside = strncmp(part->path, pointee->path, len) == 0 && (len == 0 || part->path[len] == '.');
        view->holds_deep = inside && part != view->owner && part != pointee && own_held_by(part, view->owner);
    }
}

// "new.next = list.head" puts something in front of a list.
static bool is_pushed(const struct own_view *view)
{
    for (size_t i = 0; view->pointee && i < view->pointee->field_count; i++) {
        const struct own_field *link = &view->pointee->fields[i];
        for (const struct own_event *event = link->pointee == view->pointee ? link->events : NULL; event;
             event = event->next) {
            if (event->source == view->field)
                return true;
        }
    }
    return false;
}

void own_look(struct own_view *view)
{
    view->pushed = is_pushed(view);
    for (const struct own_event *event = view->field->events; event; event = event->next)
        see(view, event);
    if (view->from != OWN_BIT(OWN_FROM_SELF))
        view->only_maker = false;
    see_holders(view);
}
