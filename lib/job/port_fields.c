// SPDX-License-Identifier: MIT
/*
 * The field table (flow-lifetimes): a committed file whose rows say who owns what a pointer field points to.
 * Each unit is given the rows of its own files.
 */
#define _GNU_SOURCE // memmem
#include <ctype.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

#define NAMED 5 /* rows that a note names */

static const char header[] = "file\tstruct\tfield\ttype\tclass\ttarget\tconfidence\tevidence\n";

/*
 * Rows that are about nothing.
 */

// The last of the names of a struct, without the line that tells it from another one of that name.
static size_t last_name(const char *name, const char **out)
{
    size_t len = strcspn(name, "@");
    const char *start = name;
    for (size_t i = 0; i < len; i++)
        if (strchr(".:", name[i]))
            start = name + i + 1;
    *out = start;
    return len - (size_t)(start - name);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

// Whether a text has that name in it, as a whole word.
static bool has_word(const char *text, const char *name, size_t len)
{
    for (const char *at = text; len > 0 && (at = memmem(at, strlen(at), name, len)); at += len)
        if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
            return true;
    return false;
}

static bool same_name(const char *a, const char *b)
{
    const char *a_last, *b_last;
    size_t a_len = last_name(a, &a_last), b_len = last_name(b, &b_last);
    return a_len == b_len && memcmp(a_last, b_last, b_len) == 0;
}

static bool declares(const struct flow_facts *facts, const struct flow_buf *text, const char *path,
                     const struct flow_lifetime *row)
{
    const char *strukt, *field;
    size_t strukt_len = last_name(row->strukt, &strukt), field_len = last_name(row->field, &field);
    bool known = false;
    for (size_t i = 0; i < facts->field_count; i++) {
        bool same = same_name(facts->fields[i].container, row->strukt);
        known = known || same;
        if (same && same_name(facts->fields[i].name, row->field))
            return true;
    }
    // A variable, also one that a struct declares.
    for (size_t i = 0; i < facts->symbol_count; i++)
        if (same_name(facts->symbols[i].name, row->field))
            return true;
    // A struct that has no name, or is the file, or that the grammar did not see: then its words have to do.
    bool named = strukt_len == 0 || has_word(text->data, strukt, strukt_len) ||
                 has_word(path, strukt, strukt_len) || !is_word(*strukt);
    return (!known || facts->errors > 0) && named && has_word(text->data, field, field_len);
}

// What the rows of one file after the other are held against.
struct survey {
    struct port *port;
    struct flow_parser *parser;
    struct flow_buf text, names; // of the file; of the rows that go
    struct flow_facts facts;
    const char *file; // NULL: none yet
    bool there, known;
    size_t gone;
};

static int open_file(struct survey *survey, const char *file, struct flow_error *err)
{
    const struct flow_analysis *analysis = survey->port->analysis;
    if (survey->file && strcmp(survey->file, file) == 0)
        return 0;
    if (survey->known)
        flow_facts_release(&survey->facts);
    survey->known = false;
    survey->file = file;
    const struct flow_entry *entry = flow_snapshot_find(analysis->snapshot, file);
    survey->there = entry != NULL;
    // What is no unit of the port, nobody is given rows of.
    size_t unit = entry ? flow_analysis_unit(analysis, file) : SIZE_MAX;
    if (unit == SIZE_MAX || survey->port->member[unit] == SIZE_MAX)
        return 0;
    flow_buf_clear(&survey->text);
    if (flow_analysis_facts(analysis, survey->parser, (size_t)(entry - analysis->snapshot->entries),
                            &survey->text, &survey->facts, err))
        return -1;
    survey->known = true;
    return 0;
}

static void name_gone(struct survey *survey, const struct flow_lifetime *row)
{
    if (survey->gone++ >= NAMED)
        return;
    flow_buf_puts(&survey->names, survey->names.len ? ", " : "");
    flow_str_show(&survey->names, row->file, strlen(row->file));
    if (!survey->there) {
        flow_buf_puts(&survey->names, " (no such file)");
        return;
    }
    flow_buf_putc(&survey->names, ':');
    flow_str_show(&survey->names, row->strukt, strlen(row->strukt));
    flow_buf_putc(&survey->names, '.');
    flow_str_show(&survey->names, row->field, strlen(row->field));
}

// Leaves the rows that name something, and says which do not.
static int drop_gone(struct port *port, const char *path, struct flow_error *err)
{
    struct flow_lifetimes_table *table = &port->fields;
    struct survey survey = {.port = port};
    size_t kept = 0;
    flow_buf_init(&survey.text, FLOW_BUF_FILE);
    flow_buf_init(&survey.names, FLOW_BUF_TEXT);
    int result = flow_parser_new(&survey.parser, port->languages, err);
    for (size_t i = 0; i < table->count && result == 0; i++) {
        const struct flow_lifetime *row = &table->rows[i];
        result = open_file(&survey, row->file, err);
        if (result == 0 &&
            (!survey.there || (survey.known && !declares(&survey.facts, &survey.text, row->file, row))))
            name_gone(&survey, row);
        else
            table->rows[kept++] = *row;
    }
    table->count = kept;
    struct flow_buf note;
    flow_buf_init(&note, FLOW_BUF_TEXT);
    flow_buf_printf(&note, "%zu rows of the field table '%s' name what is not there, and are not used: %s%s",
                    survey.gone, path, survey.names.data, survey.gone > NAMED ? ", …" : "");
    if (result == 0 && survey.gone > 0)
        result = flow_buf_check(&note, "note", err) || flow_strv_add(&port->notes, note.data, err) ? -1 : 0;
    flow_buf_release(&note);
    if (survey.known)
        flow_facts_release(&survey.facts);
    flow_parser_free(survey.parser);
    flow_buf_release(&survey.names);
    flow_buf_release(&survey.text);
    return result;
}

int port_fields_load(struct port *port, struct flow_error *err)
{
    const char *path = flow_config_str(port->config, "port.field-table", ".flow/LIFETIMES.tsv");
    struct flow_id blob;
    struct flow_buf text;
    int found = port_blob_at(port, &port->source, path, &blob, err);
    if (found != 1)
        return found;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_repo_read_blob(port->repo, &blob, &text, err);
    if (result == 0)
        result = port_must_send(port, path, &text, "the field table (port.field-table)", err);
    if (result == 0)
        result = flow_lifetimes_table_read(&port->fields, text.data, text.len, path, err);
    if (result == 0)
        result = drop_gone(port, path, err);
    flow_buf_release(&text);
    return result;
}

/*
 * The rows of a unit.
 */

static void add_row(struct flow_buf *out, const struct flow_lifetime *row)
{
    const char *const cells[] = {row->file,       row->strukt, row->field,      row->type,
                                 row->class_name, row->target, row->confidence, row->evidence};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        flow_tsv_escape(out, cells[i], strlen(cells[i]));
        flow_buf_putc(out, i + 1 < sizeof cells / sizeof *cells ? '\t' : '\n');
    }
}

// Empty where there are none.
static void add_rows(const struct port *port, const struct port_unit *unit, struct flow_buf *out)
{
    for (size_t k = 2; k-- > 0;) {
        size_t file = unit->unit->files[k];
        const char *path = file == SIZE_MAX ? NULL : port->analysis->sources[file].entry->path;
        for (size_t i = 0; path && i < port->fields.count; i++) {
            if (strcmp(port->fields.rows[i].file, path) != 0)
                continue;
            flow_buf_puts(out, out->len == 0 ? header : "");
            add_row(out, &port->fields.rows[i]);
        }
    }
}

void port_fields_describe(const struct port_work *work, struct flow_buf *out)
{
    add_rows(work->port, work->unit, out);
}

bool port_field_binds(const struct flow_lifetime *row)
{
    return *row->target && (strcmp(row->confidence, "high") == 0 || flow_lifetime_edited(row));
}

const struct flow_lifetime *port_fields_named(const struct port_work *work, const char *source)
{
    const char *field, *strukt;
    size_t len = strlen(source), field_len = last_name(source, &field), strukt_len;
    // The names of the struct are those before the last sign.
    size_t head = len - field_len;
    while (head > 0 && strchr(".:", source[head - 1]))
        head--;
    for (size_t i = 0; i < work->rows.count && head > 0; i++) {
        const struct flow_lifetime *row = &work->rows.rows[i];
        strukt_len = last_name(row->strukt, &strukt);
        if (strcmp(row->field, field) == 0 && strukt_len > 0 && head >= strukt_len &&
            memcmp(source + head - strukt_len, strukt, strukt_len) == 0 &&
            (head == strukt_len || strchr(".: ", source[head - strukt_len - 1])))
            return row;
    }
    return NULL;
}

/*
 * What changed.
 */

// What a row decides. Its evidence moves with every line above it, and decides nothing.
static bool decide_the_same(const struct flow_lifetime *a, const struct flow_lifetime *b)
{
    return strcmp(a->file, b->file) == 0 && strcmp(a->strukt, b->strukt) == 0 &&
           strcmp(a->field, b->field) == 0 && strcmp(a->class_name, b->class_name) == 0 &&
           strcmp(a->target, b->target) == 0 && port_field_binds(a) == port_field_binds(b);
}

static bool is_same(const struct flow_lifetimes_table *a, const struct flow_lifetimes_table *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = decide_the_same(&a->rows[i], &b->rows[i]);
    return same;
}

int port_fields_read(struct flow_lifetimes_table *out, const struct flow_buf *text, struct flow_error *err)
{
    *out = (struct flow_lifetimes_table){0};
    return text->len == 0 ? 0
                          : flow_lifetimes_table_read(out, text->data, text->len, "the rows of a unit", err);
}

int port_fields_changed(struct port *port, const struct port_unit *unit, const struct flow_id *then,
                        struct flow_error *err)
{
    struct flow_lifetimes_table before, now;
    struct flow_error unreadable = FLOW_ERROR_INIT;
    struct flow_buf texts[2];
    flow_buf_init(&texts[0], FLOW_BUF_FILE);
    flow_buf_init(&texts[1], FLOW_BUF_FILE);
    add_rows(port, unit, &texts[1]);
    int result = flow_ledger_block_get(port->ledger, then, &texts[0], err) ||
                         flow_buf_check(&texts[1], "rows of a unit", err) ||
                         port_fields_read(&now, &texts[1], err)
                     ? -1
                     : 0;
    if (result == 0) {
        // What cannot be read was no table: anything is another one.
        result = port_fields_read(&before, &texts[0], &unreadable) ? 1 : !is_same(&before, &now);
        flow_lifetimes_table_release(&before);
        flow_lifetimes_table_release(&now);
    }
    flow_buf_release(&texts[1]);
    flow_buf_release(&texts[0]);
    return result;
}
