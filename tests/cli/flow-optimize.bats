#!/usr/bin/env bats
# flow-optimize: passes over real projects, with real compilers as judges.

load setup

setup() {
    common_setup
    new_repository repo
    cd repo || return 1
    git config user.name 'A Tester'
    git config user.email tester@example.org
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
}

# A small C project whose tests speak TAP. Of its copies one is needless, one is written to, one outlives the original, and
# one is in a function that no test calls.
c_project() {
    cat >text.c <<'C'
#include <stdlib.h>
#include <string.h>

int count(const char *text, char c)
{
    char *copy = strdup(text);
    int n = 0;
    for (int i = 0; copy[i]; i++)
        n += copy[i] == c;
    free(copy);
    return n;
}

int blank(const char *text)
{
    char *copy = strdup(text);
    copy[0] = ' ';
    int first = copy[0];
    free(copy);
    return first;
}

int first_before(char *text)
{
    char *copy = strdup(text);
    text[0] = 'x';
    int first = copy[0];
    free(copy);
    return first;
}

int nobody(const char *text)
{
    char *copy = strdup(text);
    int last = copy[strlen(copy) - 1];
    free(copy);
    return last;
}
C
    cat >check.c <<'C'
#include <stdio.h>

int count(const char *text, char c);
int blank(const char *text);
int first_before(char *text);

static void ok(int number, int holds, const char *name)
{
    printf("%sok %d - %s\n", holds ? "" : "not ", number, name);
}

int main(void)
{
    char text[] = "ab";
    printf("1..3\n");
    ok(1, count("banana", 'a') == 3, "counts");
    ok(2, blank("ab") == ' ', "blanks");
    ok(3, first_before(text) == 'a', "remembers");
    return 0;
}
C
    cat >Makefile <<'M'
CC = gcc
check: check.c text.c
	$(CC) -g -o $@ check.c text.c
M
    git config flow.build.command make
    git config flow.test.command ./check
    commit_all 'a program in C'
}

# optimize ARG…: in the sandbox where there is one; what is tested here is not the sandbox.
optimize() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    flow-optimize --yes "${confined[@]}" "$@"
}

# cell LINE COLUMN: of the record of that line, from $output.
cell() {
    awk -F'\t' -v line="$1" -v name="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i; next }
        $2 == line { print $column; exit }' <<<"$output"
}

branches() {
    git for-each-ref --format='%(refname:short)' refs/heads/flow
}

@test "the passes are listed, each with what it does" {
    git commit -q --allow-empty -m base
    run --separate-stderr -0 flow-optimize --list
    [ "${lines[0]}" = $'pass\tfrom\tabout' ]
    [[ $output == *$'\nrust/clone\tflow\tA clone that nobody needs'* ]]
    [[ $output == *$'\nc/strdup\tflow\t'* ]]
    # A language that is like another one has its passes.
    [[ $output == *$'\ntsx/spread\tflow\t'* ]]
    run --separate-stderr -0 flow-optimize --list --pass clone
    [ "${#lines[@]}" = 2 ]
    run --separate-stderr -3 flow-optimize --list --pass nothing
    [[ $stderr == *'there is no such pass'*'--list'* ]]
}

@test "a crate: what holds becomes a branch, what the compiler or a test refuses does not" {
    mkdir src
    printf '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
    printf 'target\n' >.gitignore
    cat >src/lib.rs <<'RS'
pub fn join(a: &str, b: &str) -> String {
    let mut out = String::new();
    out.push_str(&a.to_string());
    out.push_str(b);
    out
}

pub struct Loud(pub std::cell::Cell<u32>);

impl Clone for Loud {
    fn clone(&self) -> Loud {
        self.0.set(self.0.get() + 1);
        Loud(std::cell::Cell::new(0))
    }
}

pub fn calls(loud: &Loud) -> u32 {
    let _ = loud.clone();
    loud.0.get()
}

pub fn twice(text: &str) -> (String, String) {
    let owned = String::from(text);
    (owned.clone(), owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins() {
        assert_eq!(join(&"a".to_string(), "b"), "ab");
    }

    #[test]
    fn counts() {
        assert_eq!(calls(&Loud(std::cell::Cell::new(0))), 1);
    }
}
RS
    commit_all 'a crate'
    run --separate-stderr -0 optimize --uncovered
    # Tests are not touched: four candidates, two of them for one place.
    [ "${#lines[@]}" = 5 ]
    [[ $output == *$'\nsrc/lib.rs\t3\trust/to-string\ttwice\t'* ]]
    [ "$(cell 3 state)" = kept ]
    [ "$(cell 3 pass)" = rust/to-string ]
    [ "$(cell 18 state)" = tests-failed ]
    [[ $(cell 18 evidence) == *'tests::counts: new failure'* ]]
    [ "$(cell 24 state)" = build-failed ]
    [[ $(cell 24 evidence) == E0382:* ]]
    local branch tip
    branch=$(cell 3 branch)
    [ "$(branches)" = "$branch" ]
    [[ $branch =~ ^flow/optimize/to-string-[0-9a-f]{8}$ ]]
    [ "$(git rev-parse "$branch~1")" = "$(git rev-parse main)" ]
    [ "$(git diff main "$branch" | grep '^[-+] ')" = '-    out.push_str(&a.to_string());
+    out.push_str(a);' ]
    tip=$(git log -1 --format=%B "$branch")
    [[ $tip == 'src/lib.rs: to-string, '*'no model was asked'* ]]
    [[ $tip == *'Flow-Pass: rust/to-string'*'Flow-Place: src/lib.rs:3'*'Flow-Evidence: builds; 2 tests as on the base; whether tests execute the lines was not measured'* ]]
    [ -z "$(git status --porcelain)" ]
    # Again: nothing is built, nothing is made.
    rm -rf "$HOME/.cache/flow/build"
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 3 state)" = known ]
    [ "$(cell 18 state)" = tests-failed ]
    [ ! -e "$HOME/.cache/flow/build" ]
    [[ $stderr =~ 'not again'\ +4 ]]
}

@test "only what a test executes is kept, by gcov" {
    c_project
    run --separate-stderr -0 optimize
    [ "$(cell 6 state)" = kept ]
    [[ $(cell 6 evidence) == *'3 tests as on the base; tests execute the lines'* ]]
    [ "$(cell 16 state)" = build-failed ]
    [ "$(cell 25 state)" = tests-failed ]
    [[ $(cell 25 evidence) == *remembers*'new failure'* ]]
    [ "$(cell 34 state)" = not-covered ]
    [ "$(branches | wc -l)" = 1 ]
    [[ $stderr =~ builds\ +[0-9]+\ +and\ [0-9]+\ test\ runs,\ for\ 3\ candidates ]]
    git show "$(cell 6 branch):text.c" >changed.c
    grep -q 'const char \*copy = text;' changed.c
    [ "$(grep -c 'free(copy)' changed.c)" = 3 ]
    # It can be asked for all the same.
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 34 state)" = kept ]
    [ "$(cell 6 state)" = known ]
    [ "$(branches | wc -l)" = 2 ]
}

@test "what the compiler newly warns of is refused" {
    c_project
    cat >>text.c <<'C'

static int longest(char *text)
{
    return strlen(text);
}

int handed_on(const char *text)
{
    char *copy = strdup(text);
    int length = longest(copy);
    free(copy);
    return length;
}
C
    commit_all 'a copy for a function that could write'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 47 state)" = build-failed ]
    [[ $(cell 47 evidence) == 'the compiler warns: '*discarded-qualifiers* ]]
    [ "$(cell 6 state)" = kept ]
}

@test "what tests execute most is proven first" {
    c_project
    cat >>text.c <<'C'

int often(const char *text)
{
    char *copy = strdup(text);
    int length = strlen(copy);
    free(copy);
    return length;
}
C
    sed -i 's/^int blank/int often(const char *text);\n&/; s/^    return 0;/    for (int i = 0; i < 100; i++)\n        often("a");\n&/' check.c
    commit_all 'one that is called often'
    git config flow.optimize.trees 1
    run --separate-stderr -0 optimize --max-changes 1
    [ "$(cell 42 state)" = kept ]
    [ "$(cell 6 state)" = open ]
}

@test "a branch that was taken away is not made again; what failed is tried again when its code changes" {
    c_project
    run --separate-stderr -0 optimize --uncovered text.c
    [ "$(cell 6 state)" = kept ]
    git branch -qD "$(cell 6 branch)"
    sed -i 's/copy\[0\] = . .;/int blank = 32;/; s/int first = copy\[0\];$/int first = blank;/;' text.c
    sed -i '/int first_before/,$s/int first = blank;/int first = copy[0];/' text.c
    commit_all 'blank does not write any more'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = known ]
    [ "$(cell 6 branch)" = '' ]
    [ "$(cell 6 evidence)" = 'its branch was taken away' ]
    [ "$(cell 16 state)" = kept ]
    [ "$(cell 25 state)" = tests-failed ]
    [[ $stderr =~ 1\ +and\ 1\ test\ runs,\ for\ 1\ candidates ]]
}

@test "a limit on changes leaves the rest for the next run" {
    c_project
    git config flow.optimize.trees 1
    run --separate-stderr -0 optimize --uncovered --max-changes 1
    [ "$(branches | wc -l)" = 1 ]
    [ "$(cell 34 state)" = open ]
    [[ $stderr =~ open\ +1\ +left:\ there\ are\ as\ many ]]
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 34 state)" = kept ]
    [ "$(cell 6 state)" = known ]
    # What held together with others needs only its proof alone.
    [[ $stderr =~ builds\ +1\ +and\ 1\ test\ runs ]]
}

@test "a run that ended between the branch and the ledger knows its branch" {
    c_project
    run --separate-stderr -0 optimize --uncovered
    sqlite3 .git/flow/ledger.db "DELETE FROM run_value WHERE key LIKE 'candidate %'"
    local before
    before=$(git for-each-ref refs/heads/flow)
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = known ]
    [ "$(git for-each-ref refs/heads/flow)" = "$before" ]
}

@test "a run that is killed loses no more than what it was at" {
    c_project
    # The first test run of a candidate kills the run. That the compiler refused one is known by then.
    # shellcheck disable=SC2016 # for the command
    git config flow.test.command \
        'if grep -q "const char \*copy" text.c && [ ! -e ../killed ]; then touch ../killed; kill -9 $PPID; fi; ./check'
    run --separate-stderr -137 flow-optimize --yes --uncovered --no-sandbox
    [ -z "$(branches)" ]
    run --separate-stderr -0 flow-optimize --yes --uncovered --no-sandbox
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 16 state)" = build-failed ]
    [ "$(cell 25 state)" = tests-failed ]
    [ "$(cell 34 state)" = kept ]
    [[ $stderr =~ for\ 3\ candidates ]]
    [[ $stderr =~ 'not again'\ +1 ]]
}

@test "units come from standard input, and a dry run does nothing" {
    c_project
    mkdir other
    cp text.c other/
    commit_all 'another'
    run --separate-stderr -0 bash -c 'printf "path\tx\nother/text.c\t1\n" | flow-optimize --dry-run -'
    [ "${#lines[@]}" = 5 ]
    [ "$(cell 6 path)" = other/text.c ]
    [ "$(cell 6 state)" = open ]
    [[ $stderr == *'build             make (FLOW_'* || $stderr == *"build             make ('.git/config'"* ]]
    [ -z "$(branches)" ]
    [ ! -e "$HOME/.cache/flow/build" ]
}

@test "what is not committed is not seen, and stays as it is" {
    c_project
    sed -i 's/strdup/needless/' text.c
    printf 'new\n' >untracked
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(git status --porcelain)" = ' M text.c
?? untracked' ]
}

@test "tests that fail on the base count for nothing, if they have names" {
    c_project
    sed -i 's/== 3, "counts"/== 4, "counts"/; s/return 0;/return 1;/' check.c
    commit_all 'a test that fails'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 25 state)" = tests-failed ]
    [[ $stderr =~ failing\ +1\ +tests\ that\ fail\ on\ the\ base ]]
    git config flow.test.command false
    run --separate-stderr -3 optimize --uncovered --fresh
    [[ $stderr == *"the tests of the base"*"('false')"*'nothing that could be compared'* ]]
}

@test "a base that does not build is said, with what the compiler says" {
    c_project
    printf 'int main(void) { return nowhere; }\n' >check.c
    commit_all 'broken'
    run --separate-stderr -3 optimize --uncovered
    [[ $stderr == *'does not build'*"'make'"* ]]
    [ -z "$(branches)" ]
}

@test "commands that are not known are asked for by the name of their setting" {
    c_project
    git config --unset flow.build.command
    run --separate-stderr -3 optimize
    [[ $stderr == *'set build.command to the command'* ]]
    git config flow.build.command make
    git config --unset flow.test.command
    run --separate-stderr -3 optimize
    [[ $stderr == *'set test.command to the command'* ]]
    git config flow.test.command ./check
    git config flow.coverage.command true
    run --separate-stderr -3 optimize
    [[ $stderr == *'could not be measured'*'coverage.command'*'--uncovered'* ]]
}

@test "a repository brings a pass: it is accepted first, and what is wrong with it is said" {
    c_project
    mkdir -p .flow/passes/c/zero
    printf '# A zero for a one\n' >.flow/passes/c/zero/about.md
    # shellcheck disable=SC2016 # a template
    printf '((return_statement (identifier) @name) @change.it (#eq? @name "n") (#set! rewrite "return ${nome};"))\n' \
        >.flow/passes/c/zero/query.scm
    commit_all 'a pass'
    run --separate-stderr -0 flow-optimize --list --pass zero
    [ "${lines[1]}" = $'c/zero\t.flow/passes/c/zero\tA zero for a one' ]
    run --separate-stderr -5 optimize --uncovered --pass zero
    [[ $stderr == *".flow/passes/c/zero/query.scm"*'flow approve'* ]]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -3 optimize --uncovered --pass zero
    [[ $stderr == *"pass 'c/zero': the rewrite of pattern 1 names 'nome'"* ]]
    printf '((return_statement (identifier) @name) @change.it\n (#eq? @name "n")' >.flow/passes/c/zero/query.scm
    commit_all 'cut'
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -3 optimize --uncovered --pass zero
    [[ $stderr =~ query\.scm.*line\ [0-9] ]]
    printf '((return_statement (identifier) @name) @change.it (#eq? @name "n"))\n' >.flow/passes/c/zero/query.scm
    commit_all 'no rewrite'
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -3 optimize --uncovered --pass zero
    [[ $stderr == *'pattern 1 says no rewrite'* ]]
    # shellcheck disable=SC2016 # a template
    printf '((return_statement (identifier) @name) @change.it (#eq? @name "n") (#set! rewrite "return ${name} + 0;"))\n' \
        >.flow/passes/c/zero/query.scm
    commit_all 'right'
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 optimize --uncovered --pass zero
    [ "$(cell 11 state)" = kept ]
}

@test "what is protected is left alone" {
    c_project
    git config flow.fix.protect 'text.*'
    run --separate-stderr -0 optimize --uncovered
    [ "${#lines[@]}" = 1 ]
    [[ $stderr =~ candidates\ +0 ]]
}

@test "a committed command is accepted first" {
    c_project
    git config --unset flow.test.command
    mkdir .flow
    printf '[test]\n\tcommand = ./check\n' >.flow/config
    commit_all 'settings'
    run --separate-stderr -5 optimize --uncovered
    [[ $stderr == *"'test.command' comes with the repository"* ]]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
}

@test "a benchmark is run, and what it says is part of the evidence" {
    c_project
    git config flow.optimize.bench false
    run --separate-stderr -3 optimize --uncovered
    [[ $stderr == *"optimize.bench fails ('false'"* ]]
    [ -z "$(branches)" ]
    git config flow.optimize.bench ./check
    run --separate-stderr -0 optimize --uncovered --max-changes 1
    [[ $(cell 6 evidence) =~ \;\ (same|faster|slower):\ [+-][0-9.]+\ %\ \[[+-][0-9.]+,\ [+-][0-9.]+\]\ in\ time ]]
}

@test "words of the command line that make no sense are refused" {
    c_project
    run --separate-stderr -2 optimize --until 25:00
    [[ $stderr == *"'25:00' is no time of day"* ]]
    run --separate-stderr -2 optimize --only-faster --uncovered
    [[ $stderr == *'set optimize.bench'* ]]
    run --separate-stderr -3 optimize --base nowhere
    [[ $stderr == *nowhere* ]]
}

@test "nothing runs where there is no sandbox, unless that is agreed to" {
    c_project
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\necho "bwrap: no user namespaces here" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/bwrap"
    chmod +x "$BATS_TEST_TMPDIR/bin/bwrap"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -3 flow-optimize --yes --uncovered
    [[ $stderr == *--no-sandbox*'no user namespaces here'* ]]
    [ -z "$(branches)" ]
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 flow-optimize --yes --uncovered --no-sandbox
    [ "$(cell 6 state)" = kept ]
}

@test "quiet, it says nothing where nothing is new" {
    c_project
    run --separate-stderr -0 optimize --quiet --uncovered
    [[ $stderr =~ kept\ +2 ]]
    run --separate-stderr -0 optimize --quiet --uncovered
    [ -z "$stderr" ]
}
