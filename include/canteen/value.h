/* Values whose type is known at run time: what JSON, URLs and templates take from C.
 *
 *     ct_json(c, KV("ok", true), KV("count", n), KV("user", ct_object(c, KV("name", name))))
 *
 * KV(key, x) pairs a name with any C value; V(x) names it after the variable. Which C types fit is the compiler's to
 * check: bool, every integer and floating type, text (NULL is null), ct_date, ct_daytime, ct_value, ct_map *,
 * ct_array *, and pointers to rows and lists of rows of any shape (shape.h). A struct is refused in words. A pointer to
 * another struct ends in an error that says what it lacks: "has no member named 'row'", the head that makes a struct a
 * row.
 * What is pointed to is borrowed: it must live as long as the request (a literal or anything of the arena does). */
#ifndef CANTEEN_VALUE_H
#define CANTEEN_VALUE_H

#include "canteen/common.h"
#include "canteen/types.h"

typedef struct ct_map ct_map;     /* names and values, in order of insertion */
typedef struct ct_array ct_array; /* values in order */
typedef struct ct_row ct_row;     /* the head of a row of a shape (shape.h) */
typedef struct ct_rows ct_rows;   /* the head of a list of rows */

typedef enum ct_value_type {
    CT_VALUE_NULL,
    CT_VALUE_BOOL,
    CT_VALUE_INT,
    CT_VALUE_UINT, /* only for those above INT64_MAX */
    CT_VALUE_REAL,
    CT_VALUE_TEXT,
    CT_VALUE_MAP,
    CT_VALUE_ARRAY,
    CT_VALUE_SAFE, /* text that is HTML: templates do not escape it */
    CT_VALUE_DATETIME,
    CT_VALUE_ROW,
    CT_VALUE_ROWS,
    CT_VALUE_DATE,
    CT_VALUE_DAYTIME,
    CT_VALUE_DURATION,
    CT_VALUE_DECIMAL,
    CT_VALUE_UUID,
    CT_VALUE_BYTES
} ct_value_type;

typedef struct ct_value {
    ct_value_type type;
    union {
        bool boolean;
        int64_t integer;
        uint64_t uinteger;
        double real;
        const char *text;
        const ct_map *map;
        const ct_array *array;
        ct_time time; /* of DATETIME, and the length of DURATION */
        ct_date date;
        ct_daytime daytime;
        const ct_decimal *decimal;
        const ct_uuid *uuid;
        const ct_bytes *bytes;
        const ct_row *row;
        const ct_rows *rows;
    };
} ct_value;

typedef struct ct_kv {
    const char *key;
    ct_value value;
} ct_kv;

static inline ct_value ct_value_null(void)
{
    return (ct_value){ .type = CT_VALUE_NULL };
}

static inline ct_value ct_value_of_bool(bool value)
{
    return (ct_value){ .type = CT_VALUE_BOOL, .boolean = value };
}

static inline ct_value ct_value_of_int(int64_t value)
{
    return (ct_value){ .type = CT_VALUE_INT, .integer = value };
}

static inline ct_value ct_value_of_uint(uint64_t value)
{
    if (value <= INT64_MAX)
        return ct_value_of_int((int64_t)value);
    return (ct_value){ .type = CT_VALUE_UINT, .uinteger = value };
}

static inline ct_value ct_value_of_real(double value)
{
    return (ct_value){ .type = CT_VALUE_REAL, .real = value };
}

static inline ct_value ct_value_of_text(const char *value)
{
    if (!value)
        return ct_value_null();
    return (ct_value){ .type = CT_VALUE_TEXT, .text = value };
}

static inline ct_value ct_value_of_map(const ct_map *value)
{
    if (!value)
        return ct_value_null();
    return (ct_value){ .type = CT_VALUE_MAP, .map = value };
}

static inline ct_value ct_value_of_array(const ct_array *value)
{
    if (!value)
        return ct_value_null();
    return (ct_value){ .type = CT_VALUE_ARRAY, .array = value };
}

/* HTML that templates shall not escape: KV("body", ct_safe(html)). What is in it is yours to have made safe. */
static inline ct_value ct_safe(const char *html)
{
    ct_value value = ct_value_of_text(html);
    if (html)
        value.type = CT_VALUE_SAFE;
    return value;
}

/* A moment, so that templates can format it: KV("now", ct_datetime(ct_now())). */
static inline ct_value ct_datetime(ct_time time)
{
    return (ct_value){ .type = CT_VALUE_DATETIME, .time = time };
}

static inline ct_value ct_value_of_date(ct_date value)
{
    return (ct_value){ .type = CT_VALUE_DATE, .date = value };
}
static inline ct_value ct_value_of_daytime(ct_daytime value)
{
    return (ct_value){ .type = CT_VALUE_DAYTIME, .daytime = value };
}
/* A span of time (µs), which as a plain number would be one: KV("took", ct_duration(elapsed)). */
static inline ct_value ct_duration(ct_time duration)
{
    return (ct_value){ .type = CT_VALUE_DURATION, .time = duration };
}
/* What does not fit into a value is kept in the memory of `c`; binary data itself is borrowed. */
CT_API ct_value ct_value_of_decimal(ct *c, ct_decimal value);
CT_API ct_value ct_value_of_uuid(ct *c, ct_uuid value);
CT_API ct_value ct_value_of_bytes(ct *c, ct_bytes value);
static inline ct_value ct_value_of_row(const ct_row *row)
{
    if (!row)
        return ct_value_null();
    return (ct_value){ .type = CT_VALUE_ROW, .row = row };
}

static inline ct_value ct_value_of_rows(const ct_rows *rows)
{
    if (!rows)
        return ct_value_null();
    return (ct_value){ .type = CT_VALUE_ROWS, .rows = rows };
}

static inline ct_value ct_value_of_value(ct_value value)
{
    return value;
}

/* For CT_VALUE() alone, which has checked that the pointer is one to a row, or to a list of rows. */
static inline ct_value ct_value_of_row_pointer(const void *row)
{
    return ct_value_of_row(row);
}

static inline ct_value ct_value_of_rows_pointer(const void *rows)
{
    return ct_value_of_rows(rows);
}

/* A ct_value of any C value of the kinds above; another type does not compile. `x` is evaluated once. */
#define CT_VALUE(x)                                                                                                    \
    _Generic(CT_VALUE_KIND(x, CT_UNIQUE(ct_kind_of_)),                                                                 \
        bool: ct_value_of_bool,                                                                                        \
        char: ct_value_of_int,                                                                                         \
        signed char: ct_value_of_int,                                                                                  \
        short: ct_value_of_int,                                                                                        \
        int: ct_value_of_int,                                                                                          \
        long: ct_value_of_int,                                                                                         \
        long long: ct_value_of_int,                                                                                    \
        unsigned char: ct_value_of_uint,                                                                               \
        unsigned short: ct_value_of_uint,                                                                              \
        unsigned int: ct_value_of_uint,                                                                                \
        unsigned long: ct_value_of_uint,                                                                               \
        unsigned long long: ct_value_of_uint,                                                                          \
        float: ct_value_of_real,                                                                                       \
        double: ct_value_of_real,                                                                                      \
        char *: ct_value_of_text,                                                                                      \
        const char *: ct_value_of_text,                                                                                \
        ct_map *: ct_value_of_map,                                                                                     \
        const ct_map *: ct_value_of_map,                                                                               \
        ct_array *: ct_value_of_array,                                                                                 \
        const ct_array *: ct_value_of_array,                                                                           \
        ct_row *: ct_value_of_row_pointer,                                                                             \
        const ct_row *: ct_value_of_row_pointer,                                                                       \
        ct_rows *: ct_value_of_rows_pointer,                                                                           \
        const ct_rows *: ct_value_of_rows_pointer,                                                                     \
        ct_date: ct_value_of_date,                                                                                     \
        ct_daytime: ct_value_of_daytime,                                                                               \
        ct_value: ct_value_of_value)(x)

/* What CT_VALUE() chooses by: an expression of the type of `x`, but where x points to a row or a list, a pointer to its
 * head, the member `row`. Every branch of a _Generic must make sense, chosen or not, so `->row` is asked of a dummy
 * wherever x has none. It is never evaluated; the variable is there so that x stands in it but once. Compilers class a
 * struct as 12 and a union as 13. */
#define CT_VALUE_KIND(x, v)                                                                                            \
    __extension__({                                                                                                    \
        __auto_type v = (x);                                                                                           \
        _Static_assert(CT_VALUE_CHOOSE(v, 1, __builtin_classify_type(v) != 12 && __builtin_classify_type(v) != 13),    \
                       "V() and KV() take no struct: give its fields, or a pointer to a row of a CT_SHAPE");           \
        CT_VALUE_CHOOSE(v, v, &CT_VALUE_CHOOSE(v, (ct_not_a_row *)0, v)->row);                                         \
    })

typedef struct ct_not_a_row {
    bool row;
} ct_not_a_row;

/* `plain` for what is neither a row of a shape nor a list of them. */
#define CT_VALUE_CHOOSE(x, plain, other)                                                                               \
    _Generic((x),                                                                                                      \
        bool: (plain),                                                                                                 \
        char: (plain),                                                                                                 \
        signed char: (plain),                                                                                          \
        short: (plain),                                                                                                \
        int: (plain),                                                                                                  \
        long: (plain),                                                                                                 \
        long long: (plain),                                                                                            \
        unsigned char: (plain),                                                                                        \
        unsigned short: (plain),                                                                                       \
        unsigned int: (plain),                                                                                         \
        unsigned long: (plain),                                                                                        \
        unsigned long long: (plain),                                                                                   \
        float: (plain),                                                                                                \
        double: (plain),                                                                                               \
        char *: (plain),                                                                                               \
        const char *: (plain),                                                                                         \
        ct_map *: (plain),                                                                                             \
        const ct_map *: (plain),                                                                                       \
        ct_array *: (plain),                                                                                           \
        const ct_array *: (plain),                                                                                     \
        ct_row *: (plain),                                                                                             \
        const ct_row *: (plain),                                                                                       \
        ct_rows *: (plain),                                                                                            \
        const ct_rows *: (plain),                                                                                      \
        ct_date: (plain),                                                                                              \
        ct_daytime: (plain),                                                                                           \
        ct_value: (plain),                                                                                             \
        default: (other))

#define CT_UNIQUE(prefix) CT_UNIQUE_1(prefix, __COUNTER__)
#define CT_UNIQUE_1(prefix, number) CT_UNIQUE_2(prefix, number)
#define CT_UNIQUE_2(prefix, number) prefix##number

#define CT_KV(name, x) ((ct_kv){ .key = (name), .value = CT_VALUE(x) })
#define CT_V(variable) CT_KV(#variable, variable)

/* The pairs of a call as an array and its count: how functions of the interface take KV(...) arguments. */
#define CT_KVS(...)                                                                                                    \
    (const ct_kv[]){ __VA_ARGS__ __VA_OPT__(, ){ .key = NULL } },                                                      \
        sizeof((ct_kv[]){ __VA_ARGS__ __VA_OPT__(, ){ .key = NULL } }) / sizeof(ct_kv) - 1

/* Maps. A key set twice keeps its place and takes the new value. Keys are borrowed like text. */
CT_API ct_map *ct_map_new(ct *c);
CT_API void ct_map_set_value(ct_map *map, const char *key, ct_value value);
CT_API ct_value ct_map_get(const ct_map *map, const char *key); /* null when there is none */
CT_API size_t ct_map_count(const ct_map *map);
CT_API ct_kv ct_map_at(const ct_map *map, size_t index); /* in order of insertion; index < count */
#define ct_map_set(map, key, x) ct_map_set_value((map), (key), CT_VALUE(x))

/* A map of the pairs: ct_object(c, KV("a", 1), V(b)). */
#define ct_object(c, ...) ct_object_of((c), CT_KVS(__VA_ARGS__))
CT_API ct_map *ct_object_of(ct *c, const ct_kv *pairs, size_t count);

/* Arrays. */
CT_API ct_array *ct_array_new(ct *c);
CT_API void ct_array_add_value(ct_array *array, ct_value value);
CT_API size_t ct_array_count(const ct_array *array);
CT_API ct_value ct_array_at(const ct_array *array, size_t index); /* index < count */
#define ct_array_add(array, x) ct_array_add_value((array), CT_VALUE(x))

/* The value as JSON (RFC 8259) in the arena: UTF-8, no spaces, '<', '>', '&', U+2028 and U+2029 escaped so that it is
 * safe inside HTML too. Reals have the fewest digits that read back the same; NaN and infinities are null, for JSON
 * has none. Times are text of RFC 3339, "2026-11-21T09:30:00Z", with microseconds where there are any; dates, times of
 * day and UUIDs their own text; durations that of ISO 8601, "P1DT12H30M00S"; decimals text with all their digits,
 * "12.50"; binary data is base64. A row is an object of its fields in their order, without its methods; a relation of a
 * model is its key, "author_id": 7; columns that a query left out are left out. Nesting deeper than 100 aborts with
 * 500. */
CT_API const char *ct_to_json(ct *c, ct_value value);

#ifndef CT_NO_SHORT_NAMES
#define KV CT_KV
#define V CT_V
#endif

#endif
