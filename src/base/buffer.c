/* Growing buffers: the part that is not inline.
 *
 * Invariants: length <= capacity; data is NULL or has capacity + 1 bytes, the last for the NUL of ct_buffer_text();
 * where there is a limit, capacity <= limit; after a failure capacity is cut down to length, so that the inline append
 * refuses whatever comes later. Capacity doubles, so appends cost constant time on average. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_SIZE 128

void ct_buffer_finish(ct_buffer *buffer)
{
    if (!buffer->arena)
        free(buffer->data);
    *buffer = (ct_buffer){ .arena = buffer->arena, .limit = buffer->limit };
}

static char *fail(ct_buffer *buffer)
{
    buffer->failed = true;
    buffer->capacity = buffer->length;
    return NULL;
}

/* Makes the capacity at least `needed`, which is above it (or there is no data yet). */
static bool grow(ct_buffer *buffer, size_t needed)
{
    size_t capacity = CT_MAX(FIRST_SIZE - 1, buffer->capacity <= SIZE_MAX / 4 ? 2 * buffer->capacity + 1 : needed);
    capacity = CT_MAX(capacity, needed);
    if (buffer->limit)
        capacity = CT_MIN(capacity, buffer->limit);
    char *data;
    if (buffer->arena)
        data = ct_arena_grow(buffer->arena, buffer->data, buffer->data ? buffer->capacity + 1 : 0, capacity + 1);
    else
        data = ct_xrealloc(buffer->data, capacity + 1);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

char *ct_buffer_reserve(ct_buffer *buffer, size_t size)
{
    if (buffer->failed)
        return NULL;
    if (buffer->data && size <= buffer->capacity - buffer->length)
        return buffer->data + buffer->length;
    size_t most = (buffer->limit ? buffer->limit : SIZE_MAX - 1) - buffer->length;
    if (size > most || !grow(buffer, buffer->length + size))
        return fail(buffer);
    return buffer->data + buffer->length;
}

void ct_buffer_append_slow(ct_buffer *buffer, const void *data, size_t length)
{
    char *room = ct_buffer_reserve(buffer, length);
    if (!room)
        return;
    memcpy(room, data, length);
    buffer->length += length;
}

void ct_buffer_printf(ct_buffer *buffer, const char *format, ...)
{
    if (!ct_buffer_reserve(buffer, 0))
        return;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buffer->capacity - buffer->length;
    int length = vsnprintf(buffer->data + buffer->length, room + 1, format, args);
    if (length < 0) {
        fail(buffer);
    } else if ((size_t)length <= room) {
        buffer->length += (size_t)length;
    } else if (ct_buffer_reserve(buffer, (size_t)length)) {
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

void ct_buffer_uint(ct_buffer *buffer, uint64_t value)
{
    if (value < 10) {
        ct_buffer_char(buffer, (char)('0' + value));
        return;
    }
    if (value < 1000 && buffer->capacity - buffer->length >= 3) { /* most numbers are short */
        char *to = buffer->data + buffer->length;
        buffer->length += value < 100 ? 2 : 3;
        if (value >= 100)
            *to++ = (char)('0' + value / 100);
        *to++ = (char)('0' + value / 10 % 10);
        *to = (char)('0' + value % 10);
        return;
    }
    char digits[20];
    size_t first = sizeof(digits);
    for (; value >= 100; value /= 100) {
        digits[--first] = (char)('0' + value % 10);
        digits[--first] = (char)('0' + value / 10 % 10);
    }
    digits[--first] = (char)('0' + value % 10);
    if (value >= 10)
        digits[--first] = (char)('0' + value / 10);
    ct_buffer_append(buffer, digits + first, sizeof(digits) - first);
}

void ct_buffer_int(ct_buffer *buffer, int64_t value)
{
    if (value < 0)
        ct_buffer_char(buffer, '-');
    ct_buffer_uint(buffer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void ct_buffer_consume(ct_buffer *buffer, size_t length)
{
    length = CT_MIN(length, buffer->length);
    if (!length)
        return;
    buffer->length -= length;
    memmove(buffer->data, buffer->data + length, buffer->length);
    if (buffer->failed)
        buffer->capacity = buffer->length;
}

const char *ct_buffer_text(ct_buffer *buffer)
{
    if (buffer->failed || !buffer->data)
        return "";
    buffer->data[buffer->length] = '\0';
    return buffer->data;
}
