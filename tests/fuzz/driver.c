// SPDX-License-Identifier: MIT
//
// Runs files through a fuzz target without libFuzzer: each file of the folders named, and where it is small
// every beginning of it, too, as a cut stream would leave it.
#include <dirent.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "fuzz.h"

#define SMALL ((size_t)1 << 10)

// In memory of just this size, so that the address sanitizer sees a read behind the end.
static int run(const char *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        return -1;
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return 0;
}

static int run_file(const char *path, struct flow_error *err)
{
    int result = 0;
    struct flow_buf data;
    flow_buf_init(&data, FLOW_BUF_TEXT);
    if (flow_file_read(path, &data, err)) {
        result = -1;
        goto done;
    }
    for (size_t size = data.len <= SMALL ? 0 : data.len; result == 0 && size <= data.len; size++)
        result = run(data.data, size);
    if (result)
        flow_error_nomem(err);
done:
    flow_buf_release(&data);
    return result;
}

static long run_folder(const char *folder, struct flow_error *err)
{
    long count = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "cannot open folder '%s'", folder);
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    struct dirent *entry;
    while (count >= 0 && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        flow_path_join(&path, folder, entry->d_name);
        count = run_file(path.data, err) ? -1 : count + 1;
    }
    flow_buf_release(&path);
    closedir(dir);
    if (count == 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "folder '%s' holds no inputs", folder);
    return count;
}

int main(int argc, char **argv)
{
    struct flow_error err = FLOW_ERROR_INIT;
    for (int i = 1; i < argc; i++) {
        long count = run_folder(argv[i], &err);
        if (count < 0) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        printf("%s: %ld inputs\n", argv[i], count);
    }
    return 0;
}
