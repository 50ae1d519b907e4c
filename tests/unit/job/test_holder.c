// SPDX-License-Identifier: MIT
#include "holder.h"
#include "unit.h"

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct holder out, in = {.phase = HOLDER_PAUSED,
                             .jobs = 16,
                             .at_work = 3,
                             .waiting = 400,
                             .out = 2,
                             .queued = 7,
                             .stopped_until_ms = INT64_C(1795000000123),
                             .left = -1,
                             .reason = "429: slow = down 100%"};
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    holder_print(&in, &text);
    assert_true(holder_parse(&out, text.data));
    assert_memory_equal(&in, &out, sizeof in);
    in.reason[0] = '\0';
    flow_buf_clear(&text);
    holder_print(&in, &text);
    assert_true(holder_parse(&out, text.data));
    assert_string_equal(out.reason, "");
    flow_buf_release(&text);
}

static void what_nobody_wrote_is_no_holder(void **state)
{
    (void)state;
    struct holder out;
    assert_false(holder_parse(&out, ""));
    assert_false(holder_parse(&out, "phase=1 jobs=2"));
    assert_false(holder_parse(&out, "phase=9 jobs=2 work=0 wait=0 out=0 queued=0 until=0 left=1 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_nobody_wrote_is_no_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
