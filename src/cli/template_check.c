/* The templates of a site before it serves: each is compiled, and what it names by constants is looked up: other
 * templates and what they define, routes, static files, and filters, tests and functions that it would only miss when
 * it runs. One that does not compile is looked through as far as it could be read, so that one run tells everything.
 * What a template makes up while it runs cannot be checked here. */
#include "cli/cli.h"

#include "base/map.h"
#include "base/nearest.h"
#include "proto/mime.h"
#include "template/engine.h"
#include "web/router.h"
#include "web/static.h"
#include "web/template_functions.h"
#include "web/templates.h"

#include <stdio.h>

typedef struct checker {
    ct_cli *cli;
    const ct_site *site;
    ct_engine *engine;
    ct_severity worst; /* of what is wrong for sure */
    ct_strmap names;   /* every template once */
} checker;

/* Pictures and the like may lie beside templates; only text can be one. */
static bool may_be_template(const char *name)
{
    static const char *const others[] = {
        "image/",          "font/",           "audio/",           "video/",
        "application/pdf", "application/zip", "application/gzip", "application/wasm"
    };
    const char *type = ct_mime_of(name);
    for (size_t i = 0; i < CT_COUNT(others); i++)
        if (ct_str_starts(ct_str_of(type), ct_str_of(others[i])) && strcmp(type, "image/svg+xml") != 0)
            return false;
    return true;
}

static void add_name(void *arg, const char *name)
{
    checker *k = arg;
    if (!may_be_template(name) || ct_strmap_get(&k->names, ct_str_of(name)))
        return;
    char *copy = ct_arena_copy(&k->cli->arena, name, strlen(name));
    ct_strmap_set(&k->names, ct_str_of(copy), copy);
}

static void add_problem(checker *k, ct_severity severity, const ct_template_error *error)
{
    ct_buffer line = ct_buffer_in(&k->cli->arena);
    ct_template_error_line(&line, error);
    ct_problems_add(&k->cli->problems, severity, "%s", ct_buffer_text(&line));
}

/* Adds error->message with the place of a reference. */
static void add_at(checker *k, ct_severity severity, const ct_template *template, const ct_reference *reference,
                   ct_template_error *error)
{
    ct_template_error_at(error, template, reference->line, reference->column);
    add_problem(k, severity, error);
}

/* ---- references ---- */

/* Whether there is such a template; one that does not compile is named by itself. What cannot be read, such as a link
 * that leads out of its folder, may be in no list of templates. */
static bool is_there(checker *k, const ct_reference *reference, ct_template_error *ret_error)
{
    if (ct_engine_get(k->engine, reference->name, ret_error))
        return true;
    return !ret_error->missing && (ret_error->file[0] || ct_strmap_get(&k->names, reference->name));
}

static void check_template(checker *k, const ct_template *template, const ct_reference *reference)
{
    ct_template_error error;
    if (!reference->optional && !is_there(k, reference, &error)) {
        add_at(k, k->worst, template, reference, &error);
    } else if (ct_engine_is_endless(k->engine, template, reference)) {
        error = (ct_template_error){ .line = 0 };
        snprintf(error.message, sizeof(error.message), "the template '%.*s' leads back to this one, so it has no end",
                 CT_STR_ARG(reference->name));
        add_at(k, k->worst, template, reference, &error);
    }
}

/* One of the `count` templates of a list must be there. */
static void check_list(checker *k, const ct_template *template, const ct_reference *list, size_t count)
{
    ct_template_error error;
    ct_buffer names = ct_buffer_in(&k->cli->arena);
    for (size_t i = 0; i < count; i++) {
        if (list[i].optional || is_there(k, &list[i], &error))
            return;
        ct_buffer_printf(&names, "%s'%.*s'", i ? ", " : "", CT_STR_ARG(list[i].name));
    }
    error = (ct_template_error){ .line = 0 };
    snprintf(error.message, sizeof(error.message), "there is none of the templates %s", ct_buffer_text(&names));
    add_at(k, k->worst, template, list, &error);
}

/* Whether a route has the name, in any namespace: where a template will be used is not known. */
static bool is_route(const ct_site *site, ct_str name)
{
    for (size_t i = 0; i < ct_router_count(site); i++) {
        ct_str whole = ct_str_of(ct_router_endpoint(site, i)->name);
        if (!ct_str_ends(whole, name))
            continue;
        if (whole.length == name.length || whole.data[whole.length - name.length - 1] == '.')
            return true;
    }
    return false;
}

/* url_for() reads names so. */
static ct_str route_name(ct_arena *arena, ct_str name)
{
    char *copy = ct_arena_copy(arena, name.data, name.length);
    for (char *at = copy; *at; at++)
        if (*at == ':')
            *at = '.';
    size_t skip = copy[0] == '.';
    return (ct_str){ copy + skip, name.length - skip };
}

static void check_url(checker *k, const ct_template *template, const ct_reference *reference)
{
    ct_template_error error = { 0 };
    ct_str name = route_name(&k->cli->arena, reference->name);
    if (is_route(k->site, name) || ct_str_eq(name, CT_STR("static"))) /* static files need no route to have URLs */
        return;
    const char *nearest = ct_router_nearest_name(k->site, name.data);
    if (nearest)
        snprintf(error.message, sizeof(error.message), "there is no route \"%.*s\"; did you mean \"%s\"?",
                 CT_STR_ARG(name), nearest);
    else
        snprintf(error.message, sizeof(error.message), "there is no route \"%.*s\"", CT_STR_ARG(name));
    add_at(k, reference->optional ? CT_PROBLEM_WARNING : k->worst, template, reference, &error);
}

/* Whether the app has its own way: a function static(), or a route of that name for url_for(). */
static bool has_own_static(const checker *k)
{
    const ct_callable *function = ct_engine_global(k->engine, CT_STR("static"));
    for (size_t i = 0; i < ct_router_count(k->site); i++) {
        const ct_endpoint *endpoint = ct_router_endpoint(k->site, i);
        const char *dot = strrchr(endpoint->name, '.');
        if (strcmp(dot ? dot + 1 : endpoint->name, "static") == 0 && !ct_statics_is_route(k->site, endpoint->route))
            return true;
    }
    return !function || function->fn != &ct_template_static;
}

static void check_static(checker *k, const ct_template *template, const ct_reference *reference)
{
    ct_template_error error = { 0 };
    ct_error why;
    const char *name = ct_arena_copy(&k->cli->arena, reference->name.data, reference->name.length);
    if (has_own_static(k) || ct_statics_check(k->site, name, &why))
        return;
    snprintf(error.message, sizeof(error.message), "%s", why.message);
    add_at(k, reference->optional ? CT_PROBLEM_WARNING : k->worst, template, reference, &error);
}

static void check_word(checker *k, const ct_template *template, const ct_reference *reference)
{
    bool is_filter = reference->kind == CT_REFERS_FILTER;
    ct_template_error error = { 0 };
    snprintf(error.message, sizeof(error.message), "unknown %s '%.*s'%s", is_filter ? "filter" : "test",
             CT_STR_ARG(reference->name),
             is_filter ? ct_engine_suggest_filter(k->engine, reference->name)
                       : ct_engine_suggest_test(k->engine, reference->name));
    add_at(k, CT_PROBLEM_WARNING, template, reference, &error);
}

/* What a template, a block or a function is called that the engine knows not to be there. */
static void check_known(checker *k, const ct_template *template, const ct_reference *reference)
{
    ct_template_error error = { 0 };
    ct_str name = reference->name;
    ct_severity severity = reference->optional ? CT_PROBLEM_WARNING : k->worst;
    if (ct_engine_may_have(k->engine, template, reference))
        return;
    switch (reference->kind) {
    case CT_REFERS_BLOCK:
        severity = CT_PROBLEM_WARNING;
        snprintf(error.message, sizeof(error.message),
                 "the block '%.*s' is in no template that this one extends, so it is never shown", CT_STR_ARG(name));
        break;
    case CT_REFERS_SELF:
        snprintf(error.message, sizeof(error.message),
                 "there is no block '%.*s' in this template, those that it extends and those that extend it",
                 CT_STR_ARG(name));
        break;
    case CT_REFERS_EXPORT:
        snprintf(error.message, sizeof(error.message), "the template '%.*s' defines no '%.*s' at its top",
                 CT_STR_ARG(reference->of), CT_STR_ARG(name));
        break;
    default:
        severity = CT_PROBLEM_WARNING;
        snprintf(error.message, sizeof(error.message), "unknown function '%.*s'%s", CT_STR_ARG(name),
                 ct_engine_suggest_function(k->engine, name));
    }
    add_at(k, severity, template, reference, &error);
}

static void add_refused(checker *k, const ct_template *template, const ct_reference *reference)
{
    ct_template_error error = { 0 };
    snprintf(error.message, sizeof(error.message), "%.*s", CT_STR_ARG(reference->name));
    add_at(k, k->worst, template, reference, &error);
}

static void check_reference(checker *k, const ct_template *template, const ct_reference *reference)
{
    switch (reference->kind) {
    case CT_REFERS_TEMPLATE:
        check_template(k, template, reference);
        break;
    case CT_REFERS_URL:
        check_url(k, template, reference);
        break;
    case CT_REFERS_FILTER:
    case CT_REFERS_TEST:
        check_word(k, template, reference);
        break;
    case CT_REFERS_BLOCK:
    case CT_REFERS_SELF:
    case CT_REFERS_EXPORT:
    case CT_REFERS_FUNCTION:
        check_known(k, template, reference);
        break;
    case CT_REFERS_REFUSED:
        add_refused(k, template, reference);
        break;
    case CT_REFERS_STATIC:
        check_static(k, template, reference);
        break;
    }
}

static void check_references(checker *k, const ct_template *template)
{
    size_t count;
    const ct_reference *references = ct_template_references(template, &count);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && references[i].group && references[next].group == references[i].group;)
            next++;
        if (references[i].group)
            check_list(k, template, &references[i], next - i);
        else
            check_reference(k, template, &references[i]);
    }
}

/* ---- all of them ---- */

static void check_one(checker *k, const char *name)
{
    ct_template_error error;
    const ct_template *template = ct_engine_get(k->engine, ct_str_of(name), &error);
    if (!template)
        template = ct_engine_broken(k->engine);
    if (template)
        check_references(k, template);
    else
        add_problem(k, k->worst, &error);
}

size_t ct_check_templates(ct_cli *cli, const ct_site *site, bool lenient)
{
    ct_engine *engine = ct_templates_engine(site->templates);
    checker k = {
        .cli = cli, .site = site, .engine = engine, .worst = lenient ? CT_PROBLEM_WARNING : CT_PROBLEM_ERROR
    };
    size_t checked = 0;
    ct_template_error error;
    ct_strmap_init(&k.names, &cli->arena);
    engine->options.loader.list(engine->options.loader.user, add_name, &k);
    for (size_t i = 0; i < k.names.count; i++) /* what one refers to may be in a later one */
        ct_engine_get(engine, ct_str_of(k.names.entries[i].value), &error);
    for (; checked < k.names.count; checked++)
        check_one(&k, k.names.entries[checked].value);
    ct_templates_compiled(site->templates);
    return checked;
}
