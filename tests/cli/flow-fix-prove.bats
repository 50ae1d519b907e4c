#!/usr/bin/env bats
# Tests in the source language: ported first, and held against the old program.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

# checked_reply BODY...: the port of src/tests/check.c, whose tests have these bodies.
checked_reply() {
    printf '```rust\n#[test]\npub fn check_adds() {\n    %s\n}\n\n#[test]\npub fn check_zero() {\n    %s\n}\n```\n' "$1" "$2"
    printf '```json\n{"symbols": [{"source": "check_adds", "target": "check_adds"},\n'
    printf '{"source": "check_zero", "target": "check_zero"}], "conditions": []}\n```\n'
}

# checked BODY BODY: the small program with two tests in C, and what links them, once ported, to the old program. They
# stand in src/tests/check.c, or in $place, which no protected path is.
checked() {
    local at=${place:-tests/check} up=../
    [[ $at == */* ]] || up=
    mkdir -p "$(dirname "src/$at")"
    printf '#include <assert.h>\n#include "%sutil.h"\n\n' "$up" >"src/$at.c"
    cat >>"src/$at.c" <<'C'
void check_adds(void)
{
    assert(util_add(1, 2) == 3);
}

void check_zero(void)
{
    assert(util_add(1, 0) == 1);
}
C
    cat >proof.rs <<RS
mod util {
    #[link(name = "old", kind = "static")]
    extern "C" {
        #[link_name = "util_add"]
        fn old_util_add(a: i32, b: i32) -> i32;
    }
    pub fn util_add(a: i32, b: i32) -> i32 {
        unsafe { old_util_add(a, b) }
    }
}
#[path = "rust/src/$at.rs"]
mod check;
RS
    commit_all tests
    git config flow.build.command 'cc -c -o util.o src/util.c && ar rc libold.a util.o'
    git config flow.prove.command 'rustc --edition 2021 --test -L. -o proof proof.rs && ./proof'
    checked_reply "$1" "$2" >"$replies/translate.$(basename "$at").c"
    ported 'a.wrapping_add(b)'
}

right=('assert_eq!(crate::util::util_add(1, 2), 3);' 'assert_eq!(crate::util::util_add(1, 0), 1);')

@test "a test that the old program fails is mended before the port is built, wherever it stands" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    edit fix.build.check.c '(1, 2), 4' '(1, 2), 3'
    run --separate-stderr -0 fix
    [[ $stderr =~ old:\ ported\ tests\ +'rustc --edition' ]]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 failed)" = 0 ]
    [ "$(cell 1 passed)" = 2 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/tests/check.rs ]
    [ "$(git log -1 --format=%s flow/port/main)" = 'fix tests that the old program fails, round 1: from 1 failures to 0' ]
    [[ $stderr =~ proven\ +2 ]]
    [[ $stderr =~ not\ proven\ +0 ]]
    # The fixer saw what it is about, and both sides of the test.
    grep -q '^1. Proof failure' "$replies"/seen/src_tests_check.c_fix_build_0_1_*
    grep -q 'test .*check_adds' "$replies"/seen/src_tests_check.c_fix_build_0_1_*
    grep -q 'assert(util_add(1, 2) == 3)' "$replies"/seen/src_tests_check.c_fix_build_0_1_*
    # What it became was read by two again.
    [ "$(verdicts src/tests/check.c)" = 'behaviour:1 soundness:1' ]
}

@test "what does not compile against the old program is mended likewise" {
    checked 'assert_eq!(crate::util::util_sum(1, 2), 3);' "${right[1]}"
    edit fix.build.check.c util_sum util_add
    run --separate-stderr -0 fix
    [ "$(cell 1 before)" = 1 ]
    [ "$(cell 1 after)" = 0 ]
    [ "$(cell 1 about)" = proof ]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 passed)" = 2 ]
    grep -q '^1. Proof failure, line 3' "$replies"/seen/src_tests_check.c_fix_build_0_1_*
    grep -q 'cannot find function `util_sum`' "$replies"/seen/src_tests_check.c_fix_build_0_1_*
}

@test "a proof is kept until something that it depends on changes" {
    checked "${right[@]}"
    git config flow.prove.command "date +%s%N; $(git config flow.prove.command)"
    run --separate-stderr -0 fix
    local first
    first=$(run_value proof)
    [ "${#lines[@]}" = 1 ]
    run --separate-stderr -0 fix
    [ "$(run_value proof)" = "$first" ]
    [[ $stderr =~ proven\ +2 ]]
    # Another unit of the port is nothing that it depends on.
    commit_to_port rust/src/util.rs '// a remark'
    run --separate-stderr -1 fix
    [ "$(run_value proof)" = "$first" ]
    commit_to_port proof.rs '// another'
    run --separate-stderr -1 fix
    [ "$(run_value proof)" != "$first" ]
}

# commit_to_port FILE LINE: appends a line to a file of the branch.
commit_to_port() {
    git worktree add -q ../port flow/port/main
    printf '%s\n' "$2" >>"../port/$1"
    git -C ../port commit -qam 'by hand'
    git worktree remove --force ../port
}

run_value() {
    sqlite3 .git/flow/ledger.db "SELECT value FROM run_value v JOIN run r ON r.id = v.run WHERE r.job = 'fix' AND key = '$1'"
}

@test "what stays wrong is listed, the port is built all the same, and it is tried again" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "no idea"}]}\n' >"$replies/fix"
    run --separate-stderr -1 fix
    # Nobody mends the port for it: that the test is wrong is known.
    [ "${#lines[@]}" = 3 ]
    [ "$(cell 2 state)" = nothing ]
    [[ $stderr =~ build\ +clean ]]
    [[ $stderr =~ tests\ +1\ +'pass, 1 fail; against the old program 0 new failures, 1 known' ]]
    [[ $stderr =~ proven\ +1\  ]]
    [[ $stderr =~ not\ proven\ +1\ +'no progress in the last rounds' ]]
    [[ $stderr == *'check::check_adds: not proven: it fails against the old program: '* ]]
    rm "$replies/fix"
    edit fix.build.check.c '(1, 2), 4' '(1, 2), 3'
    run --separate-stderr -0 fix
    [ "$(cell 3 state)" = committed ]
    [[ $stderr =~ not\ proven\ +0 ]]
}

@test "a round in which a test goes away is rolled back" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    edit fix.build.1.check.c '#[test]\npub fn check_adds' 'pub fn check_adds'
    edit fix.build.2.check.c '(1, 2), 4' '(1, 2), 3'
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = rolled-back ]
    [[ $stderr == *"'rust/src/tests/check.rs' is rolled back: test "*'check_adds'* ]]
    [ "$(cell 2 state)" = committed ]
    [ "$(cell 2 passed)" = 2 ]
}

@test "a test that is proven is protected from then on, unless fix.allow names it" {
    local place=test_util
    checked "${right[@]}"
    git config flow.fix.build 'grep -q "//" src/test_util.rs || { echo "src/test_util.rs:1:1: error: no remark"; exit 1; }'
    git config flow.fix.test true
    edit fix.build.test_util.c '#[test]\npub fn check_adds' '// Here.\n#[test]\npub fn check_adds'
    run --separate-stderr -1 fix
    [[ $stderr == *"'rust/src/test_util.rs' is protected and not changed, unless fix.allow names it"* ]]
    [[ $stderr =~ proven\ +2 ]]
    git config flow.fix.allow rust/src/test_util.rs
    run --separate-stderr -0 fix
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/test_util.rs ]
}

@test "what fix.protect names is not changed for a proof either" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    git config flow.fix.protect 'rust/src/tests/*'
    git config flow.fix.test true
    run --separate-stderr -1 fix
    [ "$(cell 1 about)" = proof ]
    [ "$(calls)" = 0 ]
    [[ $stderr == *'check::check_adds: not proven'* ]]
}

@test "without a command the census says that nobody proved them" {
    checked "${right[@]}"
    git config --unset flow.prove.command
    run --separate-stderr -0 fix
    [[ $stderr =~ not\ proven\ +1\ +'files of ported tests, which nobody held against the old program (prove.command)' ]]
    run --separate-stderr -0 fix --build-only
    [[ $stderr != *'not proven'* ]]
}

@test "where the port takes the place of the old program, nothing is proven and tests do not come first" {
    mkdir src/tests
    printf '#include "../util.h"\n\nint check_adds(void)\n{\n    return util_add(1, 2) == 3;\n}\n' >src/tests/check.c
    commit_all tests
    git config flow.prove.command 'touch ran'
    run --separate-stderr -0 flow-port --to c --model "$model" --dry-run
    [ "$(sed -n 2p <<<"$output" | cut -f 1)" = src/util.c ]
}

@test "tests that were lost on the way are named; without names there are fewer" {
    checked "${right[@]}"
    git config flow.fix.test 'printf "1..3\nok 1 - check adds\nok 2 - check zero\nok 3 - check less\n"'
    git config flow.test.command "$(git config flow.fix.test)"
    run --separate-stderr -0 fix
    [[ $stderr == *'left out: check less: lost: no ported test of that name ran'* ]]
    [[ $stderr != *'check zero: lost'* ]]
    git config flow.fix.test 'printf "1..3\nok 1 - one\nok 2 - two\nok 3 - three\n"'
    git config flow.test.command "$(git config flow.fix.test)"
    run --separate-stderr -0 fix
    [[ $stderr == *'left out: ported tests: fewer: 2 ran, and 3 of the old program'* ]]
}

@test "ported tests stand in for those of the old suite by their names" {
    checked "${right[@]}"
    git config flow.test.command 'printf "1..2\nok 1 - check adds\nok 2 - Check zero\n"'
    run --separate-stderr -0 fix
    [[ $stderr =~ tests\ +2\ +'pass, 0 fail; against the old program 0 new failures' ]]
    [[ $stderr != *': lost: '* ]]
    # But not for one that nobody ported, nor where they do not run.
    git config flow.test.command 'printf "1..3\nok 1 - check adds\nok 2 - Check zero\nok 3 - check less\n"'
    run --separate-stderr -1 fix --max-rounds 1
    [[ $stderr =~ against\ the\ old\ program\ 1\ new\ failures ]]
    [[ $stderr == *'left out: check less: disappeared'* ]]
    git config flow.fix.test 'cargo test --offline --no-fail-fast check_adds'
    run --separate-stderr -1 fix --max-rounds 1
    [[ $stderr =~ against\ the\ old\ program\ 2\ new\ failures ]]
}

@test "a test that the old program fails in its own suite, too, is no work" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    git config flow.fix.test 'printf "1..2\nnot ok 1 - check adds\nok 2 - check zero\n"'
    git config flow.test.command "$(git config flow.fix.test)"
    run --separate-stderr -0 fix
    [ "$(calls)" = 0 ]
    [[ $stderr == *'check_adds: not proven: it fails against the old program, as the one of its name in the old suite'* ]]
    [[ $stderr =~ not\ proven\ +1 ]]
}

@test "a command that a committed file brings is run once somebody has accepted it" {
    checked "${right[@]}"
    mkdir .flow
    printf '[prove]\n\tcommand = %s\n' 'touch ran' >.flow/config
    git config --unset flow.prove.command
    run --separate-stderr -5 fix
    [[ $stderr == *"'prove.command' comes with the repository"* ]]
}

@test "tests come before what they test where they are proven later, and are shown to it" {
    checked "${right[@]}"
    git config flow.port.jobs 2
    run --separate-stderr -0 port --name first
    [ "$(sed -n 2p <<<"$output" | cut -f 1)" = src/tests/check.c ]
    # Who ports it sees the source's signature; who ports what it tests sees its lines.
    grep -q 'not ported yet: goes to `rust/src/util.rs`' "$replies"/seen/src_tests_check.c_translate_*
    grep -q 'assert_eq!(crate::util::util_add(1, 2), 3);' "$replies"/seen/src_util.c_translate_*
    git config --unset flow.prove.command
    run --separate-stderr -0 port --name later
    [ "$(sed -n '2,$p' <<<"$output" | cut -f 1 | grep -n check.c)" = 3:src/tests/check.c ] ||
        [ "$(sed -n '2,$p' <<<"$output" | cut -f 1 | grep -n check.c)" = 2:src/tests/check.c ]
    grep -q 'ported to `rust/src/util.rs`' "$replies"/seen/src_tests_check.c_translate_*
}

# A CommonJS package and its port to TypeScript, in which the tests are compiled and run with the old module in the
# place of the new one.
@test "a test in TypeScript runs with the old module of JavaScript" {
    command -v tsc >/dev/null && command -v node >/dev/null || skip 'no TypeScript here'
    git rm -rqf src
    mkdir src test
    cat >src/sum.js <<'JS'
function sum(a, b) {
    return a + b;
}

module.exports = { sum };
JS
    cat >test/sum.test.js <<'JS'
const test = require('node:test');
const assert = require('node:assert');
const { sum } = require('../src/sum');

test('adds two', () => {
    assert.strictEqual(sum(1, 2), 3);
});
JS
    commit_all package
    git config flow.test.command 'node --test test'
    # Only what the tests are written in is compiled; what they import is the old module, beside them.
    git config flow.prove.command 'rm -rf proof && mkdir proof && cp -r src proof/src &&
        tsc --outDir proof/test --module commonjs --target es2020 --skipLibCheck --esModuleInterop --noResolve --isolatedModules typescript/test/*.ts >tsc.log;
        node --test proof/test'
    git config flow.fix.build 'rm -rf built && tsc --outDir built --module commonjs --target es2020 --esModuleInterop --noResolve --isolatedModules src/*.ts test/*.ts >tsc.log; test -e built/src/sum.js'
    git config flow.fix.test 'node --test built/test'
    printf '```typescript\nexport function sum(a: number, b: number): number {\n    return a + b;\n}\n```\n' >"$replies/translate.sum.js"
    record sum >>"$replies/translate.sum.js"
    cat >"$replies/translate.sum.test.js" <<'MD'
```typescript
import test from 'node:test';
import assert from 'node:assert';
import { sum } from '../src/sum';

test('adds two', () => {
    assert.strictEqual(sum(1, 2), 4);
});
```
```json
{"symbols": [], "conditions": []}
```
MD
    git config flow.port.from javascript
    run --separate-stderr -0 flow-port --to typescript --model "$model" --yes
    rm "$replies/calls"
    edit fix.build.sum.test.js '(1, 2), 4' '(1, 2), 3'
    run --separate-stderr -0 fix
    [ "$(cell 1 about)" = proof ]
    [ "$(cell 1 state)" = committed ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = typescript/test/sum.test.ts ]
    [[ $stderr =~ proven\ +1 ]]
    [[ $stderr =~ not\ proven\ +0 ]]
}

@test "where a test that is proven fails with the port, the port is mended and not the test" {
    local place=test_util
    checked "${right[@]}"
    util_reply 'a.wrapping_sub(b)' >"$replies/translate.util.c"
    run --separate-stderr -0 port --fresh src/util.c
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 about)" = tests ]
    [ "$(cell 1 passed)" = 2 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/util.rs ]
    grep -q 'the test stands in rust/src/test_util.rs, which cannot be changed' "$replies"/seen/src_util.c_fix_build_0_1_*
}

@test "a test that reviewers find to ask for less is mended and proven again" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    edit fix.build.1.check.c 'assert_eq!(crate::util::util_add(1, 2), 4);' 'assert!(crate::util::util_add(1, 2) > 0);'
    rejection 'assert(util_add(1, 2) == 3);' 'assert!(crate::util::util_add(1, 2) > 0);' |
        sed 's/"source_line": 1, "target_line": 1/"source_line": 6, "target_line": 3/' >"$replies/weaker"
    # Once.
    printf '#!/bin/sh\nmkdir "%s/asked" 2>/dev/null && exec cat "%s/weaker"\necho "{\\"verdict\\": \\"accept\\", \\"findings\\": []}"\n' \
        "$replies" "$replies" >"$replies/review.behaviour.check.c"
    chmod +x "$replies/review.behaviour.check.c"
    printf '{"edits": [{"find": "%s", "replace": "%s"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        'assert!(crate::util::util_add(1, 2) > 0);' 'assert_eq!(crate::util::util_add(1, 2), 3);' >"$replies/fix.build.2.check.c"
    run --separate-stderr -0 fix
    [ "$(cell 1 about)" = proof ]
    [ "$(cell 2 about)" = proof ]
    [ "$(cell 2 state)" = committed ]
    grep -q '^1. Finding of a reviewer' "$replies"/seen/src_tests_check.c_fix_build_0_2_*
    [[ $stderr =~ proven\ +2 ]]
    [ "$(verdicts src/tests/check.c)" = 'behaviour:1 soundness:1' ]
}

@test "a run that is killed while tests are proven goes on without paying twice" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    edit fix.build.check.c '(1, 2), 4' '(1, 2), 3'
    printf '#!/bin/sh\nkill -KILL "$PPID"\n' >"$replies/review"
    chmod +x "$replies/review"
    run --separate-stderr -137 fix
    [ "$(cell 1 state)" = committed ]
    rm "$replies/review" "$replies/calls"
    run --separate-stderr -0 fix
    [ "${#lines[@]}" = 1 ]
    [[ $(cat "$replies/calls") != */fix/* ]]
    [ "$(verdicts src/tests/check.c)" = 'behaviour:1 soundness:1' ]
}
