#!/usr/bin/env bats
# Keys stay where they are: each test plants one, lets everything that could repeat it do so, and looks through all that
# was written and shown.

load setup
load port

eval "$(declare -f setup | sed '1s/setup/port_setup/')"

setup() {
    port_setup
    key=sk-planted-$(printf '%040d' 7)tail
    shown=$BATS_TEST_TMPDIR/shown
    : >"$shown"
}

teardown() {
    if [[ ${server:-} ]]; then
        kill "$server"
    fi
}

# serve REPLY…: a server whose rules are these replies, one after the other.
serve() {
    local rule rules=()
    for rule; do
        rules+=("{\"times\": 1, \"reply\": $rule}")
    done
    (IFS=, && printf '{"rules": [%s]}\n' "${rules[*]}") >"$BATS_TEST_TMPDIR/script.json"
    mkfifo "$BATS_TEST_TMPDIR/port"
    "$FLOW_SOURCE_DIR/tests/e2e/server/flow-model-server" --script "$BATS_TEST_TMPDIR/script.json" --port-file - \
        --key "$key" >"$BATS_TEST_TMPDIR/port" 3>&- &
    server=$!
    read -r number <"$BATS_TEST_TMPDIR/port"
    export ANTHROPIC_BASE_URL=http://127.0.0.1:$number OPENAI_BASE_URL=http://127.0.0.1:$number/v1
}

# keep: what the last run showed.
keep() {
    printf '%s\n%s\n' "$output" "$stderr" >>"$shown"
}

# nowhere TEXT: it is neither in what was shown nor in any file of the test but those that the test itself put it into.
nowhere() {
    run -1 grep -rlaF --exclude=script.json --exclude=keyfile --exclude-dir=mine -e "$1" "$BATS_TEST_TMPDIR"
    [ -z "$output" ]
}

ask() {
    printf 'a prompt %s' "$RANDOM$RANDOM" | flow-agent "$@"
}

@test "a server that repeats the key in its errors and replies does not get it stored or shown" {
    serve "{\"status\": 401, \"body\": {\"type\": \"error\", \"error\": {\"type\": \"authentication_error\", \"message\": \"bad key $key\"}}}" \
        "{\"status\": 400, \"body\": {\"type\": \"error\", \"error\": {\"type\": \"invalid_request_error\", \"message\": \"$(printf 'x%.0s' {1..180}) $key\"}}}" \
        "{\"status\": 403, \"body\": {\"oops\": \"$key\"}, \"headers\": {\"request-id\": \"$key\"}}" \
        "{\"raw\": \"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\n\\r\\nnonsense $key\"}" \
        "{\"text\": \"your key is $key, is it not\", \"thinking\": \"$key\"}" \
        "{\"text\": \"half of $key\", \"cut\": 4}"
    export ANTHROPIC_API_KEY=$key FLOW_MODEL_RETRIES=0
    for _ in 1 2 3; do
        run --separate-stderr -3 ask -m anthropic/x --record tape
        [[ $stderr == *'[key]'* ]]
        keep
    done
    run --separate-stderr -1 ask -m anthropic/x --record tape
    keep
    run --separate-stderr -0 ask -m anthropic/x --record tape
    [ "$output" = 'your key is [key], is it not' ]
    keep
    run --separate-stderr -1 ask -m anthropic/x --record tape
    keep
    [ -s tape ]
    nowhere "$key"
}

@test "a key from a file is kept as one from the environment is" {
    mkdir -p "$BATS_TEST_TMPDIR/mine"
    (umask 077 && printf '%s\n' "$key" >"$BATS_TEST_TMPDIR/mine/keyfile")
    git config --global flow.model.openai.key-file "$BATS_TEST_TMPDIR/mine/keyfile"
    serve "{\"status\": 401, \"body\": {\"error\": {\"message\": \"Incorrect API key provided: $key\"}}}" \
        "{\"text\": \"$key\"}"
    run --separate-stderr -3 ask -m openai/x
    [[ $stderr == *'provided: [key]'* ]]
    keep
    run --separate-stderr -0 ask -m openai/x --record tape
    [ "$output" = '[key]' ]
    keep
    nowhere "$key"
}

@test "programs see no key, and what one is given by name does not come back" {
    export ANTHROPIC_API_KEY=$key OPENAI_API_KEY=$key AWS_SECRET_ACCESS_KEY=$key-aws MY_TOKEN=$key-mine
    printf '#!/bin/sh\nenv | sort\n' >"$BATS_TEST_TMPDIR/env"
    chmod +x "$BATS_TEST_TMPDIR/env"
    run --separate-stderr -0 ask -m "command/$BATS_TEST_TMPDIR/env" --record tape
    [[ $output != *planted* ]]
    [[ $output == *PATH=* ]]
    keep
    git config flow.model.command.env MY_TOKEN
    run --separate-stderr -0 ask -m "command/$BATS_TEST_TMPDIR/env" --record tape
    [[ $output == *'MY_TOKEN=[key]'* ]]
    keep
    printf '#!/bin/sh\nenv >&2\nprintf "%%s" "$MY_TOKEN" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/env"
    run --separate-stderr -1 ask -m "command/$BATS_TEST_TMPDIR/env"
    [[ $stderr == *'[key]'* ]]
    keep
    nowhere "$key"
}

@test "a formatter sees no key" {
    export ANTHROPIC_API_KEY=$key OPENAI_API_KEY=$key
    mkdir "$BATS_TEST_TMPDIR/tools"
    cat >"$BATS_TEST_TMPDIR/tools/rustfmt" <<'FORMATTER'
#!/bin/sh
env >>"${0%/*}/env"
printf '%s\n' "$*" >>"${0%/*}/words"
exec cat
FORMATTER
    chmod +x "$BATS_TEST_TMPDIR/tools/rustfmt"
    # Nor does a committed setting become words of its command line.
    mkdir .flow
    printf '[target]\n\tversion = "2021 --config-path /tmp"\n' >.flow/config
    commit_all 'a version'
    PATH=$BATS_TEST_TMPDIR/tools:$PATH run --separate-stderr -0 port --json
    keep
    grep -q '^HOME=' "$BATS_TEST_TMPDIR/tools/env"
    run -1 grep -v '^--edition 2021 --config-path /tmp$' "$BATS_TEST_TMPDIR/tools/words"
    nowhere "$key"
}

@test "a whole port leaves no key behind" {
    serve "{\"text\": \"no file here, but $key\"}" "{\"status\": 529, \"body\": {\"error\": {\"message\": \"$key\"}}}" \
        "{\"text\": \"$key\"}" "{\"status\": 400, \"body\": {\"error\": {\"message\": \"$key\"}}}"
    export OPENAI_API_KEY=$key FLOW_MODEL_RETRIES=0
    run --separate-stderr -3 flow-port --to rust --model openai/x --yes --budget 9calls --json --record tape
    keep
    # What is still in the log of the ledger counts as well.
    ls .git/flow/ledger.db*
    nowhere "$key"
}
