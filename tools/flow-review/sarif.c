// SPDX-License-Identifier: MIT
/*
 * SARIF 2.1.0, as far as a viewer of findings needs it: the rules are the two questions that reviewers have.
 */
#include <stdio.h>
#include <string.h>

#include "flow/base/json.h"
#include "show.h"

static const char *level(const char *severity)
{
    return strcmp(severity, "blocker") == 0 ? "error" : strcmp(severity, "major") == 0 ? "warning" : "note";
}

// A path as the URI of a file below the repository.
static void put_uri(struct flow_jsonw *json, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    struct flow_buf uri;
    flow_buf_init(&uri, FLOW_BUF_TEXT);
    for (const char *at = path; *at; at++) {
        if (strchr(plain, *at))
            flow_buf_putc(&uri, *at);
        else
            flow_buf_printf(&uri, "%%%02X", (unsigned char)*at);
    }
    flow_jsonw_member(json, "uri", uri.data);
    flow_buf_release(&uri);
}

static void put_message(struct flow_jsonw *json, const char *key, const char *text)
{
    flow_jsonw_key(json, key);
    flow_jsonw_object(json);
    flow_jsonw_member(json, "text", text);
    flow_jsonw_object_end(json);
}

static void put_location(struct flow_jsonw *json, const struct flow_review_finding *finding)
{
    flow_jsonw_key(json, "locations");
    flow_jsonw_array(json);
    flow_jsonw_object(json);
    flow_jsonw_key(json, "physicalLocation");
    flow_jsonw_object(json);
    flow_jsonw_key(json, "artifactLocation");
    flow_jsonw_object(json);
    put_uri(json, finding->file);
    flow_jsonw_member(json, "uriBaseId", "%SRCROOT%");
    flow_jsonw_object_end(json);
    // A line of what was there before is no line of the file as a viewer shows it.
    if (finding->line > 0) {
        flow_jsonw_key(json, "region");
        flow_jsonw_object(json);
        flow_jsonw_key(json, "startLine");
        flow_jsonw_int(json, finding->line);
        put_message(json, "snippet", finding->after);
        flow_jsonw_object_end(json);
    }
    flow_jsonw_object_end(json);
    flow_jsonw_object_end(json);
    flow_jsonw_array_end(json);
}

static void put_result(struct flow_jsonw *json, const struct flow_review_finding *finding)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, finding->claim);
    if (*finding->before)
        flow_buf_printf(&text, "\nbefore: %s", finding->before);
    if (*finding->fix)
        flow_buf_printf(&text, "\nproposed: %s", finding->fix);
    flow_jsonw_object(json);
    flow_jsonw_member(json, "ruleId", finding->by);
    flow_jsonw_member(json, "level", level(finding->severity));
    put_message(json, "message", text.data);
    put_location(json, finding);
    if (finding->dismissed) {
        flow_jsonw_key(json, "suppressions");
        flow_jsonw_array(json);
        flow_jsonw_object(json);
        flow_jsonw_member(json, "kind", "external");
        flow_jsonw_member(json, "justification", finding->dismissed);
        flow_jsonw_object_end(json);
        flow_jsonw_array_end(json);
    }
    flow_jsonw_key(json, "properties");
    flow_jsonw_object(json);
    flow_jsonw_member(json, "severity", finding->severity);
    flow_jsonw_object_end(json);
    flow_jsonw_object_end(json);
    flow_buf_release(&text);
}

static void put_rule(struct flow_jsonw *json, const char *id, const char *question)
{
    flow_jsonw_object(json);
    flow_jsonw_member(json, "id", id);
    put_message(json, "shortDescription", question);
    flow_jsonw_object_end(json);
}

static void put_tool(struct flow_jsonw *json)
{
    flow_jsonw_key(json, "tool");
    flow_jsonw_object(json);
    flow_jsonw_key(json, "driver");
    flow_jsonw_object(json);
    flow_jsonw_member(json, "name", "flow-review");
    flow_jsonw_member(json, "version", FLOW_VERSION);
    flow_jsonw_key(json, "rules");
    flow_jsonw_array(json);
    put_rule(json, "behaviour", "Does it do something wrong for some input?");
    put_rule(json, "soundness", "Does it compile, is it sound, and what may others now do?");
    flow_jsonw_array_end(json);
    flow_jsonw_object_end(json);
    flow_jsonw_object_end(json);
}

int show_sarif(const struct flow_review_outcome *outcome, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_jsonw json;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_jsonw_init(&json, &text);
    flow_jsonw_object(&json);
    flow_jsonw_member(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    flow_jsonw_member(&json, "version", "2.1.0");
    flow_jsonw_key(&json, "runs");
    flow_jsonw_array(&json);
    flow_jsonw_object(&json);
    put_tool(&json);
    flow_jsonw_key(&json, "results");
    flow_jsonw_array(&json);
    for (size_t i = 0; i < outcome->count; i++)
        put_result(&json, &outcome->findings[i]);
    flow_jsonw_array_end(&json);
    flow_jsonw_object_end(&json);
    flow_jsonw_array_end(&json);
    flow_jsonw_object_end(&json);
    int result = flow_buf_check(&text, "the log", err);
    if (result == 0) {
        fwrite(text.data, 1, text.len, stdout);
        putchar('\n');
    }
    flow_buf_release(&text);
    return result;
}
