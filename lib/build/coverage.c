// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // memmem
#include "flow/build/coverage.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "covering.h"
#include "flow/base/json.h"
#include "flow/base/vec.h"
#include "plain.h"
#include "reading.h"

// A record of lcov that has begun: functions by the name that the record gives them.
struct record {
    bool open;
    size_t file;
    struct flow_map *names; // name -> number, and one
};

void flow_coverage_init(struct flow_coverage *coverage)
{
    *coverage = (struct flow_coverage){.count = 0};
    flow_arena_init(&coverage->arena);
}

void flow_coverage_release(struct flow_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        free(coverage->files[i].lines);
        free(coverage->files[i].functions);
    }
    free(coverage->files);
    flow_arena_release(&coverage->arena);
    *coverage = (struct flow_coverage){.count = 0};
}

uint64_t flow_covering_add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static int too_many(const char *what, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_TOO_BIG, "the coverage has more than %zu %s", FLOW_COVERAGE_MAX, what);
}

static int unfit(const struct flow_covering *reading, const char *what, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "line %lu of the coverage: %s", reading->line, what);
}

int flow_covering_file(struct flow_covering *reading, const char *folder, struct flow_piece name, size_t *out,
                       struct flow_error *err)
{
    struct flow_coverage *coverage = reading->coverage;
    const char *path;
    bool outside, added;
    if (flow_place_file(&coverage->arena, reading->root, folder, name.at, name.len, &path, &outside, err))
        return -1;
    union flow_map_value *known = flow_map_ensure(reading->files, path, strlen(path), &added);
    if (!known)
        return flow_error_nomem(err);
    if (added) {
        if (coverage->count >= FLOW_COVERAGE_MAX)
            return too_many("files", err);
        if (flow_grow(&coverage->files, &coverage->cap, coverage->count + 1, sizeof *coverage->files, err))
            return -1;
        coverage->files[coverage->count++] = (struct flow_covered_file){.path = path, .outside = outside};
        known->num = (intptr_t)coverage->count;
    }
    *out = (size_t)known->num - 1;
    return 0;
}

int flow_covering_line(struct flow_covering *reading, size_t number, uint32_t line, uint64_t times,
                       struct flow_error *err)
{
    struct flow_covered_file *file = &reading->coverage->files[number];
    if (file->line_count >= FLOW_COVERAGE_MAX)
        return too_many("lines in a file", err);
    if (flow_grow(&file->lines, &file->line_cap, file->line_count + 1, sizeof *file->lines, err))
        return -1;
    file->lines[file->line_count++] = (struct flow_covered_line){line, times};
    return 0;
}

static int add_function(struct flow_covering *reading, size_t number, struct flow_piece name, uint32_t line,
                        uint64_t times, struct flow_error *err)
{
    struct flow_covered_file *file = &reading->coverage->files[number];
    const char *copy = flow_arena_strn(&reading->coverage->arena, name.at, name.len);
    if (!copy)
        return flow_error_nomem(err);
    if (file->function_count >= FLOW_COVERAGE_MAX)
        return too_many("functions in a file", err);
    if (flow_grow(&file->functions, &file->function_cap, file->function_count + 1, sizeof *file->functions,
                  err))
        return -1;
    file->functions[file->function_count++] = (struct flow_covered_function){copy, line, times};
    return 0;
}

// A number of JSON as times or as a line; false where it is none that could be.
static bool json_times(const struct flow_json *object, const char *key, uint64_t *out)
{
    double number = flow_json_num(flow_json_get(object, key), -1);
    *out = number < 0 ? 0 : number >= 1e18 ? (uint64_t)1e18 : (uint64_t)number;
    return number >= 0;
}

static bool json_line(const struct flow_json *object, const char *key, uint32_t *out)
{
    int64_t number = flow_json_int(flow_json_get(object, key), 0);
    *out = number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
    return *out > 0;
}

static int gcov_file(struct flow_covering *reading, const char *folder, const struct flow_json *value,
                     struct flow_error *err)
{
    const char *path = flow_json_str(flow_json_get(value, "file"));
    const struct flow_json *lines = flow_json_get(value, "lines"),
                           *functions = flow_json_get(value, "functions");
    size_t number;
    uint32_t line;
    uint64_t times;
    if (!path || !*path || flow_json_type(lines) != FLOW_JSON_ARRAY)
        return unfit(reading, "gcov names a file without its lines", err);
    if (flow_covering_file(reading, folder, flow_piece_of(path), &number, err))
        return -1;
    for (const struct flow_json *item = flow_json_first(lines); item; item = flow_json_next(item)) {
        if (!json_line(item, "line_number", &line) || !json_times(item, "count", &times))
            return unfit(reading, "gcov tells of a line without its number or count", err);
        if (flow_covering_line(reading, number, line, times, err))
            return -1;
    }
    for (const struct flow_json *item = flow_json_first(functions); item; item = flow_json_next(item)) {
        const char *name = flow_json_str(flow_json_get(item, "demangled_name"));
        if (!name)
            name = flow_json_str(flow_json_get(item, "name"));
        json_line(item, "start_line", &line);
        if (!name || !json_times(item, "execution_count", &times))
            return unfit(reading, "gcov tells of a function without its name or count", err);
        if (add_function(reading, number, flow_piece_of(name), line, times, err))
            return -1;
    }
    return 0;
}

// A line that begins with '{': what is no JSON of gcov is passed over.
static int read_gcov(struct flow_covering *reading, struct flow_piece text, struct flow_error *err)
{
    struct flow_json *value;
    struct flow_error why = FLOW_ERROR_INIT;
    int result = 0;
    if (!memmem(text.at, text.len, "\"gcc_version\"", strlen("\"gcc_version\"")))
        return 0;
    if (flow_json_parse(&value, text.at, text.len, &why))
        return why.code == FLOW_E_NOMEM ? flow_error_nomem(err) : unfit(reading, why.message, err);
    const struct flow_json *files = flow_json_get(value, "files");
    const char *folder = flow_json_str(flow_json_get(value, "current_working_directory"));
    if (flow_json_type(files) != FLOW_JSON_ARRAY)
        result = unfit(reading, "gcov names no files", err);
    for (const struct flow_json *file = flow_json_first(files); result == 0 && file;
         file = flow_json_next(file))
        result = gcov_file(reading, folder, file, err);
    flow_json_free(value);
    return result;
}

// The decimal number that piece begins with, and the comma behind it, are taken off. One below 0, which old
// versions of gcov made, is 0.
static bool take_number(struct flow_piece *piece, uint64_t *out)
{
    bool below = piece->len > 0 && piece->at[0] == '-';
    size_t at = below, start = at;
    uint64_t number = 0;
    for (; at < piece->len && isdigit((unsigned char)piece->at[at]); at++)
        number =
            number > (UINT64_MAX - 9) / 10 ? UINT64_MAX / 16 : number * 10 + (uint64_t)(piece->at[at] - '0');
    if (at == start || (at < piece->len && piece->at[at] != ','))
        return false;
    *out = below ? 0 : number;
    *piece = flow_piece_from(*piece, at < piece->len ? at + 1 : at);
    return true;
}

static bool take_line(struct flow_piece *piece, uint32_t *out)
{
    uint64_t number;
    if (!take_number(piece, &number) || number == 0 || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

// llvm names what is private to a file "file.c:name".
static struct flow_piece own_name(struct flow_piece name)
{
    for (size_t i = name.len; i > 1; i--) {
        if (name.at[i - 1] == ':' && i < name.len && name.at[i] != ':' && name.at[i - 2] != ':')
            return flow_piece_from(name, i);
    }
    return name;
}

// FN:<line>,[<last line>,]<name>
static int lcov_function(struct flow_covering *reading, struct record *record, struct flow_piece rest,
                         struct flow_error *err)
{
    uint32_t line;
    uint64_t last;
    bool added;
    if (!take_line(&rest, &line) || rest.len == 0)
        return unfit(reading, "FN is not a line and a name", err);
    struct flow_piece name = rest;
    if (take_number(&rest, &last) && rest.len > 0)
        name = rest;
    union flow_map_value *known = flow_map_ensure(record->names, name.at, name.len, &added);
    if (!known)
        return flow_error_nomem(err);
    if (add_function(reading, record->file, own_name(name), line, 0, err))
        return -1;
    known->num = (intptr_t)reading->coverage->files[record->file].function_count;
    return 0;
}

// FNDA:<times>,<name>
static int lcov_entered(struct flow_covering *reading, struct record *record, struct flow_piece rest,
                        struct flow_error *err)
{
    uint64_t times;
    if (!take_number(&rest, &times) || rest.len == 0)
        return unfit(reading, "FNDA is not a number and a name", err);
    const union flow_map_value *known = flow_map_getn(record->names, rest.at, rest.len);
    if (!known)
        return unfit(reading, "FNDA names a function that no FN before it names", err);
    struct flow_covered_function *function =
        &reading->coverage->files[record->file].functions[known->num - 1];
    function->times = flow_covering_add(function->times, times);
    return 0;
}

static int open_record(struct flow_covering *reading, struct record *record, struct flow_piece name,
                       struct flow_error *err)
{
    if (record->open)
        return unfit(reading, "SF inside of a record that has not ended", err);
    if (name.len == 0)
        return unfit(reading, "SF names no file", err);
    flow_map_free(record->names);
    record->names = flow_map_new();
    if (!record->names)
        return flow_error_nomem(err);
    record->open = true;
    return flow_covering_file(reading, NULL, name, &record->file, err);
}

static int read_lcov(struct flow_covering *reading, struct record *record, struct flow_piece line,
                     struct flow_error *err)
{
    uint32_t number;
    uint64_t times;
    if (flow_piece_starts(line, "SF:"))
        return open_record(reading, record, flow_piece_from(line, 3), err);
    if (!record->open)
        return 0;
    if (flow_piece_is(line, "end_of_record"))
        record->open = false;
    else if (flow_piece_starts(line, "FN:"))
        return lcov_function(reading, record, flow_piece_from(line, 3), err);
    else if (flow_piece_starts(line, "FNDA:"))
        return lcov_entered(reading, record, flow_piece_from(line, 5), err);
    else if (flow_piece_starts(line, "DA:")) {
        struct flow_piece rest = flow_piece_from(line, 3);
        if (!take_line(&rest, &number) || !take_number(&rest, &times))
            return unfit(reading, "DA is not a line and a number", err);
        return flow_covering_line(reading, record->file, number, times, err);
    }
    return 0;
}

static int read_lines(struct flow_covering *reading, struct flow_piece text, struct flow_error *err)
{
    struct record record = {.open = false};
    struct flow_piece line;
    int result = 0;
    while (result == 0 && flow_piece_line(&text, &line)) {
        reading->line++;
        result = !record.open && flow_piece_starts(line, "{") ? read_gcov(reading, line, err)
                                                              : read_lcov(reading, &record, line, err);
    }
    if (result == 0 && record.open)
        result = unfit(reading, "it ends inside of a record", err);
    flow_map_free(record.names);
    return result;
}

static int by_line(const void *a, const void *b)
{
    const struct flow_covered_line *one = a, *other = b;
    return (one->line > other->line) - (one->line < other->line);
}

static int by_place(const void *a, const void *b)
{
    const struct flow_covered_function *one = a, *other = b;
    int order = (one->line > other->line) - (one->line < other->line);
    return order ? order : strcmp(one->name, other->name);
}

static int by_path(const void *a, const void *b)
{
    const struct flow_covered_file *one = a, *other = b;
    return strcmp(one->path, other->path);
}

// Brings a file into order and adds up what was said several times.
static void tidy_file(struct flow_covered_file *file)
{
    size_t kept = 0;
    if (file->line_count > 0)
        qsort(file->lines, file->line_count, sizeof *file->lines, by_line);
    for (size_t i = 0; i < file->line_count; i++) {
        if (kept > 0 && by_line(&file->lines[kept - 1], &file->lines[i]) == 0)
            file->lines[kept - 1].times =
                flow_covering_add(file->lines[kept - 1].times, file->lines[i].times);
        else
            file->lines[kept++] = file->lines[i];
    }
    file->line_count = kept;
    kept = 0;
    if (file->function_count > 0)
        qsort(file->functions, file->function_count, sizeof *file->functions, by_place);
    for (size_t i = 0; i < file->function_count; i++) {
        struct flow_covered_function *function = &file->functions[i];
        if (kept > 0 && by_place(&file->functions[kept - 1], function) == 0)
            file->functions[kept - 1].times =
                flow_covering_add(file->functions[kept - 1].times, function->times);
        else
            file->functions[kept++] = *function;
    }
    file->function_count = kept;
    file->lines_run = file->functions_run = 0;
    for (size_t i = 0; i < file->line_count; i++)
        file->lines_run += file->lines[i].times > 0;
    for (size_t i = 0; i < file->function_count; i++)
        file->functions_run += file->functions[i].times > 0;
}

int flow_covering_init(struct flow_covering *reading, struct flow_coverage *coverage, const char *root,
                       struct flow_error *err)
{
    *reading = (struct flow_covering){.coverage = coverage, .root = root, .files = flow_map_new()};
    int result = reading->files ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < coverage->count; i++)
        result = flow_map_set_num(reading->files, coverage->files[i].path, (intptr_t)i + 1, err);
    return result;
}

void flow_covering_end(struct flow_covering *reading)
{
    struct flow_coverage *coverage = reading->coverage;
    for (size_t i = 0; i < coverage->count; i++)
        tidy_file(&coverage->files[i]);
    if (coverage->count > 0)
        qsort(coverage->files, coverage->count, sizeof *coverage->files, by_path);
    flow_map_free(reading->files);
}

int flow_coverage_read(struct flow_coverage *coverage, const char *root, const char *text, size_t len,
                       struct flow_error *err)
{
    struct flow_covering reading;
    struct flow_buf plain;
    flow_buf_init(&plain, len + 1);
    flow_plain(&plain, text, len);
    int result = flow_covering_init(&reading, coverage, root, err) || flow_buf_check(&plain, "coverage", err)
                     ? -1
                     : read_lines(&reading, (struct flow_piece){plain.data, plain.len}, err);
    flow_covering_end(&reading);
    flow_buf_release(&plain);
    return result;
}

const struct flow_covered_file *flow_coverage_file(const struct flow_coverage *coverage, const char *path)
{
    struct flow_covered_file wanted = {.path = path};
    return coverage->count > 0
               ? bsearch(&wanted, coverage->files, coverage->count, sizeof *coverage->files, by_path)
               : NULL;
}
