/* Rows of models as they were at a point of the history, for data migrations: by name, as maps of typed values.
 *
 * There is no struct that they could be read into, so a value is read into room of its own and taken from there. One
 * migration runs at a time in a process, hence the one place for its models. */
#include "db/past.h"

#include "base/buffer.h"
#include "base/nearest.h"
#include "db/dialect.h"
#include "db/placeholders.h"
#include "db/session.h"
#include "net/work.h"
#include "shape/value.h"

static struct {
    const ct_state *state;
    const ct_ddl *ddl;
    const char *database;
} past;

void ct_past_set(const ct_state *state, const ct_ddl *ddl, const char *database)
{
    past.state = state;
    past.ddl = ddl;
    past.database = database;
}

void ct_run_nothing(ct *c)
{
    (void)c;
}

/* ---- names ---- */

static const ct_state_model *between_of(const char *label)
{
    for (size_t i = 0; i < past.state->count; i++) {
        const ct_state_model *model = past.state->models[i];
        size_t length = strlen(model->label);
        if (strncmp(model->label, label, length) != 0 || label[length] != '.')
            continue;
        const ct_field *field = ct_state_field(model, label + length + 1);
        if (field && field->kind == CT_KIND_many_to_many)
            return ct_state_between(past.state, model, field);
    }
    return NULL;
}

static const ct_state_model *model_of(ct *c, const char *label)
{
    if (!past.state)
        ct_mistake(c, "models of the past are for functions that migrations run, and none runs");
    const ct_state_model *model = ct_state_find(past.state, label);
    if (!model)
        model = between_of(label);
    if (model)
        return model;
    ct_nearest nearest = ct_nearest_to(label);
    for (size_t i = 0; i < past.state->count; i++)
        ct_nearest_try(&nearest, past.state->models[i]->label);
    ct_mistake(c, "there is no model \"%s\" at this point of the history%s%s%s", label,
               nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

/* "question" and "question_id" are the same ref. */
static const ct_field *field_of(ct *c, const ct_state_model *model, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < model->field_count; i++) {
        const ct_field *field = &model->fields[i];
        const char *column = ct_state_column(past.state->arena, field);
        if (column && (strcmp(field->name, name) == 0 || strcmp(column, name) == 0))
            return field;
        if (column)
            ct_nearest_try(&nearest, field->name);
    }
    ct_mistake(c, "%s has no column \"%s\" at this point of the history%s%s%s", model->label, name,
               nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

static const char *quoted_column(const ct_field *field)
{
    return ct_ddl_quoted(past.state->arena, ct_state_column(past.state->arena, field));
}

const char *ct_past_table(ct *c, const char *model)
{
    return ct_ddl_quoted(past.state->arena, model_of(c, model)->table);
}

const char *ct_past_column(ct *c, const char *model, const char *field)
{
    return quoted_column(field_of(c, model_of(c, model), field));
}

/* ---- statements ---- */

/* A statement in the making, with `?` for its parameters. */
typedef struct statement {
    ct *c;
    ct_buffer sql;
    ct_value *values;
    ct_kind *kinds, *elements;
    size_t count;
} statement;

static statement begin(ct *c)
{
    if (!past.state)
        ct_mistake(c, "models of the past are for functions that migrations run, and none runs");
    return (statement){ .c = c, .sql = ct_buffer_in(past.state->arena) };
}

static void add_value(statement *s, ct_value value, ct_kind kind, ct_kind element)
{
    ct_arena *arena = past.state->arena;
    s->values = ct_arena_grown(arena, s->values, s->count, sizeof(*s->values), 8);
    s->kinds = ct_arena_grown(arena, s->kinds, s->count, sizeof(*s->kinds), 8);
    s->elements = ct_arena_grown(arena, s->elements, s->count, sizeof(*s->elements), 8);
    s->values[s->count] = value;
    s->kinds[s->count] = kind;
    s->elements[s->count++] = element;
}

static void add_field_value(statement *s, const ct_field *field, ct_value value)
{
    add_value(s, value, ct_field_value_kind(field), field->element);
}

static void add_where(statement *s, const char *where, ct_sql_args args)
{
    if (where)
        ct_buffer_printf(&s->sql, " WHERE %s", where);
    for (size_t i = 0; i < args.count; i++)
        add_value(s, args.items[i], CT_KIND_value, CT_KIND_value);
}

static int64_t run(statement *s, ct_db_sink *sink, bool read)
{
    const ct_db_entry *entry = ct_db_entry_for(s->c, NULL, past.database, true);
    ct_buffer text = ct_buffer_in(past.state->arena);
    size_t count = 0;
    const char *sql = ct_buffer_text(&s->sql);
    const char *wrong = ct_placeholders(&text, sql, entry->driver->dialect, &count);
    if (wrong)
        ct_mistake(s->c, "%s, in: %s", wrong, sql);
    if (count != s->count)
        ct_mistake(s->c, "the statement has %zu parameters and %zu values were given: %s", count, s->count, sql);
    const ct_db_request request = { .using = entry->alias,
                                    .statement = { .sql = ct_buffer_text(&text),
                                                   .values = s->values,
                                                   .kinds = s->kinds,
                                                   .elements = s->elements,
                                                   .count = s->count,
                                                   .read = read } };
    return ct_db_run(s->c, &request, sink);
}

/* ---- reading ---- */

typedef struct reader {
    ct_db_sink sink;
    ct *c;
    const ct_state_model *model;
    ct_array *rows;
    const char *error;
} reader;

static ct_value read_value(reader *r, const ct_db_row *row, size_t column, const ct_field *field)
{
    ct_kind kind = ct_field_value_kind(field);
    if (row->ops->null(row, column))
        return ct_value_null();
    /* As the one member of a row that has only it. */
    const ct_field alone = { .name = field->name, .kind = kind, .element = field->element, .offset = sizeof(ct_row) };
    ct_row *room = ct_arena_zalloc(past.state->arena, sizeof(*room) + 32);
    r->error = row->ops->read(row, column, kind, field->element, past.state->arena, (char *)room + alone.offset);
    return r->error ? ct_value_null() : ct_row_value(room, &alone);
}

static bool add_row(ct_db_sink *sink, const ct_db_row *row)
{
    reader *r = CT_CONTAINER(sink, reader, sink);
    ct_map *map = ct_map_new(r->c);
    for (size_t i = 0, column = 0; i < r->model->field_count && !r->error; i++) {
        const ct_field *field = &r->model->fields[i];
        if (field->kind == CT_KIND_many_to_many)
            continue;
        ct_value value = read_value(r, row, column++, field);
        ct_map_set_value(map, field->name, value);
        if (ct_field_is_ref(field))
            ct_map_set_value(map, ct_arena_printf(past.state->arena, "%s_id", field->name), value);
    }
    ct_array_add_value(r->rows, (ct_value){ .type = CT_VALUE_MAP, .map = map });
    return !r->error;
}

static void write_columns(statement *s, const ct_state_model *model, bool keys)
{
    bool first = true;
    for (size_t i = 0; i < model->field_count; i++) {
        if (model->fields[i].kind == CT_KIND_many_to_many || (keys && !model->fields[i].primary_key))
            continue;
        ct_buffer_printf(&s->sql, "%s%s", first ? "" : ", ", quoted_column(&model->fields[i]));
        first = false;
    }
}

ct_array *ct_past_rows(ct *c, const char *model, const char *where, ct_sql_args args)
{
    statement s = begin(c);
    reader r = { .sink = { .row = add_row }, .c = c, .model = model_of(c, model), .rows = ct_array_new(c) };
    CT_BUFFER_LITERAL(&s.sql, "SELECT ");
    write_columns(&s, r.model, false);
    ct_buffer_printf(&s.sql, " FROM %s", ct_ddl_quoted(past.state->arena, r.model->table));
    add_where(&s, where, args);
    CT_BUFFER_LITERAL(&s.sql, " ORDER BY ");
    write_columns(&s, r.model, true);
    run(&s, &r.sink, true);
    if (r.error)
        ct_mistake(c, "a row of %s cannot be read: %s", model, r.error);
    return r.rows;
}

/* ---- writing ---- */

int64_t ct_past_update(ct *c, const char *model, const ct_map *set, const char *where, ct_sql_args args)
{
    statement s = begin(c);
    const ct_state_model *of = model_of(c, model);
    ct_buffer_printf(&s.sql, "UPDATE %s SET ", ct_ddl_quoted(past.state->arena, of->table));
    for (size_t i = 0; i < ct_map_count(set); i++) {
        ct_kv pair = ct_map_at(set, i);
        const ct_field *field = field_of(c, of, pair.key);
        ct_buffer_printf(&s.sql, "%s%s = ?", i ? ", " : "", quoted_column(field));
        add_field_value(&s, field, pair.value);
    }
    if (!ct_map_count(set))
        return 0;
    add_where(&s, where, args);
    return run(&s, NULL, false);
}

int64_t ct_past_delete(ct *c, const char *model, const char *where, ct_sql_args args)
{
    statement s = begin(c);
    ct_buffer_printf(&s.sql, "DELETE FROM %s", ct_ddl_quoted(past.state->arena, model_of(c, model)->table));
    add_where(&s, where, args);
    return run(&s, NULL, false);
}

static bool is_given(ct *c, const ct_state_model *model, const ct_map *values, const ct_field *field)
{
    for (size_t i = 0; i < ct_map_count(values); i++)
        if (field_of(c, model, ct_map_at(values, i).key) == field)
            return true;
    return false;
}

/* SQL for a field that is not given; NULL: the database knows. */
static const char *default_of(const ct_field *field)
{
    ct_script script = ct_script_begin(past.state->arena, past.ddl, past.database);
    const ct_ddl_column column = { .name = field->name, .key = field->name, .field = field };
    const ct_ddl_table table = { .label = "" };
    return field->db_default ? NULL : ct_ddl_fill_of(&script, &table, &column, &(ct_ddl_fill){ 0 });
}

typedef struct key_sink {
    ct_db_sink sink;
    ct_value key;
} key_sink;

static bool take_key(ct_db_sink *sink, const ct_db_row *row)
{
    CT_CONTAINER(sink, key_sink, sink)->key = row->ops->value(row, 0, past.state->arena);
    return true;
}

ct_value ct_past_insert(ct *c, const char *model, const ct_map *values)
{
    statement s = begin(c);
    const ct_state_model *of = model_of(c, model);
    const ct_field *key = ct_state_key(of);
    ct_buffer names = ct_buffer_in(past.state->arena), marks = ct_buffer_in(past.state->arena);
    for (size_t i = 0; i < ct_map_count(values); i++) {
        ct_kv pair = ct_map_at(values, i);
        const ct_field *field = field_of(c, of, pair.key);
        ct_buffer_printf(&names, "%s%s", names.length ? ", " : "", quoted_column(field));
        ct_buffer_printf(&marks, "%s?", marks.length ? ", " : "");
        add_field_value(&s, field, pair.value);
    }
    for (size_t i = 0; i < of->field_count; i++) {
        const ct_field *field = &of->fields[i];
        bool column = field->kind != CT_KIND_many_to_many && !field->generated && !is_given(c, of, values, field);
        const char *sql = column && field != key ? default_of(field) : NULL;
        if (!sql)
            continue;
        ct_buffer_printf(&names, "%s%s", names.length ? ", " : "", quoted_column(field));
        ct_buffer_printf(&marks, "%s%s", marks.length ? ", " : "", sql);
    }
    ct_buffer_printf(&s.sql, "INSERT INTO %s", ct_ddl_quoted(past.state->arena, of->table));
    if (names.length)
        ct_buffer_printf(&s.sql, " (%s) VALUES (%s)", ct_buffer_text(&names), ct_buffer_text(&marks));
    else
        CT_BUFFER_LITERAL(&s.sql, " DEFAULT VALUES");
    key_sink sink = { .sink = { .row = take_key } };
    bool has_key = key && key->kind == CT_KIND_integer;
    if (has_key)
        ct_buffer_printf(&s.sql, " RETURNING %s", quoted_column(key));
    run(&s, has_key ? &sink.sink : NULL, false);
    return sink.key;
}
