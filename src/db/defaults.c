/* What the fields of a new row are where the program has not said: their defaults, a time, a UUID, or null.
 *
 *   named by the call        stays
 *   a ref whose row is named the key of that row; null where that is NULL
 *   uuid_v4, uuid_v7         made
 *   default_function         called
 *   default_value            read as what its kind is; the graph has checked that it can be
 *   db_default, generated    null, for the database makes them
 *   text that may be blank   ""
 *   anything else            null; whether it may be null is the matter of validation
 *
 * auto_now and auto_now_add are times of the write and set by it, not here. */
#include "db/write.h"

#include "base/common.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/validate.h"

static uint64_t field_bit(const ct_shape *shape, const ct_field *field)
{
    return UINT64_C(1) << ((size_t)(field - shape->fields) - shape->unmasked);
}

static void set_value(ct *c, const ct_field *field, ct_row *row, ct_value value)
{
    if (!ct_field_set(ct_work_arena(c), row, field, value))
        ct_mistake(c, "%s.%s: its default is no value of its kind, %s", row->shape->name, field->name,
                   ct_kind_name(field->kind));
}

/* Of json the text is JSON, where a text that the program makes is itself. */
static void set_text(ct *c, const ct_field *field, ct_row *row)
{
    const char *problem;
    ct_value value = ct_value_of_text(field->default_value);
    if (field->kind == CT_KIND_json)
        (void)ct_value_parse(ct_work_arena(c), field, ct_str_of(field->default_value), &value, &problem);
    set_value(c, field, row, value);
}

bool ct_field_default(ct *c, const ct_field *field, ct_row *row)
{
    if (field->uuid_v4 || field->uuid_v7) {
        ct_uuid uuid = field->uuid_v7 ? ct_uuid_v7() : ct_uuid_v4();
        memcpy((char *)row + field->offset, &uuid, sizeof uuid);
        return true;
    }
    if (field->default_function)
        set_value(c, field, row, field->default_function(c));
    else if (field->default_value)
        set_text(c, field, row);
    else
        return false;
    return true;
}

/* A ref that is given as a row: ct_create(c, Post, .author = user). False where none is given; `named`: NULL counts. */
static bool take_key(ct *c, const ct_field *field, ct_row *row, bool named)
{
    const ct_row *other;
    memcpy(&other, (const char *)row + field->link, sizeof(other));
    const ct_db_site *site = ct_work_databases(c);
    if (!other && named)
        ct_row_set_null(row, field->offset, true);
    if (!other || !site)
        return !other && named;
    const ct_table *table = ct_graph_table(&site->graph, row->shape->model);
    const ct_column *column = table ? ct_table_column_at(table, field->offset) : NULL;
    if (!column || !column->link)
        return false;
    size_t from = column->link->to->field->offset;
    memcpy((char *)row + field->offset, (const char *)other + from, ct_kind_size(field->kind));
    return true;
}

static void default_of(ct *c, const ct_field *field, ct_row *row)
{
    if (field->generated || field->db_default)
        ct_row_set_null(row, field->offset, true);
    else if (ct_field_default(c, field, row))
        return;
    else if (ct_kind_is_text(field->kind) && field->blank && !field->null)
        *(const char **)((char *)row + field->offset) = "";
    else
        ct_row_set_null(row, field->offset, true);
}

void ct_row_defaults(ct *c, ct_row *row, ct_given *given)
{
    const ct_shape *shape = row->shape;
    if (given)
        ct_given_resolve(c, given, shape);
    for (size_t i = shape->unmasked; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        if (!ct_kind_has_column(field->kind))
            continue;
        uint64_t bit = field_bit(shape, field);
        bool zero = ct_kind_is_zero(field->kind, (const char *)row + field->offset);
        if (ct_kind_is_ref(field->kind) && zero && take_key(c, field, row, given && (given->rows & bit)))
            continue;
        if (given ? !(given->mask & bit) : zero)
            default_of(c, field, row);
    }
}

/* ---- times of the write ---- */

void ct_field_set_now(const ct_field *field, ct_row *row, ct_time now)
{
    void *member = (char *)row + field->offset;
    if (field->kind == CT_KIND_date)
        *(ct_date *)member = ct_date_at(now);
    else if (field->kind == CT_KIND_time)
        *(ct_daytime *)member = (ct_daytime){ now - ct_date_start(ct_date_at(now)) };
    else
        *(ct_time *)member = now;
    row->nulls &= ~field_bit(row->shape, field);
}

uint64_t ct_row_auto(const ct_table *table, ct_row *row, bool created, uint64_t set)
{
    uint64_t bits = 0;
    ct_time now = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        const ct_field *field = column->field;
        bool wanted = field->auto_now || (created && field->auto_now_add);
        if (!wanted || (set & ct_column_bit(column)))
            continue;
        now = now ? now : ct_now();
        ct_field_set_now(field, row, now);
        bits |= ct_column_bit(column);
    }
    return bits;
}
