// SPDX-License-Identifier: MIT
// Memory that runs out while fields are followed, and while tables are read and compared.
#include <tree_sitter/api.h>

#include "analyze_private.h"
#include "flow/config/git.h"
#include "lifetimes_private.h"
#include "oom.h"
#include "scratch.h"

static struct flow_languages *languages;

static int load(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_git_hold(&err), &err);
    assert_ok(flow_languages_load(&languages, &err), &err);
    // tree-sitter cannot go on without memory: it gets its own, which does not fail.
    ts_set_allocator(NULL, NULL, NULL, NULL);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    flow_languages_free(languages);
    flow_git_drop();
    return 0;
}

struct sources {
    struct flow_repo *repo;
    struct flow_analysis *analysis;
};

static struct sources start(const struct scratch *scratch)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct sources sources = {0};
    char path[256];
    scratch_run(
        scratch, NULL,
        "git init -q r && cd r && mkdir .flow\n"
        "printf '[lifetimes \"VM_BORROW\"]\\ntype = \"*Machine\"\\n' > .flow/config\n"
        "echo 'struct b { int n; }; struct a { struct b *b; struct a *next; };' > a.c\n"
        "echo 'void a_free(struct a *a) { free(a->b); }' >> a.c\n"
        "printf '%%s\\n' '#define MAKE(x) ((x) = malloc(1))' 'static struct a all[] = {{0, 0}, {.b = 0}};' "
        ">> a.c\n"
        "printf '%%s\\n' 'void cut(struct a *a) {' '#if 1' 'MAKE(a->b); {' '#else' '{' '#endif' '} }' >> "
        "a.c\n"
        "echo 'const B = @import(\"b.zig\"); const A = struct { b: *B, m: ?*Machine, s: []u8,' > a.zig\n"
        "echo 'fn init(b: *B) *A { const a = gpa.create(A); a.* = .{ .b = b }; return a; } };' >> a.zig\n"
        "echo 'n: u32, fn drop(x: *@This()) void { gpa.destroy(x); }' > b.zig\n");
    snprintf(path, sizeof path, "%s/r", scratch->top);
    const struct flow_analyze_options options = {.workers = 1};
    assert_ok(flow_repo_open(&sources.repo, path, &err), &err);
    assert_ok(flow_analyze(&sources.analysis, sources.repo, languages, &options, &err), &err);
    return sources;
}

static void finish(struct sources *sources)
{
    flow_analysis_free(sources->analysis);
    flow_repo_free(sources->repo);
}

static void ignore_fact(void *payload, const char *what, const char *file, uint32_t line, const char *text)
{
    *(size_t *)payload += what && file && line && text;
}

static int follow(void *payload, struct flow_error *err)
{
    struct flow_lifetimes *lifetimes;
    const struct flow_lifetimes_options options = {.workers = 1, .slices = true};
    if (flow_lifetimes(&lifetimes, payload, languages, &options, err) != 0)
        return -1;
    size_t facts = 0;
    for (size_t i = 0; i < lifetimes->count; i++)
        flow_lifetimes_explain(lifetimes, i, ignore_fact, &facts);
    flow_lifetimes_free(lifetimes);
    return 0;
}

// Where a file cannot be had from the index it is parsed, and where memory runs out in a query it finds less.
static void test_read(void **state)
{
    struct sources sources = start(*state);
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(follow(sources.analysis, &err), &err);
    oom_each_lenient(follow, sources.analysis);
    struct flow_index *index = sources.analysis->priv->index;
    sources.analysis->priv->index = NULL;
    oom_each_lenient(follow, sources.analysis);
    sources.analysis->priv->index = index;
    finish(&sources);
}

static int judge_fields(struct own_model *model, const struct own_type *type, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < type->field_count; i++) {
        struct flow_lifetime row = {.file = "", .type = ""};
        result = own_judge(model, &type->fields[i], &row, err);
    }
    return result;
}

// All that comes behind reading.
static int judge(void *payload, struct flow_error *err)
{
    const struct own_model *read = payload;
    struct own_model model = *read;
    flow_arena_init(&model.arena);
    for (size_t i = 0; i < model.file_count; i++)
        model.files[i].last_type = NULL;
    int result = own_model_build(&model, err);
    if (result == 0)
        result = own_events_collect(&model, err);
    for (size_t i = 0; result == 0 && i < model.type_count; i++)
        result = judge_fields(&model, model.types[i], err);
    own_model_clear(&model);
    flow_arena_release(&model.arena);
    return result;
}

static void test_model(void **state)
{
    struct sources sources = start(*state);
    struct flow_error err = FLOW_ERROR_INIT;
    struct own_model model = {.analysis = sources.analysis};
    flow_arena_init(&model.arena);
    assert_ok(own_classes_read(&model, &err), &err);
    assert_ok(own_read(&model, languages, 1, &err), &err);
    oom_each(judge, &model);
    own_model_release(&model);
    finish(&sources);
}

static int load_conf(void *payload, struct flow_error *err)
{
    struct own_conf *conf;
    if (own_conf_load(&conf, flow_languages_named(languages, payload), err) != 0)
        return -1;
    own_conf_free(conf);
    return 0;
}

static void test_conf(void **state)
{
    char zig[] = "zig";
    (void)state;
    oom_each(load_conf, zig);
}

static const char text[] = "file\tstruct\tfield\ttype\tclass\ttarget\tconfidence\tevidence\n"
                           "a.c\ta\tp\tchar *\tOWNED\t\tperson\tas \\\\ says\n"
                           "a.c\ta\tq\tchar *\tOWNED\t\tperson\t\n";

static int read_table(void *payload, struct flow_error *err)
{
    struct flow_lifetimes_table table;
    (void)payload;
    if (flow_lifetimes_table_read(&table, text, sizeof text - 1, "t.tsv", err) != 0)
        return -1;
    flow_lifetimes_table_release(&table);
    return 0;
}

/* Rows that are there and what a table says of them. */
struct pair {
    struct flow_lifetime row;
    struct flow_lifetimes_table old;
    size_t gone;
};

static void count_gone(void *payload, const struct flow_lifetime *row)
{
    *(size_t *)payload += row != NULL;
}

static int keep_rows(void *payload, struct flow_error *err)
{
    struct pair *pair = payload;
    struct flow_lifetime row = pair->row;
    struct flow_lifetimes lifetimes = {.rows = &row, .count = 1};
    pair->gone = 0;
    return flow_lifetimes_keep(&lifetimes, &pair->old, count_gone, &pair->gone, err);
}

static void count_change(void *payload, const struct flow_lifetime *before, const struct flow_lifetime *now)
{
    *(size_t *)payload += before || now;
}

static int compare_rows(void *payload, struct flow_error *err)
{
    struct pair *pair = payload;
    struct flow_lifetimes lifetimes = {.rows = &pair->row, .count = 1};
    pair->gone = 0;
    return flow_lifetimes_compare(&lifetimes, &pair->old, count_change, &pair->gone, err);
}

// A row that cannot be looked up is not one that is gone.
static void test_table(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct pair pair = {.row = {.file = "a.c",
                                .strukt = "a",
                                .field = "p",
                                .type = "char *",
                                .class_name = "ARENA",
                                .target = "",
                                .confidence = "low",
                                .evidence = ""}};
    (void)state;
    oom_each(read_table, NULL);
    assert_ok(flow_lifetimes_table_read(&pair.old, text, sizeof text - 1, "t.tsv", &err), &err);
    oom_each(keep_rows, &pair);
    assert_ok(keep_rows(&pair, &err), &err);
    assert_int_equal(pair.gone, 1);
    oom_each(compare_rows, &pair);
    assert_ok(compare_rows(&pair, &err), &err);
    assert_int_equal(pair.gone, 2);
    flow_lifetimes_table_release(&pair.old);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_read),
        IN_SCRATCH(test_model),
        cmocka_unit_test(test_conf),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
