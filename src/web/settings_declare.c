/* Declaring: Canteen's table, then those of the apps, become one list with a default each.
 *
 * First all declarations, so that SET knows every name, then every SET in the order of the apps: of a name, the first
 * app that speaks (declares it or sets it) decides. A table with mistakes leaves settings that can still be read, so
 * that one run of `check` finds the mistakes of the other sources too. */
#include "web/apps.h"
#include "web/settings_table.h"

/* Longer names would be unreadable as options, and are no near words of any other. */
#define NAME_BYTES 40

typedef struct tables {
    ct_settings *settings;
    ct_apps apps;
    size_t *spoken; /* for each setting: the index of the app that decided its default, SIZE_MAX: none yet */
    ct_problems *problems;
} tables;

static const char *place_of(ct_arena *arena, const ct_app *app, const ct_setting *row)
{
    if (row->file)
        return ct_arena_printf(arena, "%s:%d", row->file, row->line);
    return ct_arena_printf(arena, "settings of app \"%s\"", app->name ? app->name : "");
}

const char *ct_setting_place(ct_arena *arena, const ct_setting_value *value)
{
    return value->app ? place_of(arena, value->app, value->setting) : "Canteen's own settings";
}

const char *ct_setting_variable(ct_arena *arena, const char *name)
{
    char *variable = ct_arena_printf(arena, "CANTEEN_%s", name);
    for (char *at = variable; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at & ~0x20);
    return variable;
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);
    return length >= 1 && length <= NAME_BYTES && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

void ct_setting_assign(ct_setting_value *value, const char *text, const char *source, ct_problems *problems)
{
    const ct_setting *setting = value->setting;
    ct_error error;
    if (ct_typed_parse(setting->name, setting->type, setting->min, setting->max, setting->choices, text, &value->value,
                       &error)) {
        value->source = source;
        return;
    }
    if (!setting->secret) {
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s", source, error.message);
        return;
    }
    char bounds[CT_BOUNDS_TEXT];
    ct_typed_format_bounds(setting->type, setting->min, setting->max, bounds);
    ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s: the value (a secret, so not shown) is not %s%s%s", source,
                    setting->name, ct_type_description(setting->type), *bounds ? ", " : "", bounds);
}

/* ---- declarations ---- */

static ct_setting_value *append(ct_settings *settings, const ct_setting *row, const ct_app *app)
{
    ct_setting_value *value = &settings->values[settings->count++];
    *value = (ct_setting_value){ .setting = row, .app = app, .source = "default" };
    ct_strmap_set(&settings->by_name, ct_str_of(row->name), value);
    return value;
}

/* What is wrong with a SETTING row as a whole; what remains is used. */
static bool check_row(const ct_setting *row, const char *place, ct_problems *problems)
{
    ct_error error;
    if (!is_name(row->name)) {
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%s: \"%s\" is no name of a setting: write 1 to %d lower case letters, digits and '_', a "
                        "letter first",
                        place, row->name, NAME_BYTES);
        return false;
    }
    if (!ct_typed_declared(row->name, row->type, row->min, row->max, row->choices, &error)) {
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s", place, error.message);
        return false;
    }
    if (row->required && row->value)
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: %s: a required setting has no default: write NULL", place,
                        row->name);
    return true;
}

static void declare(tables *t, const ct_app *app, size_t app_index, const ct_setting *row)
{
    ct_settings *settings = t->settings;
    const char *place = place_of(settings->arena, app, row);
    const ct_setting_value *other = ct_settings_find(settings, row->name);
    if (other && !other->app) {
        ct_problems_add(t->problems, CT_PROBLEM_ERROR,
                        "%s: %s is one of Canteen's own settings: write SET(\"%s\", ...) to change its default", place,
                        row->name, row->name);
        return;
    }
    if (other) {
        ct_problems_add(t->problems, CT_PROBLEM_ERROR, "%s: the setting %s is declared before, at %s", place, row->name,
                        ct_setting_place(settings->arena, other));
        return;
    }
    if (!check_row(row, place, t->problems))
        return;
    t->spoken[settings->count] = app_index;
    ct_setting_value *value = append(settings, row, app);
    if (row->value)
        ct_setting_assign(value, row->value, place, t->problems);
}

/* ---- SET ---- */

static void refuse_unknown(tables *t, const char *place, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < t->settings->count; i++)
        ct_nearest_try(&nearest, t->settings->values[i].setting->name);
    if (nearest.best)
        ct_problems_add(t->problems, CT_PROBLEM_ERROR, "%s: there is no setting \"%s\"; did you mean \"%s\"?", place,
                        name, nearest.best);
    else
        ct_problems_add(t->problems, CT_PROBLEM_ERROR,
                        "%s: there is no setting \"%s\": declare one with SETTING(\"%s\", ...)", place, name, name);
}

static void set(tables *t, const ct_app *app, size_t app_index, const ct_setting *row)
{
    ct_settings *settings = t->settings;
    const char *place = place_of(settings->arena, app, row);
    ct_setting_value *value = ct_strmap_get(&settings->by_name, ct_str_of(row->name));
    if (!value) {
        refuse_unknown(t, place, row->name);
        return;
    }
    size_t *spoken = &t->spoken[value - settings->values];
    if (*spoken == app_index) {
        ct_problems_add(t->problems, CT_PROBLEM_ERROR, "%s: this app gives the setting %s a default already, at %s",
                        place, row->name, value->value.text ? value->source : "its SETTING");
        return;
    }
    ct_setting_value changed = *value;
    if (row->value)
        ct_setting_assign(&changed, row->value, place, t->problems);
    else if (value->setting->type == CT_TEXT && (value->app || !value->setting->value))
        changed = (ct_setting_value){ .setting = value->setting, .app = value->app, .source = place };
    else
        ct_problems_add(t->problems, CT_PROBLEM_ERROR, "%s: %s: SET needs a value", place, row->name);
    if (app_index < *spoken) {
        *value = changed;
        *spoken = app_index;
    }
}

static void each_row(tables *t, bool declares, void (*visit)(tables *, const ct_app *, size_t, const ct_setting *))
{
    for (size_t i = 0; i < t->apps.count; i++)
        for (const ct_setting *row = t->apps.items[i]->settings; row && row->name; row++)
            if (row->declares == declares)
                visit(t, t->apps.items[i], i, row);
}

static size_t count_rows(const ct_apps *apps)
{
    size_t count = ct_own_settings_count;
    for (size_t i = 0; i < apps->count; i++)
        for (const ct_setting *row = apps->items[i]->settings; row && row->name; row++)
            count += row->declares;
    return count;
}

ct_settings *ct_settings_declare(ct_arena *arena, const ct_app *app, ct_problems *problems)
{
    ct_settings *settings = ct_arena_zalloc(arena, sizeof *settings);
    settings->arena = arena;
    ct_strmap_init(&settings->by_name, arena);
    tables t = { .settings = settings, .problems = problems };
    ct_apps_collect(arena, app, &t.apps);
    size_t most = count_rows(&t.apps);
    settings->values = ct_arena_alloc(arena, most * sizeof *settings->values);
    t.spoken = ct_arena_alloc(arena, most * sizeof *t.spoken);
    for (size_t i = 0; i < ct_own_settings_count; i++) {
        const ct_setting *row = &ct_own_settings[i].setting;
        t.spoken[i] = SIZE_MAX;
        ct_setting_value *value = append(settings, row, NULL);
        if (row->value)
            ct_setting_assign(value, row->value, "default", problems);
    }
    each_row(&t, true, declare);
    each_row(&t, false, set);
    return settings;
}
