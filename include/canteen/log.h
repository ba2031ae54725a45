/* Log lines, on standard error: human-readable on a terminal, one JSON object a line otherwise (setting `log_format`).
 *
 * Each line carries the time, the level and, in a request, its id. Control characters in the message are escaped.
 * A line is cut at 8 KiB. Lines below the setting `log_level` cost a comparison. The access log, one line a request
 * (method, path, status, bytes, µs, request id), is written by the server itself (setting `access_log`). */
#ifndef CANTEEN_LOG_H
#define CANTEEN_LOG_H

#include "canteen/common.h"

typedef enum ct_log_level { CT_LOG_DEBUG, CT_LOG_INFO, CT_LOG_WARNING, CT_LOG_ERROR } ct_log_level;

/* `c` may be NULL outside of any request. */
CT_API void ct_log(ct *c, ct_log_level level, const char *format, ...) CT_PRINTF(3, 4);

#define ct_log_debug(c, ...) ct_log((c), CT_LOG_DEBUG, __VA_ARGS__)
#define ct_log_info(c, ...) ct_log((c), CT_LOG_INFO, __VA_ARGS__)
#define ct_log_warning(c, ...) ct_log((c), CT_LOG_WARNING, __VA_ARGS__)
#define ct_log_error(c, ...) ct_log((c), CT_LOG_ERROR, __VA_ARGS__)

#endif
