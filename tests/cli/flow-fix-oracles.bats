#!/usr/bin/env bats
# What becomes of ported tests that were held against the old program, and of what they test.

load setup
load port
load fix
load prove

@test "a test that is proven is protected from then on, unless fix.allow names it" {
    place=test_util checked "${right[@]}"
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
    builds_by_cargo
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

@test "where a test that is proven fails with the port, the port is mended and not the test" {
    place=test_util checked "${right[@]}"
    builds_by_cargo
    util_reply 'a.wrapping_sub(b)' >"$replies/translate.util.c"
    run --separate-stderr -0 port --fresh src/util.c
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 about)" = tests ]
    [ "$(cell 1 passed)" = 2 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/util.rs ]
    grep -q 'the test stands in rust/src/test_util.rs, which cannot be changed' "$replies"/seen/src_util.c_fix_build_0_1_*
}
