/* What belongs to one page while it is rendered: the exports of its templates, its blocks, the state of its tags.
 *
 * A page is a template with its parents: the one asked for, each include and each import has its own. */
#ifndef CANTEEN_TEMPLATE_PAGE_H
#define CANTEEN_TEMPLATE_PAGE_H

#include "template/nodes.h"

/* What tags keep between their runs: memory by key. */
typedef struct ct_states {
    ct_places keys;
    void **memory;
} ct_states;

struct ct_page {
    ct_page *outer;            /* that of the include, when it gave its context; NULL */
    const ct_env *env;         /* the includer's variables; NULL */
    bool isolated;             /* neither sees the values given to the render, only functions and what is provided */
    ct_places exported;        /* symbols of what was set at the top of its templates ... */
    ct_tval *exports;          /* ... and the values */
    const ct_template **chain; /* the template and its parents, as far as they are known */
    uint32_t chain_count;
    const ct_template *parent; /* named by {% extends %}, to be rendered when the top has run */
    const char *parent_place;  /* of the tag */
    size_t parent_output;      /* where the output stood then: what follows at the top is not shown */
    ct_states states;
};

void ct_page_export(ct_renderer *r, const ct_symbol *symbol, ct_tval value);
/* The last value exported under the name, or NULL. */
const ct_tval *ct_page_exported(const ct_page *page, const ct_symbol *symbol);

/* Memory that a tag keeps between its runs on one page or in one loop, zeroed at first: what {% cycle %} and
 * {% ifchanged %} remember. `key` is the statement, or anything else that is as long-lived. */
void *ct_state(ct_renderer *r, ct_states *states, const void *key, size_t size);

#endif
