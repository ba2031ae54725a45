/* Reading: the values of .env, the environment and the command line go over the defaults, in this order. What of .env
 * is no setting goes into the environment of the process at the very end, since that may move `environ`. */
#include "web/dotenv.h"
#include "web/settings_table.h"

#include "base/buffer.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>

#define PREFIX "CANTEEN_"
#define PRIVATE_PREFIX "_CANTEEN_"

typedef struct reading {
    ct_settings *settings;
    ct_problems *problems;
    ct_dotenv dotenv;
} reading;

static bool begins_with(const char *text, const char *prefix)
{
    return ct_str_starts(ct_str_of(text), ct_str_of(prefix));
}

/* The setting of a variable's name, "CANTEEN_MAX_BODY"; NULL when there is none. */
static ct_setting_value *find_variable(const ct_settings *settings, const char *variable)
{
    char name[64];
    size_t length = strlen(variable + strlen(PREFIX));
    if (length >= sizeof(name))
        return NULL;
    for (size_t i = 0; i <= length; i++) {
        char ch = variable[strlen(PREFIX) + i];
        if (ch >= 'a' && ch <= 'z')
            return NULL;
        name[i] = ct_ascii_lower(ch);
    }
    return ct_strmap_get(&settings->by_name, (ct_str){ name, length });
}

static void tell_unknown(reading *r, ct_severity severity, const char *source, const char *variable)
{
    ct_nearest nearest = ct_nearest_to(variable);
    for (size_t i = 0; i < r->settings->count; i++)
        ct_nearest_try(&nearest, ct_setting_variable(r->settings->arena, r->settings->values[i].setting->name));
    if (nearest.best)
        ct_problems_add(r->problems, severity, "%s: there is no setting %s; did you mean %s?", source, variable,
                        nearest.best);
    else
        ct_problems_add(r->problems, severity, "%s: there is no setting %s; `help settings` lists them", source,
                        variable);
}

/* ---- sources ---- */

/* A variable that other programs know too, over what `beaten` says of a source: where the system says that temporary
 * files go, where a platform says that the database is. */
static void read_common(reading *r, const char *setting, const char *text, const char *source,
                        bool (*beaten)(const char *source))
{
    ct_setting_value *value = ct_strmap_get(&r->settings->by_name, ct_str_of(setting));
    if (*text && beaten(value->source))
        ct_setting_assign(value, text, source, r->problems);
}

static bool is_default(const char *source)
{
    return strcmp(source, "default") == 0;
}

static bool is_no_variable(const char *source)
{
    return !begins_with(source, "environment ");
}

static bool is_any(const char *source)
{
    (void)source;
    return true;
}

static bool has_variable(const ct_dotenv *dotenv, const char *name)
{
    for (size_t i = 0; i < dotenv->count; i++)
        if (strcmp(dotenv->items[i].name, name) == 0)
            return true;
    return false;
}

static void read_dotenv(reading *r, const char *path)
{
    ct_arena *arena = r->settings->arena;
    ct_dotenv_load(arena, path, &r->dotenv, r->problems);
    for (size_t i = 0; i < r->dotenv.count; i++) {
        const ct_dotenv_item *item = &r->dotenv.items[i];
        const char *source = ct_arena_printf(arena, "%s:%u", path, item->line);
        if (begins_with(item->name, PRIVATE_PREFIX))
            ct_problems_add(r->problems, CT_PROBLEM_ERROR,
                            "%s: names that begin with " PRIVATE_PREFIX " are used by Canteen itself", source);
        if (strcmp(item->name, "DATABASE_URL") == 0 && !has_variable(&r->dotenv, PREFIX "DATABASE_URL"))
            read_common(r, "database_url", item->value, source, is_any);
        if (!begins_with(item->name, PREFIX))
            continue;
        ct_setting_value *value = find_variable(r->settings, item->name);
        if (value)
            ct_setting_assign(value, item->value, source, r->problems);
        else
            tell_unknown(r, CT_PROBLEM_ERROR, source, item->name);
    }
}

static void read_environment(reading *r, char **environment)
{
    ct_arena *arena = r->settings->arena;
    for (; environment && *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (!equals)
            continue;
        const char *variable = ct_arena_copy(arena, *environment, (size_t)(equals - *environment));
        const char *text = ct_arena_copy(arena, equals + 1, strlen(equals + 1));
        if (strcmp(variable, "TMPDIR") == 0)
            read_common(r, "temp_dir", text, "environment TMPDIR", is_default);
        if (strcmp(variable, "DATABASE_URL") == 0)
            read_common(r, "database_url", text, "environment DATABASE_URL", is_no_variable);
        if (!begins_with(variable, PREFIX))
            continue;
        ct_setting_value *value = find_variable(r->settings, variable);
        if (value)
            ct_setting_assign(value, text, ct_arena_printf(arena, "environment %s", variable), r->problems);
        else
            tell_unknown(r, CT_PROBLEM_WARNING, "environment", variable);
    }
}

static void read_overrides(reading *r, const char *const *overrides)
{
    ct_arena *arena = r->settings->arena;
    for (; overrides && *overrides; overrides++) {
        size_t length = strcspn(*overrides, "=");
        const char *text = *overrides + length;
        text += *text == '=';
        ct_setting_value *value = ct_strmap_get(&r->settings->by_name, (ct_str){ *overrides, length });
        if (value)
            ct_setting_assign(value, ct_arena_copy(arena, text, strlen(text)), "command line", r->problems);
        else
            ct_problems_add(r->problems, CT_PROBLEM_ERROR, "command line: there is no setting \"%.*s\"", (int)length,
                            *overrides);
    }
}

static void check_required(reading *r)
{
    for (size_t i = 0; i < r->settings->count; i++) {
        const ct_setting_value *value = &r->settings->values[i];
        if (!value->setting->required || value->value.text)
            continue;
        ct_problems_add(r->problems, CT_PROBLEM_ERROR,
                        "%s: the setting %s has no value: set %s in the environment or in .env",
                        ct_setting_place(r->settings->arena, value), value->setting->name,
                        ct_setting_variable(r->settings->arena, value->setting->name));
    }
}

/* ---- for tests ---- */

static void read_rows(reading *r, const ct_setting *rows)
{
    ct_arena *arena = r->settings->arena;
    for (; rows && rows->name; rows++) {
        const char *source = ct_arena_printf(arena, "%s:%d", rows->file ? rows->file : "test", rows->line);
        ct_setting_value *value = ct_strmap_get(&r->settings->by_name, ct_str_of(rows->name));
        if (!value)
            ct_problems_add(r->problems, CT_PROBLEM_ERROR, "%s: there is no setting \"%s\"", source, rows->name);
        else if (rows->value)
            ct_setting_assign(value, rows->value, source, r->problems);
        else
            *value = (ct_setting_value){ .setting = value->setting, .app = value->app, .source = source };
    }
}

/* Made once a process, so that what one part of a test has signed another can read. */
static void make_up_key(ct_settings *settings, ct_problems *problems)
{
    static char key[2 * 32 + 1];
    ct_setting_value *value = ct_strmap_get(&settings->by_name, CT_STR("secret_key"));
    uint8_t bytes[32];
    if (value->value.text)
        return;
    if (!*key) {
        ct_random_bytes(bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes); i++)
            snprintf(key + 2 * i, 3, "%02x", bytes[i]);
    }
    ct_setting_assign(value, key, "made up for the test", problems);
}

/* ---- what is no setting ---- */

/* Takes away what an earlier run of the program, before a reload, took from .env. */
static void forget_exported(ct_arena *arena)
{
    const char *list = getenv(CT_SETTINGS_EXPORTED);
    if (!list)
        return;
    ct_str rest = ct_str_of(ct_arena_copy(arena, list, strlen(list)));
    for (ct_str word = ct_str_next(&rest, ' '); word.data; word = ct_str_next(&rest, ' '))
        if (word.length)
            unsetenv(ct_arena_copy(arena, word.data, word.length));
}

static void export_others(reading *r)
{
    ct_buffer exported = ct_buffer_in(r->settings->arena);
    for (size_t i = 0; i < r->dotenv.count; i++) {
        const ct_dotenv_item *item = &r->dotenv.items[i];
        if (begins_with(item->name, PREFIX) || begins_with(item->name, PRIVATE_PREFIX) || getenv(item->name))
            continue;
        if (setenv(item->name, item->value, 0) < 0)
            ct_die("out of memory");
        ct_buffer_printf(&exported, "%s%s", exported.length ? " " : "", item->name);
    }
    if (exported.length ? setenv(CT_SETTINGS_EXPORTED, ct_buffer_text(&exported), 1) : unsetenv(CT_SETTINGS_EXPORTED))
        ct_die("out of memory");
}

void ct_settings_read(ct_settings *settings, const char *dotenv, char **environment, const char *const *overrides,
                      ct_problems *problems)
{
    reading r = { .settings = settings, .problems = problems };
    forget_exported(settings->arena);
    read_dotenv(&r, dotenv);
    read_environment(&r, environment);
    read_overrides(&r, overrides);
    check_required(&r);
    export_others(&r);
}

void ct_settings_peek(ct_settings *settings, const char *dotenv, char **environment)
{
    ct_problems problems = { 0 };
    reading r = { .settings = settings, .problems = &problems };
    read_dotenv(&r, dotenv);
    read_environment(&r, environment);
    ct_problems_finish(&problems);
}

void ct_settings_read_for_test(ct_settings *settings, const char *dotenv, char **environment, const char *uploads,
                               const ct_setting *rows, ct_problems *problems)
{
    const ct_setting always[] = { { .name = "debug", .value = "false" },
                                  { .name = "access_log", .value = "false" },
                                  { .name = uploads ? "upload_folder" : NULL, .value = uploads },
                                  { .name = NULL } };
    reading r = { .settings = settings, .problems = problems };
    make_up_key(settings, problems);
    forget_exported(settings->arena);
    read_dotenv(&r, dotenv);
    read_environment(&r, environment);
    read_rows(&r, always);
    read_rows(&r, rows);
    check_required(&r);
    export_others(&r);
}

ct_settings *ct_settings_load(ct_arena *arena, const ct_app *app, const char *dotenv, char **environment,
                              const char *const *overrides, ct_problems *problems)
{
    ct_settings *settings = ct_settings_declare(arena, app, problems);
    ct_settings_read(settings, dotenv, environment, overrides, problems);
    return settings;
}
