#!/usr/bin/env bats
# The administrator's policy: what is asked for at any level does not go beyond it. The tools are those of
# tests/cli/policed, which differ from the others in where they look for the policy, and in nothing else.

load setup
load port

eval "$(declare -f setup | sed '1s/setup/port_setup/')"

setup() {
    port_setup
    PATH=${FLOW_POLICED_DIR:=$FLOW_SOURCE_DIR/build/dev/tests/cli/policed}:$PATH
    mkdir -m 755 "$BATS_TEST_TMPDIR/etc"
    export POLICY_OF_THE_TEST=$BATS_TEST_TMPDIR/etc/policy
}

teardown() {
    if [[ ${server:-} ]]; then
        kill "$server"
    fi
}

# policy RULE…: what the administrator wrote.
policy() {
    printf '[policy]\n' >"$POLICY_OF_THE_TEST"
    printf '\t%s\n' "$@" >>"$POLICY_OF_THE_TEST"
    chmod 644 "$POLICY_OF_THE_TEST"
}

# at_each_level FUNCTION KEY VALUE: calls it with the setting made in each place where a user can make one.
at_each_level() {
    local level variable
    variable=FLOW_$(tr 'a-z.-' 'A-Z__' <<<"$2")
    for level in variable user repository committed; do
        printf '%s\n' "$level"
        unset "$variable"
        rm -rf "$HOME/.gitconfig" .flow
        git config --unset-all "flow.$2" || true
        case $level in
        variable) export "$variable=$3" ;;
        user) git config --global "flow.$2" "$3" ;;
        repository) git config "flow.$2" "$3" ;;
        committed) mkdir .flow && git config -f .flow/config "$2" "$3" ;;
        esac
        "$1"
    done
    rm -rf .flow
}

ask() {
    printf 'a prompt' | flow-agent "$@"
}

serve() {
    printf '{"rules": [{"reply": {"text": "an answer"}}]}\n' >"$BATS_TEST_TMPDIR/script.json"
    mkfifo "$BATS_TEST_TMPDIR/port"
    "$FLOW_SOURCE_DIR/tests/e2e/server/flow-model-server" --script "$BATS_TEST_TMPDIR/script.json" --port-file - \
        --journal "$BATS_TEST_TMPDIR/journal" >"$BATS_TEST_TMPDIR/port" 3>&- &
    server=$!
    read -r number <"$BATS_TEST_TMPDIR/port"
    address=http://127.0.0.1:$number
}

@test "rules are shown with the line that made them" {
    policy 'models = openai/*' 'budget = 20usd' 'jobs = 4'
    run --separate-stderr -0 flow policy
    [ -z "$stderr" ]
    diff -u - <(printf '%s\n' "${output//$POLICY_OF_THE_TEST/FILE}") <<'RULES'
rule	value	from
models	openai/*	FILE:2
budget	20usd	FILE:3
jobs	4	FILE:4
RULES
    run --separate-stderr -0 flow policy --json
    [ "${lines[1]}" = "{\"rule\":\"budget\",\"value\":\"20usd\",\"from\":\"$POLICY_OF_THE_TEST:3\"}" ]
}

@test "without a policy nothing is restricted, and that is said" {
    run --separate-stderr -0 flow policy
    [ "$output" = $'rule\tvalue\tfrom' ]
    [ "$stderr" = "no policy in '$POLICY_OF_THE_TEST': nothing is restricted" ]
}

@test "with a policy that says what is no rule no tool calls a model" {
    policy 'model = openai/*'
    for tool in 'flow policy' 'ask -m command/cat' port; do
        run --separate-stderr -3 eval "$tool"
        [[ $stderr == *"policy '$POLICY_OF_THE_TEST' line 2: 'policy.model' is no rule"* ]]
    done
    [ "$(calls)" = 0 ]
}

@test "with a policy that others can write no tool calls a model" {
    policy 'jobs = 4'
    chmod 666 "$POLICY_OF_THE_TEST"
    for tool in 'flow policy' 'ask -m command/cat' port; do
        run --separate-stderr -5 eval "$tool"
        [[ $stderr == *"cannot trust the policy '$POLICY_OF_THE_TEST'"* ]]
    done
    [ "$(calls)" = 0 ]
}

@test "what is installed looks in one place, whatever the environment says" {
    policy 'calls = false'
    PATH=$FLOW_BIN_DIR:$PATH run --separate-stderr -0 ask -m command/cat
    for tool in flow-agent flow-port flow-policy; do
        grep -q /etc/flow/policy "$FLOW_BIN_DIR/$tool"
        run -1 grep -q POLICY_OF_THE_TEST "$FLOW_BIN_DIR/$tool"
    done
}

model_is_refused() {
    run --separate-stderr -5 ask
    [[ $stderr == *"line 2) does not allow the model 'openai/other'"* ]]
}

@test "a model that is not listed is not called, wherever it was named" {
    policy 'models = openai/mine' 'models = command/**'
    at_each_level model_is_refused model.default openai/other
    run --separate-stderr -5 ask -m openai/other
    run --separate-stderr -0 ask -m command/cat
    run --separate-stderr -5 flow-port --to rust --model command/cat --reviewer openai/other --yes --budget 1calls
    [[ $stderr == *"does not allow the model 'openai/other'"* ]]
}

host_is_refused() {
    run --separate-stderr -5 ask -m openai/x
    [[ $stderr == *"does not allow to send anything to"* || $stderr == *'a committed file may not set'* ]]
}

@test "nothing is sent to a host that is not listed, wherever it was named" {
    serve
    policy 'hosts = api.openai.com' 'programs = /usr/bin/nothing'
    export OPENAI_API_KEY=a-key-of-the-test
    at_each_level host_is_refused model.openai.url "$address/v1"
    OPENAI_BASE_URL=$address/v1 run --separate-stderr -5 ask -m openai/x
    OPENAI_BASE_URL=http://api.openai.com@127.0.0.1:$number/v1 run --separate-stderr -3 ask -m openai/x
    OPENAI_BASE_URL='http://127.0.0.1\.api.openai.com/v1' run --separate-stderr -3 ask -m openai/x
    http_proxy=$address run --separate-stderr -5 ask -m openai/x
    [[ $stderr == *'http_proxy: '* ]]
    https_proxy=127.0.0.1:$number run --separate-stderr -5 ask -m openai/x
    ALL_PROXY=socks5h://127.0.0.1:$number run --separate-stderr -5 ask -m openai/x
    run -1 grep -q . "$BATS_TEST_TMPDIR/journal"
    policy 'hosts = 127.0.0.*'
    OPENAI_BASE_URL=$address/v1 run --separate-stderr -0 ask -m openai/x
    [ "$output" = 'an answer' ]
}

program_is_refused() {
    run --separate-stderr -5 ask
    [[ $stderr == *'does not allow the program'* || $stderr == *'a committed file may not name a program'* ]]
}

@test "only a program that is listed is run, by its file and not by its name" {
    policy "programs = $(realpath /usr/bin)/cat"
    run --separate-stderr -0 ask -m command/cat
    at_each_level program_is_refused model.default 'command/tee seen'
    mkdir mine
    printf '#!/bin/sh\necho mine\n' >mine/cat
    chmod +x mine/cat
    PATH=$PWD/mine:$PATH run --separate-stderr -5 ask -m command/cat
    run --separate-stderr -5 ask -m "command/$PWD/mine/cat"
    run --separate-stderr -5 ask -m command/mine/cat
    run --separate-stderr -5 ask -m "command/$(realpath /usr/bin)/../../$PWD/mine/cat"
    ln -s /usr/bin links
    run --separate-stderr -0 ask -m command/links/cat
}

@test "where hosts are listed and programs are not, no program is a model" {
    policy 'hosts = api.openai.com'
    run --separate-stderr -5 ask -m command/cat
}

@test "without calls no model is called, and a recording still plays" {
    run --separate-stderr -0 ask -m command/cat --record tape
    policy 'calls = false'
    run --separate-stderr -5 ask -m command/cat --fresh
    [[ $stderr == *'line 2) does not allow to call a model'* ]]
    run --separate-stderr -5 ask -m openai/x
    run --separate-stderr -0 ask -m replay/tape
    run --separate-stderr -5 port --budget 9calls
    [ "$(calls)" = 0 ]
}

budget_holds() {
    rm -rf .git/flow "$replies/calls"
    if [[ ${level:-} == committed ]]; then
        run --separate-stderr -5 port "${more[@]}"
        [[ $stderr == *'a committed file may not set'* ]]
    else
        run --separate-stderr -6 port "${more[@]}"
        [[ $stderr == *'what the policy of this machine'*'allows one run to spend is used up'* ]]
        [ "$(calls)" = 2 ]
    fi
}

@test "no run spends more than the policy allows, whatever budget was given" {
    policy 'budget = 2calls'
    more=()
    at_each_level budget_holds port.budget 500calls
    more=(--budget 500calls)
    budget_holds
    # Running it again is the same run, and another budget does not make it another one.
    run --separate-stderr -6 port --budget 900calls
    [ "$(calls)" = 2 ]
    # The policy counts what was spent before it came.
    policy 'budget = 1calls'
    run --separate-stderr -6 port --budget 900calls
    [ "$(calls)" = 2 ]
}

@test "a smaller budget than the policy's is kept" {
    policy 'budget = 500calls'
    run --separate-stderr -6 port --budget 1calls
    [[ $stderr == *'larger --budget'* ]]
    [ "$(calls)" = 1 ]
}

@test "a limit in dollars is worth what it says: nobody sets the prices, and what has none is not called" {
    policy 'budget = 1usd'
    run --separate-stderr -5 ask -m command/cat
    [[ $stderr == *"the price of 'command/cat' is not known"* ]]
    mkdir data
    cp -rL "$(dirname "$FLOW_BIN_DIR")/share/flow/." data
    printf '[price "command/cat"]\n\tinput = 0\n\toutput = 0\n\tdate = 2026-01-01\n' >data/prices.conf
    FLOW_DATA_DIR=$PWD/data run --separate-stderr -5 ask -m command/cat
    FLOW_MODEL_PRICES=$PWD/data/prices.conf run --separate-stderr -5 ask -m command/cat
    git config flow.model.prices "$PWD/data/prices.conf"
    run --separate-stderr -5 ask -m command/cat
    policy 'budget = 1usd,10calls'
    run --separate-stderr -0 ask -m command/cat
}

# A model that notes when it runs beside itself.
lonely_model() {
    cat >"$BATS_TEST_TMPDIR/lonely" <<MODEL
#!/bin/sh
mkdir "$BATS_TEST_TMPDIR/alone" || echo overlap >>"$BATS_TEST_TMPDIR/overlaps"; sleep 0.2
"$FLOW_SOURCE_DIR/tests/cli/fake/model" "$replies"
status=\$?
rmdir "$BATS_TEST_TMPDIR/alone"
exit \$status
MODEL
    chmod +x "$BATS_TEST_TMPDIR/lonely"
    model=command/$BATS_TEST_TMPDIR/lonely
}

jobs_hold() {
    rm -rf .git/flow
    git update-ref -d refs/heads/flow/port/main
    run --separate-stderr -0 port "${more[@]}"
    [ ! -e "$BATS_TEST_TMPDIR/overlaps" ]
}

@test "no more calls are out at once than the policy allows, whatever was asked for" {
    lonely_model
    more=()
    policy 'jobs = 1'
    at_each_level jobs_hold port.jobs 8
    more=(-j 8)
    jobs_hold
    # Nor whatever another terminal asks for while it works.
    rm -rf .git/flow "$replies/calls"
    git update-ref -d refs/heads/flow/port/main
    port >/dev/null 2>&1 3>&- &
    until [ -e "$replies/calls" ]; do sleep 0.05; done
    run --separate-stderr -0 flow-status jobs 8
    wait "$!"
    [ ! -e "$BATS_TEST_TMPDIR/overlaps" ]
    # Without the policy they do overlap: the reviewers of one unit work side by side.
    rm -rf "$POLICY_OF_THE_TEST" .git/flow
    git update-ref -d refs/heads/flow/port/main
    run --separate-stderr -0 port -j 8
    [ -e "$BATS_TEST_TMPDIR/overlaps" ]
}

@test "a process begins no call when its time is over, and the next one goes on" {
    printf '#!/bin/sh\nsleep 1.1\nexec "%s" "%s"\n' "$FLOW_SOURCE_DIR/tests/cli/fake/model" "$replies" >slow
    chmod +x slow
    # shellcheck disable=SC2034 # port() reads it
    model=command/$PWD/slow
    policy 'time = 1s'
    run --separate-stderr -5 port
    [[ $stderr == *'line 2) allows one process is over: run it again to continue'* ]]
    local before
    before=$(calls)
    [ "$before" -ge 1 ]
    rm "$POLICY_OF_THE_TEST"
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
}

@test "where the sandbox is required, no build goes without" {
    CARGO_HOME=$BATS_TEST_TMPDIR/cargo run --separate-stderr -0 port
    policy 'sandbox = true'
    run --separate-stderr -5 flow-fix --model "$model" --yes --no-sandbox
    [[ $stderr == *'does not allow to build outside of the sandbox'* ]]
    [ ! -e "$HOME/.cache/flow/build" ]
}
