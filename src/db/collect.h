/* What a deletion takes with it: db/collect.c finds it out, db/delete.c does it. */
#ifndef CANTEEN_DB_COLLECT_H
#define CANTEEN_DB_COLLECT_H

#include "base/map.h"
#include "db/write.h"

/* The rows of one table that go, in the order in which they were found. */
typedef struct ct_doomed {
    const ct_table *table;
    ct_row **rows;
    size_t count, capacity;
    size_t looked;   /* so many of them have been asked for what refers to them */
    ct_strmap known; /* by key */
    bool ordered;    /* has its place in `order` */
} ct_doomed;

/* Rows that refer to those of `to` through `column` and that need not be seen. */
typedef struct ct_referring {
    const ct_table *table;
    const ct_column *column;
    const ct_doomed *to;
} ct_referring;

typedef struct ct_deletion {
    ct_writing write;
    ct_doomed **doomed; /* the first is the table that the program named */
    size_t doomed_count;
    ct_referring *fast; /* go with one statement */
    size_t fast_count;
    ct_referring *changed; /* SET_NULL and SET_DEFAULT */
    size_t changed_count;
    struct ct_restricted *restricted;
    ct_buffer protected; /* "Choice.question": what stands in the way, with ", " between */
    ct_doomed **order;   /* so that rows go before those that they refer to */
    bool cycle;          /* there is no such order */
} ct_deletion;

/* Deletion of the table's rows needs no look at other tables and calls no hook. */
bool ct_delete_is_plain(const ct_table *table);

void ct_deletion_begin(ct_deletion *deletion, const ct_writing *write);
void ct_deletion_add(ct_deletion *deletion, const ct_table *table, ct_row *row);
/* The names of the columns that must be known of rows that go, for .only; NULL: all, for hooks. */
const char *ct_deletion_columns(ct *c, const ct_table *table);
/* Follows what refers to the rows, and what refers to those. Aborts with 409 where something stands in the way. */
void ct_deletion_collect(ct_deletion *deletion);

/* db/delete.c: collects and deletes, in a transaction of its own; how many rows went. */
int64_t ct_deletion_run(ct_deletion *deletion);

/* At most so many keys in one statement. */
#define CT_DELETE_BATCH 512
/* `"column" IN ($1, $2, ...)`: the values that `of` has in `count` rows. The number of parameters is a power of two,
 * the last value repeated, so that there are few different statements. */
void ct_sql_in_rows(ct_sql *sql, const ct_column *column, const ct_column *of, ct_row *const *rows, size_t count);
/* What `column` leads to. */
const ct_column *ct_referred_column(const ct_column *column, const ct_table *to);

#endif
