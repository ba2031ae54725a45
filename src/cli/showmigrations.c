/* `showmigrations`: which there are and which are applied; `sqlmigrate`: the statements of one. */
#include "cli/migrations.h"

#include "canteen/command.h"
#include "db/dialect.h"
#include "db/migrate.h"
#include "db/session.h"
#include "net/work.h"

#include <stdio.h>

const ct_option ct_showmigrations_options[] = {
    { .name = "app", .argument = true, .optional = true, .repeat = true, .help = "only these apps" },
    { .name = "plan", .type = CT_FLAG, .letter = 'p', .help = "in the order in which they are applied" },
    { .name = "database", .value = "default", .help = "the alias of the database" },
    { .name = NULL },
};

static bool is_wanted(const char *const *apps, const char *app)
{
    if (!apps[0])
        return true;
    for (; *apps; apps++)
        if (strcmp(*apps, app) == 0)
            return true;
    return false;
}

static size_t count_of(const char *const *labels)
{
    size_t count = 0;
    while (labels && labels[count])
        count++;
    return count;
}

static void show_node(const ct_migrator *m, const ct_node *node, const char *name)
{
    size_t squashed = count_of(node->migration->replaces);
    bool noted = ct_migrate_is_noted(m, node);
    printf(" [%c] %s", !node->applied ? ' ' : noted ? 'X' : '-', name);
    if (squashed)
        printf(" (%zu squashed migrations)", squashed);
    if (node->applied && !noted)
        printf(": run `migrate` to note it as applied");
    putchar('\n');
}

static void show_app(const ct_migrator *m, const char *app)
{
    const ct_history *history = &m->history;
    size_t count = 0;
    printf("%s\n", app);
    for (size_t i = 0; i < history->count; i++) {
        if (strcmp(history->nodes[i]->app, app) != 0)
            continue;
        show_node(m, history->nodes[i], history->nodes[i]->migration->name);
        count++;
    }
    if (!count)
        printf(" (no migrations)\n");
}

int ct_showmigrations_command(ct *c)
{
    ct_migrator m;
    ct_problems problems = { 0 };
    const ct_db_site *site = ct_work_databases(c);
    const char *const *apps = ct_option_all(c, "app");
    for (size_t i = 0; apps[i]; i++)
        if (!ct_cli_find_app(c, apps[i]))
            return 1;
    if (!ct_migrate_open(&m, c, ct_option_text(c, "database"), ct_cli_arena(c), &problems))
        return ct_cli_tell(&problems);
    ct_problems_finish(&problems);
    if (ct_option_flag(c, "plan")) {
        for (size_t i = 0; i < m.history.count; i++)
            if (is_wanted(apps, m.history.nodes[i]->app))
                show_node(&m, m.history.nodes[i], m.history.nodes[i]->label);
        return 0;
    }
    for (size_t i = 0; i < site->app_count; i++)
        if (is_wanted(apps, site->apps[i].name))
            show_app(&m, site->apps[i].name);
    return 0;
}

/* ---- sqlmigrate ---- */

const ct_option ct_sqlmigrate_options[] = {
    { .name = "app", .argument = true, .help = "the app" },
    { .name = "migration", .argument = true, .help = "its migration, or the beginning of its name" },
    { .name = "backwards", .type = CT_FLAG, .help = "what undoes it" },
    { .name = "database", .value = "default", .help = "the alias of the database" },
    { .name = NULL },
};

static void print_step(const ct_step *step)
{
    if (step->note)
        printf("--\n-- %s\n--\n", step->note);
    if (step->kind == CT_STEP_RUN)
        printf("-- (a function of the program)\n");
    else if (step->kind == CT_STEP_KEEP_TRIGGERS)
        printf("-- (the triggers of %s are remembered)\n", step->table);
    else if (step->kind == CT_STEP_MAKE_TRIGGERS)
        printf("-- (the triggers of %s are made again)\n", step->table);
    else if (step->kind == CT_STEP_DROP_INVALID)
        printf("-- (an invalid index %s, which an attempt that failed has left, is dropped)\n", step->table);
    else
        printf("%s;\n", step->sql);
}

static int fail(const ct_error *error)
{
    fflush(stdout);
    fprintf(stderr, "error: %s\n", error->message);
    return 1;
}

int ct_sqlmigrate_command(ct *c)
{
    ct_history history;
    ct_problems problems = { 0 };
    ct_error error;
    ct_state before;
    ct_arena *arena = ct_cli_arena(c);
    ct_db_site *site = ct_work_databases(c);
    const char *app = ct_option_text(c, "app"), *alias = ct_option_text(c, "database");
    const ct_db_entry *entry = ct_db_site_entry(site, alias);
    if (!entry)
        ct_problems_add(&problems, CT_PROBLEM_ERROR, "there is no database \"%s\"", alias);
    if (!entry || !ct_history_load(&history, site->apps, site->app_count, NULL, arena, &problems))
        return ct_cli_tell(&problems);
    if (!ct_cli_find_app(c, app))
        return 1;
    const ct_node *node = ct_history_find(&history, app, ct_option_text(c, "migration"), &error);
    if (!node || !ct_history_state_before(&history, node, &before, &error))
        return fail(&error);
    ct_script script = ct_script_begin(arena, entry->driver->dialect->ddl, alias);
    if (!ct_history_script(&script, node, &before, ct_option_flag(c, "backwards"), NULL, &error))
        return fail(&error);
    bool atomic = !node->migration->not_atomic;
    if (atomic)
        printf("BEGIN;\n");
    for (size_t i = 0; i < script.count; i++)
        print_step(&script.steps[i]);
    if (atomic)
        printf("COMMIT;\n");
    return 0;
}
