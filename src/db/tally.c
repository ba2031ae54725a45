/* Counting statements by their text. */
#include "db/tally.h"

#include "base/str.h"

void ct_db_tally_add(ct_db_tally *tally, ct_arena *arena, const char *sql)
{
    uint64_t digest = ct_hash(sql, strlen(sql));
    for (size_t i = 0; i < tally->count; i++)
        if (tally->items[i].digest == digest) {
            tally->items[i].count++;
            return;
        }
    if (tally->count == CT_DB_TALLIES)
        return;
    if (!tally->items)
        tally->items = ct_arena_zalloc(arena, CT_DB_TALLIES * sizeof(*tally->items));
    const char *copy = tally->items ? ct_arena_copy(arena, sql, strlen(sql)) : NULL;
    if (copy)
        tally->items[tally->count++] = (ct_db_tally_item){ .digest = digest, .sql = copy, .count = 1 };
}

void ct_db_tally_most(const ct_db_tally *tally, const char **ret_sql, size_t *ret_count)
{
    *ret_sql = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < tally->count; i++)
        if (tally->items[i].count > *ret_count) {
            *ret_sql = tally->items[i].sql;
            *ret_count = tally->items[i].count;
        }
}
