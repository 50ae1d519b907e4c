/* SPDX-License-Identifier: MIT */
#include "parse.h"

#include <string.h>

#include "expr.h"
#include "func.h"
#include "text.h"

struct parser {
    struct lexer lex;
    struct sheet *sheet;
    unsigned depth;
};

/* Operators, loosest first. */
static const char *const levels[] = {"=<>", "&", "+-", "*/"};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

static struct expr *parse_level(struct parser *p, size_t level);

/* Passes over the name of a cell. */
static int expect_cell(struct parser *p, uint32_t *out) {
    if (p->lex.token == TOKEN_NAME && cell_parse_name(p->lex.start, p->lex.len, out) != 0)
        lex_complain(&p->lex, p->lex.start, "not a cell");
    return lex_expect(&p->lex, TOKEN_NAME);
}

static struct expr *new_ref(uint32_t key) {
    struct expr *ref = expr_new(EXPR_REF);

    ref->as.ref.key = key;
    return ref;
}

static struct expr *new_number(int64_t number) {
    struct expr *expr = expr_new(EXPR_NUMBER);

    expr->as.number = number;
    return expr;
}

/* Reads a range and gives `call` a reference to each of its cells. */
static int parse_range(struct parser *p, struct expr *call) {
    const char *start = p->lex.start;
    uint32_t first, last, rows, columns;

    if (expect_cell(p, &first) != 0 || lex_expect(&p->lex, ':') != 0 || expect_cell(p, &last) != 0)
        return -1;
    if (CELL_ROW(last) < CELL_ROW(first) || CELL_COLUMN(last) < CELL_COLUMN(first)) {
        lex_complain(&p->lex, start, "range ends before it begins");
        return -1;
    }
    rows = CELL_ROW(last) - CELL_ROW(first) + 1u;
    columns = CELL_COLUMN(last) - CELL_COLUMN(first) + 1u;
    if (rows * columns > PARSE_MAX_RANGE) {
        lex_complain(&p->lex, start, "range of more than %d cells", PARSE_MAX_RANGE);
        return -1;
    }
    for (uint32_t i = 0; i < rows * columns; i++)
        expr_add(call, new_ref(first + CELL_KEY(i / columns, i % columns)));
    return 0;
}

static struct expr *parse_call(struct parser *p) {
    const struct func *func = func_find(p->lex.start, p->lex.len);
    const char *start = p->lex.start;
    struct expr *call;

    if (func == NULL) {
        lex_complain(&p->lex, start, "no such function");
        return NULL;
    }
    call = expr_new(EXPR_CALL);
    call->as.func = func;
    lex_advance(&p->lex);
    do {
        lex_advance(&p->lex); // over the parenthesis or the comma
        if (p->lex.token == TOKEN_NAME && lex_peek(&p->lex) == ':') {
            if (parse_range(p, call) != 0)
                goto failed;
        } else {
            struct expr *argument = parse_level(p, 0);

            if (argument == NULL)
                goto failed;
            expr_add(call, argument);
        }
    } while (p->lex.token == ',');
    if (lex_expect(&p->lex, ')') != 0)
        goto failed;
    if (call->kid_count >= func->least && call->kid_count <= func->most)
        return call;
    lex_complain(&p->lex, start, "%s does not take %zu arguments", func->name, call->kid_count);

failed:
    expr_free(call);
    return NULL;
}

static struct expr *parse_unit(struct parser *p) {
    struct expr *unit = NULL;
    uint32_t key;

    if (p->lex.token == TOKEN_NUMBER) {
        unit = new_number(p->lex.number);
        lex_advance(&p->lex);
    } else if (p->lex.token == TOKEN_STRING) {
        unit = expr_new(EXPR_TEXT);
        unit->as.text = pool_intern(&p->sheet->strings, p->lex.string.data, p->lex.string.len);
        lex_advance(&p->lex);
    } else if (p->lex.token == TOKEN_NAME && lex_peek(&p->lex) == '(') {
        unit = parse_call(p);
    } else if (p->lex.token == '(') {
        lex_advance(&p->lex);
        unit = parse_level(p, 0);
        lex_expect(&p->lex, ')');
    } else if (expect_cell(p, &key) == 0) {
        unit = new_ref(key);
    }
    return unit;
}

static struct expr *new_binary(char op, struct expr *left, struct expr *right) {
    struct expr *both = expr_new(EXPR_BINARY);

    both->as.op = op;
    expr_add(both, left);
    expr_add(both, right);
    return both;
}

/* A unit behind any number of signs. All nesting comes through here, and is counted here. */
static struct expr *parse_signed(struct parser *p) {
    struct expr *unit;

    if (p->depth == PARSE_MAX_DEPTH) {
        lex_complain(&p->lex, p->lex.start, "nested more than %d deep", PARSE_MAX_DEPTH);
        return NULL;
    }
    p->depth++;
    if (p->lex.token == '-') {
        lex_advance(&p->lex);
        unit = parse_signed(p);
        if (unit != NULL)
            unit = new_binary('-', new_number(0), unit);
    } else {
        unit = parse_unit(p);
    }
    p->depth--;
    return unit;
}

static struct expr *parse_level(struct parser *p, size_t level) {
    struct expr *left, *right;

    if (level == LEVELS)
        return parse_signed(p);
    left = parse_level(p, level + 1);
    while (left != NULL && p->lex.token < TOKEN_END && strchr(levels[level], p->lex.token) != NULL) {
        char op = (char)p->lex.token;

        lex_advance(&p->lex);
        right = parse_level(p, level + 1);
        if (right == NULL) {
            expr_free(left);
            return NULL;
        }
        left = new_binary(op, left, right);
    }
    return left;
}

/* What a cell is set to. */
static struct expr *parse_content(struct parser *p) {
    int negative = p->lex.token == '-';

    if (p->lex.token == '=') {
        lex_advance(&p->lex);
        return parse_level(p, 0);
    }
    if (negative)
        lex_advance(&p->lex);
    if (p->lex.token != TOKEN_NUMBER && (negative || p->lex.token != TOKEN_STRING))
        lex_reject(&p->lex);
    p->lex.number = negative ? -p->lex.number : p->lex.number;
    return parse_unit(p);
}

int parse_line(struct sheet *sheet, const char *text, uint32_t line, struct complaint *out) {
    struct parser p = {.sheet = sheet};
    struct expr *formula = NULL;
    const char *source;
    struct cell *cell;
    uint32_t key;

    lex_init(&p.lex, text, out);
    if (p.lex.token == TOKEN_END)
        goto done;
    source = p.lex.start;
    if (expect_cell(&p, &key) != 0)
        goto done;
    cell = sheet_find(sheet, key);
    if (cell != NULL && cell->line > 0)
        lex_complain(&p.lex, source, "already set in line %u", (unsigned)cell->line);
    if (lex_expect(&p.lex, ':') != 0)
        goto done;
    source = p.lex.start;
    formula = parse_content(&p);
    if (lex_expect(&p.lex, TOKEN_END) != 0)
        goto done;
    cell = sheet_set(sheet, key, line, formula);
    formula = NULL; // it is the cell's
#if SHEET_TRACE
    while (p.lex.start[-1] == ' ' || p.lex.start[-1] == '\t')
        p.lex.start--;
    cell->source = pool_intern(&sheet->strings, source, (size_t)(p.lex.start - source));
#endif

done:
    expr_free(formula);
    lex_release(&p.lex);
    return out->column > 0 ? -1 : 0;
}
