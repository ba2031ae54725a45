/* Units of work with templates: a site made of an app's tables, without a server. */
#ifndef TEMPLATED_H
#define TEMPLATED_H

#include "canteen.h"
#include "made_request.h"

#include "web/router.h"
#include "web/settings.h"
#include "web/templates.h"

typedef struct made_site {
    made_request made;
    ct_site site;
    ct_problems problems;
    ct *c;
} made_site;

/* A unit of work of the app: a request, or none with `head` NULL. The caller looks at the problems. */
static inline ct *open_made(made_site *m, const ct_app *app, const char *head, void (*change)(ct_config *config))
{
    memset(m, 0, sizeof(*m));
    ct *c = m->c = head ? make_request(&m->made, head) : make_work(&m->made);
    ct_site_init(&m->site, app, &m->problems);
    m->site.settings = ct_settings_load(&m->site.arena, app, "/nonexistent/.env", NULL, NULL, &m->problems);
    m->site.config = m->made.site.config;
    m->site.config.max_fields = 10;
    m->site.config.template_folders = "";
    m->site.config.template_max_output = 1 << 20;
    m->site.config.template_max_iterations = 100000;
    m->site.config.template_max_depth = 100;
    if (change)
        change(&m->site.config);
    ct_templates_prepare(&m->site, &m->problems);
    c->site = &m->site;
    c->match.mount = m->site.mounts[0];
    if (head)
        ct_router_match(&m->site, c->arena, CT_STR("localhost"), c->exchange.head.method, c->exchange.head.method_name,
                        c->exchange.head.path, &c->match);
    return c;
}

static inline ct *open_good(made_site *m, const ct_app *app, const char *head, void (*change)(ct_config *config))
{
    ct *c = open_made(m, app, head, change);
    if (m->problems.count)
        fail_msg("%s", m->problems.items[0].text);
    return c;
}

static inline void close_made(made_site *m)
{
    ct_run_deferred(m->c, NULL);
    ct_site_finish(&m->site);
    drop_request(&m->made);
    ct_problems_finish(&m->problems);
}

/* A page; "! " and the message where it fails. */
static inline const char *shown_by(const char *(*render)(ct *c, const char *what, const ct_kv *values, size_t count),
                                   ct *c, const char *what, const ct_kv *values, size_t count)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch))
        return ct_printf(c, "! %s", c->error_message);
    const char *page = render(c, what, values, count);
    ct_catch_end(c, &catch);
    return page;
}

#define shown(c, source, ...) shown_by(ct_render_string_of, (c), (source), CT_KVS(__VA_ARGS__))
#define shown_file(c, name, ...) shown_by(ct_render_text_of, (c), (name), CT_KVS(__VA_ARGS__))

/* The problems of an app, one a line: "error: ...". */
static inline void assert_problems(const ct_app *app, const char *wanted)
{
    made_site m;
    ct_buffer text = { 0 };
    open_made(&m, app, NULL, NULL);
    for (size_t i = 0; i < m.problems.count; i++)
        ct_buffer_printf(&text, "%s: %s\n", m.problems.items[i].severity == CT_PROBLEM_ERROR ? "error" : "warning",
                         m.problems.items[i].text);
    assert_string_equal(ct_buffer_text(&text), wanted);
    ct_buffer_finish(&text);
    close_made(&m);
}

#endif
