/* Answers to errors in development (setting `debug`): what happened, where, and what was asked. */
#ifndef CANTEEN_WEB_DEBUG_H
#define CANTEEN_WEB_DEBUG_H

#include "net/worker.h"
#include "template/template.h"
#include "web/ct.h"
#include "web/error.h"

/* Remembers where c's abort came from, for an answer later: raw addresses only. `failed` (NULL: none) is the error of a
 * template, copied. Never fails: with no memory left there is just nothing to show. Called where `debug` is on. */
void ct_debug_capture(ct *c, const ct_template_error *failed);
/* The answer to c->error_status. On the request's fiber, which waits while a thread reads the debug information. */
ct_response *ct_debug_response(ct *c, ct_error_form form);
/* Appends the whole answer to a crash of c's handler; in the loop. False, and nothing appended, when it could not be
 * made in a few seconds. */
bool ct_debug_crashed(ct *c, const ct_crash *crash, ct_error_form form, ct_buffer *out);

#endif
