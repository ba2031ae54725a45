/* What handlers, middleware and commands see of the settings. On the hot path of apps that use them: one hash
 * look-up. */
#include "web/ct.h"
#include "web/settings_table.h"

/* The value for the accessor ct_setting_<accessor>(). */
static const ct_typed *value_for(ct *c, const char *name, const char *accessor)
{
    const ct_setting_value *found = ct_settings_find(c->site->settings, name);
    if (!found) {
        ct_nearest nearest = ct_nearest_to(name);
        for (size_t i = 0; i < c->site->settings->count; i++)
            ct_nearest_try(&nearest, c->site->settings->values[i].setting->name);
        if (nearest.best)
            ct_mistake(c, "ct_setting_%s(\"%s\"): there is no such setting; did you mean \"%s\"?", accessor, name,
                       nearest.best);
        ct_mistake(c, "ct_setting_%s(\"%s\"): there is no such setting; declare it with SETTING()", accessor, name);
    }
    const char *right = ct_type_accessor(found->setting->type);
    if (strcmp(right, accessor) != 0)
        ct_mistake(c, "ct_setting_%s(\"%s\"): the setting is of type %s; read it with ct_setting_%s()", accessor, name,
                   ct_type_name(found->setting->type), right);
    return &found->value;
}

const char *ct_setting_text(ct *c, const char *name)
{
    return value_for(c, name, "text")->text;
}

int64_t ct_setting_int(ct *c, const char *name)
{
    return value_for(c, name, "int")->integer;
}

double ct_setting_real(ct *c, const char *name)
{
    return value_for(c, name, "real")->real;
}

bool ct_setting_flag(ct *c, const char *name)
{
    return value_for(c, name, "flag")->integer;
}
