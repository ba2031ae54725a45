/* What a command sees of its command line: the public accessors. */
#include "base/nearest.h"
#include "cli/options.h"
#include "web/ct.h"

/* The row of the table; of any kind when `accessor` is "given" (ct_option_all() looks at the kind itself). */
static size_t find(ct *c, const char *name, const char *accessor)
{
    const ct_option_values *values = c->options;
    if (!values)
        ct_mistake(c, "ct_option_%s(\"%s\") was called outside a command", accessor, name);
    ct_nearest nearest = ct_nearest_to(name);
    size_t index = 0;
    for (; index < values->count && strcmp(values->options[index].name, name) != 0; index++)
        ct_nearest_try(&nearest, values->options[index].name);
    if (index == values->count && nearest.best)
        ct_mistake(c, "ct_option_%s(\"%s\"): the command has no such option; did you mean \"%s\"?", accessor, name,
                   nearest.best);
    if (index == values->count)
        ct_mistake(c, "ct_option_%s(\"%s\"): the command has no such option or argument", accessor, name);
    ct_type type = values->options[index].type;
    if (strcmp(accessor, "given") != 0 && strcmp(accessor, ct_type_accessor(type)) != 0)
        ct_mistake(c, "ct_option_%s(\"%s\"): the option is of type %s; read it with ct_option_%s()", accessor, name,
                   ct_type_name(type), ct_type_accessor(type));
    return index;
}

const char *ct_option_text(ct *c, const char *name)
{
    size_t index = find(c, name, "text");
    return c->options->values[index].text;
}

int64_t ct_option_int(ct *c, const char *name)
{
    size_t index = find(c, name, "int");
    return c->options->values[index].integer;
}

double ct_option_real(ct *c, const char *name)
{
    size_t index = find(c, name, "real");
    return c->options->values[index].real;
}

bool ct_option_flag(ct *c, const char *name)
{
    size_t index = find(c, name, "flag");
    return c->options->values[index].integer;
}

bool ct_option_given(ct *c, const char *name)
{
    size_t index = find(c, name, "given");
    return c->options->given[index];
}

const char *const *ct_option_all(ct *c, const char *name)
{
    size_t index = find(c, name, "given");
    const char *const *all = c->options->all[index];
    if (!all)
        ct_mistake(c, "ct_option_all(\"%s\"): the option has no .repeat", name);
    return all;
}
