#!/usr/bin/env bats
# flow-fix: final reviews of more than one process.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

@test "a budget that ends between two reviewers is gone on with, and nothing is paid twice" {
    broken
    run --separate-stderr -6 fix --budget 2calls
    [ "$(calls)" = 2 ]
    [[ $(state_of src/util.c) == 'gated: changed by flow-fix in commit '* ]]
    run --separate-stderr -0 fix --budget 10calls
    [ "$(calls)" = 3 ]
    [[ $(state_of src/util.c) == 'committed: ' ]]
}

@test "a run that is killed between two reviewers goes on without paying twice" {
    broken
    # The one waits until the other has been paid for.
    cat >"$replies/review.soundness" <<SH
#!/bin/bash
for ((i = 0; i < 300; i++)); do
    [ "\$(sqlite3 '$PWD/.git/flow/ledger.db' "SELECT count(*) FROM call JOIN run ON run.id = call.run WHERE job = 'fix' AND lens = 'behaviour' AND status = 'done'")" = 1 ] && break || sleep 0.1
done
kill -KILL \$PPID
SH
    chmod +x "$replies/review.soundness"
    run --separate-stderr -137 fix
    [[ $(state_of src/util.c) == 'gated: changed by flow-fix in commit '* ]]
    rm "$replies/review.soundness" "$replies/calls"
    run --separate-stderr -0 fix
    run -0 cat "$replies/calls"
    [ "$output" = src/util.c/review/soundness/0/2/0/0 ]
    [ "$(verdicts src/util.c)" = 'behaviour:1 soundness:1' ]
}

@test "other reviewers are asked anew, and nothing stands in their way" {
    broken
    reject 'a - b' review.behaviour.util.c
    edit fix.build.2.util.c 'a - b' 'nothing(a)'
    run --separate-stderr -1 fix --max-rounds 1
    rm "$replies/review.behaviour.util.c"
    local other=$BATS_TEST_TMPDIR/other
    cp "$FLOW_SOURCE_DIR/tests/cli/fake/model" "$other"
    git config flow.port.reviewer-model "command/$other $replies"
    run --separate-stderr -0 fix --max-rounds 1
    [ "$(calls)" = 5 ]
    [ "$(verdicts src/util.c)" = 'behaviour:1 soundness:1' ]
}

@test "what was accepted after flow-fix is what a branch that was lost is made from, and what it is updated from" {
    broken
    run --separate-stderr -0 fix
    git update-ref -d refs/heads/flow/port/main
    rm "$replies/calls"
    run --separate-stderr -0 port
    [ "$(calls)" = 0 ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'a - b'* ]]
    sed -i 's/a + b/a + b + 1/' src/util.c
    commit_all 'one more'
    edit translate.update.util.c 'a - b' 'a.wrapping_add(b).wrapping_add(1)'
    sed -i 's/"findings": .*/"findings": []}/' "$replies/translate.update.util.c"
    run --separate-stderr -0 port --at main
    grep -q '    a - b' "$replies/seen/src_util.c_translate_update_0_1_0_0"
}

@test "prompts of final reviews that a committed file brings are accepted before they are used" {
    broken
    mkdir -p .flow/prompts
    cp "$FLOW_SOURCE_DIR/lib/agent/prompts/review-fix-behaviour.md" .flow/prompts/
    commit_all prompts
    git update-ref -d refs/heads/flow/port/main
    rm .git/flow/ledger.db*
    flow approve --yes
    run --separate-stderr -0 port
    rm -r .git/flow/approved*
    run --separate-stderr -5 fix
    [[ $stderr == *"'.flow/prompts/review-fix-behaviour.md' comes with the repository"* ]]
}
