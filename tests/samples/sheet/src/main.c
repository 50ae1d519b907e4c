/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cell.h"
#include "lex.h"
#include "parse.h"
#include "text.h"
#include "value.h"

enum status { STATUS_DONE, STATUS_FAULTS, STATUS_USAGE, STATUS_FILE, STATUS_SYNTAX };

struct options {
    const char *path; /* "-" is standard input */
    int csv;
    int stats;
    uint32_t trace; /* key of a cell, or 0 */
};

#if SHEET_TRACE
#define TRACE_USAGE " | --trace CELL"
#else
#define TRACE_USAGE
#endif

static int read_options(int argc, char **argv, struct options *out) {
    const char *path = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--csv") == 0)
            out->csv = 1;
        else if (strcmp(argv[i], "--stats") == 0)
            out->stats = 1;
#if SHEET_TRACE
        else if (strcmp(argv[i], "--trace") == 0 && i + 1 < argc &&
                 cell_parse_name(argv[i + 1], strlen(argv[i + 1]), &out->trace) == 0)
            i++;
#endif
        else if (path == NULL && (argv[i][0] != '-' || argv[i][1] == '\0'))
            path = argv[i];
        else {
            fprintf(stderr, "sheet: cannot make sense of '%s'\n", argv[i]);
            fputs("usage: sheet [--stats] [--csv" TRACE_USAGE "] [FILE]\n", stderr);
            return -1;
        }
    }
    out->path = path != NULL ? path : "-";
    return 0;
}

static enum status load(const char *path, struct sheet *sheet) {
    enum status status = STATUS_FILE;
    struct buf line = BUF_INIT(LEX_MAX_LINE);
    struct complaint complaint;
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (in == NULL) {
        fprintf(stderr, "sheet: %s '%s'\n", errno == ENOENT ? "there is no" : "cannot open", path);
        goto done;
    }
    status = STATUS_DONE;
    for (uint32_t number = 1; lex_read_line(in, &line, &complaint); number++) {
        if (complaint.column == 0 && parse_line(sheet, line.data, number, &complaint) == 0)
            continue;
        fprintf(stderr, "sheet: %s:%u:%u: %s\n", path, (unsigned)number, (unsigned)complaint.column,
                complaint.message);
        status = STATUS_SYNTAX;
    }
    if (ferror(in)) {
        fprintf(stderr, "sheet: cannot read '%s'\n", path);
        status = STATUS_FILE;
    }

done:
    buf_release(&line);
    if (in != NULL && in != stdin)
        fclose(in);
    return status;
}

#if SHEET_TRACE
static void print_trace(const struct sheet *sheet, uint32_t key) {
    const struct cell *cell = sheet_find(sheet, key);
    struct buf text = BUF_INIT(VALUE_MAX_TEXT);
    char name[CELL_NAME_SIZE];

    cell_format_name(key, name);
    if (cell != NULL && cell->line > 0) {
        value_show(&cell->value, &text);
        printf("%s: %s\nline %u\nvalue %s\n", name, cell->source, (unsigned)cell->line, text.data);
    } else {
        printf("%s\n", name);
    }
    for (const struct expr *use = cell != NULL ? cell->uses : NULL; use != NULL; use = use->as.ref.next_use) {
        cell_format_name(use->as.ref.user->key, name);
        printf("used by %s\n", name);
    }
    buf_release(&text);
}
#endif

/* Puts what a cell shows in `text`, which has room for it; row 0 names the columns, column 0 the rows. */
static enum value_kind show(const struct sheet *sheet, uint32_t row, uint32_t column, struct buf *text) {
    char name[CELL_NAME_SIZE];
    size_t letters;

    buf_clear(text);
    if (row > 0 && column > 0) {
        const struct cell *cell = sheet_find(sheet, CELL_KEY(row, column));

        if (cell != NULL)
            value_show(&cell->value, text);
        return cell != NULL ? cell->value.kind : VALUE_BLANK;
    }
    cell_format_name(CELL_KEY(row, column > 0 ? column : 1), name);
    letters = strcspn(name, "0123456789");
    if (column > 0)
        buf_append(text, name, letters);
    else if (row > 0)
        buf_append(text, name + letters, strlen(name + letters));
    return column > 0 ? VALUE_TEXT : VALUE_NUMBER;
}

static void print_csv(const struct sheet *sheet, uint32_t rows, uint32_t columns) {
    struct buf text = BUF_INIT(VALUE_MAX_TEXT);

    for (uint32_t row = 1; row <= rows; row++) {
        for (uint32_t column = 1; column <= columns; column++) {
            const char *quote;

            show(sheet, row, column, &text);
            quote = strpbrk(text.data, ",\"\r\n") != NULL ? "\"" : "";
            fputs(quote, stdout);
            for (const char *at = text.data; *at != '\0'; at++) {
                if (*at == '"')
                    putchar('"');
                putchar(*at);
            }
            fputs(quote, stdout);
            putchar(column < columns ? ',' : '\n');
        }
    }
    buf_release(&text);
}

/* The number of characters of a text in UTF-8: continuation bytes, 10xxxxxx, do not count. */
static size_t text_width(const char *text) {
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void print_table(const struct sheet *sheet, uint32_t rows, uint32_t columns) {
    size_t widths[CELL_MAX_COLUMN + 1] = {0};
    struct buf text = BUF_INIT(VALUE_MAX_TEXT);

    for (uint32_t row = 0; row <= rows; row++) {
        for (uint32_t column = 0; column <= columns; column++) {
            show(sheet, row, column, &text);
            if (text_width(text.data) > widths[column])
                widths[column] = text_width(text.data);
        }
    }
    for (uint32_t row = 0; row <= rows; row++) {
        for (uint32_t column = 0; column <= columns; column++) {
            int right = show(sheet, row, column, &text) == VALUE_NUMBER;
            int padding = (int)(widths[column] - text_width(text.data));

            printf("| %*s", right ? padding : 0, "");
            for (const char *at = text.data; *at != '\0'; at++)
                putchar((unsigned char)*at < ' ' ? '?' : *at); // a control byte would break the line
            printf("%*s", right ? 1 : padding + 1, "");
        }
        puts("|");
    }
    buf_release(&text);
}

/* Prints what was asked for. */
static void print(const struct sheet *sheet, const struct options *options) {
    uint32_t rows = 0, columns = 0, set = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        const struct cell *cell = sheet->cells[i];

        if (cell->line == 0)
            continue;
        set++;
        rows = CELL_ROW(cell->key);
        if (CELL_COLUMN(cell->key) > columns)
            columns = CELL_COLUMN(cell->key);
    }
    if (options->stats)
        fprintf(stderr, "sheet: %u cells, %zu strings\n", (unsigned)set, sheet->strings.count);
#if SHEET_TRACE
    if (options->trace != 0) {
        print_trace(sheet, options->trace);
        return;
    }
#endif
    if (options->csv)
        print_csv(sheet, rows, columns);
    else if (set > 0)
        print_table(sheet, rows, columns);
}

int main(int argc, char **argv) {
    struct options options = {.path = NULL};
    struct sheet sheet = {.count = 0};
    enum status status;

    if (read_options(argc, argv, &options) != 0)
        return STATUS_USAGE;
    status = load(options.path, &sheet);
    if (status == STATUS_DONE) {
        if (sheet_evaluate(&sheet) > 0)
            status = STATUS_FAULTS;
        print(&sheet, &options);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            fputs("sheet: cannot write\n", stderr);
            status = STATUS_FILE;
        }
    }
    sheet_release(&sheet);
    return status;
}
