/* Decimals, dates, times, moments, durations and UUIDs: what is read is written as text that is read as the same. */
#include "check.h"
#include "shape/types.h"

static void check_decimal(ct_str text)
{
    ct_decimal value, again, sum;
    char written[CT_DECIMAL_SIZE];
    if (!ct_decimal_parse(text, &value))
        return;
    size_t length = ct_decimal_write(value, written);
    FUZZ_CHECK(length < sizeof(written) && length == strlen(written));
    FUZZ_CHECK(ct_decimal_parse((ct_str){ written, length }, &again));
    FUZZ_CHECK(again.units == value.units && again.scale == value.scale);
    FUZZ_CHECK(ct_decimal_compare(value, again) == 0);
    FUZZ_CHECK(ct_decimal_sum(value, ct_decimal_negated(value), &sum) && sum.units == 0);
    (void)ct_decimal_real(value);
}

/* Two decimals, a NUL between them. */
static void check_arithmetic(ct_str text)
{
    const char *split = text.length ? memchr(text.data, '\0', text.length) : NULL;
    ct_decimal a, b, result, back;
    if (!split)
        return;
    size_t first = (size_t)(split - text.data);
    if (!ct_decimal_parse((ct_str){ text.data, first }, &a) ||
        !ct_decimal_parse((ct_str){ split + 1, text.length - first - 1 }, &b))
        return;
    FUZZ_CHECK(ct_decimal_compare(a, b) == -ct_decimal_compare(b, a));
    if (ct_decimal_sum(a, b, &result) && ct_decimal_sum(result, ct_decimal_negated(b), &back))
        FUZZ_CHECK(ct_decimal_compare(back, a) == 0);
    if (ct_decimal_product(a, b, &result) && b.units && a.scale + b.scale <= CT_DECIMAL_SCALE &&
        ct_decimal_quotient(result, b, a.scale, &back))
        FUZZ_CHECK(ct_decimal_compare(back, a) == 0);
    for (int scale = 0; scale <= CT_DECIMAL_SCALE; scale += 9)
        if (ct_decimal_quotient(a, b, scale, &result))
            FUZZ_CHECK(result.scale == scale);
}

static void check_moments(ct_str text)
{
    ct_date date, date_again;
    ct_daytime clock, clock_again;
    ct_time time, time_again;
    char written[64];
    if (ct_date_parse(text, &date)) {
        FUZZ_CHECK(date.days >= CT_DATE_FIRST && date.days <= CT_DATE_LAST);
        FUZZ_CHECK(ct_date_parse((ct_str){ written, ct_date_format(date, written) }, &date_again));
        FUZZ_CHECK(date_again.days == date.days);
    }
    if (ct_daytime_parse(text, &clock)) {
        FUZZ_CHECK(clock.microseconds >= 0 && clock.microseconds < CT_DAY);
        FUZZ_CHECK(ct_daytime_parse((ct_str){ written, ct_daytime_format(clock, written) }, &clock_again));
        FUZZ_CHECK(clock_again.microseconds == clock.microseconds);
    }
    if (ct_datetime_parse(text, &time)) {
        FUZZ_CHECK(ct_datetime_parse((ct_str){ written, ct_datetime_format(time, written) }, &time_again));
        FUZZ_CHECK(time_again == time);
    }
}

static void check_duration(ct_time duration)
{
    ct_time again;
    char written[CT_DURATION_SIZE];
    size_t length = ct_duration_format(duration, written);
    FUZZ_CHECK(length < sizeof(written) && ct_duration_parse((ct_str){ written, length }, &again) && again == duration);
    length = ct_duration_format_iso(duration, written);
    FUZZ_CHECK(length < sizeof(written) && ct_duration_parse((ct_str){ written, length }, &again) && again == duration);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_str text = { (const char *)data, size };
    ct_time duration;
    ct_uuid uuid, again;
    char written[CT_UUID_SIZE];
    check_decimal(text);
    check_arithmetic(text);
    check_moments(text);
    if (ct_duration_parse(text, &duration))
        check_duration(duration);
    if (size >= sizeof(duration)) {
        memcpy(&duration, data, sizeof(duration));
        check_duration(duration);
    }
    if (ct_uuid_parse(text, &uuid)) {
        FUZZ_CHECK(ct_uuid_parse((ct_str){ written, ct_uuid_format(uuid, written) }, &again));
        FUZZ_CHECK(ct_uuid_equal(uuid, again));
    }
    return 0;
}
