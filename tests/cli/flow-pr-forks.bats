#!/usr/bin/env bats
# flow-pr, from a fork: branches are pushed there, and pull requests go from there into the project.

load setup
load pr

# a_fork: the remote 'mine', which has the project's main.
a_fork() {
    git clone -q --bare "$remote" "$fork"
    git remote add mine "$fork"
}

opens_from_a_fork() {
    run --separate-stderr -0 flow-pr --dry-run --fork mine
    [[ $stderr == *"$fork"* ]]
    run --separate-stderr -0 flow-pr --yes --fork mine
    [ "$(cell ash state)" = created ]
    [[ $(cell ash url) == https://forge.example/owner/name/* ]]
    # It is pushed to the fork, and not to the project.
    [ "$(git -C "$fork" rev-parse refs/heads/flow/optimize/ash)" = "$(git rev-parse flow/optimize/ash)" ]
    run -1 pushed ash
    [ "$(pulls '.[0].fork')" = me/name ]
    [ "$(pulls '.[0].head')" = flow/optimize/ash ]
    [ "$(pulls '.[0].base')" = main ]
    # Again, by the setting: it is known, and nothing is done.
    local before
    before=$(writes)
    git config flow.pr.fork mine
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = unchanged ]
    [ "$(writes)" = "$before" ]
    git switch -q flow/optimize/ash
    git commit -q --amend -m 'a.txt: another subject' -m 'Flow-Job: optimize'
    git switch -q main
    run --separate-stderr -0 flow-pr --yes
    [ "$(cell ash state)" = updated ]
    [ "$(pulls length)" = 1 ]
    [[ $(pulls '.[0].title') == *'another subject' ]]
    [ "$(git -C "$fork" rev-parse refs/heads/flow/optimize/ash)" = "$(git rev-parse flow/optimize/ash)" ]
    # One of the project's own branch of that name is another one.
    git config --unset flow.pr.fork
    run --separate-stderr -0 flow-pr --dry-run
    [[ $stderr == *'push and open'*'flow/optimize/ash: '* ]]
    git branch -q -D flow/optimize/ash
    change ash a.txt green
}

@test "a pull request goes from a branch of the fork into the project, and is found again" {
    a_fork
    change ash a.txt green
    each_forge opens_from_a_fork
}

@test "two projects of one owner are told apart" {
    fork=$BATS_TEST_TMPDIR/owner/copy.git
    a_fork
    change ash a.txt green
    forge github
    run --separate-stderr -0 flow-pr --yes --fork mine
    [ "$(cell ash state)" = created ]
    [ "$(pulls '.[0].fork')" = owner/copy ]
    [ "$(jq -s 'map(select(.method == "POST"))[0].body.head_repo' "$state/journal")" = '"copy"' ]
}

@test "a fork that is no remote, or that the forge does not know as one, is said with the way out" {
    change ash a.txt green
    forge github
    run --separate-stderr -3 flow-pr --yes --fork mine
    [[ $stderr == *"there is no remote 'mine': name another one with --fork"* ]]
    git init -q --bare "$BATS_TEST_TMPDIR/her/other.git"
    git remote add mine "$BATS_TEST_TMPDIR/her/other.git"
    run --separate-stderr -1 flow-pr --yes --fork mine
    [ "$(cell ash state)" = refused ]
    [[ $(cell ash why) == *'HTTP 422: Validation Failed'* ]]
}
