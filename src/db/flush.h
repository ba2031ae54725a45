/* Emptying tables. */
#ifndef CANTEEN_DB_FLUSH_H
#define CANTEEN_DB_FLUSH_H

#include "db/site.h"

/* Empties all tables of the site's models on the database, those of many_to_many too, in one transaction; what the
 * database gives as the next key begins at 1 again. Tables that are not Canteen's, those of .unmanaged models and views
 * stay as they are; abort where a row of them refers to one that would go. Returns how many tables there were. */
size_t ct_empty_tables(ct *c, const ct_db_entry *entry);

/* PostgreSQL counts keys by itself: the next key that it gives is behind those that are there. For tables into which
 * rows with their keys have been written. SQLite needs none. */
void ct_reset_key(ct *c, const ct_db_entry *entry, const ct_table *table);

#endif
