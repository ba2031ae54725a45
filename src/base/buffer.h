/* A growing array of bytes, on the heap or in an arena.
 *
 * Zeroed memory is a valid empty heap buffer ({0} needs no init). ct_buffer_in(arena) makes one whose memory is the
 * arena's: finish is then a no-op. Past `limit` (0: none), or past the arena's own, appends are dropped and `failed`
 * is set, so that a writer checks once at the end; a buffer that has failed takes nothing more. Set `limit` before the
 * first append. data is NULL or followed by no promise of a NUL: call ct_buffer_text() for a C string. */
#ifndef CANTEEN_BASE_BUFFER_H
#define CANTEEN_BASE_BUFFER_H

#include "base/arena.h"
#include "base/common.h"
#include "base/str.h"

typedef struct ct_buffer {
    char *data;
    size_t length, capacity,
        limit; /* capacity never exceeds limit; one byte more than capacity is allocated, for a NUL */
    ct_arena *arena;
    bool failed;
} ct_buffer;

static inline ct_buffer ct_buffer_in(ct_arena *arena)
{
    return (ct_buffer){ .arena = arena };
}

void ct_buffer_finish(ct_buffer *buffer);
/* Room for `size` more bytes at data + length (add to length what was written); NULL when that fails. */
char *ct_buffer_reserve(ct_buffer *buffer, size_t size);
void ct_buffer_append_slow(ct_buffer *buffer, const void *data, size_t length);
void ct_buffer_printf(ct_buffer *buffer, const char *format, ...) CT_PRINTF(2, 3);
/* In decimal. */
void ct_buffer_uint(ct_buffer *buffer, uint64_t value);
void ct_buffer_int(ct_buffer *buffer, int64_t value);
/* Drops `length` bytes from the front. */
void ct_buffer_consume(ct_buffer *buffer, size_t length);
/* The content with a NUL after it (not counted in length); "" when it failed for want of room. */
const char *ct_buffer_text(ct_buffer *buffer);

static inline void ct_buffer_append(ct_buffer *buffer, const void *data, size_t length)
{
    if (CT_LIKELY(buffer->capacity - buffer->length >= length)) {
        if (length)
            memcpy(buffer->data + buffer->length, data, length);
        buffer->length += length;
    } else {
        ct_buffer_append_slow(buffer, data, length);
    }
}

static inline void ct_buffer_str(ct_buffer *buffer, ct_str text)
{
    ct_buffer_append(buffer, text.data, text.length);
}

static inline void ct_buffer_char(ct_buffer *buffer, char ch)
{
    ct_buffer_append(buffer, &ch, 1);
}

#define CT_BUFFER_LITERAL(buffer, literal) ct_buffer_append((buffer), (literal), sizeof(literal) - 1)

#endif
