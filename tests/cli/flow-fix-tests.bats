#!/usr/bin/env bats
# flow-fix: rounds of tests, measured against the old program.

load setup
load port
load fix

fix() {
    fix_all "$@"
}

run_value() {
    sqlite3 .git/flow/ledger.db "SELECT value FROM run_value v JOIN run r ON r.id = v.run WHERE r.job = 'fix' AND key = '$1'"
}

@test "a test that the old program passes is mended, and the round is one commit" {
    mkdir tests
    cat >tests/run.sh <<'SH'
echo 1..1
out=$($1)
if [ "$out" = 3 ]; then echo 'ok 1 - one and two'; else printf 'not ok 1 - one and two\n# util_add: %s, not 3\n' "$out"; fi
SH
    commit_all tests
    ported 'a.wrapping_sub(b)'
    git config flow.fix.test 'sh ../tests/run.sh "cargo run --offline --quiet"'
    git config flow.test.command 'cc -o program src/*.c && sh tests/run.sh ./program'
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 before)" = 0 ]
    [ "$(cell 1 after)" = 0 ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 calls)" = 1 ]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 passed)" = 1 ]
    [ "$(cell 1 failed)" = 0 ]
    [ "$(cell 1 new)" = 0 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/util.rs ]
    [ "$(git log -1 --format=%s flow/port/main)" = 'fix the tests, round 1: from 1 failures to 0' ]
    [[ $(git log -1 --format=%B flow/port/main) == *'passed  failed  new  known  flaky  fixed  tests
     0       1    1      0      0      0  before
     1       0    0      0      0      0  after'* ]]
    [[ $stderr =~ tests\ +1\ +'pass, 0 fail; against the old program 0 new failures' ]]
    run -0 builds
    [ "$output" = 3 ]
    # The fixer saw the name, what was printed, and the text of the test.
    grep -q 'test one and two' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q 'util_add: -1, not 3' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q 'the test stands in tests/run.sh, which cannot be changed' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q '^1. Test failure' "$replies"/seen/src_util.c_fix_build_0_1_*
}

@test "tests of cargo are run where nothing else is said, and traced by what they call" {
    mkdir -p rust/tests
    cat >rust/tests/sums.rs <<'RS'
#[test]
fn sums_up() {
    assert_eq!(repo::util::util_add(1, 2), 3);
}

#[test]
fn stays_the_same() {}
RS
    commit_all tests
    ported 'a.wrapping_sub(b)'
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [[ $stderr =~ tests\ +'cargo test --offline --no-fail-fast (flow'"'"'s own)' ]]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 passed)" = 2 ]
    [ "$(cell 1 new)" = 0 ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/util.rs ]
    grep -q 'sums_up' "$replies"/seen/src_util.c_fix_build_0_1_*
    grep -q 'the test stands in rust/tests/sums.rs' "$replies"/seen/src_util.c_fix_build_0_1_*
}

@test "the old program is tested once, and anew when the command changes" {
    tested 'a.wrapping_add(b)' <<'SH'
echo 1..1
echo ok 1 - one
SH
    git config flow.test.command 'date +%s%N; sh tests/run.sh'
    run --separate-stderr -0 fix
    local first
    first=$(run_value baseline.1)
    [[ $first == '0 '* ]]
    [[ $(run_value baseline) == "$(git rev-parse main) 2 date"* ]]
    run --separate-stderr -0 fix
    [ "$(run_value baseline.1)" = "$first" ]
    git config flow.test.command 'date +%s%N; sh tests/run.sh # again'
    run --separate-stderr -0 fix
    [ "$(run_value baseline.1)" != "$first" ]
}

@test "the old program is fetched and built before it is tested; where that fails, it is said" {
    tested 'a.wrapping_add(b)' <<'SH'
echo 1..1
if [ -e fetched ] && [ -e built ]; then echo ok 1 - one; else echo not ok 1 - one; fi
SH
    git config flow.fix.test 'echo 1..1; echo not ok 1 - one; exit 1'
    git config flow.fetch.command 'touch fetched'
    git config flow.build.command 'test -e fetched && touch built'
    run --separate-stderr -1 fix --max-rounds 1
    [[ $stderr =~ old:\ fetch,\ once\ +touch ]]
    [[ $stderr =~ against\ the\ old\ program\ 1\ new\ failures ]]
    git config flow.build.command 'echo "no compiler here"; false'
    run --separate-stderr -3 fix
    [[ $stderr == *"build.command, 'echo "*"failed with status 1 on the old program"*'no compiler here'* ]]
}

@test "what the old program fails, or fails at times, is no work" {
    tested 'a.wrapping_add(b)' <<'SH'
echo 1..4
echo not ok 1 - always fails
if [ -e ran ] || [ -e src/lib.rs ]; then echo not ok 2 - fails at times; else echo ok 2 - fails at times; fi
if [ -e src/lib.rs ]; then echo ok 3 - fails no more; else echo not ok 3 - fails no more; fi
echo ok 4 - passes
touch ran
exit 1
SH
    run --separate-stderr -0 fix
    [ "${#lines[@]}" = 1 ]
    [ "$(calls)" = 0 ]
    [[ $stderr =~ tests\ +2\ +'pass, 2 fail; against the old program 0 new failures, 1 known, 1 flaky, 1 fixed' ]]
}

@test "a test that disappears counts as a failure" {
    tested 'a.wrapping_add(b)' <<'SH'
echo 1..2
echo ok 1 - one
[ -e src/lib.rs ] || echo ok 2 - two
SH
    run --separate-stderr -1 fix --max-rounds 1
    [ "$(cell 1 new)" = 1 ]
    [ "$(cell 1 state)" = nothing ]
    [[ $stderr == *'left out: two: disappeared'* ]]
    [[ $stderr == *'1 tests that did not run are traced to no file'* ]]
}

@test "a round after which more tests fail is rolled back, and the next fixer knows" {
    subtracting
    local tip
    tip=$(git rev-parse flow/port/main)
    edit fix.build.1.util.c 'a.wrapping_sub(b)' 'a.wrapping_sub(worse(b))'
    edit fix.build.2.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = rolled-back ]
    [ "$(cell 1 new)" = 2 ]
    [[ $stderr == *"'rust/src/util.rs' is rolled back: after the round 2 tests failed, and 1 before"* ]]
    [ "$(cell 2 state)" = committed ]
    [ "$(cell 2 new)" = 0 ]
    [ "$(git rev-parse flow/port/main~1)" = "$tip" ]
    grep -q 'worse' "$replies"/seen/src_util.c_fix_build_0_2_*
}

# Two units that are wrong, each with a test; a third test fails where a mend has gone too far, and says $1.
two_wrong() {
    printf 'int more_twice(int a)\n{\n    return a * 2;\n}\n' >src/more.c
    printf '```rust\npub fn more_twice(a: i32) -> i32 {\n    a.wrapping_mul(3)\n}\n```\n' >"$replies/translate.more.c"
    record more_twice >>"$replies/translate.more.c"
    tested 'a.wrapping_sub(b)' <<SH
echo 1..3
case \$sources in src) [ -e src/lib.rs ] || { printf 'ok 1 - adds\nok 2 - doubles\nok 3 - stays\n'; exit; } ;; esac
if grep -q wrapping_add src/util.rs; then echo ok 1 - adds; else echo not ok 1 - adds; echo '# in src/util.rs:4'; fi
if grep -q 'mul(2' src/more.rs; then echo ok 2 - doubles; else echo not ok 2 - doubles; echo '# in src/more.rs:2'; fi
if grep -q 'too far' src/more.rs; then echo not ok 3 - stays; echo '# $1'; else echo ok 3 - stays; fi
SH
    edit fix.build.1.util.c wrapping_sub wrapping_add
    edit fix.build.2.util.c wrapping_sub wrapping_add
    edit fix.build.1.more.c 'mul(3)' 'mul(2 /* too far */)'
    edit fix.build.2.more.c 'mul(3)' 'mul(2)'
}

@test "a change that breaks one test is rolled back, however many others it mends, and the rest is kept" {
    two_wrong 'in src/more.rs:2'
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 files)" = 1 ]
    [ "$(cell 1 new)" = 1 ]
    [ "$(git diff --name-only flow/port/main~2 flow/port/main~1)" = rust/src/util.rs ]
    [[ $stderr == *"'rust/src/more.rs' is rolled back: test stays, which passed before, fails after it"* ]]
    [[ $stderr != *"'rust/src/util.rs' is rolled back"* ]]
    [ "$(cell 2 state)" = committed ]
    [ "$(git diff --name-only flow/port/main~1 flow/port/main)" = rust/src/more.rs ]
    grep -q 'too far' "$replies"/seen/src_more.c_fix_build_0_2_*
}

@test "a round that breaks a test which is traced to no change is rolled back as a whole" {
    two_wrong 'somewhere'
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = rolled-back ]
    [ "$(cell 1 new)" = 1 ]
    [[ $stderr == *"'rust/src/util.rs' is rolled back: test stays, which passed before, fails after it"* ]]
    [ "$(cell 2 state)" = committed ]
    [ "$(cell 2 files)" = 2 ]
}

@test "a round of tests that breaks the build is rolled back" {
    subtracting
    git config flow.fix.build 'if grep -q broken src/util.rs; then echo "src/util.rs:4:1: error: broken"; exit 1; fi'
    edit fix.build.1.util.c 'a.wrapping_sub(b)' 'broken(a)'
    edit fix.build.2.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = rolled-back ]
    [ "$(cell 1 after)" = 1 ]
    [[ $stderr == *"'rust/src/util.rs' is rolled back: it broke a build that was clean"* ]]
    [ "$(cell 2 state)" = committed ]
}

@test "without a baseline every test that fails counts" {
    subtracting
    git config --unset flow.test.command
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [[ $stderr == *'old: tests        none (test.command): every test that fails counts'* ]]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 passed)" = 2 ]
}

@test "tests that tell nothing but a status are one test" {
    ported 'a.wrapping_sub(b)'
    git config flow.fix.build true
    git config flow.test.command 'grep -q "a + b" src/util.c'
    git config flow.fix.test 'grep -q wrapping_add src/util.rs || { echo "src/util.rs:4:5: it subtracts"; exit 1; }'
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 passed)" = 1 ]
    grep -q '^1. Test failure, line 4' "$replies"/seen/src_util.c_fix_build_0_1_*
}

@test "a test that runs into a limit fails, and which limit is said" {
    ported 'a.wrapping_sub(b)'
    git config flow.fix.build true
    git config flow.fix.test 'grep -q wrapping_add src/util.rs || { echo "in src/util.rs:4"; while :; do sleep 0.1; done; }'
    git config flow.sandbox.seconds 2
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -0 fix
    [[ $stderr == *'they passed the limit on time'* ]]
    [ "$(cell 1 state)" = committed ]
}

@test "--until ends with that many left, and still says so" {
    subtracting
    run --separate-stderr -1 fix --until 1
    [ "${#lines[@]}" = 1 ]
    [ "$(calls)" = 0 ]
    [[ $stderr == *'as many are left as --until allows'* ]]
    [[ $stderr == *'left out: adds: new failure'* ]]
}

@test "--test-only builds nothing, --build-only tests nothing" {
    subtracting
    git config flow.fix.build 'echo "src/util.rs:4:1: error: no"; exit 1'
    edit fix.build.util.c wrapping_sub wrapping_add
    run --separate-stderr -1 fix --build-only --until 1
    [[ $stderr =~ errors\ +1 ]]
    [[ $stderr != *'against the old program'* ]]
    run --separate-stderr -1 fix --test-only
    [[ $stderr =~ build\ +'not made' ]]
    [ "$(cell 1 state)" = committed ]
    [ "$(cell 1 new)" = 0 ]
    run --separate-stderr -2 fix --test-only --build-only
}
