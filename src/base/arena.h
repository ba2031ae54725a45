/* Memory that goes all at once: an arena per request, in chunks recycled through a pool per worker.
 *
 *   pool ── free chunks ──> [chunk][chunk]...      (never more than `keep` of them; the rest goes back to malloc)
 *   arena ─ current ──> [used........|free....] ──> older chunks and big blocks
 *
 * A block that does not fit into a standard chunk gets a chunk of its own from malloc, linked behind the current one,
 * whose free space stays in use.
 *
 * Life cycle: ct_arena_init() on the caller's memory, any number of allocations, ct_arena_reset() to empty it and use
 * it again, ct_arena_finish() to give back every chunk. Allocation is a pointer bump; nothing is freed singly.
 * An arena with a limit returns NULL past it (the caller turns that into a 500 for that request alone); memory that the
 * system refuses ends the process with a message. Under AddressSanitizer free space is poisoned, so use after reset and
 * overruns of a block are reported. Not for sharing between threads. */
#ifndef CANTEEN_BASE_ARENA_H
#define CANTEEN_BASE_ARENA_H

#include "base/common.h"

#include <stdarg.h>
#include <string.h>

/* Every block begins on a multiple of this, and sizes count rounded up to it. */
#define CT_ARENA_ALIGN ((size_t)16)

typedef struct ct_arena_chunk ct_arena_chunk;

typedef struct ct_arena_pool {
    ct_arena_chunk *free_chunks;
    size_t free_count, keep;
} ct_arena_pool;

typedef struct ct_arena {
    char *next, *end; /* free space of the current chunk, as far as the limit allows; a multiple of the alignment */
    ct_arena_chunk *current; /* newest standard chunk, or NULL; each chunk links to one before */
    ct_arena_pool *pool;     /* NULL: chunks come from malloc and go back there */
    size_t used_before;      /* bytes handed out of chunks other than the current one */
    size_t limit;            /* bytes in all, a multiple of the alignment; 0 for none */
} ct_arena;

/* The pool keeps at most `keep` standard chunks (of CT_ARENA_CHUNK bytes, their header included) for the next arena.
 * finish gives them back to malloc; the arenas of the pool must be finished before. */
#define CT_ARENA_CHUNK 8192
void ct_arena_pool_init(ct_arena_pool *pool, size_t keep);
void ct_arena_pool_finish(ct_arena_pool *pool);

/* `pool` may be NULL. `limit` is in bytes, rounded up to the alignment, 0 for none. Takes no memory yet. */
void ct_arena_init(ct_arena *arena, ct_arena_pool *pool, size_t limit);
/* Empties the arena; every block of it is gone. Keeps one standard chunk, so that a small request after another costs
 * neither the pool nor malloc anything. */
void ct_arena_reset(ct_arena *arena);
/* Gives back every chunk; the arena may be used again as after init. */
void ct_arena_finish(ct_arena *arena);

/* For ct_arena_alloc() alone: where the current chunk has no room. */
void *ct_arena_alloc_slow(ct_arena *arena, size_t size) CT_WARN_UNUSED;

/* `size` bytes aligned to 16, not zeroed; never NULL for size 0. NULL only when the arena's limit would be passed. */
CT_WARN_UNUSED static inline void *ct_arena_alloc(ct_arena *arena, size_t size)
{
    /* The room is a multiple of the alignment: what fits fits when rounded up too, and nothing can overflow. */
    if (CT_ASAN || CT_UNLIKELY(size > (size_t)(arena->end - arena->next)))
        return ct_arena_alloc_slow(arena, size);
    void *block = arena->next;
    arena->next += (size + CT_ARENA_ALIGN - 1) & ~(CT_ARENA_ALIGN - 1);
    return block;
}

/* The same, zeroed. */
CT_WARN_UNUSED static inline void *ct_arena_zalloc(ct_arena *arena, size_t size)
{
    void *block = ct_arena_alloc(arena, size);
    return CT_LIKELY(block != NULL) ? memset(block, 0, size) : NULL;
}

/* Copies with a NUL added; NULL past the limit. The printf ones return NULL too where the format itself fails. */
char *ct_arena_copy(ct_arena *arena, const void *data, size_t length) CT_WARN_UNUSED;
char *ct_arena_vprintf(ct_arena *arena, const char *format, va_list args) CT_WARN_UNUSED CT_PRINTF(2, 0);
char *ct_arena_printf(ct_arena *arena, const char *format, ...) CT_WARN_UNUSED CT_PRINTF(2, 3);
/* Resizes a block: in place when it is the arena's newest or shrinks, else it moves. `block` NULL allocates.
 * `old_size` is what the block was last asked for. NULL past the limit: the old block is then still whole. */
void *ct_arena_grow(ct_arena *arena, void *block, size_t old_size, size_t new_size) CT_WARN_UNUSED;
/* A table with room for one more than the `count` items of `size` bytes that it has: itself, or a larger one in its
 * place. It begins with `first` items, a power of two, and doubles. For tables that never become shorter: NULL and a
 * count of 0 begin one. */
void *ct_arena_grown(ct_arena *arena, const void *items, size_t count, size_t size, size_t first) CT_WARN_UNUSED;
/* Bytes handed out since the last reset, each block rounded up to the alignment, for limits and tests. */
size_t ct_arena_used(const ct_arena *arena);

#endif
