// SPDX-License-Identifier: MIT
#include "report.h"

#include <stdint.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/syntax/facts.h"
#include "flow/ui/table.h"

static const struct flow_column unit_columns[] = {
    {.name = "unit"},
    {.name = "language"},
    {.name = "tier", .type = FLOW_COLUMN_INT},
    {.name = "cycle", .type = FLOW_COLUMN_INT},
    {.name = "lines", .type = FLOW_COLUMN_INT},
    {.name = "bytes", .type = FLOW_COLUMN_INT},
    {.name = "imports", .type = FLOW_COLUMN_INT},
    {.name = "importers", .type = FLOW_COLUMN_INT},
    {.name = "errors", .type = FLOW_COLUMN_INT},
    {.name = "header"},
};
static const struct flow_column symbol_columns[] = {
    {.name = "unit"},
    {.name = "file"},
    {.name = "line", .type = FLOW_COLUMN_INT},
    {.name = "end", .type = FLOW_COLUMN_INT},
    {.name = "kind"},
    {.name = "container"},
    {.name = "name"},
    {.name = "public", .type = FLOW_COLUMN_BOOL},
    {.name = "signature"},
};
static const struct flow_column field_columns[] = {
    {.name = "unit"},  {.name = "file"},   {.name = "line", .type = FLOW_COLUMN_INT},
    {.name = "kind"},  {.name = "struct"}, {.name = "field"},
    {.name = "class"}, {.name = "type"},   {.name = "pointer", .type = FLOW_COLUMN_BOOL},
};
static const struct flow_column import_columns[] = {
    {.name = "unit"}, {.name = "file"},   {.name = "line", .type = FLOW_COLUMN_INT},
    {.name = "kind"}, {.name = "import"}, {.name = "target"},
};
static const struct flow_column dep_columns[] = {
    {.name = "unit"},
    {.name = "import"},
};
static const struct flow_column condition_columns[] = {
    {.name = "unit"},
    {.name = "file"},
    {.name = "line", .type = FLOW_COLUMN_INT},
    {.name = "end", .type = FLOW_COLUMN_INT},
    {.name = "condition"},
};
static const struct flow_column skipped_columns[] = {
    {.name = "path"},
    {.name = "reason"},
    {.name = "importers", .type = FLOW_COLUMN_INT},
};

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof *(columns)

static const struct {
    const struct flow_column *columns;
    size_t count;
} tables[] = {
    [REPORT_UNITS] = {COLUMNS(unit_columns)},      [REPORT_SYMBOLS] = {COLUMNS(symbol_columns)},
    [REPORT_FIELDS] = {COLUMNS(field_columns)},    [REPORT_IMPORTS] = {COLUMNS(import_columns)},
    [REPORT_DEPS] = {COLUMNS(dep_columns)},        [REPORT_CONDITIONS] = {COLUMNS(condition_columns)},
    [REPORT_SKIPPED] = {COLUMNS(skipped_columns)},
};

static const char *unit_id(const struct flow_analysis *analysis, size_t source)
{
    size_t unit = analysis->sources[source].unit;
    return unit == SIZE_MAX ? "" : analysis->units[unit].id;
}

static void print_units(const struct flow_analysis *analysis, struct flow_table *table)
{
    for (size_t i = 0; i < analysis->unit_count; i++) {
        const struct flow_unit *unit = &analysis->units[i];
        flow_table_text(table, unit->id);
        flow_table_text(table, flow_language_name(unit->language));
        flow_table_int(table, unit->tier);
        flow_table_int(table, (int64_t)unit->cycle);
        flow_table_int(table, unit->lines);
        flow_table_int(table, (int64_t)unit->bytes);
        flow_table_int(table, (int64_t)unit->import_count);
        flow_table_int(table, (int64_t)unit->importer_count);
        flow_table_int(table, unit->errors);
        flow_table_text(table,
                        unit->files[1] == SIZE_MAX ? NULL : analysis->sources[unit->files[1]].entry->path);
        flow_table_row(table);
    }
}

static void print_imports(const struct flow_analysis *analysis, struct flow_table *table)
{
    for (size_t i = 0; i < analysis->dependency_count; i++) {
        const struct flow_dependency *dependency = &analysis->dependencies[i];
        flow_table_text(table, unit_id(analysis, dependency->from));
        flow_table_text(table, analysis->sources[dependency->from].entry->path);
        flow_table_int(table, dependency->line);
        flow_table_text(table, dependency->kind);
        flow_table_text(table, dependency->written);
        flow_table_text(table,
                        dependency->to == SIZE_MAX ? NULL : analysis->sources[dependency->to].entry->path);
        flow_table_row(table);
    }
}

static void print_deps(const struct flow_analysis *analysis, struct flow_table *table)
{
    for (size_t i = 0; i < analysis->unit_count; i++) {
        const struct flow_unit *unit = &analysis->units[i];
        for (size_t k = 0; k < unit->import_count; k++) {
            flow_table_text(table, unit->id);
            flow_table_text(table, analysis->units[unit->imports[k]].id);
            flow_table_row(table);
        }
    }
}

static void print_skipped(const struct flow_analysis *analysis, struct flow_table *table)
{
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (source->skip == FLOW_SKIP_NONE || (!source->selected && source->imported_by == 0))
            continue;
        flow_table_text(table, source->entry->path);
        flow_table_text(table, flow_skip_name(source->skip));
        flow_table_int(table, (int64_t)source->imported_by);
        flow_table_row(table);
    }
}

/*
 * Reports that are made of facts, one file at a time.
 */
struct fact_report {
    const struct flow_analysis *analysis;
    struct flow_table *table;
    size_t source;
};

static void begin_row(const struct fact_report *report, uint32_t line)
{
    flow_table_text(report->table, unit_id(report->analysis, report->source));
    flow_table_text(report->table, report->analysis->sources[report->source].entry->path);
    flow_table_int(report->table, line);
}

static void print_symbols(const struct fact_report *report, const struct flow_facts *facts)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        begin_row(report, symbol->span.start_line);
        flow_table_int(report->table, symbol->span.end_line);
        flow_table_text(report->table, symbol->kind);
        flow_table_text(report->table, symbol->container);
        flow_table_text(report->table, symbol->name);
        flow_table_bool(report->table, symbol->is_public);
        flow_table_text(report->table, symbol->signature);
        flow_table_row(report->table);
    }
}

static void print_fields(const struct fact_report *report, const struct flow_facts *facts)
{
    // Where a file is a container itself, as in Zig, it has the name of the file.
    const char *base = flow_path_base(report->analysis->sources[report->source].entry->path);
    size_t stem = (size_t)(flow_path_ext(base) - base);
    const char *file_kind = flow_language_str(facts->language, "symbols.file");
    for (size_t i = 0; i < facts->field_count; i++) {
        const struct flow_field *field = &facts->fields[i];
        bool of_file = !*field->container && file_kind;
        begin_row(report, field->line);
        flow_table_text(report->table, of_file ? file_kind : field->container_kind);
        flow_table_textn(report->table, of_file ? base : field->container,
                         of_file ? stem : strlen(field->container));
        flow_table_text(report->table, field->name);
        flow_table_text(report->table, "UNKNOWN");
        flow_table_text(report->table, field->type);
        flow_table_bool(report->table, field->is_pointer);
        flow_table_row(report->table);
    }
}

static void print_conditions(const struct fact_report *report, const struct flow_facts *facts)
{
    for (size_t i = 0; i < facts->condition_count; i++) {
        const struct flow_condition *condition = &facts->conditions[i];
        begin_row(report, condition->span.start_line);
        flow_table_int(report->table, condition->span.end_line);
        flow_table_text(report->table, condition->expr);
        flow_table_row(report->table);
    }
}

typedef void (*facts_fn)(const struct fact_report *report, const struct flow_facts *facts);

static int print_facts(const struct flow_analysis *analysis, const struct flow_languages *languages,
                       facts_fn print, struct flow_table *table, struct flow_error *err)
{
    struct flow_parser *parser;
    struct flow_buf text;
    if (flow_parser_new(&parser, languages, err) != 0)
        return -1;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = 0;
    for (size_t i = 0; result == 0 && i < analysis->unit_count; i++) {
        const size_t *files = analysis->units[i].files;
        for (size_t k = 0; result == 0 && k < 2 && files[k] != SIZE_MAX; k++) {
            struct fact_report report = {analysis, table, files[k]};
            struct flow_facts facts;
            result = flow_analysis_facts(analysis, parser, files[k], &text, &facts, err);
            if (result == 0) {
                print(&report, &facts);
                flow_facts_release(&facts);
            }
        }
    }
    flow_buf_release(&text);
    flow_parser_free(parser);
    return result;
}

static int print_table(const struct flow_analysis *analysis, const struct flow_languages *languages,
                       enum report report, struct flow_table *table, struct flow_error *err)
{
    static const facts_fn of_facts[] = {[REPORT_SYMBOLS] = print_symbols,
                                        [REPORT_FIELDS] = print_fields,
                                        [REPORT_CONDITIONS] = print_conditions};
    switch (report) {
    case REPORT_UNITS:
        print_units(analysis, table);
        return 0;
    case REPORT_IMPORTS:
        print_imports(analysis, table);
        return 0;
    case REPORT_DEPS:
        print_deps(analysis, table);
        return 0;
    case REPORT_SKIPPED:
        print_skipped(analysis, table);
        return 0;
    default:
        return print_facts(analysis, languages, of_facts[report], table, err);
    }
}

static void print_quoted(const char *text, FILE *to)
{
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', to);
        putc(*text, to);
    }
    putc('"', to);
}

// Units of one cycle share a colour.
static void print_dot(const struct flow_analysis *analysis, FILE *to)
{
    fputs("digraph units {\n    rankdir=LR;\n    node [shape=box];\n", to);
    for (size_t i = 0; i < analysis->unit_count; i++) {
        const struct flow_unit *unit = &analysis->units[i];
        fputs("    ", to);
        print_quoted(unit->id, to);
        if (unit->cycle)
            fprintf(to, " [style=filled, colorscheme=set312, fillcolor=%zu]", 1 + (unit->cycle - 1) % 12);
        fputs(";\n", to);
    }
    for (size_t i = 0; i < analysis->unit_count; i++) {
        const struct flow_unit *unit = &analysis->units[i];
        for (size_t k = 0; k < unit->import_count; k++) {
            fputs("    ", to);
            print_quoted(unit->id, to);
            fputs(" -> ", to);
            print_quoted(analysis->units[unit->imports[k]].id, to);
            fputs(";\n", to);
        }
    }
    fputs("}\n", to);
}

int report_print(const struct flow_analysis *analysis, const struct flow_languages *languages,
                 enum report report, bool json, FILE *to, struct flow_error *err)
{
    if (report == REPORT_DOT) {
        print_dot(analysis, to);
        return 0;
    }
    struct flow_table *table;
    if (flow_table_open(&table, to, json, tables[report].columns, tables[report].count, err) != 0)
        return -1;
    int result = print_table(analysis, languages, report, table, err);
    if (result == 0)
        result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}
