/* What a C file can hold: every kind of declaration, field, import and condition. */
#include "sample.h"
#include <stdio.h>
#include "../lib/deep/other.h"
#include CONFIGURED_HEADER

#define LIMIT 10
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#ifdef WITH_TLS
#include "tls.h"
#elif defined(WITH_SSL) && !defined(NO_SSL)
static int tls_kind = 1;
#else
static int tls_kind;
#endif

#if LIMIT > 5
extern int many;
#endif

struct forward;
typedef unsigned long word;
typedef int (*compare_fn)(const void *, const void *);
typedef struct point *point_ref;
typedef struct point {
    double x, y;
} point_t;
typedef struct {
    char *text;
    size_t len;
} string;
typedef enum { RED, GREEN = 3 } colour;
enum state { IDLE, BUSY };

struct node {
    struct node *next, **slots[4];
    const char *name;
    char buffer[64];
    int (*visit)(struct node *self, void *payload);
    int (*table[3])(void);
    unsigned flags : 3, : 2, kind : 4;
    _Atomic(int) *counter;
    volatile sig_atomic_t caught;
    struct {
        void *payload;
        int tag;
    } inner;
    struct {
        void *first;
    } many[2], *some;
    union {
        int *number;
        struct {
            char *deep;
        } pair;
    };
    enum { OFF, ON } mode;
    point_ref where;
    char tail[];
};

union value {
    long integer;
    const void *pointer;
};

static const struct {
    const char *name;
    int (*run)(int);
} commands[] = {{"add", NULL}};

int counter, *current = NULL, limits[2] = {1, 2};
extern const char *const names[];
static _Thread_local int depth;
int (*hook)(int) = NULL;

int declared(int a, const char *b);
static inline int hidden(void);
void *(*resolve(const char *name))(int);
extern int one(void), *two(int);

static int add(struct node *n, int by)
{
    int local = by;
    static const char *cache;
    struct scratch {
        char *bytes;
    } scratch;
    return n->flags + local + MAX(by, LIMIT);
}

char *duplicate(const char *text)
{
    return 0;
}

int old_style(a, b)
int a;
char *b;
{
    return a;
}

void (*signal_handler(int number, void (*handler)(int)))(int)
{
    return handler;
}

static int on_line(const char *line UNUSED, void *payload MAYBE_UNUSED)
{
    return 0;
}

SAMPLE_EXPORT int exported(void);
NORETURN void leave(int status);

__attribute__((noreturn)) void stop(void)
{
    for (;;)
        ;
}

#ifndef NDEBUG
void check(void)
{
#if 0
    dead();
#endif
}
#endif
