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
    mapfile -t files < <(git ls-files -co --exclude-standard 'scripts/*' '.ci/*' 'tests/*.bats' 'tests/*.bash' |
        while IFS= read -r file; do
            if [[ $file == *.bats || $file == *.bash ]] || head -n 1 "$file" | grep -qE '^#!.*sh$'; then
                printf '%s\n' "$file"
            fi
        done)
    shellcheck -x "${files[@]}"
}
