/* What ct_values() and ct_aggregate() select: columns by their paths, and what is made of many rows. */
#ifndef CANTEEN_DB_OUTPUTS_H
#define CANTEEN_DB_OUTPUTS_H

#include "db/compile.h"

/* "SELECT ...", and " GROUP BY ..." into `group`. */
void ct_write_outputs(ct_query_walk *walk, ct_scope *scope, ct_compiled *compiled, ct_buffer *group);
/* ORDER BY the names of the outputs. */
void ct_order_outputs(ct_query_walk *walk, const ct_compiled *compiled);

#endif
