// SPDX-License-Identifier: MIT
/*
 * rehearsal_script LANGUAGE <LIST >SCRIPT: what a scripted translator says about each file of LIST (one a
 * line, relative to the folder that this runs in), in Rust, as model_server reads it (answer.h).
 *
 * A function becomes one that returns the length of its source, which it carries as a string; anything else
 * becomes a string constant. So the target is about as large as its source, parses, has a pair for each name,
 * and nothing that gates look for is missing. It is no translation and does not pretend to be one.
 */
#define _GNU_SOURCE // memmem
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/base/str.h"
#include "flow/syntax/facts.h"

#define LICENCE_LINES 40

// As it stands inside a JSON string.
static void escape(struct flow_buf *out, const char *text, size_t len)
{
    struct flow_jsonw w;
    struct flow_buf quoted;
    flow_buf_init(&quoted, FLOW_BUF_FILE);
    flow_jsonw_init(&w, &quoted);
    flow_jsonw_strn(&w, text, len);
    flow_buf_add(out, quoted.data + 1, quoted.len - 2);
    flow_buf_release(&quoted);
}

static void add_pair(struct flow_buf *out, const char *source, const char *target)
{
    struct flow_jsonw w;
    struct flow_buf pair;
    flow_buf_init(&pair, FLOW_BUF_FILE);
    flow_jsonw_init(&w, &pair);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "source", source);
    flow_jsonw_member(&w, "target", target);
    flow_jsonw_object_end(&w);
    escape(out, pair.data, pair.len);
    flow_buf_release(&pair);
}

// An identifier of Rust that is no word of it.
static void rename_symbol(struct flow_buf *out, const char *name)
{
    if (isdigit((unsigned char)*name))
        flow_buf_putc(out, 'n');
    for (; *name; name++)
        flow_buf_putc(out, isalnum((unsigned char)*name) ? *name : '_');
    flow_buf_putc(out, '_');
}

// A raw string, with more marks than any end in the text has.
static void add_string(struct flow_buf *out, const char *text, size_t len)
{
    size_t most = 0;
    for (size_t i = 0; i < len; i++) {
        size_t marks = 0;
        while (text[i] == '"' && i + 1 + marks < len && text[i + 1 + marks] == '#')
            marks++;
        most = marks > most ? marks : most;
    }
    flow_buf_putc(out, 'r');
    for (size_t i = 0; i <= most; i++)
        flow_buf_putc(out, '#');
    flow_buf_putc(out, '"');
    flow_buf_add(out, text, len);
    flow_buf_putc(out, '"');
    for (size_t i = 0; i <= most; i++)
        flow_buf_putc(out, '#');
}

static void print_item(const struct flow_symbol *symbol, const char *source)
{
    bool function = strcmp(symbol->kind, "function") == 0 || strcmp(symbol->kind, "method") == 0;
    struct flow_buf name, text, line;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&line, FLOW_BUF_FILE);
    rename_symbol(&name, symbol->name);
    flow_buf_printf(
        &text, function ? "pub fn %s() -> usize {\n    let text = " : "pub const %s: &str = ", name.data);
    add_string(&text, source + symbol->span.start, symbol->span.end - symbol->span.start);
    flow_buf_puts(&text, function ? ";\n    text.len()\n}\n" : ";\n");
    flow_buf_printf(&line, "item\t%u\t", symbol->span.start_line);
    escape(&line, symbol->name, strlen(symbol->name));
    flow_buf_putc(&line, '\t');
    escape(&line, text.data, text.len);
    flow_buf_putc(&line, '\t');
    add_pair(&line, symbol->name, name.data);
    puts(line.data);
    flow_buf_release(&line);
    flow_buf_release(&text);
    flow_buf_release(&name);
}

// Lines about rights at the top of the source.
static void print_top(const char *text)
{
    struct flow_buf top, once, twice;
    flow_buf_init(&top, FLOW_BUF_TEXT);
    flow_buf_init(&once, FLOW_BUF_TEXT);
    flow_buf_init(&twice, FLOW_BUF_TEXT);
    for (int i = 0; i < LICENCE_LINES && *text; i++) {
        size_t len = strcspn(text, "\n");
        if (memmem(text, len, "opyright", 8) || memmem(text, len, "SPDX", 4)) {
            flow_buf_puts(&top, "// ");
            flow_buf_add(&top, text, len);
            flow_buf_putc(&top, '\n');
        }
        text += len + (text[len] != '\0');
    }
    escape(&once, top.data, top.len);
    escape(&twice, once.data, once.len);
    printf("top\t%s\t%s\n", once.data, twice.data);
    flow_buf_release(&twice);
    flow_buf_release(&once);
    flow_buf_release(&top);
}

static int print_unit(struct flow_parser *parser, const struct flow_language *language, const char *path,
                      struct flow_error *err)
{
    struct flow_buf text, name;
    struct flow_facts facts;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&name, FLOW_BUF_LINE);
    int result = flow_file_read(path, &text, err);
    if (result == 0)
        result = flow_facts_extract(&facts, parser, language, text.data, text.len, err);
    if (result == 0) {
        escape(&name, path, strlen(path));
        printf("unit\t%s\n", name.data);
        print_top(text.data);
        for (size_t i = 0; i < facts.symbol_count; i++)
            if (facts.symbols[i].container[0] == '\0')
                print_item(&facts.symbols[i], text.data);
        for (size_t i = 0; i < facts.condition_count; i++) {
            flow_buf_clear(&name);
            add_pair(&name, facts.conditions[i].expr, "cfg(any())");
            printf("condition\t%s\n", name.data);
        }
        flow_facts_release(&facts);
    }
    flow_buf_release(&name);
    flow_buf_release(&text);
    return result;
}

int main(int argc, char **argv)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_languages *languages = NULL;
    struct flow_parser *parser = NULL;
    char path[8192];
    if (argc != 2)
        return 2;
    int result = flow_languages_load(&languages, &err);
    if (result == 0)
        result = flow_parser_new(&parser, languages, &err);
    const struct flow_language *language = result == 0 ? flow_languages_named(languages, argv[1]) : NULL;
    if (result == 0 && !language)
        result = flow_error_set(&err, FLOW_E_USAGE, "there is no language '%s'", argv[1]);
    while (result == 0 && fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = '\0';
        result = print_unit(parser, language, path, &err);
    }
    if (result)
        fprintf(stderr, "rehearsal_script: %s\n", err.message);
    flow_parser_free(parser);
    flow_languages_free(languages);
    return result ? 3 : 0;
}
