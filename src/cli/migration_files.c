/* The folder of an app's migrations: beside the file in which its models are listed. */
#include "cli/migrations.h"

#include "canteen/types.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *source_of(const ct_graph_app *app)
{
    if (app->models && app->models[0].file)
        return app->models[0].file;
    return NULL;
}

const char *ct_migrations_folder(ct_arena *arena, const ct_graph_app *app, ct_error *error)
{
    const char *source = source_of(app);
    const char *of = source ? source : app->migrations && app->migrations[0] ? app->migrations[0]->file : NULL;
    if (!of) {
        ct_fail(error, "the app %s has neither models nor migrations", app->name);
        return NULL;
    }
    if (access(of, F_OK) != 0) {
        ct_fail(error, "the file %s of the app %s is not here: run this in the folder in which the program is built",
                of, app->name);
        return NULL;
    }
    const char *slash = strrchr(of, '/');
    const char *folder = slash ? ct_arena_copy(arena, of, (size_t)(slash - of + 1)) : "";
    return source ? ct_arena_printf(arena, "%smigrations", folder)
                  : ct_arena_copy(arena, folder, *folder ? strlen(folder) - 1 : 0);
}

/* "0001_initial.c" */
static bool is_migration(const char *name)
{
    size_t length = strlen(name);
    return length > 6 && strspn(name, "0123456789") >= 4 && strcmp(name + length - 2, ".c") == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **ct_migrations_listed(ct_arena *arena, const char *folder, size_t *ret_count)
{
    const char **names = NULL;
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        if (!is_migration(entry->d_name))
            continue;
        names = ct_arena_grown(arena, names, count, sizeof *names, 16);
        names[count++] = ct_arena_copy(arena, entry->d_name, strlen(entry->d_name) - 2);
    }
    if (dir)
        closedir(dir);
    if (count)
        qsort(names, count, sizeof *names, compare_names);
    *ret_count = count;
    return names;
}

bool ct_migrations_put(ct_arena *arena, const char *path, const char *text, bool fresh, ct_error *error)
{
    const char *other = ct_arena_printf(arena, "%s.new", path);
    size_t length = strlen(text);
    if (fresh && access(path, F_OK) == 0)
        return ct_fail(error, "%s is there already", path);
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (!good || rename(other, path) != 0) {
        ct_fail(error, "%s cannot be written: %m", path);
        unlink(other);
        return false;
    }
    return true;
}

bool ct_migrations_save(ct_arena *arena, const ct_graph_app *app, const ct_new_migration *migration,
                        const char **ret_path, ct_error *error)
{
    const char *folder = ct_migrations_folder(arena, app, error);
    if (!folder)
        return false;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return ct_fail(error, "the folder %s cannot be made: %m", folder);
    int year, month, day;
    ct_date_parts(ct_date_at(ct_now()), &year, &month, &day);
    const char *made = ct_arena_printf(arena, "%04d-%02d-%02d", year, month, day);
    *ret_path = ct_arena_printf(arena, "%s/%s.c", folder, migration->name);
    if (!ct_migrations_put(arena, *ret_path, ct_migration_write(arena, migration, made), true, error))
        return false;
    size_t count;
    const char **names = ct_migrations_listed(arena, folder, &count);
    return ct_migrations_put(arena, ct_arena_printf(arena, "%s/migrations.c", folder),
                             ct_migration_write_list(arena, app->name, names, count), false, error);
}
