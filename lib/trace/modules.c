// SPDX-License-Identifier: MIT
#include "modules.h"

#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct flow_trace_module modules[FLOW_TRACE_MODULES];
static atomic_uint module_count;
static atomic_flag looking = ATOMIC_FLAG_INIT;

const struct flow_trace_module *trace_modules(uint32_t *count)
{
    *count = atomic_load(&module_count);
    return modules;
}

static const struct flow_trace_module *module_of(uintptr_t address)
{
    uint32_t count = atomic_load(&module_count);
    for (uint32_t i = 0; i < count; i++)
        if (address >= modules[i].low && address < modules[i].high)
            return &modules[i];
    return NULL;
}

bool trace_is_in_module(uintptr_t address)
{
    return module_of(address) != NULL;
}

// The loader names the program first.
bool trace_is_in_program(uintptr_t address)
{
    return module_of(address) == modules;
}

bool trace_is_own(uintptr_t address)
{
    return module_of(address) == module_of((uintptr_t)modules) && module_of(address);
}

static int note_module(struct dl_phdr_info *info, size_t size, void *payload)
{
    (void)size;
    (void)payload;
    uint32_t count = atomic_load(&module_count);
    struct flow_trace_module *module = &modules[count];
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD)
            continue;
        low = start < low ? start : low;
        high = start + header->p_memsz > high ? start + header->p_memsz : high;
    }
    if (count == FLOW_TRACE_MODULES || high == 0 || module_of(low))
        return 0;
    module->bias = info->dlpi_addr;
    module->low = low;
    module->high = high;
    if (*info->dlpi_name) {
        strncpy(module->path, info->dlpi_name, sizeof module->path - 1);
    } else {
        ssize_t len = readlink("/proc/self/exe", module->path, sizeof module->path - 1);
        module->path[len > 0 ? len : 0] = '\0';
    }
    atomic_store(&module_count, count + 1);
    return 0;
}

void trace_modules_refresh(void)
{
    if (atomic_flag_test_and_set(&looking))
        return;
    dl_iterate_phdr(note_module, NULL);
    atomic_flag_clear(&looking);
}

void trace_modules_forked(void)
{
    atomic_flag_clear(&looking);
}
