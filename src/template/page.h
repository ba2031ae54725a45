/* What belongs to one page while it is rendered: the exports of its templates, its blocks, the state of its tags.
 *
 * A page is a template with its parents: the one asked for, each include and each import has its own. */
#ifndef CANTEEN_TEMPLATE_PAGE_H
#define CANTEEN_TEMPLATE_PAGE_H

#include "template/nodes.h"

typedef struct ct_export {
    const ct_symbol *symbol;
    ct_tval value;
} ct_export;

struct ct_page {
    ct_page *outer;     /* that of the include, when it gave its context; NULL */
    const ct_env *env;  /* the includer's variables; NULL */
    bool isolated;      /* neither sees the values given to the render, only functions and what is provided */
    ct_export *exports; /* what was set at the top of its templates */
    uint32_t export_count, export_capacity;
    const ct_template **chain; /* the template and its parents, as far as they are known */
    uint32_t chain_count, chain_capacity;
    const ct_template *parent; /* named by {% extends %}, to be rendered when the top has run */
    const char *parent_place;  /* of the tag */
    size_t parent_output;      /* where the output stood then: what follows at the top is not shown */
    struct ct_state *states;
};

void ct_page_export(ct_renderer *r, const ct_symbol *symbol, ct_tval value);
/* The last value exported under the name, or NULL. */
const ct_tval *ct_page_exported(const ct_page *page, const ct_symbol *symbol);

/* Memory that a tag keeps between its runs on one page, zeroed at first: what {% cycle %} and {% ifchanged %} remember.
 * `key` is the statement, or anything else that is as long-lived. */
void *ct_page_state(ct_renderer *r, const void *key, size_t size);

#endif
