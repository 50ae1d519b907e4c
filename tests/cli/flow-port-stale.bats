#!/usr/bin/env bats
# flow-port: what a changed source, guide, prompt or import sends back to the beginning.

load setup
load port

# edit_reply UNIT TEXT: what the model answers to an update.
edit_reply() {
    printf '{"edits": [{"find": "%s", "replace": "%s"}], "findings": []}\n' "$2" "$3" >"$replies/translate.update.$1"
}

# worked_on: the units that calls were made for since the last time.
worked_on() {
    cut -d/ -f1,2 "$replies/calls" | sort -u
    : >"$replies/calls"
}

@test "a source edit makes exactly its unit stale, and it is updated" {
    port >/dev/null
    : >"$replies/calls"
    sed -i 's/return a + b/return b + a/' src/util.c
    commit_all 'an edit'
    edit_reply util.c 'a.wrapping_add(b)' 'b.wrapping_add(a)'
    run --separate-stderr -0 port --dry-run --at main
    [[ $stderr == *'the source changed under 1 units, which are updated: src/util.c; 1 accepted units import them'* ]]
    [ "$(cell src/util.c state)" = stale ]
    [ "$(cell src/main.c state)" = committed ]
    run --separate-stderr -0 port --at main
    [ "$(worked_on)" = src/util.c ]
    run -0 git show flow/port/main:rust/src/util.rs
    [[ $output == *'b.wrapping_add(a)'* ]]
    # The old text and both sources were shown.
    grep -rq 'return a + b' "$replies/seen/src_util.c_translate_update_0_1_0_0"
    grep -rq 'return b + a' "$replies/seen/src_util.c_translate_update_0_1_0_0"
    # Now an import of the other one has another port: that is said, and nothing is done.
    run --separate-stderr -0 port
    [[ $stderr == *'the port of an import changed since 1 units were accepted: --restale'* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 port --restale
    [ "$(worked_on)" = src/main.c ]
    run --separate-stderr -0 port
    [[ $stderr != *restale* ]]
}

@test "an update that was accepted is committed, also by another process" {
    port >/dev/null
    local tip
    tip=$(git rev-parse flow/port/main)
    commit=$(sqlite3 .git/flow/ledger.db "SELECT commit_id FROM unit_state WHERE unit = 'src/util.c'")
    sed -i 's/return a + b/return b + a/' src/util.c
    commit_all 'an edit'
    edit_reply util.c 'a.wrapping_add(b)' 'b.wrapping_add(a)'
    run --separate-stderr -0 port --at main
    # As if the process had died before it committed.
    git update-ref refs/heads/flow/port/main "$tip"
    sqlite3 .git/flow/ledger.db "UPDATE unit_state SET state = 'accepted', commit_id = '$commit' WHERE unit = 'src/util.c'"
    rm "$replies/calls"
    run --separate-stderr -0 port
    [ "$(cell src/util.c state)" = committed ]
    [ "$(calls)" = 0 ]
    [[ $(git show flow/port/main:rust/src/util.rs) == *'b.wrapping_add(a)'* ]]
}

@test "an edited header makes its unit stale, and not those that include it" {
    port >/dev/null
    : >"$replies/calls"
    sed -i 's/int util_add(int a, int b);/int util_add(int one, int two);/' src/util.h
    commit_all 'a header'
    printf '{"edits": [], "findings": []}\n' >"$replies/translate.update.util.c"
    run --separate-stderr -0 port --at main
    [ "$(worked_on)" = src/util.c ]
    # Its port is the same as before: nobody else is concerned.
    run --separate-stderr -0 port
    [[ $stderr != *restale* ]]
}

@test "a new guide touches what is accepted only with --restale" {
    port >/dev/null
    : >"$replies/calls"
    printf 'Be brief.\n' >GUIDE.md
    commit_all 'a guide'
    git config flow.port.guide GUIDE.md
    run --separate-stderr -0 port --at main
    [[ $stderr == *'the guide changed since 2 units were accepted: --restale works on them again'* ]]
    [ "$(calls)" = 0 ]
    # Only those that are named.
    run --separate-stderr -0 port --restale src/main.c
    [ "$(worked_on)" = src/main.c ]
    grep -q 'Be brief.' "$replies/seen/src_main.c_translate_-_0_1_0_0"
    run --separate-stderr -0 flow-log src/main.c
    [[ $output == *committed* ]]
    run --separate-stderr -0 port
    [[ $stderr == *'the guide changed since 1 units'* ]]
    run --separate-stderr -0 port --restale
    [ "$(worked_on)" = src/util.c ]
    run --separate-stderr -0 port
    [[ $stderr != *restale* ]]
}

@test "a new prompt is told from a new guide" {
    port >/dev/null
    mkdir -p .flow/prompts
    cp "$FLOW_SOURCE_DIR/lib/agent/prompts/translate.md" .flow/prompts/
    printf '\nThink twice.\n' >>.flow/prompts/translate.md
    commit_all 'a prompt'
    run --separate-stderr -0 port --dry-run --at main
    [[ $stderr == *'a prompt changed since 2 units were accepted'* ]]
    [[ $stderr != *'the guide changed'* ]]
}
