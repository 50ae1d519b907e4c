#!/usr/bin/env bats
# flow-port: what it says that a run will cost, what it asks, and what holds it to that.

load setup
load port

# priced_model INPUT OUTPUT: a price for the fake model, in dollars a million tokens.
priced_model() {
    printf '[price "%s"]\n\tinput = %s\n\toutput = %s\n' "$model" "$1" "$2" >"$BATS_TEST_TMPDIR/prices.conf"
    git config flow.model.prices "$BATS_TEST_TMPDIR/prices.conf"
}

# typing ANSWERS COMMAND...: runs the command on a terminal of its own, with the answers typed; what it shows is in
# $output.
typing() {
    local answers=$1
    shift
    printf '%b' "$answers" >"$BATS_TEST_TMPDIR/typed"
    script -qec "$(printf '%q ' "$@")" /dev/null <"$BATS_TEST_TMPDIR/typed"
}

# on_terminal ANSWERS OPTION...: flow-port on a terminal.
on_terminal() {
    local answers=$1
    shift
    typing "$answers" flow-port --to rust --model "$model" "$@"
}

# ends TEXT: both ends of the line "together" in cents.
ends() {
    awk '$1 == "together" { split($NF, ends, "-"); for (i = 1; i <= 2; i++) { sub(/\$/, "", ends[i]); print ends[i] * 100 } }' <<<"$1"
}

@test "the plan says tokens apart, a range with what is assumed, hosts, commands and the branch" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    printf '#!/bin/sh\ncat\n' >"$BATS_TEST_TMPDIR/bin/rustfmt"
    chmod +x "$BATS_TEST_TMPDIR/bin/rustfmt"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH ANTHROPIC_API_KEY=x run --separate-stderr -0 \
        flow-port --to rust --model anthropic/claude-sonnet-5-5 --reviewer "$model" --dry-run
    [[ $stderr == *'branch            flow/port/main'* ]]
    [[ $stderr == *'source text goes  to api.anthropic.com, to program '* ]]
    [[ $stderr == *'commands          '*'fake/model'*'rustfmt --edition 2021'* ]]
    [[ $stderr =~ calls\ +input\ +cached\ +output\ +price ]]
    [[ $stderr =~ review\ behaviour\ .*'no price known (a program of yours)' ]]
    [[ $stderr == *'assumed           a fix and two more reviews for every 4th unit'* ]]
    # The translator is cached, the program is not.
    [[ $stderr =~ translate\ +[2-4][-0-9]*\ +[0-9k.-]+\ +[1-9][0-9k.-]*\ + ]]
    [[ $stderr =~ soundness\ +[2-5][-0-9]*\ +[0-9k.-]+\ +0\ + ]]
}

@test "the upper end is at most four times the lower, for few units and for many" {
    local low high
    export ANTHROPIC_API_KEY=x
    run --separate-stderr -0 flow-port --to rust --model anthropic/claude-sonnet-5-5 --dry-run
    { read -r low && read -r high; } < <(ends "$stderr")
    [ "$low" -gt 0 ]
    [ "$high" -gt "$low" ]
    [ "$high" -le $((4 * low)) ]
    many_units 300
    run --separate-stderr -0 flow-port --to rust --model anthropic/claude-opus-5 --dry-run
    { read -r low && read -r high; } < <(ends "$stderr")
    [ "$low" -gt 100 ]
    [ "$high" -gt "$low" ]
    [ "$high" -le $((4 * low)) ]
}

@test "a model without a price needs one, or a budget in tokens or calls" {
    export OPENAI_API_KEY=x OPENAI_BASE_URL=http://127.0.0.1:9/v1
    run --separate-stderr -5 flow-port --to rust --model openai/of-somebody --yes
    [[ $stderr == *"what 'openai/of-somebody' costs is not known"*'20Mtok'*'model.prices'* ]]
    # Dollars say nothing about it.
    run --separate-stderr -5 flow-port --to rust --model openai/of-somebody --yes --budget 5usd
    # Neither does a terminal.
    run -5 typing 'y\n' flow-port --to rust --model openai/of-somebody
    git config flow.model.retries 0
    run --separate-stderr -3 flow-port --to rust --model openai/of-somebody --yes --budget 1Mtok
    run --separate-stderr -3 flow-port --to rust --model openai/of-somebody --yes --budget 9calls
    printf '[price "openai/of-somebody"]\n\tinput = 1\n\toutput = 2\n' >"$BATS_TEST_TMPDIR/prices.conf"
    FLOW_MODEL_PRICES=$BATS_TEST_TMPDIR/prices.conf run --separate-stderr -3 \
        flow-port --to rust --model openai/of-somebody --yes --budget 5usd --name other
}

@test "a committed file may not say what a model costs" {
    mkdir .flow
    printf '[price "command/x"]\n\tinput = 0\n\toutput = 0\n' >"$BATS_TEST_TMPDIR/prices.conf"
    printf '[model]\n\tprices = %s\n' "$BATS_TEST_TMPDIR/prices.conf" >.flow/config
    commit_all 'a price'
    run --separate-stderr -5 port
    [[ $stderr == *"a committed file may not set 'model.prices'"* ]]
}

@test "a program without a price is not called free, and needs no budget" {
    run --separate-stderr -0 port
    [[ $stderr == *'no price known (a program of yours)'* ]]
    [[ $stderr =~ cost\ +unknown\ +6\ calls ]]
    [[ $stderr != *'$0.00'* ]]
    [ -z "$(cell src/util.c usd)" ]
    [ "$(cell src/util.c tokens)" -gt 0 ]
    run -0 git log -1 --format='%(trailers:key=Flow-Cost,valueonly)' flow/port/main
    [[ $output == 'unknown in dollars, 3 calls,'* ]]
}

@test "--yes needs a budget where the model costs money, and one that was set stays" {
    priced_model 1 2
    run --separate-stderr -5 port
    [[ $stderr == *'--yes needs --budget'* ]]
    [ "$(calls)" = 0 ]
    run --separate-stderr -0 port --budget 5usd src/util.c
    [[ $(cell src/util.c usd) =~ ^0\.0[0-9]+$ ]]
    run --separate-stderr -0 port
    [[ $stderr =~ cost\ +\$0\.0[0-9]\ +of\ \$5\.00 ]]
}

@test "a plain yes sets the budget to the upper end, and is asked for once" {
    priced_model 100 100
    run -0 on_terminal 'y\n' src/util.c
    [[ $output =~ Begin,\ with\ a\ budget\ of\ (\$[0-9.]+)\? ]]
    [[ $output == *"of ${BASH_REMATCH[1]};"* ]]
    # Nobody is there to ask, and nobody has to be.
    rm "$replies/calls"
    run --separate-stderr -0 setsid flow-port --to rust --model "$model" src/util.c </dev/null
    [ "$(calls)" = 0 ]
    # More units are another plan.
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" </dev/null
    [[ $stderr == *'this is not what was agreed to before: units that were not part of it: 1'* ]]
    [ "$(calls)" = 0 ]
}

@test "a unit that takes more than port.unit-budget fails, and the others go on" {
    rejection 'return a + b;' 'a.wrapping_add(b)' >"$replies/review.behaviour.util.c"
    printf '{"edits": [{"find": "a.wrapping_add(b)", "replace": "(a.wrapping_add(b))"}], "findings": [{"number": 1, "fate": "rejected", "reason": "no"}]}\n' \
        >"$replies/fix.util.c"
    git config flow.port.unit-budget 4calls
    # Translated, reviewed twice, fixed: no call is left for the second round of reviews.
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [ "$(cell src/main.c state)" = committed ]
    [[ $(cell src/util.c reason) == *"took 4 calls, port.unit-budget allows 4: "*"'flow-status retry src/util.c'"* ]]
    [ "$(grep -c ^src/util.c "$replies/calls")" = 4 ]
    # Over all processes, with what is in the ledger already for nothing.
    run --separate-stderr -1 port
    [ "$(grep -c ^src/util.c "$replies/calls")" = 4 ]
    # A larger one lets it go on where it was; also one reviewer alone is held to it.
    git config flow.port.unit-budget 5calls
    run --separate-stderr -1 port
    [ "$(cell src/util.c state)" = failed ]
    [[ $(cell src/util.c reason) == *'took 5 calls, port.unit-budget allows 5: '* ]]
    [ "$(grep -c ^src/util.c "$replies/calls")" = 5 ]
    # What begins anew is counted anew.
    flow-status retry src/util.c
    git config flow.port.unit-budget 3calls
    run --separate-stderr -1 port
    [[ $(cell src/util.c reason) == *'took 3 calls, port.unit-budget allows 3: '* ]]
    [ "$(grep -c ^src/util.c "$replies/calls")" = 8 ]
    git config flow.port.unit-budget ten
    run --separate-stderr -2 port
    [[ $stderr == *"port.unit-budget: 'ten' is no budget"* ]]
}

@test "no is no" {
    run -5 on_terminal 'n\n'
    [[ $output == *'not agreed to'* ]]
    [ "$(calls)" = 0 ]
    run -5 on_terminal '\n'
    [ "$(calls)" = 0 ]
    # Neither a table without rows nor a census of what was not begun.
    run -5 typing 'n\n' bash -c 'flow-port --to rust --model "$1" >"$2"' - "$model" "$BATS_TEST_TMPDIR/out"
    [[ ${lines[-1]} == *'not agreed to, nothing was done'* ]]
    [ ! -s "$BATS_TEST_TMPDIR/out" ]
}

@test "a run that was cut short is not asked about again, unless something else is" {
    printf '#!/bin/sh\nkill -INT $PPID\nsleep 0.3\ncat %s/util\n' "$replies" >"$replies/translate.util.c"
    chmod +x "$replies/translate.util.c"
    util_reply 'a.wrapping_add(b)' >"$replies/util"
    run -130 on_terminal 'y\n'
    cp "$replies/util" "$replies/translate.util.c"
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" --reviewer "command/$FLOW_SOURCE_DIR/tests/cli/fake/model  $replies" </dev/null
    [[ $stderr == *"not what was agreed to before: 'reviewer' is not what it was"* ]]
    sed -i 's/a + b/b + a/' src/util.c
    commit_all 'another source'
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" --at main </dev/null
    [[ $stderr == *"not what was agreed to before: 'source' is not what it was"* ]]
    run --separate-stderr -0 setsid flow-port --to rust --model "$model" </dev/null
    [[ $stderr == *'this was agreed to before'* ]]
    [ "$(calls)" = 6 ]
}

@test "what has become dearer than was agreed to is asked about again" {
    priced_model 1 2
    run -6 on_terminal 'y\n' --budget 1calls
    priced_model 10 20
    run --separate-stderr -5 setsid flow-port --to rust --model "$model" --budget 100calls </dev/null
    [[ $stderr == *'not what was agreed to before: it can come to $'*'were agreed to'* ]]
    # A larger budget in dollars is as good as a yes.
    run --separate-stderr -0 setsid flow-port --to rust --model "$model" --budget 50usd </dev/null
}

@test "a budget that is used up says what is spent, what is left and how to go on" {
    priced_model 100 100
    # One call reserves more than two dollars for what it may write.
    run --separate-stderr -6 port --budget 2.4usd
    [[ $stderr =~ \$([0-9.]+)\ of\ \$2.40\ are\ spent,\ \$([0-9.]+)\ are\ left,\ and\ the\ next\ call\ can\ take\ \$ ]]
    [[ $stderr == *'run the same command with a larger --budget to continue'* ]]
    local before
    before=$(calls)
    [ "$before" -ge 1 ]
    run --separate-stderr -0 port --budget 40usd
    # Nothing was asked twice, and what was spent is not forgotten.
    [ "$(calls)" = 6 ]
    run --separate-stderr -0 port
    [[ $stderr =~ cost\ +\$[0-9.]+\ +of\ \$40.00\;\ 6\ calls ]]
}

@test "calls that are out never pass a budget, however many there are" {
    many_units 40
    priced_model 100 100
    git config flow.port.brake 0
    run --separate-stderr -6 port -j 40 --budget 12usd
    [[ $stderr =~ cost\ +\$([0-9.]+)\ +of\ \$12\.00 ]]
    awk -v spent="${BASH_REMATCH[1]}" 'BEGIN { exit !(spent <= 12 && spent > 12 - 3) }'
}

@test "the pilot narrows the range, and asks where somebody can answer" {
    many_units 20
    priced_model 10 10
    run -5 on_terminal 'y\nn\n'
    [[ $output == *'after the pilot of 5 units: the other 15 will take $'*' to $'*'spent so far: $'* ]]
    [[ $output == *'Go on with 15 units for $'*' to $'*'?'* ]]
    [[ $output == *'not agreed to: what the pilot did is kept; run it again to go on'* ]]
    [ "$(cut -d/ -f2 "$replies/calls" | sort -u | wc -l)" = 5 ]
    # A yes goes on, and is not asked for again.
    run -0 on_terminal 'y\n'
    [[ $output == *'this was agreed to before'* ]]
    [ "$(cut -d/ -f2 "$replies/calls" | sort -u | wc -l)" = 20 ]
}

@test "a pilot that was judged is not flown again" {
    many_units 30
    run --separate-stderr -6 port -j 1 --budget 30calls
    [[ $stderr == *'after the pilot of 5 units'* ]]
    run --separate-stderr -0 port -j 1 --budget 300calls
    [[ $stderr != *'after the pilot'* ]]
}

@test "without anybody to ask, a pilot that shows more than was agreed to ends the run" {
    many_units 20
    # The translator answers at a length that nobody expects.
    cat >>"$replies/translate" <<'SH'
printf '%100000s' x
SH
    priced_model 1 10
    run --separate-stderr -6 port --budget 4usd
    [[ $stderr == *'after the pilot of 5 units'*'which is not enough'*'larger --budget'* ]]
    [ "$(cut -d/ -f2 "$replies/calls" | sort -u | wc -l)" = 5 ]
    run --separate-stderr -0 port --budget 90usd
}

@test "the census holds what each role took against what was expected, over all processes" {
    priced_model 10 10
    run --separate-stderr -6 port --budget 3calls
    [[ $stderr =~ translate\ +\$([0-9.]+)\ +([^\;]*)\ expected\;\ 1\ calls ]]
    local expected=${BASH_REMATCH[2]}
    [[ $expected == '$'*' to $'* ]]
    run --separate-stderr -0 port --budget 300calls
    # The expectation is that of the first process, the rest is of both.
    [[ $stderr =~ translate\ +\$([0-9.]+)\ +([^\;]*)\ expected\;\ 2\ calls\ \(2 ]]
    [ "${BASH_REMATCH[2]}" = "$expected" ]
    [[ $stderr =~ review\ soundness\ +\$[0-9.]+\ +[^\;]*\ expected\;\ 2\ calls ]]
    [[ $stderr =~ fix\ +-\ +[^\;]*\ expected\;\ 0\ calls ]]
}
