#!/usr/bin/env bats
# flow-optimize: what stands beside the passes: a profile that ranks candidates, and the target's own linter.

load setup
load optimize

@test "what a profile finds hot is tried first, and says how hot it is" {
    c_project
    git config flow.optimize.trees 1
    cat >profile <<CALLGRIND
# callgrind format
positions: line
events: Ir

fl=(1) $PWD/text.c
fn=(1) nobody
33 10
+1 10
cfi=(2) ./string/strdup.c
cfn=(2) strdup
calls=1 40
* 60
+3 20

fl=(2)
fn=(2)
40 60
CALLGRIND
    run --separate-stderr -0 optimize --uncovered --profile profile --max-changes 1
    [ "$(cell 34 state)" = kept ]
    # 10 of 100 itself, and 60 in the library that it called.
    [ "$(cell 34 heat)" = 70.00 ]
    [ "$(cell 6 state)" = open ]
    [ "$(cell 6 heat)" = 0.00 ]
    # What is cold was not even built.
    [[ $stderr =~ builds\ +1\ +and\ 1\ test\ runs,\ for\ 1\ candidates ]]
    # Without one there is no heat, and the others follow.
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 6 heat)" = '' ]
    run --separate-stderr -0 flow-optimize --dry-run --json --profile profile
    [ "$(jq 'select(.line == 34).heat == 70' <<<"$output")" = true ]
}

@test "a profile of something else is refused with the way out" {
    c_project
    printf 'events: Ir\nfl=/elsewhere/text.c\n6 1\n' >profile
    run --separate-stderr -3 flow-optimize --dry-run --profile profile
    [[ $stderr == *"names no line of a file of this repository"*"was built with debug information in '$PWD'"* ]]
    printf 'prog 1 2.3: 5 cycles: \n\t1 f (/x)\n' >profile
    run --separate-stderr -3 flow-optimize --dry-run --profile profile
    [[ $stderr == *"--profile 'profile': "*'perf script -F +srcline --full-source-path'* ]]
    run --separate-stderr -3 flow-optimize --dry-run --profile nothing
    [[ $stderr == *nothing* ]]
}

@test "the linter stands beside: what it finds, too, and what it alone finds" {
    c_project
    cat >lint.sh <<'SH'
echo 'text.c:6:11: warning: this copy is not needed [-Wcopy]' >&2
echo 'check.c:9:13: warning: nobody likes this [-Wtaste]' >&2
echo 'fix-it:"check.c":{9:13-9:15}:"oh"' >&2
echo 'check.c:14:5: warning: nor that [-Wtaste]' >&2
echo '/usr/include/stdio.h:1:1: warning: nor theirs [-Wtaste]' >&2
# What mends as it goes is in a tree of its own.
echo broken >text.c
exit 1
SH
    git config flow.optimize.lint 'sh lint.sh'
    commit_all 'a linter'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 6 linter)" = -Wcopy ]
    [[ $(cell 6 evidence) == *'; the linter finds it, too: -Wcopy; template; no model' ]]
    [ "$(cell 34 state)" = kept ]
    [ "$(cell 34 linter)" = '' ]
    [[ $(cell 34 evidence) == *'; the linter does not find it; template; no model' ]]
    [[ $stderr =~ linter\ +1\ +'of 2 kept are found by it, too; it finds 2 where no candidate is, 1 of which it can mend itself' ]]
}

@test "a linter that is not there is said in one line" {
    c_project
    git config flow.optimize.lint 'a-linter-that-nobody-has --all'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [[ $(cell 6 evidence) != *linter* ]]
    [[ $stderr =~ linter\ +none\ +[^$'\n']*a-linter-that-nobody-has[^$'\n']*'not found' ]]
}
