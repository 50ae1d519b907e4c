#!/usr/bin/env bats
# Models that cannot be reached, refuse, or answer with something else: for every role, through a program and a server.

load setup
load bad

setup() {
    common_setup
    repository repo
    cd repo || return 1
    int_function one
    int_function two
    commit_all functions
    answers=$BATS_TEST_TMPDIR/answers
    mkdir "$answers"
    # Answers the roles that $answers has a program for, and leaves the rest to the model that translates by rule.
    cat >"$BATS_TEST_TMPDIR/model" <<SH
#!/bin/sh
printf '%s\n' "\$FLOW_STEP" >>'$answers/calls'
if [ "\$FLOW_UNIT" = one.c ] && [ -e '$answers/'\$FLOW_ROLE ]; then
    cat >/dev/null
    . '$answers/'\$FLOW_ROLE
    exit
fi
exec '$FLOW_SOURCE_DIR/tests/cli/fake/transliterate'
SH
    chmod +x "$BATS_TEST_TMPDIR/model"
}

# answers ROLE COMMANDS: what the model does in that role for one.c.
answers() {
    printf '%s\n' "$2" >"$answers/$1"
}

# port_with STATE REASON [OPTION…]: one.c ends in that state for that reason, two.c is committed all the same.
port_with() {
    run --separate-stderr -1 flow-port --to rust --model "command/$BATS_TEST_TMPDIR/model" --yes "${@:3}"
    show
    [ "$(cell one.c state)" = "$1" ]
    [[ $(cell one.c reason) == *"$2"* ]]
    [ "$(cell two.c state)" = committed ]
    [[ $stderr == *"left out: one.c: $1"* ]]
    sound
}

# anew: as if nothing had been asked yet; replies are found by what was asked, whatever the run's name.
anew() {
    rm -rf .git/flow
    git update-ref -d refs/heads/flow/port/main
}

# mended: once the model answers as it should, running it again finishes what is missing.
mended() {
    rm -f "$answers/translate" "$answers/review" "$answers/fix"
    run --separate-stderr -0 flow-port --to rust --model "command/$BATS_TEST_TMPDIR/model" --yes "$@"
    [ "$(cell one.c state)" = committed ]
    sound
}

record='```json\n{"symbols": [{"source": "one", "target": "one"}]}\n```\n'

@test "a translator that answers prose" {
    answers translate 'echo "I am sorry, but I cannot do that."'
    port_with failed 'no fenced block'
    # What it was told is told again in no run, and costs nothing: only new ordinals are new calls.
    local calls
    calls=$(wc -l <"$answers/calls")
    port_with failed 'no fenced block'
    [ "$(wc -l <"$answers/calls")" = "$calls" ]
    mended --fresh one.c
}

@test "a translator that answers half a file" {
    answers translate "printf '\`\`\`rust\nfn one('"
    port_with failed 'has no end'
    mended --fresh one.c
}

@test "a translator that answers two files" {
    answers translate "printf '\`\`\`rust\nfn a() {}\n\`\`\`\n\`\`\`rust\nfn b() {}\n\`\`\`\n$record'"
    port_with failed '2 fenced blocks'
    mended --fresh one.c
}

@test "a translator that answers nothing" {
    answers translate ':'
    port_with failed 'printed no reply'
    # Nothing was answered, nothing is stored: it is asked again without a word.
    mended
}

@test "a translator that answers white space" {
    answers translate 'printf "   \n\n"'
    port_with failed 'empty'
    mended --fresh one.c
}

@test "a translator that answers fifty megabytes" {
    answers translate 'yes "a very long reply that never ends" | head -c 52428800'
    port_with failed 'larger than'
    mended
}

@test "a translator that answers bytes that are not text" {
    answers translate "printf '\`\`\`rust\nfn one() { \\000\\377 }\n\`\`\`\n$record'"
    port_with failed 'NUL'
    mended --fresh one.c
}

@test "a translator whose file is not of its language" {
    answers translate "printf '\`\`\`rust\nint one(int a) { return a +; }\n\`\`\`\n$record'"
    answers fix "echo '{\"edits\": [], \"findings\": [{\"number\": 1, \"fate\": \"rejected\", \"reason\": \"it is fine\"}]}'"
    port_with failed 'parse'
    mended --fresh one.c
}

@test "a translator that wants to write elsewhere" {
    local path
    for path in ../../x /etc/x .git/hooks/post-checkout rust/src/../../x rust/src/two.rs; do
        answers translate "printf '\`\`\`rust $path\npub fn one(a: i32) -> i32 { a }\n\`\`\`\n$record'"
        port_with failed "The reply is for '$path'; what was asked for is 'rust/src/one.rs'"
        anew
    done
    [ ! -e .git/hooks/post-checkout ]
    [ ! -e ../x ]
    [ ! -e /etc/x ]
}

@test "reviewers that answer anything but a verdict" {
    local reply
    for reply in 'looks good to me' '{"verdict": "accept"' '[]' '{"verdict": "maybe", "findings": []}' \
        '{"verdict": "reject", "findings": []}' '{"verdict": "accept", "findings": [{"severity": "blocker"}]}'; do
        answers review "printf '%s\n' '$reply'"
        port_with unreviewed 'no verdict on'
        anew
    done
    answers review 'yes | head -c 52428800'
    port_with unreviewed 'larger than'
    answers review ':'
    port_with unreviewed 'printed no reply'
    mended
}

@test "a fixer that answers anything but edits" {
    cat >"$answers/review" <<'SH'
echo '{"verdict": "reject", "findings": [{"severity": "blocker", "file": "one.rs", "source_line": 3, "target_line": 2,
  "claim": "wrong", "evidence": {"source": "a += 1;", "target": "a += 1;"}, "fix": "none"}]}'
SH
    local reply
    for reply in 'done' '{"edits": [{"find": "not there", "replace": "x"}], "findings": [{"number": 1, "fate": "fixed"}]}' \
        '{"edits": [{"find": "a", "replace": "b"}], "findings": [{"number": 1, "fate": "fixed"}]}' \
        '{"edits": [], "findings": []}' '{"edits": [], "findings": [{"number": 7, "fate": "rejected", "reason": "x"}]}'; do
        answers fix "printf '%s\n' '$reply'"
        port_with failed ''
        anew
    done
    answers fix 'yes | head -c 52428800'
    port_with failed 'larger than'
    mended --fresh one.c
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
}

@test "a program that fails, is killed, or takes too long" {
    answers translate 'echo "not logged in" >&2; exit 1'
    port_with failed 'failed with status 1: not logged in'
    answers translate 'kill -KILL $$'
    port_with failed 'signal'
    answers translate 'exec tail -f /dev/null'
    FLOW_MODEL_COMMAND_TIMEOUT=1 port_with failed 'took longer'
    mended
}

@test "a program that is not there, or goes away" {
    run --separate-stderr -3 flow-port --to rust --model command/nosuch --yes
    one_line flow-port "cannot run 'nosuch'" PATH
    run --separate-stderr -3 flow-port --to rust --model command/./nosuch --yes
    one_line flow-port "cannot run './nosuch'" 'No such file'
    run --separate-stderr -3 flow-port --to rust --model command/./one.c --yes
    one_line flow-port "cannot run" 'one.c'
    answers translate "rm '$BATS_TEST_TMPDIR/model'; exit 1"
    run --separate-stderr -3 flow-port --to rust --model "command/$BATS_TEST_TMPDIR/model" --yes
    last_line flow-port 'cannot run' model
    [[ $stderr == *'pending'* ]]
    sound
}

@test "names of models that are none" {
    local name
    for name in gpt nosuch/model command/ anthropic/ /; do
        run --separate-stderr -2 flow-port --to rust --model "$name" --yes
        [[ ${stderr_lines[0]} == "flow-port: '$name' is not the name of a model: anthropic/NAME, openai/NAME, command/PROGRAM or replay/FILE" ]]
        run --separate-stderr -2 flow-agent --model "$name" <<<hello
    done
    run --separate-stderr -3 flow-port --to rust --model replay/nosuch --yes
    one_line flow-port "'nosuch'"
    run --separate-stderr -2 flow-port --to rust --model command/cat --reviewer nosuch/x --yes
    [[ $stderr == *"'nosuch/x'"* ]]
    # A committed file may not choose a program to run.
    mkdir .flow
    printf '[port]\n\tmodel = command/touch gone\n' >.flow/config
    run --separate-stderr -5 flow-port --to rust --yes
    one_line flow-port "'.flow/config' line 2" 'flow.port.model'
    [ ! -e gone ]
}

@test "no key, and keys that cannot be read" {
    run --separate-stderr -3 flow-port --to rust --model anthropic/claude-x --yes --budget 9calls
    one_line flow-port ANTHROPIC_API_KEY key-file
    run --separate-stderr -3 flow-port --to rust --model openai/gpt-x --yes --budget 9calls
    one_line flow-port OPENAI_API_KEY key-file
    run --separate-stderr -3 flow-agent --model openai/gpt-x <<<hello
    one_line flow-agent OPENAI_API_KEY key-file
    git config flow.model.openai.key-file "$HOME/key"
    run --separate-stderr -3 flow-agent --model openai/gpt-x <<<hello
    one_line flow-agent "$HOME/key" 'No such file'
    (umask 022 && echo secret >"$HOME/key")
    run --separate-stderr -3 flow-agent --model openai/gpt-x <<<hello
    one_line flow-agent "$HOME/key" 'chmod 600'
    chmod 600 "$HOME/key"
    : >"$HOME/key"
    run --separate-stderr -3 flow-agent --model openai/gpt-x <<<hello
    one_line flow-agent "$HOME/key" empty
}

@test "a key that is refused ends the run, and says where it came from" {
    serve '{}' --key right
    export ANTHROPIC_API_KEY=sk-wrong-key OPENAI_API_KEY=sk-wrong-key
    local model
    for model in anthropic/claude-x openai/gpt-x; do
        run --separate-stderr -3 flow-port --to rust --model "$model" --yes --budget 9calls --name "${model%/*}"
        last_line flow-port 'HTTP 401' '[key]' 'the key is that of'
        [[ $stderr =~ pending\ +2 ]]
        [[ $stderr != *sk-wrong-key* ]]
        run --separate-stderr -3 flow-agent --model "$model" <<<hello
        last_line flow-agent 'HTTP 401' '[key]' 'the key is that of'
    done
    unset OPENAI_API_KEY
    run --separate-stderr -3 flow-agent --model openai/gpt-x <<<hello
    last_line flow-agent 'set the key in OPENAI_API_KEY'
    sound
}

@test "a model that the server does not have, and one that answers with something else" {
    serve '{"rules":[{"match":"unknown","reply":{"status":404,"body":{"error":{"type":"not_found_error","message":"model: gpt-y"}}}},
        {"match":"page","reply":{"raw":"<html>It works!</html>"}},
        {"match":"empty","reply":{"empty":true}}, {"match":"huge","reply":{"huge":52428800}}]}'
    export OPENAI_API_KEY=k
    git config flow.model.retries 0
    run --separate-stderr -3 flow-agent --model openai/gpt-y <<<unknown
    last_line flow-agent 'HTTP 404' 'model: gpt-y'
    run --separate-stderr -1 flow-agent --model openai/gpt-y <<<page
    last_line flow-agent 'not what was asked for' 'It works!'
    run --separate-stderr -1 flow-agent --model openai/gpt-y <<<empty
    last_line flow-agent 'the answer is empty'
    run --separate-stderr -1 flow-agent --model openai/gpt-y <<<huge
    last_line flow-agent 'larger than'
}

@test "a server that is not there ends the run, and the next one continues it" {
    serve '{}'
    kill "$server"
    wait "$server" || true
    local dead=$address
    unset server
    git config flow.model.retries 0
    export ANTHROPIC_API_KEY=k
    ANTHROPIC_BASE_URL=$dead run --separate-stderr -3 flow-port --to rust --model anthropic/claude-x --yes --budget 9calls
    last_line flow-port "${dead#http://}" 'is the server up'
    [[ $stderr =~ pending\ +2 ]]
    ANTHROPIC_BASE_URL=http://nowhere.invalid run --separate-stderr -3 flow-agent --model anthropic/claude-x <<<hello
    last_line flow-agent nowhere.invalid 'is the server up'
    local url
    for url in ftp://host host:80 http:// 'http://a b' http://user:secret@host; do
        ANTHROPIC_BASE_URL=$url run --separate-stderr -3 flow-agent --model anthropic/claude-x <<<hello
        one_line flow-agent address
        [[ $stderr != *secret* ]]
    done
    sound
    run --separate-stderr -0 port --budget 9calls
    [ "$(committed)" = 2 ]
}

@test "a recording that is no recording, and one that lacks a step" {
    printf 'no json\n' >recording
    run --separate-stderr -3 flow-port --to rust --model replay/recording --yes
    one_line flow-port "'recording'"
    rm recording
    run --separate-stderr -0 port --record "$BATS_TEST_TMPDIR/recording" one.c
    run --separate-stderr -3 flow-port --to rust --model "replay/$BATS_TEST_TMPDIR/recording" --yes --name again
    last_line flow-port 'two.c'
    git update-index -q --refresh
    run --separate-stderr -3 port --record /proc/nowhere/file --name third
    one_line flow-port /proc/nowhere/file
    sound
}

@test "flow-agent and models that answer nothing or too much" {
    run --separate-stderr -1 flow-agent --quiet --model command/true <<<hello
    one_line flow-agent 'printed no reply'
    run --separate-stderr -1 flow-agent --quiet --model "command/sh -c 'yes | head -c 52428800'" <<<hello
    one_line flow-agent 'larger than'
    run --separate-stderr -2 flow-agent --model command/cat </dev/null
    [[ ${stderr_lines[0]} == 'flow-agent: there is no prompt on standard input' ]]
    head -c 20000000 /dev/zero | tr '\0' x >big
    run --separate-stderr -3 flow-agent --model command/cat <big
    one_line flow-agent 'larger than'
    printf 'a\0b' >nul
    run --separate-stderr -0 flow-agent --quiet --model 'command/wc -c' <nul
    printf '{"a"' >schema
    run --separate-stderr -3 flow-agent --model command/cat --schema schema <<<hello
    one_line flow-agent "schema 'schema'"
}
