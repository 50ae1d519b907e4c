#!/usr/bin/env bats
# Where the imports of each language lead: tests/samples/imports/LANGUAGE.tree is a tree of files ("--- PATH", then the
# text), LANGUAGE.tsv what flow-analyze finds in it (file, kind, import, target).

load setup

setup() {
    common_setup
    git init -q .
}

# Unpacks a tree into the repository; what begins with "#!" can be run.
unpack() {
    local line file=
    while IFS= read -r line; do
        if [[ $line == '--- '* ]]; then
            file=${line#--- }
            mkdir -p "$(dirname "$file")"
            : >"$file"
        else
            printf '%s\n' "$line" >>"$file"
            [[ $line != '#!'* ]] || chmod +x "$file"
        fi
    done <"$1"
}

imports_of() {
    local samples=$FLOW_SOURCE_DIR/tests/samples/imports
    unpack "$samples/$1.tree"
    commit_all tree
    run --separate-stderr -0 flow-analyze -q --imports
    same_as "$samples/$1.tsv" "$(cut -f 2,4,5,6 <<<"$output")"
}

@test "c" {
    imports_of c
}

@test "cpp" {
    imports_of cpp
}

@test "go" {
    imports_of go
}

@test "java" {
    imports_of java
}

@test "javascript" {
    imports_of javascript
}

@test "python" {
    imports_of python
}

@test "rust" {
    imports_of rust
}

@test "typescript" {
    imports_of typescript
}

@test "zig" {
    imports_of zig
}
