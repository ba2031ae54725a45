/* How often each statement ran in a unit of work, for the development log: what runs again and again is often a loop
 * that one query could replace. Text is told apart by its digest; only the first statements are counted. */
#ifndef CANTEEN_DB_TALLY_H
#define CANTEEN_DB_TALLY_H

#include "base/arena.h"
#include "canteen/common.h"

#define CT_DB_TALLIES 64

typedef struct ct_db_tally_item {
    uint64_t digest;
    const char *sql; /* a copy */
    size_t count;
} ct_db_tally_item;

typedef struct ct_db_tally {
    ct_db_tally_item *items; /* CT_DB_TALLIES of them, or NULL */
    size_t count;
} ct_db_tally;

/* The memory is the arena's; nothing is counted where it has none. */
void ct_db_tally_add(ct_db_tally *tally, ct_arena *arena, const char *sql);
/* The statement that ran most often; NULL when there was none. */
void ct_db_tally_most(const ct_db_tally *tally, const char **ret_sql, size_t *ret_count);

#endif
