#!/usr/bin/env bats
# flow-port: what becomes of a unit.

load setup
load port

@test "every unit becomes a commit that two reviewers accepted" {
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    [ "$(cell src/main.c state)" = committed ]
    [ "$(git log --format=%s --reverse main..flow/port/main)" = 'src/util.c: port to rust
src/main.c: port to rust' ]
    [ "$(git log -1 --format='%(trailers:key=Flow-Unit,valueonly)' flow/port/main | head -n 1)" = src/main.c ]
    [ "$(git log -1 --format='%(trailers:key=Flow-Reviewed-By,valueonly)' flow/port/main | grep -c .)" = 2 ]
    [ "$(calls)" = 6 ]
    # Nothing in the work tree was touched.
    [ -z "$(git status --porcelain)" ]
    [ "$(git symbolic-ref HEAD)" = refs/heads/main ]
}

@test "the port builds and does what the source does" {
    run --separate-stderr -0 port
    git worktree add -q --detach ../port flow/port/main
    cd ../port/rust
    CARGO_HOME=$BATS_TEST_TMPDIR/cargo run --separate-stderr -0 /usr/bin/cargo run --offline --quiet
    [ "$output" = 3 ]
}

@test "running it again does nothing that was done" {
    run --separate-stderr -0 port
    local tip
    tip=$(git rev-parse flow/port/main)
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    [ "$(git rev-parse flow/port/main)" = "$tip" ]
    [ "$(cell src/util.c state)" = committed ]
}

@test "what a reviewer rejects is fixed and judged anew by both" {
    util_reply 'a.wrapping_sub(b)' >"$replies/translate.util.c"
    rejection '    return a + b;' 'a.wrapping_sub(b)' >"$replies/review.behaviour.1.util.c"
    printf '{"edits": [{"find": "wrapping_sub", "replace": "wrapping_add"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.util.c"
    run --separate-stderr -0 port
    [ "$(cell src/util.c rounds)" = 2 ]
    [ "$(cell src/util.c findings)" = 1 ]
    grep -q '/review/soundness/0/2/' "$replies/calls"
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'a.wrapping_add(b)'* ]]
    # The second round sees what was edited; the first has nothing to see.
    grep -q 'What changed since' "$replies/seen/src_util.c_review_behaviour_0_2_0_0"
    run -1 grep -q 'What changed since' "$replies/seen/src_util.c_review_behaviour_0_1_0_0"
}

@test "a finding whose lines do not exist does not reject" {
    rejection 'return a * b;' 'a.wrapping_mul(b)' >"$replies/review.behaviour.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = unreviewed ]
    [[ $(cell src/util.c reason) == *'is proven'* ]]
    [ "$(cell src/main.c state)" = committed ]
    [[ $stderr =~ unreviewed\ +1 ]]
}

@test "a unit that is never accepted fails, and is no success" {
    rejection '    return a + b;' 'a.wrapping_add(b)' >"$replies/review.behaviour.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "it adds"}]}' >"$replies/fix.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [ "$(cell src/util.c rounds)" = 3 ]
    [ "$(cell src/util.c reason)" = 'not accepted in 3 rounds' ]
    # What imports it goes on, and a failed unit is not named by the scaffold.
    [ "$(cell src/main.c state)" = committed ]
    run -128 git show flow/port/main:rust/src/util.rs
    run --separate-stderr -0 port --allow-holes 1
}

@test "gates send a stub back, and reviewers never see it" {
    util_reply 'todo!()' >"$replies/translate.util.c"
    printf '{"edits": [{"find": "todo!()", "replace": "a.wrapping_add(b)"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    [ "$(grep -c 'util.c/fix/gate' "$replies/calls")" = 1 ]
    run -1 grep -q '^[0-9]*.    todo!()' "$replies/seen/src_util.c_review_behaviour_0_1_0_0"
}

@test "a model that only answers prose, half a file, two files or nothing fails its unit and says why" {
    local reply
    for reply in 'I am sorry.' '```rust\nfn f() {' '```rust\na\n```\n```rust\nb\n```\n' ''; do
        printf '%b' "$reply" >"$replies/translate.util.c"
        run --separate-stderr -1 port --name "run-$RANDOM"
        [ "$(cell src/util.c state)" = failed ]
        [ -n "$(cell src/util.c reason)" ]
        [ "$(cell src/main.c state)" = committed ]
    done
}

@test "a model that answers fifty megabytes fails its unit" {
    printf '#!/bin/sh\nyes "a very long reply that never ends" | head -c 52428800\n' >"$replies/translate.util.c"
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [ "$(cell src/main.c state)" = committed ]
}

@test "a reply for another path is asked for again" {
    {
        printf '```rust ../../etc/passwd\nfn f() {}\n```\n'
        record util_add
    } >"$replies/translate.util.c"
    util_reply 'a.wrapping_add(b)' >"$replies/src_util.c_translate_-_0_1_0_1"
    run --separate-stderr -0 port
    grep -q "The reply is for '../../etc/passwd'" "$replies/seen/src_util.c_translate_-_0_1_0_1"
}

@test "a person's commit is kept, and its unit held until it is asked for" {
    run --separate-stderr -0 port
    git worktree add -q --detach ../port flow/port/main
    (
        cd ../port
        printf '// by hand\n' >>rust/src/util.rs
        git commit -qam 'by hand'
        git update-ref refs/heads/flow/port/main HEAD
    )
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = held ]
    [ "$(cell src/main.c state)" = committed ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'// by hand'* ]]
    run --separate-stderr -0 port --fresh src/util.c
    run --separate-stderr -0 port
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output != *'// by hand'* ]]
}

@test "a source that changes is carried over, not translated again" {
    run --separate-stderr -0 port
    sed -i 's/a + b/a + b + 1/' src/util.c
    commit_all 'a change'
    printf '{"edits": [{"find": "a.wrapping_add(b)", "replace": "a.wrapping_add(b).wrapping_add(1)"}], "findings": []}' \
        >"$replies/translate.update.util.c"
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    run --separate-stderr -0 port --at main
    [ "$(calls)" = 9 ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'wrapping_add(1)'* ]]
    grep -q 'a + b;' "$replies/seen/src_util.c_translate_update_0_1_0_0"
    run --separate-stderr -0 port
    [ "$(calls)" = 9 ]
}

@test "a branch that was reset is brought back without a call" {
    run --separate-stderr -0 port
    local tree
    tree=$(git rev-parse 'flow/port/main^{tree}')
    git update-ref -d refs/heads/flow/port/main
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    [ "$(git rev-parse 'flow/port/main^{tree}')" = "$tree" ]
}

@test "a branch that is checked out is not written" {
    run --separate-stderr -0 port
    git worktree add -q ../port flow/port/main
    run --separate-stderr -5 port --fresh
    [[ $stderr == *"is checked out in"* ]]
}

@test "a file at the target's place is the contract" {
    mkdir -p rust/src
    printf '/* Copyright (c) 2020 Somebody. MIT licence. */\npub fn util_add(a: i32, b: i32) -> i32 {\n    unimplemented!()\n}\n' >rust/src/util.rs
    commit_all 'a contract'
    util_reply 'a.wrapping_add(b)' | sed 's/b: i32/b: i64/' >"$replies/translate.util.c"
    printf '{"edits": [{"find": "b: i64", "replace": "b: i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    grep -q '# Contract' "$replies/seen/src_util.c_translate_-_0_1_0_0"
    grep -q 'contract' "$replies/seen/src_util.c_fix_gate_1_1_0_0"
}

@test "a budget that is used up ends the run, and a larger one continues it" {
    run --separate-stderr -6 port --budget 2calls
    [ "$(calls)" = 2 ]
    [[ $stderr == *'budget'* ]]
    run --separate-stderr -0 port --budget 100calls
    [ "$(calls)" = 6 ]
}

@test "a dry run shows units, calls and tokens, and calls nobody" {
    run --separate-stderr -0 flow-port --to rust --dry-run
    [ "${lines[0]}" = $'unit\tstate\ttier\tlines\tpieces\ttarget\tnote' ]
    [ "$(cell src/util.c target)" = rust/src/util.rs ]
    [[ $stderr =~ translate\ +2\  ]]
    [[ $stderr == *'tokens'* ]]
    run -1 git rev-parse --verify -q flow/port/main
}

@test "a dry run needs no key, and says that a run will" {
    run --separate-stderr -0 flow-port --to rust --model anthropic/claude-sonnet-5-5 --dry-run
    [[ $stderr == *'no key for https://api.anthropic.com: set ANTHROPIC_API_KEY'* ]]
    [[ $stderr == *'together '*' $'* ]]
    run --separate-stderr -3 flow-port --to rust --model anthropic/claude-sonnet-5-5 --yes --budget 1usd
    run --separate-stderr -2 flow-port --to rust --model nobody/knows --dry-run
}

@test "without a terminal and without --yes nothing begins" {
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" </dev/null
    [[ $stderr == *'--yes'* ]]
    [ "$(calls)" = 0 ]
}

@test "units come from arguments and from standard input" {
    run --separate-stderr -0 port src/util.h
    [ "$(cell src/util.c state)" = committed ]
    [ -z "$(cell src/main.c state)" ]
    run --separate-stderr -0 bash -c 'printf "unit\tlines\nsrc/main.c\t8\n" | flow-port -t rust -m "$1" -y -' - "$model"
    [ "$(cell src/main.c state)" = committed ]
    run --separate-stderr -3 port src/nothing.c
    [[ $stderr == *"no unit 'src/nothing.c'"* ]]
}

@test "of a list of the whole repository, units of other languages are left out; of what is named, none is" {
    printf 'int twice(int a) { return 2 * a; }\n' >src/other.cpp
    printf 'def twice(a):\n    return 2 * a\n' >src/tool.py
    commit_all 'other languages'
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze -q | flow-port -t rust -m "$1" -n -' - "$model"
    [ "$(cell src/util.c state)" = new ]
    [ "$(cell src/main.c state)" = new ]
    [ "${#lines[@]}" = 3 ]
    [[ $stderr == *'note: units of standard input that are not in c, and take no part: 2'* ]]
    run --separate-stderr -3 flow-port -t rust -m "$model" -n src/tool.py
    [[ $stderr == *"'src/tool.py' takes no part: it is in python"* ]]
}

@test "a reply as the manual shows it names the file as the tool wants it" {
    local fence
    fence=$(grep -m1 '^```rust ' "$FLOW_SOURCE_DIR/tools/flow-port/flow-port.1")
    printf 'int twice(int a)\n{\n    return 2 * a;\n}\n' >src/cell.c
    commit_all cell
    {
        printf '%s\npub fn twice(a: i32) -> i32 {\n    a.wrapping_mul(2)\n}\n```\n' "$fence"
        record twice
    } >"$replies/translate.cell.c"
    run --separate-stderr -0 port src/cell.c
    [ "$(calls)" = 3 ]
}

@test "a recording plays the same run" {
    run --separate-stderr -0 port --record "$BATS_TEST_TMPDIR/recording"
    local tree
    tree=$(git rev-parse 'flow/port/main^{tree}')
    git update-ref -d refs/heads/flow/port/main
    rm -r .git/flow
    run --separate-stderr -0 flow-port --to rust --model "replay/$BATS_TEST_TMPDIR/recording" --yes
    [ "$(git rev-parse 'flow/port/main^{tree}')" = "$tree" ]
    [ "$(calls)" = 6 ]
}

@test "wrong words and wrong places are one line and a way out" {
    run --separate-stderr -2 flow-port --to klingon --model "$model" --yes
    [[ $stderr == *"unknown language 'klingon'"* ]]
    run --separate-stderr -2 flow-port --model "$model" --yes
    [[ $stderr == *'--to LANGUAGE'* ]]
    run --separate-stderr -3 flow-port --to rust --yes
    [[ $stderr == *'no model is configured'* ]]
    run --separate-stderr -2 flow-port --to rust --model "$model" --yes --name ../x
    run --separate-stderr -2 flow-port --to rust --model "$model" --yes --budget 3eur
    [[ $stderr == *'25usd'* ]]
    cd "$BATS_TEST_TMPDIR"
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    new_repository empty
    cd empty
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    [[ $stderr == *'no commit'* ]]
    printf 'text\n' >README
    commit_all 'no code'
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    [[ $stderr == *'language'* ]]
}

@test "prompts of the repository replace those of flow, and mistakes in them are found before a call" {
    mkdir -p .flow/prompts
    printf '%%%% unit\nOur own prompt for {{unit}}.\n' >.flow/prompts/translate.md
    commit_all prompts
    run --separate-stderr -0 flow approve --yes
    run --separate-stderr -0 port --name own
    [[ $stderr == *"prompt 'translate' comes from the repository"* ]]
    grep -q 'Our own prompt for src/util.c.' "$replies/seen/src_util.c_translate_-_0_1_0_0"
    printf '%%%% unit\nOur own prompt for {{uint}}.\n' >.flow/prompts/translate.md
    commit_all 'a mistake'
    run --separate-stderr -0 flow approve --yes
    rm "$replies/calls"
    run --separate-stderr -3 port --name mistake
    [[ $stderr == *"unknown name 'uint'"* ]]
    [ "$(calls)" = 0 ]
}
