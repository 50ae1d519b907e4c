// SPDX-License-Identifier: MIT
/*
 * What the old program's tests do not execute, and so cannot judge in the port: units, and functions of
 * units, for people. The command coverage.command runs the old suite once, in a tree of the base commit that
 * nothing was built in before and that goes afterwards; what came out is kept with the commit, the command
 * and the units of the port that it is about.
 */
#include <string.h>

#include "fix_private.h"
#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/build/coverage.h"
#include "flow/job/analyze.h"

#define KEPT  "coverage" // key of the run's value
#define NAMED 5          // functions that the census names of a unit

// The commit, and the command and the units of the port, that what is kept belongs to.
static int make_key(const struct fix *fix, struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id id;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_add(&text, fix->old.coverage, strlen(fix->old.coverage) + 1);
    for (size_t i = 0; i < fix->count; i++)
        flow_buf_add(&text, fix->units[i].id, strlen(fix->units[i].id) + 1);
    int result = flow_buf_check(&text, "key", err);
    if (result == 0)
        result = flow_id_of(&id, text.data, text.len, err);
    if (result == 0)
        flow_buf_printf(out, "%s %s", fix->base.hex, id.hex);
    flow_buf_release(&text);
    return result == 0 ? flow_buf_check(out, "key", err) : -1;
}

// Where tests fail, what they executed until then counts.
static int measure(struct fix *fix, const char *tree, struct flow_coverage *out, struct flow_error *err)
{
    struct flow_buf said, talk;
    int status = 0;
    flow_buf_init(&said, FLOW_BUF_FILE);
    flow_buf_init(&talk, FLOW_BUF_FILE);
    struct fix_command command = {.what = "command coverage.command",
                                  .text = fix->old.coverage,
                                  .tree = tree,
                                  .dir = tree,
                                  .out = &said,
                                  .err = &talk};
    int result = fix_run(fix, &command, &status, err);
    if (result == 0 && flow_coverage_read(out, tree, said.data, said.len, err))
        result = flow_error_wrap(err, "coverage.command");
    if (result == 0 && out->count == 0)
        result = flow_error_set(err, FLOW_E_ENV,
                                "coverage.command printed neither gcov's JSON nor a tracefile of lcov on its "
                                "standard output; it ended with status %d and: %s",
                                status, talk.len > 0 ? fix_tail(talk.data, talk.len, 400) : "nothing");
    if (result == 0 && status != 0)
        fix_note(fix, "coverage.command ended with status %d; what it printed counts", status);
    flow_buf_release(&talk);
    flow_buf_release(&said);
    return result;
}

/*
 * What it did not execute, by unit.
 */

struct unseen {
    struct fix *fix;
    const struct flow_coverage *coverage;
    const struct flow_analysis *analysis;
    struct flow_map *ported; // ids of the port's units
    struct flow_parser *parser;
    struct flow_jsonw writer;
};

// Of one unit.
struct count {
    size_t lines_run, functions;
    struct flow_strv names; // of functions that were not executed
};

// A file that the tool does not speak of was not compiled for the tests, or holds no code.
static int count_unmeasured(const struct unseen *unseen, size_t source, struct count *count,
                            struct flow_error *err)
{
    struct flow_buf text;
    struct flow_facts facts;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_analysis_facts(unseen->analysis, unseen->parser, source, &text, &facts, err);
    if (result == 0) {
        for (size_t i = 0; i < facts.symbol_count && result == 0; i++) {
            const struct flow_symbol *symbol = &facts.symbols[i];
            bool function = strcmp(symbol->kind, "function") == 0 || strcmp(symbol->kind, "method") == 0;
            if (!function || symbol->body.start == symbol->body.end)
                continue;
            count->functions++;
            result = flow_strv_add(&count->names, symbol->name, err);
        }
        flow_facts_release(&facts);
    }
    flow_buf_release(&text);
    return result;
}

static int count_file(const struct unseen *unseen, size_t source, struct count *count, struct flow_error *err)
{
    const struct flow_covered_file *file =
        flow_coverage_file(unseen->coverage, unseen->analysis->sources[source].entry->path);
    if (!file)
        return count_unmeasured(unseen, source, count, err);
    count->lines_run += file->lines_run;
    count->functions += file->function_count;
    for (size_t i = 0; i < file->function_count; i++)
        if (file->functions[i].times == 0 && flow_strv_add(&count->names, file->functions[i].name, err))
            return -1;
    return 0;
}

// All names, for flow-log.
static int note_event(const struct unseen *unseen, const char *unit, const struct count *count,
                      struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, count->lines_run == 0 ? "no test of the old program executes any of it"
                                               : "no test of the old program executes these functions");
    for (size_t i = 0; i < count->names.count; i++)
        flow_buf_printf(&text, "%s%s", i > 0 ? ", " : ": ", count->names.items[i]);
    int result = flow_buf_check(&text, "event", err);
    if (result == 0)
        result = flow_ledger_event(unseen->fix->ledger, unseen->fix->run, "untested", unit, text.data, err);
    flow_buf_release(&text);
    return result;
}

static int keep_unit(struct unseen *unseen, const char *unit, const struct count *count,
                     struct flow_error *err)
{
    struct flow_jsonw *writer = &unseen->writer;
    if (count->names.count == 0)
        return 0;
    flow_jsonw_object(writer);
    flow_jsonw_member(writer, "unit", unit);
    flow_jsonw_key(writer, "whole");
    flow_jsonw_bool(writer, count->lines_run == 0);
    flow_jsonw_key(writer, "functions");
    flow_jsonw_int(writer, (int64_t)count->functions);
    flow_jsonw_key(writer, "unexecuted");
    flow_jsonw_array(writer);
    for (size_t i = 0; i < count->names.count; i++)
        flow_jsonw_str(writer, count->names.items[i]);
    flow_jsonw_array_end(writer);
    flow_jsonw_object_end(writer);
    return note_event(unseen, unit, count, err);
}

static int keep_units(struct unseen *unseen, struct flow_error *err)
{
    for (size_t i = 0; i < unseen->analysis->unit_count; i++) {
        const struct flow_unit *unit = &unseen->analysis->units[i];
        struct count count = {0};
        int result = 0;
        if (flow_unit_is_c_abi(unit->id) || !flow_map_get(unseen->ported, unit->id))
            continue;
        flow_strv_init(&count.names);
        for (size_t k = 0; k < 2 && unit->files[k] != SIZE_MAX && result == 0; k++)
            result = count_file(unseen, unit->files[k], &count, err);
        if (result == 0)
            result = keep_unit(unseen, unit->id, &count, err);
        flow_strv_release(&count.names);
        if (result)
            return -1;
    }
    return 0;
}

static int note_ported(struct unseen *unseen, struct flow_error *err)
{
    unseen->ported = flow_map_new();
    if (!unseen->ported)
        return flow_error_nomem(err);
    for (size_t i = 0; i < unseen->fix->count; i++)
        if (flow_map_set_num(unseen->ported, unseen->fix->units[i].id, 1, err))
            return -1;
    return 0;
}

static int keep(struct fix *fix, const struct flow_coverage *coverage, const char *key,
                struct flow_error *err)
{
    const struct flow_analyze_options options = {.revision = fix->base.hex};
    struct unseen unseen = {.fix = fix, .coverage = coverage};
    struct flow_analysis *analysis = NULL;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_jsonw_init(&unseen.writer, &text);
    int result = flow_analyze(&analysis, fix->repo, fix->languages, &options, err);
    unseen.analysis = analysis;
    if (result == 0)
        result = note_ported(&unseen, err);
    if (result == 0)
        result = flow_parser_new(&unseen.parser, fix->languages, err);
    if (result == 0) {
        flow_jsonw_object(&unseen.writer);
        flow_jsonw_member(&unseen.writer, "of", key);
        flow_jsonw_key(&unseen.writer, "units");
        flow_jsonw_array(&unseen.writer);
        result = keep_units(&unseen, err);
        flow_jsonw_array_end(&unseen.writer);
        flow_jsonw_object_end(&unseen.writer);
    }
    if (result == 0)
        result = flow_buf_check(&text, "coverage", err);
    if (result == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, KEPT, text.data, err);
    flow_parser_free(unseen.parser);
    flow_map_free(unseen.ported);
    flow_analysis_free(analysis);
    flow_buf_release(&text);
    return result;
}

// 1: what is kept is of this commit and command, and stands in *out.
static int read_kept(struct fix *fix, const char *key, struct flow_json **out, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, KEPT, &text, err);
    if (known == 1 && flow_json_parse(out, text.data, text.len, err))
        known = -1;
    flow_buf_release(&text);
    if (known != 1)
        return known;
    const char *of = flow_json_str(flow_json_get(*out, "of"));
    if (of && strcmp(of, key) == 0)
        return 1;
    flow_json_free(*out);
    *out = NULL;
    return 0;
}

/*
 * The census.
 */

static void put_names(struct flow_buf *why, const struct flow_json *names)
{
    size_t at = 0;
    for (const struct flow_json *name = flow_json_first(names); name; name = flow_json_next(name), at++) {
        if (at < NAMED)
            flow_buf_printf(why, "%s%s", at > 0 ? ", " : ": ", flow_json_str(name));
    }
    if (at > NAMED)
        flow_buf_puts(why, ", …");
}

static int list_unit(struct fix *fix, const struct flow_json *item, struct flow_error *err)
{
    struct flow_fix_outcome *outcome = fix->outcome;
    const char *unit = flow_json_str(flow_json_get(item, "unit"));
    const struct flow_json *names = flow_json_get(item, "unexecuted");
    bool whole = flow_json_bool(flow_json_get(item, "whole"), false);
    size_t count = flow_json_count(names);
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    if (whole)
        flow_buf_puts(&why, "no test of the old program executes any of it");
    else
        flow_buf_printf(&why, "no test of the old program executes %zu of its %lld functions", count,
                        (long long)flow_json_int(flow_json_get(item, "functions"), 0));
    put_names(&why, names);
    outcome->untested_units += whole;
    outcome->untested_functions += count;
    int result = flow_buf_check(&why, "reason", err);
    if (result == 0 && unit)
        result =
            flow_strv_add(&outcome->untested, unit, err) || flow_strv_add(&outcome->untested, why.data, err)
                ? -1
                : 0;
    flow_buf_release(&why);
    return result;
}

// Units that are not executed at all stand first.
static int list(struct fix *fix, const struct flow_json *kept, struct flow_error *err)
{
    const struct flow_json *units = flow_json_get(kept, "units");
    fix->outcome->measured = true;
    for (int whole = 1; whole >= 0; whole--)
        for (const struct flow_json *item = flow_json_first(units); item; item = flow_json_next(item))
            if (flow_json_bool(flow_json_get(item, "whole"), false) == (whole == 1) &&
                list_unit(fix, item, err))
                return -1;
    return 0;
}

static int measure_anew(struct fix *fix, const char *key, struct flow_error *err)
{
    struct flow_buf tree;
    struct flow_coverage coverage;
    fix_doing(fix, "measuring");
    flow_coverage_init(&coverage);
    flow_buf_init(&tree, FLOW_BUF_LINE);
    int result = fix_old_tree(fix, "coverage", &tree, err);
    if (result == 0)
        result = measure(fix, tree.data, &coverage, err);
    if (result == 0)
        result = keep(fix, &coverage, key, err);
    if (result == 0)
        result = flow_dir_remove(tree.data, err);
    flow_buf_release(&tree);
    flow_coverage_release(&coverage);
    return result;
}

int fix_coverage(struct fix *fix, struct flow_error *err)
{
    struct flow_json *kept = NULL;
    struct flow_buf key;
    if (!fix->old.coverage)
        return 0;
    flow_buf_init(&key, FLOW_BUF_LINE);
    int result = make_key(fix, &key, err);
    int known = result == 0 ? read_kept(fix, key.data, &kept, err) : -1;
    if (known == 0)
        known = measure_anew(fix, key.data, err) ? -1 : read_kept(fix, key.data, &kept, err);
    result = known == 1 ? list(fix, kept, err) : -1;
    flow_json_free(kept);
    flow_buf_release(&key);
    return result;
}
