/* What a history means: the models after it, the way to a migration, and the statements of each. */
#include "db/history.h"

#include "base/nearest.h"

/* ---- states ---- */

/* A field that leads to no model would become a column without a foreign key. */
static bool check_references(const ct_state *state, const ct_node *node, ct_error *error)
{
    const ct_state_model *model;
    const char *label;
    const ct_field *field = ct_state_lost_reference(state, NULL, &model, &label);
    if (!field)
        return true;
    ct_nearest nearest = ct_nearest_to(label);
    for (size_t i = 0; i < state->count; i++)
        ct_nearest_try(&nearest, state->models[i]->label);
    return ct_fail(error, "%s:%d: %s refers to %s (by %s.%s), which there is not at this point%s%s%s",
                   node->migration->file, node->migration->line, node->label, label, model->label, field->name,
                   nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

static bool apply_node(ct_state *state, const ct_node *node, ct_error *error)
{
    size_t number = 1;
    for (const ct_operation *op = node->migration->operations; op && op->kind; op++, number++) {
        ct_state after;
        ct_error why;
        if (!ct_state_apply(state, node->app, op, &after, &why))
            return ct_fail(error, "%s:%d: the migration %s, operation %zu (%s): %s", node->migration->file,
                           node->migration->line, node->label, number, ct_operation_describe(state->arena, op),
                           why.message);
        *state = after;
    }
    return check_references(state, node, error);
}

bool ct_history_state(const ct_history *history, bool all, ct_state *ret, ct_error *error)
{
    *ret = ct_state_empty(history->arena);
    for (size_t i = 0; i < history->count; i++)
        if ((all || history->nodes[i]->applied) && !apply_node(ret, history->nodes[i], error))
            return false;
    return true;
}

static void mark_needed(ct_node *node)
{
    node->mark = 3;
    for (size_t i = 0; i < node->after_count; i++)
        if (node->after[i]->mark != 3)
            mark_needed(node->after[i]);
}

static void clear_marks(const ct_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        history->nodes[i]->mark = 0;
}

bool ct_history_state_before(const ct_history *history, const ct_node *node, ct_state *ret, ct_error *error)
{
    clear_marks(history);
    *ret = ct_state_empty(history->arena);
    for (size_t i = 0; i < node->after_count; i++)
        mark_needed(node->after[i]);
    for (size_t i = 0; i < history->count; i++)
        if (history->nodes[i]->mark == 3 && !apply_node(ret, history->nodes[i], error))
            return false;
    return true;
}

const ct_node *ct_history_maker(const ct_history *history, const char *table)
{
    ct_state state = ct_state_empty(history->arena);
    ct_error ignored;
    for (size_t i = 0; i < history->count; i++) {
        if (!apply_node(&state, history->nodes[i], &ignored))
            return NULL;
        for (size_t j = 0; j < state.count; j++) {
            const ct_state_model *model = state.models[j];
            if (strcmp(model->table, table) == 0)
                return history->nodes[i];
            for (size_t k = 0; k < model->field_count; k++) {
                const ct_state_model *between = model->fields[k].kind == CT_KIND_many_to_many
                                                    ? ct_state_between(&state, model, &model->fields[k])
                                                    : NULL;
                if (between && strcmp(between->table, table) == 0)
                    return history->nodes[i];
            }
        }
    }
    return NULL;
}

/* ---- plans ---- */

static void add_step(const ct_history *history, ct_plan *plan, ct_node *node, bool backwards)
{
    plan->steps = ct_arena_grown(history->arena, plan->steps, plan->count, sizeof *plan->steps, 16);
    plan->steps[plan->count++] = (ct_plan_step){ node, backwards };
}

static bool needs_marked(const ct_node *node)
{
    for (size_t i = 0; i < node->after_count; i++)
        if (node->after[i]->mark == 4)
            return true;
    return false;
}

/* Undoes what is applied of the app behind the target, and whatever needs that. */
static ct_plan plan_back(const ct_history *history, const char *app, const ct_node *target)
{
    ct_plan plan = { 0 };
    clear_marks(history);
    if (target)
        for (size_t i = 0; i < history->count; i++)
            if (history->nodes[i] == target)
                mark_needed(history->nodes[i]);
    for (size_t i = 0; i < history->count; i++) {
        ct_node *node = history->nodes[i];
        bool own = strcmp(node->app, app) == 0 && node->mark != 3;
        if (own && target) { /* only what comes after it, not what is beside it */
            own = false;
            for (size_t j = 0; j < node->after_count; j++)
                own |= node->after[j] == target;
        }
        if (own || needs_marked(node))
            node->mark = 4;
    }
    for (size_t i = history->count; i-- > 0;)
        if (history->nodes[i]->mark == 4 && history->nodes[i]->applied)
            add_step(history, &plan, history->nodes[i], true);
    return plan;
}

ct_plan ct_history_plan(const ct_history *history, const char *app, const ct_node *target, bool zero)
{
    ct_plan plan = { 0 };
    if (zero || (target && target->applied))
        return plan_back(history, app, target);
    clear_marks(history);
    for (size_t i = 0; i < history->count; i++) {
        ct_node *node = history->nodes[i];
        if (target ? node == target : !app || strcmp(node->app, app) == 0)
            mark_needed(node);
    }
    for (size_t i = 0; i < history->count; i++)
        if (history->nodes[i]->mark == 3 && !history->nodes[i]->applied)
            add_step(history, &plan, history->nodes[i], false);
    return plan;
}

/* ---- statements ---- */

typedef struct writer {
    ct_script *script;
    const ct_node *node;
    bool backwards;
    ct_error *error;
} writer;

static bool write_operation(writer *w, const ct_operation *op, const ct_state *before, const ct_state *after);

/* A chain of operations, from its end where it goes backwards. The states between them are worked out first. */
static bool write_chain(writer *w, const ct_operation *operations, const ct_state *before, ct_state *ret_after)
{
    size_t count = 0;
    while (operations && operations[count].kind)
        count++;
    ct_state *states = ct_arena_zalloc(w->script->arena, (count + 1) * sizeof *states);
    states[0] = *before;
    for (size_t i = 0; i < count; i++) {
        ct_error why;
        if (!ct_state_apply(&states[i], w->node->app, &operations[i], &states[i + 1], &why))
            return ct_fail(w->error, "%s:%d: the migration %s, operation %zu (%s): %s", w->node->migration->file,
                           w->node->migration->line, w->node->label, i + 1,
                           ct_operation_describe(w->script->arena, &operations[i]), why.message);
    }
    *ret_after = states[count];
    for (size_t i = 0; i < count; i++) {
        size_t at = w->backwards ? count - 1 - i : i, first = w->script->count;
        if (!write_operation(w, &operations[at], &states[at], &states[at + 1]))
            return false;
        if (w->script->count > first)
            w->script->steps[first].note = ct_operation_describe(w->script->arena, &operations[at]);
    }
    return true;
}

static bool no_way_back(writer *w, const ct_operation *op)
{
    return ct_fail(
        w->error,
        "%s:%d: the migration %s cannot be undone: %s has no way back. Give it one (RUN_SQL(\"...\", \"...\"), "
        "RUN(function, reverse) or ct_run_nothing)",
        w->node->migration->file, w->node->migration->line, w->node->label,
        ct_operation_describe(w->script->arena, op));
}

static bool write_operation(writer *w, const ct_operation *op, const ct_state *before, const ct_state *after)
{
    ct_script *script = w->script;
    bool here = strcmp(op->using ? op->using : "default", script->database) == 0;
    const char *sql = w->backwards ? op->backwards : op->forwards;
    ct_migration_function *run = w->backwards ? op->reverse : op->run;
    ct_state ignored;
    switch (op->kind) {
    case CT_OPERATION_RUN_SQL:
        if (!sql)
            return no_way_back(w, op);
        if (*sql && here)
            ct_script_step(script, (ct_step){ .kind = CT_STEP_SCRIPT, .sql = sql });
        return true;
    case CT_OPERATION_RUN:
        if (!run)
            return no_way_back(w, op);
        if (run != ct_run_nothing && here) {
            ct_state *then = ct_arena_alloc(script->arena, sizeof *then);
            *then = *before;
            ct_script_step(script, (ct_step){ .kind = CT_STEP_RUN, .run = run, .state = then });
        }
        return true;
    case CT_OPERATION_SEPARATE:
        return write_chain(w, op->database, before, &ignored);
    default:
        ct_ddl_change(script, w->backwards ? after : before, w->backwards ? before : after, w->node->app, op,
                      w->backwards);
        return true;
    }
}

bool ct_history_script(ct_script *script, const ct_node *node, const ct_state *before, bool backwards,
                       ct_state *ret_after, ct_error *error)
{
    writer w = { script, node, backwards, error };
    ct_state after = *before;
    script->not_atomic = node->migration->not_atomic;
    if (!write_chain(&w, node->migration->operations, before, &after) || !check_references(&after, node, error))
        return false;
    if (ret_after)
        *ret_after = after;
    return true;
}
