/* The migrations of all apps as a graph, and what is to be done on the way to one of them.
 *
 *   polls.0001_initial <── polls.0002_choice_votes <── polls.0003_...        (an arrow leads to what must come before)
 *            ^────────────────── users.0002_answers
 *
 * Nodes stand in an order in which each finds those it needs before it. Squashed migrations stand for those that they
 * replace: while none of these has been applied or all have; else the originals are used, as Django does. */
#ifndef CANTEEN_DB_HISTORY_H
#define CANTEEN_DB_HISTORY_H

#include "base/map.h"
#include "base/problems.h"
#include "db/autodetect.h"
#include "db/ddl.h"
#include "db/graph.h"

typedef struct ct_node {
    const char *app, *label; /* "polls.0001_initial" */
    const ct_migration *migration;
    struct ct_node **after;
    size_t after_count;
    bool applied;   /* a squashed one also by those that it replaces */
    bool originals; /* a squashed one beside files that it replaces */
    bool dropped;   /* replaced by a squashed one, or a squashed one that is not used */
    int mark;
} ct_node;

typedef struct ct_history {
    ct_arena *arena;
    ct_node **nodes;
    size_t count;
    ct_strmap by_label; /* also those that are dropped */
    const char **apps;  /* that have a list of migrations */
    size_t app_count;
} ct_history;

/* The set of what is applied: labels, each with a value that is not NULL. NULL: nothing is. False when there were
 * problems: a dependency that does not exist, a circle, two of one name, a migration applied before one it needs. */
bool ct_history_load(ct_history *ret, const ct_graph_app *apps, size_t app_count, const ct_strmap *applied,
                     ct_arena *arena, ct_problems *problems);

/* Labels that are applied and that the program does not have (any more), of its apps. */
size_t ct_history_unknown(const ct_history *history, const ct_strmap *applied, const char **labels, size_t most);

/* The last migrations of an app: several are a conflict, for --merge. Returns how many; `ret` has room for 8. */
size_t ct_history_leaves(const ct_history *history, const char *app, ct_node **ret);

/* "0002", "0002_choice" or the whole name; NULL with `error` filled when there is none or several. */
ct_node *ct_history_find(const ct_history *history, const char *app, const char *name, ct_error *error);

/* The models after the nodes for which `applied` is set, or after all; false where an operation does not fit. */
bool ct_history_state(const ct_history *history, bool all, ct_state *ret, ct_error *error);
/* Before one node: after all that it needs. */
bool ct_history_state_before(const ct_history *history, const ct_node *node, ct_state *ret, ct_error *error);

typedef struct ct_plan_step {
    ct_node *node;
    bool backwards;
} ct_plan_step;
typedef struct ct_plan {
    ct_plan_step *steps;
    size_t count;
} ct_plan;
/* What leads to `target`; NULL: to all of `app`, or to all of them where that is NULL too. `zero`: to none of the app.
 * */
ct_plan ct_history_plan(const ct_history *history, const char *app, const ct_node *target, bool zero);

/* Adds the statements of a migration, from the models before it (backwards too: those before it). `ret_after` may be
 * NULL. False with `error` when an operation does not fit or has no way back. */
bool ct_history_script(ct_script *script, const ct_node *node, const ct_state *before, bool backwards,
                       ct_state *ret_after, ct_error *error);

/* Which migration makes a table, in the order of the history; NULL: none. */
const ct_node *ct_history_maker(const ct_history *history, const char *table);

#endif
