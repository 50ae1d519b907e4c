#!/usr/bin/env bats
# flow-port on a small C program, with a program that answers from files as its model (fake/model).

load setup

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

@test "every unit becomes a commit that two reviewers accepted" {
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    [ "$(cell src/main.c state)" = committed ]
    [ "$(git log --format=%s --reverse main..flow/port/main)" = 'src/util.c: port to rust
src/main.c: port to rust' ]
    [ "$(git log -1 --format='%(trailers:key=Flow-Unit,valueonly)' flow/port/main | head -n 1)" = src/main.c ]
    [ "$(git log -1 --format='%(trailers:key=Flow-Reviewed-By,valueonly)' flow/port/main | grep -c .)" = 2 ]
    [ "$(calls)" = 6 ]
    # Nothing in the work tree was touched.
    [ -z "$(git status --porcelain)" ]
    [ "$(git symbolic-ref HEAD)" = refs/heads/main ]
}

@test "the port builds and does what the source does" {
    run --separate-stderr -0 port
    git worktree add -q --detach ../port flow/port/main
    cd ../port/rust
    CARGO_HOME=$BATS_TEST_TMPDIR/cargo run --separate-stderr -0 /usr/bin/cargo run --offline --quiet
    [ "$output" = 3 ]
}

@test "running it again does nothing that was done" {
    run --separate-stderr -0 port
    local tip
    tip=$(git rev-parse flow/port/main)
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    [ "$(git rev-parse flow/port/main)" = "$tip" ]
    [ "$(cell src/util.c state)" = committed ]
}

@test "what a reviewer rejects is fixed and judged anew by both" {
    util_reply 'a.wrapping_sub(b)' >"$replies/translate.util.c"
    rejection '    return a + b;' 'a.wrapping_sub(b)' >"$replies/review.behaviour.1.util.c"
    printf '{"edits": [{"find": "wrapping_sub", "replace": "wrapping_add"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.util.c"
    run --separate-stderr -0 port
    [ "$(cell src/util.c rounds)" = 2 ]
    [ "$(cell src/util.c findings)" = 1 ]
    grep -q '/review/soundness/0/2/' "$replies/calls"
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'a.wrapping_add(b)'* ]]
    # The second round sees what was edited; the first has nothing to see.
    grep -q 'What changed since' "$replies/seen/src_util.c_review_behaviour_0_2_0_0"
    run -1 grep -q 'What changed since' "$replies/seen/src_util.c_review_behaviour_0_1_0_0"
}

@test "a finding whose lines do not exist does not reject" {
    rejection 'return a * b;' 'a.wrapping_mul(b)' >"$replies/review.behaviour.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = unreviewed ]
    [[ $(cell src/util.c reason) == *'is proven'* ]]
    [ "$(cell src/main.c state)" = committed ]
    [[ $stderr =~ unreviewed\ +1 ]]
}

@test "a unit that is never accepted fails, and is no success" {
    rejection '    return a + b;' 'a.wrapping_add(b)' >"$replies/review.behaviour.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "it adds"}]}' >"$replies/fix.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [ "$(cell src/util.c rounds)" = 3 ]
    [ "$(cell src/util.c reason)" = 'not accepted in 3 rounds' ]
    # What imports it goes on, and a failed unit is not named by the scaffold.
    [ "$(cell src/main.c state)" = committed ]
    run -128 git show flow/port/main:rust/src/util.rs
    run --separate-stderr -0 port --allow-holes 1
}

@test "gates send a stub back, and reviewers never see it" {
    util_reply 'todo!()' >"$replies/translate.util.c"
    printf '{"edits": [{"find": "todo!()", "replace": "a.wrapping_add(b)"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    [ "$(grep -c 'util.c/fix/gate' "$replies/calls")" = 1 ]
    run -1 grep -q '^[0-9]*.    todo!()' "$replies/seen/src_util.c_review_behaviour_0_1_0_0"
}

@test "a model that only answers prose, half a file, two files or nothing fails its unit and says why" {
    local reply
    for reply in 'I am sorry.' '```rust\nfn f() {' '```rust\na\n```\n```rust\nb\n```\n' ''; do
        printf '%b' "$reply" >"$replies/translate.util.c"
        run --separate-stderr -1 port --name "run-$RANDOM"
        [ "$(cell src/util.c state)" = failed ]
        [ -n "$(cell src/util.c reason)" ]
        [ "$(cell src/main.c state)" = committed ]
    done
}

@test "a model that answers fifty megabytes fails its unit" {
    printf '#!/bin/sh\nyes "a very long reply that never ends" | head -c 52428800\n' >"$replies/translate.util.c"
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [ "$(cell src/main.c state)" = committed ]
}

@test "a reply for another path is asked for again" {
    {
        printf '```rust ../../etc/passwd\nfn f() {}\n```\n'
        record util_add
    } >"$replies/translate.util.c"
    util_reply 'a.wrapping_add(b)' >"$replies/src_util.c_translate_-_0_1_0_1"
    run --separate-stderr -0 port
    grep -q "The reply is for '../../etc/passwd'" "$replies/seen/src_util.c_translate_-_0_1_0_1"
}

@test "a person's commit is kept, and its unit held until it is asked for" {
    run --separate-stderr -0 port
    git worktree add -q --detach ../port flow/port/main
    (
        cd ../port
        printf '// by hand\n' >>rust/src/util.rs
        git commit -qam 'by hand'
        git update-ref refs/heads/flow/port/main HEAD
    )
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = held ]
    [ "$(cell src/main.c state)" = committed ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'// by hand'* ]]
    run --separate-stderr -0 port --fresh src/util.c
    run --separate-stderr -0 port
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output != *'// by hand'* ]]
}

@test "a source that changes is carried over, not translated again" {
    run --separate-stderr -0 port
    sed -i 's/a + b/a + b + 1/' src/util.c
    commit_all 'a change'
    printf '{"edits": [{"find": "a.wrapping_add(b)", "replace": "a.wrapping_add(b).wrapping_add(1)"}], "findings": []}' \
        >"$replies/translate.update.util.c"
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    run --separate-stderr -0 port --at main
    [ "$(calls)" = 9 ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'wrapping_add(1)'* ]]
    grep -q 'a + b;' "$replies/seen/src_util.c_translate_update_0_1_0_0"
    run --separate-stderr -0 port
    [ "$(calls)" = 9 ]
}

@test "a branch that was reset is brought back without a call" {
    run --separate-stderr -0 port
    local tree
    tree=$(git rev-parse 'flow/port/main^{tree}')
    git update-ref -d refs/heads/flow/port/main
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    [ "$(git rev-parse 'flow/port/main^{tree}')" = "$tree" ]
}

@test "a branch that is checked out is not written" {
    run --separate-stderr -0 port
    git worktree add -q ../port flow/port/main
    run --separate-stderr -5 port --fresh
    [[ $stderr == *"is checked out in"* ]]
}

@test "a file at the target's place is the contract" {
    mkdir -p rust/src
    printf '/* Copyright (c) 2020 Somebody. MIT licence. */\npub fn util_add(a: i32, b: i32) -> i32 {\n    unimplemented!()\n}\n' >rust/src/util.rs
    commit_all 'a contract'
    util_reply 'a.wrapping_add(b)' | sed 's/b: i32/b: i64/' >"$replies/translate.util.c"
    printf '{"edits": [{"find": "b: i64", "replace": "b: i32"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    grep -q '# Contract' "$replies/seen/src_util.c_translate_-_0_1_0_0"
    grep -q 'contract' "$replies/seen/src_util.c_fix_gate_1_1_0_0"
}

@test "a budget that is used up ends the run, and a larger one continues it" {
    run --separate-stderr -6 port --budget 2calls
    [ "$(calls)" = 2 ]
    [[ $stderr == *'budget'* ]]
    run --separate-stderr -0 port --budget 100calls
    [ "$(calls)" = 6 ]
}

@test "a dry run shows units, calls and tokens, and calls nobody" {
    run --separate-stderr -0 flow-port --to rust --dry-run
    [ "${lines[0]}" = $'unit\tstate\ttier\tlines\tpieces\ttarget\tnote' ]
    [ "$(cell src/util.c target)" = rust/src/util.rs ]
    [[ $stderr == *'translate         2 calls'* ]]
    [[ $stderr == *'tokens'* ]]
    run -1 git rev-parse --verify -q flow/port/main
}

@test "without a terminal and without --yes nothing begins" {
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" </dev/null
    [[ $stderr == *'--yes'* ]]
    [ "$(calls)" = 0 ]
}

@test "units come from arguments and from standard input" {
    run --separate-stderr -0 port src/util.h
    [ "$(cell src/util.c state)" = committed ]
    [ -z "$(cell src/main.c state)" ]
    run --separate-stderr -0 bash -c 'printf "unit\tlines\nsrc/main.c\t8\n" | flow-port -t rust -m "$1" -y -' - "$model"
    [ "$(cell src/main.c state)" = committed ]
    run --separate-stderr -3 port src/nothing.c
    [[ $stderr == *"no unit 'src/nothing.c'"* ]]
}

@test "a recording plays the same run" {
    run --separate-stderr -0 port --record "$BATS_TEST_TMPDIR/recording"
    local tree
    tree=$(git rev-parse 'flow/port/main^{tree}')
    git update-ref -d refs/heads/flow/port/main
    rm -r .git/flow
    run --separate-stderr -0 flow-port --to rust --model "replay/$BATS_TEST_TMPDIR/recording" --yes
    [ "$(git rev-parse 'flow/port/main^{tree}')" = "$tree" ]
    [ "$(calls)" = 6 ]
}

@test "wrong words and wrong places are one line and a way out" {
    run --separate-stderr -2 flow-port --to klingon --model "$model" --yes
    [[ $stderr == *"unknown language 'klingon'"* ]]
    run --separate-stderr -2 flow-port --model "$model" --yes
    [[ $stderr == *'--to LANGUAGE'* ]]
    run --separate-stderr -3 flow-port --to rust --yes
    [[ $stderr == *'no model is configured'* ]]
    run --separate-stderr -2 flow-port --to rust --model "$model" --yes --name ../x
    run --separate-stderr -2 flow-port --to rust --model "$model" --yes --budget 3eur
    [[ $stderr == *'25usd'* ]]
    cd "$BATS_TEST_TMPDIR"
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    new_repository empty
    cd empty
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    [[ $stderr == *'no commit'* ]]
    printf 'text\n' >README
    commit_all 'no code'
    run --separate-stderr -3 flow-port --to rust --model "$model" --yes
    [[ $stderr == *'language'* ]]
}

@test "prompts of the repository replace those of flow, and mistakes in them are found before a call" {
    mkdir -p .flow/prompts
    printf '%%%% unit\nOur own prompt for {{unit}}.\n' >.flow/prompts/translate.md
    commit_all prompts
    run --separate-stderr -0 port --name own
    [[ $stderr == *"prompt 'translate' comes from the repository"* ]]
    grep -q 'Our own prompt for src/util.c.' "$replies/seen/src_util.c_translate_-_0_1_0_0"
    printf '%%%% unit\nOur own prompt for {{uint}}.\n' >.flow/prompts/translate.md
    commit_all 'a mistake'
    rm "$replies/calls"
    run --separate-stderr -3 port --name mistake
    [[ $stderr == *"unknown name 'uint'"* ]]
    [ "$(calls)" = 0 ]
}

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
    printf '#!/bin/sh\nkill -INT $PPID\ncat %s/util\n' "$replies" >"$replies/translate.util.c"
    chmod +x "$replies/translate.util.c"
    run --separate-stderr -130 port
    [ "$(calls)" = 1 ]
    [[ $stderr == *'run it again to continue'* ]]
    [[ $stderr == *'pending'* ]]
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
}

@test "the second signal cuts the call" {
    printf '#!/bin/sh\nkill -INT $PPID\nkill -INT $PPID\nexec sleep 60\n' >"$replies/translate.util.c"
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
}
