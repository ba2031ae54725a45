/* What went wrong, for code that runs without a `ct`: it returns false or a code and fills one of these.
 *
 * The caller owns the struct (often on its stack). The message is one line, names the thing and the fix, and ends
 * without a full stop or newline. Longer messages are cut and end in "...". */
#ifndef CANTEEN_BASE_ERROR_H
#define CANTEEN_BASE_ERROR_H

#include "base/common.h"

typedef struct ct_error {
    int status;        /* the HTTP status that fits, or 0 */
    char message[504]; /* NUL-terminated */
} ct_error;

/* Fill `error` (NULL: nothing happens). Always returns false, so that `return ct_fail(error, ...)` reads well. */
bool ct_fail(ct_error *error, const char *format, ...) CT_PRINTF(2, 3);
bool ct_fail_status(ct_error *error, int status, const char *format, ...) CT_PRINTF(3, 4);

#endif
