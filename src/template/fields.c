/* Fields of rows.
 *
 * A plain row is read in place. What a row of a model lacks (a column that the query left out, what is behind a
 * relation) its shape's `related` loads, for all rows of the list that this one came with: a loop over 1,000 rows asks
 * the database once. */
#include "template/fields.h"

#include "canteen/model.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/validate.h"
#include "shape/value.h"
#include "template/render.h"
#include "template/text.h"

/* A pointer whose type the shape knows, not we. */
static const void *read_pointer(const char *member)
{
    const void *pointer;
    memcpy(&pointer, member, sizeof(pointer));
    return pointer;
}

static ct_tval text_of(const char *text)
{
    return text ? ct_t_str(ct_str_of(text)) : ct_t_none();
}

static ct_tval row_of(const void *row)
{
    return row ? (ct_tval){ .type = CT_T_ROW, .row = row } : ct_t_none();
}

static ct_tval rows_of(const void *rows)
{
    return rows ? (ct_tval){ .type = CT_T_ROWS, .rows = rows } : ct_t_none();
}

static ct_tval load(ct_renderer *r, const ct_row *row, const ct_field *field)
{
    if (!row->shape->related)
        return ct_t_none();
    return ct_tval_of(row->shape->related(r->input->user, row, field));
}

/* What is behind a relation. A key that is null leads nowhere. */
static ct_tval linked(ct_renderer *r, const ct_row *row, const ct_field *field)
{
    bool many = field->kind == CT_KIND_many_to_many || field->kind == CT_KIND_has_many;
    const void *loaded = read_pointer((const char *)row + field->link);
    if (loaded)
        return many ? rows_of(loaded) : row_of(loaded);
    return load(r, row, field);
}

static ct_tval column_of(const ct_row *row, const ct_field *field)
{
    const char *member = (const char *)row + field->offset;
    switch (field->kind) {
    case CT_KIND_text:
        return text_of(*(const char *const *)(const void *)member);
    case CT_KIND_integer:
        return ct_t_int(*(const int64_t *)(const void *)member);
    case CT_KIND_real:
        return ct_t_real(*(const double *)(const void *)member);
    case CT_KIND_boolean:
        return ct_t_bool(*(const bool *)member);
    case CT_KIND_datetime:
        return ct_t_datetime(*(const ct_time *)(const void *)member);
    case CT_KIND_row:
        return row_of(read_pointer(member));
    case CT_KIND_rows:
        return rows_of(read_pointer(member));
    default:
        return ct_tval_of(ct_row_value(row, field));
    }
}

/* The field's own member, of a relation its key. */
static ct_tval column(ct_renderer *r, const ct_row *row, const ct_field *field)
{
    if (CT_UNLIKELY(!ct_row_is_loaded(row)) && (row->origin->missing & ct_field_mask(row->shape, field)))
        return load(r, row, field);
    if (CT_UNLIKELY(row->nulls) && ct_field_is_null(row, field))
        return ct_t_none();
    return column_of(row, field);
}

ct_tval ct_tval_of_field(ct_renderer *r, const ct_row *row, const ct_field *field)
{
    if (field->kind == CT_KIND_method)
        return ct_tval_of(field->method(r->input->user, row));
    return ct_kind_is_link(field->kind) ? linked(r, row, field) : column(r, row, field);
}

/* ---- names ---- */

/* The one field that is the key; NULL: there is none, or several are. */
static const ct_field *key_of(const ct_shape *shape)
{
    const ct_field *key = NULL;
    for (size_t i = 0; i < shape->field_count && shape->model; i++) {
        if (!shape->fields[i].primary_key)
            continue;
        if (key)
            return NULL;
        key = &shape->fields[i];
    }
    return key;
}

static const ct_field *find(const ct_shape *shape, ct_str name)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (ct_str_eq(name, ct_str_of(shape->fields[i].name)))
            return &shape->fields[i];
    return NULL;
}

/* "author_id" of the ref "author". */
static const ct_field *find_key(const ct_shape *shape, ct_str name)
{
    const ct_str suffix = CT_STR("_id");
    if (name.length <= suffix.length || !ct_str_ends(name, suffix))
        return NULL;
    const ct_field *field = find(shape, (ct_str){ name.data, name.length - suffix.length });
    return field && ct_kind_is_ref(field->kind) ? field : NULL;
}

/* The label of a field's value, or the value where it is none of the choices. */
static ct_tval choice_label(ct_renderer *r, const ct_row *row, const ct_field *field)
{
    ct_tval v = ct_tval_of_field(r, row, field);
    ct_buffer text = ct_text_begin(r);
    ct_tval_write(r, &text, v);
    ct_str value = ct_t_get_str(ct_text_end(r, &text));
    for (const ct_choice *choice = field->choices; choice->value && v.type != CT_T_NONE; choice++)
        if (ct_str_eq(value, ct_str_of(choice->value)))
            return ct_t_str(ct_str_of(choice->label));
    return v;
}

static const ct_field *find_choices(const ct_shape *shape, ct_str name)
{
    const ct_str prefix = CT_STR("get_"), suffix = CT_STR("_display");
    if (name.length <= prefix.length + suffix.length || !ct_str_starts(name, prefix) || !ct_str_ends(name, suffix))
        return NULL;
    name = (ct_str){ name.data + prefix.length, name.length - prefix.length - suffix.length };
    const ct_field *field = find(shape, name);
    return field && field->choices ? field : NULL;
}

ct_tval ct_row_field(ct_renderer *r, const ct_row *row, ct_str name)
{
    const ct_shape *shape = row->shape;
    if (name.length >= 2 && name.data[0] == '_' && name.data[1] == '_')
        return ct_t_unset();
    const ct_field *field = find(shape, name);
    if (field)
        return ct_tval_of_field(r, row, field);
    field = find_choices(shape, name);
    if (field)
        return choice_label(r, row, field);
    field = ct_str_eq(name, CT_STR("pk")) ? key_of(shape) : find_key(shape, name);
    return field ? column(r, row, field) : ct_t_unset();
}

/* ---- rows as a whole ---- */

static const ct_field *text_method(const ct_shape *shape)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].kind == CT_KIND_method && strcmp(shape->fields[i].name, "__str__") == 0)
            return &shape->fields[i];
    return NULL;
}

static ct_tval object_name(ct_renderer *r, const ct_row *row)
{
    const ct_field *key = key_of(row->shape);
    ct_buffer text = ct_text_begin(r);
    ct_buffer_printf(&text, "%s object (", row->shape->name);
    if (key)
        ct_tval_write(r, &text, column(r, row, key));
    ct_buffer_char(&text, ')');
    return ct_text_end(r, &text);
}

ct_tval ct_row_name(ct_renderer *r, const ct_row *row)
{
    const ct_field *method = text_method(row->shape);
    const ct_model *model = row->shape->model;
    if (method)
        return ct_tval_text(r, ct_tval_of_field(r, row, method));
    if (!model)
        return ct_t_unset();
    const char *text = model->display ? model->display(r->input->user, row) : NULL;
    return text ? ct_t_str(ct_str_of(text)) : object_name(r, row);
}

static bool is_new(ct_value key)
{
    return key.type == CT_VALUE_NULL || (key.type == CT_VALUE_INT && key.integer == 0);
}

bool ct_rows_same(const ct_row *a, const ct_row *b)
{
    const ct_shape *shape = a->shape;
    bool keyed = false;
    if (shape != b->shape || !shape->model)
        return false;
    for (size_t i = 0; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        if (!field->primary_key)
            continue;
        ct_value left = ct_row_value(a, field), right = ct_row_value(b, field);
        if (is_new(left) || ct_value_compare(left, right) != 0)
            return false;
        keyed = true;
    }
    return keyed;
}

uint64_t ct_row_hash(const ct_row *row)
{
    const ct_field *key = key_of(row->shape);
    if (!row->shape->model)
        return (uint64_t)(uintptr_t)row;
    ct_value value = key ? ct_row_value(row, key) : ct_value_null();
    if (value.type == CT_VALUE_INT)
        return (uint64_t)value.integer;
    return value.type == CT_VALUE_TEXT ? ct_hash(value.text, strlen(value.text)) : (uint64_t)(uintptr_t)row->shape;
}
