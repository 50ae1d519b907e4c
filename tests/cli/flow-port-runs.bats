#!/usr/bin/env bats
# flow-port: large units, many units, and what happens to a run.

load setup
load port

# A model that can translate what large_source writes, as long as it sees whole lines.
large_model() {
    cat >"$replies/translate.large.c" <<'SH'
#!/usr/bin/awk -f
# Only the piece itself is translated: what stands behind the heading "# This piece".
/^# This piece/ { inside = 1; next }
inside && /^```/ { fence++; if (fence == 1) printf "```rust rust/src/large.rs\n"; else exit; next }
fence != 1 { next }
/^int f[0-9]+\(int a\)$/ { sub(/^int /, ""); name = $1; sub(/\(.*/, "", name); names[++count] = name
    print "pub fn " name "(mut a: i32) -> i32"; next }
/return a;/ { print "    a"; next }
/a \+=/ { sub(/\+= /, "= a.wrapping_add("); sub(/;/, ");"); print; next }
/a \* 3/ { print "    a = a.wrapping_mul(3);"; next }
{ print }
END {
    print "```"
    printf "```json\n{\"symbols\": ["
    for (i = 1; i <= count; i++) printf "%s{\"source\": \"%s\", \"target\": \"%s\"}", (i == 1 ? "" : ", "), names[i], names[i]
    print "], \"head\": []}\n```"
}
SH
    chmod +x "$replies/translate.large.c"
}

# large_source FUNCTIONS LINES
large_source() {
    awk -v functions="$1" -v lines="$2" 'BEGIN {
        for (f = 1; f <= functions; f++) {
            printf "int f%d(int a)\n{\n", f
            for (l = 1; l <= lines; l++) printf "    a += %d;\n", l
            printf "    return a;\n}\n\n"
        }
    }'
}

# The port of src/large.c, built, gives what the source gives.
same_results() {
    {
        printf '#include <stdio.h>\n#include "src/large.c"\nint main(void)\n{\n'
        printf '    printf("%%d %%d\\n", f1(7), f%d(1));\n    return 0;\n}\n' "$1"
    } >../try.c
    cc -I. -o ../try ../try.c
    {
        git show flow/port/main:rust/src/large.rs
        printf 'fn main() { println!("{} {}", f1(7), f%d(1)); }\n' "$1"
    } >../try.rs
    /usr/bin/rustc -A warnings -o ../try-rust ../try.rs
    diff -u <(../try) <(../try-rust)
}

@test "a file of 5000 lines is translated in pieces and joined" {
    large_source 500 7 >src/large.c
    [ "$(wc -l <src/large.c)" -ge 5000 ]
    commit_all large
    large_model
    run --separate-stderr -0 port --base HEAD src/large.c
    [ "$(grep -c large.c/translate "$replies/calls")" -ge 3 ]
    same_results 500
    # The second piece knows what the first one became.
    grep -q '`f1` → `f1`' "$replies/seen/src_large.c_translate_-_2_1_0_0"
}

@test "a file whose single function has 2000 lines is cut inside it" {
    large_source 1 2000 >src/large.c
    commit_all large
    large_model
    run --separate-stderr -0 port --base HEAD src/large.c
    [ "$(grep -c large.c/translate "$replies/calls")" -gt 1 ]
    grep -q 'begins inside a declaration' "$replies/seen/src_large.c_translate_-_2_1_0_0"
    same_results 1
}

@test "the first signal lets the call finish, and nothing is asked twice" {
    util_reply 'a.wrapping_add(b)' >"$replies/util"
    # The reply comes when the signal has been taken, which can be late on a busy machine.
    cat >"$replies/translate.util.c" <<PROGRAM
#!/bin/sh
kill -INT \$PPID
while grep -q '^ShdPnd:.*[1-9a-f]' /proc/\$PPID/status; do :; done
cat $replies/util
PROGRAM
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -130 port
    [ "$(calls)" = 1 ]
    [[ $stderr == *'run it again to continue'* ]]
    [[ $stderr == *'pending'* ]]
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
}

@test "the second signal cuts the call" {
    printf '#!/bin/sh\nkill -INT $PPID\nkill -TERM $PPID\nexec sleep 60\n' >"$replies/translate.util.c"
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -130 port
    util_reply 'a.wrapping_add(b)' >"$replies/translate.util.c"
    chmod -x "$replies/translate.util.c"
    run --separate-stderr -0 port
    [ "$(calls)" = 7 ]
}

@test "a second process on the same run is refused, and one on another run is not" {
    util_reply 'a.wrapping_add(b)' >"$replies/util"
    cat >"$replies/translate.util.c" <<SH
#!/bin/sh
cd '$PWD' || exit 1
flow-port --to rust --model '$model' --yes >/dev/null 2>'$replies/second'
printf '%s\n' \$? >'$replies/status'
flow-port --to rust --model '$model' --dry-run >/dev/null 2>&1
printf '%s\n' \$? >>'$replies/status'
cat '$replies/util'
SH
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -0 port
    [ "$(cat "$replies/status")" = $'5\n0' ]
    [ "$(wc -l <"$replies/second")" = 1 ]
}

@test "a migration in place writes the file that it reads" {
    mkdir lib
    printf 'def double(a):\n    print "double", a\n    return 2 * a\n' >lib/double.py
    git rm -rqf src
    commit_all 'a program in an old dialect'
    {
        printf '```python\ndef double(a):\n    print("double", a)\n    return 2 * a\n```\n'
        record double
    } >"$replies/translate.double.py"
    run --separate-stderr -0 flow-port --to python --model "$model" --yes
    [ "$(cell lib/double.py target)" = lib/double.py ]
    run -0 git show flow/port/main:lib/double.py
    [[ $output == *'print("double", a)'* ]]
    run -0 git diff --name-only main flow/port/main
    [ "$output" = lib/double.py ]
    run --separate-stderr -0 flow-port --to python --model "$model" --yes
    [ "$(calls)" = 3 ]
}

@test "hundreds of agents at once, after a pilot of five" {
    many_units 60
    run --separate-stderr -0 port -j 300
    [ "$(git ls-tree -r --name-only flow/port/main rust/src | wc -l)" = 61 ]
    [[ $stderr == *'after the pilot'* ]]
    # The first five are through before any other begins.
    [ "$(head -n 15 "$replies/calls" | cut -d/ -f2 | sort -u | wc -l)" = 5 ]
}

@test "a run in which most units fail stops by itself" {
    many_units 40
    printf 'I will not.\n' >"$replies/translate"
    chmod -x "$replies/translate"
    run --separate-stderr -5 port
    [[ $stderr == *'units failed'* ]]
    [ "$(cut -d/ -f2 "$replies/calls" | sort -u | wc -l)" -lt 40 ]
    # A guide that changed gives failed units another try.
    printf 'Say yes.\n' >GUIDE.md
    commit_all 'a guide'
    git config flow.port.guide GUIDE.md
    local before
    before=$(calls)
    run --separate-stderr -5 port --at main
    [ "$(calls)" -gt "$before" ]
}

@test "a generated file that is imported is a hole until somebody decides" {
    printf '/* @generated by a tool, DO NOT EDIT */\n#define TABLE_SIZE 3\n' >src/table.h
    sed -i '1i #include "table.h"' src/main.c
    commit_all 'a table'
    run --separate-stderr -1 port
    [[ $stderr == *'src/table.h'*'decision'* ]]
    git config flow.decision.src/table.h.action regenerate
    run --separate-stderr -0 port
    # Or it is a unit like any other.
    git config flow.decision.src/table.h.action port
    printf '```rust\npub const TABLE_SIZE: i32 = 3;\n```\n' >"$replies/translate.table.h"
    record TABLE_SIZE >>"$replies/translate.table.h"
    run --separate-stderr -0 port
    [ "$(cell src/table.h state)" = committed ]
}

@test "a unit that does not come out as before begins anew" {
    printf '#!/bin/sh\nexit 1\n' >"$replies/review.behaviour.util.c"
    chmod +x "$replies/review.behaviour.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = unreviewed ]
    rm "$replies/review.behaviour.util.c"
    # A formatter that was not there before.
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\ncat\necho "// formatted"\n' >"$BATS_TEST_TMPDIR/bin/rustfmt"
    chmod +x "$BATS_TEST_TMPDIR/bin/rustfmt"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 port
    [[ $stderr == *"'src/util.c' does not come out as it did before"* ]]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'// formatted' ]]
}

@test "units that import each other are not written blindly: the second sees how the first uses it" {
    printf '#include "tree.h"\nint node_count(int a);\n' >src/node.h
    printf '#include "node.h"\nint node_count(int a)\n{\n    return a > 0 ? tree_count(a - 1) : 0;\n}\n' >src/node.c
    printf '#include "node.h"\nint tree_count(int a);\n' >src/tree.h
    printf '#include "tree.h"\nint tree_count(int a)\n{\n    return node_count(a) + 1;\n}\n' >src/tree.c
    commit_all 'two that know each other'
    # Whoever is first calls the other by a name and with a type that no source shows.
    cat >"$replies/translate" <<'SH'
#!/bin/sh
name=${FLOW_UNIT##*/}
name=${name%.c}
other=$([ "$name" = node ] && echo tree || echo node)
printf '```rust\npub fn %s_count(a: i32) -> i32 {\n    let depth: i32 = 7;\n    crate::%s::%s_count(depth - a)\n}\n```\n' "$name" "$other" "$other"
printf '```json\n{"symbols": [{"source": "%s_count", "target": "%s_count"}], "conditions": []}\n```\n' "$name" "$name"
SH
    chmod +x "$replies/translate"
    run --separate-stderr -0 port -j 8 src/node.c src/tree.c
    # One after the other, though both could have begun at once.
    run --separate-stderr -0 grep -l '_count(depth - a)' "$replies"/seen/*_translate_*
    [ "${#lines[@]}" = 1 ]
}

@test "files around the units that a person wrote are left alone" {
    run --separate-stderr -0 port src/util.c
    git worktree add -q --detach ../port flow/port/main
    (
        cd ../port
        printf '\n[profile.release]\nlto = true\n' >>rust/Cargo.toml
        git commit -qam 'by hand'
        git update-ref refs/heads/flow/port/main HEAD
    )
    run --separate-stderr -0 port
    [[ $stderr == *"'rust/Cargo.toml' was written by somebody else"* ]]
    run -0 git show flow/port/main:rust/Cargo.toml
    [[ $output == *'lto = true'* ]]
    run -0 git show flow/port/main:rust/src/lib.rs
    [[ $output == *'main_'* ]]
}

@test "a lost ledger is not taken for a success" {
    run --separate-stderr -0 port
    rm .git/flow/ledger.db*
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = held ]
    [[ $(cell src/util.c reason) == *'holds no verdicts'* ]]
}

@test "a pair without a guide of its own gets the general one, also in a bare repository" {
    git clone -q --bare . ../bare.git
    cd ../bare.git
    git config user.name 'A Tester'
    git config user.email tester@example.org
    printf '```python\n# Copyright (c) 2020 Somebody. MIT licence.\ndef util_add(a, b):\n    return a + b\n```\n' >"$replies/translate.util.c"
    record util_add >>"$replies/translate.util.c"
    run --separate-stderr -0 flow-port --to python --model "$model" --yes src/util.c
    [[ $stderr == *'the general one'* ]]
    run -0 git show "flow/port/main:$(cell src/util.c target)"
}
