/* The statements that are prepared on a connection: a table by digest, and a list by last use. What is forgotten here
 * is forgotten by the server too, by whoever calls. Names are never used twice, so that one which the server has kept
 * (a DEALLOCATE that failed) is in nobody's way. */
#include "db/postgres_prepared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ct_pg_prepared **slot_of(ct_pg *pg, uint64_t digest)
{
    return &pg->prepared[digest % CT_PG_PREPARED];
}

ct_pg_prepared *ct_pg_prepared_find(ct_pg *pg, uint64_t digest, const char *sql)
{
    ct_pg_prepared *one = *slot_of(pg, digest);
    while (one && !(one->digest == digest && strcmp(one->sql, sql) == 0))
        one = one->next;
    if (one) {
        ct_list_remove(&one->link);
        ct_list_append(&pg->recent, &one->link);
    }
    return one;
}

ct_pg_prepared *ct_pg_prepared_add(ct_pg *pg, uint64_t digest, const char *sql)
{
    ct_pg_prepared *one = ct_xmalloc(sizeof *one);
    ct_pg_prepared **slot = slot_of(pg, digest);
    *one = (ct_pg_prepared){ .next = *slot, .digest = digest, .sql = ct_xstrdup(sql), .number = ++pg->next_number };
    snprintf(one->name, sizeof one->name, "s%u", one->number);
    *slot = one;
    ct_list_append(&pg->recent, &one->link);
    pg->prepared_count++;
    return one;
}

static void free_one(ct_pg_prepared *one)
{
    free(one->sql);
    free(one);
}

static void drop(ct_pg *pg, ct_pg_prepared *one)
{
    ct_pg_prepared **at = slot_of(pg, one->digest);
    while (*at != one)
        at = &(*at)->next;
    *at = one->next;
    ct_list_remove(&one->link);
    pg->prepared_count--;
    free_one(one);
}

unsigned ct_pg_prepared_oldest(ct_pg *pg)
{
    ct_pg_prepared *one = CT_CONTAINER(pg->recent.next, ct_pg_prepared, link);
    unsigned number = one->number;
    drop(pg, one);
    return number;
}

ct_pg_prepared *ct_pg_prepared_numbered(ct_pg *pg, unsigned number)
{
    for (ct_list *node = pg->recent.previous; node != &pg->recent; node = node->previous) {
        ct_pg_prepared *one = CT_CONTAINER(node, ct_pg_prepared, link);
        if (one->number == number)
            return one;
    }
    return NULL;
}

void ct_pg_prepared_forget(ct_pg *pg, unsigned number)
{
    ct_pg_prepared *one = ct_pg_prepared_numbered(pg, number);
    if (one)
        drop(pg, one);
}

void ct_pg_prepared_finish(ct_pg *pg)
{
    for (ct_list *node; (node = ct_list_take(&pg->recent));)
        free_one(CT_CONTAINER(node, ct_pg_prepared, link));
    memset(pg->prepared, 0, sizeof pg->prepared);
    pg->prepared_count = 0;
}
