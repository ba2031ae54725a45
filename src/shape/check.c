/* Mistakes of declarations, found before anything runs: options that say nothing at their kind, values that are none,
 * bounds that leave nothing between them, patterns that are none. Relations and columns are the graph's (src/db). */
#include "shape/validate.h"

#include "canteen/model.h"
#include "shape/kinds.h"
#include "shape/types.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct {
    const ct_shape *shape;
    const ct_field *field;
    ct_problems *problems;
    ct_arena *arena;
} check;

static void tell(const check *k, const char *format, ...) CT_PRINTF(2, 3);

static void tell(const check *k, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    ct_vsay(text, sizeof(text), format, args);
    va_end(args);
    const ct_model *model = k->shape->model;
    if (model)
        ct_problems_add(k->problems, CT_PROBLEM_ERROR, "%s:%d: model %s, field %s: %s", model->file, model->line,
                        k->shape->name, k->field->name, text);
    else
        ct_problems_add(k->problems, CT_PROBLEM_ERROR, "shape %s, field %s: %s", k->shape->name, k->field->name, text);
}

/* ---- options that say nothing ---- */

static bool is_number(ct_kind kind)
{
    return kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal;
}

static bool is_moment(ct_kind kind)
{
    return kind >= CT_KIND_datetime && kind <= CT_KIND_duration;
}

/* `meant`: the option that says it of this kind, or NULL. */
static void check_fits(const check *k, bool given, bool fits, const char *option, const char *kinds, const char *meant)
{
    if (given && !fits)
        tell(k, "%s is for fields of kind %s, and this one is of kind %s%s%s%s", option, kinds,
             ct_kind_name(k->field->kind), meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
}

static void check_options(const check *k)
{
    const ct_field *field = k->field;
    ct_kind kind = field->kind, key = ct_kind_of_key(kind);
    bool text = ct_kind_is_text(kind), ordered = is_number(key) || is_moment(key);
    check_fits(k, field->max_length != 0, text || kind == CT_KIND_binary || kind == CT_KIND_array, ".max_length",
               "text, binary and array",
               kind == CT_KIND_decimal ? ".max_digits"
               : ordered               ? ".max_value"
                                       : NULL);
    check_fits(k, field->min_length != 0, text || kind == CT_KIND_binary || kind == CT_KIND_array, ".min_length",
               "text, binary and array", ordered ? ".min_value" : NULL);
    check_fits(k, field->min_value != NULL, ordered, ".min_value", "integer, real, decimal and those of times",
               text || kind == CT_KIND_binary || kind == CT_KIND_array ? ".min_length" : NULL);
    check_fits(k, field->max_value != NULL, ordered, ".max_value", "integer, real, decimal and those of times",
               text || kind == CT_KIND_binary || kind == CT_KIND_array ? ".max_length" : NULL);
    check_fits(k, field->max_digits || field->decimal_places, kind == CT_KIND_decimal,
               ".max_digits and .decimal_places", "decimal", text ? ".max_length" : NULL);
    check_fits(k, field->pattern != NULL, text, ".pattern", "text", NULL);
    check_fits(k, field->choices != NULL,
               kind != CT_KIND_json && kind != CT_KIND_binary && kind != CT_KIND_array && kind <= CT_KIND_uuid,
               ".choices", "text, numbers and times", NULL);
    check_fits(k, field->auto_now || field->auto_now_add,
               kind == CT_KIND_datetime || kind == CT_KIND_date || kind == CT_KIND_time, ".auto_now",
               "datetime, date and time", NULL);
    check_fits(k, field->uuid_v4 || field->uuid_v7, kind == CT_KIND_uuid, ".uuid_v4 and .uuid_v7", "uuid", NULL);
}

/* ---- values ---- */

static bool read_value(const check *k, const char *option, const char *text, ct_value *ret_value)
{
    const char *problem = NULL;
    ct_kind key = ct_kind_of_key(k->field->kind);
    if (!text || (k->field->kind >= CT_KIND_row && !ct_kind_is_ref(k->field->kind)))
        return false;
    if (ct_value_parse(k->arena, k->field, ct_str_of(text), ret_value, &problem))
        return true;
    tell(k, "%s = \"%s\" is no %s%s", option, text, ct_kind_name(key),
         key == CT_KIND_boolean ? ": it is \"true\" or \"false\"" : "");
    return false;
}

static void check_bounds(const check *k)
{
    ct_value low, high;
    const ct_field *field = k->field;
    if (field->kind == CT_KIND_array || ct_kind_is_text(field->kind))
        return;
    bool has_low = read_value(k, ".min_value", field->min_value, &low);
    bool has_high = read_value(k, ".max_value", field->max_value, &high);
    if (has_low && has_high && ct_value_compare(low, high) > 0)
        tell(k, ".min_value = \"%s\" is more than .max_value = \"%s\": nothing fits", field->min_value,
             field->max_value);
}

static void check_lengths(const check *k)
{
    const ct_field *field = k->field;
    if (field->max_length < 0 || field->min_length < 0)
        tell(k, ".max_length and .min_length are no less than 0");
    else if (field->max_length && field->min_length > field->max_length)
        tell(k, ".min_length = %d is more than .max_length = %d: nothing fits", field->min_length, field->max_length);
    if (field->max_digits < 0 || field->decimal_places < 0 || field->max_digits > CT_DECIMAL_DIGITS)
        tell(k, ".max_digits goes to %d and .decimal_places to %d", CT_DECIMAL_DIGITS, CT_DECIMAL_SCALE);
    else if (field->max_digits && field->decimal_places > field->max_digits)
        tell(k, ".decimal_places = %d is more than .max_digits = %d", field->decimal_places, field->max_digits);
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* A default that the field itself would not take. */
static void check_default_fits(const check *k, ct_value value)
{
    const ct_field *field = k->field;
    ct_value other;
    bool text = ct_kind_is_text(field->kind), found = !field->choices || (text && !*value.text && field->blank);
    if (text && field->max_length > 0 && count_characters(value.text) > (size_t)field->max_length)
        tell(k, ".default_value = \"%s\" is longer than .max_length = %d", field->default_value, field->max_length);
    for (const ct_choice *choice = field->choices; !found && choice->value; choice++) {
        const char *problem;
        found = !ct_value_parse(k->arena, field, ct_str_of(choice->value), &other, &problem) ||
                ct_value_compare(value, other) == 0;
    }
    if (!found)
        tell(k, ".default_value = \"%s\" is none of its .choices", field->default_value);
}

static void check_default(const check *k)
{
    const ct_field *field = k->field;
    ct_value value;
    if (field->default_value && field->default_function)
        tell(k, "it has .default_value and .default_function: one of them is its default");
    if (read_value(k, ".default_value", field->default_value, &value))
        check_default_fits(k, value);
    for (const ct_choice *choice = field->choices; choice && choice->value; choice++) {
        (void)read_value(k, ".choices", choice->value, &value);
        if (field->max_length > 0 && ct_kind_is_text(field->kind) &&
            strlen(choice->value) > 4 * (size_t)field->max_length)
            tell(k, ".choices: \"%s\" is longer than .max_length = %d", choice->value, field->max_length);
    }
}

static void check_pattern(const check *k)
{
    char room[256];
    const char *problem = k->field->pattern ? ct_pattern_problem(k->field->pattern, room) : NULL;
    if (problem)
        tell(k, ".pattern = \"%s\" is no pattern of PCRE2: %s", k->field->pattern, problem);
}

void ct_shape_check(const ct_shape *shape, ct_problems *problems)
{
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    for (size_t i = 0; i < shape->field_count; i++) {
        const check k = { .shape = shape, .field = &shape->fields[i], .problems = problems, .arena = &arena };
        check_options(&k);
        check_lengths(&k);
        check_bounds(&k);
        check_default(&k);
        check_pattern(&k);
    }
    ct_arena_finish(&arena);
}
