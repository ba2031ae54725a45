/* A file that is removed, or replaced by another one, while it is open.
 *
 *   the name has    a write                                        a read
 *   the file        is done                                        is done
 *   no file         is refused: it would be lost                   goes on with what is open
 *   another one     goes there: the connection is replaced         goes there within a moment
 *   another one,    is refused: SQLite would take the log for      goes on with what is open
 *   our log beside  that of the other file, and damage that one
 *
 * What is not seen: a file that goes away between the look and the commit. */
#include "db/sqlite.h"

#include "base/time.h"
#include "db/sqlite_turn.h"

#include <stdio.h>
#include <sys/stat.h>

#define LOOK_EVERY CT_SECOND /* before a connection is used to read */

typedef enum standing { IN_PLACE, GONE, REPLACED, LOG_LEFT } standing;

static unsigned replacements; /* that were noticed: the other connections look too */

static uint64_t inode_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_ino : 0;
}

static uint64_t log_of(const char *path)
{
    char name[4200];
    snprintf(name, sizeof(name), "%s-wal", path);
    return inode_of(name);
}

static standing compare(const ct_sqlite_files *open, const char *path)
{
    uint64_t now = inode_of(path);
    if (CT_LIKELY(now == open->file))
        return IN_PLACE;
    if (!now)
        return GONE;
    return open->log && log_of(path) == open->log ? LOG_LEFT : REPLACED;
}

/* Empty for a database in memory. */
static const char *path_of(const ct_sqlite *sqlite)
{
    const char *path = sqlite3_db_filename(sqlite->db, "main");
    return path ? path : "";
}

static standing look(ct_sqlite *sqlite)
{
    const char *path = path_of(sqlite);
    sqlite->looked = ct_monotonic();
    sqlite->replacements = replacements;
    return *path ? compare(&sqlite->files, path) : IN_PLACE;
}

static bool refuse(standing found, const char *path, ct_db_error *error)
{
    if (found == GONE)
        return ct_sqlite_refuse(error, CT_DB_UNAVAILABLE,
                                "the file \"%.200s\" was removed or moved while it was open, and what is written now "
                                "would be lost: put it back, or start again with a new one",
                                path);
    return ct_sqlite_refuse(
        error, CT_DB_UNAVAILABLE,
        "another file was put in the place of \"%.100s\", and the log of the former one, "
        "\"%.100s-wal\", which would damage it, is still there: stop the program, remove the log and "
        "\"%.100s-shm\", and start it again",
        path, path, path);
}

bool ct_sqlite_in_place(ct_sqlite *sqlite, ct_db_error *error)
{
    standing found = look(sqlite);
    if (CT_LIKELY(found == IN_PLACE))
        return true;
    if (found != REPLACED)
        return refuse(found, path_of(sqlite), error);
    replacements++;
    sqlite->base.broken = true;
    return ct_sqlite_refuse(error, CT_DB_LOST, "another file was put in the place of \"%.200s\"", path_of(sqlite));
}

void ct_sqlite_note_place(ct_sqlite *sqlite)
{
    const char *path = path_of(sqlite);
    sqlite->looked = ct_monotonic();
    sqlite->replacements = replacements;
    sqlite->files = (ct_sqlite_files){ .file = *path ? inode_of(path) : 0, .log = *path ? log_of(path) : 0 };
    *ct_sqlite_turn_files(sqlite) = sqlite->files;
}

bool ct_sqlite_may_open(const ct_sqlite *sqlite, const char *path, ct_db_error *error)
{
    const ct_sqlite_files *others = ct_sqlite_turn_files(sqlite);
    if (ct_sqlite_turn_alone(sqlite) || !others->file)
        return true;
    standing found = compare(others, path);
    return found == IN_PLACE || found == REPLACED || refuse(found, path, error);
}

bool ct_sqlite_alive(ct_db_connection *connection)
{
    ct_sqlite *sqlite = ct_sqlite_of(connection);
    if (CT_LIKELY(ct_monotonic() - sqlite->looked < LOOK_EVERY && sqlite->replacements == replacements))
        return true;
    return look(sqlite) != REPLACED;
}
