/* Which fields have a column. */
#ifndef CANTEEN_DB_KINDS_H
#define CANTEEN_DB_KINDS_H

#include "shape/kinds.h"

static inline bool ct_kind_has_column(ct_kind kind)
{
    return kind <= CT_KIND_array || ct_kind_is_ref(kind);
}

#endif
