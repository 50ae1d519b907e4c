#!/usr/bin/env bats
# The sample, ported with answers that were recorded in real runs (tests/samples/sheet/recordings), and with some of them
# spoiled on the way: what catches each of them?

load setup
load sample

# asked PATTERN: whether such a step of num.c was answered.
asked() {
    grep -q "\"step\":\"src/num.c/$1" asked.jsonl
}

@test "a recorded port is played back: one commit a unit, each with two reviewers; it builds, and does what the program does" {
    run --separate-stderr -0 flow-port --yes --to rust --model "replay/$recordings/port.jsonl"
    [ "$(grep -c $'\tcommitted\t' <<<"$output")" = 9 ]
    [ "$(git log --format=%B main..flow/port/main | grep -c '^Flow-Unit: ')" = 9 ]
    [ "$(git log --format=%B main..flow/port/main | grep -c '^Flow-Reviewed-By: ')" = 18 ]
    # A reviewer rejected main.c.
    [ "$(cell src/main.c rounds)" = 2 ]
    git worktree add -q --detach ../port flow/port/main
    CARGO_HOME=$PWD/../cargo run -0 /usr/bin/cargo build --offline --manifest-path ../port/rust/Cargo.toml
    run -0 tests/run ../port/rust/target/debug/sheet
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

@test "one reviewer who accepts everything is not enough" {
    run --separate-stderr -0 flow-port --yes --to rust --model "$(spoiled approving comparison)" src/num.c
    [ "$(cell src/num.c rounds)" = 2 ]
    git show flow/port/main:rust/src/num.rs | grep -q 'if size > NUM_MAX as u64 {'
}

@test "what both reviewers let pass is found by the tests of the program" {
    run --separate-stderr -0 flow-port --yes --to rust --model "$(spoiled blind comparison)"
    [ "$(cell src/num.c rounds)" = 1 ]
    git worktree add -q --detach ../port flow/port/main
    CARGO_HOME=$PWD/../cargo run -0 /usr/bin/cargo build --offline --manifest-path ../port/rust/Cargo.toml
    run -1 tests/run ../port/rust/target/debug/sheet
}
