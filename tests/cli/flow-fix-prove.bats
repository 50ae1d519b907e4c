#!/usr/bin/env bats
# Tests in the source language, held against the old program before the port is built.

load setup
load port
load fix
load prove

@test "a test that the old program fails is mended before the port is built, wherever it stands" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    builds_by_cargo
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

@test "what stays wrong is listed, the port is built all the same, and it is tried again" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    builds_by_cargo
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

@test "what fix.protect names is not changed for a proof either" {
    checked 'assert_eq!(crate::util::util_add(1, 2), 4);' "${right[1]}"
    git config flow.fix.protect 'rust/src/tests/*'
    git config flow.fix.test true
    run --separate-stderr -1 fix
    [ "$(cell 1 about)" = proof ]
    [ "$(calls)" = 0 ]
    [[ $stderr == *'check::check_adds: not proven'* ]]
}

@test "a command that a committed file brings is run once somebody has accepted it" {
    checked "${right[@]}"
    mkdir .flow
    printf '[prove]\n\tcommand = %s\n' 'touch ran' >.flow/config
    git config --unset flow.prove.command
    run --separate-stderr -5 fix
    [[ $stderr == *"'prove.command' comes with the repository"* ]]
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
