/* Reads and writes typed values. A number with a unit is computed in integers alone:
 *
 *     "2.5M"  ->  whole 2, fraction 5 of 10^1, unit 2^20  ->  2 * 2^20 + 5 * 2^20 / 10, if that division leaves nothing
 *
 * Not here: where a value comes from (settings_load.c, cli/options.c). */
#include "web/typed.h"

#include "base/nearest.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

/* From the greatest to the least, so that the first that divides a value writes it shortest. The last is the bare
 * number's or, for times, the least there is. */
static const unit size_units[] = {
    { "T", INT64_C(1) << 40 },
    { "G", INT64_C(1) << 30 },
    { "M", INT64_C(1) << 20 },
    { "K", INT64_C(1) << 10 },
    { "", 1 },
};
static const unit duration_units[] = {
    { "d", CT_DAY },   { "h", CT_HOUR },         { "m", CT_MINUTE },       { "s", CT_SECOND },
    { "", CT_SECOND }, { "ms", CT_MILLISECOND }, { "us", CT_MICROSECOND },
};

static const struct {
    const char *name, *accessor, *description;
} types[] = {
    [CT_TEXT] = { "text", "text", "text" },
    [CT_INTEGER] = { "integer", "int", "a whole number (as 0, 42)" },
    [CT_REAL] = { "number", "real", "a number (as 2, 0.5, 1e-3)" },
    [CT_FLAG] = { "flag", "flag", "a flag (true, false, yes, no, on, off, 1 or 0)" },
    [CT_SIZE] = { "size", "int", "a size (as 4096, 16K, 2.5M)" },
    [CT_DURATION] = { "time", "int", "a time (as 500ms, 10s, 5m, 1h)" },
    [CT_CHOICE] = { "choice", "text", "a choice" },
};

const char *ct_type_name(ct_type type)
{
    return types[type].name;
}

const char *ct_type_accessor(ct_type type)
{
    return types[type].accessor;
}

const char *ct_type_description(ct_type type)
{
    return types[type].description;
}

const char *ct_shown(const char *text, char ret[CT_SHOWN_TEXT])
{
    size_t length = strlen(text), kept = CT_MIN(length, 60);
    if (kept < length)
        kept -= 3;
    /* A character that was cut in its middle goes, so that what is left of good UTF-8 is good. */
    while (kept < length && kept && ((unsigned char)text[kept] & 0xc0) == 0x80)
        kept--;
    bool valid = ct_utf8_valid(text, kept);
    for (size_t i = 0; i < kept; i++) {
        unsigned char byte = (unsigned char)text[i];
        ret[i] = byte < 0x20 || byte == 0x7f || (!valid && byte >= 0x80) ? '?' : text[i];
    }
    memcpy(ret + kept, kept < length ? "..." : "", kept < length ? 4 : 1);
    return ret;
}

/* ---- numbers ---- */

typedef enum outcome { GOOD, MALFORMED, NOT_WHOLE, TOO_GREAT, TOO_SMALL } outcome;

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

static const unit *find_unit(const unit *units, size_t count, const char *name, bool any_case)
{
    ct_str wanted = ct_str_of(name);
    for (size_t i = 0; i < count; i++)
        if (ct_str_eq(wanted, ct_str_of(units[i].name)) ||
            (any_case && ct_str_eq_nocase(wanted, ct_str_of(units[i].name))))
            return &units[i];
    return NULL;
}

/* fraction / 10^digits of the unit, as a whole number. */
static outcome add_fraction(ct_str fraction, int64_t factor, int64_t *value)
{
    while (fraction.length && fraction.data[fraction.length - 1] == '0')
        fraction.length--;
    uint64_t numerator = 0, denominator = 1;
    if (fraction.length > 18) /* needs more factors 2 and 5 than any unit has within 64 bits */
        return NOT_WHOLE;
    for (size_t i = 0; i < fraction.length; i++) {
        numerator = 10 * numerator + (uint64_t)(fraction.data[i] - '0');
        denominator *= 10;
    }
    unsigned __int128 scaled = (unsigned __int128)numerator * (uint64_t)factor;
    if (scaled % denominator)
        return NOT_WHOLE;
    return __builtin_add_overflow(*value, (int64_t)(scaled / denominator), value) ? TOO_GREAT : GOOD;
}

static outcome parse_with_unit(const char *text, const unit *units, size_t count, bool any_case, int64_t *ret)
{
    ct_str whole = { text, digits_at(text) }, fraction = { NULL, 0 };
    const char *rest = text + whole.length;
    if (!whole.length)
        return MALFORMED;
    if (*rest == '.') {
        fraction = (ct_str){ rest + 1, digits_at(rest + 1) };
        rest = fraction.data + fraction.length;
        if (!fraction.length)
            return MALFORMED;
    }
    const unit *found = find_unit(units, count, rest, any_case);
    if (!found)
        return MALFORMED;
    int64_t value;
    if (!ct_str_to_int64(whole, &value) || __builtin_mul_overflow(value, found->factor, &value))
        return TOO_GREAT;
    outcome result = add_fraction(fraction, found->factor, &value);
    if (result == GOOD)
        *ret = value;
    return result;
}

static outcome parse_integer(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    const char *digits = text + negative;
    if (!*digits || digits[digits_at(digits)])
        return MALFORMED;
    if (!ct_str_to_int64(ct_str_of(text), ret))
        return negative ? TOO_SMALL : TOO_GREAT;
    return GOOD;
}

/* -digits.digits e -digits, the parts behind the first digits optional. */
static bool is_real(const char *text)
{
    text += *text == '-';
    size_t digits = digits_at(text);
    text += digits;
    if (digits && *text == '.') {
        digits = digits_at(++text);
        text += digits;
    }
    if (digits && (*text == 'e' || *text == 'E')) {
        text++;
        text += *text == '-' || *text == '+';
        digits = digits_at(text);
        text += digits;
    }
    return digits && !*text;
}

static outcome parse_real(const char *text, double *ret)
{
    if (!is_real(text))
        return MALFORMED;
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        ct_die("the locale \"C\" cannot be made: %m");
    double value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    if (isinf(value))
        return value < 0 ? TOO_SMALL : TOO_GREAT;
    *ret = value;
    return GOOD;
}

static outcome parse_number(ct_type type, const char *text, ct_typed *value)
{
    switch (type) {
    case CT_SIZE:
        return parse_with_unit(text, size_units, CT_COUNT(size_units), true, &value->integer);
    case CT_DURATION:
        return parse_with_unit(text, duration_units, CT_COUNT(duration_units), false, &value->integer);
    case CT_REAL:
        return parse_real(text, &value->real);
    default:
        return parse_integer(text, &value->integer);
    }
}

static outcome compare_bounds(ct_type type, int64_t min, int64_t max, const ct_typed *value)
{
    if (!min && !max)
        return GOOD;
    if (type == CT_REAL)
        return value->real < (double)min ? TOO_SMALL : value->real > (double)max ? TOO_GREAT : GOOD;
    return value->integer < min ? TOO_SMALL : value->integer > max ? TOO_GREAT : GOOD;
}

static bool refuse_number(const char *name, ct_type type, int64_t min, int64_t max, const char *text, outcome why,
                          ct_error *error)
{
    char shown[CT_SHOWN_TEXT], bound[CT_TYPED_TEXT];
    ct_shown(text, shown);
    bool bounded = min || max;
    if (why == NOT_WHOLE)
        return ct_fail(error, "%s: \"%s\" is not a whole number of %s", name, shown,
                       type == CT_SIZE ? "bytes" : "microseconds");
    if (why == MALFORMED)
        return ct_fail(error, "%s: \"%s\" is not %s", name, shown, ct_type_description(type));
    const char *side = why == TOO_SMALL ? "small" : "great", *end = why == TOO_SMALL ? "least" : "most";
    if (type == CT_REAL && !bounded)
        return ct_fail(error, "%s: \"%s\" is too %s for a number", name, shown, side);
    if (!bounded) {
        min = INT64_MIN;
        max = INT64_MAX;
    }
    ct_typed_format(type, why == TOO_SMALL ? min : max, bound);
    return ct_fail(error, "%s: \"%s\" is too %s: the %s is %s", name, shown, side, end, bound);
}

/* ---- words ---- */

static bool parse_flag(const char *text, int64_t *ret)
{
    static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (ct_str_eq_nocase(ct_str_of(text), ct_str_of(words[i]))) {
            *ret = i % 2;
            return true;
        }
    return false;
}

static bool parse_choice(const char *name, const char *choices, const char *text, int64_t *ret, ct_error *error)
{
    ct_str rest = ct_str_of(choices), wanted = ct_str_of(text);
    int64_t index = 0;
    ct_nearest nearest = ct_nearest_to(text);
    char words[8][CT_SHOWN_TEXT], shown[CT_SHOWN_TEXT];
    for (ct_str part = ct_str_next(&rest, ','); part.data; part = ct_str_next(&rest, ','), index++) {
        if (ct_str_eq(part, wanted)) {
            *ret = index;
            return true;
        }
        if (index < (int64_t)CT_COUNT(words) && part.length < sizeof(words[0])) {
            snprintf(words[index], sizeof(words[index]), "%.*s", CT_STR_ARG(part));
            ct_nearest_try(&nearest, words[index]);
        }
    }
    ct_shown(text, shown);
    if (nearest.best)
        return ct_fail(error, "%s: \"%s\" is none of %s; did you mean \"%s\"?", name, shown, choices, nearest.best);
    return ct_fail(error, "%s: \"%s\" is none of %s", name, shown, choices);
}

bool ct_typed_parse(const char *name, ct_type type, int64_t min, int64_t max, const char *choices, const char *text,
                    ct_typed *ret, ct_error *error)
{
    ct_typed value = { .text = text };
    char shown[CT_SHOWN_TEXT];
    if (!ct_utf8_valid(text, strlen(text)))
        return ct_fail(error, "%s: the value is not valid UTF-8", name);
    if (!*text && type != CT_TEXT && type != CT_CHOICE)
        return ct_fail(error, "%s: the value is empty; write %s", name, ct_type_description(type));
    if (type == CT_CHOICE) {
        if (!parse_choice(name, choices, text, &value.integer, error))
            return false;
    } else if (type == CT_FLAG) {
        if (!parse_flag(text, &value.integer))
            return ct_fail(error, "%s: \"%s\" is not %s", name, ct_shown(text, shown), ct_type_description(type));
    } else if (type != CT_TEXT) {
        outcome result = parse_number(type, text, &value);
        if (result == GOOD)
            result = compare_bounds(type, min, max, &value);
        if (result != GOOD)
            return refuse_number(name, type, min, max, text, result, error);
    }
    *ret = value;
    return true;
}

/* ---- writing ---- */

void ct_typed_format(ct_type type, int64_t value, char ret[CT_TYPED_TEXT])
{
    const unit *units = type == CT_DURATION ? duration_units : size_units;
    size_t at = type == CT_SIZE ? 0 : CT_COUNT(size_units) - 1;
    if (type == CT_DURATION)
        at = value ? 0 : 3; /* "0s" */
    if (value)
        while (value % units[at].factor)
            at++;
    else if (type == CT_SIZE)
        at = CT_COUNT(size_units) - 1;
    snprintf(ret, CT_TYPED_TEXT, "%" PRId64 "%s", value / units[at].factor, units[at].name);
}

void ct_typed_format_bounds(ct_type type, int64_t min, int64_t max, char ret[CT_BOUNDS_TEXT])
{
    char least[CT_TYPED_TEXT], most[CT_TYPED_TEXT];
    ct_typed_format(type, min, least);
    ct_typed_format(type, max, most);
    bool below = min == INT64_MIN, above = max == INT64_MAX;
    if ((!min && !max) || (below && above))
        ret[0] = '\0';
    else if (above)
        snprintf(ret, CT_BOUNDS_TEXT, "at least %s", least);
    else if (below)
        snprintf(ret, CT_BOUNDS_TEXT, "at most %s", most);
    else
        snprintf(ret, CT_BOUNDS_TEXT, "%s to %s", least, most);
}

/* ---- declarations ---- */

static bool has_bounds(ct_type type)
{
    return type == CT_INTEGER || type == CT_REAL || type == CT_SIZE || type == CT_DURATION;
}

static bool has_empty_choice(const char *choices)
{
    ct_str rest = ct_str_of(choices);
    for (ct_str part = ct_str_next(&rest, ','); part.data; part = ct_str_next(&rest, ','))
        if (!part.length)
            return true;
    return false;
}

bool ct_typed_declared(const char *name, ct_type type, int64_t min, int64_t max, const char *choices, ct_error *error)
{
    if ((unsigned)type >= CT_COUNT(types))
        return ct_fail(error, "%s: there is no type %d", name, (int)type);
    if ((min || max) && !has_bounds(type))
        return ct_fail(error, "%s: a %s has no .min and .max", name, ct_type_name(type));
    if (min > max)
        return ct_fail(error, "%s: .min is above .max (for no end write INT64_MIN or INT64_MAX)", name);
    if (type == CT_CHOICE && (!choices || has_empty_choice(choices)))
        return ct_fail(error, "%s: a choice needs .choices = \"one, another\"", name);
    if (type != CT_CHOICE && choices)
        return ct_fail(error, "%s: .choices are for .type = CT_CHOICE", name);
    return true;
}
