// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/job/agent.h"
#include "flow/ui/census.h"
#include "flow/ui/option.h"
#include "flow/ui/tool.h"

static const char about[] =
    "Reads a prompt from standard input, asks one model, and prints its reply.\n\n"
    "The reply is in the ledger before it is printed: the same prompt, system text,\n"
    "schema and options are answered from there when they come again, free, until\n"
    "--fresh asks anew. With --schema the reply is JSON and nothing else; one that is\n"
    "not is sent back with the reason, twice at most. With --tools the model may look\n"
    "things up in the files of the repository; it cannot change anything.";

static const char examples[] = "# What does this function do?\n"
                               "sed -n 10,60p src/cell.c | flow-agent --system explain.txt\n"
                               "# The same model for all that follows\n"
                               "git config flow.model.default anthropic/claude-sonnet-5-5\n"
                               "# A program as the model\n"
                               "flow-agent --model 'command/claude -p' <prompt.txt";

enum { EFFORT_DEFAULT };
static const char *const efforts[] = {"default", "low", "medium", "high", "xhigh", "max", NULL};

struct arguments {
    const char *directory, *model, *system, *schema, *record;
    int effort;
    long max_tokens;
    bool tools, fresh, quiet;
};

static int read_text(const char *path, struct flow_buf *out, struct flow_error *err)
{
    if (path == NULL)
        return 0;
    if (flow_file_read(path, out, err) != 0)
        return -1;
    return flow_buf_check(out, path, err);
}

static int read_schema(const char *path, struct flow_buf *out, struct flow_error *err)
{
    struct flow_json *document = NULL;
    int rc;

    if (path == NULL)
        return 0;
    if (read_text(path, out, err) != 0)
        return -1;
    rc = flow_json_parse(&document, out->data, out->len, err);
    if (rc == 0 && flow_json_type(document) != FLOW_JSON_OBJECT)
        rc = flow_error_set(err, FLOW_E_INVALID, "a schema is a JSON object");
    flow_json_free(document);
    return rc == 0 ? 0 : flow_error_wrap(err, "schema '%s'", path);
}

static int print_census(const struct flow_agent_result *result, struct flow_error *err)
{
    struct flow_census census;
    char money[48], tokens[64];
    int rc;

    snprintf(money, sizeof money, result->unpriced_calls > 0 ? "not known" : "$%.4f",
             (double)result->nano_usd / 1e9);
    snprintf(tokens, sizeof tokens, "%" PRIu64 " in, %" PRIu64 " out", result->input, result->output);
    flow_census_init(&census);
    flow_census_count(&census, "calls", result->calls,
                      result->calls == 0 ? "the reply was stored already" : NULL);
    flow_census_figure(&census, "tokens", tokens, NULL);
    flow_census_figure(&census, "cost", money, NULL);
    rc = flow_census_print(&census, "agent", stderr, err);
    flow_census_release(&census);
    return rc;
}

static int print_reply(const struct flow_agent_result *result, struct flow_error *err)
{
    const struct flow_buf *text = &result->text;

    fwrite(text->data, 1, text->len, stdout);
    if (text->len > 0 && text->data[text->len - 1] != '\n')
        putchar('\n');
    if (!result->cut)
        return 0;
    // What came is printed, and the status says that it is not all.
    return flow_error_set(err, FLOW_E_INVALID,
                          "the reply was cut off at the limit of tokens: see --max-tokens") +
           2;
}

static int ask(const struct arguments *args, const struct flow_agent_options *options, struct flow_error *err)
{
    struct flow_agent_result result;
    struct flow_error failure = FLOW_ERROR_INIT;
    int rc;

    flow_agent_result_init(&result);
    rc = flow_agent_run(options, &result, &failure);
    if (rc == 0)
        rc = print_reply(&result, &failure);
    if (rc < 0 && err != NULL)
        *err = failure;
    if (!args->quiet && (rc >= 0 || result.calls > 0) && print_census(&result, err) != 0)
        rc = -1;
    if (rc > 0)
        fprintf(stderr, "flow-agent: %s\n", failure.message);
    flow_agent_result_release(&result);
    return rc;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_buf prompt, system, schema;
    int rc = -1;

    flow_buf_init(&prompt, FLOW_BUF_TEXT);
    flow_buf_init(&system, FLOW_BUF_TEXT);
    flow_buf_init(&schema, FLOW_BUF_TEXT);
    if (read_text(args->system, &system, err) != 0 || read_schema(args->schema, &schema, err) != 0 ||
        read_text("-", &prompt, err) != 0)
        goto done;
    if (prompt.len == 0) {
        flow_error_set(err, FLOW_E_USAGE, "there is no prompt on standard input");
        goto done;
    }
    rc = ask(
        args,
        &(struct flow_agent_options){.directory = args->directory,
                                     .model = args->model,
                                     .effort = args->effort == EFFORT_DEFAULT ? NULL : efforts[args->effort],
                                     .prompt = prompt.data,
                                     .prompt_len = prompt.len,
                                     .system = args->system != NULL ? system.data : NULL,
                                     .system_len = system.len,
                                     .schema = args->schema != NULL ? schema.data : NULL,
                                     .max_tokens = (uint32_t)args->max_tokens,
                                     .tools = args->tools,
                                     .fresh = args->fresh,
                                     .record = args->record,
                                     .cancel = &context->stop->now},
        err);
done:
    flow_buf_release(&prompt);
    flow_buf_release(&system);
    flow_buf_release(&schema);
    return rc;
}

int main(int argc, char **argv)
{
    struct arguments args = {.max_tokens = FLOW_AGENT_MAX_TOKENS};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.model,
                          "ask this model (default: agent.model, model.default)")},
        {FLOW_OPTION_CHOICE('e', "effort", "LEVEL", &args.effort, efforts, "how hard the model is to think")},
        {FLOW_OPTION_TEXT('s', "system", "FILE", &args.system, "instructions that stand before the prompt")},
        {FLOW_OPTION_TEXT('S', "schema", "FILE", &args.schema,
                          "the reply is to be JSON that fits this schema")},
        {FLOW_OPTION_LONG(0, "max-tokens", "N", &args.max_tokens, 1, 1000000,
                          "the longest reply, in tokens (default: 8192)")},
        {FLOW_OPTION_FLAG(0, "tools", &args.tools, "let the model look things up in the repository")},
        {FLOW_OPTION_FLAG('f', "fresh", &args.fresh, "ask anew, though there is a reply")},
        {FLOW_OPTION_TEXT(0, "record", "FILE", &args.record,
                          "append the replies to a recording, for replay/FILE")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {1, "the reply was cut off, or none came that fits"}, {5, ""}, {6, ""}, {130, ""}, FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-agent",
        .summary = "ask one model one question",
        .operands = "",
        .about = about,
        .examples = examples,
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };

    return flow_tool_main(argc, argv, &tool);
}
