#!/usr/bin/env bats
# An installed copy works wherever it was put.

load setup

setup() {
    common_setup
    run --separate-stderr -0 cmake --install "$FLOW_BIN_DIR/.." --prefix "$PWD/prefix"
    PATH=$PWD/prefix/bin:/usr/bin:/bin
}

built() {
    (cd "$FLOW_BIN_DIR" && compgen -G 'flow*' | sort)
}

@test "all tools are installed, each with its page and its completion" {
    diff -u <(built) <(ls prefix/bin)
    diff -u <(built) <(cd prefix/share/man/man1 && printf '%s\n' *.1 | sed 's/\.1$//' | sort)
    diff -u <(built) <(cd prefix/share/bash-completion/completions && printf '%s\n' * | sort)
    diff -u <(built) <(cd prefix/share/fish/vendor_completions.d && printf '%s\n' *.fish | sed 's/\.fish$//' | sort)
    [ -s prefix/share/zsh/site-functions/_flow ]
    [ -s prefix/share/man/man7/flow.7 ]
}

@test "what the tools read is installed, what they are built from is not" {
    diff -u <(cd "$FLOW_SOURCE_DIR/grammars" && find . -name node_modules -prune -o -type f -print |
        grep -vE '^\./(CMakeLists\.txt|package[^/]*\.json)$' | sort) \
        <(cd prefix/share/flow/grammars && find . -type f | sort)
    diff -r "$FLOW_SOURCE_DIR/lib/agent/prompts" prefix/share/flow/prompts
    cmp "$FLOW_SOURCE_DIR/lib/model/prices.conf" prefix/share/flow/prices.conf
    [ -s prefix/share/flow/trace.so ]
}

@test "installed tools are found by the installed flow" {
    run --separate-stderr -0 flow help
    local tool
    for tool in $(tools); do
        run --separate-stderr -0 flow "${tool#flow-}" --version
        [[ $output == "$tool "* ]]
    done
}

@test "installed tools read the installed data" {
    mkdir repository
    cd repository
    new_repository
    printf '#include "b.h"\nint a(void) { return b; }\n' >a.c
    printf 'extern int b;\n' >b.h
    run --separate-stderr -0 flow analyze -q
    [[ $output == *a.c* ]]
    rm -r ../prefix/share/flow/grammars/c
    run --separate-stderr -0 flow analyze -q --fresh
    [[ $output != *a.c* ]]
}

@test "on a terminal, help shows the installed page" {
    export TERM=xterm MANPAGER=cat
    run -0 script -qec 'flow help flow' /dev/null
    grep -qx SYNOPSIS < <(sed 's/.\x08//g; s/\r$//' <<<"$output")
}
