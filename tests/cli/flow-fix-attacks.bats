#!/usr/bin/env bats
# flow-fix: builds and tests that attack get nowhere, and which limit ended them is said. All of them are harmless: they end by
# themselves, and what they take is little more than the limits that are set for them.

load setup
load port
load fix

eval "$(declare -f setup | sed '1s/setup/port_setup/')"

setup() {
    need_sandbox
    port_setup
    ported 'a.wrapping_add(b)'
    git config flow.sandbox.seconds 60
    git config flow.fix.build true
    git config flow.fix.test true
}

teardown() {
    [ -z "${server:-}" ] || kill "$server"
}

fix() {
    flow-fix --model "$model" --yes "$@"
}

tree() {
    compgen -G "$HOME/.cache/flow/build/*/tree/rust/$1"
}

@test "a build that forks and forks" {
    git config flow.sandbox.processes 10
    git config flow.fix.build 'for i in $(seq 60); do sleep 300 & done; wait'
    run --separate-stderr -3 fix
    [[ $stderr == *'the build was ended for what it took: it passed the limit on processes'* ]]
}

@test "a test that forks and forks fails, and leaves nothing behind" {
    git config flow.sandbox.processes 10
    git config flow.fix.test 'for i in $(seq 60); do sleep 304.5 & done; wait'
    run --separate-stderr -1 fix --max-rounds 1
    [[ $stderr == *'the tests were ended for what they took: they passed the limit on processes'* ]]
    [ "$(cell 1 new)" = 1 ]
    run -1 pgrep -f 'sleep 304.5'
}

@test "a build that fills the disk" {
    git config flow.sandbox.disk 8
    git config flow.fix.build 'for i in $(seq 24); do head -c 1048576 /dev/zero >full.$i; done; sleep 50'
    run --separate-stderr -3 fix
    [[ $stderr == *'it passed the limit on disk'* ]]
}

@test "a build that takes all memory" {
    git config flow.sandbox.memory 64
    git config flow.fix.build 'a=$(head -c 300000000 /dev/zero | tr "\0" a); echo ${#a}; sleep 50'
    run --separate-stderr -3 fix
    [[ $stderr == *'it passed the limit on memory'* ]]
}

@test "a build that never ends" {
    git config flow.sandbox.seconds 2
    git config flow.fix.build 'sleep 300'
    run --separate-stderr -3 fix
    [[ $stderr == *'it passed the limit on time'* ]]
}

@test "a build that opens the network" {
    exec 4< <(exec python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(8)
print(s.getsockname()[1], flush=True)
while True:
    s.accept()[0].close()')
    server=$!
    read -r port <&4
    git config flow.fix.build "bash -c 'exec 3<>/dev/tcp/127.0.0.1/$port' && touch open || touch closed"
    run --separate-stderr -0 fix
    tree closed
    [ -z "$(tree open)" ]
    # Outside of the sandbox the same command gets there.
    run --separate-stderr -0 fix --no-sandbox
    tree open
}

@test "a build that reads keys" {
    mkdir -p "$HOME/.ssh" "$HOME/.cargo"
    printf 'sesame\n' | tee "$HOME/.ssh/id_ed25519" "$HOME/.cargo/credentials.toml" "$HOME/.netrc" >"$HOME/.git-credentials"
    CARGO_HOME=$HOME/.cargo
    git config flow.secret sesame
    git config flow.fix.build "cat \"\$HOME/.ssh/id_ed25519\" \"\$HOME/.cargo/credentials.toml\" \"\$HOME/.netrc\" \"\$HOME/.git-credentials\" \
        '$PWD/.git/config' '$PWD/.git/flow/ledger.db' /etc/shadow >found 2>/dev/null; env >>found; true"
    OPENAI_API_KEY=sesame ANTHROPIC_API_KEY=sesame run --separate-stderr -0 fix
    [ -s "$(tree found)" ]
    run -1 grep -e sesame -e root: -e SQLite "$(tree found)"
}

@test "a build that writes outside of its tree" {
    mkdir "$BATS_TEST_TMPDIR/outside"
    cp .git/HEAD .git/config "$BATS_TEST_TMPDIR"
    git config flow.fix.build "for f in '$BATS_TEST_TMPDIR/outside/x' '$PWD/.git/HEAD' '$PWD/src/main.c' \"\$CARGO_HOME/x\" /etc/x \
        ../../../x \"\$HOME/x\"; do echo owned >\"\$f\"; done; ln -s '$BATS_TEST_TMPDIR/outside' out; true"
    run --separate-stderr -0 fix
    [ -z "$(ls "$BATS_TEST_TMPDIR/outside")" ]
    [ ! -e "$CARGO_HOME/x" ]
    [ ! -e /etc/x ]
    [ ! -e "$HOME/x" ]
    cmp .git/HEAD "$BATS_TEST_TMPDIR/HEAD"
    [ -z "$(git status --porcelain)" ]
    run -1 grep -r owned "$HOME/.cache/flow" --include=x
}

@test "the fetch step has a network and may fill caches, and sees no keys; builds only read them" {
    mkdir -p "$HOME/.ssh"
    printf 'sesame\n' >"$HOME/.ssh/id_ed25519"
    git config flow.fix.fetch 'readlink /proc/self/ns/net >"$CARGO_HOME/net"; echo once >>"$CARGO_HOME/times"
        env >"$CARGO_HOME/seen"; cat "$HOME/.ssh/id_ed25519" >>"$CARGO_HOME/seen"; true'
    git config flow.fix.build 'readlink /proc/self/ns/net >net; test -s "$CARGO_HOME/net" && touch "$CARGO_HOME/mine"; true'
    OPENAI_API_KEY=sesame run --separate-stderr -0 fix
    [[ $stderr == *'fetch, once       readlink'* ]]
    [ "$(cat "$CARGO_HOME/net")" = "$(readlink /proc/self/ns/net)" ]
    [ "$(cat "$(tree net)")" != "$(readlink /proc/self/ns/net)" ]
    [ ! -e "$CARGO_HOME/mine" ]
    [ -s "$CARGO_HOME/seen" ]
    run -1 grep sesame "$CARGO_HOME/seen"
    run --separate-stderr -0 fix
    [ "$(cat "$CARGO_HOME/times")" = once ]
    git config flow.fix.fetch 'echo again; exit 4'
    run --separate-stderr -3 fix
    [[ $stderr == *"the fetch step 'echo again; exit 4' failed with status 4. It ended with: again"* ]]
}

@test "a fetch step of a committed file is accepted before it runs" {
    mkdir -p .flow
    printf '[fix]\n\tfetch = touch fetched\n' >.flow/config
    commit_all settings
    run --separate-stderr -5 fix
    [[ $stderr == *"'fix.fetch' comes with the repository"* ]]
    [ -z "$(tree fetched)" ]
    run -0 flow approve --yes
    run --separate-stderr -0 fix
    tree fetched
}
