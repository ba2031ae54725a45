/* What every connection to SQLite is taught: decimals, parts of dates; text and JSON are in files of their own.
 *
 * All are deterministic and harmless to those who put them into a schema, so that indexes and checks may use them. */
#include "db/sqlite_functions.h"

#include "base/time.h"
#include "db/sqlite_teach.h"
#include "shape/types.h"

#include <sqlite3.h>

ct_str ct_sqlite_text(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    return (ct_str){ text ? text : "", text ? (size_t)sqlite3_value_bytes(value) : 0 };
}

bool ct_sqlite_any_null(int count, sqlite3_value **values)
{
    for (int i = 0; i < count; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL)
            return true;
    return false;
}

/* ---- decimals ---- */

/* By value; what is no number comes behind the numbers, by its bytes. */
static int compare_decimals(void *unused, int a_length, const void *a_text, int b_length, const void *b_text)
{
    (void)unused;
    ct_str a = { a_text, (size_t)a_length }, b = { b_text, (size_t)b_length };
    ct_decimal x, y;
    bool a_good = ct_decimal_parse(a, &x), b_good = ct_decimal_parse(b, &y);
    if (a_good && b_good)
        return ct_decimal_compare(x, y);
    if (a_good != b_good)
        return a_good ? -1 : 1;
    int order = memcmp(a.data, b.data, CT_MIN(a.length, b.length));
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static void give_decimal(sqlite3_context *context, ct_decimal value)
{
    char text[CT_DECIMAL_SIZE];
    size_t length = ct_decimal_write(value, text);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

typedef bool operation(ct_decimal a, ct_decimal b, ct_decimal *ret_value);

static void calculate(sqlite3_context *context, sqlite3_value **values, operation *operate)
{
    ct_decimal a, b, result;
    if (ct_sqlite_any_null(2, values))
        return;
    if (!ct_decimal_parse(ct_sqlite_text(values[0]), &a) || !ct_decimal_parse(ct_sqlite_text(values[1]), &b))
        sqlite3_result_error(context, "what is no decimal number was to be calculated with", -1);
    else if (!operate(a, b, &result))
        sqlite3_result_error(context, "integer overflow", -1);
    else
        give_decimal(context, result);
}

static bool difference(ct_decimal a, ct_decimal b, ct_decimal *ret_value)
{
    return ct_decimal_sum(a, ct_decimal_negated(b), ret_value);
}

static void add(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    calculate(context, values, ct_decimal_sum);
}

static void subtract(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    calculate(context, values, difference);
}

static void multiply(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    calculate(context, values, ct_decimal_product);
}

#define AVERAGE_PLACES 16

typedef struct total {
    ct_decimal sum;
    int64_t count;
    bool wrong;
} total;

/* SQLite keeps it, at places that are no good for numbers of 16 bytes: copies go in and out. False: there is none. */
static bool read_total(sqlite3_context *context, total *ret)
{
    const void *kept = sqlite3_aggregate_context(context, 0);
    if (kept)
        memcpy(ret, kept, sizeof(*ret));
    return kept && ret->count;
}

static void sum_step(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    ct_decimal value;
    total t;
    void *kept = sqlite3_aggregate_context(context, sizeof(t));
    if (!kept || ct_sqlite_any_null(1, values))
        return;
    memcpy(&t, kept, sizeof(t));
    t.count++;
    t.wrong |= !ct_decimal_parse(ct_sqlite_text(values[0]), &value) || !ct_decimal_sum(t.sum, value, &t.sum);
    memcpy(kept, &t, sizeof(t));
}

static void sum_end(sqlite3_context *context)
{
    total t;
    if (!read_total(context, &t))
        return;
    if (t.wrong)
        sqlite3_result_error(context, "integer overflow", -1);
    else
        give_decimal(context, t.sum);
}

/* With as many places as PostgreSQL gives, or as fit. */
static void average_end(sqlite3_context *context)
{
    total t;
    ct_decimal average;
    if (!read_total(context, &t))
        return;
    for (int scale = CT_MAX(t.sum.scale, AVERAGE_PLACES); !t.wrong && scale >= 0; scale--)
        if (ct_decimal_quotient(t.sum, ct_decimal_make(t.count, 0), scale, &average)) {
            give_decimal(context, average);
            return;
        }
    sqlite3_result_error(context, "integer overflow", -1);
}

/* ---- parts of dates ---- */

typedef int part_of(const ct_civil *civil);

static int year_of(const ct_civil *civil)
{
    return civil->year;
}

static int month_of(const ct_civil *civil)
{
    return civil->month;
}

static int day_of(const ct_civil *civil)
{
    return civil->day;
}

static int quarter_of(const ct_civil *civil)
{
    return (civil->month + 2) / 3;
}

static int week_of(const ct_civil *civil)
{
    int year;
    return ct_iso_week(civil, &year);
}

static int week_day_of(const ct_civil *civil)
{
    return civil->weekday + 1;
}

static int iso_week_day_of(const ct_civil *civil)
{
    return civil->weekday ? civil->weekday : 7;
}

static int hour_of(const ct_civil *civil)
{
    return civil->hour;
}

static int minute_of(const ct_civil *civil)
{
    return civil->minute;
}

static int second_of(const ct_civil *civil)
{
    return civil->second;
}

static const struct {
    const char *name;
    part_of *of;
} parts[] = {
    { "year", year_of },     { "month", month_of },     { "day", day_of },
    { "week", week_of },     { "quarter", quarter_of }, { "week_day", week_day_of },
    { "hour", hour_of },     { "minute", minute_of },   { "iso_week_day", iso_week_day_of },
    { "second", second_of },
};

/* A date, a date with a time, or a time of day (of the first of January 1970 then). */
static bool read_moment(ct_str text, ct_time *ret_time)
{
    ct_daytime daytime;
    if (ct_datetime_parse(text, ret_time))
        return true;
    if (!ct_daytime_parse(text, &daytime))
        return false;
    *ret_time = daytime.microseconds;
    return true;
}

static void give_part(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    ct_time time;
    if (ct_sqlite_any_null(2, values))
        return;
    ct_str name = ct_sqlite_text(values[0]), text = ct_sqlite_text(values[1]);
    if (!read_moment(text, &time)) {
        sqlite3_result_error(context, "what is no date was asked for a part of it", -1);
        return;
    }
    if (ct_str_eq(name, CT_STR("date"))) {
        char date[CT_DATE_SIZE];
        size_t length = ct_date_format(ct_date_at(time), date);
        sqlite3_result_text(context, date, (int)length, SQLITE_TRANSIENT);
        return;
    }
    const ct_civil civil = ct_civil_of(time);
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (ct_str_eq(name, ct_str_of(parts[i].name))) {
            sqlite3_result_int(context, parts[i].of(&civil));
            return;
        }
    sqlite3_result_error(context, "ct_part(): dates have no such part", -1);
}

/* ---- all of them ---- */

bool ct_sqlite_teach(struct sqlite3 *db, const ct_sqlite_lesson *lessons, size_t count)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    for (size_t i = 0; i < count; i++)
        if (sqlite3_create_function_v2(db, lessons[i].name, lessons[i].arguments, flags, NULL, lessons[i].call,
                                       lessons[i].step, lessons[i].end, NULL) != SQLITE_OK)
            return false;
    return true;
}

bool ct_sqlite_functions(struct sqlite3 *db)
{
    static const ct_sqlite_lesson lessons[] = {
        { .name = "decimal_add", .arguments = 2, .call = add },
        { .name = "decimal_sub", .arguments = 2, .call = subtract },
        { .name = "decimal_mul", .arguments = 2, .call = multiply },
        { .name = "decimal_sum", .arguments = 1, .step = sum_step, .end = sum_end },
        { .name = "decimal_avg", .arguments = 1, .step = sum_step, .end = average_end },
        { .name = "ct_part", .arguments = 2, .call = give_part },
    };
    return sqlite3_create_collation_v2(db, "decimal", SQLITE_UTF8, NULL, compare_decimals, NULL) == SQLITE_OK &&
           ct_sqlite_teach(db, lessons, CT_COUNT(lessons)) && ct_sqlite_text_functions(db) &&
           ct_sqlite_json_functions(db) && ct_sqlite_arithmetic_functions(db);
}
