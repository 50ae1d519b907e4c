#!/usr/bin/env bats
# flow-optimize told from another terminal what to do.

load setup
load optimize

# A C program whose loop measures its string in each turn, and COUNT-1 more of them; and who mends them.
loops() {
    replies=$BATS_TEST_TMPDIR/replies
    mkdir "$replies"
    model="command/$FLOW_SOURCE_DIR/tests/cli/fake/model $replies"
    printf '#include <stdio.h>\n#include <string.h>\n' >text.c
    local i sum=0
    for ((i = 1; i <= $1; i++)); do
        printf '\nstatic size_t count%s(const char *text)\n{\n    size_t n = 0;\n    for (size_t i = 0; i < strlen(text); i++)\n        n++;\n    return n;\n}\n' "$i" >>text.c
        sum+=" + count$i(\"a\")"
    done
    printf '\nint main(void)\n{\n    printf("1..1\\n%%sok 1 - counts\\n", %s == %s ? "" : "not ");\n    return 0;\n}\n' "$sum" "$1" >>text.c
    # shellcheck disable=SC2016 # for make
    printf 'CC = gcc\ncheck: text.c\n\t$(CC) -g -o $@ text.c\n' >Makefile
    git config flow.build.command make
    git config flow.test.command ./check
    git config flow.optimize.trees 1
    commit_all 'loops'
    printf '{"edits": [{"find": "i < strlen(text)", "replace": "text[i]"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}], %s}\n' \
        '"symbols": [], "conditions": [], "elsewhere": []' >"$BATS_TEST_TMPDIR/edit"
    cp "$BATS_TEST_TMPDIR/edit" "$replies/optimize"
}

# asking COMMAND WANT: who writes runs 'flow-status COMMAND', waits until the run is in the state WANT, and answers.
asking() {
    cat >"$replies/optimize" <<SH
#!/bin/bash
cd '$PWD' || exit
'$(command -v flow-status)' $1 >'$BATS_TEST_TMPDIR/said' || exit
for ((i = 0; i < 2000; i++)); do
    [[ \$('$(command -v flow-status)' --json optimize/main) == *'"state":"$2"'* ]] && break
done
cat '$BATS_TEST_TMPDIR/edit'
SH
    chmod +x "$replies/optimize"
}

with_model() {
    optimize --pass string-loop --model "$model" "$@"
}

calls() {
    if [ -f "$replies/calls" ]; then
        wc -l <"$replies/calls"
    else
        printf '0\n'
    fi
}

asked() {
    [ "$(calls)" -ge "$1" ]
}

paused() {
    [[ $(flow-status --json optimize/main) == *'"state":"paused"'* ]]
}

@test "told to stop, it ends behind the calls that are out and goes on when it is run again" {
    loops 2
    asking 'stop optimize/main' draining
    run --separate-stderr -130 with_model --jobs 1
    [[ $stderr == *'stopped by '*'run it again to continue'* ]]
    [ "$(calls)" = 1 ]
    [ -z "$(branches)" ]
    run --separate-stderr -0 flow-status optimize/main
    [[ ${lines[0]} == *stopped* ]]
    rm "$replies/optimize"
    cp "$BATS_TEST_TMPDIR/edit" "$replies/optimize"
    run --separate-stderr -0 with_model
    [ "$(cut -f4 <<<"$output" | grep -c kept)" = 2 ]
    # Who writes was asked once for each, and two reviewers of each.
    [ "$(calls)" = 6 ]
}

@test "in a pause nothing is begun, and it holds for the next run, too" {
    loops 1
    asking 'pause optimize/main' paused
    with_model --jobs 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local process=$! status=0
    until_true asked 1
    until_true paused
    run --separate-stderr -0 flow-status stop optimize/main
    wait "$process" || status=$?
    [ "$status" = 130 ]
    [ "$(calls)" = 1 ]
    grep -q "paused by .*'flow-status continue optimize/main' lets it go on" "$BATS_TEST_TMPDIR/err"
    with_model --jobs 1 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/again" 3>&- &
    process=$!
    until_true grep -q 'paused by' "$BATS_TEST_TMPDIR/again"
    until_true paused
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 flow-status continue optimize/main
    status=0
    wait "$process" || status=$?
    [ "$status" = 0 ]
    grep -q 'the run goes on' "$BATS_TEST_TMPDIR/again"
    [ "$(calls)" = 3 ]
    [ "$(branches | wc -l)" = 1 ]
}

@test "without a model commands are held and stopped in the same way" {
    c_project
    # Building the base says what to do, and the build that runs is not cut off.
    cat >build.sh <<SH
if [ ! -e '$BATS_TEST_TMPDIR/first' ]; then
    touch '$BATS_TEST_TMPDIR/first'
    cd '$PWD'
    '$(command -v flow-status)' stop optimize/main >'$BATS_TEST_TMPDIR/said'
    for i in \$(seq 2000); do
        case \$('$(command -v flow-status)' --json optimize/main) in *draining*) break ;; esac
    done
    cd - >/dev/null
fi
make && echo built >>'$BATS_TEST_TMPDIR/built'
SH
    git config flow.build.command "sh $PWD/build.sh"
    run --separate-stderr -130 flow-optimize --yes --no-sandbox
    [[ $stderr == *'stopped by '*'run it again to continue'* ]]
    [ "$(wc -l <"$BATS_TEST_TMPDIR/built")" = 1 ]
    [ -z "$(branches)" ]
    run --separate-stderr -0 flow-optimize --yes --no-sandbox
    [ "$(branches | wc -l)" = 1 ]
}

@test "told of more jobs it has more agents at once" {
    loops 2
    # The first one answers when the other was asked.
    mkfifo "$BATS_TEST_TMPDIR/asked"
    cat >"$replies/optimize" <<SH
#!/bin/bash
exec 3<>'$BATS_TEST_TMPDIR/asked'
if mkdir '$BATS_TEST_TMPDIR/first' 2>/dev/null; then
    (cd '$PWD' && '$(command -v flow-status)' jobs 2 --name optimize/main >'$BATS_TEST_TMPDIR/said')
    read -r -t 60 _ <&3 || exit
else
    echo asked >&3
fi
cat '$BATS_TEST_TMPDIR/edit'
SH
    chmod +x "$replies/optimize"
    run --separate-stderr -0 with_model --jobs 1
    [[ $stderr == *'2 agents work at once from now on'* ]]
    [ "$(cut -f4 <<<"$output" | grep -c kept)" = 2 ]
}
