#!/usr/bin/env bats
# flow-lifetimes with a model: who is asked about what, who refutes it, and what the rows say of it.

load setup

setup() {
    common_setup
    new_repository repo
    cd repo || return 1
    mkdir src "$BATS_TEST_TMPDIR/replies"
    replies=$BATS_TEST_TMPDIR/replies
    model="command/$FLOW_SOURCE_DIR/tests/cli/fake/model $replies"
    cat >src/a.c <<'C'
struct b { int n; };
struct a { struct b *mine; struct b *other; struct b *more; };
void a_init(struct a *a)
{
    a->other = look_up(1);
    a->more = look_up(2);
}
void a_free(struct a *a)
{
    free(a->mine);
    free(a);
}
C
    commit_all first
    answers OWNED BACKREF >"$replies/ask"
    verdicts stands stands >"$replies/refute"
}

# A second file with one open field.
second_file() {
    printf '%s\n' 'struct c { int *p; };' >src/c.c
    commit_all second
    one OWNED c.p src/c.c 1 'struct c { int *p; };' >"$replies/ask.c.c"
    printf '{"fields": [{"field": "c.p", "verdict": "stands", "reason": "line 1"}]}' >"$replies/refute.c.c"
}

# answer CLASS FIELD FILE LINE QUOTE
answer() {
    printf '{"field": "%s", "class": "%s", "target": "", "evidence": [{"file": "%s", "line": %s, "quote": "%s"}],' \
        "$2" "$1" "$3" "$4" "$5"
    printf ' "reason": "it says so"}'
}

one() {
    printf '{"fields": [%s]}\n' "$(answer "$@")"
}

# answers OTHER MORE: classes of the two open fields of src/a.c.
answers() {
    printf '{"fields": [%s, %s]}\n' "$(answer "$1" a.other src/a.c 5 'a->other = look_up(1);')" \
        "$(answer "$2" a.more src/a.c 1 'a->more = look_up(2);')"
}

# verdicts OTHER MORE
verdicts() {
    printf '{"fields": [{"field": "a.other", "verdict": "%s", "reason": "its [line] 5"},' "$1"
    printf ' {"field": "a.more", "verdict": "%s", "reason": "its line 6"}]}\n' "$2"
}

ask() {
    flow-lifetimes --model "$model" --yes -j 1 "$@"
}

calls() {
    if [ -f "$replies/calls" ]; then
        wc -l <"$replies/calls"
    else
        printf '0\n'
    fi
}

# cells FIELD COLUMN...: of the table that the last run printed.
cells() {
    awk -F'\t' -v field="$1" -v columns="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $3 == field { n = split(columns, c, " "); for (i = 1; i <= n; i++) printf "%s%s", $at[c[i]], i < n ? "|" : "\n" }' \
        <<<"$output"
}

@test "an open field is answered, attacked by three, and says by whom it was decided" {
    run --separate-stderr -0 ask
    [ "$(cells mine 'class confidence')" = 'OWNED|high' ]
    [ "$(cells other 'class target confidence evidence')" = \
        'OWNED|Option<Box<b>>|model|src/a.c:5, it says so, 0 of 3 refuted it [model OWNED]' ]
    # The line is the one where the quote stands, whatever the reply says.
    [ "$(cells more 'class confidence evidence')" = \
        'BACKREF|model|src/a.c:6, it says so, 0 of 3 refuted it [model BACKREF]' ]
    [[ $stderr == *'2 open fields of 1 files'*'calls             4-8, '*'1 high, 0 medium, 0 low, 0 by a person, 2 by a model'* ]]
    [[ $stderr == *'of 2 that were open: 2 by a model, 0 unknown, 0 not asked or not checked'* ]]
    [ "$(calls)" = 4 ]
    # Who answers sees the facts, the code and what is decided; who refutes sees the answer.
    grep -q '`a.other`, line 2, declared as `struct b \*`.*BORROW_PARAM (low' "$replies"/seen/*_ask_-_0_0_0_0
    grep -q 'src/a.c:5, from a call: look_up(1)' "$replies"/seen/*_ask_-_0_0_0_0
    grep -q $'^10\t    free(a->mine);' "$replies"/seen/*_ask_-_0_0_0_0
    grep -q $'^a\tmine\tstruct b \*\tOWNED\thigh' "$replies"/seen/*_ask_-_0_0_0_0
    run -1 grep -q 'is BACKREF, since' "$replies"/seen/*_ask_-_0_0_0_0
    local vote
    for vote in 1 2 3; do
        grep -q '`a.more` is BACKREF, since' "$replies"/seen/*_refute_"$vote"_0_0_0_0
    done
}

@test "the words of a model end with a word, without its full stop, and say that they were cut" {
    answers OWNED BACKREF | sed 's/it says so/it [says] so./' >"$replies/ask"
    run --separate-stderr -0 ask
    [ "$(cells other evidence)" = 'src/a.c:5, it (says) so, 0 of 3 refuted it [model OWNED]' ]
    # 400 bytes end in the middle of a word; what is one word is cut where they end.
    local words letters
    words=$(printf 'twenty-four words, äöü %.0s' {1..30})
    letters=$(printf 'ä%.0s' {1..300})
    answers OWNED BACKREF | sed "s/it says so/$words/" >"$replies/ask"
    printf '\n' >>src/a.c
    run --separate-stderr -0 ask
    [ "$(cells other evidence)" = "src/a.c:5, $(printf 'twenty-four words, äöü %.0s' {1..14})twenty-four words, äöü…, 0 of 3 refuted it [model OWNED]" ]
    answers OWNED BACKREF | sed "s/it says so/$letters/" >"$replies/ask"
    printf '\n' >>src/a.c
    run --separate-stderr -0 ask
    [ "$(cells other evidence)" = "src/a.c:5, $(printf 'ä%.0s' {1..200})…, 0 of 3 refuted it [model OWNED]" ]
}

@test "a second time nothing is asked, and nobody is asked whether it may" {
    run --separate-stderr -0 ask
    local first=$output
    run --separate-stderr -0 flow-lifetimes --model "$model"
    [ "$output" = "$first" ]
    [[ $stderr == *'$0.00, 0 calls'* ]]
    [ "$(calls)" = 4 ]
    # Another number of votes is another question to the refuters; the answers are there.
    run --separate-stderr -0 ask --votes 4
    [ "$(calls)" = 5 ]
    # What did not change is not asked about again.
    second_file
    run --separate-stderr -0 ask
    [ "$(calls)" = 9 ]
    run --separate-stderr -0 flow-status
    [[ $output == *"lifetimes"*"main"* ]]
    run --separate-stderr -0 flow-log --name lifetimes/main src/a.c
    [[ $output == *'call 1: src/a.c/ask'* ]]
}

@test "what half of the refuters refute is unknown, and says why" {
    verdicts refuted refuted >"$replies/refute.1"
    verdicts refuted stands >"$replies/refute.2"
    run --separate-stderr -0 ask
    [ "$(cells other 'class target confidence evidence')" = \
        'UNKNOWN||low|src/a.c:5, 2 of 3 refuted OWNED: its (line) 5 [model UNKNOWN]' ]
    [ "$(cells more 'class confidence evidence')" = \
        'BACKREF|model|src/a.c:6, it says so, 1 of 3 refuted it [model BACKREF]' ]
    [[ $stderr == *'1 by a model, 1 unknown, 0 not asked'* ]]
    run --separate-stderr -0 ask -q --explain src/a.c:a.other
    [[ $output == *$'\ta model was asked\tsrc/a.c:5, 2 of 3 refuted OWNED'*$'\tclass\tUNKNOWN, low, by model' ]]
    run --separate-stderr -0 ask --votes 2
    [ "$(cells more class)" = UNKNOWN ]
}

@test "an agent that does not know says so, and nobody has to refute that" {
    printf '{"fields": [%s, {"field": "a.more", "class": "UNKNOWN", "target": "", "evidence": [], "reason": "no caller"}]}' \
        "$(answer ARENA a.other src/a.c 5 'a->other = look_up(1);')" >"$replies/ask"
    printf '{"fields": [{"field": "a.other", "verdict": "stands", "reason": "line 5"}]}' >"$replies/refute"
    run --separate-stderr -0 ask
    [ "$(cells other 'class target confidence')" = "ARENA|Option<&'arena mut b>|model" ]
    [ "$(cells more 'class target confidence evidence')" = 'UNKNOWN||low|src/a.c:2, no caller [model UNKNOWN]' ]
    [ "$(calls)" = 4 ]
}

@test "a reply that names what was not asked, or does not exist, is given back with the reason" {
    one OWNED a.gone src/a.c 5 'a->other = look_up(1);' >"$replies/0"
    answers OWNED MINE >"$replies/1"
    sed 's/look_up(2)/look_up(3)/' "$replies/ask" >"$replies/2"
    mv "$replies/ask" "$replies/3"
    cat >"$replies/ask" <<SH
#!/bin/sh
n=\$(grep -c 'Answer again, whole' || true)
[ \$n -lt 2 ] || n=2
[ ! -e $replies/asked ] || n=3
[ \$n -ne 2 ] || touch $replies/asked
cat $replies/\$n
SH
    chmod +x "$replies/ask"
    run --separate-stderr -0 ask
    [ "$(cells other confidence)" = model ]
    grep -q "Nobody asked about a field 'a.gone'" "$replies"/seen/*_ask_-_0_0_0_1
    grep -q "The \"class\" of 'a.more' is 'MINE', which is none of the classes" "$replies"/seen/*_ask_-_0_0_0_2
    # One that never fits leaves the rows as they were, and says so.
    mv -f "$replies/2" "$replies/ask"
    printf '\n' >>src/a.c
    run --separate-stderr -1 ask
    [ "$(cells other 'class confidence')" = 'BORROW_PARAM|low' ]
    [[ $(cells other evidence) == *"[given] (not asked: The evidence for 'a.more' does not stand in a file"* ]]
    [[ $stderr == *'0 by a model, 0 unknown, 2 not asked or not checked'* ]]
}

@test "a budget that ends marks what was not asked and what was not checked, and another run goes on" {
    run --separate-stderr -6 ask --budget 1calls
    [ "$(cells other 'class confidence')" = 'BORROW_PARAM|low' ]
    [ "$(cells other evidence)" = \
        'src/a.c:5, from a call: look_up(1) [given] (a model says OWNED, not checked: 0 of 3 refuters answered: the budget is used up)' ]
    [[ $stderr == *'0 by a model, 0 unknown, 2 not asked or not checked'* ]]
    [ "$(calls)" = 1 ]
    second_file
    run --separate-stderr -6 ask --budget 0calls
    [ "$(cells p evidence)" = 'src/c.c:1, declared as: int * [nothing-known] (not asked: the budget is used up)' ]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 ask --budget 7calls
    [ "$(calls)" = 8 ]
    [ "$(cells p confidence)" = model ]
}

@test "flow-status stops a run, which says what was not checked, and another one goes on" {
    cp "$replies/ask" "$replies/answer"
    cat >"$replies/ask" <<SH
#!/bin/bash
flow-status -C '$PWD' stop >/dev/null
for ((i = 0; i < 300; i++)); do
    [[ \$(flow-status -C '$PWD') == *draining* ]] && break || sleep 0.1
done
cat '$replies/answer'
SH
    chmod +x "$replies/ask"
    run --separate-stderr -130 ask
    [[ $stderr == *'stopped by '*'run it again to continue'* ]]
    [[ $(cells other evidence) == *'(a model says OWNED, not checked: 0 of 3 refuters answered: interrupted)' ]]
    [ "$(calls)" = 1 ]
    run --separate-stderr -0 ask
    [ "$(cells other confidence)" = model ]
    [ "$(calls)" = 4 ]
}

@test "two of three votes decide where the third does not matter" {
    printf 'I would not know.' >"$replies/refute.3"
    verdicts refuted stands >"$replies/refute.1"
    verdicts refuted stands >"$replies/refute.2"
    run --separate-stderr -0 ask
    [[ $(cells other evidence) == *'2 of 2 refuted OWNED'* ]]
    [ "$(cells more confidence)" = model ]
    verdicts refuted refuted >"$replies/refute.1"
    printf '\n' >>src/a.c
    run --separate-stderr -1 ask
    [[ $(cells more evidence) == *'(a model says BACKREF, not checked: 2 of 3 refuters answered: '* ]]
}

@test "a run that is killed goes on without paying twice" {
    second_file
    cat >"$replies/refute.c.c" <<SH
#!/bin/sh
if mkdir '$BATS_TEST_TMPDIR/killed' 2>/dev/null; then
    kill -KILL \$PPID
    exit
fi
printf '{"fields": [{"field": "c.p", "verdict": "stands", "reason": "line 1"}]}'
SH
    chmod +x "$replies/refute.c.c"
    run --separate-stderr -137 ask
    run --separate-stderr -0 ask
    [ "$(cells p confidence)" = model ]
    # Two answers, six votes, and again the one that was cut off.
    [ "$(calls)" = 9 ]
}

@test "-n says what would be asked, and asks nothing" {
    run --separate-stderr -0 flow-lifetimes --model "$model" -n
    [ -z "$output" ]
    [[ $stderr == *'2 open fields of 1 files'*'calls             4-8, '*'tokens'*'price             not known'* ]]
    [ "$(calls)" = 0 ]
    export ANTHROPIC_API_KEY=none
    run --separate-stderr -0 flow-lifetimes --model anthropic/claude-opus-5 -n --update t.tsv
    [[ $stderr =~ price\ +\$[0-9.]+-\$[0-9.]+ ]]
    [ ! -e t.tsv ]
}

@test "without --model or --ask no model is asked, and options about asking are refused" {
    git config flow.lifetimes.model "$model"
    run --separate-stderr -0 flow-lifetimes
    [ "$(cells other 'class confidence')" = 'BORROW_PARAM|low' ]
    [ "$(calls)" = 0 ]
    run --separate-stderr -2 flow-lifetimes --votes 5
    [[ $stderr == *'give --model or --ask'* ]]
    # Nobody agrees here.
    run --separate-stderr -5 flow-lifetimes --ask
    [ -z "$output" ]
    [[ $stderr == *--yes* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 flow-lifetimes --ask --yes
    [ "$(calls)" = 4 ]
}

@test "what a person decided is not asked about, and an edited row of a model is a person's" {
    run --separate-stderr -0 ask -q --update t.tsv
    sed -i 's/BACKREF\t\*mut b\tmodel/SHARED\tRc<b>\tmodel/' t.tsv
    one OWNED a.other src/a.c 5 'a->other = look_up(1);' >"$replies/ask"
    printf '{"fields": [{"field": "a.other", "verdict": "stands", "reason": "line 5"}]}' >"$replies/refute"
    run --separate-stderr -0 ask --update t.tsv
    [[ $stderr == *'1 by a person, 1 by a model'* ]]
    run --separate-stderr -0 cat t.tsv
    [ "$(cells more 'class target confidence')" = 'SHARED|Rc<b>|person' ]
    [ "$(cells other 'class confidence')" = 'OWNED|model' ]
    # The prompt is another one now, with one field less.
    grep -q $'^a\tmore\tstruct b \*\tSHARED\tperson' "$replies"/seen/*_ask_-_0_0_0_0
}

@test "a run without a model says that it takes back what a model decided" {
    run --separate-stderr -0 ask -q --update t.tsv
    run --separate-stderr -0 flow-lifetimes --update t.tsv
    [[ $stderr == *"warning: 2 rows of 't.tsv' that a model decided are now what the analysis says: give --model or --ask to have them back"* ]]
    run --separate-stderr -0 ask -q --update t.tsv
    run --separate-stderr -0 cat t.tsv
    [ "$(cells other confidence)" = model ]
    [ "$(calls)" = 4 ]
}

@test "a class that the repository declares can be given, with its type" {
    mkdir .flow
    printf '[lifetimes "CONTEXT"]\n\ttype = "*Context"\n\ttarget = "&Context"\n' >.flow/config
    commit_all declared
    answers CONTEXT OWNED >"$replies/ask"
    run --separate-stderr -0 ask
    [ "$(cells other 'class target confidence')" = 'CONTEXT|&Context|model' ]
    grep -q '`CONTEXT`: What this repository declares to be so, for `\*Context`' "$replies"/seen/*_ask_-_0_0_0_0
}

@test "a file that may not be sent is not asked about" {
    git config flow.send.exclude 'src/a.c'
    second_file
    run --separate-stderr -1 ask
    [[ $(cells other evidence) == *'(not asked: not sent: '*'send.exclude'* ]]
    [ "$(cells p confidence)" = model ]
    [ "$(calls)" = 4 ]
    run -1 grep -rq 'look_up' "$replies/seen"
}

@test "prompts and the man page define the classes in the same words" {
    run --separate-stderr -0 ask
    local page name text count=0
    page=$(mandoc -T ascii -O width=1000 "$FLOW_SOURCE_DIR/tools/flow-lifetimes/flow-lifetimes.1" | sed 's/.\x08//g' | tr -s ' \n' ' ')
    while IFS=: read -r name text; do
        name=${name#- \`} name=${name%\`} text=${text# } text=${text%.}
        [[ $page == *" $name $text"[:.]* ]] || { printf '%s: %s\n' "$name" "$text"; return 1; }
        count=$((count + 1))
    done < <(grep -E '^- `[A-Z_]+`: ' "$replies"/seen/*_ask_-_0_0_0_0)
    [ "$count" = 10 ]
}
