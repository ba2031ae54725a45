/* Where a row of a model came from, of which templates must know what is not loaded yet. The rest is src/db's. */
#ifndef CANTEEN_SHAPE_ORIGIN_H
#define CANTEEN_SHAPE_ORIGIN_H

#include "canteen/shape.h"

/* row.origin */
typedef struct ct_origin_row {
    ct_rows *list; /* with which it was loaded; NULL: alone */
    struct ct_db_entry *entry;
    const ct_row *saved;    /* as it was read or written last: what ct_save() compares with */
    uint64_t missing;       /* columns that are not loaded, as the bits of nulls */
    uint64_t given;         /* of those that were not: what ct_set_null() and ct_set_not_null() have been told */
    uint64_t links;         /* links that are loaded, by their number in table->links */
    struct ct_arena *arena; /* of rows of a cursor: where what is loaded for them goes too; NULL: the request's */
    bool deleted;           /* by ct_delete(): it cannot be saved again */
} ct_origin_row;

#endif
