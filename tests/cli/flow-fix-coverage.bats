#!/usr/bin/env bats
# flow-fix: what the old program's tests do not execute.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

# A second function of src/util.c, and a unit src/vault.c, which no test executes.
untested() {
    printf '\nint util_twice(int a)\n{\n    return util_add(a, a);\n}\n' >>src/util.c
    mkdir tools
    printf 'int other(void)\n{\n    return 0;\n}\n' >tools/other.c
    git config flow.port.exclude 'tools/**'
    printf 'int spare(int a)\n{\n    return a;\n}\n' >src/vault.c
    commit_all 'more than the tests see'
    {
        util_reply 'a.wrapping_add(b)' | sed '/^```$/,$d'
        printf '\npub fn util_twice(a: i32) -> i32 {\n    util_add(a, a)\n}\n```\n```json\n{"symbols": ['
        printf '{"source": "util_add", "target": "util_add"}, {"source": "util_twice", "target": "util_twice"}]}\n```\n'
    } >"$replies/translate.util.c"
    printf '```rust\npub fn spare(a: i32) -> i32 {\n    a\n}\n```\n' >"$replies/translate.vault.c"
    record spare >>"$replies/translate.vault.c"
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
    run --separate-stderr -0 port
    git config flow.coverage.command \
        'gcc --coverage -o t src/main.c src/util.c && ./t && gcov --json-format --stdout *.gcda'
}

@test "what the old program's tests do not execute is listed first, and measured once" {
    untested
    run --separate-stderr -0 fix --dry-run
    [[ $stderr =~ coverage\ +'gcc --coverage' ]]
    run --separate-stderr -0 fix
    [[ $stderr =~ untested\ +1\ +'units of which' ]]
    [[ $stderr =~ 2\ +'functions that they do not execute' ]]
    [ "$(grep -m 1 'left out' <<<"$stderr")" = \
        '  left out: src/vault.c: no test of the old program executes any of it: spare' ]
    [[ $stderr == *'left out: src/util.c: no test of the old program executes 1 of its 2 functions: util_twice'* ]]
    # Neither what is executed nor what takes no part is.
    [[ $stderr != *'src/main.c: no test'* ]]
    [[ $stderr != *'tools/other.c'* ]]
    run --separate-stderr -0 flow-log --name fix/main src/util.c
    [[ $output == *'no test of the old program executes these functions: util_twice'* ]]
    # Nothing is left of the tree, and the work tree was not touched.
    [ -z "$(compgen -G "$HOME/.cache/flow/build/*/coverage")" ]
    [ -z "$(git status --porcelain)" ]
    # The same command is not run again, another one is.
    sqlite3 .git/flow/ledger.db "UPDATE run_value SET value = replace(value, 'vault', 'kept') WHERE key = 'coverage'"
    run --separate-stderr -0 fix
    [[ $stderr == *'left out: src/kept.c: '* ]]
    git config flow.coverage.command "$(git config flow.coverage.command) src/main.c"
    run --separate-stderr -0 fix
    [[ $stderr == *'left out: src/vault.c: '* ]]
}

@test "a coverage command that tells nothing, or that nobody accepted, stops it" {
    untested
    git config flow.coverage.command 'printf "no such compiler\n" >&2; false'
    run --separate-stderr -3 fix
    [[ $stderr == *"printed neither gcov's JSON nor a tracefile"*'no such compiler'* ]]
    git config flow.coverage.command 'printf "SF:src/util.c\nDA:1,1\n"'
    run --separate-stderr -3 fix
    [[ $stderr == *'coverage.command: line 2 of the coverage: it ends inside of a record'* ]]
    git config --unset flow.coverage.command
    mkdir -p .flow
    printf '[coverage]\n\tcommand = touch ran\n' >.flow/config
    commit_all settings
    run --separate-stderr -5 fix
    [[ $stderr == *"'coverage.command' comes with the repository"* ]]
}
