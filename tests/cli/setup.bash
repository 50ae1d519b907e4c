# shellcheck shell=bash
# What every file of command-line tests begins with ("load setup"). It fixes the environment, so that a test says the
# same on any machine, and leaves the test in an empty folder of its own.
#
# House rules, held by house.bats:
#   - a program that is tested runs through `run --separate-stderr -STATUS`: its exit status is always said, so that a
#     crash is never taken for the failure that was expected;
#   - never `! command` (the test would pass either way) and never a program of ours on the left of a pipe (its status
#     would be lost): pipe inside `run … bash -c 'set -o pipefail; …'`;
#   - no sleeping until something has probably happened.

bats_require_minimum_version 1.5.0

common_setup() {
    local name
    for name in $(compgen -v FLOW_; compgen -v XDG_; compgen -v GIT_); do
        case $name in
        FLOW_SOURCE_DIR | FLOW_BIN_DIR | FLOW_POLICED_DIR) ;;
        *) unset "$name" ;;
        esac
    done
    unset ANTHROPIC_API_KEY OPENAI_API_KEY MAKEFLAGS NO_COLOR COLUMNS
    : "${FLOW_SOURCE_DIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
    : "${FLOW_BIN_DIR:=$FLOW_SOURCE_DIR/build/dev/bin}"
    export FLOW_SOURCE_DIR FLOW_BIN_DIR
    export LC_ALL=C TZ=UTC TERM=dumb
    export HOME=$BATS_TEST_TMPDIR/home
    export PATH=$FLOW_BIN_DIR:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
    export GIT_CONFIG_NOSYSTEM=1
    export GIT_AUTHOR_NAME='A Tester' GIT_AUTHOR_EMAIL=tester@example.org GIT_AUTHOR_DATE='2026-01-01T00:00:00Z'
    export GIT_COMMITTER_NAME='A Tester' GIT_COMMITTER_EMAIL=tester@example.org
    export GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
    mkdir -p "$HOME" "$BATS_TEST_TMPDIR/work"
    cd "$BATS_TEST_TMPDIR/work" || return 1
}

# A file that needs more defines its own setup() and calls common_setup first.
setup() {
    common_setup
}

# tools: the names of all tools that were built, without flow itself.
tools() {
    (cd "$FLOW_BIN_DIR" && compgen -G 'flow-*') || true
}

# new_repository [DIR]: an empty repository with the branch main, here or in DIR.
new_repository() {
    git init -q -b main "${1:-.}"
}

# commit_all MESSAGE: commits everything in the repository that the test stands in.
commit_all() {
    git add -A
    git commit -q -m "$1"
}

# Holds what a run printed against a whole file: same_as EXPECTED "$output". UPDATE_EXPECTED=1 writes the file anew.
same_as() {
    if [[ ${UPDATE_EXPECTED:-} ]]; then
        printf '%s\n' "$2" >"$1"
    fi
    diff -u "$1" <(printf '%s\n' "$2")
}

# until_true COMMAND …: waits until it succeeds; what it looks at takes a while to look at.
until_true() {
    local i
    for ((i = 0; i < 2000; i++)); do
        if "$@"; then
            return
        fi
        flow-status >"$BATS_TEST_TMPDIR/look"
    done
    return 1
}
