#!/usr/bin/env bats
# flow-fix on the sample, which was ported with answers that were recorded in a real run.

load setup
load sample

# Builds and tests in the sandbox where there is one: what is tested here is not the sandbox.
fix() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    flow-fix --yes "${confined[@]}" "$@"
}

@test "flow-fix finds nothing to do in the recorded port, and mends what both reviewers let pass" {
    export CARGO_HOME=$PWD/../cargo
    mkdir "$CARGO_HOME"
    run --separate-stderr -0 flow-init
    git add .flow
    git commit -q -m settings
    run --separate-stderr -0 flow-approve --yes
    git config flow.fix.test '../tests/run target/debug/sheet'
    git config flow.fix.baseline-runs 1
    run --separate-stderr -0 flow-port --yes --model "replay/$recordings/port.jsonl"
    run --separate-stderr -0 fix --model "replay/$recordings/port.jsonl"
    [ "${#lines[@]}" = 1 ]
    [[ $stderr =~ tests\ +99\ +'pass, 0 fail; against the old program 0 new failures' ]]
    run --separate-stderr -0 flow-port --yes --name unseen --model "$(spoiled unseen)"
    run -1 git diff --quiet flow/port/main flow/port/unseen
    run --separate-stderr -0 fix --name unseen --model "$(spoiled unseen)"
    [ "${#lines[@]}" = 2 ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 passed)" = 99 ]
    [ "$(cell 1 new)" = 0 ]
    [[ $stderr =~ reviewed\ +1\ +units ]]
    [ "$(git diff --name-only flow/port/unseen~1 flow/port/unseen)" = rust/src/num.rs ]
    [[ $(git log -1 --format=%B flow/port/unseen) == *'88      11   11 '*before* ]]
    git diff --exit-code flow/port/main flow/port/unseen
}
