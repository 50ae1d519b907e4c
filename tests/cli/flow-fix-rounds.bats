#!/usr/bin/env bats
# flow-fix: what is kept of a round, who is asked, and when it gives up.

load setup
load port
load fix

# Of builds; flow-fix-tests.bats is about tests.
fix() {
    fix_all --build-only "$@"
}

@test "a file whose errors are gone is kept, though the compiler then finds more" {
    ported 'nowhere(a, b)'
    edit fix.build.1.util.c 'nowhere(a, b)' 'nothing(a) + nobody(b)'
    printf '{"edits": [{"find": "nothing(a) + nobody(b)", "replace": "a.wrapping_add(b)"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}, %s' \
        '{"number": 2, "fate": "fixed", "reason": ""}]}' >"$replies/fix.build.2.util.c"
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 before)" = 1 ]
    [ "$(cell 1 after)" = 2 ]
    [ "$(cell 2 state)" = committed ]
    [ "$(cell 2 after)" = 0 ]
    run -0 builds
    [ "$output" = 3 ]
}

@test "a file that keeps its errors and gets new ones is rolled back, and the next fixer knows" {
    ported 'nowhere(a, b)'
    local tip
    tip=$(git rev-parse flow/port/main)
    edit fix.build.1.util.c 'nowhere(a, b)' 'nowhere(a, b) + nothing(a)'
    edit fix.build.2.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = rolled-back ]
    [ "$(cell 1 before)" = 1 ]
    [ "$(cell 1 after)" = 2 ]
    [ "$(cell 1 commit)" = '' ]
    [[ $stderr == *"'rust/src/util.rs' is rolled back: it brought 1 new errors into the file, and mended 0 of 1"* ]]
    [ "$(cell 2 before)" = 1 ]
    [ "$(cell 2 state)" = committed ]
    [ "$(git rev-parse flow/port/main~1)" = "$tip" ]
    grep -q 'nothing(a)' "$replies"/seen/src_util.c_fix_build_0_2_*
    run -1 grep -q 'What was tried before' "$replies"/seen/src_util.c_fix_build_0_1_0_0
    run -0 builds
    [ "$output" = 3 ]
}

@test "only the file that became worse is rolled back" {
    main_reply | sed 's/util_add(1, 2))/util_sum(1, 2))/' >"$replies/translate.main.c"
    ported 'nowhere(a, b)'
    edit fix.build.1.main.c 'util_sum(1, 2)' 'util_add(1, 2)'
    edit fix.build.1.util.c 'nowhere(a, b)' 'nowhere(a, b) + nothing(a)'
    edit fix.build.2.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 before)" = 2 ]
    [ "$(cell 1 after)" = 1 ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(git diff --name-only flow/port/main~2 flow/port/main~1)" = rust/src/main_.rs ]
    [ "$(cell 2 after)" = 0 ]
    run -0 builds
    [ "$output" = 3 ]
}

@test "one error traded for another and back is no progress" {
    ported 'nowhere(a, b)'
    cat >"$replies/fix.build.util.c" <<'SH'
#!/bin/sh
if grep -q '^error.*nowhere'; then set -- nowhere nothing; else set -- nothing nowhere; fi
printf '{"edits": [{"find": "%s(a, b)", "replace": "%s(a, b)"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' "$@"
SH
    chmod +x "$replies/fix.build.util.c"
    git config flow.fix.stall 3
    run --separate-stderr -1 fix
    [ "$(cell 4 state)" = committed ]
    [ -z "$(cell 5 round)" ]
    [[ $stderr =~ build\ +fails\ +'no progress in the last rounds' ]]
}

@test "a file with many errors is shared by several fixers" {
    local body='' i
    for ((i = 1; i <= 24; i++)); do
        body+="let _ = nowhere_$i(a, b);"$'\n    '
    done
    ported "${body}a.wrapping_add(b)"
    # Each mends what it was shown and nothing else.
    cat >"$replies/fix.build.util.c" <<'SH'
#!/bin/bash
mapfile -t names < <(sed -n 's/^error\[E0425\]: cannot find function `\([a-z_0-9]*\)`.*/\1/p')
for i in "${!names[@]}"; do
    edits+=${edits:+, }'{"find": "'${names[i]}'(a, b)", "replace": "'$i'"}'
    fates+=${fates:+, }'{"number": '$((i + 1))', "fate": "fixed", "reason": ""}'
done
printf '{"edits": [%s], "findings": [%s]}\n' "$edits" "$fates"
SH
    chmod +x "$replies/fix.build.util.c"
    run --separate-stderr -1 fix
    [ "$(cell 1 before)" = 24 ]
    [ "$(cell 1 after)" = 0 ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 mended)" = 24 ]
    [ "$(cell 1 calls)" = 2 ]
    grep -q 'src/util.c/fix/build/1/1/' "$replies/calls"
    run -0 builds
    [ "$output" = 3 ]
}

@test "a run that was cut off goes on without paying twice" {
    ported 'nowhere(a, b)'
    # A file is in the way of the build tree when the edits are to be written into it.
    cat >"$replies/fix.build.util.c" <<'SH'
#!/bin/sh
rm -rf "$HOME/.cache/flow/build"
touch "$HOME/.cache/flow/build"
printf '{"edits": [{"find": "nowhere(a, b)", "replace": "a.wrapping_add(b)"}], '
printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n'
SH
    chmod +x "$replies/fix.build.util.c"
    run --separate-stderr -3 fix
    [ "$(calls)" = 1 ]
    rm "$HOME/.cache/flow/build"
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 calls)" = 0 ]
    [ "$(calls)" = 1 ]
}

@test "two rounds without progress end it, with a list of what is left" {
    ported 'nowhere(a, b)'
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "main.rs would have to change"}]}' \
        >"$replies/fix.build.util.c"
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = nothing ]
    [ "$(cell 2 state)" = nothing ]
    [ -z "$(cell 3 round)" ]
    [ "$(calls)" = 2 ]
    [[ $stderr =~ build\ +fails\ +'no progress in the last rounds' ]]
    [[ $stderr == *'left out: rust/src/util.rs:4: '* ]]
    run --separate-stderr -1 fix --max-rounds 1
    [ "$(cell 3 state)" = nothing ]
    [ -z "$(cell 4 round)" ]
}

@test "after rounds without progress another model is asked, and what was tried is listed" {
    ported 'nowhere(a, b)'
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "main.rs would have to change"}]}' \
        >"$replies/fix.build.util.c"
    mkdir "$BATS_TEST_TMPDIR/stronger"
    git config flow.fix.escalate "command/$FLOW_SOURCE_DIR/tests/cli/fake/model $BATS_TEST_TMPDIR/stronger"
    git config flow.fix.stall 1
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "I cannot either"}]}' \
        >"$BATS_TEST_TMPDIR/stronger/fix.build.util.c"
    run --separate-stderr -1 fix
    [ "$(cell 2 state)" = nothing ]
    [ -z "$(cell 3 round)" ]
    [[ $stderr == *"then              command/"*"/stronger, after rounds without progress"* ]]
    [[ $stderr == *"going on with command/"*"/stronger"* ]]
    [[ $stderr == *"rust/src/util.rs: tried: round 1, $model: rejected: main.rs would have to change; round 2, command/"*"/stronger: rejected: I cannot either"* ]]
    run --separate-stderr -0 flow-log --name fix/main --events src/util.c
    [[ $output == *"attempt"*"round 1, $model: rejected: main.rs would have to change"* ]]
    replies=$BATS_TEST_TMPDIR/stronger edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ "$(cell 4 state)" = committed ]
    [[ $(git log -1 --format='%(trailers:key=Flow-Model,valueonly)' flow/port/main) == *stronger* ]]
}

@test "a file that was rolled back goes to another model, which hears why" {
    ported 'nowhere(a, b)'
    mkdir "$BATS_TEST_TMPDIR/second"
    git config flow.port.reviewer-model "command/$FLOW_SOURCE_DIR/tests/cli/fake/model $BATS_TEST_TMPDIR/second"
    edit fix.build.util.c 'nowhere(a, b)' 'nowhere(a, b) + nothing(a)'
    replies=$BATS_TEST_TMPDIR/second edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ "$(cell 1 state)" = rolled-back ]
    [ "$(cell 2 state)" = committed ]
    [[ $stderr == *"second opinion    command/"* ]]
    grep -q 'Rolled back: it brought 1 new errors into the file' "$BATS_TEST_TMPDIR"/second/seen/src_util.c_fix_build_0_2_*
    [[ $(git log -1 --format='%(trailers:key=Flow-Model,valueonly)' flow/port/main) == *second* ]]
}

@test "edits that gates refuse are never applied" {
    ported 'nowhere(a, b)'
    local tip
    tip=$(git rev-parse flow/port/main)
    edit fix.build.util.c 'nowhere(a, b)' 'todo!()'
    run --separate-stderr -1 fix --max-rounds 1
    [ "$(cell 1 state)" = nothing ]
    [ "$(git rev-parse flow/port/main)" = "$tip" ]
    [[ $stderr == *"'rust/src/util.rs': no edits that fit: "*stub* ]]
}
