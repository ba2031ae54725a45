/* Types of the program's own (.sql_type), for statements of PostgreSQL that have to name them. */
#ifndef CANTEEN_DB_OWN_TYPE_H
#define CANTEEN_DB_OWN_TYPE_H

#include "db/graph.h"

/* What a value of the column is cast to before it is compared or assigned; NULL: it needs no cast. Of a ref without a
 * type of its own, that of the key it holds. */
const char *ct_own_type(ct *c, const ct_column *column);
/* Whether values that differ as bytes may be equal to the database. */
bool ct_own_type_is_loose(const ct_column *column);
/* Whether the type of the column, or that of the key it holds, has no room for the value. False: it has, or it is not
 * known. */
bool ct_own_type_refuses(const ct_column *column, ct_value value);

#endif
