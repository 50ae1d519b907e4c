#!/usr/bin/env bats
# flow-fix told from another terminal what to do.

load setup
load port
load fix

fix() {
    fix_all --build-only "$@"
}

moved() {
    [ "$(git rev-parse flow/port/main)" != "$1" ]
}

# asking COMMAND WANT: the first fixer runs 'flow-status COMMAND', waits until the run is in the state WANT, and mends one of
# two errors; the second one mends the other.
asking() {
    ported $'let _ = first(a, b);\n    second(a, b)'
    edit fix.build.util.c 'second(a, b)' 'a.wrapping_add(b)'
    cat >"$replies/fix.build.1.util.c" <<SH
#!/bin/bash
cd '$PWD' || exit
'$(command -v flow-status)' $1 >'$BATS_TEST_TMPDIR/said' || exit
for ((i = 0; i < 2000; i++)); do
    [[ \$('$(command -v flow-status)' --json fix/main) == *'"state":"$2"'* ]] && break
done
printf '{"edits": [{"find": "first(a, b)", "replace": "a"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""},'
printf ' {"number": 2, "fate": "rejected", "reason": "later"}]}\n'
SH
    chmod +x "$replies/fix.build.1.util.c"
}

@test "told to stop, it ends behind the calls that are out and goes on when it is run again" {
    asking 'stop fix/main' draining
    run --separate-stderr -130 fix
    [[ $stderr == *'stopped by '*'run it again to continue'* ]]
    [ "$(cell 1 state)" = committed ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 flow-status fix/main
    [[ ${lines[0]} == *stopped* ]]
    run --separate-stderr -1 fix
    [[ $stderr =~ build\ +clean ]]
    [ "$(calls)" = 2 ]
    run -0 builds
    [ "$output" = 3 ]
}

@test "in a pause no fixer is asked, and what is out is used" {
    asking 'pause fix/main' paused
    fix --max-rounds 10 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local process=$! tip status=0
    tip=$(git rev-parse flow/port/main)
    until_true moved "$tip"
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 flow-status fix/main
    [[ ${lines[0]} == *paused* ]]
    # It does not keep the run from being stopped, and holds for the next one.
    run --separate-stderr -0 flow-status stop fix/main
    wait "$process" || status=$?
    [ "$status" = 130 ]
    [ "$(calls)" = 1 ]
    grep -q "paused by .*'flow-status continue main' lets it go on" "$BATS_TEST_TMPDIR/err"
    # In a file of its own: the one of the first run is emptied when this one is started, not before.
    fix --max-rounds 10 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/again" 3>&- &
    process=$!
    until_true grep -q 'paused by' "$BATS_TEST_TMPDIR/again"
    run --separate-stderr -0 flow-status continue fix/main
    status=0
    wait "$process" || status=$?
    [ "$status" = 1 ]
    grep -q 'the run goes on' "$BATS_TEST_TMPDIR/again"
    [ "$(calls)" = 2 ]
}

@test "told of more jobs it has more fixers at once, in the round that goes on" {
    local body='' i
    for ((i = 1; i <= 24; i++)); do
        body+="let _ = nowhere_$i(a, b);"$'\n    '
    done
    ported "${body}a.wrapping_add(b)"
    # The first one answers when the other was asked; each mends what it was shown.
    mkfifo "$BATS_TEST_TMPDIR/asked"
    cat >"$replies/fix.build.util.c" <<SH
#!/bin/bash
exec 3<>'$BATS_TEST_TMPDIR/asked'
if mkdir '$BATS_TEST_TMPDIR/first' 2>/dev/null; then
    (cd '$PWD' && '$(command -v flow-status)' jobs 2 --name fix/main >'$BATS_TEST_TMPDIR/said')
    read -r -t 60 _ <&3 || exit
else
    echo asked >&3
fi
mapfile -t names < <(sed -n 's/^error\[E0425\]: cannot find function \`\([a-z_0-9]*\)\`.*/\1/p')
for i in "\${!names[@]}"; do
    edits+=\${edits:+, }'{"find": "'\${names[i]}'(a, b)", "replace": "'\$i'"}'
    fates+=\${fates:+, }'{"number": '\$((i + 1))', "fate": "fixed", "reason": ""}'
done
printf '{"edits": [%s], "findings": [%s]}\n' "\$edits" "\$fates"
SH
    chmod +x "$replies/fix.build.util.c"
    run --separate-stderr -1 fix --jobs 1
    [[ $stderr == *'2 agents work at once from now on'* ]]
    [ "$(cell 1 mended)" = 24 ]
    [ "$(calls)" = 2 ]
}

@test "its budget is raised while it runs" {
    asking 'budget +1calls --name fix/main' running
    run --separate-stderr -1 fix --budget 1calls
    [[ $stderr =~ build\ +clean ]]
    [ "$(calls)" = 2 ]
    run --separate-stderr -0 flow-log --events --name fix/main
    [[ $output == *'budget +1calls, asked for by '* ]]
}
