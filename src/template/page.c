/* What a page keeps while it is rendered. All of it is memory of the render. */
#include "template/page.h"

#include "template/render.h"

typedef struct ct_state {
    struct ct_state *next;
    const void *key;
    char memory[] __attribute__((aligned(16)));
} ct_state;

void ct_page_export(ct_renderer *r, const ct_symbol *symbol, ct_tval value)
{
    ct_page *page = r->page;
    for (uint32_t i = 0; i < page->export_count; i++)
        if (page->exports[i].symbol == symbol) {
            page->exports[i].value = value;
            return;
        }
    if (page->export_count == page->export_capacity) {
        uint32_t capacity = CT_MAX(8u, 2 * page->export_capacity);
        ct_export *exports = ct_render_take(r, capacity * sizeof(*exports));
        if (page->export_count)
            memcpy(exports, page->exports, page->export_count * sizeof(*exports));
        page->exports = exports;
        page->export_capacity = capacity;
    }
    page->exports[page->export_count++] = (ct_export){ .symbol = symbol, .value = value };
}

const ct_tval *ct_page_exported(const ct_page *page, const ct_symbol *symbol)
{
    for (uint32_t i = 0; i < page->export_count; i++)
        if (page->exports[i].symbol == symbol)
            return &page->exports[i].value;
    return NULL;
}

void *ct_page_state(ct_renderer *r, const void *key, size_t size)
{
    for (ct_state *state = r->page->states; state; state = state->next)
        if (state->key == key)
            return state->memory;
    ct_state *state = ct_render_take(r, sizeof(*state) + size);
    memset(state->memory, 0, size);
    state->key = key;
    state->next = r->page->states;
    r->page->states = state;
    return state->memory;
}
