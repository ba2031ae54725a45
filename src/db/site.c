/* A site's databases, made of its settings and its apps' models. Nothing is opened here. */
#include "db/site.h"

#include "base/nearest.h"

#include <stdlib.h>

static void refuse(ct_problems *problems, const ct_db_source *source, const char *what)
{
    ct_problems_add(problems, CT_PROBLEM_ERROR, "%s: the database \"%s\": %s", source->origin, source->alias, what);
}

static const ct_db_driver *driver_for(const ct_db_source *source, ct_arena *arena, ct_problems *problems)
{
    const char *colon = source->url ? strchr(source->url, ':') : NULL;
    if (!source->url || !*source->url) {
        refuse(problems, source, "it has no URL: write sqlite:PATH or postgresql://USER:PASSWORD@HOST/NAME");
        return NULL;
    }
    if (!colon || colon == source->url) { /* a plain path: no password is in it */
        refuse(
            problems, source,
            ct_arena_printf(arena,
                            "its URL \"%.100s\" does not say which kind of database it is: write sqlite:%.100s for a "
                            "file, or postgresql://USER:PASSWORD@HOST/NAME",
                            source->url, source->url));
        return NULL;
    }
    ct_str scheme = { source->url, (size_t)(colon - source->url) };
    const ct_db_driver *driver = ct_db_driver_of(scheme);
    if (!driver)
        refuse(problems, source,
               ct_arena_printf(arena,
                               "its URL begins with \"%.*s\", which is none of %s: write sqlite:PATH or "
                               "postgresql://USER:PASSWORD@HOST/NAME",
                               (int)CT_MIN(scheme.length, (size_t)20), scheme.data, ct_db_schemes(arena)));
    return driver;
}

/* Some for all requests together, where the driver can do that, the others each for one at a time. */
static void divide_connections(ct_db_entry *entry, size_t count, ct_time wait_timeout)
{
    size_t shared = entry->driver->share ? CT_MAX(1, CT_MIN(CT_DB_SHARED, count / 3)) : 0;
    entry->target.shared = shared;
    ct_pool_init(&entry->pool, entry->driver, &entry->target, count > shared ? count - shared : 1, wait_timeout);
}

static void add_entry(ct_db_site *site, const ct_db_source *source, ct_arena *arena, ct_problems *problems)
{
    if (ct_db_site_entry(site, source->alias)) {
        refuse(problems, source, "there are two of that alias");
        return;
    }
    const ct_db_driver *driver = driver_for(source, arena, problems);
    if (!driver)
        return;
    const ct_db_config *config = &site->config;
    ct_db_entry *entry = &site->entries[site->entry_count++];
    *entry = (ct_db_entry){ .alias = source->alias,
                            .replica_of = source->replica_of,
                            .driver = driver,
                            .target = { .alias = source->alias,
                                        .url = source->url,
                                        .shown = ct_db_url_shown(arena, source->url),
                                        .connect_timeout = config->connect_timeout,
                                        .lock_timeout = config->lock_timeout,
                                        .statement_timeout = config->statement_timeout,
                                        .pooled = config->pooled,
                                        .read_only = source->replica_of != NULL } };
    const char *wrong = driver->check ? driver->check(&entry->target, arena) : NULL;
    if (wrong)
        refuse(problems, source, wrong);
    divide_connections(entry, (size_t)config->connections, config->wait_timeout);
    if (driver->most && driver->most(&entry->target) < entry->pool.max)
        entry->pool.max = driver->most(&entry->target);
}

/* Replicas are of databases that are there, are no replicas themselves and are of the same kind. */
static void check_replicas(ct_db_site *site, const ct_db_source *sources, size_t count, ct_problems *problems)
{
    for (size_t i = 0; i < count; i++) {
        const char *of = sources[i].replica_of;
        const ct_db_entry *primary = of ? ct_db_site_entry(site, of) : NULL;
        const ct_db_entry *replica = ct_db_site_entry(site, sources[i].alias);
        if (of && !primary)
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "%s: the database \"%s\" is a replica of \"%s\", which there is not", sources[i].origin,
                            sources[i].alias, of);
        else if (primary && primary->replica_of)
            ct_problems_add(problems, CT_PROBLEM_ERROR,
                            "%s: the database \"%s\" is a replica of \"%s\", which is a replica itself",
                            sources[i].origin, sources[i].alias, of);
        else if (primary && replica && replica->driver != primary->driver)
            ct_problems_add(
                problems, CT_PROBLEM_ERROR,
                "%s: the database \"%s\" (%s) is a replica of \"%s\", which is another kind of database (%s)",
                sources[i].origin, sources[i].alias, replica->target.shown, of, primary->target.shown);
    }
}

static void check_models(ct_db_site *site, ct_problems *problems)
{
    for (size_t i = 0; i < site->graph.table_count; i++) {
        const ct_table *table = site->graph.tables[i];
        if (ct_db_site_entry(site, table->database))
            continue;
        ct_nearest nearest = ct_nearest_to(table->database);
        for (size_t k = 0; k < site->entry_count; k++)
            ct_nearest_try(&nearest, site->entries[k].alias);
        ct_problems_add(problems, CT_PROBLEM_ERROR,
                        "%s:%d: the model %s lives in the database \"%s\", which .databases of the root app does not "
                        "have%s%s%s",
                        table->model ? table->model->file : "?", table->model ? table->model->line : 0, table->label,
                        table->database, nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
                        nearest.best ? "\"?" : "");
    }
}

void ct_db_site_init(ct_db_site *site, const ct_db_config *config, const ct_db_source *sources, size_t source_count,
                     const ct_graph_app *apps, size_t app_count, ct_route_database *route, ct_arena *arena,
                     ct_problems *problems)
{
    static uint64_t sites;
    *site = (ct_db_site){ .number = ++sites, .config = *config, .route = route, .apps = apps, .app_count = app_count };
    ct_strmap_init(&site->statements, NULL);
    ct_strmap_init(&site->writes, NULL);
    site->entries = ct_arena_zalloc(arena, source_count * sizeof(*site->entries));
    if (!site->entries)
        ct_die("a site's arena has a limit");
    size_t errors = problems->errors;
    for (size_t i = 0; i < source_count; i++)
        add_entry(site, &sources[i], arena, problems);
    bool good = problems->errors == errors;
    check_replicas(site, sources, good ? source_count : 0, problems);
    ct_graph_build(&site->graph, apps, app_count, arena, problems);
    if (good)
        check_models(site, problems);
}

ct_db_entry *ct_db_site_entry(ct_db_site *site, const char *alias)
{
    for (size_t i = 0; i < site->entry_count; i++)
        if (strcmp(site->entries[i].alias, alias) == 0)
            return &site->entries[i];
    return NULL;
}

void ct_db_site_close(ct_db_site *site)
{
    for (size_t i = 0; i < site->entry_count; i++)
        ct_pool_close(&site->entries[i].pool);
}

void ct_db_site_finish(ct_db_site *site)
{
    for (size_t i = 0; i < site->entry_count; i++)
        ct_pool_finish(&site->entries[i].pool);
    for (size_t i = 0; i < site->statements.count; i++)
        free(site->statements.entries[i].value); /* the key is in it */
    ct_strmap_finish(&site->statements);
    for (size_t i = 0; i < site->writes.count; i++)
        free(site->writes.entries[i].value);
    ct_strmap_finish(&site->writes);
}
