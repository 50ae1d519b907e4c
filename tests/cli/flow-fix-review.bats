#!/usr/bin/env bats
# flow-fix: what rounds have changed is reviewed again.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

@test "what was mended is reviewed again, and both verdicts stand on what is on the branch" {
    broken
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = committed ]
    [[ $stderr =~ accepted\ +2 ]]
    [[ $stderr =~ reviewed\ +1 ]]
    [[ $(state_of src/util.c) == 'committed: ' ]]
    [ "$(verdicts src/util.c)" = 'behaviour:1 soundness:1' ]
    [ "$(calls)" = 3 ]
    # They saw the source, the file, what changed, and the error that it was changed for.
    local seen
    for seen in "$replies"/seen/src_util.c_review_{behaviour,soundness}_0_2_0_0; do
        grep -q 'return a + b;' "$seen"
        grep -q $'4\t    a - b' "$seen"
        grep -q '^-    nowhere(a, b)' "$seen"
        grep -q '^+    a - b' "$seen"
        grep -q 'E0425' "$seen"
        grep -q 'an assertion' "$seen"
    done
    # Nobody has anything left to do, and flow-port takes it for what it is.
    rm "$replies/calls"
    run --separate-stderr -0 fix
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 port
    [ "$(calls)" = 0 ]
    [[ $(state_of src/util.c) == 'committed: ' ]]
    run --separate-stderr -0 fix
    [[ $stderr =~ accepted\ +2 ]]
}

@test "what reviewers find is work for another round, after which it is reviewed again" {
    broken
    reject 'a - b' review.behaviour.2.util.c
    edit fix.build.2.util.c 'a - b' 'a.wrapping_add(b)'
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 2 before)" = 0 ]
    [ "$(cell 2 mended)" = 1 ]
    [ "$(cell 2 state)" = committed ]
    [ "$(git log -1 --format=%s flow/port/main)" = 'fix what reviewers found, round 2' ]
    [ "$(verdicts src/util.c)" = 'behaviour:1 soundness:1' ]
    grep -q 'Finding of a reviewer' "$replies"/seen/src_util.c_fix_build_0_2_0_0
    grep -q 'it subtracts' "$replies"/seen/src_util.c_fix_build_0_2_0_0
    # The second reviewers see all that changed since it was accepted, and all that it was changed for.
    grep -q '^-    nowhere(a, b)' "$replies"/seen/src_util.c_review_behaviour_0_3_0_0
    grep -q 'E0425' "$replies"/seen/src_util.c_review_behaviour_0_3_0_0
    grep -q 'it subtracts' "$replies"/seen/src_util.c_review_behaviour_0_3_0_0
    run -0 builds
    [ "$output" = 3 ]
}

@test "at the limit of rounds it stays rejected, and the census says so" {
    broken
    reject 'a - b' review.soundness.util.c
    run --separate-stderr -1 fix --max-rounds 1
    [ -z "$(cell 2 round)" ]
    [[ $stderr =~ build\ +clean\ +'the last round that was allowed' ]]
    [[ $stderr =~ rejected\ +1 ]]
    [[ $stderr =~ unreviewed\ +1 ]]
    [[ $stderr == *'src/util.c: unreviewed: changed by flow-fix in commit '*', and rejected by reviewers for 1 findings'* ]]
    [[ $(state_of src/util.c) == 'gated: changed by flow-fix in commit '*rejected* ]]
    # The next run does not ask again what was answered, and goes on from there.
    [ "$(calls)" = 3 ]
    edit fix.build.2.util.c 'a - b' 'a.wrapping_add(b)'
    rm "$replies/review.soundness.util.c" "$replies/calls"
    run --separate-stderr -0 fix
    [ "$(cell 2 state)" = committed ]
    run -0 cat "$replies/calls"
    [ "${lines[0]}" = src/util.c/fix/build/0/2/0/0 ]
    [ "${#lines[@]}" = 3 ]
    [[ $(state_of src/util.c) == 'committed: ' ]]
}

@test "edits for a finding that break the build are taken back, and two such rounds end it" {
    broken
    reject 'a - b' review.behaviour.util.c
    edit fix.build.2.util.c 'a - b' 'nothing(a)'
    edit fix.build.3.util.c 'a - b' 'less(a)'
    run --separate-stderr -1 fix
    [ "$(cell 2 state)" = rolled-back ]
    [ "$(cell 3 state)" = rolled-back ]
    [ -z "$(cell 4 round)" ]
    [[ $stderr =~ build\ +clean\ +'no progress in the last rounds' ]]
    [ "$(git log -1 --format=%s flow/port/main)" = 'fix the build, round 1: from 1 errors to 0' ]
    # Rejected once; the replies were not paid for again.
    run -0 grep -c review/ "$replies/calls"
    [ "$output" = 2 ]
}

@test "a build that is not clean is not reviewed" {
    ported 'nowhere(a, b)'
    edit fix.build.util.c 'nowhere(a, b)' 'elsewhere(a, b)'
    run --separate-stderr -1 fix --max-rounds 1
    run -1 grep review/ "$replies/calls"
    [[ $stderr =~ unreviewed\ +1 ]]
}

@test "a file that may not be sent is not reviewed" {
    broken
    # From now on; the fixer's reply is stored by then.
    run --separate-stderr -6 fix --budget 1calls
    git config flow.send.exclude 'rust/**'
    run --separate-stderr -1 fix --budget 9calls
    [[ $stderr == *"'rust/src/util.rs' is not reviewed: it is "*send.exclude* ]]
    [ "$(calls)" = 1 ]
}
