#!/usr/bin/env bats
# flow-lifetimes on small repositories, as a person would call it.

load setup

setup() {
    common_setup
    new_repository
    mkdir src
    printf '%s\n' 'struct b { int n; };' 'struct a { struct b *mine; const char *text; };' \
        'void a_free(struct a *a)' '{' '    free(a->mine);' '    free(a);' '}' >src/a.c
    printf '%s\n' 'const B = struct { n: u32 };' 'const Z = struct { f: *const fn () void, s: []const u8 };' >src/z.zig
    commit_all first
}

@test "one row a field, with class, target, confidence and evidence" {
    run --separate-stderr -0 flow-lifetimes -q
    [ -z "$stderr" ]
    [ "$output" = "$(printf '%s\n' \
        'file	struct	field	type	class	target	confidence	evidence' \
        'src/a.c	a	mine	struct b *	OWNED	Option<Box<b>>	high	src/a.c:5, freed: free [destroyed]' \
        'src/a.c	a	text	const char *	BORROW_PARAM	Option<&'"'"'a [u8]>	low	src/a.c:2, declared as: const char * [nothing-known]' \
        'src/z.zig	Z	f	*const fn () void	STATIC	fn(…)	high	src/z.zig:2, declared as: *const fn () void [function-type]')" ]
}

@test "paths choose rows, and one that has none is an error" {
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q src/z.zig | cut -f 3'
    [ "$output" = "$(printf 'field\nf')" ]
    run --separate-stderr -3 flow-lifetimes -q docs
    [[ $stderr == *"no pointer field in what was asked for: without a path"* ]]
}

@test "paths that are typed count from the folder where it is called, piped ones from the top" {
    cd src
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q z.zig | cut -f 3'
    [ "$output" = "$(printf 'field\nf')" ]
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q "$OLDPWD/src/z.zig" | cut -f 3'
    [ "$output" = "$(printf 'field\nf')" ]
    run --separate-stderr -0 bash -c 'set -o pipefail; echo src/z.zig | flow-lifetimes -q - | cut -f 3'
    [ "$output" = "$(printf 'field\nf')" ]
    run --separate-stderr -3 flow-lifetimes -q src/z.zig
    run --separate-stderr -0 flow-lifetimes -q --explain a.c:a.mine
    [[ $output == *'src/a.c	5	freed	free'* ]]
}

@test "--slices lists slices too, --json prints objects" {
    run --separate-stderr -0 flow-lifetimes -q --slices --json src/z.zig
    [ "${#lines[@]}" -eq 2 ]
    [[ ${lines[1]} == '{"file":"src/z.zig","struct":"Z","field":"s",'* ]]
}

@test "the census counts by confidence" {
    run --separate-stderr -0 flow-lifetimes
    [[ $stderr == *"3 fields: 2 high, 0 medium, 1 low, 0 by a person"* ]]
}

@test "--explain prints each fact and the rule, or says how to name a row" {
    run --separate-stderr -0 flow-lifetimes -q --explain src/a.c:a.mine
    [ "$output" = "$(printf '%s\n' \
        'file	line	what	text' \
        'src/a.c	2	declared as	struct b *' \
        'src/a.c	1	points to	b' \
        'src/a.c	5	freed	free' \
        'src/a.c	2	class	OWNED, high, by destroyed')" ]
    run --separate-stderr -3 flow-lifetimes -q --explain src/a.c:a.other
    [[ $stderr == *"give FILE:STRUCT.FIELD"* ]]
}

@test "an edited row wins over what is found, marked or not" {
    run --separate-stderr -0 flow-lifetimes -q --update t.tsv
    [ -z "$output" ]
    sed -i 's/OWNED\tOption<Box<b>>/ARENA\tRef<b>/; s/BORROW_PARAM\(.*\)low.*/STATIC\1person\tbecause/' t.tsv
    run --separate-stderr -0 flow-lifetimes --update t.tsv
    [[ $stderr == *"2 by a person"* ]]
    run --separate-stderr -0 cut -f 3,5-7 t.tsv
    [ "${lines[1]}" = "$(printf 'mine\tARENA\tRef<b>\tperson')" ]
    [[ ${lines[2]} == "$(printf 'text\tSTATIC')"*"$(printf '\tperson')" ]]
    [ "${lines[3]}" = "$(printf 'f\tSTATIC\tfn(…)\thigh')" ]
    run --separate-stderr -0 cut -f 8 t.tsv
    [ "${lines[2]}" = because ]
}

@test "an edited row that no field goes with is reported, others are left out" {
    run --separate-stderr -0 flow-lifetimes -q --update t.tsv
    printf 'src/a.c\tgone\tp\tx\tOWNED\t\tperson\t\n' >>t.tsv
    run --separate-stderr -1 flow-lifetimes -q --update t.tsv
    [[ $stderr == *"'src/a.c' 'gone.p' any more: remove it"* ]]
    run --separate-stderr -0 flow-lifetimes -q --update t.tsv
}

@test "--diff prints rows that came, went or changed" {
    run --separate-stderr -0 flow-lifetimes -q --update t.tsv
    run --separate-stderr -0 flow-lifetimes -q --diff t.tsv
    [ "${#lines[@]}" -eq 1 ]
    sed -i 's/const char \*text/char *text/' src/a.c
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q --diff t.tsv | cut -f 3,4'
    [ "$output" = "$(printf 'field\ttype\ntext\tchar *')" ]
    printf '%s\n' 'struct b { int n; };' 'struct a { struct b *mine; char *more; };' >src/a.c
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q --diff t.tsv | cut -f 3,5,6'
    [ "$output" = "$(printf 'field\tbefore\tnow\nmine\tOWNED\tBORROW_PARAM\nmore\t\tBORROW_PARAM\ntext\tBORROW_PARAM\t')" ]
    # Of the files asked for alone.
    run --separate-stderr -0 flow-lifetimes -q --diff t.tsv src/z.zig
    [ "${#lines[@]}" -eq 1 ]
}

@test "a pointer to a function behind a name of another file is one" {
    printf '%s\n' 'typedef void (*ready_t)(int);' 'typedef int check_t(void);' >src/types.h
    printf '%s\n' '#include "types.h"' 'struct w { ready_t ready; check_t *check; };' >src/w.c
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-lifetimes -q src/w.c | cut -f 3-7'
    [ "${lines[1]}" = "$(printf 'check\tcheck_t *\tSTATIC\tOption<fn(…)>\thigh')" ]
    [ "${lines[2]}" = "$(printf 'ready\tready_t\tSTATIC\tOption<fn(…)>\thigh')" ]
}

@test "a table that is none is refused with its line" {
    printf 'file\tstruct\tfield\tclass\nsrc/a.c\ta\n' >bad.tsv
    run --separate-stderr -3 flow-lifetimes -q --diff bad.tsv
    [[ $stderr == *"'bad.tsv' line 2"* ]]
    run --separate-stderr -3 flow-lifetimes -q --diff none.tsv
}

@test "a declared class without a type is refused" {
    mkdir .flow
    printf '[lifetimes "X"]\ntarget = "&X"\n' >.flow/config
    run --separate-stderr -3 flow-lifetimes -q
    [[ $stderr == *"names no type"* ]]
}

@test "a second run says the same from the index" {
    run --separate-stderr -0 flow-lifetimes -q
    local first=$output
    run --separate-stderr -0 flow-lifetimes -q
    [ "$output" = "$first" ]
    run --separate-stderr -0 flow-lifetimes -q --fresh
    [ "$output" = "$first" ]
    rm src/a.c
    run --separate-stderr -0 flow-lifetimes -q --at HEAD
    [ "$output" = "$first" ]
}

@test "the target is of the language that is ported to, where that has any" {
    git config flow.port.to rust
    run --separate-stderr -0 flow-lifetimes -q src/a.c
    [[ ${lines[1]} == *$'\tOWNED\tOption<Box<b>>\t'* ]]
    git config flow.port.to go
    run --separate-stderr -0 flow-lifetimes -q src/a.c
    [[ ${lines[1]} == *$'\tOWNED\t\t'* ]]
}
