// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/agent/reply.h"
#include "fuzz.h"

static const struct flow_side source = {"f.c", "int f(int a)\n{\n    return a + 1;\n}\n", 33};
static const struct flow_side target = {"f.rs", "fn f(a: i32) -> i32 {\n    a + 2\n}\n", 34};

static const struct flow_sides sides = {
    .sources = &source, .source_count = 1, .targets = &target, .target_count = 1};

static size_t lines(const struct flow_side *side)
{
    size_t count = 0;
    for (size_t i = 0; i < side->len; i++)
        count += side->text[i] == '\n';
    return count;
}

// A verdict is proven or it does not pass.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_verdict verdict;
    struct flow_buf text, why;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    int result = flow_verdict_parse(&verdict, text.data, text.len, false, &sides, &why, &err);
    FUZZ_CHECK(result >= 0 && (result == 0 || why.len > 0));
    if (result == 0) {
        size_t grave = 0, unproven = 0;
        for (size_t i = 0; i < verdict.count; i++) {
            const struct flow_finding *finding = &verdict.items[i];
            unproven += !finding->proven;
            grave += finding->proven && strcmp(finding->severity, "minor") != 0;
            FUZZ_CHECK(!finding->proven ||
                       (finding->source_line >= 1 && finding->source_line <= lines(&source) &&
                        finding->target_line >= 1 && finding->target_line <= lines(&target)));
        }
        FUZZ_CHECK(unproven == verdict.unproven && verdict.accept == (grave == 0));
        flow_verdict_release(&verdict);
    }
    flow_buf_release(&why);
    flow_buf_release(&text);
    return 0;
}
