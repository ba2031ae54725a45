/* Names, sizes and zeros of the kinds of fields.
 *
 * Members are compared by their parts where they may have padding, which may hold anything. */
#include "shape/kinds.h"

#include <string.h>

const char *ct_kind_name(ct_kind kind)
{
    static const char *const names[] = { "text",
                                         "email",
                                         "url",
                                         "slug",
                                         "ip",
                                         "file",
                                         "image",
                                         "integer",
                                         "real",
                                         "decimal",
                                         "boolean",
                                         "datetime",
                                         "date",
                                         "time",
                                         "duration",
                                         "uuid",
                                         "json",
                                         "binary",
                                         "array",
                                         "value",
                                         "row",
                                         "rows",
                                         "method",
                                         "ref",
                                         "one_to_one",
                                         "ref_uuid",
                                         "one_to_one_uuid",
                                         "ref_text",
                                         "one_to_one_text",
                                         "many_to_many",
                                         "has_many",
                                         "has_one",
                                         "options" };
    _Static_assert(CT_COUNT(names) == CT_KIND_options + 1, "a name for each kind");
    return names[kind];
}

size_t ct_kind_size(ct_kind kind)
{
    switch (ct_kind_of_key(kind)) {
    case CT_KIND_integer:
        return sizeof(int64_t);
    case CT_KIND_real:
        return sizeof(double);
    case CT_KIND_decimal:
        return sizeof(ct_decimal);
    case CT_KIND_boolean:
        return sizeof(bool);
    case CT_KIND_datetime:
    case CT_KIND_duration:
        return sizeof(ct_time);
    case CT_KIND_date:
        return sizeof(ct_date);
    case CT_KIND_time:
        return sizeof(ct_daytime);
    case CT_KIND_uuid:
        return sizeof(ct_uuid);
    case CT_KIND_json:
    case CT_KIND_value:
        return sizeof(ct_value);
    case CT_KIND_binary:
        return sizeof(ct_bytes);
    default:
        return sizeof(void *);
    }
}

bool ct_kind_is_zero(ct_kind kind, const void *member)
{
    static const char zeros[sizeof(ct_uuid)];
    switch (ct_kind_of_key(kind)) {
    case CT_KIND_real:
        return *(const double *)member == 0;
    case CT_KIND_decimal:
        return ((const ct_decimal *)member)->units == 0;
    case CT_KIND_json:
    case CT_KIND_value:
        return ((const ct_value *)member)->type == CT_VALUE_NULL;
    case CT_KIND_binary:
        return ((const ct_bytes *)member)->len == 0;
    default:
        return memcmp(member, zeros, ct_kind_size(kind)) == 0;
    }
}
