// SPDX-License-Identifier: MIT
#include <string.h>

#include "parse.h"

void flow_draft_release(struct flow_draft *draft)
{
    flow_arena_release(&draft->arena);
    *draft = (struct flow_draft){0};
}

static size_t word_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && text[n] != ' ' && text[n] != '\t')
        n++;
    return n;
}

static bool is_record(const struct flow_fence *fence)
{
    return word_len(fence->info, fence->info_len) == 4 && memcmp(fence->info, "json", 4) == 0;
}

// Finds the block with the file and the one with the record.
static int find_blocks(const struct flow_fences *fences, const struct flow_fence **file,
                       const struct flow_fence **record, struct flow_buf *why)
{
    size_t files = 0, records = 0;
    for (size_t i = 0; i < fences->count; i++) {
        const struct flow_fence *fence = &fences->items[i];
        if (is_record(fence)) {
            *record = fence;
            records++;
        } else {
            *file = fence;
            files++;
        }
        if (fence->open)
            return flow_misfit(why, "A fenced block has no end: half of the reply is missing.");
    }
    if (fences->count == 0)
        return flow_misfit(why, "The reply has no fenced block: the file must stand in one.");
    if (files != 1)
        return flow_misfit(
            why,
            "The reply has %zu fenced blocks beside the record; exactly one, with the whole file, is read. "
            "If the file itself has a line of back quotes, use a longer fence around it.",
            files);
    if (records != 1)
        return flow_misfit(
            why, "The reply has %zu blocks marked json; exactly one, the record, must follow the file.",
            records);
    if ((*file)->len == 0 || strspn((*file)->text, " \t\r\n") >= (*file)->len)
        return flow_misfit(why, "The block with the file is empty.");
    if (memchr((*file)->text, '\0', (*file)->len))
        return flow_misfit(why, "The file holds a NUL byte.");
    return 0;
}

static int read_path(struct flow_draft *out, const struct flow_fence *file, struct flow_error *err)
{
    size_t skip = word_len(file->info, file->info_len);
    const char *path = file->info + skip;
    size_t len = file->info_len - skip;
    while (len > 0 && (*path == ' ' || *path == '\t')) {
        path++;
        len--;
    }
    if (len == 0)
        return 0;
    out->path = flow_arena_strn(&out->arena, path, len);
    return out->path ? 0 : flow_error_nomem(err);
}

static int read_head(struct flow_draft *out, const struct flow_json *record, struct flow_buf *why,
                     struct flow_error *err)
{
    const char *top = flow_json_str(flow_json_get(record, "top"));
    const char *notes = flow_json_str(flow_json_get(record, "notes"));
    const struct flow_json *head = flow_json_get(record, "head");
    out->top = flow_arena_str(&out->arena, top ? top : "");
    out->notes = flow_arena_str(&out->arena, notes ? notes : "");
    out->head = flow_arena_alloc(&out->arena, (flow_json_count(head) + 1) * sizeof *out->head);
    if (!out->top || !out->notes || !out->head)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(head); item; item = flow_json_next(item)) {
        const char *line = flow_json_str(item);
        if (!line)
            return flow_misfit(why, "\"head\" is not a list of lines.");
        if (!(out->head[out->head_count++] = flow_arena_str(&out->arena, line)))
            return flow_error_nomem(err);
    }
    return 0;
}

static int read_record(struct flow_draft *out, const struct flow_fence *fence, struct flow_buf *why,
                       struct flow_error *err)
{
    struct flow_json *record = NULL;
    int result = flow_reply_object(&record, fence->text, fence->len, why, err);
    if (result == 0)
        result = flow_reply_pairs(&out->symbols, &out->symbol_count, &out->arena,
                                  flow_json_get(record, "symbols"), "symbols", why, err);
    if (result == 0)
        result = flow_reply_pairs(&out->conditions, &out->condition_count, &out->arena,
                                  flow_json_get(record, "conditions"), "conditions", why, err);
    if (result == 0)
        result = read_head(out, record, why, err);
    flow_json_free(record);
    return result;
}

int flow_draft_parse(struct flow_draft *out, const char *text, size_t len, bool cut, struct flow_buf *why,
                     struct flow_error *err)
{
    struct flow_fences fences = {0};
    const struct flow_fence *file = NULL, *record = NULL;
    *out = (struct flow_draft){0};
    flow_arena_init(&out->arena);
    int result = flow_reply_usable(text, len, cut, why);
    if (result == 0)
        result = flow_fences_find(&fences, text, len, err);
    if (result == 0)
        result = find_blocks(&fences, &file, &record, why);
    if (result == 0) {
        out->text = file->text;
        out->len = file->len;
        result = read_path(out, file, err);
    }
    if (result == 0)
        result = read_record(out, record, why, err);
    flow_fences_release(&fences);
    if (result)
        flow_draft_release(out);
    return result;
}
