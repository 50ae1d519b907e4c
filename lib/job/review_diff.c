// SPDX-License-Identifier: MIT
#include "review_diff.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/vec.h"

struct reader {
    struct diff *diff;
    const char *at, *end;
    size_t number; /* of the line that is read next, from 1 */
    struct diff_file *file;
    bool named; /* the file has its "---" and "+++" lines */
};

struct line {
    const char *text;
    size_t len; /* without its end */
};

static bool starts(const struct line *line, const char *prefix)
{
    size_t len = strlen(prefix);
    return line->len >= len && memcmp(line->text, prefix, len) == 0;
}

static bool peek(const struct reader *reader, struct line *out)
{
    if (reader->at >= reader->end)
        return false;
    const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    *out = (struct line){reader->at, (size_t)((newline ? newline : reader->end) - reader->at)};
    return true;
}

static void step(struct reader *reader, const struct line *line)
{
    const char *next = line->text + line->len;
    reader->at = next < reader->end ? next + 1 : next;
    reader->number++;
}

static int misfit(const struct reader *reader, const char *what, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "line %zu of the diff %s", reader->number, what);
}

/*
 * Names.
 */

static int octal(const char *text, size_t len)
{
    if (len < 3 || text[0] < '0' || text[0] > '3' || text[1] < '0' || text[1] > '7' || text[2] < '0' ||
        text[2] > '7')
        return -1;
    return (text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0');
}

// A name in double quotes, as git writes one with unusual bytes. false where it is none.
static bool unquote(const char *text, size_t len, struct flow_buf *out)
{
    static const char letters[] = "abtnvfr\"\\", bytes[] = "\a\b\t\n\v\f\r\"\\";
    for (size_t i = 1; i < len; i++) {
        if (text[i] == '"')
            return true;
        if (text[i] != '\\') {
            flow_buf_putc(out, text[i]);
            continue;
        }
        i++;
        const char *letter = i < len && text[i] ? strchr(letters, text[i]) : NULL;
        int byte = letter ? bytes[letter - letters] : i < len ? octal(text + i, len - i) : -1;
        if (byte <= 0)
            return false;
        flow_buf_putc(out, (char)byte);
        i += letter ? 0 : 2;
    }
    return false;
}

// The path of a "--- " or "+++ " line without the a/ or b/ of git; *none for /dev/null. NULL: it is no path.
static const char *read_path(struct reader *reader, const struct line *line, bool *none)
{
    struct flow_buf name;
    const char *text = line->text + 4;
    size_t len = line->len - 4;
    const char *path = NULL;
    flow_buf_init(&name, FLOW_BUF_LINE);
    bool fits = true;
    if (len > 0 && *text == '"') {
        fits = unquote(text, len, &name);
    } else {
        // Behind a tab stands the time, in what diff -u prints.
        const char *tab = memchr(text, '\t', len);
        size_t end = tab ? (size_t)(tab - text) : len;
        while (end > 0 && text[end - 1] == '\r')
            end--;
        flow_buf_add(&name, text, end);
    }
    fits = fits && !name.failed && name.len > 0 && !memchr(name.data, '\0', name.len);
    *none = fits && strcmp(name.data, "/dev/null") == 0;
    bool prefixed = name.len > 2 && strchr("abciow", name.data[0]) && name.data[1] == '/';
    if (fits)
        path = flow_arena_str(&reader->diff->arena, name.data + (prefixed ? 2 : 0));
    flow_buf_release(&name);
    return path;
}

// index 0123abc..4567def 100644
static int read_index(struct reader *reader, const struct line *line, struct flow_error *err)
{
    const char *names[2];
    const char *at = line->text + strlen("index "), *end = line->text + line->len;
    for (size_t i = 0; i < 2; i++) {
        size_t len = 0;
        while (at + len < end && isxdigit((unsigned char)at[len]))
            len++;
        names[i] = flow_arena_strn(&reader->diff->arena, at, len);
        if (!names[i])
            return flow_error_nomem(err);
        at += len;
        if (i == 0 && (end - at < 2 || memcmp(at, "..", 2) != 0))
            return 0;
        at += i == 0 ? 2 : 0;
    }
    reader->file->old_blob = names[0];
    reader->file->blob = names[1];
    return 0;
}

/*
 * Files and hunks.
 */

static int begin_file(struct reader *reader, struct flow_error *err)
{
    struct diff *diff = reader->diff;
    if (flow_grow(&diff->files, &diff->cap, diff->count + 1, sizeof *diff->files, err))
        return -1;
    reader->file = &diff->files[diff->count++];
    reader->named = false;
    *reader->file = (struct diff_file){.path = "", .old_blob = "", .blob = "", .text = reader->at};
    return 0;
}

static bool read_range(const char **at, const char *end, char sign, uint32_t *line, uint32_t *count)
{
    uint64_t numbers[2] = {0, 1};
    if (*at >= end || **at != sign)
        return false;
    ++*at;
    for (size_t i = 0; i < 2; i++) {
        const char *from = *at;
        uint64_t number = 0;
        while (*at < end && isdigit((unsigned char)**at) && number < UINT32_MAX)
            number = number * 10 + (uint64_t)(*(*at)++ - '0');
        if (*at == from || number >= INT32_MAX)
            return false;
        numbers[i] = number;
        if (i == 1 || *at >= end || **at != ',')
            break;
        ++*at;
    }
    *line = (uint32_t)numbers[0];
    *count = (uint32_t)numbers[1];
    return true;
}

// @@ -1,2 +3,4 @@
static bool read_head(const struct line *line, struct diff_hunk *out)
{
    const char *at = line->text + 3, *end = line->text + line->len;
    if (!read_range(&at, end, '-', &out->old_line, &out->old_count) || at >= end || *at++ != ' ' ||
        !read_range(&at, end, '+', &out->new_line, &out->new_count))
        return false;
    return end - at >= 3 && memcmp(at, " @@", 3) == 0;
}

static int read_hunk(struct reader *reader, const struct line *head, struct flow_error *err)
{
    struct diff_file *file = reader->file;
    struct diff_hunk hunk = {0};
    struct line line;
    if (!read_head(head, &hunk))
        return misfit(reader, "is no head of a hunk", err);
    step(reader, head);
    hunk.text = reader->at;
    uint32_t old = hunk.old_count, new = hunk.new_count;
    while (peek(reader, &line)) {
        // Mail takes the blank of an empty line away.
        char sign = line.len > 0 ? line.text[0] : ' ';
        if (old == 0 && new == 0 && sign != '\\')
            break;
        bool takes_old = sign == ' ' || sign == '-', takes_new = sign == ' ' || sign == '+';
        if ((!takes_old && !takes_new && sign != '\\') || (takes_old && old == 0) || (takes_new && new == 0))
            return misfit(reader, "does not fit the counts of its hunk", err);
        old -= takes_old;
        new -= takes_new;
        step(reader, &line);
    }
    if (old > 0 || new > 0)
        return misfit(reader, "ends in the middle of a hunk", err);
    hunk.len = (size_t)(reader->at - hunk.text);
    if (flow_grow(&file->hunks, &file->cap, file->count + 1, sizeof *file->hunks, err))
        return -1;
    file->hunks[file->count++] = hunk;
    return 0;
}

// "--- " and the "+++ " behind it.
static int read_names(struct reader *reader, const struct line *line, struct flow_error *err)
{
    struct line next;
    bool no_old = false, no_new = false;
    if ((!reader->file || reader->named) && begin_file(reader, err))
        return -1;
    const char *old = read_path(reader, line, &no_old);
    step(reader, line);
    if (!peek(reader, &next) || !starts(&next, "+++ "))
        return misfit(reader, "does not say what the file is afterwards", err);
    const char *new = read_path(reader, &next, &no_new);
    if (!old || !new || (no_old && no_new))
        return misfit(reader, "names no file", err);
    step(reader, &next);
    reader->file->added = no_old;
    reader->file->deleted = no_new;
    reader->file->path = no_new ? old : new;
    reader->named = true;
    return 0;
}

// The name behind "diff --git", for files that nothing else names (only the mode changes, or the bytes are no
// text): both are the same but for their prefix.
static const char *git_name(struct reader *reader, const struct line *line)
{
    const char *names = line->text + strlen("diff --git ");
    size_t len = line->len - strlen("diff --git ");
    if (len < 3 || len % 2 == 0)
        return "";
    size_t half = len / 2;
    if (names[half] != ' ' || half < 3 || memcmp(names + 2, names + half + 3, half - 2) != 0)
        return "";
    return flow_arena_strn(&reader->diff->arena, names + 2, half - 2);
}

static int read_line(struct reader *reader, const struct line *line, struct flow_error *err)
{
    struct diff_file *file = reader->file;
    if (starts(line, "diff --cc ") || starts(line, "diff --combined ") || starts(line, "@@@ "))
        return misfit(reader, "is of a merge with several parents: review a range instead", err);
    if (starts(line, "@@ -") && reader->named)
        return read_hunk(reader, line, err);
    if (starts(line, "--- ") && line->len > 4) {
        struct line next;
        struct reader ahead = *reader;
        step(&ahead, line);
        // In the message of a commit such a line means nothing.
        if (file || (peek(&ahead, &next) && starts(&next, "+++ ")))
            return read_names(reader, line, err);
    }
    int result = 0;
    if (starts(line, "diff --git ")) {
        result = begin_file(reader, err);
        if (result == 0 && !(reader->file->path = git_name(reader, line)))
            result = flow_error_nomem(err);
    } else if (file && starts(line, "index ")) {
        result = read_index(reader, line, err);
    } else if (file && (starts(line, "Binary files ") || starts(line, "GIT binary patch"))) {
        file->binary = true;
    }
    step(reader, line);
    return result;
}

int diff_parse(struct diff *out, const char *text, size_t len, struct flow_error *err)
{
    struct reader reader = {.diff = out, .at = text, .end = text + len, .number = 1};
    struct line line;
    *out = (struct diff){0};
    flow_arena_init(&out->arena);
    int result = 0;
    while (result == 0 && peek(&reader, &line))
        result = read_line(&reader, &line, err);
    for (size_t i = 0; i < out->count; i++) {
        const char *end = i + 1 < out->count ? out->files[i + 1].text : text + len;
        out->files[i].len = (size_t)(end - out->files[i].text);
    }
    if (result == 0 && out->count == 0)
        result = flow_error_set(err, FLOW_E_INVALID, "there is no change in the diff");
    if (result)
        diff_release(out);
    return result;
}

void diff_release(struct diff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        free(diff->files[i].hunks);
    free(diff->files);
    flow_arena_release(&diff->arena);
    *diff = (struct diff){0};
}

/*
 * Applying.
 */

static bool next_line(const char **at, const char *end, struct line *out)
{
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *out = (struct line){*at, (size_t)((newline ? newline : end) - *at)};
    *at = newline ? newline + 1 : end;
    return true;
}

static bool apply_hunk(const struct diff_hunk *hunk, bool back, const char **at, const char *end,
                       struct flow_buf *out)
{
    const char *text = hunk->text, *text_end = hunk->text + hunk->len;
    struct line line, old;
    while (next_line(&text, text_end, &line)) {
        char sign = line.len > 0 ? line.text[0] : ' ';
        const char *body = line.len > 0 ? line.text + 1 : line.text;
        size_t len = line.len > 0 ? line.len - 1 : 0;
        if (sign == '\\')
            continue;
        if (sign == ' ' || sign == (back ? '+' : '-')) {
            const char *from = *at;
            if (!next_line(at, end, &old) || old.len != len || memcmp(old.text, body, len) != 0)
                return false;
            if (sign == ' ')
                flow_buf_add(out, from, (size_t)(*at - from));
        } else {
            flow_buf_add(out, body, len);
            if (text >= text_end || *text != '\\')
                flow_buf_putc(out, '\n');
        }
    }
    return true;
}

int diff_apply(const struct diff_file *file, bool back, const char *text, size_t len, struct flow_buf *out)
{
    const char *at = text, *end = text + len;
    uint32_t number = 1;
    for (size_t i = 0; i < file->count; i++) {
        const struct diff_hunk *hunk = &file->hunks[i];
        uint32_t count = back ? hunk->new_count : hunk->old_count;
        // Of nothing, the line behind which it stands is named.
        uint32_t first = (back ? hunk->new_line : hunk->old_line) + (count == 0);
        struct line line;
        if (first < number)
            return 1;
        for (; number < first; number++) {
            const char *from = at;
            if (!next_line(&at, end, &line))
                return 1;
            flow_buf_add(out, from, (size_t)(at - from));
        }
        if (!apply_hunk(hunk, back, &at, end, out))
            return 1;
        number += count;
    }
    flow_buf_add(out, at, (size_t)(end - at));
    return 0;
}
