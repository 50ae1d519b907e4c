#!/usr/bin/env bats
# flow-optimize: passes over real projects, with real compilers as judges.

load setup
load optimize

@test "the passes are listed, each with what it does" {
    git commit -q --allow-empty -m base
    run --separate-stderr -0 flow-optimize --list
    [ "${lines[0]}" = $'pass\tfrom\trewrite\tabout' ]
    [[ $output == *$'\nrust/clone\tflow\ttemplate\tA clone that nobody needs'* ]]
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
    [[ $tip == 'src/lib.rs: to-string, '*'It is wrong where'*'no model was asked'* ]]
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

@test "a note alone condemns nobody" {
    c_project
    # The copy of blank() fails to build, and all that the error points at are two others, which are tried at once.
    git config flow.optimize.trees 2
    cat >build.sh <<'SH'
if sed -n '/^int blank/,/^}/p' text.c | grep -q 'const char \*copy'; then
    echo 'check.c:1:1: error: no copy of blank'
    echo 'text.c:6:5: note: declared here'
    echo 'text.c:25:5: note: and here'
    exit 1
fi
make
SH
    git config flow.build.command 'sh build.sh'
    commit_all 'a build that points at another'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 16 state)" = build-failed ]
    [ "$(cell 16 evidence)" = 'no copy of blank' ]
    [ "$(cell 25 state)" = tests-failed ]
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

@test "a repository brings a pass: it is accepted first, and what is wrong with it is said" {
    c_project
    mkdir -p .flow/passes/c/zero
    printf '# A zero for a one\n' >.flow/passes/c/zero/about.md
    # shellcheck disable=SC2016 # a template
    printf '((return_statement (identifier) @name) @change.it (#eq? @name "n") (#set! rewrite "return ${nome};"))\n' \
        >.flow/passes/c/zero/query.scm
    commit_all 'a pass'
    run --separate-stderr -0 flow-optimize --list --pass zero
    [ "${lines[1]}" = $'c/zero\t.flow/passes/c/zero\ttemplate\tA zero for a one' ]
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

@test "what is as fast as before is left out where only faster ones are wanted, and not for good" {
    c_project
    # Each side is much slower than the other in every second pair.
    cat >bench.sh <<'SH'
echo >>turns
slow=$(($(wc -l <turns) % 2))
if grep -q 'const char \*copy' text.c; then slow=$((1 - slow)); fi
if [ "$slow" = 1 ]; then sleep 0.05; fi
SH
    commit_all 'a benchmark'
    git config flow.optimize.bench 'sh bench.sh'
    run --separate-stderr -0 optimize --uncovered --only-faster
    [ "$(cell 6 state)" = same ]
    [[ $(cell 6 evidence) == 'builds; 3 tests as on the base'*'; same: '* ]]
    [ -z "$(branches)" ]
    # Not measured again …
    run --separate-stderr -0 optimize --uncovered --only-faster
    [ "$(cell 6 state)" = same ]
    [[ $stderr =~ 'not again'\ +4 ]]
    # There are no units to count.
    run --separate-stderr -0 flow-status optimize/main
    [[ $stderr$output != *accepted* ]]
    # … but kept by a run that takes what is as fast.
    git config --unset flow.optimize.bench
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 34 state)" = kept ]
    [[ $stderr =~ builds\ +2\ +and\ 2\ test\ runs ]]
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

@test "what builds only with the tests is out by the compiler's word, and not by halves" {
    c_project
    git config flow.build.command true
    git config flow.test.command 'make -s >&2 && ./check'
    run --separate-stderr -0 optimize --uncovered
    [ "$(cell 16 state)" = build-failed ]
    [[ $(cell 16 evidence) == *read-only* ]]
    [ "$(cell 6 state)" = kept ]
    [ "$(cell 25 state)" = tests-failed ]
    [ "$(cell 34 state)" = kept ]
}
