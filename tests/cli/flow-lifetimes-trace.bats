#!/usr/bin/env bats
# flow-lifetimes --trace: tests of real programs run once more, with their heap watched.

load setup

setup() {
    common_setup
    new_repository
    program
    git config flow.build.command make
    git config flow.test.command ./check
}

# A struct whose fields are one of each kind, and tests of it. The compiler's warnings are errors: hooks must bring none.
program() {
    cat >text.h <<'C'
struct text {
    char *bytes;
    char *label;
    const char *name;
    char *given;
    void (*drop)(void *);
    char *unused;
    const char *kind;
};
struct text *text_new(const char *name);
char *text_label(struct text *t);
void text_give(struct text *t, char *given, void (*drop)(void *));
void text_use(struct text *t);
void text_free(struct text *t);
C
    cat >text.c <<'C'
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include "text.h"

struct text *text_new(const char *name)
{
    struct text *t = calloc(1, sizeof *t);
    t->bytes = malloc(10);
    t->name = name;
    t->kind = "text";
    return t;
}

char *text_label(struct text *t)
{
    char *label = strdup("label");
    t->label = label;
    return label;
}

void text_give(struct text *t, char *given, void (*drop)(void *))
{
    t->given = given, t->drop = drop;
}

void text_use(struct text *t)
{
    t->unused = malloc(1);
}

void text_free(struct text *t)
{
    if (t->drop)
        t->drop(t->given);
    free(t->unused);
    free(t->bytes);
    free(t);
}
C
    cat >check.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "text.h"

int main(void)
{
    for (int i = 0; i < 10; i++) {
        char *name = strdup("name");
        struct text *t = text_new(name);
        char *label = text_label(t);
        text_give(t, strdup("given"), free);
        text_free(t);
        free(label);
        free(name);
    }
    puts("1..1\nok 1 - all");
    return 0;
}
C
    printf 'CC = gcc\ncheck: check.c text.c text.h\n\t$(CC) -O2 -std=gnu99 -Wall -Wextra -Wpedantic -Werror -o $@ check.c text.c -lpthread\n' >Makefile
}

# trace ARG…: in the sandbox where there is one; what is tested here is not the sandbox.
trace() {
    local confined=()
    bwrap --ro-bind / / --unshare-all true 2>/dev/null || confined=(--no-sandbox)
    flow-lifetimes --trace "${confined[@]}" "$@"
}

# row FIELD: its class, confidence and evidence, from $output.
row() {
    awk -F'\t' -v field="$1" '$3 == field { print $5, $7, $8 }' <<<"$output"
}

@test "what the tests do confirms rows, refutes them, or says nothing" {
    run --separate-stderr -0 trace
    [ "$(row bytes)" = 'OWNED high text.c:37, freed: free; traced, confirmed: 10 of 10 blocks freed through it at text.c:37 [destroyed]' ]
    [ "$(row label)" = 'OWNED low text.c:18, from an allocation: label; traced, refuted: 10 of 10 blocks freed elsewhere, after the struct at check.c:14 [allocated]' ]
    [ "$(row name)" = 'BORROW_PARAM high text.c:10, from a parameter: name; traced, confirmed: 10 of 10 blocks freed elsewhere, after the struct at check.c:15 [passed-constant]' ]
    [ "$(row given)" = 'BORROW_PARAM low text.c:24, from a parameter: given; traced, refuted: 10 of 10 blocks freed by its struct at text.c:35 [passed]' ]
    [ "$(row unused)" = 'OWNED high text.c:36, freed: free [destroyed]' ]
    [ "$(row kind)" = 'STATIC high text.c:11, from a global: "text"; traced, confirmed: 10 static data [constant]' ]
    [[ $stderr == *'traced: 4 rows confirmed, 2 refuted, 0 seen and not decided, 1 not executed: 7 places watched in 1 process'* ]]
    # Nothing was built here, and nothing stays.
    [ "$(echo *)" = 'Makefile check.c text.c text.h' ]
    [ -z "$(ls "$HOME/.cache/flow/build")" ]
}

@test "--explain tells what was seen, and where" {
    run --separate-stderr -0 trace -q --explain text.h:text.label
    [ "$output" = "$(printf '%s\n' \
        'file	line	what	text' \
        'text.h	3	declared as	char *' \
        'text.c	18	from an allocation	label' \
        'check.c	14	traced: freed elsewhere, after the struct	10 times' \
        'text.c	18	traced: blocks of the heap	10 times' \
        'text.h	3	class	OWNED, low, by allocated')" ]
}

@test "a traced row is no edited one" {
    run --separate-stderr -0 trace -q --update t.tsv
    run --separate-stderr -0 grep -c 'traced, ' t.tsv
    [ "$output" = 6 ]
    run --separate-stderr -0 flow-lifetimes --update t.tsv
    [[ $stderr == *' 0 by a person'* ]]
    run --separate-stderr -1 grep -c 'traced' t.tsv
}

@test "children, threads and programs that others start are watched, and counted once" {
    cat >check.c <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "text.h"

static void *work(void *payload)
{
    for (int i = 0; i < 1000; i++) {
        struct text *t = text_new("name");
        text_free(t);
        free(realloc(malloc(10), 100 + i));
    }
    return payload;
}

int main(int argc, char **argv)
{
    pthread_t threads[4];
    if (argc > 1)
        return work(NULL) != NULL;
    struct text *kept = text_new("kept");
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            text_free(text_new("child"));
            // The parent's, and told by the parent.
            text_free(kept);
            if (i == 0)
                execl(argv[0], argv[0], "again", (char *)NULL);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    text_free(kept);
    return 0;
}
C
    run --separate-stderr -0 trace
    [ "$(row bytes)" = 'OWNED high text.c:37, freed: free; traced, confirmed: 5011 of 5011 blocks freed through it at text.c:37 [destroyed]' ]
    [[ $stderr == *'watched in 12 processes'* ]]
    [[ $stderr != *'no room'* ]]
}

@test "tests that crash say what they saw until then" {
    sed -i 's/    puts.*/    text_new("lost");\n    abort();/' check.c
    run --separate-stderr -0 trace
    [ "$(row bytes)" = 'OWNED high text.c:37, freed: free; traced, confirmed: 10 of 11 blocks freed through it at text.c:37, 1 never freed [destroyed]' ]
    [[ $stderr == *'the tests ended with status 134; what they executed until then counts'* ]]
}

@test "blocks that move: a buffer that grows, one that is passed on, fields of one struct" {
    cat >text.c <<'C'
#include <stdlib.h>
#include <string.h>
struct list { char **items; char *first; struct list *rest; };
struct entry { char *key; char *word; };
struct view { char *text; };
struct table { struct entry *entries; int count; };
static struct list *list_new(void)
{
    struct list *l = calloc(1, sizeof *l);
    for (int i = 1; i < 200; i++)
        l->items = realloc(l->items, sizeof *l->items * i);
    l->first = (char *)l->items;
    return l;
}
static void list_free(struct list *l)
{
    free(l->items);
    free(l);
}
static struct list *list_move(struct list *from)
{
    struct list *l = calloc(1, sizeof *l);
    l->items = from->items;
    free(from);
    return l;
}
static void table_add(struct table *t, char *word)
{
    struct entry *entry;
    t->entries = realloc(t->entries, sizeof *t->entries * ++t->count);
    entry = t->entries + t->count - 1;
    entry->key = malloc(t->count * 10);
    entry->word = word;
}
static void table_free(struct table *t)
{
    for (struct entry *entry = t->entries; entry < t->entries + t->count; entry++)
        free(entry->key);
    free(t->entries);
}
int main(void)
{
    struct table table = {0};
    struct view *view = malloc(sizeof *view);
    char *words[100], *seen = malloc(1);
    list_free(list_new());
    list_free(list_move(list_new()));
    for (int i = 0; i < 100; i++)
        table_add(&table, words[i] = malloc(1));
    table_free(&table);
    for (int i = 0; i < 100; i++)
        free(words[i]);
    view->text = seen;
    memset(view, 0, sizeof *view);
    free(seen);
    free(view);
    return 0;
}
C
    rm check.c text.h
    printf 'check: text.c\n\t$(CC) -o check text.c\n' >Makefile
    run --separate-stderr -0 trace
    [[ $(row items) == 'OWNED high '*'traced, confirmed: 2 of '*' blocks freed through it at text.c:17'*' 1 passed on, then freed at text.c:17'* ]]
    [[ $(row key) == 'OWNED high '*'traced, confirmed: 100 of 100 blocks freed through it at text.c:38 ['* ]]
    [[ $(row word) == 'BORROW_PARAM high '*'traced, confirmed: 100 of 100 blocks freed elsewhere, after the struct at text.c:52 ['* ]]
    # A store that no hook told of.
    [[ $(row text) == *'; traced: 1 of 1 block let go, then freed at text.c:55 ['* ]]
    [[ $(row first) == 'BORROW_PARAM low '*'; traced, refuted: 1 of 2 blocks freed through a field beside it at text.c:17, 1 passed on, '* ]]
}

@test "a helper that frees is not where it was freed, and a tree that frees its parts says nothing of links up" {
    cat >text.c <<'C'
#include <stdlib.h>
#include <string.h>
struct tree { struct tree *up, *first; char *seen; };
static void drop(void *block)
{
    free(block);
}
static struct tree *tree_new(struct tree *up, char *seen)
{
    struct tree *t = calloc(1, sizeof *t);
    t->up = up;
    t->seen = seen;
    return t;
}
static void tree_free(struct tree *t)
{
    if (t->first)
        tree_free(t->first);
    free(t);
}
int main(void)
{
    char *word = strdup("word");
    struct tree *root = tree_new(NULL, word);
    root->first = tree_new(root, word);
    tree_free(root);
    drop(word);
    return 0;
}
C
    rm check.c text.h
    printf 'check: text.c\n\t$(CC) -o check text.c\n' >Makefile
    run --separate-stderr -0 trace
    [[ $(row seen) == 'BORROW_PARAM high '*'traced, confirmed: '*'freed elsewhere, after the struct at text.c:27'* ]]
    [[ $(row up) == *'; traced: 1 of 1 block freed elsewhere, after the struct at text.c:19, 1 null'* ]]
}

@test "programs without debug information are refused, with the way out" {
    git config flow.build.command 'make && strip check'
    run --separate-stderr -3 trace -q
    [ -z "$output" ]
    [[ $stderr == *'do not say which lines they were made of'*'CC'*'-g'* ]]
}

@test "a build that fails says so in its own words, and so does a run without a test" {
    git config flow.build.command 'echo no compiler here >&2; false'
    run --separate-stderr -3 trace -q
    [[ $stderr == *'no compiler here'*'the build ended with status 1'* ]]
    git config flow.build.command make
    git config flow.test.command 'echo nothing to do'
    run --separate-stderr -3 trace -q
    [[ $stderr == *'no test gave a field a value'*'nothing to do'* ]]
}

@test "a command that is not known, or not accepted, and a language that cannot be traced" {
    git config --unset flow.test.command
    run --separate-stderr -3 trace -q
    [[ $stderr == *'set test.command'* ]]
    mkdir .flow
    printf '[test]\n\tcommand = ./check\n' >.flow/config
    run --separate-stderr -5 trace -q
    [[ $stderr == *"'test.command' comes with the repository"*'flow approve'* ]]
    rm -- *.[ch]
    printf '%s\n' 'const Z = struct { f: *u8 };' >z.zig
    run --separate-stderr -3 trace -q
    [[ $stderr == *'zig'*'leave out --trace'* ]]
    run --separate-stderr -2 flow-lifetimes --no-sandbox
}

@test "files that the tests forge are read as what they are" {
    git config flow.test.command './check; cd "$FLOW_TRACE_DIR"; for f in *.trace; do tr "\0" "\377" <"$f" >1.trace; head -c 1000000 "$f" >2.trace; head -c 3000000 /dev/zero >3.trace; mkfifo 4.trace; ln -s / 5.trace; done'
    run --separate-stderr -0 trace
    [[ $(row bytes) == *'10 of 10 blocks freed through it'* ]]
    [[ $stderr == *'watched in 2 processes'* ]]
}
