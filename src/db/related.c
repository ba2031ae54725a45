/* What templates see behind a link of a row: what has been loaded. */
#include "canteen/model.h"

#include "db/kinds.h"
#include "shape/value.h"

ct_value ct_related_value(ct *c, const ct_row *row, const ct_field *field)
{
    (void)c;
    const void *loaded;
    if (!ct_kind_is_link(field->kind))
        return ct_row_value(row, field);
    memcpy(&loaded, (const char *)row + field->link, sizeof(loaded));
    bool many = field->kind == CT_KIND_many_to_many || field->kind == CT_KIND_has_many;
    return many ? ct_value_of_rows_pointer(loaded) : ct_value_of_row_pointer(loaded);
}
