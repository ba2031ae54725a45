/* Every operator with every kind of field and NULL: what the database finds is what a model in C of the same rows
 * finds, on both databases.
 *
 * Each kind has a table of few values that lie around each other, NULL among them; each operator is asked with each
 * value, and what a row does is told by a comparison in C. */
#include "database.h"

#include "shape/value.h"

CT_MODEL_DECLARE(Thing);
CT_MODEL(Thing, (integer, i, .null = true), (integer, i2, .null = true), (real, r, .null = true),
         (decimal, d, .null = true, .max_digits = 30, .decimal_places = 6), (boolean, b, .null = true),
         (text, t, .null = true), (text, t2, .null = true), (datetime, at, .null = true), (date, day, .null = true),
         (time, hour, .null = true), (duration, length, .null = true), (uuid, u, .null = true),
         (binary, bytes, .null = true), (slug, s, .null = true));

static const ct_app app = { .name = "kinds", .models = MODELS(Thing) };

#define ROWS 8

static const int64_t integers[] = { -5, 0, 7, 7, INT64_MAX, INT64_MIN, 42 };
static const double reals[] = { -1.5, 0, 2.25, 2.25, 1e300, -1e300, 0.1 };
static const char *const decimals[] = { "-1.50", "0", "2.250000", "2.25", "99999999999999999999.999999", "10", "9" };
static const bool booleans[] = { false, true, false, true, false, true, false };
static const char *const texts[] = { "", "abc", "ABC", "a%c", "a_c", "b\\c'\"", "abcabc" };
static const char *const times[] = { "2026-01-01T00:00:00Z",        "2026-11-21T09:30:15.5Z",
                                     "2024-02-29T23:59:59.999999Z", "2026-11-21T09:30:15.500001Z",
                                     "1969-12-31T23:59:59Z",        "2026-11-21T09:30:15Z",
                                     "2027-01-03T12:00:00Z" };
static const char *const dates[] = { "2026-01-01", "2024-02-29", "2026-11-21", "2026-11-21",
                                     "0001-01-01", "9999-12-31", "2027-01-03" };
static const char *const clocks[] = { "00:00",           "23:59:59.999999", "09:30",   "09:30",
                                      "09:30:00.000001", "12:00",           "01:02:03" };
static const int64_t durations[] = { 0, -1, 86400000000, 86400000000, 90061000001, 5, -86400000000 };
static const char *const uuids[] = { "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                     "01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef",
                                     "7fffffff-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000",
                                     "01234567-89ab-cdef-0123-456789abcdee" };
static const ct_bytes blobs[] = { { "", 0 },     { "a", 1 },    { "a\0b", 3 }, { "a\0b", 3 },
                                  { "\xff", 1 }, { "\0\0", 2 }, { "ab", 2 } };

static Thing rows[ROWS]; /* the last one is NULL everywhere */

static void make_rows(ct *c)
{
    make_tables(c);
    for (size_t i = 0; i < ROWS; i++) {
        if (i == ROWS - 1) {
            rows[i] = *ct_create(c, Thing);
            continue;
        }
        ct_time at = 0;
        ct_date day = { 0 };
        ct_daytime hour = { 0 };
        ct_uuid u = { { 0 } };
        assert_true(ct_datetime_read(times[i], &at) && ct_date_read(dates[i], &day));
        assert_true(ct_daytime_read(clocks[i], &hour) && ct_uuid_read(uuids[i], &u));
        rows[i] = *ct_create(c, Thing, .i = integers[i], .i2 = integers[(i + 1) % 7], .r = reals[i],
                             .d = ct_decimal_of(c, decimals[i]), .b = booleans[i], .t = texts[i],
                             .t2 = texts[(i * 3) % 7], .at = at, .day = day, .hour = hour, .length = durations[i],
                             .u = u, .bytes = blobs[i], .s = texts[i][0] == 'a' ? "slug" : "other");
    }
}

/* The ids that the database finds, as bits of the rows. */
static unsigned found(ct *c, const char *what, ct_list(Thing) *list)
{
    unsigned bits = 0;
    (void)c;
    for (size_t i = 0; i < ct_list_count(list); i++)
        for (size_t r = 0; r < ROWS; r++)
            if (rows[r].id == ct_list_at(list, i)->id) {
                if (bits & 1u << r)
                    fail_msg("%s: row %zu comes twice", what, r);
                bits |= 1u << r;
            }
    return bits;
}

static void assert_bits(const char *what, size_t value, unsigned bits, unsigned expected)
{
    if (bits != expected)
        fail_msg("%s of value %zu: rows %02x, expected %02x", what, value, bits, expected);
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_real(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_text(const char *a, const char *b)
{
    return strcmp(a, b);
}

static int compare_bytes(ct_bytes a, ct_bytes b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order ? order : compare_int((int64_t)a.len, (int64_t)b.len);
}

static int compare_uuid(ct_uuid a, ct_uuid b)
{
    return memcmp(a.bytes, b.bytes, 16);
}

static int compare_date(ct_date a, ct_date b)
{
    return compare_int(a.days, b.days);
}

static int compare_hour(ct_daytime a, ct_daytime b)
{
    return compare_int(a.microseconds, b.microseconds);
}

/* The rows that are not NULL for which `holds` is true of x; `null` is what NULL does. */
#define MODEL(field, null, holds)                                                                                      \
    ({                                                                                                                 \
        unsigned bits_ = 0;                                                                                            \
        for (size_t r_ = 0; r_ < ROWS; r_++) {                                                                         \
            __typeof__(rows[0].field) x = rows[r_].field;                                                              \
            (void)x;                                                                                                   \
            if (r_ == ROWS - 1 ? (null) : (holds))                                                                     \
                bits_ |= 1u << r_;                                                                                     \
        }                                                                                                              \
        bits_;                                                                                                         \
    })
#define ASK(field, condition, null, holds)                                                                             \
    assert_bits("." #field " = " #condition, v, found(c, #condition, ct_select(c, Thing, .field = condition)),         \
                MODEL(field, null, holds))

/* What every kind has, asked with the value of each row. */
#define ORDERED(field, compare)                                                                                        \
    do {                                                                                                               \
        __typeof__(rows[0].field) items[3];                                                                            \
        for (size_t v = 0; v < ROWS - 1; v++) {                                                                        \
            __typeof__(rows[0].field) y = rows[v].field, z = rows[(v + 2) % (ROWS - 1)].field;                         \
            items[0] = y;                                                                                              \
            items[1] = z;                                                                                              \
            items[2] = y;                                                                                              \
            ASK(field, EQ(y), false, compare(x, y) == 0);                                                              \
            ASK(field, NE(y), true, compare(x, y) != 0);                                                               \
            ASK(field, LT(y), false, compare(x, y) < 0);                                                               \
            ASK(field, LE(y), false, compare(x, y) <= 0);                                                              \
            ASK(field, GT(y), false, compare(x, y) > 0);                                                               \
            ASK(field, GE(y), false, compare(x, y) >= 0);                                                              \
            ASK(field, BETWEEN(y, z), false, compare(x, y) >= 0 && compare(x, z) <= 0);                                \
            ASK(field, IN(y, z), false, compare(x, y) == 0 || compare(x, z) == 0);                                     \
            ASK(field, NOT_IN(y, z), true, compare(x, y) != 0 && compare(x, z) != 0);                                  \
            ASK(field, IN_ARRAY(items, 3), false, compare(x, y) == 0 || compare(x, z) == 0);                           \
            ASK(field, NOT_IN_ARRAY(items, 1), true, compare(x, y) != 0);                                              \
            ASK(field, IN_ARRAY(items, 0), false, false);                                                              \
            ASK(field, NOT_IN_ARRAY(items, 0), true, true);                                                            \
        }                                                                                                              \
        size_t v = 0;                                                                                                  \
        ASK(field, IS_NULL, true, false);                                                                              \
        ASK(field, NOT_NULL, false, true);                                                                             \
        ASK(field, EQ_FIELD(Thing, field), false, true);                                                               \
        ASK(field, NE_FIELD(Thing, field), true, false);                                                               \
        ASK(field, LT_FIELD(Thing, field), false, false);                                                              \
        ASK(field, GE_FIELD(Thing, field), false, true);                                                               \
        long_lists(c, field);                                                                                          \
    } while (0)

/* More values than have parameters of their own. */
#define long_lists(c, field)                                                                                           \
    do {                                                                                                               \
        __typeof__(rows[0].field) many[300];                                                                           \
        for (size_t m = 0; m < 300; m++)                                                                               \
            many[m] = rows[m % 3].field;                                                                               \
        assert_bits(#field " IN of 300", 0, found(c, #field, ct_select(c, Thing, .field = IN_ARRAY(many, 300))),       \
                    found(c, #field, ct_select(c, Thing, .field = IN_ARRAY(many, 3))));                                \
        assert_bits(#field " NOT_IN of 300", 0,                                                                        \
                    found(c, #field, ct_select(c, Thing, .field = NOT_IN_ARRAY(many, 300))),                           \
                    found(c, #field, ct_select(c, Thing, .field = NOT_IN_ARRAY(many, 3))));                            \
    } while (0)

static void numbers(ct *c)
{
    make_rows(c);
    ORDERED(i, compare_int);
    ORDERED(r, compare_real);
    ORDERED(d, ct_decimal_compare);
    ORDERED(b, compare_int);
    ORDERED(length, compare_int);
    size_t v = 0;
    (void)v;
    ASK(i, LT_FIELD(Thing, i2), false, compare_int(x, integers[(r_ + 1) % 7]) < 0);
    ASK(i, NE_FIELD(Thing, i2), true, compare_int(x, integers[(r_ + 1) % 7]) != 0);
}

static void moments(ct *c)
{
    make_rows(c);
    ORDERED(at, compare_int);
    ORDERED(day, compare_date);
    ORDERED(hour, compare_hour);
    ORDERED(u, compare_uuid);
    ORDERED(bytes, compare_bytes);
}

/* ---- text ---- */

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static bool starts(const char *text, const char *part)
{
    return strncmp(text, part, strlen(part)) == 0;
}

static bool ends(const char *text, const char *part)
{
    return strlen(text) >= strlen(part) && strcmp(text + strlen(text) - strlen(part), part) == 0;
}

static const char *lower(ct *c, const char *text)
{
    char *copy = (char *)ct_printf(c, "%s", text);
    for (char *ch = copy; *ch; ch++)
        *ch = *ch >= 'A' && *ch <= 'Z' ? (char)(*ch + 32) : *ch;
    return copy;
}

static void letters(ct *c)
{
    static const char *const parts[] = { "",  "a", "b", "A", "%",   "_",   "\\",     "'", "\"",  "abc",
                                         "C", "*", "?", "[", "a%c", "a_c", "abcabc", "z", "[a]", "';--" };
    make_rows(c);
    ORDERED(t, compare_text);
    ORDERED(s, compare_text);
    for (size_t v = 0; v < CT_COUNT(parts); v++) {
        const char *y = parts[v], *low = lower(c, y);
        ASK(t, CONTAINS(y), false, contains(x, y));
        ASK(t, STARTS(y), false, starts(x, y));
        ASK(t, ENDS(y), false, ends(x, y));
        ASK(t, IEXACT(y), false, strcmp(lower(c, x), low) == 0);
        ASK(t, ICONTAINS(y), false, contains(lower(c, x), low));
        ASK(t, ISTARTS(y), false, starts(lower(c, x), low));
        ASK(t, IENDS(y), false, ends(lower(c, x), low));
        ASK(t, EQ(y), false, strcmp(x, y) == 0);
    }
    size_t v = 0;
    ASK(t, REGEX("^a.c$"), false, starts(x, "a") && ends(x, "c") && strlen(x) == 3);
    ASK(t, IREGEX("^A.C$"), false, strlen(x) == 3 && (x[0] == 'a' || x[0] == 'A'));
    ASK(t, REGEX("b.*b"), false, strcmp(x, "abcabc") == 0);
    ASK(t, EQ_FIELD(Thing, t2), false, strcmp(x, rows[r_].t2) == 0);
    ASK(t, LT_FIELD(Thing, t2), false, strcmp(x, rows[r_].t2) < 0);
    ASK(t, NE_FIELD(Thing, t2), true, strcmp(x, rows[r_].t2) != 0);
}

/* ---- parts of dates ---- */

typedef struct parts {
    int year, month, day, week, iso_day, hour, minute, second;
} parts;

static parts parts_of(ct_time at)
{
    parts p;
    ct_date date = ct_date_at(at);
    ct_time clock = at - ct_date_start(date);
    ct_date_parts(date, &p.year, &p.month, &p.day);
    p.iso_day = (int)(((date.days + 3) % 7 + 7) % 7) + 1;
    /* The week of the Thursday; its number is that of the day of the year. */
    int thursday = date.days - p.iso_day + 4, year, month, day;
    ct_date_parts((ct_date){ thursday }, &year, &month, &day);
    int first = thursday;
    for (int y = year, m, d; y == year; first--) {
        ct_date_parts((ct_date){ first - 1 }, &y, &m, &d);
        if (y != year)
            break;
    }
    p.week = (thursday - first) / 7 + 1;
    p.hour = (int)(clock / CT_HOUR);
    p.minute = (int)(clock / CT_MINUTE % 60);
    p.second = (int)(clock / CT_SECOND % 60);
    return p;
}

static void parts_of_dates(ct *c)
{
    make_rows(c);
    for (size_t v = 0; v < ROWS - 1; v++) {
        parts y = parts_of(rows[v].at);
        ct_date date = ct_date_at(rows[v].at);
        ASK(at, YEAR(EQ(y.year)), false, parts_of(x).year == y.year);
        ASK(at, YEAR(NE(y.year)), true, parts_of(x).year != y.year);
        ASK(at, YEAR(GT(y.year)), false, parts_of(x).year > y.year);
        ASK(at, YEAR(BETWEEN(y.year, y.year + 1)), false, parts_of(x).year == y.year || parts_of(x).year == y.year + 1);
        ASK(at, MONTH(EQ(y.month)), false, parts_of(x).month == y.month);
        ASK(at, MONTH(IN(y.month, 2)), false, parts_of(x).month == y.month || parts_of(x).month == 2);
        ASK(at, DAY(LE(y.day)), false, parts_of(x).day <= y.day);
        ASK(at, QUARTER(EQ((y.month + 2) / 3)), false, (parts_of(x).month + 2) / 3 == (y.month + 2) / 3);
        ASK(at, WEEK(EQ(y.week)), false, parts_of(x).week == y.week);
        ASK(at, WEEK_DAY(EQ(y.iso_day % 7 + 1)), false, parts_of(x).iso_day == y.iso_day);
        ASK(at, ISO_WEEK_DAY(EQ(y.iso_day)), false, parts_of(x).iso_day == y.iso_day);
        ASK(at, HOUR(EQ(y.hour)), false, parts_of(x).hour == y.hour);
        ASK(at, MINUTE(EQ(y.minute)), false, parts_of(x).minute == y.minute);
        ASK(at, SECOND(EQ(y.second)), false, parts_of(x).second == y.second);
        ASK(at, ON_DATE(EQ(date)), false, ct_date_at(x).days == date.days);
        ASK(at, ON_DATE(LT(date)), false, ct_date_at(x).days < date.days);
        ASK(at, ON_DATE(YEAR(EQ(y.year))), false, parts_of(x).year == y.year);
        y = parts_of(ct_date_start(rows[v].day));
        ASK(day, YEAR(EQ(y.year)), false, parts_of(ct_date_start(x)).year == y.year);
        ASK(day, MONTH(NOT_IN(y.month)), true, parts_of(ct_date_start(x)).month != y.month);
        ASK(day, DAY(EQ(y.day)), false, parts_of(ct_date_start(x)).day == y.day);
        ASK(day, WEEK(EQ(y.week)), false, parts_of(ct_date_start(x)).week == y.week);
        ASK(day, ISO_WEEK_DAY(GE(y.iso_day)), false, parts_of(ct_date_start(x)).iso_day >= y.iso_day);
        y = parts_of(rows[v].hour.microseconds);
        ASK(hour, HOUR(EQ(y.hour)), false, parts_of(x.microseconds).hour == y.hour);
        ASK(hour, MINUTE(EQ(y.minute)), false, parts_of(x.microseconds).minute == y.minute);
        ASK(hour, SECOND(GT(y.second)), false, parts_of(x.microseconds).second > y.second);
    }
}

/* ---- what groups make of them ---- */

/* Conditions by chance: the model in C is the truth table of the parts. */
static void groups(ct *c)
{
    uint32_t seed = 12345;
    make_rows(c);
    for (size_t v = 0; v < 300; v++) {
        seed = seed * 1664525u + 1013904223u;
        int64_t a = integers[seed >> 8 & 3], b = integers[seed >> 10 & 3];
        const char *t = texts[(seed >> 12 & 15) % 7];
        unsigned is_a = MODEL(i, false, x == a), not_b = MODEL(i, true, x != b), is_t = MODEL(t, false, !strcmp(x, t));
        unsigned all = (1u << ROWS) - 1;
        unsigned any = found(c, "any", ct_select(c, Thing, .any = ANY_OF(Thing, { .i = EQ(a) }, { .t = EQ(t) })));
        assert_bits("any", v, any, is_a | is_t);
        unsigned none = found(c, "none", ct_select(c, Thing, .none = NONE_OF(Thing, { .i = EQ(a) }, { .t = EQ(t) })));
        assert_bits("none", v, none, all & ~(is_a | is_t));
        unsigned both = found(c, "all", ct_select(c, Thing, .all = ALL_OF(Thing, { .i = NE(b) }, { .t = EQ(t) })));
        assert_bits("all", v, both, not_b & is_t);
        unsigned deep = found(
            c, "deep",
            ct_select(c, Thing, .i = NE(b),
                      .none = NONE_OF(Thing, { .any = ANY_OF(Thing, { .i = EQ(a), .t = EQ(t) }, { .b = IS_NULL }) })));
        unsigned null = MODEL(b, true, false);
        assert_bits("deep", v, deep, not_b & ~((is_a & is_t) | null) & all);
    }
}

/* ---- groups of rows ---- */

CT_SHAPE(YearStats, (integer, year, .group = true, .of = "at.year"), (integer, things, .count = "*"),
         (datetime, first, .min = "at"), (date, last, .max = "day"), (duration, length, .sum = "length"));
CT_SHAPE(DayStats, (date, day, .group = true, .of = "at.date"), (integer, things, .count = "id"));

static void rows_are_grouped_by_dates(ct *c)
{
    make_rows(c);
    ct_list(YearStats) *years = ct_aggregate(c, YearStats, Thing, .at = NOT_NULL, .order_by = "year");
    assert_int_equal(ct_list_count(years), 4);
    assert_int_equal(ct_list_at(years, 0)->year, 1969);
    assert_int_equal(ct_list_at(years, 2)->year, 2026);
    assert_int_equal(ct_list_at(years, 2)->things, 4);
    assert_int_equal(ct_list_at(years, 2)->first, rows[0].at);
    assert_int_equal(ct_list_at(years, 2)->last.days, rows[5].day.days);
    assert_int_equal(ct_list_at(years, 2)->length, rows[0].length + rows[1].length + rows[3].length + rows[5].length);
    ct_list(DayStats) *days = ct_aggregate(c, DayStats, Thing, .at = NOT_NULL, .order_by = "-things, day");
    assert_int_equal(ct_list_at(days, 0)->things, 3);
    assert_string_equal(ct_date_text(c, ct_list_at(days, 0)->day), "2026-11-21");
    ct_list(YearStats) *none = ct_aggregate(c, YearStats, Thing, .at = IS_NULL);
    assert_true(ct_is_null(ct_list_at(none, 0), year));
    assert_aborts_with(c, 500, "YearStats has no field \"yaer\"; did you mean \"year\"?",
                       (void)ct_aggregate(c, YearStats, Thing, .order_by = "yaer"));
    const ct_array *values = ct_values(c, Thing, "at.quarter, day.iso_week_day", .i = EQ(42));
    assert_string_equal(ct_to_json(c, ct_value_of_array(values)), "[{\"at.quarter\":1,\"day.iso_week_day\":7}]");
}

#define ON_DATABASES(test)                                                                                             \
    static void test##_on_databases(void **state)                                                                      \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        on_databases(&app, test);                                                                                      \
    }
ON_DATABASES(numbers)
ON_DATABASES(moments)
ON_DATABASES(letters)
ON_DATABASES(parts_of_dates)
ON_DATABASES(groups)
ON_DATABASES(rows_are_grouped_by_dates)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_on_databases), cmocka_unit_test(moments_on_databases),
        cmocka_unit_test(letters_on_databases), cmocka_unit_test(parts_of_dates_on_databases),
        cmocka_unit_test(groups_on_databases),  cmocka_unit_test(rows_are_grouped_by_dates_on_databases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
