/* What the database says of a constraint, as errors of fields that people can read.
 *
 *   columns that it names ("name", "polls_tag.name")        those fields
 *   the name of the constraint                              an index or a check of the model by its name; else names as
 *                                                           migrations and PostgreSQL make them: table, columns, a rest
 *   neither                                                 the whole row; refs are then asked for one by one, and
 *                                                           values held against what their types have room for
 *
 * What one field alone is to blame for is its error; what several fields are together is the row's. Words are those of
 * Django where it has any. */
#include "base/common.h"
#include "canteen/work.h"
#include "db/own_type.h"
#include "db/write.h"
#include "net/work.h"

#define MOST_COLUMNS 66

typedef struct culprits {
    const ct_table *table;
    const ct_column *columns[MOST_COLUMNS];
    size_t count;
    const ct_index *index; /* the unique index that it was, or NULL */
} culprits;

/* ---- which columns ---- */

static const ct_column *column_called(const ct_table *table, ct_str name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (ct_str_eq(ct_str_of(table->columns[i].name), name))
            return &table->columns[i];
    return NULL;
}

static void blame(culprits *blamed, const ct_column *column)
{
    if (column && blamed->count < MOST_COLUMNS)
        blamed->columns[blamed->count++] = column;
}

/* "name, slug" or "polls_tag.name, polls_tag.slug". */
static void blame_listed(culprits *blamed, const char *columns)
{
    ct_str rest = ct_str_of(columns);
    for (ct_str name; (name = ct_str_next(&rest, ',')).data;) {
        const char *dot = memrchr(name.data, '.', name.length);
        const ct_column *column = column_called(blamed->table, name);
        if (!column && dot)
            column = column_called(blamed->table, (ct_str){ dot + 1, name.length - (size_t)(dot + 1 - name.data) });
        blame(blamed, column);
    }
}

/* The fields of an index: expressions in parentheses are none, and '-' is only an order. */
static void blame_index(culprits *blamed, const ct_index *index)
{
    blamed->index = index;
    blamed->count = 0;
    const ct_column *columns[MOST_COLUMNS];
    if (strchr(index->fields, '('))
        return;
    size_t count = ct_index_columns(blamed->table, index, columns);
    for (size_t i = 0; i < count; i++)
        blame(blamed, columns[i]);
}

/* Whether a constraint's name begins with the table's and the columns', as generated names do; how long that is. */
static size_t name_matches(const culprits *blamed, const char *constraint)
{
    size_t length = strlen(blamed->table->name);
    if (strncmp(constraint, blamed->table->name, length) != 0)
        return 0;
    for (size_t i = 0; i < blamed->count; i++) {
        size_t more = strlen(blamed->columns[i]->name);
        if (constraint[length] != '_' || strncmp(constraint + length + 1, blamed->columns[i]->name, more) != 0)
            return 0;
        length += 1 + more;
    }
    return constraint[length] == '_' || !constraint[length] ? length : 0;
}

static void blame_named(culprits *all, ct_db_trouble trouble, const char *constraint)
{
    const ct_table *table = all->table;
    const ct_index *indexes = table->model ? table->model->indexes : NULL;
    size_t best = 0;
    culprits one = *all;
    for (const ct_index *index = indexes; index && index->fields && trouble == CT_DB_UNIQUE; index++) {
        if (!index->unique)
            continue;
        blame_index(&one, index);
        if (index->name && strcmp(index->name, constraint) == 0) {
            *all = one;
            return;
        }
        size_t length = one.count ? name_matches(&one, constraint) : 0;
        if (length > best) {
            *all = one;
            best = length;
        }
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (trouble == CT_DB_UNIQUE ? !ct_columns_are_unique(table, &column, 1)
                                    : trouble == CT_DB_FOREIGN_KEY && !column->link)
            continue;
        one = (culprits){ .table = table, .columns = { column }, .count = 1 };
        size_t length = name_matches(&one, constraint);
        if (length > best) {
            *all = one;
            best = length;
        }
    }
    const char *key = ct_str_ends(ct_str_of(constraint), CT_STR("_pkey")) ? constraint : NULL;
    for (size_t i = 0; key && !all->count && i < table->key_count; i++)
        blame(all, table->keys[i]);
}

/* The index whose fields these are, for its message. */
static void find_index(culprits *all)
{
    const ct_index *indexes = all->table->model ? all->table->model->indexes : NULL;
    for (const ct_index *index = indexes; index && index->fields && !all->index; index++) {
        culprits one = { .table = all->table };
        if (!index->unique)
            continue;
        blame_index(&one, index);
        bool same = one.count && one.count == all->count;
        for (size_t i = 0; i < one.count && same; i++)
            same = one.columns[i] == all->columns[i];
        if (same)
            all->index = index;
    }
}

static void find_columns(culprits *all, const ct_db_error *error)
{
    if (error->columns[0])
        blame_listed(all, error->columns);
    if (!all->count && error->constraint[0])
        blame_named(all, error->trouble, error->constraint);
    if (error->trouble == CT_DB_UNIQUE)
        find_index(all);
}

/* ---- what to say ---- */

static const char *capitalised(ct *c, const char *words)
{
    char *copy = ct_strdup(c, words);
    if (*copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy & ~0x20);
    return copy;
}

static const char *column_words(ct *c, const ct_column *column)
{
    return column->field ? ct_field_words(c, column->field) : column->name;
}

static const char *joined(ct *c, const culprits *all)
{
    const char *words = "";
    for (size_t i = 0; i < all->count; i++)
        words = ct_printf(c, "%s%s%s", words,
                          !i                    ? ""
                          : i + 1 == all->count ? " and "
                                                : ", ",
                          capitalised(c, column_words(c, all->columns[i])));
    return words;
}

static const char *only_field(const culprits *all)
{
    return all->count == 1 && all->columns[0]->field ? all->columns[0]->field->name : NULL;
}

static void add_unique(ct *c, ct_errors *errors, const culprits *all)
{
    const char *model = all->table->model ? capitalised(c, ct_model_words(c, all->table->model)) : all->table->name;
    if (all->index && all->index->message)
        ct_errors_add(errors, only_field(all), "unique", "%s", all->index->message);
    else if (all->count)
        ct_errors_add(errors, only_field(all), "unique", "%s with this %s already exists.", model, joined(c, all));
    else
        ct_errors_add(errors, NULL, "unique", "%s with these values already exists.", model);
}

/* PostgreSQL's names of checks may begin with the table's. */
static bool is_check(const culprits *all, const ct_check *check, const char *name)
{
    size_t length = strlen(all->table->name);
    return strcmp(check->name, name) == 0 || (strncmp(name, all->table->name, length) == 0 && name[length] == '_' &&
                                              strcmp(name + length + 1, check->name) == 0);
}

static void add_check(ct_errors *errors, const culprits *all, const char *name)
{
    const ct_check *checks = all->table->model ? all->table->model->checks : NULL;
    for (const ct_check *check = checks; check && check->name; check++) {
        if (!is_check(all, check, name))
            continue;
        if (check->message)
            ct_errors_add(errors, check->field, "check", "%s", check->message);
        else
            ct_errors_add(errors, check->field, "check", "Constraint \"%s\" is violated.", check->name);
        return;
    }
    ct_errors_add(errors, only_field(all), "check", "Constraint \"%s\" is violated.", name);
}

/* The same error at each field that it is about, or at the row where none is known. */
static void add_each(ct_errors *errors, const culprits *all, const char *code, const char *message)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->columns[i]->field)
            ct_errors_add(errors, all->columns[i]->field->name, code, "%s", message);
    if (!all->count)
        ct_errors_add(errors, NULL, code, "%s", message);
}

static void add_reference(ct *c, ct_errors *errors, const culprits *all)
{
    if (!all->count)
        ct_errors_add(errors, NULL, "does_not_exist", "A row that this one refers to does not exist.");
    for (size_t i = 0; i < all->count; i++)
        if (all->columns[i]->field)
            ct_errors_add(errors, all->columns[i]->field->name, "does_not_exist", "This %s does not exist.",
                          column_words(c, all->columns[i]));
}

void ct_add_unique(ct *c, ct_errors *errors, const ct_table *table, const ct_column *const *columns, size_t count)
{
    culprits all = { .table = table };
    for (size_t i = 0; i < count; i++)
        blame(&all, columns[i]);
    find_index(&all);
    add_unique(c, errors, &all);
}

static const ct_table *table_called(ct *c, const ct_table *table, const char *name)
{
    const ct_db_site *site = ct_work_databases(c);
    if (!*name || (table && strcmp(table->name, name) == 0))
        return table;
    for (size_t i = 0; site && i < site->graph.table_count; i++)
        if (strcmp(site->graph.tables[i]->name, name) == 0)
            return site->graph.tables[i];
    return table;
}

ct_errors *ct_db_field_errors(ct *c, const ct_table *table, const ct_db_error *error)
{
    culprits all = { .table = table_called(c, table, error->table) };
    if (!all.table)
        return NULL;
    ct_errors *errors = ct_errors_new(c);
    find_columns(&all, error);
    switch (error->trouble) {
    case CT_DB_UNIQUE:
    case CT_DB_EXCLUSION:
        add_unique(c, errors, &all);
        return errors;
    case CT_DB_CHECK:
        add_check(errors, &all, error->constraint);
        return errors;
    case CT_DB_NOT_NULL:
        add_each(errors, &all, "null", "This field cannot be null.");
        return errors;
    case CT_DB_FOREIGN_KEY:
        add_reference(c, errors, &all);
        return errors;
    case CT_DB_TOO_LONG:
        add_each(errors, &all, "max_length", "This value is too long.");
        return errors;
    case CT_DB_RANGE:
        add_each(errors, &all, "max_value", "This value is out of range.");
        return errors;
    case CT_DB_BAD_VALUE:
        add_each(errors, &all, "invalid", "This value is not valid.");
        return errors;
    default:
        return NULL;
    }
}

/* ---- refs that lead nowhere ---- */

static bool is_missing(const ct_writing *write, const ct_column *column, const ct_row *row)
{
    if (!column->link || column->field->no_constraint || ct_column_is_null(column, row))
        return false;
    ct_sql sql;
    ct_sql_begin(&sql, write->c, write->entry->driver->dialect);
    ct_sql_add(&sql, "SELECT 1 FROM ");
    ct_sql_name(&sql, column->link->other->name);
    ct_sql_add(&sql, " WHERE ");
    ct_sql_column(&sql, NULL, column->link->to);
    ct_sql_add(&sql, " = ");
    ct_sql_column_value(&sql, column, row);
    ct_db_request request = ct_write_request(write, &sql);
    return !ct_write_exists(write->c, &request);
}

void ct_add_missing_references(const ct_writing *write, const ct_row *row, ct_errors *errors)
{
    culprits all = { .table = write->table };
    uint64_t unknown = ct_row_unknown(write->table, row);
    for (size_t i = 0; i < write->table->column_count; i++)
        if (!(write->table->columns[i].mask & unknown) && is_missing(write, &write->table->columns[i], row))
            blame(&all, &write->table->columns[i]);
    if (all.count)
        add_reference(write->c, errors, &all);
}

/* ---- values that a type has no room for ---- */

ct_errors *ct_name_refused(const ct_writing *write, const ct_row *row, ct_errors *errors)
{
    if (ct_errors_count(errors) != 1)
        return errors;
    ct_field_error error = ct_errors_at(errors, 0);
    if (error.field || (strcmp(error.code, "max_value") != 0 && strcmp(error.code, "max_length") != 0))
        return errors;
    culprits all = { .table = write->table };
    uint64_t unknown = ct_row_unknown(write->table, row);
    for (size_t i = 0; i < write->table->column_count; i++) {
        const ct_column *column = &write->table->columns[i];
        if (!(column->mask & unknown) && ct_own_type_refuses(column, ct_column_value(write->c, column, row)))
            blame(&all, column);
    }
    if (!all.count)
        return errors;
    ct_errors *named = ct_errors_new(write->c);
    add_each(named, &all, error.code, error.message);
    return named;
}

ct_errors *ct_name_references(const ct_writing *write, const ct_row *row, ct_errors *errors)
{
    errors = ct_name_refused(write, row, errors);
    if (ct_errors_count(errors) != 1)
        return errors;
    ct_field_error error = ct_errors_at(errors, 0);
    if (error.field || strcmp(error.code, "does_not_exist") != 0)
        return errors;
    ct_errors *named = ct_errors_new(write->c);
    ct_add_missing_references(write, row, named);
    return ct_errors_count(named) ? named : errors;
}
