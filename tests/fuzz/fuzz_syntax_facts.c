// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/buf.h"
#include "flow/syntax/facts.h"
#include "fuzz.h"

struct tools {
    struct flow_languages *languages;
    struct flow_parser *parser;
};

// Loaded once for all inputs: it takes longer than most of them.
static const struct tools *get_tools(void)
{
    static struct tools tools;
    struct flow_error err = FLOW_ERROR_INIT;
    if (!tools.parser) {
        FUZZ_CHECK(flow_languages_load(&tools.languages, &err) == 0);
        FUZZ_CHECK(flow_parser_new(&tools.parser, tools.languages, &err) == 0);
    }
    return &tools;
}

// Spans lie in the text, and facts survive the index.
static void check_facts(const struct flow_facts *facts, const char *source, size_t len)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts decoded;
    struct flow_buf bytes;
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        FUZZ_CHECK(symbol->span.start <= symbol->span.end && symbol->span.end <= len);
        FUZZ_CHECK(symbol->body.start <= symbol->body.end && symbol->body.end <= len);
        FUZZ_CHECK(symbol->span.start_line <= symbol->span.end_line);
        FUZZ_CHECK(!strchr(symbol->signature, '\n'));
    }
    flow_buf_init(&bytes, FLOW_BUF_FILE);
    FUZZ_CHECK(flow_facts_encode(facts, &bytes, &err) == 0);
    FUZZ_CHECK(flow_facts_decode(&decoded, facts->language, bytes.data, bytes.len, source, len, &err) == 0);
    FUZZ_CHECK(decoded.symbol_count == facts->symbol_count && decoded.field_count == facts->field_count);
    FUZZ_CHECK(decoded.import_count == facts->import_count &&
               decoded.reference_count == facts->reference_count);
    flow_facts_release(&decoded);
    flow_buf_release(&bytes);
}

static void check_pieces(const struct tools *tools, const struct flow_language *language, const char *source,
                         size_t len)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_pieces pieces;
    size_t at = 0;
    FUZZ_CHECK(flow_pieces_cut(&pieces, tools->parser, language, source, len, 100, &err) == 0);
    for (size_t i = 0; i < pieces.count; i++) {
        FUZZ_CHECK(pieces.items[i].start == at && pieces.items[i].end > at);
        at = pieces.items[i].end;
    }
    FUZZ_CHECK(at == len);
    flow_pieces_release(&pieces);
}

// The first byte chooses the language, the rest is the text.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tools *tools = get_tools();
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts;
    struct flow_volume volume;
    if (size < 1)
        return 0;
    const struct flow_language *language =
        flow_languages_at(tools->languages, data[0] % flow_languages_count(tools->languages));
    // A copy of its own, so that a read beyond its end is noticed.
    size_t len = size - 1;
    char *source = malloc(len + 1);
    FUZZ_CHECK(source != NULL);
    memcpy(source, data + 1, len);
    source[len] = '\0';
    FUZZ_CHECK(flow_facts_extract(&facts, tools->parser, language, source, len, &err) == 0);
    check_facts(&facts, source, len);
    flow_facts_release(&facts);
    check_pieces(tools, language, source, len);
    FUZZ_CHECK(flow_volume_measure(&volume, tools->parser, language, source, len, &err) == 0);
    FUZZ_CHECK(volume.comment_bytes <= len);
    free(source);
    return 0;
}
