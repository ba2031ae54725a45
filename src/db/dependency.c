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

/* A many_to_many stands in the row that declares it, in a fixture: what it links to comes before it too. */
static bool is_dependence(const ct_link *link)
{
    return link->kind == CT_LINK_TO_ONE ||
           (link->kind == CT_LINK_MANY_TO_MANY && link->field->kind == CT_KIND_many_to_many);
}

static void visit(walk *w, size_t at)
{
    if (w->states[at] != UNSEEN)
        return;
    w->states[at] = OPEN;
    const ct_table *table = w->tables[at];
    for (size_t i = 0; i < table->link_count; i++)
        for (size_t other = 0; is_dependence(&table->links[i]) && other < w->count; other++)
            if (w->tables[other] == table->links[i].other)
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
