// SPDX-License-Identifier: MIT
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "flow/job/init.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"
#include "flow/ui/option.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"

struct args {
    const char *directory;
    bool fresh, json, quiet;
};

static const struct flow_column columns[] = {
    {.name = "kind"},
    {.name = "name"},
    {.name = "path"},
    {.name = "files", .type = FLOW_COLUMN_INT},
    {.name = "bytes", .type = FLOW_COLUMN_INT},
    {.name = "command"},
};

static void put_languages(struct flow_table *table, const struct flow_init *init)
{
    for (size_t i = 0; i < init->language_count; i++) {
        flow_table_text(table, "language");
        flow_table_text(table, flow_language_name(init->languages[i].language));
        flow_table_none(table);
        flow_table_int(table, (int64_t)init->languages[i].files);
        flow_table_int(table, (int64_t)init->languages[i].bytes);
        flow_table_none(table);
        flow_table_row(table);
    }
}

static void put_row(struct flow_table *table, const char *kind, const char *name, const char *path,
                    const char *command)
{
    flow_table_text(table, kind);
    flow_table_text(table, name);
    flow_table_text(table, path);
    flow_table_none(table);
    flow_table_none(table);
    flow_table_text(table, command);
    flow_table_row(table);
}

static int print_found(const struct flow_init *init, bool json, struct flow_error *err)
{
    struct flow_table *table = NULL;

    if (flow_table_open(&table, stdout, json, columns, sizeof columns / sizeof columns[0], err) != 0)
        return -1;
    put_languages(table, init);
    for (size_t i = 0; i < init->project_count; i++) {
        const struct flow_init_project *project = &init->projects[i];
        const struct {
            const char *kind, *command;
        } rows[] = {{"fetch", project->fetch}, {"build", project->build}, {"test", project->test}};
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            if (rows[r].command[0] != '\0')
                put_row(table, rows[r].kind, project->name, project->marker, rows[r].command);
        }
    }
    for (size_t i = 0; i < init->vendored.count; i++)
        put_row(table, "vendored", NULL, init->vendored.items[i], NULL);
    if (init->to != NULL)
        put_row(table, "target", flow_language_name(init->to), NULL, NULL);
    int rc = flow_table_close(table, err);
    flow_table_free(table);
    return rc;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct args *args = context->args;
    struct flow_repo *repo = NULL;
    struct flow_languages *languages = NULL;
    struct flow_init *init = NULL;

    int rc = flow_repo_open(&repo, args->directory, err);
    if (rc == 0)
        rc = flow_languages_load(&languages, err);
    if (rc == 0)
        rc = flow_init_look(&init, repo, languages, err);
    if (rc == 0)
        rc = flow_init_write(repo, init, args->fresh, err);
    if (rc >= 0 && !args->quiet)
        fprintf(stderr, "flow-init: %s\n",
                rc == 1 ? "wrote '.flow/config'; read it, change it, and commit it"
                        : "'.flow/config' is there already and was left as it is; --fresh writes it anew");
    if (rc >= 0)
        rc = print_found(init, args->json, err);
    flow_init_free(init);
    flow_languages_free(languages);
    flow_repo_free(repo);
    return rc;
}

int main(int argc, char **argv)
{
    struct args args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_FLAG('f', "fresh", &args.fresh, "write the file anew where there is one")},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_END},
    };
    static const struct flow_tool_exit exits[] = {
        {5, "refused: '.flow' is something else than a folder"},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-init",
        .summary = "propose the settings of a repository",
        .operands = "",
        .about = "Looks at the work tree: which languages its files are written in, which build\n"
                 "tools it is built and tested with, which folders hold code of others, and\n"
                 "which language there is a guide to. Then writes '.flow/config', a proposal with\n"
                 "a comment for every key, and prints what it found.\n\n"
                 "A file that is there already is left as it is. Nothing is run, sent or\n"
                 "committed.",
        .examples = "# look at the repository around here\n"
                    "flow-init\n"
                    "# what there is to build with, as records\n"
                    "flow-init --quiet | awk -F'\\t' '$1 == \"build\"'\n",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
