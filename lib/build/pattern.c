// SPDX-License-Identifier: MIT
#include "pattern.h"

#include <string.h>

#include "flow/base/buf.h"

// A regular expression may take time that grows with the square of a line.
#define LINE_MAX_LOOK 2000
// Groups in front of the last place, those of expressions in braces counted.
#define GROUPS_MAX    20

// What stands at a place by default. A name of a file has no ':', since what follows it most often does.
static const struct {
    char letter;
    enum flow_part part;
    const char *expression;
} places[] = {
    {'f', FLOW_PART_FILE, "[^:[:blank:]][^:]*"},
    {'l', FLOW_PART_LINE, "[0-9]+"},
    {'c', FLOW_PART_COLUMN, "[0-9]+"},
    {'t', FLOW_PART_SEVERITY,
     "fatal error|error|warning|note|info|information|help|hint|Error|Warning|ERROR|WARNING|WARN|INFO"},
    {'n', FLOW_PART_CODE, "[A-Za-z0-9_,=+.-]+"},
    {'m', FLOW_PART_MESSAGE, ".+"},
    {'*', FLOW_PART_COUNT, ".*"},
};

struct compiler {
    struct flow_buf regex;
    struct flow_pattern *pattern;
    const char *text; // all of it, for errors
    int groups;
};

static int invalid(const struct compiler *compiler, const char *what, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "bad pattern '%s': %s", compiler->text, what);
}

// How many groups an expression has; -1 where it is none.
static int count_groups(const char *expression, struct flow_error *err)
{
    regex_t regex;
    int status = regcomp(&regex, expression, REG_EXTENDED);
    if (status != 0)
        return status == REG_ESPACE
                   ? flow_error_nomem(err)
                   : flow_error_set(err, FLOW_E_INVALID, "bad regular expression '%s'", expression);
    int count = (int)regex.re_nsub;
    regfree(&regex);
    return count;
}

// Adds the place whose letter stands at `at`; returns what follows it, NULL on failure.
static const char *add_place(struct compiler *compiler, const char *at, struct flow_error *err)
{
    size_t i = 0;
    while (i < sizeof places / sizeof *places && places[i].letter != *at)
        i++;
    if (i == sizeof places / sizeof *places) {
        invalid(compiler, "% is followed by none of f l c t n m * %", err);
        return NULL;
    }
    enum flow_part part = places[i].part;
    if (part < FLOW_PART_COUNT && compiler->pattern->group[part]) {
        invalid(compiler, "it has a place twice", err);
        return NULL;
    }
    struct flow_buf expression;
    flow_buf_init(&expression, FLOW_BUF_LINE);
    at++;
    const char *end = *at == '{' ? strchr(at, '}') : NULL;
    if (end)
        flow_buf_add(&expression, at + 1, (size_t)(end - at - 1));
    else
        flow_buf_puts(&expression, places[i].expression);
    int inner = expression.failed ? flow_error_nomem(err) : count_groups(expression.data, err);
    flow_buf_printf(&compiler->regex, "(%s)", expression.data);
    flow_buf_release(&expression);
    if (inner < 0)
        return NULL;
    compiler->groups++;
    if (part < FLOW_PART_COUNT)
        compiler->pattern->group[part] = compiler->groups;
    compiler->groups += inner;
    return end ? end + 1 : at;
}

static int translate(struct compiler *compiler, struct flow_error *err)
{
    flow_buf_putc(&compiler->regex, '^');
    for (const char *at = compiler->text; *at;) {
        char c = *at++;
        if (c == '%' && *at == '%') {
            flow_buf_putc(&compiler->regex, *at++);
        } else if (c == '%') {
            at = add_place(compiler, at, err);
            if (!at)
                return -1;
        } else if (c == ' ') {
            flow_buf_puts(&compiler->regex, "[[:blank:]]+");
        } else {
            if (strchr(".[]*^$+?(){}|\\", c))
                flow_buf_putc(&compiler->regex, '\\');
            flow_buf_putc(&compiler->regex, c);
        }
    }
    flow_buf_putc(&compiler->regex, '$');
    if (compiler->groups >= GROUPS_MAX)
        return invalid(compiler, "it has too many parts", err);
    return flow_buf_check(&compiler->regex, "pattern", err);
}

int flow_pattern_compile(struct flow_pattern *out, const char *text, struct flow_error *err)
{
    struct compiler compiler = {.pattern = out, .text = text};
    *out = (struct flow_pattern){.group = {0}};
    flow_buf_init(&compiler.regex, FLOW_BUF_LINE);
    int result = translate(&compiler, err);
    if (result == 0) {
        int status = regcomp(&out->regex, compiler.regex.data, REG_EXTENDED);
        if (status != 0)
            result = status == REG_ESPACE ? flow_error_nomem(err)
                                          : invalid(&compiler, "it is no regular expression", err);
    }
    flow_buf_release(&compiler.regex);
    return result;
}

void flow_pattern_release(struct flow_pattern *pattern)
{
    regfree(&pattern->regex);
}

int flow_pattern_match(const struct flow_pattern *pattern, struct flow_match *out, const char *line,
                       size_t len, struct flow_error *err)
{
    regmatch_t groups[GROUPS_MAX] = {{.rm_so = 0, .rm_eo = (regoff_t)len}};
    *out = (struct flow_match){.at = {NULL}};
    if (len > LINE_MAX_LOOK)
        return 0;
    // Whether it fits at all is found out many times faster than where its groups are.
    int status = regexec(&pattern->regex, line, 0, groups, REG_STARTEND);
    if (status == 0)
        status = regexec(&pattern->regex, line, GROUPS_MAX, groups, REG_STARTEND);
    if (status == REG_ESPACE)
        return flow_error_nomem(err);
    if (status != 0)
        return 0;
    for (int i = 0; i < FLOW_PART_COUNT; i++) {
        const regmatch_t *group = &groups[pattern->group[i]];
        if (pattern->group[i] == 0 || group->rm_so < 0)
            continue;
        out->at[i] = line + group->rm_so;
        out->len[i] = (size_t)(group->rm_eo - group->rm_so);
    }
    return 1;
}
