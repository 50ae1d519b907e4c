// SPDX-License-Identifier: MIT
// From repositories to units: what imports what, in each of the shapes that language.conf can describe.
#include <stdint.h>

#include <sqlite3.h>

#include "flow/config/git.h"
#include "flow/job/analyze.h"
#include "scratch.h"

static struct flow_languages *languages;

static int load_languages(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_git_hold(&err), &err);
    assert_ok(flow_languages_load(&languages, &err), &err);
    return 0;
}

static int free_languages(void **state)
{
    (void)state;
    flow_languages_free(languages);
    flow_git_drop();
    return 0;
}

struct run {
    struct flow_repo *repo;
    struct flow_analysis *analysis;
};

static struct run analyze_with(const struct scratch *scratch, const struct flow_analyze_options *options)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct run run;
    char path[256];
    snprintf(path, sizeof path, "%s/r", scratch->top);
    assert_ok(flow_repo_open(&run.repo, path, &err), &err);
    assert_ok(flow_analyze(&run.analysis, run.repo, languages, options, &err), &err);
    return run;
}

static struct run analyze(const struct scratch *scratch)
{
    const struct flow_analyze_options options = {.workers = 2};
    return analyze_with(scratch, &options);
}

static void finish(struct run *run)
{
    flow_analysis_free(run->analysis);
    flow_repo_free(run->repo);
}

static const struct flow_unit *unit(const struct run *run, const char *path)
{
    size_t index = flow_analysis_unit(run->analysis, path);
    if (index == SIZE_MAX)
        fail_msg("'%s' belongs to no unit", path);
    return &run->analysis->units[index];
}

static const struct flow_source *source(const struct run *run, const char *path)
{
    for (size_t i = 0; i < run->analysis->source_count; i++) {
        if (strcmp(run->analysis->sources[i].entry->path, path) == 0)
            return &run->analysis->sources[i];
    }
    fail_msg("there is no '%s'", path);
    return NULL;
}

// "from>to" for each import between units, sorted, a blank between.
static void expect_imports(const struct run *run, const char *want)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf got;
    struct flow_strv edges;
    flow_buf_init(&got, FLOW_BUF_TEXT);
    flow_strv_init(&edges);
    for (size_t i = 0; i < run->analysis->unit_count; i++) {
        const struct flow_unit *from = &run->analysis->units[i];
        for (size_t k = 0; k < from->import_count; k++) {
            flow_buf_clear(&got);
            flow_buf_printf(&got, "%s>%s", from->id, run->analysis->units[from->imports[k]].id);
            assert_ok(flow_strv_add(&edges, got.data, &err), &err);
        }
    }
    flow_strv_sort(&edges);
    flow_buf_clear(&got);
    for (size_t i = 0; i < edges.count; i++)
        flow_buf_printf(&got, "%s%s", i ? " " : "", edges.items[i]);
    assert_string_equal(got.data, want);
    flow_strv_release(&edges);
    flow_buf_release(&got);
}

static void expect_tree(const struct scratch *scratch, const char *script, const char *want)
{
    scratch_run(scratch, NULL, "git init -q r; cd r\n%s", script);
    struct run run = analyze(scratch);
    expect_imports(&run, want);
    finish(&run);
}

static void test_c(void **state)
{
    expect_tree(*state,
                "mkdir -p lib inc/deep app\n"
                "echo '#include \"b.h\"' > lib/a.c; echo > lib/b.h; echo > lib/b.c\n"
                "printf '#include \"deep/d.h\"\\n#include <lib/b.h>\\n#include <stdio.h>\\n' > app/main.c\n"
                "echo > inc/deep/d.h\n",
                "app/main.c>inc/deep/d.h app/main.c>lib/b.c lib/a.c>lib/b.c");
}

// analyze.include names folders in which #include looks.
static void test_include_folders(void **state)
{
    expect_tree(*state,
                "mkdir -p one two .flow\n"
                "printf '[analyze]\\n\\tinclude = two\\n\\tinclude = one\\n' > .flow/config\n"
                "echo '#include <x.h>' > main.c; echo > one/x.h; echo > two/x.h\n",
                "main.c>two/x.h");
}

static void test_zig(void **state)
{
    expect_tree(
        *state,
        "mkdir -p src/sub\n"
        "printf 'const s = @import(\"std\");\\nconst a = @import(\"sub/a.zig\");\\n' > src/main.zig\n"
        "printf 'const m = @import(\"../main.zig\");\\nconst core = @import(\"core\");\\n' > src/sub/a.zig\n"
        "echo > src/core.zig\n",
        "src/main.zig>src/sub/a.zig src/sub/a.zig>src/core.zig src/sub/a.zig>src/main.zig");
}

static void test_rust(void **state)
{
    expect_tree(*state,
                "mkdir -p one/src/inner two/src\n"
                "printf '[package]\\nname = \"first-crate\"\\n' > one/Cargo.toml\n"
                "printf '[package]\\nname = \"second\"\\n' > two/Cargo.toml\n"
                "printf 'mod util;\\nmod inner;\\n' > one/src/lib.rs\n"
                "printf 'pub struct A;\\npub struct B;\\n' > one/src/util.rs\n"
                "printf 'mod leaf;\\n' > one/src/inner/mod.rs\n"
                "printf 'use crate::util::{A, B as C};\\n' > one/src/inner/leaf.rs\n"
                "printf 'use std::fmt;\\nuse first_crate::util::A;\\n' > two/src/main.rs\n",
                "one/src/inner/leaf.rs>one/src/util.rs one/src/inner/mod.rs>one/src/inner/leaf.rs "
                "one/src/lib.rs>one/src/inner/mod.rs one/src/lib.rs>one/src/util.rs "
                "two/src/main.rs>one/src/util.rs");
}

static void test_rust_super(void **state)
{
    expect_tree(*state,
                "mkdir -p src/a/b\n"
                "echo '[package]' > Cargo.toml\n"
                "printf 'mod a;\\nmod z;\\n' > src/lib.rs; echo 'pub struct Z;' > src/z.rs\n"
                "printf 'mod b;\\n' > src/a.rs; printf 'use super::super::z::Z;\\n' > src/a/b.rs\n",
                "src/a.rs>src/a/b.rs src/a/b.rs>src/z.rs src/lib.rs>src/a.rs src/lib.rs>src/z.rs");
}

// A Go package is all files of its folder, which see each other without an import; its tests belong to it
// alone.
static void test_go(void **state)
{
    expect_tree(*state,
                "mkdir -p util cmd\n"
                "printf 'module example.org/proj\\n' > go.mod\n"
                "printf 'package util\\nfunc One() int { return two() }\\n' > util/one.go\n"
                "printf 'package util\\nfunc two() int { return 2 }\\n' > util/two.go\n"
                "printf 'package util\\nfunc helper() {}\\n' > util/one_test.go\n"
                "printf 'package main\\nimport \"example.org/proj/util\"\\nimport \"fmt\"\\n"
                "func main() { fmt.Println(util.One()) }\\n' > cmd/main.go\n",
                "cmd/main.go>util/one.go cmd/main.go>util/two.go util/one.go>util/two.go");
}

static void test_java(void **state)
{
    expect_tree(
        *state,
        "mkdir -p src/main/java/org/x/util\n"
        "printf 'package org.x;\\nimport org.x.util.Tool;\\nimport java.util.List;\\nclass Main { Other o; "
        "}\\n' > "
        "src/main/java/org/x/Main.java\n"
        "printf 'package org.x;\\nclass Other { }\\n' > src/main/java/org/x/Other.java\n"
        "printf 'package org.x.util;\\npublic class Tool { }\\n' > src/main/java/org/x/util/Tool.java\n",
        "src/main/java/org/x/Main.java>src/main/java/org/x/Other.java "
        "src/main/java/org/x/Main.java>src/main/java/org/x/util/Tool.java");
}

static void test_python(void **state)
{
    expect_tree(
        *state,
        "mkdir -p pkg/sub\n"
        "echo > pkg/__init__.py; echo > pkg/a.py; echo > pkg/sub/__init__.py\n"
        "printf 'from . import c\\nfrom ..a import x\\nimport os\\n' > pkg/sub/b.py; echo > pkg/sub/c.py\n"
        "printf 'import pkg.sub.b\\nfrom pkg import a\\n' > run.py\n",
        "pkg/sub/b.py>pkg/a.py pkg/sub/b.py>pkg/sub/c.py run.py>pkg/a.py run.py>pkg/sub/b.py");
}

static void test_typescript(void **state)
{
    expect_tree(
        *state,
        "mkdir -p src/lib packages/core/src\n"
        "printf '{ \"name\": \"@x/core\" }' > packages/core/package.json\n"
        "echo 'export const v = 1;' > packages/core/src/v.ts\n"
        "printf 'import { a } from \"./lib\";\\nimport b from \"./b.js\";\\nimport v from \"@x/core/v\";\\n"
        "import r from \"react\";\\n' > src/main.ts\n"
        "echo 'export const a = 1;' > src/lib/index.ts; echo 'export default 1;' > src/b.ts\n",
        "src/main.ts>packages/core/src/v.ts src/main.ts>src/b.ts src/main.ts>src/lib/index.ts");
}

static void test_units(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; mkdir include src other\n"
                "printf 'int a;\\n' > src/near.c; printf 'int a;\\nint b;\\n' > src/near.h\n"
                "echo 'int far;' > src/far.c; echo 'extern int far;' > include/far.h\n"
                "echo > src/twice.c; echo > other/twice.c; echo > include/twice.h\n"
                "echo > include/alone.h\n");
    struct run run = analyze(scratch);
    assert_ptr_equal(unit(&run, "src/near.h"), unit(&run, "src/near.c"));
    assert_string_equal(unit(&run, "src/near.h")->id, "src/near.c");
    assert_int_equal(unit(&run, "src/near.c")->lines, 3);
    assert_int_equal(unit(&run, "src/near.c")->bytes, 21);
    assert_ptr_equal(unit(&run, "include/far.h"), unit(&run, "src/far.c"));
    // Two sources could be its: it stays alone.
    assert_string_equal(unit(&run, "include/twice.h")->id, "include/twice.h");
    assert_string_equal(unit(&run, "include/alone.h")->id, "include/alone.h");
    assert_int_equal(unit(&run, "include/alone.h")->files[1], SIZE_MAX);
    assert_int_equal(flow_analysis_unit(run.analysis, "no/such.c"), SIZE_MAX);
    finish(&run);
}

// A header goes by the source beside it, else by what most of the tree is.
static void test_header_language(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; echo > a.cpp; echo > a.h; echo > b.c; echo > b.h; echo > c.cpp; echo > "
                "d.cpp; echo > "
                "lone.h");
    struct run run = analyze(scratch);
    assert_string_equal(flow_language_name(source(&run, "a.h")->language), "cpp");
    assert_string_equal(flow_language_name(source(&run, "b.h")->language), "c");
    assert_string_equal(flow_language_name(source(&run, "lone.h")->language), "cpp");
    finish(&run);
}

static void test_order(void **state)
{
    const struct scratch *scratch = *state;
    // top > left, right > bottom; ring1 > ring2 > ring3 > ring1, ring2 > bottom; over > ring1
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r\n"
        "imports() { for i in \"$@\"; do printf 'const %%s = @import(\"%%s.zig\");\\n' $i $i; done; }\n"
        "imports left right > top.zig; imports bottom > left.zig; imports bottom > right.zig; imports > "
        "bottom.zig\n"
        "imports ring2 > ring1.zig; imports ring3 bottom > ring2.zig; imports ring1 > ring3.zig; imports "
        "ring1 > "
        "over.zig\n"
        "imports self > self.zig\n");
    struct run run = analyze(scratch);
    static const struct {
        const char *id;
        unsigned tier;
        size_t cycle;
    } want[] = {
        {"bottom.zig", 0, 0}, {"self.zig", 0, 0},  {"left.zig", 1, 0},
        {"right.zig", 1, 0},  {"ring1.zig", 1, 1}, {"ring3.zig", 1, 1},
        {"ring2.zig", 1, 1},  {"over.zig", 2, 0},  {"top.zig", 2, 0},
    };
    assert_int_equal(run.analysis->unit_count, sizeof want / sizeof *want);
    for (size_t i = 0; i < run.analysis->unit_count; i++) {
        assert_string_equal(run.analysis->units[i].id, want[i].id);
        assert_int_equal(run.analysis->units[i].tier, want[i].tier);
        assert_int_equal(run.analysis->units[i].cycle, want[i].cycle);
        assert_int_equal(flow_analysis_unit(run.analysis, want[i].id), i);
    }
    assert_int_equal(run.analysis->tier_count, 3);
    assert_int_equal(run.analysis->cycle_count, 1);
    assert_int_equal(run.analysis->largest_cycle, 3);
    assert_int_equal(unit(&run, "bottom.zig")->importer_count, 3);
    assert_int_equal(unit(&run, "self.zig")->import_count, 0);
    finish(&run);
}

// A chain that is longer than a stack would take by recursion.
static void test_long_chain(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r\n"
                "awk 'BEGIN { for (i = 0; i < 3000; i++) { f = \"f\" i \".zig\"; print \"const a = "
                "@import(\\\"f\" (i + 1) "
                "\".zig\\\");\" > f; close(f) } }'\n"
                "echo 'const a = @import(\"f0.zig\");' > f3000.zig\n");
    struct run run = analyze(scratch);
    assert_int_equal(run.analysis->cycle_count, 1);
    assert_int_equal(run.analysis->largest_cycle, 3001);
    finish(&run);
}

static void test_skips(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r\n"
        "printf 'int a;\\0' > binary.c; echo '// DO NOT EDIT' > marked.c; echo x > unknown.xyz\n"
        "printf '// Code generated by p. DO NOT EDIT.\\n' > a.pb.h; ln -s marked.c link.c\n"
        "head -c 17000000 /dev/zero | tr '\\0' '\\n' > huge.c\n"
        "printf '#include \"marked.c\"\\n#include \"unknown.xyz\"\\n#include \"link.c\"\\n' > main.c\n"
        "echo ignored.c > .gitignore; echo 'int i;' > ignored.c\n"
        "git init -q sub; git -C sub commit -q --allow-empty -m m; git -c advice.addEmbeddedRepo=false add "
        "sub\n");
    struct run run = analyze(scratch);
    static const struct {
        const char *path;
        enum flow_skip skip;
        size_t imported_by;
    } want[] = {
        {"binary.c", FLOW_SKIP_BINARY, 0},      {"marked.c", FLOW_SKIP_GENERATED, 1},
        {"unknown.xyz", FLOW_SKIP_LANGUAGE, 1}, {"a.pb.h", FLOW_SKIP_GENERATED, 0},
        {"link.c", FLOW_SKIP_LINK, 1},          {"huge.c", FLOW_SKIP_SIZE, 0},
        {"sub", FLOW_SKIP_SUBMODULE, 0},        {"main.c", FLOW_SKIP_NONE, 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const struct flow_source *found = source(&run, want[i].path);
        if (found->skip != want[i].skip)
            fail_msg("'%s' is skipped as '%s'", want[i].path, flow_skip_name(found->skip));
        assert_int_equal(found->imported_by, want[i].imported_by);
    }
    for (size_t i = 0; i < run.analysis->source_count; i++)
        assert_string_not_equal(run.analysis->sources[i].entry->path, "ignored.c");
    assert_int_equal(run.analysis->unit_count, 1);
    finish(&run);
}

static void test_scripts(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; printf '#!/usr/bin/env python3\\nimport os\\n' > tool; chmod +x tool\n"
                "printf '#!/bin/sh\\n' > other; chmod +x other");
    struct run run = analyze(scratch);
    assert_string_equal(flow_language_name(unit(&run, "tool")->language), "python");
    assert_int_equal(source(&run, "other")->skip, FLOW_SKIP_LANGUAGE);
    finish(&run);
}

static void test_paths(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv paths;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; mkdir one two onemore; echo '#include \"../two/b.h\"' > one/a.c; echo "
                "> two/b.h; echo > "
                "onemore/c.c; echo > d.c");
    flow_strv_init(&paths);
    assert_ok(flow_strv_add(&paths, "one", &err), &err);
    assert_ok(flow_strv_add(&paths, "d.c", &err), &err);
    const struct flow_analyze_options options = {.paths = &paths};
    struct run run = analyze_with(scratch, &options);
    assert_int_equal(run.analysis->unit_count, 2);
    assert_int_equal(run.analysis->parsed, 2);
    assert_string_equal(run.analysis->units[0].id, "d.c");
    // What is outside is resolved, but no unit.
    assert_int_equal(source(&run, "two/b.h")->imported_by, 1);
    assert_int_equal(source(&run, "two/b.h")->unit, SIZE_MAX);
    assert_int_equal(run.analysis->units[1].import_count, 0);
    finish(&run);

    char path[256];
    struct flow_repo *repo;
    struct flow_analysis *analysis;
    snprintf(path, sizeof path, "%s/r", scratch->top);
    assert_ok(flow_strv_add(&paths, "nosuch", &err), &err);
    assert_ok(flow_repo_open(&repo, path, &err), &err);
    assert_err(flow_analyze(&analysis, repo, languages, &options, &err), &err, FLOW_E_NOT_FOUND);
    assert_string_equal(err.message, "no file 'nosuch' in the tree");
    flow_repo_free(repo);
    flow_strv_release(&paths);
}

// Folders whose names begin alike lie side by side, with other bytes between them.
static void test_folders_as_paths(void **state)
{
    static const struct {
        const char *path, *want;
    } cases[] = {
        {"a", "a/x.c a/y/z.c"}, {"a/y", "a/y/z.c"}, {"a-b", "a-b/x.c"},
        {"a.c", "a.c"},         {"ab", "ab/x.c"},   {"", "a-b/x.c a.c a/x.c a/y/z.c ab/x.c"},
    };
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir -p a/y a-b ab; for f in a/x a/y/z a-b/x ab/x a; do echo > $f.c; done");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_strv paths;
        struct flow_buf got;
        flow_strv_init(&paths);
        flow_buf_init(&got, FLOW_BUF_TEXT);
        assert_ok(flow_strv_add(&paths, cases[i].path, &err), &err);
        const struct flow_analyze_options options = {.paths = &paths};
        struct run run = analyze_with(scratch, &options);
        for (size_t k = 0; k < run.analysis->source_count; k++) {
            if (run.analysis->sources[k].selected)
                flow_buf_printf(&got, "%s%s", got.len ? " " : "", run.analysis->sources[k].entry->path);
        }
        assert_string_equal(got.data, cases[i].want);
        finish(&run);
        flow_buf_release(&got);
        flow_strv_release(&paths);
    }
}

// What was parsed once is not parsed again: not in the same tree, in a changed one, or on another branch.
static void test_index(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; for i in 1 2 3 4; do echo \"int x$i;\" > $i.c; done; cp 1.c copy.c; "
                "echo '#include \"1.c\"' > "
                "main.c; git add -A; git commit -q -m m");
    struct run run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 6);
    assert_int_equal(run.analysis->cached, 0);
    finish(&run);
    run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 0);
    assert_int_equal(run.analysis->cached, 6);
    expect_imports(&run, "main.c>1.c");
    finish(&run);
    scratch_run(scratch, NULL, "cd r; echo 'int changed;' > 2.c; echo > 5.c");
    run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 2);
    assert_int_equal(run.analysis->cached, 5);
    expect_imports(&run, "main.c>1.c");
    finish(&run);
    const struct flow_analyze_options at = {.revision = "HEAD"};
    run = analyze_with(scratch, &at);
    assert_int_equal(run.analysis->parsed, 0);
    assert_int_equal(run.analysis->unit_count, 6);
    finish(&run);
    const struct flow_analyze_options fresh = {.fresh = true};
    run = analyze_with(scratch, &fresh);
    assert_int_equal(run.analysis->parsed, 7);
    assert_int_equal(run.analysis->cached, 0);
    finish(&run);
}

// A tree that is known needs no facts: what it was resolved to is kept.
static void test_known_tree(void **state)
{
    const struct scratch *scratch = *state;
    char path[256];
    sqlite3 *db;
    scratch_run(scratch, NULL, "git init -q r; cd r; echo 'int a;' > a.c; echo '#include \"a.c\"' > b.c");
    struct run run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 2);
    finish(&run);
    snprintf(path, sizeof path, "%s/r/.git/flow/index.db", scratch->top);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM entry WHERE kind = 'facts'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 0);
    assert_int_equal(run.analysis->cached, 2);
    expect_imports(&run, "b.c>a.c");
    finish(&run);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE entry SET data = x'00ff'", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 2);
    expect_imports(&run, "b.c>a.c");
    finish(&run);
}

// A damaged index, and one that cannot be written, change nothing but the time it takes.
static void test_bad_index(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; echo 'int a;' > a.c; echo '#include \"a.c\"' > b.c; mkdir -p "
                ".git/flow; echo junk > "
                ".git/flow/index.db");
    struct run run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 2);
    expect_imports(&run, "b.c>a.c");
    finish(&run);
    scratch_run(scratch, NULL, "cd r; rm -rf .git/flow; echo > .git/flow");
    run = analyze(scratch);
    assert_int_equal(run.analysis->parsed, 2);
    expect_imports(&run, "b.c>a.c");
    finish(&run);
}

static void test_settings_change_the_result(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir one two; echo '#include <x.h>' > main.c; echo > one/x.h; echo > two/x.h");
    struct run run = analyze(scratch);
    expect_imports(&run, "");
    finish(&run);
    scratch_run(scratch, NULL, "cd r; git config --add flow.analyze.include one");
    run = analyze(scratch);
    expect_imports(&run, "main.c>one/x.h");
    finish(&run);
}

// A layer is made of what defines the functions of its header, also by way of another one, and of the types
// that the header includes; what only calls them is no part of it, and nothing imports it.
static void test_layers_of_c_abi(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; git config flow.port.c-abi 'lib.h'; git config --add flow.port.c-abi 'no*'\n"
        "printf '#include \"types.h\"\\nint f(void); int g(void); static int s(void);\\n' > lib.h\n"
        "echo 'struct t { int a; };' > types.h\n"
        "echo '#include \"lib.h\"' > inner.h\n"
        "printf '#include \"inner.h\"\\nint f(void) { return 1; }\\n' > f.c\n"
        "printf '#include \"lib.h\"\\nint g(void) { return f(); }\\n' > g.c\n"
        "printf '#include \"lib.h\"\\nstatic int s(void) { return g(); }\\n' > user.c\n"
        "echo 'int f(void) { return 2; }' > apart.c");
    struct run run = analyze(scratch);
    expect_imports(&run, "c-abi://lib.h>f.c c-abi://lib.h>g.c c-abi://lib.h>lib.h c-abi://lib.h>types.h "
                         "f.c>inner.h g.c>lib.h inner.h>lib.h lib.h>types.h user.c>lib.h");
    const struct flow_unit *layer = unit(&run, "c-abi://lib.h");
    assert_ptr_equal(layer, &run.analysis->units[run.analysis->unit_count - 1]);
    assert_int_equal(layer->tier + 1, run.analysis->tier_count);
    assert_int_equal(layer->importer_count, 0);
    assert_true(flow_unit_is_c_abi(layer->id));
    assert_string_equal(unit(&run, "lib.h")->id, "lib.h");
    assert_int_equal(unit(&run, "g.c")->importer_count, 1);
    assert_ptr_equal(&run.analysis->units[unit(&run, "g.c")->importers[0]], layer);
    finish(&run);
}

static void test_facts(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    scratch_run(scratch, NULL, "git init -q r; cd r; echo 'int f(int a) { return a; }' > a.c");
    struct run run = analyze(scratch);
    struct flow_parser *parser;
    struct flow_buf text;
    struct flow_facts facts;
    flow_buf_init(&text, FLOW_BUF_FILE);
    assert_ok(flow_parser_new(&parser, languages, &err), &err);
    assert_ok(flow_analysis_facts(run.analysis, parser, 0, &text, &facts, &err), &err);
    assert_int_equal(facts.symbol_count, 1);
    assert_string_equal(facts.symbols[0].signature, "int f(int a)");
    flow_facts_release(&facts);
    flow_parser_free(parser);
    flow_buf_release(&text);
    finish(&run);
}

static void test_empty(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL, "git init -q r");
    struct run run = analyze(scratch);
    assert_int_equal(run.analysis->unit_count, 0);
    assert_int_equal(run.analysis->tier_count, 0);
    finish(&run);
}

static void test_odd_names(void **state)
{
    const struct scratch *scratch = *state;
    scratch_run(scratch, NULL,
                "git init -q r; cd r; f=\"$(printf 'n\\n\\t\"\\377')\"; mkdir \"$f\"; echo > \"$f/a.h\"; "
                "echo '#include "
                "\"a.h\"' > \"$f/b.c\"; echo > .c; echo > 'spa ce.c'");
    struct run run = analyze(scratch);
    expect_imports(&run, "n\n\t\"\377/b.c>n\n\t\"\377/a.h");
    finish(&run);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_c),
        IN_SCRATCH(test_include_folders),
        IN_SCRATCH(test_zig),
        IN_SCRATCH(test_rust),
        IN_SCRATCH(test_rust_super),
        IN_SCRATCH(test_go),
        IN_SCRATCH(test_java),
        IN_SCRATCH(test_python),
        IN_SCRATCH(test_typescript),
        IN_SCRATCH(test_units),
        IN_SCRATCH(test_header_language),
        IN_SCRATCH(test_order),
        IN_SCRATCH(test_long_chain),
        IN_SCRATCH(test_skips),
        IN_SCRATCH(test_scripts),
        IN_SCRATCH(test_paths),
        IN_SCRATCH(test_folders_as_paths),
        IN_SCRATCH(test_index),
        IN_SCRATCH(test_known_tree),
        IN_SCRATCH(test_bad_index),
        IN_SCRATCH(test_settings_change_the_result),
        IN_SCRATCH(test_layers_of_c_abi),
        IN_SCRATCH(test_facts),
        IN_SCRATCH(test_empty),
        IN_SCRATCH(test_odd_names),
    };
    return cmocka_run_group_tests(tests, load_languages, free_languages);
}
