#!/usr/bin/env bats
# Runs that meet other runs, people who do not agree, and surroundings that fail.

load setup
load bad

setup() {
    common_setup
    repository repo
    cd repo || return 1
    int_function one
    int_function two
    commit_all functions
}

@test "a plan that nobody agreed to changes nothing" {
    run --separate-stderr -0 port
    local calls='import sqlite3; print(sqlite3.connect(".git/flow/ledger.db").execute("SELECT count(*) FROM call").fetchone()[0])'
    [ "$(python3 -c "$calls")" = 6 ]
    # Refused: no terminal to ask, and no --yes.
    run --separate-stderr -5 setsid flow-port --to rust --model command/false --fresh --budget 1calls </dev/null
    last_line flow-port --yes
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
    [ "$(python3 -c "$calls")" = 6 ]
    # Nor is a run begun by it: neither languages, base nor budget are those of the plan.
    run --separate-stderr -5 setsid flow-port --to go --model command/false --name other --budget 1calls </dev/null
    int_function three
    commit_all three
    run --separate-stderr -0 port --name other
    [ "$(committed)" = 3 ]
    sound
}

@test "a run keeps its languages" {
    run --separate-stderr -0 port
    run --separate-stderr -5 flow-port --to python --model command/cat --yes
    one_line flow-port "ports to rust, not python" --name
    run --separate-stderr -5 flow-port --to python --dry-run
    one_line flow-port "ports to rust, not python" --name
    git config flow.port.from go
    run --separate-stderr -5 port
    one_line flow-port 'ports from c, not go'
    sound
}

# held_run: a port that waits, as a child of this shell, until the fifo 'go' is opened; $holder is its process.
held_run() {
    mkfifo "$BATS_TEST_TMPDIR/begun" "$BATS_TEST_TMPDIR/go"
    cat >"$BATS_TEST_TMPDIR/slow" <<SH
#!/bin/sh
if ! [ -e '$BATS_TEST_TMPDIR/waited' ]; then
    : >'$BATS_TEST_TMPDIR/waited'
    echo >'$BATS_TEST_TMPDIR/begun'
    cat '$BATS_TEST_TMPDIR/go' >/dev/null
fi
exec '$FLOW_SOURCE_DIR/tests/cli/fake/transliterate'
SH
    chmod +x "$BATS_TEST_TMPDIR/slow"
    flow-port --to rust --model "command/$BATS_TEST_TMPDIR/slow" --jobs 1 --yes >"$BATS_TEST_TMPDIR/held" 2>&1 3>&- &
    holder=$!
    read -r <"$BATS_TEST_TMPDIR/begun"
}

@test "a second process on one run is told who holds it, and since when" {
    held_run
    run --separate-stderr -5 port
    one_line flow-port "process $holder on " " since 20" --wait
    # Others go side by side with it.
    run --separate-stderr -0 port --name other
    run --separate-stderr -0 port --dry-run
    run --separate-stderr -0 flow-analyze
    echo >"$BATS_TEST_TMPDIR/go"
    wait "$holder"
    sound
}

# waiting_run: a second one, $second, that waits for it.
waiting_run() {
    flow-port --to rust --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate" --yes --wait \
        >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
    second=$!
    # Whoever waits for a lock is in the kernel's list of locks, behind an arrow.
    until grep -qE -- "-> OFDLCK .*:$(stat -c %i .git/flow/lock.port.main) " /proc/locks; do :; done
    grep -q "waiting: run 'port.main' is held by process $holder on .* since 20" "$BATS_TEST_TMPDIR/second"
}

@test "--wait waits for the holder, and finds its work done" {
    held_run
    waiting_run
    echo >"$BATS_TEST_TMPDIR/go"
    wait "$holder"
    wait "$second"
    [ "$(grep -c $'\tcommitted\t' "$BATS_TEST_TMPDIR/second")" = 2 ]
    [ "$(git rev-list --count main..flow/port/main)" = 2 ]
    sound
}

@test "one who waits can be interrupted" {
    held_run
    waiting_run
    local status=0
    kill -TERM "$second"
    wait "$second" || status=$?
    [ "$status" = 130 ]
    grep -q '^flow-port: interrupted' "$BATS_TEST_TMPDIR/second"
    echo >"$BATS_TEST_TMPDIR/go"
    wait "$holder"
}

@test "the lock of a holder that died is free" {
    held_run
    kill -KILL "$holder"
    wait "$holder" || true
    echo >"$BATS_TEST_TMPDIR/go"
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
    sound
}

@test "standard output that is closed, full, or not read to its end" {
    local word
    for word in '>&-' '>/dev/full'; do
        run --separate-stderr -3 bash -c "flow-analyze --quiet $word"
        last_line flow-analyze 'cannot write standard output'
        run --separate-stderr -3 bash -c "flow-init --quiet $word"
        last_line flow-init 'cannot write standard output'
        rm -r .flow
        run --separate-stderr -3 bash -c "flow-port --to rust --dry-run $word"
        last_line flow-port 'cannot write standard output'
        run --separate-stderr -3 bash -c "echo hello | flow-agent --model command/cat --quiet $word"
        last_line flow-agent 'cannot write standard output'
        run --separate-stderr -3 bash -c "flow help $word"
        last_line flow 'cannot write standard output'
    done
    run --separate-stderr -0 bash -c 'flow-analyze --quiet | head -n 1; exit "${PIPESTATUS[0]}"'
    [ -z "$stderr" ]
    # What was paid for is kept, though nobody could be told.
    run --separate-stderr -3 bash -c "flow-port --to rust --yes --model 'command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate' >/dev/full"
    last_line flow-port 'cannot write standard output'
    [ "$(git rev-list --count main..flow/port/main)" = 2 ]
    sound
}

@test "standard error and standard input that are closed" {
    run --separate-stderr -0 bash -c 'flow-analyze 2>&- <&-'
    [ "${#lines[@]}" = 3 ]
    run --separate-stderr -0 bash -c "flow-port --to rust --yes --model 'command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate' 2>&- <&-"
    [ "$(committed)" = 2 ]
    run --separate-stderr -3 bash -c 'flow-port --to rust --dry-run - <&-'
    one_line flow-port 'standard input'
    run --separate-stderr -3 bash -c 'flow-agent --model command/cat <&-'
    one_line flow-agent 'standard input'
    sound
}

@test "without HOME, and with one that is nowhere" {
    unset HOME
    run --separate-stderr -0 flow-analyze --quiet
    run --separate-stderr -0 flow-init --quiet
    rm -r .flow
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
    cd "$BATS_TEST_TMPDIR"
    run --separate-stderr -3 bash -c 'echo hello | flow-agent --model command/cat'
    one_line flow-agent HOME XDG_STATE_HOME
    HOME=/proc/nowhere run --separate-stderr -3 bash -c 'echo hello | flow-agent --model command/cat'
    one_line flow-agent /proc/nowhere
    cd "$OLDPWD"
    HOME=/proc/nowhere run --separate-stderr -0 port
    sound
}
