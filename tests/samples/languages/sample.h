#ifndef SAMPLE_H
#define SAMPLE_H

#ifdef __cplusplus
extern "C" {
#endif

#pragma once
#include <stddef.h>

struct opaque;
int declared(int a, const char *b);
extern int many;
static inline int twice(int a)
{
    return 2 * a;
}

#ifdef __cplusplus
}
#endif
#endif
