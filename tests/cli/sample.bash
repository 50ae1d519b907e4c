# shellcheck shell=bash
# What the tests of the sample share. Load setup.bash first.

setup() {
    common_setup
    sample=$FLOW_SOURCE_DIR/tests/samples/sheet
    recordings=$sample/recordings
    cp -R "$sample" sheet
    rm -rf sheet/recordings
    cd sheet || return 1
    new_repository
    git config user.name 'A Tester'
    git config user.email tester@example.org
    commit_all 'a program'
}

# The cell of a unit in the records that the last run printed.
cell() {
    awk -F'\t' -v unit="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $1 == unit { print $at[column] }' <<<"$output"
}

# spoiled KIND [RECORDING]: the command model that spoils one answer.
spoiled() {
    local model="command/$FLOW_SOURCE_DIR/tests/e2e/saboteur $1 $recordings/port.jsonl"
    [[ $# -lt 2 ]] || model+=" $recordings/$2.jsonl"
    printf '%s' "$model"
}
