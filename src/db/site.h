/* The databases of a site: their URLs and pools, the graph of the models, the cache of compiled statements. One for a
 * process; pools open nothing before they are first asked, so that the supervisor's workers share no connection. */
#ifndef CANTEEN_DB_SITE_H
#define CANTEEN_DB_SITE_H

#include "canteen/backend/database.h"
#include "canteen/database.h"
#include "db/graph.h"
#include "db/pool.h"

typedef struct ct_db_config {
    int64_t connections;  /* database_connections: at most so many of a pool, in each worker */
    ct_time wait_timeout; /* database_wait: for a free connection */
    ct_time connect_timeout, lock_timeout, statement_timeout;
    bool pooled;   /* database_pooled */
    int lazy_load; /* ct_lazy_load */
    bool log;      /* database_log: each statement is logged */
    bool count;    /* debug: how many there were, and which came again and again */
} ct_db_config;

typedef enum ct_lazy_load { CT_LAZY_ALLOW, CT_LAZY_WARN, CT_LAZY_REFUSE } ct_lazy_load;

typedef struct ct_db_entry {
    const char *alias, *replica_of;
    ct_db_target target;
    const ct_db_driver *driver;
    ct_pool pool;
} ct_db_entry;

typedef struct ct_db_site {
    uint64_t number; /* no other site of the process has it */
    ct_db_config config;
    ct_graph graph;
    const ct_graph_app *apps; /* with models or migrations */
    size_t app_count;
    ct_db_entry *entries; /* "default" is the first */
    size_t entry_count;
    size_t turn; /* of replicas: the next reader's */
    ct_route_database *route;
    ct_strmap statements; /* compiled queries by their signature (db/compile.h); heap */
    ct_strmap writes;     /* texts of INSERT, UPDATE and DELETE by theirs (db/written.h); heap */
} ct_db_site;

/* A database as the site declares it. */
typedef struct ct_db_source {
    const char *alias, *replica_of;
    const char *url;    /* NULL or "": a mistake, which is told */
    const char *origin; /* where the URL comes from: "environment DATABASE_URL", "main.c:12" */
} ct_db_source;

/* Of the sources the first is "default". Problems are added: URLs that no driver takes, aliases that come twice,
 * mistakes of models. Texts are borrowed; memory is the arena's, which has no limit. */
void ct_db_site_init(ct_db_site *site, const ct_db_config *config, const ct_db_source *sources, size_t source_count,
                     const ct_graph_app *apps, size_t app_count, ct_route_database *route, ct_arena *arena,
                     ct_problems *problems);
/* Closes what idles. For the end of a process's work. */
void ct_db_site_close(ct_db_site *site);
/* Closes and frees. */
void ct_db_site_finish(ct_db_site *site);

/* The entry of an alias, or NULL. */
ct_db_entry *ct_db_site_entry(ct_db_site *site, const char *alias);

/* The driver for a URL's scheme, or NULL; drivers.c has the list. */
const ct_db_driver *ct_db_driver_of(ct_str scheme);
/* What there is, for messages: "sqlite, postgresql, postgres". */
const char *ct_db_schemes(ct_arena *arena);
/* The URL without its password: "postgresql://app:***@db/app". */
const char *ct_db_url_shown(ct_arena *arena, const char *url);

#endif
