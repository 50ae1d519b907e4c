// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "lifetimes_ask.h"

#define FACTS_MAX 40 /* of one field */

/*
 * Classes.
 */

/* As flow-lifetimes(1) defines them; a test holds the two against each other. */
static const struct {
    const char *name, *meaning;
} definitions[] = {
    {"OWNED", "The struct frees it, or has what is freed with it"},
    {"SHARED", "It has a count of references, and the struct holds one of them"},
    {"BORROW_PARAM", "It belongs to somebody who outlives the struct, and was passed in"},
    {"BORROW_FIELD", "It points into the same struct, or to something that another field of it, or a list "
                     "that it is in, owns"},
    {"STATIC",
     "It lives as long as the program: a global, a function, or what a global holds and nothing frees"},
    {"BACKREF", "It points to what holds the struct, or made it"},
    {"INTRUSIVE", "It is a link between things of one kind, or the head of such a list"},
    {"FFI", "Another language lays it out, owns it or calls it"},
    {"ARENA", "It is freed with everything that was allocated around it"},
    {FLOW_OWNERSHIP_UNKNOWN, "Nobody knows yet"},
};
#define DEFINITIONS (sizeof definitions / sizeof *definitions)

static void put_declared(const struct own_class *class, struct flow_buf *out)
{
    flow_buf_printf(out, "- `%s`: What this repository declares to be so, for", class->name);
    for (size_t i = 0; i < class->types.count; i++)
        flow_buf_printf(out, "%s `%s`", i ? "," : "", class->types.items[i]);
    flow_buf_puts(out, ".\n");
}

int ask_classes(struct ask *ask, struct flow_error *err)
{
    const struct own_model *model = ask->model;
    ask->class_names =
        flow_arena_alloc(&ask->arena, (DEFINITIONS + model->class_count) * sizeof *ask->class_names);
    if (!ask->class_names)
        return flow_error_nomem(err);
    for (size_t i = 0; i < DEFINITIONS; i++) {
        ask->class_names[ask->class_count++] = definitions[i].name;
        flow_buf_printf(&ask->classes, "- `%s`: %s.\n", definitions[i].name, definitions[i].meaning);
    }
    for (size_t i = 0; i < model->class_count; i++) {
        ask->class_names[ask->class_count++] = model->classes[i].name;
        put_declared(&model->classes[i], &ask->classes);
    }
    return flow_buf_check(&ask->classes, "classes", err);
}

/*
 * Fields.
 */
struct listing {
    struct ask *ask;
    struct flow_buf *out;
    size_t count, left_out;
    struct flow_error *err;
    int result;
};

static void put_fact(void *payload, const char *what, const char *path, uint32_t line, const char *text)
{
    struct listing *listing = payload;
    struct ask_file *file;
    if (listing->result || ask_file_get(listing->ask, path, &file, listing->err)) {
        listing->result = -1;
        return;
    }
    if (!file || file->held || listing->count >= FACTS_MAX) {
        listing->left_out++;
        return;
    }
    listing->count++;
    flow_buf_puts(listing->out, "   - ");
    flow_str_show(listing->out, path, strlen(path));
    flow_buf_printf(listing->out, ":%u, %s: ", (unsigned)line, what);
    flow_str_show(listing->out, text, strlen(text));
    flow_buf_putc(listing->out, '\n');
}

static int put_field(struct ask *ask, const struct ask_field *asked, size_t number, struct flow_buf *out,
                     struct flow_error *err)
{
    const struct flow_lifetime *row = asked->row;
    struct listing listing = {.ask = ask, .out = out, .err = err};
    flow_buf_printf(out, "%zu. `", number);
    flow_str_show(out, asked->name, strlen(asked->name));
    flow_buf_printf(out, "`, %sline %u, declared as `",
                    *row->strukt ? "" : "a variable that no struct holds, ", (unsigned)row->line);
    flow_str_show(out, row->type, strlen(row->type));
    flow_buf_printf(out, "`. The analysis guesses %s (%s, by its rule %s)", row->class_name, row->confidence,
                    row->rule);
    if (*row->target)
        flow_buf_printf(out, ", and `%s` from that", row->target);
    flow_buf_puts(out, ". What it saw:\n");
    flow_lifetimes_explain(ask->lifetimes, (size_t)(row - ask->lifetimes->rows), put_fact, &listing);
    if (listing.left_out > 0)
        flow_buf_printf(out, "   - and %zu more\n", listing.left_out);
    else if (listing.count == 0)
        flow_buf_puts(out, "   - nothing\n");
    return listing.result;
}

static bool is_asked(const struct ask_task *task, const struct flow_lifetime *row)
{
    for (size_t i = 0; i < task->count; i++)
        if (task->fields[i].row == row)
            return true;
    return false;
}

static bool is_of(const struct ask_task *task, const struct flow_lifetime *row)
{
    for (size_t i = 0; i < task->count; i++)
        if (strcmp(task->fields[i].row->strukt, row->strukt) == 0)
            return true;
    return false;
}

// Rows of the same structs that nobody is asked about.
static void put_decided(const struct ask *ask, const struct ask_task *task, struct flow_buf *out)
{
    for (size_t i = 0; i < ask->lifetimes->count; i++) {
        const struct flow_lifetime *row = &ask->lifetimes->rows[i];
        if (strcmp(row->file, task->file) != 0 || is_asked(task, row) || !is_of(task, row))
            continue;
        if (strcmp(row->confidence, "high") != 0 && strcmp(row->confidence, "person") != 0)
            continue;
        if (out->len == 0)
            flow_buf_puts(out, "struct\tfield\ttype\tclass\tconfidence\n");
        const char *const cells[] = {row->strukt, row->field, row->type, row->class_name, row->confidence};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
            flow_buf_puts(out, k ? "\t" : "");
            flow_tsv_escape(out, cells[k], strlen(cells[k]));
        }
        flow_buf_putc(out, '\n');
    }
}

/*
 * Prompts.
 */
enum { FIELDS, DECIDED, CODE, ANSWERS, SHOWN };

static int fill(struct ask *ask, const struct ask_task *task, size_t which,
                const struct flow_buf shown[SHOWN], struct flow_prompt *out, struct flow_error *err)
{
    static const char *const names[ASK_PROMPTS] = {"lifetimes-ask", "lifetimes-refute"};
    const char *language = flow_language_name(task->fields[0].field->owner->file->conf->language);
    struct flow_buf file;
    flow_buf_init(&file, FLOW_BUF_LINE);
    flow_str_show(&file, task->file, strlen(task->file));
    const struct flow_prompt_value values[] = {
        {"language", language, strlen(language)},
        {"classes", ask->classes.data, ask->classes.len},
        {"file", file.data, file.len},
        {"fields", shown[FIELDS].data, shown[FIELDS].len},
        {"decided", shown[DECIDED].data, shown[DECIDED].len},
        {"code", shown[CODE].data, shown[CODE].len},
        {"answers", shown[ANSWERS].data, shown[ANSWERS].len},
    };
    int result = flow_prompt_fill(out, names[which], ask->templates[which].data, ask->templates[which].len,
                                  values, sizeof values / sizeof *values, err);
    flow_buf_release(&file);
    return result;
}

static void init(struct flow_buf shown[SHOWN])
{
    for (size_t i = 0; i < SHOWN; i++)
        flow_buf_init(&shown[i], FLOW_BUF_TEXT);
}

static int finish(struct flow_buf shown[SHOWN], int result, struct flow_error *err)
{
    for (size_t i = 0; i < SHOWN; i++) {
        if (result == 0)
            result = flow_buf_check(&shown[i], "prompt", err);
        flow_buf_release(&shown[i]);
    }
    return result;
}

int ask_prompt(struct ask *ask, struct ask_task *task, struct flow_error *err)
{
    struct flow_buf shown[SHOWN];
    init(shown);
    int result = ask_code(ask, task, &shown[CODE], err);
    for (size_t i = 0; i < task->count && result == 0; i++)
        result = put_field(ask, &task->fields[i], i + 1, &shown[FIELDS], err);
    put_decided(ask, task, &shown[DECIDED]);
    if (result == 0)
        result = fill(ask, task, 0, shown, &task->prompt, err);
    return finish(shown, result, err);
}

static void put_answer(const struct ask_task *task, size_t claim, struct flow_buf *out)
{
    const struct flow_ownership_answer *answer = &task->answers.answers[task->claim_fields[claim]];
    flow_buf_printf(out, "%zu. `", claim + 1);
    flow_str_show(out, task->claims[claim], strlen(task->claims[claim]));
    flow_buf_printf(out, "` is %s", answer->class_name);
    if (*answer->target) {
        flow_buf_puts(out, ", with the type `");
        flow_str_show(out, answer->target, strlen(answer->target));
        flow_buf_putc(out, '`');
    }
    flow_buf_puts(out, ", since:\n\n");
    flow_prompt_fence(out, "", answer->reason, strlen(answer->reason), 0);
    flow_buf_puts(out, "\nwith these lines:\n\n");
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct flow_ownership_line *line = &answer->lines[i];
        flow_buf_putc(out, '`');
        flow_str_show(out, line->file, strlen(line->file));
        flow_buf_puts(out, "`:\n\n");
        flow_prompt_fence(out, "", line->quote, strlen(line->quote), line->line);
        flow_buf_putc(out, '\n');
    }
}

int ask_prompt_refute(struct ask *ask, struct ask_task *task, struct flow_error *err)
{
    struct flow_buf shown[SHOWN];
    init(shown);
    int result = ask_code(ask, task, &shown[CODE], err);
    for (size_t i = 0; i < task->claim_count && result == 0; i++) {
        result = put_field(ask, &task->fields[task->claim_fields[i]], i + 1, &shown[FIELDS], err);
        put_answer(task, i, &shown[ANSWERS]);
    }
    put_decided(ask, task, &shown[DECIDED]);
    if (result == 0)
        result = fill(ask, task, 1, shown, &task->refute, err);
    return finish(shown, result, err);
}
