// SPDX-License-Identifier: MIT
#include "conversation.h"

#include <string.h>

#define DASHES_MIN 5

// The most dashes that begin a line of text and go on with " <word> ", as a marker does.
static size_t dashes_in(const char *text, size_t len, size_t most)
{
    const char *end = text + len;

    for (const char *line = text; line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        size_t dashes = 0;
        while (line + dashes < end && line[dashes] == '-')
            dashes++;
        if (line + dashes < end && line[dashes] == ' ' && dashes > most)
            most = dashes;
        line = next != NULL ? next + 1 : end;
    }
    return most;
}

static size_t dashes_in_blocks(const struct flow_block *blocks, size_t count, size_t most)
{
    for (size_t i = 0; i < count; i++)
        most = dashes_in(blocks[i].text, blocks[i].len, most);
    return most;
}

static size_t choose_dashes(const struct flow_request *request)
{
    size_t most = dashes_in_blocks(request->system, request->system_count, DASHES_MIN - 1);

    for (size_t i = 0; i < request->turn_count; i++)
        most = dashes_in_blocks(request->turns[i].blocks, request->turns[i].block_count, most);
    return request->schema != NULL ? dashes_in(request->schema, strlen(request->schema), most) + 1 : most + 1;
}

static void write_dashes(struct flow_buf *out, size_t dashes)
{
    for (size_t i = 0; i < dashes; i++)
        flow_buf_putc(out, '-');
}

static void write_marker(struct flow_buf *out, size_t dashes, const char *word)
{
    if (out->len > 0)
        flow_buf_putc(out, '\n');
    write_dashes(out, dashes);
    flow_buf_printf(out, " %s ", word);
    write_dashes(out, dashes);
    flow_buf_putc(out, '\n');
}

static void end_line(struct flow_buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        flow_buf_putc(out, '\n');
}

static void write_blocks(struct flow_buf *out, const struct flow_block *blocks, size_t count)
{
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        if (blocks[i].len == 0)
            continue;
        if (!first)
            flow_buf_putc(out, '\n');
        first = false;
        flow_buf_add(out, blocks[i].text, blocks[i].len);
        end_line(out);
    }
}

void flow_conversation_write(const struct flow_request *request, struct flow_buf *out)
{
    size_t dashes = choose_dashes(request);

    if (request->system_count > 0) {
        write_marker(out, dashes, "system");
        write_blocks(out, request->system, request->system_count);
    }
    for (size_t i = 0; i < request->turn_count; i++) {
        const struct flow_turn *turn = &request->turns[i];
        write_marker(out, dashes, turn->role == FLOW_ROLE_USER ? "user" : "assistant");
        write_blocks(out, turn->blocks, turn->block_count);
    }
    if (request->schema != NULL) {
        write_marker(out, dashes, "schema");
        flow_buf_puts(out,
                      "The reply must be one JSON value that fits this JSON Schema, and nothing else.\n");
        flow_buf_puts(out, request->schema);
        end_line(out);
    }
}
