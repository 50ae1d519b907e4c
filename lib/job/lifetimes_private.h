/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the ownership analysis share.
 *
 *   lifetimes_conf.c     ownership.conf of a language
 *   lifetimes_classes.c  the classes that a repository declares
 *   lifetimes_read.c     what ownership.scm finds in each file, from the index or from a parse
 *   lifetimes_branch.c   one branch of each condition, where a file does not parse
 *   lifetimes_unfold.c   initializers and macros taken apart
 *   lifetimes_expr.c     texts of expressions and types taken apart
 *   lifetimes_key.c      keys of the maps of the model
 *   lifetimes_model.c    types, fields and functions of the whole tree
 *   lifetimes_globals.c  variables that no struct holds
 *   lifetimes_held.c     who contains whom
 *   lifetimes_sort.c     which function each record belongs to
 *   lifetimes_types.c    which type a text means
 *   lifetimes_resolve.c  which local, function or field
 *   lifetimes_value.c    where a value comes from, through names and functions
 *   lifetimes_events.c   what happens to each field
 *   lifetimes_members.c  by initializers
 *   lifetimes_calls.c    by calls
 *   lifetimes_view.c     what is known of one field
 *   lifetimes_rules.c    from that to a class
 *   lifetimes_judge.c    and to a row
 *   lifetimes_target.c   the type of a class in the language that is ported to
 *   lifetimes_table.c    tables that are read back
 *   lifetimes_trace*.c   a traced run; see lifetimes_trace.h
 */
#ifndef FLOW_JOB_LIFETIMES_PRIVATE_H
#define FLOW_JOB_LIFETIMES_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/map.h"
#include "flow/base/vec.h"
#include "flow/job/analyze.h"
#include "flow/job/lifetimes.h"

/* A piece of source text. */
struct own_text {
    const char *at;
    size_t len;
};

/* The name lists of an ownership.conf; grammars/README.md tells what each means. */
enum own_list {
    OWN_PREFIX,
    OWN_ELSE,
    OWN_CAST,
    OWN_NULL,
    OWN_MARK,
    OWN_ALLOCATE,
    OWN_ARENA,
    OWN_ACQUIRE,
    OWN_FREE,
    OWN_RELEASE,
    OWN_UNREF,
    OWN_GLOBAL,
    OWN_CONTAINER_OF,
    OWN_DESTRUCTOR,
    OWN_SELF,
    OWN_COUNTED,
    OWN_FUNCTION,
    OWN_FOREIGN,
    OWN_MANY,
    OWN_GENERIC,
    OWN_OPAQUE_NAME,
    OWN_NULLABLE,
    OWN_KEEP,
    OWN_QUALIFIER,
    OWN_CONSTANT,
    OWN_CALLED,
    OWN_IMPORT,
    OWN_ELSEWHERE,
    OWN_TEXT,
    OWN_DEEP,
    OWN_NEVER,
    OWN_COND_BEGIN,
    OWN_COND_NOT,
    OWN_COND_ELSE,
    OWN_COND_END,
    OWN_POOLED,
    OWN_LASTING,
    OWN_LIST_COUNT
};

struct own_conf {
    const struct flow_language *language;
    struct flow_strv lists[OWN_LIST_COUNT];
    bool types_are_global;  /* a type is known by its name in files that do not declare it */
    bool first_is_self;     /* a function is a method of the type of its first parameter */
    struct flow_id version; /* of the conf and the query */
};

/* The conf of a language; NULL in *out where the language has no ownership.scm. */
int own_conf_load(struct own_conf **out, const struct flow_language *language, struct flow_error *err);
void own_conf_free(struct own_conf *conf);
/* Whether a word matches one of the globs of a list. */
bool own_conf_has(const struct own_conf *conf, enum own_list list, const char *word);
bool own_conf_has_text(const struct own_conf *conf, enum own_list list, struct own_text text);

/*
 * One finding of ownership.scm.
 */
enum own_kind {
    OWN_PARAMETER,
    OWN_RESULT,
    OWN_FOREIGN_FUNCTION,
    OWN_RETURN,
    OWN_YIELD,
    OWN_LOCAL,
    OWN_AGAIN,
    OWN_GLOBAL_VARIABLE,
    OWN_PAYLOAD,
    OWN_ELEMENT,
    OWN_ASSIGN,
    OWN_MEMBER,
    OWN_CHOICE,
    OWN_DEFAULT,
    OWN_CALL,
    OWN_CONTAINER,
    OWN_EXTERN,
    OWN_OPAQUE,
    OWN_ALIAS,
    OWN_FILL,
    OWN_INITIALIZER,
    OWN_MACRO,
    OWN_DEFINE,
    OWN_COUNT_UP,
    OWN_COUNT_DOWN,
    OWN_KIND_COUNT
};

struct own_record {
    enum own_kind kind;
    uint32_t start, end, line;
    const char *name, *type, *value; /* "" where there is none; white space folded, cut at OWN_TEXT_MAX */
    struct own_function *callee;     /* of a call, once it has been looked up; NULL: not in the tree */
    bool looked_up, is_method; /* is_method: the callee gets what it is called on as its first parameter */
};
#define OWN_TEXT_MAX 240

/* A list that grows while a file is read. */
struct own_records {
    struct own_record *items;
    size_t count, cap;
    bool unfolded; /* not all are in order */
};

struct own_type;
struct own_function;

/* Records and declarations of one file; strings live in the arena. */
struct own_file {
    size_t source; /* index of analysis->sources */
    const char *path;
    const struct own_conf *conf;
    struct flow_facts facts;
    struct flow_facts branch; /* functions of `facts` may be of these */
    struct flow_arena arena;
    struct own_record *records; /* by position */
    size_t record_count;
    struct own_type *last_type;
    struct own_type *globals; /* holds its global variables; NULL where there are none */
};

/* What happened to a field at one place. */
enum own_event_kind {
    OWN_FROM_PARAMETER,
    OWN_FROM_ALLOCATION,
    OWN_FROM_ARENA,
    OWN_FROM_ACQUIRED,
    OWN_FROM_GLOBAL,
    OWN_FROM_SELF,      /* the object at work itself */
    OWN_FROM_INSIDE,    /* address of a part of the object at work */
    OWN_FROM_LOCAL,     /* address of a local */
    OWN_FROM_OTHER,     /* address of a part of something else */
    OWN_FROM_FIELD,     /* what another field holds */
    OWN_FROM_AMBIENT,   /* out of an object of a declared class */
    OWN_FROM_CONTAINER, /* container-of */
    OWN_FROM_FOREIGN,
    OWN_FROM_FUNCTION, /* a function's address */
    OWN_FROM_CALL,
    OWN_FROM_NULL,
    OWN_FROM_UNKNOWN,
    OWN_FREED,
    OWN_RELEASED,
    OWN_UNREFED,
    OWN_ACQUIRED,
    OWN_WALKED,
    OWN_EVENT_COUNT
};

struct own_event {
    enum own_event_kind kind;
    const struct own_file *file;
    uint32_t line;
    const char *text;
    const struct own_function *function;   /* NULL outside of functions */
    bool tears_down;                       /* in a destructor of the field's struct */
    bool literal;                          /* in an initializer of the struct */
    bool fallback;                         /* an initial value of the declaration */
    bool view;                             /* in a struct on the stack: a local, or one that is returned */
    bool in_local;                         /* of what a local stands for, no parameter */
    bool by_name;                          /* done to a local that stands for it */
    bool kept_twice;                       /* the same local goes to another place, too */
    struct own_field *source;              /* the field that it comes from or points to; may be NULL */
    const struct own_parameter *parameter; /* where it comes from one */
    const struct own_type *self;           /* type of the object at work */
    struct own_event *next;
};

struct own_field {
    const struct flow_field *field;
    struct own_type *owner;
    struct own_type *pointee; /* NULL: not in the tree */
    const char *expanded; /* the type with its name replaced by what the name stands for, if that points */
    const char *base;     /* the pointee's name as written, without what wraps it */
    struct own_event *events, *last_event;
    unsigned counts[OWN_EVENT_COUNT];
};

/* A type that another one contains. */
struct own_held {
    const struct own_type *type;
    bool inside; /* by value or in a list of its own, not by a pointer */
    struct own_held *next;
};

struct own_type {
    const char *name; /* last component */
    const char *path; /* "Outer.Inner" */
    const char *kind;
    struct own_file *file;
    const char *declared; /* the path as the file writes it; NULL where no symbol stands for the type */
    uint32_t start, end;  /* of the declaration; 0: unknown */
    uint32_t start_line, end_line;
    bool is_extern, is_opaque, is_file;
    bool is_globals;  /* no type: the global variables of a file */
    bool is_local;    /* declared in the body of a function that does something else than to give it */
    bool is_ambient;  /* of a class that the repository declares */
    bool has_foreign; /* one of its fields is of a foreign type */
    bool allocated;   /* somewhere one is made on the heap */
    bool counted;     /* has methods to take and give references */
    bool has_count;   /* a field of it counts references */
    bool tears_down;
    struct own_field *fields;
    size_t field_count, field_cap;
    struct own_function **functions;
    size_t function_count, function_cap;
    struct own_held *held;
    struct own_type *next_named; /* of the same name */
    struct own_type *previous_in_file;
};

struct own_parameter {
    const char *name, *type;
    bool released, unrefed, freed;
    bool acquired;                /* a reference to it is taken */
    unsigned fills;               /* bits: values that go where it points, in a macro to itself */
    size_t fills_from;            /* the parameter that such a value is */
    unsigned given;               /* bits of own_event_kind: what callers pass */
    const struct own_type *giver; /* a type whose methods pass their own object */
};

enum own_state { OWN_NEW, OWN_BUSY, OWN_DONE };

struct own_function {
    const char *name;
    struct own_file *file;
    struct own_type *container; /* NULL at the top of a file that is no type */
    const char *result;
    uint32_t start, end, body;
    bool foreign;
    bool is_public;
    bool is_macro; /* its parameters stand for what is given */
    struct own_parameter *parameters;
    size_t parameter_count;
    const struct own_record **locals; /* locals, payloads, elements; by position */
    size_t local_count;
    const struct own_record **returns;
    size_t return_count;
    const struct own_record **yields; /* values that blocks give; by position */
    size_t yield_count;
    enum own_state state;
    enum own_event_kind gives; /* OWN_FROM_UNKNOWN: nothing is known */
    size_t gives_parameter;    /* where it gives one of its parameters */
    struct own_function *next_named;
};

/* A class that the repository declares: [lifetimes "NAME"] type = …, target = … */
struct own_class {
    const char *name, *target;
    struct flow_strv types;
};

struct own_model {
    const struct flow_analysis *analysis;
    bool failed;     /* there was no memory to look something up */
    bool fills;      /* some function fills what a parameter points to */
    size_t repeated; /* fields that a struct declares more than once, under conditions */
    struct own_class *classes;
    size_t class_count;
    struct flow_config *shapes; /* owners.conf of the language that is ported to; NULL: it has none */
    struct flow_arena arena;
    struct own_conf **confs; /* by language */
    size_t conf_count;
    struct own_file *files;
    size_t file_count;
    struct own_type **types;
    size_t type_count, type_cap;
    struct own_function **functions;
    size_t function_count, function_cap;
    struct flow_map *files_at;    /* path -> own_file */
    struct flow_map *types_at;    /* key of file and path -> own_type */
    struct flow_map *types_named; /* name -> first own_type */
    struct flow_map *functions_named;
    struct flow_map *aliases;   /* key of file, path of the type around and name -> own_record */
    struct flow_map *defines;   /* name -> own_record of what it is defined to be */
    struct flow_map *globals;   /* key of file and name, and name -> flow_symbol */
    struct flow_map *fields_in; /* key of file and field -> own_field where it is the only one of the file */
    struct flow_map *resolved;  /* key of file, type around and path -> own_type, what the path meant before;
                                   NULL while types are still being added */
};

/* The key of a file's thing in the maps of the model: bytes, not text. Long names are cut. */
#define OWN_KEY_MAX 600
struct own_key {
    char at[OWN_KEY_MAX];
    size_t len;
};
/* A path of names: `outer` and `name` with a dot between them, one of them may be empty. */
void own_key_of(struct own_key *out, const struct own_model *model, const struct own_file *file,
                struct own_text outer, struct own_text name);
/* What a map has for a key; NULL where there is nothing. */
void *own_map_get(const struct flow_map *map, const struct own_key *key);
void *own_map_named(const struct flow_map *map, struct own_text name);
int own_map_set(struct flow_map *map, const struct own_key *key, void *value, struct flow_error *err);

/* Reads the classes that the repository declares. */
int own_classes_read(struct own_model *model, struct flow_error *err);
void own_classes_free(struct own_model *model);
/* The class of a type as written; NULL where none is declared for it. */
const struct own_class *own_class_of(const struct own_model *model, const struct own_conf *conf,
                                     const char *type);
/* Marks the types whose class is declared. */
void own_classes_mark(struct own_model *model);

/* Reads all files of a language with an ownership.scm, in parallel. */
int own_read(struct own_model *model, const struct flow_languages *languages, unsigned workers,
             struct flow_error *err);
void own_model_release(struct own_model *model);
/* The text of a span on one line, cut, without marks of members, in the file's arena; NULL: no memory. */
const char *own_fold(struct own_file *file, const char *source, uint32_t start, uint32_t end);
/* Appends what an initializer or a macro, whose braces or body are that span, is made of. */
int own_unfold(struct own_file *file, const struct own_record *whole, uint32_t start, uint32_t end,
               const char *source, struct own_records *out, struct flow_error *err);
/* Overwrites all branches of conditions but one each, and their directives, by blanks; whether there were
 * any. */
bool own_one_branch(const struct own_conf *conf, char directive, char *text, size_t len);
/* Puts the functions of one branch, whose facts have to stay, in place of those of the whole file. */
int own_take_functions(struct flow_facts *facts, const struct flow_facts *branch, struct flow_error *err);
/* own_model_clear frees what own_model_build made, also where it failed, but for the arena. */
int own_model_build(struct own_model *model, struct flow_error *err);
void own_model_clear(struct own_model *model);
/* Gives the functions of a file, which the model has from `first` on, their parameters, names and results. */
int own_sort_records(struct own_model *model, struct own_file *file, size_t first, struct flow_error *err);
/* The type of that path in a file, or the nearest around it. */
struct own_type *own_type_around(struct own_model *model, struct own_file *file, const char *container);
/* Whether symbols of a kind have fields. */
bool own_is_container(const char *kind);
int own_events_collect(struct own_model *model, struct flow_error *err);

/* Adds a global variable; `around` is the type that it is declared in, or NULL. */
int own_global_add(struct own_model *model, struct own_file *file, const struct own_type *around,
                   const struct own_record *record, struct flow_error *err);
/* The global variable of that name, as seen from a file and a type in it; NULL where there is none. */
struct own_field *own_global(const struct own_model *model, const struct own_file *file,
                             const struct own_type *around, struct own_text name);
/* Fills `held` of all types. */
int own_held_collect(struct own_model *model, struct flow_error *err);
/* How one type contains another; NULL where it does not. */
const struct own_held *own_held_by(const struct own_type *holder, const struct own_type *held);

/*
 * Texts.
 */
struct own_text own_text_of(const char *text);
/* An expression without casts, prefixes and what follows an "or else"; *address: its address is taken. */
struct own_text own_strip(const struct own_conf *conf, struct own_text text, bool *address);
/* A call's callee and the text of its arguments without brackets; false where it is no call. */
bool own_call(struct own_text text, struct own_text *callee, struct own_text *arguments);
/* The next argument, false behind the last. */
bool own_argument(struct own_text *rest, struct own_text *out);
/* What stands before and behind the first `word` outside of brackets; false where it is not there. */
bool own_split(struct own_text text, const char *word, struct own_text *before, struct own_text *behind);
/* The last name of a path "a.b->c", and what stands before it. */
struct own_text own_last(struct own_text path, struct own_text *before);
/* The first name of a path and what follows it. */
struct own_text own_first(struct own_text path, struct own_text *rest);
/* Whether a target of an assignment is a field, not a whole object: "a.b", not "a" or "a.*". */
bool own_leads_to_field(const char *target);
/* The label of a block that gives a value; empty where it is none. */
struct own_text own_label(struct own_text text);
/* Whether it consists of names, separators and brackets only. */
bool own_is_path(struct own_text path);
struct own_text own_trim(struct own_text text);
bool own_equal(struct own_text text, const char *word);
/* A type without pointers, choices, arrays and qualifiers; arguments of a generic type are left out. */
struct own_text own_base(const struct own_conf *conf, struct own_text type);
/* Whether a text has that name in it, as a whole word. */
bool own_mentions(const char *text, const char *name);

/*
 * What texts mean. `at` is a position in the function's file.
 */
struct own_place {
    struct own_file *file;
    struct own_function *function; /* may be NULL */
    struct own_type *type;         /* around the function; may be NULL */
    uint32_t at;
    uint32_t block, block_end; /* where the value stands that is looked at */
};
struct own_type *own_resolve_type(struct own_model *model, struct own_file *file, struct own_type *around,
                                  struct own_text text, unsigned depth);
/* The same for a path of names alone. */
struct own_type *own_resolve_path(struct own_model *model, struct own_file *file, struct own_type *around,
                                  struct own_text path, unsigned depth);
/* A type that is a name of a pointer type: what the name stands for; else the type itself. */
struct own_text own_expand(struct own_model *model, struct own_file *file, struct own_type *around,
                           struct own_text text, unsigned depth);
/* What a path is declared to stand for; *file and *around become those of the declaration. NULL: it is no
 * such name. */
const struct own_record *own_alias_of(struct own_model *model, struct own_file **file,
                                      struct own_type **around, struct own_text path);
struct own_type *own_type_of(struct own_model *model, const struct own_place *place, struct own_text path,
                             unsigned depth);
struct own_field *own_field_of(struct own_type *type, struct own_text name);
/* The field of that name where a file has exactly one. */
struct own_field *own_only_field(const struct own_model *model, const struct own_file *file,
                                 struct own_text name);
/* Whether a path names a type, not an object. */
bool own_is_type(struct own_model *model, const struct own_place *place, struct own_text path);
/* Whether a function that is called on a path gets it as its first parameter. */
bool own_is_method(struct own_model *model, const struct own_place *place,
                   const struct own_function *function, struct own_text object, unsigned depth);
/* The field that a path leads to, also through names of locals. */
struct own_field *own_resolve_field(struct own_model *model, const struct own_place *place,
                                    struct own_text path, unsigned depth);
struct own_function *own_resolve_function(struct own_model *model, const struct own_place *place,
                                          struct own_text callee, unsigned depth);
/* Sets what function a call means. Each call is seen in several rounds. */
void own_look_up(struct own_model *model, const struct own_place *place, struct own_record *call);
const struct own_record *own_local(const struct own_function *function, struct own_text name, uint32_t at);
/* Whether a function declares that name: as a parameter, or as a local. */
bool own_declares(const struct own_function *function, struct own_text name);
size_t own_parameter(const struct own_function *function, struct own_text name);

/* Where a value comes from. */
struct own_value {
    enum own_event_kind kind;
    size_t parameter;
    struct own_field *field;
};
struct own_value own_evaluate(struct own_model *model, const struct own_place *place, struct own_text text,
                              unsigned depth);

/* What a function gives; OWN_FROM_UNKNOWN where nothing is known. */
enum own_event_kind own_gives(struct own_model *model, struct own_function *function);

/* What is known of one field, counted once for all rules. Bits are those of own_event_kind. */
#define OWN_BIT(kind) (1U << (kind))
struct own_view {
    const struct own_field *field;
    const struct own_type *owner, *pointee; /* pointee may be NULL */
    unsigned from;                          /* bits: what it is given, but for nothing and initial values */
    unsigned initial;                       /* bits: initial values */
    bool unrefed, freed, released;
    bool freed_itself;                  /* not just under the name of a local */
    bool walked;                        /* as a list is */
    bool freed_in_end, released_in_end; /* by a destructor of the owner */
    bool from_maker;                    /* the object that makes the owner puts itself there */
    bool only_maker;
    bool maker_in_literal;
    bool maker_in_local; /* of an object that the function was not given */
    bool maker_in_view;  /* and nowhere else */
    bool from_giver;     /* the same through a parameter */
    bool sibling;        /* it points to a part of the owner's own kind */
    bool kept_twice;
    bool head;                /* it takes over what a link of the thing pointed to holds */
    bool pushed;              /* a link of the thing pointed to takes over what it holds */
    bool linked;              /* it takes over what a sibling link holds */
    bool from_foreign_struct; /* from a field of a struct that another language lays out */
    bool holds, holds_deep;   /* the thing pointed to holds such owners */
    bool owned_there;         /* in a field whose content the thing pointed to frees, or walks over */
    bool holds_inside;        /* by value or in a list, not by a pointer */
};
/* Fills the rest of a view that names its field, owner and pointee. */
void own_look(struct own_view *view);

/* Reads how the language that is ported to writes the types of classes. */
int own_shapes_read(struct own_model *model, const struct flow_languages *languages, struct flow_error *err);
/* The type for a field of a class; "" where there is none to propose. Of the model's arena. */
int own_target(struct own_model *model, const struct own_field *field, const char *class_name,
               const char **out, struct flow_error *err);
struct own_rule {
    const char *name, *class_name, *confidence;
    bool (*holds)(const struct own_view *view);
    unsigned cites; /* bits: the kinds of facts that it is about; the first of them is told */
};
/* Among what a rule cites: it also rests on what was not seen, and is sure only where everything could be. */
#define OWN_RULE_UNSEEN OWN_BIT(OWN_EVENT_COUNT)
/* The first rule that holds; one always does. */
const struct own_rule *own_rule_of(const struct own_view *view);
/* The class that a rule of that name gives; NULL where there is none. */
const char *own_rule_class(const char *rule, size_t len);
/* Whether a type as written is that of a function, or of another language. */
bool own_has_text(const struct own_conf *conf, enum own_list list, const char *type);
bool own_is_function(const struct own_conf *conf, const char *type);
bool own_is_foreign(const struct own_conf *conf, const char *type);
/* Whether what it points to is constant. */
bool own_is_constant(const struct own_conf *conf, const char *type);
/* Fills class, confidence, rule, evidence and target of a row. Strings are of the model's arena. */
int own_judge(struct own_model *model, const struct own_field *field, struct flow_lifetime *out,
              struct flow_error *err);
/* The field that a row was made of; NULL where there is none. */
const struct own_field *own_field_of_row(const struct flow_lifetimes *lifetimes,
                                         const struct flow_lifetime *row);
/* What an event is called in evidence. */
const char *own_event_name(enum own_event_kind kind);
/* What a traced run saw of a row. */
void own_trace_explain(const struct flow_lifetime *row, flow_lifetimes_fact_fn fn, void *payload);

#endif
