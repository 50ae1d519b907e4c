/* SPDX-License-Identifier: MIT */
/*
 * Included by every source that has hooks of a traced run. What a hook tells goes to the library that is
 * preloaded into the tests; in a program that runs without it, such as one that the build needs, to nobody.
 * Includes nothing itself: the source has still to say which features of the headers it wants.
 */
#ifndef FLOW_TRACE_H
#define FLOW_TRACE_H

extern void *dlsym(void *library, const char *name);

/* value: where a copy of what was stored at place stands. */
__attribute__((unused)) static void flow_trace_store(unsigned store, const volatile void *place,
                                                     const volatile void *value, unsigned long size)
{
    static void (*tell)(unsigned, const volatile void *, const volatile void *, unsigned long);
    static int looked;
    if (!looked) {
        *(void **)&tell = dlsym((void *)0, "flow_trace_store");
        looked = 1;
    }
    if (tell)
        tell(store, place, value, size);
}

#endif
