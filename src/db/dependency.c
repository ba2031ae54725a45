/* Tables behind those that they refer to: a walk in depth along the references, which goes past those that it is in the
 * middle of. */
#include "db/dependency.h"

#include "canteen/work.h"

typedef enum state { UNSEEN, OPEN, DONE } state;

typedef struct walk {
    const ct_table *const *tables;
    size_t count;
    state *states;
    const ct_table **ordered;
    size_t ordered_count;
} walk;

static void visit(walk *w, size_t at)
{
    if (w->states[at] != UNSEEN)
        return;
    w->states[at] = OPEN;
    const ct_table *table = w->tables[at];
    for (size_t i = 0; i < table->column_count; i++)
        for (size_t other = 0; table->columns[i].link && other < w->count; other++)
            if (w->tables[other] == table->columns[i].link->other)
                visit(w, other);
    w->states[at] = DONE;
    w->ordered[w->ordered_count++] = table;
}

const ct_table **ct_tables_by_dependency(ct *c, const ct_table *const *tables, size_t count)
{
    walk w = { .tables = tables,
               .count = count,
               .states = ct_alloc(c, (count + 1) * sizeof(*w.states)),
               .ordered = ct_alloc(c, (count + 1) * sizeof(*w.ordered)) };
    for (size_t i = 0; i < count; i++)
        visit(&w, i);
    return w.ordered;
}
