/* Looking things up in the graph, and reading and writing the columns of a row.
 *
 * Lookups walk the columns: a model has at most 65, and compiled queries do not look anything up. */
#include "base/nearest.h"
#include "db/graph.h"
#include "db/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

/* ---- tables ---- */

const ct_table *ct_graph_table(const ct_graph *graph, const ct_model *model)
{
    return ct_strmap_get(&graph->by_model, (ct_str){ (const char *)&model, sizeof(model) });
}

const ct_table *ct_graph_labelled(const ct_graph *graph, const char *label)
{
    return ct_strmap_get(&graph->by_label, ct_str_of(label));
}

static bool is_called(const char *name, ct_str wanted)
{
    return ct_str_eq(ct_str_of(name), wanted);
}

/* "author_id" of a ref "author". */
static bool is_key_called(const ct_field *field, ct_str wanted)
{
    size_t length = strlen(field->name);
    return ct_kind_is_ref(field->kind) && wanted.length == length + 3 &&
           memcmp(wanted.data, field->name, length) == 0 && memcmp(wanted.data + length, "_id", 3) == 0;
}

const ct_column *ct_table_column(const ct_table *table, ct_str name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (column->field ? is_called(column->field->name, name) || is_key_called(column->field, name)
                          : is_called(column->name, name))
            return column;
    }
    return NULL;
}

const ct_link *ct_table_link(const ct_table *table, ct_str name)
{
    for (size_t i = 0; i < table->link_count; i++)
        if (table->links[i].field && is_called(table->links[i].field->name, name))
            return &table->links[i];
    return NULL;
}

const ct_column *ct_table_column_at(const ct_table *table, size_t offset)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field && table->columns[i].field->offset == offset)
            return &table->columns[i];
    return NULL;
}

const ct_link *ct_table_link_at(const ct_table *table, size_t link)
{
    for (size_t i = 0; i < table->link_count; i++)
        if (table->links[i].field && table->links[i].field->link == link)
            return &table->links[i];
    return NULL;
}

const char *ct_table_nearest(const ct_table *table, ct_str name)
{
    char word[64];
    if (name.length >= sizeof(word) || !table->model)
        return NULL;
    memcpy(word, name.data, name.length);
    word[name.length] = '\0';
    ct_nearest nearest = ct_nearest_to(word);
    for (size_t i = 0; i < table->model->shape->field_count; i++) {
        const ct_field *field = &table->model->shape->fields[i];
        if (field->kind != CT_KIND_method)
            ct_nearest_try(&nearest, field->name);
    }
    return nearest.best;
}

/* ---- the columns of a row ---- */

bool ct_column_is_null(const ct_column *column, const ct_row *row)
{
    const void *member = (const char *)row + column->field->offset;
    if (ct_kind_is_text(column->kind) || column->kind == CT_KIND_array)
        return ct_kind_is_zero(column->kind, member);
    return (row->nulls & column->mask) && ct_kind_is_zero(column->kind, member);
}

void ct_column_set_null(const ct_column *column, ct_row *row, bool null)
{
    void *member = (char *)row + column->field->offset;
    if (!null) {
        row->nulls &= ~column->mask;
        return;
    }
    row->nulls |= column->mask;
    memset(member, 0, ct_kind_size(column->kind));
}

ct_value ct_column_value(ct *c, const ct_column *column, const ct_row *row)
{
    (void)c;
    return ct_column_is_null(column, row) ? ct_value_null() : ct_row_value(row, column->field);
}

/* With the places of the field, where it says how many. */
static bool with_places(const ct_column *column, ct_decimal from, ct_decimal *ret)
{
    const ct_field *field = column->field;
    ct_decimal scaled;
    bool says = field->max_digits > 0 || field->decimal_places > 0;
    if (!says || from.scale == field->decimal_places || !ct_decimal_scaled(from, field->decimal_places, &scaled) ||
        ct_decimal_compare(from, scaled) != 0)
        return false;
    *ret = scaled;
    return true;
}

ct_value ct_column_stored(ct *c, const ct_column *column, ct_value value)
{
    ct_decimal stored;
    if (CT_LIKELY(column->kind != CT_KIND_decimal || value.type != CT_VALUE_DECIMAL) ||
        !with_places(column, *value.decimal, &stored))
        return value;
    return ct_value_of_decimal(c, stored);
}

void ct_row_stored(const ct_table *table, ct_row *row, uint64_t columns)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (column->kind != CT_KIND_decimal || !(column->mask & columns) || ct_column_is_null(column, row))
            continue;
        ct_decimal *member = (ct_decimal *)(void *)((char *)row + column->field->offset);
        with_places(column, *member, member);
    }
}

ct_value ct_kind_value(ct_kind kind, const void *member)
{
    switch (ct_kind_of_key(kind)) {
    case CT_KIND_integer:
        return ct_value_of_int(*(const int64_t *)member);
    case CT_KIND_duration:
        return ct_duration(*(const ct_time *)member);
    case CT_KIND_real:
        return ct_value_of_real(*(const double *)member);
    case CT_KIND_decimal:
        return (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = member };
    case CT_KIND_boolean:
        return ct_value_of_bool(*(const bool *)member);
    case CT_KIND_date:
        return ct_value_of_date(*(const ct_date *)member);
    case CT_KIND_time:
        return ct_value_of_daytime(*(const ct_daytime *)member);
    case CT_KIND_datetime:
        return ct_datetime(*(const ct_time *)member);
    case CT_KIND_uuid:
        return (ct_value){ .type = CT_VALUE_UUID, .uuid = member };
    case CT_KIND_binary:
        return (ct_value){ .type = CT_VALUE_BYTES, .bytes = member };
    case CT_KIND_json:
    case CT_KIND_value:
        return *(const ct_value *)member;
    case CT_KIND_array:
        return ct_value_of_array(*(const ct_array *const *)member);
    default:
        return ct_value_of_text(*(const char *const *)member);
    }
}
