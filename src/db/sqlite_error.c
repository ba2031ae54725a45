/* What SQLite's errors are. Its messages are part of its interface in fact: the same words since 2014, never
 * translated. */
#include "db/sqlite.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

bool ct_sqlite_refuse(ct_db_error *error, ct_db_trouble trouble, const char *format, ...)
{
    va_list args;
    *error = (ct_db_error){ .trouble = trouble };
    va_start(args, format);
    ct_vsay(error->message, sizeof(error->message), format, args);
    va_end(args);
    return false;
}

/* What stands behind `words` in the message, or NULL. */
static const char *behind(const char *message, const char *words)
{
    const char *found = strstr(message, words);
    return found ? found + strlen(words) : NULL;
}

/* "blog_post.slug, blog_post.author_id": the table once, the columns. */
static void read_columns(const char *text, ct_db_error *error)
{
    ct_str rest = ct_str_of(text);
    size_t used = 0;
    for (ct_str name = ct_str_next(&rest, ','); name.data; name = ct_str_next(&rest, ',')) {
        const char *dot = memchr(name.data, '.', name.length);
        if (!dot)
            return;
        snprintf(error->table, sizeof(error->table), "%.*s", (int)(dot - name.data), name.data);
        int wrote = snprintf(error->columns + used, sizeof(error->columns) - used, "%s%.*s", used ? ", " : "",
                             (int)(name.data + name.length - dot - 1), dot + 1);
        used = CT_MIN(used + (size_t)wrote, sizeof(error->columns) - 1);
    }
}

static void read_constraint(ct_db_error *error)
{
    const char *of = behind(error->message, "constraint failed: ");
    const char *typed = error->trouble == CT_DB_BAD_VALUE ? behind(error->message, " column ") : NULL;
    if (typed) /* "cannot store REAL value in INTEGER column blog_post.views" */
        read_columns(typed, error);
    const char *index = of ? behind(of, "index '") : NULL;
    if (!of)
        return;
    if (index)
        snprintf(error->constraint, sizeof(error->constraint), "%.*s", (int)strcspn(index, "'"), index);
    else if (error->trouble == CT_DB_CHECK)
        snprintf(error->constraint, sizeof(error->constraint), "%s", of);
    else
        read_columns(of, error);
}

static ct_db_trouble trouble_of_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return CT_DB_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return CT_DB_FOREIGN_KEY;
    case SQLITE_CONSTRAINT_NOTNULL:
        return CT_DB_NOT_NULL;
    case SQLITE_CONSTRAINT_DATATYPE:
        return CT_DB_BAD_VALUE;
    default:
        return CT_DB_CHECK;
    }
}

/* SQLITE_ERROR is syntax, and what does not exist. */
static ct_db_trouble trouble_of_text(ct_db_error *error)
{
    const char *name;
    if ((name = behind(error->message, "no such table: "))) {
        snprintf(error->table, sizeof(error->table), "%s", name);
        return CT_DB_NO_TABLE;
    }
    if ((name = behind(error->message, "no such column: "))) {
        snprintf(error->columns, sizeof(error->columns), "%s", name);
        return CT_DB_NO_COLUMN;
    }
    if ((name = behind(error->message, " has no column named "))) {
        snprintf(error->columns, sizeof(error->columns), "%s", name);
        return CT_DB_NO_COLUMN;
    }
    if (strcmp(error->message, "integer overflow") == 0)
        return CT_DB_RANGE;
    return CT_DB_OTHER;
}

static ct_db_trouble trouble_of(int code, ct_db_error *error)
{
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
        return trouble_of_constraint(code);
    case SQLITE_BUSY: /* of a snapshot: what was read has changed since, and waiting does not help */
        return code == SQLITE_BUSY_SNAPSHOT ? CT_DB_SERIALIZATION : CT_DB_LOCKED;
    case SQLITE_LOCKED:
        return CT_DB_LOCKED;
    case SQLITE_TOOBIG:
        return CT_DB_TOO_LONG;
    case SQLITE_MISMATCH:
        return CT_DB_BAD_VALUE;
    case SQLITE_READONLY:
        return CT_DB_READ_ONLY;
    case SQLITE_FULL:
        return CT_DB_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return CT_DB_CORRUPT;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
        return CT_DB_UNAVAILABLE;
    case SQLITE_AUTH: /* sqlite.c: authorize() */
        snprintf(error->message, sizeof(error->message),
                 "only reading is allowed here: no ATTACH or DETACH, and no PRAGMA that sets something");
        return CT_DB_READ_ONLY;
    case SQLITE_PERM:
        return CT_DB_REFUSED;
    case SQLITE_INTERRUPT:
        return CT_DB_TIMEOUT;
    case SQLITE_ERROR:
        return trouble_of_text(error);
    default:
        return CT_DB_OTHER;
    }
}

bool ct_sqlite_fail(ct_sqlite *sqlite, ct_db_error *error)
{
    int code = sqlite->db ? sqlite3_extended_errcode(sqlite->db) : SQLITE_NOMEM;
    *error = (ct_db_error){ .trouble = CT_DB_OTHER };
    ct_say(error->message, sizeof(error->message), "%s",
           sqlite->db ? sqlite3_errmsg(sqlite->db) : sqlite3_errstr(code));
    error->trouble = trouble_of(code, error);
    if ((code & 0xFF) == SQLITE_CONSTRAINT)
        read_constraint(error);
    if ((code & 0xFF) == SQLITE_ERROR && sqlite->db)
        error->position = sqlite3_error_offset(sqlite->db) + 1; /* -1: not known */
    error->sent = (code & 0xFF) == SQLITE_IOERR;                /* a commit may have reached the disk */
    return false;
}
