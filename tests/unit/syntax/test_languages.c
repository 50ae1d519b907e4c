// SPDX-License-Identifier: MIT
// What each grammars/<language>/ finds in its sample, compared whole with tests/samples/languages/expected/,
// which FLOW_UPDATE=1 writes anew; and that none of them trips over a bad file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/syntax/facts.h"
#include "flow/syntax/language.h"
#include "unit.h"

static const struct sample {
    const char *language, *file;
} samples[] = {
    {"c", "sample.c"},           {"c", "sample.h"},           {"cpp", "sample.cpp"},   {"go", "sample.go"},
    {"java", "Sample.java"},     {"javascript", "sample.js"}, {"python", "sample.py"}, {"rust", "sample.rs"},
    {"typescript", "sample.ts"}, {"tsx", "sample.tsx"},       {"zig", "sample.zig"},
};
#define SAMPLES (sizeof samples / sizeof *samples)

struct fixture {
    struct flow_languages *languages;
    struct flow_parser *parser;
    struct flow_error err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_ok(flow_languages_load(&f->languages, &f->err), &f->err);
    assert_ok(flow_parser_new(&f->parser, f->languages, &f->err), &f->err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    flow_parser_free(f->parser);
    flow_languages_free(f->languages);
    free(f);
    return 0;
}

static const struct flow_language *named(const struct fixture *f, const char *name)
{
    const struct flow_language *language = flow_languages_named(f->languages, name);
    if (!language)
        fail_msg("there is no language '%s'", name);
    return language;
}

static void path_of(struct flow_buf *out, const char *folder, const char *file, const char *ending)
{
    flow_buf_init(out, FLOW_BUF_LINE);
    flow_buf_printf(out, "%s/tests/samples/languages/%s%s%s", getenv("FLOW_SOURCE_DIR"), folder, file,
                    ending);
}

static void read_sample(struct fixture *f, const struct sample *sample, struct flow_buf *out)
{
    struct flow_buf path;
    path_of(&path, "", sample->file, "");
    flow_buf_init(out, FLOW_BUF_TEXT);
    assert_ok(flow_file_read(path.data, out, &f->err), &f->err);
    flow_buf_release(&path);
}

static void print_symbols(struct flow_buf *out, const struct flow_facts *facts)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *s = &facts->symbols[i];
        flow_buf_printf(out, "symbol\t%u-%u\t%s\t%s\t%s\t%s\t%s\n", s->span.start_line, s->span.end_line,
                        s->is_public ? "public" : "private", s->kind, s->container, s->name, s->signature);
    }
}

static void print_fields(struct flow_buf *out, const struct flow_facts *facts)
{
    for (size_t i = 0; i < facts->field_count; i++) {
        const struct flow_field *field = &facts->fields[i];
        flow_buf_printf(out, "field\t%u\t%s\t%s\t%s\t%s\t%s\n", field->line,
                        field->is_pointer ? "pointer" : "-", field->container_kind, field->container,
                        field->name, field->type);
    }
}

// One line for each fact, in the order of the facts; references on one line.
static void print_facts(struct flow_buf *out, const struct flow_facts *facts)
{
    flow_buf_printf(out, "lines\t%u\nerrors\t%u\ngenerated\t%d\n", facts->lines, facts->errors,
                    facts->generated);
    for (size_t i = 0; i < facts->import_count; i++) {
        const struct flow_import *import = &facts->imports[i];
        flow_buf_printf(out, "import\t%u\t%s\t%s\t%s\n", import->line, import->kind, import->path,
                        import->item ? import->item : "-");
    }
    for (size_t i = 0; i < facts->condition_count; i++) {
        const struct flow_condition *condition = &facts->conditions[i];
        flow_buf_printf(out, "condition\t%u-%u\t%s\n", condition->span.start_line, condition->span.end_line,
                        condition->expr);
    }
    print_symbols(out, facts);
    print_fields(out, facts);
    flow_buf_puts(out, "references");
    for (size_t i = 0; i < facts->reference_count; i++)
        flow_buf_printf(out, "\t%s:%u", facts->references[i].name, facts->references[i].count);
    flow_buf_putc(out, '\n');
}

static void extract(struct fixture *f, const char *language, const char *source, size_t len,
                    struct flow_buf *out)
{
    struct flow_facts facts;
    assert_ok(flow_facts_extract(&facts, f->parser, named(f, language), source, len, &f->err), &f->err);
    flow_buf_init(out, FLOW_BUF_TEXT);
    print_facts(out, &facts);
    assert_false(out->failed);
    flow_facts_release(&facts);
}

static void test_samples(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf source, got, want, path;
        read_sample(f, &samples[i], &source);
        extract(f, samples[i].language, source.data, source.len, &got);
        path_of(&path, "expected/", samples[i].file, ".tsv");
        if (getenv("FLOW_UPDATE"))
            assert_ok(flow_file_write(path.data, got.data, got.len, 0666, &f->err), &f->err);
        flow_buf_init(&want, FLOW_BUF_TEXT);
        assert_ok(flow_file_read(path.data, &want, &f->err), &f->err);
        assert_string_equal(got.data, want.data);
        flow_buf_release(&want);
        flow_buf_release(&path);
        flow_buf_release(&got);
        flow_buf_release(&source);
    }
}

// The language that a file's name and first line lead to.
static void test_claims(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *path, *head, *language;
    } cases[] = {
        {"a.c", NULL, "c"},
        {"a/b.zig", NULL, "zig"},
        {"x.rs", NULL, "rust"},
        {"x.py", NULL, "python"},
        {"x.go", NULL, "go"},
        {"x.mjs", NULL, "javascript"},
        {"x.d.ts", NULL, "typescript"},
        {"x.tsx", NULL, "tsx"},
        {"x.java", NULL, "java"},
        {"x.cc", NULL, "cpp"},
        {"x.hpp", NULL, "cpp"},
        {"bin/tool", "#!/usr/bin/env python3\n", "python"},
        {"bin/tool", "#!/usr/bin/python\n", "python"},
        {"bin/tool", "#!/usr/bin/env node\n", "javascript"},
        {"bin/tool", "#!/bin/sh\n", NULL},
        {"bin/tool", "", NULL},
        {"notes.md", NULL, NULL},
        {".c", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *head = cases[i].head;
        const struct flow_language *got =
            flow_languages_of(f->languages, cases[i].path, head, head ? strlen(head) : 0);
        if ((got != NULL) != (cases[i].language != NULL) ||
            (got && strcmp(flow_language_name(got), cases[i].language) != 0))
            fail_msg("'%s' is %s", cases[i].path, got ? flow_language_name(got) : "nothing");
    }
}

static void test_headers(void **state)
{
    struct fixture *f = *state;
    assert_true(flow_language_is_header(named(f, "c"), "a/b.h"));
    assert_false(flow_language_is_header(named(f, "c"), "a/b.c"));
    assert_true(flow_language_is_header(named(f, "cpp"), "b.hpp"));
    assert_true(flow_language_is_header(named(f, "python"), "b.pyi"));
    assert_false(flow_language_is_header(named(f, "zig"), "b.zig"));
}

static void test_generated(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *language, *text;
        bool generated;
    } cases[] = {
        {"c",
         "/* @"
         "generated by a tool */\nint a;\n",
         true},
        {"c", "/* A Bison parser, made by GNU Bison 3.8. */\n", true},
        {"c", "/* written by hand */\n", false},
        {"go",
         "// Code made by protoc. DO NOT "
         "EDIT.\npackage p\n",
         true},
        {"zig", "// by hand: edit\n", false},
        {"tsx",
         "// @"
         "generated\n",
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_facts facts;
        assert_ok(flow_facts_extract(&facts, f->parser, named(f, cases[i].language), cases[i].text,
                                     strlen(cases[i].text), &f->err),
                  &f->err);
        assert_int_equal(facts.generated, cases[i].generated);
        flow_facts_release(&facts);
    }
}

static void test_empty(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf got;
        extract(f, samples[i].language, "", 0, &got);
        assert_string_equal(got.data, "lines\t0\nerrors\t0\ngenerated\t0\nreferences\n");
        flow_buf_release(&got);
    }
}

// A byte order mark changes nothing: the declarations of the first line are found.
static void test_bom(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf source, marked, want, got;
        read_sample(f, &samples[i], &source);
        flow_buf_init(&marked, FLOW_BUF_TEXT);
        flow_buf_puts(&marked, "\xef\xbb\xbf");
        flow_buf_add(&marked, source.data, source.len);
        extract(f, samples[i].language, source.data, source.len, &want);
        extract(f, samples[i].language, marked.data, marked.len, &got);
        assert_string_equal(got.data, want.data);
        flow_buf_release(&got);
        flow_buf_release(&want);
        flow_buf_release(&marked);
        flow_buf_release(&source);
    }
}

// Lines that end in CR LF: the same facts at the same lines, and no CR in any text.
static void test_crlf(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf source, crlf, want, got;
        read_sample(f, &samples[i], &source);
        flow_buf_init(&crlf, FLOW_BUF_TEXT);
        for (size_t at = 0; at < source.len; at++) {
            if (source.data[at] == '\n')
                flow_buf_putc(&crlf, '\r');
            flow_buf_putc(&crlf, source.data[at]);
        }
        extract(f, samples[i].language, source.data, source.len, &want);
        extract(f, samples[i].language, crlf.data, crlf.len, &got);
        assert_string_equal(got.data, want.data);
        flow_buf_release(&got);
        flow_buf_release(&want);
        flow_buf_release(&crlf);
        flow_buf_release(&source);
    }
}

// Cut off anywhere: facts of what is whole, and an error where a declaration is not.
static void test_cut(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf source;
        read_sample(f, &samples[i], &source);
        size_t with_errors = 0;
        for (size_t len = 1; len < source.len; len += 61) {
            char *copy = malloc(len); // of exactly this size, so that a sanitizer sees a byte too far
            assert_non_null(copy);
            memcpy(copy, source.data, len);
            struct flow_facts facts;
            assert_ok(
                flow_facts_extract(&facts, f->parser, named(f, samples[i].language), copy, len, &f->err),
                &f->err);
            with_errors += facts.errors > 0;
            flow_facts_release(&facts);
            free(copy);
        }
        assert_true(with_errors > 0);
        flow_buf_release(&source);
    }
}

// NUL and other bytes that are no text, in the middle of a declaration.
static void test_binary(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct flow_buf source;
        read_sample(f, &samples[i], &source);
        unsigned random = 1;
        for (size_t at = 0; at < source.len; at += 1 + random % 97) {
            random = random * 1103515245u + 12345u;
            source.data[at] = (char)(random % 3 == 0 ? 0 : random >> 16);
        }
        struct flow_facts facts;
        assert_ok(flow_facts_extract(&facts, f->parser, named(f, samples[i].language), source.data,
                                     source.len, &f->err),
                  &f->err);
        assert_true(facts.errors > 0);
        flow_facts_release(&facts);
        flow_buf_release(&source);
    }
}

// An expression so deep that a walk which calls itself for each level would run out of stack.
static void test_deep(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *language, *before, *open, *middle, *close, *behind;
    } cases[] = {
        {"c", "int x = ", "(", "1", ")", ";\n"},
        {"c", "int f(void) ", "{", ";", "}", "\n"},
        {"cpp", "int x = ", "(", "1", ")", ";\n"},
        {"go", "package p\nvar x = ", "(", "1", ")", "\n"},
        {"java", "class A { int x = ", "(", "1", ")", "; }\n"},
        {"javascript", "let x = ", "[", "1", "]", ";\n"},
        {"python", "x = ", "(", "1", ")", "\n"},
        {"rust", "const X: u32 = ", "(", "1", ")", ";\n"},
        {"typescript", "let x = ", "[", "1", "]", ";\n"},
        {"zig", "const x = ", "(", "1", ")", ";\n"},
        {"zig", "const x = ", "struct { a: ", "u8", "}", ";\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_buf source;
        flow_buf_init(&source, FLOW_BUF_TEXT);
        flow_buf_puts(&source, cases[i].before);
        for (size_t level = 0; level < 20000; level++)
            flow_buf_puts(&source, cases[i].open);
        flow_buf_puts(&source, cases[i].middle);
        for (size_t level = 0; level < 20000; level++)
            flow_buf_puts(&source, cases[i].close);
        flow_buf_puts(&source, cases[i].behind);
        struct flow_facts facts;
        assert_ok(flow_facts_extract(&facts, f->parser, named(f, cases[i].language), source.data, source.len,
                                     &f->err),
                  &f->err);
        flow_facts_release(&facts);
        flow_buf_release(&source);
    }
}

// 30 MB: as many declarations as lines, none lost.
static void test_large(void **state)
{
    struct fixture *f = *state;
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_FILE);
    size_t count = 0;
    for (; source.len < (size_t)30 << 20; count++)
        flow_buf_printf(&source,
                        "struct table_%zu { const char *first; unsigned long second; }; /* %0200d */\n",
                        count, 0);
    assert_false(source.failed);
    struct flow_facts facts;
    assert_ok(flow_facts_extract(&facts, f->parser, named(f, "c"), source.data, source.len, &f->err),
              &f->err);
    assert_int_equal(facts.lines, count);
    assert_int_equal(facts.errors, 0);
    assert_int_equal(facts.symbol_count, count);
    assert_int_equal(facts.field_count, 2 * count);
    flow_facts_release(&facts);
    flow_buf_release(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),   cmocka_unit_test(test_claims), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_generated), cmocka_unit_test(test_empty),  cmocka_unit_test(test_bom),
        cmocka_unit_test(test_crlf),      cmocka_unit_test(test_cut),    cmocka_unit_test(test_binary),
        cmocka_unit_test(test_deep),      cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
