/* The filters of django.contrib.humanize: numbers and moments as people say them, in English.
 *
 * Whole numbers are read as digits, so that those of any size are shown right. Today is the day in UTC. */
#include "base/time.h"
#include "template/dates.h"
#include "template/django_filters.h"
#include "template/jinja_filters.h"
#include "template/render.h"
#include "template/text.h"

/* The digits of int(v); false where that is no number and the filter shows the value as it came. */
static bool read_digits(ct_renderer *r, ct_tval v, const char *what, bool *ret_negative, ct_str *ret_digits)
{
    ct_int_outcome outcome = ct_django_digits(r, v, ret_negative, ret_digits);
    if (outcome == CT_INT_INFINITE)
        ct_django_fail_int(r, v, what, outcome);
    return outcome == CT_INT_READ;
}

/* ---- numbers ---- */

ct_tval ct_humanize_apnumber(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const char *const words[] = { "one", "two", "three", "four", "five", "six", "seven", "eight", "nine" };
    bool negative;
    ct_str digits;
    (void)count;
    if (!read_digits(r, args[0], "the value of apnumber", &negative, &digits))
        return args[0];
    if (negative || digits.length != 1 || digits.data[0] == '0')
        return ct_django_whole(r, negative, digits);
    return ct_t_str(ct_str_of(words[digits.data[0] - '1']));
}

/* "1st"; numbers below zero stay as they are. */
ct_tval ct_humanize_ordinal(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const char suffixes[] = "thstndrd";
    bool negative;
    ct_str digits;
    (void)count;
    if (!read_digits(r, args[0], "the value of ordinal", &negative, &digits))
        return args[0];
    if (negative)
        return ct_django_whole(r, negative, digits);
    int last = digits.data[digits.length - 1] - '0';
    if (last > 3 || (digits.length > 1 && digits.data[digits.length - 2] == '1'))
        last = 0;
    ct_buffer out = ct_text_begin(r);
    ct_buffer_str(&out, digits);
    ct_buffer_append(&out, suffixes + 2 * last, 2);
    ct_tval v = ct_text_end(r, &out);
    v.flags = CT_T_SAFE;
    return v;
}

/* The number that a text begins with in groups, all else as it is. */
static void write_text(ct_buffer *out, ct_str text)
{
    size_t sign = text.length && text.data[0] == '-', end = sign;
    while (end < text.length && text.data[end] >= '0' && text.data[end] <= '9')
        end++;
    ct_buffer_append(out, text.data, sign);
    ct_write_grouped(out, (ct_str){ text.data + sign, end - sign });
    ct_buffer_append(out, text.data + end, text.length - end);
}

ct_tval ct_humanize_intcomma(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    bool negative;
    ct_str digits;
    ct_buffer out = ct_text_begin(r);
    (void)count;
    ct_buffer_reserve(&out, 32);
    if (!ct_arg_flag(r, args[1], true)) {
        write_text(&out, ct_t_get_str(ct_tval_text(r, args[0])));
    } else if (args[0].type == CT_T_DECIMAL) {
        write_text(&out, ct_t_get_str(ct_tval_text(r, args[0])));
    } else if (args[0].type == CT_T_REAL) {
        ct_write_localized(&out, args[0].real, true);
    } else if (read_digits(r, args[0], "the value of intcomma", &negative, &digits)) {
        if (negative)
            ct_buffer_char(&out, '-');
        ct_write_grouped(&out, digits);
    } else {
        write_text(&out, ct_t_get_str(ct_tval_text(r, args[0])));
    }
    return ct_text_end(r, &out);
}

typedef struct large_number {
    size_t zeros;
    const char *name;
} large_number;

/* digits / 10^zeros with one digit behind the point, as Django rounds the quotient. */
static void write_quotient(ct_renderer *r, ct_buffer *out, bool negative, ct_str digits, size_t zeros)
{
    char room[CT_DIGITS_ROOM];
    double quotient = 0;
    ct_buffer text = ct_text_begin(r);
    ct_buffer_str(&text, digits);
    CT_BUFFER_LITERAL(&text, "e-");
    ct_buffer_uint(&text, zeros);
    ct_read_real(r, ct_t_get_str(ct_text_end(r, &text)), &quotient);
    ct_digits d = ct_digits_of_real(quotient, room);
    d.negative = negative;
    ct_write_digits(out, d, 1, false);
}

ct_tval ct_humanize_intword(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    static const large_number numbers[] = { { 6, "million" },      { 9, "billion" },      { 12, "trillion" },
                                            { 15, "quadrillion" }, { 18, "quintillion" }, { 21, "sextillion" },
                                            { 24, "septillion" },  { 27, "octillion" },   { 30, "nonillion" },
                                            { 33, "decillion" },   { 100, "googol" } };
    bool negative;
    ct_str digits;
    (void)count;
    if (!read_digits(r, args[0], "the value of intword", &negative, &digits))
        return args[0];
    size_t at = 0;
    while (at < CT_COUNT(numbers) && digits.length > numbers[at].zeros + 3)
        at++;
    if (digits.length <= 6 || at == CT_COUNT(numbers))
        return ct_django_whole(r, negative, digits);
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 32);
    write_quotient(r, &out, negative, digits, numbers[at].zeros);
    ct_buffer_char(&out, ' ');
    ct_buffer_str(&out, ct_str_of(numbers[at].name));
    return ct_text_end(r, &out);
}

/* ---- moments ---- */

static int64_t day_of(ct_time time)
{
    return time / CT_DAY - (time % CT_DAY < 0);
}

ct_tval ct_humanize_naturalday(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    ct_tval v = args[0];
    ct_str format = CT_STR("DATE_FORMAT");
    (void)count;
    if (v.type != CT_T_DATETIME)
        return v;
    int64_t distance = day_of(v.integer) - day_of(ct_now());
    if (distance == 0)
        return CT_T_LITERAL("today");
    if (distance == 1)
        return CT_T_LITERAL("tomorrow");
    if (distance == -1)
        return CT_T_LITERAL("yesterday");
    if (args[1].type > CT_T_NONE && ct_tval_truth(r, args[1]))
        format = ct_t_get_str(ct_tval_text(r, args[1]));
    v.flags |= CT_T_DAY;
    return ct_django_format_date(r, v, format);
}

ct_tval ct_humanize_naturaltime(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    if (args[0].type != CT_T_DATETIME)
        return args[0];
    if (args[0].flags & CT_T_DAY)
        ct_render_fail(r, "naturaltime needs a moment, not a day without its time");
    ct_buffer out = ct_text_begin(r);
    ct_buffer_reserve(&out, 32);
    ct_naturaltime_write(&out, args[0].integer, ct_now());
    return ct_text_end(r, &out);
}
