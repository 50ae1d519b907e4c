#!/usr/bin/env bats
# Where there is no repository, or not one as usual.

load setup
load bad

model="command/cat"

# every TEXT…: none of the tools that need a repository goes on, and each message holds each text.
every() {
    local tool
    for tool in 'flow-init' 'flow-analyze' 'flow-port --to rust --dry-run' "flow-port --to rust --yes --model $model" \
        "flow-agent --tools --model $model"; do
        run --separate-stderr -3 bash -c "$tool ${where:-} <<<hello"
        one_line "${tool%% *}" "$@"
        [ -z "$output" ]
    done
}

@test "no repository" {
    every "'.' is not inside a git repository" --directory "'git init'"
    where='-C /proc/nowhere' every "'/proc/nowhere'" 'No such file'
    printf 'text\n' >file
    where='-C file' every "'file'" 'not a folder'
    GIT_DIR=/proc/nowhere run --separate-stderr -3 flow-analyze
    one_line flow-analyze
}

@test "a repository that was broken" {
    repository
    int_function one
    commit_all one
    printf '[core\n' >.git/config
    every 'config'
}

@test "no commit yet" {
    repository
    int_function one
    run --separate-stderr -0 flow-analyze --quiet
    [ "${#lines[@]}" = 2 ]
    run --separate-stderr -0 flow-init --quiet
    rm -r .flow
    run --separate-stderr -3 flow-analyze --at HEAD
    one_line flow-analyze 'no commit yet' "'git commit'"
    run --separate-stderr -3 port
    one_line flow-port 'no commit yet' "'git commit'"
    run --separate-stderr -3 flow-port --to rust --dry-run
    one_line flow-port 'no commit yet' "'git commit'"
    run --separate-stderr -3 port --base main
    one_line flow-port 'no commit yet'
}

@test "no file in a language that is known" {
    repository
    printf 'text\n' >README
    commit_all text
    run --separate-stderr -0 flow-analyze
    [ "${#lines[@]}" = 1 ]
    [[ $stderr == *'unknown language: 1 file'* ]]
    run --separate-stderr -0 flow-init
    rm -r .flow
    run --separate-stderr -3 port
    one_line flow-port 'in a language that flow knows' 'flow-analyze --skipped'
    # An empty commit, too.
    git rm -q README
    git commit -q -m nothing
    run --separate-stderr -0 flow-analyze --quiet
    run --separate-stderr -3 port
    one_line flow-port 'in a language that flow knows'
}

@test "unknown languages, and a pair without a guide of its own" {
    repository
    int_function one
    commit_all one
    run --separate-stderr -2 flow-port --to klingon --dry-run
    [[ ${stderr_lines[0]} == "flow-port: unknown language 'klingon'"*' c, '* ]]
    git config flow.port.from klingon
    run --separate-stderr -3 flow-port --to rust --dry-run
    one_line flow-port "unknown language 'klingon'" .git/config
    git config flow.port.from java
    run --separate-stderr -3 flow-port --to rust --dry-run
    one_line flow-port 'no unit is in java' port.from
    git config --unset flow.port.from
    run --separate-stderr -0 flow-port --to zig --dry-run
    [[ $stderr == *'guide             the general one'* ]]
}

@test "no model" {
    repository
    int_function one
    commit_all one
    run --separate-stderr -3 flow-port --to rust --yes
    one_line flow-port 'three ways' ANTHROPIC_API_KEY OPENAI_BASE_URL "command/claude -p"
    run --separate-stderr -3 flow-agent <<<hello
    one_line flow-agent 'three ways' ANTHROPIC_API_KEY OPENAI_BASE_URL "command/claude -p"
    # One setting serves both.
    git config flow.model.default command/cat
    run --separate-stderr -0 flow-agent --quiet <<<hello
    run --separate-stderr -1 flow-port --to rust --yes --quiet
}

@test "objects named by SHA-256" {
    git init -q -b main --object-format=sha256 repo
    cd repo
    int_function one
    commit_all one
    every SHA-256 'object-format=sha1'
    [ ! -e .git/flow ]
}

@test "an extension that nobody knows" {
    repository repo
    cd repo
    int_function one
    commit_all one
    git config core.repositoryformatversion 1
    git config extensions.unheardof true
    every 'unheardof'
    printf '[core]\n\trepositoryformatversion = 9\n' >.git/config
    every 'version'
}

# A port of the repository that the test stands in, from the records of flow-analyze.
ports() {
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze --quiet | flow-port --to rust --yes --model "$MODEL" -'
    [ "$(committed)" = 2 ]
    [ "$(git rev-list --count HEAD..flow/port/main)" = 2 ]
    [ "$(git ls-tree -r --full-tree --name-only flow/port/main rust/src/ | wc -l)" = 3 ]
    sound
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
}

two_functions() {
    export MODEL="command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate"
    repository "$1"
    mkdir "$1/src"
    int_function one "$1/src/one.c"
    int_function two "$1/src/two.c"
    (cd "$1" && commit_all 'two functions')
}

@test "a bare repository" {
    two_functions first
    git clone -q --bare first bare.git
    cd bare.git
    git config user.name 'A Tester'
    git config user.email tester@example.org
    run --separate-stderr -3 flow-analyze
    one_line flow-analyze 'no work tree' --at
    run --separate-stderr -3 flow-init
    one_line flow-init 'no work tree' clone
    run --separate-stderr -0 flow-agent --quiet --tools --model command/cat <<<hello
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze --quiet --at main | flow-port --to rust --yes --model "$MODEL" -'
    [ "$(committed)" = 2 ]
    [ "$(git rev-list --count main..flow/port/main)" = 2 ]
    git fsck --no-dangling
}

@test "a branch from elsewhere, which no ledger here knows" {
    two_functions first
    (cd first && port >/dev/null 2>&1)
    git clone -q first second
    cd second
    git config user.name 'A Tester'
    git config user.email tester@example.org
    git branch -q flow/port/main origin/flow/port/main
    # Nothing is written over: the units are held until a person decides.
    run --separate-stderr -1 port
    [ "$(cell src/one.c state)" = held ]
    [[ $(cell src/one.c reason) == *'this ledger holds no verdicts'* ]]
    rm -r .git/flow
    int_function three
    commit_all three
    run --separate-stderr -3 port
    one_line flow-port "'flow/port/main' did not begin at" --base --name
    run --separate-stderr -1 port --base HEAD~1
    [ "$(cell src/one.c state)" = held ]
    sound
}

@test "a detached head" {
    two_functions repo
    cd repo
    git checkout -q --detach
    ports
    [ "$(git symbolic-ref -q HEAD)" = '' ]
}

@test "a linked worktree" {
    two_functions repo
    git -C repo worktree add -q -b other ../linked
    cd linked
    ports
    # Both work trees see one ledger.
    cd ../repo
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
    [ -e .git/flow/ledger.db ]
    # A branch that is checked out in the other one is not written.
    git worktree add -q ../third flow/port/main
    cd ../linked
    int_function three
    commit_all three
    run --separate-stderr -5 port --at HEAD
    last_line flow-port third --name
}

@test "a submodule, from inside and from outside" {
    two_functions inner
    two_functions outer
    git -C outer -c protocol.file.allow=always submodule --quiet add "$PWD/inner" sub
    (cd outer && commit_all sub)
    cd outer
    run --separate-stderr -0 flow-analyze
    [[ $stderr == *'left out: submodule: 1 file'* ]]
    ports
    run -1 grep -q sub <<<"$output"
    cd sub
    git config user.name 'A Tester'
    git config user.email tester@example.org
    ports
    [ ! -e .git/flow ]
    [ -e ../.git/modules/sub/flow/ledger.db ]
}

@test "a sparse checkout" {
    two_functions repo
    cd repo
    mkdir far
    int_function three far/three.c
    commit_all far
    git sparse-checkout set src
    [ ! -e far ]
    run --separate-stderr -0 flow-analyze --quiet
    [ "$(cell far/three.c lines)" = 5 ]
    run --separate-stderr -0 port
    [ "$(committed)" = 3 ]
    [[ $stderr != *'differ from commit'* ]]
    sound
}

@test "a shallow clone, and one whose objects are elsewhere" {
    two_functions first
    git -C first commit -q --allow-empty -m second
    git clone -q --depth 1 "file://$PWD/first" shallow
    git clone -q --shared first shared
    local clone
    for clone in shallow shared; do
        git -C "$clone" config user.name 'A Tester'
        git -C "$clone" config user.email tester@example.org
        (cd "$clone" && ports)
    done
}

@test "a folder inside the work tree, and a work tree below a symbolic link" {
    two_functions repo
    ln -s repo/src linked
    cd linked
    run --separate-stderr -0 flow-analyze --quiet one.c
    [ "$(cut -f 1 <<<"${lines[1]}")" = src/one.c ]
    cd ../repo/src
    ports
}

@test "a work tree with changes, and files that are not tracked" {
    two_functions repo
    cd repo
    int_function other src/one.c
    int_function untracked src/three.c
    git add src/three.c
    int_function four four.c
    run --separate-stderr -0 flow-analyze --quiet
    [ "${#lines[@]}" = 5 ]
    local before
    before=$(git status --porcelain)
    run --separate-stderr -0 port
    [ "$(committed)" = 2 ]
    [[ $stderr == *'1 file'*'differ'* ]]
    [ "$(git status --porcelain)" = "$before" ]
    run -0 git show flow/port/main:rust/src/one.rs
    [[ $output == *'fn one('* ]]
    # Units that only the work tree has cannot be ported, and are named.
    run --separate-stderr -3 port four.c
    one_line flow-port "'four.c'" commit
}

@test "nobody to commit as" {
    two_functions repo
    cd repo
    git config --unset user.name
    run --separate-stderr -3 port
    one_line flow-port user.name 'git config'
    run --separate-stderr -0 flow-port --to rust --dry-run
}

@test "a repository that cannot be written" {
    [ "$(id -u)" = 0 ] && [ -z "$(command -v setpriv)" ] && skip 'root may write anywhere'
    two_functions repo
    chmod 755 "$BATS_TEST_TMPDIR"
    cd repo
    git config --global --add safe.directory '*'
    chmod -R a-w .git
    local as=()
    # Root is not held by modes of files: give that power away.
    [ "$(id -u)" = 0 ] && as=(setpriv '--bounding-set=-dac_override,-dac_read_search' --inh-caps=-all)
    run --separate-stderr -0 "${as[@]}" flow-analyze --quiet
    [ "${#lines[@]}" = 3 ]
    run --separate-stderr -3 "${as[@]}" flow-port --to rust --yes --model "$MODEL"
    one_line flow-port "cannot make '" flow "Permission denied"
    run --separate-stderr -3 "${as[@]}" flow-port --to rust --dry-run
    one_line flow-port "Permission denied"
    # Where flow's folder is there, but not the objects.
    chmod -R u+w .git
    run --separate-stderr -0 flow-port --to rust --dry-run
    chmod -R a-w .git/objects .git/refs
    run --separate-stderr -3 "${as[@]}" flow-port --to rust --yes --model "$MODEL"
    last_line flow-port "Permission denied"
    chmod -R u+w .git
    # Nothing that was paid for is lost.
    run --separate-stderr -0 flow-port --to rust --yes --model command/false
    [ "$(committed)" = 2 ]
    sound
}
