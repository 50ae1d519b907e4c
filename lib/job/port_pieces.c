// SPDX-License-Identifier: MIT
/*
 * Large units: translated piece by piece, each knowing the outline of the whole and what the pieces before it
 * became, and joined here.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

#define TAIL_BYTES ((size_t)6000) /* of the text so far, shown to the next piece */

struct piece {
    const char *path;
    const char *text;
    size_t len;
    struct flow_span span;
    bool begins_inside; // a declaration that the piece before it began
};

struct pieces {
    struct piece *items;
    size_t count, cap;
};

size_t port_pieces_count(const struct port *port, const struct flow_unit *unit)
{
    size_t most = port->settings.piece_bytes;
    return unit->bytes <= most ? 1 : (size_t)(unit->bytes / most) + 1;
}

// Whether offset lies inside a declaration of the file, and not between two.
static bool is_inside(const struct flow_facts *facts, uint32_t offset)
{
    for (size_t i = 0; i < facts->symbol_count; i++)
        if (facts->symbols[i].span.start < offset && offset < facts->symbols[i].span.end)
            return true;
    return false;
}

static int cut_file(struct port_work *work, size_t file, struct pieces *out, struct flow_error *err)
{
    const struct flow_buf *source = &work->sources[file];
    struct flow_pieces cut = {0};
    struct flow_facts facts = {0};
    if (flow_facts_extract(&facts, work->parser, work->port->from, source->data, source->len, err))
        return -1;
    int result = flow_pieces_cut(&cut, work->parser, work->port->from, source->data, source->len,
                                 work->port->settings.piece_bytes, err);
    for (size_t i = 0; i < cut.count && result == 0; i++) {
        result = flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err);
        if (result)
            break;
        out->items[out->count++] = (struct piece){
            .path = work->source_paths[file],
            .text = source->data + cut.items[i].start,
            .len = cut.items[i].end - cut.items[i].start,
            .span = cut.items[i],
            .begins_inside = i > 0 && is_inside(&facts, cut.items[i].start),
        };
    }
    flow_pieces_release(&cut);
    flow_facts_release(&facts);
    return result;
}

static void describe_piece(const struct port_work *work, const struct pieces *pieces, size_t at,
                           struct flow_buf *out)
{
    const struct piece *piece = &pieces->items[at];
    bool ends_inside = at + 1 < pieces->count && pieces->items[at + 1].begins_inside;
    flow_buf_printf(out, "Piece %zu of %zu: `", at + 1, pieces->count);
    flow_str_show(out, piece->path, strlen(piece->path));
    flow_buf_printf(out, "`, lines %u to %u.", piece->span.start_line, piece->span.end_line);
    if (piece->begins_inside)
        flow_buf_puts(
            out, " It begins inside a declaration that the piece before it began: go on in the middle of it, "
                 "without opening it again.");
    if (ends_inside)
        flow_buf_puts(out,
                      " It ends inside a declaration that the next piece goes on with: leave that open.");
    flow_buf_puts(out, "\n\n");
    flow_prompt_fence(out, flow_language_name(work->port->from), piece->text, piece->len, 0);
}

// What the pieces before this one became: names, and the end of the text.
static void describe_produced(const struct port_work *work, struct flow_buf *out)
{
    if (work->target.len == 0)
        return;
    flow_buf_puts(out, "Names so far, source → target:");
    for (size_t i = 0; i < work->symbol_count; i++)
        flow_buf_printf(out, " `%s` → `%s`;", work->symbols[i].source, work->symbols[i].target);
    flow_buf_puts(out, "\n\nLines that stand at the head of the file so far:\n\n");
    struct flow_buf heads;
    flow_buf_init(&heads, FLOW_BUF_TEXT);
    for (size_t i = 0; i < work->heads.count; i++)
        flow_buf_printf(&heads, "%s\n", work->heads.items[i]);
    flow_prompt_fence(out, "", heads.data, heads.len, 0);
    flow_buf_release(&heads);
    size_t from = work->target.len > TAIL_BYTES ? work->target.len - TAIL_BYTES : 0;
    const char *newline = from ? memchr(work->target.data + from, '\n', work->target.len - from) : NULL;
    if (newline)
        from = (size_t)(newline + 1 - work->target.data);
    flow_buf_printf(out, "\nThe %stext so far ends:\n\n", from ? "" : "whole ");
    flow_prompt_fence(out, flow_language_name(work->port->to), work->target.data + from,
                      work->target.len - from, 0);
}

static int take_piece(struct port_work *work, const struct flow_draft *draft, struct flow_buf *top,
                      struct flow_error *err)
{
    if (top->len == 0)
        flow_buf_puts(top, draft->top);
    for (size_t i = 0; i < draft->head_count; i++)
        if (flow_strv_find(&work->heads, draft->head[i]) < 0 &&
            flow_strv_add(&work->heads, draft->head[i], err))
            return -1;
    flow_buf_add(&work->target, draft->text, draft->len);
    if (draft->len > 0 && draft->text[draft->len - 1] != '\n')
        flow_buf_putc(&work->target, '\n');
    return port_pairs_add(work, draft->symbols, draft->symbol_count, draft->conditions,
                          draft->condition_count, err);
}

static int translate_piece(struct port_work *work, const struct pieces *pieces, size_t at,
                           const struct flow_buf *outline, struct flow_buf *top, struct flow_error *err)
{
    struct flow_buf piece, produced;
    struct flow_prompt prompt;
    struct flow_step step;
    struct flow_answer answer;
    struct flow_draft draft;
    flow_buf_init(&piece, FLOW_BUF_FILE);
    flow_buf_init(&produced, FLOW_BUF_FILE);
    flow_answer_init(&answer);
    describe_piece(work, pieces, at, &piece);
    describe_produced(work, &produced);
    struct port_prompt_extra extra = {.outline = outline, .piece = &piece, .produced = &produced};
    int result = port_prompt_make(work, PORT_PIECE, &extra, &prompt, err);
    if (result == 0) {
        port_step_init(work, &prompt, &step);
        step.role = "translate";
        step.piece = (unsigned)at + 1;
        step.max_tokens = flow_agent_max_tokens(pieces->items[at].len);
        result = port_draft_ask(work, &step, &answer, &draft, err);
        if (result == 0) {
            result = take_piece(work, &draft, top, err);
            flow_draft_release(&draft);
        }
        flow_prompt_release(&prompt);
    }
    flow_answer_release(&answer);
    flow_buf_release(&produced);
    flow_buf_release(&piece);
    return result;
}

// The very top, the head's lines, then the pieces in order.
static int join(struct port_work *work, const struct flow_buf *top, struct flow_error *err)
{
    struct flow_buf whole;
    flow_buf_init(&whole, FLOW_BUF_FILE);
    flow_buf_add(&whole, top->data, top->len);
    if (top->len > 0 && top->data[top->len - 1] != '\n')
        flow_buf_putc(&whole, '\n');
    for (size_t i = 0; i < work->heads.count; i++)
        flow_buf_printf(&whole, "%s\n", work->heads.items[i]);
    flow_buf_add(&whole, work->target.data, work->target.len);
    int result = flow_buf_check(&whole, "joined file", err);
    if (result == 0) {
        flow_buf_release(&work->target);
        work->target = whole;
    } else {
        flow_buf_release(&whole);
    }
    return result;
}

static int cut_files(struct port_work *work, struct flow_buf *outline, struct pieces *out,
                     struct flow_error *err)
{
    if (port_parser_take(work, err))
        return -1;
    int result = port_outline(work, outline, err);
    for (size_t i = 0; i < work->source_count && result == 0; i++)
        result = cut_file(work, i, out, err);
    port_parser_give(work);
    return result;
}

int port_pieces(struct port_work *work, struct flow_error *err)
{
    struct pieces pieces = {0};
    struct flow_buf outline, top;
    flow_buf_init(&outline, FLOW_BUF_FILE);
    flow_buf_init(&top, FLOW_BUF_TEXT);
    flow_buf_clear(&work->target);
    int result = cut_files(work, &outline, &pieces, err);
    for (size_t i = 0; i < pieces.count && result == 0; i++)
        result = translate_piece(work, &pieces, i, &outline, &top, err);
    if (result == 0)
        result = join(work, &top, err);
    flow_buf_release(&top);
    flow_buf_release(&outline);
    free(pieces.items);
    return result;
}
