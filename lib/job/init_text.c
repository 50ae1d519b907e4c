// SPDX-License-Identifier: MIT
// The text of a new .flow/config.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"
#include "init_priv.h"

// A line of comment.
static void note(struct flow_buf *out, const char *text)
{
    flow_buf_printf(out, "\t# %s\n", text);
}

// A value as the parser reads it back, whatever bytes it holds.
static void put_value(struct flow_buf *out, const char *value)
{
    static const char from[] = "\n\t\b\"\\", to[] = "ntb\"\\";

    flow_buf_putc(out, '"');
    for (; *value != '\0'; value++) {
        const char *found = strchr(from, *value);
        if (found != NULL)
            flow_buf_putc(out, '\\');
        flow_buf_putc(out, found != NULL ? to[found - from] : *value);
    }
    flow_buf_putc(out, '"');
}

static void setting(struct flow_buf *out, const char *key, const char *value)
{
    bool plain = value[strcspn(value, "\n\t\b\r\"\\#;")] == '\0' && value[0] != '\0' && value[0] != ' ' &&
                 value[strlen(value) - 1] != ' ';

    flow_buf_printf(out, "\t%s = ", key);
    if (plain)
        flow_buf_puts(out, value);
    else
        put_value(out, value);
    flow_buf_putc(out, '\n');
}

// A setting that a person may want: as a comment.
static void offer(struct flow_buf *out, const char *key, const char *value)
{
    flow_buf_printf(out, "\t# %s = %s\n", key, value);
}

static void put_languages(struct flow_buf *out, const struct flow_init *init)
{
    flow_buf_puts(out, "[port]\n");
    note(out, "The language to translate from. Found here, by the names of files:");
    for (size_t i = 0; i < init->language_count; i++)
        flow_buf_printf(out, "\t#   %s: %zu file%s, %" PRIu64 " bytes\n",
                        flow_language_name(init->languages[i].language), init->languages[i].files,
                        init->languages[i].files == 1 ? "" : "s", init->languages[i].bytes);
    if (init->from != NULL) {
        setting(out, "from", flow_language_name(init->from));
    } else {
        note(out, "  nothing that flow knows; 'flow-analyze' says why each file is left out");
        offer(out, "from", "LANGUAGE");
    }
    flow_buf_putc(out, '\n');
    if (init->to != NULL) {
        note(out, "The language to translate to. flow has a guide for this pair.");
        setting(out, "to", flow_language_name(init->to));
    } else {
        note(out,
             "The language to translate to. flow has no guide from the one above: write one (see guide).");
        offer(out, "to", "LANGUAGE");
    }
}

static void put_units(struct flow_buf *out, const struct flow_init *init)
{
    struct flow_buf glob;

    flow_buf_init(&glob, FLOW_BUF_LINE);
    flow_buf_putc(out, '\n');
    note(out,
         "Files that take no part, one glob a line. All other files of the language are units (a header");
    note(out, "and its source are one); generated and binary files are left out by themselves.");
    for (size_t i = 0; i < init->vendored.count; i++) {
        flow_buf_clear(&glob);
        for (const char *c = init->vendored.items[i]; *c != '\0'; c++) {
            if (strchr("*?[\\", *c) != NULL)
                flow_buf_putc(&glob, '\\');
            flow_buf_putc(&glob, *c);
        }
        flow_buf_puts(&glob, "/**");
        setting(out, "exclude", glob.data);
    }
    if (init->vendored.count == 0)
        offer(out, "exclude", "third_party/**");
    flow_buf_release(&glob);
}

static void put_guide(struct flow_buf *out)
{
    flow_buf_putc(out, '\n');
    note(out,
         "A committed file with rules that hold in this project: names, error handling, libraries to use.");
    note(out,
         "It is added to flow's guide for the pair of languages (extend), or takes its place (replace).");
    offer(out, "guide", "docs/porting.md");
    offer(out, "guide-mode", "extend");
    flow_buf_putc(out, '\n');
    note(out, "Who translates, as provider/model; reviewers may be others, one line for each of the two.");
    note(out, "Programs (command/…), addresses, keys and budgets stand in your own git configuration.");
    offer(out, "model", "PROVIDER/MODEL");
    offer(out, "reviewer-model", "PROVIDER/MODEL");
}

static void put_target(struct flow_buf *out, const struct flow_init *init)
{
    flow_buf_puts(out, "\n[target]\n");
    note(out, "The folder of the new project (default: the name of its language), and its name there.");
    offer(out, "root", init->to != NULL ? flow_language_name(init->to) : "FOLDER");
    offer(out, "name", "NAME");
}

static void put_command(struct flow_buf *out, const struct flow_init *init, const char *section,
                        const char *what, const char *const *commands)
{
    flow_buf_printf(out, "\n[%s]\n", section);
    note(out, what);
    bool found = init->project_count > 0 && commands[0][0] != '\0';
    if (found)
        setting(out, "command", commands[0]);
    else
        offer(out, "command", "COMMAND");
    for (size_t i = 1; i < init->project_count; i++) {
        if (commands[i][0] == '\0')
            continue;
        flow_buf_puts(out, "\t# also found: '");
        flow_str_show(out, init->projects[i].marker, strlen(init->projects[i].marker));
        flow_buf_puts(out, "', ");
        flow_str_show(out, commands[i], strlen(commands[i]));
        flow_buf_putc(out, '\n');
    }
}

// The commands of one kind, in the order of the projects.
enum kind { FETCH, BUILD, TEST };

static int put_commands(struct flow_buf *out, const struct flow_init *init, struct flow_error *err)
{
    static const struct {
        enum kind kind;
        const char *section, *what;
    } sections[] = {
        {FETCH, "fetch",
         "Gets dependencies, in a step of its own: the only one with network. Asked about first."},
        {BUILD, "build", "Builds what is here, from the top of the repository, in the sandbox."},
        {TEST, "test",
         "Runs the tests that are here; what the old program does is what the port is measured by."},
    };
    const char **commands = NULL;
    size_t cap = 0;

    if (flow_grow(&commands, &cap, init->project_count + 1, sizeof *commands, err) != 0)
        return -1;
    for (size_t s = 0; s < sizeof sections / sizeof sections[0]; s++) {
        for (size_t i = 0; i < init->project_count; i++) {
            const struct flow_init_project *project = &init->projects[i];
            commands[i] = sections[s].kind == FETCH   ? project->fetch
                          : sections[s].kind == BUILD ? project->build
                                                      : project->test;
        }
        put_command(out, init, sections[s].section, sections[s].what, commands);
    }
    free(commands);
    flow_buf_puts(out, "\n[coverage]\n");
    note(out, "Runs the tests and prints which lines they execute, as JSON of gcov or a tracefile of lcov.");
    offer(out, "command", "COMMAND");
    return 0;
}

int flow_init_compose(struct flow_init *init, struct flow_error *err)
{
    struct flow_buf *out = &init->text;

    flow_buf_puts(
        out, "# How flow works on this repository: proposed by flow-init, yours to change and to commit.\n"
             "# What stands behind a '#' is not set. See flow(7).\n\n");
    put_languages(out, init);
    put_units(out, init);
    put_guide(out);
    put_target(out, init);
    if (put_commands(out, init, err) != 0)
        return -1;
    return flow_buf_check(out, "the configuration", err);
}
