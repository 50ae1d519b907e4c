// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

static int format_target(struct port_work *work, bool *readable, struct flow_error *err)
{
    struct flow_buf formatted;
    struct flow_error own = FLOW_ERROR_INIT;
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    int done = flow_target_format(work->port->to, work->port->config, work->unit->place->path,
                                  work->target.data, work->target.len, &formatted, &own);
    int result = done < 0 ? -1 : 0;
    if (done < 0 && err)
        *err = own;
    if (done == 1 && formatted.len > 0) {
        flow_buf_release(&work->target);
        work->target = formatted;
        *readable = true;
    } else {
        flow_buf_release(&formatted);
    }
    return result;
}

static struct flow_pair *pairs_of(const struct flow_reply_pair *pairs, size_t count)
{
    struct flow_pair *out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; out && i < count; i++)
        out[i] = (struct flow_pair){
            .source = pairs[i].source, .target = pairs[i].target, .reason = pairs[i].reason};
    return out;
}

// Without what is said of fields.
static struct flow_pair *pairs_of_symbols(const struct port_work *work, size_t *count)
{
    struct flow_pair *out = pairs_of(work->symbols, work->symbol_count);
    *count = 0;
    for (size_t i = 0; out && i < work->symbol_count; i++)
        if (!port_fields_named(work, out[i].source))
            out[(*count)++] = out[i];
    return out;
}

static bool departs(const struct port_work *work, const struct flow_lifetime *row)
{
    for (size_t i = 0; i < work->symbol_count; i++)
        if (work->symbols[i].reason && port_fields_named(work, work->symbols[i].source) == row)
            return true;
    return false;
}

// The fields that have to have the type of their row. A contract fixes its types itself, and a layer of C ABI
// has those of C.
static struct flow_gate_field *fields_of(const struct port_work *work, size_t *count)
{
    struct flow_gate_field *out = calloc(work->rows.count + 1, sizeof *out);
    bool asked = work->contract.len == 0 && !flow_unit_is_c_abi(work->unit->unit->id);
    *count = 0;
    for (size_t i = 0; out && asked && i < work->rows.count; i++) {
        const struct flow_lifetime *row = &work->rows.rows[i];
        if (port_field_binds(row) && !departs(work, row))
            out[(*count)++] = (struct flow_gate_field){
                .container = row->strukt, .name = row->field, .source_type = row->type, .type = row->target};
    }
    return out;
}

static int run_gates(struct port_work *work, bool formatted, struct flow_gate_report *report,
                     struct flow_error *err)
{
    const struct port *port = work->port;
    const char *path = work->unit->place->path;
    struct flow_gate_file sources[2];
    struct flow_gate_file contract = {.path = path, .text = work->contract.data, .len = work->contract.len};
    struct flow_gate_file previous = {.path = path, .text = work->before.data, .len = work->before.len};
    for (size_t i = 0; i < work->source_count; i++)
        sources[i] = (struct flow_gate_file){
            .path = work->source_paths[i], .text = work->sources[i].data, .len = work->sources[i].len};
    size_t pair_count, field_count;
    struct flow_pair *pairs = pairs_of_symbols(work, &pair_count);
    struct flow_pair *conditions = pairs_of(work->conditions, work->condition_count);
    struct flow_gate_field *fields = fields_of(work, &field_count);
    struct flow_gate_input input = {
        .languages = port->languages,
        .source_language = port->from,
        .target_language = port->to,
        .sources = sources,
        .source_count = work->source_count,
        .target = {.path = path, .text = work->target.data, .len = work->target.len},
        .formatted = formatted,
        .expected_path = path,
        .pairs = pairs,
        .pair_count = pair_count,
        .conditions = conditions,
        .condition_count = work->condition_count,
        .fields = fields,
        .field_count = field_count,
        .contract = work->contract.len > 0 ? &contract : NULL,
        .skeleton = port->contracting,
        .previous = work->before.len > 0 ? &previous : NULL,
        .c_abi = flow_unit_is_c_abi(work->unit->unit->id),
        .modules = port->modules.count > 0 ? &port->modules : NULL,
    };
    int result = pairs && conditions && fields ? port_parser_take(work, err) : flow_error_nomem(err);
    if (result == 0) {
        result = flow_gates_run(report, work->parser, &input, err);
        port_parser_give(work);
    }
    free(fields);
    free(conditions);
    free(pairs);
    return result;
}

static int keep_risks(struct port_work *work, const struct flow_gate_report *report, struct flow_error *err)
{
    free(work->risks);
    work->risks = report->risks ? strdup(report->risks) : NULL;
    return report->risks && !work->risks ? flow_error_nomem(err) : 0;
}

static int note_findings(struct port_work *work, const struct flow_gate_report *report,
                         struct flow_error *err)
{
    struct port *port = work->port;
    for (size_t i = 0; i < report->count; i++) {
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        flow_buf_printf(&text, "%s, line %u: %s", report->items[i].gate, report->items[i].line,
                        report->items[i].message);
        int result = flow_ledger_event(port->ledger, port->run, "gate", work->unit->unit->id, text.data, err);
        flow_buf_release(&text);
        if (result)
            return result;
    }
    return 0;
}

int port_gate(struct port_work *work, struct flow_error *err)
{
    for (unsigned number = 1;; number++) {
        struct flow_gate_report report = {0};
        bool formatted = false;
        int result =
            format_target(work, &formatted, err) || run_gates(work, formatted, &report, err) ? -1 : 0;
        bool passed = result == 0 && report.count == 0;
        if (passed)
            result = keep_risks(work, &report, err);
        else if (result == 0)
            result = note_findings(work, &report, err);
        if (!passed && result == 0 && number > PORT_GATE_FIXES) {
            flow_error_set(err, FLOW_E_INVALID,
                           "%zu findings of gates were not mended, the first: %s, line %u: %s", report.count,
                           report.items[0].gate, report.items[0].line, report.items[0].message);
            result = 1;
        } else if (!passed && result == 0) {
            result = port_repair(work, &report, number, err);
        }
        flow_gate_report_release(&report);
        if (passed || result)
            return result;
    }
}
