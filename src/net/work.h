/* The unit of work, for layers below the web: its memory, its waits, its mistakes. Defined by web/work.c and
 * web/database.c. */
#ifndef CANTEEN_NET_WORK_H
#define CANTEEN_NET_WORK_H

#include "base/arena.h"
#include "canteen/common.h"
#include "net/fiber.h"

/* Memory that aborts (500) when the request's cap is passed, instead of returning NULL. Not zeroed. */
void *ct_take(ct *c, size_t size);
/* The same abort, for those who asked the arena themselves and got NULL. */
CT_NORETURN void ct_out_of_memory(ct *c);
ct_arena *ct_work_arena(ct *c);
/* For long work in portions: from here on memory is the other arena's, until the same call gives back the one that this
 * one returns. What layers keep for longer than the portion must be there before. The message of an abort that is under
 * way goes along. */
ct_arena *ct_work_use_arena(ct *c, ct_arena *arena);

/* Parks until `until` or the request's deadline; returns READY, or TIMEOUT when `until` came first. Does not return
 * when the client left or the deadline passed. */
ct_wake ct_wait(ct *c, ct_time until);
/* The same for those who must not be unwound where they wait (in a callback of a library): returns whatever came, also
 * CANCELLED, and TIMEOUT for the deadline. They go back first and then call ct_wait(), which does not return. */
ct_wake ct_pause(ct *c, ct_time until);
/* ct_monotonic(); INT64_MAX: none. */
ct_time ct_work_deadline(ct *c);

/* Calls fn(c, arg): false when it aborted, after its clean-ups; ct_abort_again() then goes on with that abort. A client
 * that has left is not held up. */
bool ct_try(ct *c, void (*fn)(ct *c, void *arg), void *arg);
CT_NORETURN void ct_abort_again(ct *c);
/* As ct_abort(), for what ct_try() will answer: nothing is logged. */
CT_NORETURN void ct_abort_quietly(ct *c, int status, const char *message);
/* An abort with 503 and a Retry-After of so many seconds. */
CT_NORETURN void ct_unavailable(ct *c, int seconds, const char *format, ...) CT_PRINTF(3, 4);

/* Ends the request because a limit of the library's own was passed or the program made a mistake: logs `format` with
 * level error and aborts with 500. */
CT_NORETURN void ct_mistake(ct *c, const char *format, ...) CT_PRINTF(2, 3);

/* What the database layer keeps of this unit of work (db/session.h), NULL at first, and of its site (db/site.h). */
struct ct_db_session **ct_work_database(ct *c);
struct ct_db_site *ct_work_databases(ct *c);

#endif
