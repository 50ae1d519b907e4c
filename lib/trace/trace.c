// SPDX-License-Identifier: MIT
/*
 * Preloaded into the tests of a traced run (flow-lifetimes --trace): keeps track of every block of the heap,
 * is told by hooks in the source what the watched fields are given, and notes what became of those blocks, in
 * a file of its own for each process (trace_file.h).
 *
 * It must not change what the program does: it prints nothing, and where it has no room or no file it is
 * silent and notes less. Nothing is done at an exit, so that a crash, _exit and exec lose nothing. Allocation
 * is handed to the C library by the names that glibc has for it. One lock guards all; who holds it neither
 * allocates nor takes another one. A fork takes it first, so that the child finds everything whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

#include "blocks.h"
#include "modules.h"
#include "trace_file.h"

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);
extern void *__libc_stack_end;

EXPORT void flow_trace_store(unsigned store, const volatile void *place, const volatile void *value,
                             size_t size);

static atomic_flag locked = ATOMIC_FLAG_INIT;
static bool ready, no_file;
static uint32_t generation;
static struct flow_trace_file *file;

// This thread is at work here: what it allocates now, or in a signal handler, is not the program's.
static __thread bool busy __attribute__((tls_model("initial-exec")));

static bool enter(void)
{
    if (!ready || busy)
        return false;
    busy = true;
    return true;
}

static void leave(void)
{
    busy = false;
}

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&locked, memory_order_acquire))
        sched_yield();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&locked, memory_order_release);
}

/*
 * The file.
 */

static void open_file(void)
{
    const char *folder = getenv("FLOW_TRACE_DIR");
    char path[4096];
    struct timespec now;
    no_file = true;
    clock_gettime(CLOCK_REALTIME, &now);
    int len = folder ? snprintf(path, sizeof path, "%s/%ld.%lld%09ld.trace", folder, (long)getpid(),
                                (long long)now.tv_sec, now.tv_nsec)
                     : 0;
    int fd = len > 0 && (size_t)len < sizeof path
                 ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;
    if (fd < 0)
        return;
    if (ftruncate(fd, sizeof *file) == 0) {
        void *at = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        file = at == MAP_FAILED ? NULL : at;
    }
    close(fd);
    if (file)
        file->magic = FLOW_TRACE_MAGIC;
}

static void note_modules(void)
{
    uint32_t count;
    const struct flow_trace_module *modules = trace_modules(&count);
    for (uint32_t i = file->module_count; i < count; i++)
        file->modules[i] = modules[i];
    file->module_count = count;
}

struct stack {
    uint64_t at[FLOW_TRACE_DEPTH];
    uint32_t depth;
};

static void note(uint32_t store, enum flow_trace_kind kind, const struct stack *stack)
{
    uint64_t hash = (store * UINT64_C(31) + kind) * UINT64_C(0x9e3779b97f4a7c15);
    if (!file && !no_file)
        open_file();
    if (!file)
        return;
    note_modules();
    for (uint32_t i = 0; stack && i < stack->depth; i++)
        hash = (hash ^ stack->at[i]) * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t i = 0; i < 64; i++) {
        struct flow_trace_record *record = &file->records[((hash >> 40) + i) & (FLOW_TRACE_RECORDS - 1)];
        if (record->store == 0) {
            *record = (struct flow_trace_record){.kind = kind};
            if (stack)
                memcpy(record->stack, stack->at, sizeof stack->at);
            record->store = store;
        }
        if (record->store == store && record->kind == kind &&
            (!stack || memcmp(record->stack, stack->at, sizeof stack->at) == 0)) {
            record->count++;
            return;
        }
    }
    file->lost++;
}

static void note_lost(void)
{
    if (file)
        file->lost++;
}

/*
 * Stacks.
 */

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *payload)
{
    struct stack *stack = payload;
    uintptr_t at = _Unwind_GetIP(context);
    if (trace_is_own(at))
        return _URC_NO_REASON;
    if (at == 0 || stack->depth == FLOW_TRACE_DEPTH)
        return _URC_END_OF_STACK;
    stack->at[stack->depth++] = at;
    return _URC_NO_REASON;
}

static void unwind(struct stack *out)
{
    *out = (struct stack){0};
    _Unwind_Backtrace(add_frame, out);
    bool known = true;
    for (uint32_t i = 0; i < out->depth && known; i++)
        known = trace_is_in_module(out->at[i]);
    if (!known)
        trace_modules_refresh();
}

/*
 * What the program does.
 */

static void made(void *block, size_t size)
{
    if (!block || !enter())
        return;
    lock();
    if (!trace_block_add((uintptr_t)block, size))
        note_lost();
    unlock();
    leave();
}

// Whether the field of a hold still has its pointer: a store without a hook may have gone there. Only a live
// block and the program itself are looked at: a thread with its stack, or a library, may be gone.
static bool still_holds(const struct trace_hold *hold)
{
    uintptr_t value = 0;
    if (hold->state != TRACE_HOLDS)
        return false;
    if (!hold->holder && !trace_is_in_program(hold->place))
        return true;
    memcpy(&value, (const void *)hold->place, sizeof value);
    return value == trace_block_at(hold->block)->start;
}

// The struct dies, and what its fields hold lives on.
static void end_inside(trace_index block)
{
    while (trace_block_at(block)->inside) {
        trace_index hold = trace_block_at(block)->inside;
        trace_hold_end(hold, still_holds(trace_hold_at(hold)) ? TRACE_OUTLIVED : TRACE_TAKEN);
    }
}

// Whether a field beside it holds the same block. A struct has few fields: of an array of many structs only
// some are looked at.
static bool is_held_beside(const struct trace_hold *hold)
{
    trace_index at = hold->holder ? trace_block_at(hold->holder)->inside : 0;
    for (int i = 0; at && i < 64; i++, at = trace_hold_at(at)->next_inside) {
        const struct trace_hold *other = trace_hold_at(at);
        if (other != hold && other->block == hold->block && still_holds(other))
            return true;
    }
    return false;
}

static enum flow_trace_kind end_of(const struct trace_hold *hold, bool later)
{
    if (still_holds(hold))
        return is_held_beside(hold) ? FLOW_TRACE_TOGETHER : FLOW_TRACE_HELD;
    if (later)
        return FLOW_TRACE_MOVED;
    return hold->state == TRACE_OUTLIVED ? FLOW_TRACE_OUTLIVED : FLOW_TRACE_TAKEN;
}

// stack: of who frees it; NULL: it is resized.
static void note_holds(trace_index block, const struct stack *stack)
{
    bool later = false;
    for (trace_index at = trace_block_at(block)->held; at; at = trace_hold_at(at)->next_held) {
        const struct trace_hold *hold = trace_hold_at(at);
        if (hold->generation == generation)
            note(hold->store, stack ? end_of(hold, later) : FLOW_TRACE_RESIZED, stack);
        later = true;
    }
}

static void freed(void *address)
{
    struct stack stack;
    bool unwound = false;
    if (!address || !enter())
        return;
    lock();
    trace_index block = trace_block_starting((uintptr_t)address);
    if (block && trace_block_at(block)->held) {
        // The unwinder may take locks of its own. Nobody else frees this block meanwhile.
        unlock();
        unwind(&stack);
        unwound = true;
        lock();
    }
    if (block) {
        if (unwound)
            note_holds(block, &stack);
        end_inside(block);
        trace_block_detach(block);
        trace_block_forget(block);
    }
    unlock();
    leave();
}

static trace_index detach(void *address)
{
    lock();
    trace_index block = trace_block_starting((uintptr_t)address);
    if (block)
        trace_block_detach(block);
    unlock();
    return block;
}

static void attach(trace_index index, uintptr_t start, size_t size)
{
    lock();
    struct trace_block *block = trace_block_at(index);
    uintptr_t before = block->start;
    trace_block_attach(index, start, size);
    if (start != before) {
        note_holds(index, NULL);
        trace_holds_forget(index);
    }
    for (trace_index at = block->inside, next; at; at = next) {
        uintptr_t offset = trace_hold_at(at)->place - before;
        next = trace_hold_at(at)->next_inside;
        if (offset + sizeof(void *) > size)
            trace_hold_end(at, TRACE_TAKEN);
        else if (start != before)
            trace_hold_move(at, start + offset);
    }
    unlock();
}

static void store_block(uint32_t store, uintptr_t place, trace_index block)
{
    trace_index old = place ? trace_hold_of(place) : 0;
    if (old && trace_hold_at(old)->block == block && trace_hold_at(old)->generation == generation)
        return;
    if (old)
        trace_hold_end(old, TRACE_TAKEN);
    if (trace_hold_add(block, place, store, generation))
        note(store, FLOW_TRACE_HEAP, NULL);
    else
        note_lost();
}

static void store_other(uint32_t store, uintptr_t place, enum flow_trace_kind kind)
{
    trace_index old = place ? trace_hold_of(place) : 0;
    if (old)
        trace_hold_end(old, TRACE_TAKEN);
    note(store, kind, NULL);
}

static void stored(uint32_t store, uintptr_t place, uintptr_t value)
{
    lock();
    trace_index block = value ? trace_block_around(value) : 0;
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
    bool on_stack = value >= stack && value < (uintptr_t)__libc_stack_end;
    if (value && !block && !on_stack && !trace_is_in_module(value)) {
        unlock();
        trace_modules_refresh();
        lock();
    }
    if (block && trace_block_at(block)->start == value)
        store_block(store, place, block);
    else
        store_other(store, place,
                    !value                      ? FLOW_TRACE_NULL
                    : block                     ? FLOW_TRACE_INSIDE
                    : on_stack                  ? FLOW_TRACE_STACK
                    : trace_is_in_module(value) ? FLOW_TRACE_STATIC
                                                : FLOW_TRACE_OTHER);
    unlock();
}

void flow_trace_store(unsigned store, const volatile void *place, const volatile void *value, size_t size)
{
    uintptr_t pointer;
    int before = errno;
    // What is no pointer was taken for one by a reader of source text.
    if (store == 0 || size != sizeof pointer || !enter())
        return;
    memcpy(&pointer, (const void *)value, sizeof pointer);
    stored(store, (uintptr_t)place, pointer);
    leave();
    errno = before;
}

/*
 * In the place of the C library's.
 */

EXPORT void *malloc(size_t size)
{
    void *block = __libc_malloc(size);
    made(block, size);
    return block;
}

EXPORT void *calloc(size_t nmemb, size_t size)
{
    void *block = __libc_calloc(nmemb, size);
    made(block, nmemb * size);
    return block;
}

EXPORT void *memalign(size_t alignment, size_t size)
{
    void *block = __libc_memalign(alignment, size);
    made(block, size);
    return block;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

EXPORT int posix_memalign(void **memptr, size_t alignment, size_t size)
{
    int before = errno;
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *block = memalign(alignment, size);
    errno = before;
    if (!block)
        return ENOMEM;
    *memptr = block;
    return 0;
}

EXPORT void free(void *ptr)
{
    int before = errno;
    freed(ptr);
    __libc_free(ptr);
    errno = before;
}

EXPORT void *realloc(void *ptr, size_t size)
{
    if (!ptr)
        return malloc(size);
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    if (!enter())
        return __libc_realloc(ptr, size);
    trace_index known = detach(ptr);
    uintptr_t start = (uintptr_t)ptr;
    size_t was = known ? trace_block_at(known)->size : 0;
    void *moved = __libc_realloc(ptr, size);
    if (known)
        attach(known, moved ? (uintptr_t)moved : start, moved ? size : was);
    leave();
    if (!known)
        made(moved, size);
    return moved;
}

/*
 * Forks.
 */

static void forking(void)
{
    lock();
}

static void forked_here(void)
{
    unlock();
}

static void forked_there(void)
{
    if (file)
        munmap(file, sizeof *file);
    file = NULL;
    no_file = false;
    generation++;
    trace_modules_forked();
    unlock();
}

__attribute__((constructor)) static void begin(void)
{
    if (!getenv("FLOW_TRACE_DIR") || !trace_blocks_open())
        return;
    trace_modules_refresh();
    pthread_atfork(forking, forked_here, forked_there);
    ready = true;
}
