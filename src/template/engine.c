/* Engines: the tables of words, the templates that are compiled, and their places in messages. */
#include "template/engine.h"

#include "base/nearest.h"
#include "template/exec.h"
#include "template/lexer.h"
#include "template/render.h"
#include "template/trans.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_SEARCH 50 /* neutral templates one behind the other */

/* ---- memory and names ---- */

void *ct_engine_take(ct_engine *engine, size_t size)
{
    void *block = ct_arena_zalloc(&engine->arena, size);
    if (!block)
        ct_die("the template engine's arena has a limit");
    return block;
}

void *ct_engine_grown(ct_engine *engine, const void *items, size_t count, size_t size, size_t first)
{
    void *grown = ct_arena_grown(&engine->arena, items, count, size, first);
    if (!grown)
        ct_die("the template engine's arena has a limit");
    return grown;
}

void ct_engine_place(ct_engine *engine, ct_places *places, const void *item)
{
    if (!ct_places_add(places, &engine->arena, item))
        ct_die("the template engine's arena has a limit");
}

const char *ct_engine_printf(ct_engine *engine, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = ct_arena_vprintf(&engine->arena, format, args);
    va_end(args);
    return text ? text : "";
}

const ct_symbol *ct_engine_symbol(ct_engine *engine, ct_str name)
{
    ct_symbol *symbol = ct_strmap_get(&engine->symbols, name);
    if (symbol)
        return symbol;
    symbol = ct_engine_take(engine, sizeof(*symbol));
    char *copy = ct_arena_copy(&engine->arena, name.data, name.length);
    if (!copy)
        ct_die("the template engine's arena has a limit");
    symbol->name = (ct_str){ copy, name.length };
    ct_strmap_set(&engine->symbols, symbol->name, symbol);
    return symbol;
}

int32_t ct_engine_find(const ct_engine *engine, const ct_places *symbols, ct_str name)
{
    const ct_symbol *symbol = ct_strmap_get(&engine->symbols, name);
    return symbol ? ct_places_find(symbols, symbol) : -1;
}

/* ---- tables ---- */

static ct_callable *add_row(ct_engine *engine, ct_strmap *map, ct_str name, const ct_fn *fn, void *user)
{
    ct_callable *callable = ct_engine_take(engine, sizeof(*callable));
    ct_callable_init(engine, callable, fn, user);
    ct_strmap_set(map, name, callable);
    return callable;
}

static void add_table(ct_engine *engine, ct_strmap *map, const ct_fn *rows, bool django)
{
    for (; rows->name; rows++)
        add_row(engine, map, ct_str_of(rows->name), rows, NULL)->django = django;
}

static void add_extras(ct_engine *engine, ct_strmap *map, const ct_extra *extras, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_row(engine, map, ct_str_of(extras[i].fn->name), extras[i].fn, extras[i].user);
}

ct_engine *ct_engine_create(const ct_engine_options *options)
{
    ct_engine *engine = ct_xcalloc(1, sizeof(*engine));
    engine->options = *options;
    ct_arena_init(&engine->arena, NULL, 0);
    ct_strmap *maps[] = { &engine->templates,      &engine->symbols,     &engine->jinja_filters,
                          &engine->django_filters, &engine->own_filters, &engine->tests,
                          &engine->globals,        &engine->own_globals, &engine->methods };
    for (size_t i = 0; i < CT_COUNT(maps); i++)
        ct_strmap_init(maps[i], &engine->arena);
    add_table(engine, &engine->jinja_filters, ct_jinja_filters, false);
    add_table(engine, &engine->django_filters, ct_django_filters, true);
    add_table(engine, &engine->tests, ct_jinja_tests, false);
    add_table(engine, &engine->globals, ct_jinja_globals, false);
    add_table(engine, &engine->globals, ct_translation_globals, false);
    add_extras(engine, &engine->own_filters, options->filters, options->filter_count);
    add_extras(engine, &engine->tests, options->tests, options->test_count);
    add_extras(engine, &engine->own_globals, options->functions, options->function_count);
    return engine;
}

void ct_engine_destroy(ct_engine *engine)
{
    if (!engine)
        return;
    ct_arena_finish(&engine->arena);
    free(engine);
}

const ct_callable *ct_engine_filter(const ct_engine *engine, ct_str name, ct_language language, char form)
{
    bool django = form == ':' || (form != '(' && language == CT_LANGUAGE_DJANGO);
    const ct_strmap *maps[] = { &engine->own_filters, django ? &engine->django_filters : &engine->jinja_filters,
                                django ? &engine->jinja_filters : &engine->django_filters };
    for (size_t i = 0; i < CT_COUNT(maps); i++) {
        const ct_callable *found = ct_strmap_get(maps[i], name);
        if (found)
            return found;
    }
    return NULL;
}

const ct_callable *ct_engine_test(const ct_engine *engine, ct_str name)
{
    return ct_strmap_get(&engine->tests, name);
}

const ct_callable *ct_engine_global(const ct_engine *engine, ct_str name)
{
    const ct_callable *own = ct_strmap_get(&engine->own_globals, name);
    return own ? own : ct_strmap_get(&engine->globals, name);
}

bool ct_engine_is_builtin_global(const ct_engine *engine, const ct_callable *global)
{
    return ct_strmap_get(&engine->own_globals, ct_str_of(global->fn->name)) != global;
}

/* ---- methods ---- */

/* The callable of a row, made when first asked for. The row's address is the key: rows are constants. */
static const ct_callable *method_of(ct_engine *engine, const ct_fn *rows, ct_str name)
{
    for (; rows && rows->name; rows++) {
        if (!ct_str_eq(name, ct_str_of(rows->name)))
            continue;
        ct_str key = { (const char *)&rows, sizeof(rows) };
        ct_callable *found = ct_strmap_get(&engine->methods, key);
        if (found)
            return found;
        char *kept = ct_arena_copy(&engine->arena, key.data, key.length);
        if (!kept)
            ct_die("the template engine's arena has a limit");
        return add_row(engine, &engine->methods, (ct_str){ kept, key.length }, rows, NULL);
    }
    return NULL;
}

const ct_callable *ct_engine_method(ct_engine *engine, ct_ttype type, ct_str name)
{
    switch (type) {
    case CT_T_TEXT:
        return method_of(engine, ct_text_methods, name);
    case CT_T_LIST:
    case CT_T_ARRAY:
    case CT_T_ROWS:
        return method_of(engine, ct_list_methods, name);
    case CT_T_TUPLE:
        return method_of(engine, ct_tuple_methods, name);
    case CT_T_DICT:
    case CT_T_MAP:
        return method_of(engine, ct_dict_methods, name);
    case CT_T_INT:
    case CT_T_BOOL:
        return method_of(engine, ct_int_methods, name);
    case CT_T_REAL:
        return method_of(engine, ct_real_methods, name);
    case CT_T_DATETIME:
        return method_of(engine, ct_datetime_methods, name);
    case CT_T_CLOCK:
        return method_of(engine, ct_clock_methods, name);
    case CT_T_SPAN:
        return method_of(engine, ct_span_methods, name);
    default:
        return NULL;
    }
}

const ct_callable *ct_engine_class_method(ct_engine *engine, const ct_tclass *class, ct_str name)
{
    return method_of(engine, class->methods, name);
}

/* ---- did you mean ---- */

static void try_map(ct_nearest *nearest, const ct_strmap *map)
{
    for (size_t i = 0; i < map->count; i++)
        ct_nearest_try(nearest, ((const ct_callable *)map->entries[i].value)->fn->name);
}

/* The word as C text, for the search; one that is too long is like no other. */
static const char *as_word(char *room, size_t size, ct_str name)
{
    snprintf(room, size, "%.*s", (int)CT_MIN(name.length, size), name.data);
    return room;
}

/* Failing renders take no memory of the engine: the text is good until the next one. */
static const char *suggestion(ct_engine *engine, const ct_nearest *nearest)
{
    if (!nearest->best)
        return "";
    snprintf(engine->suggestion, sizeof(engine->suggestion), "; did you mean '%s'?", nearest->best);
    return engine->suggestion;
}

const char *ct_engine_suggest_filter(ct_engine *engine, ct_str name)
{
    char word[64];
    ct_nearest nearest = ct_nearest_to(as_word(word, sizeof(word), name));
    try_map(&nearest, &engine->own_filters);
    try_map(&nearest, &engine->jinja_filters);
    try_map(&nearest, &engine->django_filters);
    return suggestion(engine, &nearest);
}

const char *ct_engine_suggest_test(ct_engine *engine, ct_str name)
{
    char word[64];
    ct_nearest nearest = ct_nearest_to(as_word(word, sizeof(word), name));
    try_map(&nearest, &engine->tests);
    return suggestion(engine, &nearest);
}

const char *ct_engine_suggest_function(ct_engine *engine, ct_str name)
{
    char word[64];
    ct_nearest nearest = ct_nearest_to(as_word(word, sizeof(word), name));
    try_map(&nearest, &engine->own_globals);
    try_map(&nearest, &engine->globals);
    return suggestion(engine, &nearest);
}

typedef struct {
    ct_nearest nearest;
    ct_str name;
    const char *whole;  /* the same */
    const char *ending; /* ".html", in `name`, or "": likeness in it is none */
    char best[128];     /* names are the loader's, for as long as the call lasts */
} template_search;

static void try_template(void *arg, const char *name)
{
    char stem[64];
    template_search *search = arg;
    ct_str whole = ct_str_of(name), ending = ct_str_of(search->ending);
    size_t before = search->nearest.distance;
    if (ct_str_ends(whole, ending)) {
        whole.length -= ending.length;
        ct_nearest_try(&search->nearest, as_word(stem, sizeof(stem), whole));
    } else { /* index.htm */
        search->nearest.distance = CT_MIN(before, ct_str_distance(search->whole, name));
    }
    if (before && ct_str_eq_nocase(search->name, ct_str_of(name))) /* nothing is nearer */
        search->nearest.distance = 0;
    if (search->nearest.distance < before)
        search->nearest.best = as_word(search->best, sizeof(search->best), ct_str_of(name));
}

const char *ct_engine_suggest_template(ct_engine *engine, ct_str name)
{
    char word[64], stem[64];
    template_search search = { .name = name, .whole = as_word(word, sizeof(word), name) };
    const char *dot = strrchr(word, '.');
    search.ending = dot ? dot : "";
    search.nearest = ct_nearest_to(as_word(stem, sizeof(stem), (ct_str){ word, strlen(word) - strlen(search.ending) }));
    if (engine->options.loader.list)
        engine->options.loader.list(engine->options.loader.user, try_template, &search);
    return suggestion(engine, &search.nearest);
}

const char *ct_engine_suggest_symbol(ct_engine *engine, const ct_places *symbols, ct_str name)
{
    char word[64];
    ct_nearest nearest = ct_nearest_to(as_word(word, sizeof(word), name));
    for (uint32_t i = 0; i < symbols->count; i++) {
        const ct_symbol *symbol = symbols->items[i];
        ct_nearest_try(&nearest, symbol->name.data);
    }
    return suggestion(engine, &nearest);
}

/* ---- filters and tests by name ---- */

bool ct_engine_has_filter(ct_engine *engine, ct_str name)
{
    return ct_engine_filter(engine, name, CT_LANGUAGE_JINJA, 0) != NULL;
}

bool ct_engine_has_test(ct_engine *engine, ct_str name)
{
    return ct_engine_test(engine, name) != NULL;
}

ct_tval ct_engine_call_filter(ct_renderer *r, ct_str name, const ct_call *call)
{
    const ct_callable *filter = ct_engine_filter(r->engine, name, CT_LANGUAGE_JINJA, 0);
    if (!filter)
        ct_render_fail(r, "unknown filter '%.*s'%s", CT_STR_ARG(name), ct_engine_suggest_filter(r->engine, name));
    const ct_callable *caller = r->callee;
    ct_tval v = ct_callable_call(r, filter, ct_t_unset(), call);
    r->callee = caller;
    return v;
}

bool ct_engine_call_test(ct_renderer *r, ct_str name, const ct_call *call)
{
    const ct_callable *test = ct_engine_test(r->engine, name);
    if (!test)
        ct_render_fail(r, "unknown test '%.*s'%s", CT_STR_ARG(name), ct_engine_suggest_test(r->engine, name));
    const ct_callable *caller = r->callee;
    bool holds = ct_tval_truth(r, ct_callable_call(r, test, ct_t_unset(), call));
    r->callee = caller;
    return holds;
}

/* ---- templates ---- */

/* Names that templates may use: relative, within the folders. */
static bool name_valid(ct_str name)
{
    if (!name.length || name.data[0] == '/' || memchr(name.data, '\0', name.length) || name.length > 1000)
        return false;
    ct_str rest = name;
    while (rest.data) {
        const char *slash = memchr(rest.data, '/', rest.length);
        ct_str part = { rest.data, slash ? (size_t)(slash - rest.data) : rest.length };
        if (!part.length || ct_str_eq(part, CT_STR(".")) || ct_str_eq(part, CT_STR("..")))
            return false; /* one template has one name */
        rest = slash ? (ct_str){ slash + 1, rest.length - part.length - 1 } : (ct_str){ 0 };
    }
    return true;
}

/* `suggests`: for people. It lists the folders, which a page that asks whether there is a template need not. */
static void missing(ct_engine *engine, ct_str name, bool suggests, ct_template_error *error)
{
    *error = (ct_template_error){ .missing = true };
    snprintf(error->message, sizeof(error->message), "there is no template '%.*s'%s",
             (int)CT_MIN(name.length, (size_t)200), name.data,
             suggests ? ct_engine_suggest_template(engine, name) : "");
}

static ct_template *load(ct_engine *engine, ct_str name, bool suggests, ct_template_error *error)
{
    ct_source source = { .file = NULL };
    ct_error why = { 0 };
    const ct_loader *loader = &engine->options.loader;
    if (!name_valid(name) || !loader->load || !loader->load(loader->user, name, &engine->arena, &source, &why)) {
        missing(engine, name, suggests, error);
        if (why.message[0]) {
            error->missing = false;
            snprintf(error->message, sizeof(error->message), "%s", why.message);
        }
        return NULL;
    }
    source.text = ct_file_text(source.text, &engine->arena);
    ct_str kept = ct_engine_symbol(engine, name)->name;
    ct_template *template = ct_compile(engine, kept, &source, engine->options.language, error);
    if (template)
        ct_strmap_set(&engine->templates, kept, template);
    return template;
}

/* A partial as a template of its own: "page.html#part". */
static ct_template *partial(ct_engine *engine, const ct_template *of, ct_str name, ct_str part,
                            ct_template_error *error)
{
    int32_t place = ct_engine_find(engine, &of->partial_names, part);
    if (place >= 0) {
        ct_template *template = ct_engine_take(engine, sizeof(*template));
        *template = *of;
        template->name = ct_engine_symbol(engine, name)->name;
        template->top = (ct_unit *)of->partials[place];
        template->extends = false;
        ct_strmap_set(&engine->templates, template->name, template);
        return template;
    }
    *error = (ct_template_error){ .missing = true };
    snprintf(error->message, sizeof(error->message), "the template %s has no partial '%.*s'%s", of->file,
             (int)CT_MIN(part.length, (size_t)200), part.data,
             ct_engine_suggest_symbol(engine, &of->partial_names, part));
    return NULL;
}

static ct_template *get(ct_engine *engine, ct_str name, bool suggests, ct_template_error *error)
{
    ct_template *template = ct_strmap_get(&engine->templates, name);
    if (template)
        return template;
    *error = (ct_template_error){ 0 };
    engine->broken = NULL;
    const char *hash = name.length ? memchr(name.data, '#', name.length) : NULL;
    if (!hash)
        return load(engine, name, suggests, error);
    ct_str file = { name.data, (size_t)(hash - name.data) }, part = { hash + 1, name.length - file.length - 1 };
    const ct_template *of = get(engine, file, suggests, error);
    return of ? partial(engine, of, name, part, error) : NULL;
}

/* ---- neutral templates ---- */

/* The language of the first template on the way from a neutral one to what it refers to. Partials are not there: what
 * has them is Django's. A name that does not exist or compile is none: it fails where it is used. */
static ct_language search(ct_engine *engine, ct_template *template, int depth, ct_template_error *ignored)
{
    template->search = engine->searches;
    for (size_t i = 0; i < template->reference_count; i++) {
        const ct_reference *reference = &template->references[i];
        ct_template *next = NULL;
        if (reference->kind == CT_REFERS_TEMPLATE)
            next = get(engine, reference->name, false, ignored);
        if (!next || next->search == engine->searches)
            continue;
        if (!next->neutral)
            return next->language;
        ct_language found = depth < MAX_SEARCH ? search(engine, next, depth + 1, ignored) : CT_LANGUAGE_AUTO;
        if (found != CT_LANGUAGE_AUTO)
            return found;
    }
    return CT_LANGUAGE_AUTO;
}

static ct_template *as_django(ct_engine *engine, ct_template *template, ct_template_error *error)
{
    if (!template->django)
        template->django = ct_compile(engine, template->name, &template->origin, CT_LANGUAGE_DJANGO, error);
    return template->django;
}

/* A template that is asked for by itself; NULL stays NULL. */
static const ct_template *as_page(ct_engine *engine, ct_template *template, ct_template_error *error)
{
    if (!template || !template->neutral)
        return template;
    if (!template->page) {
        ct_template_error ignored;
        engine->searches++;
        bool django = search(engine, template, 0, &ignored) == CT_LANGUAGE_DJANGO;
        template->page = django ? as_django(engine, template, error) : template;
    }
    return template->page;
}

const ct_template *ct_engine_get(ct_engine *engine, ct_str name, ct_template_error *error)
{
    return as_page(engine, get(engine, name, true, error), error);
}

const ct_template *ct_engine_get_for(ct_engine *engine, ct_str name, ct_language language, bool suggests,
                                     ct_template_error *error)
{
    ct_template *template = get(engine, name, suggests, error);
    return template && template->neutral && language == CT_LANGUAGE_DJANGO ? as_django(engine, template, error)
                                                                           : template;
}

const ct_template *ct_engine_compile(ct_engine *engine, ct_str name, ct_str text, ct_template_error *error)
{
    *error = (ct_template_error){ 0 };
    ct_str kept = ct_engine_symbol(engine, name)->name;
    char *copy = ct_arena_copy(&engine->arena, text.data, text.length);
    if (!copy)
        ct_die("the template engine's arena has a limit");
    const ct_source source = { .text = { copy, text.length }, .file = kept.data };
    return as_page(engine, ct_compile(engine, kept, &source, engine->options.language, error), error);
}

/* One step of a relative name: "./x", "../x". The folder loses its last part for each "..". */
static bool step(ct_str *folder, ct_str *name)
{
    if (ct_str_starts(*name, CT_STR("./"))) {
        *name = (ct_str){ name->data + 2, name->length - 2 };
        return true;
    }
    if (!ct_str_starts(*name, CT_STR("../")) || !folder->length)
        return false;
    *name = (ct_str){ name->data + 3, name->length - 3 };
    do
        folder->length--;
    while (folder->length && folder->data[folder->length - 1] != '/');
    return true;
}

ct_str ct_template_absolute(ct_arena *arena, ct_str name, ct_str of)
{
    ct_str folder = of;
    if (!ct_str_starts(name, CT_STR("./")) && !ct_str_starts(name, CT_STR("../")))
        return name;
    while (folder.length && folder.data[folder.length - 1] != '/')
        folder.length--;
    while (step(&folder, &name))
        ;
    char *joined = ct_arena_alloc(arena, folder.length + name.length + 1);
    if (!joined)
        return name;
    memcpy(joined, folder.data, folder.length);
    memcpy(joined + folder.length, name.data, name.length);
    return (ct_str){ joined, folder.length + name.length };
}

const ct_template *ct_render_template(ct_renderer *r, ct_str name, const char *how)
{
    ct_template_error error;
    name = ct_template_absolute(r->arena, name, r->template->name);
    r->engine->stack_end = r->stack_end;
    const ct_template *template = ct_engine_get_for(r->engine, name, r->template->language, how != NULL, &error);
    r->engine->stack_end = NULL;
    if (template || (!how && error.missing))
        return template;
    if (!error.file[0])
        ct_render_fail(r, "%s", error.message);
    ct_render_fail_with(r, &error, how ? how : "included by");
}

/* ---- messages ---- */

/* The line of a source, from 1. */
static ct_str line_of(ct_str source, uint32_t line)
{
    const char *at = source.data, *end = source.data + source.length;
    for (; line > 1 && at < end; line--) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    const char *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return (ct_str){ at, (size_t)((newline ? newline : end) - at) };
}

const char *ct_template_file(const ct_template *template)
{
    return template->file;
}

void ct_template_error_at(ct_template_error *error, const ct_template *template, uint32_t line, uint32_t column)
{
    ct_str text = line_of(template->source, line);
    error->line = line;
    error->column = column;
    snprintf(error->file, sizeof(error->file), "%s", template->file);
    snprintf(error->source, sizeof(error->source), "%.*s", (int)CT_MIN(text.length, sizeof(error->source) - 1),
             text.data ? text.data : "");
}

void ct_template_error_write(ct_buffer *out, const ct_template_error *error)
{
    if (error->file[0])
        ct_buffer_printf(out, "%s:%" PRIu32 ":%" PRIu32 ": ", error->file, error->line, error->column);
    ct_buffer_printf(out, "%s\n", error->message);
    if (error->source[0]) {
        ct_buffer_printf(out, "  %s\n  ", error->source);
        const char *at = error->source;
        for (uint32_t column = 1; column < error->column && *at; column++) { /* tabs stay, to stand under their own */
            ct_buffer_char(out, *at == '\t' ? '\t' : ' ');
            for (at++; ((unsigned char)*at & 0xC0) == 0x80;)
                at++;
        }
        CT_BUFFER_LITERAL(out, "^\n");
    }
    ct_buffer_printf(out, "%s", error->chain);
}
