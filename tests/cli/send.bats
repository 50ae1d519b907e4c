#!/usr/bin/env bats
# What leaves the machine: a file that send.exclude names, or that looks like it holds a secret, is in no prompt and in no
# answer to a look-up, and the census says so.

load setup
load port

# A token as a vendor makes them, put together here so that no scanner takes this file for a leak.
token=ghp_$(printf '%s' 0a1B2c3D4e5F6g7H8i9J 0k1L2m3N4o5P6q7R)

# prompts_hold TEXT: whether any prompt that was sent, or that is stored, holds it.
prompts_hold() {
    grep -rqF -e "$1" "$replies/seen" || flow_blocks | grep -qF -e "$1"
}

flow_blocks() {
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(".git/flow/ledger.db").execute("SELECT data FROM block"):
    sys.stdout.buffer.write(row[0] + b"\n")'
}

secret_in_util() {
    printf 'static const char *const token = "%s";\n' "$token" >>src/util.c
    commit_all 'a token'
}

@test "a unit that looks like it holds a secret is held and named, and none of it is sent" {
    secret_in_util
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = held ]
    [ "$(cell src/main.c state)" = committed ]
    [[ $stderr == *'src/util.c'*'held'*'not sent: it looks like a GitHub token (line 8); look at it, then'*"'flow approve src/util.c' has it sent"* ]]
    [ "$(calls)" = 3 ]
    run -1 prompts_hold "$token"
    run -1 prompts_hold 'return a + b'
    # Its header holds none, and is shown to those that import it.
    grep -qF 'int util_add(int a, int b);' "$replies/seen/src_main.c_translate"*
    [[ $stderr != *"$token"* ]]
    [[ $output != *"$token"* ]]
    # It stays so.
    run --separate-stderr -1 port
    [ "$(calls)" = 3 ]
}

@test "an import that is held back is shown without its content" {
    printf '/* %s */\n' "$token" >>src/util.h
    commit_all 'a token'
    run --separate-stderr -1 port
    [ "$(cell src/main.c state)" = committed ]
    grep -qF '(its content is held back)' "$replies/seen/src_main.c_translate"*
    run -1 prompts_hold 'int util_add(int a, int b);'
    run -1 prompts_hold "$token"
}

@test "a person lets it go as it is, and when it changes it is held again" {
    secret_in_util
    run --separate-stderr -1 port
    run --separate-stderr -0 flow approve --yes src/util.c
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    prompts_hold "$token"
    printf 'static int more;\n' >>src/util.c
    commit_all 'a change'
    run --separate-stderr -1 port --at HEAD
    [[ $stderr == *'src/util.c'*'not sent: it looks like'* ]]
}

@test "what is excluded is not sent, whoever excluded it, and no decision changes that" {
    local how
    for how in committed user repository variable; do
        rm -rf .git/flow .flow "$HOME/.gitconfig" "$replies/seen" "$replies/calls"
        git config --unset-all flow.send.exclude || true
        case $how in
        committed) mkdir .flow && git config -f .flow/config send.exclude 'src/util.*' ;;
        user) git config --global flow.send.exclude 'src/util.*' ;;
        repository) git config flow.send.exclude 'src/util.*' ;;
        variable) export FLOW_SEND_EXCLUDE='src/util.*' ;;
        esac
        run --separate-stderr -1 port --name "$how"
        [[ $stderr == *"not sent: send.exclude 'src/util.*'"* ]]
        run -1 prompts_hold 'return a + b'
        run --separate-stderr -5 flow approve --yes src/util.c
        [[ $stderr == *"send.exclude 'src/util.*'"* ]]
    done
}

@test "a committed file takes no pattern back" {
    git config flow.send.exclude 'src/util.*'
    mkdir .flow
    git config -f .flow/config send.exclude ''
    git config -f .flow/config --add send.exclude nothing
    run --separate-stderr -1 port
    run -1 prompts_hold 'return a + b'
}

@test "a guide that looks like it holds a secret is not used, and the run says so before it begins" {
    printf 'the token is %s\n' "$token" >guide.md
    commit_all guide
    FLOW_PORT_GUIDE=guide.md run --separate-stderr -5 port
    [[ $stderr == *"the guide (port.guide) 'guide.md' is not sent: it looks like a GitHub token"* ]]
    [ "$(calls)" = 0 ]
}

@test "a field table that looks like it holds a secret is not used" {
    mkdir .flow
    printf 'src/util.c\t%s\n' "$token" >.flow/LIFETIMES.tsv
    commit_all fields
    run --separate-stderr -5 port
    [[ $stderr == *"the field table (port.field-table) '.flow/LIFETIMES.tsv' is not sent"* ]]
    run -1 prompts_hold "$token"
}

@test "a contract that looks like it holds a secret holds its unit" {
    mkdir -p rust/src
    printf '// %s\npub fn util_add(a: i32, b: i32) -> i32 { todo!() }\n' "$token" >rust/src/util.rs
    commit_all contract
    run --separate-stderr -1 port
    [[ $stderr == *'src/util.c'*'held'*'not sent: it looks like'* ]]
    run -1 prompts_hold "$token"
}

@test "look-ups answer nothing from a file that is held back" {
    secret_in_util
    serve "$token"
    OPENAI_BASE_URL=$address/v1 run --separate-stderr -0 bash -c 'echo find it | flow-agent --tools -m openai/x'
    [ "$output" = 'done' ]
    run -1 grep -F -e "$token" -e 'return a + b' "$BATS_TEST_TMPDIR/journal"
    # The look-ups did get their answers.
    grep -qF 'the file is held back' "$BATS_TEST_TMPDIR/journal"
    grep -qF 'no line matches' "$BATS_TEST_TMPDIR/journal"
}

# serve TEXT: a server whose model reads src/util.c and searches for the start of TEXT, then says done.
serve() {
    cat >"$BATS_TEST_TMPDIR/script.json" <<SCRIPT
{"rules": [
 {"match": "find it", "reply": {"tools": [{"name": "read", "input": {"path": "src/util.c"}},
   {"name": "search", "input": {"text": "${1:0:10}"}}, {"name": "search", "input": {"text": "return a"}}]}},
 {"reply": {"text": "done"}}]}
SCRIPT
    mkfifo "$BATS_TEST_TMPDIR/port"
    "$FLOW_SOURCE_DIR/tests/e2e/server/flow-model-server" --script "$BATS_TEST_TMPDIR/script.json" --port-file - \
        --journal "$BATS_TEST_TMPDIR/journal" >"$BATS_TEST_TMPDIR/port" 3>&- &
    server=$!
    read -r number <"$BATS_TEST_TMPDIR/port"
    address=http://127.0.0.1:$number
}

teardown() {
    if [[ ${server:-} ]]; then
        kill "$server"
    fi
}
