// SPDX-License-Identifier: MIT
#include "flow/ui/progress.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "flow/ui/term.h"
#include "text.h"

struct flow_progress {
    pthread_mutex_t lock;
    FILE *to;
    bool live; // the status is a line that is drawn in place
    bool quiet;
    bool visible;           // the status line is on the screen
    double shown_at;        // when the status was last shown
    struct flow_buf status; // as it may be shown
    double since;           // when it became what it is
    pthread_t ticker;       // draws the status again while it stands still
    bool ticking, ended;
    pthread_cond_t end;
};

static void *tick(void *arg);

int flow_progress_new(struct flow_progress **out, FILE *to, bool quiet, struct flow_error *err)
{
    struct flow_progress *progress = calloc(1, sizeof *progress);
    if (!progress)
        return flow_error_nomem(err);
    if (pthread_mutex_init(&progress->lock, NULL) != 0 || pthread_cond_init(&progress->end, NULL) != 0) {
        free(progress);
        return flow_error_nomem(err);
    }
    progress->to = to;
    progress->live = flow_term_capable(fileno(to));
    progress->quiet = quiet;
    // A plain status comes only after the first interval: a short run has no need of one.
    progress->shown_at = flow_time_mono();
    flow_buf_init(&progress->status, FLOW_BUF_LINE);
    // Without one the status stands still, which is no reason to fail.
    progress->ticking = progress->live && !quiet &&
                        flow_thread_start(&progress->ticker, (size_t)64 << 10, tick, progress, NULL) == 0;
    *out = progress;
    return 0;
}

static void erase(struct flow_progress *progress)
{
    // To the end of the screen: a line that has wrapped in a narrower terminal goes too.
    if (progress->visible)
        fputs("\r\033[J", progress->to);
    progress->visible = false;
}

// The status, and for how long it has been the same.
static void draw(struct flow_progress *progress)
{
    const char *text = progress->status.data;
    double seconds = flow_time_mono() - progress->since;
    // The last column stays free, since some terminals wrap when it is written.
    size_t room = flow_term_width(fileno(progress->to)) - 1, width;
    struct flow_buf time;
    flow_buf_init(&time, FLOW_BUF_LINE);
    if (seconds >= FLOW_PROGRESS_ELAPSED) {
        flow_buf_puts(&time, ", ");
        flow_time_human(&time, seconds);
    }
    if (time.len >= room)
        flow_buf_clear(&time);
    size_t length = flow_text_cut(text, room - time.len, &width);
    fprintf(progress->to, "\r%.*s%s\033[J", (int)length, text, time.data);
    flow_buf_release(&time);
}

static void show(struct flow_progress *progress)
{
    const char *text = progress->status.data;
    if (progress->live) {
        draw(progress);
        progress->visible = true;
    } else {
        fprintf(progress->to, "%s\n", text);
    }
    progress->shown_at = flow_time_mono();
    fflush(progress->to);
}

static void __attribute__((format(printf, 2, 0)))
format_line(struct flow_buf *out, const char *format, va_list args)
{
    struct flow_buf raw;
    flow_buf_init(&raw, FLOW_BUF_LINE);
    flow_buf_vprintf(&raw, format, args);
    flow_str_show(out, raw.data, raw.len);
    flow_buf_release(&raw);
}

void flow_progress_status(struct flow_progress *progress, const char *format, ...)
{
    if (progress->quiet)
        return;
    va_list args;
    va_start(args, format);
    pthread_mutex_lock(&progress->lock);
    char *before = strdup(progress->status.data);
    flow_buf_clear(&progress->status);
    format_line(&progress->status, format, args);
    if (!before || strcmp(before, progress->status.data) != 0)
        progress->since = flow_time_mono();
    free(before);
    double interval = progress->live ? FLOW_PROGRESS_REDRAW : FLOW_PROGRESS_PLAIN;
    if ((progress->live && !progress->visible) || flow_time_mono() - progress->shown_at >= interval)
        show(progress);
    pthread_mutex_unlock(&progress->lock);
    va_end(args);
}

static void __attribute__((format(printf, 3, 0)))
print_line(struct flow_progress *progress, const char *prefix, const char *format, va_list args)
{
    struct flow_buf line;
    flow_buf_init(&line, FLOW_BUF_LINE);
    format_line(&line, format, args);
    pthread_mutex_lock(&progress->lock);
    bool again = progress->visible;
    erase(progress);
    fprintf(progress->to, "%s%s\n", prefix, line.data);
    if (again)
        show(progress);
    fflush(progress->to);
    pthread_mutex_unlock(&progress->lock);
    flow_buf_release(&line);
}

void flow_progress_note(struct flow_progress *progress, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!progress->quiet)
        print_line(progress, "", format, args);
    va_end(args);
}

void flow_progress_warn(struct flow_progress *progress, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(progress, "warning: ", format, args);
    va_end(args);
}

void flow_progress_hide(struct flow_progress *progress)
{
    pthread_mutex_lock(&progress->lock);
    erase(progress);
    fflush(progress->to);
    pthread_mutex_unlock(&progress->lock);
}

static void *tick(void *arg)
{
    struct flow_progress *progress = arg;
    pthread_mutex_lock(&progress->lock);
    while (!progress->ended) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&progress->end, &progress->lock, &until);
        if (!progress->ended && progress->visible)
            show(progress);
    }
    pthread_mutex_unlock(&progress->lock);
    return NULL;
}

void flow_progress_free(struct flow_progress *progress)
{
    if (!progress)
        return;
    flow_progress_hide(progress);
    if (progress->ticking) {
        pthread_mutex_lock(&progress->lock);
        progress->ended = true;
        pthread_cond_signal(&progress->end);
        pthread_mutex_unlock(&progress->lock);
        pthread_join(progress->ticker, NULL);
    }
    flow_buf_release(&progress->status);
    pthread_cond_destroy(&progress->end);
    pthread_mutex_destroy(&progress->lock);
    free(progress);
}
