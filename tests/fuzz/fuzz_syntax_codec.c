// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/syntax/facts.h"
#include "fuzz.h"

// Whatever the index holds: it is refused, or read without harm and with strings that end.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char source[] = "int main(void)\n{\n    return 0;\n}\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts;
    if (flow_facts_decode(&facts, NULL, size ? (const char *)data : "", size, source, sizeof source - 1,
                          &err) != 0) {
        FUZZ_CHECK(err.code == FLOW_E_INVALID);
        return 0;
    }
    size_t total = 0;
    for (size_t i = 0; i < facts.symbol_count; i++)
        total += strlen(facts.symbols[i].name) + strlen(facts.symbols[i].signature);
    for (size_t i = 0; i < facts.field_count; i++)
        total += strlen(facts.fields[i].name) + strlen(facts.fields[i].type);
    for (size_t i = 0; i < facts.import_count; i++)
        total += strlen(facts.imports[i].path);
    for (size_t i = 0; i < facts.reference_count; i++)
        total += strlen(facts.references[i].name);
    FUZZ_CHECK(total < SIZE_MAX);
    flow_facts_release(&facts);
    return 0;
}
