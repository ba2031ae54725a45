/* Rows of shapes: making them, lists of them, reading their fields, sorting.
 *
 * A row is a struct whose first member names its shape; the fields lie where the shape says. Members are read through
 * pointers of their own types, pointers to rows and lists by copying their bytes, for only the app's file knows those
 * types.
 *
 * The sort merges runs bottom up, between two halves of one block; the list takes the result at the end:
 *
 *   from:  [ run ][ run ][ run ][ run ][...]     width rows each
 *   to:    [    run     ][    run     ][...]     then they change places, until one run is left
 *
 * Not here: shapes made at run time, and methods (templates call them). */
#include "shape/value.h"

#include "base/common.h"

#define FIRST_ROOM 8

/* ---- rows and lists ---- */

ct_row *ct_row_in(ct_arena *arena, const ct_row *from)
{
    ct_row *row = ct_arena_alloc(arena, from->shape->size);
    return row ? memcpy(row, from, from->shape->size) : NULL;
}

ct_rows *ct_rows_in(ct_arena *arena, const ct_shape *shape)
{
    ct_rows *rows = ct_arena_zalloc(arena, sizeof(*rows));
    if (!rows)
        return NULL;
    rows->shape = shape;
    rows->capacity = FIRST_ROOM;
    rows->items = ct_arena_alloc(arena, FIRST_ROOM * sizeof(*rows->items));
    return rows->items ? rows : NULL;
}

bool ct_rows_put(ct_rows *rows, ct_row *row, ct_arena *arena)
{
    if (rows->count == rows->capacity) {
        size_t size = rows->capacity * sizeof(*rows->items);
        ct_row **items = ct_arena_grow(arena, rows->items, size, 2 * size);
        if (!items)
            return false;
        rows->items = items;
        rows->capacity *= 2;
    }
    rows->items[rows->count++] = row;
    return true;
}

/* ---- fields ---- */

static const void *read_pointer(const void *member)
{
    const void *pointer;
    memcpy(&pointer, member, sizeof(pointer));
    return pointer;
}

ct_value ct_row_value(const ct_row *row, const ct_field *field)
{
    const void *member = (const char *)row + field->offset;
    if (CT_UNLIKELY(row->nulls) && ct_field_is_null(row, field))
        return ct_value_null();
    switch (field->kind) {
    case CT_KIND_text:
    case CT_KIND_email:
    case CT_KIND_url:
    case CT_KIND_slug:
    case CT_KIND_ip:
    case CT_KIND_file:
    case CT_KIND_image:
    case CT_KIND_ref_text:
    case CT_KIND_one_to_one_text:
        return ct_value_of_text(*(const char *const *)member);
    case CT_KIND_integer:
    case CT_KIND_ref:
    case CT_KIND_one_to_one:
        return ct_value_of_int(*(const int64_t *)member);
    case CT_KIND_real:
        return ct_value_of_real(*(const double *)member);
    case CT_KIND_boolean:
        return ct_value_of_bool(*(const bool *)member);
    case CT_KIND_datetime:
        return ct_datetime(*(const ct_time *)member);
    case CT_KIND_date:
        return ct_value_of_date(*(const ct_date *)member);
    case CT_KIND_time:
        return ct_value_of_daytime(*(const ct_daytime *)member);
    case CT_KIND_duration:
        return ct_duration(*(const ct_time *)member);
    case CT_KIND_decimal:
        return (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = member };
    case CT_KIND_uuid:
    case CT_KIND_ref_uuid:
    case CT_KIND_one_to_one_uuid:
        return (ct_value){ .type = CT_VALUE_UUID, .uuid = member };
    case CT_KIND_binary:
        return (ct_value){ .type = CT_VALUE_BYTES, .bytes = member };
    case CT_KIND_array:
        return ct_value_of_array(read_pointer(member));
    case CT_KIND_json:
    case CT_KIND_value:
        return *(const ct_value *)member;
    case CT_KIND_row:
        return ct_value_of_row(read_pointer(member));
    case CT_KIND_rows:
        return ct_value_of_rows(read_pointer(member));
    case CT_KIND_many_to_many:
    case CT_KIND_has_many:
    case CT_KIND_has_one:
    case CT_KIND_method:
    case CT_KIND_options:
        break;
    }
    return ct_value_null();
}

/* ---- sorting ---- */

/* The two runs that begin at `start`; the second, or both, may be short or empty. */
static void begin_merge(ct_sort *sort, size_t start)
{
    sort->left_at = sort->at = start;
    sort->left_end = sort->right_at = CT_MIN(start + sort->width, sort->count);
    sort->right_end = CT_MIN(sort->right_at + sort->width, sort->count);
}

bool ct_sort_init(ct_sort *sort, ct_rows *rows, ct_arena *arena)
{
    *sort = (ct_sort){ .rows = rows, .count = rows->count, .width = 1 };
    if (rows->count < 2)
        return true;
    size_t size = rows->count * sizeof(*rows->items);
    sort->from = ct_arena_alloc(arena, 2 * size);
    if (!sort->from)
        return false;
    sort->to = sort->from + rows->count;
    memcpy(sort->from, rows->items, size);
    begin_merge(sort, 0);
    return true;
}

static void take_left(ct_sort *sort)
{
    sort->to[sort->at++] = sort->from[sort->left_at++];
}

static void take_right(ct_sort *sort)
{
    sort->to[sort->at++] = sort->from[sort->right_at++];
}

static void take_rest(ct_sort *sort)
{
    while (sort->left_at < sort->left_end)
        take_left(sort);
    while (sort->right_at < sort->right_end)
        take_right(sort);
}

/* Goes to the next two runs, in the next round where this one is done. False when everything is one run. */
static bool next_merge(ct_sort *sort)
{
    if (sort->at < sort->count) {
        begin_merge(sort, sort->at);
        return true;
    }
    ct_row **from = sort->from;
    sort->from = sort->to;
    sort->to = from;
    sort->width *= 2;
    begin_merge(sort, 0);
    return sort->width < sort->count;
}

bool ct_sort_next(ct_sort *sort)
{
    if (sort->count < 2)
        return false;
    if (sort->left && sort->order <= 0)
        take_left(sort);
    else if (sort->left)
        take_right(sort);
    while (sort->left_at == sort->left_end || sort->right_at == sort->right_end) {
        take_rest(sort);
        if (!next_merge(sort)) {
            memcpy(sort->rows->items, sort->from, sort->count * sizeof(*sort->from));
            return false;
        }
    }
    sort->left = sort->from[sort->left_at];
    sort->right = sort->from[sort->right_at];
    return true;
}
