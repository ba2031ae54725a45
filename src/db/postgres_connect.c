/* Connecting to PostgreSQL without blocking the loop.
 *
 * libpq looks names up by getaddrinfo(), which blocks: so names are looked up here, on a thread, and libpq is given one
 * address after the other, each with its time. What that means for a URL with several hosts is as libpq has it: the
 * next one is tried where one cannot be reached, but not where a password is wrong.
 *
 * Nothing here unwinds a fiber: waits are the loop's own, and whoever called ends the request when all is freed.
 *
 * The password is in libpq's hands and in the URL; no message may have it. */
#include "base/time.h"
#include "db/postgres.h"
#include "net/offload.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_PLACES 32 /* addresses that are tried */

typedef struct place {
    char *host, *address, *port; /* NULL: libpq's default */
} place;

/* A URL taken apart, as far as somebody here asks. */
typedef struct dial {
    const ct_db_target *target;
    char *host, *address, *port, *options, *password, *session, *gss;
    ct_time timeout; /* for one place; INT64_MAX: none */
    place places[MAX_PLACES];
    size_t place_count;
} dial;

static void dial_finish(dial *d)
{
    for (size_t i = 0; i < d->place_count; i++) {
        free(d->places[i].host);
        free(d->places[i].address);
        free(d->places[i].port);
    }
    char *owned[] = { d->host, d->address, d->port, d->options, d->password, d->session, d->gss };
    for (size_t i = 0; i < CT_COUNT(owned); i++)
        free(owned[i]);
}

static char *copy(const char *text)
{
    return text ? ct_xstrdup(text) : NULL;
}

/* ---- the URL ---- */

static void take_option(dial *d, const PQconninfoOption *option)
{
    const struct {
        const char *keyword;
        char **to;
    } wanted[] = {
        { "host", &d->host },       { "hostaddr", &d->address },  { "port", &d->port },
        { "options", &d->options }, { "password", &d->password }, { "target_session_attrs", &d->session },
        { "gssencmode", &d->gss },
    };
    for (size_t i = 0; i < CT_COUNT(wanted); i++)
        if (strcmp(option->keyword, wanted[i].keyword) == 0)
            *wanted[i].to = copy(option->val);
    int64_t seconds;
    if (strcmp(option->keyword, "connect_timeout") == 0 && ct_str_to_int64(ct_str_of(option->val), &seconds) &&
        seconds > 0 && seconds < INT32_MAX)
        d->timeout = seconds * CT_SECOND;
}

#define URL_WRONG                                                                                                      \
    "its URL cannot be read: it is postgresql://user:password@host:port/name, with characters such as @ / : ? # % of " \
    "user and password percent-encoded, and options of libpq behind ?"

static bool refuse_url(ct_db_error *error)
{
    return ct_pg_fail(error, CT_DB_REFUSED, "%s", URL_WRONG);
}

/* libpq's own words about a URL may quote a part of the password, so they are not shown; nor is a host that begins in
 * the midst of one. */
static bool read_url(dial *d, ct_db_error *error)
{
    char *said = NULL;
    PQconninfoOption *options = ct_pq.parse_url(d->target->url, &said);
    ct_pq.free_memory(said);
    if (!options)
        return refuse_url(error);
    for (const PQconninfoOption *option = options; option->keyword; option++)
        if (option->val && option->val[0])
            take_option(d, option);
    ct_pq.free_options(options);
    return !d->host || !strchr(d->host + 1, '@') || refuse_url(error);
}

/* Before anything is opened, and only where libpq is there: who lacks it is told so by the first query. */
const char *ct_pg_check(const ct_db_target *target, ct_arena *arena)
{
    (void)arena;
    dial d = { .target = target };
    ct_db_error ignored;
    if (!strstr(target->url, "://"))
        return "a URL of PostgreSQL begins with postgresql://";
    bool good = ct_pq_load() || read_url(&d, &ignored);
    dial_finish(&d);
    return good ? NULL : URL_WRONG;
}

/* The part of a list with commas at `index`; a list of one part has it for each. NULL: empty, or there is none. */
static char *part_of(const char *list, size_t index)
{
    if (!list)
        return NULL;
    if (!strchr(list, ','))
        index = 0;
    for (; index; index--) {
        list = strchr(list, ',');
        if (!list)
            return NULL;
        list++;
    }
    size_t length = strcspn(list, ",");
    return length ? strndup(list, length) : NULL;
}

static size_t parts_in(const char *list)
{
    size_t count = 1;
    for (; list && *list; list++)
        count += *list == ',';
    return count;
}

/* ---- addresses ---- */

static void add_place(dial *d, const char *host, const char *address, const char *port)
{
    if (d->place_count < MAX_PLACES)
        d->places[d->place_count++] = (place){ copy(host), copy(address), copy(port) };
}

typedef struct lookup {
    const char *host;
    struct addrinfo *found;
    int code;
} lookup;

static void look_up(void *arg)
{
    lookup *l = arg;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
    l->code = getaddrinfo(l->host, NULL, &hints, &l->found);
}

/* The addresses of a name, each a place. */
static bool add_name(dial *d, const char *host, const char *port, ct_db_error *error)
{
    lookup l = { .host = host };
    ct_loop *loop = ct_loop_current();
    if (loop->offload)
        ct_offload_run(loop->offload, look_up, &l);
    else
        look_up(&l);
    if (l.code)
        return ct_pg_fail(error, CT_DB_UNAVAILABLE, "the host \"%s\" is not found: %s", host, gai_strerror(l.code));
    for (const struct addrinfo *one = l.found; one; one = one->ai_next) {
        char address[NI_MAXHOST];
        if (!getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST))
            add_place(d, host, address, port);
    }
    freeaddrinfo(l.found);
    return true;
}

static bool is_name(const char *host)
{
    const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    if (host[0] == '/' || host[0] == '@')
        return false;
    bool numeric = getaddrinfo(host, NULL, &hints, &found) == 0;
    if (numeric)
        freeaddrinfo(found);
    return !numeric;
}

/* False with `error` where not one place was found. */
static bool find_places(dial *d, ct_db_error *error)
{
    size_t count = CT_MAX(parts_in(d->host), parts_in(d->address));
    for (size_t i = 0; i < count; i++) {
        char *host = part_of(d->host, i), *address = part_of(d->address, i), *port = part_of(d->port, i);
        if (host && !address && is_name(host))
            add_name(d, host, port, error);
        else
            add_place(d, host, address, port);
        free(host);
        free(address);
        free(port);
    }
    return d->place_count > 0;
}

/* ---- errors ---- */

/* With verbose messages the code stands in the text, "FATAL:  28P01: password ...", the only way to learn it here.
 * Returns what stands behind the code, or NULL. */
static const char *behind_code(const char *text, char ret_code[6])
{
    for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
        const char *code = at + 1 + strspn(at + 1, " ");
        if (strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && strcspn(code, "0123456789") < 5 &&
            strncmp(code + 5, ": ", 2) == 0) {
            memcpy(ret_code, code, 5);
            ret_code[5] = '\0';
            return code + 7;
        }
    }
    return NULL;
}

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || (ch & 0x80);
}

/* A short one only as a word of its own: the password "p" is no part of "port". */
static void hide(char *text, const char *secret)
{
    size_t length = secret ? strlen(secret) : 0;
    for (char *at = text; length && (at = strstr(at, secret));) {
        bool front = at > text && is_word(at[-1]) && is_word(*at);
        bool inside = length < 8 && (front || (is_word(at[length - 1]) && is_word(at[length])));
        if (!inside)
            memset(at, '*', length);
        at += inside ? 1 : length;
    }
}

static bool say_why(const dial *d, PGconn *conn, ct_db_error *error)
{
    const char *text = ct_pq.error_message(conn);
    char code[6] = "";
    const char *behind = behind_code(text, code);
    ct_db_trouble trouble = behind ? ct_pg_trouble(code) : CT_DB_UNAVAILABLE;
    if (ct_pq.needs_password(conn) || strcmp(code, "42501") == 0)
        trouble = CT_DB_REFUSED;
    else if (trouble != CT_DB_REFUSED)
        trouble = CT_DB_UNAVAILABLE;
    if (behind)
        text = behind;
    bool pooler = !d->target->pooled && strstr(text, "unsupported startup parameter");
    ct_pg_fail(error, pooler ? CT_DB_REFUSED : trouble, "%.*s%s", (int)strcspn(text, "\n"), text,
               pooler ? ": there is a pooler in front of the server: set database_pooled to true" : "");
    hide(error->message, d->password);
    return false;
}

/* ---- one place ---- */

typedef struct keywords {
    const char *names[16], *values[16];
    size_t count;
} keywords;

static void add_keyword(keywords *k, const char *name, const char *value)
{
    if (!value)
        return;
    k->names[k->count] = name;
    k->values[k->count++] = value;
}

/* What is set for the session. The URL's own options come last and win. Behind a pooler there is no session, and it may
 * refuse options: what must be, begin() sets for each transaction. */
static void write_options(const dial *d, char *text, size_t size)
{
    const ct_db_target *target = d->target;
    snprintf(text, size,
             "-c timezone=UTC -c standard_conforming_strings=on -c datestyle=ISO -c lock_timeout=%" PRId64
             " -c statement_timeout=%" PRId64 "%s %s",
             target->lock_timeout / CT_MILLISECOND, target->statement_timeout / CT_MILLISECOND,
             target->read_only ? " -c default_transaction_read_only=on" : "", d->options ? d->options : "");
}

static PGconn *start(const dial *d, const place *at, bool standby_first)
{
    char options[1024];
    write_options(d, options, sizeof options);
    keywords k = { .count = 0 };
    add_keyword(&k, "fallback_application_name", "canteen");
    add_keyword(&k, "dbname", d->target->url); /* the whole URL; what follows overrides */
    add_keyword(&k, "host", at->host);
    add_keyword(&k, "hostaddr", at->address);
    add_keyword(&k, "port", at->port);
    add_keyword(&k, "client_encoding", "UTF8");
    add_keyword(&k, "options", d->target->pooled ? NULL : options);
    add_keyword(&k, "gssencmode", d->gss ? NULL : "disable"); /* asking for tickets may block */
    if (d->session && strcmp(d->session, "prefer-standby") == 0)
        add_keyword(&k, "target_session_attrs", standby_first ? "standby" : "any");
    return ct_pq.connect_start(k.names, k.values, 1);
}

static void ignore_notice(void *arg, const char *message)
{
    (void)arg, (void)message;
}

typedef enum outcome { CONNECTED, FAILED, GONE } outcome;

/* GONE: the request's deadline has passed or its client has left. */
static outcome drive(ct *c, const dial *d, PGconn *conn, ct_db_error *error)
{
    ct_time until = d->timeout == INT64_MAX ? INT64_MAX : ct_monotonic() + d->timeout;
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (ct_pq.status(conn) != CONNECTION_BAD) {
        uint32_t events = state == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT;
        ct_wake wake =
            ct_loop_wait_fd(ct_loop_current(), ct_pq.socket(conn), events, CT_MIN(until, ct_work_deadline(c)));
        if (wake == CT_WAKE_CANCELLED || ct_monotonic() >= ct_work_deadline(c))
            return GONE;
        if (wake == CT_WAKE_TIMEOUT) {
            ct_pg_fail(error, CT_DB_UNAVAILABLE, "the server has not answered within %" PRId64 " s",
                       d->timeout / CT_SECOND);
            return FAILED;
        }
        state = ct_pq.connect_poll(conn);
        if (state == PGRES_POLLING_OK)
            return CONNECTED;
        if (state == PGRES_POLLING_FAILED)
            break;
    }
    say_why(d, conn, error);
    return FAILED;
}

static outcome try_place(ct *c, const dial *d, const place *at, bool standby_first, PGconn **ret_conn,
                         ct_db_error *error)
{
    PGconn *conn = start(d, at, standby_first);
    if (!conn) {
        ct_pg_fail(error, CT_DB_UNAVAILABLE, "no memory for a connection");
        return FAILED;
    }
    ct_pq.set_verbosity(conn, PQERRORS_VERBOSE);
    ct_pq.set_notice_processor(conn, ignore_notice, NULL);
    outcome result = drive(c, d, conn, error);
    if (result == CONNECTED) {
        ct_pq.set_verbosity(conn, PQERRORS_DEFAULT);
        *ret_conn = conn;
    } else {
        ct_pq.finish(conn);
    }
    return result;
}

static outcome try_places(ct *c, const dial *d, PGconn **ret_conn, ct_db_error *error)
{
    bool twice = d->session && strcmp(d->session, "prefer-standby") == 0;
    outcome result = FAILED;
    for (int round = twice ? 0 : 1; round < 2; round++)
        for (size_t i = 0; i < d->place_count; i++) {
            result = try_place(c, d, &d->places[i], round == 0, ret_conn, error);
            if (result != FAILED || error->trouble == CT_DB_REFUSED)
                return result;
        }
    return result;
}

ct_pg *ct_pg_open(ct *c, const ct_db_target *target, ct_db_error *error, bool *ret_gone)
{
    *ret_gone = false;
    const char *missing = ct_pq_load();
    if (missing) {
        ct_pg_fail(error, CT_DB_REFUSED, "%s", missing);
        return NULL;
    }
    dial d = { .target = target, .timeout = target->connect_timeout > 0 ? target->connect_timeout : INT64_MAX };
    PGconn *conn = NULL;
    outcome result = read_url(&d, error) && find_places(&d, error) ? try_places(c, &d, &conn, error) : FAILED;
    dial_finish(&d);
    *ret_gone = result == GONE;
    if (result != CONNECTED)
        return NULL;
    ct_pg *pg = ct_xcalloc(1, sizeof *pg);
    pg->connection = (ct_db_connection){ .driver = &ct_postgres_driver, .target = target };
    pg->conn = conn;
    *error = (ct_db_error){ .trouble = CT_DB_FINE }; /* that of a place tried before */
    if (ct_pg_begin(pg, error))
        return pg;
    ct_pg_close(pg);
    return NULL;
}
