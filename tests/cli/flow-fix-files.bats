#!/usr/bin/env bats
# flow-fix: which files rounds change, and which they do not.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

@test "commands of a committed file are accepted before they run" {
    ported 'a.wrapping_add(b)'
    mkdir -p .flow
    printf '[fix]\n\tbuild = true\n\ttest = touch ran\n[test]\n\tcommand = true\n' >.flow/config
    commit_all settings
    run --separate-stderr -5 fix
    [ -z "$(compgen -G "$HOME/.cache/flow/build/*/tree/rust/ran")" ]
    run -0 flow approve --yes fix.build fix.test
    run --separate-stderr -5 fix
    [[ $stderr == *"'test.command' comes with the repository"* ]]
    run -0 flow approve --yes
    run --separate-stderr -0 fix
    [ -n "$(compgen -G "$HOME/.cache/flow/build/*/tree/rust/ran")" ]
}

@test "a fixer asks for a change in another file, which is its work in the next round" {
    main_reply | sed 's/util_add(1, 2))/util_add(1, None))/' >"$replies/translate.main.c"
    ported 'a.wrapping_add(b)'
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "util.rs takes i32"}], "elsewhere": [%s, %s]}' \
        '{"file": "src/util.rs", "what": "let util_add take a u8"}' '{"file": "src/lib.rs", "what": "x"}' >"$replies/fix.build.1.main.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "no"}]}' >"$replies/fix.build.main.c"
    edit fix.build.util.c 'b: i32' 'b: u8'
    run --separate-stderr -1 fix --build-only --max-rounds 2
    [ "$(cell 1 state)" = nothing ]
    grep -q 'Request of another fixer' "$replies"/seen/src_util.c_fix_build_0_2_*
    grep -q 'whoever mends rust/src/main_.rs asks: let util_add take a u8' "$replies"/seen/src_util.c_fix_build_0_2_*
    [[ $stderr == *"'rust/src/main_.rs' needs a change in 'src/lib.rs', which is no unit's file"* ]]
}

@test "what a fixer asked for is not lost where the run is killed" {
    main_reply | sed 's/util_add(1, 2))/util_add(1, None))/' >"$replies/translate.main.c"
    ported 'a.wrapping_add(b)'
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "util.rs takes i32"}], "elsewhere": [%s]}' \
        '{"file": "src/util.rs", "what": "let util_add take a u8"}' >"$replies/fix.build.1.main.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "no"}]}' >"$replies/fix.build.main.c"
    printf '#!/bin/sh\nkill -KILL "$PPID"\n' >"$replies/fix.build.util.c"
    chmod +x "$replies/fix.build.util.c"
    run --separate-stderr -137 fix --build-only
    [ "$(cell 1 state)" = nothing ]
    rm -r "$replies/fix.build.util.c" "$replies/seen"
    edit fix.build.util.c 'b: i32' 'b: u8'
    run --separate-stderr -1 fix --build-only --max-rounds 1
    grep -q 'whoever mends rust/src/main_.rs asks: let util_add take a u8' "$replies"/seen/src_util.c_fix_build_0_2_*
    # It was asked for once.
    run --separate-stderr -1 fix --build-only --max-rounds 1
    [ -z "$(compgen -G "$replies/seen/src_util.c_fix_build_0_3_*")" ]
}

@test "a unit at a protected path is not changed, unless that is allowed" {
    subtracting
    git config flow.fix.protect '**/util.rs'
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -1 fix --max-rounds 1
    [ "$(calls)" = 0 ]
    [[ $stderr == *"'rust/src/util.rs' is protected"* || $stderr == *'is traced to no file'* ]]
    git config flow.fix.build 'echo "src/util.rs:4:1: error: no"; exit 1'
    run --separate-stderr -1 fix --max-rounds 1
    [ "$(calls)" = 0 ]
    [[ $stderr == *"'rust/src/util.rs' is protected and not changed, unless fix.allow names it"* ]]
    git config flow.fix.build true
    git config flow.fix.allow 'rust/src/*.rs'
    run --separate-stderr -0 fix --max-rounds 1
    [ "$(cell 3 state)" = committed ]
}

@test "a file of the branch that a build writes over is named and written again" {
    ported 'a.wrapping_add(b)'
    git config flow.fix.build 'test "$(wc -l <../src/main.c)" = 8 || exit 9; echo "// mine" >>../src/main.c; rm -f ../src/util.c'
    git config flow.fix.test 'test -e ../src/util.c && test "$(wc -l <../src/main.c)" = 8'
    run --separate-stderr -0 fix
    [[ $stderr == *"'src/main.c' was changed by a build or a test in its own tree, which is undone"* ]]
    [[ $stderr == *"'src/util.c' was changed by a build or a test in its own tree, which is undone"* ]]
    run --separate-stderr -0 fix
}

@test "a protected file that somebody changed on the branch is named" {
    tested 'a.wrapping_add(b)' <<'SH'
echo 1..1
echo ok 1 - one
SH
    run --separate-stderr -0 fix
    [[ $stderr != *'protected file'* ]]
    git worktree add -q ../out flow/port/main
    echo 'exit 0' >../out/tests/run.sh
    git -C ../out commit -qam 'easier tests'
    git worktree remove ../out
    run --separate-stderr -1 fix --max-rounds 1
    [[ $stderr == *"the protected file 'tests/run.sh' was changed by commit $(git rev-parse --short=12 flow/port/main) since the rounds began"* ]]
}
