// SPDX-License-Identifier: MIT
#include "flow/agent/prompt.h"

#include <stdbool.h>
#include <string.h>

#include "flow/base/file.h"

static const char *const part_names[FLOW_PROMPT_PARTS] = {"system", "shared", "unit", "question"};

int flow_template_read(struct flow_repo *repo, const struct flow_id *commit, const char *name,
                       struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf path;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id blob;
    int result = 0;
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (repo && commit) {
        flow_buf_printf(&path, ".flow/prompts/%s.md", name);
        if (flow_buf_check(&path, "path of a prompt", err))
            result = -1;
        else if (flow_repo_find_blob(repo, commit, path.data, &blob, &own) == 0)
            result = flow_repo_read_blob(repo, &blob, out, err) ? -1 : 1;
        else if (own.code != FLOW_E_NOT_FOUND)
            result = flow_error_set(err, own.code, "%s", own.message);
    }
    if (result == 0) {
        struct flow_buf own_path;
        flow_buf_init(&own_path, FLOW_BUF_LINE);
        flow_buf_clear(&path);
        flow_buf_printf(&path, "prompts/%s.md", name);
        result = flow_buf_check(&path, "path of a prompt", err) || flow_dir_data(&own_path, path.data, err) ||
                         flow_file_read(own_path.data, out, err)
                     ? -1
                     : 0;
        flow_buf_release(&own_path);
    }
    flow_buf_release(&path);
    return result;
}

void flow_prompt_init(struct flow_prompt *prompt)
{
    *prompt = (struct flow_prompt){0};
    for (int i = 0; i < FLOW_PROMPT_PARTS; i++)
        flow_buf_init(&prompt->parts[i], FLOW_BUF_FILE);
}

void flow_prompt_release(struct flow_prompt *prompt)
{
    for (int i = 0; i < FLOW_PROMPT_PARTS; i++)
        flow_buf_release(&prompt->parts[i]);
}

struct filler {
    const char *name; // of the template
    const struct flow_prompt_value *values;
    size_t count;
    unsigned line;
    const char *open; // the section that we are in
    size_t open_len;
    bool keep; // … whether its text counts
};

static const struct flow_prompt_value *value_named(const struct filler *filler, const char *name, size_t len)
{
    for (size_t i = 0; i < filler->count; i++)
        if (strlen(filler->values[i].name) == len && memcmp(filler->values[i].name, name, len) == 0)
            return &filler->values[i];
    return NULL;
}

static int mistake(const struct filler *filler, const char *what, const char *name, size_t len,
                   struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "prompt '%s', line %u: %s '%.*s'", filler->name, filler->line,
                          what, (int)(len < 60 ? len : 60), name);
}

// What stands between {{ and }}.
static int fill_tag(struct filler *filler, struct flow_buf *out, const char *tag, size_t len,
                    struct flow_error *err)
{
    char kind = len > 0 && (tag[0] == '#' || tag[0] == '/') ? tag[0] : 0;
    const char *name = kind ? tag + 1 : tag;
    size_t name_len = kind ? len - 1 : len;
    if (kind == '/') {
        if (!filler->open || filler->open_len != name_len || memcmp(filler->open, name, name_len) != 0)
            return mistake(filler, "no section to end here:", name, name_len, err);
        filler->open = NULL;
        filler->keep = true;
        return 0;
    }
    const struct flow_prompt_value *value = value_named(filler, name, name_len);
    if (!value)
        return mistake(filler, "unknown name", name, name_len, err);
    if (!kind) {
        if (filler->keep)
            flow_buf_add(out, value->text, value->len);
        return 0;
    }
    if (filler->open)
        return mistake(filler, "a section inside a section:", name, name_len, err);
    filler->open = name;
    filler->open_len = name_len;
    filler->keep = value->len > 0;
    return 0;
}

static int fill_line(struct filler *filler, struct flow_buf *out, const char *line, size_t len,
                     struct flow_error *err)
{
    const char *at = line, *end = line + len;
    while (at < end) {
        const char *tag = at;
        while (tag + 1 < end && !(tag[0] == '{' && tag[1] == '{'))
            tag++;
        if (tag + 1 >= end)
            tag = end;
        if (filler->keep)
            flow_buf_add(out, at, (size_t)(tag - at));
        if (tag == end)
            break;
        const char *close = tag + 2;
        while (close + 1 < end && !(close[0] == '}' && close[1] == '}'))
            close++;
        if (close + 1 >= end)
            return mistake(filler, "no '}}' behind", tag, (size_t)(end - tag), err);
        if (fill_tag(filler, out, tag + 2, (size_t)(close - tag - 2), err))
            return -1;
        at = close + 2;
    }
    return 0;
}

static bool is_section_line(const char *line, size_t len)
{
    // A line that only opens or closes a section leaves no empty line behind.
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    return len > 5 && line[0] == '{' && line[1] == '{' && (line[2] == '#' || line[2] == '/') &&
           memchr(line, '}', len) == line + len - 2 && line[len - 1] == '}';
}

// The part that a line "%% name" begins, or -1.
static int part_of_line(const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    if (len < 4 || memcmp(line, "%% ", 3) != 0)
        return -1;
    for (int i = 0; i < FLOW_PROMPT_PARTS; i++)
        if (strlen(part_names[i]) == len - 3 && memcmp(line + 3, part_names[i], len - 3) == 0)
            return i;
    return FLOW_PROMPT_PARTS;
}

static bool blank(const struct flow_buf *buf)
{
    return strspn(buf->data, " \t\r\n") == buf->len;
}

static int lay_out(struct flow_prompt *out, const char *name, struct flow_error *err)
{
    for (int i = 0; i < FLOW_PROMPT_PARTS; i++) {
        struct flow_buf *part = &out->parts[i];
        if (flow_buf_check(part, "prompt", err))
            return -1;
        if (blank(part))
            continue;
        struct flow_block block = {.text = part->data, .len = part->len, .cache = i < FLOW_PROMPT_UNIT};
        if (i < FLOW_PROMPT_UNIT)
            out->system[out->system_count++] = block;
        else
            out->user[out->user_count++] = block;
    }
    if (out->user_count == 2)
        out->user[0].cache = true;
    if (blank(&out->parts[FLOW_PROMPT_UNIT]))
        return flow_error_set(err, FLOW_E_INVALID, "prompt '%s' has no text behind a line '%%%% unit'", name);
    return 0;
}

int flow_prompt_fill(struct flow_prompt *out, const char *name, const char *text, size_t len,
                     const struct flow_prompt_value *values, size_t count, struct flow_error *err)
{
    struct filler filler = {.name = name, .values = values, .count = count, .keep = true};
    struct flow_buf *part = NULL;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        filler.line++;
        int begins = part_of_line(at, line_len);
        if (begins == FLOW_PROMPT_PARTS)
            return mistake(&filler, "unknown part", at, strcspn(at, "\n"), err);
        if (begins >= 0) {
            part = &out->parts[begins];
        } else if (part) {
            size_t used = is_section_line(at, line_len) ? strcspn(at, "\r\n") : line_len;
            if (fill_line(&filler, part, at, used, err))
                return -1;
        }
        at += line_len;
    }
    if (filler.open)
        return mistake(&filler, "section without an end:", filler.open, filler.open_len, err);
    return lay_out(out, name, err);
}

int flow_prompt_text(struct flow_buf *out, const char *name, const char *text, size_t len,
                     const struct flow_prompt_value *values, size_t count, struct flow_error *err)
{
    struct filler filler = {.name = name, .values = values, .count = count, .keep = true};
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line_len = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        filler.line++;
        size_t used = is_section_line(at, line_len) ? strcspn(at, "\r\n") : line_len;
        if (fill_line(&filler, out, at, used, err))
            return -1;
        at += line_len;
    }
    if (filler.open)
        return mistake(&filler, "section without an end:", filler.open, filler.open_len, err);
    return flow_buf_check(out, name, err);
}

static size_t longest_run(const char *text, size_t len, char c)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < len; i++) {
        run = text[i] == c ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest;
}

void flow_prompt_fence(struct flow_buf *out, const char *info, const char *text, size_t len,
                       uint32_t first_line)
{
    size_t ticks = longest_run(text, len, '`') + 1;
    if (ticks < 3)
        ticks = 3;
    for (size_t i = 0; i < ticks; i++)
        flow_buf_putc(out, '`');
    flow_buf_puts(out, info);
    flow_buf_putc(out, '\n');
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        if (first_line > 0)
            flow_buf_printf(out, "%u\t", first_line++);
        flow_buf_add(out, at, line);
        if (!newline)
            flow_buf_putc(out, '\n');
        at += line;
    }
    for (size_t i = 0; i < ticks; i++)
        flow_buf_putc(out, '`');
    flow_buf_putc(out, '\n');
}
