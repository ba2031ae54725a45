/* Asking for settings: by index, by name, and as the server's struct. What handlers call is in setting_access.c. */
#include "web/settings.h"

#include "web/settings_table.h"

size_t ct_settings_count(const ct_settings *settings)
{
    return settings->count;
}

const ct_setting_value *ct_settings_at(const ct_settings *settings, size_t index)
{
    return &settings->values[index];
}

const ct_setting_value *ct_settings_find(const ct_settings *settings, const char *name)
{
    return ct_strmap_get(&settings->by_name, ct_str_of(name));
}

void ct_settings_config(const ct_settings *settings, ct_config *ret)
{
    for (size_t i = 0; i < ct_own_settings_count; i++) {
        const ct_typed *value = &settings->values[i].value;
        char *field = (char *)ret + ct_own_settings[i].offset;
        bool flag = value->integer;
        switch (ct_own_settings[i].setting.type) {
        case CT_TEXT:
            memcpy(field, &value->text, sizeof(value->text));
            break;
        case CT_FLAG:
            memcpy(field, &flag, sizeof(flag));
            break;
        default:
            memcpy(field, &value->integer, sizeof(value->integer));
        }
    }
    ret->reload_templates |= ret->debug;
}
