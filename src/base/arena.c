/* Arenas: what lies behind the pointer bump of arena.h.
 *
 *   chunk: [older | size | data: used....|free....]
 *
 * Invariants:
 *  - `current` is NULL or a standard chunk; big blocks are never current but linked behind it.
 *  - next <= end, both inside the data of `current` (or both at `nothing`), end - next is a multiple of the alignment.
 *  - Without AddressSanitizer `end` never lies further than the limit allows, so the fast path need not know of it.
 *  - With it, all free space is poisoned and every block is followed by a red zone. Red zones count in no limit: each
 *    is taken off `used_before` again, which may wrap round below zero; the sum in ct_arena_used() comes out right.
 *
 * A block that does not fit into the rest of the current chunk opens another one; of the two, that with more room left
 * becomes current, so that little is wasted. Nothing is freed singly, except that the newest block may shrink. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#if CT_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(start, size) ASAN_POISON_MEMORY_REGION(start, size)
#define UNPOISON(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
#define RED_ZONE CT_ARENA_ALIGN
#else
#define POISON(start, size) ((void)(start), (void)(size))
#define UNPOISON(start, size) ((void)(start), (void)(size))
#define RED_ZONE ((size_t)0)
#endif

struct ct_arena_chunk {
    ct_arena_chunk *older;
    size_t size; /* of data */
    alignas(16) char data[];
};

#define STANDARD_SIZE (CT_ARENA_CHUNK - sizeof(ct_arena_chunk))
_Static_assert(sizeof(ct_arena_chunk) % 16 == 0 && CT_ARENA_CHUNK % 16 == 0, "blocks would not be aligned");

/* Where an arena without chunks points, so that a block of size 0 is not NULL there either. */
static alignas(16) char nothing[16];

static size_t align_up(size_t size)
{
    return (size + CT_ARENA_ALIGN - 1) & ~(CT_ARENA_ALIGN - 1);
}

static ct_arena_chunk *chunk_take(ct_arena_pool *pool, size_t size)
{
    ct_arena_chunk *chunk;
    if (size <= STANDARD_SIZE && pool && pool->free_chunks) {
        chunk = pool->free_chunks;
        pool->free_chunks = chunk->older;
        pool->free_count--;
        return chunk;
    }
    size = CT_MAX(size, STANDARD_SIZE);
    chunk = ct_xmalloc(sizeof *chunk + size);
    chunk->size = size;
    POISON(chunk->data, size);
    return chunk;
}

static void chunk_release(ct_arena_pool *pool, ct_arena_chunk *chunk)
{
    if (chunk->size == STANDARD_SIZE && pool && pool->free_count < pool->keep) {
        POISON(chunk->data, chunk->size);
        chunk->older = pool->free_chunks;
        pool->free_chunks = chunk;
        pool->free_count++;
        return;
    }
    UNPOISON(chunk->data, chunk->size);
    free(chunk);
}

void ct_arena_pool_init(ct_arena_pool *pool, size_t keep)
{
    *pool = (ct_arena_pool){ .keep = keep };
}

void ct_arena_pool_finish(ct_arena_pool *pool)
{
    pool->keep = 0;
    for (ct_arena_chunk *chunk = pool->free_chunks, *older; chunk; chunk = older) {
        older = chunk->older;
        chunk_release(pool, chunk);
    }
    *pool = (ct_arena_pool){ 0 };
}

void ct_arena_init(ct_arena *arena, ct_arena_pool *pool, size_t limit)
{
    limit = limit > SIZE_MAX - CT_ARENA_ALIGN ? 0 : align_up(limit);
    *arena = (ct_arena){ .next = nothing, .end = nothing, .pool = pool, .limit = limit };
}

size_t ct_arena_used(const ct_arena *arena)
{
    return arena->used_before + (arena->current ? (size_t)(arena->next - arena->current->data) : 0);
}

/* `end` from the current chunk and the limit: after each change of the chunk or of used_before. */
static void set_end(ct_arena *arena)
{
    arena->end = arena->current->data + arena->current->size;
    if (CT_ASAN || !arena->limit)
        return;
    size_t allowed = arena->limit - ct_arena_used(arena);
    if (allowed < (size_t)(arena->end - arena->next))
        arena->end = arena->next + allowed;
}

static void use_chunk(ct_arena *arena, ct_arena_chunk *chunk)
{
    if (arena->current)
        arena->used_before += (size_t)(arena->next - arena->current->data);
    chunk->older = arena->current;
    arena->current = chunk;
    arena->next = chunk->data;
    set_end(arena);
}

static void release_older(ct_arena *arena)
{
    for (ct_arena_chunk *chunk = arena->current->older, *older; chunk; chunk = older) {
        older = chunk->older;
        chunk_release(arena->pool, chunk);
    }
    arena->current->older = NULL;
}

void ct_arena_reset(ct_arena *arena)
{
    if (!arena->current)
        return;
    release_older(arena);
    POISON(arena->current->data, arena->current->size);
    arena->used_before = 0;
    arena->next = arena->current->data;
    set_end(arena);
}

void ct_arena_finish(ct_arena *arena)
{
    if (arena->current) {
        release_older(arena);
        chunk_release(arena->pool, arena->current);
    }
    ct_arena_init(arena, arena->pool, arena->limit);
}

/* A block of `size` bytes (rounded, with its red zone) that the current chunk has no room for. */
static char *alloc_in_new_chunk(ct_arena *arena, size_t size)
{
    if (!arena->current) {
        use_chunk(arena, chunk_take(arena->pool, 0));
        if (size <= STANDARD_SIZE) {
            arena->next += size;
            return arena->current->data;
        }
    }
    ct_arena_chunk *chunk = chunk_take(arena->pool, size);
    if (chunk->size == STANDARD_SIZE && chunk->size - size > (size_t)(arena->end - arena->next)) {
        use_chunk(arena, chunk);
        arena->next += size;
        return chunk->data;
    }
    chunk->older = arena->current->older;
    arena->current->older = chunk;
    arena->used_before += size;
    set_end(arena);
    return chunk->data;
}

void *ct_arena_alloc_slow(ct_arena *arena, size_t size)
{
    if (arena->limit && size > arena->limit - ct_arena_used(arena))
        return NULL;
    if (size > PTRDIFF_MAX - CT_ARENA_CHUNK)
        ct_die("out of memory: %zu bytes were asked for", size);
    size_t whole = align_up(size) + RED_ZONE;
    char *block = arena->next;
    if (whole <= (size_t)(arena->end - arena->next))
        arena->next += whole;
    else
        block = alloc_in_new_chunk(arena, whole);
    arena->used_before -= RED_ZONE;
    UNPOISON(block, size);
    return block;
}

char *ct_arena_copy(ct_arena *arena, const void *data, size_t length)
{
    char *copy = ct_arena_alloc(arena, length + 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return copy;
}

char *ct_arena_vprintf(ct_arena *arena, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    char *text = NULL;
    int length = vsnprintf(small, sizeof(small), format, args);
    if (length >= 0 && (size_t)length < sizeof(small)) {
        text = ct_arena_copy(arena, small, (size_t)length);
    } else if (length >= 0) {
        text = ct_arena_alloc(arena, (size_t)length + 1);
        if (text)
            vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

char *ct_arena_printf(ct_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = ct_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

/* Resizes the newest block of the current chunk where it lies; false when there is no room. */
static bool resize_newest(ct_arena *arena, char *block, size_t old_size, size_t new_size)
{
    size_t room = (size_t)(arena->end - block);
    if (new_size > room || align_up(new_size) + RED_ZONE > room)
        return false;
    if (arena->limit && align_up(new_size) > arena->limit - (ct_arena_used(arena) - align_up(old_size)))
        return false;
    POISON(block, align_up(old_size));
    arena->next = block + align_up(new_size) + RED_ZONE;
    UNPOISON(block, new_size);
    return true;
}

/* Resizes the newest big block, which has a chunk to itself; NULL past the limit. */
static void *resize_big(ct_arena *arena, size_t old_size, size_t new_size)
{
    ct_arena_chunk *chunk = arena->current->older;
    size_t growth = align_up(new_size) - align_up(old_size);
    if (arena->limit && growth > arena->limit - ct_arena_used(arena))
        return NULL;
    UNPOISON(chunk->data, chunk->size);
    size_t size = align_up(new_size) + RED_ZONE;
    chunk = ct_xrealloc(chunk, sizeof *chunk + size);
    chunk->size = size;
    POISON(chunk->data, size);
    UNPOISON(chunk->data, new_size);
    arena->current->older = chunk;
    arena->used_before += growth;
    set_end(arena);
    return chunk->data;
}

void *ct_arena_grow(ct_arena *arena, void *block, size_t old_size, size_t new_size)
{
    if (!block)
        return ct_arena_alloc(arena, new_size);
    if (arena->current && (char *)block + align_up(old_size) + RED_ZONE == arena->next &&
        resize_newest(arena, block, old_size, new_size))
        return block;
    if (new_size <= old_size)
        return block;
    ct_arena_chunk *older = arena->current ? arena->current->older : NULL;
    if (older && older->data == block && older->size > STANDARD_SIZE && new_size <= PTRDIFF_MAX - CT_ARENA_CHUNK)
        return resize_big(arena, old_size, new_size);
    void *moved = ct_arena_alloc(arena, new_size);
    if (moved)
        memcpy(moved, block, old_size);
    return moved;
}

void *ct_arena_grown(ct_arena *arena, const void *items, size_t count, size_t size, size_t first)
{
    bool full = count < first ? !count : !(count & (count - 1));
    void *table = (void *)(uintptr_t)items;
    return full ? ct_arena_grow(arena, table, count * size, CT_MAX(2 * count, first) * size) : table;
}
