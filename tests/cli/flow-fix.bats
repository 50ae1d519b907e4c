#!/usr/bin/env bats
# flow-fix: rounds of a real build until it is clean.

load setup
load port
load fix

# Of builds; flow-fix-tests.bats is about tests.
fix() {
    fix_all --build-only "$@"
}

@test "without a unit that was accepted there is nothing to build" {
    printf 'I will not.\n' >"$replies/translate.util.c"
    run --separate-stderr -1 port src/util.c
    run --separate-stderr -3 fix_all --dry-run
    [[ $stderr == *'nothing was accepted yet: see flow-status'* ]]
}

@test "a type error is mended by a fixer, and the round is one commit" {
    ported $'let sum: &str = a.wrapping_add(b);\n    sum.len() as i32'
    local tip
    tip=$(git rev-parse flow/port/main)
    printf '{"edits": [{"find": "let sum: &str = a", "replace": "let sum: i32 = a"}, {"find": "sum.len() as i32", "replace": "sum"}],' \
        >"$replies/fix.build.util.c"
    printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}' >>"$replies/fix.build.util.c"
    run --separate-stderr -1 fix
    [ "$(cell 1 before)" = 1 ]
    [ "$(cell 1 after)" = 0 ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 free)" = 0 ]
    [ "$(cell 1 mended)" = 1 ]
    [ "$(cell 1 calls)" = 1 ]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 commit)" = "$(git rev-parse flow/port/main)" ]
    [ "$(git rev-parse flow/port/main~1)" = "$tip" ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/util.rs ]
    [ "$(git log -1 --format='%(trailers:key=Flow-Job,valueonly)%(trailers:key=Flow-Round,valueonly)' flow/port/main)" = 'fix
1' ]
    [ "$(git log -1 --format=%s flow/port/main)" = 'fix the build, round 1: from 1 errors to 0' ]
    [[ $(git log -1 --format=%B flow/port/main) == *'     1      0  rust/src/util.rs'*'Flow-Cost: '* ]]
    run -0 builds
    [ "$output" = 3 ]
    # The fixer saw the error, the file and its source.
    grep -q 'E0308' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q 'let sum: &str' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q 'return a + b;' "$replies"/seen/src_util.c_fix_build_0_1_*
    # Nothing in the work tree was touched.
    [ -z "$(git status --porcelain)" ]
}

@test "what was changed counts as unreviewed everywhere, and flow-port leaves it alone" {
    ported 'nowhere(a, b)'
    edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [[ $stderr =~ build\ +clean ]]
    [[ $stderr =~ unreviewed\ +1 ]]
    [[ $stderr == *'src/util.c: unreviewed: changed by flow-fix in commit '* ]]
    [[ $(state_of src/util.c) == 'gated: changed by flow-fix in commit '* ]]
    run --separate-stderr -0 flow-status port/main
    [[ $output =~ unreviewed\ +1 ]]
    run --separate-stderr -0 flow-log --name port/main rust/src/util.rs:4
    [[ $output == *'written   by flow-fix, after the file was ported: flow-status says if it was reviewed since'* ]]
    local tip
    tip=$(git rev-parse flow/port/main)
    rm "$replies/calls"
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = unreviewed ]
    [ "$(cell src/main.c state)" = committed ]
    [ "$(calls)" = 0 ]
    [ "$(git rev-parse flow/port/main)" = "$tip" ]
    # Asked for by name it is translated anew, and has verdicts again.
    util_reply 'a.wrapping_add(b)' >"$replies/translate.util.c"
    run --separate-stderr -0 port --fresh src/util.c
    [ "$(cell src/util.c state)" = committed ]
}

@test "a ledger that did not hear of the commit is told" {
    ported 'nowhere(a, b)'
    edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    sqlite3 .git/flow/ledger.db ".backup $BATS_TEST_TMPDIR/before.db"
    run --separate-stderr -1 fix
    rm .git/flow/ledger.db*
    install -m 600 "$BATS_TEST_TMPDIR/before.db" .git/flow/ledger.db
    [[ $(state_of src/util.c) == committed:* ]]
    run --separate-stderr -1 fix
    [ "$(cell 1 before)" = '' ]
    [[ $(state_of src/util.c) == 'gated: changed by flow-fix in commit '* ]]
}

@test "what the compiler is sure of is applied without a model" {
    # rustc proposes `mut`.
    ported $'let sum = 0;\n    sum += a.wrapping_add(b);\n    sum'
    run --separate-stderr -1 fix
    [ "$(cell 1 free)" = 1 ]
    [ "$(cell 1 calls)" = 0 ]
    [ "$(cell 1 state)" = committed ]
    [ "$(calls)" = 0 ]
    run -0 builds
    [ "$output" = 3 ]
}

@test "a branch that somebody else moved is not overwritten" {
    ported 'nowhere(a, b)'
    cat >"$replies/fix.build.util.c" <<SH
#!/bin/sh
cd '$PWD' && git update-ref refs/heads/flow/port/main \
    "\$(git commit-tree -p flow/port/main -m mine flow/port/main^{tree})"
printf '{"edits": [{"find": "nowhere(a, b)", "replace": "a.wrapping_add(b)"}], '
printf '"findings": [{"number": 1, "fate": "fixed", "reason": ""}]}\n'
SH
    chmod +x "$replies/fix.build.util.c"
    run --separate-stderr -3 fix
    [[ $stderr == *"somebody else committed to 'flow/port/main' meanwhile"* ]]
    [ "$(git log -1 --format=%s flow/port/main)" = mine ]
    [[ $(state_of src/util.c) == committed:* ]]
    # The tree is that of the branch again.
    edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ "$(cell 1 before)" = 1 ]
    [ "$(cell 1 after)" = 0 ]
}

@test "a clean build of a reviewed port is done at once" {
    ported 'a.wrapping_add(b)'
    local tip
    tip=$(git rev-parse flow/port/main)
    run --separate-stderr -0 fix
    [ "${#lines[@]}" = 1 ]
    [[ $stderr =~ build\ +clean ]]
    [ "$(calls)" = 0 ]
    [ "$(git rev-parse flow/port/main)" = "$tip" ]
}

@test "records are JSON lines where that is asked for" {
    ported 'nowhere(a, b)'
    edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix --json --quiet
    [[ $output == '{"round":1,"before":1,"after":0,"files":1,"free":0,"mended":1,"calls":1,"usd":null,"state":"committed","commit":"'* ]]
    [[ $stderr != *sandbox* ]]
}

@test "a dry run shows what would run, and does nothing" {
    ported 'nowhere(a, b)'
    run --separate-stderr -0 fix --dry-run
    [ -z "$output" ]
    [[ $stderr == *'fix flow/port/main at '* ]]
    [[ $stderr =~ build\ +'cargo build --offline --message-format=json (flow'"'"'s own)' ]]
    [[ $stderr == *"$HOME/.cache/flow/build/"*/tree/rust* ]]
    [[ $stderr == *"model             $model"* ]]
    [ ! -e "$HOME/.cache/flow/build" ]
    [ "$(calls)" = 0 ]
}

@test "a build command that a committed file brings is accepted before it runs" {
    ported 'a.wrapping_add(b)'
    mkdir -p .flow
    printf '[fix]\n\tbuild = touch ran\n' >.flow/config
    commit_all settings
    run --separate-stderr -5 fix
    [[ $stderr == *"'fix.build' comes with the repository"* ]]
    run -0 flow approve --yes
    run --separate-stderr -0 fix
    [ -n "$(compgen -G "$HOME/.cache/flow/build/*/tree/rust/ran")" ]
}

@test "what a build leaves in place of a source is no way out of the tree" {
    ported 'nowhere(a, b)'
    mkdir "$BATS_TEST_TMPDIR/outside"
    git config flow.fix.build \
        "rm -rf src && ln -s $BATS_TEST_TMPDIR/outside src && printf 'src/util.rs:4:1: error: no\\\\n' && exit 1"
    edit fix.build.util.c 'nowhere(a, b)' 'a.wrapping_add(b)'
    run --separate-stderr -1 fix
    [ -z "$(ls "$BATS_TEST_TMPDIR/outside")" ]
}

@test "a build that fails without an error that can be read stops it" {
    ported 'a.wrapping_add(b)'
    git config flow.fix.build 'printf "the disk is on fire\n" >&2; exit 7'
    run --separate-stderr -3 fix
    [[ $stderr == *'failed with status 7'*'the disk is on fire'* ]]
}

@test "a model that costs money needs a budget" {
    ported 'a.wrapping_add(b)'
    ANTHROPIC_API_KEY=k run --separate-stderr -5 flow-fix --yes --no-sandbox --model anthropic/claude-sonnet-4-5
    [[ $stderr == *'give a budget in '* ]]
}

@test "a port that is being worked on, checked out or not there is refused" {
    run --separate-stderr -3 fix
    [[ $stderr == *"there is no port 'main' here"* ]]
    ported 'a.wrapping_add(b)'
    run --separate-stderr -3 fix --name other
    [[ $stderr == *"there is no port 'other' here"* ]]
    git worktree add -q ../out flow/port/main
    run --separate-stderr -5 fix
    [[ $stderr == *"is checked out in"* ]]
}

@test "the build has no network and sees nothing of the home folder" {
    need_sandbox
    ported 'a.wrapping_add(b)'
    printf 'secret\n' >"$HOME/secret"
    git config flow.fix.build 'test ! -e "$HOME/secret" && ! ls /sys/class/net | grep -qv lo'
    run --separate-stderr -0 flow-fix --model "$model" --yes
}

@test "without a sandbox it stops and names the way around" {
    ported 'a.wrapping_add(b)'
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho "no user namespaces here" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/bwrap"
    chmod +x "$BATS_TEST_TMPDIR/bin/bwrap"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -3 flow-fix --model "$model" --yes
    [[ $stderr == *--no-sandbox*'no user namespaces here'* ]]
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 flow-fix --model "$model" --yes --no-sandbox
}
