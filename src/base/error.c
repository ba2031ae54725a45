/* Fills a ct_error. The message is cut to the room, never allocated. */
#include "base/error.h"

#include "base/str.h"

CT_PRINTF(3, 0) static void fill(ct_error *error, int status, const char *format, va_list args)
{
    if (!error)
        return;
    error->status = status;
    ct_vsay(error->message, sizeof(error->message), format, args);
}

bool ct_fail(ct_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, 0, format, args);
    va_end(args);
    return false;
}

bool ct_fail_status(ct_error *error, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, status, format, args);
    va_end(args);
    return false;
}
