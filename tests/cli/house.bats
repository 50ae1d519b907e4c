#!/usr/bin/env bats
# The house rules of the command-line tests themselves; setup.bash says why each is there.

load setup

# Prints the lines of all test files that match, "FILE:LINE: TEXT", and fails where there are any.
none_match() {
    local found status=0
    found=$(cd "$FLOW_SOURCE_DIR/tests" && grep -rnE --include='*.bats' "$1" .) || status=$?
    printf '%s\n' "$found"
    ((status == 1))
}

@test "no test negates a command" {
    none_match '^[[:space:]]*! '
}

@test "every run says the exit status that it expects" {
    local found
    found=$(cd "$FLOW_SOURCE_DIR/tests" && grep -rnE --include='*.bats' '^[[:space:]]*run ' . |
        grep -vE ':[[:space:]]*run (--separate-stderr )?-[0-9]+ ') || true
    printf '%s\n' "$found"
    [ -z "$found" ]
}

@test "no program of ours stands on the left of a pipe" {
    none_match '^[[:space:]]*flow(-[a-z]+)?( [^|]*)? \|[^|]'
}

@test "no test sleeps" {
    none_match '^[[:space:]]*sleep '
}

@test "shellcheck finds nothing in tests and scripts" {
    cd "$FLOW_SOURCE_DIR"
    local files=()
    mapfile -t files < <(find scripts .ci tests -name node_modules -prune -o -name samples -prune -o -type f -print |
        while IFS= read -r file; do
            if [[ $file == *.bats || $file == *.bash ]] || head -n 1 "$file" | grep -aqE '^#!.*sh$'; then
                printf '%s\n' "$file"
            fi
        done)
    shellcheck -x "${files[@]}"
}

# Prints what is in a list of files but should not be there, and fails where anything is.
nothing() {
    local found
    found=$(cat)
    printf '%s\n' "$found"
    [ -z "$found" ]
}

c_files() {
    cd "$FLOW_SOURCE_DIR" || return 1
    find lib tools tests -path tests/node_modules -prune -o -path tests/samples -prune -o -name '*.[ch]' -print
}

@test "every C file begins with its licence" {
    nothing < <(c_files | xargs grep -L -m 1 -E '^(//|/\*) SPDX-License-Identifier: MIT( \*/)?$')
}

@test "every public header is guarded by its own name" {
    local header want
    for header in $(c_files | grep '/include/flow/'); do
        want=${header#*/include/}
        want=${want//[\/.-]/_}
        grep -qx "#ifndef ${want^^}" "$FLOW_SOURCE_DIR/$header" || printf '%s\n' "$header"
    done | nothing
}

@test "nothing is left for later" {
    nothing < <(c_files | xargs grep -nwE 'TODO|FIXME|XXX|HACK')
}
