/* `migrate`: brings a database to where the migrations lead, or back to one of them. */
#include "cli/migrations.h"

#include "canteen/command.h"
#include "db/migrate.h"
#include "db/session.h"
#include "net/work.h"
#include "web/ct.h"

#include <stdio.h>
#include <unistd.h>

const ct_option ct_migrate_command_options[] = {
    { .name = "app", .argument = true, .optional = true, .help = "only this app's, and what they need" },
    { .name = "migration", .argument = true, .optional = true, .help = "up or back to this one; zero: undo all" },
    { .name = "fake", .type = CT_FLAG, .help = "only note them as applied, or as not" },
    { .name = "fake-initial", .type = CT_FLAG, .help = "only note initial ones whose tables are there" },
    { .name = "plan", .type = CT_FLAG, .help = "show what would be done" },
    { .name = "check", .type = CT_FLAG, .help = "exit with 1 when something is to be done" },
    { .name = "database", .value = "default", .help = "the alias of the database" },
    { .name = "lock-timeout",
      .type = CT_DURATION,
      .value = "5s",
      .help = "how long a statement waits for a table that is in use (PostgreSQL)" },
    { .name = NULL },
};

static void say(void *arg, const char *line)
{
    bool *in_line = arg;
    if (*in_line)
        putchar('\n');
    *in_line = false;
    puts(line);
    fflush(stdout);
}

/* What was asked for. */
typedef struct target {
    const char *app; /* NULL: all */
    const char *name;
    bool zero;
} target;

static bool find_node(const ct_migrator *m, const target *to, const ct_node **ret_node)
{
    ct_error error;
    *ret_node = NULL;
    if (!to->name || to->zero)
        return true;
    *ret_node = ct_history_find(&m->history, to->app, to->name, &error);
    if (!*ret_node)
        fprintf(stderr, "error: %s\n", error.message);
    return *ret_node != NULL;
}

static void tell_target(const ct_migrator *m, const target *to, const ct_node *node)
{
    printf("Operations to perform:\n");
    if (to->zero) {
        printf("  Unapply all migrations: %s\n", to->app);
    } else if (node) {
        printf("  Target specific migration: %s, from %s\n", node->migration->name, to->app);
    } else {
        printf("  Apply all migrations: ");
        if (to->app)
            printf("%s", to->app);
        for (size_t i = 0; i < m->history.app_count && !to->app; i++)
            printf("%s%s", i ? ", " : "", m->history.apps[i]);
        printf("%s\n", m->history.app_count ? "" : "(none)");
    }
    fflush(stdout);
}

static void show_plan(const ct_migrator *m, const ct_plan *plan)
{
    printf("Planned operations:\n");
    if (!plan->count)
        printf("  No planned migration operations.\n");
    for (size_t i = 0; i < plan->count; i++) {
        const ct_node *node = plan->steps[i].node;
        printf("%s\n", node->label);
        for (const ct_operation *op = node->migration->operations; op && op->kind; op++)
            printf("    %s%s\n", plan->steps[i].backwards ? "Undo " : "", ct_operation_describe(m->arena, op));
    }
}

static void tell_unknown(const ct_migrator *m)
{
    const char *labels[8];
    size_t count = ct_history_unknown(&m->history, &m->applied, labels, 8);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "warning: %s is applied to the database, and this program does not have it\n", labels[i]);
}

static void tell_changes(const ct_migrator *m)
{
    ct_problems problems = { 0 };
    ct_terminal_asker asker = ct_terminal_asker_of(m->c);
    asker.asks = false;
    asker.refuses = true;
    ct_new_migrations found = ct_cli_detect(m->c, &m->history, &asker.asker, NULL, NULL, &problems);
    ct_problems_finish(&problems);
    if (!found.count)
        return;
    printf("  Your models have changes that are not yet reflected in a migration (");
    for (size_t i = 0; i < found.count; i++)
        printf("%s%s", i ? ", " : "", found.items[i].app);
    printf("), and so won't be applied.\n  Run `makemigrations` to make new migrations, and then `migrate` again.\n");
}

/* A function of the program may abort: its migration has failed then, like any other. */
static ct_migrated run_one(ct_migrator *m, ct_plan_step step, const ct_migrate_options *options, ct_error *error)
{
    ct_catch catch;
    if (ct_catch_begin(m->c, &catch)) {
        ct_fail(error, "%s", m->c->error_message ? m->c->error_message : "it stopped");
        return CT_MIGRATED_FAILED;
    }
    ct_migrated done = ct_migrate_step(m, step, options, error);
    ct_catch_end(m->c, &catch);
    return done;
}

static void tell_failure(const ct_migrator *m, const ct_plan_step *step, const ct_error *error)
{
    fprintf(stderr, "error: %s: %s\n", step->node->label, error->message);
    if (m->strayed)
        fprintf(stderr, "Parts of this migration may be done; those before it stay applied.\n");
    else if (!step->node->migration->not_atomic)
        fprintf(stderr, "Nothing of this migration was done; those before it stay applied.\n");
    else if (m->steps_done)
        fprintf(stderr,
                "The migration is not atomic: %zu of its %zu steps are done and stay so (sqlmigrate shows them). When "
                "the cause is gone, `migrate` goes on with step %zu.\n",
                m->steps_done, m->step_count, m->steps_done + 1);
    else
        fprintf(stderr,
                "The migration is not atomic, but none of its %zu steps was done; those before it stay "
                "applied.\n",
                m->step_count);
}

/* The way is found again when nobody else migrates any more. */
static bool run_plan(ct_migrator *m, const target *to, const ct_migrate_options *options, bool *in_line)
{
    ct_error error;
    const ct_node *node;
    if (!ct_migrate_lock(m, &error)) {
        fprintf(stderr, "error: %s\n", error.message);
        return false;
    }
    if (!find_node(m, to, &node))
        return false;
    ct_plan plan = ct_history_plan(&m->history, to->app, node, to->zero);
    printf("Running migrations:\n");
    if (!plan.count) {
        printf("  No migrations to apply.\n");
        tell_changes(m);
    }
    for (size_t i = 0; i < plan.count; i++) {
        printf("  %s %s...", plan.steps[i].backwards ? "Unapplying" : "Applying", plan.steps[i].node->label);
        fflush(stdout);
        *in_line = true;
        ct_migrated done = run_one(m, plan.steps[i], options, &error);
        static const char *const words[] = { "OK", "FAKED", "DONE BY ANOTHER", "FAILED" };
        printf(*in_line ? " %s\n" : "    %s\n", words[done]);
        fflush(stdout);
        *in_line = false;
        if (done == CT_MIGRATED_FAILED) {
            tell_failure(m, &plan.steps[i], &error);
            return false;
        }
    }
    return true;
}

static bool read_target(ct *c, target *ret)
{
    *ret = (target){ .app = ct_option_text(c, "app"), .name = ct_option_text(c, "migration") };
    ret->zero = ret->name && strcmp(ret->name, "zero") == 0;
    return !ret->app || ct_cli_find_app(c, ret->app);
}

/* What does not go together is told before the first of them is applied. */
static bool check_history(const ct_migrator *m)
{
    ct_state state;
    ct_error error;
    if (ct_history_state(&m->history, true, &state, &error))
        return true;
    fprintf(stderr, "error: %s\n", error.message);
    return false;
}

int ct_migrate_command(ct *c)
{
    ct_migrator m;
    target to;
    const ct_node *node;
    ct_problems problems = { 0 };
    bool in_line = false;
    if (!read_target(c, &to))
        return 1;
    if (!ct_migrate_open(&m, c, ct_option_text(c, "database"), ct_cli_arena(c), &problems))
        return ct_cli_tell(&problems);
    ct_problems_finish(&problems);
    m.say = say;
    m.arg = &in_line;
    m.lock_timeout = ct_option_int(c, "lock-timeout");
    if ((!to.name && !ct_cli_check_leaves(&m.history)) || !find_node(&m, &to, &node))
        return 1;
    if (!check_history(&m))
        return 1;
    tell_unknown(&m);
    ct_plan plan = ct_history_plan(&m.history, to.app, node, to.zero);
    if (ct_option_flag(c, "plan") || ct_option_flag(c, "check")) {
        show_plan(&m, &plan);
        return ct_option_flag(c, "check") && plan.count ? 1 : 0;
    }
    tell_target(&m, &to, node);
    const ct_migrate_options options = { .fake = ct_option_flag(c, "fake"),
                                         .fake_initial = ct_option_flag(c, "fake-initial") };
    return run_plan(&m, &to, &options, &in_line) ? 0 : 1;
}
