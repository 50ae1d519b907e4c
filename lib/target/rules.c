// SPDX-License-Identifier: MIT
#include "rules.h"

#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"

static int conf_load(struct flow_rules *rules, const struct flow_language *target, struct flow_error *err)
{
    struct flow_buf path, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_config_new(&rules->conf, err);
    if (result == 0)
        result = flow_language_file(target, "scaffold/scaffold.conf", &path, err);
    if (result > 0) {
        result = flow_file_read(path.data, &text, err);
        if (result == 0)
            result = flow_config_add_installed(rules->conf, text.data, text.len, path.data, err);
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

// "list" keys: several values, each with several words.
static int words_add(struct flow_strv *out, const char *text, struct flow_error *err)
{
    for (;;) {
        text += strspn(text, " \t");
        size_t len = strcspn(text, " \t");
        if (!len)
            return 0;
        if (flow_strv_addn(out, text, len, err) < 0)
            return -1;
        text += len;
    }
}

static int words_load(struct flow_rules *rules, struct flow_error *err)
{
    struct flow_strv values;
    flow_strv_init(&values);
    int result = flow_config_list(rules->conf, "target.word", &values, err);
    for (size_t i = 0; result == 0 && i < values.count; i++)
        result = words_add(&rules->words, values.items[i], err);
    flow_strv_release(&values);
    return result;
}

// Without a rule: the first extension by which the language is known.
static int extension_load(struct flow_rules *rules, const struct flow_language *target,
                          struct flow_error *err)
{
    struct flow_strv known;
    flow_strv_init(&known);
    int result = flow_config_list(flow_language_config(target), "language.extension", &known, err);
    const char *text = flow_config_str(rules->conf, "target.extension", known.count ? known.items[0] : "");
    size_t len = strcspn(text, " \t");
    if (result == 0 && len >= sizeof rules->extension)
        result = flow_error_set(err, FLOW_E_INVALID, "extension '%s' is too long", text);
    if (result == 0)
        memcpy(rules->extension, text, len);
    flow_strv_release(&known);
    return result < 0 ? -1 : 0;
}

int flow_rules_load(struct flow_rules *out, const struct flow_language *target, struct flow_error *err)
{
    *out = (struct flow_rules){0};
    flow_strv_init(&out->words);
    if (conf_load(out, target, err) < 0 || words_load(out, err) < 0 || extension_load(out, target, err) < 0 ||
        flow_config_bool(out->conf, "target.identifier", false, &out->identifier, err) < 0 ||
        flow_config_bool(out->conf, "target.lower", false, &out->lower, err) < 0) {
        flow_rules_release(out);
        return -1;
    }
    out->folder = flow_config_str(out->conf, "target.folder", "");
    out->prefix = flow_config_str(out->conf, "target.prefix", "");
    out->separator = flow_config_str(out->conf, "target.separator", "/");
    out->formatter = flow_config_str(out->conf, "target.formatter", "");
    return 0;
}

void flow_rules_release(struct flow_rules *rules)
{
    flow_strv_release(&rules->words);
    flow_config_free(rules->conf);
    rules->conf = NULL;
}

const char *flow_rules_version(const struct flow_rules *rules, const struct flow_config *config)
{
    return flow_config_str(config, "target.version", flow_config_str(rules->conf, "target.version", ""));
}
