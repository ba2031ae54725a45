/* Decimals, times of day, durations, UUIDs and bytes as templates see them.
 *
 * Decimals stay exact: sums, differences and products are, quotients have 28 digits, as Python's. A real that meets one
 * counts as the decimal that people wrote ({{ price * 1.19 }}), where Python would refuse. Durations and moments add
 * and subtract as Python's do. What does not fit fails the render. */
#include "template/kinds.h"

#include "base/time.h"
#include "shape/types.h"
#include "template/render.h"
#include "template/text.h"

#include <stdlib.h>

/* ---- text ---- */

/* Python's timedelta: "1 day, 12:30:00", "-1 day, 23:59:58.500000". */
static void write_span(ct_buffer *out, ct_time span)
{
    int64_t days = span / CT_DAY - (span % CT_DAY < 0);
    char clock[CT_DAYTIME_SIZE];
    size_t length = ct_daytime_format((ct_daytime){ span - days * CT_DAY }, clock);
    size_t zero = clock[0] == '0'; /* hours have no leading zero */
    if (days)
        ct_buffer_printf(out, "%" PRId64 " day%s, ", days, days == 1 || days == -1 ? "" : "s");
    ct_buffer_append(out, clock + zero, length - zero);
}

static void write_span_repr(ct_buffer *out, ct_time span)
{
    int64_t days = span / CT_DAY - (span % CT_DAY < 0), rest = span - days * CT_DAY;
    const int64_t parts[] = { days, rest / CT_SECOND, rest % CT_SECOND };
    static const char *const names[] = { "days", "seconds", "microseconds" };
    const char *between = "";
    CT_BUFFER_LITERAL(out, "datetime.timedelta(");
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (parts[i]) {
            ct_buffer_printf(out, "%s%s=%" PRId64, between, names[i], parts[i]);
            between = ", ";
        }
    ct_buffer_printf(out, "%s)", span ? "" : "0");
}

static void write_bytes(ct_buffer *out, const ct_bytes *bytes)
{
    const unsigned char *data = bytes->data;
    bool single = bytes->len && memchr(data, '\'', bytes->len), quotes = bytes->len && memchr(data, '"', bytes->len);
    char quote = single && !quotes ? '"' : '\'';
    ct_buffer_char(out, 'b');
    ct_buffer_char(out, quote);
    for (size_t i = 0; i < bytes->len; i++) {
        unsigned char ch = data[i];
        if (ch == (unsigned char)quote || ch == '\\')
            ct_buffer_printf(out, "\\%c", ch);
        else if (ch == '\n' || ch == '\r' || ch == '\t')
            ct_buffer_printf(out, "\\%c", ch == '\n' ? 'n' : ch == '\r' ? 'r' : 't');
        else if (ch < 0x20 || ch >= 0x7F)
            ct_buffer_printf(out, "\\x%02x", ch);
        else
            ct_buffer_char(out, (char)ch);
    }
    ct_buffer_char(out, quote);
}

void ct_kind_write(ct_buffer *out, ct_tval v)
{
    char text[64];
    switch ((ct_ttype)v.type) {
    case CT_T_CLOCK:
        ct_buffer_append(out, text, ct_daytime_format((ct_daytime){ v.integer }, text));
        break;
    case CT_T_SPAN:
        write_span(out, v.integer);
        break;
    case CT_T_DECIMAL:
        ct_buffer_append(out, text, ct_decimal_write(*v.decimal, text));
        break;
    case CT_T_UUID:
        ct_buffer_append(out, text, ct_uuid_format(*v.uuid, text));
        break;
    default:
        write_bytes(out, v.bytes);
        break;
    }
}

void ct_kind_write_repr(ct_buffer *out, ct_tval v)
{
    ct_civil civil;
    switch ((ct_ttype)v.type) {
    case CT_T_CLOCK:
        civil = ct_civil_of(v.integer);
        ct_buffer_printf(out, "datetime.time(%d, %d", civil.hour, civil.minute);
        if (civil.second || civil.microsecond)
            ct_buffer_printf(out, ", %d", civil.second);
        if (civil.microsecond)
            ct_buffer_printf(out, ", %d", civil.microsecond);
        ct_buffer_char(out, ')');
        return;
    case CT_T_SPAN:
        write_span_repr(out, v.integer);
        return;
    case CT_T_BYTES:
        write_bytes(out, v.bytes);
        return;
    default:
        break;
    }
    ct_buffer_str(out, v.type == CT_T_DECIMAL ? CT_STR("Decimal('") : CT_STR("UUID('"));
    ct_kind_write(out, v);
    CT_BUFFER_LITERAL(out, "')");
}

/* ---- comparing ---- */

bool ct_kind_truth(ct_tval v)
{
    switch ((ct_ttype)v.type) {
    case CT_T_DECIMAL:
        return v.decimal->units != 0;
    case CT_T_SPAN:
        return v.integer != 0;
    case CT_T_BYTES:
        return v.bytes->len != 0;
    default:
        return true;
    }
}

static int compare_integers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_bytes(const ct_bytes *a, const ct_bytes *b)
{
    size_t common = CT_MIN(a->len, b->len);
    int order = common ? memcmp(a->data, b->data, common) : 0;
    return order ? order : compare_integers((int64_t)a->len, (int64_t)b->len);
}

static int compare_numbers(ct_tval a, ct_tval b)
{
    if (a.type == CT_T_REAL || b.type == CT_T_REAL) {
        double x = a.type == CT_T_REAL ? a.real : ct_decimal_real(*a.decimal);
        double y = b.type == CT_T_REAL ? b.real : ct_decimal_real(*b.decimal);
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
    }
    return ct_decimal_compare(a.type == CT_T_DECIMAL ? *a.decimal : ct_decimal_make(a.integer, 0),
                              b.type == CT_T_DECIMAL ? *b.decimal : ct_decimal_make(b.integer, 0));
}

int ct_kind_compare(ct_tval a, ct_tval b)
{
    if (a.type == CT_T_DECIMAL || b.type == CT_T_DECIMAL)
        return compare_numbers(a, b);
    if (a.type == CT_T_UUID)
        return memcmp(a.uuid->bytes, b.uuid->bytes, sizeof(a.uuid->bytes));
    if (a.type == CT_T_BYTES)
        return compare_bytes(a.bytes, b.bytes);
    return compare_integers(a.integer, b.integer);
}

uint64_t ct_kind_hash(ct_tval v)
{
    double real;
    uint64_t bits; /* numbers as objects.c has them */
    ct_decimal cut;
    switch ((ct_ttype)v.type) {
    case CT_T_DECIMAL:
        if (ct_decimal_scaled(*v.decimal, 0, &cut) && ct_decimal_compare(cut, *v.decimal) == 0 &&
            cut.units >= INT64_MIN && cut.units <= INT64_MAX)
            return (uint64_t)(int64_t)cut.units;
        real = ct_decimal_real(*v.decimal);
        memcpy(&bits, &real, sizeof(bits));
        return bits;
    case CT_T_UUID:
        return ct_hash(v.uuid->bytes, sizeof(v.uuid->bytes));
    case CT_T_BYTES:
        return ct_hash(v.bytes->data, v.bytes->len);
    default:
        return (uint64_t)v.integer;
    }
}

/* ---- parts ---- */

static ct_tval clock_part(ct_time time, ct_str name)
{
    static const char *const names[] = { "hour", "minute", "second", "microsecond" };
    ct_civil civil = ct_civil_of(time);
    const int parts[] = { civil.hour, civil.minute, civil.second, civil.microsecond };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (ct_str_eq(name, ct_str_of(names[i])))
            return ct_t_int(parts[i]);
    return ct_t_unset();
}

static ct_tval span_part(ct_time span, ct_str name)
{
    int64_t days = span / CT_DAY - (span % CT_DAY < 0), rest = span - days * CT_DAY;
    if (ct_str_eq(name, CT_STR("days")))
        return ct_t_int(days);
    if (ct_str_eq(name, CT_STR("seconds")))
        return ct_t_int(rest / CT_SECOND);
    return ct_str_eq(name, CT_STR("microseconds")) ? ct_t_int(rest % CT_SECOND) : ct_t_unset();
}

static ct_tval uuid_part(ct_renderer *r, const ct_uuid *uuid, ct_str name)
{
    char text[CT_UUID_SIZE];
    ct_buffer out = ct_text_begin(r);
    if (ct_str_eq(name, CT_STR("version")))
        return ct_t_int(uuid->bytes[6] >> 4);
    if (!ct_str_eq(name, CT_STR("hex")))
        return ct_t_unset();
    ct_uuid_format(*uuid, text);
    for (const char *at = text; *at; at++)
        if (*at != '-')
            ct_buffer_char(&out, *at);
    return ct_text_end(r, &out);
}

ct_tval ct_kind_part(ct_renderer *r, ct_tval v, ct_str name)
{
    if (v.type == CT_T_CLOCK)
        return clock_part(v.integer, name);
    if (v.type == CT_T_SPAN)
        return span_part(v.integer, name);
    return v.type == CT_T_UUID ? uuid_part(r, v.uuid, name) : ct_t_unset();
}

/* ---- decimals ---- */

ct_tval ct_t_decimal(ct_renderer *r, ct_decimal value)
{
    ct_decimal *kept = ct_render_take(r, sizeof(*kept));
    *kept = value;
    return (ct_tval){ .type = CT_T_DECIMAL, .decimal = kept };
}

/* A number as a decimal; a real as the shortest that reads back as it. */
static bool decimal_of(ct_tval v, ct_decimal *ret_value)
{
    char memory[64];
    ct_buffer text = { .data = memory, .capacity = sizeof(memory) - 1, .limit = sizeof(memory) - 1 };
    if (v.type == CT_T_DECIMAL) {
        *ret_value = *v.decimal;
        return true;
    }
    if (v.type != CT_T_REAL) {
        *ret_value = ct_decimal_make(v.integer, 0);
        return true;
    }
    ct_write_real(&text, v.real);
    return ct_decimal_parse((ct_str){ memory, text.length }, ret_value);
}

static int count_digits(ct_decimal value)
{
    int digits = ct_decimal_whole_digits((ct_decimal){ .units = value.units });
    return digits - value.scale;
}

/* 28 digits, and no zeros at the end but those that the operands ask for. */
static bool quotient(ct_decimal a, ct_decimal b, ct_decimal *ret_value)
{
    const int digits = 28;
    int scale = CT_MIN(CT_MAX(digits - (count_digits(a) - count_digits(b)), 0), CT_DECIMAL_SCALE);
    int least = CT_MAX(a.scale - b.scale, 0);
    if (!ct_decimal_quotient(a, b, scale, ret_value))
        return false;
    while (ret_value->scale > least && ret_value->units % 10 == 0) {
        ret_value->units /= 10;
        ret_value->scale--;
    }
    return true;
}

/* Python's // and % of decimals cut towards zero; the rest has the sign of a. */
static bool divide_whole(ct_decimal a, ct_decimal b, bool rest, ct_decimal *ret_value)
{
    int scale = CT_MAX(a.scale, b.scale);
    if (!ct_decimal_scaled(a, scale, &a) || !ct_decimal_scaled(b, scale, &b))
        return false;
    *ret_value =
        rest ? (ct_decimal){ .units = a.units % b.units, .scale = scale } : (ct_decimal){ .units = a.units / b.units };
    return true;
}

static ct_tval decimal_arithmetic(ct_renderer *r, const char *sign, ct_tval left, ct_tval right)
{
    ct_decimal a, b, result;
    bool divides = sign[0] == '/' || sign[0] == '%', done = false;
    if (!decimal_of(left, &a) || !decimal_of(right, &b))
        ct_render_fail(r, "a decimal has no more than %d digits, and is finite", CT_DECIMAL_DIGITS);
    if (divides && !b.units)
        ct_render_fail(r, "division by zero");
    if (sign[0] == '+')
        done = ct_decimal_sum(a, b, &result);
    else if (sign[0] == '-')
        done = ct_decimal_sum(a, ct_decimal_negated(b), &result);
    else if (strcmp(sign, "*") == 0)
        done = ct_decimal_product(a, b, &result);
    else if (strcmp(sign, "/") == 0)
        done = quotient(a, b, &result);
    else if (divides)
        done = divide_whole(a, b, sign[0] == '%', &result);
    else
        return ct_t_unset();
    if (!done)
        ct_render_fail(r, "the result has more than %d digits", CT_DECIMAL_DIGITS);
    return ct_t_decimal(r, result);
}

ct_tval ct_kind_rounded(ct_renderer *r, ct_tval decimal, int places)
{
    ct_decimal result = *decimal.decimal; /* where there is no room for so many zeros it stays as it is */
    (void)!ct_decimal_scaled(*decimal.decimal, CT_MIN(CT_MAX(places, 0), CT_DECIMAL_SCALE), &result);
    return ct_t_decimal(r, result);
}

double ct_kind_real(ct_tval decimal, uint64_t places)
{
    ct_decimal value = *decimal.decimal;
    if (places < (uint64_t)value.scale)
        (void)ct_decimal_scaled(value, (int)places, &value);
    return ct_decimal_real(value);
}

/* ---- moments and spans ---- */

static ct_tval span_of(ct_time span)
{
    return (ct_tval){ .type = CT_T_SPAN, .integer = span };
}

CT_NORETURN static void out_of_range(ct_renderer *r)
{
    ct_render_fail(r, "the date or the span of time is out of range");
}

static ct_time sum_of(ct_renderer *r, ct_time a, ct_time b, bool subtract)
{
    ct_time sum;
    if (subtract ? __builtin_sub_overflow(a, b, &sum) : __builtin_add_overflow(a, b, &sum))
        out_of_range(r);
    return sum;
}

/* A day moves by whole days. */
static ct_tval moved(ct_renderer *r, ct_tval moment, ct_time by, bool back)
{
    if (moment.flags & CT_T_DAY)
        by = (by / CT_DAY - (by % CT_DAY < 0)) * CT_DAY;
    moment.integer = sum_of(r, moment.integer, by, back);
    if (moment.integer < CT_DATE_FIRST * CT_DAY || moment.integer >= (CT_DATE_LAST + 1) * CT_DAY)
        out_of_range(r);
    return moment;
}

static ct_tval span_by_number(ct_renderer *r, char sign, ct_time span, int64_t number)
{
    ct_time product;
    if (sign == '*') {
        if (__builtin_mul_overflow(span, number, &product))
            out_of_range(r);
        return span_of(product);
    }
    if (number == 0)
        ct_render_fail(r, "division by zero");
    if (number == -1)
        return span_of(sum_of(r, 0, span, true));
    return span_of(span / number - (span % number != 0 && (span % number < 0) != (number < 0)));
}

static ct_tval time_arithmetic(ct_renderer *r, const char *sign, ct_tval a, ct_tval b)
{
    bool minus = strcmp(sign, "-") == 0, plus = strcmp(sign, "+") == 0, divides = sign[0] == '/';
    if (a.type == CT_T_DATETIME && b.type == CT_T_DATETIME)
        return minus && (a.flags & CT_T_DAY) == (b.flags & CT_T_DAY) ? span_of(sum_of(r, a.integer, b.integer, true))
                                                                     : ct_t_unset();
    if (a.type == CT_T_DATETIME && b.type == CT_T_SPAN)
        return plus || minus ? moved(r, a, b.integer, minus) : ct_t_unset();
    if (a.type == CT_T_SPAN && b.type == CT_T_DATETIME)
        return plus ? moved(r, b, a.integer, false) : ct_t_unset();
    if (a.type == CT_T_SPAN && b.type == CT_T_SPAN) {
        if (plus || minus)
            return span_of(sum_of(r, a.integer, b.integer, minus));
        if (divides && !b.integer)
            ct_render_fail(r, "division by zero");
        return strcmp(sign, "/") == 0 ? ct_t_real((double)a.integer / (double)b.integer) : ct_t_unset();
    }
    if (b.type == CT_T_SPAN && strcmp(sign, "*") == 0)
        return time_arithmetic(r, sign, b, a);
    bool whole = b.type == CT_T_INT || b.type == CT_T_BOOL;
    return a.type == CT_T_SPAN && whole && (strcmp(sign, "*") == 0 || divides)
               ? span_by_number(r, sign[0], a.integer, b.integer)
               : ct_t_unset();
}

ct_tval ct_kind_arithmetic(ct_renderer *r, const char *sign, ct_tval a, ct_tval b)
{
    if ((a.type == CT_T_DECIMAL && ct_t_is_numeric(b)) || (b.type == CT_T_DECIMAL && ct_t_is_numeric(a)))
        return decimal_arithmetic(r, sign, a, b);
    bool times = a.type == CT_T_SPAN || b.type == CT_T_SPAN || a.type == CT_T_DATETIME;
    return times ? time_arithmetic(r, sign, a, b) : ct_t_unset();
}

ct_tval ct_kind_negated(ct_renderer *r, ct_tval v)
{
    if (v.type == CT_T_DECIMAL)
        return ct_t_decimal(r, ct_decimal_negated(*v.decimal));
    return v.type == CT_T_SPAN ? span_of(sum_of(r, 0, v.integer, true)) : ct_t_unset();
}
