# shellcheck shell=bash
# What the tests of bad input (bad-*.bats) share: a model that translates by rule, and what must hold whatever happens.

# int_function NAME [FILE]: a C file with one function that any of the models here can translate.
int_function() {
    printf 'int %s(int a)\n{\n    a += 1;\n    return a;\n}\n' "$1" >"${2:-$1.c}"
}

# port OPTION…: flow-port to Rust with the model that translates by rule.
port() {
    flow-port --to rust --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate" --yes "$@"
}

# cell UNIT COLUMN: of the records that the last run printed; the unit as it stands there.
cell() {
    unit=$1 awk -F'\t' -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
        $1 == ENVIRON["unit"] { print $column }' <<<"$output"
}

# committed: how many records say so.
committed() {
    awk -F'\t' '$2 == "committed" { n++ } END { print n + 0 }' <<<"$output"
}

# show: what the last run printed, for whoever reads why a test failed.
show() {
    printf '%s\n' "$output" "$stderr"
}

# one_line TOOL TEXT…: stderr is one line of that tool and holds each text.
one_line() {
    local text
    [ "${#stderr_lines[@]}" = 1 ]
    [[ $stderr == "$1: "* ]]
    for text in "${@:2}"; do
        [[ $stderr == *"$text"* ]]
    done
}

# last_line TOOL TEXT…: the same for the last line, where a plan or a census stands before it.
last_line() {
    local text last=${stderr_lines[-1]}
    [[ $last == "$1: "* ]]
    for text in "${@:2}"; do
        [[ $last == *"$text"* ]]
    done
}

# sound: the ledger is whole, and the work tree is as it was committed.
sound() {
    python3 - "$(git rev-parse --git-common-dir)/flow/ledger.db" <<'CHECK'
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1])
assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
assert ledger.execute("PRAGMA foreign_key_check").fetchall() == []
CHECK
    [ -z "$(git status --porcelain)" ]
    git fsck --no-dangling >/dev/null
}

# repository [DIR]: an empty one here or in DIR, in which flow may commit.
repository() {
    new_repository "${1:-.}"
    git -C "${1:-.}" config user.name 'A Tester'
    git -C "${1:-.}" config user.email tester@example.org
}

# serve SCRIPT [WORD…]: starts the model server of tests/e2e; its address stands in $address.
serve() {
    printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/script.json"
    shift
    mkfifo "$BATS_TEST_TMPDIR/port"
    "$FLOW_SOURCE_DIR/tests/e2e/server/flow-model-server" --script "$BATS_TEST_TMPDIR/script.json" --port-file - "$@" \
        >"$BATS_TEST_TMPDIR/port" 3>&- &
    server=$!
    read -r number <"$BATS_TEST_TMPDIR/port"
    address=http://127.0.0.1:$number
    export ANTHROPIC_BASE_URL=$address OPENAI_BASE_URL=$address/v1
}

teardown() {
    if [[ ${server:-} ]]; then
        kill "$server"
    fi
}
