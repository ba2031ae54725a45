/* The answer to an error: the app's error handler for the status, or a plain page. */
#ifndef CANTEEN_WEB_ERROR_H
#define CANTEEN_WEB_ERROR_H

#include "base/buffer.h"
#include "web/ct.h"

/* Is the server to blame: is the message for the log and not for the client? 501 is the client's: a method nobody
 * knows. */
static inline bool ct_error_is_ours(int status)
{
    return status >= 500 && status != 501;
}

/* The response for c->error_status. Never NULL. An error inside an error handler gives the plain page; a client that
 * left unwinds on. */
ct_response *ct_error_response(ct *c);
/* A whole answer, head included, for what never became a request or cannot be answered properly; it says Connection:
 * close. `head_only`: the request was HEAD. */
void ct_error_refusal(ct_buffer *out, ct_str date, int status, const char *reason, bool head_only);

#endif
