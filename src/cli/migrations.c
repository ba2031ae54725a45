/* What the commands of migrations share. */
#include "cli/migrations.h"

#include "base/log.h"
#include "base/nearest.h"
#include "canteen/work.h"
#include "db/migrate.h"
#include "db/session.h"
#include "net/work.h"
#include "web/ct.h"
#include "web/standalone.h"

#include <stdio.h>

static void finish_arena(void *arg)
{
    ct_arena_finish(arg);
}

ct_arena *ct_cli_arena(ct *c)
{
    ct_arena *arena = ct_alloc(c, sizeof *arena);
    ct_arena_init(arena, NULL, 0);
    ct_defer(c, finish_arena, arena);
    return arena;
}

int ct_cli_tell(ct_problems *problems)
{
    fflush(stdout);
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "%s: %s\n", problems->items[i].severity == CT_PROBLEM_ERROR ? "error" : "warning",
                problems->items[i].text);
    ct_problems_finish(problems);
    *problems = (ct_problems){ 0 };
    return 1;
}

const ct_graph_app *ct_cli_find_app(ct *c, const char *name)
{
    const ct_db_site *site = ct_work_databases(c);
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < site->app_count; i++) {
        if (strcmp(site->apps[i].name, name) == 0)
            return &site->apps[i];
        ct_nearest_try(&nearest, site->apps[i].name);
    }
    fprintf(stderr, "error: no app \"%s\" has models%s%s%s\n", name, nearest.best ? "; did you mean \"" : "",
            nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
    return NULL;
}

bool ct_cli_check_leaves(const ct_history *history)
{
    bool good = true;
    for (size_t i = 0; i < history->app_count; i++) {
        ct_node *leaves[8];
        size_t count = ct_history_leaves(history, history->apps[i], leaves);
        if (count < 2)
            continue;
        fprintf(stderr, "error: the app %s has several last migrations (", history->apps[i]);
        for (size_t j = 0; j < count; j++)
            fprintf(stderr, "%s%s", j ? ", " : "", leaves[j]->migration->name);
        fprintf(stderr, "): `makemigrations --merge` joins them\n");
        good = false;
    }
    return good;
}

static const ct_leaf *leaves_of(const ct_history *history, size_t *ret_count)
{
    ct_leaf *leaves = ct_arena_zalloc(history->arena, (history->app_count + 1) * sizeof *leaves);
    for (size_t i = 0; i < history->app_count; i++) {
        ct_node *last[8];
        size_t count = ct_history_leaves(history, history->apps[i], last);
        leaves[i] = (ct_leaf){ history->apps[i], count ? last[count - 1]->migration->name : NULL };
    }
    *ret_count = history->app_count;
    return leaves;
}

ct_new_migrations ct_cli_detect(ct *c, const ct_history *history, ct_asker *asker, const char *const *only,
                                const char *name, ct_problems *problems)
{
    const ct_db_site *site = ct_work_databases(c);
    ct_state from, to = ct_state_of_graph(&site->graph, history->arena);
    ct_error error;
    if (!ct_history_state(history, true, &from, &error)) {
        ct_problems_add(problems, CT_PROBLEM_ERROR, "%s", error.message);
        return (ct_new_migrations){ 0 };
    }
    size_t count;
    const ct_leaf *leaves = leaves_of(history, &count);
    const ct_detection how = { .from = &from,
                               .to = &to,
                               .leaves = leaves,
                               .leaf_count = count,
                               .only = only,
                               .name = name,
                               .asker = asker,
                               .problems = problems,
                               .now = ct_now() };
    return ct_autodetect(&how);
}

/* ---- warnings of other commands ---- */

static struct {
    ct_problems *problems;
    ct_arena *arena;
} warning;

static void warn_of_database(ct *c, const char *alias)
{
    ct_migrator m;
    ct_problems problems = { 0 };
    size_t count = 0;
    bool read = ct_migrate_open(&m, c, alias, warning.arena, &problems);
    for (size_t i = 0; read && i < m.history.count; i++)
        count += !m.history.nodes[i]->applied;
    if (count)
        ct_problems_add(warning.problems, CT_PROBLEM_WARNING,
                        "%zu migration%s not applied to the database \"%s\": run `migrate`", count,
                        count == 1 ? " is" : "s are", alias);
    ct_problems_finish(&problems);
}

/* A database that cannot be asked is no mistake of the program, and those behind it are asked all the same. */
static void warn_of_unapplied(ct *c, const char *alias)
{
    ct_catch catch;
    if (ct_catch_begin(c, &catch)) {
        ct_problems_add(warning.problems, CT_PROBLEM_WARNING, "which migrations are applied is not known: %s",
                        c->error_message ? c->error_message : "stopped");
        return;
    }
    warn_of_database(c, alias);
    ct_catch_end(c, &catch);
}

static void take_problems(ct_problems *problems, ct_severity severity)
{
    for (size_t i = 0; i < problems->count; i++)
        if (!strstr(problems->items[i].text, "--fill"))
            ct_problems_add(warning.problems, severity, "%s", problems->items[i].text);
    ct_problems_finish(problems);
    *problems = (ct_problems){ 0 };
}

static void warn_of_changes(ct *c, const ct_history *history)
{
    ct_problems problems = { 0 };
    ct_terminal_asker asker = { ct_terminal_asker_of(c).asker, .c = c, .refuses = true };
    ct_new_migrations found = ct_cli_detect(c, history, &asker.asker, NULL, NULL, &problems);
    for (size_t i = 0; i < found.count; i++)
        ct_problems_add(warning.problems, CT_PROBLEM_WARNING,
                        "models of the app %s have changed since its last migration: run `makemigrations`",
                        found.items[i].app);
    take_problems(&problems, CT_PROBLEM_WARNING);
}

static int warn_on_fiber(ct *c)
{
    const ct_db_site *site = ct_work_databases(c);
    ct_history history;
    ct_state state;
    ct_error error;
    ct_problems problems = { 0 };
    warning.arena = ct_cli_arena(c);
    bool good = ct_history_load(&history, site->apps, site->app_count, NULL, warning.arena, &problems);
    if (good && !ct_history_state(&history, true, &state, &error)) {
        ct_problems_add(&problems, CT_PROBLEM_ERROR, "%s", error.message);
        good = false;
    }
    take_problems(&problems, CT_PROBLEM_ERROR); /* as migrate and makemigrations have it */
    if (!good)
        return 0;
    warn_of_changes(c, &history);
    for (size_t i = 0; i < site->entry_count; i++)
        if (!site->entries[i].replica_of)
            warn_of_unapplied(c, site->entries[i].alias);
    return 0;
}

void ct_cli_migrations_warn(ct_cli *cli, const ct_site *site)
{
    bool any = false;
    for (size_t i = 0; site->databases && i < site->databases->app_count; i++)
        any |= site->databases->apps[i].models || site->databases->apps[i].migrations;
    if (!any)
        return;
    warning.problems = &cli->problems;
    ct_run_bare_work(site, warn_on_fiber, NULL);
}
