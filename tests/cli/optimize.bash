# shellcheck shell=bash
# What the tests of flow-optimize share. Load setup.bash first.

setup() {
    common_setup
    new_repository repo
    cd repo || return 1
    git config user.name 'A Tester'
    git config user.email tester@example.org
    export CARGO_HOME=$BATS_TEST_TMPDIR/cargo
    mkdir -p "$CARGO_HOME"
}

# A small C project whose tests speak TAP. Of its copies one is needless, one is written to, one outlives the original, and
# one is in a function that no test calls.
c_project() {
    cat >text.c <<'C'
#include <stdlib.h>
#include <string.h>

int count(const char *text, char c)
{
    char *copy = strdup(text);
    int n = 0;
    for (int i = 0; copy[i]; i++)
        n += copy[i] == c;
    free(copy);
    return n;
}

int blank(const char *text)
{
    char *copy = strdup(text);
    copy[0] = ' ';
    int first = copy[0];
    free(copy);
    return first;
}

int first_before(char *text)
{
    char *copy = strdup(text);
    text[0] = 'x';
    int first = copy[0];
    free(copy);
    return first;
}

int nobody(const char *text)
{
    char *copy = strdup(text);
    int last = copy[strlen(copy) - 1];
    free(copy);
    return last;
}
C
    cat >check.c <<'C'
#include <stdio.h>

int count(const char *text, char c);
int blank(const char *text);
int first_before(char *text);

static void ok(int number, int holds, const char *name)
{
    printf("%sok %d - %s\n", holds ? "" : "not ", number, name);
}

int main(void)
{
    char text[] = "ab";
    printf("1..3\n");
    ok(1, count("banana", 'a') == 3, "counts");
    ok(2, blank("ab") == ' ', "blanks");
    ok(3, first_before(text) == 'a', "remembers");
    return 0;
}
C
    cat >Makefile <<'M'
CC = gcc
check: check.c text.c
	$(CC) -g -o $@ check.c text.c
M
    git config flow.build.command make
    git config flow.test.command ./check
    commit_all 'a program in C'
}

# optimize ARG…: in the sandbox where there is one; what is tested here is not the sandbox.
optimize() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    flow-optimize --yes "${confined[@]}" "$@"
}

# cell LINE COLUMN: of the record of that line, from $output.
cell() {
    awk -F'\t' -v line="$1" -v name="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i; next }
        $2 == line { print $column; exit }' <<<"$output"
}

branches() {
    git for-each-ref --format='%(refname:short)' refs/heads/flow
}
