/* SPDX-License-Identifier: MIT */
/*
 * A text of diagnostics while it is read: the list that grows, the folder that names are relative to, and the
 * diagnostic that is being put together.
 */
#ifndef FLOW_BUILD_READING_H
#define FLOW_BUILD_READING_H

#include "flow/base/buf.h"
#include "flow/base/json.h"
#include "flow/base/vec.h"
#include "flow/build/diagnostic.h"

struct flow_reading {
    struct flow_diagnostics *list;
    const char *root;
    struct flow_strv folders; /* that make has entered */
    bool open;
    struct flow_diagnostic item; /* while open; its arrays are those below */
    struct flow_buf text;
    struct flow_note *notes;
    size_t note_count, note_cap;
    struct flow_suggestion *suggestions;
    size_t suggestion_count, suggestion_cap;
    struct flow_replacement *replacements; /* of all suggestions, in their order */
    size_t replacement_count, replacement_cap;
};

void flow_reading_init(struct flow_reading *reading, struct flow_diagnostics *list, const char *root);
void flow_reading_release(struct flow_reading *reading);

/* Begins a diagnostic, after the end of the one before it. */
int flow_reading_begin(struct flow_reading *reading, enum flow_severity severity, struct flow_error *err);
/* Puts it into the list, unless it has no message. No error where none is open. */
int flow_reading_end(struct flow_reading *reading, struct flow_error *err);

/* A copy that lives as long as the list; NULL (with err set) out of memory. */
const char *flow_reading_str(struct flow_reading *reading, const char *text, size_t len,
                             struct flow_error *err);
/* Sets file and outside from a name as the tool gave it. */
int flow_reading_file(struct flow_reading *reading, const char *name, size_t len, const char **file,
                      bool *outside, struct flow_error *err);
/* The same where names are relative to `folder` (absolute, or NULL: root); the result is made in arena. */
int flow_place_file(struct flow_arena *arena, const char *root, const char *folder, const char *name,
                    size_t len, const char **file, bool *outside, struct flow_error *err);

/* Adds to the open diagnostic; the strings of note and replacement are from flow_reading_str. */
int flow_reading_note(struct flow_reading *reading, const struct flow_note *note, struct flow_error *err);
int flow_reading_suggest(struct flow_reading *reading, const char *message, bool machine,
                         struct flow_error *err);
/* … to its last suggestion. */
int flow_reading_replace(struct flow_reading *reading, const struct flow_replacement *replacement,
                         struct flow_error *err);

/* "warning" and the like; what is unknown is an error. */
enum flow_severity flow_severity_of(const char *word, size_t len);

/* A JSON value, of whatever tool: 1 where it was one that we know, 0 where not. */
int flow_reading_json(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err);

/* clang's fix-it:"file":{l:c-l:c}:"text": 1, 0 where the line is none. on_note: it belongs to a note. */
int flow_reading_fixit(struct flow_reading *reading, const char *line, size_t len, bool on_note,
                       bool *continues, struct flow_error *err);

#endif
