/* `squashmigrations`: one migration in place of several. What they do to the tables is worked out anew, from what was
 * before the first and what is after the last; RUN_SQL stays where it was. A RUN cannot be taken over: its function
 * belongs to a file of its own. The old files stay until every database has passed them. */
#include "cli/migrations.h"

#include "canteen/command.h"
#include "canteen/work.h"
#include "db/session.h"
#include "net/work.h"

#include <stdio.h>
#include <stdlib.h>

const ct_option ct_squashmigrations_options[] = {
    { .name = "app", .argument = true, .help = "the app" },
    { .name = "migration", .argument = true, .help = "up to this one" },
    { .name = "from", .help = "from this one on; else from the first" },
    { .name = "name", .letter = 'n', .help = "the name, behind the number" },
    { .name = "input",
      .type = CT_FLAG,
      .value = "true",
      .help = "for scripts that give --no-input to all commands: nothing is asked" },
    { .name = NULL },
};

typedef struct squasher {
    ct_arena *arena;
    const char *app;
    const char *first; /* the name of the first that is replaced */
    ct_new_migration made;
    ct_state begun, now; /* the models at the beginning of what is gathered, and after it */
    ct_error *error;
} squasher;

static void add(squasher *s, const ct_operation *operation)
{
    s->made.operations = ct_arena_grown(s->arena, s->made.operations, s->made.count, sizeof *operation, 8);
    s->made.operations[s->made.count++] = *operation;
}

/* What the operations since the last RUN_SQL come to. */
static void close_part(squasher *s)
{
    size_t count;
    ct_operation *operations = ct_autodetect_app(&s->begun, &s->now, s->app, &count);
    for (size_t i = 0; i < count; i++)
        add(s, &operations[i]);
    s->begun = s->now;
}

static bool take_operations(squasher *s, const ct_node *node)
{
    for (const ct_operation *op = node->migration->operations; op && op->kind; op++) {
        if (op->kind == CT_OPERATION_RUN || op->kind == CT_OPERATION_SEPARATE)
            return ct_fail(
                s->error,
                "%s has an operation that cannot be squashed (%s): squash up to the migration before it, and "
                "from the one behind it on",
                node->label, ct_operation_describe(s->arena, op));
        if (op->kind == CT_OPERATION_RUN_SQL) {
            close_part(s);
            add(s, op);
            continue;
        }
        ct_state after;
        if (!ct_state_apply(&s->now, s->app, op, &after, s->error))
            return false;
        s->now = after;
    }
    return true;
}

static bool is_in(const ct_new_migration *made, const char *label)
{
    for (size_t i = 0; i < made->replaces_count; i++)
        if (strcmp(made->replaces[i], label) == 0)
            return true;
    return false;
}

static void take_labels(squasher *s, const ct_node *node)
{
    ct_new_migration *made = &s->made;
    for (size_t i = 0; i < node->after_count; i++) {
        if (is_in(made, node->after[i]->label))
            continue;
        made->after = ct_arena_grown(s->arena, made->after, made->after_count, sizeof *made->after, 4);
        made->after[made->after_count++] = node->after[i]->label;
    }
    if (!s->first)
        s->first = node->migration->name;
    made->replaces = ct_arena_grown(s->arena, made->replaces, made->replaces_count, sizeof *made->replaces, 8);
    made->replaces[made->replaces_count++] = node->label;
}

static bool gather(squasher *s, const ct_history *history, const ct_node *first, const ct_node *last)
{
    bool within = !first;
    for (size_t i = 0; i < history->count; i++) {
        const ct_node *node = history->nodes[i];
        if (!within)
            within = node == first;
        if (strcmp(node->app, s->app) != 0 || !within)
            continue;
        if (node->migration->replaces)
            return ct_fail(s->error,
                           "%s is a squashed migration itself: first take away what it replaces, and its "
                           ".replaces",
                           node->label);
        if (!s->made.replaces_count) {
            if (!ct_history_state_before(history, node, &s->begun, s->error))
                return false;
            s->now = s->begun;
            s->made.initial = node->migration->initial;
        }
        take_labels(s, node);
        if (!take_operations(s, node))
            return false;
        if (node == last)
            break;
    }
    close_part(s);
    return s->made.replaces_count > 1 || ct_fail(s->error, "there is nothing to squash in one migration");
}

static bool refers(const ct_field *field, const char *label)
{
    return field->name && ((field->to && strcmp(field->to->name, label) == 0) ||
                           (field->through && strcmp(field->through->name, label) == 0));
}

static bool node_refers(const ct_node *node, const char *label)
{
    for (const ct_operation *op = node->migration->operations; op && op->kind; op++)
        for (const ct_field *field = op->fields; field && field->name; field++)
            if (refers(field, label))
                return true;
    return false;
}

/* Others may refer to a name that a model has on the way and not at the end: in the squashed one it never has it. */
static bool check_name(squasher *s, const ct_history *history, const ct_node *node, const char *name)
{
    const char *label = ct_arena_printf(s->arena, "%s.%s", s->app, name);
    for (size_t i = 0; i < history->count && !ct_state_find(&s->now, label); i++)
        if (!is_in(&s->made, history->nodes[i]->label) && node_refers(history->nodes[i], label))
            return ct_fail(s->error,
                           "%s refers to %s, which there would no more be, for %s takes that name away: squash up to "
                           "the migration before that one",
                           history->nodes[i]->label, label, node->label);
    return true;
}

static bool check_others(squasher *s, const ct_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const ct_node *node = history->nodes[i];
        if (!is_in(&s->made, node->label))
            continue;
        for (const ct_operation *op = node->migration->operations; op && op->kind; op++)
            if ((op->kind == CT_OPERATION_RENAME_MODEL || op->kind == CT_OPERATION_DROP_MODEL) &&
                !check_name(s, history, node, op->model))
                return false;
    }
    return true;
}

static const char *name_of(ct *c, const squasher *s, const ct_node *last)
{
    const char *given = ct_option_text(c, "name");
    unsigned number = s->first ? (unsigned)strtoul(s->first, NULL, 10) : 0;
    return given ? ct_arena_printf(s->arena, "%04u_%s", number, given)
                 : ct_arena_printf(s->arena, "%04u_squashed_%s", number, last->migration->name);
}

static int fail(const ct_error *error)
{
    fprintf(stderr, "error: %s\n", error->message);
    return 1;
}

int ct_squashmigrations_command(ct *c)
{
    ct_history history;
    ct_problems problems = { 0 };
    ct_error error = { 0 };
    const ct_db_site *site = ct_work_databases(c);
    squasher s = { .arena = ct_cli_arena(c), .app = ct_option_text(c, "app"), .error = &error };
    s.made.app = s.app;
    const ct_graph_app *app = ct_cli_find_app(c, s.app);
    if (!app)
        return 1;
    if (!ct_history_load(&history, site->apps, site->app_count, NULL, s.arena, &problems))
        return ct_cli_tell(&problems);
    const char *from = ct_option_text(c, "from");
    const ct_node *first = from ? ct_history_find(&history, s.app, from, &error) : NULL;
    const ct_node *last =
        from && !first ? NULL : ct_history_find(&history, s.app, ct_option_text(c, "migration"), &error);
    if (!last || !gather(&s, &history, first, last) || !check_others(&s, &history))
        return fail(&error);
    const char *path;
    s.made.name = name_of(c, &s, last);
    if (!ct_migrations_save(s.arena, app, &s.made, &path, &error))
        return fail(&error);
    printf("Created new squashed migration %s of %zu.\nBuild the program, look the file over and commit it beside the "
           "old ones. When `showmigrations` shows [X] before it on every database: delete the old files and its "
           ".replaces, and let those that come after an old one come after it (.after).\n",
           path, s.made.replaces_count);
    return 0;
}
