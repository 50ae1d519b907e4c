#!/usr/bin/env bats
# flow-optimize: what a run leaves for the next one, and what it leaves alone.

load setup
load optimize

@test "a branch that was taken away is not made again; what failed is tried again when its code changes" {
    c_project
    run --separate-stderr -0 optimize --uncovered text.c
    [ "$(cell 6 state)" = kept ]
    git branch -qD "$(cell 6 branch)"
    sed -i 's/copy\[0\] = . .;/int blank = 32;/; s/int first = copy\[0\];$/int first = blank;/;' text.c
    sed -i '/int first_before/,$s/int first = blank;/int first = copy[0];/' text.c
    commit_all 'blank does not write any more'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = known ]
    [ "$(cell 6 branch)" = '' ]
    [ "$(cell 6 evidence)" = 'its branch was taken away' ]
    [ "$(cell 16 state)" = kept ]
    [ "$(cell 25 state)" = tests-failed ]
    [[ $stderr =~ 1\ +and\ 1\ test\ runs,\ for\ 1\ candidates ]]
}

@test "a limit on changes leaves the rest for the next run" {
    c_project
    git config flow.optimize.trees 1
    run --separate-stderr -0 optimize --uncovered --max-changes 1
    [ "$(branches | wc -l)" = 1 ]
    [ "$(cell 34 state)" = open ]
    [[ $stderr =~ open\ +1\ +left:\ there\ are\ as\ many ]]
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 34 state)" = kept ]
    [ "$(cell 6 state)" = known ]
    # What held together with others needs only its proof alone.
    [[ $stderr =~ builds\ +1\ +and\ 1\ test\ runs ]]
}

@test "a run that ended between the branch and the ledger knows its branch" {
    c_project
    run --separate-stderr -0 optimize --uncovered
    sqlite3 .git/flow/ledger.db "DELETE FROM run_value WHERE key LIKE 'candidate %'"
    local before
    before=$(git for-each-ref refs/heads/flow)
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = known ]
    [ "$(git for-each-ref refs/heads/flow)" = "$before" ]
}

@test "a run that is killed loses no more than what it was at" {
    c_project
    # The first test run of a candidate kills the run. That the compiler refused one is known by then.
    # shellcheck disable=SC2016 # for the command
    git config flow.test.command \
        'if grep -q "const char \*copy" text.c && [ ! -e ../killed ]; then touch ../killed; kill -9 $PPID; fi; ./check'
    run --separate-stderr -137 flow-optimize --yes --uncovered --no-sandbox
    [ -z "$(branches)" ]
    run --separate-stderr -0 flow-optimize --yes --uncovered --no-sandbox
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 16 state)" = build-failed ]
    [ "$(cell 25 state)" = tests-failed ]
    [ "$(cell 34 state)" = kept ]
    [[ $stderr =~ for\ 3\ candidates ]]
    [[ $stderr =~ 'not again'\ +1 ]]
}

@test "units come from standard input, and a dry run does nothing" {
    c_project
    mkdir other
    cp text.c other/
    commit_all 'another'
    run --separate-stderr -0 bash -c 'printf "path\tx\nother/text.c\t1\n" | flow-optimize --dry-run -'
    [ "${#lines[@]}" = 5 ]
    [ "$(cell 6 path)" = other/text.c ]
    [ "$(cell 6 state)" = open ]
    [[ $stderr == *'build             make (FLOW_'* || $stderr == *"build             make ('.git/config'"* ]]
    [ -z "$(branches)" ]
    [ ! -e "$HOME/.cache/flow/build" ]
}

@test "what is not committed is not seen, and stays as it is" {
    c_project
    sed -i 's/strdup/needless/' text.c
    printf 'new\n' >untracked
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(git status --porcelain)" = ' M text.c
?? untracked' ]
}

@test "quiet, it says nothing where nothing is new" {
    c_project
    run --separate-stderr -0 optimize --quiet --uncovered
    [[ $stderr =~ kept\ +2 ]]
    run --separate-stderr -0 optimize --quiet --uncovered
    [ -z "$stderr" ]
}
