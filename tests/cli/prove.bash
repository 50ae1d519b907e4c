# shellcheck shell=bash
# Tests in C, their port to Rust, and what holds that against the old program. Load setup.bash, port.bash and fix.bash first.

fix() {
    fix_all "$@"
}

# checked_reply BODY...: the port of src/tests/check.c, whose tests have these bodies.
checked_reply() {
    printf '```rust\n#[test]\npub fn check_adds() {\n    %s\n}\n\n#[test]\npub fn check_zero() {\n    %s\n}\n```\n' "$1" "$2"
    printf '```json\n{"symbols": [{"source": "check_adds", "target": "check_adds"},\n'
    printf '{"source": "check_zero", "target": "check_zero"}], "conditions": []}\n```\n'
}

# checked BODY BODY: the small program with two tests in C, and what links them, once ported, to the old program. They
# stand in src/tests/check.c, or in $place, which no protected path is. Building and testing the port costs nothing, unless
# builds_by_cargo comes behind it.
checked() {
    local at=${place:-tests/check} up=../
    [[ $at == */* ]] || up=
    mkdir -p "$(dirname "src/$at")"
    printf '#include <assert.h>\n#include "%sutil.h"\n\n' "$up" >"src/$at.c"
    cat >>"src/$at.c" <<'C'
void check_adds(void)
{
    assert(util_add(1, 2) == 3);
}

void check_zero(void)
{
    assert(util_add(1, 0) == 1);
}
C
    cat >proof.rs <<RS
mod util {
    #[link(name = "old", kind = "static")]
    extern "C" {
        #[link_name = "util_add"]
        fn old_util_add(a: i32, b: i32) -> i32;
    }
    pub fn util_add(a: i32, b: i32) -> i32 {
        unsafe { old_util_add(a, b) }
    }
}
#[path = "rust/src/$at.rs"]
mod check;
RS
    commit_all tests
    git config flow.build.command 'cc -c -o util.o src/util.c && ar rc libold.a util.o'
    git config flow.fix.build true
    git config flow.fix.test true
    git config flow.prove.command 'rustc --edition 2021 --test -L. -o proof proof.rs && ./proof'
    checked_reply "$1" "$2" >"$replies/translate.$(basename "$at").c"
    ported 'a.wrapping_add(b)'
}

# Bodies with which the old program passes.
# shellcheck disable=SC2034
right=('assert_eq!(crate::util::util_add(1, 2), 3);' 'assert_eq!(crate::util::util_add(1, 0), 1);')

builds_by_cargo() {
    git config --unset flow.fix.build
    git config --unset flow.fix.test
}

# commit_to_port FILE LINE: appends a line to a file of the branch.
commit_to_port() {
    git worktree add -q ../port flow/port/main
    printf '%s\n' "$2" >>"../port/$1"
    git -C ../port commit -qam 'by hand'
    git worktree remove --force ../port
}

run_value() {
    sqlite3 .git/flow/ledger.db "SELECT value FROM run_value v JOIN run r ON r.id = v.run WHERE r.job = 'fix' AND key = '$1'"
}
