#!/usr/bin/env bats

load setup

# A folder of our own with the real flow and a tool that says how it was called.
fake_suite() {
    mkdir bin
    cp "$FLOW_BIN_DIR/flow" bin/
    cat >bin/flow-port <<'TOOL'
#!/bin/sh
echo "$0"
for word; do echo "[$word]"; done
exit 6
TOOL
    chmod +x bin/flow-port
}

@test "a command runs the program beside flow, with its words and its status" {
    fake_suite
    run --separate-stderr -6 bin/flow port --help 'a b' -j 3
    [ "$output" = "$PWD/bin/flow-port
[--help]
[a b]
[-j]
[3]" ]
}

@test "a command that is not beside flow is looked up in PATH" {
    mkdir elsewhere
    printf '#!/bin/sh\necho found "$1"\n' >elsewhere/flow-extra
    chmod +x elsewhere/flow-extra
    PATH=$PWD/elsewhere:$PATH run --separate-stderr -0 flow extra one
    [ "$output" = 'found one' ]
}

@test "the program beside flow is preferred to the one in PATH" {
    fake_suite
    mkdir elsewhere
    printf '#!/bin/sh\necho wrong\n' >elsewhere/flow-port
    chmod +x elsewhere/flow-port
    PATH=$PWD/elsewhere:$PATH run --separate-stderr -6 bin/flow port
    [ "$output" = "$PWD/bin/flow-port" ]
}

@test "a symbolic link to flow still finds its tools" {
    fake_suite
    ln -s bin/flow link
    run --separate-stderr -6 ./link port
    [ "$output" = "$PWD/bin/flow-port" ]
}

@test "a program that cannot be run is a failure of the environment" {
    mkdir bin
    cp "$FLOW_BIN_DIR/flow" bin/
    printf '#!/no/such/interpreter\n' >bin/flow-port
    chmod +x bin/flow-port
    run --separate-stderr -3 bin/flow port
    [ "$stderr" = "flow: cannot run '$PWD/bin/flow-port': No such file or directory" ]
}

@test "an unknown command is wrong usage" {
    run --separate-stderr -2 flow nothing
    [ -z "$output" ]
    [ "$stderr" = "flow: there is no command 'nothing'
try 'flow --help'" ]
}

@test "the nearest command is named for a slip, and none for another word" {
    run --separate-stderr -2 flow anlayze
    [ "${stderr_lines[0]}" = "flow: there is no command 'anlayze'; did you mean 'analyze'?" ]
    run --separate-stderr -2 flow prot
    [ "${stderr_lines[0]}" = "flow: there is no command 'prot'; did you mean 'port'?" ]
    run --separate-stderr -2 flow translate
    [ "${stderr_lines[0]}" = "flow: there is no command 'translate'" ]
    run --separate-stderr -2 flow "$(printf 'x%.0s' {1..200})"
}

@test "a command never leaves the folders that are searched" {
    run --separate-stderr -2 flow ../../bin/sh
    [ -z "$output" ]
}

@test "flow without words is wrong usage" {
    run --separate-stderr -2 flow
    [ -z "$output" ]
    [ "${stderr_lines[0]}" = 'flow: an argument is missing' ]
}

@test "help lists every tool that was built, with the line that it says about itself" {
    run --separate-stderr -0 flow help
    local listed=$output built='' tool
    for tool in $(tools); do
        run --separate-stderr -0 "$tool" --help
        built+=$(printf '  %-12s%s' "${tool#flow-}" "$(sed -n "s/^$tool - //p" <<<"$output")")$'\n'
    done
    diff -u <(printf '%s' "$built" | sort) <(grep -vE '^(commands:|  help |  completion )' <<<"$listed" | sort)
}

@test "help of a tool is the same as its --help where there is no terminal" {
    local tool want
    for tool in $(tools); do
        run --separate-stderr -0 "$tool" --help
        want=$output
        run --separate-stderr -0 flow help "${tool#flow-}"
        [ "$output" = "$want" ]
        run --separate-stderr -0 flow help "$tool"
        [ "$output" = "$want" ]
    done
}

@test "help of something unknown is wrong usage" {
    run --separate-stderr -2 flow help nothing
    [[ $stderr == "flow: there is no command 'nothing'"* ]]
}

@test "completion wants a shell that it knows" {
    run --separate-stderr -2 flow completion
    run --separate-stderr -2 flow completion csh
    [[ $stderr == *'bash, zsh and fish'* ]]
}

@test "completion scripts are correct in the language of their shell" {
    local shell
    for shell in bash zsh fish; do
        run --separate-stderr -0 flow completion "$shell"
        printf '%s\n' "$output" >"completion.$shell"
    done
    run --separate-stderr -0 bash -n completion.bash
    run --separate-stderr -0 zsh -n completion.zsh
    run --separate-stderr -0 fish --no-execute completion.fish
    run --separate-stderr -0 shellcheck -s bash -e SC2034,SC2207 completion.bash
}

# options_of TOOL: the long options that its table names.
options_of() {
    "$1" --flow-options | awk -F'\t' 'NR > 1 { print "--" $2 }' | sort
}

# complete WORD…: what bash would offer for the last word.
complete_words() {
    bash -c 'source <(flow completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        if [[ $1 == flow ]]; then _flow; else _flow_tool; fi; printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

@test "bash completes the commands of flow" {
    run --separate-stderr -0 complete_words flow h
    [ "$output" = help ]
    run --separate-stderr -0 complete_words flow completion f
    [ "$output" = fish ]
}

@test "bash completes every option of every tool, alone and behind flow" {
    local tool
    for tool in $(tools); do
        run --separate-stderr -0 complete_words "$tool" --
        diff -u <(options_of "$tool") <(sort <<<"$output")
        run --separate-stderr -0 complete_words flow "${tool#flow-}" --
        diff -u <(options_of "$tool") <(sort <<<"$output")
    done
}

@test "fish completes every option of every tool, alone and behind flow" {
    local tool
    flow completion fish >flow.fish
    for tool in $(tools); do
        run --separate-stderr -0 fish -c "source flow.fish; complete -C '$tool --'"
        diff -u <(options_of "$tool") <(cut -f 1 <<<"$output" | sort)
        run --separate-stderr -0 fish -c "source flow.fish; complete -C 'flow ${tool#flow-} --'"
        diff -u <(options_of "$tool") <(cut -f 1 <<<"$output" | sort)
    done
}

@test "zsh is told every option of every tool" {
    local tool
    flow completion zsh >flow.zsh
    for tool in $(tools); do
        diff -u <(options_of "$tool") <(sed -n "/^    $tool)/,/;;/p" flow.zsh | grep -oE '^[^[]*' |
            grep -oE -- '--[a-z-]+' | sort -u)
    done
}

@test "output that cannot be written fails" {
    run --separate-stderr -3 bash -c 'flow --help >/dev/full'
    [[ $stderr == 'flow: cannot write standard output: No space left on device' ]]
    run --separate-stderr -3 bash -c 'flow --help >&-'
    [[ $stderr == 'flow: cannot write standard output'* ]]
}

@test "a reader that goes away ends the program as it ends any filter" {
    run --separate-stderr -0 bash -c 'exec 3> >(exec 0<&-); wait $!; flow --help >&3; echo $?'
    [ "$output" = 141 ]
    [ -z "$stderr" ]
}
