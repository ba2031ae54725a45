/* The table of Canteen's own settings: the one place that knows their names, types, defaults, bounds and help.
 * ct_config, `help settings`, the options of `run` and the environment variables follow from it. */
#include "web/settings_table.h"

/* The offset of a field, which must have the type: anything else does not compile. */
#define OFFSET(field, type)                                                                                            \
    (offsetof(ct_config, field) +                                                                                      \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((ct_config *)NULL)->field), type) ? 1 : -1]))

#define ROW(field, field_type, type_, default_, help_, ...)                                                            \
    {                                                                                                                  \
        .setting = { .name = #field,                                                                                   \
                     .type = (type_),                                                                                  \
                     .value = (default_),                                                                              \
                     .help = (help_),                                                                                  \
                     .declares = true,                                                                                 \
                     __VA_ARGS__ },                                                                                    \
        .offset = OFFSET(field, field_type)                                                                            \
    }
#define TEXT(field, value, help) ROW(field, const char *, CT_TEXT, value, help)
#define FLAG(field, value, help) ROW(field, bool, CT_FLAG, value, help)
#define CHOICE(field, value, list, help) ROW(field, int64_t, CT_CHOICE, value, help, .choices = (list))
#define INTEGER(field, value, least, most, help)                                                                       \
    ROW(field, int64_t, CT_INTEGER, value, help, .min = (least), .max = (most))
#define SIZE(field, value, least, most, help) ROW(field, int64_t, CT_SIZE, value, help, .min = (least), .max = (most))
#define TIME(field, value, least, help) ROW(field, ct_time, CT_DURATION, value, help, .min = (least), .max = CT_DAY)

#define KIB (INT64_C(1) << 10)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)

/* The choices stand in the order of their enums: ct_log_format, ct_log_level, ct_proxy_headers, ct_language. */
const ct_own_setting ct_own_settings[] = {
    TEXT(bind, "127.0.0.1:8000", "where to listen, comma-separated: HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH"),
    INTEGER(workers, "0", 0, 1024, "worker processes; 0: one for each core that this process may use"),
    TEXT(user, NULL, "what workers become when the server is started as root"),
    TEXT(group, NULL, "the same; the user's own group unless given"),
    TEXT(temp_dir, "/tmp", "folder for large bodies; TMPDIR of the environment is the default where it is set"),
    FLAG(access_log, "true", "one log line for each request"),
    CHOICE(log_format, "auto", "auto, text, json", "auto: text on a terminal, JSON otherwise"),
    CHOICE(log_level, "info", "debug, info, warning, error", "the least that is logged"),
    SIZE(max_head, "16K", KIB, MIB, "largest head of a request: the first line and all headers"),
    SIZE(max_target, "8K", 64, MIB, "longest target of a request: the path and the query"),
    INTEGER(max_headers, "100", 1, 1000, "most headers of a request"),
    SIZE(max_body_memory, "2.5M", KIB, GIB, "largest body in memory; larger ones go to a file or are read as a stream"),
    SIZE(max_body, "1G", 0, 1024 * TIB, "largest body in all"),
    INTEGER(max_fields, "1000", 1, 1000000, "most fields of a query or a form"),
    INTEGER(max_parts, "1000", 1, 1000000, "most parts of a form with files"),
    INTEGER(max_files, "100", 0, 1000000, "most files of a form"),
    SIZE(max_part_head, "4K", 256, MIB, "largest head of one part of a form"),
    SIZE(max_file_memory, "256K", 0, GIB,
         "larger files of a form go to temp_dir; all that stay in memory count together"),
    SIZE(max_file_size, "1G", 0, 1024 * TIB, "largest file of a form"),
    INTEGER(max_connections, "16384", 1, 1048576, "most open connections of one worker"),
    INTEGER(max_requests, "10000", 1, 1048576, "most requests that one worker answers at once"),
    TIME(head_timeout, "10s", CT_MILLISECOND, "longest for a request's head to arrive in full"),
    TIME(idle_timeout, "75s", CT_MILLISECOND, "longest between two requests of a connection"),
    TIME(body_timeout, "30s", CT_MILLISECOND, "longest without a byte of a body that is waited for"),
    SIZE(body_rate, "1K", 0, GIB, "least bytes of a body a second, once body_timeout has passed; 0: any"),
    TIME(send_timeout, "30s", CT_MILLISECOND, "longest without the client taking a byte of the answer"),
    TIME(request_timeout, "30s", 0, "longest for a handler to answer; 0: no limit"),
    TIME(startup_timeout, "60s", 0, "longest for the apps' startup hooks; 0: no limit"),
    TIME(drain_timeout, "30s", 0, "longest for running requests to end when the server stops"),
    TIME(crash_timeout, "10s", 0, "longest for running requests to end when a handler beside them crashed"),
    TIME(hang_warning, "5s", 0, "longest for a handler not to yield to others before the log tells of it; 0: no limit"),
    TIME(hang_timeout, "0", 0,
         "longest for a handler not to yield before it is ended as if it had crashed; 0: no limit"),
    SIZE(request_memory, "64M", 64 * KIB, TIB, "most memory that one request may take"),
    SIZE(stack_size, "256K", 64 * KIB, 64 * MIB, "size of a handler's stack"),
    INTEGER(offload_threads, "4", 1, 256, "threads of a worker for ct_offload()"),
    TEXT(
        allowed_hosts, NULL,
        "host names served, comma-separated; .example.com: with subdomains; *: any, as when unset; with debug unset is "
        "localhost, .localhost and every address"),
    TEXT(trusted_proxies, "", "addresses and networks of proxies to be believed, comma-separated; unix: Unix sockets"),
    CHOICE(proxy_headers, "x-forwarded", "x-forwarded, forwarded",
           "which headers those proxies set or clear; all of that family are believed"),
    FLAG(debug, "false", "development: errors show details in the browser, files are read anew; never for the public"),
    ROW(secret_key, const char *, CT_TEXT, NULL,
        "what sessions and signed text are protected by: 32 characters or more", .secret = true),
    ROW(secret_key_fallbacks, const char *, CT_TEXT, "", "earlier keys, comma-separated: what they protect can be read",
        .secret = true),
    TEXT(session_cookie_name, "session",
         "name of the session's cookie; on https with __Host- in front where that fits"),
    TEXT(session_cookie_domain, "", "domain of the session's cookie; empty: this host alone"),
    TEXT(session_cookie_path, "/", "path of the session's cookie"),
    CHOICE(session_cookie_secure, "auto", "auto, always, never",
           "whether the session's cookie needs https; auto: on https, and where samesite or partitioned demand it"),
    CHOICE(session_cookie_samesite, "lax", "lax, strict, none", "whether other sites' requests carry the session"),
    FLAG(session_cookie_partitioned, "false", "keep the session apart for each site that embeds this one"),
    FLAG(session_refresh, "true",
         "send the cookie of a permanent session with every answer that used it, so that it lasts"),
    ROW(session_lifetime, ct_time, CT_DURATION, "31d", "how long a session is good after its last answer",
        .min = CT_SECOND, .max = 400 * CT_DAY),
    TEXT(upload_folder, "uploads", "folder where uploads are kept"),
    TEXT(static_url, "/static/", "where static files are served: a path, or the URL of another server that has them"),
    TEXT(static_folders, "static", "folders of static files that go before those of the apps, comma-separated"),
    ROW(database_url, const char *, CT_TEXT, NULL,
        "the database: sqlite:PATH or postgresql://USER:PASSWORD@HOST/NAME; sqlite:APP.db unless given; DATABASE_URL "
        "of "
        "the environment does too",
        .secret = true),
    INTEGER(database_connections, "10", 1, 1000, "most connections of one worker to a database"),
    TIME(database_wait, "10s", CT_MILLISECOND, "longest for a free one of them"),
    TIME(database_connect_timeout, "5s", CT_MILLISECOND, "longest for a connection to be made"),
    TIME(database_lock_timeout, "10s", 0, "longest for a lock that another transaction has; 0: no limit"),
    TIME(database_statement_timeout, "0", 0, "longest for a statement; 0: no limit but the request's"),
    FLAG(database_pooled, "false", "a pooler that shares connections by transactions (PgBouncer) is in front"),
    CHOICE(lazy_load, "allow", "allow, warn, refuse", "what touching a relation does that has to be loaded for it"),
    FLAG(database_log, "false", "log each statement and its time, without values; with debug their count is logged"),
    TEXT(template_folders, "templates", "folders of templates that go before those of the apps, comma-separated"),
    FLAG(reload_templates, "false", "read templates again when their files change; debug does so too"),
    SIZE(template_max_output, "16M", KIB, TIB, "longest page that a template makes"),
    INTEGER(template_max_iterations, "1000000", 1, INT64_MAX, "most turns of all loops of a page"),
    INTEGER(template_max_depth, "100", 1, 1000, "deepest nesting of a page's includes, macros and parents"),
    CHOICE(template_undefined, "empty", "empty, error", "what a name is that a page was not given"),
    CHOICE(template_language, "auto", "auto, jinja, django", "language of templates; auto: as each is written"),
    FLAG(template_trim_blocks, "false", "drop the newline behind a tag of Jinja's"),
    FLAG(template_lstrip_blocks, "false", "drop the blanks before a tag of Jinja's on its line"),
    FLAG(template_keep_trailing_newline, "false", "keep the newline at the end of a template of Jinja's"),
    TEXT(template_line_statement_prefix, "", "what begins a line that is a tag of Jinja's; empty: nothing does"),
    TEXT(template_line_comment_prefix, "", "what begins a comment to the end of its line; empty: nothing does"),
    TEXT(template_string_if_invalid, "", "what Django's templates show for a missing value; %s in it is its name"),
};

const size_t ct_own_settings_count = CT_COUNT(ct_own_settings);
