#!/usr/bin/env bats
# What a repository brings along is used only after somebody has seen and accepted exactly it.

load setup
load port

own_prompt() {
    mkdir -p .flow/prompts
    printf '%%%% unit\n%s {{unit}}.\n' "$1" >.flow/prompts/translate.md
    commit_all prompts
}

# on_terminal ANSWER… -- COMMAND: runs it on a terminal of its own where somebody types the answers.
on_terminal() {
    local answers=()
    while [[ $1 != -- ]]; do
        answers+=("$1")
        shift
    done
    shift
    printf '%s\n' "${answers[@]}" | script -qec "$*" /dev/null
}

port_command() {
    printf "flow-port --to rust --model '%s' %s" "$model" "$*"
}

@test "a prompt that nobody has seen is not used, whatever was agreed to beforehand" {
    own_prompt 'Our own prompt for'
    run --separate-stderr -5 port
    [[ $stderr == *"'.flow/prompts/translate.md' comes with the repository, and nobody here has accepted it: look at it with 'flow approve'"* ]]
    [ "$(calls)" = 0 ]
    FLOW_PORT_YES=true run --separate-stderr -5 port --quiet --budget 9calls
    [ "$(calls)" = 0 ]
}

@test "it is shown, accepted once, and asked about again when it changes" {
    own_prompt $'Our own \033[31mprompt for'
    run --separate-stderr -5 flow approve
    [[ $stderr == *'----- .flow/prompts/translate.md -----
%% unit
Our own \x1b[31mprompt for {{unit}}.'* ]]
    run --separate-stderr -0 flow approve --yes
    [ "$output" = $'name\taccepted\n.flow/prompts/translate.md\tnow' ]
    run --separate-stderr -0 flow approve
    [ "$output" = $'name\taccepted\n.flow/prompts/translate.md\tbefore' ]
    run --separate-stderr -0 port
    [ "$(calls)" = 6 ]
    own_prompt 'Another prompt for'
    run --separate-stderr -5 port --name other
    [[ $stderr == *"'.flow/prompts/translate.md' comes with the repository, and changed since somebody here accepted it"* ]]
    [ "$(calls)" = 6 ]
    # Nothing is asked for where there is nothing to do.
    run --separate-stderr -0 port
}

@test "flow approve without a terminal says so, and what accepts" {
    own_prompt 'Our own prompt for'
    run --separate-stderr -5 setsid -w flow approve </dev/null
    [[ $stderr == *"there is no terminal to ask on; give '--yes' to agree beforehand" ]]
}

@test "on a terminal the prompt is shown and asked about, also where the plan was agreed to" {
    own_prompt 'Our own prompt for'
    run -5 on_terminal n -- "$(port_command --yes)"
    [[ $output == *'Our own prompt for {{unit}}.'*'Use it? [y/N]'* ]]
    [ "$(calls)" = 0 ]
    run -0 on_terminal y -- "$(port_command --yes)"
    [ "$(calls)" = 6 ]
    own_prompt 'Another prompt for'
    run -0 on_terminal y y -- "$(port_command --name other)"
    [[ $output == *'It changed since it was accepted. Use it? [y/N]'* ]]
}

@test "commands of the repository are shown, those of one's own configuration are one's own" {
    mkdir .flow
    git config -f .flow/config build.command 'make all'
    git config -f .flow/config test.command 'make check'
    commit_all config
    git config flow.test.command 'make my-check'
    run --separate-stderr -0 flow approve --yes
    [ "$output" = $'name\taccepted\nbuild.command\tnow' ]
    [[ $stderr == *'----- build.command -----
make all
-----'* ]]
    run --separate-stderr -0 flow approve build.command
    [ "$output" = $'name\taccepted\nbuild.command\tbefore' ]
}

@test "one thing is accepted by its name, and no other" {
    own_prompt 'Our own prompt for'
    cp .flow/prompts/translate.md .flow/prompts/fix.md
    commit_all more
    run --separate-stderr -0 flow approve --yes --json .flow/prompts/fix.md
    [ "$output" = '{"name":".flow/prompts/fix.md","accepted":"now"}' ]
    run --separate-stderr -5 port
    [[ $stderr == *"'.flow/prompts/translate.md' comes with the repository"* ]]
    run --separate-stderr -3 flow approve nothing
    [[ $stderr == *"there is no 'nothing' in HEAD"* ]]
}

@test "what was accepted in one clone is not accepted in another" {
    own_prompt 'Our own prompt for'
    run --separate-stderr -0 flow approve --yes
    git clone -q . ../other
    run --separate-stderr -5 flow approve -C ../other
}

@test "what a committed file may not set is refused with its line" {
    local key
    mkdir .flow
    for key in provider.x.name model.openai.url model.openai.base-url model.anthropic.endpoint model.x.host model.x.hosts \
        model.openai.proxy model.openai.ca-file model.openai.header model.openai.key model.openai.key-file \
        model.openai.key-env model.openai.api-key model.openai.token model.x.token-file model.x.token-env port.budget \
        budget.port model.price price.x.input model.prices sandbox.network build.sandbox build.no-sandbox \
        command.x.path model.command.env model.anthropic.auth model.anthropic.version build.pass-env policy.models \
        pr.remote pr.fork; do
        printf '%s\n' "$key"
        printf '\n' >.flow/config
        git config -f .flow/config "$key" 1
        run --separate-stderr -5 port
        [[ $stderr == *"'.flow/config' line 3: a committed file may not set '$key'"* ]]
    done
    for key in model.default port.model port.reviewer-model agent.model; do
        rm .flow/config
        git config -f .flow/config "$key" 'command/sh -c true'
        run --separate-stderr -5 port
        [[ $stderr == *"'.flow/config' line 2: a committed file may not name a program as '$key'"* ]]
    done
    [ "$(calls)" = 0 ]
}
