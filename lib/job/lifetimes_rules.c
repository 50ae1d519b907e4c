// SPDX-License-Identifier: MIT
// From what happened to a field to a class. Rules are tried in order; the first that holds decides.
#include <stdio.h>
#include <string.h>

#include "flow/base/buf.h"
#include "lifetimes_private.h"

#define BIT(kind) (1U << (kind))

/* What is known of one field, counted once for all rules. */
struct view {
    const struct own_model *model;
    const struct own_field *field;
    const struct own_type *owner, *pointee; /* pointee may be NULL */
    unsigned from;                          /* bits: what it is given, but for nothing and initial values */
    unsigned initial;                       /* bits: initial values */
    bool unrefed, freed, released;
    bool freed_in_end, released_in_end; /* by a destructor of the owner */
    bool from_maker;                    /* the object that makes the owner puts itself there */
    bool only_maker;
    bool maker_in_literal;
    bool from_giver; /* the same through a parameter */
    bool sibling;    /* it points to a part of the owner's own kind */
    bool kept_twice;
    bool head;                /* it takes over what a link of the thing pointed to holds */
    bool linked;              /* it takes over what a sibling link holds */
    bool from_foreign_struct; /* from a field of a struct that another language lays out */
    bool holds, holds_deep;   /* the thing pointed to holds such owners */
};

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

static void see_source(struct view *view, const struct own_event *event)
{
    const struct own_field *source = event->source;
    view->from |= BIT(event->kind);
    view->kept_twice = view->kept_twice || event->kept_twice;
    if (event->kind == OWN_FROM_SELF && view->pointee && event->self == view->pointee) {
        view->only_maker = view->from_maker ? view->only_maker : true;
        view->maker_in_literal = view->from_maker ? view->maker_in_literal && event->literal : event->literal;
        view->from_maker = true;
    }
    if (event->parameter && view->pointee && event->parameter->giver == view->pointee)
        view->from_giver = true;
    if (!source)
        return;
    view->from_foreign_struct = view->from_foreign_struct || source->owner->is_extern;
    if ((event->kind == OWN_FROM_INSIDE || event->kind == OWN_FROM_OTHER) && source->owner == view->owner)
        view->sibling = true;
    if (event->kind == OWN_FROM_FIELD && !event->literal) {
        view->head = view->head || (source->owner == view->pointee && source->pointee == view->pointee);
        view->linked = view->linked || (source->owner == view->owner && source != view->field &&
                                        strcmp(source->base, view->field->base) == 0);
    }
}

static void see(struct view *view, const struct own_event *event)
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
            view->initial |= BIT(event->kind);
        else
            see_source(view, event);
    }
}

static bool has_field_of(const struct own_type *holder, const struct own_type *held)
{
    for (size_t i = 0; i < holder->field_count; i++) {
        const struct own_field *field = &holder->fields[i];
        if (field->pointee == held ||
            (holder->file == held->file && own_mentions(field->field->type, held->name)))
            return true;
    }
    return false;
}

// Whether what is pointed to holds owners: itself, in its parts, or in what it points to.
static void see_holders(struct view *view)
{
    const struct own_type *pointee = view->pointee;
    if (!pointee || pointee == view->owner)
        return;
    view->holds = has_field_of(pointee, view->owner);
    for (size_t i = 0; i < pointee->field_count && !view->holds_deep; i++) {
        const struct own_type *part = pointee->fields[i].pointee;
        view->holds_deep = part && part != view->owner && part != pointee && has_field_of(part, view->owner);
    }
    size_t len = strlen(pointee->path);
    for (const struct own_type *part = pointee->file->last_type; part && !view->holds_deep;
         part = part->previous_in_file) {
        bool inside = strncmp(part->path, pointee->path, len) == 0 && (len == 0 || part->path[len] == '.');
        view->holds_deep =
            inside && part != view->owner && part != pointee && has_field_of(part, view->owner);
    }
}

static void look(struct view *view)
{
    for (const struct own_event *event = view->field->events; event; event = event->next)
        see(view, event);
    if (view->from != BIT(OWN_FROM_SELF))
        view->only_maker = false;
    see_holders(view);
}

static bool only(const struct view *view, unsigned kinds)
{
    return view->from != 0 && (view->from & ~kinds) == 0;
}

static bool is_self_typed(const struct view *view)
{
    return view->pointee == view->owner;
}

static bool is_counted(const struct view *view)
{
    return view->pointee && view->pointee->counted && !view->pointee->is_extern;
}

static const char *type_of(const struct view *view)
{
    return view->field->expanded;
}

/*
 * The rules. What each looks for is its name.
 */
static bool foreign_type(const struct view *view)
{
    return own_is_foreign(view->owner->file->conf, type_of(view));
}

static bool function_type(const struct view *view)
{
    return own_is_function(view->owner->file->conf, type_of(view));
}

static bool foreign_struct(const struct view *view)
{
    return view->owner->is_extern;
}

static bool opaque_beside_callback(const struct view *view)
{
    return view->owner->has_foreign && own_has_text(view->owner->file->conf, OWN_OPAQUE_NAME, type_of(view));
}

static bool opaque_counted(const struct view *view)
{
    return view->pointee && view->pointee->is_opaque && view->unrefed;
}

static bool opaque_maker(const struct view *view)
{
    return view->pointee && view->pointee->is_opaque && view->only_maker;
}

static bool opaque_type(const struct view *view)
{
    return view->pointee && view->pointee->is_opaque;
}

// Nothing in the tree can give it back: it stays with the other language.
static bool opaque_without_end(const struct view *view)
{
    return opaque_type(view) && !view->pointee->counted && !view->pointee->tears_down;
}

static bool foreign_field(const struct view *view)
{
    return view->from_foreign_struct && only(view, BIT(OWN_FROM_FIELD));
}

// "**T": where somebody else keeps a pointer.
static bool pointer_to_pointer(const struct view *view)
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

static bool unref(const struct view *view)
{
    return view->unrefed && (!view->pointee || view->pointee->counted) &&
           (!view->pointee || !view->pointee->is_extern);
}

// What frees a thing with a count in it counts down.
static bool counted_destroyed(const struct view *view)
{
    return (view->freed || view->released) && view->pointee && view->pointee->has_count &&
           !is_self_typed(view);
}

static bool unref_of_uncounted(const struct view *view)
{
    return view->unrefed && !(view->pointee && view->pointee->is_extern);
}

static bool self_allocated(const struct view *view)
{
    unsigned links = BIT(OWN_FROM_PARAMETER) | BIT(OWN_FROM_FIELD);
    return is_self_typed(view) && (view->from & BIT(OWN_FROM_ALLOCATION)) && !view->kept_twice &&
           !(view->from & links);
}

static bool self_freed(const struct view *view)
{
    return is_self_typed(view) && (view->freed || view->released);
}

static bool self_maker(const struct view *view)
{
    return is_self_typed(view) && view->from_maker && (view->maker_in_literal || view->only_maker);
}

// "a.next = b.next": what lists do.
static bool self_relinked(const struct view *view)
{
    return is_self_typed(view) && (view->head || view->linked);
}

static bool destroyed_but_given(const struct view *view)
{
    return view->released_in_end && !view->freed_in_end && (view->from & BIT(OWN_FROM_PARAMETER)) &&
           !(view->from & BIT(OWN_FROM_ALLOCATION));
}

static bool destroyed_but_global(const struct view *view)
{
    return (view->released_in_end || view->freed_in_end) && (view->from & BIT(OWN_FROM_GLOBAL));
}

static bool destroyed(const struct view *view)
{
    return view->released_in_end || view->freed_in_end;
}

static bool function_address(const struct view *view)
{
    return only(view, BIT(OWN_FROM_FUNCTION));
}

static bool list_head(const struct view *view)
{
    return (view->head || view->linked) && !view->freed;
}

static bool kept_twice(const struct view *view)
{
    return view->kept_twice && !view->freed && !view->released;
}

static bool sibling(const struct view *view)
{
    return view->sibling;
}

static bool local_struct(const struct view *view)
{
    return view->owner->is_local && !view->owner->allocated && !view->freed && !view->released;
}

static bool arena(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_ARENA)) && !view->freed && !view->released;
}

static bool freed(const struct view *view)
{
    return view->freed || view->released;
}

static bool ambient(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_AMBIENT)) &&
           only(view, BIT(OWN_FROM_AMBIENT) | BIT(OWN_FROM_GLOBAL) | BIT(OWN_FROM_CALL));
}

static bool global(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_GLOBAL)) && only(view, BIT(OWN_FROM_GLOBAL) | BIT(OWN_FROM_CALL));
}

static bool global_by_default(const struct view *view)
{
    return view->from == 0 && (view->initial & (BIT(OWN_FROM_GLOBAL) | BIT(OWN_FROM_OTHER)));
}

static bool counted_type(const struct view *view)
{
    return is_counted(view) && !view->from_maker &&
           !(view->from & (BIT(OWN_FROM_SELF) | BIT(OWN_FROM_LOCAL)));
}

static bool allocated(const struct view *view)
{
    return only(view, BIT(OWN_FROM_ALLOCATION));
}

static bool allocated_among_others(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_ALLOCATION)) && !(view->from & BIT(OWN_FROM_PARAMETER));
}

// Allocated, and neither who holds it nor what it is has an end: it goes with everything around it.
static bool never_freed(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_ALLOCATION)) && !view->owner->tears_down && view->pointee &&
           !view->pointee->tears_down;
}

static bool maker(const struct view *view)
{
    bool held = view->holds || view->holds_deep;
    return view->from_maker && (held || (view->owner->allocated && !view->owner->file->conf->first_is_self));
}

static bool holder(const struct view *view)
{
    return view->holds && !(view->from & BIT(OWN_FROM_LOCAL));
}

static bool giver(const struct view *view)
{
    return view->from_giver && view->owner->allocated;
}

static bool deep_holder(const struct view *view)
{
    return view->holds_deep && view->owner->allocated;
}

static bool called_and_torn_down(const struct view *view)
{
    return (view->from & BIT(OWN_FROM_CALL)) && only(view, BIT(OWN_FROM_CALL) | BIT(OWN_FROM_UNKNOWN)) &&
           view->owner->tears_down;
}

static bool passed_to_short_lived(const struct view *view)
{
    return only(view, BIT(OWN_FROM_LOCAL) | BIT(OWN_FROM_SELF) | BIT(OWN_FROM_PARAMETER)) &&
           !view->owner->allocated && !view->owner->tears_down;
}

static bool passed(const struct view *view)
{
    return only(view, BIT(OWN_FROM_LOCAL) | BIT(OWN_FROM_SELF) | BIT(OWN_FROM_PARAMETER));
}

static bool passed_among_others(const struct view *view)
{
    return (view->from & (BIT(OWN_FROM_PARAMETER) | BIT(OWN_FROM_LOCAL))) != 0;
}

static bool foreign_call(const struct view *view)
{
    return only(view, BIT(OWN_FROM_FOREIGN));
}

static bool given(const struct view *view)
{
    return view->from != 0;
}

static bool always(const struct view *view)
{
    return view->field != NULL;
}

/* Which fact is cited: the first of the kinds that the rule is about, else the declaration. */
#define ENDS  (BIT(OWN_FREED) | BIT(OWN_RELEASED))
#define GIVES (BIT(OWN_FREED) - 1)

static const struct rule {
    const char *name, *class_name, *confidence;
    bool (*holds)(const struct view *view);
    unsigned cites;
} rules[] = {
    {"foreign-type", "FFI", "high", foreign_type, 0},
    {"function-type", "STATIC", "high", function_type, 0},
    {"foreign-struct", "FFI", "high", foreign_struct, 0},
    {"opaque-beside-callback", "FFI", "high", opaque_beside_callback, 0},
    {"opaque-counted", "SHARED", "medium", opaque_counted, BIT(OWN_UNREFED)},
    {"opaque-maker", "BORROW_PARAM", "medium", opaque_maker, BIT(OWN_FROM_SELF)},
    {"opaque-without-end", "FFI", "high", opaque_without_end, 0},
    {"opaque-type", "FFI", "medium", opaque_type, 0},
    {"pointer-to-pointer", "BORROW_PARAM", "medium", pointer_to_pointer, GIVES},
    {"unref", "SHARED", "high", unref, BIT(OWN_UNREFED)},
    {"unref-of-uncounted", "SHARED", "medium", unref_of_uncounted, BIT(OWN_UNREFED)},
    {"counted-destroyed", "SHARED", "medium", counted_destroyed, ENDS},
    {"self-allocated", "OWNED", "medium", self_allocated, BIT(OWN_FROM_ALLOCATION)},
    {"self-freed", "OWNED", "medium", self_freed, ENDS},
    {"self-maker", "BACKREF", "medium", self_maker, BIT(OWN_FROM_SELF)},
    {"self-relinked", "INTRUSIVE", "high", self_relinked, BIT(OWN_FROM_FIELD)},
    {"self-link", "INTRUSIVE", "medium", is_self_typed, GIVES},
    {"destroyed-but-given", "OWNED", "medium", destroyed_but_given, ENDS},
    {"destroyed-but-global", "OWNED", "low", destroyed_but_global, ENDS},
    {"destroyed", "OWNED", "high", destroyed, ENDS},
    {"function-address", "STATIC", "high", function_address, BIT(OWN_FROM_FUNCTION)},
    {"list-head", "INTRUSIVE", "medium", list_head, BIT(OWN_FROM_FIELD)},
    {"kept-twice", "BORROW_FIELD", "medium", kept_twice, BIT(OWN_FROM_ALLOCATION)},
    {"sibling", "BORROW_FIELD", "medium", sibling, BIT(OWN_FROM_INSIDE) | BIT(OWN_FROM_OTHER)},
    {"local-struct", "BORROW_PARAM", "high", local_struct, GIVES},
    {"arena", "ARENA", "medium", arena, BIT(OWN_FROM_ARENA)},
    {"freed", "OWNED", "medium", freed, ENDS},
    {"ambient", "STATIC", "high", ambient, BIT(OWN_FROM_AMBIENT)},
    {"global", "STATIC", "medium", global, BIT(OWN_FROM_GLOBAL)},
    {"global-by-default", "STATIC", "medium", global_by_default, GIVES},
    {"counted-type", "SHARED", "medium", counted_type, GIVES},
    {"never-freed", "ARENA", "medium", never_freed, BIT(OWN_FROM_ALLOCATION)},
    {"allocated", "OWNED", "medium", allocated, BIT(OWN_FROM_ALLOCATION)},
    {"allocated-among-others", "OWNED", "medium", allocated_among_others, BIT(OWN_FROM_ALLOCATION)},
    {"maker", "BACKREF", "high", maker, BIT(OWN_FROM_SELF)},
    {"holder", "BACKREF", "medium", holder, GIVES},
    {"giver", "BACKREF", "medium", giver, BIT(OWN_FROM_PARAMETER)},
    {"deep-holder", "BACKREF", "low", deep_holder, GIVES},
    {"foreign-call", "FFI", "medium", foreign_call, BIT(OWN_FROM_FOREIGN)},
    {"foreign-field", "FFI", "medium", foreign_field, BIT(OWN_FROM_FIELD)},
    {"called-and-torn-down", "OWNED", "low", called_and_torn_down, BIT(OWN_FROM_CALL)},
    {"passed-to-short-lived", "BORROW_PARAM", "high", passed_to_short_lived, GIVES},
    {"passed", "BORROW_PARAM", "medium", passed, GIVES},
    {"passed-among-others", "BORROW_PARAM", "medium", passed_among_others,
     BIT(OWN_FROM_PARAMETER) | BIT(OWN_FROM_LOCAL)},
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

static const struct own_event *cited(const struct view *view, unsigned kinds)
{
    const struct own_event *found = NULL;
    for (const struct own_event *event = view->field->events; event; event = event->next) {
        if (!(kinds & BIT(event->kind)))
            continue;
        // A destructor says more than another place, and a value more than none.
        if (event->tears_down)
            return event;
        if (!found || (found->kind == OWN_FROM_NULL && event->kind != OWN_FROM_NULL))
            found = event;
    }
    return found;
}

static int tell(struct own_model *model, const struct view *view, const struct rule *rule,
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
    struct view view = {.model = model, .field = field, .owner = field->owner, .pointee = field->pointee};
    look(&view);
    const struct own_class *declared = own_class_of(model, field->owner->file->conf, field->field->type);
    // One that comes out of a global may as well be called STATIC.
    bool sure = !(view.from & (BIT(OWN_FROM_GLOBAL) | BIT(OWN_FROM_FOREIGN) | BIT(OWN_FROM_CALL)));
    struct rule of_class = {"declared-class", declared ? declared->name : "", sure ? "high" : "medium",
                            always, 0};
    const struct rule *rule = declared ? &of_class : rules;
    while (!rule->holds(&view))
        rule++;
    out->class_name = rule->class_name;
    out->confidence = rule->confidence;
    out->rule = declared ? "declared-class" : rule->name;
    out->target = declared ? declared->target : "";
    if (!declared && own_target(model, field, rule->class_name, &out->target, err) != 0)
        return -1;
    return tell(model, &view, rule, out, err);
}
