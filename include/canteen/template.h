/* Pages made of templates, in the language of Jinja 3.1 and of Django.
 *
 *     static ct_response *index(ct *c)
 *     {
 *         return ct_render(c, "polls/index.html", V(latest), KV("error", "choose one"));
 *     }
 *
 * Where templates come from. A name ("polls/index.html") is looked for in the folders of the setting `template_folders`
 * ("templates" unless changed: the user's own come first), then in those of the apps: the root's `.templates`, then
 * those of mounted apps in the order of mounting. A name cannot lead out of its folder. What an app has `.embedded`
 * (canteen/files.h) is read from the executable, unless the setting `reload_templates` is on and the folder is there.
 * All templates are compiled when the program starts; one that is wrong is named with its place, as by `check`, and the
 * program does not start. With `reload_templates` it starts nevertheless, and a template that was changed, added or
 * removed is read anew at the next page.
 *
 * What templates see: the values of the call; what context processors add; `request`, `session`, `messages`, `config`,
 * `current_app`; the functions of the language, `url_for`, `get_flashed_messages` and those of the apps. A name of the
 * call hides all others.
 *
 *     request       method path full_path url base_url host scheme is_secure query_string remote_addr, args form
 *                   files headers cookies, endpoint view_args blueprint, content_type user_agent referrer as in Flask;
 *                   GET POST FILES COOKIES META resolver_match get_full_path get_host build_absolute_uri as in Django.
 *                   None of it is made before it is asked for. Not there in a command
 *     session       the session's values, read only: session.name, session['name'], get items keys values. Not there in
 *                   a command, nor on a site without sessions (canteen/session.h)
 *     messages      flashed messages as Django has them, each with message tags level_tag: taken when walked over
 *     get_flashed_messages(with_categories=false, category_filter=[])   the same as Flask has them
 *     config        the settings by name, in lower or upper case; secret ones are not there
 *     current_app   name and version of the program (of the root app)
 *     url_for(name, **values)   the URL of a route (canteen/url.h): values that are no parameters are the query;
 *                   _anchor, _external=true, _scheme. "polls:show" is the same as "polls.show", values without a name
 *                   are parameters in their order, so {% url 'polls:show' 7 %} is it too
 *
 * Pages of .html, .htm, .xml and .svg are escaped: what comes from values is text and never markup, unless it is made
 * with ct_safe(). A partial of Django's has the name "page.html#part".
 *
 * Limits, each a setting: template_max_output, template_max_iterations, template_max_depth; values that a template
 * makes are memory of the request. A template that fails is a mistake of the program: the client gets the plain 500,
 * the log has file, line, column, the line itself, what included it, and what is wrong. */
#ifndef CANTEEN_TEMPLATE_H
#define CANTEEN_TEMPLATE_H

#include "canteen/common.h"
#include "canteen/files.h"
#include "canteen/value.h"

/* A response with the page of a template; the content type is that of the name's ending, HTML and the like in UTF-8
 * (text/plain where it says nothing). */
#define ct_render(c, name, ...) ct_render_of((c), (name), CT_KVS(__VA_ARGS__))
CT_API ct_response *ct_render_of(ct *c, const char *name, const ct_kv *values, size_t count);

/* The page as text, for mails, files, parts of JSON. Works in commands too. */
#define ct_render_text(c, name, ...) ct_render_text_of((c), (name), CT_KVS(__VA_ARGS__))
CT_API const char *ct_render_text_of(ct *c, const char *name, const ct_kv *values, size_t count);

/* The page of a template that is given itself, as text: HTML, so values are escaped. It may extend and include those
 * of the folders. Compiled once and kept for a while, within bounds.
 *     return ct_html(c, ct_render_string(c, "<p>Hello, {{ name }}!</p>", V(name))); */
#define ct_render_string(c, source, ...) ct_render_string_of((c), (source), CT_KVS(__VA_ARGS__))
CT_API const char *ct_render_string_of(ct *c, const char *source, const ct_kv *values, size_t count);

/* Filters, functions and tests of an app, for the templates of the whole site. Where apps use a name twice the root's
 * counts, then the first mounted one's; an app's own goes before one of the language. A name that means something else
 * in templates (`true`, `if`, `request`, `loop` in loops, tags) never reaches the function: `check` warns of it.
 *
 *     static ct_value initials(ct *c, const ct_value *args)
 *     {
 *         int64_t most = args[1].type == CT_VALUE_NULL ? 2 : args[1].integer;
 *         ...
 *         return CT_VALUE(text);
 *     }
 *     .filters   = FILTERS(FILTER("initials", initials, "text name, int most=")),
 *     .functions = FUNCTIONS(FUNCTION("asset", asset, "text path")),
 *     .template_tests = TEMPLATE_TESTS(TEMPLATE_TEST("overdue", overdue, "datetime due")),
 *
 * gives {{ user.name|initials(3) }} and {{ user.name|initials:3 }}, {{ asset('logo.svg') }}, {% if due is overdue %}.
 *
 * A parameter is a type and a name; templates may give it by its name. The arguments are checked and converted before
 * the call, and a wrong one ends the page with a message that names both. `args` has one for each parameter:
 *     text       text (CT_VALUE_TEXT, or CT_VALUE_SAFE where it is markup: `.text` is both), or what a number, a truth
 *                or a time is written as
 *     int        a whole number
 *     real       any number
 *     flag       anything, by whether it is true
 *     datetime   a time
 *     list       CT_VALUE_ARRAY, or CT_VALUE_ROWS
 *     map        CT_VALUE_MAP, or CT_VALUE_ROW
 *     any        whatever it is; what C has no value for (functions, undefined names) is null
 * "name=" may be left out, and "name?" must be given; both may be none or undefined. What was left out, is none or is
 * undefined arrives as null. For every other parameter that is an error. At most 16. The first parameter of a filter
 * is what stands before the '|', of a test what stands before `is`; it must be there. What the function returns may be
 * text of the arena, ct_safe() markup, or any value; of a test its truth counts. It may wait and abort as handlers
 * do; the log then has the template's place besides: an error for 5xx, a line of level info for 4xx. */
typedef ct_value ct_template_function(ct *c, const ct_value *args);

typedef struct ct_template_row {
    const char *name; /* letters, digits and '_' */
    ct_template_function *call;
    const char *parameters; /* "text name, int most="; "" for none */
    const char *file;       /* set by the macros: where the row stands */
    int line;
} ct_template_row;

#define CT_TEMPLATE_ROW(name_, function_, parameters_)                                                                 \
    {                                                                                                                  \
        .name = (name_), .call = (function_), .parameters = (parameters_), .file = __FILE__, .line = __LINE__          \
    }
#define CT_TEMPLATE_ROWS(...) ((const ct_template_row[]){ __VA_ARGS__, { .name = NULL } })
#define CT_FILTER(name, function, parameters) CT_TEMPLATE_ROW(name, function, parameters)
#define CT_FILTERS(...) CT_TEMPLATE_ROWS(__VA_ARGS__)
#define CT_FUNCTION(name, function, parameters) CT_TEMPLATE_ROW(name, function, parameters)
#define CT_FUNCTIONS(...) CT_TEMPLATE_ROWS(__VA_ARGS__)
#define CT_TEMPLATE_TEST(name, function, parameters) CT_TEMPLATE_ROW(name, function, parameters)
#define CT_TEMPLATE_TESTS(...) CT_TEMPLATE_ROWS(__VA_ARGS__)

/* Adds names that every page sees. Run at most once a page, when it first asks for a name that is not among the values
 * of the call: those of the root app for every page, those of a mounted app for requests that it answers (or an app
 * that it mounts). A later one replaces what an earlier one set, so the innermost app decides.
 *     static void add_year(ct *c, ct_map *context) { ct_map_set(context, "year", this_year()); }
 *     .context = CONTEXT(add_year) */
typedef void ct_context_processor(ct *c, ct_map *context);
#define CT_CONTEXT(...) ((ct_context_processor *const[]){ __VA_ARGS__, NULL })

/* A text that {% trans %}, gettext() and the like ask to be translated. */
typedef struct ct_message {
    const char *context;  /* pgettext's; NULL: none */
    const char *singular; /* the text as it stands in the template */
    const char *plural;   /* NULL: it has no plural form */
    int64_t count;        /* what decides the form, when there is a plural */
    const char *language; /* that of the {% language %} around, "de"; NULL: none is around, it is the reader's */
} ct_message;

/* The translation, borrowed, or NULL to take the text as it is. The root app's is asked for all templates; where it has
 * none, that of the first app that has one. */
typedef const char *ct_translator(ct *c, const ct_message *message);

#ifndef CT_NO_SHORT_NAMES
#define FILTER(...) CT_FILTER(__VA_ARGS__)
#define FILTERS(...) CT_FILTERS(__VA_ARGS__)
#define FUNCTION(...) CT_FUNCTION(__VA_ARGS__)
#define FUNCTIONS(...) CT_FUNCTIONS(__VA_ARGS__)
#define TEMPLATE_TEST(...) CT_TEMPLATE_TEST(__VA_ARGS__)
#define TEMPLATE_TESTS(...) CT_TEMPLATE_TESTS(__VA_ARGS__)
#define CONTEXT(...) CT_CONTEXT(__VA_ARGS__)
#endif

#endif
