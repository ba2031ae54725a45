/* The unit of work: its memory, its end, its time.
 *
 * A request (or a command) runs on a fiber with a stack of its own (setting `stack_size`, 256 KiB unless changed, with
 * a guard page below). Code runs straight on; whatever waits parks the fiber and lets the worker serve others. So no
 * two handlers of a worker run at once, and between two waiting calls nothing else changes.
 *
 * A client that leaves cancels its request: the wait does not return, clean-ups run, nothing is answered. A client that
 * shuts its sending side right behind the request (within 100 ms) has only said that it sends no more: it is
 * answered. */
#ifndef CANTEEN_WORK_H
#define CANTEEN_WORK_H

#include "canteen/common.h"

/* Memory that lives as long as the request. Nothing is ever freed by hand. ct_alloc gives `size` zeroed bytes aligned
 * for any type. A request over its cap (setting `request_memory`, 64 MiB) ends with 500, alone. */
CT_API void *ct_alloc(ct *c, size_t size);
CT_API char *ct_strdup(ct *c, const char *text);
CT_API char *ct_strndup(ct *c, const char *text, size_t length);
CT_API char *ct_printf(ct *c, const char *format, ...) CT_PRINTF(2, 3);

/* Ends the request with an error: clean-ups run (ct_defer, newest first), then the app's error handler for the status
 * answers, or a plain page. Does not return. `status` is 400 to 599 (anything else becomes 500); the message is one
 * line for people: for 4xx and 501 it is shown to the client, for other 5xx only logged. In a command it prints the
 * message and ends with exit code 1. NULL for no message. */
CT_API CT_NORETURN void ct_abort(ct *c, int status, const char *format, ...) CT_PRINTF(3, 4);

/* Calls fn(arg) when the request ends, however it ends (return, abort, deadline, client gone): newest first. What is
 * deferred inside a middleware's ct_next_call() and then aborted runs before ct_next_call() returns. For what is not
 * memory: files, handles. fn must not wait or abort. */
CT_API void ct_defer(ct *c, void (*fn)(void *arg), void *arg);

/* Parks the fiber for at least `duration` (µs; 0 or less just lets the others run once). */
CT_API void ct_sleep(ct *c, ct_time duration);

/* Runs fn(arg) on one of a few threads (setting `offload_threads`) and waits for it: for calls that block and cannot
 * be made to wait any other way (password hashing, a slow library, file systems). fn must not touch `c`. The wait is
 * not cut short by a deadline or a client that leaves, since arg usually lives on this stack; these take effect after
 * fn has returned. */
CT_API void ct_offload(ct *c, void (*fn)(void *arg), void *arg);

/* Time left before the request's deadline, in µs (0: passed; INT64_MAX: no deadline). A deadline that passes while
 * the fiber waits ends the request with 503. Setting `request_timeout` (30 s) sets it when the handler starts. The
 * sending of the answer is not under it but under its own limit of progress (setting `send_timeout`). */
CT_API ct_time ct_time_left(ct *c);
/* A new deadline, `duration` (µs) from now; 0 for none. */
CT_API void ct_set_deadline(ct *c, ct_time duration);

/* Calls fn(c, arg) after the answer has been sent, on a fiber of its own, while the connection goes on to its next
 * request: for what the client need not wait for (a mail, a thumbnail). The request's memory and ct_get() values are
 * still there, what came in (ct_query, ct_body, the session) is not: read it before. In the order of the calls; other
 * work of the worker runs in between. All that follow one answer, what they ask for themselves included, have one
 * deadline together (`request_timeout` again; ct_set_deadline() there is for those behind too): what has not begun by
 * then does not run, and the log says so. An abort is logged. A server that stops waits for it within drain_timeout;
 * one that crashes or is killed loses it. Works in commands too: after the command. An answer that is an error runs it
 * as well, where it was asked for; a client that left does not stop it. NULL for `fn` aborts with 500. */
typedef void ct_after_fn(ct *c, void *arg);
CT_API void ct_after_response(ct *c, ct_after_fn *fn, void *arg);

/* Values of this request under a name, shared by middleware, handlers and error handlers: Flask's `g`. The name and
 * the value are borrowed. ct_get: NULL when it was not set. */
CT_API void ct_set(ct *c, const char *name, void *value);
CT_API void *ct_get(ct *c, const char *name);

#endif
