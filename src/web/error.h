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

/* The forms of an answer to an error. */
typedef enum ct_error_form { CT_ERROR_TEXT, CT_ERROR_HTML, CT_ERROR_JSON } ct_error_form;
/* The form that the client asks for: HTML and JSON when it prefers them (Accept), JSON also when it takes anything and
 * has sent JSON; else text. Takes no memory and never fails. */
ct_error_form ct_error_form_of(const ct_http1_head *head);
/* Its content type. */
ct_str ct_error_type(ct_error_form form);

/* Whether c's error is answered with all that is known of it. */
bool ct_error_has_details(const ct *c);
/* The response for c->error_status. Never NULL. An error inside an error handler gives the plain page; a client that
 * left unwinds on. */
ct_response *ct_error_response(ct *c);

/* Whole answers, head included, that say Connection: close; for what cannot be answered properly. `head_only`: the
 * request was HEAD. */

/* To what never became a request, as text. */
void ct_error_refusal(ct_buffer *out, ct_str date, int status, const char *reason, bool head_only);
/* To a request whose answer could not be made: a plain 500, in the client's form. */
void ct_error_plain(ct *c, ct_buffer *out);
/* Of any body; `headers` are whole lines or "". */
void ct_error_whole(ct_buffer *out, ct_str date, int status, const char *headers, ct_error_form form, ct_str body,
                    bool head_only);

#endif
