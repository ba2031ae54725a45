/* The JSON reader: recursive descent over the whole text in memory.
 *
 * UTF-8 is checked once, before all else, so that the rest looks at bytes: a text is cut at the next quote, backslash
 * or control character, eight bytes at a time, and one without escapes is a single copy. Numbers of up to 19 digits are
 * put together here; only a real that needs more care than one exact multiplication or division goes to strtod(), in
 * the locale C. A place is kept as a pointer; line and column are counted when there is an error to report.
 *
 * Not here: reading a stream in pieces, and any looser grammar. */
#include "shape/json_read.h"

#include "base/common.h"
#include "shape/value.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

typedef struct reader {
    const char *start, *at, *end;
    ct_arena *arena;
    ct_error *error;
    bool exact; /* numbers that a value might change stay text */
} reader;

static bool stored_exactly;

/* ---- errors ---- */

typedef struct place {
    size_t line, column;
} place;

static bool is_inner_byte(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static place place_of(const reader *r, const char *where)
{
    place found = { 1, 1 };
    for (const char *at = r->start; at < where; at++) {
        if (*at == '\n')
            found = (place){ found.line + 1, 1 };
        else if (!is_inner_byte(*at))
            found.column++;
    }
    return found;
}

CT_PRINTF(3, 4) static bool fail_at(const reader *r, const char *where, const char *format, ...)
{
    char message[384];
    va_list args;
    va_start(args, format);
    ct_vsay(message, sizeof(message), format, args);
    va_end(args);
    place found = place_of(r, where);
    return ct_fail_status(r->error, 400, "line %zu, column %zu: %s", found.line, found.column, message);
}

static bool no_room(const reader *r)
{
    place found = place_of(r, r->at);
    return ct_fail_status(r->error, 413, "line %zu, column %zu: what was read up to here takes too much memory",
                          found.line, found.column);
}

static bool is_word_byte(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

static ct_str word_at(const reader *r, const char *where)
{
    size_t length = 0;
    while (where + length < r->end && is_word_byte(where[length]))
        length++;
    return (ct_str){ where, length };
}

/* How many bytes the first one says that its character has. */
static unsigned sequence_length(const char *at)
{
    unsigned char first = (unsigned char)*at;
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static uint32_t code_at(const char *at)
{
    unsigned length = sequence_length(at);
    uint32_t code = (unsigned char)*at & (length == 1 ? 0x7F : 0x7F >> length);
    for (unsigned i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3F);
    return code;
}

/* What stands there, for people: 'x', 'word', U+00A0, the end of the text. */
static const char *found_at(const reader *r, const char *where, char (*text)[40])
{
    ct_str word = word_at(r, where);
    if (where == r->end)
        return "the end of the text";
    if (word.length)
        snprintf(*text, sizeof(*text), "'%.*s'", (int)CT_MIN(word.length, (size_t)24), word.data);
    else if (*where > ' ' && *where < 0x7F)
        snprintf(*text, sizeof(*text), "'%c'", *where);
    else
        snprintf(*text, sizeof(*text), "U+%04X", (unsigned)code_at(where));
    return *text;
}

/* Words of other languages that mean a value. */
static const char *meant_by(ct_str word)
{
    static const struct {
        const char *word, *meant;
    } words[] = {
        { "true", "true" }, { "false", "false" }, { "null", "null" }, { "none", "null" },      { "nil", "null" },
        { "nan", "null" },  { "yes", "true" },    { "no", "false" },  { "undefined", "null" }, { "infinity", "null" },
    };
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (strlen(words[i].word) == word.length && strncasecmp(words[i].word, word.data, word.length) == 0)
            return words[i].meant;
    return NULL;
}

/* No value begins at r->at. */
static bool refuse_value(const reader *r)
{
    ct_str word = word_at(r, r->at);
    const char *meant = meant_by(word);
    char text[40];
    if (meant)
        return fail_at(r, r->at, "'%.*s' is no value of JSON: did you mean %s?", CT_STR_ARG(word), meant);
    switch (r->at < r->end ? *r->at : '\0') {
    case '\'':
        return fail_at(r, r->at, "text stands in double quotes, not in single ones");
    case '/':
    case '#':
        return fail_at(r, r->at, "expected a value, found '%c': JSON has no comments", *r->at);
    case '+':
    case '.':
        return fail_at(r, r->at, "a number begins with a digit or '-', not with '%c'", *r->at);
    default:
        return fail_at(r, r->at, "expected a value, found %s", found_at(r, r->at, &text));
    }
}

/* ---- text ---- */

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

static bool is_special(char ch)
{
    return (unsigned char)ch < 0x20 || ch == '"' || ch == '\\';
}

/* Whether one of eight bytes is special. Subtracting borrows where a byte is less, which sets its high bit; bytes that
 * had it set before do not count. A borrow can reach the byte above, but only from one that was special itself. */
static inline bool has_special(uint64_t word)
{
    uint64_t quote = word ^ EVERY_BYTE('"'), backslash = word ^ EVERY_BYTE('\\');
    uint64_t found = ((word - EVERY_BYTE(0x20)) & ~word) | ((quote - EVERY_BYTE(1)) & ~quote) |
                     ((backslash - EVERY_BYTE(1)) & ~backslash);
    return (found & EVERY_BYTE(0x80)) != 0;
}

/* The first special byte from `at` on, or `end`. */
static inline const char *clean_end(const char *at, const char *end)
{
    for (uint64_t word; (size_t)(end - at) >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        if (has_special(word))
            break;
    }
    while (at < end && !is_special(*at))
        at++;
    return at;
}

/* The closing quote of the text whose content begins at r->at; NULL when there is none. */
static const char *find_close(const reader *r)
{
    const char *at = clean_end(r->at, r->end);
    while (r->end - at >= 2 && *at == '\\')
        at = clean_end(at + 2, r->end);
    if (at == r->end || *at == '\\')
        fail_at(r, r->at - 1, "the text that begins here has no closing '\"'");
    else if (*at == '\n' || *at == '\r')
        fail_at(r, at, "a line break in text is written \\%c", *at == '\n' ? 'n' : 'r');
    else if (*at != '"')
        fail_at(r, at, "a control character in text is written \\u%04x", (unsigned)*at);
    else
        return at;
    return NULL;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = ct_ascii_lower(ch);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* The number of \uXXXX at `at`; -1 when there is none before `end`. */
static int32_t read_unit(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = { 0, 0xC0, 0xE0, 0xF0 };
    *to++ = (char)(leads[more] | code >> 6 * more);
    while (more--)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3F));
    return to;
}

/* The character of \uXXXX, or of two such that are a surrogate pair. Goes behind it; 0 with an error. */
static uint32_t read_escaped_code(const reader *r, const char **at, const char *end)
{
    int32_t unit = read_unit(*at, end), low = -1;
    if (unit < 0)
        fail_at(r, *at, "\\u takes four hexadecimal digits");
    else if (unit == 0)
        fail_at(r, *at, "\\u0000: text cannot hold a NUL");
    else if (unit < 0xD800 || unit > 0xDFFF) {
        *at += 6;
        return (uint32_t)unit;
    } else if (unit < 0xDC00 && (low = read_unit(*at + 6, end)) >= 0xDC00 && low <= 0xDFFF) {
        *at += 12;
        return 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    } else
        fail_at(r, *at, "\\u%04x is half of a surrogate pair and no character of its own", (unsigned)unit);
    return 0;
}

/* The character that a backslash and `ch` stand for; 0 for none. */
static char meaning_of(char ch)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = ch ? strchr(escapes, ch) : NULL;
    return found ? meanings[found - escapes] : '\0';
}

/* What stands from `at` to `end`, decoded to `to`, which has room: every escape is longer than what it stands for. */
static bool decode(const reader *r, const char *at, const char *end, char *to)
{
    for (;;) {
        const char *run = at;
        at = clean_end(at, end);
        memcpy(to, run, (size_t)(at - run));
        to += at - run;
        if (at == end)
            break;
        if (at[1] == 'u') {
            uint32_t code = read_escaped_code(r, &at, end);
            if (!code)
                return false;
            to = put_utf8(to, code);
            continue;
        }
        char meaning = meaning_of(at[1]), text[40];
        if (!meaning)
            return fail_at(r, at, "a backslash before %s means nothing in JSON (itself it is written \\\\)",
                           found_at(r, at + 1, &text));
        *to++ = meaning;
        at += 2;
    }
    *to = '\0';
    return true;
}

/* The text whose opening quote is at r->at. */
static bool read_text(reader *r, const char **ret_text)
{
    r->at++;
    const char *close = clean_end(r->at, r->end);
    bool plain = close < r->end && *close == '"';
    if (!plain && !(close = find_close(r)))
        return false;
    size_t length = (size_t)(close - r->at);
    char *text = plain ? ct_arena_copy(r->arena, r->at, length) : ct_arena_alloc(r->arena, length + 1);
    if (!text)
        return no_room(r);
    if (!plain && !decode(r, r->at, close, text))
        return false;
    r->at = close + 1;
    *ret_text = text;
    return true;
}

/* ---- numbers ---- */

typedef struct number {
    const char *start, *end;
    uint64_t digits; /* of whole part and fraction, without the point */
    bool fits;       /* there are so few that `digits` and `exponent` are right */
    bool negative, is_real;
    int exponent; /* of ten, for `digits`; beyond 90000 no more than that */
} number;

static bool is_digit(const reader *r, const char *at)
{
    return at < r->end && *at >= '0' && *at <= '9';
}

static void scan_digits(reader *r, number *n)
{
    for (; is_digit(r, r->at); r->at++)
        n->fits &= !__builtin_mul_overflow(n->digits, 10, &n->digits) &&
                   !__builtin_add_overflow(n->digits, (uint64_t)(*r->at - '0'), &n->digits);
}

static bool scan_fraction(reader *r, number *n)
{
    if (r->at == r->end || *r->at != '.')
        return true;
    const char *first = ++r->at;
    if (!is_digit(r, first))
        return fail_at(r, first, "a digit must follow the point of a number");
    scan_digits(r, n);
    n->fits &= r->at - first <= 9999;
    n->exponent = n->fits ? -(int)(r->at - first) : 0;
    n->is_real = true;
    return true;
}

static bool scan_exponent(reader *r, number *n)
{
    if (r->at == r->end || ct_ascii_lower(*r->at) != 'e')
        return true;
    r->at++;
    bool negative = r->at < r->end && *r->at == '-';
    if (negative || (r->at < r->end && *r->at == '+'))
        r->at++;
    if (!is_digit(r, r->at))
        return fail_at(r, r->at, "a digit must follow the 'e' of a number");
    int exponent = 0;
    for (; is_digit(r, r->at); r->at++)
        exponent = CT_MIN(exponent * 10 + (*r->at - '0'), 99999);
    n->exponent += negative ? -exponent : exponent;
    n->is_real = true;
    return true;
}

static bool scan_number(reader *r, number *n)
{
    *n = (number){ .start = r->at, .fits = true, .negative = *r->at == '-' };
    r->at += n->negative;
    if (!is_digit(r, r->at))
        return fail_at(r, r->at, "a digit must follow the '-' of a number");
    if (*r->at == '0' && is_digit(r, r->at + 1))
        return fail_at(r, r->at, "a number has no zero in front");
    scan_digits(r, n);
    if (!scan_fraction(r, n) || !scan_exponent(r, n))
        return false;
    n->end = r->at;
    return true;
}

/* Powers of ten that a double holds exactly. */
static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* Any number, rounded once and properly. False when memory is out. */
static bool read_slowly(const reader *r, const number *n, double *ret_value)
{
    char room[64];
    size_t length = (size_t)(n->end - n->start);
    char *text = length < sizeof(room) ? room : ct_arena_alloc(r->arena, length + 1);
    if (!text)
        return no_room(r);
    memcpy(text, n->start, length);
    text[length] = '\0';
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        ct_die("the locale \"C\" cannot be made: %m");
    *ret_value = strtod_l(text, NULL, c_locale);
    freelocale(c_locale);
    return true;
}

static bool read_real(const reader *r, const number *n, ct_value *ret_value)
{
    double value = 0;
    bool exact = FLT_EVAL_METHOD == 0 && n->fits && n->digits <= UINT64_C(1) << DBL_MANT_DIG;
    if (exact && n->exponent >= 0 && n->exponent < (int)CT_COUNT(powers))
        value = copysign((double)n->digits * powers[n->exponent], n->negative ? -1 : 1);
    else if (exact && n->exponent < 0 && -n->exponent < (int)CT_COUNT(powers))
        value = copysign((double)n->digits / powers[-n->exponent], n->negative ? -1 : 1);
    else if (!read_slowly(r, n, &value))
        return false;
    if (!isfinite(value))
        return fail_at(r, n->start, "the number is too large");
    *ret_value = ct_value_of_real(value);
    return true;
}

/* Whether a double has the number again when it is written: with so many digits, and as a normal one, it has. */
static bool survives(const number *n)
{
    static const uint64_t most = UINT64_C(1000000000000000); /* DBL_DIG digits */
    return n->fits && n->digits < most && n->exponent > DBL_MIN_10_EXP && n->exponent < DBL_MAX_10_EXP - DBL_DIG;
}

static bool keep_numeral(const reader *r, const number *n, ct_value *ret_value)
{
    char *text = ct_arena_copy(r->arena, n->start, (size_t)(n->end - n->start));
    if (!text)
        return no_room(r);
    *ret_value = (ct_value){ .type = CT_VALUE_NUMERAL, .text = text };
    return true;
}

static bool read_number(reader *r, ct_value *ret_value)
{
    number n;
    if (!scan_number(r, &n))
        return false;
    if (n.is_real || !n.fits || (n.negative && n.digits > (uint64_t)INT64_MAX + 1))
        return r->exact && !survives(&n) ? keep_numeral(r, &n, ret_value) : read_real(r, &n, ret_value);
    *ret_value = n.negative ? ct_value_of_int((int64_t)(0 - n.digits)) : ct_value_of_uint(n.digits);
    return true;
}

/* ---- values ---- */

static void skip_space(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

/* Whether the character comes next, after white space; goes behind it then. */
static bool takes(reader *r, char ch)
{
    skip_space(r);
    if (r->at == r->end || *r->at != ch)
        return false;
    r->at++;
    return true;
}

/* After an item of the object or array that `open` begins: whether there is another. False with *ret_failed set when
 * neither a comma nor the end follows. */
static bool goes_on(reader *r, const char *open, bool *ret_failed)
{
    char close = *open == '[' ? ']' : '}', text[40];
    if (takes(r, close))
        return false;
    *ret_failed = true;
    if (!takes(r, ',')) {
        place begun = place_of(r, open);
        return fail_at(r, r->at, "expected ',' or '%c' for the '%c' of line %zu, column %zu, found %s", close, *open,
                       begun.line, begun.column, found_at(r, r->at, &text));
    }
    const char *comma = r->at - 1;
    if (takes(r, close))
        return fail_at(r, comma, "nothing follows this comma: remove it");
    *ret_failed = false;
    return true;
}

static bool read_value(reader *r, unsigned depth, ct_value *ret_value);

static bool read_array(reader *r, unsigned depth, ct_value *ret_value)
{
    const char *open = r->at++;
    bool empty = takes(r, ']'), failed = false;
    ct_array *array = ct_array_in(r->arena, empty ? 1 : 4);
    if (!array)
        return no_room(r);
    for (bool more = !empty; more; more = goes_on(r, open, &failed)) {
        ct_value item = ct_value_null();
        if (!read_value(r, depth, &item))
            return false;
        if (!ct_array_put(array, item))
            return no_room(r);
    }
    *ret_value = ct_value_of_array(array);
    return !failed;
}

static bool read_name(reader *r, const char **ret_name)
{
    char text[40];
    skip_space(r);
    if (r->at == r->end || *r->at != '"')
        return fail_at(r, r->at, "expected a name in double quotes, found %s", found_at(r, r->at, &text));
    if (!read_text(r, ret_name))
        return false;
    return takes(r, ':') || fail_at(r, r->at, "expected ':' after the name, found %s", found_at(r, r->at, &text));
}

static bool read_object(reader *r, unsigned depth, ct_value *ret_value)
{
    const char *open = r->at++;
    bool empty = takes(r, '}'), failed = false;
    ct_map *map = ct_map_in(r->arena, empty ? 1 : 4);
    if (!map)
        return no_room(r);
    for (bool more = !empty; more; more = goes_on(r, open, &failed)) {
        const char *name = NULL;
        ct_value value = ct_value_null();
        if (!read_name(r, &name) || !read_value(r, depth, &value))
            return false;
        if (!ct_map_put(map, name, value))
            return no_room(r);
    }
    *ret_value = ct_value_of_map(map);
    return !failed;
}

static bool read_word(reader *r, ct_value *ret_value)
{
    ct_str word = word_at(r, r->at);
    if (ct_str_eq(word, CT_STR("true")) || ct_str_eq(word, CT_STR("false")))
        *ret_value = ct_value_of_bool(*word.data == 't');
    else if (ct_str_eq(word, CT_STR("null")))
        *ret_value = ct_value_null();
    else
        return refuse_value(r);
    r->at += word.length;
    return true;
}

/* The value after white space, with `depth` objects and arrays around it. */
static bool read_value(reader *r, unsigned depth, ct_value *ret_value)
{
    skip_space(r);
    char first = r->at < r->end ? *r->at : '\0';
    if ((first == '{' || first == '[') && depth >= CT_JSON_DEPTH)
        return fail_at(r, r->at, "objects and arrays nest deeper than %d", CT_JSON_DEPTH);
    if (first == '{')
        return read_object(r, depth + 1, ret_value);
    if (first == '[')
        return read_array(r, depth + 1, ret_value);
    if (first == '-' || (first >= '0' && first <= '9'))
        return read_number(r, ret_value);
    if (first != '"')
        return read_word(r, ret_value);
    const char *text = NULL;
    if (!read_text(r, &text))
        return false;
    *ret_value = ct_value_of_text(text);
    return true;
}

/* ---- the whole ---- */

/* Where what is no UTF-8 begins. */
static const char *find_invalid(const reader *r)
{
    const char *at = r->start;
    while (sequence_length(at) <= (size_t)(r->end - at) && ct_utf8_valid(at, sequence_length(at)))
        at += sequence_length(at);
    return at;
}

static bool read_whole(ct_str text, bool exact, ct_arena *arena, ct_value *ret_value, ct_error *error)
{
    const char *start = text.length ? text.data : "";
    reader r = {
        .start = start, .at = start, .end = start + text.length, .arena = arena, .error = error, .exact = exact
    };
    ct_value value;
    char found[40];
    if (!ct_utf8_valid(start, text.length))
        return fail_at(&r, find_invalid(&r), "this is no UTF-8");
    if (ct_str_starts(text, CT_STR("\xEF\xBB\xBF")))
        return fail_at(&r, r.at, "a byte order mark (U+FEFF) stands before the value: save the text without it");
    if (!read_value(&r, 0, &value))
        return false;
    skip_space(&r);
    if (r.at < r.end)
        return fail_at(&r, r.at, "expected nothing after the value, found %s", found_at(&r, r.at, &found));
    *ret_value = value;
    return true;
}

bool ct_json_read(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error)
{
    return read_whole(text, false, arena, ret_value, error);
}

bool ct_json_read_exactly(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error)
{
    return read_whole(text, true, arena, ret_value, error);
}

bool ct_json_read_stored(ct_str text, ct_arena *arena, ct_value *ret_value, ct_error *error)
{
    return read_whole(text, stored_exactly, arena, ret_value, error);
}

void ct_json_store_exactly(bool exactly)
{
    stored_exactly = exactly;
}
