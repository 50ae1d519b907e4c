// SPDX-License-Identifier: MIT
// What a port is expected to take: a range that is narrow enough to agree to.
#include <stdio.h>
#include <string.h>

#include "port_private.h"
#include "unit.h"

#define MOST_UNITS 200

static struct flow_config *config;

struct fixture {
    struct port port;
    struct flow_unit units[MOST_UNITS];
    struct port_unit members[MOST_UNITS];
    const struct port_unit *list[MOST_UNITS];
};

static void set_up(struct fixture *f, const char *model, size_t guide, uint64_t bytes, size_t imports)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct port *port = &f->port;
    memset(f, 0, sizeof *f);
    assert_ok(flow_models_new(&port->models, &(struct flow_models_options){.config = config}, &err), &err);
    port->settings = (struct port_settings){
        .model = model, .reviewers = {model, model}, .rounds = 3, .piece_bytes = 24000};
    flow_buf_init(&port->guide.general, FLOW_BUF_TEXT);
    for (size_t i = 0; i < guide; i++)
        flow_buf_putc(&port->guide.general, 'g');
    for (int i = 0; i < PORT_TEMPLATES; i++) {
        flow_buf_init(&port->templates[i], FLOW_BUF_TEXT);
        flow_buf_printf(&port->templates[i], "%%%% system\n%3000s\n%%%% unit\n", "rules");
    }
    for (size_t i = 0; i < MOST_UNITS; i++) {
        f->units[i].bytes = bytes;
        f->members[i] = (struct port_unit){.unit = &f->units[i], .import_count = imports};
        f->list[i] = &f->members[i];
    }
}

static void tear_down(struct fixture *f)
{
    flow_models_free(f->port.models);
    flow_buf_release(&f->port.guide.general);
    for (int i = 0; i < PORT_TEMPLATES; i++)
        flow_buf_release(&f->port.templates[i]);
}

static void check_range(const char *model, size_t guide, uint64_t bytes, size_t count)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct port_estimate estimate;
    static struct fixture f;
    set_up(&f, model, guide, bytes, 3);
    assert_ok(port_estimate(&f.port, f.list, count, false, &estimate, &err), &err);
    assert_true(estimate.nano_low > 0);
    assert_true(estimate.tokens_high > estimate.tokens_low);
    if (estimate.nano_high <= estimate.nano_low || estimate.nano_high > 4 * estimate.nano_low)
        fail_msg("%s, %zu units of %llu bytes, a guide of %zu: %lld to %lld", model, count,
                 (unsigned long long)bytes, guide, (long long)estimate.nano_low,
                 (long long)estimate.nano_high);
    tear_down(&f);
}

static void test_the_upper_end_is_at_most_four_times_the_lower(void **state)
{
    static const char *const models[] = {"anthropic/claude-sonnet-5-5", "anthropic/claude-fable-5-2",
                                         "anthropic/claude-haiku-4-5",  "openai/gpt-6.1-terra",
                                         "openai/gpt-5-mini",           "openai/gemini-2.5-pro"};
    static const size_t guides[] = {0, 20000, 200000}, counts[] = {1, 5, MOST_UNITS};
    static const uint64_t sizes[] = {30, 1000, 6000, 23000, 120000};
    (void)state;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        for (size_t g = 0; g < sizeof guides / sizeof *guides; g++)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
                    check_range(models[m], guides[g], sizes[s], counts[c]);
}

static void estimate_of(struct fixture *f, size_t count, bool warm, struct port_estimate *out)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(port_estimate(&f->port, f->list, count, warm, out, &err), &err);
}

static void test_prefixes_are_written_once_and_read_by_the_rest(void **state)
{
    static struct fixture f;
    struct port_estimate one, many, warm;
    (void)state;
    set_up(&f, "anthropic/claude-sonnet-5-5", 20000, 4000, 0);
    estimate_of(&f, 1, false, &one);
    estimate_of(&f, 100, false, &many);
    estimate_of(&f, 100, true, &warm);
    // One translation pays for the guide, a hundred read it.
    assert_true(one.roles[0].low.cache_write > 5000);
    assert_true(many.roles[0].low.cache_write < 3 * one.roles[0].low.cache_write);
    assert_true(many.roles[0].low.cache_read > 90 * one.roles[0].low.cache_write);
    assert_true(warm.roles[0].low.cache_write + 5000 < many.roles[0].low.cache_write);
    // The second reviewer reads what the first one wrote.
    assert_true(warm.roles[1].low.cache_write > 100000);
    assert_true(warm.roles[2].low.cache_write < warm.roles[1].low.cache_write / 10);
    // A server that keeps nothing is sent all of it.
    tear_down(&f);
    set_up(&f, "command/x", 20000, 4000, 0);
    estimate_of(&f, 100, false, &many);
    assert_int_equal(many.roles[0].low.cache_read + many.roles[0].low.cache_write, 0);
    assert_true(many.roles[0].low.input > 500000);
    assert_int_equal(many.cost, FLOW_PORT_COST_PROGRAM);
    assert_int_equal(many.nano_high, 0);
    tear_down(&f);
}

static void test_what_is_drafted_is_not_translated_again(void **state)
{
    static struct fixture f;
    struct port_estimate estimate;
    (void)state;
    set_up(&f, "anthropic/claude-sonnet-5-5", 20000, 4000, 0);
    for (size_t i = 0; i < 10; i++)
        strcpy(f.members[i].state.state, "gated");
    estimate_of(&f, 10, false, &estimate);
    assert_int_equal(estimate.roles[0].calls_high, 0);
    assert_true(estimate.roles[1].calls_low >= 10);
    // Reopened, it is.
    f.members[0].reopened = true;
    estimate_of(&f, 10, false, &estimate);
    assert_int_equal(estimate.roles[0].calls_low, 1);
    tear_down(&f);
}

static void test_an_unknown_price_is_not_nothing(void **state)
{
    static struct fixture f;
    struct port_estimate estimate;
    (void)state;
    set_up(&f, "anthropic/claude-sonnet-5-5", 0, 4000, 0);
    f.port.settings.reviewers[1] = "openai/of-somebody";
    estimate_of(&f, 10, false, &estimate);
    assert_int_equal(estimate.cost, FLOW_PORT_COST_UNKNOWN);
    assert_int_equal(estimate.roles[1].cost, FLOW_PORT_COST_KNOWN);
    assert_int_equal(estimate.roles[2].cost, FLOW_PORT_COST_UNKNOWN);
    assert_true(estimate.nano_low > 0);
    // And a recording costs nothing.
    f.port.settings = (struct port_settings){
        .model = "replay/x", .reviewers = {"replay/x", "replay/x"}, .piece_bytes = 24000};
    estimate_of(&f, 10, false, &estimate);
    assert_int_equal(estimate.cost, FLOW_PORT_COST_KNOWN);
    assert_int_equal(estimate.nano_high, 0);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_upper_end_is_at_most_four_times_the_lower),
        cmocka_unit_test(test_prefixes_are_written_once_and_read_by_the_rest),
        cmocka_unit_test(test_what_is_drafted_is_not_translated_again),
        cmocka_unit_test(test_an_unknown_price_is_not_nothing),
    };
    struct flow_error err = FLOW_ERROR_INIT;
    if (flow_config_new(&config, &err) != 0)
        return 1;
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    flow_config_free(config);
    return result;
}
