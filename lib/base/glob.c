// SPDX-License-Identifier: MIT
#include "flow/base/str.h"

#include <string.h>

// A place in the pattern to try again from, and the place in the path where that attempt began.
struct retry {
    const char *pattern;
    const char *path;
    bool folders; // the attempt moves on by whole folders
};

// Whether byte is in the set that begins behind '['. *end is set behind its ']', or to NULL where there is
// none.
static bool in_set(const char *set, unsigned char byte, const char **end)
{
    bool negated = *set == '!' || *set == '^';
    if (negated)
        set++;
    bool found = false;
    for (const char *at = set; *at; at++) {
        if (*at == ']' && at > set) {
            *end = at + 1;
            return found != negated;
        }
        if (*at == '\\' && at[1])
            at++;
        unsigned char low = (unsigned char)*at;
        unsigned char high = low;
        if (at[1] == '-' && at[2] && at[2] != ']') {
            at += at[2] == '\\' && at[3] ? 3 : 2;
            high = (unsigned char)*at;
        }
        if (byte >= low && byte <= high)
            found = true;
    }
    *end = NULL;
    return false;
}

// Matches one byte of path against what stands at pattern; returns where the pattern goes on, or NULL.
static const char *match_one(const char *pattern, char byte)
{
    const char *end;
    switch (*pattern) {
    case '\0':
        return NULL;
    case '?':
        return byte != '/' ? pattern + 1 : NULL;
    case '[':
        if (byte != '/' && in_set(pattern + 1, (unsigned char)byte, &end) && end)
            return end;
        // An open bracket without its end stands for itself.
        in_set(pattern + 1, 0, &end);
        return !end && byte == '[' ? pattern + 1 : NULL;
    case '\\':
        if (pattern[1])
            pattern++;
        break;
    default:
        break;
    }
    return *pattern == byte ? pattern + 1 : NULL;
}

// Reads the stars at *pattern into the retry that they stand for.
static void take_stars(const char *start, const char **pattern, const char *path, struct retry *star,
                       struct retry *stars)
{
    const char *at = *pattern;
    size_t run = strspn(at, "*");
    if (run == 1) {
        *star = (struct retry){.pattern = at + 1, .path = path};
        *pattern = at + 1;
        return;
    }
    bool folders = at[run] == '/' && (at == start || at[-1] == '/');
    *pattern = at + run + (folders ? 1 : 0);
    *stars = (struct retry){.pattern = *pattern, .path = path, .folders = folders};
    star->pattern = NULL;
}

// The next attempt: the last '*' takes one byte more, else the last '**' does. Only the last of each kind
// need be tried again, because an earlier one that took more would leave less for it.
static bool try_again(struct retry *star, struct retry *stars, const char **pattern, const char **path)
{
    struct retry *retry = star;
    if (star->pattern && *star->path && *star->path != '/') {
        star->path++;
    } else if (stars->pattern) {
        retry = stars;
        star->pattern = NULL;
        const char *next = stars->folders ? strchr(stars->path, '/') : stars->path;
        if (!next || !*next)
            return false;
        stars->path = next + 1;
    } else {
        return false;
    }
    *pattern = retry->pattern;
    *path = retry->path;
    return true;
}

static bool match(const char *start, const char *path)
{
    const char *pattern = start;
    struct retry star = {0};
    struct retry stars = {0};
    for (;;) {
        if (*pattern == '*') {
            take_stars(start, &pattern, path, &star, &stars);
            continue;
        }
        if (!*pattern && !*path)
            return true;
        const char *next = *path ? match_one(pattern, *path) : NULL;
        if (next) {
            pattern = next;
            path++;
        } else if (!try_again(&star, &stars, &pattern, &path)) {
            return false;
        }
    }
}

bool flow_glob_match(const char *pattern, const char *path)
{
    if (!strchr(pattern, '/')) {
        const char *slash = strrchr(path, '/');
        return match(pattern, slash ? slash + 1 : path);
    }
    return match(pattern[0] == '/' ? pattern + 1 : pattern, path);
}
