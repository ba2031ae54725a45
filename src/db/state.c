/* Models as values, made from the graph of today's models, and what is asked of them. The operations that change a
 * state are in state_apply.c. Nothing here knows of SQL or of a database. */
#include "db/state.h"

#include "db/order_text.h"

#include <stdlib.h>

/* ---- names ---- */

static const char *lower(ct_arena *arena, const char *text)
{
    char *copy = ct_arena_copy(arena, text, strlen(text));
    for (char *at = copy; *at; at++)
        *at = ct_ascii_lower(*at);
    return copy;
}

const char *ct_state_column(ct_arena *arena, const ct_field *field)
{
    if (field->kind == CT_KIND_many_to_many)
        return NULL;
    if (field->column)
        return field->column;
    return ct_field_is_ref(field) ? ct_arena_printf(arena, "%s_id", field->name) : field->name;
}

bool ct_state_next_name(ct_str *rest, ct_state_name *ret)
{
    while (rest->length && strchr(" ,\t\n", *rest->data))
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    *ret = (ct_state_name){ .descending = rest->length && *rest->data == '-' };
    if (ret->descending)
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    size_t at = 0;
    for (int depth = 0; at < rest->length && (depth || rest->data[at] != ','); at++)
        depth += (rest->data[at] == '(') - (rest->data[at] == ')');
    ct_str whole = ct_str_trim((ct_str){ rest->data, at });
    ret->name = whole;
    if (!ct_order_nulls(&ret->name, &ret->nulls))
        ret->name = whole;
    *rest = (ct_str){ rest->data + at, rest->length - at };
    return whole.length > 0;
}

/* ---- fields ---- */

const ct_field *ct_state_field(const ct_state_model *model, const char *name)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (strcmp(model->fields[i].name, name) == 0)
            return &model->fields[i];
    return NULL;
}

const ct_field *ct_state_key(const ct_state_model *model)
{
    const ct_field *key = NULL;
    for (size_t i = 0; i < model->field_count; i++) {
        if (!model->fields[i].primary_key)
            continue;
        if (key)
            return NULL;
        key = &model->fields[i];
    }
    return key;
}

static bool is_unique(const ct_field *field)
{
    return field->unique || field->kind == CT_KIND_one_to_one || field->kind == CT_KIND_one_to_one_uuid ||
           field->kind == CT_KIND_one_to_one_text;
}

static ct_on_delete of_database(const ct_field *field)
{
    return field->on_delete >= CT_DB_CASCADE ? field->on_delete : CT_DO_NOTHING;
}

static const char *name_of(const ct_shape *shape)
{
    return shape ? shape->name : NULL;
}

bool ct_state_field_equal(const ct_field *a, const ct_field *b)
{
    /* Lengths are columns' only where the type has one. */
    return strcmp(a->name, b->name) == 0 && a->kind == b->kind && a->element == b->element && a->null == b->null &&
           a->primary_key == b->primary_key && is_unique(a) == is_unique(b) && a->index == b->index &&
           a->max_length == b->max_length && a->max_digits == b->max_digits && a->decimal_places == b->decimal_places &&
           of_database(a) == of_database(b) && a->no_constraint == b->no_constraint &&
           a->virtual_column == b->virtual_column && ct_text_equal(a->column, b->column) &&
           ct_text_equal(name_of(a->to), name_of(b->to)) && ct_text_equal(name_of(a->through), name_of(b->through)) &&
           ct_text_equal(a->through_table, b->through_table) && ct_text_equal(a->db_default, b->db_default) &&
           ct_text_equal(a->generated, b->generated) && ct_text_equal(a->sql_type, b->sql_type) &&
           ct_text_equal(a->collation, b->collation) && ct_text_equal(a->comment, b->comment);
}

bool ct_state_index_equal(const ct_index *a, const ct_index *b)
{
    return strcmp(a->fields, b->fields) == 0 && ct_text_equal(a->name, b->name) && a->unique == b->unique &&
           ct_text_equal(a->where, b->where) && ct_text_equal(a->include, b->include) &&
           ct_text_equal(a->method, b->method) && a->deferrable == b->deferrable &&
           a->nulls_not_distinct == b->nulls_not_distinct;
}

bool ct_state_check_equal(const ct_check *a, const ct_check *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->sql, b->sql) == 0;
}

/* ---- states ---- */

ct_state ct_state_empty(ct_arena *arena)
{
    return (ct_state){ .arena = arena };
}

const ct_state_model *ct_state_find(const ct_state *state, const char *label)
{
    for (size_t i = 0; i < state->count; i++)
        if (strcmp(state->models[i]->label, label) == 0)
            return state->models[i];
    return NULL;
}

const ct_field *ct_state_lost_reference(const ct_state *state, const char *app, const ct_state_model **ret_model,
                                        const char **ret_label)
{
    for (size_t i = 0; i < state->count; i++) {
        const ct_state_model *model = state->models[i];
        for (size_t j = 0; j < model->field_count && (!app || strcmp(model->app, app) == 0); j++) {
            const ct_field *field = &model->fields[j];
            const ct_shape *to[] = { field->to, field->through };
            for (size_t k = 0; k < CT_COUNT(to); k++) {
                if (!to[k] || ct_state_find(state, to[k]->name))
                    continue;
                *ret_model = model;
                *ret_label = to[k]->name;
                return field;
            }
        }
    }
    return NULL;
}

/* A shape that is a label alone. */
static const ct_shape *labelled(ct_arena *arena, const char *label)
{
    ct_shape *shape = ct_arena_zalloc(arena, sizeof *shape);
    shape->name = label;
    return shape;
}

static const ct_shape *shape_of_model(const ct_graph *graph, const ct_shape *shape, ct_arena *arena)
{
    for (size_t i = 0; i < graph->table_count && shape; i++)
        if (graph->tables[i]->model && graph->tables[i]->model == shape->model)
            return labelled(arena, graph->tables[i]->label);
    return shape ? labelled(arena, shape->name) : NULL;
}

/* What makes the column, or what the next migration needs of it. */
static ct_field kept(const ct_field *f)
{
    return (ct_field){ .name = f->name,
                       .kind = f->kind,
                       .element = f->element,
                       .null = f->null,
                       .blank = f->blank,
                       .max_length = f->max_length,
                       .max_digits = f->max_digits,
                       .decimal_places = f->decimal_places,
                       .default_value = f->default_value,
                       .db_default = f->db_default,
                       .auto_now = f->auto_now,
                       .auto_now_add = f->auto_now_add,
                       .uuid_v4 = f->uuid_v4,
                       .uuid_v7 = f->uuid_v7,
                       .column = f->column,
                       .primary_key = f->primary_key,
                       .unique = f->unique,
                       .index = f->index,
                       .on_delete = f->on_delete,
                       .no_constraint = f->no_constraint,
                       .to = f->to,
                       .through = f->through,
                       .through_table = f->through_table,
                       .generated = f->generated,
                       .virtual_column = f->virtual_column,
                       .sql_type = f->sql_type,
                       .collation = f->collation,
                       .comment = f->comment };
}

static const ct_state_model *model_of_table(const ct_graph *graph, const ct_table *table, ct_arena *arena)
{
    const ct_model *model = table->model;
    ct_state_model *made = ct_arena_zalloc(arena, sizeof *made);
    *made = (ct_state_model){ .app = table->app,
                              .name = model->shape->name,
                              .label = table->label,
                              .table = table->name,
                              .given_table = model->table,
                              .comment = model->comment,
                              .database = model->database,
                              .unmanaged = model->unmanaged || model->read_only,
                              .indexes = model->indexes,
                              .checks = model->checks };
    ct_field *fields = ct_arena_zalloc(arena, (model->shape->field_count + 1) * sizeof *fields);
    for (size_t i = 0; i < model->shape->field_count; i++) {
        const ct_field *field = &model->shape->fields[i];
        if (!ct_kind_has_column(field->kind) && field->kind != CT_KIND_many_to_many)
            continue;
        ct_field *to = &fields[made->field_count++];
        *to = kept(field);
        to->to = shape_of_model(graph, field->to, arena);
        to->through = shape_of_model(graph, field->through, arena);
    }
    made->fields = fields;
    while (made->indexes && made->indexes[made->index_count].fields)
        made->index_count++;
    while (made->checks && made->checks[made->check_count].name)
        made->check_count++;
    return made;
}

ct_state ct_state_of_graph(const ct_graph *graph, ct_arena *arena)
{
    ct_state state = ct_state_empty(arena);
    state.models = ct_arena_alloc(arena, (graph->table_count + 1) * sizeof *state.models);
    for (size_t i = 0; i < graph->table_count; i++)
        if (graph->tables[i]->model)
            state.models[state.count++] = model_of_table(graph, graph->tables[i], arena);
    return state;
}

/* ---- tables between two models ---- */

static ct_kind ref_to(const ct_state_model *other)
{
    const ct_field *key = other ? ct_state_key(other) : NULL;
    ct_kind kind = key ? ct_field_value_kind(key) : CT_KIND_integer;
    return kind == CT_KIND_integer ? CT_KIND_ref : kind == CT_KIND_uuid ? CT_KIND_ref_uuid : CT_KIND_ref_text;
}

const ct_state_model *ct_state_between(const ct_state *state, const ct_state_model *model, const ct_field *field)
{
    ct_arena *arena = state->arena;
    if (field->through)
        return NULL;
    const ct_state_model *other = ct_state_find(state, field->to->name);
    const char *dot = strrchr(field->to->name, '.');
    const char *from = lower(arena, model->name), *to = lower(arena, dot ? dot + 1 : field->to->name);
    if (strcmp(from, to) == 0) {
        from = ct_arena_printf(arena, "from_%s", from);
        to = ct_arena_printf(arena, "to_%s", to);
    }
    ct_field *fields = ct_arena_zalloc(arena, 3 * sizeof *fields);
    fields[0] = (ct_field){ .name = "id", .kind = CT_KIND_integer, .primary_key = true };
    fields[1] =
        (ct_field){ .name = from, .kind = ref_to(model), .to = labelled(arena, model->label), .on_delete = CT_CASCADE };
    fields[2] =
        (ct_field){ .name = to, .kind = ref_to(other), .to = field->to, .on_delete = CT_CASCADE, .index = true };
    ct_index *unique = ct_arena_zalloc(arena, sizeof *unique);
    *unique = (ct_index){ .fields = ct_arena_printf(arena, "%s, %s", from, to), .unique = true };
    ct_state_model *made = ct_arena_zalloc(arena, sizeof *made);
    *made =
        (ct_state_model){ .app = model->app,
                          .name = field->name,
                          .label = ct_arena_printf(arena, "%s.%s", model->label, field->name),
                          .table = field->through_table ? field->through_table
                                                        : ct_arena_printf(arena, "%s_%s", model->table, field->name),
                          .fields = fields,
                          .field_count = 3,
                          .indexes = unique,
                          .index_count = 1,
                          .database = model->database,
                          .unmanaged = model->unmanaged };
    return made;
}
