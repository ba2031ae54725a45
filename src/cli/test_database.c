/* Fresh databases for each test (test_database.h). What needs a connection is done in a process of its own, so that the
 * one that starts the tests has neither connections nor threads, whatever happens. */
#include "cli/test_database.h"

#include "base/log.h"
#include "canteen/work.h"
#include "db/migrate.h"
#include "db/session.h"
#include "db/site.h"
#include "net/work.h"
#include "web/ct.h"
#include "web/standalone.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child of this process works on. */
static struct {
    ct_test_databases *of;
    size_t number;
} task;

#define TEMPLATE SIZE_MAX
#define NAME_BEGIN "canteen_test_%08x_" /* of this machine; the process follows */

static bool is_file(const ct_db_entry *entry)
{
    return strcmp(entry->driver->name, "sqlite") == 0;
}

static const char *label_of(const ct_test_databases *d, const ct_db_entry *entry, size_t number)
{
    ct_arena *arena = &d->site->arena;
    return number == TEMPLATE ? ct_arena_printf(arena, "%s_%s", d->name, entry->alias)
                              : ct_arena_printf(arena, "%s_%s_%zu", d->name, entry->alias, number);
}

static const char *path_of(const ct_test_databases *d, const ct_db_entry *entry, size_t number)
{
    return ct_arena_printf(&d->site->arena, "%s/%s.db", d->folder, label_of(d, entry, number));
}

/* The URL with another database in it: scheme://host/NAME?parameters */
static const char *url_with(ct_arena *arena, const char *url, const char *name)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *path = host + strcspn(host, "/?");
    return ct_arena_printf(arena, "%.*s/%s%s", (int)(path - url), url, name, path + strcspn(path, "?"));
}

/* From here on the site's databases are those of this number. */
static void turn_to(const ct_test_databases *d, size_t number)
{
    ct_db_site *site = d->site->databases;
    for (size_t i = 0; i < site->entry_count; i++) {
        ct_db_entry *entry = &site->entries[i];
        const ct_db_entry *of = entry->replica_of ? ct_db_site_entry(site, entry->replica_of) : entry;
        if (of != entry) {
            entry->target.url = of->target.url; /* the primary comes first */
            entry->target.shown = of->target.shown;
            continue;
        }
        entry->target.url = is_file(entry) ? ct_arena_printf(&d->site->arena, "sqlite:%s", path_of(d, entry, number))
                                           : url_with(&d->site->arena, entry->target.url, label_of(d, entry, number));
        entry->target.shown = ct_db_url_shown(&d->site->arena, entry->target.url);
        ct_pool_close(&entry->pool);
    }
}

/* Runs the function on a fiber in a child; true when it returned 0. */
static bool in_child(ct_test_databases *d, size_t number, int (*run)(ct *c))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0) {
        task.of = d;
        task.number = number;
        ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_WARNING);
        int code = ct_run_bare_work(d->site, run, NULL);
        ct_log_flush();
        fflush(NULL);
        _exit(code);
    }
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- what others have left ---- */

/* Which machine this is, or container: process ids mean something here alone. */
static uint32_t machine(void)
{
    char text[512] = "";
    size_t length = 0;
    int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, 128) : 0;
    if (fd >= 0)
        close(fd);
    length += n > 0 ? (size_t)n : 0;
    if (gethostname(text + length, 128) == 0)
        length += strnlen(text + length, 128);
    n = readlink("/proc/self/ns/pid", text + length, 128);
    length += n > 0 ? (size_t)n : 0;
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619;
    return hash;
}

/* "canteen_test_1a2b3c4d_4711_default_3": a run of this machine whose process is gone, by a kill -9 or a crash. Its
 * number may be that of this run. */
static bool is_left_over(const char *name)
{
    char begin[32];
    size_t own = strlen(task.of->name);
    if (strncmp(name, task.of->name, own) == 0 && name[own] == '_')
        return true;
    snprintf(begin, sizeof begin, NAME_BEGIN, (unsigned)machine());
    if (strncmp(name, begin, strlen(begin)) != 0)
        return false;
    char *end;
    long pid = strtol(name + strlen(begin), &end, 10);
    return pid > 0 && pid <= INT32_MAX && *end == '_' && kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

typedef struct left_over {
    const char *alias, *name;
} left_over;

/* Somebody else may do it at this moment, or may it alone. */
static void drop_left_over(ct *c, void *arg)
{
    const left_over *one = arg;
    ct_sql_change(c, one->alias, ct_printf(c, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", one->name),
                  (ct_sql_args){ 0 });
}

static void sweep(ct *c, const char *alias)
{
    const ct_array *all =
        ct_sql_all(c, alias, "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'canteen\\_test\\_%'",
                   (ct_sql_args){ 0 });
    for (size_t i = 0; i < ct_array_count(all); i++) {
        ct_value name = ct_map_get(ct_array_at(all, i).map, "name");
        left_over one = { alias, name.type == CT_VALUE_TEXT ? name.text : "" };
        if (is_left_over(one.name) && !ct_try(c, drop_left_over, &one))
            c->unwinding = CT_UNWIND_NONE;
    }
}

/* ---- making them ---- */

static int make_templates(ct *c)
{
    ct_db_site *site = ct_work_databases(c);
    for (size_t i = 0; i < site->entry_count; i++) {
        const char *alias = site->entries[i].alias;
        if (site->entries[i].replica_of || is_file(&site->entries[i]))
            continue;
        sweep(c, alias);
        ct_sql_change(c, alias, ct_printf(c, "CREATE DATABASE \"%s\"", label_of(task.of, &site->entries[i], TEMPLATE)),
                      (ct_sql_args){ 0 });
    }
    turn_to(task.of, TEMPLATE);
    for (size_t i = 0; i < site->entry_count; i++) {
        bool changed = false;
        ct_error error;
        if (site->entries[i].replica_of)
            continue;
        if (!ct_migrate_fresh(c, site->entries[i].alias, &changed, &error)) {
            fprintf(stderr, "error: the database for the tests cannot be made: %s\n", error.message);
            return 1;
        }
        if (changed)
            fprintf(stderr, "warning: models have changed since the last migration; the tests have the changes, run "
                            "`makemigrations`\n");
    }
    return 0;
}

static int make_copies(ct *c)
{
    ct_db_site *site = ct_work_databases(c);
    for (size_t i = 0; i < site->entry_count; i++)
        if (!site->entries[i].replica_of && !is_file(&site->entries[i]))
            ct_sql_change(c, site->entries[i].alias,
                          ct_printf(c, "CREATE DATABASE \"%s\" TEMPLATE \"%s\"",
                                    label_of(task.of, &site->entries[i], task.number),
                                    label_of(task.of, &site->entries[i], TEMPLATE)),
                          (ct_sql_args){ 0 });
    return 0;
}

static int drop_databases(ct *c)
{
    ct_db_site *site = ct_work_databases(c);
    for (size_t i = 0; i < site->entry_count; i++)
        if (!site->entries[i].replica_of && !is_file(&site->entries[i]))
            ct_sql_change(c, site->entries[i].alias,
                          ct_printf(c, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)",
                                    label_of(task.of, &site->entries[i], task.number)),
                          (ct_sql_args){ 0 });
    return 0;
}

static bool copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char bytes[65536];
    ssize_t n = -1;
    while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n) {
            n = -1;
            break;
        }
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return n == 0;
}

/* ---- for the runner ---- */

static bool has_models(const ct_site *site)
{
    for (size_t i = 0; site->databases && i < site->databases->app_count; i++)
        if (site->databases->apps[i].models || site->databases->apps[i].migrations)
            return true;
    return false;
}

bool ct_test_databases_make(ct_test_databases *ret, ct_site *site, const char *folder)
{
    *ret = (ct_test_databases){ .site = site, .folder = folder, .needed = has_models(site) };
    snprintf(ret->name, sizeof ret->name, NAME_BEGIN "%d", (unsigned)machine(), (int)getpid());
    for (size_t i = 0; ret->needed && i < site->databases->entry_count; i++)
        ret->servers |= !is_file(&site->databases->entries[i]);
    return !ret->needed || in_child(ret, TEMPLATE, make_templates);
}

bool ct_test_databases_take(ct_test_databases *d, size_t number)
{
    if (!d->needed)
        return true;
    task.of = d;
    task.number = number;
    if (d->servers && ct_run_bare_work(d->site, make_copies, NULL) != 0)
        return false;
    const ct_db_site *site = d->site->databases;
    for (size_t i = 0; i < site->entry_count; i++) {
        const ct_db_entry *entry = &site->entries[i];
        const char *to = path_of(d, entry, number);
        if (!is_file(entry) || entry->replica_of || copy_file(path_of(d, entry, TEMPLATE), to))
            continue;
        fprintf(stderr, "the database of the test cannot be made: %s: %m\n", to);
        return false;
    }
    turn_to(d, number);
    return true;
}

void ct_test_databases_drop(const ct_test_databases *d, size_t number)
{
    ct_test_databases copy = *d;
    if (d->needed && d->servers)
        in_child(&copy, number, drop_databases);
    for (size_t i = 0; d->needed && i < d->site->databases->entry_count; i++) {
        const ct_db_entry *entry = &d->site->databases->entries[i];
        if (is_file(entry))
            unlink(path_of(d, entry, number));
    }
}

void ct_test_databases_finish(const ct_test_databases *d)
{
    ct_test_databases_drop(d, TEMPLATE);
}
