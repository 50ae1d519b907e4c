// SPDX-License-Identifier: MIT
/*
 * The floor that flow-analyze is measured against: reads each file and parses it with tree-sitter, nothing
 * else.
 *
 *     floor_parse LANGUAGE THREADS <LIST
 *
 * LIST names one file a line. Prints files, bytes, seconds of wall and of processor time, and peak memory in
 * MB, separated by tabs.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <tree_sitter/api.h>

#include "grammar_table.h"

struct work {
    const TSLanguage *language;
    char **paths;
    size_t count, cap;
    atomic_size_t next, bytes;
};

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        text = size >= 0 ? malloc((size_t)size + 1) : NULL;
        *len = text ? fread(text, 1, (size_t)size, file) : 0;
    }
    fclose(file);
    return text;
}

static void *parse_files(void *payload)
{
    struct work *work = payload;
    TSParser *parser = ts_parser_new();
    ts_parser_set_language(parser, work->language);
    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;) {
        size_t len = 0;
        char *text = read_file(work->paths[i], &len);
        if (!text)
            continue;
        TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)len);
        ts_tree_delete(tree);
        free(text);
        atomic_fetch_add(&work->bytes, len);
    }
    ts_parser_delete(parser);
    return NULL;
}

static int read_list(struct work *work)
{
    char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (work->count == work->cap) {
            size_t cap = work->cap ? work->cap * 2 : 1024;
            char **paths = realloc(work->paths, cap * sizeof *paths);
            if (!paths)
                return -1;
            work->paths = paths;
            work->cap = cap;
        }
        work->paths[work->count] = strdup(line);
        if (!work->paths[work->count++])
            return -1;
    }
    return 0;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
    struct work work = {.language = NULL};
    int threads = argc == 3 ? atoi(argv[2]) : 0;
    for (const struct flow_grammar *row = flow_grammar_table; threads > 0 && row->language; row++) {
        if (strcmp(row->language, argv[1]) == 0)
            work.language = row->parser();
    }
    pthread_t *started = calloc((size_t)(threads > 0 ? threads : 1), sizeof *started);
    if (!work.language || !started || read_list(&work) != 0) {
        fprintf(stderr, "usage: floor_parse LANGUAGE THREADS <LIST\n");
        return 2;
    }
    struct timespec begin, end;
    struct rusage usage;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < threads; i++)
        pthread_create(&started[i], NULL, parse_files, &work);
    for (int i = 0; i < threads; i++)
        pthread_join(started[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu\t%zu\t%.2f\t%.2f\t%ld\n", work.count, atomic_load(&work.bytes),
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
           seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss / 1024);
    for (size_t i = 0; i < work.count; i++)
        free(work.paths[i]);
    free(work.paths);
    free(started);
    return 0;
}
