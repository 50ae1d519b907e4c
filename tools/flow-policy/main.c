// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "flow/config/policy.h"
#include "flow/ui/option.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"

struct arguments {
    bool json;
};

static const char about[] = "Prints the rules that the administrator of this machine made, one a line, with\n"
                            "the line of the file that made it. No option, setting or variable goes beyond\n"
                            "them. Where there is no such file, nothing is restricted.";

static const struct flow_column columns[] = {
    {"rule", FLOW_COLUMN_TEXT, 0}, {"value", FLOW_COLUMN_TEXT, 0}, {"from", FLOW_COLUMN_TEXT, 0}};

static int print_rules(const struct flow_policy *policy, bool json, struct flow_error *err)
{
    struct flow_table *table = NULL;
    if (flow_table_open(&table, stdout, json, columns, sizeof columns / sizeof *columns, err))
        return -1;
    for (size_t i = 0; i < policy->count; i++) {
        struct flow_buf from;
        flow_buf_init(&from, FLOW_BUF_LINE);
        flow_buf_printf(&from, "%s:%u", policy->path, policy->rules[i].line);
        flow_table_text(table, policy->rules[i].key);
        flow_table_text(table, policy->rules[i].value);
        flow_table_text(table, from.data);
        flow_table_row(table);
        flow_buf_release(&from);
    }
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_policy policy;
    if (flow_policy_load(&policy, err))
        return -1;
    if (policy.count == 0)
        fprintf(stderr, "no policy in '%s': nothing is restricted\n", policy.path);
    int result = print_rules(&policy, args->json, err);
    flow_policy_release(&policy);
    return result;
}

int main(int argc, char **argv)
{
    struct arguments args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {5, "the policy is a file that somebody else than root could have written"},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-policy",
        .summary = "show what the administrator of this machine allows",
        .operands = "",
        .about = about,
        .examples = "# which models may be called here?\n"
                    "flow-policy | awk -F'\\t' '$1 == \"models\" { print $2 }'",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
