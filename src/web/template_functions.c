/* Functions of apps in templates.
 *
 *   row of the app:  { "initials", initials, "text name, int most=" }
 *   as read:         parameters [ TEXT "name" ][ INT "most", optional ]      engine's row: "name, most="
 *
 * The engine binds the arguments of a call to the parameters by the row made here; call() then checks and converts each
 * by its type and calls the app's function. One C function serves all rows: which one it is comes as the `user` of the
 * callable. */
#include "web/template_functions.h"

#include "base/error.h"
#include "template/kinds.h"
#include "template/parser.h"
#include "template/render.h"
#include "web/apps.h"
#include "web/template_session.h"
#include "web/template_values.h"

#include <stdio.h>

typedef enum value_type {
    TYPE_TEXT,
    TYPE_INT,
    TYPE_REAL,
    TYPE_FLAG,
    TYPE_DATETIME,
    TYPE_LIST,
    TYPE_MAP,
    TYPE_ANY
} value_type;

static const struct {
    const char *name, *wanted;
} types[] = {
    [TYPE_TEXT] = { "text", "text" },           [TYPE_INT] = { "int", "a whole number" },
    [TYPE_REAL] = { "real", "a number" },       [TYPE_FLAG] = { "flag", "" },
    [TYPE_DATETIME] = { "datetime", "a time" }, [TYPE_LIST] = { "list", "a list" },
    [TYPE_MAP] = { "map", "a mapping" },        [TYPE_ANY] = { "any", "" },
};

typedef struct parameter {
    ct_str name;
    value_type type;
    bool optional, nullable;
} parameter;

/* A row as the engine calls it. */
typedef struct function {
    ct_fn fn;
    const ct_template_row *row;
    const char *kind; /* "filter", "function", "test" */
    uint32_t count;
    parameter parameters[CT_TEMPLATE_PARAMETERS];
} function;

/* ---- calls ---- */

static CT_NORETURN void refuse(ct_renderer *r, const function *f, const parameter *p, ct_tval arg)
{
    if (arg.type == CT_T_UNDEFINED && r->strict)
        ct_tval_fail_undefined(r, arg);
    const char *given = arg.type == CT_T_UNDEFINED ? "undefined" : ct_tval_type_name(arg);
    ct_render_fail(r, "%s '%s': '%.*s' must be %s, not %s%s%s", f->kind, f->row->name, CT_STR_ARG(p->name),
                   *types[p->type].wanted ? types[p->type].wanted : "given", arg.type == CT_T_UNDEFINED ? "" : "'",
                   given, arg.type == CT_T_UNDEFINED ? "" : "'");
}

static bool fits(value_type type, ct_tval arg)
{
    switch (type) {
    case TYPE_TEXT:
        return ct_t_is_text(arg) || ct_t_is_number(arg) || arg.type == CT_T_DATETIME || ct_t_is_kind(arg);
    case TYPE_INT:
        return arg.type == CT_T_INT || arg.type == CT_T_BOOL;
    case TYPE_REAL:
        return ct_t_is_numeric(arg);
    case TYPE_DATETIME:
        return arg.type == CT_T_DATETIME;
    case TYPE_LIST:
        return arg.type == CT_T_LIST || arg.type == CT_T_TUPLE || arg.type == CT_T_RANGE || arg.type == CT_T_ARRAY ||
               arg.type == CT_T_ROWS;
    case TYPE_MAP:
        return arg.type == CT_T_DICT || arg.type == CT_T_MAP || arg.type == CT_T_ROW;
    case TYPE_FLAG:
    case TYPE_ANY:
        break;
    }
    return true;
}

static ct_value convert(ct_renderer *r, ct *c, const function *f, const parameter *p, ct_tval arg)
{
    bool nothing = arg.type == CT_T_UNSET || arg.type == CT_T_UNDEFINED || arg.type == CT_T_NONE;
    if (nothing && (p->optional || p->nullable || p->type == TYPE_ANY))
        return ct_value_null();
    if (p->type == TYPE_FLAG)
        return ct_value_of_bool(ct_tval_truth(r, arg));
    if (nothing || !fits(p->type, arg))
        refuse(r, f, p, arg);
    if (p->type == TYPE_TEXT)
        arg = ct_tval_text(r, arg);
    else if (p->type == TYPE_INT)
        return ct_value_of_int(arg.integer);
    else if (p->type == TYPE_REAL && arg.type == CT_T_DECIMAL)
        return ct_value_of_real(ct_decimal_real(*arg.decimal));
    else if (p->type == TYPE_REAL)
        return ct_value_of_real(arg.type == CT_T_REAL ? arg.real : (double)arg.integer);
    return ct_template_value(r, c, arg);
}

/* Of every row. */
static ct_tval call(ct_renderer *r, const ct_tval *args, uint32_t count)
{
    const function *f = r->callee->user;
    ct *c = r->input->user;
    ct_value values[CT_TEMPLATE_PARAMETERS + 1];
    ct_render_check_stack(r);
    for (uint32_t i = 0; i < count; i++)
        values[i] = convert(r, c, f, &f->parameters[i], args[i]);
    return ct_tval_of(f->row->call(c, values));
}

/* ---- declarations ---- */

static bool is_name(ct_str name)
{
    for (size_t i = 0; i < name.length; i++) {
        char lower = ct_ascii_lower(name.data[i]);
        bool digit = lower >= '0' && lower <= '9';
        if ((lower < 'a' || lower > 'z') && lower != '_' && !(digit && i))
            return false;
    }
    return name.length > 0;
}

static bool read_type(ct_str word, value_type *ret_type)
{
    for (size_t i = 0; i < CT_COUNT(types); i++)
        if (ct_str_eq(word, ct_str_of(types[i].name))) {
            *ret_type = (value_type)i;
            return true;
        }
    return false;
}

/* "int most=" */
static bool read_parameter(ct_str text, parameter *ret, ct_error *error)
{
    parameter p = { .optional = ct_str_ends(text, CT_STR("=")), .nullable = ct_str_ends(text, CT_STR("?")) };
    ct_str rest = text;
    ct_str word = ct_str_next(&rest, ' ');
    if (!rest.data)
        return ct_fail(error, "\"%.*s\": write a type and a name, as \"text name\"", CT_STR_ARG(text));
    if (!read_type(word, &p.type))
        return ct_fail(error,
                       "\"%.*s\": there is no type \"%.*s\", only text, int, real, flag, datetime, list, map, any",
                       CT_STR_ARG(text), CT_STR_ARG(word));
    p.name = ct_str_trim(rest);
    if (p.optional || p.nullable) {
        p.name.length--;
        p.name = ct_str_trim(p.name);
    }
    if (!is_name(p.name))
        return ct_fail(error, "\"%.*s\": a name has letters, digits and '_', and at its end '=' or '?' or neither",
                       CT_STR_ARG(text));
    *ret = p;
    return true;
}

static bool add_parameter(function *f, ct_str text, ct_error *error)
{
    if (f->count == CT_TEMPLATE_PARAMETERS)
        return ct_fail(error, "there are more than %d parameters", CT_TEMPLATE_PARAMETERS);
    parameter *p = &f->parameters[f->count];
    if (!read_parameter(text, p, error))
        return false;
    for (uint32_t i = 0; i < f->count; i++)
        if (ct_str_eq(f->parameters[i].name, p->name))
            return ct_fail(error, "the parameter \"%.*s\" is there twice", CT_STR_ARG(p->name));
    if (f->count && f->parameters[f->count - 1].optional && !p->optional)
        return ct_fail(error, "\"%.*s\" must be given but stands behind \"%.*s\", which may be left out",
                       CT_STR_ARG(p->name), CT_STR_ARG(f->parameters[f->count - 1].name));
    f->count++;
    return true;
}

/* All parameters of the row. `has_value`: the first is the value before the '|' or `is`. */
static bool read_parameters(function *f, bool has_value, ct_error *error)
{
    ct_str rest = ct_str_of(f->row->parameters ? f->row->parameters : "");
    while (ct_str_trim(rest).length) {
        bool last;
        ct_str text = ct_str_next(&rest, ',');
        last = !rest.data;
        if (!text.length || (!last && !ct_str_trim(rest).length))
            return ct_fail(error, "\"%s\" has a comma too many", f->row->parameters);
        if (!add_parameter(f, text, error))
            return false;
    }
    if (has_value && (!f->count || f->parameters[0].optional))
        return ct_fail(error, "the first parameter of a %s is its value, which is always there: write \"text value\"",
                       f->kind);
    return true;
}

/* As the engine wants them: "name, most=". */
static const char *engine_parameters(ct_arena *arena, const function *f)
{
    ct_buffer text = ct_buffer_in(arena);
    for (uint32_t i = 0; i < f->count; i++)
        ct_buffer_printf(&text, "%s%.*s%s", i ? ", " : "", CT_STR_ARG(f->parameters[i].name),
                         f->parameters[i].optional ? "=" : "");
    return ct_buffer_text(&text);
}

/* ---- collecting ---- */

typedef struct collector {
    ct_arena *arena;
    ct_problems *problems;
    const ct_app *app; /* whose rows are read */
    const char *kind;
    bool has_value; /* filters and tests */
    ct_extra *items;
    const ct_app **apps; /* whose each item is */
    size_t count;
} collector;

static const char *place_of(const collector *k, const ct_app *app, const ct_template_row *row)
{
    if (row->file)
        return ct_arena_printf(k->arena, "%s:%d", row->file, row->line);
    return ct_arena_printf(k->arena, "%ss of app \"%s\"", k->kind, app->name ? app->name : "");
}

static void add_problem(const collector *k, const ct_template_row *row, ct_severity severity, const char *why)
{
    ct_problems_add(k->problems, severity, "%s: the %s %s%s%s", place_of(k, k->app, row), k->kind, row->name,
                    *why == ':' ? "" : " ", why);
}

/* Whether the name is taken; twice in one table is an error, in two apps worth a word. */
static bool is_taken(const collector *k, const ct_template_row *row)
{
    for (size_t i = 0; i < k->count; i++) {
        const function *other = k->items[i].user;
        if (!other || strcmp(k->items[i].fn->name, row->name) != 0)
            continue;
        bool same_app = k->apps[i] == k->app;
        if (other->row->call != row->call || same_app)
            add_problem(k, row, same_app ? CT_PROBLEM_ERROR : CT_PROBLEM_WARNING,
                        ct_arena_printf(k->arena, same_app ? "is there already, at %s" : "gives way to that of %s",
                                        place_of(k, k->apps[i], other->row)));
        return true;
    }
    return false;
}

/* Why a function of the name is not what templates find by it, or not everywhere; NULL: it is. */
static const char *function_hidden(const char *name)
{
    static const char constant[] = "can never be called: templates have a constant of this name";
    static const char word[] = "can never be called: templates have an operator of this name";
    static const char value[] = "can never be called: templates have a value of this name";
    static const char in_block[] = "cannot be called in blocks, where templates have a value of this name";
    static const char in_macro[] = "cannot be called in macros, where templates have a value of this name";
    static const struct {
        const char *name, *why;
    } names[] = {
        { "true", constant },
        { "false", constant },
        { "none", constant },
        { "True", constant },
        { "False", constant },
        { "None", constant },
        { "and", word },
        { "or", word },
        { "not", word },
        { "in", word },
        { "is", word },
        { "if", word },
        { "else", word },
        { "self", value },
        { "request", value },
        { "config", value },
        { "current_app", value },
        { "session", value },
        { "messages", value },
        { "super", in_block },
        { "block", in_block },
        { "caller", in_macro },
        { "varargs", in_macro },
        { "kwargs", in_macro },
        { "loop", "cannot be called in loops, where templates have a value of this name" },
        { "static", NULL }, /* the tag calls it */
    };
    for (size_t i = 0; i < CT_COUNT(names); i++)
        if (strcmp(name, names[i].name) == 0)
            return names[i].why;
    return ct_tag_find(ct_str_of(name))
               ? "cannot be called as a tag, for the language has a tag of this name: only in {{ }}"
               : NULL;
}

/* The same of a test. */
static const char *test_hidden(const char *name)
{
    if (strcmp(name, "not") == 0)
        return "can never be asked: `is not` asks the opposite of another";
    if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0 || strcmp(name, "None") == 0)
        return "can never be asked: templates ask the test in small letters";
    return NULL;
}

/* A filter stands behind a '|', where nothing else can. */
static void warn_hidden(const collector *k, const ct_template_row *row)
{
    const char *why = !k->has_value                  ? function_hidden(row->name)
                      : strcmp(k->kind, "test") == 0 ? test_hidden(row->name)
                                                     : NULL;
    if (why)
        add_problem(k, row, CT_PROBLEM_WARNING, why);
}

/* Canteen's own functions. */
static const ct_fn *const own_functions[] = { &ct_template_url_for, &ct_template_get_flashed_messages };

static bool is_own(const char *name)
{
    for (size_t i = 0; i < CT_COUNT(own_functions); i++)
        if (strcmp(own_functions[i]->name, name) == 0)
            return true;
    return false;
}

static void add_row(collector *k, const ct_template_row *row)
{
    ct_error error;
    function *f = ct_arena_zalloc(k->arena, sizeof(*f));
    f->row = row;
    f->kind = k->kind;
    if (!is_name(ct_str_of(row->name))) {
        ct_problems_add(k->problems, CT_PROBLEM_ERROR,
                        "%s: \"%s\" is no name of a %s: write letters, digits and '_', no digit first",
                        place_of(k, k->app, row), row->name, k->kind);
        return;
    }
    if (!k->has_value && is_own(row->name))
        add_problem(k, row, CT_PROBLEM_ERROR, "is Canteen's own: choose another name");
    else if (!row->call)
        add_problem(k, row, CT_PROBLEM_ERROR, "has no C function");
    else if (!read_parameters(f, k->has_value, &error))
        add_problem(k, row, CT_PROBLEM_ERROR, ct_arena_printf(k->arena, ": %s", error.message));
    else if (!is_taken(k, row)) {
        warn_hidden(k, row);
        f->fn = (ct_fn){ .name = row->name, .function = call, .params = engine_parameters(k->arena, f) };
        k->apps[k->count] = k->app;
        k->items[k->count++] = (ct_extra){ .fn = &f->fn, .user = f };
    }
}

static const ct_template_row *rows_of(const ct_app *app, size_t table)
{
    const ct_template_row *const tables[] = { app->filters, app->functions, app->template_tests };
    return tables[table];
}

static collector collect(ct_arena *arena, const ct_apps *apps, size_t table, ct_problems *problems)
{
    static const char *const kinds[] = { "filter", "function", "test" };
    collector k = { .arena = arena, .problems = problems, .kind = kinds[table], .has_value = table != 1 };
    size_t most = 1 + CT_COUNT(own_functions); /* and static */
    for (size_t i = 0; i < apps->count; i++)
        for (const ct_template_row *row = rows_of(apps->items[i], table); row && row->name; row++)
            most++;
    k.items = ct_arena_alloc(arena, most * sizeof(*k.items));
    k.apps = ct_arena_zalloc(arena, most * sizeof(*k.apps));
    for (size_t i = 0; !k.has_value && i < CT_COUNT(own_functions); i++)
        k.items[k.count++] = (ct_extra){ .fn = own_functions[i] };
    for (size_t i = 0; i < apps->count; i++) {
        k.app = apps->items[i];
        for (const ct_template_row *row = rows_of(k.app, table); row && row->name; row++)
            add_row(&k, row);
    }
    bool own_static = false;
    for (size_t i = 0; i < k.count; i++)
        own_static |= strcmp(k.items[i].fn->name, ct_template_static.name) == 0;
    if (!k.has_value && !own_static) /* an app that makes these URLs in its own way goes on doing so */
        k.items[k.count++] = (ct_extra){ .fn = &ct_template_static };
    return k;
}

void ct_template_extras_collect(ct_arena *arena, const ct_app *root, ct_template_extras *ret, ct_problems *problems)
{
    ct_apps apps = { 0 };
    ct_apps_collect(arena, root, &apps);
    collector filters = collect(arena, &apps, 0, problems), functions = collect(arena, &apps, 1, problems),
              tests = collect(arena, &apps, 2, problems);
    *ret = (ct_template_extras){ .filters = filters.items,
                                 .filter_count = filters.count,
                                 .functions = functions.items,
                                 .function_count = functions.count,
                                 .tests = tests.items,
                                 .test_count = tests.count };
}
