// SPDX-License-Identifier: MIT
#include "flow/build/profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "covering.h"
#include "flow/base/vec.h"
#include "reading.h"

// A file that the profile names.
struct place {
    bool ours;
    size_t file; // where it is ours
};

struct profiling {
    struct flow_covering covering;
    struct flow_profile *profile;
    const struct flow_profile_project *project;
    struct flow_map *names; // "(12)", or a whole name -> number of a place, and one
    struct place *places;
    size_t place_count, place_cap;
};

void flow_profile_init(struct flow_profile *profile)
{
    flow_coverage_init(&profile->cost);
    profile->total = 0;
}

void flow_profile_release(struct flow_profile *profile)
{
    flow_coverage_release(&profile->cost);
}

static int unfit(const struct profiling *reading, const char *what, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "line %lu of the profile: %s", reading->covering.line, what);
}

/*
 * Files.
 */

static int look_at(struct profiling *reading, struct flow_piece name, struct place *out,
                   struct flow_error *err)
{
    const struct flow_profile_project *project = reading->project;
    struct flow_coverage *cost = &reading->profile->cost;
    const char *path;
    bool outside;
    *out = (struct place){false, 0};
    if (flow_place_file(&cost->arena, project->root, NULL, name.at, name.len, &path, &outside, err))
        return -1;
    out->ours = !outside && project->has(project->payload, path);
    return out->ours ? flow_covering_file(&reading->covering, NULL, name, &out->file, err) : 0;
}

// The place of a key, which is made of the name where there is one.
static int have_place(struct profiling *reading, struct flow_piece key, struct flow_piece name, size_t *out,
                      struct flow_error *err)
{
    bool added;
    union flow_map_value *known = flow_map_ensure(reading->names, key.at, key.len, &added);
    if (!known)
        return flow_error_nomem(err);
    if (added) {
        if (name.len == 0)
            return unfit(reading, "a file is named by a number that was not given before", err);
        if (flow_grow(&reading->places, &reading->place_cap, reading->place_count + 1,
                      sizeof *reading->places, err) ||
            look_at(reading, name, &reading->places[reading->place_count], err))
            return -1;
        known->num = (intptr_t)++reading->place_count;
    }
    *out = (size_t)known->num - 1;
    return 0;
}

/*
 * callgrind.
 */

struct callgrind {
    struct profiling *reading;
    bool instructions; // addresses stand before lines
    bool known, call;  // a file was named; the next line is what a call takes
    bool elsewhere;    // the callee is in another file
    size_t file, callee;
    int64_t line;
};

// "(12) name", "(12)" for one that was named before, or "name".
static int take_file(struct callgrind *state, struct flow_piece value, size_t *out, struct flow_error *err)
{
    struct flow_piece key = value, name = value;
    const char *end = value.len > 0 && value.at[0] == '(' ? memchr(value.at, ')', value.len) : NULL;
    if (end) {
        key.len = (size_t)(end + 1 - value.at);
        name = flow_piece_trim(flow_piece_from(value, key.len));
    }
    return have_place(state->reading, key, name, out, err);
}

static struct flow_piece take_word(struct flow_piece *rest)
{
    struct flow_piece word = flow_piece_trim(*rest);
    size_t len = 0;
    while (len < word.len && word.at[len] != ' ' && word.at[len] != '\t')
        len++;
    *rest = flow_piece_from(word, len);
    word.len = len;
    return word;
}

static bool to_number(struct flow_piece word, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (!isdigit((unsigned char)word.at[i]))
            return false;
        *out = *out > (UINT64_MAX - 9) / 10 ? UINT64_MAX / 16 : *out * 10 + (uint64_t)(word.at[i] - '0');
    }
    return word.len > 0;
}

// "12", or against the line before: "+2", "-2", "*".
static bool take_line(struct callgrind *state, struct flow_piece *rest)
{
    struct flow_piece word = take_word(rest);
    uint64_t number = 0;
    char sign = word.len > 0 ? word.at[0] : '\0';
    if (sign == '*')
        return word.len == 1;
    bool relative = sign == '+' || sign == '-';
    if (!to_number(flow_piece_from(word, relative), &number) || number > UINT32_MAX)
        return false;
    state->line =
        relative ? state->line + (sign == '+' ? (int64_t)number : -(int64_t)number) : (int64_t)number;
    return state->line >= 0 && state->line <= UINT32_MAX;
}

static int take_cost(struct callgrind *state, struct flow_piece rest, struct flow_error *err)
{
    struct profiling *reading = state->reading;
    uint64_t cost = 0;
    if (state->instructions)
        take_word(&rest);
    if (!take_line(state, &rest))
        return unfit(reading, "callgrind tells a cost without its line", err);
    struct flow_piece word = take_word(&rest);
    if (word.len > 0 && !to_number(word, &cost))
        return unfit(reading, "callgrind tells a cost that is no number", err);
    bool call = state->call, elsewhere = state->elsewhere;
    state->call = state->elsewhere = false;
    const struct place *place = state->known ? &reading->places[state->file] : NULL;
    bool ours = place && place->ours;
    // What a function of the project takes is told of its own lines.
    if (call && ours)
        ours = elsewhere && !reading->places[state->callee].ours;
    else if (!call)
        reading->profile->total = flow_covering_add(reading->profile->total, cost);
    return ours && state->line > 0 && cost > 0
               ? flow_covering_line(&reading->covering, place->file, (uint32_t)state->line, cost, err)
               : 0;
}

static int read_callgrind(struct profiling *reading, struct flow_piece text, struct flow_error *err)
{
    struct callgrind state = {.reading = reading};
    struct flow_piece line;
    int result = 0;
    while (result == 0 && flow_piece_line(&text, &line)) {
        reading->covering.line++;
        if (flow_piece_starts(line, "fl=") || flow_piece_starts(line, "fi=") ||
            flow_piece_starts(line, "fe=")) {
            result = take_file(&state, flow_piece_from(line, 3), &state.file, err);
            state.known = true;
        } else if (flow_piece_starts(line, "cfi=") || flow_piece_starts(line, "cfl=")) {
            result = take_file(&state, flow_piece_from(line, 4), &state.callee, err);
            state.elsewhere = true;
        } else if (flow_piece_starts(line, "calls=")) {
            state.call = true;
        } else if (flow_piece_starts(line, "positions:")) {
            state.instructions = flow_piece_find(line, "instr") >= 0;
            if (flow_piece_find(line, "line") < 0)
                result = unfit(reading, "callgrind tells no lines: leave out --dump-line=no", err);
        } else if (line.len > 0 && strchr("0123456789+-*", line.at[0])) {
            result = take_cost(&state, line, err);
        }
    }
    return result;
}

/*
 * perf.
 */

struct perf {
    struct profiling *reading;
    bool open;     // a sample whose line is not known yet
    bool any;      // there was a place in a source
    uint64_t cost; // of the sample
};

// "PROGRAM PID [CPU] TIME: PERIOD EVENT: …"
static bool begins_sample(struct flow_piece line, uint64_t *cost)
{
    for (struct flow_piece word; (word = take_word(&line)).len > 0;) {
        size_t i = 0, points = 0;
        for (; i < word.len && (isdigit((unsigned char)word.at[i]) || word.at[i] == '.'); i++)
            points += word.at[i] == '.';
        if (i + 1 != word.len || word.at[i] != ':' || i == 0 || points != 1)
            continue;
        if (!to_number(take_word(&line), cost))
            *cost = 1;
        return true;
    }
    return false;
}

// "  FILE:LINE", and " (inlined)" behind it where it is so.
static bool is_source(struct flow_piece line, struct flow_piece *file, uint32_t *number)
{
    static const char inlined[] = " (inlined)";
    uint64_t value;
    if (flow_piece_indent(line) != 2)
        return false;
    line = flow_piece_trim(line);
    if (line.len > sizeof inlined &&
        memcmp(line.at + line.len - (sizeof inlined - 1), inlined, sizeof inlined - 1) == 0)
        line.len -= sizeof inlined - 1;
    long colon = flow_piece_rfind(line, ":");
    if (colon <= 0 || !to_number(flow_piece_from(line, (size_t)colon + 1), &value) || value > UINT32_MAX)
        return false;
    *file = (struct flow_piece){line.at, (size_t)colon};
    *number = (uint32_t)value;
    return true;
}

static int read_perf_line(struct perf *state, struct flow_piece line, struct flow_error *err)
{
    struct profiling *reading = state->reading;
    struct flow_piece file;
    uint32_t number;
    size_t found;
    if (line.len == 0 || line.at[0] == '\t')
        return 0;
    if (!is_source(line, &file, &number)) {
        if (begins_sample(line, &state->cost)) {
            reading->profile->total = flow_covering_add(reading->profile->total, state->cost);
            state->open = true;
        }
        return 0;
    }
    state->any = true;
    if (!state->open)
        return 0;
    if (have_place(reading, file, file, &found, err))
        return -1;
    const struct place *place = &reading->places[found];
    if (!place->ours || number == 0)
        return 0;
    state->open = false;
    return flow_covering_line(&reading->covering, place->file, number, state->cost, err);
}

static int read_perf(struct profiling *reading, struct flow_piece text, struct flow_error *err)
{
    struct perf state = {.reading = reading};
    struct flow_piece line;
    int result = 0;
    while (result == 0 && flow_piece_line(&text, &line)) {
        reading->covering.line++;
        result = read_perf_line(&state, line, err);
    }
    return result || state.any
               ? result
               : flow_error_set(err, FLOW_E_INVALID,
                                "it is no file of callgrind, and names no lines as 'perf script -F +srcline "
                                "--full-source-path' does");
}

static bool is_callgrind(const char *text, size_t len)
{
    struct flow_piece rest = {text, len}, line;
    for (unsigned i = 0; i < 100 && flow_piece_line(&rest, &line); i++)
        if (flow_piece_starts(line, "events:"))
            return true;
    return false;
}

int flow_profile_read(struct flow_profile *profile, const struct flow_profile_project *project,
                      const char *text, size_t len, struct flow_error *err)
{
    struct profiling reading = {.profile = profile, .project = project, .names = flow_map_new()};
    int result = flow_covering_init(&reading.covering, &profile->cost, project->root, err);
    if (result == 0 && !reading.names)
        result = flow_error_nomem(err);
    if (result == 0)
        result = is_callgrind(text, len) ? read_callgrind(&reading, (struct flow_piece){text, len}, err)
                                         : read_perf(&reading, (struct flow_piece){text, len}, err);
    flow_covering_end(&reading.covering);
    flow_map_free(reading.names);
    free(reading.places);
    return result;
}
