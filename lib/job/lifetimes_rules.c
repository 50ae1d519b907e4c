// SPDX-License-Identifier: MIT
// The rules that make a class of what is known of a field. They are tried in order; the first that holds
// decides.
#include <string.h>

#include "lifetimes_private.h"

static bool only(const struct own_view *view, unsigned kinds)
{
    return view->from != 0 && (view->from & ~kinds) == 0;
}

static bool is_self_typed(const struct own_view *view)
{
    return view->pointee == view->owner;
}

// Methods named after references alone may as well keep a loop alive: a count tells.
static bool is_counted(const struct own_view *view)
{
    return view->pointee && view->pointee->counted && view->pointee->has_count && !view->pointee->is_extern;
}

// Whether functions are methods of what they get first: that says little of who made or holds something.
static bool works_on_first(const struct own_view *view)
{
    return view->owner->file->conf->first_is_self;
}

static const char *type_of(const struct own_view *view)
{
    return view->field->expanded;
}

/*
 * The rules. What each looks for is its name.
 */
static bool foreign_type(const struct own_view *view)
{
    return own_is_foreign(view->owner->file->conf, type_of(view));
}

static bool function_type(const struct own_view *view)
{
    return own_is_function(view->owner->file->conf, type_of(view));
}

static bool foreign_struct(const struct own_view *view)
{
    return view->owner->is_extern;
}

static bool opaque_beside_callback(const struct own_view *view)
{
    return view->owner->has_foreign && own_has_text(view->owner->file->conf, OWN_OPAQUE_NAME, type_of(view));
}

static bool opaque_counted(const struct own_view *view)
{
    return view->pointee && view->pointee->is_opaque && view->unrefed;
}

static bool opaque_maker(const struct own_view *view)
{
    return view->pointee && view->pointee->is_opaque && view->only_maker;
}

static bool opaque_type(const struct own_view *view)
{
    return view->pointee && view->pointee->is_opaque;
}

// Nothing in the tree can give it back: it stays with the other language.
static bool opaque_without_end(const struct own_view *view)
{
    return opaque_type(view) && !view->pointee->counted && !view->pointee->tears_down;
}

static bool foreign_field(const struct own_view *view)
{
    return view->from_foreign_struct && only(view, OWN_BIT(OWN_FROM_FIELD));
}

// "**T": where somebody else keeps a pointer.
static bool pointer_to_pointer(const struct own_view *view)
{
    const char *type = type_of(view);
    while (*type == '?')
        type++;
    if (*type++ != '*')
        return false;
    while (*type == '?')
        type++;
    return *type == '*';
}

static bool unref(const struct own_view *view)
{
    bool counted = view->pointee && (view->pointee->counted || view->pointee->has_count);
    return view->unrefed && (!view->pointee || counted) && (!view->pointee || !view->pointee->is_extern);
}

// What frees a thing with a count in it counts down.
static bool counted_destroyed(const struct own_view *view)
{
    return (view->freed || view->released) && view->pointee && view->pointee->has_count &&
           !is_self_typed(view);
}

static bool unref_of_uncounted(const struct own_view *view)
{
    return view->unrefed && !(view->pointee && view->pointee->is_extern);
}

static size_t count_self_typed(const struct own_type *type)
{
    size_t count = 0;
    for (size_t i = 0; i < type->field_count; i++)
        count += type->fields[i].field->is_pointer && type->fields[i].pointee == type;
    return count;
}

static bool self_allocated(const struct own_view *view)
{
    unsigned links = OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_FIELD);
    // A tree has several links; what grows by one is a list.
    bool list = works_on_first(view) && count_self_typed(view->owner) == 1;
    return is_self_typed(view) && !list && (view->from & OWN_BIT(OWN_FROM_ALLOCATION)) && !view->kept_twice &&
           !(view->from & links);
}

static bool self_freed(const struct own_view *view)
{
    return is_self_typed(view) && view->freed_itself && !view->head && !view->linked;
}

static bool self_maker(const struct own_view *view)
{
    if (!is_self_typed(view) || !view->from_maker)
        return false;
    // A list whose functions get its head puts that behind new ones; a tree has other links, too.
    if (works_on_first(view))
        return view->only_maker && view->maker_in_local && count_self_typed(view->owner) > 1;
    return view->maker_in_literal || view->only_maker;
}

// "a.next = b.next": what lists do.
static bool self_relinked(const struct own_view *view)
{
    return is_self_typed(view) && (view->head || view->linked);
}

// It took a reference of its own.
static bool acquired(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ACQUIRED)) != 0;
}

static bool torn_down_but_given(const struct own_view *view)
{
    return view->released_in_end && !view->freed_in_end && (view->from & OWN_BIT(OWN_FROM_PARAMETER)) &&
           !(view->from & OWN_BIT(OWN_FROM_ALLOCATION));
}

// Who tears down what a global holds does not own the global.
static bool global_torn_down(const struct own_view *view)
{
    return view->released && !view->freed && (view->from & OWN_BIT(OWN_FROM_GLOBAL)) &&
           only(view, OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_CALL));
}

static bool destroyed_but_global(const struct own_view *view)
{
    return (view->released_in_end || view->freed_in_end) && (view->from & OWN_BIT(OWN_FROM_GLOBAL));
}

// A part that points to the whole.
static bool part(const struct own_view *view)
{
    bool listed = view->maker_in_view || view->walked || view->head || view->linked;
    return view->holds_inside && !(works_on_first(view) && listed) && !view->freed && !view->released &&
           !(view->from & (OWN_BIT(OWN_FROM_ALLOCATION) | OWN_BIT(OWN_FROM_ACQUIRED)));
}

// What frees it, or has it in a list, is what it points back to.
static bool owned_there(const struct own_view *view)
{
    unsigned own = OWN_BIT(OWN_FROM_ALLOCATION) | OWN_BIT(OWN_FROM_ACQUIRED) | OWN_BIT(OWN_FROM_LOCAL) |
                   OWN_BIT(OWN_FROM_ARENA);
    return view->owned_there && view->from && !(view->from & own) && !view->freed && !view->released;
}

static bool destroyed(const struct own_view *view)
{
    return view->released_in_end || view->freed_in_end;
}

static bool function_address(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_FUNCTION));
}

static bool list_head(const struct own_view *view)
{
    return (view->head || view->linked) && !view->freed_itself;
}

// What takes over a link is the head of a list, or walks over one.
static bool list_head_for_sure(const struct own_view *view)
{
    return list_head(view) && (view->pushed || !works_on_first(view));
}

// Who only walks over a list may have been given it; who adds to it, or frees its parts, has it.
static bool walked(const struct own_view *view)
{
    bool made = (view->from & (OWN_BIT(OWN_FROM_ALLOCATION) | OWN_BIT(OWN_FROM_ARENA))) != 0;
    return view->walked && !view->freed_itself && (made || view->pushed || view->freed);
}

static bool kept_twice(const struct own_view *view)
{
    return view->kept_twice && !view->freed && !view->released;
}

static bool sibling(const struct own_view *view)
{
    return view->sibling;
}

static bool local_struct(const struct own_view *view)
{
    // Where types are known by name, one that nobody is seen to fill may be that of a table.
    return view->owner->is_local && !view->owner->allocated && !view->freed && !view->released &&
           (view->from || !view->owner->file->conf->types_are_global) &&
           !only(view, OWN_BIT(OWN_FROM_GLOBAL));
}

static bool arena(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ARENA)) && !view->freed && !view->released;
}

static bool freed(const struct own_view *view)
{
    return view->freed || view->released;
}

// It gets nothing but what is made for it, and that is freed.
static bool freed_allocated(const struct own_view *view)
{
    return (view->freed || view->released) && view->freed_itself &&
           only(view, OWN_BIT(OWN_FROM_ALLOCATION)) && !view->kept_twice;
}

static bool ambient(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_AMBIENT)) &&
           only(view, OWN_BIT(OWN_FROM_AMBIENT) | OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_CALL));
}

static bool global(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_GLOBAL)) &&
           only(view, OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_CALL));
}

// Nothing but literals and globals, which nobody may change through it.
static bool constant(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_GLOBAL)) && works_on_first(view) &&
           own_is_constant(view->owner->file->conf, type_of(view));
}

static bool global_by_default(const struct own_view *view)
{
    return view->from == 0 && (view->initial & (OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_OTHER)));
}

// Who passed it in has a reference of its own: one that is neither taken nor given back here is only lent.
static bool counted_type(const struct own_view *view)
{
    return is_counted(view) && !view->from_maker &&
           !(view->from & (OWN_BIT(OWN_FROM_SELF) | OWN_BIT(OWN_FROM_LOCAL) | OWN_BIT(OWN_FROM_PARAMETER)));
}

// Nobody who made it keeps it.
static bool counted_and_kept(const struct own_view *view)
{
    return counted_type(view) && view->pointee != view->owner && !(view->from & OWN_BIT(OWN_FROM_ALLOCATION));
}

static bool allocated(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_ALLOCATION));
}

static bool allocated_among_others(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ALLOCATION)) && !(view->from & OWN_BIT(OWN_FROM_PARAMETER));
}

// A variable that no struct holds keeps what it gets, unless somebody passes it in.
static bool global_kept(const struct own_view *view)
{
    unsigned passed = OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_LOCAL) | OWN_BIT(OWN_FROM_SELF);
    return view->owner->is_globals && view->from && !view->freed && !view->released && !(view->from & passed);
}

static bool global_unknown(const struct own_view *view)
{
    return view->owner->is_globals && !view->from && !view->freed && !view->released;
}

// What another field holds, and keeps.
static bool looked_up(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_FIELD) | OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_LOCAL) |
                          OWN_BIT(OWN_FROM_OTHER) | OWN_BIT(OWN_FROM_GLOBAL)) &&
           (view->from & OWN_BIT(OWN_FROM_FIELD));
}

// Nothing outlives it but the program.
static bool global_never_freed(const struct own_view *view)
{
    return view->owner->is_globals && (view->from & OWN_BIT(OWN_FROM_ALLOCATION));
}

// Allocated, and neither who holds it nor what it is has an end: it goes with everything around it.
static bool never_freed(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ALLOCATION)) && !view->owner->tears_down && view->pointee &&
           !view->pointee->tears_down && !view->owner->file->conf->first_is_self;
}

static bool maker(const struct own_view *view)
{
    bool held = view->holds || (view->holds_deep && !works_on_first(view));
    return view->from_maker && (!view->maker_in_view || view->holds_inside) &&
           (held || (view->owner->allocated && !works_on_first(view)));
}

static bool holder(const struct own_view *view)
{
    return view->holds && !view->maker_in_view &&
           (view->from & (OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_SELF))) &&
           !(view->from & OWN_BIT(OWN_FROM_LOCAL));
}

static bool giver(const struct own_view *view)
{
    return view->from_giver && view->owner->allocated && (view->holds || !works_on_first(view));
}

static bool deep_holder(const struct own_view *view)
{
    return view->holds_deep && view->owner->allocated;
}

static bool passed_to_short_lived(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_LOCAL) | OWN_BIT(OWN_FROM_SELF) | OWN_BIT(OWN_FROM_PARAMETER) |
                          OWN_BIT(OWN_FROM_OTHER) | OWN_BIT(OWN_FROM_INSIDE)) &&
           !view->owner->allocated && !view->owner->tears_down;
}

static bool passed(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_LOCAL) | OWN_BIT(OWN_FROM_SELF) | OWN_BIT(OWN_FROM_PARAMETER));
}

// Who is to free something needs to be able to change it.
static bool passed_constant(const struct own_view *view)
{
    return passed(view) && own_is_constant(view->owner->file->conf, type_of(view));
}

static bool passed_among_others(const struct own_view *view)
{
    return (view->from & (OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_LOCAL))) != 0;
}

static bool foreign_call(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_FOREIGN));
}

static bool given(const struct own_view *view)
{
    return view->from != 0;
}

static bool always(const struct own_view *view)
{
    return view->field != NULL;
}

/* Which fact is cited: the first of the kinds that the rule is about, else the declaration. */
#define ENDS   (OWN_BIT(OWN_FREED) | OWN_BIT(OWN_RELEASED))
#define GIVES  (OWN_BIT(OWN_FREED) - 1)
/* No fact: the rule also rests on what was not seen, and is sure only where everything could be. */
#define UNSEEN OWN_RULE_UNSEEN

static const struct own_rule rules[] = {
    {"foreign-type", "FFI", "high", foreign_type, 0},
    {"function-type", "STATIC", "high", function_type, 0},
    {"foreign-struct", "FFI", "high", foreign_struct, 0},
    {"opaque-beside-callback", "FFI", "high", opaque_beside_callback, 0},
    {"acquired", "SHARED", "high", acquired, OWN_BIT(OWN_FROM_ACQUIRED)},
    {"opaque-counted", "SHARED", "medium", opaque_counted, OWN_BIT(OWN_UNREFED)},
    {"opaque-maker", "BORROW_PARAM", "medium", opaque_maker, OWN_BIT(OWN_FROM_SELF)},
    {"opaque-without-end", "FFI", "high", opaque_without_end, UNSEEN},
    {"opaque-type", "FFI", "medium", opaque_type, 0},
    {"pointer-to-pointer", "BORROW_PARAM", "medium", pointer_to_pointer, GIVES},
    {"unref", "SHARED", "high", unref, OWN_BIT(OWN_UNREFED)},
    {"unref-of-uncounted", "SHARED", "medium", unref_of_uncounted, OWN_BIT(OWN_UNREFED)},
    {"counted-destroyed", "SHARED", "high", counted_destroyed, ENDS},
    {"self-allocated", "OWNED", "medium", self_allocated, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"self-freed", "OWNED", "medium", self_freed, ENDS},
    {"self-maker", "BACKREF", "medium", self_maker, OWN_BIT(OWN_FROM_SELF)},
    {"self-relinked", "INTRUSIVE", "high", self_relinked, OWN_BIT(OWN_FROM_FIELD)},
    {"self-link", "INTRUSIVE", "medium", is_self_typed, GIVES},
    {"torn-down-but-given", "BORROW_PARAM", "low", torn_down_but_given, ENDS},
    {"global-torn-down", "STATIC", "medium", global_torn_down, ENDS},
    {"destroyed-but-global", "OWNED", "low", destroyed_but_global, ENDS},
    {"destroyed", "OWNED", "high", destroyed, ENDS},
    {"function-address", "STATIC", "high", function_address, OWN_BIT(OWN_FROM_FUNCTION)},
    {"part", "BACKREF", "high", part, GIVES | UNSEEN},
    {"owned-there", "BACKREF", "medium", owned_there, GIVES},
    {"list-head", "INTRUSIVE", "high", list_head_for_sure, OWN_BIT(OWN_FROM_FIELD) | UNSEEN},
    {"list-head", "INTRUSIVE", "medium", list_head, OWN_BIT(OWN_FROM_FIELD)},
    {"walked", "INTRUSIVE", "medium", walked, OWN_BIT(OWN_WALKED)},
    {"kept-twice", "BORROW_FIELD", "medium", kept_twice, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"sibling", "BORROW_FIELD", "medium", sibling, OWN_BIT(OWN_FROM_INSIDE) | OWN_BIT(OWN_FROM_OTHER)},
    {"local-struct", "BORROW_PARAM", "high", local_struct, GIVES | UNSEEN},
    {"arena", "ARENA", "medium", arena, OWN_BIT(OWN_FROM_ARENA)},
    {"freed-allocated", "OWNED", "high", freed_allocated, ENDS | UNSEEN},
    {"freed", "OWNED", "medium", freed, ENDS},
    {"ambient", "STATIC", "high", ambient, OWN_BIT(OWN_FROM_AMBIENT) | UNSEEN},
    {"constant", "STATIC", "high", constant, OWN_BIT(OWN_FROM_GLOBAL) | UNSEEN},
    {"global", "STATIC", "medium", global, OWN_BIT(OWN_FROM_GLOBAL)},
    {"global-by-default", "STATIC", "medium", global_by_default, GIVES},
    {"counted-and-kept", "SHARED", "high", counted_and_kept, GIVES | UNSEEN},
    {"counted-type", "SHARED", "medium", counted_type, GIVES},
    {"global-never-freed", "STATIC", "medium", global_never_freed, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"never-freed", "ARENA", "medium", never_freed, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"allocated", "OWNED", "medium", allocated, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"allocated-among-others", "OWNED", "medium", allocated_among_others, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"maker", "BACKREF", "high", maker, OWN_BIT(OWN_FROM_SELF) | UNSEEN},
    {"holder", "BACKREF", "medium", holder, GIVES},
    {"giver", "BACKREF", "high", giver, OWN_BIT(OWN_FROM_PARAMETER) | UNSEEN},
    {"deep-holder", "BACKREF", "low", deep_holder, GIVES},
    {"foreign-call", "FFI", "medium", foreign_call, OWN_BIT(OWN_FROM_FOREIGN)},
    {"foreign-field", "FFI", "medium", foreign_field, OWN_BIT(OWN_FROM_FIELD)},
    {"passed-to-short-lived", "BORROW_PARAM", "high", passed_to_short_lived, GIVES | UNSEEN},
    {"passed-constant", "BORROW_PARAM", "high", passed_constant, GIVES | UNSEEN},
    {"passed", "BORROW_PARAM", "medium", passed, GIVES},
    {"passed-among-others", "BORROW_PARAM", "medium", passed_among_others,
     OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_LOCAL)},
    {"global-kept", "STATIC", "medium", global_kept, GIVES},
    {"global-unknown", "STATIC", "low", global_unknown, 0},
    {"looked-up", "BORROW_PARAM", "medium", looked_up, OWN_BIT(OWN_FROM_FIELD)},
    {"given", "BORROW_PARAM", "low", given, GIVES},
    {"nothing-known", "BORROW_PARAM", "low", always, 0},
};

const char *own_rule_class(const char *rule, size_t len)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strlen(rules[i].name) == len && memcmp(rules[i].name, rule, len) == 0)
            return rules[i].class_name;
    }
    return NULL;
}

const struct own_rule *own_rule_of(const struct own_view *view)
{
    const struct own_rule *rule = rules;
    while (!rule->holds(view))
        rule++;
    return rule;
}
