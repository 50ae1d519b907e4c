#!/usr/bin/env bats
# flow-optimize: what stops a run before it changes anything.

load setup
load optimize

@test "tests that fail on the base count for nothing, if they have names" {
    c_project
    sed -i 's/== 3, "counts"/== 4, "counts"/; s/return 0;/return 1;/' check.c
    commit_all 'a test that fails'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 25 state)" = tests-failed ]
    [[ $stderr =~ failing\ +1\ +tests\ that\ fail\ on\ the\ base ]]
    git config flow.test.command false
    run --separate-stderr -3 optimize --uncovered --fresh
    [[ $stderr == *"the tests of the base"*"('false')"*'nothing that could be compared'* ]]
}

@test "a base that does not build is said, with what the compiler says" {
    c_project
    printf 'int main(void) { return nowhere; }\n' >check.c
    commit_all 'broken'
    run --separate-stderr -3 optimize --uncovered
    [[ $stderr == *'does not build'*"'make'"* ]]
    [ -z "$(branches)" ]
}

@test "commands that are not known are asked for by the name of their setting" {
    c_project
    git config --unset flow.build.command
    run --separate-stderr -3 optimize
    [[ $stderr == *'set build.command to the command'* ]]
    git config flow.build.command make
    git config --unset flow.test.command
    run --separate-stderr -3 optimize
    [[ $stderr == *'set test.command to the command'* ]]
    git config flow.test.command ./check
    git config flow.coverage.command true
    run --separate-stderr -3 optimize
    [[ $stderr == *'could not be measured'*'coverage.command'*'--uncovered'* ]]
}

@test "a committed command is accepted first" {
    c_project
    git config --unset flow.test.command
    mkdir .flow
    printf '[test]\n\tcommand = ./check\n' >.flow/config
    commit_all 'settings'
    run --separate-stderr -5 optimize --uncovered
    [[ $stderr == *"'test.command' comes with the repository"* ]]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
}

@test "words of the command line that make no sense are refused" {
    c_project
    run --separate-stderr -2 optimize --until 25:00
    [[ $stderr == *"'25:00' is no time of day"* ]]
    run --separate-stderr -2 optimize --only-faster --uncovered
    [[ $stderr == *'set optimize.bench'* ]]
    run --separate-stderr -3 optimize --base nowhere
    [[ $stderr == *nowhere* ]]
}

@test "nothing runs where there is no sandbox, unless that is agreed to" {
    c_project
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho "bwrap: no user namespaces here" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/bwrap"
    chmod +x "$BATS_TEST_TMPDIR/bin/bwrap"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -3 flow-optimize --yes --uncovered
    [[ $stderr == *--no-sandbox*'no user namespaces here'* ]]
    [ -z "$(branches)" ]
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 flow-optimize --yes --uncovered --no-sandbox
    [ "$(cell 6 state)" = kept ]
}
