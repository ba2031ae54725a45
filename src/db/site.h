/* The databases of a site: their URLs and pools, the graph of the models, the cache of compiled statements. One for a
 * process; pools open nothing before they are first asked, so that the supervisor's workers share no connection. */
#ifndef CANTEEN_DB_SITE_H
#define CANTEEN_DB_SITE_H

#include "canteen/backend/database.h"
#include "canteen/database.h"
#include "db/graph.h"
#include "db/pool.h"

typedef struct ct_db_config {
    const char *url;      /* setting database_url */
    int64_t connections;  /* database_connections: at most so many of a pool, in each worker */
    ct_time wait_timeout; /* database_wait: for a free connection */
    ct_time connect_timeout, lock_timeout, statement_timeout;
    bool pooled;   /* database_pooled */
    int lazy_load; /* ct_lazy_load */
} ct_db_config;

typedef enum ct_lazy_load { CT_LAZY_ALLOW, CT_LAZY_WARN, CT_LAZY_REFUSE } ct_lazy_load;

typedef struct ct_db_entry {
    const char *alias, *replica_of;
    ct_db_target target;
    const ct_db_driver *driver;
    ct_pool pool;
} ct_db_entry;

typedef struct ct_db_site {
    ct_db_config config;
    ct_graph graph;
    ct_db_entry *entries; /* "default" is the first */
    size_t entry_count;
    ct_route_database *route;
    ct_strmap statements; /* compiled queries by their signature (db/compile.h); heap */
    bool log;             /* the development log shows statements */
} ct_db_site;

/* The entry of an alias, or NULL. */
ct_db_entry *ct_db_site_entry(ct_db_site *site, const char *alias);

#endif
