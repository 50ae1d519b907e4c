// SPDX-License-Identifier: MIT
// What stands inside of what: containers get names, locals go, and the arrays of facts are filled.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decl.h"
#include "flow/base/vec.h"

#define MAX_SIGNATURE 1000

/* How deep declarations may stand inside each other; what is deeper belongs to the last one. */
#define MAX_NESTING   256

static int by_identity(const void *a, const void *b)
{
    const struct decl *left = a, *right = b;
    if (left->role != right->role)
        return left->role < right->role ? -1 : 1;
    for (size_t i = 0; i < 2; i++) {
        if (left->keys[i] != right->keys[i])
            return left->keys[i] < right->keys[i] ? -1 : 1;
    }
    return left->pattern < right->pattern ? -1 : left->pattern > right->pattern;
}

static int by_position(const void *a, const void *b)
{
    const struct decl *left = a, *right = b;
    if (left->span.start != right->span.start)
        return left->span.start < right->span.start ? -1 : 1;
    if (left->span.end != right->span.end)
        return left->span.end > right->span.end ? -1 : 1;
    if (left->role != right->role)
        return left->role < right->role ? -1 : 1;
    return left->keys[0] < right->keys[0] ? -1 : left->keys[0] > right->keys[0];
}

// Of several matches for one declaration the pattern that stands first counts.
static size_t unique(struct decl *decls, size_t count)
{
    if (count == 0)
        return 0;
    qsort(decls, count, sizeof *decls, by_identity);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        const struct decl *last = &decls[kept - 1];
        if (decls[i].role != last->role || decls[i].keys[0] != last->keys[0] ||
            decls[i].keys[1] != last->keys[1])
            decls[kept++] = decls[i];
    }
    count = 0;
    for (size_t i = 0; i < kept; i++) {
        if (!decls[i].ignored)
            decls[count++] = decls[i];
    }
    qsort(decls, count, sizeof *decls, by_position);
    return count;
}

// The declarations around the one that is looked at, outermost first.
struct nest {
    struct decl *items[MAX_NESTING];
    size_t depth;
};

static bool is_value(const char *kind)
{
    return strcmp(kind, "constant") == 0 || strcmp(kind, "variable") == 0;
}

static bool is_code(const char *kind)
{
    return strcmp(kind, "function") == 0 || strcmp(kind, "method") == 0 || strcmp(kind, "test") == 0;
}

// A symbol that is a container from the start, not because of what it is bound to.
static bool is_struct(const struct decl *decl)
{
    return decl->role == ROLE_SYMBOL && !is_value(decl->kind) && !is_code(decl->kind) &&
           strcmp(decl->kind, "type") != 0;
}

// Whether others can belong to it: not to a value, type or field that no container has claimed.
static bool holds(const struct decl *decl)
{
    if (decl->role == ROLE_SYMBOL)
        return decl->claimed || is_code(decl->kind) || is_struct(decl);
    return decl->role == ROLE_CONTAINER || decl->role == ROLE_SCOPE;
}

// A field belongs to no code around it: what a constructor's parameter declares is a field of the class.
static struct decl *holder(const struct nest *nest, const struct decl *decl)
{
    for (size_t i = nest->depth; i > 0; i--) {
        struct decl *around = nest->items[i - 1];
        bool passed = decl->role == ROLE_FIELD && around->role == ROLE_SYMBOL && is_code(around->kind);
        if (holds(around) && !passed)
            return around;
    }
    return NULL;
}

static const char *join(struct flow_arena *arena, const char *outer, const char *name)
{
    if (!*outer || !*name)
        return *outer ? outer : name;
    size_t outer_len = strlen(outer), len = strlen(name);
    char *path = flow_arena_alloc(arena, outer_len + len + 2);
    if (!path)
        return NULL;
    memcpy(path, outer, outer_len);
    path[outer_len] = '.';
    memcpy(path + outer_len + 1, name, len);
    return path;
}

// Gives a container the name of what it is the type of, or one of its own. One that stands in another and is
// the type of nothing (an anonymous union) only groups the fields of that one.
static int name_container(struct flow_facts *facts, const struct nest *nest, struct decl *decl,
                          struct flow_error *err)
{
    struct decl *owner = NULL;
    for (size_t i = nest->depth; i > 0 && !owner; i--) {
        if (nest->items[i - 1]->role != ROLE_SCOPE)
            owner = nest->items[i - 1];
    }
    if (owner && (owner->role == ROLE_CONTAINER || (is_struct(owner) && !owner->claimed))) {
        decl->path = owner->path;
        return 0;
    }
    if (owner && !owner->claimed) {
        owner->claimed = true;
        decl->path = owner->path;
        if (owner->role == ROLE_SYMBOL && !is_code(owner->kind)) {
            owner->kind = decl->kind;
            if (!owner->body) {
                owner->body = decl->body;
                owner->body_line = decl->body_line;
            }
        }
        return 0;
    }
    char name[80];
    snprintf(name, sizeof name, "%.60s@%u", decl->kind, (unsigned)decl->span.start_line);
    const char *copy = flow_arena_str(&facts->arena, name);
    decl->path = copy ? join(&facts->arena, decl->outer, copy) : NULL;
    return decl->path ? 0 : flow_error_nomem(err);
}

// A field without a name is called by its number, from 0, as in Rust.
static int number_field(struct flow_facts *facts, struct decl *around, struct decl *decl,
                        struct flow_error *err)
{
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)(around ? around->unnamed++ : 0));
    decl->name = flow_arena_str(&facts->arena, number);
    return decl->name ? 0 : flow_error_nomem(err);
}

// Several names of one declaration ("int a, b;") stand side by side.
static bool same_declaration(const struct decl *a, const struct decl *b)
{
    return a->role == b->role && a->span.start == b->span.start && a->span.end == b->span.end;
}

static int place(struct flow_facts *facts, struct nest *nest, struct decl *decl, struct flow_error *err)
{
    while (nest->depth > 0 && nest->items[nest->depth - 1]->span.end <= decl->span.start)
        nest->depth--;
    const struct decl *first = nest->depth > 0 ? nest->items[nest->depth - 1] : NULL;
    if (first && same_declaration(first, decl)) {
        decl->outer = first->outer;
        decl->outer_kind = first->outer_kind;
        decl->local = first->local;
        return 0;
    }
    struct decl *around = holder(nest, decl);
    if (decl->role == ROLE_FIELD && !*decl->name && number_field(facts, around, decl, err) != 0)
        return -1;
    decl->outer = around ? around->path : "";
    decl->outer_kind = around ? around->kind : "";
    decl->local = around && around->role == ROLE_SYMBOL && is_code(around->kind);
    if (decl->role != ROLE_CONTAINER)
        decl->path = join(&facts->arena, decl->outer, decl->name);
    else if (name_container(facts, nest, decl, err) != 0)
        return -1;
    if (!decl->path)
        return flow_error_nomem(err);
    if (nest->depth < MAX_NESTING)
        nest->items[nest->depth++] = decl;
    return 0;
}

static void count_kinds(const struct decl *decls, size_t count, struct flow_facts *facts)
{
    for (size_t i = 0; i < count; i++) {
        facts->symbol_count += decls[i].role == ROLE_SYMBOL;
        facts->field_count += decls[i].role == ROLE_FIELD;
        facts->import_count += decls[i].role == ROLE_IMPORT;
        facts->condition_count += decls[i].role == ROLE_CONDITION;
    }
}

static int allocate(struct flow_facts *facts, struct flow_error *err)
{
    struct flow_arena *arena = &facts->arena;
    facts->symbols = flow_arena_alloc(arena, (facts->symbol_count + 1) * sizeof *facts->symbols);
    facts->fields = flow_arena_alloc(arena, (facts->field_count + 1) * sizeof *facts->fields);
    facts->imports = flow_arena_alloc(arena, (facts->import_count + 1) * sizeof *facts->imports);
    facts->conditions = flow_arena_alloc(arena, (facts->condition_count + 1) * sizeof *facts->conditions);
    if (!facts->symbols || !facts->fields || !facts->imports || !facts->conditions)
        return flow_error_nomem(err);
    facts->symbol_count = facts->field_count = facts->import_count = facts->condition_count = 0;
    return 0;
}

static void keep_symbol(struct flow_facts *facts, const struct decl *decl)
{
    // Values of a function are its own, and so is what it only announces: a prototype, or, in C++, an object
    // that reads like one ("std::thread worker(run);").
    if (decl->local && (is_value(decl->kind) || (is_code(decl->kind) && !decl->body)))
        return;
    struct flow_symbol *symbol = &facts->symbols[facts->symbol_count++];
    *symbol = (struct flow_symbol){.kind = decl->kind,
                                   .name = decl->name,
                                   .container = decl->outer,
                                   .signature = "",
                                   .span = decl->span,
                                   .is_public = decl->is_public};
    if (decl->body)
        symbol->body = (struct flow_span){decl->body, decl->span.end, decl->body_line, decl->span.end_line};
}

static void keep(struct flow_facts *facts, const struct decl *decl)
{
    if (decl->role == ROLE_SYMBOL) {
        keep_symbol(facts, decl);
    } else if (decl->role == ROLE_FIELD) {
        facts->fields[facts->field_count++] = (struct flow_field){
            decl->name, decl->extra, decl->outer, decl->outer_kind, decl->name_line, decl->is_pointer};
    } else if (decl->role == ROLE_IMPORT) {
        facts->imports[facts->import_count++] =
            (struct flow_import){decl->kind, decl->name, decl->extra, decl->span.start_line};
    } else if (decl->role == ROLE_CONDITION) {
        facts->conditions[facts->condition_count++] = (struct flow_condition){decl->name, decl->span};
    }
}

// Fields at the top of a file belong to the name that the file gives itself.
static void name_file(struct decl *decls, size_t count, const struct decl *file)
{
    for (size_t i = 0; file && i < count; i++) {
        if (decls[i].role == ROLE_FIELD && !*decls[i].outer) {
            decls[i].outer = file->name;
            decls[i].outer_kind = file->kind;
        }
    }
}

int facts_arrange(struct flow_facts *facts, struct decl *decls, size_t count, struct flow_error *err)
{
    count = unique(decls, count);
    struct nest nest = {.depth = 0};
    const struct decl *file = NULL;
    for (size_t i = 0; i < count; i++) {
        if (decls[i].role >= ROLE_IMPORT)
            continue;
        if (place(facts, &nest, &decls[i], err) != 0)
            return -1;
        if (decls[i].role == ROLE_FILE && !file && !*decls[i].outer)
            file = &decls[i];
    }
    name_file(decls, count, file);
    if (facts_follow_aliases(decls, count, err) != 0)
        return -1;
    count_kinds(decls, count, facts);
    if (allocate(facts, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        keep(facts, &decls[i]);
    return 0;
}

int facts_sign(struct flow_facts *facts, const char *source, struct flow_error *err)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        struct flow_symbol *symbol = &facts->symbols[i];
        symbol->signature = "";
        if (!source)
            continue;
        uint32_t end = symbol->body.end ? symbol->body.start : symbol->span.end;
        symbol->signature = facts_fold(&facts->arena, source, symbol->span.start, end, MAX_SIGNATURE);
        if (!symbol->signature)
            return flow_error_nomem(err);
    }
    return 0;
}
