#!/usr/bin/env bats
# flow-analyze on small repositories, as a person would call it.

load setup

setup() {
    common_setup
    new_repository
    mkdir src include
    printf '#include "util.h"\n#include <stdio.h>\nint main(void)\n{\n    return util();\n}\n' >src/main.c
    printf '#include "util.h"\nint util(void)\n{\n    return 1;\n}\n' >src/util.c
    printf 'struct node {\n    struct node *next;\n    int value;\n};\nint util(void);\n' >src/util.h
    printf '// DO NOT EDIT\nint table[] = {1};\n' >src/table.c
    printf 'notes\n' >README
    commit_all first
}

@test "units are records in the order of work, with lines in column five" {
    run --separate-stderr -0 flow-analyze -q
    [ -z "$stderr" ]
    [ "$output" = "$(printf '%s\n' \
        'unit	language	tier	cycle	lines	bytes	imports	importers	errors	header' \
        'src/util.c	c	0	0	10	122	0	1	0	src/util.h' \
        'src/main.c	c	1	0	6	75	1	0	0	')" ]
}

@test "a filter on the lines column goes on to a tool that takes units" {
    run --separate-stderr -0 bash -c \
        'set -o pipefail; flow-analyze -q | awk -F"\t" "NR == 1 || \$5 < 8" | flow-analyze -q - | cut -f 1'
    [ "$output" = "$(printf 'unit\nsrc/main.c')" ]
}

@test "the census counts, and says what was left out" {
    run --separate-stderr -0 flow-analyze
    [[ $stderr == *"units"*"2"* ]]
    [[ $stderr == *"parsed"*"4"* ]]
    [[ $stderr == *"left out: generated: 1 file"* ]]
    [[ $stderr == *"left out: unknown language: 1 file"* ]]
}

@test "a second run parses nothing, --fresh everything" {
    run --separate-stderr -0 flow-analyze
    local first=$output
    run --separate-stderr -0 flow-analyze
    [ "$output" = "$first" ]
    [[ $stderr =~ parsed\ +0 ]]
    [[ $stderr =~ cached\ +3 ]]
    run --separate-stderr -0 flow-analyze --fresh
    [ "$output" = "$first" ]
    [[ $stderr =~ parsed\ +4 ]]
}

@test "one changed file is all that is parsed again" {
    run --separate-stderr -0 flow-analyze
    printf 'int more;\n' >>src/main.c
    run --separate-stderr -0 flow-analyze
    [[ $stderr =~ parsed\ +1 ]]
    [[ $output == *"src/main.c	c	1	0	7	"* ]]
}

@test "--at looks at a commit" {
    printf 'int more;\n' >src/later.c
    run --separate-stderr -0 flow-analyze -q --at HEAD
    [[ $output != *later* ]]
    run --separate-stderr -0 flow-analyze -q
    [[ $output == *later* ]]
    run --separate-stderr -3 flow-analyze -q --at nosuch
    [[ $stderr == *"'nosuch'"* ]]
}

@test "paths count from the current folder" {
    cd src
    run --separate-stderr -0 flow-analyze -q main.c
    [ "$(wc -l <<<"$output")" -eq 2 ]
    run --separate-stderr -0 flow-analyze -q "$PWD/main.c" ../src/util.c
    [ "$(wc -l <<<"$output")" -eq 3 ]
    cd "$OLDPWD"
    run --separate-stderr -0 flow-analyze -q -C src util.c
    [ "$(wc -l <<<"$output")" -eq 2 ]
    run --separate-stderr -0 flow-analyze -q .
    [ "$(wc -l <<<"$output")" -eq 3 ]
}

@test "a path that is not there is an error" {
    run --separate-stderr -3 flow-analyze nosuch
    [ -z "$output" ]
    [ "$stderr" = "flow-analyze: no file 'nosuch' in the tree" ]
    run --separate-stderr -2 bash -c 'printf "unit\n" | flow-analyze -'
    [[ $stderr == "flow-analyze: standard input names no file"* ]]
}

@test "symbols" {
    run --separate-stderr -0 flow-analyze -q --symbols
    [ "$output" = "$(printf '%s\n' \
        'unit	file	line	end	kind	container	name	public	signature' \
        'src/util.c	src/util.c	2	5	function		util	yes	int util(void)' \
        'src/util.c	src/util.h	1	4	struct		node	yes	struct node' \
        'src/util.c	src/util.h	5	5	function		util	yes	int util(void);' \
        'src/main.c	src/main.c	3	6	function		main	yes	int main(void)')" ]
}

@test "fields, with what a comparison of ownership maps needs" {
    run --separate-stderr -0 flow-analyze -q --fields
    [ "$output" = "$(printf '%s\n' \
        'unit	file	line	kind	struct	field	class	type	pointer' \
        'src/util.c	src/util.h	2	struct	node	next	UNKNOWN	struct node *	yes' \
        'src/util.c	src/util.h	3	struct	node	value	UNKNOWN	int	no')" ]
}

@test "imports and the files that they mean" {
    run --separate-stderr -0 flow-analyze -q --imports
    [ "$output" = "$(printf '%s\n' \
        'unit	file	line	kind	import	target' \
        'src/main.c	src/main.c	1	include	util.h	src/util.h' \
        'src/main.c	src/main.c	2	system	stdio.h	' \
        'src/util.c	src/util.c	1	include	util.h	src/util.h')" ]
}

@test "deps and dot give the graph of units" {
    run --separate-stderr -0 flow-analyze -q --deps
    [ "$output" = "$(printf 'unit\timport\nsrc/main.c\tsrc/util.c')" ]
    run --separate-stderr -0 flow-analyze -q --dot
    [[ $output == 'digraph units {'* ]]
    [[ $output == *'"src/main.c" -> "src/util.c";'* ]]
}

@test "conditions" {
    printf '#ifdef A\nint a;\n#endif\n' >src/cond.c
    run --separate-stderr -0 flow-analyze -q --conditions
    [[ $output == *"src/cond.c	src/cond.c	1	"* ]]
}

@test "what is skipped, why, and whether anybody imports it" {
    printf '#include "table.c"\n' >src/uses.c
    run --separate-stderr -0 flow-analyze -q --skipped
    [ "$output" = "$(printf '%s\n' \
        'path	reason	importers' \
        'README	unknown language	0' \
        'src/table.c	generated	1')" ]
}

@test "--json gives the same as JSON lines" {
    run --separate-stderr -0 flow-analyze -q --json
    python3 - "$output" <<'PYTHON'
import json, sys
rows = [json.loads(line) for line in sys.argv[1].splitlines()]
assert [row["unit"] for row in rows] == ["src/util.c", "src/main.c"], rows
assert rows[0]["lines"] == 10 and rows[0]["header"] == "src/util.h" and rows[1]["header"] is None, rows
PYTHON
}

@test "names with any bytes are escaped, and read back" {
    local name
    name=$(printf 'src/od\td\\n\377.c')
    printf 'int a;\n' >"$name"
    run --separate-stderr -0 flow-analyze -q
    [[ $output == *'src/od\td\\n\xFF.c	c'* || $output == *'src/od\td\\n\xff.c	c'* ]]
    run --separate-stderr -0 bash -c 'set -o pipefail; flow-analyze -q | grep "od" | flow-analyze -q -'
    [ "$(wc -l <<<"$output")" -eq 2 ]
}

@test "analyze.include is followed" {
    printf '#include <only.h>\n' >src/inc.c
    mkdir -p hidden/a hidden/b
    printf '\n' >hidden/a/only.h
    printf '\n' >hidden/b/only.h
    run --separate-stderr -0 flow-analyze -q --imports src/inc.c
    [[ $output == *"only.h	" ]]
    git config flow.analyze.include hidden/b
    run --separate-stderr -0 flow-analyze -q --imports src/inc.c
    [[ $output == *"only.h	hidden/b/only.h" ]]
}

@test "a bare repository, and none" {
    git clone -q --bare . ../bare
    run --separate-stderr -0 flow-analyze -q -C ../bare --at main
    [ "$(wc -l <<<"$output")" -eq 3 ]
    run --separate-stderr -3 flow-analyze -C /
    [ -n "$stderr" ]
}

@test "wrong options" {
    run --separate-stderr -2 flow-analyze --symbols --fields
    run --separate-stderr -2 flow-analyze -j 0
    run --separate-stderr -2 flow-analyze --at
}

@test "the index can be damaged, and is made anew" {
    run --separate-stderr -0 flow-analyze -q
    local first=$output
    printf 'junk' >.git/flow/index.db
    run --separate-stderr -0 flow-analyze -q
    [ "$output" = "$first" ]
}
