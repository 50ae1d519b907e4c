# shellcheck shell=bash
# What the tests of flow-port share: a small C program, and a program that answers from files as the model (fake/model).
# Load setup.bash first.

setup() {
    common_setup
    new_repository repo
    cd repo || return 1
    git config user.name 'A Tester'
    git config user.email tester@example.org
    mkdir src "$BATS_TEST_TMPDIR/replies"
    replies=$BATS_TEST_TMPDIR/replies
    model="command/$FLOW_SOURCE_DIR/tests/cli/fake/model $replies"
    cat >src/util.h <<'C'
/* Copyright (c) 2020 Somebody. MIT licence. */
#ifndef UTIL_H
#define UTIL_H
int util_add(int a, int b);
#endif
C
    cat >src/util.c <<'C'
/* Copyright (c) 2020 Somebody. MIT licence. */
#include "util.h"

int util_add(int a, int b)
{
    return a + b;
}
C
    cat >src/main.c <<'C'
#include <stdio.h>
#include "util.h"

int main(void)
{
    printf("%d\n", util_add(1, 2));
    return 0;
}
C
    commit_all 'a program'
    util_reply 'a.wrapping_add(b)' >"$replies/translate.util.c"
    main_reply >"$replies/translate.main.c"
}

record() {
    printf '```json\n{"symbols": [{"source": "%s", "target": "%s"}], "conditions": []}\n```\n' "$1" "$1"
}

util_reply() {
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npub fn util_add(a: i32, b: i32) -> i32 {\n    %s\n}\n```\n' "$1"
    record util_add
}

main_reply() {
    printf '```rust\nuse crate::util::util_add;\nuse std::process::ExitCode;\n\npub fn main() -> ExitCode {\n'
    printf '    println!("{}", util_add(1, 2));\n    ExitCode::SUCCESS\n}\n```\n'
    record main
}

# rejection SOURCE_LINE TARGET_LINE: a verdict.
rejection() {
    printf '{"verdict": "reject", "findings": [{"severity": "blocker", "file": "util.rs", "source_line": 1, "target_line": 1,'
    printf ' "claim": "it subtracts", "evidence": {"source": "%s", "target": "%s"}, "fix": "add"}]}\n' "$1" "$2"
}

# port OPTION...: flow-port with the fake model.
port() {
    flow-port --to rust --model "$model" --yes "$@"
}

calls() {
    if [ -f "$replies/calls" ]; then
        wc -l <"$replies/calls"
    else
        printf '0\n'
    fi
}

# cell UNIT COLUMN: of the records that the last run printed.
cell() {
    awk -F'\t' -v unit="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
        $1 == unit { print $column }' <<<"$output"
}

# many_units COUNT: that many files without imports.
many_units() {
    local i
    git rm -rqf src
    mkdir many
    for ((i = 0; i < $1; i++)); do
        printf 'int g%d(int a)\n{\n    return a;\n}\n' "$i" >"many/g$i.c"
    done
    commit_all 'many files'
    cat >"$replies/translate" <<'SH'
#!/bin/sh
name=${FLOW_UNIT#many/}
name=${name%.c}
printf '```rust\npub fn %s(a: i32) -> i32 {\n    a\n}\n```\n' "$name"
printf '```json\n{"symbols": [{"source": "%s", "target": "%s"}]}\n```\n' "$name" "$name"
SH
    chmod +x "$replies/translate"
}
