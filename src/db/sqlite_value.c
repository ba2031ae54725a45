/* Values of SQLite. A column may hold anything, whatever its type: what comes out is looked at, and what cannot be the
 * kind that is asked for is said in words. */
#include "db/sqlite.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "shape/json_read.h"
#include "shape/json_write.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <math.h>
#include <stdlib.h>

/* ---- in ---- */

static int bind_copy(sqlite3_stmt *statement, int index, const char *text, size_t length)
{
    return sqlite3_bind_text64(statement, index, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* "2026-11-21 09:30:00.500000" */
static int bind_datetime(sqlite3_stmt *statement, int index, ct_time time)
{
    char text[CT_DATE_SIZE + CT_DAYTIME_SIZE];
    ct_date day = ct_date_at(time);
    size_t length = ct_date_format(day, text);
    text[length++] = ' ';
    length += ct_daytime_format((ct_daytime){ time - ct_date_start(day) }, text + length);
    return bind_copy(statement, index, text, length);
}

static int bind_date(sqlite3_stmt *statement, int index, ct_date date)
{
    char text[CT_DATE_SIZE];
    return bind_copy(statement, index, text, ct_date_format(date, text));
}

static int bind_daytime(sqlite3_stmt *statement, int index, ct_daytime time)
{
    char text[CT_DAYTIME_SIZE];
    return bind_copy(statement, index, text, ct_daytime_format(time, text));
}

static int bind_decimal(sqlite3_stmt *statement, int index, ct_decimal value)
{
    char text[CT_DECIMAL_SIZE];
    if (!ct_decimal_is_valid(value))
        return SQLITE_FORMAT;
    return bind_copy(statement, index, text, ct_decimal_write(value, text));
}

static int bind_uuid(sqlite3_stmt *statement, int index, ct_uuid uuid)
{
    char text[CT_UUID_SIZE];
    return bind_copy(statement, index, text, ct_uuid_format(uuid, text));
}

static int bind_bytes(sqlite3_stmt *statement, int index, const ct_bytes *bytes)
{
    return bytes->len ? sqlite3_bind_blob64(statement, index, bytes->data, bytes->len, SQLITE_STATIC)
                      : sqlite3_bind_zeroblob(statement, index, 0);
}

static int bind_integer(sqlite3_stmt *statement, int index, int64_t value, ct_kind kind)
{
    if (kind == CT_KIND_decimal)
        return bind_decimal(statement, index, ct_decimal_make(value, 0));
    if (kind == CT_KIND_datetime)
        return bind_datetime(statement, index, value);
    return sqlite3_bind_int64(statement, index, value);
}

static int bind_json(sqlite3_stmt *statement, int index, ct_value value)
{
    ct_buffer out = { 0 }; /* of the heap: it becomes SQLite's */
    if (!ct_json_write(&out, value, 0)) {
        ct_buffer_finish(&out);
        return SQLITE_MISMATCH;
    }
    return sqlite3_bind_text64(statement, index, out.data, out.length, free, SQLITE_UTF8);
}

/* SQLITE_MISMATCH: a value that SQLite has not; SQLITE_RANGE: a number too large; SQLITE_FORMAT: a decimal
 * that is none. */
static int bind_value(sqlite3_stmt *statement, int index, ct_value value, ct_kind kind)
{
    if (kind == CT_KIND_json && value.type != CT_VALUE_NULL)
        return bind_json(statement, index, value);
    switch (value.type) {
    case CT_VALUE_NULL:
        return sqlite3_bind_null(statement, index);
    case CT_VALUE_BOOL:
        return sqlite3_bind_int64(statement, index, value.boolean);
    case CT_VALUE_INT:
        return bind_integer(statement, index, value.integer, kind);
    case CT_VALUE_UINT:
        return SQLITE_RANGE;
    case CT_VALUE_REAL: /* SQLite would make NULL of it */
        return isnan(value.real) ? SQLITE_MISMATCH : sqlite3_bind_double(statement, index, value.real);
    case CT_VALUE_TEXT:
    case CT_VALUE_SAFE: {
        size_t length = strlen(value.text);
        if (!ct_utf8_valid(value.text, length))
            return SQLITE_MISMATCH;
        return sqlite3_bind_text64(statement, index, value.text, length, SQLITE_STATIC, SQLITE_UTF8);
    }
    case CT_VALUE_DATETIME:
        return bind_datetime(statement, index, value.time);
    case CT_VALUE_DATE:
        return bind_date(statement, index, value.date);
    case CT_VALUE_DAYTIME:
        return bind_daytime(statement, index, value.daytime);
    case CT_VALUE_DURATION:
        return sqlite3_bind_int64(statement, index, value.time);
    case CT_VALUE_DECIMAL:
        return bind_decimal(statement, index, *value.decimal);
    case CT_VALUE_UUID:
        return bind_uuid(statement, index, *value.uuid);
    case CT_VALUE_BYTES:
        return bind_bytes(statement, index, value.bytes);
    case CT_VALUE_MAP:
    case CT_VALUE_ARRAY:
    case CT_VALUE_ROW:
    case CT_VALUE_ROWS:
        return bind_json(statement, index, value);
    }
    return SQLITE_MISMATCH;
}

bool ct_sqlite_bind(sqlite3_stmt *statement, int index, ct_value value, ct_kind kind, ct_db_error *error)
{
    int code = bind_value(statement, index, value, kind);
    switch (code) {
    case SQLITE_OK:
        return true;
    case SQLITE_RANGE:
        return ct_sqlite_refuse(error, CT_DB_RANGE, "value %d is too large: integers end at 9223372036854775807",
                                index);
    case SQLITE_MISMATCH:
        return ct_sqlite_refuse(error, CT_DB_BAD_VALUE,
                                "value %d is none that SQLite has: text that is not UTF-8, a number that is none, or "
                                "JSON that is nested too deep",
                                index);
    case SQLITE_FORMAT: /* the program's mistake, and not that of who sent a form */
        return ct_sqlite_refuse(error, CT_DB_OTHER,
                                "value %d is no decimal: it has more than 38 digits, or a scale that is not 0 to 37",
                                index);
    case SQLITE_TOOBIG:
        return ct_sqlite_refuse(error, CT_DB_TOO_LONG, "value %d is longer than SQLite takes", index);
    default:
        return ct_sqlite_refuse(error, CT_DB_OTHER, "value %d: %s", index, sqlite3_errstr(code));
    }
}

/* ---- out ---- */

static sqlite3_stmt *statement_of(const ct_db_row *row)
{
    return CT_CONTAINER(row, ct_sqlite_row, base)->statement;
}

static size_t row_count(const ct_db_row *row)
{
    return (size_t)sqlite3_column_count(statement_of(row));
}

static const char *row_name(const ct_db_row *row, size_t column)
{
    return sqlite3_column_name(statement_of(row), (int)column);
}

/* One call for the value and the others on it: each sqlite3_column_...() would look for it again. It is the thread's
 * alone, and valid till the next step. */
static sqlite3_value *value_at(const ct_db_row *row, size_t column)
{
    return sqlite3_column_value(statement_of(row), (int)column);
}

static bool row_null(const ct_db_row *row, size_t column)
{
    return sqlite3_value_type(value_at(row, column)) == SQLITE_NULL;
}

/* What the column has as text, of numbers their digits. */
static ct_str text_at(sqlite3_value *from)
{
    const char *text = (const char *)sqlite3_value_text(from);
    return (ct_str){ text ? text : "", text ? (size_t)sqlite3_value_bytes(from) : 0 };
}

static const char *no_memory = "it does not fit into the request's memory";

static const char *copy_text(sqlite3_value *from, ct_arena *arena, const char **ret_text)
{
    if (sqlite3_value_type(from) == SQLITE_BLOB)
        return "bytes where text is expected";
    ct_str text = text_at(from);
    if (memchr(text.data, '\0', text.length))
        return "text with a zero byte inside";
    if (!ct_utf8_valid(text.data, text.length))
        return "text that is not UTF-8";
    *ret_text = ct_arena_copy(arena, text.data, text.length);
    return *ret_text ? NULL : no_memory;
}

static const char *copy_bytes(sqlite3_value *from, ct_arena *arena, ct_bytes *ret)
{
    const void *data = sqlite3_value_blob(from);
    size_t length = (size_t)sqlite3_value_bytes(from);
    const char *copy = ct_arena_copy(arena, data ? data : "", length);
    if (!copy)
        return no_memory;
    *ret = (ct_bytes){ copy, length };
    return NULL;
}

static const char *read_integer(sqlite3_value *from, int64_t *ret)
{
    int type = sqlite3_value_type(from);
    if (CT_LIKELY(type == SQLITE_INTEGER)) {
        *ret = sqlite3_value_int64(from);
        return NULL;
    }
    if (type != SQLITE_FLOAT)
        return type == SQLITE_TEXT ? "text where an integer is expected" : "bytes where an integer is expected";
    double real = sqlite3_value_double(from);
    if (real != floor(real) || real < -0x1p63 || real >= 0x1p63)
        return "a number with a fraction where an integer is expected";
    *ret = (int64_t)real;
    return NULL;
}

static const char *read_real(sqlite3_value *from, double *ret)
{
    int type = sqlite3_value_type(from);
    if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
        return "what is no number where a number is expected";
    *ret = sqlite3_value_double(from);
    return NULL;
}

static const char *read_boolean(sqlite3_value *from, bool *ret)
{
    if (sqlite3_value_type(from) != SQLITE_INTEGER)
        return "what is neither 0 nor 1 where a truth is expected";
    *ret = sqlite3_value_int64(from) != 0;
    return NULL;
}

/* Of a date with a time its day. */
static bool read_day(ct_str text, ct_date *ret)
{
    ct_time time;
    if (ct_date_parse(text, ret))
        return true;
    if (!ct_datetime_parse(text, &time))
        return false;
    *ret = ct_date_at(time);
    return true;
}

static const char *read_json(sqlite3_value *from, ct_arena *arena, ct_value *ret)
{
    ct_error error;
    const char *text, *wrong = copy_text(from, arena, &text);
    if (wrong)
        return wrong;
    return ct_json_read_stored(ct_str_of(text), arena, ret, &error) ? NULL : "text that is no JSON";
}

static const char *read_array(sqlite3_value *from, ct_kind element, ct_arena *arena, const ct_array **ret)
{
    ct_value value;
    ct_error error;
    const char *text, *wrong = copy_text(from, arena, &text);
    if (wrong)
        return wrong;
    if (!ct_json_read(ct_str_of(text), arena, &value, &error))
        return "text that is no JSON";
    if (value.type != CT_VALUE_ARRAY)
        return "JSON that is no array";
    *ret = ct_sqlite_array(arena, value.array, element);
    return *ret ? NULL : "an array with an item of another kind";
}

static const char *read_uuid(sqlite3_value *from, ct_uuid *ret)
{
    if (sqlite3_value_type(from) != SQLITE_BLOB)
        return ct_uuid_parse(text_at(from), ret) ? NULL : "text that is no UUID";
    const void *bytes = sqlite3_value_blob(from);
    if (sqlite3_value_bytes(from) != sizeof(ret->bytes))
        return "bytes that are no UUID";
    memcpy(ret->bytes, bytes, sizeof(ret->bytes));
    return NULL;
}

static ct_value row_value(const ct_db_row *row, size_t column, ct_arena *arena)
{
    sqlite3_value *from = value_at(row, column);
    const char *text;
    switch (sqlite3_value_type(from)) {
    case SQLITE_INTEGER:
        return ct_value_of_int(sqlite3_value_int64(from));
    case SQLITE_FLOAT:
        return ct_value_of_real(sqlite3_value_double(from));
    case SQLITE_TEXT:
        if (!copy_text(from, arena, &text))
            return ct_value_of_text(text);
        __attribute__((fallthrough)); /* text that is none is bytes */
    case SQLITE_BLOB: {
        ct_bytes *bytes = ct_arena_alloc(arena, sizeof(*bytes));
        if (bytes && !copy_bytes(from, arena, bytes))
            return (ct_value){ .type = CT_VALUE_BYTES, .bytes = bytes };
        return ct_value_null();
    }
    default:
        return ct_value_null();
    }
}

static const char *row_read(const ct_db_row *row, size_t at, ct_kind kind, ct_kind element, ct_arena *arena,
                            void *member)
{
    sqlite3_value *from = value_at(row, at);
    if (sqlite3_value_type(from) == SQLITE_NULL)
        return ct_db_null;
    switch (ct_kind_of_key(kind)) {
    case CT_KIND_integer:
    case CT_KIND_duration:
        return read_integer(from, member);
    case CT_KIND_real:
        return read_real(from, member);
    case CT_KIND_boolean:
        return read_boolean(from, member);
    case CT_KIND_decimal:
        return ct_decimal_parse(text_at(from), member) ? NULL : "what is no decimal number";
    case CT_KIND_datetime:
        return ct_datetime_parse(text_at(from), member) ? NULL : "what is no date with a time";
    case CT_KIND_date:
        return read_day(text_at(from), member) ? NULL : "what is no date";
    case CT_KIND_time:
        return ct_daytime_parse(text_at(from), member) ? NULL : "what is no time of day";
    case CT_KIND_uuid:
        return read_uuid(from, member);
    case CT_KIND_json:
        return read_json(from, arena, member);
    case CT_KIND_binary:
        return copy_bytes(from, arena, member);
    case CT_KIND_array:
        return read_array(from, element, arena, member);
    case CT_KIND_value:
        *(ct_value *)member = row_value(row, at, arena);
        return NULL;
    default:
        return copy_text(from, arena, member);
    }
}

const ct_db_row_ops ct_sqlite_row_ops = {
    .count = row_count, .name = row_name, .null = row_null, .read = row_read, .value = row_value
};
