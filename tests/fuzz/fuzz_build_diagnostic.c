// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/diagnostic.h"
#include "flow/build/suggest.h"
#include "fuzz.h"

static const char *const languages[] = {"c",      "go",   "java",       "javascript",
                                        "python", "rust", "typescript", "zig"};
enum { LANGUAGES = sizeof languages / sizeof *languages };

static const char text[] = "fn main() {\n    let é = (1);\n}\n";

static void check(const struct flow_diagnostics *list)
{
    size_t errors = 0, warnings = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_diagnostic *item = &list->items[i];
        FUZZ_CHECK(item->message && item->text && item->times >= 1);
        FUZZ_CHECK(!item->place.file || item->place.outside || item->place.file[0] != '/');
        errors += item->severity == FLOW_SEVERITY_ERROR;
        warnings += item->severity == FLOW_SEVERITY_WARNING;
        for (size_t k = 0; k < item->note_count; k++)
            FUZZ_CHECK(item->notes[k].message);
        for (size_t k = 0; k < item->suggestion_count; k++) {
            for (size_t r = 0; r < item->suggestions[k].count; r++)
                FUZZ_CHECK(item->suggestions[k].replacements[r].text);
        }
    }
    FUZZ_CHECK(errors == list->errors && warnings == list->warnings);
}

// The first byte says the language.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct flow_build_rules *rules[LANGUAGES];
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_diagnostics list;
    struct flow_applications applications;
    struct flow_buf out;
    if (size == 0)
        return 0;
    size_t language = data[0] % LANGUAGES;
    if (!rules[language])
        FUZZ_CHECK(flow_build_rules_load(&rules[language], languages[language], NULL, &err) == 0);
    flow_diagnostics_init(&list);
    flow_buf_init(&out, FLOW_BUF_FILE);
    FUZZ_CHECK(
        flow_diagnostics_read(&list, rules[language], "/build", (const char *)data + 1, size - 1, &err) == 0);
    check(&list);
    FUZZ_CHECK(flow_suggestions_apply(&out, &applications, "a.rs", text, sizeof text - 1, list.items,
                                      list.count, &err) == 0);
    FUZZ_CHECK(applications.applied > 0 || strcmp(out.data, text) == 0);
    flow_applications_release(&applications);
    flow_buf_release(&out);
    flow_diagnostics_release(&list);
    return 0;
}
