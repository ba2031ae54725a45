/* The checks of canteen/test.h: comparing values of any kinds, and telling what was found.
 *
 *     polls/tests.c:12: CT_CHECK_EQ(r->status, 302)
 *       r->status is 200
 *
 * A side that is written as it is shown ("302 is 302") is left out. Numbers compare by value, whatever their types;
 * rows compare as the maps of their fields. */
#include "test/test.h"

#include "shape/json_write.h"
#include "shape/value.h"

#define MOST_SHOWN 2000  /* bytes of one value */
#define LONG_TEXT 60     /* from here on the difference is pointed at */
#define SURROUNDINGS 100 /* bytes before and behind */

/* ---- comparing ---- */

static bool is_number(ct_value value)
{
    switch (value.type) {
    case CT_VALUE_BOOL:
    case CT_VALUE_INT:
    case CT_VALUE_UINT:
    case CT_VALUE_REAL:
    case CT_VALUE_DATETIME:
    case CT_VALUE_DATE:
    case CT_VALUE_DAYTIME:
    case CT_VALUE_DURATION:
    case CT_VALUE_DECIMAL:
        return true;
    default:
        return false;
    }
}

static bool is_text(ct_value value)
{
    return value.type == CT_VALUE_TEXT || value.type == CT_VALUE_SAFE;
}

/* Exact for every integer of 64 bits and every double, where long double has 64 bits of its own. */
static long double number_of(ct_value value)
{
    switch (value.type) {
    case CT_VALUE_BOOL:
        return value.boolean;
    case CT_VALUE_INT:
        return (long double)value.integer;
    case CT_VALUE_UINT:
        return (long double)value.uinteger;
    case CT_VALUE_DATETIME:
    case CT_VALUE_DURATION:
        return (long double)value.time;
    case CT_VALUE_DATE:
        return value.date.days;
    case CT_VALUE_DAYTIME:
        return (long double)value.daytime.microseconds;
    case CT_VALUE_DECIMAL:
        return (long double)ct_decimal_real(*value.decimal);
    default:
        return value.real;
    }
}

/* A list, whether an array or rows. */
static bool is_list(ct_value value, size_t *ret_count)
{
    if (value.type == CT_VALUE_ARRAY)
        *ret_count = value.array->count;
    else if (value.type == CT_VALUE_ROWS)
        *ret_count = value.rows->count;
    else
        return false;
    return true;
}

static ct_value item_at(ct_value list, size_t index)
{
    return list.type == CT_VALUE_ARRAY ? list.array->items[index] : ct_value_of_row(list.rows->items[index]);
}

static bool is_object(ct_value value)
{
    return value.type == CT_VALUE_MAP || value.type == CT_VALUE_ROW;
}

/* The pair at `*at` or behind it, which then moves on; false at the end. Methods are no pairs. */
static bool next_pair(ct_value object, size_t *at, ct_kv *ret_pair)
{
    if (object.type == CT_VALUE_MAP) {
        if (*at == object.map->count)
            return false;
        *ret_pair = object.map->pairs[(*at)++];
        return true;
    }
    const ct_shape *shape = object.row->shape;
    while (*at < shape->field_count) {
        const ct_field *field = &shape->fields[(*at)++];
        if (field->kind == CT_KIND_method || field->kind >= CT_KIND_many_to_many)
            continue;
        *ret_pair = (ct_kv){ field->name, ct_row_value(object.row, field) };
        return true;
    }
    return false;
}

static bool find_pair(ct_value object, const char *key, ct_value *ret_value)
{
    ct_kv pair;
    for (size_t at = 0; next_pair(object, &at, &pair);)
        if (strcmp(pair.key, key) == 0) {
            *ret_value = pair.value;
            return true;
        }
    return false;
}

static size_t count_pairs(ct_value object)
{
    ct_kv pair;
    size_t count = 0;
    for (size_t at = 0; next_pair(object, &at, &pair);)
        count++;
    return count;
}

static bool equal(ct_value a, ct_value b, unsigned depth);

static bool equal_objects(ct_value a, ct_value b, unsigned depth)
{
    ct_kv pair;
    ct_value other;
    for (size_t at = 0; next_pair(a, &at, &pair);)
        if (!find_pair(b, pair.key, &other) || !equal(pair.value, other, depth + 1))
            return false;
    return count_pairs(a) == count_pairs(b);
}

static bool equal_bytes(const ct_bytes *a, const ct_bytes *b)
{
    return a->len == b->len && (!a->len || memcmp(a->data, b->data, a->len) == 0);
}

static bool equal(ct_value a, ct_value b, unsigned depth)
{
    size_t count, other;
    if (depth > CT_JSON_DEPTH)
        return false;
    if (a.type == CT_VALUE_DECIMAL && b.type == CT_VALUE_DECIMAL)
        return ct_decimal_compare(*a.decimal, *b.decimal) == 0;
    if (a.type == CT_VALUE_UUID && b.type == CT_VALUE_UUID)
        return ct_uuid_equal(*a.uuid, *b.uuid);
    if (a.type == CT_VALUE_BYTES && b.type == CT_VALUE_BYTES)
        return equal_bytes(a.bytes, b.bytes);
    if (is_number(a) && is_number(b))
        return number_of(a) == number_of(b);
    if (is_text(a) && is_text(b))
        return strcmp(a.text, b.text) == 0;
    if (is_object(a) && is_object(b))
        return equal_objects(a, b, depth);
    if (!is_list(a, &count) || !is_list(b, &other))
        return a.type == CT_VALUE_NULL && b.type == CT_VALUE_NULL;
    bool same = count == other;
    for (size_t i = 0; same && i < count; i++)
        same = equal(item_at(a, i), item_at(b, i), depth + 1);
    return same;
}

static bool ordered(ct_value a, ct_value b, ct_test_relation relation)
{
    bool numbers = is_number(a), less, same;
    if (numbers) {
        less = number_of(a) < number_of(b);
        same = number_of(a) == number_of(b);
        if (!less && !same && !(number_of(a) > number_of(b)))
            return false; /* one is no number */
    } else {
        int order = strcmp(a.text, b.text);
        less = order < 0;
        same = order == 0;
    }
    switch (relation) {
    case CT_TEST_LT:
        return less;
    case CT_TEST_LE:
        return less || same;
    case CT_TEST_GT:
        return !less && !same;
    default:
        return !less;
    }
}

/* ---- showing ---- */

static void show_text(ct_buffer *out, const char *text, size_t length)
{
    ct_buffer_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        char ch = text[i];
        if (ch == '"' || ch == '\\')
            ct_buffer_printf(out, "\\%c", ch);
        else if (ch == '\n' || ch == '\t' || ch == '\r')
            ct_buffer_str(out, ch == '\n' ? CT_STR("\\n") : ch == '\t' ? CT_STR("\\t") : CT_STR("\\r"));
        else if ((unsigned char)ch < 0x20 || ch == 0x7F)
            ct_buffer_printf(out, "\\x%02x", (unsigned char)ch);
        else
            ct_buffer_char(out, ch);
    }
    ct_buffer_char(out, '"');
}

static void show(ct_buffer *out, ct_value value, unsigned depth);

static void show_object(ct_buffer *out, ct_value value, unsigned depth)
{
    ct_kv pair;
    ct_buffer_char(out, '{');
    for (size_t at = 0, shown = 0; next_pair(value, &at, &pair); shown++) {
        if (shown)
            ct_buffer_str(out, CT_STR(", "));
        show_text(out, pair.key, strlen(pair.key));
        ct_buffer_str(out, CT_STR(": "));
        show(out, pair.value, depth + 1);
    }
    ct_buffer_char(out, '}');
}

static void show_list(ct_buffer *out, ct_value value, size_t count, unsigned depth)
{
    ct_buffer_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_buffer_str(out, CT_STR(", "));
        show(out, item_at(value, i), depth + 1);
    }
    ct_buffer_char(out, ']');
}

static void show(ct_buffer *out, ct_value value, unsigned depth)
{
    size_t count;
    if (depth > CT_JSON_DEPTH)
        ct_buffer_str(out, CT_STR("..."));
    else if (value.type == CT_VALUE_NULL)
        ct_buffer_str(out, CT_STR("NULL"));
    else if (is_text(value))
        show_text(out, value.text, strlen(value.text));
    else if (is_object(value))
        show_object(out, value, depth);
    else if (is_list(value, &count))
        show_list(out, value, count, depth);
    else if (value.type == CT_VALUE_REAL && value.real - value.real != 0) /* JSON has none of these */
        ct_buffer_printf(out, "%f", value.real);
    else if (!ct_json_write(out, value, 0))
        out->failed = true;
}

/* The value, cut, as text of the arena. */
static const char *shown(ct *c, ct_value value)
{
    ct_buffer out = ct_buffer_in(c->arena);
    show(&out, value, 0);
    if (out.length <= MOST_SHOWN)
        return ct_buffer_text(&out);
    size_t whole = out.length;
    out.length = MOST_SHOWN;
    ct_buffer_printf(&out, "... (%zu bytes)", whole);
    return ct_buffer_text(&out);
}

/* "line 3", of a place in a text. */
static size_t line_of(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* The text from a little before `at` to a little behind it. */
static void show_around(ct_buffer *out, const char *text, size_t length, size_t at)
{
    size_t from = at > SURROUNDINGS ? at - SURROUNDINGS : 0, to = CT_MIN(at + SURROUNDINGS, length);
    while (from > 0 && ((unsigned char)text[from] & 0xC0) == 0x80) /* not from within a letter */
        from--;
    while (to < length && ((unsigned char)text[to] & 0xC0) == 0x80)
        to++;
    ct_buffer_str(out, from ? CT_STR("...") : CT_STR(""));
    show_text(out, text + from, to - from);
    ct_buffer_str(out, to < length ? CT_STR("...") : CT_STR(""));
}

/* ---- CT_CHECK_EQ and its like ---- */

static void tell_side(ct_buffer *out, ct *c, const char *source, ct_value value)
{
    const char *text = shown(c, value);
    if (strcmp(source, text) != 0)
        ct_buffer_printf(out, "\n  %s is %s", source, text);
}

static void tell_difference(ct_buffer *out, const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b), at = 0;
    if (a_length < LONG_TEXT && b_length < LONG_TEXT)
        return;
    while (a[at] && a[at] == b[at])
        at++;
    ct_buffer_printf(out, "\n  they differ from byte %zu on (line %zu):\n    ", at, line_of(a, at));
    show_around(out, a, a_length, at);
    ct_buffer_str(out, CT_STR("\n    "));
    show_around(out, b, b_length, at);
}

/* Of a check of a reply's status: what the page says often tells why. */
static void tell_reply(ct_buffer *out, const ct_test_state *state, const char *source, ct_value value)
{
    if (!state || !state->last || !strstr(source, "status") || value.type != CT_VALUE_INT ||
        value.integer != state->last->status)
        return;
    size_t length = CT_MIN(state->last->length, (size_t)MOST_SHOWN);
    ct_buffer_printf(out, "\n  the answer to %s was:\n    ", state->asked);
    for (size_t i = 0; i < length; i++)
        ct_buffer_str(out, state->last->body[i] == '\n' ? CT_STR("\n    ") : (ct_str){ state->last->body + i, 1 });
    while (out->length && (out->data[out->length - 1] == ' ' || out->data[out->length - 1] == '\n'))
        out->length--;
}

void ct_test_compare(ct *c, const char *file, int line, ct_test_relation relation, const char *a_source, ct_value a,
                     const char *b_source, ct_value b)
{
    static const char *const names[] = { "EQ", "NE", "LT", "LE", "GT", "GE" };
    bool orders = relation != CT_TEST_EQ && relation != CT_TEST_NE;
    bool possible = !orders || (is_number(a) && is_number(b)) || (is_text(a) && is_text(b));
    bool holds = orders ? possible && ordered(a, b, relation) : equal(a, b, 0) == (relation == CT_TEST_EQ);
    if (holds)
        return;
    ct_buffer out = ct_buffer_in(c->arena);
    tell_side(&out, c, a_source, a);
    tell_side(&out, c, b_source, b);
    if (!possible)
        ct_buffer_str(&out, CT_STR("\n  only two numbers or two texts are one before the other"));
    if (relation == CT_TEST_EQ && is_text(a) && is_text(b))
        tell_difference(&out, a.text, b.text);
    tell_reply(&out, c->test, a_source, a);
    ct_test_fail_at(c, file, line, "CT_CHECK_%s(%s, %s)%s", names[relation], a_source, b_source, ct_buffer_text(&out));
}

/* ---- CT_CHECK_CONTAINS and CT_CHECK_LACKS ---- */

/* The longest beginning of `part` that the text has; *ret_at is where. */
static size_t nearest(const char *text, size_t length, const char *part, size_t part_length, size_t *ret_at)
{
    size_t good = 0, bad = part_length;
    *ret_at = 0;
    while (bad - good > 1) {
        size_t middle = good + (bad - good) / 2;
        const char *found = memmem(text, length, part, middle);
        if (found) {
            good = middle;
            *ret_at = (size_t)(found - text);
        } else {
            bad = middle;
        }
    }
    return good;
}

static void tell_missing(ct_buffer *out, const char *source, const char *text, const char *part)
{
    size_t length = strlen(text), at;
    if (length <= 4 * SURROUNDINGS) {
        ct_buffer_printf(out, "\n  %s is ", source);
        show_text(out, text, length);
        return;
    }
    size_t fits = nearest(text, length, part, strlen(part), &at);
    if (fits < 3) {
        ct_buffer_printf(out, "\n  nothing like it is in the %zu bytes, which begin ", length);
        show_around(out, text, length, 0);
        return;
    }
    ct_buffer_str(out, CT_STR("\n  nearest is "));
    show_text(out, part, fits);
    ct_buffer_printf(out, " at byte %zu (line %zu):\n    ", at, line_of(text, at));
    show_around(out, text, length, at + fits);
}

void ct_test_contains(ct *c, const char *file, int line, bool wanted, const char *text_source, const char *text,
                      const char *part_source, const char *part)
{
    const char *found = text && part ? strstr(text, part) : NULL;
    if (text && part && (found != NULL) == wanted)
        return;
    ct_buffer out = ct_buffer_in(c->arena);
    if (!text)
        ct_buffer_printf(&out, "\n  %s is NULL", text_source);
    tell_side(&out, c, part_source, ct_value_of_text(part));
    if (found) {
        ct_buffer_printf(&out, "\n  it is at byte %zu (line %zu):\n    ", (size_t)(found - text),
                         line_of(text, (size_t)(found - text)));
        show_around(&out, text, strlen(text), (size_t)(found - text));
    } else if (text && part) {
        tell_missing(&out, text_source, text, part);
    }
    ct_test_fail_at(c, file, line, "CT_CHECK_%s(%s, %s)%s", wanted ? "CONTAINS" : "LACKS", text_source, part_source,
                    ct_buffer_text(&out));
}
