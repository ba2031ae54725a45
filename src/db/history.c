/* Reading the apps' lists of migrations into a graph: who needs whom, squashed ones, an order, and all that can be
 * wrong with it. Plans and statements are in history_plan.c. */
#include "db/history.h"

#include "base/nearest.h"

#include <stdlib.h>

typedef struct loader {
    ct_history *history;
    const ct_strmap *applied;
    ct_problems *problems;
} loader;

static const char *place_of(const loader *l, const ct_node *node)
{
    return ct_arena_printf(l->history->arena, "%s:%d", node->migration->file ? node->migration->file : "?",
                           node->migration->line);
}

static void add_node(loader *l, const char *app, const ct_migration *migration)
{
    ct_history *h = l->history;
    ct_node *node = ct_arena_zalloc(h->arena, sizeof *node);
    node->app = app;
    node->migration = migration;
    node->label = ct_arena_printf(h->arena, "%s.%s", app, migration->name);
    node->applied = l->applied && ct_strmap_get(l->applied, ct_str_of(node->label));
    if (ct_strmap_get(&h->by_label, ct_str_of(node->label))) {
        ct_problems_add(l->problems, CT_PROBLEM_ERROR, "%s: the list of the app %s has %s twice", place_of(l, node),
                        app, migration->name);
        return;
    }
    ct_strmap_set(&h->by_label, ct_str_of(node->label), node);
    h->nodes = ct_arena_grown(h->arena, h->nodes, h->count, sizeof *h->nodes, 16);
    h->nodes[h->count++] = node;
}

/* ---- squashed ones ---- */

static const ct_node *replaced_at(const loader *l, const ct_node *node, size_t at)
{
    return ct_strmap_get(&l->history->by_label, ct_str_of(node->migration->replaces[at]));
}

static bool was_applied(const loader *l, const char *label)
{
    return l->applied && ct_strmap_get(l->applied, ct_str_of(label));
}

/* Is it used, or are the ones that it replaces? While their files are there only their own rows count: a program of
 * before, which does not know the squashed one, undoes them and leaves its row. */
static void settle_squashed(loader *l, ct_node *node)
{
    size_t count = 0, applied = 0, present = 0;
    for (; node->migration->replaces[count]; count++) {
        applied += was_applied(l, node->migration->replaces[count]);
        present += replaced_at(l, node, count) != NULL;
    }
    node->originals = present > 0;
    if (count && (present || !node->applied))
        node->applied = applied == count;
    if (!node->applied && applied && present) {
        node->dropped = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        ct_node *other = ct_strmap_get(&l->history->by_label, ct_str_of(node->migration->replaces[i]));
        if (other)
            other->dropped = true;
    }
}

/* The one that stands for a label. */
static ct_node *standing_for(const loader *l, const char *label)
{
    ct_history *h = l->history;
    ct_node *node = ct_strmap_get(&h->by_label, ct_str_of(label));
    if (node && !node->dropped)
        return node;
    for (size_t i = 0; i < h->count; i++)
        for (const char *const *other = h->nodes[i]->migration->replaces; other && *other; other++)
            if (!h->nodes[i]->dropped && strcmp(*other, label) == 0)
                return h->nodes[i];
    if (!node || !node->migration->replaces)
        return NULL;
    /* A squashed one that is not used: its last. */
    const char *const *last = node->migration->replaces;
    while (last[1])
        last++;
    return *last && strcmp(*last, label) != 0 ? standing_for(l, *last) : NULL;
}

/* ---- dependencies ---- */

static void add_dependency(loader *l, ct_node *node, const char *label)
{
    ct_history *h = l->history;
    ct_node *other = standing_for(l, label);
    if (other == node)
        return;
    if (other) {
        node->after = ct_arena_grown(h->arena, node->after, node->after_count, sizeof(ct_node *), 4);
        node->after[node->after_count++] = other;
        return;
    }
    ct_nearest nearest = ct_nearest_to(label);
    for (size_t i = 0; i < h->count; i++)
        ct_nearest_try(&nearest, h->nodes[i]->label);
    ct_problems_add(l->problems, CT_PROBLEM_ERROR, "%s: the migration %s comes after \"%s\", which there is not%s%s%s",
                    place_of(l, node), node->label, label, nearest.best ? "; did you mean \"" : "",
                    nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

static void link_nodes(loader *l)
{
    ct_history *h = l->history;
    for (size_t i = 0; i < h->count; i++)
        if (h->nodes[i]->migration->replaces)
            settle_squashed(l, h->nodes[i]);
    for (size_t i = 0; i < h->count; i++) {
        ct_node *node = h->nodes[i];
        if (node->dropped)
            continue;
        for (const char *const *label = node->migration->after; label && *label; label++)
            add_dependency(l, node, *label);
        for (const char *const *label = node->migration->replaces; label && *label; label++) {
            const ct_node *old = ct_strmap_get(&h->by_label, ct_str_of(*label));
            for (const char *const *of = old ? old->migration->after : NULL; of && *of; of++)
                if (standing_for(l, *of) != node)
                    add_dependency(l, node, *of);
        }
    }
}

/* ---- names that go ---- */

static bool needs(ct_node *node, const ct_node *other)
{
    if (node == other)
        return true;
    if (node->mark == 5)
        return false;
    node->mark = 5;
    for (size_t i = 0; i < node->after_count; i++)
        if (needs(node->after[i], other))
            return true;
    return false;
}

static bool refers(const ct_node *node, const char *label)
{
    for (const ct_operation *op = node->migration->operations; op && op->kind; op++)
        for (const ct_field *field = op->fields; field && field->name; field++)
            if ((field->to && strcmp(field->to->name, label) == 0) ||
                (field->through && strcmp(field->through->name, label) == 0))
                return true;
    return false;
}

/* What other apps say of a model by this name comes before the name goes, unless it needs that. */
static void come_after_referrers(loader *l, ct_node *node, const char *label)
{
    ct_history *h = l->history;
    for (size_t i = 0; i < h->count; i++) {
        ct_node *other = h->nodes[i];
        if (other->dropped || strcmp(other->app, node->app) == 0 || (node->applied && !other->applied) ||
            !refers(other, label))
            continue;
        for (size_t j = 0; j < h->count; j++)
            h->nodes[j]->mark = 0;
        if (needs(other, node)) /* NOLINT(readability-suspicious-call-argument): this way round */
            continue;
        node->after = ct_arena_grown(h->arena, node->after, node->after_count, sizeof(ct_node *), 4);
        node->after[node->after_count++] = other;
    }
}

static void order_by_names(loader *l)
{
    ct_history *h = l->history;
    for (size_t i = 0; i < h->count; i++)
        for (const ct_operation *op = h->nodes[i]->migration->operations; op && op->kind; op++)
            if (!h->nodes[i]->dropped && (op->kind == CT_OPERATION_RENAME_MODEL || op->kind == CT_OPERATION_DROP_MODEL))
                come_after_referrers(l, h->nodes[i], ct_arena_printf(h->arena, "%s.%s", h->nodes[i]->app, op->model));
    for (size_t i = 0; i < h->count; i++)
        h->nodes[i]->mark = 0;
}

/* ---- the order ---- */

/* Depth first; a node that is met while it is underway closes a circle. */
static bool visit(loader *l, ct_node *node, ct_node **sorted, size_t *count)
{
    if (node->mark == 2)
        return true;
    if (node->mark == 1) {
        ct_problems_add(l->problems, CT_PROBLEM_ERROR,
                        "%s: the migration %s needs itself, by way of what it comes after", place_of(l, node),
                        node->label);
        return false;
    }
    node->mark = 1;
    for (size_t i = 0; i < node->after_count; i++)
        if (!visit(l, node->after[i], sorted, count))
            return false;
    node->mark = 2;
    sorted[(*count)++] = node;
    return true;
}

static void sort_nodes(loader *l)
{
    ct_history *h = l->history;
    ct_node **sorted = ct_arena_zalloc(h->arena, (h->count + 1) * sizeof(ct_node *));
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++)
        if (!h->nodes[i]->dropped && !visit(l, h->nodes[i], sorted, &count))
            break;
    h->nodes = sorted;
    h->count = count;
}

static void check_applied(loader *l)
{
    ct_history *h = l->history;
    for (size_t i = 0; i < h->count; i++)
        for (size_t j = 0; j < h->nodes[i]->after_count && h->nodes[i]->applied; j++)
            if (!h->nodes[i]->after[j]->applied)
                ct_problems_add(
                    l->problems, CT_PROBLEM_ERROR,
                    "the history of the database is inconsistent: %s is applied, %s, which it comes after, is "
                    "not. Apply that one with `migrate --fake %s %s` if its tables are there",
                    h->nodes[i]->label, h->nodes[i]->after[j]->label, h->nodes[i]->after[j]->app,
                    h->nodes[i]->after[j]->migration->name);
}

bool ct_history_load(ct_history *ret, const ct_graph_app *apps, size_t app_count, const ct_strmap *applied,
                     ct_arena *arena, ct_problems *problems)
{
    loader l = { ret, applied, problems };
    size_t errors = problems->errors;
    *ret = (ct_history){ .arena = arena };
    ct_strmap_init(&ret->by_label, arena);
    ret->apps = ct_arena_zalloc(arena, (app_count + 1) * sizeof *ret->apps);
    for (size_t i = 0; i < app_count; i++) {
        if (apps[i].migrations)
            ret->apps[ret->app_count++] = apps[i].name;
        for (const ct_migration *const *migration = apps[i].migrations; migration && *migration; migration++)
            add_node(&l, apps[i].name, *migration);
    }
    link_nodes(&l);
    order_by_names(&l);
    sort_nodes(&l);
    if (problems->errors == errors)
        check_applied(&l);
    return problems->errors == errors;
}

/* ---- asking ---- */

static bool has_app(const ct_history *history, ct_str app)
{
    for (size_t i = 0; i < history->app_count; i++)
        if (ct_str_eq(ct_str_of(history->apps[i]), app))
            return true;
    return false;
}

size_t ct_history_unknown(const ct_history *history, const ct_strmap *applied, const char **labels, size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < applied->count && count < most; i++) {
        ct_str label = applied->entries[i].key;
        const char *dot = memchr(label.data, '.', label.length);
        bool replaced = false;
        for (size_t j = 0; j < history->count; j++)
            for (const char *const *at = history->nodes[j]->migration->replaces; at && *at; at++)
                replaced |= ct_str_eq(ct_str_of(*at), label);
        if (dot && !replaced && has_app(history, (ct_str){ label.data, (size_t)(dot - label.data) }) &&
            !ct_strmap_get(&history->by_label, label))
            labels[count++] = ct_arena_copy(history->arena, label.data, label.length);
    }
    return count;
}

size_t ct_history_leaves(const ct_history *history, const char *app, ct_node **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        bool leaf = strcmp(history->nodes[i]->app, app) == 0;
        for (size_t j = 0; j < history->count && leaf; j++)
            for (size_t k = 0; k < history->nodes[j]->after_count && leaf; k++)
                leaf = history->nodes[j]->after[k] != history->nodes[i] || strcmp(history->nodes[j]->app, app) != 0;
        if (leaf && count < 8)
            ret[count++] = history->nodes[i];
    }
    return count;
}

ct_node *ct_history_find(const ct_history *history, const char *app, const char *name, ct_error *error)
{
    ct_node *found = NULL;
    size_t length = strlen(name);
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < history->count; i++) {
        ct_node *node = history->nodes[i];
        if (strcmp(node->app, app) != 0)
            continue;
        if (strcmp(node->migration->name, name) == 0)
            return node;
        ct_nearest_try(&nearest, node->migration->name);
        if (strncmp(node->migration->name, name, length) != 0)
            continue;
        if (found) {
            ct_fail(error, "\"%s\" is the beginning of %s and of %s: write more of the name", name,
                    found->migration->name, node->migration->name);
            return NULL;
        }
        found = node;
    }
    if (!found)
        ct_fail(error, "the app %s has no migration \"%s\"%s%s%s", app, name, nearest.best ? "; did you mean \"" : "",
                nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
    return found;
}
