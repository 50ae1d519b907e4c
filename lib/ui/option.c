// SPDX-License-Identifier: MIT
#include "flow/ui/option.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"

// getopt_long returns the letter of an option, or this plus its row where the long form was used.
#define LONG_BASE  256
#define LONG_HELP  (LONG_BASE - 1)
#define LONG_VERS  (LONG_BASE - 2)
#define LONG_DUMP  (LONG_BASE - 3)
#define OWN_LONGS  3
#define GROUPS_MAX 32

struct parser {
    const struct flow_option *options;
    size_t count;
    struct option *longs; // the table as getopt wants it, the three options of every tool first
    char *letters;
    const struct flow_option *of_group[GROUPS_MAX]; // which option of a group was given
};

static size_t option_count(const struct flow_option *options)
{
    size_t count = 0;
    while (options && options[count].kind != FLOW_OPTION_KIND_END)
        count++;
    return count;
}

static int parser_init(struct parser *parser, const struct flow_option *options, bool options_first,
                       struct flow_error *err)
{
    *parser = (struct parser){.options = options, .count = option_count(options)};
    parser->longs = calloc(parser->count + OWN_LONGS + 1, sizeof *parser->longs);
    parser->letters = calloc(2 * parser->count + sizeof "+:hV", 1);
    if (!parser->longs || !parser->letters)
        return flow_error_nomem(err);
    // '+': stop at the first operand. ':': tell a missing value from an unknown option, and print nothing.
    strcpy(parser->letters, options_first ? "+:hV" : ":hV");
    char *letter = parser->letters + strlen(parser->letters);
    struct option *row = parser->longs;
    *row++ = (struct option){.name = "help", .val = LONG_HELP};
    *row++ = (struct option){.name = "version", .val = LONG_VERS};
    *row++ = (struct option){.name = "flow-options", .val = LONG_DUMP};
    for (size_t i = 0; i < parser->count; i++) {
        const struct flow_option *option = &options[i];
        bool flag = option->kind == FLOW_OPTION_KIND_FLAG;
        *row++ = (struct option){.name = option->name,
                                 .has_arg = flag ? no_argument : required_argument,
                                 .val = LONG_BASE + (int)i};
        if (option->letter) {
            *letter++ = option->letter;
            if (!flag)
                *letter++ = ':';
        }
    }
    return 0;
}

static void parser_release(struct parser *parser)
{
    free(parser->longs);
    free(parser->letters);
}

static const struct flow_option *option_by_letter(const struct parser *parser, int letter)
{
    for (size_t i = 0; i < parser->count; i++) {
        if (parser->options[i].letter == letter)
            return &parser->options[i];
    }
    return NULL;
}

static int set_decimal(const struct flow_option *option, const char *text, struct flow_error *err)
{
    // Digits and one point only: strtod would also take signs, exponents, hexadecimal and names.
    size_t digits = strspn(text, "0123456789");
    size_t length = digits;
    if (text[length] == '.') {
        size_t behind = strspn(text + length + 1, "0123456789");
        digits += behind;
        length += 1 + behind;
    }
    if (digits == 0 || text[length] != '\0')
        return flow_error_set(err, FLOW_E_USAGE, "--%s: '%s' is not a number such as 2.50", option->name,
                              text);
    *option->to.decimal = strtod(text, NULL);
    return 0;
}

static int set_choice(const struct flow_option *option, const char *text, struct flow_error *err)
{
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *option->to.choice = i;
            return 0;
        }
    }
    struct flow_buf words;
    flow_buf_init(&words, FLOW_BUF_LINE);
    for (int i = 0; option->choices[i]; i++)
        flow_buf_printf(&words, "%s%s", i ? ", " : "", option->choices[i]);
    flow_error_set(err, FLOW_E_USAGE, "--%s: '%s' is none of %s", option->name, text, words.data);
    flow_buf_release(&words);
    return -1;
}

static int set_value(const struct flow_option *option, const char *text, struct flow_error *err)
{
    char what[64];
    switch (option->kind) {
    case FLOW_OPTION_KIND_FLAG:
        *option->to.flag = true;
        return 0;
    case FLOW_OPTION_KIND_TEXT:
        *option->to.text = text;
        return 0;
    case FLOW_OPTION_KIND_LIST:
        return flow_strv_add(option->to.list, text, err);
    case FLOW_OPTION_KIND_LONG:
        snprintf(what, sizeof what, "--%s", option->name);
        if (flow_parse_long(text, what, option->min, option->max, option->to.number, err) == 0)
            return 0;
        if (err)
            err->code = FLOW_E_USAGE;
        return -1;
    case FLOW_OPTION_KIND_DECIMAL:
        return set_decimal(option, text, err);
    case FLOW_OPTION_KIND_CHOICE:
        return set_choice(option, text, err);
    case FLOW_OPTION_KIND_END:
        break;
    }
    return flow_error_set(err, FLOW_E_INTERNAL, "option '--%s' is of no known kind", option->name);
}

static int apply(struct parser *parser, const struct flow_option *option, const char *text,
                 struct flow_error *err)
{
    if (option->group > 0 && option->group < GROUPS_MAX) {
        const struct flow_option *other = parser->of_group[option->group];
        if (other && other != option)
            return flow_error_set(err, FLOW_E_USAGE, "'--%s' and '--%s' cannot be given together",
                                  other->name, option->name);
        parser->of_group[option->group] = option;
    }
    return set_value(option, text, err);
}

// The word of the command line that the option stood in, where its value may be the next word.
static const char *word_of(char **argv)
{
    bool apart = optarg && optarg == argv[optind - 1];
    return argv[optind - (apart ? 2 : 1)];
}

// getopt_long takes any unique beginning of a long name; only the whole one counts here.
static bool spelled_out(const char *name, const char *word)
{
    size_t length = strlen(name);
    return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, length) == 0 &&
           (word[2 + length] == '\0' || word[2 + length] == '=');
}

static int unknown_word(const char *word, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_USAGE, "unknown option '%.*s'", (int)strcspn(word, "="), word);
}

static int refuse(int got, char **argv, struct flow_error *err)
{
    const char *word = argv[optind - 1];
    int length = (int)strcspn(word, "=");
    if (got == ':') {
        if (optopt < LONG_BASE)
            return flow_error_set(err, FLOW_E_USAGE, "option '-%c' needs a value", optopt);
        return flow_error_set(err, FLOW_E_USAGE, "option '%.*s' needs a value", length, word);
    }
    if (optopt >= LONG_DUMP)
        return flow_error_set(err, FLOW_E_USAGE, "option '%.*s' takes no value", length, word);
    if (optopt)
        return flow_error_set(err, FLOW_E_USAGE, "unknown option '-%c'", optopt);
    return unknown_word(word, err);
}

static int parse_next(struct parser *parser, int got, int row, char **argv, struct flow_option_result *out,
                      struct flow_error *err)
{
    if (got == '?' || got == ':')
        return refuse(got, argv, err);
    bool is_long = got >= LONG_DUMP;
    if (is_long && !spelled_out(parser->longs[row].name, word_of(argv)))
        return unknown_word(word_of(argv), err);
    if (got == 'h' || got == LONG_HELP)
        out->help = true;
    else if (got == 'V' || got == LONG_VERS)
        out->version = true;
    else if (got == LONG_DUMP)
        out->dump = true;
    else
        return apply(parser, is_long ? &parser->options[got - LONG_BASE] : option_by_letter(parser, got),
                     optarg, err);
    return 0;
}

int flow_option_parse(const struct flow_option *options, bool options_first, int argc, char **argv,
                      struct flow_option_result *out, struct flow_error *err)
{
    struct parser parser;
    *out = (struct flow_option_result){0};
    int result = parser_init(&parser, options, options_first, err);
    if (result != 0)
        goto done;
    optind = 0; // glibc: begin anew
    int got;
    int row = 0;
    while (result == 0 && !out->help && !out->version && !out->dump) {
        got = getopt_long(argc, argv, parser.letters, parser.longs, &row);
        if (got == -1)
            break;
        result = parse_next(&parser, got, row, argv, out, err);
    }
    out->first = optind;
done:
    parser_release(&parser);
    return result;
}

#define HELP_INDENT 26
#define HELP_WIDTH  80

// Appends text folded at blanks; the cursor stands at HELP_INDENT already.
static void fold(struct flow_buf *out, const char *text)
{
    size_t column = HELP_INDENT;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (column > HELP_INDENT && column + 1 + length > HELP_WIDTH) {
            flow_buf_printf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            flow_buf_putc(out, ' ');
            column++;
        }
        flow_buf_add(out, text, length);
        column += length;
        text += length + strspn(text + length, " ");
    }
    flow_buf_putc(out, '\n');
}

static void help_row(struct flow_buf *out, char letter, const char *name, const char *value, const char *help)
{
    size_t start = out->len;
    if (letter)
        flow_buf_printf(out, "  -%c, --%s", letter, name);
    else
        flow_buf_printf(out, "      --%s", name);
    if (value)
        flow_buf_printf(out, "=%s", value);
    size_t width = out->len - start;
    if (width + 2 > HELP_INDENT)
        flow_buf_printf(out, "\n%*s", HELP_INDENT, "");
    else
        flow_buf_printf(out, "%*s", (int)(HELP_INDENT - width), "");
    fold(out, help);
}

void flow_option_help(const struct flow_option *options, struct flow_buf *out)
{
    size_t count = option_count(options);
    for (size_t i = 0; i < count; i++)
        help_row(out, options[i].letter, options[i].name, options[i].value, options[i].help);
    help_row(out, 'h', "help", NULL, "print this help");
    help_row(out, 'V', "version", NULL, "print the version");
}

static const char *kind_name(enum flow_option_kind kind)
{
    static const char *const names[] = {
        [FLOW_OPTION_KIND_END] = "",          [FLOW_OPTION_KIND_FLAG] = "flag",
        [FLOW_OPTION_KIND_TEXT] = "text",     [FLOW_OPTION_KIND_LIST] = "list",
        [FLOW_OPTION_KIND_LONG] = "number",   [FLOW_OPTION_KIND_DECIMAL] = "decimal",
        [FLOW_OPTION_KIND_CHOICE] = "choice",
    };
    return names[kind];
}

static void dump_text(struct flow_buf *out, const char *text)
{
    if (text)
        flow_tsv_escape(out, text, strlen(text));
    flow_buf_putc(out, '\t');
}

static void dump_row(struct flow_buf *out, const struct flow_option *option)
{
    if (option->letter)
        flow_buf_putc(out, option->letter);
    flow_buf_putc(out, '\t');
    dump_text(out, option->name);
    dump_text(out, option->value);
    dump_text(out, kind_name(option->kind));
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        flow_buf_printf(out, "%s%s", i ? " " : "", option->choices[i]);
    flow_buf_printf(out, "\t%u\t", option->group);
    flow_tsv_escape(out, option->help, strlen(option->help));
    flow_buf_putc(out, '\n');
}

void flow_option_dump(const struct flow_option *options, struct flow_buf *out)
{
    static const struct flow_option own[] = {
        {.kind = FLOW_OPTION_KIND_FLAG, .letter = 'h', .name = "help", .help = "print this help"},
        {.kind = FLOW_OPTION_KIND_FLAG, .letter = 'V', .name = "version", .help = "print the version"},
    };
    flow_buf_puts(out, "letter\tname\tvalue\tkind\tchoices\tgroup\thelp\n");
    size_t count = option_count(options);
    for (size_t i = 0; i < count; i++)
        dump_row(out, &options[i]);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        dump_row(out, &own[i]);
}
