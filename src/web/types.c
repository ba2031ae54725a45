/* Kinds of data as apps use them: those of src/shape, with mistakes as aborts and text in the memory of the work. */
#include "canteen/work.h"

#include "shape/types.h"
#include "shape/zone.h"
#include "web/ct.h"

/* ---- decimals ---- */

/* Longer text is no decimal anyway; a message shows its front. */
#define SHOWN 60

ct_decimal ct_decimal_of(ct *c, const char *text)
{
    ct_decimal value;
    text = ct_needed(c, __func__, text);
    if (!ct_decimal_read(text, &value))
        ct_mistake(c, "ct_decimal_of: \"%.*s\" is no decimal of up to 38 digits", SHOWN, text);
    return value;
}

const char *ct_decimal_text(ct *c, ct_decimal value)
{
    char text[CT_DECIMAL_SIZE];
    return ct_strndup(c, text, ct_decimal_write(value, text));
}

static CT_NORETURN void fail_decimals(ct *c, const char *function, ct_decimal a, const char *sign, ct_decimal b)
{
    char left[CT_DECIMAL_SIZE], right[CT_DECIMAL_SIZE];
    ct_decimal_write(a, left);
    ct_decimal_write(b, right);
    ct_mistake(c, "%s: %s %s %s has more than 38 digits", function, left, sign, right);
}

ct_decimal ct_decimal_add(ct *c, ct_decimal a, ct_decimal b)
{
    ct_decimal sum;
    if (!ct_decimal_sum(a, b, &sum))
        fail_decimals(c, __func__, a, "+", b);
    return sum;
}

ct_decimal ct_decimal_subtract(ct *c, ct_decimal a, ct_decimal b)
{
    ct_decimal difference;
    if (!ct_decimal_sum(a, ct_decimal_negated(b), &difference))
        fail_decimals(c, __func__, a, "-", b);
    return difference;
}

ct_decimal ct_decimal_multiply(ct *c, ct_decimal a, ct_decimal b)
{
    ct_decimal product;
    if (!ct_decimal_product(a, b, &product))
        fail_decimals(c, __func__, a, "*", b);
    return product;
}

static void need_scale(ct *c, const char *function, int scale)
{
    if (scale < 0 || scale > CT_DECIMAL_SCALE)
        ct_mistake(c, "%s: the scale is %d, but goes from 0 to %d", function, scale, CT_DECIMAL_SCALE);
}

ct_decimal ct_decimal_divide(ct *c, ct_decimal a, ct_decimal b, int scale)
{
    ct_decimal quotient;
    need_scale(c, __func__, scale);
    if (!b.units)
        ct_mistake(c, "ct_decimal_divide: division by 0");
    if (!ct_decimal_quotient(a, b, scale, &quotient))
        fail_decimals(c, __func__, a, "/", b);
    return quotient;
}

ct_decimal ct_decimal_round(ct *c, ct_decimal value, int scale)
{
    ct_decimal rounded;
    char text[CT_DECIMAL_SIZE];
    need_scale(c, __func__, scale);
    if (!ct_decimal_scaled(value, scale, &rounded)) {
        ct_decimal_write(value, text);
        ct_mistake(c, "ct_decimal_round: %s has more than 38 digits at scale %d", text, scale);
    }
    return rounded;
}

/* ---- dates and times ---- */

ct_date ct_date_make(ct *c, int year, int month, int day)
{
    ct_date date;
    if (!ct_date_of(year, month, day, &date))
        ct_mistake(c, "ct_date_make: there is no day %d-%d-%d (year, month, day)", year, month, day);
    return date;
}

const char *ct_date_text(ct *c, ct_date date)
{
    char text[CT_DATE_SIZE];
    return ct_strndup(c, text, ct_date_format(date, text));
}

const char *ct_daytime_text(ct *c, ct_daytime time)
{
    char text[CT_DAYTIME_SIZE];
    return ct_strndup(c, text, ct_daytime_format(time, text));
}

const char *ct_datetime_text(ct *c, ct_time time)
{
    char text[CT_DATETIME_SIZE];
    return ct_strndup(c, text, ct_datetime_format(time, text));
}

const char *ct_duration_text(ct *c, ct_time duration)
{
    char text[CT_DURATION_SIZE];
    return ct_strndup(c, text, ct_duration_format(duration, text));
}

static const ct_zone *need_zone(ct *c, const char *function, const char *name)
{
    ct_error error;
    const ct_zone *zone = ct_zone_find(ct_needed(c, function, name), &error);
    if (!zone)
        ct_mistake(c, "%s: %s", function, error.message);
    return zone;
}

ct_time ct_zone_local(ct *c, const char *zone, ct_time time)
{
    return ct_zone_to_local(need_zone(c, __func__, zone), time);
}

ct_time ct_zone_utc(ct *c, const char *zone, ct_time local)
{
    return ct_zone_to_utc(need_zone(c, __func__, zone), local);
}

/* ---- UUIDs ---- */

const char *ct_uuid_text(ct *c, ct_uuid uuid)
{
    char text[CT_UUID_SIZE];
    return ct_strndup(c, text, ct_uuid_format(uuid, text));
}

/* ---- values ---- */

ct_value ct_value_of_decimal(ct *c, ct_decimal value)
{
    ct_decimal *kept = ct_take(c, sizeof(*kept));
    *kept = value;
    return (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = kept };
}

ct_value ct_value_of_uuid(ct *c, ct_uuid value)
{
    ct_uuid *kept = ct_take(c, sizeof(*kept));
    *kept = value;
    return (ct_value){ .type = CT_VALUE_UUID, .uuid = kept };
}

ct_value ct_value_of_bytes(ct *c, ct_bytes value)
{
    ct_bytes *kept = ct_take(c, sizeof(*kept));
    *kept = value;
    return (ct_value){ .type = CT_VALUE_BYTES, .bytes = kept };
}
