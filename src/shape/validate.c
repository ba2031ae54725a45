/* Whether a value fits its field: null and blank, then what its kind must be, then the field's own bounds.
 *
 * Text that is no UTF-8 is told as that alone, for nothing else can be said of it; otherwise every rule that is broken
 * adds its error, as Django's validators do. Defaults, and whether the row is unique, are others' matter. */
#include "shape/validate.h"

#include "canteen/work.h"
#include "shape/json_read.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <inttypes.h>
#include <math.h>

typedef struct {
    ct *c;
    const ct_shape *shape;
    const ct_field *field;
    ct_value value;
    ct_errors *errors;
} check;

#define FAIL(k, code, ...) ct_errors_add((k)->errors, (k)->field->name, (code), __VA_ARGS__)

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- nothing ---- */

/* True where there is nothing to look at any more. */
static bool check_presence(const check *k)
{
    const ct_field *field = k->field;
    bool model = k->shape->model != NULL, null = k->value.type == CT_VALUE_NULL;
    bool empty = null || (k->value.type == CT_VALUE_TEXT && !*k->value.text);
    if (!empty)
        return false;
    if (null && model && !field->null)
        FAIL(k, "null", "This field cannot be null.");
    else if (!model && field->required)
        FAIL(k, "required", "This field is required.");
    else if (!null && model && !field->blank && !field->null)
        FAIL(k, "required", "This field cannot be blank.");
    return true;
}

/* ---- text ---- */

static size_t count_characters(ct_str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

static void check_length(const check *k, size_t count, const char *unit)
{
    const ct_field *field = k->field;
    if (field->max_length > 0 && count > (size_t)field->max_length)
        FAIL(k, "max_length", "Ensure this value has at most %d %s%s (it has %zu).", field->max_length, unit,
             plural((size_t)field->max_length), count);
    if (field->min_length > 0 && count < (size_t)field->min_length)
        FAIL(k, "min_length", "Ensure this value has at least %d %s%s (it has %zu).", field->min_length, unit,
             plural((size_t)field->min_length), count);
}

static void check_format(const check *k, ct_kind kind, ct_str text)
{
    switch (kind) {
    case CT_KIND_email:
        if (!ct_is_email(text))
            FAIL(k, "invalid", "Enter a valid email address.");
        break;
    case CT_KIND_url:
        if (!ct_is_url(text))
            FAIL(k, "invalid", "Enter a valid URL.");
        break;
    case CT_KIND_slug:
        if (!ct_is_slug(text))
            FAIL(k, "invalid",
                 "Enter a valid \xE2\x80\x9Cslug\xE2\x80\x9D consisting of letters, numbers, underscores or hyphens.");
        break;
    case CT_KIND_ip:
        if (!ct_is_ip(text))
            FAIL(k, "invalid", "Enter a valid IPv4 or IPv6 address.");
        break;
    default:
        break;
    }
}

/* False: it is none, and nothing more can be said. */
static bool check_text(const check *k, ct_kind kind, const char *value, bool whole)
{
    ct_str text = ct_str_of(value);
    if (!ct_utf8_valid(text.data, text.length)) {
        FAIL(k, "invalid", "This is no valid UTF-8.");
        return false;
    }
    check_format(k, kind, text);
    if (!whole)
        return true;
    check_length(k, count_characters(text), "character");
    if (k->field->pattern && ct_pattern_match(k->field->pattern, text) != CT_FOUND)
        FAIL(k, "invalid", "Enter a valid value.");
    return true;
}

/* ---- numbers ---- */

/* Zeros at the end of the fraction are no digits that somebody meant. */
static ct_decimal without_zeros(ct_decimal value)
{
    while (value.scale > 0 && value.units % 10 == 0) {
        value.units /= 10;
        value.scale--;
    }
    return value;
}

static void check_digits(const check *k, ct_decimal value)
{
    int most = k->field->max_digits > 0 ? k->field->max_digits : CT_DECIMAL_DIGITS, places = k->field->decimal_places;
    if (k->field->max_digits <= 0 && places <= 0)
        return;
    value = without_zeros(value);
    int whole = ct_decimal_whole_digits(value);
    if (whole == 1 && ct_decimal_compare(value, ct_decimal_make(1, 0)) < 0 &&
        ct_decimal_compare(value, ct_decimal_make(-1, 0)) > 0)
        whole = 0; /* "0.5" has one digit */
    if (whole + value.scale > most)
        FAIL(k, "max_digits", "Ensure that there are no more than %d digit%s in total.", most, plural((size_t)most));
    if (value.scale > places)
        FAIL(k, "max_decimal_places", "Ensure that there are no more than %d decimal place%s.", places,
             plural((size_t)places));
    if (whole > most - places)
        FAIL(k, "max_whole_digits", "Ensure that there are no more than %d digit%s before the decimal point.",
             most - places, plural((size_t)(most - places)));
}

/* ---- bounds and choices ---- */

/* Where a bound or a choice lies that does not fit into a value. */
typedef union {
    ct_decimal decimal;
    ct_uuid uuid;
} room;

/* A bound or a choice as a value, without memory; false where it is none, which ct_shape_check() tells, or of a kind
 * that has neither. */
static bool read_given(const check *k, const char *text, room *kept, ct_value *ret_value)
{
    const char *problem;
    ct_kind kind = ct_kind_of_key(k->field->kind);
    if (ct_kind_is_text(kind)) {
        *ret_value = ct_value_of_text(text);
        return true;
    }
    switch (kind) {
    case CT_KIND_decimal:
        *ret_value = (ct_value){ .type = CT_VALUE_DECIMAL, .decimal = &kept->decimal };
        return ct_decimal_read(text, &kept->decimal);
    case CT_KIND_uuid:
        *ret_value = (ct_value){ .type = CT_VALUE_UUID, .uuid = &kept->uuid };
        return ct_uuid_read(text, &kept->uuid);
    case CT_KIND_binary:
    case CT_KIND_json:
    case CT_KIND_value:
    case CT_KIND_array:
        return false;
    default:
        return ct_value_parse(NULL, &(ct_field){ .kind = kind }, ct_str_of(text), ret_value, &problem);
    }
}

static void check_bounds(const check *k)
{
    room kept;
    ct_value bound;
    const ct_field *field = k->field;
    if (field->min_value && read_given(k, field->min_value, &kept, &bound) && ct_value_compare(k->value, bound) < 0)
        FAIL(k, "min_value", "Ensure this value is greater than or equal to %s.", field->min_value);
    if (field->max_value && read_given(k, field->max_value, &kept, &bound) && ct_value_compare(k->value, bound) > 0)
        FAIL(k, "max_value", "Ensure this value is less than or equal to %s.", field->max_value);
}

static void check_choices(const check *k)
{
    room kept;
    ct_value value;
    for (const ct_choice *choice = k->field->choices; choice->value; choice++)
        if (read_given(k, choice->value, &kept, &value) && ct_value_compare(k->value, value) == 0)
            return;
    if (k->value.type == CT_VALUE_TEXT)
        FAIL(k, "invalid_choice", "Value '%s' is not a valid choice.", k->value.text);
    else
        FAIL(k, "invalid_choice", "Value %s is not a valid choice.", ct_to_json(k->c, k->value));
}

/* ---- kinds ---- */

/* What in it is no JSON, or NULL. What is nested too deep the writer refuses. */
static const char *json_problem(ct_value value, int depth)
{
    const char *problem = NULL;
    if (depth == CT_JSON_DEPTH)
        return NULL;
    if (value.type == CT_VALUE_TEXT || value.type == CT_VALUE_SAFE)
        return ct_utf8_valid(value.text, strlen(value.text)) ? NULL : "This is no valid UTF-8.";
    if (value.type == CT_VALUE_REAL)
        return isfinite(value.real) ? NULL : "JSON has no NaN and no infinity.";
    if (value.type == CT_VALUE_ARRAY)
        for (size_t i = 0; i < value.array->count && !problem; i++)
            problem = json_problem(value.array->items[i], depth + 1);
    if (value.type == CT_VALUE_MAP)
        for (size_t i = 0; i < value.map->count && !problem; i++) {
            const ct_kv *pair = &value.map->pairs[i];
            problem = ct_utf8_valid(pair->key, strlen(pair->key)) ? json_problem(pair->value, depth + 1)
                                                                  : "This is no valid UTF-8.";
        }
    return problem;
}

static bool check_json(const check *k)
{
    const char *problem = json_problem(k->value, 0);
    if (problem)
        FAIL(k, "invalid", "%s", problem);
    return !problem;
}

static void check_array(const check *k)
{
    size_t count = k->value.array->count;
    const ct_field *field = k->field;
    if (field->max_length > 0 && count > (size_t)field->max_length)
        FAIL(k, "max_length", "List contains %zu item%s, it should contain no more than %d.", count, plural(count),
             field->max_length);
    if (field->min_length > 0 && count < (size_t)field->min_length)
        FAIL(k, "min_length", "List contains %zu item%s, it should contain no fewer than %d.", count, plural(count),
             field->min_length);
    for (size_t i = 0; i < count; i++) {
        ct_value item = k->value.array->items[i];
        if (item.type == CT_VALUE_TEXT && !check_text(k, field->element, item.text, false))
            return;
        if (item.type == CT_VALUE_REAL && !isfinite(item.real)) {
            FAIL(k, "invalid", "Enter a number.");
            return;
        }
    }
}

/* False: the value is none of its kind, so that bounds mean nothing. */
static bool check_kind(const check *k)
{
    ct_kind kind = ct_kind_of_key(k->field->kind);
    if (k->value.type == CT_VALUE_TEXT && ct_kind_is_text(kind))
        return check_text(k, kind, k->value.text, true);
    if (kind == CT_KIND_json)
        return check_json(k);
    switch (k->value.type) {
    case CT_VALUE_REAL:
        if (isfinite(k->value.real))
            return true;
        FAIL(k, "invalid", "Enter a number.");
        return false;
    case CT_VALUE_DECIMAL:
        if (!ct_decimal_is_valid(*k->value.decimal)) {
            FAIL(k, "invalid", "Enter a number.");
            return false;
        }
        check_digits(k, *k->value.decimal);
        return true;
    case CT_VALUE_DATE:
        if (k->value.date.days >= CT_DATE_FIRST && k->value.date.days <= CT_DATE_LAST)
            return true;
        FAIL(k, "invalid", "Enter a valid date.");
        return false;
    case CT_VALUE_DAYTIME:
        if (k->value.daytime.microseconds >= 0 && k->value.daytime.microseconds < CT_DAY)
            return true;
        FAIL(k, "invalid", "Enter a valid time.");
        return false;
    case CT_VALUE_DATETIME:
        if (k->value.time >= CT_DATE_FIRST * CT_DAY && k->value.time < (CT_DATE_LAST + 1) * CT_DAY)
            return true;
        FAIL(k, "invalid", "Enter a valid date/time.");
        return false;
    case CT_VALUE_BYTES:
        check_length(k, k->value.bytes->len, "byte");
        return true;
    case CT_VALUE_ARRAY:
        if (kind == CT_KIND_array)
            check_array(k);
        return true;
    default:
        return true;
    }
}

static bool needs_check(const ct_field *field, ct_value value)
{
    return value.type == CT_VALUE_TEXT || value.type == CT_VALUE_NULL || value.type == CT_VALUE_REAL ||
           value.type >= CT_VALUE_MAP || field->min_value || field->max_value || field->choices || field->validators;
}

void ct_field_validate(ct *c, const ct_shape *shape, const ct_field *field, ct_value value, ct_errors *errors)
{
    if (!needs_check(field, value))
        return;
    check k = { .c = c, .shape = shape, .field = field, .value = value, .errors = errors };
    bool fits = !check_presence(&k) && check_kind(&k);
    if (fits && (field->min_value || field->max_value) && !ct_kind_is_text(field->kind))
        check_bounds(&k);
    if (fits && field->choices)
        check_choices(&k);
    for (ct_validator *const *validator = field->validators; fits && validator && *validator; validator++) {
        const char *message = (*validator)(c, value);
        if (message)
            FAIL(&k, "invalid", "%s", message);
    }
}

void ct_shape_validate(ct *c, const ct_row *row, uint64_t fields, ct_errors *errors)
{
    const ct_shape *shape = row->shape;
    for (size_t i = shape->unmasked; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        bool column = field->kind <= CT_KIND_value || ct_kind_is_ref(field->kind);
        if (column && !field->generated && (fields & ct_field_mask(shape, field)))
            ct_field_validate(c, shape, field, ct_row_value(row, field), errors);
    }
}
