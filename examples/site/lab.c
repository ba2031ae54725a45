/* What a server must survive: bodies of any size, answers that take their time, streams without end, crashes. */
#include "site.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The body's bytes, as they came; in memory, so up to max_body_memory. */
static ct_response *echo(ct *c)
{
    const char *type = ct_header(c, "Content-Type");
    return ct_data(c, type ? type : "application/octet-stream", ct_body(c));
}

/* The size of a body of any length, read in pieces. */
static ct_response *count(ct *c)
{
    char piece[16384];
    int64_t size = 0;
    for (size_t n; (n = ct_body_read(c, piece, sizeof piece)) > 0;)
        size += (int64_t)n;
    return ct_json(c, V(size));
}

/* The first and last bytes of a body of any length, from a temporary file. */
static ct_response *ends(ct *c)
{
    int fd = ct_body_file(c);
    int64_t size = lseek(fd, 0, SEEK_END);
    char first[9] = "", last[9] = "";
    if (pread(fd, first, 8, 0) < 0 || pread(fd, last, 8, size > 8 ? size - 8 : 0) < 0)
        ct_abort(c, 500, "the temporary file cannot be read: %m");
    return ct_json(c, V(size), V(first), V(last));
}

static ct_time milliseconds(ct *c, int64_t fallback)
{
    int64_t ms = ct_query_int_or(c, "ms", fallback);
    if (ms < 0 || ms > 60000)
        ct_abort(c, 400, "ms must be 0 to 60000");
    return ms * CT_MILLISECOND;
}

static ct_response *slow(ct *c)
{
    ct_sleep(c, milliseconds(c, 1000));
    return ct_text(c, "That took a while.\n");
}

static void doze(void *arg)
{
    usleep((unsigned)*(ct_time *)arg);
}

/* The same with a call that blocks, on a thread of its own. */
static ct_response *blocking(ct *c)
{
    ct_time duration = milliseconds(c, 1000);
    ct_offload(c, doze, &duration);
    return ct_text(c, "That blocked a thread, not the server.\n");
}

typedef struct lines {
    int64_t count;
    ct_time pause;
} lines;

static void write_lines(ct *c, ct_writer *out, void *arg)
{
    const lines *l = arg;
    for (int64_t i = 1; i <= l->count; i++) {
        ct_writef(out, "line %" PRId64 " of %" PRId64 "\n", i, l->count);
        if (l->pause) {
            ct_flush(out);
            ct_sleep(c, l->pause);
        }
    }
}

static ct_response *stream(ct *c)
{
    lines *l = ct_alloc(c, sizeof *l);
    l->count = ct_query_int_or(c, "lines", 10);
    l->pause = milliseconds(c, 100);
    return ct_stream(c, "text/plain; charset=utf-8", write_lines, l);
}

static int overflow_stack(int64_t depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return depth ? overflow_stack(depth - 1) + frame[0] : 0;
}

/* ?kind= access (a write to a bad address; the default), abort, arithmetic, overflow (of the stack), call (of
 * nothing). */
static ct_response *crash(ct *c)
{
    const char *kind = ct_query(c, "kind");
    void (*volatile nothing)(void) = NULL;
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)16; /* NOLINT(performance-no-int-to-ptr) */
    if (kind && !strcmp(kind, "abort"))
        abort();
    if (kind && !strcmp(kind, "arithmetic"))
        raise(SIGFPE);
    if (kind && !strcmp(kind, "overflow"))
        return ct_textf(c, "%d", overflow_stack(INT64_MAX));
    if (kind && !strcmp(kind, "call"))
        nothing(); /* NOLINT(clang-analyzer-core.CallAndMessage) */
    *nowhere = 1;
    return ct_text(c, "not reached");
}

static void crash_now(ct *c, void *arg)
{
    (void)c, (void)arg;
    abort();
}

/* A crash behind an answer, and work that was to follow it. */
static ct_response *crash_behind(ct *c)
{
    for (int i = 0; i < 3; i++)
        ct_after_response(c, crash_now, NULL);
    return ct_text(c, "answered");
}

/* clang-format off */
const ct_app lab_app = {
    .name   = "lab",
    .routes = ROUTES(
        POST("/echo",    echo),
        POST("/count",   count),
        POST("/ends",    ends),
        GET("/slow",     slow),
        GET("/blocking", blocking),
        GET("/stream",   stream),
        ANY("/crash",    crash),
        GET("/behind",   crash_behind)),
};
/* clang-format on */
