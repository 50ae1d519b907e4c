#!/usr/bin/env bats
# flow-status: how runs stand, and what they are told.

load setup
load port

teardown() {
    # A test that failed may leave its run behind.
    if [[ ${holder:-} ]]; then
        kill -KILL "$holder" 2>/dev/null || true
    fi
}

# field PATH: of what flow-status --json says of the only run.
field() {
    flow-status --json >"$BATS_TEST_TMPDIR/status.json"
    python3 -c 'import json, sys
value = json.loads(open(sys.argv[1]).readline())
for key in sys.argv[2].split("."):
    value = value[key]
print(value)' "$BATS_TEST_TMPDIR/status.json" "$1"
}

until_field() {
    until [ "$(field "$1")" = "$2" ]; do :; done
}

# slow NAME: makes the reply NAME wait: it says that it is asked for in the fifo NAME.begun, and waits for NAME.go.
slow() {
    mkfifo "$replies/$1.begun" "$replies/$1.go"
    mv "$replies/$1" "$replies/$1.text"
    cat >"$replies/$1" <<SH
#!/bin/sh
echo >'$replies/$1.begun'
read -r word <'$replies/$1.go'
exec cat '$replies/$1.text'
SH
    chmod +x "$replies/$1"
}

begun() {
    read -r _ <"$replies/$1.begun"
}

go() {
    printf 'go\n' >"$replies/$1.go"
}

# begin OPTION…: flow-port in the background, as $holder; what it says goes to the files out and err.
begin() {
    flow-port --to rust --model "$model" --yes "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    holder=$!
}

# ended STATUS: waits for it.
ended() {
    local status=0
    wait "$holder" || status=$?
    holder=
    cat "$BATS_TEST_TMPDIR/err"
    [ "$status" = "$1" ]
}

# two_units: src/one.c and src/two.c, which have nothing to do with each other.
two_units() {
    git rm -rqf src
    mkdir src
    local name
    for name in one two; do
        printf 'int %s(int a)\n{\n    return a;\n}\n' "$name" >"src/$name.c"
        {
            printf '```rust\npub fn %s(a: i32) -> i32 {\n    a\n}\n```\n' "$name"
            record "$name"
        } >"$replies/translate.$name.c"
    done
    commit_all 'two units'
}

@test "where nothing was run there is nothing to show" {
    run --separate-stderr -0 flow-status
    [ "${#lines[@]}" = 1 ]
    run --separate-stderr -0 flow-status --json
    [ -z "$output" ]
    run --separate-stderr -3 flow-status main
    run --separate-stderr -3 flow-status pause
    [ ! -e .git/flow/ledger.db ]
}

@test "a run is shown while it goes on, and after its end" {
    slow translate.util.c
    begin
    begun translate.util.c
    until_field state running
    [ "$(field process.id)" = "$holder" ]
    [ "$(field units.all)" = 2 ]
    until_field calls.out 1
    until_field units.at-work 1
    run --separate-stderr -0 flow-status
    [[ ${lines[0]} == "port 'main': running" ]]
    [[ $output == *"process"*"$holder"* ]]
    go translate.util.c
    ended 0
    [ "$(field state)" = "done" ]
    [ "$(field exit-status)" = 0 ]
    [ "$(field units.accepted)" = 2 ]
    [ "$(field process)" = None ]
    [ "$(field calls.settled)" = 6 ]
}

@test "one that was killed, one that was interrupted and one that was done look different" {
    slow translate.util.c
    begin
    begun translate.util.c
    kill -KILL "$holder"
    ended 137
    # The model that it left behind.
    go translate.util.c
    [ "$(field state)" = crashed ]
    run --separate-stderr -0 flow-status
    [[ ${lines[0]} == *crashed*'run it again'* ]]
    begin
    begun translate.util.c
    kill -TERM "$holder"
    until_field state draining
    go translate.util.c
    ended 130
    [ "$(field state)" = stopped ]
    [ "$(field exit-status)" = 130 ]
    [[ $(field why) == interrupted* ]]
    cp "$replies/translate.util.c.text" "$replies/translate.util.c"
    chmod -x "$replies/translate.util.c"
    run --separate-stderr -0 port
    [ "$(field state)" = "done" ]
}

@test "a paused run begins no call until it is told to continue" {
    slow translate.util.c
    begin
    begun translate.util.c
    run --separate-stderr -0 flow-status pause
    [[ $stderr == *"run 'main'"* ]]
    until_field state paused
    go translate.util.c
    until_field calls.settled 1
    until_field calls.out 0
    run --separate-stderr -0 flow-status
    [[ ${lines[0]} == *"paused by $(id -un)@"*continue* ]]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 flow-status continue
    ended 0
    [ "$(calls)" = 6 ]
    run --separate-stderr -0 flow-log --events
    [[ $output == *$'\tcontrol\tpause, asked for by '* ]]
    [[ $output == *$'\tcontrol\tcontinue, asked for by '* ]]
}

@test "a paused run can be stopped, and stays paused when it is begun again" {
    slow translate.util.c
    begin
    begun translate.util.c
    run --separate-stderr -0 flow-status pause main
    until_field state paused
    run --separate-stderr -0 flow-status stop
    [[ $stderr == *"process $holder "* ]]
    go translate.util.c
    ended 130
    grep -q '^flow-port: stopped by .*run it again' "$BATS_TEST_TMPDIR/err"
    [ "$(field state)" = paused ]
    begin
    until grep -q "paused by .*'flow-status continue main'" "$BATS_TEST_TMPDIR/err"; do :; done
    until_field state paused
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 flow-status continue
    ended 0
    # The stop of the process before is over.
    [ "$(calls)" = 6 ]
}

@test "stop is no failure where nobody works" {
    port >/dev/null
    run --separate-stderr -0 flow-status stop
    [[ $stderr == *'nobody works on it'* ]]
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
}

@test "a unit that is held is put aside before its next call, and goes on where it was" {
    two_units
    slow translate.one.c
    begin -j 1
    begun translate.one.c
    run --separate-stderr -0 flow-status hold src/one.c src/two.c
    until_field asked '[]'
    go translate.one.c
    ended 1
    [ "$(calls)" = 1 ]
    [ "$(field units.held)" = 2 ]
    grep -q "^src/one.c.held.*held by $(id -un)@" "$BATS_TEST_TMPDIR/out"
    run --separate-stderr -0 flow-status retry src/one.c
    [ "$(field asked)" = "['retry src/one.c']" ]
    run --separate-stderr -1 port
    [ "$(cell src/one.c state)" = committed ]
    [ "$(cell src/two.c state)" = held ]
    # Its translation was paid for once.
    [ "$(calls)" = 3 ]
}

@test "a unit that failed is tried anew while the run goes on" {
    two_units
    mv "$replies/translate.one.c" "$BATS_TEST_TMPDIR/one"
    printf 'I will not.\n' >"$replies/translate.one.c"
    slow translate.two.c
    begin -j 2
    begun translate.two.c
    until_field units.failed 1
    mv "$BATS_TEST_TMPDIR/one" "$replies/translate.one.c"
    run --separate-stderr -0 flow-status retry src/one.c
    until_field units.accepted 1
    go translate.two.c
    ended 0
    [ "$(field units.accepted)" = 2 ]
}

@test "more agents begin while the run goes on" {
    two_units
    slow translate.one.c
    slow translate.two.c
    begin -j 1
    begun translate.one.c
    run --separate-stderr -0 flow-status jobs 2
    # Comes only if both are out at once.
    begun translate.two.c
    until_field process.agents 2
    go translate.one.c
    go translate.two.c
    ended 0
    run --separate-stderr -2 flow-status jobs 0
    run --separate-stderr -2 flow-status jobs many
}

@test "the number of agents outlives the process, and an option outweighs it" {
    two_units
    port src/one.c >/dev/null || true
    run --separate-stderr -0 flow-status jobs 7
    run --separate-stderr -0 flow-port --to rust --model "$model" --yes src/two.c
    [[ $stderr == *'7 agents work at once'* ]]
    run --separate-stderr -0 port -j 3
    [[ $stderr != *'7 agents work at once'* ]]
    run --separate-stderr -0 port
    [[ $stderr != *'7 agents work at once'* ]]
}

@test "a budget is set and raised" {
    run --separate-stderr -6 port --budget 1calls
    [ "$(field calls.limit)" = 1 ]
    run --separate-stderr -5 flow-status budget +10usd
    [ "$(field usd.limit)" = None ]
    run --separate-stderr -0 flow-status budget 50usd
    run --separate-stderr -0 flow-status budget +0.5usd,2calls
    [[ $stderr == *'$50.50, 3 calls'* ]]
    [ "$(field usd.limit)" = 50.5 ]
    [ "$(field calls.limit)" = 3 ]
    run --separate-stderr -6 port
    run --separate-stderr -0 flow-status budget +100calls
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    run --separate-stderr -2 flow-status budget ten
}

@test "several runs have a line each, and an order says which it means" {
    port >/dev/null
    port --name other >/dev/null
    run --separate-stderr -0 flow-status
    [ "${#lines[@]}" = 3 ]
    [ "$(cell main state)" = "done" ]
    [ "$(cell other accepted)" = 2 ]
    run --separate-stderr -0 flow-status --json
    [ "${#lines[@]}" = 2 ]
    run --separate-stderr -0 flow-status other
    [[ ${lines[0]} == "port 'other': done" ]]
    run --separate-stderr -2 flow-status pause
    [[ $stderr == *--name* ]]
    run --separate-stderr -0 flow-status pause other
    run --separate-stderr -0 flow-status other
    [[ ${lines[0]} == "port 'other': done" ]]
    [[ $output == *'asked for'*pause* ]]
    run --separate-stderr -0 flow-status --name port/other continue
    run --separate-stderr -0 flow-log --events --name other
    [[ $output == *'continue, asked for'* ]]
    run --separate-stderr -0 flow-log --events --name main
    [[ $output != *'asked for'* ]]
}

@test "a dry run and a plan that is declined leave no run" {
    run --separate-stderr -0 port --name dry --dry-run
    printf 'n\n' >"$BATS_TEST_TMPDIR/typed"
    run --separate-stderr -5 script -qec "flow-port --to rust --model '$model' --name declined" /dev/null \
        <"$BATS_TEST_TMPDIR/typed"
    run --separate-stderr -0 flow-status --json
    [ "$output" = '' ]
    run --separate-stderr -3 flow-log --events
    port src/util.c >/dev/null
    run --separate-stderr -0 flow-review --model "$model" --dry-run src/util.c
    run --separate-stderr -0 flow-fix --model "$model" --dry-run
    run --separate-stderr -0 flow-status --name main hold src/main.c
    run --separate-stderr -0 flow-log --events
}

@test "of several runs of one name, the port is told about units, and the others have to be named" {
    port src/util.c >/dev/null
    sqlite3 .git/flow/ledger.db "INSERT INTO run (job, name, created) VALUES ('fix', 'main', 1);
        INSERT INTO run_value VALUES (last_insert_rowid(), 'state', 'ended 1 0 done')"
    run --separate-stderr -0 flow-status --name main hold src/main.c
    run --separate-stderr -0 flow-status hold src/main.c
    run --separate-stderr -0 flow-status --json port/main
    [[ $output == *'"asked":["hold src/main.c"]'* ]]
    run --separate-stderr -2 flow-status --name main pause
    [[ $stderr == *'--name port/main or --name fix/main'* ]]
    run --separate-stderr -2 flow-log --events --name main
    [[ $stderr == *'--name port/main or --name fix/main'* ]]
}

@test "a run that ended with holes ended with the status of its process" {
    printf 'I will not.\n' >"$replies/translate.util.c"
    run --separate-stderr -1 port
    [ "$(field state)" = "done" ]
    [ "$(field exit-status)" = 1 ]
    run --separate-stderr -0 flow-status
    [[ ${lines[0]} == "port 'main': done: with holes" ]]
    [[ $output == *'with status 1'* ]]
    run --separate-stderr -0 port --allow-holes 2
    [ "$(field exit-status)" = 0 ]
}

@test "what calls without a known price cost is unknown, and not nothing" {
    port >/dev/null
    port --name other >/dev/null
    run --separate-stderr -0 flow-status
    [ "$(cell main calls)" = 6 ]
    [ -z "$(cell main usd)" ]
    run --separate-stderr -0 flow-status main
    [[ $output =~ spent\ +unknown ]]
    run --separate-stderr -0 flow-status --json main
    jq -e '.usd.spent == null and .usd."per-hour" == null and .usd."unpriced-calls" == 6' <<<"$output"
}

@test "what cannot be done is refused" {
    port src/util.c >/dev/null
    run --separate-stderr -5 flow-status hold src/util.c
    [[ $stderr == *committed* ]]
    run --separate-stderr -3 flow-status retry src/nothing.c
    # Not begun, but there.
    run --separate-stderr -0 flow-status hold src/main.c
    run --separate-stderr -1 port
    [ "$(cell src/main.c state)" = held ]
    run --separate-stderr -2 flow-status hold
    run --separate-stderr -2 flow-status main other
    run --separate-stderr -2 flow-status --watch pause
    run --separate-stderr -2 flow-status --name main pause other
}

@test "a screen is drawn, follows the terminal's size, and leaves it as it was" {
    port >/dev/null
    run --separate-stderr -0 "$FLOW_SOURCE_DIR/tests/cli/terminal" xterm flow-status --watch <<'DO'
expect 'q' ends
resize 4 30
expect 'q' ends
send q
DO
    [ "${lines[0]}" = 0 ]
    [ "${lines[1]}" = 'as before' ]
    [[ ${lines[2]} == *"port 'main': done"* ]]
    # The other screen is left again, and the cursor is there.
    [[ ${lines[2]} == *'\x1b[?25h\x1b[?1049l'* ]]
    run --separate-stderr -0 "$FLOW_SOURCE_DIR/tests/cli/terminal" xterm flow-status --watch <<'DO'
expect 'q' ends
send ^C
DO
    [ "${lines[0]}" = 0 ]
    [ "${lines[1]}" = 'as before' ]
}

@test "a terminal that can do nothing is given lines" {
    port >/dev/null
    run --separate-stderr -0 "$FLOW_SOURCE_DIR/tests/cli/terminal" dumb flow-status --watch main <<'DO'
expect port 'main': done, 2 of 2 accepted
send q
DO
    [ "${lines[0]}" = 0 ]
    [ "${lines[1]}" = 'as before' ]
    [[ ${lines[2]} != *'\x1b'* ]]
}
