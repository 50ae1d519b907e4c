#!/usr/bin/env bats
# flow-optimize with a model: passes with a prompt, and two reviewers on each change.

load setup
load optimize

# A C program with a loop that measures its string in each turn, and a test that executes it.
loops() {
    replies=$BATS_TEST_TMPDIR/replies
    mkdir "$replies"
    model="command/$FLOW_SOURCE_DIR/tests/cli/fake/model $replies"
    cat >text.c <<'C'
#include <string.h>

int count(const char *text, char c)
{
    int n = 0;
    for (size_t i = 0; i < strlen(text); i++)
        n += text[i] == c;
    return n;
}

int other(int a)
{
    return a + 1;
}
C
    cat >check.c <<'C'
#include <stdio.h>

int count(const char *text, char c);
int other(int a);

int main(void)
{
    printf("1..2\n%sok 1 - counts\n", count("banana", 'a') == 3 ? "" : "not ");
    printf("%sok 2 - adds\n", other(1) == 2 ? "" : "not ");
    return 0;
}
C
    # shellcheck disable=SC2016 # for make
    printf 'CC = gcc\ncheck: check.c text.c\n\t$(CC) -g -o $@ check.c text.c\n' >Makefile
    git config flow.build.command make
    git config flow.test.command ./check
    commit_all 'a loop'
}

# edit FIND REPLACE: the reply of who writes.
edit() {
    printf '{"edits": [{"find": "%s", "replace": "%s"}], "findings": [{"number": 1, "fate": "fixed", "reason": "%s"}], %s}\n' \
        "$1" "$2" 'the string keeps its length' '"symbols": [], "conditions": [], "elsewhere": []' >"$replies/optimize.string-loop"
}

good() {
    edit 'i < strlen(text)' "text[i] != '\\\\0'"
}

nothing() {
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "%s"}], "symbols": [], "conditions": []}\n' \
        "$1" >"$replies/optimize.string-loop"
}

# rejects LENS LINE: a verdict against a line of text.c as it is after the change.
rejects() {
    printf '{"verdict": "reject", "findings": [{"severity": "major", "file": "text.c", "source_line": 0, "target_line": 6,
        "claim": "it reads too far", "evidence": {"source": "", "target": "%s"}, "fix": ""}]}\n' "$2" >"$replies/review.$1"
}

with_model() {
    optimize --pass string-loop --model "$model" "$@"
}

calls() {
    if [ -f "$replies/calls" ]; then
        wc -l <"$replies/calls"
    else
        printf '0\n'
    fi
}

@test "what a model writes is built, tested, reviewed twice, and kept" {
    loops
    good
    run --separate-stderr -0 with_model
    [ "${#lines[@]}" = 2 ]
    [ "$(cell 6 state)" = kept ]
    [ "$(calls)" = 3 ]
    [[ $(cell 6 evidence) == 'builds; 2 tests as on the base; tests execute the lines'*"; written by command/"*", reviewed by "*" and "* ]]
    local branch tip
    branch=$(cell 6 branch)
    [ "$(git diff main "$branch" | grep '^[-+] ')" = "-    for (size_t i = 0; i < strlen(text); i++)
+    for (size_t i = 0; text[i] != '\\0'; i++)" ]
    tip=$(git log -1 --format=%B "$branch")
    [[ $tip == *'rewritten by a model'*'It says: the string keeps its length'*"Flow-Model: $model"* ]]
    grep -qE '^Flow-Cost: unknown in dollars, 3 calls, [0-9]+ tokens$' <<<"$tip"
    [ "$(grep -c '^Flow-Reviewed-By: command/' <<<"$tip")" = 2 ]
    # Who writes sees the pass, the declaration and what was found in it; reviewers see the change.
    local asked reviewed
    asked=$(echo "$replies"/seen/text.c@*_optimize_string-loop_*)
    grep -q 'as a `size_t`' "$asked"
    grep -q '`text.c`, lines 3-9:' "$asked"
    grep -q 'In line 6:' "$asked"
    grep -q 'int other' "$asked"
    reviewed=$(echo "$replies"/seen/text.c@*_review_soundness_*)
    grep -q '^+    for (size_t i = 0; text' "$reviewed"
    grep -q 'It is wrong where the loop shortens' "$reviewed"
    run -1 grep -q 'the string keeps its length' "$reviewed"
    [[ $stderr =~ cost\ +unknown\ +3\ calls ]]
    # Again: nothing is asked, nothing is built.
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = known ]
    [ "$(calls)" = 3 ]
    run --separate-stderr -0 flow-log --name optimize/main "text.c@$(sed -n 's/^Flow-Candidate: \(.\{12\}\).*/\1/p' <<<"$tip")"
    [[ $output == *'the string keeps its length'*'/review/'* ]]
}

@test "what a reviewer proves something against is not kept, and not asked about again before its code changes" {
    loops
    good
    rejects behaviour "for (size_t i = 0; text[i] != '\\\\0'; i++)"
    printf '{"findings": [{"number": 1, "fate": "upheld", "reason": ""}]}\n' >"$replies/judge"
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = rejected ]
    [ "$(cell 6 evidence)" = 'major, by the reviewer of behaviour, line 6: it reads too far' ]
    [ -z "$(branches)" ]
    [ "$(calls)" = 4 ]
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = rejected ]
    [ "$(calls)" = 4 ]
    # Anew, everybody is asked again, and each once.
    run --separate-stderr -0 with_model --fresh
    [ "$(cell 6 state)" = rejected ]
    [ "$(calls)" = 8 ]
    # Another place of the file is not its code.
    sed -i 's/return a + 1/return 1 + a/' text.c
    commit_all 'elsewhere'
    run --separate-stderr -0 with_model
    [ "$(calls)" = 8 ]
    rm "$replies/review.behaviour"
    run --separate-stderr -0 with_model --fresh
    [ "$(cell 6 state)" = kept ]
    [ "$(calls)" = 11 ]
}

@test "a judge who dismisses what one reviewer found lets it pass, and the evidence says so" {
    loops
    good
    rejects soundness "for (size_t i = 0; text[i] != '\\\\0'; i++)"
    printf '{"findings": [{"number": 1, "fate": "dismissed", "reason": "it stops there"}]}\n' >"$replies/judge"
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = kept ]
    [[ $(git log -1 --format=%B "$(cell 6 branch)") == *'who disagreed, and a judge accepted it'* ]]
}

@test "edits outside of the declaration are refused, and who wrote them hears it" {
    loops
    edit 'return a + 1;' 'return a + 2;'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = no-answer ]
    [[ $(cell 6 evidence) == *'Edits are of the declaration in lines 3-9 alone.'* ]]
    [ -z "$(branches)" ]
    grep -q 'Edits are of the declaration in lines 3-9 alone.' "$replies"/seen/text.c@*_optimize_string-loop_0_0_0_1
    local before
    before=$(calls)
    run --separate-stderr -0 with_model
    [ "$(calls)" = "$before" ]
}

@test "edits that the gates refuse are not built" {
    loops
    edit 'return n;' '/* rest of the function unchanged */'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = no-answer ]
    [[ $(cell 6 evidence) == elision,* ]]
}

@test "what leaves the guarantees of the language is refused, unless it was there before" {
    loops
    printf 'pub fn first(list: &[u8]) -> u8 {\n    let all = list.to_vec();\n    all[0]\n}\n' >a.rs
    sed 's/first/second/; s/all\[0\]/unsafe { *all.get_unchecked(0) }/' a.rs >b.rs
    printf '1..1\nok 1 - nothing\n' >tap
    git config flow.build.command true
    git config flow.test.command 'cat tap'
    commit_all 'two files'
    cat >"$replies/optimize" <<'SH'
#!/bin/sh
if grep -q 'fn second'; then all='    unsafe { *all.get_unchecked(0) }'; else all='    all[0]'; fi
printf '{"edits": [{"find": "    let all = list.to_vec();\\n%s", "replace": "    unsafe { *list.get_unchecked(0) }"}], %s}\n' "$all" \
    '"findings": [{"number": 1, "fate": "fixed", "reason": ""}], "symbols": [], "conditions": []'
SH
    chmod +x "$replies/optimize"
    run --separate-stderr -0 optimize --pass needless-allocation --uncovered --model "$model"
    [ "$(awk -F'\t' '$1 == "a.rs" { print $4 }' <<<"$output")" = no-answer ]
    [[ $(awk -F'\t' '$1 == "a.rs" { print $8 }' <<<"$output") == risk,*unsafe* ]]
    [ "$(awk -F'\t' '$1 == "b.rs" { print $4 }' <<<"$output")" = kept ]
}

@test "what is written is formatted where the file is, and only there" {
    loops
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\nexec sed "s/  *;/;/g"\n' >"$BATS_TEST_TMPDIR/bin/rustfmt"
    chmod +x "$BATS_TEST_TMPDIR/bin/rustfmt"
    printf 'pub fn sum(n: u32) -> usize {\n    let all: Vec<u32> = (0..n).collect();\n    all.len()\n}\n' >a.rs
    sed 's/all.len()/all.len() ;/; s/;$/ ;/' a.rs >b.rs
    printf '1..1\nok 1 - nothing\n' >tap
    git config flow.build.command true
    git config flow.test.command 'cat tap'
    commit_all 'two files'
    printf '{"edits": [{"find": "    let all: Vec<u32> = (0..n).collect()", "replace": "    let all = 0..n  "}], %s}\n' \
        '"findings": [{"number": 1, "fate": "fixed", "reason": ""}], "symbols": [], "conditions": []' >"$replies/optimize"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 optimize --pass needless-allocation --uncovered --model "$model"
    [ "$(awk -F'\t' '$1 == "a.rs" { print $4 }' <<<"$output")" = kept ]
    run -0 git show "$(awk -F'\t' '$1 == "a.rs" { print $5 }' <<<"$output"):a.rs"
    [ "${lines[1]}" = '    let all = 0..n;' ]
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr -0 optimize --pass needless-allocation --uncovered --model "$model"
    run -0 git show "$(awk -F'\t' '$1 == "b.rs" { print $5 }' <<<"$output"):b.rs"
    [ "${lines[1]}" = '    let all = 0..n   ;' ]
}

@test "nothing to change is an answer, and its reason is kept" {
    loops
    nothing 'the loop writes to it'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = nothing ]
    [ "$(cell 6 evidence)" = 'the loop writes to it' ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = nothing ]
    [ "$(calls)" = 1 ]
}

@test "what does not build, or fails a test, costs no review" {
    loops
    edit 'i < strlen(text)' 'i < nowhere'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = build-failed ]
    [ "$(calls)" = 1 ]
    sed -i 's/int n = 0/int n = 00/' text.c
    commit_all 'other code'
    edit 'i < strlen(text)' 'i < 2'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = tests-failed ]
    [ "$(calls)" = 2 ]
}

@test "what no test executes is not asked about" {
    loops
    sed -i "s/count(.*== 3/1/" check.c
    commit_all 'a test less'
    good
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = not-covered ]
    [ "$(calls)" = 0 ]
}

@test "what was changed has to be executed, not only what was found" {
    loops
    sed -i 's/    int n = 0;/&\n    if (!text)\n        return -1;/' text.c
    commit_all 'a line that no test executes'
    edit 'return -1;' 'return 0;'
    run --separate-stderr -0 with_model
    [ "$(cell 8 state)" = not-covered ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 with_model --uncovered
    [ "$(cell 8 state)" = kept ]
    [ "$(calls)" = 3 ]
}

@test "a dry run says who would be asked, where, and what that takes, and asks nobody" {
    loops
    run --separate-stderr -0 with_model --dry-run
    [ "$(cell 6 state)" = open ]
    [[ $stderr == *"model             $model, for 1 of them"* ]]
    [[ $stderr == *'source text goes  to program '* ]]
    [[ $stderr == *'calls             1-8, '* ]]
    [[ $stderr == *'price             not known'* ]]
    [ "$(calls)" = 0 ]
    [ ! -e .git/flow/ledger.db ]
}

@test "the prompts that flow brings are for what their queries find, once for each declaration" {
    cat >a.js <<'JS'
const doubled = list => list.reduce((all, one) => [...all, one * 2], []);
function byKey(list) { return list.reduce((all, one) => ({ ...all, [one.key]: one }), {}); }
function block(list) { return list.reduce((all, one) => { return { ...all, one }; }, {}); }
const old = list => list.reduce(function (all, one) { return [...all, one]; }, []);
const joined = list => list.reduce((all, one) => all.concat([one]), []);
const sum = list => list.reduce((all, one) => all + one, 0);
const other = (list, rest) => list.reduce((all, one) => [...rest, one], []);
JS
    sed -n '1,5p' a.js | sed 's/(list)/(list: K[])/; s/(all, one)/(all: R, one)/' >b.ts
    cat >c.c <<'C'
void f(const char *t) { for (size_t i = 0; i < strlen(t); i++) putchar(t[i]); }
void g(char *out, const char **p) { while (*p) { strcat(out, *p); p++; } }
void i(char *out, const char **p) { for (; *p; p++) strcat(out, *p); }
void j(const char *t) { for (int i = 0; i < (int)strlen(t); i++) putchar(t[i]); }
void h(char *out, const char *p) { if (strlen(p) > 3) strcat(out, p); }
C
    cat >d.rs <<'RS'
impl X {
    fn a(&self, t: &str) -> usize {
        let parts: Vec<&str> = t.split(',').collect();
        let again = format!("{}", t);
        parts.len() + again.len()
    }
}
fn b(list: &[u32]) -> String {
    list.iter().map(|x| x.to_string()).collect::<Vec<String>>().join(",")
}
fn c(list: &[u32]) {
    for x in list {
        let mut line = String::new();
        line.push('a');
    }
}
fn d(list: &[u32]) -> Vec<u32> {
    list.iter().copied().collect()
}
#[cfg(test)]
mod tests {
    #[test]
    fn e() {
        let all = vec![1];
    }
}
RS
    commit_all 'places'
    run --separate-stderr -0 flow-optimize --dry-run --model command/true
    {
        printf 'a.js %s javascript/reduce-spread\n' 1 2 3 4 5
        printf 'b.ts %s typescript/reduce-spread\n' 1 2 3 4 5
        printf 'c.c %s c/string-loop\n' 1 2 3 4
        printf 'd.rs %s rust/needless-allocation\n' 3 9 12
    } >../expected
    same_as ../expected \
        "$(grep -v to-string <<<"$output" | awk -F'\t' 'NR > 1 { print $1, $2, $3 }')"
}

@test "without a model, passes that need one are left out, and it says so" {
    loops
    run --separate-stderr -0 optimize
    [ "${#lines[@]}" = 1 ]
    [[ $stderr =~ 'need a model'\ +1\ +c/string-loop ]]
    # Where there is something else to do, the plan says it, too.
    printf '#include <stdlib.h>\n#include <string.h>\nint f(const char *t)\n{\n    char *u = strdup(t);\n    int n = *u;\n    free(u);\n    return n;\n}\n' >more.c
    commit_all 'a copy'
    run --separate-stderr -0 optimize --dry-run
    [[ $stderr == *'model             none; left out, since they need one: c/string-loop'* ]]
}

@test "what a template rewrites is reviewed, too, where somebody is there for it" {
    loops
    sed -i 's/^int other.*/#include <stdlib.h>\nint copied(const char *text)\n{\n    char *copy = strdup(text);\n    int first = *copy;\n    free(copy);\n    return first;\n}\n\n&/' text.c
    sed -i 's/^int other.*/int copied(const char *text);\n&/; s/other(1) == 2/copied("a") == 97/' check.c
    commit_all 'a copy'
    git config flow.optimize.reviewer-model "$model"
    run --separate-stderr -0 optimize
    [ "${#lines[@]}" = 2 ]
    [ "$(cell 14 state)" = kept ]
    [[ $(cell 14 evidence) == *'; template, reviewed by command/'* ]]
    [ "$(calls)" = 2 ]
    [[ $stderr =~ 'need a model'\ +1 ]]
}

@test "a run that is killed while it asks pays nothing twice" {
    loops
    good
    # The second reviewer kills the run: by then the edits are paid for and proven.
    cat >"$replies/review.soundness" <<SH
#!/bin/sh
if [ ! -e "$replies/killed" ]; then
    touch "$replies/killed"
    kill -9 \$PPID
fi
printf '{"verdict": "accept", "findings": []}\n'
SH
    chmod +x "$replies/review.soundness"
    run --separate-stderr -137 flow-optimize --yes --no-sandbox --pass string-loop --model "$model"
    [ -z "$(branches)" ]
    run --separate-stderr -0 flow-optimize --yes --no-sandbox --pass string-loop --model "$model"
    [ "$(cell 6 state)" = kept ]
    [ "$(grep -c /optimize/ "$replies/calls")" = 1 ]
    [ "$(grep -c /review/behaviour/ "$replies/calls")" -le 2 ]
    [ "$(grep -c /review/soundness/ "$replies/calls")" = 2 ]
}

@test "a budget that is used up ends the run, and the next one goes on" {
    loops
    good
    run --separate-stderr -6 with_model --budget 1calls
    [ -z "$(branches)" ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 with_model --budget 2calls
    [ "$(cell 6 state)" = kept ]
    [ "$(calls)" = 3 ]
}

@test "a repository's prompt is accepted before it is used" {
    loops
    mkdir -p .flow/passes/c/sum
    printf '# Sums\n' >.flow/passes/c/sum/about.md
    printf 'Look for sums.\n' >.flow/passes/c/sum/prompt.md
    printf '((return_statement (binary_expression) @sum) @change.it)\n' >.flow/passes/c/sum/query.scm
    commit_all 'a pass'
    run --separate-stderr -0 flow-optimize --list --pass sum
    [ "${lines[1]}" = $'c/sum\t.flow/passes/c/sum\tprompt\tSums' ]
    run --separate-stderr -5 optimize --pass sum --model "$model"
    [[ $stderr == *'.flow/passes/c/sum/query.scm'*'flow approve'* ]]
    run --separate-stderr -0 flow-approve --yes .flow/passes/c/sum/query.scm
    run --separate-stderr -5 optimize --pass sum --model "$model"
    [[ $stderr == *'.flow/passes/c/sum/prompt.md'*'flow approve'* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 flow-approve --yes
    printf '{"edits": [], "findings": [{"number": 1, "fate": "rejected", "reason": "no"}], "symbols": [], "conditions": []}\n' \
        >"$replies/optimize.sum"
    run --separate-stderr -0 optimize --pass sum --model "$model"
    [ "$(cell 13 state)" = nothing ]
    # Another prompt is another question.
    printf 'Look for differences.\n' >.flow/passes/c/sum/prompt.md
    commit_all 'another prompt'
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 optimize --pass sum --model "$model"
    [ "$(calls)" = 2 ]
    # A prompt and a rewrite do not go together.
    printf '((return_statement (binary_expression) @sum) @change.it (#set! rewrite "x"))\n' >.flow/passes/c/sum/query.scm
    commit_all 'both'
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -3 optimize --pass sum --model "$model"
    [[ $stderr == *"pass 'c/sum' has both a prompt and, in pattern 1, a rewrite"* ]]
}

@test "a committed prompt around all passes is accepted first, too" {
    loops
    good
    mkdir -p .flow/prompts
    printf '%%%% system\nMend {{path}}.\n%%%% unit\n{{declaration}}\n' >.flow/prompts/optimize.md
    commit_all 'a prompt'
    run --separate-stderr -5 with_model
    [[ $stderr == *'.flow/prompts/optimize.md'*'flow approve'* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 flow-approve --yes
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = kept ]
    grep -q '^Mend text.c.' "$replies"/seen/text.c@*_optimize_string-loop_*
}

@test "a file that may not be sent is left, and asked about once it may" {
    loops
    good
    git config flow.send.exclude text.c
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = open ]
    [[ $(cell 6 evidence) == *send.exclude* ]]
    [ "$(calls)" = 0 ]
    git config --unset flow.send.exclude
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = kept ]
}

@test "what judges or builds the program is no model's to change, unless that is allowed" {
    loops
    good
    mkdir fixtures
    git mv text.c fixtures/
    sed -i 's,text\.c,fixtures/text.c,g' Makefile
    commit_all 'moved'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = open ]
    [[ $(cell 6 evidence) == *'protected'*'fix.allow'* ]]
    [ "$(calls)" = 0 ]
    git config flow.fix.allow 'fixtures/*'
    run --separate-stderr -0 with_model
    [ "$(cell 6 state)" = kept ]
}

@test "where few changes are wanted, few are asked for" {
    loops
    local i
    for i in 1 2 3; do
        printf '\nint count%s(const char *text)\n{\n    int n = 0;\n    for (size_t i = 0; i < strlen(text); i++)\n        n++;\n    return n;\n}\n' "$i" >>text.c
        sed -i "s/^int other.*;/&\nint count$i(const char *text);/; s/other(1) == 2/count$i(\"a\") + &/" check.c
    done
    sed -i 's/other(1) == 2/other(1) == 2 - 3/' check.c
    commit_all 'more loops'
    good
    git config flow.optimize.trees 1
    run --separate-stderr -0 with_model --max-changes 1
    [ "$(branches | wc -l)" = 1 ]
    [ "$(grep -c /optimize/ "$replies/calls")" = 2 ]
    # Where these come to nothing, it goes on with the next.
    nothing 'no'
    run --separate-stderr -0 with_model --max-changes 4
    [ "$(grep -c /optimize/ "$replies/calls")" = 4 ]
    [ "$(branches | wc -l)" = 2 ]
}
