// SPDX-License-Identifier: MIT
// Fields whose type is another name of a pointer, declared in the same file: a typedef of a function pointer.
#include <stdlib.h>
#include <string.h>

#include "decl.h"

static int by_text(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

static bool is_alias(const struct decl *decl)
{
    return decl->role == ROLE_SYMBOL && decl->is_pointer && strcmp(decl->kind, "type") == 0;
}

// The last name of a type that is nothing but a name ("?Group.Callback", "const callback"), else NULL.
static const char *last_name(const char *type)
{
    const char *name = type;
    for (const char *at = type; *at; at++) {
        if (strchr("?.: ", *at))
            name = at + 1;
        else if (strchr("*&<>()[]{},;", *at))
            return NULL;
    }
    return *name ? name : NULL;
}

int facts_follow_aliases(struct decl *decls, size_t count, struct flow_error *err)
{
    size_t alias_count = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        alias_count += is_alias(&decls[i]);
    if (alias_count == 0)
        return 0;
    const char **aliases = malloc(alias_count * sizeof *aliases);
    if (!aliases)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        if (is_alias(&decls[i]))
            aliases[at++] = decls[i].name;
    }
    qsort(aliases, alias_count, sizeof *aliases, by_text);
    for (size_t i = 0; i < count; i++) {
        const char *name =
            decls[i].role == ROLE_FIELD && !decls[i].is_pointer ? last_name(decls[i].extra) : NULL;
        if (name && bsearch(&name, aliases, alias_count, sizeof *aliases, by_text))
            decls[i].is_pointer = true;
    }
    free(aliases);
    return 0;
}
