/* The order in which tables are filled, and emptied the other way round. */
#ifndef CANTEEN_DB_DEPENDENCY_H
#define CANTEEN_DB_DEPENDENCY_H

#include "db/graph.h"

/* Those of the tables that are in the list, each behind those it refers to, else in the order of the list; what refers
 * to each other in a circle stays in its order. The memory is the unit of work's. */
const ct_table **ct_tables_by_dependency(ct *c, const ct_table *const *tables, size_t count);

#endif
