/* Which fields have a column, and values of members. */
#ifndef CANTEEN_DB_KINDS_H
#define CANTEEN_DB_KINDS_H

#include "shape/kinds.h"

static inline bool ct_kind_has_column(ct_kind kind)
{
    return kind <= CT_KIND_array || ct_kind_is_ref(kind);
}

/* A member of a column as a value; decimals, UUIDs and bytes stay where they are and are referred to. */
ct_value ct_kind_value(ct_kind kind, const void *member);

#endif
