/* ct_values() and ct_aggregate(): rows of a result as maps, and as rows of a shape. */
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/value.h"

typedef struct output_sink {
    ct_db_sink sink;
    ct *c;
    const ct_compiled *compiled;
    const ct_shape *shape;
    ct_rows *rows;   /* of an aggregate */
    ct_array *array; /* of values */
    const char *error;
    const char *error_name;
} output_sink;

static bool refuse(output_sink *s, const char *name, const char *error)
{
    s->error_name = name;
    s->error = error;
    return false;
}

/* Any member of a column. */
typedef union member {
    int64_t integer;
    double real;
    ct_decimal decimal;
    bool boolean;
    ct_date date;
    ct_daytime daytime;
    ct_uuid uuid;
    ct_bytes bytes;
    ct_value value;
    const char *text;
    const ct_array *array;
} member;

static bool take_values(ct_db_sink *sink, const ct_db_row *row)
{
    output_sink *s = CT_CONTAINER(sink, output_sink, sink);
    ct_arena *arena = ct_work_arena(s->c);
    ct_map *map = ct_map_in(arena, s->compiled->output_count);
    if (!map || !ct_array_put(s->array, ct_value_of_map(map)))
        return refuse(s, NULL, NULL);
    for (size_t i = 0; i < s->compiled->output_count; i++) {
        const ct_output *output = &s->compiled->outputs[i];
        ct_value value = ct_value_null();
        if (!row->ops->null(row, i)) {
            member *m = ct_arena_zalloc(arena, sizeof(*m));
            const char *error = m ? row->ops->read(row, i, output->kind, output->element, arena, m) : NULL;
            if (!m || error)
                return refuse(s, output->name, error);
            value = ct_kind_value(output->kind, m); /* what it refers to stays in m */
        }
        if (!ct_map_put(map, output->name, value))
            return refuse(s, NULL, NULL);
    }
    return true;
}

static bool take_aggregate(ct_db_sink *sink, const ct_db_row *from)
{
    output_sink *s = CT_CONTAINER(sink, output_sink, sink);
    ct_arena *arena = ct_work_arena(s->c);
    ct_row *row = ct_arena_zalloc(arena, s->shape->size);
    if (!row)
        return refuse(s, NULL, NULL);
    row->shape = s->shape;
    for (size_t i = 0; i < s->compiled->output_count; i++) {
        const ct_field *field = s->compiled->outputs[i].field;
        if (from->ops->null(from, i)) {
            ct_field_set_null(row, field, true);
            continue;
        }
        const char *error = from->ops->read(from, i, field->kind, field->element, arena, (char *)row + field->offset);
        if (error)
            return refuse(s, field->name, error);
    }
    return ct_rows_put(s->rows, row, arena) || refuse(s, NULL, NULL);
}

static void run(ct *c, output_sink *s, const ct_reading *reading)
{
    ct_query_memory memory;
    ct_db_entry *entry = ct_db_entry_for(c, reading->table, reading->head.using, false);
    s->compiled = ct_query_compile(c, ct_query_begin(&memory, c), reading, entry);
    const ct_db_request request = ct_query_request(&memory, s->compiled, reading, entry);
    ct_db_run(c, &request, &s->sink);
    if (s->error)
        ct_mistake(c, "%s:%d: what the database gives for %s%s%s does not fit: %s",
                   reading->place ? reading->place->file : "", reading->place ? reading->place->line : 0,
                   s->shape ? s->shape->name : "", s->shape ? "." : "", s->error_name, s->error);
    if (s->error_name)
        ct_out_of_memory(c);
}

ct_array *ct_select_values(ct *c, const char *fields, const ct_model *model, const void *query, ct_given *given)
{
    output_sink s = { .sink = { .row = take_values }, .c = c, .array = ct_array_new(c) };
    ct_reading reading = ct_reading_of(c, model, query, given);
    reading.form = CT_READ_VALUES;
    reading.fields = fields;
    reading.head.lock = 0;
    run(c, &s, &reading);
    return s.array;
}

static ct_rows *aggregate(ct *c, const ct_shape *shape, const ct_model *model, const void *query, ct_given *given,
                          bool one)
{
    output_sink s = { .sink = { .row = take_aggregate }, .c = c, .shape = shape, .rows = ct_rows_of(c, shape) };
    ct_reading reading = ct_reading_of(c, model, query, given);
    if (reading.head.after || reading.head.before)
        ct_mistake(c, "%s:%d: ct_aggregate() has no pages: take .after and .before away", given->file, given->line);
    if (one && reading.head.limit > 1)
        ct_mistake(c,
                   "%s:%d: ct_aggregate_one() gives one row: .limit is of the rows that come of it, and not of those "
                   "that are counted; take it away, or call ct_aggregate()",
                   given->file, given->line);
    if (one && (reading.head.order_by || reading.head.offset))
        reading.head.limit = 1;
    reading.form = CT_READ_AGGREGATE;
    reading.shape = shape;
    reading.head.lock = 0;
    run(c, &s, &reading);
    return s.rows;
}

ct_rows *ct_aggregate_rows(ct *c, const ct_shape *shape, const ct_model *model, const void *query, ct_given *given)
{
    return aggregate(c, shape, model, query, given, false);
}

ct_row *ct_aggregate_row(ct *c, const ct_shape *shape, const ct_model *model, const void *query, ct_given *given)
{
    const ct_rows *rows = aggregate(c, shape, model, query, given, true);
    return rows->count ? rows->items[0] : NULL;
}
