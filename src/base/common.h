/* What every internal file may use: the public common types and the few helpers of the library itself. */
#ifndef CANTEEN_BASE_COMMON_H
#define CANTEEN_BASE_COMMON_H

#include "canteen/common.h"

/* Set where AddressSanitizer watches. */
#if defined(__SANITIZE_ADDRESS__)
#define CT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CT_ASAN 1
#endif
#endif
#ifndef CT_ASAN
#define CT_ASAN 0
#endif

#define CT_COUNT(array) (sizeof(array) / sizeof *(array))
#define CT_LIKELY(x) __builtin_expect(!!(x), 1)
#define CT_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define CT_MIN(a, b) ((a) < (b) ? (a) : (b))
#define CT_MAX(a, b) ((a) > (b) ? (a) : (b))
/* The struct that holds `member` at `pointer`. */
#define CT_CONTAINER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Ends the process with one line on standard error: for want of memory and for broken invariants only. */
CT_NORETURN void ct_die(const char *format, ...) CT_PRINTF(1, 2);
/* malloc and friends that end the process instead of returning NULL. */
void *ct_xmalloc(size_t size) CT_WARN_UNUSED;
void *ct_xcalloc(size_t count, size_t size) CT_WARN_UNUSED;
void *ct_xrealloc(void *block, size_t size) CT_WARN_UNUSED;
char *ct_xstrdup(const char *text) CT_WARN_UNUSED;

#endif
