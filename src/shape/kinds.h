/* What the kinds of fields have in common, and what they are in memory. */
#ifndef CANTEEN_SHAPE_KINDS_H
#define CANTEEN_SHAPE_KINDS_H

#include "base/common.h"
#include "canteen/shape.h"

/* Kept as text, some of them checked. */
static inline bool ct_kind_is_text(ct_kind kind)
{
    return kind <= CT_KIND_image;
}

/* ref, one_to_one and their forms for other keys. */
static inline bool ct_kind_is_ref(ct_kind kind)
{
    return kind >= CT_KIND_ref && kind <= CT_KIND_one_to_one_text;
}

/* Those, and the links without a key: many_to_many, has_many, has_one. */
static inline bool ct_kind_is_link(ct_kind kind)
{
    return kind >= CT_KIND_ref && kind <= CT_KIND_has_one;
}

/* Of a ref the kind of the key that it holds; any other kind itself. */
static inline ct_kind ct_kind_of_key(ct_kind kind)
{
    switch (kind) {
    case CT_KIND_ref:
    case CT_KIND_one_to_one:
        return CT_KIND_integer;
    case CT_KIND_ref_uuid:
    case CT_KIND_one_to_one_uuid:
        return CT_KIND_uuid;
    case CT_KIND_ref_text:
    case CT_KIND_one_to_one_text:
        return CT_KIND_text;
    default:
        return kind;
    }
}

/* As declarations have it: "text". */
const char *ct_kind_name(ct_kind kind);
/* The bytes of the member. */
size_t ct_kind_size(ct_kind kind);
/* Whether the member is what zeroed memory is. */
bool ct_kind_is_zero(ct_kind kind, const void *member);

#endif
