// SPDX-License-Identifier: MIT
// From the rule that holds for a field to its row: class, confidence, evidence.
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
        [OWN_WALKED] = "walked over as a list",
    };
    return names[kind];
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

static int tell(struct own_model *model, const struct own_view *view, const struct own_rule *rule,
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
    const struct own_rule of_class = {.name = "declared-class",
                                      .class_name = declared ? declared->name : "",
                                      .confidence = sure ? "high" : "medium"};
    const struct own_rule *rule = declared ? &of_class : own_rule_of(&view);
    out->class_name = rule->class_name;
    out->confidence =
        (rule->cites & OWN_RULE_UNSEEN) && is_hidden(field->owner) ? "medium" : rule->confidence;
    out->rule = declared ? "declared-class" : rule->name;
    out->target = declared ? declared->target : "";
    if (!declared && own_target(model, field, rule->class_name, &out->target, err) != 0)
        return -1;
    return tell(model, &view, rule, out, err);
}
