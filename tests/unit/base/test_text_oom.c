// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "flow/base/json.h"
#include "flow/base/tsv.h"
#include "oom.h"
#include "unit.h"

static int parse(void *payload, struct flow_error *err)
{
    const char *text = payload;
    struct flow_json *document;
    if (flow_json_parse(&document, text, strlen(text), err))
        return -1;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_json_print(document, &out);
    int result = flow_buf_check(&out, "JSON", err);
    flow_buf_release(&out);
    flow_json_free(document);
    return result;
}

static void test_json(void **state)
{
    (void)state;
    char few[] = "{\"a\": [1, 2.5, \"three\"], \"b\": {\"c\": null, \"d\": true}}";
    char many[] = "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,"
                  "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1}";
    cJSON_Hooks hooks = {.malloc_fn = oom_malloc, .free_fn = free};
    cJSON_InitHooks(&hooks);
    oom_each(parse, few);
    oom_each(parse, many);
    cJSON_InitHooks(NULL);
}

static int split(void *payload, struct flow_error *err)
{
    const char *line = payload;
    struct flow_strv cells;
    flow_strv_init(&cells);
    int result = flow_tsv_split(&cells, line, strlen(line), err);
    flow_strv_release(&cells);
    return result;
}

static int ids(void *payload, struct flow_error *err)
{
    const char *text = payload;
    struct flow_strv list;
    flow_strv_init(&list);
    int result = flow_tsv_ids(&list, text, strlen(text), err);
    flow_strv_release(&list);
    return result;
}

static void test_tsv(void **state)
{
    (void)state;
    char text[] = "a\\tb\tc\td\te\tf\tg\th\ti\tj\nk\tl\n";
    oom_each(split, text);
    oom_each(ids, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_tsv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
