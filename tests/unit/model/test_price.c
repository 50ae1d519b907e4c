// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "folder.h"
#include "price.h"
#include "unit.h"

static struct flow_prices *read_prices(void **state, const char *text, struct flow_error *err)
{
    struct flow_prices *prices = NULL;
    struct flow_buf path;

    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "prices.conf", text);
    if (flow_prices_read(&prices, folder_path(state, &path, "prices.conf"), err) != 0)
        prices = NULL;
    flow_buf_release(&path);
    return prices;
}

static const char table[] = "[price \"a/small\"]\n\tinput = 0.10\n\toutput = 0.5\n\tcache-read = 0.01\n"
                            "\tcache-write = 0.125\n\tdate = 2026-11-22\n"
                            "[price \"a/small >100000\"]\n\tinput = 0.50\n\toutput = 2.50\n"
                            "[price \"a/small >200000\"]\n\tinput = 1\n\toutput = 3\n"
                            "[price \"a/long\"]\n\tinput = 1\n\toutput = 2\n\tcache-write = 1.25\n"
                            "\tcache-write-1h = 2\n\tbatch = 0.5\n"
                            "[price \"command/claude -p\"]\n\tinput = 2\n\toutput = 10\n";

static void test_rows_and_tiers(void **state)
{
    static const struct {
        const char *model;
        uint64_t tokens;
        int64_t input, output, read, write;
    } cases[] = {
        {"a/small", 0, 100, 500, 10, 125},
        {"a/small", 100000, 100, 500, 10, 125},
        {"a/small", 100001, 500, 2500, 500, 500},
        {"a/small", 200001, 1000, 3000, 1000, 1000},
        {"a/small-20261122", 0, 100, 500, 10, 125},
        {"a/small-2026-11-22", 0, 100, 500, 10, 125},
        {"command/claude -p", 0, 2000, 10000, 2000, 2000},
    };
    static const char *const unknown[] = {"a/smaller", "a/small-x",      "a/small-2026112", "a/sma",
                                          "b/small",   "command/claude", "replay/tape",     ""};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_prices *prices = read_prices(state, table, &err);
    struct flow_price price;

    assert_non_null(prices);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        flow_prices_find(prices, cases[i].model, cases[i].tokens, &price);
        if (!price.known || price.input != cases[i].input || price.output != cases[i].output ||
            price.cache_read != cases[i].read || price.cache_write != cases[i].write)
            fail_msg("case %zu: %ld %ld %ld %ld", i, (long)price.input, (long)price.output,
                     (long)price.cache_read, (long)price.cache_write);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        flow_prices_find(prices, unknown[i], 0, &price);
        assert_false(price.known);
    }
    flow_prices_find(prices, "a/small", 0, &price);
    assert_string_equal(price.date, "2026-11-22");
    assert_int_equal(price.cache_write_1h, price.cache_write);
    assert_int_equal(price.batch, 1000);
    flow_prices_find(prices, "a/long", 0, &price);
    assert_int_equal(price.cache_write, 1250);
    assert_int_equal(price.cache_write_1h, 2000);
    assert_int_equal(price.batch, 500);
    flow_prices_free(prices);
}

static void test_tables_that_are_none(void **state)
{
    static const char *const texts[] = {
        "[price \"a\"]\n\tinput = 1\n",
        "[price \"a\"]\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = x\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = -1\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = 1.0001\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = 1.2.3\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = 99999999999999999999\n\toutput = 1\n",
        "[price \"a\"]\n\tinput = 1\n\toutput = 1\n\tcache-read = cheap\n",
        "[price \"a\"]\n\tinput = 1\n\toutput = 1\n\tbatch = 1.5\n",
        "[price \"a\"]\n\tinput = 1\n\toutput = 1\n\tbatch = half\n",
        "[price \"a >x\"]\n\tinput = 1\n\toutput = 1\n",
        "[price \"a >0\"]\n\tinput = 1\n\toutput = 1\n",
        "[price \"a\"\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        if (read_prices(state, texts[i], &err) != NULL)
            fail_msg("case %zu was read", i);
        assert_non_null(strstr(err.message, "prices.conf"));
    }
}

static void test_costs(void **state)
{
    const struct flow_price price = {
        .input = 100, .output = 500, .cache_read = 10, .cache_write = 125, .known = true};
    const struct flow_usage usage = {.input = 1000, .cache_read = 10000, .cache_write = 200, .output = 50};
    const struct flow_price dear = {.cache_write = 125, .cache_write_1h = 200, .batch = 500, .known = true};
    const struct flow_usage hour = {.cache_write = 1000, .cache_write_1h = 400};
    const struct flow_usage batch = {.cache_write = 1001, .batch = true};
    const struct flow_usage absurd = {.input = UINT64_MAX, .cache_read = UINT64_MAX, .output = UINT64_MAX};

    (void)state;
    assert_int_equal(flow_price_cost(&price, &usage), 100000 + 100000 + 25000 + 25000);
    assert_true(flow_price_cost(&price, &absurd) > 0);
    assert_int_equal(flow_price_cost(&dear, &hour), 600 * 125 + 400 * 200);
    assert_int_equal(flow_price_cost(&dear, &batch), 62562);
}

/* The table that is installed is read, and holds the models that are documented. */
static void test_the_table_of_the_suite(void **state)
{
    static const struct {
        const char *model;
        uint64_t tokens;
        int64_t input, output, read;
    } cases[] = {
        {"anthropic/claude-fable-5-2", 0, 8000, 40000, 200},
        {"anthropic/claude-opus-5-5", 0, 4000, 20000, 200},
        {"anthropic/claude-sonnet-5-5", 0, 2000, 10000, 100},
        {"anthropic/claude-sonnet-5", 0, 2000, 10000, 200},
        {"anthropic/claude-opus-4-8", 0, 5000, 25000, 500},
        {"anthropic/claude-haiku-5-5", 100000, 100, 500, 10},
        {"anthropic/claude-haiku-5-5", 100001, 500, 2500, 50},
        {"openai/gpt-6.1-sol", 0, 2000, 10000, 100},
        {"openai/gpt-6-sol", 272001, 4000, 15000, 400},
        {"openai/gpt-5-mini", 0, 250, 2000, 25},
        {"openai/gemini-2.5-flash", 0, 300, 2500, 30},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_prices *prices;
    struct flow_price price;
    struct flow_buf path;

    (void)state;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_dir_data(&path, "prices.conf", &err), &err);
    assert_ok(flow_prices_read(&prices, path.data, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        flow_prices_find(prices, cases[i].model, cases[i].tokens, &price);
        if (!price.known || price.input != cases[i].input || price.output != cases[i].output ||
            price.cache_read != cases[i].read || price.date[0] == '\0' ||
            price.cache_write_1h < price.cache_write)
            fail_msg("%s: %ld %ld %ld", cases[i].model, (long)price.input, (long)price.output,
                     (long)price.cache_read);
    }
    flow_prices_free(prices);
    flow_buf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows_and_tiers, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_tables_that_are_none, folder_setup, folder_teardown),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_the_table_of_the_suite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
