// SPDX-License-Identifier: MIT
#include "analyze_rules.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"

static const struct {
    const char *name; /* ends with ':': a marker follows */
    enum template_var var;
} variables[] = {
    {"dir", VAR_DIR},         {"near", VAR_NEAR}, {"path", VAR_PATH},  {"stem", VAR_STEM},
    {"last", VAR_LAST},       {"item", VAR_ITEM}, {"base", VAR_BASE},  {"module", VAR_MODULE},
    {"start", VAR_START},     {"rest", VAR_REST}, {"root:", VAR_ROOT}, {"named:", VAR_NAMED},
    {"include", VAR_INCLUDE},
};

struct compiler {
    struct import_rules *rules;
    struct flow_error *err;
};

static int fail(const struct compiler *compiler, const char *text, const char *why)
{
    return flow_error_set(compiler->err, FLOW_E_INVALID, "language '%s': %s: '%s'",
                          flow_language_name(compiler->rules->language), why, text);
}

static int add_part(struct compiler *compiler, struct template *template, const struct template_part *part)
{
    if (flow_grow(&template->parts, &template->cap, template->count + 1, sizeof *template->parts,
                  compiler->err) != 0)
        return -1;
    template->parts[template->count++] = *part;
    return 0;
}

static int add_text(struct compiler *compiler, struct template *template, const char *text, size_t len)
{
    struct template_part part = {.var = VAR_NONE};
    if (len == 0)
        return 0;
    part.text = flow_arena_strn(&compiler->rules->arena, text, len);
    return part.text ? add_part(compiler, template, &part) : flow_error_nomem(compiler->err);
}

// Index of a marker, which is made where no [root] section has.
static int find_marker(struct compiler *compiler, const char *file, size_t len, size_t *out)
{
    struct import_rules *rules = compiler->rules;
    for (*out = 0; *out < rules->marker_count; (*out)++) {
        const char *name = rules->markers[*out].file;
        if (strlen(name) == len && memcmp(name, file, len) == 0)
            return 0;
    }
    if (flow_grow(&rules->markers, &rules->marker_cap, rules->marker_count + 1, sizeof *rules->markers,
                  compiler->err) != 0)
        return -1;
    struct marker marker = {.file = flow_arena_strn(&rules->arena, file, len), .source = ""};
    if (!marker.file)
        return flow_error_nomem(compiler->err);
    rules->markers[rules->marker_count++] = marker;
    return 0;
}

static int add_variable(struct compiler *compiler, struct template *template, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        size_t size = strlen(variables[i].name);
        bool marked = variables[i].name[size - 1] == ':';
        if (len < size || memcmp(name, variables[i].name, size) != 0 || (marked ? len == size : len != size))
            continue;
        struct template_part part = {.var = variables[i].var};
        if (marked && find_marker(compiler, name + size, len - size, &part.marker) != 0)
            return -1;
        return add_part(compiler, template, &part);
    }
    return fail(compiler, name, "no such variable");
}

static int compile_template(struct compiler *compiler, const char *text, struct template *out)
{
    size_t len = strlen(text);
    *out = (struct template){0};
    if (flow_str_starts(text, "**/")) {
        out->is_suffix = true;
        text += 3;
        len -= 3;
    }
    if (len > 0 && text[len - 1] == '/') {
        out->is_folder = true;
        len--;
    }
    for (size_t at = 0; at < len;) {
        const char *open = strstr(text + at, "${");
        size_t plain = open && (size_t)(open - text) < len ? (size_t)(open - text) : len;
        if (add_text(compiler, out, text + at, plain - at) != 0)
            return -1;
        at = plain;
        if (at == len)
            break;
        const char *close = memchr(open, '}', len - at);
        if (!close)
            return fail(compiler, text, "a variable does not end");
        if (add_variable(compiler, out, open + 2, (size_t)(close - open) - 2) != 0)
            return -1;
        at = (size_t)(close - text) + 1;
    }
    return 0;
}

bool template_uses(const struct template *template, enum template_var var)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].var == var)
            return true;
    }
    return false;
}

// Where the first "{a,b}" of a template begins that is no variable, or NULL.
static const char *find_brace(const char *text)
{
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        if (at == text || at[-1] != '$')
            return at;
    }
    return NULL;
}

// Adds a template once for each of its alternatives.
static int add_tries(struct compiler *compiler, struct import_rule *rule, const char *text)
{
    const char *open = find_brace(text), *close = open ? strchr(open, '}') : NULL;
    if (!open || !close) {
        if (flow_grow(&rule->tries, &rule->try_cap, rule->try_count + 1, sizeof *rule->tries,
                      compiler->err) != 0)
            return -1;
        return compile_template(compiler, text, &rule->tries[rule->try_count++]);
    }
    int result = 0;
    struct flow_buf one;
    flow_buf_init(&one, FLOW_BUF_LINE);
    for (const char *at = open + 1; result == 0 && at <= close;) {
        size_t len = strcspn(at, ",}");
        flow_buf_clear(&one);
        flow_buf_add(&one, text, (size_t)(open - text));
        flow_buf_add(&one, at, len);
        flow_buf_puts(&one, close + 1);
        result = flow_buf_check(&one, "a template", compiler->err);
        if (result == 0)
            result = add_tries(compiler, rule, one.data);
        at += len + 1;
    }
    flow_buf_release(&one);
    return result;
}

static int add_start(struct compiler *compiler, struct import_rule *rule, const char *text)
{
    size_t word = strcspn(text, " \t");
    const char *template = text + word + strspn(text + word, " \t");
    if (word == 0 || !*template)
        return fail(compiler, text, "start is not a word and a template");
    if (flow_grow(&rule->starts, &rule->start_cap, rule->start_count + 1, sizeof *rule->starts,
                  compiler->err) != 0)
        return -1;
    struct import_start *start = &rule->starts[rule->start_count++];
    *start = (struct import_start){.word = flow_arena_strn(&compiler->rules->arena, text, word)};
    if (!start->word)
        return flow_error_nomem(compiler->err);
    if (compile_template(compiler, template, &start->template) != 0)
        return -1;
    start->repeats = template_uses(&start->template, VAR_START);
    return 0;
}

/* Bytes of "section.name.key". A name that is longer is in no section. */
#define KEY_SIZE 300

// The key section.name.last, in key.
static const char *key_of(char key[KEY_SIZE], const char *section, const char *name, const char *last)
{
    snprintf(key, KEY_SIZE, "%s.%s.%s", section, name, last);
    return key;
}

static int read_lists(struct compiler *compiler, struct import_rule *rule, char key[KEY_SIZE])
{
    const struct flow_language *language = compiler->rules->language;
    const struct {
        const char *key;
        struct flow_strv *out;
    } lists[] = {
        {"cut", &rule->cut}, {"drop", &rule->drop}, {"exclude", &rule->exclude}, {"outside", &rule->outside}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *name = key_of(key, "import", rule->kind, lists[i].key);
        if (flow_language_list(language, name, true, lists[i].out, compiler->err) != 0)
            return -1;
    }
    return 0;
}

static int read_templates(struct compiler *compiler, struct import_rule *rule, char key[KEY_SIZE])
{
    const struct flow_language *language = compiler->rules->language;
    struct flow_strv starts, tries;
    flow_strv_init(&starts);
    flow_strv_init(&tries);
    int result = flow_language_list(language, key_of(key, "import", rule->kind, "start"), false, &starts,
                                    compiler->err);
    if (result == 0)
        result = flow_language_list(language, key_of(key, "import", rule->kind, "try"), false, &tries,
                                    compiler->err);
    for (size_t i = 0; result == 0 && i < starts.count; i++)
        result = add_start(compiler, rule, starts.items[i]);
    for (size_t i = 0; result == 0 && i < tries.count; i++)
        result = add_tries(compiler, rule, tries.items[i]);
    flow_strv_release(&starts);
    flow_strv_release(&tries);
    return result;
}

static const char *text_of(struct compiler *compiler, const char *key, const char *fallback)
{
    const char *value = flow_language_str(compiler->rules->language, key);
    return flow_arena_str(&compiler->rules->arena, value ? value : fallback);
}

static int read_rule(struct compiler *compiler, struct import_rule *rule)
{
    char key[KEY_SIZE];
    const char *kind = rule->kind;
    rule->separator = text_of(compiler, key_of(key, "import", kind, "separator"), "/");
    const char *expand = text_of(compiler, key_of(key, "import", kind, "expand"), "");
    const char *dots = text_of(compiler, key_of(key, "import", kind, "dots"), "");
    const char *shorten = text_of(compiler, key_of(key, "import", kind, "shorten"), "0");
    if (!rule->separator || !expand || !dots || !shorten)
        return flow_error_nomem(compiler->err);
    rule->expand_braces = strcmp(expand, "braces") == 0;
    rule->dots = strcmp(dots, "true") == 0;
    rule->shorten = LONG_MAX;
    if (strcmp(shorten, "all") != 0 &&
        flow_parse_long(shorten, "shorten", 0, LONG_MAX, &rule->shorten, compiler->err) != 0)
        return -1;
    if (!*rule->separator)
        return fail(compiler, kind, "the separator of an import is empty");
    return read_lists(compiler, rule, key) == 0 ? read_templates(compiler, rule, key) : -1;
}

static int add_rule(struct compiler *compiler, const char *kind)
{
    struct import_rules *rules = compiler->rules;
    if (import_rules_find(rules, kind))
        return 0;
    const char *copy = flow_arena_str(&rules->arena, kind);
    if (!copy)
        return flow_error_nomem(compiler->err);
    if (flow_grow(&rules->items, &rules->cap, rules->count + 1, sizeof *rules->items, compiler->err) != 0)
        return -1;
    rules->items[rules->count] = (struct import_rule){.kind = copy};
    return read_rule(compiler, &rules->items[rules->count++]);
}

static int compile_name(struct compiler *compiler, struct marker *marker, const char *text)
{
    if (!*text || marker->has_name)
        return 0;
    if (regcomp(&marker->name, text, REG_EXTENDED | REG_NEWLINE) != 0)
        return fail(compiler, text, "not a regular expression");
    marker->has_name = true;
    return 0;
}

static int add_root(struct compiler *compiler, const char *file)
{
    char key[KEY_SIZE];
    size_t index;
    if (find_marker(compiler, file, strlen(file), &index) != 0)
        return -1;
    const char *name = text_of(compiler, key_of(key, "root", file, "name"), "");
    const char *replace = text_of(compiler, key_of(key, "root", file, "replace"), "");
    const char *source = text_of(compiler, key_of(key, "root", file, "source"), "");
    if (!name || !replace || !source)
        return flow_error_nomem(compiler->err);
    struct marker *marker = &compiler->rules->markers[index];
    marker->source = source;
    if (*replace && (strlen(replace) != 3 || replace[1] != '='))
        return fail(compiler, replace, "replace is not 'a=b'");
    marker->from = replace[0];
    marker->to = *replace ? replace[2] : '\0';
    return compile_name(compiler, marker, name);
}

// Calls add for the name of each [section "name"] of the language and of the one that it is like.
static int each_section(struct compiler *compiler, const char *section,
                        int (*add)(struct compiler *compiler, const char *name))
{
    struct flow_strv names;
    flow_strv_init(&names);
    int result = flow_language_sections(compiler->rules->language, section, &names, compiler->err);
    for (size_t i = 0; result == 0 && i < names.count; i++)
        result = add(compiler, names.items[i]);
    flow_strv_release(&names);
    return result;
}

int import_rules_init(struct import_rules *rules, const struct flow_language *language,
                      struct flow_error *err)
{
    *rules = (struct import_rules){.language = language};
    flow_arena_init(&rules->arena);
    struct compiler compiler = {rules, err};
    const char *scope = flow_language_str(language, "package.scope");
    rules->package_is_folder = scope && strcmp(scope, "folder") == 0;
    if (each_section(&compiler, "root", add_root) == 0 && each_section(&compiler, "import", add_rule) == 0 &&
        flow_language_list(language, "modules.index", true, &rules->index, err) == 0 &&
        flow_language_list(language, "package.exclude", true, &rules->package_exclude, err) == 0 &&
        flow_language_list(language, "package.root", true, &rules->package_roots, err) == 0)
        return 0;
    import_rules_release(rules);
    return -1;
}

static void release_rule(struct import_rule *rule)
{
    flow_strv_release(&rule->cut);
    flow_strv_release(&rule->drop);
    flow_strv_release(&rule->outside);
    flow_strv_release(&rule->exclude);
    for (size_t i = 0; i < rule->start_count; i++)
        free(rule->starts[i].template.parts);
    for (size_t i = 0; i < rule->try_count; i++)
        free(rule->tries[i].parts);
    free(rule->starts);
    free(rule->tries);
}

void import_rules_release(struct import_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        release_rule(&rules->items[i]);
    free(rules->items);
    for (size_t i = 0; i < rules->marker_count; i++) {
        if (rules->markers[i].has_name)
            regfree(&rules->markers[i].name);
    }
    free(rules->markers);
    flow_strv_release(&rules->index);
    flow_strv_release(&rules->package_exclude);
    flow_strv_release(&rules->package_roots);
    flow_arena_release(&rules->arena);
    *rules = (struct import_rules){0};
}

const struct import_rule *import_rules_find(const struct import_rules *rules, const char *kind)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (strcmp(rules->items[i].kind, kind) == 0)
            return &rules->items[i];
    }
    return NULL;
}
