/* The shells of the databases (db/shell.h). libpq takes the URL apart, as psql would; the password goes by the
 * environment, which other users cannot see, and the rest is put together again as "host='db' port='5432'". */
#include "db/shell.h"

#include "base/buffer.h"
#include "db/postgres_library.h"
#include "db/sqlite.h"

static void add_option(ct_buffer *out, const char *keyword, const char *value)
{
    ct_buffer_printf(out, "%s%s='", out->length ? " " : "", keyword);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            ct_buffer_char(out, '\\');
        ct_buffer_char(out, *value);
    }
    ct_buffer_char(out, '\'');
}

static const char *postgres_shell(const ct_db_target *target, ct_arena *arena, ct_db_shell *ret)
{
    *ret = (ct_db_shell){ .program = "psql", .package = "postgresql-client" };
    const char *missing = ct_pq_load();
    if (missing)
        return missing;
    PQconninfoOption *options = ct_pq.parse_url(target->url, NULL);
    if (!options)
        return "its URL cannot be read: it is postgresql://user:password@host:port/name";
    ct_buffer out = ct_buffer_in(arena);
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (!option->val || !*option->val)
            continue;
        if (strcmp(option->keyword, "password") == 0)
            ret->password = ct_arena_copy(arena, option->val, strlen(option->val));
        else if (strcmp(option->keyword, "sslpassword") != 0) /* psql asks for it */
            add_option(&out, option->keyword, option->val);
    }
    ct_pq.free_options(options);
    ret->environment = ret->password ? "PGPASSWORD" : NULL;
    ret->argument = ct_buffer_text(&out);
    return NULL;
}

const char *ct_db_shell_of(const ct_db_target *target, const ct_db_driver *driver, ct_arena *arena, ct_db_shell *ret)
{
    if (driver != &ct_sqlite_driver)
        return postgres_shell(target, arena, ret);
    *ret = (ct_db_shell){ .program = "sqlite3", .package = "sqlite3", .argument = ct_sqlite_path(target, arena) };
    if (!ret->argument)
        return "it is in the memory of a connection, so that no other program can see it";
    if (ct_sqlite_only_read(target))
        ret->option = "-readonly";
    if (*ret->argument == '-')
        ret->argument = ct_arena_printf(arena, "./%s", ret->argument);
    return NULL;
}
