/* The log: lines on a file descriptor, human-readable or JSON, in one write a turn of the loop.
 *
 * One log a process (each worker has its own copy after the fork). Lines are made whole in a buffer and written with
 * one write(2), so lines of several processes do not mix. ct_log_flush() writes what has gathered; lines of level error
 * are written at once. When the descriptor takes nothing (a full pipe) lines are dropped and counted, never waited
 * for beyond a moment; the count is logged when there is room again. */
#ifndef CANTEEN_BASE_LOG_H
#define CANTEEN_BASE_LOG_H

#include "base/common.h"
#include "base/str.h"
#include "canteen/log.h"

#include <stdarg.h>

typedef enum ct_log_format { CT_LOG_AUTO, CT_LOG_TEXT, CT_LOG_JSON } ct_log_format;

typedef struct ct_log_access {
    ct_str method, path;
    int status;
    uint64_t bytes;   /* of the answer, headers included */
    ct_time duration; /* µs */
    const char *request_id;
    const char *remote;
    const char *reason; /* why what came was no request; NULL: it was one */
    size_t queries;     /* that were sent to databases; 0: not told */
    ct_time query_time; /* that they took, µs */
} ct_log_access;

/* `fd` is borrowed. AUTO: text if fd is a terminal, else JSON. May be called again (settings read, then changed). */
void ct_log_open(int fd, ct_log_format format, ct_log_level level);
bool ct_log_enabled(ct_log_level level);
/* `request_id` may be NULL. */
void ct_log_line(ct_log_level level, const char *request_id, const char *format, ...) CT_PRINTF(3, 4);
void ct_log_vline(ct_log_level level, const char *request_id, const char *format, va_list args) CT_PRINTF(3, 0);
void ct_log_request(const ct_log_access *access);
void ct_log_flush(void);

#endif
