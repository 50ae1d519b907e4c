# shellcheck shell=bash
# What the tests of flow-fix share. Load setup.bash and port.bash first.

# A port of the small program whose unit src/util.c holds one line of Rust, and a toolchain of the test's own.
ported() {
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
    util_reply "$1" >"$replies/translate.util.c"
    run --separate-stderr -0 port
    rm "$replies/calls"
}

# edit NAME FIND REPLACE: the reply NAME of a fixer that was shown one error.
edit() {
    printf '{"edits": [{"find": "%s", "replace": "%s"}], "findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n' \
        "$2" "$3" >"$replies/$1"
}

need_sandbox() {
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || skip 'bubblewrap does not work on this machine'
}

# Builds in the sandbox where there is one: what is tested here is not the sandbox.
fix_all() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    flow-fix --model "$model" --yes "${confined[@]}" "$@"
}

# state_of UNIT: as the ledger has it.
state_of() {
    sqlite3 .git/flow/ledger.db "SELECT state || ': ' || ifnull(reason, '') FROM unit_state WHERE unit = '$1'"
}

builds() {
    git worktree add -q --detach ../built flow/port/main
    (cd ../built/rust && /usr/bin/cargo run --offline --quiet)
    git worktree remove --force ../built
}

# verdicts UNIT: of its latest round, as lens:accept, bound to the bytes that the branch holds.
verdicts() {
    sqlite3 .git/flow/ledger.db "SELECT group_concat(lens || ':' || accept, ' ') FROM (SELECT v.* FROM verdict v
        JOIN unit_state s USING (run, unit, round) WHERE v.unit = '$1' AND v.target_id = s.target_id
        AND v.source_id = s.source_id ORDER BY lens)"
}

# A port with an error in its build, and a fixer that mends it.
broken() {
    ported 'nowhere(a, b)'
    edit fix.build.1.util.c 'nowhere(a, b)' 'a - b'
}

reject() {
    rejection 'return a + b;' "$1" >"$replies/$2"
}

# tested BODY SCRIPT...: a port whose build costs nothing, with a script of tests that the old program has, too. The script finds the
# sources to judge in $sources.
tested() {
    mkdir -p tests
    cat >tests/run.sh
    commit_all tests
    ported "$1"
    git config flow.fix.build true
    git config flow.fix.test 'sources=src sh ../tests/run.sh'
    git config flow.test.command 'sources=src sh tests/run.sh'
}

# One test, which fails for a translation that subtracts.
subtracting() {
    tested 'a.wrapping_sub(b)' <<'SH'
echo 1..2
echo ok 1 - nothing
if grep -qE 'a \+ b|wrapping_add' $sources/util.*; then echo ok 2 - adds; else echo not ok 2 - adds; echo '# util_add(1, 2) is -1'; fi
if grep -q 'worse' $sources/util.*; then echo not ok 1 - nothing; fi
SH
}
