#!/usr/bin/env bats
# flow-port and the field table: who gets which rows, and what the translation has to make of them.

load setup
load port

# row FILE STRUCT FIELD CLASS TARGET CONFIDENCE [EVIDENCE]
row() {
    printf '%s\t%s\t%s\tstruct node *\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" "$6" \
        "${7-$1:4, freed: free(n) [freed]}"
}

# table ROW...: commits the field table.
table() {
    mkdir -p .flow
    {
        printf 'file\tstruct\tfield\ttype\tclass\ttarget\tconfidence\tevidence\n'
        printf '%s\n' "$@"
    } >.flow/LIFETIMES.tsv
    commit_all 'a field table'
}

# with_nodes TYPE [PAIR]: src/util.c with a list, and its translation, whose link has that type.
with_nodes() {
    cat >src/util.c <<'C'
/* Copyright (c) 2020 Somebody. MIT licence. */
#include "util.h"

struct node {
    struct node *next;
};

int util_add(int a, int b)
{
    return a + b;
}
C
    commit_all 'a list'
    nodes_reply "$@" >"$replies/translate.util.c"
}

nodes_reply() {
    printf '```rust\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npub struct Node {\n    pub next: %s,\n}\n\n' "$1"
    printf 'pub fn util_add(a: i32, b: i32) -> i32 {\n    a.wrapping_add(b)\n}\n```\n'
    printf '```json\n{"symbols": [{"source": "util_add", "target": "util_add"}, {"source": "node", "target": "Node"}%s]}\n```\n' "${2-}"
}

prompt() {
    printf '%s\n' "$replies/seen/$1"
}

@test "translator, reviewers and fixer are given the rows of their unit, and of no other" {
    with_nodes 'Option<Box<Node>>'
    rejection 'return a + b;' 'a.wrapping_add(b)' >"$replies/review.behaviour.1.util.c"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "it adds"}]}\n' >"$replies/fix.util.c"
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    local step
    for step in translate_- review_behaviour review_soundness fix_-; do
        grep -q $'^src/util.c\tnode\tnext\tstruct node \*\tOWNED\tOption<Box<node>>\thigh\tsrc/util.c:4, freed: free' \
            "$(prompt "src_util.c_${step}_0_1_0_0")"
    done
    run -1 grep -r 'Option<Box<node>>' "$(prompt src_main.c_translate_-_0_1_0_0)"
    # flow-review asks with the same rows.
    run --separate-stderr -0 flow-review --model "$model" --yes src/util.c
    [ "$(grep -l 'Option<Box<node>>' "$replies"/seen/*review* | wc -l)" -gt 4 ]
}

@test "without a table nothing is said of fields" {
    port >/dev/null
    run -1 grep -r 'Who owns' "$replies/seen"
    run --separate-stderr -0 port
    [[ $stderr != *'field table'* ]]
}

@test "a row that names what is not there is reported, and nobody is given it" {
    with_nodes 'Option<Box<Node>>'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)" "$(row src/util.c node previous BACKREF '*mut node' low)" \
        "$(row src/util.c edge next OWNED 'Option<Box<node>>' high)" "$(row src/gone.c node next OWNED 'Option<Box<node>>' high)"
    run --separate-stderr -0 port
    [[ $stderr == *"3 rows of the field table '.flow/LIFETIMES.tsv' name what is not there, and are not used: "* ]]
    [[ $stderr == *'src/util.c:node.previous, src/util.c:edge.next, src/gone.c (no such file)'* ]]
    grep -q 'Option<Box<node>>' "$(prompt src_util.c_translate_-_0_1_0_0)"
    run -1 grep -r -e $'\tprevious\t' -e $'\tedge\t' "$replies/seen"
}

@test "a table that is none stops the run before it begins" {
    table 'src/util.c'
    run --separate-stderr -3 port
    [[ $stderr == *"'.flow/LIFETIMES.tsv' line 2"* ]]
    printf 'path\tname\n' >.flow/LIFETIMES.tsv
    commit_all 'another'
    run --separate-stderr -3 port --at main
    [[ $stderr == *"'.flow/LIFETIMES.tsv' has no column 'file'"* ]]
    [ "$(calls)" = 0 ]
}

@test "a row that a person edits concerns its unit alone, once --restale says so" {
    with_nodes 'Option<Box<Node>>'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    port >/dev/null
    rm "$replies/calls"
    # Evidence moves with the lines, and decides nothing.
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high 'src/util.c:5, freed [freed]')"
    run --separate-stderr -0 port --at main
    [[ $stderr != *'field table'* ]]
    table "$(row src/util.c node next SHARED 'Option<Rc<node>>' person)"
    run --separate-stderr -0 port --at main
    [[ $stderr == *'the rows of the field table changed since 1 units were accepted: --restale works on them again'* ]]
    [ "$(calls)" = 0 ]
    nodes_reply 'Option<std::rc::Rc<Node>>' >"$replies/translate.util.c"
    run --separate-stderr -0 port --restale
    [ "$(cell src/util.c state)" = committed ]
    [ "$(cut -d/ -f1-3 "$replies/calls" | sort -u | tr '\n' ' ')" = 'src/util.c/review src/util.c/translate ' ]
    [[ $(git show flow/port/main:rust/src/util.rs) == *'std::rc::Rc<Node>'* ]]
    run --separate-stderr -0 port
    [[ $stderr != *'field table changed'* ]]
}

@test "a field that is not what its row says is sent back" {
    with_nodes '*mut Node'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    printf '{"edits": [{"find": "*mut Node", "replace": "Option<Box<Node>>"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    grep -qF "field, line 4: field 'next' of 'Node' is '*mut Node', and by the field table 'Option<Box<node>>'" \
        "$(prompt src_util.c_fix_gate_1_1_0_0)"
    [ "$(cell src/util.c state)" = committed ]
    [[ $(git show flow/port/main:rust/src/util.rs) == *'Option<Box<Node>>'* ]]
}

@test "bytes may be written as text is, and a row without a type is held to none" {
    with_nodes 'Option<String>'
    table "$(row src/util.c node next OWNED 'Option<Box<[u8]>>' high)"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
    rm -rf .git/flow "$replies/calls"
    git branch -q -D flow/port/main
    table "$(row src/util.c node next OWNED '' high)"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
}

@test "a field that stays what it is not to be is refused, and never committed" {
    with_nodes '*mut Node' ', {"source": "node.next", "target": "next"}'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "no"}]}\n' >"$replies/fix.gate.util.c"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [[ $(cell src/util.c reason) == *'by the field table'* ]]
    # Another row is another try.
    table "$(row src/util.c node next INTRUSIVE '*mut node' person)"
    run --separate-stderr -0 port --at main
    [ "$(cell src/util.c state)" = committed ]
}

@test "a translation departs from a row where it says why" {
    with_nodes '*mut Node' ', {"source": "struct node.next", "target": "next", "reason": "C frees it"}'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
    run --separate-stderr -0 flow-log src/util.c
    [[ $output == *"departs from the field table in 'struct node.next': C frees it"* ]]
}

@test "rows that are not sure are advice, unless a person edited them" {
    with_nodes '*mut Node'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' medium)"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
    # The class is not the one that its rule gives: a person wrote it.
    rm -rf .git/flow "$replies/calls"
    git branch -q -D flow/port/main
    table "$(row src/util.c node next SHARED 'Option<Rc<node>>' medium)"
    printf '{"edits": [{"find": "*mut Node", "replace": "Option<Rc<Node>>"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    [ "$(grep -c /fix/gate/ "$replies/calls")" = 1 ]
}

@test "a row that a model decided is advice, unless a person edited it" {
    with_nodes '*mut Node'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' model 'src/util.c:5, it frees it, 0 of 3 refuted it [model OWNED]')"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
    grep -q $'\tOWNED\tOption<Box<node>>\tmodel\t' "$(prompt src_util.c_translate_-_0_1_0_0)"
    grep -q 'confidence `model`, `medium` and `low` are advice' "$(prompt src_util.c_review_soundness_0_1_0_0)"
    rm -rf .git/flow "$replies/calls"
    git branch -q -D flow/port/main
    table "$(row src/util.c node next SHARED 'Option<Rc<node>>' model 'src/util.c:5, it frees it, 0 of 3 refuted it [model OWNED]')"
    printf '{"edits": [{"find": "*mut Node", "replace": "Option<Rc<Node>>"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        >"$replies/fix.gate.util.c"
    run --separate-stderr -0 port
    [ "$(grep -c /fix/gate/ "$replies/calls")" = 1 ]
}

@test "a language whose types do not say who owns what is not held to them" {
    with_nodes '*mut Node'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    printf '```go\n/* Copyright (c) 2020 Somebody. MIT licence. */\n\npackage main\n\ntype node struct {\n\tnext *node\n}\n\n' >"$replies/translate.util.c"
    printf 'func utilAdd(a, b int) int {\n\treturn a + b\n}\n```\n' >>"$replies/translate.util.c"
    printf '```json\n{"symbols": [{"source": "util_add", "target": "utilAdd"}, {"source": "node", "target": "node"}]}\n```\n' >>"$replies/translate.util.c"
    run --separate-stderr -0 flow-port --to go --model "$model" --yes src/util.c
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q /fix/ "$replies/calls"
}

@test "a contract is held to the rows, and what is written against it to the contract" {
    with_nodes '*mut Node'
    table "$(row src/util.c node next OWNED 'Option<Box<node>>' high)"
    git config flow.fix.build true
    nodes_reply '*mut Node' ', {"source": "node.next", "target": "next", "reason": "C frees it"}' |
        sed 's/a.wrapping_add(b)/unimplemented!()/' >"$replies/contract.util.c"
    printf '```rust\nuse std::process::ExitCode;\n\npub fn main() -> ExitCode {\n    unimplemented!()\n}\n```\n' >"$replies/contract.main.c"
    record main >>"$replies/contract.main.c"
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    # The translation does not say again why.
    run --separate-stderr -0 port --contracts "${confined[@]}"
    [ "$(cell src/util.c state)" = committed ]
    run -1 grep -q -e /fix/ -e /gate/ "$replies/calls"
    run --separate-stderr -0 flow-log src/util.c
    [[ $output == *"departs from the field table in 'node.next': C frees it"* ]]
}
