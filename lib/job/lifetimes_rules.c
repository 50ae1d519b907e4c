// SPDX-License-Identifier: MIT
// From what happened to a field to a class. Rules are tried in order; the first that holds decides.
#include <stdio.h>
#include <string.h>

#include "flow/base/buf.h"
#include "lifetimes_private.h"

const char *own_event_name(enum own_event_kind kind)
{
    static const char *const names[OWN_EVENT_COUNT] = {
        [OWN_FROM_PARAMETER] = "from a parameter",
        [OWN_FROM_ALLOCATION] = "from an allocation",
        [OWN_FROM_ARENA] = "from an arena",
        [OWN_FROM_ACQUIRED] = "from a reference taken",
        [OWN_FROM_GLOBAL] = "from a global",
        [OWN_FROM_SELF] = "from the object at work",
        [OWN_FROM_INSIDE] = "address of a part of the object at work",
        [OWN_FROM_LOCAL] = "address of a local",
        [OWN_FROM_OTHER] = "address of a part of something else",
        [OWN_FROM_FIELD] = "from another field",
        [OWN_FROM_AMBIENT] = "out of an object of a declared class",
        [OWN_FROM_CONTAINER] = "from a container-of",
        [OWN_FROM_FOREIGN] = "from a foreign call",
        [OWN_FROM_FUNCTION] = "address of a function",
        [OWN_FROM_CALL] = "from a call",
        [OWN_FROM_NULL] = "nothing",
        [OWN_FROM_UNKNOWN] = "from an expression that was not followed",
        [OWN_FREED] = "freed",
        [OWN_RELEASED] = "torn down",
        [OWN_UNREFED] = "reference given back",
        [OWN_ACQUIRED] = "reference taken",
    };
    return names[kind];
}

bool own_has_text(const struct own_conf *conf, enum own_list list, const char *type)
{
    for (size_t i = 0; i < conf->lists[list].count; i++) {
        if (strstr(type, conf->lists[list].items[i]))
            return true;
    }
    return false;
}

bool own_is_function(const struct own_conf *conf, const char *type)
{
    while (*type == '?')
        type++;
    return own_conf_has(conf, OWN_FUNCTION, type);
}

bool own_is_foreign(const struct own_conf *conf, const char *type)
{
    return own_has_text(conf, OWN_FOREIGN, type);
}

static bool only(const struct own_view *view, unsigned kinds)
{
    return view->from != 0 && (view->from & ~kinds) == 0;
}

static bool is_self_typed(const struct own_view *view)
{
    return view->pointee == view->owner;
}

static bool is_counted(const struct own_view *view)
{
    return view->pointee && view->pointee->counted && !view->pointee->is_extern;
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
    return view->unrefed && (!view->pointee || view->pointee->counted) &&
           (!view->pointee || !view->pointee->is_extern);
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

static bool self_allocated(const struct own_view *view)
{
    unsigned links = OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_FIELD);
    return is_self_typed(view) && (view->from & OWN_BIT(OWN_FROM_ALLOCATION)) && !view->kept_twice &&
           !(view->from & links);
}

static bool self_freed(const struct own_view *view)
{
    return is_self_typed(view) && (view->freed || view->released);
}

static bool self_maker(const struct own_view *view)
{
    return is_self_typed(view) && view->from_maker && (view->maker_in_literal || view->only_maker);
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
    return view->holds_inside && !view->freed && !view->released &&
           !(view->from & (OWN_BIT(OWN_FROM_ALLOCATION) | OWN_BIT(OWN_FROM_ACQUIRED)));
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
    return (view->head || view->linked) && !view->freed;
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
    return view->owner->is_local && !view->owner->allocated && !view->freed && !view->released;
}

static bool arena(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ARENA)) && !view->freed && !view->released;
}

static bool freed(const struct own_view *view)
{
    return view->freed || view->released;
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

static bool global_by_default(const struct own_view *view)
{
    return view->from == 0 && (view->initial & (OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_OTHER)));
}

// Nobody who passed it in or made it keeps it.
static bool counted_and_kept(const struct own_view *view)
{
    return is_counted(view) && !view->from_maker && view->pointee != view->owner &&
           !(view->from & (OWN_BIT(OWN_FROM_SELF) | OWN_BIT(OWN_FROM_LOCAL) | OWN_BIT(OWN_FROM_PARAMETER) |
                           OWN_BIT(OWN_FROM_ALLOCATION)));
}

static bool counted_type(const struct own_view *view)
{
    return is_counted(view) && !view->from_maker &&
           !(view->from & (OWN_BIT(OWN_FROM_SELF) | OWN_BIT(OWN_FROM_LOCAL)));
}

static bool allocated(const struct own_view *view)
{
    return only(view, OWN_BIT(OWN_FROM_ALLOCATION));
}

static bool allocated_among_others(const struct own_view *view)
{
    return (view->from & OWN_BIT(OWN_FROM_ALLOCATION)) && !(view->from & OWN_BIT(OWN_FROM_PARAMETER));
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
           !view->pointee->tears_down;
}

static bool maker(const struct own_view *view)
{
    bool held = view->holds || view->holds_deep;
    return view->from_maker && (!view->maker_in_view || view->holds_inside) &&
           (held || (view->owner->allocated && !view->owner->file->conf->first_is_self));
}

static bool holder(const struct own_view *view)
{
    return view->holds && !view->maker_in_view &&
           (view->from & (OWN_BIT(OWN_FROM_PARAMETER) | OWN_BIT(OWN_FROM_SELF))) &&
           !(view->from & OWN_BIT(OWN_FROM_LOCAL));
}

static bool giver(const struct own_view *view)
{
    return view->from_giver && view->owner->allocated;
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
#define UNSEEN OWN_BIT(OWN_EVENT_COUNT)

static const struct rule {
    const char *name, *class_name, *confidence;
    bool (*holds)(const struct own_view *view);
    unsigned cites;
} rules[] = {
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
    {"list-head", "INTRUSIVE", "high", list_head, OWN_BIT(OWN_FROM_FIELD) | UNSEEN},
    {"kept-twice", "BORROW_FIELD", "medium", kept_twice, OWN_BIT(OWN_FROM_ALLOCATION)},
    {"sibling", "BORROW_FIELD", "medium", sibling, OWN_BIT(OWN_FROM_INSIDE) | OWN_BIT(OWN_FROM_OTHER)},
    {"local-struct", "BORROW_PARAM", "high", local_struct, GIVES | UNSEEN},
    {"arena", "ARENA", "medium", arena, OWN_BIT(OWN_FROM_ARENA)},
    {"freed", "OWNED", "medium", freed, ENDS},
    {"ambient", "STATIC", "high", ambient, OWN_BIT(OWN_FROM_AMBIENT) | UNSEEN},
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

// Whether something may have happened to a struct's fields that was not seen.
static bool is_hidden(const struct own_type *owner)
{
    bool hidden = owner->file->facts.errors > 0;
    for (size_t i = 0; i < owner->function_count && !hidden; i++)
        hidden = owner->functions[i]->file->facts.errors > 0;
    return hidden;
}

static const struct own_event *cited(const struct own_view *view, unsigned kinds)
{
    const struct own_event *found = NULL;
    for (const struct own_event *event = view->field->events; event; event = event->next) {
        if (!(kinds & OWN_BIT(event->kind)))
            continue;
        // A destructor says more than another place, and a value more than none.
        if (event->tears_down)
            return event;
        if (!found || (found->kind == OWN_FROM_NULL && event->kind != OWN_FROM_NULL))
            found = event;
    }
    return found;
}

static int tell(struct own_model *model, const struct own_view *view, const struct rule *rule,
                struct flow_lifetime *out, struct flow_error *err)
{
    const struct own_event *event = cited(view, rule->cites);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    if (event)
        flow_buf_printf(&text, "%s:%u, %s: %s [%s]", event->file->path, (unsigned)event->line,
                        own_event_name(event->kind), event->text, rule->name);
    else
        flow_buf_printf(&text, "%s:%u, declared as: %s [%s]", out->file, (unsigned)out->line, out->type,
                        rule->name);
    int result = flow_buf_check(&text, "evidence", err);
    out->evidence = result == 0 ? flow_arena_strn(&model->arena, text.data, text.len) : "";
    flow_buf_release(&text);
    return out->evidence ? result : flow_error_nomem(err);
}

int own_judge(struct own_model *model, const struct own_field *field, struct flow_lifetime *out,
              struct flow_error *err)
{
    struct own_view view = {.field = field, .owner = field->owner, .pointee = field->pointee};
    own_look(&view);
    const struct own_class *declared = own_class_of(model, field->owner->file->conf, field->field->type);
    // One that comes out of a global may as well be called STATIC.
    bool sure =
        !(view.from & (OWN_BIT(OWN_FROM_GLOBAL) | OWN_BIT(OWN_FROM_FOREIGN) | OWN_BIT(OWN_FROM_CALL)));
    struct rule of_class = {"declared-class", declared ? declared->name : "", sure ? "high" : "medium",
                            always, 0};
    const struct rule *rule = declared ? &of_class : rules;
    while (!rule->holds(&view))
        rule++;
    out->class_name = rule->class_name;
    out->confidence = (rule->cites & UNSEEN) && is_hidden(field->owner) ? "medium" : rule->confidence;
    out->rule = declared ? "declared-class" : rule->name;
    out->target = declared ? declared->target : "";
    if (!declared && own_target(model, field, rule->class_name, &out->target, err) != 0)
        return -1;
    return tell(model, &view, rule, out, err);
}
