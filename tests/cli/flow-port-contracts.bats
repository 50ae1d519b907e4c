#!/usr/bin/env bats
# flow-port --contracts: signatures and types of all units first, built until they compile, then the bodies.

load setup
load port

# util_contract SIGNATURE: that of src/util.c, without its body.
util_contract() {
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\n%s {\n    unimplemented!()\n}\n```\n' "$1"
    record util_add
}

main_contract() {
    printf '```rust\nuse std::process::ExitCode;\n\npub fn main() -> ExitCode {\n    unimplemented!()\n}\n```\n'
    record main
}

# cycle_reply NAME BODY: a unit with one function.
cycle_reply() {
    printf '```rust\npub fn %s(a: i32) -> i32 {\n    %s\n}\n```\n' "$1" "$2"
    record "$1"
}

contracts() {
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
    util_contract 'pub fn util_add(a: i32, b: i32) -> i32' >"$replies/contract.util.c"
    main_contract >"$replies/contract.main.c"
    # A compiler that knows one error; only where cargo itself is of interest is it asked.
    git config flow.fix.build "if grep -qs Sum src/util.rs; then
            printf 'error[E0412]: cannot find type Sum in this scope\\n --> src/util.rs:3:41\\n'; exit 1; fi"
}

with_cargo() {
    git config --unset flow.fix.build
}

# Builds in the sandbox where there is one: what is tested here is not the sandbox.
port_contracts() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    port --contracts "${confined[@]}" "$@"
}

ledger() {
    sqlite3 .git/flow/ledger.db "$1"
}

compiles() {
    git worktree add -q --detach ../built "$1"
    (cd ../built/rust && cargo build --offline --quiet 2>/dev/null)
    git worktree remove --force ../built
}

@test "contracts are made and compiled first, and bodies are written against them" {
    contracts
    with_cargo
    run --separate-stderr -0 port_contracts
    [ "${#lines[@]}" = 3 ]
    [ "$(cell src/util.c state)" = committed ]
    [ "$(cell src/main.c state)" = committed ]
    [[ $stderr =~ $'\n'\ +contract\ +unknown\ +2\ calls ]]
    [[ $stderr == *'contracts are committed to flow/contract/main'* ]]
    run -0 compiles flow/contract/main
    run -0 compiles flow/port/main
    [[ $(git show flow/contract/main:rust/src/util.rs) == *'pub fn util_add(a: i32, b: i32) -> i32 {'*'unimplemented!()'* ]]
    [[ $(git show flow/port/main:rust/src/util.rs) == *'a.wrapping_add(b)'* ]]
    # A contract comes after those of its imports, and shows in their prompts and in that of its own body.
    [ "$(head -2 "$replies/calls" | cut -d/ -f2,3 | tr '\n' ' ')" = 'util.c/contract main.c/contract ' ]
    grep -q 'pub fn util_add(a: i32, b: i32) -> i32' "$replies"/seen/src_main.c_contract_-_0_1_0_0
    grep -q 'Each body of a function is exactly `unimplemented!()`' "$replies"/seen/src_main.c_contract_-_0_1_0_0
    grep -q '^# Contract$' "$replies"/seen/src_util.c_translate_-_0_1_0_0
    grep -q 'pub fn util_add(a: i32, b: i32) -> i32' "$replies"/seen/src_main.c_translate_-_0_1_0_0
    # No reviewer is asked about a contract, and its commit does not say so.
    [ "$(grep -c /review/ "$replies/calls")" = 4 ]
    run -1 grep -q Flow-Reviewed-By <(git log --format=%B flow/contract/main)
    # There is one run, and its money is all that there is.
    run --separate-stderr -0 flow-status
    [[ $output != *contract* ]]
    [ "$(ledger "SELECT count(DISTINCT run) FROM call")" = 1 ]
    [ -z "$(git status --porcelain)" ]
    # Running it again calls nobody and builds nothing.
    rm "$replies/calls"
    run --separate-stderr -0 port_contracts
    [ "$(calls)" = 0 ]
}

@test "a contract that does not compile is mended in rounds, before any body is written" {
    contracts
    with_cargo
    util_contract 'pub fn util_add(a: i32, b: i32) -> Sum' >"$replies/contract.util.c"
    printf '{"edits": [{"find": "-> Sum", "replace": "-> i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/contract.build.util.c"
    run --separate-stderr -0 port_contracts
    [[ $stderr == *'contracts, round 1: 1 errors of the build before, 0 after: committed'* ]]
    [ "$(cell src/util.c state)" = committed ]
    run -0 compiles flow/contract/main
    [ "$(sed -n 3p "$replies/calls")" = src/util.c/contract/build/0/1/0/0 ]
    grep -q 'stays exactly `unimplemented!()`' "$replies"/seen/src_util.c_contract_build_0_1_0_0
    grep -q 'util_add(a: i32, b: i32) -> i32' "$replies"/seen/src_util.c_translate_-_0_1_0_0
}

@test "contracts that do not compile hold everything up, until a person or another round mends them" {
    contracts
    git config flow.fix.rounds 1
    util_contract 'pub fn util_add(a: i32, b: i32) -> Sum' >"$replies/contract.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "I do not know"}]}\n' \
        >"$replies/contract.build.util.c"
    run --separate-stderr -1 port_contracts
    [[ $stderr == *"the contracts do not compile, 1 errors are left, the first: rust/src/util.rs:3: "*'flow/contract/main'* ]]
    [[ $stderr == *'left out: src/util.c: new: not finished'* ]]
    run -1 grep -q /translate/ "$replies/calls"
    # The plan knows that they are there.
    run --separate-stderr -0 port --contracts --dry-run
    [[ $stderr =~ $'\n'\ +contract\ +0\  ]]
    run -1 git rev-parse --verify -q flow/port/main
    git worktree add -q ../mine flow/contract/main
    sed -i 's/-> Sum/-> i32/' ../mine/rust/src/util.rs
    git -C ../mine commit -qam 'say what it is'
    git worktree remove --force ../mine
    run --separate-stderr -0 port_contracts
    [ "$(cell src/util.c state)" = committed ]
    grep -q 'util_add(a: i32, b: i32) -> i32' "$replies"/seen/src_util.c_translate_-_0_1_0_0
}

@test "a translation that changes a signature of its contract is sent back" {
    contracts
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npub fn util_add(a: i64, b: i64) -> i64 {\n    a.wrapping_add(b)\n}\n```\n' \
        >"$replies/translate.util.c"
    record util_add >>"$replies/translate.util.c"
    printf '{"edits": [{"find": "a: i64, b: i64) -> i64", "replace": "a: i32, b: i32) -> i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port_contracts
    grep -q "the contract says 'pub fn util_add(a: i32, b: i32) -> i32', the file says 'pub fn util_add(a: i64, b: i64) -> i64'" \
        "$replies"/seen/src_util.c_fix_gate_1_1_0_0
    [[ $(git show flow/port/main:rust/src/util.rs) == *'a: i32, b: i32'* ]]
}

@test "a translation departs from its contract where it says why" {
    contracts
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npub fn util_add(a: i64, b: i64) -> i64 {\n    a.wrapping_add(b)\n}\n```\n' \
        >"$replies/translate.util.c"
    printf '```json\n{"symbols": [{"source": "util_add", "target": "util_add", "reason": "the sum does not fit"}], "conditions": []}\n```\n' \
        >>"$replies/translate.util.c"
    run --separate-stderr -0 port_contracts
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
    run --separate-stderr -0 flow-log src/util.c
    [[ $output == *"departs from its contract in 'util_add': the sum does not fit"* ]]
    [[ $(git show flow/port/main:rust/src/util.rs) == *'a: i64, b: i64'* ]]
}

@test "a contract whose body is empty, not open, is sent back" {
    contracts
    printf 'void util_log(int a)\n{\n    if (a > 0)\n        util_add(a, a);\n}\n' >>src/util.c
    commit_all 'more'
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npub fn util_add(a: i32, b: i32) -> i32 {\n    unimplemented!()\n}\n\npub fn util_log(a: i32) {}\n```\n' \
        >"$replies/contract.util.c"
    printf '```json\n{"symbols": [{"source": "util_add", "target": "util_add"}, {"source": "util_log", "target": "util_log"}]}\n```\n' \
        >>"$replies/contract.util.c"
    printf '{"edits": [{"find": "util_log(a: i32) {}", "replace": "util_log(a: i32) {\\n    unimplemented!()\\n}"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/contract.gate.util.c"
    # Its body is another matter.
    run --separate-stderr -1 port_contracts
    grep -q 'is a stub (empty)' "$replies"/seen/src_util.c_contract_gate_1_1_0_0
    [[ $(git show flow/contract/main:rust/src/util.rs) == *'util_log(a: i32) {'*'unimplemented!()'* ]]
}

@test "no translation waits for another: each has the contracts of its imports" {
    contracts
    # src/util.c is not answered before src/main.c was asked about.
    mkfifo "$BATS_TEST_TMPDIR/asked"
    cp "$replies/translate.util.c" "$BATS_TEST_TMPDIR/util"
    cp "$replies/translate.main.c" "$BATS_TEST_TMPDIR/main"
    printf "#!/bin/sh\ntimeout 60 cat '%s' && cat '%s'\n" "$BATS_TEST_TMPDIR/asked" "$BATS_TEST_TMPDIR/util" \
        >"$replies/translate.util.c"
    printf "#!/bin/sh\ntimeout 60 tee '%s' </dev/null && cat '%s'\n" "$BATS_TEST_TMPDIR/asked" "$BATS_TEST_TMPDIR/main" \
        >"$replies/translate.main.c"
    chmod +x "$replies"/translate.*
    git config flow.port.attempts 1
    run --separate-stderr -0 port_contracts -j 2
    [ "$(cell src/util.c state)" = committed ]
}

@test "what is there already is its own contract, and no model is asked for it" {
    contracts
    run --separate-stderr -0 port src/util.c
    rm "$replies/calls"
    run --separate-stderr -0 port_contracts
    [ "$(cell src/main.c state)" = committed ]
    [ "$(grep -c /contract/ "$replies/calls")" = 1 ]
    [ "$(git rev-parse flow/contract/main:rust/src/util.rs)" = "$(git rev-parse flow/port/main:rust/src/util.rs)" ]
}

@test "a file of the base commit is its own contract" {
    contracts
    mkdir -p rust/src
    util_contract 'pub fn util_add(a: i32, b: i32) -> i32' | sed -n '2,/^```/p' | sed '$d' >rust/src/util.rs
    sed -i '/json/,$d' rust/src/util.rs
    commit_all 'a contract'
    run --separate-stderr -0 port_contracts
    [ "$(grep -c /contract/ "$replies/calls")" = 1 ]
    [ "$(git rev-parse flow/contract/main:rust/src/util.rs)" = "$(git rev-parse HEAD:rust/src/util.rs)" ]
    [ "$(cell src/util.c state)" = committed ]
    # As if the process had died before it committed.
    git update-ref -d refs/heads/flow/contract/main
    ledger "UPDATE unit_state SET commit_id = '' WHERE run = (SELECT id FROM run WHERE job = 'contract')"
    ledger "UPDATE unit_state SET state = 'ready' WHERE unit = 'src/main.c' AND run = (SELECT id FROM run WHERE job = 'port')"
    run --separate-stderr -0 port_contracts --fresh src/main.c
    [ "$(git log --format=%s flow/contract/main | grep -c 'contract in rust')" = 2 ]
}

@test "contracts of some units come with those of what they import" {
    contracts
    run --separate-stderr -0 port_contracts src/main.c
    [ "$(grep -c /contract/ "$replies/calls")" = 2 ]
    [ "$(grep -c /translate/ "$replies/calls")" = 1 ]
    [ "$(cell src/main.c state)" = committed ]
}

@test "in an import cycle, who comes later sees the contracts that are there" {
    contracts
    with_cargo
    git rm -qr src
    mkdir src
    printf '#ifndef A_H\n#define A_H\n#include "b.h"\nint first(int a);\n#endif\n' >src/a.h
    printf '#ifndef B_H\n#define B_H\n#include "a.h"\nint second(int a);\n#endif\n' >src/b.h
    printf '#include "a.h"\nint first(int a)\n{\n    return a > 0 ? second(a - 1) : 1;\n}\n' >src/a.c
    printf '#include "b.h"\nint second(int a)\n{\n    return a > 0 ? first(a - 1) : 2;\n}\n' >src/b.c
    commit_all 'a cycle'
    cycle_reply first 'unimplemented!()' >"$replies/contract.a.c"
    cycle_reply second 'unimplemented!()' >"$replies/contract.b.c"
    cycle_reply first 'if a > 0 { crate::b::second(a - 1) } else { 1 }' >"$replies/translate.a.c"
    cycle_reply second 'if a > 0 { crate::a::first(a - 1) } else { 2 }' >"$replies/translate.b.c"
    run --separate-stderr -0 port_contracts
    run -1 grep -q 'pub fn second' "$replies"/seen/src_a.c_contract_-_0_1_0_0
    grep -q 'pub fn first(a: i32) -> i32' "$replies"/seen/src_b.c_contract_-_0_1_0_0
    grep -q 'pub fn second(a: i32) -> i32' "$replies"/seen/src_a.c_translate_-_0_1_0_0
    run -0 compiles flow/port/main
}

@test "killed among the contracts, it goes on where it was" {
    contracts
    cp "$replies/contract.main.c" "$BATS_TEST_TMPDIR/main"
    cat >"$replies/contract.main.c" <<SH
#!/bin/sh
if mkdir '$BATS_TEST_TMPDIR/killed' 2>/dev/null; then
    kill -9 "\$(ps -o ppid= -p \$\$ | tr -d ' ')"
    exit 1
fi
exec cat '$BATS_TEST_TMPDIR/main'
SH
    chmod +x "$replies/contract.main.c"
    run --separate-stderr -137 port_contracts
    [ "$(git log --format=%s flow/contract/main -1)" = 'src/util.c: contract in rust' ]
    run --separate-stderr -0 port_contracts
    [ "$(cell src/main.c state)" = committed ]
    # The one that was answered is not asked for again.
    [ "$(grep -c util.c/contract "$replies/calls")" = 1 ]
    [ "$(git log --format=%s flow/contract/main | grep -c 'contract in rust')" = 2 ]
}

@test "a ledger that did not hear of a contract's commit is told, and rounds go on" {
    contracts
    git config flow.fix.rounds 1
    util_contract 'pub fn util_add(a: i32, b: i32) -> Sum' >"$replies/contract.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "I do not know"}]}\n' \
        >"$replies/contract.build.util.c"
    run --separate-stderr -1 port_contracts
    # One was committed; another one was made anew, and the branch has what it was before.
    ledger "UPDATE unit_state SET commit_id = '' WHERE unit = 'src/main.c'"
    git worktree add -q ../mine flow/contract/main
    printf '// before\n' >>../mine/rust/src/util.rs
    git -C ../mine commit -qam $'src/util.c: contract in rust\n\nFlow-Unit: src/util.c'
    git worktree remove --force ../mine
    ledger "UPDATE unit_state SET commit_id = '$(git rev-parse flow/contract/main)' WHERE unit = 'src/util.c'"
    printf '{"edits": [{"find": "-> Sum", "replace": "-> i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/contract.build.util.c"
    rm "$replies/calls"
    run --separate-stderr -0 port_contracts
    [ "$(grep /contract/ "$replies/calls")" = src/util.c/contract/build/0/2/0/0 ]
    [ "$(git log --format=%s flow/contract/main | grep -c 'contract in rust')" = 4 ]
    [[ $(git show flow/contract/main:rust/src/util.rs) != *before* ]]
}

@test "a ledger that did not hear of a round is told" {
    contracts
    git config flow.fix.rounds 1
    util_contract 'pub fn util_add(a: i32, b: i32) -> Sum' >"$replies/contract.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "I do not know"}]}\n' \
        >"$replies/contract.build.util.c"
    run --separate-stderr -1 port_contracts
    ledger ".backup $BATS_TEST_TMPDIR/before.db"
    printf '{"edits": [{"find": "-> Sum", "replace": "-> i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/contract.build.util.c"
    mkdir "$BATS_TEST_TMPDIR/later"
    mv "$replies"/translate.* "$BATS_TEST_TMPDIR/later"
    run --separate-stderr -1 port_contracts
    local tip
    tip=$(git rev-parse flow/contract/main)
    [ "$(git log -1 --format='%(trailers:key=Flow-Job,valueonly)' "$tip")" = fix ]
    rm .git/flow/ledger.db* "$replies/calls"
    install -m 600 "$BATS_TEST_TMPDIR/before.db" .git/flow/ledger.db
    mv "$BATS_TEST_TMPDIR"/later/* "$replies"
    run --separate-stderr -0 port_contracts
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /contract/ "$replies/calls"
    [ "$(git rev-parse flow/contract/main)" = "$tip" ]
}

@test "a source that changed before its body was written has another contract" {
    contracts
    git config flow.fix.rounds 1
    util_contract 'pub fn util_add(a: i32, b: i32) -> Sum' >"$replies/contract.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "I do not know"}]}\n' \
        >"$replies/contract.build.util.c"
    run --separate-stderr -1 port_contracts
    sed -i 's/a + b/b + a/' src/util.c
    commit_all 'the other way round'
    util_contract 'pub fn util_add(a: i32, b: i32) -> i32' >"$replies/contract.util.c"
    rm "$replies/calls"
    run --separate-stderr -0 port_contracts --at HEAD
    [ "$(grep -c /contract/ "$replies/calls")" = 1 ]
    [ "$(cell src/util.c state)" = committed ]
    # What is accepted is updated, without a contract.
    sed -i 's/int/long/g' src/util.c src/util.h
    commit_all 'longer'
    printf '{"edits": [{"find": "(a: i32, b: i32) -> i32", "replace": "(a: i64, b: i64) -> i64"}], "findings": []}\n' \
        >"$replies/translate.update.util.c"
    rm "$replies/calls"
    run --separate-stderr -0 port_contracts --at HEAD
    run -1 grep -qE '/contract/|/fix/' "$replies/calls"
    [ "$(grep -c /translate/update/ "$replies/calls")" = 1 ]
}

@test "a dry run shows what contracts will take, and the build" {
    contracts
    with_cargo
    run --separate-stderr -0 port --dry-run
    [[ ! $stderr =~ $'\n'\ +contract\  ]]
    run --separate-stderr -0 port --contracts --dry-run
    [[ $stderr =~ $'\n'\ +contract\ +2-4\  ]]
    [[ $stderr == *'cargo build'*'(on the contracts'* ]]
    run -1 git rev-parse --verify -q flow/contract/main
    git config flow.port.contracts true
    run --separate-stderr -0 port --dry-run
    [[ $stderr =~ $'\n'\ +contract\ +2-4\  ]]
    [ "$(calls)" = 0 ]
}

@test "a build command of the repository is asked about before the contracts are paid for" {
    contracts
    with_cargo
    mkdir .flow
    printf '[fix]\n\tbuild = true\n' >.flow/config
    commit_all 'a build'
    run --separate-stderr -5 port_contracts
    [[ $stderr == *"'fix.build' comes with the repository"* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 port_contracts
}

@test "a prompt of the repository is asked about, and only where it is used" {
    contracts
    mkdir -p .flow/prompts
    sed 's/You write the contract/You write the whole contract/' "$FLOW_SOURCE_DIR/lib/agent/prompts/contract.md" \
        >.flow/prompts/contract.md
    commit_all 'a prompt'
    run --separate-stderr -5 port_contracts
    [[ $stderr == *"'.flow/prompts/contract.md' comes with the repository"* ]]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 port_contracts
    grep -q 'You write the whole contract' "$replies"/seen/src_main.c_contract_-_0_1_0_0
}

@test "a language of which no open body is known has no contracts" {
    git config flow.port.contracts true
    run --separate-stderr -3 flow-port --to cpp --model "$model" --yes
    [[ $stderr == *'is not known of cpp (contract.body in its gates.conf): port without --contracts'* ]]
}
