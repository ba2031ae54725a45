/* `makemigrations`: writes migrations for what has changed in the models since the last ones.
 *
 * The program that runs knows its models and the migrations it was built with. Files that lie in a folder of migrations
 * and are not in the program are a mistake to be told: what would be written without them would be wrong. */
#include "cli/migrations.h"

#include "canteen/command.h"
#include "canteen/work.h"
#include "db/session.h"
#include "net/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const ct_option ct_makemigrations_options[] = {
    { .name = "app", .argument = true, .optional = true, .repeat = true, .help = "only these apps" },
    { .name = "check", .type = CT_FLAG, .help = "write nothing, exit with 1 when something has changed" },
    { .name = "dry-run", .type = CT_FLAG, .help = "show what would be written" },
    { .name = "empty", .type = CT_FLAG, .help = "write a migration without operations, for your own" },
    { .name = "merge", .type = CT_FLAG, .help = "join several last migrations of an app" },
    { .name = "name", .letter = 'n', .help = "the name, in place of one made of the changes" },
    { .name = "input", .type = CT_FLAG, .value = "true", .help = "ask questions; --no-input: nothing was renamed" },
    { .name = "rename", .repeat = true, .help = "what was renamed: polls.Choice.votes=points, polls.Choice=Answer" },
    { .name = "fill", .repeat = true, .help = "what rows that are there get: polls.Choice.votes=0" },
    { .name = NULL },
};

typedef struct maker {
    ct *c;
    ct_arena *arena;
    ct_history history;
    const ct_db_site *site;
    const char *const *apps;
    const char *name;
} maker;

static int fail(const char *text)
{
    fflush(stdout);
    fprintf(stderr, "error: %s\n", text);
    return 1;
}

static bool is_wanted(const maker *m, const char *app)
{
    for (size_t i = 0; m->apps[i]; i++)
        if (strcmp(m->apps[i], app) == 0)
            return true;
    return !m->apps[0];
}

static const ct_graph_app *app_of(const maker *m, const char *name)
{
    for (size_t i = 0; i < m->site->app_count; i++)
        if (strcmp(m->site->apps[i].name, name) == 0)
            return &m->site->apps[i];
    return NULL;
}

/* ---- files and program ---- */

static bool knows(const ct_graph_app *app, const char *name)
{
    for (const ct_migration *const *at = app->migrations; at && *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return true;
    return false;
}

/* The first migration of the program whose file is gone from the folder. Where several stand in one file, as an app of
 * one file may have them, the file is there. */
static const char *gone_from(const ct_graph_app *app, const char *folder)
{
    size_t length = strlen(folder);
    for (const ct_migration *const *at = app->migrations; at && *at; at++) {
        const char *file = (*at)->file;
        if (file && strncmp(file, folder, length) == 0 && file[length] == '/' && access(file, F_OK) != 0 &&
            errno == ENOENT)
            return file;
    }
    return NULL;
}

/* What nothing defines any more cannot be linked, so the program of before takes it out of the list. */
static bool check_gone(const maker *m, const ct_graph_app *app, const char *folder, const char **names, size_t count)
{
    ct_error error;
    const char *gone = gone_from(app, folder), *list = ct_arena_printf(m->arena, "%s/migrations.c", folder);
    if (!gone)
        return true;
    if (!ct_migrations_put(m->arena, list, ct_migration_write_list(m->arena, app->name, names, count), false, &error))
        fprintf(stderr, "error: %s is gone, and is in this program; %s\n", gone, error.message);
    else
        fprintf(stderr,
                "error: %s is gone, and is in this program. The list %s has been written anew: build the program and "
                "try again. What comes after it must come after another one (.after)\n",
                gone, list);
    return false;
}

/* Are all files of the folder in the program? The list is written anew where they are not. */
static bool check_folder(const maker *m, const ct_graph_app *app)
{
    ct_error error;
    const char *folder = ct_migrations_folder(m->arena, app, &error);
    size_t count = 0;
    const char **names = folder ? ct_migrations_listed(m->arena, folder, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (knows(app, names[i]))
            continue;
        ct_migrations_put(m->arena, ct_arena_printf(m->arena, "%s/migrations.c", folder),
                          ct_migration_write_list(m->arena, app->name, names, count), false, &error);
        const char *id = ct_migration_identifier(m->arena, app->name);
        fprintf(stderr,
                "error: %s/%s.c is not in this program. The list %s/migrations.c has been written anew: build the "
                "program and try again. If that does not help: the build must compile %s/*.c, and the app must have "
                "CT_MIGRATIONS(%s); above it and .migrations = %s_migrations in its table; from a static library it "
                "must be linked with -Wl,-u,%s_migrations\n",
                folder, names[i], folder, folder, id, id, id);
        return false;
    }
    return !folder || check_gone(m, app, folder, names, count);
}

static bool check_folders(const maker *m)
{
    bool good = true;
    for (size_t i = 0; i < m->site->app_count; i++)
        if (is_wanted(m, m->site->apps[i].name))
            good = check_folder(m, &m->site->apps[i]) && good;
    return good;
}

/* Does the file of the models name the list? */
static bool names_the_list(const maker *m, const ct_graph_app *app)
{
    static char text[1 << 20];
    const char *file = app->models ? app->models[0].file : NULL;
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n <= 0 ||
           strstr(text, ct_arena_printf(m->arena, "%s_migrations", ct_migration_identifier(m->arena, app->name)));
}

/* ---- writing ---- */

static char mark_of(ct_operation_kind kind)
{
    switch (kind) {
    case CT_OPERATION_CREATE_MODEL:
    case CT_OPERATION_ADD_FIELD:
    case CT_OPERATION_ADD_INDEX:
    case CT_OPERATION_ADD_CHECK:
        return '+';
    case CT_OPERATION_DROP_MODEL:
    case CT_OPERATION_REMOVE_FIELD:
    case CT_OPERATION_REMOVE_INDEX:
    case CT_OPERATION_REMOVE_CHECK:
        return '-';
    default:
        return '~';
    }
}

static void tell(const maker *m, const ct_new_migration *made, const char *path)
{
    printf("Migrations for '%s':\n  %s\n", made->app, path);
    for (size_t i = 0; i < made->count; i++)
        printf("    %c %s\n", mark_of(made->operations[i].kind), ct_operation_describe(m->arena, &made->operations[i]));
}

static bool save(const maker *m, const ct_new_migration *made, bool dry)
{
    ct_error error;
    const ct_graph_app *app = app_of(m, made->app);
    const char *folder = ct_migrations_folder(m->arena, app, &error);
    const char *path = folder ? ct_arena_printf(m->arena, "%s/%s.c", folder, made->name) : NULL;
    if (!folder || (!dry && !ct_migrations_save(m->arena, app, made, &path, &error))) {
        fail(error.message);
        return false;
    }
    tell(m, made, path);
    if (dry)
        printf("%s", ct_migration_write(m->arena, made, "not yet"));
    if (!dry && !names_the_list(m, app)) {
        const char *id = ct_migration_identifier(m->arena, app->name);
        printf("Now add to %s: CT_MIGRATIONS(%s); above the app's table, and .migrations = %s_migrations in it.\n",
               app->models[0].file, id, id);
    }
    return true;
}

static bool is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name) &&
           strlen(name) <= 100;
}

/* Two apps in one folder would write one list, each without the other's. */
static bool has_own_folder(const maker *m, const char *name)
{
    ct_error error;
    const char *folder = ct_migrations_folder(m->arena, app_of(m, name), &error);
    for (size_t i = 0; i < m->site->app_count && folder; i++) {
        const ct_graph_app *other = &m->site->apps[i];
        const char *its = strcmp(other->name, name) != 0 ? ct_migrations_folder(m->arena, other, &error) : NULL;
        if (!its || strcmp(its, folder) != 0)
            continue;
        fail(ct_arena_printf(m->arena,
                             "the apps %s and %s have their MODELS(...) in one folder, so the migrations of both would "
                             "be in %s: put one of them in a folder of its own",
                             name, other->name, folder));
        return false;
    }
    return true;
}

/* ---- the kinds of calls ---- */

static ct_new_migration next_of(const maker *m, const char *app, const char *name)
{
    ct_node *leaves[8];
    size_t count = ct_history_leaves(&m->history, app, leaves);
    const char *last = NULL;
    ct_new_migration made = { .app = app };
    for (size_t i = 0; i < count; i++) {
        made.after = ct_arena_grown(m->arena, made.after, made.after_count, sizeof *made.after, 4);
        made.after[made.after_count++] = leaves[i]->label;
        if (!last || strcmp(leaves[i]->migration->name, last) > 0)
            last = leaves[i]->migration->name;
    }
    made.initial = !count;
    made.name = ct_migration_numbered(m->arena, last, name);
    return made;
}

static int make_empty(const maker *m, bool dry)
{
    if (!m->apps[0])
        return fail("say for which app: makemigrations --empty APP");
    for (size_t i = 0; m->apps[i]; i++)
        if (!has_own_folder(m, m->apps[i]))
            return 1;
    for (size_t i = 0; m->apps[i]; i++) {
        const char *name = m->name ? m->name : ct_migration_name(m->arena, NULL, 0, false, ct_now());
        ct_new_migration made = next_of(m, m->apps[i], name);
        if (!save(m, &made, dry))
            return 1;
    }
    return 0;
}

/* "merge_0002_a_0002_b" */
static const char *merge_name(const maker *m, ct_node **leaves, size_t count)
{
    const char *name = "merge";
    for (size_t i = 0; i < count; i++)
        name = ct_arena_printf(m->arena, "%s_%s", name, leaves[i]->migration->name);
    return strlen(name) > 60 ? "merge" : name;
}

static int merge(const maker *m, bool dry)
{
    bool any = false;
    ct_state state;
    ct_error error;
    if (!ct_history_state(&m->history, true, &state, &error))
        return fail(ct_arena_printf(m->arena, "the migrations do not go together: %s", error.message));
    for (size_t i = 0; i < m->history.app_count; i++) {
        ct_node *leaves[8];
        size_t count = ct_history_leaves(&m->history, m->history.apps[i], leaves);
        if (count < 2 || !is_wanted(m, m->history.apps[i]))
            continue;
        ct_new_migration made = next_of(m, m->history.apps[i], m->name ? m->name : merge_name(m, leaves, count));
        any = true;
        if (!save(m, &made, dry))
            return 1;
    }
    if (!any)
        printf("No conflicts detected to merge.\n");
    return 0;
}

static int make(const maker *m, bool check, bool dry)
{
    ct_problems problems = { 0 };
    ct_terminal_asker asker = ct_terminal_asker_of(m->c);
    ct_terminal_asker_give(&asker, ct_option_all(m->c, "rename"), ct_option_all(m->c, "fill"));
    asker.refuses = !ct_option_flag(m->c, "input") || check;
    asker.asks &= !asker.refuses;
    ct_new_migrations found =
        ct_cli_detect(m->c, &m->history, &asker.asker, m->apps[0] ? m->apps : NULL, m->name, &problems);
    if (check) { /* tells of changes, whatever is to be asked about them */
        ct_problems_finish(&problems);
        problems = (ct_problems){ 0 };
    }
    ct_terminal_asker_check(&asker, &problems);
    if (problems.errors)
        return ct_cli_tell(&problems);
    ct_cli_tell(&problems); /* warnings */
    if (!found.count) {
        printf(m->apps[0] && !m->apps[1] ? "No changes detected in app '%s'\n" : "No changes detected\n", m->apps[0]);
        return 0;
    }
    for (size_t i = 0; i < found.count && !check; i++)
        if (!has_own_folder(m, found.items[i].app))
            return 1;
    for (size_t i = 0; i < found.count && check; i++)
        tell(m, &found.items[i], found.items[i].name);
    for (size_t i = 0; i < found.count && !check; i++)
        if (!save(m, &found.items[i], dry))
            return 1;
    return check ? 1 : 0;
}

int ct_makemigrations_command(ct *c)
{
    ct_problems problems = { 0 };
    maker m = { .c = c,
                .arena = ct_cli_arena(c),
                .site = ct_work_databases(c),
                .apps = ct_option_all(c, "app"),
                .name = ct_option_text(c, "name") };
    bool check = ct_option_flag(c, "check"), dry = ct_option_flag(c, "dry-run") || check;
    for (size_t i = 0; m.apps[i]; i++)
        if (!ct_cli_find_app(c, m.apps[i]))
            return 1;
    if (m.name && !is_name(m.name))
        return fail("the name of a migration is of letters, digits and '_'");
    if (!check && !check_folders(&m))
        return 1;
    if (!ct_history_load(&m.history, m.site->apps, m.site->app_count, NULL, m.arena, &problems))
        return ct_cli_tell(&problems);
    ct_problems_finish(&problems);
    if (ct_option_flag(c, "merge"))
        return merge(&m, dry);
    if (!ct_cli_check_leaves(&m.history))
        return 1;
    return ct_option_flag(c, "empty") ? make_empty(&m, dry) : make(&m, check, dry);
}
