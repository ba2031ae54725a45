/* NULL told from zero: a row's bits.
 *
 * Text, arrays, rows and values of any kind say by themselves that they are null. Of every other kind a bit of the row
 * does, but only while the member is zero: an app that assigns a value need not think of the bit. */
#include "shape/value.h"

#include "base/common.h"
#include "shape/kinds.h"
#include "shape/origin.h"

static bool shows_null(ct_kind kind)
{
    return ct_kind_is_text(kind) || (kind >= CT_KIND_array && kind <= CT_KIND_method) || kind == CT_KIND_ref_text ||
           kind == CT_KIND_one_to_one_text || kind >= CT_KIND_many_to_many;
}

uint64_t ct_field_mask(const ct_shape *shape, const ct_field *field)
{
    size_t index = (size_t)(field - shape->fields);
    return index < shape->unmasked ? 0 : UINT64_C(1) << (index - shape->unmasked);
}

static bool is_null_pointer(const void *member)
{
    const void *pointer;
    memcpy(&pointer, member, sizeof(pointer)); /* to a type that only the app's file knows */
    return !pointer;
}

bool ct_field_is_null(const ct_row *row, const ct_field *field)
{
    const char *member = (const char *)row + field->offset;
    if (field->kind == CT_KIND_value)
        return ((const ct_value *)(const void *)member)->type == CT_VALUE_NULL;
    if (field->kind == CT_KIND_method)
        return false;
    if (field->kind >= CT_KIND_many_to_many)
        return is_null_pointer((const char *)row + field->link);
    if (shows_null(field->kind))
        return is_null_pointer(member);
    return (row->nulls & ct_field_mask(row->shape, field)) && ct_kind_is_zero(field->kind, member);
}

static bool holds_text(ct_kind kind)
{
    return ct_kind_is_text(kind) || kind == CT_KIND_ref_text || kind == CT_KIND_one_to_one_text;
}

void ct_field_set_null(ct_row *row, const ct_field *field, bool null)
{
    char *member = (char *)row + field->offset;
    uint64_t mask = shows_null(field->kind) ? 0 : ct_field_mask(row->shape, field);
    if (field->kind == CT_KIND_method || field->kind == CT_KIND_options)
        return;
    row->nulls = null ? row->nulls | mask : row->nulls & ~mask;
    if (!null) {
        if (holds_text(field->kind) && is_null_pointer(member))
            *(const char **)(void *)member = "";
        return;
    }
    if (ct_kind_is_link(field->kind))
        memset((char *)row + field->link, 0, sizeof(void *));
    if (field->kind < CT_KIND_many_to_many)
        memset(member, 0, ct_kind_size(field->kind));
}

/* The field whose member, or link, is there; NULL: none. */
static const ct_field *field_at(const ct_shape *shape, size_t offset)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        bool member = field->kind != CT_KIND_method && field->kind < CT_KIND_many_to_many && field->offset == offset;
        if (member || (ct_kind_is_link(field->kind) && field->link == offset))
            return field;
    }
    return NULL;
}

bool ct_row_is_null(const ct_row *row, size_t offset)
{
    const ct_field *field = field_at(row->shape, offset);
    return field && ct_field_is_null(row, field);
}

void ct_row_set_null(ct_row *row, size_t offset, bool null)
{
    const ct_field *field = field_at(row->shape, offset);
    if (!field)
        return;
    ct_field_set_null(row, field, null);
    /* Of a column that is not loaded, what it was is not known: it differs. */
    uint64_t mask = ct_field_mask(row->shape, field);
    if (row->origin && (row->origin->missing & mask)) {
        row->origin->missing &= ~mask;
        row->origin->given |= mask;
    }
}
