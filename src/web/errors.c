/* Errors of fields: kept in the order in which they were found, and as a map, a line of text and a problem document. */
#include "canteen/errors.h"
#include "canteen/value.h"
#include "canteen/work.h"

#include "web/errors.h"

#include <stdarg.h>

struct ct_errors {
    ct *c;
    ct_field_error *items;
    size_t count;
};

ct_errors *ct_errors_new(ct *c)
{
    ct_errors *errors = ct_alloc(c, sizeof *errors);
    errors->c = c;
    return errors;
}

void ct_errors_add(ct_errors *errors, const char *field, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = ct_arena_vprintf(errors->c->arena, format, args);
    va_end(args);
    ct_field_error *items = ct_arena_grown(errors->c->arena, errors->items, errors->count, sizeof *items, 4);
    if (!message || !items)
        ct_out_of_memory(errors->c);
    items[errors->count++] = (ct_field_error){ .field = field, .code = code, .message = message };
    errors->items = items;
}

size_t ct_errors_count(const ct_errors *errors)
{
    return errors ? errors->count : 0;
}

ct_field_error ct_errors_at(const ct_errors *errors, size_t index)
{
    if (index >= errors->count)
        ct_mistake(errors->c, "ct_errors_at: there is no error %zu of %zu", index, errors->count);
    return errors->items[index];
}

ct_map *ct_errors_map(ct *c, const ct_errors *errors)
{
    ct_map *map = ct_map_new(c);
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        const char *field = errors->items[i].field ? errors->items[i].field : "";
        if (ct_map_get(map, field).type == CT_VALUE_ARRAY)
            continue;
        ct_array *messages = ct_array_new(c);
        for (size_t j = i; j < errors->count; j++)
            if (strcmp(errors->items[j].field ? errors->items[j].field : "", field) == 0)
                ct_array_add(messages, errors->items[j].message);
        ct_map_set(map, field, messages);
    }
    return map;
}

const char *ct_errors_line(const ct_errors *errors)
{
    ct_buffer line = ct_buffer_in(errors->c->arena);
    for (size_t i = 0; i < errors->count; i++) {
        const ct_field_error *error = &errors->items[i];
        ct_buffer_printf(&line, "%s%s%s%s", i ? " " : "", error->field ? error->field : "", error->field ? ": " : "",
                         error->message);
    }
    const char *text = ct_buffer_text(&line);
    if (line.failed)
        ct_out_of_memory(errors->c);
    return text;
}

/* A JSON pointer to the member of that name (RFC 6901), as a fragment: names of fields need no escapes. */
ct_value ct_errors_problems(ct *c, const ct_errors *errors)
{
    ct_array *problems = ct_array_new(c);
    for (size_t i = 0; i < ct_errors_count(errors); i++) {
        const ct_field_error *error = &errors->items[i];
        ct_map *problem = ct_map_new(c);
        ct_map_set(problem, "detail", error->message);
        if (error->field)
            ct_map_set(problem, "pointer", ct_printf(c, "#/%s", error->field));
        ct_map_set(problem, "code", error->code);
        ct_array_add(problems, problem);
    }
    return ct_value_of_array(problems);
}
