// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

#define VALUES_MAX 32

struct values {
    struct flow_prompt_value items[VALUES_MAX];
    size_t count;
};

static void put(struct values *values, const char *name, const char *text, size_t len)
{
    if (values->count < VALUES_MAX)
        values->items[values->count++] =
            (struct flow_prompt_value){.name = name, .text = text ? text : "", .len = len};
}

static void put_str(struct values *values, const char *name, const char *text)
{
    put(values, name, text, strlen(text));
}

static void put_buf(struct values *values, const char *name, const struct flow_buf *buf)
{
    put(values, name, buf ? buf->data : "", buf ? buf->len : 0);
}

static void show_sources(const struct port_work *work, const struct flow_buf *sources, bool numbered,
                         struct flow_buf *out)
{
    for (size_t i = 0; i < work->source_count; i++) {
        flow_buf_puts(out, i ? "\n`" : "`");
        flow_str_show(out, work->source_paths[i], strlen(work->source_paths[i]));
        flow_buf_puts(out, "`:\n\n");
        flow_prompt_fence(out, flow_language_name(work->port->from), sources[i].data, sources[i].len,
                          numbered ? 1 : 0);
    }
}

int port_prompt_make(const struct port_work *work, enum port_template which,
                     const struct port_prompt_extra *extra, struct flow_prompt *out, struct flow_error *err)
{
    const char *to = flow_language_name(work->port->to);
    static const struct port_prompt_extra none = {0};
    struct flow_buf shown[7]; // sources, numbered sources, old sources, target, numbered target, two names
    struct values values = {0};
    if (!extra)
        extra = &none;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_init(&shown[i], FLOW_BUF_FILE);
    show_sources(work, work->sources, false, &shown[0]);
    show_sources(work, work->sources, true, &shown[1]);
    if (work->update)
        show_sources(work, work->old_sources, false, &shown[2]);
    struct flow_buf contract;
    flow_buf_init(&contract, FLOW_BUF_FILE);
    if (work->contract.len > 0)
        flow_prompt_fence(&contract, to, work->contract.data, work->contract.len, 0);
    if (work->target.len > 0) {
        flow_prompt_fence(&shown[3], to, work->target.data, work->target.len, 0);
        flow_prompt_fence(&shown[4], to, work->target.data, work->target.len, 1);
    }
    put_str(&values, "from", flow_language_name(work->port->from));
    put_str(&values, "to", to);
    // A name can hold any byte, also line ends: it must not end its line of the prompt.
    flow_str_show(&shown[5], work->unit->unit->id, strlen(work->unit->unit->id));
    flow_str_show(&shown[6], work->unit->place->path, strlen(work->unit->place->path));
    put_buf(&values, "unit", &shown[5]);
    put_buf(&values, "target-path", &shown[6]);
    put_buf(&values, "guide", &work->guide);
    put_buf(&values, "traps", &work->traps);
    put_buf(&values, "conditions", &work->branches);
    put_buf(&values, "place", &work->place);
    put_buf(&values, "imports", &work->imports);
    put_buf(&values, "users", &work->users);
    put_buf(&values, "fields", &work->fields);
    put_buf(&values, "contract", &contract);
    put_buf(&values, "open-body", work->port->contracting ? &work->port->open_body : NULL);
    put_buf(&values, "source", &shown[0]);
    put_buf(&values, "source-numbered", &shown[1]);
    put_buf(&values, "old-source", &shown[2]);
    put_buf(&values, "target", &shown[3]);
    put_buf(&values, "target-numbered", &shown[4]);
    put_buf(&values, "delta", &work->delta);
    put_buf(&values, "findings", extra->findings);
    put_buf(&values, "outline", extra->outline);
    put_buf(&values, "piece", extra->piece);
    put_buf(&values, "produced", extra->produced);
    flow_prompt_init(out);
    int result = flow_prompt_fill(out, port_template_names[which], work->templates[which].data,
                                  work->templates[which].len, values.items, values.count, err);
    flow_buf_release(&contract);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_release(&shown[i]);
    if (result)
        flow_prompt_release(out);
    return result;
}

void port_step_init(const struct port_work *work, const struct flow_prompt *prompt, struct flow_step *out)
{
    const struct port *port = work->port;
    *out = (struct flow_step){
        .unit = work->unit->unit->id,
        .round = work->round,
        .vote = work->unit->state.generation * REVIEW_GENERATION + work->round,
        .model = port->settings.model,
        .effort = port->settings.effort,
        .source_id = work->unit->source_id.hex,
        .system = prompt->system,
        .system_count = prompt->system_count,
        .user = prompt->user,
        .user_count = prompt->user_count,
        .tools = flow_lookups_tools(port->lookups),
    };
}
