/* What a page keeps while it is rendered. All of it is memory of the render. */
#include "template/page.h"

#include "template/render.h"

void ct_page_export(ct_renderer *r, const ct_symbol *symbol, ct_tval value)
{
    ct_page *page = r->page;
    int32_t place = ct_places_find(&page->exported, symbol);
    if (place < 0) {
        place = (int32_t)page->exported.count;
        page->exports = ct_render_grown(r, page->exports, (size_t)place, sizeof(*page->exports), 8);
        ct_render_place(r, &page->exported, symbol);
    }
    page->exports[place] = value;
}

const ct_tval *ct_page_exported(const ct_page *page, const ct_symbol *symbol)
{
    int32_t place = ct_places_find(&page->exported, symbol);
    return place >= 0 ? &page->exports[place] : NULL;
}

void *ct_state(ct_renderer *r, ct_states *states, const void *key, size_t size)
{
    int32_t place = ct_places_find(&states->keys, key);
    if (place >= 0)
        return states->memory[place];
    uint32_t count = states->keys.count;
    void *memory = ct_render_take(r, size);
    memset(memory, 0, size);
    states->memory = ct_render_grown(r, states->memory, count, sizeof(*states->memory), 4);
    ct_render_place(r, &states->keys, key);
    states->memory[count] = memory;
    return memory;
}
