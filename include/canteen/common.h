/* The few types and attributes that every other header of Canteen uses.
 *
 * Text is `const char *`: NUL-terminated UTF-8. Text that arrives with a NUL or with invalid UTF-8 inside is refused
 * at the edge (400), so a handler never meets it. `ct_bytes` is for binary data only.
 *
 * Unless a function says otherwise, what it returns lives in the arena of the `ct` it was given and goes with it:
 * nobody frees anything. */
#ifndef CANTEEN_COMMON_H
#define CANTEEN_COMMON_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in C23: true and false are of type bool, so that KV("ok", true) is a truth and not a number. In #if, where there
 * are no types, `bool` counts as 0 and they are 1 and 0 still. */
#if !defined(__STDC_VERSION__) || __STDC_VERSION__ <= 201710L
#undef true
#undef false
#define true ((bool)+1u)
#define false ((bool)+0u)
#endif

#ifdef __cplusplus
#error "Canteen is a C library: compile this file as C (gnu17)"
#endif

/* What the shared library exports; everything else is hidden. */
#define CT_API __attribute__((visibility("default")))
/* The compiler checks the arguments against the format, as it does for printf. */
#define CT_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))
#define CT_NORETURN __attribute__((noreturn))
#define CT_WARN_UNUSED __attribute__((warn_unused_result))

/* The unit of work: one request, one run of a command, or one test. It owns the memory, the deadline and the
 * request's values, and is passed explicitly to everything. Never keep it beyond the work it stands for. */
typedef struct ct ct;
typedef struct ct_app ct_app;
typedef struct ct_response ct_response;
typedef struct ct_test ct_test;

/* Binary data that need not end in NUL and may hold any byte. */
typedef struct ct_bytes {
    const void *data;
    size_t len;
} ct_bytes;

/* A point in time: microseconds since 1970-01-01T00:00:00Z; or a span of time: microseconds. */
typedef int64_t ct_time;
#define CT_MICROSECOND ((ct_time)1)
#define CT_MILLISECOND (1000 * CT_MICROSECOND)
#define CT_SECOND (1000 * CT_MILLISECOND)
#define CT_MINUTE (60 * CT_SECOND)
#define CT_HOUR (60 * CT_MINUTE)
#define CT_DAY (24 * CT_HOUR)

/* The time now, by the system's clock (it may jump when the clock is set). Needs no `ct`. */
CT_API ct_time ct_now(void);

#endif
