// SPDX-License-Identifier: MIT
// What ownership.scm finds in each file.
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/pack.h"
#include "flow/base/thread.h"
#include "flow/base/vec.h"
#include "flow/syntax/groups.h"
#include "lifetimes_private.h"

#define INDEX_KIND "ownership"

static const char *const kind_names[OWN_KIND_COUNT] = {
    [OWN_PARAMETER] = "parameter",
    [OWN_RESULT] = "result",
    [OWN_FOREIGN_FUNCTION] = "foreign",
    [OWN_RETURN] = "return",
    [OWN_YIELD] = "yield",
    [OWN_LOCAL] = "local",
    [OWN_AGAIN] = "again",
    [OWN_GLOBAL_VARIABLE] = "global",
    [OWN_PAYLOAD] = "payload",
    [OWN_ELEMENT] = "element",
    [OWN_ASSIGN] = "assign",
    [OWN_MEMBER] = "member",
    [OWN_CHOICE] = "choice",
    [OWN_DEFAULT] = "default",
    [OWN_CALL] = "call",
    [OWN_CONTAINER] = "container",
    [OWN_EXTERN] = "extern",
    [OWN_OPAQUE] = "opaque",
    [OWN_ALIAS] = "alias",
    [OWN_FILL] = "fill",
    [OWN_INITIALIZER] = "initializer",
    [OWN_MACRO] = "macro",
    [OWN_DEFINE] = "define",
    [OWN_COUNT_UP] = "count-up",
    [OWN_COUNT_DOWN] = "count-down",
};

static enum own_kind kind_of(const char *name)
{
    int kind = 0;
    while (kind < OWN_KIND_COUNT && strcmp(kind_names[kind], name) != 0)
        kind++;
    return (enum own_kind)kind;
}

// "a.#b" is a member b of a.
static bool is_mark(const struct own_conf *conf, const char *source, uint32_t start, uint32_t at)
{
    const struct own_text one = {source + at, 1};
    return at > start && source[at - 1] == '.' && own_conf_has_text(conf, OWN_MARK, one);
}

const char *own_fold(struct own_file *file, const char *source, uint32_t start, uint32_t end)
{
    char text[OWN_TEXT_MAX + 1];
    size_t len = 0;
    for (uint32_t at = start; at < end && len < OWN_TEXT_MAX; at++) {
        // What joins lines joins nothing here.
        bool blank = strchr(" \t\r\n", source[at]) || (source[at] == '\\' && strchr("\r\n", source[at + 1]));
        if (is_mark(file->conf, source, start, at))
            continue;
        if (!blank)
            text[len++] = source[at];
        else if (len > 0 && text[len - 1] != ' ')
            text[len++] = ' ';
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return flow_arena_strn(&file->arena, text, len);
}

struct texts {
    const char *name, *type, *value, *item;
    uint32_t name_end, type_start; /* a type with several captures goes from the first to the last */
};

static int take_part(struct texts *texts, struct own_file *file, const struct flow_part *part,
                     const char *source)
{
    bool is_type = strcmp(part->name, "type") == 0;
    if (is_type && !texts->type)
        texts->type_start = part->span.start;
    const char *text = own_fold(file, source, is_type ? texts->type_start : part->span.start, part->span.end);
    if (!text)
        return -1;
    switch (part->name[0]) {
    case 'n': // name
    case 't': // target, type
        if (is_type) {
            texts->type = text;
        } else {
            texts->name = text;
            texts->name_end = part->span.end;
        }
        break;
    case 's': // storage
        break;
    case 'i':
        texts->item = text;
        break;
    default:
        texts->value = text;
    }
    return 0;
}

static const char *join(struct flow_arena *arena, const char *a, const char *b)
{
    size_t len = strlen(a);
    char *out = flow_arena_alloc(arena, len + strlen(b) + 1);
    if (out) {
        memcpy(out, a, len);
        strcpy(out + len, b);
    }
    return out;
}

// A call's value is the text of its arguments, in brackets; a payload's that of the member that it stands
// for.
static int finish(struct own_record *record, const struct texts *texts, struct own_file *file,
                  const char *source)
{
    record->name = texts->name ? texts->name : "";
    record->type = texts->type ? texts->type : "";
    record->value = texts->value ? texts->value : "";
    if (record->kind == OWN_CALL)
        record->value = own_fold(file, source, texts->name_end, record->end);
    else if (texts->item)
        record->value = join(&file->arena, record->value, texts->item);
    return record->value ? 0 : -1;
}

// What a query cannot tell: a declaration, which begins with another word than the name, is no assignment,
// and one of a variable that another file has is none.
static bool is_other(const struct own_conf *conf, const struct flow_groups *groups,
                     const struct flow_group *group, enum own_kind kind, const char *source)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct flow_part *part = &groups->parts[group->first + i];
        const struct own_text text = {source + part->span.start, part->span.end - part->span.start};
        if (kind == OWN_AGAIN && strcmp(part->name, "name") == 0 && part->span.start > group->span.start)
            return true;
        if (strcmp(part->name, "storage") == 0 && own_conf_has_text(conf, OWN_ELSEWHERE, text))
            return true;
    }
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct own_record *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    if (left->end != right->end)
        return left->end > right->end ? -1 : 1;
    return left->kind != right->kind ? (left->kind < right->kind ? -1 : 1) : strcmp(left->name, right->name);
}

// The record of one match; *whole: where the braces or the body of it stand.
static int take(struct own_file *file, const struct flow_groups *groups, const struct flow_group *group,
                const char *source, struct own_record *out, struct flow_span *whole, struct flow_error *err)
{
    struct texts texts = {0};
    *out = (struct own_record){.kind = kind_of(group->kind),
                               .start = group->span.start,
                               .end = group->span.end,
                               .line = group->span.start_line};
    if (out->kind == OWN_KIND_COUNT)
        return flow_error_set(err, FLOW_E_INVALID, "'%s/ownership.scm': no such kind of fact: '%s'",
                              flow_language_name(file->conf->language), group->kind);
    for (size_t i = 0; i < group->count; i++) {
        const struct flow_part *part = &groups->parts[group->first + i];
        if (take_part(&texts, file, part, source) != 0)
            return flow_error_nomem(err);
        if (out->kind == OWN_MEMBER && strcmp(part->name, "name") == 0)
            out->line = part->span.start_line;
        if (strcmp(part->name, "value") == 0)
            *whole = part->span;
    }
    return finish(out, &texts, file, source) == 0 ? 0 : flow_error_nomem(err);
}

static int add_record(struct own_file *file, const struct flow_groups *groups, const struct flow_group *group,
                      const char *source, struct own_records *out, struct flow_error *err)
{
    struct own_record record;
    struct flow_span whole = {0};
    if (take(file, groups, group, source, &record, &whole, err) != 0)
        return -1;
    if (is_other(file->conf, groups, group, record.kind, source))
        return 0;
    if (record.kind == OWN_INITIALIZER || record.kind == OWN_MACRO) {
        // What it is made of is told, it itself only where it stands for a function.
        out->unfolded = true;
        if (own_unfold(file, &record, whole.start, whole.end, source, out, err) != 0)
            return -1;
    }
    if (record.kind == OWN_INITIALIZER)
        return 0;
    if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err) != 0)
        return -1;
    out->items[out->count++] = record;
    return 0;
}

static int keep(struct own_file *file, const struct flow_groups *groups, const char *source,
                struct flow_error *err)
{
    struct own_records records = {0};
    int result = 0;
    for (size_t i = 0; result == 0 && i < groups->count; i++)
        result = add_record(file, groups, &groups->items[i], source, &records, err);
    file->records = flow_arena_alloc(&file->arena, (records.count + 1) * sizeof *file->records);
    if (result == 0 && !file->records)
        result = flow_error_nomem(err);
    if (result == 0 && records.count > 0) {
        if (records.unfolded)
            qsort(records.items, records.count, sizeof *records.items, by_place);
        memcpy(file->records, records.items, records.count * sizeof *records.items);
        file->record_count = records.count;
    }
    free(records.items);
    return result;
}

static void encode(const struct own_file *file, struct flow_buf *out)
{
    flow_pack_uint(out, file->record_count);
    uint32_t last = 0;
    for (size_t i = 0; i < file->record_count; i++) {
        const struct own_record *record = &file->records[i];
        flow_pack_uint(out, record->kind);
        flow_pack_uint(out, record->start - last);
        flow_pack_uint(out, record->end - record->start);
        flow_pack_uint(out, record->line);
        flow_pack_str(out, record->name, strlen(record->name));
        flow_pack_str(out, record->type, strlen(record->type));
        flow_pack_str(out, record->value, strlen(record->value));
        last = record->start;
    }
}

static const char *unpack_text(struct flow_unpack *in, struct flow_arena *arena)
{
    size_t len;
    const char *text = flow_unpack_str(in, &len);
    if (len == 0)
        return "";
    const char *copy = flow_arena_strn(arena, text, len);
    if (!copy)
        in->failed = true;
    return copy;
}

// Whether the bytes were what encode wrote.
static bool decode(struct own_file *file, const struct flow_buf *bytes)
{
    struct flow_unpack in;
    flow_unpack_init(&in, bytes->data, bytes->len);
    size_t count = flow_unpack_count(&in);
    file->records = flow_arena_alloc(&file->arena, (count + 1) * sizeof *file->records);
    uint32_t last = 0;
    for (size_t i = 0; file->records && i < count && !in.failed; i++) {
        struct own_record *record = &file->records[i];
        record->kind = (enum own_kind)flow_unpack_max(&in, OWN_KIND_COUNT - 1);
        record->start = last + (uint32_t)flow_unpack_max(&in, UINT32_MAX);
        record->end = record->start + (uint32_t)flow_unpack_max(&in, UINT32_MAX);
        record->line = (uint32_t)flow_unpack_max(&in, UINT32_MAX);
        record->name = unpack_text(&in, &file->arena);
        record->type = unpack_text(&in, &file->arena);
        record->value = unpack_text(&in, &file->arena);
        last = record->start;
    }
    file->record_count = count;
    return file->records && flow_unpack_done(&in);
}

struct worker {
    struct flow_parser *parser;
    struct flow_buf text, bytes;
    struct flow_buf whole; /* the text with all branches */
};

struct reader {
    struct own_model *model;
    struct worker *workers;
};

// Records of a file whose text has been read.
static int extract(struct own_file *file, struct worker *worker, struct flow_index *index,
                   const struct flow_index_key *key, struct flow_error *err)
{
    struct flow_groups groups;
    if (flow_groups_find(&groups, worker->parser, file->conf->language, "ownership.scm", worker->text.data,
                         worker->text.len, err) != 0)
        return -1;
    int result = keep(file, &groups, worker->text.data, err);
    flow_groups_release(&groups);
    if (result != 0 || !index)
        return result;
    flow_buf_clear(&worker->bytes);
    encode(file, &worker->bytes);
    // An index that cannot be written costs time, not the result.
    if (!worker->bytes.failed)
        flow_index_put(index, key, worker->bytes.data, worker->bytes.len, NULL);
    return 0;
}

// The facts of the text of one branch, from the index or from a parse.
static int branch_facts(struct own_file *file, struct worker *worker, struct flow_index *index,
                        const struct flow_index_key *key, struct flow_error *err)
{
    const struct flow_language *language = file->conf->language;
    const struct flow_buf *text = &worker->text;
    flow_buf_clear(&worker->bytes);
    if (index && flow_index_get(index, key, &worker->bytes, NULL) > 0 &&
        flow_facts_decode(&file->branch, language, worker->bytes.data, worker->bytes.len, text->data,
                          text->len, NULL) == 0)
        return 0;
    if (flow_facts_extract(&file->branch, worker->parser, language, text->data, text->len, err) != 0)
        return -1;
    flow_buf_clear(&worker->bytes);
    if (index && flow_facts_encode(&file->branch, &worker->bytes, NULL) == 0)
        flow_index_put(index, key, worker->bytes.data, worker->bytes.len, NULL);
    return 0;
}

// Where a file does not parse as a whole, one branch of its conditions may: then the text is that.
static int choose_branch(struct own_file *file, struct worker *worker, struct flow_index *index,
                         const struct flow_id *blob, struct flow_error *err)
{
    const char *directive = flow_language_str(file->conf->language, "language.directive");
    if (file->facts.errors == 0 || !directive)
        return 0;
    flow_buf_clear(&worker->whole);
    flow_buf_add(&worker->whole, worker->text.data, worker->text.len);
    if (flow_buf_check(&worker->whole, "source text", err) != 0)
        return -1;
    if (!own_one_branch(file->conf, directive[0], worker->text.data, worker->text.len))
        return 0;
    const struct flow_index_key key = {"ownership branch", blob, &file->conf->version};
    if (branch_facts(file, worker, index, &key, err) != 0)
        return -1;
    if (file->branch.errors < file->facts.errors)
        return own_take_functions(&file->facts, &file->branch, err);
    memcpy(worker->text.data, worker->whole.data, worker->whole.len);
    return 0;
}

static int read_one(void *payload, unsigned number, size_t item, struct flow_error *err)
{
    struct reader *reader = payload;
    struct worker *worker = &reader->workers[number];
    const struct flow_analysis *analysis = reader->model->analysis;
    struct own_file *file = &reader->model->files[item];
    const struct flow_source *source = &analysis->sources[file->source];
    if (flow_analysis_facts(analysis, worker->parser, file->source, &worker->text, &file->facts, err) != 0)
        return flow_error_wrap(err, "'%s'", file->path);
    const struct flow_index_key key = {INDEX_KIND, &source->entry->blob, &file->conf->version};
    struct flow_index *index = analysis->priv->index;
    if (choose_branch(file, worker, index, &source->entry->blob, err) != 0)
        return flow_error_wrap(err, "'%s'", file->path);
    flow_buf_clear(&worker->bytes);
    if (index && flow_index_get(index, &key, &worker->bytes, NULL) > 0 && decode(file, &worker->bytes))
        return 0;
    flow_arena_clear(&file->arena);
    file->record_count = 0;
    return extract(file, worker, index, &key, err) == 0 ? 0 : flow_error_wrap(err, "'%s'", file->path);
}

static int list_files(struct own_model *model, struct flow_error *err)
{
    const struct flow_analysis *analysis = model->analysis;
    model->files = calloc(analysis->source_count + 1, sizeof *model->files);
    if (!model->files)
        return flow_error_nomem(err);
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (source->unit == SIZE_MAX)
            continue;
        const struct own_conf *conf = NULL;
        for (size_t k = 0; k < model->conf_count; k++) {
            if (model->confs[k]->language == source->language)
                conf = model->confs[k];
        }
        if (!conf)
            continue;
        struct own_file *file = &model->files[model->file_count++];
        *file = (struct own_file){.source = i, .path = source->entry->path, .conf = conf};
        flow_arena_init(&file->arena);
        flow_arena_init(&file->facts.arena);
        flow_arena_init(&file->branch.arena);
    }
    return 0;
}

static int load_confs(struct own_model *model, const struct flow_languages *languages, struct flow_error *err)
{
    size_t count = flow_languages_count(languages);
    model->confs = calloc(count + 1, sizeof *model->confs);
    if (!model->confs)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct own_conf *conf;
        if (own_conf_load(&conf, flow_languages_at(languages, i), err) != 0)
            return -1;
        if (conf)
            model->confs[model->conf_count++] = conf;
    }
    return 0;
}

int own_read(struct own_model *model, const struct flow_languages *languages, unsigned workers,
             struct flow_error *err)
{
    if (load_confs(model, languages, err) != 0 || list_files(model, err) != 0)
        return -1;
    if (workers == 0)
        workers = flow_thread_cores();
    struct reader reader = {model, calloc(workers, sizeof *reader.workers)};
    int result = reader.workers ? 0 : flow_error_nomem(err);
    for (unsigned i = 0; reader.workers && i < workers; i++) {
        flow_buf_init(&reader.workers[i].text, FLOW_BUF_FILE);
        flow_buf_init(&reader.workers[i].bytes, FLOW_BUF_FILE);
        flow_buf_init(&reader.workers[i].whole, FLOW_BUF_FILE);
        if (result == 0)
            result = flow_parser_new(&reader.workers[i].parser, languages, err);
    }
    if (result == 0)
        result = flow_thread_each(workers, model->file_count, read_one, &reader, err);
    for (unsigned i = 0; reader.workers && i < workers; i++) {
        flow_parser_free(reader.workers[i].parser);
        flow_buf_release(&reader.workers[i].text);
        flow_buf_release(&reader.workers[i].bytes);
        flow_buf_release(&reader.workers[i].whole);
    }
    free(reader.workers);
    return result;
}
