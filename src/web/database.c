/* The databases of a site, out of its settings and apps, and what the database layer asks of a unit of work. */
#include "web/database.h"

#include "base/buffer.h"
#include "canteen/log.h"
#include "db/session.h"
#include "web/apps.h"
#include "web/ct.h"
#include "web/settings.h"

struct ct_db_session **ct_work_database(ct *c)
{
    return &c->database;
}

struct ct_db_site *ct_work_databases(ct *c)
{
    return c->site->databases;
}

/* ---- sources ---- */

/* sqlite:NAME.db, beside the program. */
static const char *usual_url(ct_arena *arena, const ct_app *app)
{
    const char *url = ct_arena_printf(arena, "sqlite:%s.db", app->name ? app->name : "app");
    return url;
}

static ct_db_source usual_source(ct_site *site)
{
    const char *url = site->config.database_url;
    const ct_setting_value *value = ct_settings_find(site->settings, "database_url");
    return (ct_db_source){ .alias = "default",
                           .url = url && *url ? url : usual_url(&site->arena, site->app),
                           .origin = value->source };
}

static ct_db_source further_source(ct_site *site, const ct_database *row, ct_problems *problems)
{
    ct_db_source source = { .alias = row->alias, .replica_of = row->replica_of, .origin = site->app->name };
    const ct_setting_value *value = row->setting ? ct_settings_find(site->settings, row->setting) : NULL;
    if (!value || value->setting->type != CT_TEXT) {
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "app \"%s\": the database \"%s\" takes its URL from the setting \"%s\", which is none of text: "
                        "declare it with SETTING(\"%s\", NULL, .secret = true)",
                        site->app->name, row->alias, row->setting ? row->setting : "",
                        row->setting ? row->setting : "NAME");
        return source;
    }
    source.url = value->value.text;
    source.origin = value->source;
    return source;
}

static size_t list_sources(ct_site *site, ct_db_source **ret_sources, ct_problems *problems)
{
    const ct_database *rows = site->app->databases;
    size_t count = 0, more = 0;
    while (rows && rows[more].alias)
        more++;
    ct_db_source *sources = ct_site_zalloc(&site->arena, (1 + more) * sizeof(*sources));
    sources[count++] = usual_source(site);
    for (size_t i = 0; i < more; i++) {
        size_t errors = problems->errors;
        ct_db_source source = further_source(site, &rows[i], problems);
        if (problems->errors == errors)
            sources[count++] = source;
    }
    *ret_sources = sources;
    return count;
}

static size_t list_apps(ct_site *site, ct_graph_app **ret_apps)
{
    ct_apps apps = { 0 };
    size_t count = 0;
    ct_apps_collect(&site->arena, site->app, &apps);
    ct_graph_app *with_models = ct_site_zalloc(&site->arena, apps.count * sizeof(*with_models));
    for (size_t i = 0; i < apps.count; i++)
        if (apps.items[i]->models || apps.items[i]->migrations)
            with_models[count++] = (ct_graph_app){ .name = apps.items[i]->name,
                                                   .models = apps.items[i]->models,
                                                   .migrations = apps.items[i]->migrations };
    *ret_apps = with_models;
    return count;
}

/* ---- the site ---- */

void ct_databases_prepare(ct_site *site, ct_problems *problems)
{
    const ct_config *config = &site->config;
    const ct_db_config settings = { .connections = config->database_connections,
                                    .wait_timeout = config->database_wait,
                                    .connect_timeout = config->database_connect_timeout,
                                    .lock_timeout = config->database_lock_timeout,
                                    .statement_timeout = config->database_statement_timeout,
                                    .pooled = config->database_pooled,
                                    .lazy_load = (int)config->lazy_load,
                                    .log = config->database_log,
                                    .count = config->debug };
    ct_db_source *sources;
    ct_graph_app *apps;
    size_t source_count = list_sources(site, &sources, problems), app_count = list_apps(site, &apps);
    site->databases = ct_site_zalloc(&site->arena, sizeof(*site->databases));
    ct_db_site_init(site->databases, &settings, sources, source_count, apps, app_count, site->app->route_database,
                    &site->arena, problems);
}

#define REPEATS 10 /* of one statement in a request: then a loop asks for what one query could get */

ct_db_counts ct_databases_counts(ct *c)
{
    if (CT_LIKELY(!c->database || !c->site->config.debug))
        return (ct_db_counts){ 0 };
    const ct_db_counts counts = ct_db_session_counts(c);
    if (counts.most_count >= REPEATS)
        ct_log_warning(c,
                       "one statement ran %zu times in this request, where one query may do (.with loads relations "
                       "ahead): %s",
                       counts.most_count, counts.most_sql);
    return counts;
}

void ct_databases_share(const ct_site *from, ct_site *to)
{
    for (size_t i = 0; from->databases && to->databases && i < to->databases->entry_count; i++) {
        ct_db_target *target = &to->databases->entries[i].target;
        const ct_db_entry *same = ct_db_site_entry(from->databases, target->alias);
        if (!same)
            continue;
        target->url = same->target.url;
        target->shown = same->target.shown;
    }
}

void ct_databases_close(const ct_site *site)
{
    if (site->databases)
        ct_db_site_close(site->databases);
}

void ct_databases_finish(ct_site *site)
{
    if (site->databases)
        ct_db_site_finish(site->databases);
}
