/* The rows of a result, for a sink. */
#include "db/postgres.h"
#include "db/postgres_types.h"
#include "shape/kinds.h"

#define QUICK_COLUMNS 32

typedef struct pg_row {
    ct_db_row base;
    const PGresult *result;
    bool binary; /* all columns are */
    struct {
        uint8_t reader, kind;
    } columns[QUICK_COLUMNS];                  /* of the first ones: how they were read in the row before */
    const ct_db_place *planned[QUICK_COLUMNS]; /* with which read_all() was called from that column on */
    uint8_t plan[QUICK_COLUMNS];               /* the readers for that */
    int number, column;                        /* of the problem */
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

/* What is rare is kept out of row_read(), which runs for each value of a list. */
static __attribute__((noinline)) void find_reader(pg_row *row, size_t column, ct_kind kind)
{
    Oid type = ct_pq.column_type(row->result, (int)column);
    row->columns[column].reader = (uint8_t)ct_pg_reader_of(type, ct_kind_of_key(kind));
    row->columns[column].kind = (uint8_t)kind;
}

static ct_pg_reader reader_of(pg_row *row, size_t column, ct_kind kind)
{
    if (column >= QUICK_COLUMNS || !row->binary)
        return CT_PG_ANY;
    if (CT_UNLIKELY(!row->columns[column].reader || row->columns[column].kind != (uint8_t)kind))
        find_reader(row, column, kind);
    return (ct_pg_reader)row->columns[column].reader;
}

static __attribute__((noinline)) const char *read_slowly(const pg_row *row, int column, ct_kind kind, ct_arena *arena,
                                                         void *member)
{
    return ct_pg_read(datum_of(row, column), kind, arena, member);
}

/* False where the value is none that fits; read_slowly() then tells why. */
static inline bool read_quickly(uint8_t reader, ct_str data, ct_arena *arena, void *member)
{
    switch ((ct_pg_reader)reader) {
    case CT_PG_INT8:
    case CT_PG_FLOAT8: {
        if (data.length != 8)
            return false;
        uint64_t bits = pg_get64(data.data);
        memcpy(member, &bits, sizeof bits);
        return true;
    }
    case CT_PG_INT4:
        if (data.length != 4)
            return false;
        *(int64_t *)member = (int32_t)pg_get32(data.data);
        return true;
    case CT_PG_BOOL:
        if (data.length != 1)
            return false;
        *(bool *)member = data.data[0] != 0;
        return true;
    case CT_PG_TIMESTAMP:
        return ct_pg_read_quick_time(data, member);
    case CT_PG_TEXT:
        return ct_pg_read_quick_text(data, arena, member);
    case CT_PG_UNDECIDED:
    case CT_PG_ANY:
        break;
    }
    return false;
}

static const char *row_read(const ct_db_row *row, size_t column, ct_kind kind, ct_kind element, ct_arena *arena,
                            void *member)
{
    (void)element; /* the server says of each array what it holds */
    pg_row *own = CT_CONTAINER(row, pg_row, base);
    int at = (int)column;
    size_t length = (size_t)ct_pq.length(own->result, own->number, at);
    if (!length && ct_pq.is_null(own->result, own->number, at)) /* the length of NULL is 0 */
        return ct_db_null;
    ct_str data = { ct_pq.value(own->result, own->number, at), length };
    if (CT_LIKELY(read_quickly((uint8_t)reader_of(own, column, kind), data, arena, member)))
        return NULL;
    return read_slowly(own, at, kind, arena, member);
}

/* Chooses the readers, once for a result. False: there are too many columns, or their values are text. */
static __attribute__((noinline)) bool make_plan(pg_row *row, size_t first, const ct_db_place *places, size_t count)
{
    if (!row->binary || first + count > QUICK_COLUMNS || !count)
        return false;
    for (size_t i = 0; i < count; i++) {
        Oid type = ct_pq.column_type(row->result, (int)(first + i));
        row->plan[first + i] = (uint8_t)ct_pg_reader_of(type, ct_kind_of_key(places[i].kind));
    }
    row->planned[first] = places;
    return true;
}

static bool has_plan(pg_row *row, size_t first, const ct_db_place *places, size_t count)
{
    return CT_LIKELY(first < QUICK_COLUMNS && row->planned[first] == places) || make_plan(row, first, places, count);
}

static const char *row_read_all(const ct_db_row *row, size_t first, const ct_db_place *places, size_t count,
                                ct_arena *arena, ct_row *into, size_t *ret_at)
{
    pg_row *own = CT_CONTAINER(row, pg_row, base);
    const uint8_t *plan = has_plan(own, first, places, count) ? own->plan + first : NULL;
    for (size_t i = 0; i < count; i++) {
        char *member = (char *)into + places[i].offset;
        int at = (int)(first + i);
        size_t length = (size_t)ct_pq.length(own->result, own->number, at);
        if (!length && ct_pq.is_null(own->result, own->number, at)) { /* the length of NULL is 0 */
            into->nulls |= places[i].null;
            continue;
        }
        ct_str data = { ct_pq.value(own->result, own->number, at), length };
        if (CT_LIKELY(plan && read_quickly(plan[i], data, arena, member)))
            continue;
        const char *problem = read_slowly(own, at, places[i].kind, arena, member);
        if (problem) {
            *ret_at = i;
            return problem;
        }
    }
    return NULL;
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

static const ct_db_row_ops row_ops = { row_count, row_name, row_null, row_read, row_value, row_read_all };

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
