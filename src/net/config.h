/* The settings of the server as a struct, so that hot code reads a field. Filled from the settings table
 * (web/settings.c), which holds names, defaults, bounds and help; times are in µs, sizes in bytes. */
#ifndef CANTEEN_NET_CONFIG_H
#define CANTEEN_NET_CONFIG_H

#include "base/common.h"

typedef struct ct_config {
    /* where and how it runs */
    const char *bind;         /* addresses, comma-separated: HOST:PORT, [V6]:PORT, :PORT, unix:PATH */
    int64_t workers;          /* 0: one per core this process may use */
    const char *user, *group; /* what workers become when started as root; NULL: no change */
    const char *temp_dir;
    /* logs */
    bool access_log;
    int64_t log_format; /* ct_log_format */
    int64_t log_level;  /* ct_log_level */
    /* limits of what a client may send */
    int64_t max_head, max_target, max_headers;
    int64_t max_body_memory, max_body, max_fields;
    int64_t max_parts, max_files, max_part_head, max_file_memory, max_file_size; /* of multipart forms */
    int64_t max_connections;                                                     /* of one worker */
    int64_t max_requests;    /* being answered at once by one worker */
    ct_time head_timeout;    /* from a connection's first byte of a head (or its start) to the head's end */
    ct_time idle_timeout;    /* between requests of a connection */
    ct_time body_timeout;    /* without a byte of an awaited body */
    int64_t body_rate;       /* bytes a second, at the least, once body_timeout has passed once */
    ct_time send_timeout;    /* without a byte of the answer taken by the client */
    ct_time request_timeout; /* of a handler */
    ct_time startup_timeout; /* of the apps' startup hooks */
    ct_time drain_timeout;   /* of running requests when the server stops */
    ct_time crash_timeout;   /* of running requests when a handler beside them crashed */
    ct_time hang_warning;    /* of code that does not yield, before the log tells of it */
    ct_time hang_timeout;    /* the same, before it is ended */
    int64_t request_memory, stack_size, offload_threads;
    /* proxies and hosts */
    const char *allowed_hosts;   /* comma-separated names, ".example.com" with its subdomains, "*"; NULL: by `debug` */
    const char *trusted_proxies; /* comma-separated addresses and networks; "" none */
    int64_t proxy_headers;       /* ct_proxy_headers: which of them a trusted proxy sets */
    /* what an app works with */
    bool debug;                       /* development: error pages with details, everything read anew */
    const char *secret_key;           /* NULL: none */
    const char *secret_key_fallbacks; /* comma-separated: good for reading */
    const char *session_cookie_name, *session_cookie_domain, *session_cookie_path;
    int64_t session_cookie_secure;   /* 0: on https, 1: always, 2: never */
    int64_t session_cookie_samesite; /* ct_same_site */
    bool session_cookie_partitioned;
    ct_time session_lifetime;
    bool session_refresh;
    const char *upload_folder;
    const char *static_url, *static_folders;
    /* databases */
    const char *database_url;     /* NULL: sqlite:NAME.db */
    int64_t database_connections; /* of one worker to one database, at once */
    ct_time database_wait;        /* for a free one */
    ct_time database_connect_timeout, database_lock_timeout, database_statement_timeout;
    bool database_pooled; /* a transaction-mode pooler is in front of it */
    int64_t lazy_load;    /* ct_lazy_load */
    bool database_log;
    /* templates */
    const char *template_folders; /* the user's own, comma-separated */
    bool reload_templates;        /* read again when files change */
    int64_t template_max_output, template_max_iterations, template_max_depth;
    int64_t template_undefined; /* 0: empty, 1: an error */
    int64_t template_language;  /* ct_language */
    bool template_trim_blocks;
    const char *template_line_statement_prefix; /* "" none */
    bool template_lstrip_blocks;
    const char *template_line_comment_prefix;
    bool template_keep_trailing_newline;
    const char *template_string_if_invalid;
} ct_config;

#endif
