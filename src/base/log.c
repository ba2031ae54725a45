/* The log of log.h.
 *
 *   text: 2026-11-21 09:30:00.123 info    a message [3f2a19c07b5d4e68]
 *   JSON: {"time":"2026-11-21T09:30:00.123456Z","level":"info","pid":12,"request_id":"3f2a19c07b5d4e68","message":"a
 * message"}
 *
 * Lines gather in one static buffer, written when it is full, when an error is logged, and at the end of each turn of
 * the loop. A reader that has stopped (a full pipe) must not stop the server: the descriptor is waited for a moment,
 * then lines are dropped and counted. Nothing here allocates, so it also works when memory is short. */
#include "base/log.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 8192
#define WAIT_FOR_READER_MS 20
#define CUT "..."

static struct {
    int fd;     /* the caller's */
    int out_fd; /* where lines are written: fd, or the same pipe opened again without blocking */
    bool socket, stuck /* the reader takes nothing */, json, opened;
    ct_log_level level;
    uint64_t dropped;
    size_t used;
    char data[8 * LINE_BYTES];
} sink = { .fd = STDERR_FILENO, .out_fd = STDERR_FILENO, .level = CT_LOG_INFO };

static const char *const level_names[] = { "debug", "info", "warning", "error" };

/* One line in the making: text that does not fit is cut; that of a message ends in CUT then, and leaves room for what
 * is to come behind it. */
typedef struct line {
    char *data;
    size_t used, room;
} line;

static void put(line *l, const char *text, size_t length)
{
    size_t fits = CT_MIN(length, l->room - l->used);
    memcpy(l->data + l->used, text, fits);
    l->used += fits;
}

static void put_text(line *l, const char *text)
{
    put(l, text, strlen(text));
}

static void put_uint(line *l, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(l, digits + at, sizeof digits - at);
}

/* Length of the well-formed UTF-8 sequence at `text`, 0 if it is none. */
static size_t sequence_length(const unsigned char *text, size_t length)
{
    size_t need = *text < 0x80                    ? 1
                  : *text >= 0xC2 && *text < 0xE0 ? 2
                  : *text >= 0xE0 && *text < 0xF0 ? 3
                  : *text >= 0xF0 && *text < 0xF5 ? 4
                                                  : 0;
    return need && need <= length && ct_utf8_valid((const char *)text, need) ? need : 0;
}

/* Escapes what could forge a line or break JSON: controls, DEL, '"' and '\', and bytes that are not UTF-8. False: it
 * was cut. */
static bool put_escaped(line *l, const char *text, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *at = (const unsigned char *)text, *end = at + length;
    while (at < end) {
        size_t sequence = sequence_length(at, (size_t)(end - at));
        bool quote = sink.json && (*at == '"' || *at == '\\');
        if (sequence && *at >= 0x20 && *at != 0x7F && !quote) {
            if (sequence > l->room - l->used)
                return false;
            put(l, (const char *)at, sequence);
            at += sequence;
            continue;
        }
        char escape[6] = { '\\', (char)*at };
        size_t size = 2;
        if (!quote) {
            size = sink.json ? 6 : 4;
            memcpy(escape, sink.json ? "\\u00" : "\\x", size - 2);
            escape[size - 2] = hex[*at >> 4];
            escape[size - 1] = hex[*at & 15];
        }
        if (size > l->room - l->used)
            return false;
        put(l, escape, size);
        at++;
    }
    return true;
}

/* At most so many bytes of it, and so that `behind` bytes fit behind it. */
static void put_message(line *l, const char *text, size_t length, size_t most, size_t behind)
{
    size_t kept = CT_MIN(behind + sizeof CUT - 1, l->room - l->used);
    l->room -= kept;
    bool whole = put_escaped(l, text, CT_MIN(length, most));
    l->room += kept;
    if (!whole || length > most)
        put_text(l, CUT);
}

static void put_json_part(line *l, const char *name, const char *value, size_t length, size_t most)
{
    put_text(l, ",\"");
    put_text(l, name);
    put_text(l, "\":\"");
    put_message(l, value, length, most, 1);
    put_text(l, "\"");
}

static void put_json_field(line *l, const char *name, const char *value, size_t length)
{
    put_json_part(l, name, value, length, SIZE_MAX);
}

static void put_json_number(line *l, const char *name, uint64_t value)
{
    put_text(l, ",\"");
    put_text(l, name);
    put_text(l, "\":");
    put_uint(l, value);
}

/* ---- writing ---- */

static bool wait_for_reader(void)
{
    struct pollfd reader = { .fd = sink.out_fd, .events = POLLOUT };
    return poll(&reader, 1, WAIT_FOR_READER_MS) == 1;
}

static ssize_t write_some(const char *data, size_t length)
{
    if (sink.socket)
        return send(sink.out_fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(sink.out_fd, data, length);
}

static size_t count_lines(const char *data, size_t length)
{
    size_t lines = 0;
    for (const char *end; (end = memchr(data, '\n', length)) != NULL; lines++) {
        length -= (size_t)(end + 1 - data);
        data = end + 1;
    }
    return lines;
}

/* The reader takes no more: what is left of a line that has begun stays for the next time, whole lines are dropped. */
static void drop_from(size_t written)
{
    size_t kept = 0;
    if (written && sink.data[written - 1] != '\n') {
        const char *end = memchr(sink.data + written, '\n', sink.used - written);
        kept = end ? (size_t)(end + 1 - (sink.data + written)) : sink.used - written;
    }
    sink.dropped += count_lines(sink.data + written + kept, sink.used - written - kept);
    memmove(sink.data, sink.data + written, kept);
    sink.used = kept;
}

void ct_log_flush(void)
{
    size_t written = 0;
    while (written < sink.used) {
        ssize_t n = write_some(sink.data + written, sink.used - written);
        if (n > 0) {
            written += (size_t)n;
            sink.stuck = false;
        } else if (n < 0 && errno == EAGAIN && !sink.stuck) {
            sink.stuck = !wait_for_reader(); /* once; then nobody waits until it has taken something */
        } else if (n == 0 || errno != EINTR) {
            drop_from(written);
            return;
        }
    }
    sink.used = 0;
}

static line begin(void)
{
    if (!sink.opened)
        ct_log_open(sink.fd, CT_LOG_AUTO, sink.level);
    if (sizeof sink.data - sink.used < LINE_BYTES)
        ct_log_flush();
    return (line){ .data = sink.data + sink.used, .room = LINE_BYTES - 8 }; /* room for the end of any line */
}

/* `close` ends the line's syntax; it always fits. */
static void end(line *l, const char *close, ct_log_level level)
{
    l->room = LINE_BYTES;
    put_text(l, close);
    put_text(l, "\n");
    sink.used += l->used;
    if (level >= CT_LOG_ERROR)
        ct_log_flush();
}

static void put_head(line *l, ct_log_level level)
{
    char now[28];
    ct_iso_format(ct_now(), now);
    if (sink.json) {
        put_text(l, "{\"time\":\"");
        put(l, now, sizeof now - 1);
        put_text(l, "\",\"level\":\"");
        put_text(l, level_names[level]);
        put_text(l, "\"");
        put_json_number(l, "pid", (uint64_t)getpid());
        return;
    }
    now[10] = ' ';
    put(l, now, 23);
    put_text(l, " ");
    put_text(l, level_names[level]);
    put(l, "         ", 8 - strlen(level_names[level]));
}

/* Reports lines that were lost, once the reader takes some again. */
static void report_dropped(void)
{
    if (!sink.dropped)
        return;
    uint64_t dropped = sink.dropped;
    sink.dropped = 0;
    ct_log_line(CT_LOG_WARNING, NULL, "%" PRIu64 " log lines were dropped: their reader was too slow", dropped);
}

/* ---- lines ---- */

/* A pipe is opened again, so that not blocking is a matter of this process and not of all that share it. */
static int open_without_blocking(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_WRONLY | O_NONBLOCK | O_APPEND | O_CLOEXEC | O_NOCTTY);
    return again < 0 ? fd : again;
}

static void open_sink(int fd)
{
    struct stat info;
    if (sink.out_fd != sink.fd)
        close(sink.out_fd);
    sink.fd = sink.out_fd = fd;
    bool known = fstat(fd, &info) == 0;
    sink.socket = known && S_ISSOCK(info.st_mode);
    if (known && S_ISFIFO(info.st_mode))
        sink.out_fd = open_without_blocking(fd);
}

void ct_log_open(int fd, ct_log_format format, ct_log_level level)
{
    ct_log_flush();
    open_sink(fd);
    sink.json = format == CT_LOG_JSON || (format == CT_LOG_AUTO && !isatty(fd));
    sink.level = level;
    sink.opened = true;
}

bool ct_log_enabled(ct_log_level level)
{
    return level >= sink.level;
}

void ct_log_vline(ct_log_level level, const char *request_id, const char *format, va_list args)
{
    if (!ct_log_enabled(level))
        return;
    report_dropped();
    char message[LINE_BYTES];
    int length = vsnprintf(message, sizeof message, format, args);
    if (length < 0)
        return;
    size_t used = CT_MIN((size_t)length, sizeof message - 1);
    line l = begin();
    put_head(&l, level);
    if (sink.json) {
        if (request_id && *request_id)
            put_json_field(&l, "request_id", request_id, strlen(request_id));
        put_json_field(&l, "message", message, used);
        end(&l, "}", level);
        return;
    }
    put_message(&l, message, used, SIZE_MAX, request_id ? strlen(request_id) + 3 : 0);
    if (request_id && *request_id) {
        put_text(&l, " [");
        put_text(&l, request_id);
        put_text(&l, "]");
    }
    end(&l, "", level);
}

void ct_log_line(ct_log_level level, const char *request_id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ct_log_vline(level, request_id, format, args);
    va_end(args);
}

static void put_request_text(line *l, const ct_log_access *access)
{
    put_escaped(l, access->method.data, access->method.length);
    put_text(l, " ");
    put_message(l, access->path.data, access->path.length, LINE_BYTES / 2, 0);
    put_text(l, " ");
    put_uint(l, (uint64_t)access->status);
    put_text(l, " ");
    put_uint(l, access->bytes);
    put_text(l, " B ");
    put_uint(l, (uint64_t)access->duration);
    put_text(l, " us ");
    put_text(l, access->remote);
    put_text(l, " [");
    put_text(l, access->request_id);
    put_text(l, "]");
    if (access->reason) {
        put_text(l, " ");
        put_text(l, access->reason);
    }
    if (access->queries) {
        put_text(l, " ");
        put_uint(l, access->queries);
        put_text(l, access->queries == 1 ? " query " : " queries ");
        put_uint(l, (uint64_t)access->query_time);
        put_text(l, " us");
    }
}

static void put_request_json(line *l, const ct_log_access *access)
{
    put_json_field(l, "request_id", access->request_id, strlen(access->request_id));
    put_json_field(l, "remote", access->remote, strlen(access->remote));
    put_json_field(l, "method", access->method.data, access->method.length);
    put_json_number(l, "status", (uint64_t)access->status);
    put_json_number(l, "bytes", access->bytes);
    put_json_number(l, "us", (uint64_t)access->duration);
    if (access->reason)
        put_json_field(l, "reason", access->reason, strlen(access->reason));
    if (access->queries) {
        put_json_number(l, "queries", access->queries);
        put_json_number(l, "query_us", (uint64_t)access->query_time);
    }
    put_json_part(l, "path", access->path.data, access->path.length, LINE_BYTES / 8);
}

void ct_log_request(const ct_log_access *access)
{
    if (!ct_log_enabled(CT_LOG_INFO))
        return;
    report_dropped();
    line l = begin();
    put_head(&l, CT_LOG_INFO);
    if (sink.json)
        put_request_json(&l, access);
    else
        put_request_text(&l, access);
    end(&l, sink.json ? "}" : "", CT_LOG_INFO);
}
