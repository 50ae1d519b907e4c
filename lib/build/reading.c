// SPDX-License-Identifier: MIT
#include "reading.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/base/file.h"
#include "flow/base/str.h"

void flow_reading_init(struct flow_reading *reading, struct flow_diagnostics *list, const char *root)
{
    *reading = (struct flow_reading){.list = list, .root = root};
    flow_strv_init(&reading->folders);
    flow_buf_init(&reading->text, FLOW_BUF_TEXT);
}

void flow_reading_release(struct flow_reading *reading)
{
    flow_strv_release(&reading->folders);
    flow_buf_release(&reading->text);
    free(reading->notes);
    free(reading->suggestions);
    free(reading->replacements);
}

enum flow_severity flow_severity_of(const char *word, size_t len)
{
    static const char *const notes[] = {"note", "help", "hint", "info"};
    if (len >= 4 && strncasecmp(word, "warn", 4) == 0)
        return FLOW_SEVERITY_WARNING;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (len >= 4 && strncasecmp(word, notes[i], 4) == 0)
            return FLOW_SEVERITY_NOTE;
    }
    return FLOW_SEVERITY_ERROR;
}

const char *flow_reading_str(struct flow_reading *reading, const char *text, size_t len,
                             struct flow_error *err)
{
    const char *copy = flow_arena_strn(&reading->list->arena, text, len);
    if (!copy)
        flow_error_nomem(err);
    return copy;
}

int flow_place_file(struct flow_arena *arena, const char *root, const char *folder, const char *name,
                    size_t len, const char **file, bool *outside, struct flow_error *err)
{
    struct flow_buf given, path;
    flow_buf_init(&given, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_add(&given, name, len);
    bool absolute = len > 0 && name[0] == '/';
    flow_path_join(&path, absolute ? given.data : (folder ? folder : root), absolute ? "" : given.data);
    size_t top = strlen(root);
    const char *found = path.data;
    *outside = true;
    if (strncmp(found, root, top) == 0 && found[top] == '/') {
        *outside = false;
        found += top + 1;
    }
    *file = flow_arena_str(arena, found);
    // A name that is too long for a path is no file.
    bool failed = (given.failed && !given.full) || (path.failed && !path.full) || !*file;
    if (given.full || path.full)
        *outside = true;
    flow_buf_release(&path);
    flow_buf_release(&given);
    return failed ? flow_error_nomem(err) : 0;
}

int flow_reading_file(struct flow_reading *reading, const char *name, size_t len, const char **file,
                      bool *outside, struct flow_error *err)
{
    const struct flow_strv *folders = &reading->folders;
    const char *folder = folders->count > 0 ? folders->items[folders->count - 1] : NULL;
    return flow_place_file(&reading->list->arena, reading->root, folder, name, len, file, outside, err);
}

int flow_reading_begin(struct flow_reading *reading, enum flow_severity severity, struct flow_error *err)
{
    if (flow_reading_end(reading, err))
        return -1;
    reading->open = true;
    reading->item = (struct flow_diagnostic){.severity = severity, .times = 1};
    flow_buf_clear(&reading->text);
    reading->note_count = reading->suggestion_count = reading->replacement_count = 0;
    return 0;
}

int flow_reading_note(struct flow_reading *reading, const struct flow_note *note, struct flow_error *err)
{
    if (flow_grow(&reading->notes, &reading->note_cap, reading->note_count + 1, sizeof *reading->notes, err))
        return -1;
    reading->notes[reading->note_count++] = *note;
    return 0;
}

int flow_reading_suggest(struct flow_reading *reading, const char *message, bool machine,
                         struct flow_error *err)
{
    if (flow_grow(&reading->suggestions, &reading->suggestion_cap, reading->suggestion_count + 1,
                  sizeof *reading->suggestions, err))
        return -1;
    reading->suggestions[reading->suggestion_count++] =
        (struct flow_suggestion){.message = message, .machine = machine};
    return 0;
}

int flow_reading_replace(struct flow_reading *reading, const struct flow_replacement *replacement,
                         struct flow_error *err)
{
    if (flow_grow(&reading->replacements, &reading->replacement_cap, reading->replacement_count + 1,
                  sizeof *reading->replacements, err))
        return -1;
    reading->replacements[reading->replacement_count++] = *replacement;
    reading->suggestions[reading->suggestion_count - 1].count++;
    return 0;
}

// An array that lives as long as the list; NULL where it is empty.
static void *keep(struct flow_reading *reading, const void *items, size_t count, size_t size, bool *failed)
{
    if (count == 0)
        return NULL;
    void *copy = flow_arena_alloc(&reading->list->arena, count * size);
    if (copy)
        memcpy(copy, items, count * size);
    else
        *failed = true;
    return copy;
}

static int keep_all(struct flow_reading *reading, struct flow_error *err)
{
    struct flow_diagnostic *item = &reading->item;
    bool failed = reading->text.failed && !reading->text.full;
    struct flow_replacement *replacement = keep(reading, reading->replacements, reading->replacement_count,
                                                sizeof *reading->replacements, &failed);
    for (size_t i = 0; !failed && i < reading->suggestion_count; i++) {
        reading->suggestions[i].replacements = replacement;
        replacement += reading->suggestions[i].count;
    }
    item->notes = keep(reading, reading->notes, reading->note_count, sizeof *reading->notes, &failed);
    item->note_count = reading->note_count;
    item->suggestions =
        keep(reading, reading->suggestions, reading->suggestion_count, sizeof *reading->suggestions, &failed);
    item->suggestion_count = reading->suggestion_count;
    item->text = flow_arena_strn(&reading->list->arena, reading->text.data, reading->text.len);
    return failed || !item->text ? flow_error_nomem(err) : 0;
}

int flow_reading_end(struct flow_reading *reading, struct flow_error *err)
{
    struct flow_diagnostics *list = reading->list;
    bool wanted = reading->open && reading->item.message && list->count < FLOW_DIAGNOSTICS_MAX;
    reading->open = false;
    if (!wanted)
        return 0;
    if (keep_all(reading, err) ||
        flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, err))
        return -1;
    list->items[list->count++] = reading->item;
    return 0;
}
