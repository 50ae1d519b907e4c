// SPDX-License-Identifier: MIT
// No allocation that fails is taken for the end of a text, for a line that fits no pattern, or for a secret
// that is not there.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "confine.h"
#include "disk.h"
#include "environment.h"
#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/build/coverage.h"
#include "flow/build/diagnostic.h"
#include "flow/build/profile.h"
#include "flow/build/report.h"
#include "flow/build/suggest.h"
#include "oom.h"
#include "processes.h"
#include "unit.h"

static int load_rules(void *payload, struct flow_error *err)
{
    struct flow_build_rules *rules;
    struct flow_strv read, fetched, env;
    flow_strv_init(&read);
    flow_strv_init(&fetched);
    flow_strv_init(&env);
    int result = flow_build_rules_load(&rules, payload, NULL, err);
    if (result == 0) {
        result = flow_build_toolchain(rules, false, &read, &fetched, &env, err);
        flow_build_rules_free(rules);
    }
    flow_strv_release(&env);
    flow_strv_release(&fetched);
    flow_strv_release(&read);
    return result;
}

static void test_rules(void **state)
{
    static char language[] = "zig";
    (void)state;
    oom_each(load_rules, language);
}

struct sample {
    struct flow_build_rules *rules;
    const char *text;
};

static int read_diagnostics(void *payload, struct flow_error *err)
{
    const struct sample *sample = payload;
    struct flow_diagnostics list;
    struct flow_applications applications;
    struct flow_buf out;
    flow_diagnostics_init(&list);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int result =
        flow_diagnostics_read(&list, sample->rules, "/build", sample->text, strlen(sample->text), err);
    if (result == 0) {
        result = flow_suggestions_apply(&out, &applications, "a.c", "ab\n", 3, list.items, list.count, err);
        if (result == 0)
            flow_applications_release(&applications);
    }
    flow_buf_release(&out);
    flow_diagnostics_release(&list);
    return result;
}

static void test_diagnostics(void **state)
{
    static const char *const texts[] = {
        "make: Entering directory '/build/x'\n../a.c:1:2: error: one [-Wx]\n  | ^\na.c:1:3: note: two\n"
        "fix-it:\"../a.c\":{1:1-1:2}:\"X\"\nmake: Leaving directory '/build/x'\n",
        "{\"reason\":\"compiler-message\",\"message\":{\"level\":\"error\",\"message\":\"m\",\"code\":{"
        "\"code\":"
        "\"E1\"},\"rendered\":\"r\",\"spans\":[{\"file_name\":\"a.c\",\"is_primary\":true,\"line_start\":1,"
        "\"label\":\"l\"}],\"children\":[{\"message\":\"c\",\"spans\":[{\"file_name\":\"a.c\",\"byte_start\":"
        "0,"
        "\"byte_end\":1,\"suggested_replacement\":\"X\",\"suggestion_applicability\":\"MachineApplicable\"}]}"
        "]}}\n",
        "[{\"kind\":\"error\",\"message\":\"m\",\"option\":\"-Wx\",\"locations\":[{\"caret\":{\"file\":\"a."
        "c\","
        "\"line\":1,\"column\":1}}],\"children\":[{\"message\":\"c\"}],\"fixits\":[{\"start\":{\"file\":\"a."
        "c\","
        "\"line\":1},\"next\":{},\"string\":\"X\"}]}]\n",
        "{\"generalDiagnostics\":[{\"file\":\"a.py\",\"severity\":\"error\",\"message\":\"m\",\"rule\":\"r\","
        "\"range\":{\"start\":{},\"end\":{}}}]}\n",
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct sample sample;
    (void)state;
    assert_ok(flow_build_rules_load(&sample.rules, "c", NULL, &err), &err);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sample.text = texts[i];
        oom_each(read_diagnostics, &sample);
    }
    flow_build_rules_free(sample.rules);
}

struct form {
    enum flow_report_form form;
    const char *text;
};

static int read_report(void *payload, struct flow_error *err)
{
    const struct form *form = payload;
    struct flow_report report;
    struct flow_comparison comparison;
    flow_report_init(&report);
    int result = flow_report_add_status(&report, "make", 1, "a.c:1: x", 8, err);
    if (result == 0)
        result = flow_report_read(&report, form->form, "/build", form->text, strlen(form->text), err);
    if (result == 0) {
        result = flow_reports_compare(&comparison, &report, 1, &report, err);
        if (result == 0)
            flow_comparison_release(&comparison);
    }
    flow_report_release(&report);
    return result;
}

static void test_reports(void **state)
{
    static struct form forms[] = {
        {FLOW_REPORT_LIBTEST,
         "     Running unittests a.rs (x)\nrunning 2 tests\ntest a ... FAILED\ntest b ... ok\n"
         "failures:\n---- a stdout ----\na.rs:1:2\n\n"},
        {FLOW_REPORT_LIBTEST,
         "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"a\" }\n"
         "{ \"type\": \"test\", \"event\": \"failed\", \"name\": \"a\", \"stdout\": \"x\" }\n"},
        {FLOW_REPORT_TAP,
         "# Subtest: s\n    not ok 1 - a\n      ---\n      location: '/build/a.js:1:2'\n      ...\n"
         "not ok 1 - s\n1..1\n"},
        {FLOW_REPORT_JUNIT,
         "<testsuites><testsuite name='s'><testcase name='a' classname='c' file='a.py' line='1'>"
         "<failure message='m'>text</failure></testcase></testsuite></testsuites>"},
        {FLOW_REPORT_GO, "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"a\"}\n"
                         "{\"Action\":\"output\",\"Package\":\"p\",\"Output\":\"text\"}\n"
                         "{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"a\"}\n"
                         "{\"Action\":\"fail\",\"Package\":\"p\"}\n"},
        {FLOW_REPORT_CTEST, "1/1 Test #1: a ....***Failed  0.1 sec\nb.c:1: no\n"},
        {FLOW_REPORT_PYTEST,
         "__ C.a __\na.py:1: no\n=== summary ===\nFAILED a.py::C::a\nSKIPPED [1] a.py:2: no\n"},
        {FLOW_REPORT_NODE, "▶ s\n  ✖ a (1ms)\n    a.js:1:2\n✖ s (1ms)\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        oom_each(read_report, &forms[i]);
}

static int read_coverage(void *payload, struct flow_error *err)
{
    const char *text = payload;
    struct flow_coverage coverage;
    flow_coverage_init(&coverage);
    int result = flow_coverage_read(&coverage, "/build", text, strlen(text), err);
    if (result == 0)
        result = flow_coverage_read(&coverage, "/build", text, strlen(text), err);
    flow_coverage_release(&coverage);
    return result;
}

static void test_coverage(void **state)
{
    static char text[] = "SF:a.c\nFN:1,f\nFNDA:2,f\nDA:1,2\nend_of_record\n"
                         "{\"gcc_version\": \"12\", \"files\": [{\"file\": \"b.c\", \"lines\": "
                         "[{\"line_number\": 1, \"count\": 1}], \"functions\": [{\"name\": \"g\", "
                         "\"execution_count\": 1}]}]}\n";
    (void)state;
    oom_each(read_coverage, text);
}

static bool has(const void *payload, const char *path)
{
    return strcmp(payload, path) == 0;
}

static int read_profile(void *payload, struct flow_error *err)
{
    static const struct flow_profile_project project = {.root = "/build", .has = has, .payload = "a.c"};
    const char *text = payload;
    struct flow_profile profile;
    flow_profile_init(&profile);
    int result = flow_profile_read(&profile, &project, text, strlen(text), err);
    flow_profile_release(&profile);
    return result;
}

static void test_profile(void **state)
{
    static char callgrind[] = "events: Ir\nfl=(1) a.c\n1 5\ncfi=(2) b.c\ncalls=1 1\n+1 7\n";
    static char perf[] = "prog 1 2.3: 5 cycles: \n\t1 f (/x)\n  b.c:1\n  a.c:2\n";
    (void)state;
    oom_each(read_profile, callgrind);
    oom_each(read_profile, perf);
}

static int confine(void *payload, struct flow_error *err)
{
    struct flow_words words;
    const struct flow_sandbox *sandbox = payload;
    flow_words_init(&words);
    int result = flow_confine(&words, sandbox, getenv("HOME"), "/tmp/empty", err);
    flow_environment(&words, sandbox, "MARK=1");
    if (result == 0 && !flow_words_done(&words))
        result = flow_error_nomem(err);
    flow_words_release(&words);
    return result;
}

static void test_confinement(void **state)
{
    static const char *const argv[] = {"true", NULL}, *const read[] = {"/tmp", "/usr/share", NULL};
    static const char *const env[] = {"A=b", "PATH", NULL}, *const hide[] = {"/tmp/hidden", NULL};
    struct flow_sandbox sandbox = {.argv = argv,
                                   .dir = "/",
                                   .read = read,
                                   .write = read,
                                   .env = env,
                                   .hide = hide,
                                   .network = true,
                                   .limits = flow_limits_default};
    (void)state;
    oom_each(confine, &sandbox);
}

static int look(void *payload, struct flow_error *err)
{
    static const char *const folders[] = {"/etc/security", NULL};
    struct flow_usage usage;
    struct flow_disk disk = {.count = 0};
    uint64_t number;
    (void)payload;
    int result = flow_processes_usage(&usage, getpid(), err);
    if (result == 0)
        result = flow_processes_memory(&number, getpid(), err);
    if (result == 0)
        result = flow_disk_init(&disk, folders, 1, err);
    flow_disk_release(&disk);
    return result;
}

static void test_looks(void **state)
{
    (void)state;
    oom_each(look, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),   cmocka_unit_test(test_diagnostics),
        cmocka_unit_test(test_reports), cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_profile), cmocka_unit_test(test_confinement),
        cmocka_unit_test(test_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
