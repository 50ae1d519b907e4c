// SPDX-License-Identifier: MIT
// Which fields are open, and who is asked about which.
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "lifetimes_ask.h"

/* Of one agent. More answers than these get careless. */
#define FIELDS_MAX 24

static bool is_open(const struct flow_lifetime *row)
{
    return strcmp(row->confidence, "medium") == 0 || strcmp(row->confidence, "low") == 0;
}

static const char *name_of(struct ask *ask, const struct flow_lifetime *row)
{
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "%s.%s", row->strukt, row->field);
    const char *copy = name.failed ? NULL : flow_arena_str(&ask->arena, name.data);
    flow_buf_release(&name);
    return copy;
}

// How many open rows of the same struct follow, from this one on.
static size_t count_struct(const struct ask *ask, size_t from)
{
    const struct flow_lifetime *rows = ask->lifetimes->rows;
    size_t count = 0;
    for (size_t i = from; i < ask->lifetimes->count && strcmp(rows[i].file, rows[from].file) == 0 &&
                          strcmp(rows[i].strukt, rows[from].strukt) == 0;
         i++)
        count += is_open(&rows[i]);
    return count;
}

// Whether a row goes to the same agent as those before it. A struct is not torn apart unless it is too large.
static bool fits(const struct ask *ask, const struct ask_task *task, size_t row)
{
    const struct flow_lifetime *rows = ask->lifetimes->rows;
    if (!task || strcmp(task->file, rows[row].file) != 0 || task->count >= FIELDS_MAX)
        return false;
    const struct flow_lifetime *last = task->fields[task->count - 1].row;
    return strcmp(last->strukt, rows[row].strukt) == 0 || task->count + count_struct(ask, row) <= FIELDS_MAX;
}

static struct ask_task *begin_task(struct ask *ask, const char *file, struct flow_error *err)
{
    if (flow_grow(&ask->tasks, &ask->cap, ask->count + 1, sizeof *ask->tasks, err) != 0)
        return NULL;
    const struct ask_task *before = ask->count > 0 ? &ask->tasks[ask->count - 1] : NULL;
    unsigned piece = before && strcmp(before->file, file) == 0 ? before->piece + 1 : 0;
    struct ask_task *task = &ask->tasks[ask->count++];
    *task = (struct ask_task){.file = file, .piece = piece};
    task->fields = flow_arena_alloc(&ask->arena, FIELDS_MAX * sizeof *task->fields);
    task->names = flow_arena_alloc(&ask->arena, FIELDS_MAX * sizeof *task->names);
    task->claims = flow_arena_alloc(&ask->arena, FIELDS_MAX * sizeof *task->claims);
    task->claim_fields = flow_arena_alloc(&ask->arena, FIELDS_MAX * sizeof *task->claim_fields);
    flow_prompt_init(&task->prompt);
    flow_prompt_init(&task->refute);
    if (task->fields && task->names && task->claims && task->claim_fields)
        return task;
    flow_error_nomem(err);
    return NULL;
}

int ask_tasks(struct ask *ask, struct flow_error *err)
{
    struct ask_task *task = NULL;
    for (size_t i = 0; i < ask->lifetimes->count; i++) {
        struct flow_lifetime *row = &ask->lifetimes->rows[i];
        const struct own_field *field = is_open(row) ? own_field_of_row(ask->lifetimes, row) : NULL;
        if (!field)
            continue;
        if (!fits(ask, task, i) && !(task = begin_task(ask, row->file, err)))
            return -1;
        struct ask_field *asked = &task->fields[task->count];
        *asked = (struct ask_field){.row = row, .field = field, .name = name_of(ask, row)};
        if (!asked->name)
            return flow_error_nomem(err);
        task->names[task->count++] = asked->name;
        ask->out->fields++;
    }
    return 0;
}

void ask_tasks_free(struct ask *ask)
{
    for (size_t i = 0; i < ask->count; i++) {
        struct ask_task *task = &ask->tasks[i];
        flow_prompt_release(&task->prompt);
        flow_prompt_release(&task->refute);
        flow_ownership_release(&task->answers);
        for (size_t k = 0; k < FLOW_LIFETIMES_VOTES_MAX; k++)
            flow_refutations_release(&task->votes[k].said);
        free(task->shown);
    }
    free(ask->tasks);
}
