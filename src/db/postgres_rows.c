/* The rows of a result, for a sink. */
#include "db/postgres.h"
#include "db/postgres_types.h"

typedef struct pg_row {
    ct_db_row base;
    const PGresult *result;
    bool binary;        /* all columns are */
    int number, column; /* of the problem */
    const char *problem;
} pg_row;

static const pg_row *row_of(const ct_db_row *row)
{
    return CT_CONTAINER(row, pg_row, base);
}

static inline ct_pg_datum datum_of(const pg_row *row, int at)
{
    return (ct_pg_datum){ .type = ct_pq.column_type(row->result, at),
                          .text = !row->binary && ct_pq.column_format(row->result, at) == 0,
                          .data = ct_pq.value(row->result, row->number, at),
                          .length = (size_t)ct_pq.length(row->result, row->number, at) };
}

static size_t row_count(const ct_db_row *row)
{
    return (size_t)ct_pq.column_count(row_of(row)->result);
}

static const char *row_name(const ct_db_row *row, size_t column)
{
    return ct_pq.column_name(row_of(row)->result, (int)column);
}

static bool row_null(const ct_db_row *row, size_t column)
{
    return ct_pq.is_null(row_of(row)->result, row_of(row)->number, (int)column);
}

static const char *row_read(const ct_db_row *row, size_t column, ct_kind kind, ct_kind element, ct_arena *arena,
                            void *member)
{
    (void)element; /* the server says of each array what it holds */
    const pg_row *own = row_of(row);
    const ct_pg_datum datum = datum_of(own, (int)column);
    if (!datum.length && ct_pq.is_null(own->result, own->number, (int)column)) /* the length of NULL is 0 */
        return ct_db_null;
    return ct_pg_read(&datum, kind, arena, member);
}

/* There is no way to tell of a problem here: the statement fails when its rows have been given. */
static ct_value row_value(const ct_db_row *row, size_t column, ct_arena *arena)
{
    pg_row *own = CT_CONTAINER(row, pg_row, base);
    ct_value value;
    const char *problem = ct_pg_value(datum_of(own, (int)column), arena, &value);
    if (!problem)
        return value;
    if (!own->problem) {
        own->problem = problem;
        own->column = (int)column;
    }
    return ct_value_null();
}

static const ct_db_row_ops row_ops = { row_count, row_name, row_null, row_read, row_value };

static int64_t changed_by(PGresult *result)
{
    int64_t count = 0;
    const char *text = ct_pq.changed(result);
    return ct_str_to_int64(ct_str_of(text), &count) ? count : 0;
}

bool ct_pg_rows(PGresult *result, bool writes, ct_db_sink *sink, ct_db_error *error)
{
    if (!sink)
        return true;
    pg_row row = { .base = { &row_ops }, .result = result, .binary = ct_pq.is_binary(result) };
    int count = ct_pq.row_count(result);
    while (row.number < count && sink->row(sink, &row.base))
        row.number++;
    sink->changed = writes ? changed_by(result) : 0;
    if (row.problem)
        return ct_pg_fail(error, CT_DB_OTHER, "the column \"%s\" has %s", ct_pq.column_name(result, row.column),
                          row.problem);
    return true;
}

bool ct_pg_has_foreign(const PGresult *result)
{
    int count = ct_pq.column_count(result);
    for (int i = 0; i < count; i++) {
        Oid type = ct_pq.column_type(result, i);
        if (type < PG_FIRST_OF_PROGRAMS && ct_pg_is_foreign(type))
            return true;
    }
    return false;
}
