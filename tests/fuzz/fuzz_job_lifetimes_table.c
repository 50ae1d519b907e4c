// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/job/lifetimes.h"
#include "fuzz.h"

// A table is read, or refused with its name; each row that was read has all of its texts.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_lifetimes_table table;
    if (flow_lifetimes_table_read(&table, text, size, "t.tsv", &err) != 0) {
        FUZZ_CHECK(strstr(err.message, "t.tsv"));
        return 0;
    }
    for (size_t i = 0; i < table.count; i++) {
        const struct flow_lifetime *row = &table.rows[i];
        FUZZ_CHECK(row->file && row->strukt && row->field && row->type && row->class_name && row->target &&
                   row->confidence && row->evidence);
        bool edited = flow_lifetime_edited(row);
        FUZZ_CHECK(edited || strcmp(row->confidence, "person") != 0);
    }
    flow_lifetimes_table_release(&table);
    return 0;
}
