// SPDX-License-Identifier: MIT
#include "template.h"

#include <string.h>

static const char *value_of(const struct flow_variable *variables, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(variables[i].name) == len && memcmp(variables[i].name, name, len) == 0)
            return variables[i].value;
    }
    return NULL;
}

int flow_template_fill(struct flow_buf *out, const char *text, const struct flow_variable *variables,
                       size_t count, const char *what, struct flow_error *err)
{
    const char *open;
    while ((open = strstr(text, "${"))) {
        const char *name = open + 2, *close = strchr(name, '}');
        if (!close)
            break;
        const char *value = value_of(variables, count, name, (size_t)(close - name));
        if (!value)
            return flow_error_set(err, FLOW_E_INVALID, "unknown variable '${%.*s}' in %s",
                                  (int)(close - name), name, what);
        flow_buf_add(out, text, (size_t)(open - text));
        flow_buf_puts(out, value);
        text = close + 1;
    }
    flow_buf_puts(out, text);
    return flow_buf_check(out, what, err);
}
