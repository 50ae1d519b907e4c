#!/usr/bin/env bats
# flow-review: two reviewers, and a judge where they disagree, on a change or a unit of a port.

load setup
load port

review() {
    flow-review --model "$model" --yes "$@"
}

# found FILE SEVERITY BEFORE AFTER: a rejection with one finding about a file.
found() {
    printf '{"verdict": "%s", "findings": [{"severity": "%s", "file": "%s", "source_line": 1, "target_line": 1,' \
        "$([ "$2" = minor ] && echo accept || echo reject)" "$2" "$1"
    printf ' "claim": "it subtracts", "evidence": {"source": "%s", "target": "%s"}, "fix": "add"}]}\n' "$3" "$4"
}

# A change of src/util.c, committed.
changed() {
    sed -i 's/return a + b/return a - b/' src/util.c
    commit_all 'a change'
}

@test "a commit that both accept has no findings" {
    changed
    run --separate-stderr -0 review HEAD
    [ "$output" = $'file\tline\tside\tseverity\tby\tclaim\tevidence\tfix' ]
    [[ $stderr == *"review of commit $(git rev-parse HEAD | cut -c1-12): 1 files"* ]]
    [[ $stderr == *"source text goes  to program '"* ]]
    [[ $stderr =~ findings\ +0\ +'both accept' ]]
    [ "$(calls)" = 2 ]
    # Both saw the diff and the whole file after it, and neither the other's question.
    local lens
    for lens in behaviour soundness; do
        grep -q '^-    return a + b;' "$replies"/seen/*_review_"$lens"_0_1_0_0
        grep -q $'^6\t    return a - b;' "$replies"/seen/*_review_"$lens"_0_1_0_0
    done
    run -1 grep -q 'Your question is behaviour' "$replies"/seen/*_review_soundness_0_1_0_0
    # Nothing changed here.
    [ -z "$(git status --porcelain)" ]
}

@test "what both reject is found, with the line that it is on" {
    changed
    found src/util.c blocker '' 'return a - b;' >"$replies/review.behaviour"
    found src/util.c major 'return a + b;' '' >"$replies/review.soundness"
    run --separate-stderr -1 review HEAD
    [ "${lines[1]}" = $'src/util.c\t6\tafter\tblocker\tbehaviour\tit subtracts\t+return a - b;\tadd' ]
    [ "${lines[2]}" = $'src/util.c\t6\tbefore\tmajor\tsoundness\tit subtracts\t-return a + b;\tadd' ]
    [[ $stderr =~ findings\ +2\ +'both reject' ]]
    [ "$(calls)" = 2 ]
}

@test "the same change costs nothing a second time, however it is named" {
    changed
    found src/util.c blocker '' 'return a - b;' >"$replies/review"
    run --separate-stderr -1 review HEAD
    local first=$output
    [ "$(calls)" = 2 ]
    run --separate-stderr -1 review HEAD~1..HEAD
    [ "$output" = "$first" ]
    git diff --full-index HEAD~1 HEAD >../change.diff
    run --separate-stderr -1 review - <../change.diff
    [ "$output" = "$first" ]
    [ "$(calls)" = 2 ]
    [[ $stderr =~ cost.*0\ calls ]]
}

@test "where they disagree, a judge decides about each finding" {
    changed
    cat >"$replies/review.behaviour" <<'JSON'
{"verdict": "reject", "findings": [
 {"severity": "blocker", "file": "src/util.c", "source_line": 6, "target_line": 6, "claim": "it subtracts",
  "evidence": {"source": "", "target": "return a - b;"}, "fix": "add"},
 {"severity": "major", "file": "src/util.c", "source_line": 6, "target_line": 6, "claim": "it may overflow",
  "evidence": {"source": "return a + b;", "target": "return a - b;"}, "fix": ""},
 {"severity": "major", "file": "src/util.c", "source_line": 6, "target_line": 6, "claim": "it multiplies",
  "evidence": {"source": "", "target": "return a * b;"}, "fix": ""}]}
JSON
    printf '{"findings": [{"number": 1, "fate": "upheld", "reason": ""}, %s]}' \
        '{"number": 2, "fate": "dismissed", "reason": "it did so before"}' >"$replies/judge"
    run --separate-stderr -1 review HEAD
    [ "${#lines[@]}" = 2 ]
    [ "$(cut -f6 <<<"${lines[1]}")" = 'it subtracts' ]
    [[ $stderr =~ findings\ +1\ +'they disagree, and a judge decided' ]]
    [[ $stderr =~ dismissed\ +2 ]]
    [ "$(calls)" = 3 ]
    # The judge saw what was proven, by whom, and the change; not what was not proven.
    grep -q 'it may overflow' "$replies"/seen/*_judge_-_0_1_0_0
    grep -q 'the reviewer of behaviour, who rejects' "$replies"/seen/*_judge_-_0_1_0_0
    grep -q '^+    return a - b;' "$replies"/seen/*_judge_-_0_1_0_0
    run -1 grep -q 'it multiplies' "$replies"/seen/*_judge_-_0_1_0_0
    run --separate-stderr -1 review --json HEAD
    [ "${#lines[@]}" = 3 ]
    [[ ${lines[0]} == '{"file":"src/util.c","line":6,"side":"after","severity":"blocker","by":"behaviour","claim":"it subtracts",'*'"dismissed":null}' ]]
    [[ ${lines[1]} == *'"claim":"it may overflow"'*'"dismissed":"it did so before"}' ]]
    [[ ${lines[2]} == *'"claim":"it multiplies"'*'"dismissed":"the lines that it quotes do not exist"}' ]]
    [ "$(calls)" = 3 ]
    # The ledger has the fates.
    run -0 flow-log --findings --name review/main
    [[ $output == *rejected* ]]
}

@test "a judge who dismisses all leaves no findings, and one who says nothing leaves no verdict" {
    changed
    found src/util.c blocker '' 'return a - b;' >"$replies/review.soundness"
    printf 'I cannot say.' >"$replies/judge"
    run --separate-stderr -3 review HEAD
    [ -z "$output" ]
    [[ $stderr == *'no judgement between the two reviewers'* ]]
    printf '{"findings": [{"number": 1, "fate": "dismissed", "reason": "it should subtract"}]}' >"$replies/judge"
    git commit -q --amend -m 'the same'
    sed -i 's/return a - b/return b - a/' src/util.c
    found src/util.c blocker '' 'return b - a;' >"$replies/review.soundness"
    commit_all 'another'
    run --separate-stderr -0 review HEAD
    [ "${#lines[@]}" = 1 ]
}

@test "a note of one who accepts is told, and nobody has to judge" {
    changed
    found src/util.c minor '' 'return a - b;' >"$replies/review.soundness"
    run --separate-stderr -1 review HEAD
    [ "$(cut -f4 <<<"${lines[1]}")" = minor ]
    [ "$(calls)" = 2 ]
}

@test "a reviewer whose lines do not exist in the file is told so, and gives no verdict" {
    changed
    found src/main.c blocker '' 'return a - b;' >"$replies/review.behaviour"
    run --separate-stderr -3 review HEAD
    [ -z "$output" ]
    [[ $stderr == *'no verdict on behaviour'* ]]
    grep -q 'or after ("target") the change' "$replies"/seen/*_review_behaviour_0_1_0_1
}

@test "a SARIF log has what the standard asks for" {
    mkdir 'a b'
    printf 'int f(void)\n{\n    return 1;\n}\n' >'a b/ü.c'
    changed
    found 'a b/ü.c' blocker '' 'return 1;' >"$replies/review.behaviour"
    found src/util.c major 'return a + b;' '' >"$replies/review.soundness"
    run --separate-stderr -1 review --sarif HEAD
    printf '%s' "$output" >../log.sarif
    run -0 python3 - ../log.sarif <<'PY'
import json, sys
log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0" and log["$schema"].startswith("https://")
(run,) = log["runs"]
driver = run["tool"]["driver"]
assert driver["name"] == "flow-review"
rules = {rule["id"] for rule in driver["rules"]}
first, second = run["results"]
for result in (first, second):
    assert result["ruleId"] in rules
    assert result["message"]["text"].startswith("it subtracts")
    assert len(result["locations"]) == 1
    assert "suppressions" not in result
assert first["level"] == "error" and second["level"] == "warning"
where = first["locations"][0]["physicalLocation"]
assert where["artifactLocation"]["uri"] == "a%20b/%C3%BC.c"
assert where["region"] == {"startLine": 3, "snippet": {"text": "return 1;"}}
assert "region" not in second["locations"][0]["physicalLocation"]
assert "before: return a + b;" in second["message"]["text"]
PY
    run --separate-stderr -2 review --sarif --json HEAD
    rm "$replies"/review.*
    sed -i 's/a - b/a + b/' src/util.c
    commit_all 'back'
    run --separate-stderr -0 review --sarif HEAD
    [[ $output == *'"results":[]'* ]]
}

@test "what is about to be committed is reviewed by a hook" {
    cat >.git/hooks/pre-commit <<SH
#!/bin/sh
git diff --cached | '$FLOW_BIN_DIR/flow-review' --model '$model' --yes --quiet -
SH
    chmod +x .git/hooks/pre-commit
    sed -i 's/return a + b/return a - b/' src/util.c
    git add src/util.c
    # What stands in the work tree is something else by now.
    sed -i 's/return a - b/return a * b/' src/util.c
    found src/util.c blocker '' 'return a - b;' >"$replies/review"
    run --separate-stderr -1 git commit -q -m no
    grep -q $'^6\t    return a - b;' "$replies"/seen/*_review_behaviour_0_1_0_0
    rm -r "$replies/review"
    sed -i 's/return a \* b/return b + a/' src/util.c
    git add src/util.c
    run --separate-stderr -0 git commit -q -m yes
}

@test "a diff of another program is read, whether it is made already or not" {
    cp src/util.c ../before.c
    sed 's/return a + b/return a - b/' src/util.c >../after.c
    run -1 diff -u --label a/src/util.c --label b/src/util.c ../before.c ../after.c
    printf '%s\n' "$output" >../change.diff
    run --separate-stderr -0 review - <../change.diff
    cp ../after.c src/util.c
    run --separate-stderr -0 review - <../change.diff
    # It is the same question.
    [ "$(calls)" = 2 ]
}

@test "files that come and go, and names that git quotes" {
    git rm -q src/main.c
    printf 'int x;\n' >$'tab\there.c'
    printf 'no end' >none.c
    commit_all 'files'
    found $'tab\\\\there.c' blocker '' 'int x;' >"$replies/review.soundness"
    sed -i 's/\\\\t/\\t/' "$replies/review.soundness"
    found src/main.c blocker 'int main(void)' '' >"$replies/review.behaviour"
    run --separate-stderr -1 review HEAD
    [ "$(cut -f1,2,3 <<<"${lines[1]}")" = $'src/main.c\t4\tbefore' ]
    [ "$(cut -f1,2,3 <<<"${lines[2]}")" = $'tab\\there.c\t1\tafter' ]
    grep -q '`src/main.c` is gone' "$replies"/seen/*_review_behaviour_0_1_0_0
    run --separate-stderr -0 review --dry-run "$(git rev-list --max-parents=0 HEAD)"
    [[ $stderr == *': 3 files'* ]]
}

@test "of a large file the parts around the change are shown" {
    local i
    for ((i = 1; i <= 3000; i++)); do
        printf 'int variable_number_%d;\n' "$i"
    done >src/big.c
    commit_all 'a big file'
    sed -i -e 's/number_1500;/number_1500 = 1;/' -e 's/number_2800;/number_2800 = 1;/' src/big.c
    commit_all 'two lines'
    run --separate-stderr -0 review HEAD
    local seen
    seen=$(echo "$replies"/seen/*_review_behaviour_0_1_0_0)
    grep -q '`src/big.c`, in parts:' "$seen"
    grep -q $'^1480\tint variable_number_1480;' "$seen"
    grep -q $'^2820\tint variable_number_2820;' "$seen"
    run -1 grep -q variable_number_2000 "$seen"
}

@test "a file that is binary or may not be sent is left out, and that is a hole" {
    changed
    printf 'a\0b' >data.bin
    printf 'int secret;\n' >src/secret.c
    git config flow.send.exclude 'src/secret.c'
    commit_all 'more'
    run --separate-stderr -1 review HEAD~2..HEAD
    [ "${#lines[@]}" = 1 ]
    [[ $stderr == *'left out: data.bin: binary'* ]]
    [[ $stderr == *'left out: src/secret.c: '*send.exclude* ]]
    run -1 grep -rq 'int secret' "$replies/seen"
    # Nothing else: there is nothing to review.
    run --separate-stderr -3 review HEAD
    [[ $stderr == *"nothing of the change can be reviewed: 'data.bin' is binary"* ]]
}

@test "a unit of a port is reviewed with its source, and its run stays as it is" {
    run --separate-stderr -0 port
    rm "$replies/calls"
    rejection 'return a + b;' 'a.wrapping_add(b)' >"$replies/review"
    run --separate-stderr -1 review src/util.c
    [ "$(cut -f1-5 <<<"${lines[1]}")" = $'rust/src/util.rs\t4\tafter\tblocker\tbehaviour' ]
    [ "$(cut -f7 <<<"${lines[1]}")" = '-return a + b;\n+a.wrapping_add(b)' ]
    [[ $stderr == *"review of unit src/util.c of port 'main'"* ]]
    grep -q $'^6\t    return a + b;' "$replies"/seen/src_util.c@*_review_behaviour_0_1_0_0
    grep -q $'^4\t    a.wrapping_add(b)' "$replies"/seen/src_util.c@*_review_behaviour_0_1_0_0
    [ "$(calls)" = 2 ]
    [ "$(sqlite3 .git/flow/ledger.db "SELECT count(*) FROM verdict JOIN run ON run.id = run WHERE job = 'port' AND NOT accept")" = 0 ]
    run --separate-stderr -0 port
    [ "$(calls)" = 2 ]
    # Where they disagree, the judge sees both sides, too.
    rm "$replies/review"
    rejection 'return a + b;' 'a.wrapping_add(b)' >"$replies/review.soundness"
    printf '{"findings": [{"number": 1, "fate": "dismissed", "reason": "it adds"}]}' >"$replies/judge"
    git config flow.review.effort high
    run --separate-stderr -0 review src/util.c
    grep -q $'^4\t    a.wrapping_add(b)' "$replies"/seen/src_util.c@*_judge_-_0_1_0_0
}

@test "a budget is one of each review" {
    changed
    run --separate-stderr -6 review --budget 1calls HEAD
    [ -z "$output" ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 review --budget 1calls HEAD
    [ "$(calls)" = 2 ]
    sed -i 's/a - b/b - a/' src/util.c
    commit_all 'another'
    run --separate-stderr -0 review --budget 2calls HEAD
    [ "$(calls)" = 4 ]
}

# told COMMAND WANT: the reviewer of behaviour, whom soundness waits for, runs 'flow-status COMMAND', waits until the review
# is in the state WANT, and rejects.
told() {
    found src/util.c blocker '' 'return a - b;' >"$BATS_TEST_TMPDIR/verdict"
    mkfifo "$BATS_TEST_TMPDIR/done"
    cat >"$replies/review.behaviour" <<SH
#!/bin/bash
cd '$PWD' || exit
'$(command -v flow-status)' $1 >'$BATS_TEST_TMPDIR/said' || exit
for ((i = 0; i < 2000; i++)); do
    [[ \$('$(command -v flow-status)' --json review/main) == *'"state":"$2"'* ]] && break
done
echo >'$BATS_TEST_TMPDIR/done'
cat '$BATS_TEST_TMPDIR/verdict'
SH
    cat >"$replies/review.soundness" <<SH
#!/bin/bash
read -r -t 60 _ <>'$BATS_TEST_TMPDIR/done' || exit
printf '{"verdict": "accept", "findings": []}'
SH
    chmod +x "$replies/review.behaviour" "$replies/review.soundness"
    printf '{"findings": [{"number": 1, "fate": "dismissed", "reason": "it should"}]}' >"$replies/judge"
}

@test "told to stop, it ends behind the reviewers, and the judge is asked when it is run again" {
    changed
    told 'stop review/main' draining
    run --separate-stderr -130 review HEAD
    [[ $stderr == *'stopped by '*'run it again to continue'* ]]
    [ "$(calls)" = 2 ]
    run --separate-stderr -0 review HEAD
    [[ $stderr =~ dismissed\ +1 ]]
    [ "$(calls)" = 3 ]
}

both_answered() {
    flow-log --calls --name review/main >"$BATS_TEST_TMPDIR/calls" 2>&1
    [ "$(grep -c $'\tdone\t' "$BATS_TEST_TMPDIR/calls")" = 2 ]
}

@test "in a pause the judge is not asked" {
    changed
    told 'pause review/main' paused
    review HEAD >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
    local process=$! status=0
    until_true both_answered
    grep -q "paused by .*'flow-status continue review/main' lets it go on" "$BATS_TEST_TMPDIR/err"
    [ "$(calls)" = 2 ]
    run --separate-stderr -0 flow-status continue review/main
    wait "$process" || status=$?
    [ "$status" = 0 ]
    grep -q 'the run goes on' "$BATS_TEST_TMPDIR/err"
    [ "$(calls)" = 3 ]
}

@test "a model that costs money needs a budget, and a plan is shown before" {
    changed
    ANTHROPIC_API_KEY=k run --separate-stderr -5 flow-review --yes --model anthropic/claude-sonnet-5-5 HEAD
    [[ $stderr == *'give a budget in '* ]]
    ANTHROPIC_API_KEY=k run --separate-stderr -0 flow-review --dry-run --model anthropic/claude-sonnet-5-5 HEAD
    [[ $stderr == *'price             $0.0'*'-$0.'* ]]
    [[ $stderr == *'to api.anthropic.com'* ]]
    run --separate-stderr -5 flow-review --model "$model" HEAD
    [[ $stderr == *--yes* ]]
    [ "$(calls)" = 0 ]
}

@test "prompts that a committed file brings are accepted before they are used" {
    mkdir -p .flow/prompts
    printf '%%%% unit\n{{diff}}\n' >.flow/prompts/review-change-behaviour.md
    changed
    run --separate-stderr -5 review HEAD
    [[ $stderr == *"'.flow/prompts/review-change-behaviour.md' comes with the repository"* ]]
    run -0 flow approve --yes
    run --separate-stderr -0 review HEAD
}

@test "an empty diff is noted, and no failure" {
    run --separate-stderr -0 review - </dev/null
    [[ $stderr == *'the diff is empty: there is nothing to review' ]]
    [ "${#lines[@]}" = 1 ]
    run --separate-stderr -0 review --sarif - </dev/null
    jq -e '.runs[0].results == []' <<<"$output"
    [ "$(calls)" = 0 ]
}

@test "what is no change is refused, with the reason" {
    run --separate-stderr -3 review nothing
    [[ $stderr == *nothing* ]]
    run --separate-stderr -3 review HEAD..HEAD
    [[ $stderr == *'changes no file'* ]]
    run --separate-stderr -2 review HEAD...HEAD
    [[ $stderr == *'three dots'* ]]
    run --separate-stderr -3 review - <<<'no diff at all'
    [[ $stderr == *'no change in the diff'* ]]
    run --separate-stderr -3 review - <<<$'--- a/src/gone.c\n+++ b/src/gone.c\n@@ -1 +1 @@\n-a\n+b'
    [[ $stderr == *"the diff changes 'src/gone.c', which is here neither as it was before nor as it is after"* ]]
    run --separate-stderr -3 review - <<<$'--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b'
    [[ $stderr == *'../x'* ]]
    run --separate-stderr -3 review - <<<$'--- a/src/util.c\n+++ b/src/util.c\n@@ -1,9 +1 @@\n-a'
    [[ $stderr == *'ends in the middle of a hunk'* ]]
    run --separate-stderr -3 review - <<<$'diff --cc src/util.c\nindex 1,2..3\n'
    [[ $stderr == *'merge'* ]]
    head -c 300000 /dev/zero | tr '\0' x >../huge
    run --separate-stderr -3 review - <../huge
    [[ $stderr == *'the diff has 300000 bytes'* ]]
    run --separate-stderr -2 review
    [ "$(calls)" = 0 ]
}
