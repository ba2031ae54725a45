/* ct_sql(): SQL of the program's own, its parameters, and what becomes of the rows.
 *
 * A sink must not abort: what does not fit is kept as words, and aborts when the statement has ended. */
#include "canteen/database.h"

#include "base/buffer.h"
#include "base/nearest.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "db/placeholders.h"
#include "db/session.h"
#include "db/sql.h"
#include "net/work.h"
#include "shape/value.h"

#include <stdio.h>

/* ---- the statement ---- */

/* Is it a statement that only reads, and may go to a replica? "select" and its like at the beginning; a WITH may do
 * anything, and a lock is the database's own matter. */
static bool only_reads(const char *sql)
{
    sql += strspn(sql, " \t\r\n(");
    return (strncasecmp(sql, "select", 6) == 0 || strncasecmp(sql, "values", 6) == 0) && !strcasestr(sql, " for ");
}

#define SHOWN 80 /* bytes of a statement in front of what is wrong with it */

/* Connections are everybody's: what ends somebody's transaction, begins one that nobody ends, or sets something that
 * the next one finds set, is no statement for them. */
static void check_hold(ct *c, const ct_db_entry *entry, const char *sql)
{
    ct_hold hold = ct_hold_of(sql, entry->driver->dialect);
    if (CT_LIKELY(hold == CT_HOLD_NOTHING))
        return;
    bool sqlite = strcmp(entry->driver->dialect->name, "sqlite") == 0, long_one = strlen(sql) > SHOWN;
    const char *shown = ct_printf(c, "%.*s%s", SHOWN, sql, long_one ? "..." : "");
    if (hold == CT_HOLD_TRANSACTION)
        ct_mistake(c,
                   "ct_sql(): transactions are begun and ended by ct_atomic(c) { ... } alone; ct_rollback(c) undoes "
                   "one, and a ct_atomic() within another is a savepoint. Not by: %s",
                   shown);
    if (hold == CT_HOLD_SETTING && sqlite)
        ct_mistake(c,
                   "ct_sql(): this would stay on a connection that other requests get, and be missing on the others; "
                   "mode=ro and synchronous=... in the database's URL are for all, .databases of the root app names "
                   "further files: %s",
                   shown);
    if (hold == CT_HOLD_SETTING)
        ct_mistake(c,
                   "ct_sql(): this would stay on a connection that other requests get, and be missing on the others; "
                   "in ct_atomic() \"set local ...\" is for that transaction, \"alter role ... set ...\" or "
                   "?options=... in the database's URL are for all: %s",
                   shown);
    if (!ct_db_transaction_connection(c, entry))
        ct_mistake(c,
                   "ct_sql(): this is for one transaction, and outside of ct_atomic(c) { ... } requests share their "
                   "connections: %s",
                   shown);
}

static ct_db_request prepare(ct *c, const char *using, const char *sql, ct_sql_args args)
{
    if (!sql)
        ct_mistake(c, "ct_sql() was given NULL instead of text");
    bool read = only_reads(sql);
    const ct_db_entry *entry = ct_db_entry_for(c, NULL, using, !read);
    if (!read)
        check_hold(c, entry, sql);
    ct_buffer text = ct_buffer_in(ct_work_arena(c));
    size_t count = 0;
    const char *wrong = ct_placeholders(&text, sql, entry->driver->dialect, &count);
    if (wrong)
        ct_mistake(c, "ct_sql(): %s, in: %s", wrong, sql);
    if (count != args.count)
        ct_mistake(c, "ct_sql(): the statement has %zu parameters and ARGS() gives %zu values: %s", count, args.count,
                   sql);
    ct_buffer_char(&text, '\0');
    if (text.failed)
        ct_out_of_memory(c);
    return (ct_db_request){
        .using = entry->alias,
        .statement = { .sql = text.data,
                       .values = args.items,
                       .count = args.count,
                       /* May it run twice, where an answer is lost? A function may do anything. */
                       .read = read && !ct_calls_unknown(sql, entry->driver->dialect),
                       .raw = true },
    };
}

/* ---- rows of a shape ---- */

typedef struct shape_sink {
    ct_db_sink sink;
    ct *c;
    const ct_shape *shape;
    const ct_field **fields; /* of the columns; NULL: not looked at yet */
    size_t count;
    ct_rows *rows;
    const char *error; /* what is wrong, or NULL */
} shape_sink;

static const char *column_of(const ct_field *field, char *room, size_t size)
{
    if (field->column)
        return field->column;
    if (!ct_kind_is_ref(field->kind))
        return field->name;
    snprintf(room, size, "%s_id", field->name);
    return room;
}

static bool takes_column(const ct_field *field)
{
    return ct_kind_has_column(field->kind) || field->kind == CT_KIND_value;
}

static const ct_field *field_of(const ct_shape *shape, const char *column)
{
    char room[128];
    for (size_t i = 0; i < shape->field_count; i++)
        if (takes_column(&shape->fields[i]) && strcmp(column_of(&shape->fields[i], room, sizeof(room)), column) == 0)
            return &shape->fields[i];
    return NULL;
}

static bool refuse(shape_sink *s, const char *words)
{
    s->error = words ? words : "what is wrong does not fit into the request's memory";
    return false;
}

static const char *nearest_field(const ct_shape *shape, const char *column)
{
    ct_nearest nearest = ct_nearest_to(column);
    for (size_t i = 0; i < shape->field_count; i++)
        if (takes_column(&shape->fields[i]))
            ct_nearest_try(&nearest, shape->fields[i].name);
    return nearest.best;
}

/* Which field each column is; every field has one. */
static bool match_columns(shape_sink *s, const ct_db_row *row)
{
    ct_arena *arena = ct_work_arena(s->c);
    uint64_t seen[2] = { 0 };
    s->count = row->ops->count(row);
    s->fields = ct_arena_alloc(arena, (s->count + 1) * sizeof(*s->fields));
    if (!s->fields)
        return refuse(s, NULL);
    for (size_t i = 0; i < s->count; i++) {
        const char *name = row->ops->name(row, i), *near = nearest_field(s->shape, name);
        s->fields[i] = field_of(s->shape, name);
        if (!s->fields[i])
            return refuse(s, ct_arena_printf(arena, "the column \"%s\" is no field of the shape %s%s%s%s", name,
                                             s->shape->name, near ? "; did you mean \"" : "", near ? near : "",
                                             near ? "\"?" : ""));
        size_t index = (size_t)(s->fields[i] - s->shape->fields);
        seen[index / 64] |= UINT64_C(1) << index % 64;
    }
    for (size_t i = 0; i < s->shape->field_count; i++)
        if (takes_column(&s->shape->fields[i]) && !(seen[i / 64] & UINT64_C(1) << i % 64))
            return refuse(s, ct_arena_printf(arena, "the field %s of the shape %s has no column in the result",
                                             s->shape->fields[i].name, s->shape->name));
    return true;
}

static bool add_to_rows(ct_db_sink *sink, const ct_db_row *from)
{
    shape_sink *s = CT_CONTAINER(sink, shape_sink, sink);
    ct_arena *arena = ct_work_arena(s->c);
    if (!s->fields && !match_columns(s, from))
        return false;
    ct_row *row = ct_arena_zalloc(arena, s->shape->size);
    if (!row)
        return refuse(s, NULL);
    row->shape = s->shape;
    for (size_t i = 0; i < s->count; i++) {
        const ct_field *field = s->fields[i];
        if (from->ops->null(from, i)) {
            ct_row_set_null(row, field->offset, true);
            continue;
        }
        const char *wrong = from->ops->read(from, i, field->kind, field->element, arena, (char *)row + field->offset);
        if (wrong)
            return refuse(s, ct_arena_printf(arena, "the column \"%s\" has %s", from->ops->name(from, i), wrong));
    }
    return ct_rows_put(s->rows, row, arena) || refuse(s, NULL);
}

/* Rows of models can be saved and deleted, as those of queries can. */
static void note_origins(ct *c, const char *using, const ct_rows *rows)
{
    const ct_table *table = ct_graph_table(&ct_work_databases(c)->graph, rows->shape->model);
    if (!table)
        return;
    ct_db_entry *entry = ct_db_entry_for(c, NULL, using, true);
    for (size_t i = 0; i < rows->count; i++)
        ct_row_saved(c, table, rows->items[i], entry);
}

ct_rows *ct_sql_rows(ct *c, const char *using, const ct_shape *shape, const char *sql, ct_sql_args args)
{
    const ct_db_request request = prepare(c, using, sql, args);
    shape_sink s = { .sink.row = add_to_rows, .c = c, .shape = shape, .rows = ct_rows_of(c, shape) };
    ct_db_run(c, &request, &s.sink);
    if (s.error)
        ct_mistake(c, "ct_sql(): %s, in: %s", s.error, sql);
    if (shape->model)
        note_origins(c, using, s.rows);
    return s.rows;
}

/* ---- the rest ---- */

int64_t ct_sql_change(ct *c, const char *using, const char *sql, ct_sql_args args)
{
    const ct_db_request request = prepare(c, using, sql, args);
    return ct_db_run(c, &request, NULL);
}

typedef struct value_sink {
    ct_db_sink sink;
    ct *c;
    ct_value value;
} value_sink;

static bool take_first(ct_db_sink *sink, const ct_db_row *row)
{
    value_sink *s = CT_CONTAINER(sink, value_sink, sink);
    s->value = row->ops->null(row, 0) ? ct_value_null() : row->ops->value(row, 0, ct_work_arena(s->c));
    return false;
}

ct_value ct_sql_one(ct *c, const char *using, const char *sql, ct_sql_args args)
{
    const ct_db_request request = prepare(c, using, sql, args);
    value_sink s = { .sink.row = take_first, .c = c };
    ct_db_run(c, &request, &s.sink);
    return s.value;
}

typedef struct map_sink {
    ct_db_sink sink;
    ct *c;
    ct_array *maps;
    const char **names; /* copies, for the driver's go with the statement; NULL: not made yet */
    size_t count;
    bool full;
} map_sink;

static bool copy_names(map_sink *s, const ct_db_row *row)
{
    ct_arena *arena = ct_work_arena(s->c);
    s->count = row->ops->count(row);
    s->names = ct_arena_alloc(arena, (s->count + 1) * sizeof(*s->names));
    for (size_t i = 0; s->names && i < s->count; i++) {
        const char *name = row->ops->name(row, i);
        s->names[i] = ct_arena_copy(arena, name, strlen(name));
        if (!s->names[i])
            return false;
    }
    return s->names != NULL;
}

static bool add_map(map_sink *s, const ct_db_row *row)
{
    ct_arena *arena = ct_work_arena(s->c);
    if (!s->names && !copy_names(s, row))
        return false;
    ct_map *map = ct_map_in(arena, s->count + 1);
    if (!map)
        return false;
    map->c = s->c;
    for (size_t i = 0; i < s->count; i++) {
        ct_value value = row->ops->null(row, i) ? ct_value_null() : row->ops->value(row, i, arena);
        if (!ct_map_put(map, s->names[i], value))
            return false;
    }
    return ct_array_put(s->maps, ct_value_of_map(map));
}

static bool add_to_maps(ct_db_sink *sink, const ct_db_row *row)
{
    map_sink *s = CT_CONTAINER(sink, map_sink, sink);
    s->full = !add_map(s, row);
    return !s->full;
}

ct_array *ct_sql_all(ct *c, const char *using, const char *sql, ct_sql_args args)
{
    const ct_db_request request = prepare(c, using, sql, args);
    map_sink s = { .sink.row = add_to_maps, .c = c, .maps = ct_array_in(ct_work_arena(c), 16) };
    if (!s.maps)
        ct_out_of_memory(c);
    s.maps->c = c;
    ct_db_run(c, &request, &s.sink);
    if (s.full)
        ct_out_of_memory(c);
    return s.maps;
}
