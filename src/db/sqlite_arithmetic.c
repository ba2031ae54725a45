/* What SQLite is taught of arithmetic, for changes of rows (ADD, SUB, MUL): whole numbers that tell an overflow instead
 * of going on as reals, moments, and decimals of a number of places. */
#include "db/sqlite_teach.h"

#include "canteen/types.h"
#include "shape/types.h"

#include <sqlite3.h>

#define NOT_IN_RANGE "integer overflow" /* SQLite's own words, which the driver knows */

/* ---- whole numbers ---- */

static bool has_integers(sqlite3_context *context, sqlite3_value **values)
{
    if (ct_sqlite_any_null(2, values))
        return false;
    if (sqlite3_value_type(values[0]) == SQLITE_INTEGER && sqlite3_value_type(values[1]) == SQLITE_INTEGER)
        return true;
    sqlite3_result_error(context, "what is no whole number was to be calculated with", -1);
    return false;
}

static void give_integer(sqlite3_context *context, bool overflow, int64_t value)
{
    if (overflow)
        sqlite3_result_error(context, NOT_IN_RANGE, -1);
    else
        sqlite3_result_int64(context, value);
}

static void add_integers(sqlite3_context *context, int count, sqlite3_value **values)
{
    int64_t result = 0;
    (void)count;
    if (has_integers(context, values)) {
        bool over = __builtin_add_overflow(sqlite3_value_int64(values[0]), sqlite3_value_int64(values[1]), &result);
        give_integer(context, over, result);
    }
}

static void subtract_integers(sqlite3_context *context, int count, sqlite3_value **values)
{
    int64_t result = 0;
    (void)count;
    if (has_integers(context, values)) {
        bool over = __builtin_sub_overflow(sqlite3_value_int64(values[0]), sqlite3_value_int64(values[1]), &result);
        give_integer(context, over, result);
    }
}

static void multiply_integers(sqlite3_context *context, int count, sqlite3_value **values)
{
    int64_t result = 0;
    (void)count;
    if (has_integers(context, values)) {
        bool over = __builtin_mul_overflow(sqlite3_value_int64(values[0]), sqlite3_value_int64(values[1]), &result);
        give_integer(context, over, result);
    }
}

/* ---- moments ---- */

/* As columns have them: a space between, and no fraction where it is 0. */
static void give_datetime(sqlite3_context *context, ct_time time)
{
    char text[CT_DATE_SIZE + CT_DAYTIME_SIZE];
    ct_date day = ct_date_at(time);
    if (time < ct_date_start((ct_date){ CT_DATE_FIRST }) || time >= ct_date_start((ct_date){ CT_DATE_LAST }) + CT_DAY) {
        sqlite3_result_error(context, NOT_IN_RANGE, -1);
        return;
    }
    size_t length = ct_date_format(day, text);
    text[length++] = ' ';
    length += ct_daytime_format((ct_daytime){ time - ct_date_start(day) }, text + length);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

static void move_datetime(sqlite3_context *context, sqlite3_value **values, bool back)
{
    ct_time time, result;
    if (ct_sqlite_any_null(2, values))
        return;
    if (!ct_datetime_parse(ct_sqlite_text(values[0]), &time) || sqlite3_value_type(values[1]) != SQLITE_INTEGER) {
        sqlite3_result_error(context, "what is no moment was to be calculated with", -1);
        return;
    }
    int64_t span = sqlite3_value_int64(values[1]);
    if (back ? __builtin_sub_overflow(time, span, &result) : __builtin_add_overflow(time, span, &result))
        sqlite3_result_error(context, NOT_IN_RANGE, -1);
    else
        give_datetime(context, result);
}

static void add_to_datetime(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    move_datetime(context, values, false);
}

static void subtract_from_datetime(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    move_datetime(context, values, true);
}

/* ---- decimals ---- */

static void round_decimal(sqlite3_context *context, int count, sqlite3_value **values)
{
    char text[CT_DECIMAL_SIZE];
    ct_decimal value;
    (void)count;
    if (ct_sqlite_any_null(2, values))
        return;
    bool good = ct_decimal_parse(ct_sqlite_text(values[0]), &value) &&
                ct_decimal_scaled(value, sqlite3_value_int(values[1]), &value);
    if (!good) {
        sqlite3_result_error(context, NOT_IN_RANGE, -1);
        return;
    }
    size_t length = ct_decimal_write(value, text);
    sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

bool ct_sqlite_arithmetic_functions(struct sqlite3 *db)
{
    static const ct_sqlite_lesson lessons[] = {
        { .name = "ct_integer_add", .arguments = 2, .call = add_integers },
        { .name = "ct_integer_sub", .arguments = 2, .call = subtract_integers },
        { .name = "ct_integer_mul", .arguments = 2, .call = multiply_integers },
        { .name = "ct_datetime_add", .arguments = 2, .call = add_to_datetime },
        { .name = "ct_datetime_sub", .arguments = 2, .call = subtract_from_datetime },
        { .name = "ct_decimal_round", .arguments = 2, .call = round_decimal },
    };
    return ct_sqlite_teach(db, lessons, CT_COUNT(lessons));
}
