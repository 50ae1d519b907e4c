#!/usr/bin/env bats
# The sample, ported with answers that were recorded in real runs (tests/samples/sheet/recordings), and with some of them
# spoiled on the way: what catches each of them?

load setup

setup() {
    common_setup
    sample=$FLOW_SOURCE_DIR/tests/samples/sheet
    recordings=$sample/recordings
    cp -R "$sample" sheet
    rm -rf sheet/recordings
    cd sheet || return 1
    new_repository
    git config user.name 'A Tester'
    git config user.email tester@example.org
    commit_all 'a program'
}

# The cell of a unit in the records that the last run printed.
cell() {
    awk -F'\t' -v unit="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $1 == unit { print $at[column] }' <<<"$output"
}

# asked PATTERN: whether such a step of num.c was answered.
asked() {
    grep -q "\"step\":\"src/num.c/$1" asked.jsonl
}

# spoiled KIND [RECORDING]: the command model that spoils one answer.
spoiled() {
    local model="command/$FLOW_SOURCE_DIR/tests/e2e/saboteur $1 $recordings/port.jsonl"
    [[ $# -lt 2 ]] || model+=" $recordings/$2.jsonl"
    printf '%s' "$model"
}

@test "a recorded port is played back: one commit a unit, each with two reviewers" {
    run --separate-stderr -0 flow-port --yes --to rust --model "replay/$recordings/port.jsonl" \
        src/num.c src/text.c src/value.c src/lex.c src/func.c src/cell.c src/expr.c src/parse.c
    [ "$(grep -c $'\tcommitted\t' <<<"$output")" = 8 ]
    [ "$(git log --format=%B main..flow/port/main | grep -c '^Flow-Unit: ')" = 8 ]
    [ "$(git log --format=%B main..flow/port/main | grep -c '^Flow-Reviewed-By: ')" = 16 ]
    [ "$(git show flow/port/main:rust/src/lib.rs | grep -c '^pub mod ')" = 8 ]
    # The record of cell.c left out a condition: a gate asked for it.
    [ "$(cell src/cell.c rounds)" = 1 ]
    # Again, with nothing to answer from: all is done, nothing is asked.
    : >"$BATS_TEST_TMPDIR/empty.jsonl"
    run --separate-stderr -0 flow-port --yes --to rust --model "replay/$BATS_TEST_TMPDIR/empty.jsonl" src/num.c
    [ "$(cell src/num.c state)" = committed ]
}

@test "a comparison that is turned round is found by reviewers, and mended" {
    run --separate-stderr -0 flow-port --yes --to rust --model "$(spoiled comparison comparison)" --record asked.jsonl src/num.c
    [ "$(cell src/num.c state)" = committed ]
    [ "$(cell src/num.c rounds)" = 2 ]
    asked fix/-/
    git show flow/port/main:rust/src/num.rs | grep -q 'if size > NUM_MAX as u64 {'
}

@test "an error check that is lost is found by reviewers, and mended" {
    run --separate-stderr -0 flow-port --yes --to rust --model "$(spoiled check check)" --record asked.jsonl src/num.c
    [ "$(cell src/num.c rounds)" = 2 ]
    git show flow/port/main:rust/src/num.rs | grep -q 'Err(NumStatus::ByZero)'
}

@test "a stub is caught by a gate before any reviewer is asked" {
    run --separate-stderr -0 flow-port --yes --to rust --model "$(spoiled stub)" --record asked.jsonl src/num.c
    asked fix/gate/
    run -1 git grep -q 'todo!' flow/port/main -- rust/src/num.rs
}

@test "half a file, and a path that climbs out, are asked for again" {
    local kind
    for kind in half path; do
        rm -f asked.jsonl
        run --separate-stderr -0 flow-port --yes --to rust --name "$kind" --model "$(spoiled "$kind")" --record asked.jsonl src/num.c
        asked translate/-/0/1/0/1
        [ "$(git ls-tree -r --name-only "flow/port/$kind" -- rust/src)" = $'rust/src/lib.rs\nrust/src/num.rs' ]
    done
}
