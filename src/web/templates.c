/* Making pages: which engine, into which buffer, with which values, and what happens when a template fails.
 *
 *   ct_render ─> engine (a new one where files have changed) ─> buffer from the pool ─> page ─> response
 *                                                                                      the buffer goes back, and the
 *                                                                                      engine may go, when the request
 *                                                                                      is over
 *
 * An engine that has been replaced stays until its last page is sent: functions of apps may wait, so several pages can
 * be in the making at once. The same way an engine goes that has grown (a page may ask for names without end that do
 * not exist; ct_render_string() for templates without end), so a process's memory for templates is bounded.
 *
 * Not here: what is in `request` (template_request.c), what apps add (template_functions.c), where files come from
 * (template_loader.c). */
#include "web/templates.h"

#include "base/time.h"
#include "canteen/app.h"
#include "canteen/log.h"
#include "canteen/template.h"
#include "canteen/work.h"
#include "net/fiber.h"
#include "proto/mime.h"
#include "shape/value.h"
#include "template/engine.h"
#include "template/render.h"
#include "web/apps.h"
#include "web/ct.h"
#include "web/response.h"
#include "web/session.h"
#include "web/template_functions.h"
#include "web/template_loader.h"
#include "web/template_request.h"
#include "web/template_session.h"

#include <stdlib.h>

#define KEEP_BUFFERS 8
#define KEEP_BYTES ((size_t)1 << 20)      /* a larger buffer is not kept */
#define LOOK_EVERY (100 * CT_MILLISECOND) /* for files that have changed */
#define GROWTH_BYTES ((size_t)32 << 20)   /* of an engine, beyond what was compiled at first */
#define STRINGS_BYTES ((size_t)4 << 20)   /* of the engine for ct_render_string() */
#define STACK_RESERVE ((size_t)48 << 10)  /* left for what templates call */
#define ERROR_MEMORY (64 * 1024)          /* what a message may take beyond request_memory */
#define STRING_NAME "<string>.html"
#define CONTEXT_MARK "canteen: context processors run"

/* An engine and the pages that are made with it. */
typedef struct generation {
    ct_engine *engine;
    size_t users;
    size_t first_bytes; /* what it took when all was compiled */
    bool retired;       /* goes with its last user */
    ct_strmap strings;  /* source to template, of ct_render_string() */
} generation;

struct ct_templates {
    const ct_site *site;
    ct_template_places places;
    ct_engine_options options;
    ct_translator *translate;
    generation *files, *strings; /* NULL: made when needed */
    size_t engines, made;        /* that there are, that there have been */
    ct_time looked;              /* ct_monotonic(): when files were last looked at */
    uint64_t stamp;
    ct_buffer *spare[KEEP_BUFFERS];
    size_t spare_count;
};

/* One page in the making; lives as long as the request. */
typedef struct ct_template_page {
    ct *c;
    struct ct_template_page *outer; /* whose template asked for this one, by a function of an app; NULL */
    ct_renderer *running;           /* NULL: not now */
    ct_templates *templates;
    generation *generation; /* NULL: given back */
    ct_buffer *buffer;
    ct_map *context; /* of the processors; NULL: they have not run */
    bool in_context; /* they run now */
    ct_render_input input;
} page;

/* ---- engines ---- */

static generation *generation_create(ct_templates *t)
{
    generation *g = ct_xcalloc(1, sizeof(*g));
    g->engine = ct_engine_create(&t->options);
    ct_strmap_init(&g->strings, &g->engine->arena);
    t->engines++;
    t->made++;
    return g;
}

static void generation_destroy(ct_templates *t, generation *g)
{
    ct_engine_destroy(g->engine);
    free(g);
    t->engines--;
}

/* Takes it out of use; it goes now or with its last user. */
static void retire(ct_templates *t, generation **slot)
{
    generation *g = *slot;
    *slot = NULL;
    if (g && g->users)
        g->retired = true;
    else if (g)
        generation_destroy(t, g);
}

static void release(ct_templates *t, generation *g)
{
    if (--g->users == 0 && g->retired)
        generation_destroy(t, g);
}

static void look_for_changes(ct_templates *t)
{
    ct_time now = ct_monotonic();
    if (t->looked && now - t->looked < LOOK_EVERY)
        return;
    uint64_t stamp = ct_template_places_stamp(&t->places);
    if (t->looked && stamp != t->stamp) {
        retire(t, &t->files);
        retire(t, &t->strings);
    }
    t->looked = now;
    t->stamp = stamp;
}

/* The generation of a slot, which may be no larger than `most`. */
static generation *current(ct_templates *t, generation **slot, size_t most)
{
    if (t->site->config.reload_templates)
        look_for_changes(t);
    if (*slot && CT_UNLIKELY(ct_arena_used(&(*slot)->engine->arena) - (*slot)->first_bytes > most))
        retire(t, slot);
    if (!*slot)
        *slot = generation_create(t);
    return *slot;
}

ct_engine *ct_templates_engine(ct_templates *t)
{
    return current(t, &t->files, GROWTH_BYTES)->engine;
}

void ct_templates_compiled(ct_templates *t)
{
    if (t->files)
        t->files->first_bytes = ct_arena_used(&t->files->engine->arena);
}

ct_templates_counts ct_templates_count(const ct_templates *t)
{
    return (ct_templates_counts){ .spare_buffers = t->spare_count, .engines = t->engines, .engines_made = t->made };
}

/* ---- buffers ---- */

static ct_buffer *take_buffer(ct_templates *t)
{
    if (t->spare_count)
        return t->spare[--t->spare_count];
    return ct_xcalloc(1, sizeof(ct_buffer));
}

static void give_buffer(ct_templates *t, ct_buffer *buffer)
{
    if (t->spare_count < KEEP_BUFFERS && buffer->capacity <= KEEP_BYTES) {
        buffer->length = buffer->limit = 0; /* a render that was aborted has left its limit */
        buffer->failed = false;
        t->spare[t->spare_count++] = buffer;
        return;
    }
    ct_buffer_finish(buffer);
    free(buffer);
}

/* ---- the site's ---- */

static const char *or_null(const char *text)
{
    return text && *text ? text : NULL;
}

static ct_engine_options options_of(const ct_site *site, const ct_templates *t, const ct_template_extras *extras)
{
    const ct_config *config = &site->config;
    return (ct_engine_options){ .loader = ct_template_places_loader(&t->places),
                                .language = (ct_language)config->template_language,
                                .trim_blocks = config->template_trim_blocks,
                                .lstrip_blocks = config->template_lstrip_blocks,
                                .keep_trailing_newline = config->template_keep_trailing_newline,
                                .line_statement_prefix = or_null(config->template_line_statement_prefix),
                                .line_comment_prefix = or_null(config->template_line_comment_prefix),
                                .strict = config->template_undefined != 0,
                                .debug = config->reload_templates, /* what tells development from production */
                                .if_invalid = or_null(config->template_string_if_invalid),
                                .filters = extras->filters,
                                .functions = extras->functions,
                                .tests = extras->tests,
                                .filter_count = extras->filter_count,
                                .function_count = extras->function_count,
                                .test_count = extras->test_count };
}

static ct_translator *find_translator(ct_arena *arena, const ct_app *root)
{
    ct_apps apps = { 0 };
    ct_apps_collect(arena, root, &apps);
    for (size_t i = 0; i < apps.count; i++)
        if (apps.items[i]->translate)
            return apps.items[i]->translate;
    return NULL;
}

void ct_templates_prepare(ct_site *site, ct_problems *problems)
{
    ct_template_extras extras;
    ct_templates *t = ct_xcalloc(1, sizeof(*t));
    t->site = site;
    t->places.arena = &site->arena;
    ct_template_places_find(&t->places, site->config.template_folders ? site->config.template_folders : "", site->app,
                            site->config.reload_templates, problems);
    ct_template_extras_collect(&site->arena, site->app, &extras, problems);
    t->options = options_of(site, t, &extras);
    t->translate = find_translator(&site->arena, site->app);
    if (site->config.reload_templates)
        look_for_changes(t);
    site->templates = t;
}

void ct_templates_destroy(ct_templates *t)
{
    if (!t)
        return;
    retire(t, &t->files);
    retire(t, &t->strings);
    while (t->spare_count) {
        ct_buffer *buffer = t->spare[--t->spare_count];
        ct_buffer_finish(buffer);
        free(buffer);
    }
    free(t);
}

ct_str ct_templates_embedded(const ct_templates *templates, const char *file)
{
    for (size_t i = 0; i < templates->places.count; i++) {
        const ct_template_place *place = &templates->places.items[i];
        size_t length = strlen(place->folder);
        if (!place->embedded || strncmp(file, place->folder, length) != 0 || (length && file[length] != '/'))
            continue;
        const ct_embedded *found = ct_files_find(place->embedded, file + length + (length != 0));
        if (found)
            return (ct_str){ (const char *)found->data, found->length };
    }
    return (ct_str){ 0 };
}

/* ---- names from outside ---- */

static void run_context(ct *c, const ct_mount *mount, ct_map *context)
{
    if (mount->parent)
        run_context(c, mount->parent, context);
    for (ct_context_processor *const *run = mount->app->context; run && *run; run++)
        (*run)(c, context);
}

static bool has_context(const ct_mount *mount)
{
    for (; mount; mount = mount->parent)
        if (mount->app->context && *mount->app->context)
            return true;
    return false;
}

/* What the processors say, asked once a page. A page that a processor makes itself goes without them. */
static const ct_kv *find_in_context(page *p, ct_str name)
{
    ct *c = p->c;
    if (!p->context) {
        const ct_mount *mount = c->is_request ? c->match.mount : c->site->mounts[0];
        if (!has_context(mount) || ct_get(c, CONTEXT_MARK))
            return NULL;
        ct_map *context = ct_map_new(c);
        ct_set(c, CONTEXT_MARK, p);
        p->in_context = true;
        run_context(c, mount, context);
        p->in_context = false;
        ct_set(c, CONTEXT_MARK, NULL);
        p->context = context;
    }
    return ct_map_find(p->context, name);
}

static bool is_request(const ct *c)
{
    return c->is_request;
}

/* What there is by itself. User and so on take their place here. */
static const struct {
    const char *name;
    ct_tval (*make)(ct_renderer *r, ct *c);
    bool (*is_there)(const ct *c); /* NULL: always */
} providers[] = {
    { "request", ct_template_request, is_request },
    { "session", ct_template_session, ct_session_possible },
    { "messages", ct_template_messages, ct_session_possible },
    { "config", ct_template_config, NULL },
    { "current_app", ct_template_current_app, NULL },
};

static bool provide(void *user, ct_renderer *r, ct_str name, ct_tval *ret_value)
{
    ct *c = user;
    const ct_kv *pair = find_in_context(CT_CONTAINER(r->input, page, input), name);
    if (pair) {
        *ret_value = ct_tval_of(pair->value);
        return true;
    }
    for (size_t i = 0; i < CT_COUNT(providers); i++) {
        if (!ct_str_eq(name, ct_str_of(providers[i].name)) || (providers[i].is_there && !providers[i].is_there(c)))
            continue;
        *ret_value = providers[i].make(r, c);
        return true;
    }
    return false;
}

static const char *translate(void *user, const ct_message *message)
{
    ct *c = user;
    return c->site->templates->translate(c, message);
}

/* ---- errors ---- */

static void write_line(ct_buffer *out, const ct_template_error *error, const char *message)
{
    if (error->file[0])
        ct_buffer_printf(out, "%s:%" PRIu32 ":%" PRIu32 ": ", error->file, error->line, error->column);
    ct_buffer_printf(out, "%s", message);
    ct_str source = ct_str_trim(ct_str_of(error->source));
    if (source.length)
        ct_buffer_printf(out, " | %.*s", CT_STR_ARG(source));
    for (ct_str rest = ct_str_of(error->chain); rest.data;) {
        ct_str visit = ct_str_next(&rest, '\n');
        if (visit.length)
            ct_buffer_printf(out, " | %.*s", CT_STR_ARG(visit));
    }
}

void ct_template_error_line(ct_buffer *out, const ct_template_error *error)
{
    write_line(out, error, error->message);
}

bool ct_templates_where(const ct *c, ct_template_error *ret_place)
{
    const page *p = c->page;
    while (p && !p->running)
        p = p->outer;
    if (p)
        ct_render_where(p->running, ret_place);
    return p != NULL;
}

const char *ct_templates_placed(ct *c, const char *message)
{
    for (const page *p = c->page; p; p = p->outer) {
        ct_template_error place = { .line = 0 };
        ct_buffer line = ct_buffer_in(c->arena);
        if (!p->running)
            continue;
        ct_render_where(p->running, &place);
        write_line(&line, &place, message);
        const char *text = ct_buffer_text(&line);
        if (line.failed)
            return message;
        message = text;
    }
    return message;
}

static CT_NORETURN void failed(ct *c, const ct_template_error *error)
{
    if (c->arena->limit) /* the template may have used up what there was */
        c->arena->limit += ERROR_MEMORY;
    ct_buffer line = ct_buffer_in(c->arena);
    ct_template_error_line(&line, error);
    ct_template_mistake(c, error, ct_buffer_text(&line));
}

/* ---- pages ---- */

/* Gives back what the page holds; once. */
static void end_page(void *arg)
{
    page *p = arg;
    if (p->c->page == p) /* what it ran has ended it */
        p->c->page = p->outer;
    if (p->in_context)
        ct_set(p->c, CONTEXT_MARK, NULL);
    if (p->buffer)
        give_buffer(p->templates, p->buffer);
    if (p->generation)
        release(p->templates, p->generation);
    p->buffer = NULL;
    p->generation = NULL;
    p->in_context = false;
}

/* Below which templates must not let the stack grow; NULL: this is no fiber, whose stack is large. */
static const char *stack_end(void)
{
    size_t size;
    const ct_fiber *fiber = ct_fiber_current();
    if (!fiber)
        return NULL;
    const char *low = ct_fiber_stack(fiber, &size);
    return low + CT_MIN(STACK_RESERVE, size / 2);
}

static page *begin_page(ct *c, const ct_kv *values, size_t count)
{
    ct_templates *t = c->site->templates;
    if (!t)
        ct_mistake(c, "this site was made without templates");
    const ct_config *config = &c->site->config;
    page *p = ct_take(c, sizeof(*p));
    *p = (page){ .c = c,
                 .outer = c->page,
                 .templates = t,
                 .input = { .pairs = values,
                            .pair_count = count,
                            .provide = provide,
                            .translate = t->translate ? translate : NULL,
                            .user = c,
                            .arena = c->arena,
                            .max_output = (size_t)config->template_max_output,
                            .max_iterations = (uint64_t)config->template_max_iterations,
                            .max_depth = (uint32_t)config->template_max_depth,
                            .stack_end = stack_end(),
                            .running = &p->running } };
    ct_defer(c, end_page, p);
    p->buffer = take_buffer(t);
    return p;
}

static void use(page *p, generation *g)
{
    p->generation = g;
    g->users++;
}

/* Text of C that is no UTF-8 goes out as it is: looking at every byte of every page would cost all, and browsers show
 * U+FFFD in its place. While templates are being written a line of the log tells. */
static void warn_of_bytes(const page *p, const ct_template *template)
{
    ct_str rest = { p->buffer->data, p->buffer->length };
    size_t line = 1;
    if (!rest.length || ct_utf8_valid(rest.data, rest.length))
        return;
    for (const char *end; (end = memchr(rest.data, '\n', rest.length)) != NULL; line++) {
        size_t length = (size_t)(end - rest.data);
        if (!ct_utf8_valid(rest.data, length))
            break;
        rest = (ct_str){ end + 1, rest.length - length - 1 };
    }
    ct_log(p->c, CT_LOG_WARNING, "the page made of %s has bytes that are no UTF-8 in its line %zu: a value that C gave",
           ct_template_file(template), line);
}

static ct_str render(page *p, const ct_template *template, ct_template_error *error)
{
    p->c->page = p;
    bool good = template && ct_template_render(p->generation->engine, template, &p->input, p->buffer, error);
    p->c->page = p->outer;
    if (!good)
        failed(p->c, error);
    if (CT_UNLIKELY(p->c->site->config.reload_templates))
        warn_of_bytes(p, template);
    return (ct_str){ p->buffer->length ? p->buffer->data : "", p->buffer->length };
}

static ct_str render_file(page *p, const char *name)
{
    ct_template_error error;
    use(p, current(p->templates, &p->templates->files, GROWTH_BYTES));
    return render(p, ct_engine_get(p->generation->engine, ct_str_of(name), &error), &error);
}

/* The template of a text, compiled now or before. */
static const ct_template *string_template(generation *g, ct_str source, ct_template_error *error)
{
    const ct_template *found = ct_strmap_get(&g->strings, source);
    if (found)
        return found;
    const ct_template *made = ct_engine_compile(g->engine, CT_STR(STRING_NAME), source, error);
    char *key = made ? ct_arena_copy(&g->engine->arena, source.data, source.length) : NULL;
    if (key)
        ct_strmap_set(&g->strings, (ct_str){ key, source.length }, (void *)(uintptr_t)made);
    return made;
}

static ct_str render_string(page *p, const char *source)
{
    ct_template_error error;
    use(p, current(p->templates, &p->templates->strings, STRINGS_BYTES));
    return render(p, string_template(p->generation, ct_str_of(source), &error), &error);
}

/* The page in the request's memory; its buffer is free again. */
static const char *keep_text(page *p, ct_str text)
{
    char *copy = ct_take(p->c, text.length + 1);
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    end_page(p);
    return copy;
}

/* The type of what the name ends in; a partial's is that of its page. */
static const char *content_type_of(ct *c, const char *name)
{
    size_t length = strcspn(name, "#");
    const char *type = ct_mime_of(name[length] ? ct_strndup(c, name, length) : name);
    return strcmp(type, "application/octet-stream") == 0 ? "text/plain; charset=utf-8" : type;
}

ct_response *ct_render_of(ct *c, const char *name, const ct_kv *values, size_t count)
{
    ct_needed(c, "ct_render", name);
    page *p = begin_page(c, values, count);
    ct_str body = render_file(p, name);
    ct_response *r = ct_response_new(c);
    r->content_type = ct_str_of(content_type_of(c, name));
    r->body = body;
    return r;
}

const char *ct_render_text_of(ct *c, const char *name, const ct_kv *values, size_t count)
{
    ct_needed(c, "ct_render_text", name);
    page *p = begin_page(c, values, count);
    return keep_text(p, render_file(p, name));
}

const char *ct_render_string_of(ct *c, const char *source, const ct_kv *values, size_t count)
{
    ct_needed(c, "ct_render_string", source);
    page *p = begin_page(c, values, count);
    return keep_text(p, render_string(p, source));
}
