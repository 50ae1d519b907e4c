#!/usr/bin/env bats
# File names that hold any byte: through flow-analyze, and through a whole port and back.

load setup
load bad

# As git names them in its -z output, byte by byte.
names=('with space.c' "quo'te.c" 'dou"ble.c' '"quoted".c' $'new\nline.c' $'tab\there.c' $'return\r.c' $'by\xff\xfete.c'
    'back\slash.c' $'e\e[31m.c' '-dash.c' ' leading.c' 'trailing .c' '*.c' '$(touch gone).c' '`tick`.c' '{"unit":"x"}.c'
    $'fol\xfe der/ x.c' 'ünï.c')

setup() {
    common_setup
    repository repo
    cd repo || return 1
    mkdir $'fol\xfe der'
    local i
    for i in "${!names[@]}"; do
        int_function "f$i" "./${names[i]}"
    done
    commit_all names
}

# units REV: the paths of a commit as records write them.
units() {
    git ls-tree -rz --name-only "$1" | python3 -c '
import sys
def cell(name):
    out = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\t", b"\\t").decode("utf-8", "surrogateescape")
    return "".join("\\x%02x" % (ord(c) - 0xdc00) if 0xdc80 <= ord(c) <= 0xdcff else c for c in out)
names = sys.stdin.buffer.read().split(b"\0")[:-1]
sys.stdout.buffer.write("".join(cell(n) + "\n" for n in names).encode())'
}

@test "records name every file, and no line is broken by a name" {
    run --separate-stderr -0 flow-analyze --quiet
    [ "${#lines[@]}" = $((${#names[@]} + 1)) ]
    diff <(cut -f 1 <<<"$output" | tail -n +2 | sort) <(units HEAD | sort)
    run --separate-stderr -0 flow-analyze --quiet --json
    diff <(python3 -c '
import json, sys
sys.stdout.reconfigure(encoding="utf-8")
for line in sys.stdin.buffer: print(json.loads(line)["unit"])' <<<"$output" | sort) <(units HEAD | sort)
}

@test "what is printed on a terminal moves no cursor" {
    run --separate-stderr -0 script -qec 'flow-analyze --quiet' /dev/null
    [[ $output != *$'\e[31m'* ]]
    [[ $output == *'e\x1b'* ]]
}

@test "a whole port of such names, from records to commits to records" {
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze --quiet | "$@" -' - \
        flow-port --to rust --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate" --yes
    [ "$(committed)" = "${#names[@]}" ]
    diff <(cut -f 1 <<<"$output" | tail -n +2 | sort) <(units HEAD | sort)
    [ "$(git rev-list --count main..flow/port/main)" = "${#names[@]}" ]
    [ ! -e gone ]
    sound
    # What was committed is known again by its trailers alone.
    rm -r .git/flow
    run --separate-stderr -1 port
    [ "$(cell $'by\\xff\\xfete.c' state)" = held ]
    [ "$(cell ' leading.c' state)" = held ]
    [ "$(grep -c 'this ledger holds no verdicts' <<<"$output")" = "${#names[@]}" ]
}

@test "records in JSON are read back as well" {
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze --quiet --json | "$@" -' - \
        flow-port --to rust --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate" --yes --json
    [ "$(grep -c '"state":"committed"' <<<"$output")" = "${#names[@]}" ]
    run --separate-stderr -0 bash -c 'printf "%s\n" "$1" | flow-analyze --quiet -' - "$output"
    [ "${#lines[@]}" = $((${#names[@]} + 1)) ]
}

@test "names survive a migration in place" {
    run --separate-stderr -0 flow-port --to c --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate" --yes
    [ "$(committed)" = "${#names[@]}" ]
    diff <(units HEAD) <(units flow/port/main)
    sound
}

@test "a name cannot end its line of a prompt" {
    mkdir seen
    run --separate-stderr -0 flow-port --to c --yes --model "command/$FLOW_SOURCE_DIR/tests/cli/fake/transliterate $PWD/seen" \
        $'new\nline.c'
    grep -qF 'Unit `new\nline.c` becomes `new\nline.c`.' seen/*
    run -1 grep -rqx 'line.c`.*' seen
}

@test "units are found by the bytes of their names" {
    run --separate-stderr -0 port $'by\xff\xfete.c' 'with space.c' -- -dash.c
    [ "$(committed)" = 3 ]
    run --separate-stderr -3 port $'no\nsuch.c'
    one_line flow-port 'no\nsuch.c'
}

@test "a prompt of such names and bytes reaches a server as JSON" {
    printf '/* caf\xe9 */\nint g(int a)\n{\n    return a;\n}\n' >$'latin\xe9.c'
    commit_all latin
    serve '{"rules":[{"match":"# The translation","reply":{"text":"{\"verdict\":\"accept\",\"findings\":[]}"}},
        {"reply":{"text":"```rust\npub fn g(a: i32) -> i32 { a }\n```\n```json\n{\"symbols\":[{\"source\":\"g\",\"target\":\"g\"}]}\n```\n"}}]}'
    export ANTHROPIC_API_KEY=k
    run --separate-stderr -0 flow-port --to rust --model anthropic/claude-sonnet-5-5 --yes --budget 20calls $'latin\xe9.c'
    [ "$(cell 'latin\xe9.c' state)" = committed ]
}
