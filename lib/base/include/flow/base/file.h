/* SPDX-License-Identifier: MIT */
/*
 * Files and paths. Paths are byte strings with '/' between components; they may hold any byte but NUL.
 */
#ifndef FLOW_BASE_FILE_H
#define FLOW_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

/* Appends the whole file to out. Regular files only, unless path is "-", which is standard input. */
int flow_file_read(const char *path, struct flow_buf *out, struct flow_error *err);
/* Appends what fd yields up to its end. `what` names it in errors. */
int flow_fd_read(int fd, const char *what, struct flow_buf *out, struct flow_error *err);
/* Writes all of data, whatever write() takes at once. */
int flow_fd_write(int fd, const char *what, const void *data, size_t len, struct flow_error *err);

/* Replaces path by data in one step: temporary file in the same folder, fsync, rename. mode is less umask. A
 * symbolic link at path is replaced, not followed. */
int flow_file_write(const char *path, const void *data, size_t len, unsigned mode, struct flow_error *err);

/* mkdir -p with mode 0777 (less umask). */
int flow_dir_make(const char *path, struct flow_error *err);
/* rm -r, never following a symbolic link. No error where there is nothing. */
int flow_dir_remove(const char *path, struct flow_error *err);

bool flow_path_exists(const char *path);

/* a + "/" + b, normalised textually: "." and empty components go, ".." takes back a component of the result.
 * A relative result keeps the ".." that lead out of it ("a", "../../b" -> "../b") and may be empty; an
 * absolute one (a begins with '/') ends at "/". out is cleared first and may not hold a or b. */
void flow_path_join(struct flow_buf *out, const char *a, const char *b);

/* Where the last component begins, and where its extension begins (at the '.', or at the end). */
const char *flow_path_base(const char *path);
const char *flow_path_ext(const char *path);
/* The length of the folder part without its '/', 0 where there is none. */
size_t flow_path_dir_len(const char *path);

/*
 * Whether a path that came from outside may be used inside a tree: relative, not empty, shorter than 4096
 * bytes, no "." or ".." or empty component (so no '/' at an end), no component that some file system takes
 * for
 * ".git", and none at the top that it takes for ".flow": in any case, as the short name "git~1", with dots,
 * spaces or a stream (":…") behind it, with invisible characters in it, or between backslashes. Any other
 * byte is allowed. Symbolic links are the business of whoever opens the path. Says why not in err
 * (FLOW_E_INVALID).
 */
int flow_path_confined(const char *path, struct flow_error *err);

/* ${XDG_STATE_HOME:-~/.local/state}/flow, ${XDG_CACHE_HOME:-~/.cache}/flow. */
int flow_dir_state(struct flow_buf *out, struct flow_error *err);
int flow_dir_cache(struct flow_buf *out, struct flow_error *err);

/* Appends the path of a file that is installed with flow ("grammars/c/language.conf",
 * "prompts/translate.md"): under $FLOW_DATA_DIR, else in the data folder that goes with the folder of the
 * running program (bin/../share/flow), else in that of the build tree. */
int flow_dir_data(struct flow_buf *out, const char *relative, struct flow_error *err);
/* The same, whatever the environment says: for what a user may not replace. */
int flow_dir_installed(struct flow_buf *out, const char *relative, struct flow_error *err);

#endif
