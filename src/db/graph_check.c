/* Checks of the graph: names that both databases can have, options that fit the fields they stand at, names of fields
 * in the options of models.
 *
 * Names of tables and columns are compared without regard to case, as SQLite does. 63 bytes is PostgreSQL's bound: it
 * would cut longer ones off. */
#include "base/buffer.h"
#include "db/graph_build.h"
#include "db/kinds.h"
#include "db/order_text.h"
#include "shape/validate.h"

#include <stdio.h>

#define LONGEST_NAME 63

/* ---- names ---- */

/* What is wrong with a name of a table or column, or NULL. */
static const char *wrong_name(const char *name)
{
    if (!*name)
        return "is empty";
    if (strlen(name) > LONGEST_NAME)
        return "is longer than the 63 bytes that PostgreSQL keeps of a name";
    if (!ct_utf8_valid(name, strlen(name)))
        return "is no UTF-8";
    for (const char *ch = name; *ch; ch++)
        if ((unsigned char)*ch < ' ' || *ch == 0x7f)
            return "has a control character in it";
    return NULL;
}

static void check_table_name(ct_graph_builder *b, const ct_table *table, const ct_table *of)
{
    const char *wrong = wrong_name(table->name);
    if (!wrong && ct_str_eq_nocase((ct_str){ table->name, CT_MIN(strlen(table->name), 7) }, CT_STR("sqlite_")))
        wrong = "begins with sqlite_, as SQLite's own tables do";
    if (wrong)
        ct_graph_problem(b, of, table->owner, "the name \"%s\" of its table %s: give it another by %s", table->name,
                         wrong, table->owner ? ".through_table" : ".table");
    for (const ct_table *other = b->tables; other < table; other++) {
        if (!ct_str_eq_nocase(ct_str_of(other->name), ct_str_of(table->name)) ||
            strcmp(other->database, table->database) != 0)
            continue;
        ct_graph_problem(b, of, table->owner, "its table \"%s\" is that of %s too: give one of them another by %s",
                         table->name, other->label, table->owner ? ".through_table" : ".table");
    }
}

static void check_column_names(ct_graph_builder *b, const ct_table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        const char *wrong = wrong_name(column->name);
        if (wrong)
            ct_graph_problem(b, table, column->field, "the name \"%s\" of its column %s: give it another by .column",
                             column->name, wrong);
        for (size_t j = 0; j < i; j++)
            if (ct_str_eq_nocase(ct_str_of(table->columns[j].name), ct_str_of(column->name)))
                ct_graph_problem(b, table, column->field,
                                 "its column \"%s\" is that of the field %s too: give one of them another by .column",
                                 column->name, table->columns[j].field->name);
    }
}

/* ---- options of fields ---- */

static bool has_default(const ct_field *field)
{
    return field->default_value || field->default_function || field->db_default;
}

static void check_on_delete(ct_graph_builder *b, const ct_table *table, const ct_field *field)
{
    switch (field->on_delete) {
    case CT_ON_DELETE_UNSET:
        ct_graph_problem(b, table, field,
                         "it says not what happens when its %s is deleted: add .on_delete = CT_CASCADE (this row goes "
                         "too), CT_PROTECT (that one stays), CT_SET_NULL, ...",
                         field->to->name);
        break;
    case CT_SET_NULL:
    case CT_DB_SET_NULL:
        if (!field->null)
            ct_graph_problem(b, table, field, ".on_delete sets it to NULL: add .null = true");
        break;
    case CT_SET_DEFAULT:
    case CT_DB_SET_DEFAULT:
        if (!has_default(field))
            ct_graph_problem(b, table, field, ".on_delete sets it to its default: add .default_value");
        break;
    default:
        break;
    }
}

/* An option that says nothing at a field of this kind. */
static void check_fits(ct_graph_builder *b, const ct_table *table, const ct_field *field, bool given, bool fits,
                       const char *option, const char *kinds)
{
    if (given && !fits)
        ct_graph_problem(b, table, field, "%s is for fields of kind %s, and this one is of kind %s", option, kinds,
                         ct_kind_name(field->kind));
}

static void check_options(ct_graph_builder *b, const ct_table *table, const ct_field *field)
{
    ct_kind kind = field->kind;
    check_fits(b, table, field, field->on_delete != CT_ON_DELETE_UNSET, ct_kind_is_ref(kind), ".on_delete",
               "ref and one_to_one");
    check_fits(b, table, field, field->through || field->through_table, kind == CT_KIND_many_to_many, ".through",
               "many_to_many");
    check_fits(
        b, table, field,
        field->primary_key || field->null || field->unique || field->index || field->column || has_default(field),
        ct_kind_has_column(kind), ".primary_key, .null, .unique, .index, .column and defaults", "that have a column");
    const ct_shape *shape = table->model->shape;
    if (field->primary_key && shape->unmasked && field >= shape->fields + shape->unmasked)
        ct_graph_problem(b, table, field,
                         "CT_MODEL has a primary key, its id: take .primary_key away, or declare the model with "
                         "CT_TABLE");
    if (field->primary_key && field->null)
        ct_graph_problem(b, table, field, "a primary key is never NULL: take .null = true away");
    if (field->generated && has_default(field))
        ct_graph_problem(b, table, field, "the database computes it (.generated): it has no default");
    if (field->through && field->through_table)
        ct_graph_problem(b, table, field, "it goes through %s, whose table has a name: take .through_table away",
                         field->through->name);
}

/* ---- names of fields in options of the model ---- */

/* A name of `in`, which the model leads to. */
static void check_name_in(ct_graph_builder *b, const ct_table *table, const ct_table *in, const char *option,
                          ct_str name)
{
    if (!name.length || ct_table_column(in, name))
        return;
    const char *nearest = ct_table_nearest(in, name), *of = in == table ? "" : " of ", *model = "";
    if (in != table)
        model = in->model->shape->name;
    if (ct_table_link(in, name))
        ct_graph_problem(b, table, NULL, "%s: %.*s%s%s has no column", option, CT_STR_ARG(name), of, model);
    else
        ct_graph_problem(b, table, NULL, "%s: there is no field %.*s%s%s%s%s%s", option, CT_STR_ARG(name), of, model,
                         nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static void check_name(ct_graph_builder *b, const ct_table *table, const char *option, ct_str name)
{
    check_name_in(b, table, table, option, name);
}

#define OF_INDEXES ".indexes"

/* "author, -published nulls last, (lower(title))": expressions are the database's matter. */
static void check_names(ct_graph_builder *b, const ct_table *table, const char *option, const char *names)
{
    ct_str rest = ct_str_of(names ? names : ""), part;
    while (rest.data && (part = ct_order_part(&rest)).data) {
        if (part.length && *part.data == '(')
            continue;
        int nulls;
        if (part.length && *part.data == '-')
            part = ct_str_trim((ct_str){ part.data + 1, part.length - 1 });
        if (strcmp(option, OF_INDEXES) == 0)
            ct_order_nulls(&part, &nulls);
        check_name(b, table, option, part);
    }
}

/* Cuts "nulls first" and "nulls last" off, and what stands in "lower(...)" out. */
static ct_str order_name(ct_str part)
{
    static const char *const ends[] = { " nulls first", " nulls last" };
    for (size_t i = 0; i < CT_COUNT(ends); i++) {
        size_t length = strlen(ends[i]);
        if (part.length > length &&
            ct_str_eq_nocase((ct_str){ part.data + part.length - length, length }, ct_str_of(ends[i])))
            part.length -= length;
    }
    part = ct_str_trim(part);
    if (part.length && *part.data == '-')
        part = ct_str_trim((ct_str){ part.data + 1, part.length - 1 });
    const char *open = memchr(part.data, '(', part.length);
    if (open && part.data[part.length - 1] == ')')
        part = ct_str_trim((ct_str){ open + 1, part.length - (size_t)(open - part.data) - 2 });
    return part;
}

/* Names, also behind relations; what else may be wrong with an order the first query tells. */
static void check_ordering(ct_graph_builder *b, const ct_table *table)
{
    ct_str rest = ct_str_of(table->model->ordering ? table->model->ordering : ""), part;
    while (rest.data && (part = ct_order_part(&rest)).data) {
        const ct_table *in = table;
        ct_str path = order_name(part), name = ct_str_next(&path, '.');
        for (const ct_link *link; path.data && (link = ct_table_link(in, name)) != NULL;) {
            in = link->other;
            name = ct_str_next(&path, '.');
        }
        check_name_in(b, table, in, ".ordering", name);
    }
}

/* ---- names of indexes and checks ---- */

/* Whether this model or one before has given it to another already. */
static const ct_table *index_named(const ct_graph_builder *b, const ct_table *table, const ct_index *index)
{
    for (const ct_table *other = b->tables; other <= table; other++) {
        const ct_index *at =
            other->model && strcmp(other->database, table->database) == 0 ? other->model->indexes : NULL;
        for (; at && at->fields && at != index; at++)
            if (at->name && ct_str_eq_nocase(ct_str_of(at->name), ct_str_of(index->name)))
                return other;
    }
    return NULL;
}

static const ct_table *check_named(const ct_graph_builder *b, const ct_table *table, const ct_check *check)
{
    for (const ct_table *other = b->tables; other <= table; other++) {
        const ct_check *at = other->model && strcmp(other->app, table->app) == 0 ? other->model->checks : NULL;
        for (; at && at->name && at != check; at++)
            if (ct_str_eq_nocase(ct_str_of(at->name), ct_str_of(check->name)))
                return other;
    }
    return NULL;
}

static void check_unique_names(ct_graph_builder *b, const ct_table *table)
{
    for (const ct_index *index = table->model->indexes; index && index->fields; index++) {
        const ct_table *other = index->name ? index_named(b, table, index) : NULL;
        if (other)
            ct_graph_problem(b, table, NULL,
                             ".indexes: the name \"%s\" is that of an index of %s too: give one of "
                             "them another",
                             index->name, other->label);
    }
    for (const ct_check *check = table->model->checks; check && check->name; check++) {
        const ct_table *other = check_named(b, table, check);
        if (other)
            ct_graph_problem(b, table, NULL,
                             ".checks: the name \"%s\" is that of a check of %s too: give one of them "
                             "another",
                             check->name, other->label);
    }
}

static void check_model(ct_graph_builder *b, const ct_table *table)
{
    const ct_model *model = table->model;
    for (const ct_index *index = model->indexes; index && index->fields; index++) {
        check_names(b, table, OF_INDEXES, index->fields);
        check_names(b, table, ".include of an index", index->include);
        if (!*index->fields)
            ct_graph_problem(b, table, NULL, ".indexes: an index of no fields");
    }
    check_unique_names(b, table);
    check_names(b, table, ".natural_key", model->natural_key);
    check_ordering(b, table);
    for (const ct_check *check = model->checks; check && check->name; check++) {
        if (!check->sql || !*check->sql)
            ct_graph_problem(b, table, NULL, ".checks: %s has no SQL", check->name);
        if (check->field)
            check_name(b, table, ".field of a check", ct_str_of(check->field));
    }
}

void ct_graph_check(ct_graph_builder *b)
{
    const ct_table *of = NULL; /* the model whose field made the table */
    for (size_t t = 0; t < b->graph->table_count; t++) {
        const ct_table *table = &b->tables[t];
        of = table->model ? table : table->links[0].other;
        check_table_name(b, table, of);
        if (!table->model)
            continue;
        check_column_names(b, table);
        check_model(b, table);
        const ct_shape *shape = table->model->shape;
        for (size_t i = 0; i < shape->field_count; i++) {
            if (ct_kind_is_ref(shape->fields[i].kind))
                check_on_delete(b, table, &shape->fields[i]);
            check_options(b, table, &shape->fields[i]);
        }
        ct_shape_check(shape, b->problems);
    }
}
