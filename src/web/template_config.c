/* `config` and `current_app` in templates: settings by their names, which Flask writes in capitals; secret ones are not
 * there at all. */
#include "web/template_request.h"

#include "web/ct.h"
#include "web/settings.h"

typedef struct object {
    ct_tobject head;
    ct *c;
} object;

static ct_tval new_object(ct_renderer *r, ct *c, const ct_tclass *class)
{
    object *o = ct_render_take(r, sizeof(*o));
    *o = (object){ .head = { .class = class }, .c = c };
    return ct_t_object(&o->head);
}

/* ---- config ---- */

static ct_tval setting_value(const ct_setting_value *found)
{
    if (!found || found->setting->secret)
        return ct_t_unset();
    if (!found->value.text)
        return ct_t_none();
    switch (found->setting->type) {
    case CT_TEXT:
    case CT_CHOICE:
        return ct_t_str(ct_str_of(found->value.text));
    case CT_REAL:
        return ct_t_real(found->value.real);
    case CT_FLAG:
        return ct_t_bool(found->value.integer != 0);
    case CT_INTEGER:
    case CT_SIZE:
    case CT_DURATION:
        break;
    }
    return ct_t_int(found->value.integer);
}

static ct_tval config_get(ct_renderer *r, ct_tobject *head, ct_str name)
{
    const ct *c = CT_CONTAINER(head, object, head)->c;
    char lower[64];
    (void)r;
    if (name.length >= sizeof(lower) || !c->site->settings)
        return ct_t_unset();
    for (size_t i = 0; i < name.length; i++)
        lower[i] = ct_ascii_lower(name.data[i]);
    lower[name.length] = '\0';
    return setting_value(ct_settings_find(c->site->settings, lower));
}

static ct_tval config_item(ct_renderer *r, ct_tobject *head, ct_tval key)
{
    return ct_t_is_text(key) ? config_get(r, head, ct_t_get_str(key)) : ct_t_unset();
}

static ct_tval config_method_get(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    (void)count;
    ct_tval found = config_item(r, args[0].object, args[1]);
    if (found.type != CT_T_UNSET)
        return found;
    return args[2].type == CT_T_UNSET ? ct_t_none() : args[2];
}

/* The names of all settings that can be seen. */
static void config_seq(ct_renderer *r, ct_tobject *head, ct_seq *ret_seq)
{
    const ct *c = CT_CONTAINER(head, object, head)->c;
    const ct_settings *settings = c->site->settings;
    size_t count = settings ? ct_settings_count(settings) : 0;
    ct_tlist *names = ct_tlist_new(r, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        const ct_setting *setting = ct_settings_at(settings, i)->setting;
        if (!setting->secret)
            ct_tlist_add(r, names, ct_t_str(ct_str_of(setting->name)));
    }
    ct_seq_init(r, ret_seq, ct_t_list(names));
}

static const ct_fn config_methods[] = {
    { .name = "get", .function = config_method_get, .params = "self, key, default=" },
    { .name = NULL },
};

static const ct_tclass config_class = {
    .name = "Config",
    .get = config_get,
    .item = config_item,
    .seq = config_seq,
    .methods = config_methods,
};

ct_tval ct_template_config(ct_renderer *r, ct *c)
{
    return new_object(r, c, &config_class);
}

/* ---- current_app ---- as in Flask the whole program; request.blueprint tells which of its apps answers */

static ct_tval app_get(ct_renderer *r, ct_tobject *head, ct_str name)
{
    ct *c = CT_CONTAINER(head, object, head)->c;
    const ct_app *app = c->site->app;
    if (ct_str_eq(name, CT_STR("config")))
        return ct_template_config(r, c);
    const char *value = ct_str_eq(name, CT_STR("name")) ? app->name : app->version;
    if (!ct_str_eq(name, CT_STR("name")) && !ct_str_eq(name, CT_STR("version")))
        return ct_t_unset();
    return value ? ct_t_str(ct_str_of(value)) : ct_t_none();
}

static ct_tval app_text(ct_renderer *r, ct_tobject *head)
{
    return app_get(r, head, CT_STR("name"));
}

static const ct_tclass app_class = { .name = "App", .get = app_get, .text = app_text };

ct_tval ct_template_current_app(ct_renderer *r, ct *c)
{
    return new_object(r, c, &app_class);
}
