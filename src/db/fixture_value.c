/* Values of fixtures, between what JSON has and what fields hold. */
#include "db/fixture.h"

#include "base/common.h"
#include "canteen/work.h"
#include "shape/json_write.h"
#include "shape/kinds.h"
#include "shape/validate.h"

#include <math.h>

static const struct {
    const char *text;
    double value;
} beyond[] = { { "Infinity", HUGE_VAL }, { "-Infinity", -HUGE_VAL }, { "NaN", NAN } };

ct_value ct_fixture_json(ct_value value)
{
    if (value.type != CT_VALUE_REAL || isfinite(value.real))
        return value;
    return ct_value_of_text(isnan(value.real) ? "NaN" : value.real > 0 ? "Infinity" : "-Infinity");
}

static bool read_beyond(const char *text, ct_value *ret_value)
{
    for (size_t i = 0; i < CT_COUNT(beyond); i++)
        if (strcmp(beyond[i].text, text) == 0) {
            *ret_value = ct_value_of_real(beyond[i].value);
            return true;
        }
    return false;
}

/* By way of the text that it is written as. */
static bool read_written(ct_arena *arena, const ct_field *field, ct_value in_json, ct_value *ret_value,
                         const char **ret_problem)
{
    ct_buffer text = ct_buffer_in(arena);
    *ret_problem = NULL;
    return ct_json_write(&text, in_json, 0) && !text.failed &&
           ct_value_parse(arena, field, (ct_str){ text.data, text.length }, ret_value, ret_problem);
}

static bool refuse(const char **ret_problem, const char *problem)
{
    *ret_problem = problem;
    return false;
}

bool ct_fixture_value(ct_arena *arena, const ct_field *field, ct_kind kind, ct_value in_json, ct_value *ret_value,
                      const char **ret_problem)
{
    const ct_field of_kind = { .name = field ? field->name : "id",
                               .kind = kind,
                               .element = field ? field->element : 0 };
    bool number = in_json.type == CT_VALUE_INT || in_json.type == CT_VALUE_REAL || in_json.type == CT_VALUE_UINT ||
                  in_json.type == CT_VALUE_NUMERAL;
    *ret_problem = NULL;
    if (kind == CT_KIND_json) {
        *ret_value = in_json;
        return true;
    }
    if (kind == CT_KIND_array)
        return in_json.type == CT_VALUE_ARRAY ? read_written(arena, &of_kind, in_json, ret_value, ret_problem)
                                              : refuse(ret_problem, "a list is expected");
    if (in_json.type == CT_VALUE_TEXT) {
        if (kind == CT_KIND_real && read_beyond(in_json.text, ret_value))
            return true;
        return ct_value_parse(arena, &of_kind, ct_str_of(in_json.text), ret_value, ret_problem);
    }
    if (in_json.type == CT_VALUE_BOOL && kind == CT_KIND_boolean) {
        *ret_value = in_json;
        return true;
    }
    if (number && (kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal))
        return read_written(arena, &of_kind, in_json, ret_value, ret_problem);
    static const char *const types[] = {
        [CT_VALUE_BOOL] = "true or false", [CT_VALUE_INT] = "a number",  [CT_VALUE_UINT] = "a number",
        [CT_VALUE_REAL] = "a number",      [CT_VALUE_MAP] = "an object", [CT_VALUE_ARRAY] = "a list"
    };
    if (number)
        in_json.type = CT_VALUE_REAL;
    const char *type = in_json.type < CT_COUNT(types) && types[in_json.type] ? types[in_json.type] : "null";
    return refuse(ret_problem, ct_arena_printf(arena, "%s is no value of the kind %s", type, ct_kind_name(kind)));
}

bool ct_fixture_natural_next(ct_str *rest, ct_str *ret_name)
{
    *ret_name = ct_str_next(rest, ',');
    return ret_name->data != NULL;
}

const char *ct_fixture_label(ct *c, const ct_table *table)
{
    char *label = ct_strdup(c, table->label);
    for (char *at = strrchr(label, '.'); at && *at; at++)
        *at = ct_ascii_lower(*at);
    return label;
}
