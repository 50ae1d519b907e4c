#!/usr/bin/env bats
# One question to one model, through the programs as they were built: programs as models, recordings, and the scripted
# server of tests/e2e.

load setup

teardown() {
    if [[ ${server:-} ]]; then
        kill "$server"
    fi
}

# serve SCRIPT [WORD…]: starts the model server; its address stands in $address.
serve() {
    printf '%s\n' "$1" >script.json
    shift
    mkfifo port
    "$FLOW_SOURCE_DIR/tests/e2e/server/flow-model-server" --script script.json --port-file - --journal journal "$@" \
        >port 3>&- &
    server=$!
    read -r number <port
    address=http://127.0.0.1:$number
}

# ask PROMPT [WORD…]
ask() {
    printf '%s' "$1" | flow-agent "${@:2}"
}

# A program of ours as a model: tells what it was given, or does what the test wants.
program() {
    cat >program
    chmod +x program
}

@test "the prompt goes to a program, its output is the reply" {
    run --separate-stderr -0 ask 'hello' -m command/cat
    [ "$output" = '----- user -----
hello' ]
}

@test "system text, prompt and schema are told apart, whatever they hold" {
    printf 'be brief\n' >system
    printf '{"type":"object"}' >schema
    program <<'PROGRAM'
#!/bin/sh
cat >"$HOME/seen"
echo '{}'
PROGRAM
    run --separate-stderr -0 ask $'a\n----- user -----\nb' -m "command/$PWD/program" -s system -S schema
    [ "$output" = '{}' ]
    diff -u - "$HOME/seen" <<'SEEN'
------ system ------
be brief

------ user ------
a
----- user -----
b

------ schema ------
The reply must be one JSON value that fits this JSON Schema, and nothing else.
{"type":"object"}
SEEN
}

@test "a program starts in an empty folder and sees only what it is given" {
    export SECRET=s OTHER=o LANG=C
    export FLOW_MODEL_COMMAND_ENV=OTHER
    program <<'PROGRAM'
#!/bin/sh
ls -A | wc -l
env | sed 's/=.*//' | grep -vxE 'PWD|OLDPWD|SHLVL|_' | sort
echo "$FLOW_ROLE $FLOW_UNIT $FLOW_STEP"
PROGRAM
    run --separate-stderr -0 ask x -m "command/$PWD/program"
    diff -u - <(printf '%s\n' "$output") <<'SEEN'
0
FLOW_ROLE
FLOW_STEP
FLOW_UNIT
FLOW_USAGE
HOME
LANG
OTHER
PATH
TERM
agent - -/agent/-/0/0/0/0
SEEN
}

@test "words of a program are split as a shell would, and no shell runs" {
    run --separate-stderr -0 ask x -m "command/printf '%s|' 'a b' \"\$HOME\" c\\ d"
    [ "$output" = 'a b|$HOME|c d|' ]
}

@test "a program says what it used" {
    program <<'PROGRAM'
#!/bin/sh
echo '{"input":1200,"output":34}' >"$FLOW_USAGE"
echo reply
PROGRAM
    run --separate-stderr -0 ask x -m "command/$PWD/program"
    [[ $stderr == *'1200 in, 34 out'* ]]
}

@test "a program that fails is not asked again, and its last words are shown" {
    program <<'PROGRAM'
#!/bin/sh
echo x >>"$HOME/count"
echo first >&2
echo 'no credit left' >&2
exit 7
PROGRAM
    run --separate-stderr -1 ask x -m "command/$PWD/program" -q
    [[ $stderr == *"failed with status 7: no credit left" ]]
    [ "$(wc -l <"$HOME/count")" = 1 ]
}

@test "a program that takes too long is killed with its children" {
    export FLOW_MODEL_COMMAND_TIMEOUT=1
    run --separate-stderr -1 ask x -m "command/sh -c 'cat /dev/zero | tail'" -q
    [ -z "$output" ]
}

@test "a program that is not there is said so before anything is asked" {
    run --separate-stderr -3 ask x -m command/no-such-program
    [ "$stderr" = "flow-agent: cannot run 'no-such-program': no such program in PATH" ]
}

@test "the same question is answered from the ledger, until it is asked anew" {
    program <<'PROGRAM'
#!/bin/sh
echo x >>"$HOME/count"
wc -l <"$HOME/count"
PROGRAM
    local model=command/$PWD/program
    run --separate-stderr -0 ask one -m "$model"
    [ "$output" = 1 ]
    run --separate-stderr -0 ask one -m "$model"
    [ "$output" = 1 ]
    [[ $stderr == *'the reply was stored already'* ]]
    run --separate-stderr -0 ask two -m "$model"
    [ "$output" = 2 ]
    run --separate-stderr -0 ask one -m "$model" --fresh
    [ "$output" = 3 ]
    run --separate-stderr -0 ask one -m "$model"
    [ "$output" = 3 ]
}

@test "the ledger is private: of the repository inside one, of the user outside" {
    run --separate-stderr -0 ask x -m command/cat
    [ "$(stat -c %a "$HOME/.local/state/flow/ledger.db")" = 600 ]
    new_repository repo
    mkdir repo/sub
    cd repo/sub
    run --separate-stderr -0 ask x -m command/cat
    [ "$(stat -c %a ../.git/flow/ledger.db)" = 600 ]
}

@test "with a schema, a fence around the reply goes, and what is no JSON is sent back twice" {
    printf '{"type":"object"}' >schema
    program <<'PROGRAM'
#!/bin/sh
echo x >>"$HOME/count"
cat >"$HOME/seen.$(wc -l <"$HOME/count")"
case $(wc -l <"$HOME/count") in
3) printf '```json\n{"a": 1}\n```\n' ;;
*) echo 'Sure! {"a": 1}' ;;
esac
PROGRAM
    run --separate-stderr -0 ask x -m "command/$PWD/program" -S schema
    [ "$output" = '{"a": 1}' ]
    grep -q 'must be one JSON value' "$HOME/seen.2"
    grep -qx -- '----- assistant -----' "$HOME/seen.3"
}

@test "a schema that is none is refused" {
    printf '[1' >schema
    run --separate-stderr -3 ask x -m command/cat -S schema
    [[ $stderr == "flow-agent: schema 'schema': "* ]]
}

@test "without a model the three ways to get one are shown" {
    run --separate-stderr -3 ask x
    [[ $stderr == *ANTHROPIC_API_KEY*OPENAI_BASE_URL*command/* ]]
}

@test "a committed file cannot say where prompts go, nor which program runs" {
    new_repository
    mkdir .flow
    printf '[model "openai"]\n\turl = http://evil.example/\n' >.flow/config
    run --separate-stderr -5 ask x -m openai/m
    [[ $stderr == *".flow/config"* ]]
    printf '[model "command"]\n\tenv = SECRET\n' >.flow/config
    run --separate-stderr -5 ask x -m command/cat
    printf '[agent]\n\tmodel = command/cat\n' >.flow/config
    run --separate-stderr -5 ask x
}

@test "there is no question without a prompt" {
    run --separate-stderr -2 ask '' -m command/cat
    [ "${stderr_lines[0]}" = 'flow-agent: there is no prompt on standard input' ]
}

@test "a recording gives back the same reply to the same question, and to no other" {
    run --separate-stderr -0 ask one -m command/cat --record tape
    local reply=$output
    [ "$(stat -c %a tape)" = 600 ]
    run --separate-stderr -0 ask two -m command/cat --record tape
    run --separate-stderr -0 ask one -m "replay/$PWD/tape"
    [ "$output" = "$reply" ]
    run --separate-stderr -3 ask three -m "replay/$PWD/tape"
    [[ $stderr == *"has step '-/agent/-/0/0/0/0' for another source"* ]]
    [ "$(wc -l <tape)" = 2 ]
}

@test "both protocols, with a key that no file holds" {
    serve '{"rules":[{"reply":{"text":"you said: {echo}"}}]}' --key sk-secret
    export ANTHROPIC_API_KEY=sk-secret OPENAI_API_KEY=sk-secret
    ANTHROPIC_BASE_URL=$address run --separate-stderr -0 ask one -m anthropic/claude-sonnet-5-5 --record tape
    [ "$output" = 'you said: one' ]
    OPENAI_BASE_URL=$address/v1 run --separate-stderr -0 ask two -m openai/m --record tape
    [ "$output" = 'you said: two' ]
    run -1 grep -ra sk-secret tape "$HOME"
}

@test "a key comes from a file that only its owner can read" {
    serve '{}' --key sk-secret
    git config --global flow.model.openai.url "$address/v1"
    git config --global flow.model.openai.key-file "$HOME/key"
    printf 'sk-secret\n' >"$HOME/key"
    chmod 644 "$HOME/key"
    run --separate-stderr -3 ask x -m openai/m
    [[ $stderr == *"can be read by others"* ]]
    chmod 600 "$HOME/key"
    run --separate-stderr -0 ask x -m openai/m
    [ "$output" = ok ]
}

@test "a wrong key is told without being shown" {
    serve '{}' --key right
    ANTHROPIC_API_KEY=sk-wrong ANTHROPIC_BASE_URL=$address run --separate-stderr -3 ask x -m anthropic/claude-sonnet-5-5
    [[ $stderr == *'HTTP 401: invalid key [key]'*'the key is that of ANTHROPIC_API_KEY'* ]]
}

@test "a reply that was cut off is printed, and is not success" {
    serve '{"rules":[{"reply":{"text":"half","stop":"max_tokens"}}]}'
    ANTHROPIC_BASE_URL=$address run --separate-stderr -1 ask x -m anthropic/claude-sonnet-5-5 --max-tokens 5
    [ "$output" = half ]
    [[ $stderr == *'cut off'* ]]
}

@test "what a call cost is told by the price table, and another table can be named" {
    serve '{"rules":[{"reply":{"text":"x","usage":{"input_tokens":1000,"output_tokens":100}}}]}'
    export ANTHROPIC_BASE_URL=$address
    run --separate-stderr -0 ask x -m anthropic/claude-sonnet-5-5
    [[ $stderr == *'$0.0030'* ]]
    printf '[price "anthropic/claude-sonnet-5-5"]\n\tinput = 1000\n\toutput = 0\n' >prices
    FLOW_MODEL_PRICES=$PWD/prices run --separate-stderr -0 ask y -m anthropic/claude-sonnet-5-5
    [[ $stderr == *'$1.0000'* ]]
}

@test "with --tools the model looks things up in the repository" {
    new_repository
    printf 'int answer(void)\n{\n    return 42;\n}\n' >a.c
    commit_all first
    serve '{"rules":[
        {"match":"return 42","reply":{"text":"it is 42"}},
        {"match":"a.c","reply":{"tools":[{"name":"definition","input":{"name":"answer"}}]}},
        {"reply":{"tools":[{"name":"list","input":{"path":""}}]}}]}'
    OPENAI_BASE_URL=$address/v1 run --separate-stderr -0 ask 'what is the answer?' -m openai/m --tools
    [ "$output" = 'it is 42' ]
    [ "$(wc -l <journal)" = 3 ]
}

@test "a second signal stops a call, and the exit status says so" {
    mkfifo begun
    program <<'PROGRAM'
#!/bin/sh
kill -INT "$(cat "$HOME/pid")"
kill -TERM "$(cat "$HOME/pid")" # two of one kind could arrive as one
exec tail -f /dev/null
PROGRAM
    run --separate-stderr -130 bash -c 'echo $$ >"$HOME/pid"; exec flow-agent -m "command/$PWD/program" <<<hello'
}
