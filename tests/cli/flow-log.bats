#!/usr/bin/env bats
# flow-log: the record of a run.

load setup
load port

# A port of two units, of which one was rejected and fixed.
fixed_port() {
    rejection 'return a + b;' 'a.wrapping_add(b)' >"$replies/review.behaviour.1.util.c"
    cat >"$replies/fix.util.c" <<'JSON'
{"edits": [{"find": "pub fn util_add(a: i32, b: i32) -> i32 {\n    a.wrapping_add(b)",
            "replace": "pub fn util_add(a: i32, b: i32) -> i32 {\n    let sum = a.wrapping_add(b);\n    sum"}],
 "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}
JSON
    port >/dev/null
}

# call_of STEP: its number.
call_of() {
    flow-log --calls >"$BATS_TEST_TMPDIR/calls"
    awk -F'\t' -v step="$1" '$5 == step { print $2 }' "$BATS_TEST_TMPDIR/calls"
}

# line_of TEXT [REV]: its number in the port of util.
line_of() {
    git show "${2:-flow/port/main}:rust/src/util.rs" | grep -n "$1" | cut -d: -f1
}

@test "a transcript has each call with its prompt, reply, verdict and findings" {
    fixed_port
    run --separate-stderr -0 flow-log src/util.c
    local steps
    steps=$(grep '^== call' <<<"$output" | sed 's/^== call [0-9]*: //' | sort)
    [ "$steps" = "$(grep ^src/util.c "$replies/calls" | sort)" ]
    [[ $output == *'pub fn util_add(a: i32, b: i32)'* ]]
    [[ $output == *'verdict of round 1, behaviour: reject'* ]]
    [[ $output == *'blocker, source line 6'*': it subtracts'* ]]
    [[ $output == *'fate: fixed'* ]]
    [[ $output == *'verdict of round 2, soundness: accept'* ]]
    [[ $output == *'== now committed'* ]]
    # What all prompts share stands there once.
    [ "$(grep -c 'What counts is that the result behaves as the source does' <<<"$output")" = 1 ]
    [[ $output == *'stands above'* ]]
}

@test "a transcript as records" {
    fixed_port
    run --separate-stderr -0 flow-log --json src/util.c
    printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/records"
    python3 - "$BATS_TEST_TMPDIR/records" <<'PYTHON'
import json, sys
records = [json.loads(line) for line in open(sys.argv[1])]
kinds = [r["record"] for r in records]
assert kinds.count("call") == 6 and kinds.count("verdict") == 4 and kinds.count("finding") == 1, kinds
assert all(r["prompt"] and "reply" in r for r in records if r["record"] == "call")
assert records[-1]["record"] == "state" and records[-1]["state"] == "committed"
PYTHON
}

@test "what a model said cannot write to the terminal" {
    printf 'no \033]0;evil\a fences, only a \\ and a \ttab\n' >"$replies/translate.util.c"
    run --separate-stderr -1 port src/util.c
    run --separate-stderr -0 flow-log src/util.c
    [[ $output == *'no \x1b]0;evil\x07 fences, only a \ and a '$'\t''tab'* ]]
    [[ $output != *$'\033'* ]]
}

@test "a line leads to the call that wrote it, and to its reviewers" {
    fixed_port
    run --separate-stderr -0 flow-log "rust/src/util.rs:$(line_of 'let sum')"
    [[ $output == *'let sum = a.wrapping_add(b);'* ]]
    [[ $output == *"commit    $(git log -1 --format=%h --abbrev=12 flow/port/main -- rust/src/util.rs) "* ]]
    [[ $output == *"written   call $(call_of src/util.c/fix/-/0/1/0/0): src/util.c/fix/-/0/1/0/0"* ]]
    [[ $output == *'(behaviour)'*'(soundness)'* ]]
    run --separate-stderr -0 flow-log "rust/src/util.rs:$(line_of 'pub fn')"
    [[ $output == *"written   call $(call_of src/util.c/translate/-/0/1/0/0): "* ]]
    [[ $output == *'unit      src/util.c'* ]]
    # A line that could stand anywhere is known by its neighbours.
    run --separate-stderr -0 flow-log --json "rust/src/util.rs:$(line_of '^ *sum$')"
    [[ $output == *'"role":"fix"'* ]]
}

@test "a line is found after the branch was merged, and after a person edited it" {
    fixed_port
    git merge -q --no-ff -m merged flow/port/main
    sed -i '1i // A line above.' rust/src/util.rs
    sed -i 's/pub fn util_add/pub  fn util_add/' rust/src/util.rs
    commit_all 'by hand'
    git branch -q -D flow/port/main
    run --separate-stderr -0 flow-log "rust/src/util.rs:$(line_of 'let sum' HEAD)"
    [[ $output == *'src/util.c/fix/-/0/1/0/0'* ]]
    run --separate-stderr -0 flow-log "rust/src/util.rs:$(line_of 'pub  fn' HEAD)"
    [[ $output == *'by hand, after the file was ported'* ]]
    [[ $output == *'unit      src/util.c'* ]]
    run --separate-stderr -0 flow-log src/main.c:1
    [[ $output == *'flow ported nothing of this file'* ]]
    # The commit says what it can where the ledger is gone.
    rm .git/flow/ledger.db*
    run --separate-stderr -0 flow-log "rust/src/util.rs:$(line_of 'let sum' HEAD)"
    [[ $output == *'unit      src/util.c'* ]]
    [[ $output == *'ledger here'* ]]
}

@test "a file that the tool writes is told from one that was translated" {
    fixed_port
    run --separate-stderr -0 flow-log rust/src/lib.rs:1
    [[ $output == *scaffold* ]]
}

@test "lines, files and units that are not there" {
    run --separate-stderr -3 flow-log src/util.c
    [[ $stderr == *'nothing was run here'* ]]
    fixed_port
    run --separate-stderr -3 flow-log src/other.c
    [[ $stderr == *"no record of 'src/other.c'"* ]]
    run --separate-stderr -3 flow-log rust/src/util.rs:4000
    [[ $stderr == *'no line 4000'* ]]
    run --separate-stderr -3 flow-log rust/src/other.rs:1
    run --separate-stderr -2 flow-log
    run --separate-stderr -2 flow-log --calls --events
}

@test "calls, findings and events as records" {
    fixed_port
    run --separate-stderr -0 flow-log --calls
    [ "${#lines[@]}" = 10 ]
    [ "${lines[0]}" = $'unit\tcall\trole\tlens\tstep\tmodel\tstatus\tinput\tcached\toutput\testimated\tusd\tseconds\tbegun\terror' ]
    run --separate-stderr -0 flow-log --calls src/main.c
    [ "${#lines[@]}" = 4 ]
    run --separate-stderr -0 flow-log --calls --json src/main.c
    [ "$(grep -c '"status":"done"' <<<"$output")" = 3 ]
    run --separate-stderr -0 flow-log --findings
    [ "$(cell src/util.c fate)" = fixed ]
    [ "$(cell src/util.c claim)" = 'it subtracts' ]
    run --separate-stderr -0 flow-log --events
    [ "$(cut -f 3 <<<"$output")" = $'kind\nbegin\nend' ]
}

@test "the ledger is exported whole, and purged of what is old" {
    fixed_port
    run --separate-stderr -0 flow-log --export
    [ "$(grep -c '"table":"call"' <<<"$output")" = 9 ]
    run --separate-stderr -2 flow-log --purge yesterday
    run --separate-stderr -2 flow-log --purge 2026-02-30
    run --separate-stderr -5 flow-log --purge 2020-01-01 </dev/null
    run --separate-stderr -0 flow-log --purge 2020-01-01 --yes
    [[ $stderr == *'the texts of 0 calls'* ]]
    run --separate-stderr -0 flow-log --purge 2999-01-01 --yes
    [[ $stderr == *'the texts of 9 calls'* ]]
    run --separate-stderr -0 flow-log --calls
    [ "${#lines[@]}" = 10 ]
    run --separate-stderr -0 flow-log src/util.c
    [[ $output != *'pub fn util_add'* ]]
}
