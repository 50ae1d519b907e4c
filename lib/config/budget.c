// SPDX-License-Identifier: MIT
#include "flow/config/budget.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

// The number at *at in billionths, so that a fraction of a dollar is exact; false where there is none or it
// is too large.
static bool read_number(const char **at, int64_t *nano)
{
    const int64_t unit = 1000000000;
    int64_t whole = 0, fraction = 0, scale = unit;
    const char *p = *at;
    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++)
        if ((whole = whole * 10 + (*p - '0')) > 9000000000)
            return false;
    if (*p == '.') {
        if (!isdigit((unsigned char)*++p))
            return false;
        for (; isdigit((unsigned char)*p); p++) {
            scale /= 10;
            fraction += (*p - '0') * scale;
        }
    }
    *nano = whole * unit + fraction;
    *at = p;
    return true;
}

static bool read_part(const char *part, size_t len, struct flow_budget *out)
{
    static const struct {
        const char *word;
        int64_t divide; // of a number in billionths
    } units[] = {{"usd", 1}, {"tok", 1000000000}, {"calls", 1000000000}};
    int64_t *const fields[] = {&out->nano_usd, &out->tokens, &out->calls};
    const char *at = part;
    int64_t number, factor = 1;
    if (!read_number(&at, &number))
        return false;
    if (*at == 'k' || *at == 'M')
        factor = *at++ == 'k' ? 1000 : 1000000;
    if (number > INT64_MAX / factor)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t word = strlen(units[i].word);
        if ((size_t)(part + len - at) != word || memcmp(at, units[i].word, word) != 0)
            continue;
        *fields[i] = number * factor / units[i].divide;
        return true;
    }
    return false;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

void flow_budget_least(struct flow_budget *budget, const struct flow_budget *other)
{
    budget->nano_usd = least(budget->nano_usd, other->nano_usd);
    budget->tokens = least(budget->tokens, other->tokens);
    budget->calls = least(budget->calls, other->calls);
}

int flow_budget_parse(const char *text, const char *what, struct flow_budget *out, struct flow_error *err)
{
    *out = (struct flow_budget){.nano_usd = -1, .tokens = -1, .calls = -1};
    for (const char *part = text;; part++) {
        size_t len = strcspn(part, ",");
        if (!read_part(part, len, out))
            return flow_error_set(err, FLOW_E_USAGE,
                                  "%s: '%s' is no budget: give it as 25usd, 2Mtok or 300calls", what, text);
        part += len;
        if (!*part)
            return 0;
    }
}
