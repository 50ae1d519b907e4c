// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/agent/ownership.h"
#include "fuzz.h"

static const char *const fields[] = {"a.b", "a.c"};
static const char *const classes[] = {"OWNED", "STATIC", FLOW_OWNERSHIP_UNKNOWN};

static bool stands(void *payload, const char *file, const char *quote, uint32_t *line)
{
    (void)payload;
    *line = *line > 0 ? *line : 1;
    return strcmp(file, "a.c") == 0 && *quote;
}

static void try_refutations(const struct flow_buf *text, struct flow_buf *why)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_refutations refutations;
    int result = flow_refutations_parse(&refutations, text->data, text->len, false, fields, 2, why, &err);
    FUZZ_CHECK(result >= 0 && (result == 0 || why->len > 0));
    if (result == 0) {
        FUZZ_CHECK(refutations.items[0].reason && refutations.items[1].reason);
        flow_refutations_release(&refutations);
    }
}

// Each field has an answer of a class that there is, with lines that stand; or it is said why not. The same
// for what refuters say.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct flow_ownership_asked asked = {
        .fields = fields, .field_count = 2, .classes = classes, .class_count = 3, .stands = stands};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_ownership ownership;
    struct flow_buf text, why;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    int result = flow_ownership_parse(&ownership, text.data, text.len, false, &asked, &why, &err);
    FUZZ_CHECK(result >= 0 && (result == 0 || why.len > 0));
    if (result == 0) {
        FUZZ_CHECK(ownership.count == 2);
        for (size_t i = 0; i < ownership.count; i++) {
            const struct flow_ownership_answer *answer = &ownership.answers[i];
            FUZZ_CHECK(answer->class_name && *answer->reason && answer->target);
            FUZZ_CHECK(answer->line_count > 0 || answer->class_name == classes[2]);
        }
        flow_ownership_release(&ownership);
    }
    flow_buf_clear(&why);
    try_refutations(&text, &why);
    flow_buf_release(&why);
    flow_buf_release(&text);
    return 0;
}
