#!/usr/bin/env bats

load setup

setup() {
    common_setup
    git init -q .
}

# Writes each file, with the folders that lead there.
files() {
    local file
    for file; do
        mkdir -p "$(dirname "$file")"
        printf 'some text\n' >"$file"
    done
}

setting() {
    git config -f .flow/config "$1"
}

@test "languages are counted, with most bytes first" {
    files src/a.c src/b.c src/b.h tool.py README
    run --separate-stderr -0 flow-init
    [ "$(sed -n '1,3p' <<<"$output")" = $'kind\tname\tpath\tfiles\tbytes\tcommand
language\tc\t\t3\t30\t
language\tpython\t\t1\t10\t' ]
    [ "$stderr" = "flow-init: wrote '.flow/config'; read it, change it, and commit it" ]
    [ "$(setting port.from)" = c ]
    [ "$(setting port.to)" = rust ]
}

@test "a header counts for the language with most other files" {
    files a.cpp b.cpp c.c x.h
    run --separate-stderr -0 flow-init
    [[ $output == *$'language\tcpp\t\t3\t30\t'* ]]
    [[ $output == *$'language\tc\t\t1\t10\t'* ]]
}

@test "ignored and vendored files count for nothing" {
    files a.c build/gen.rs build/gen2.rs third_party/x/y.py lib/vendor/v.go
    echo build/ >.gitignore
    run --separate-stderr -0 flow-init
    [ "$(grep -c ^language <<<"$output")" -eq 1 ]
    [[ $output == *$'vendored\t\tlib/vendor\t\t\t'* ]]
    [ "$(git config -f .flow/config --get-all port.exclude)" = 'lib/vendor/**
third_party/**' ]
}

@test "the build tool nearest to the top is written, others are mentioned" {
    files a.c b.c c.c sub/CMakeLists.txt Makefile x.py pyproject.toml
    run --separate-stderr -0 flow-init
    [ "$(setting build.command)" = make ]
    [ "$(setting test.command)" = 'if make -n test >/dev/null 2>&1; then make test; else make check; fi' ]
    grep -qF "# also found: 'sub/CMakeLists.txt', cd sub && cmake -B build && cmake --build build" .flow/config
    grep -qF "# also found: 'pyproject.toml', python3 -m pytest" .flow/config
}

@test "a makefile is tested by 'test', or by 'check' where it has no other" {
    files a.c
    printf 'check:\n\t@echo checked\n' >Makefile
    run --separate-stderr -0 flow-init
    [ "$(sh -c "$(setting test.command)")" = checked ]
    printf 'test:\n\t@echo tested\n' >>Makefile
    [ "$(sh -c "$(setting test.command)")" = tested ]
}

@test "coverage is proposed as a comment" {
    files a.c Makefile
    run --separate-stderr -0 flow-init
    grep -q '^\[coverage\]$' .flow/config
    run -1 setting coverage.command
}

@test "every build tool that the languages name is found" {
    local pair
    for pair in a.rs:Cargo.toml:'cargo build' a.c:CMakeLists.txt:'cmake -B build && cmake --build build' \
        a.zig:build.zig:'zig build' a.go:go.mod:'go build ./...' a.ts:package.json:'npm run build' \
        a.tsx:package.json:'npm run build' a.java:pom.xml:'mvn --offline -DskipTests package'; do
        git clean -qfdx
        IFS=: read -r source marker command <<<"$pair"
        files "$source" "$marker"
        run --separate-stderr -0 flow-init
        [ "$(setting build.command)" = "$command" ]
    done
}

@test "a folder name cannot smuggle a command in" {
    files a.c "x; touch owned #'/Makefile"
    run --separate-stderr -0 flow-init
    local command
    command=$(setting build.command)
    printf 'all:\n\ttouch built\n' >"x; touch owned #'/Makefile"
    sh -c "$command"
    [ -e "x; touch owned #'/built" ]
    [ ! -e owned ]
}

@test "names with any bytes come back from the file as they are" {
    local folder=$'new\nline\ttab"quote\\\377*'
    files a.c "$folder/vendor/x.c"
    run --separate-stderr -0 flow-init
    [ "$(setting port.exclude)" = $'new\nline\ttab"quote\\\\\377\\*/vendor/**' ]
}

@test "a file that is there is left alone, unless --fresh" {
    files a.c
    mkdir .flow
    echo '# mine' >.flow/config
    run --separate-stderr -0 flow-init
    [ "$(cat .flow/config)" = '# mine' ]
    [ "$stderr" = "flow-init: '.flow/config' is there already and was left as it is; --fresh writes it anew" ]
    run --separate-stderr -0 flow-init --fresh --quiet
    [ -z "$stderr" ]
    [ "$(setting port.from)" = c ]
}

@test "nothing known: the proposal says so and stays valid" {
    files notes.txt
    run --separate-stderr -0 flow-init
    [ "$output" = $'kind\tname\tpath\tfiles\tbytes\tcommand' ]
    run -1 setting port.from
    git config -f .flow/config --list
}

@test "nothing is written through a link" {
    files a.c
    mkdir ../outside
    ln -s ../outside .flow
    run --separate-stderr -5 flow-init
    [ -z "$(ls ../outside)" ]
    rm .flow
    mkdir .flow
    ln -s ../../outside/config .flow/config
    run --separate-stderr -0 flow-init
    run --separate-stderr -0 flow-init --fresh
    [ -z "$(ls ../outside)" ]
    [ ! -L .flow/config ]
}

@test "another directory, JSON, and where there is no work tree" {
    files a.c
    cd /
    run --separate-stderr -0 flow-init -C "$BATS_TEST_TMPDIR/work" --json
    [ "${lines[0]}" = '{"kind":"language","name":"c","path":null,"files":1,"bytes":10,"command":null}' ]
    cd "$BATS_TEST_TMPDIR"
    git init -q --bare bare.git
    run --separate-stderr -3 flow-init -C bare.git
    [[ $stderr == "flow-init: '"*"/bare.git/' has no work tree to write settings to; make them in a clone that has one" ]]
    run --separate-stderr -3 flow-init -C home
    [[ $stderr == "flow-init: 'home' is not inside a git repository; "* ]]
    run --separate-stderr -2 flow-init operand
}
