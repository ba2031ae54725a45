/* Rows as templates read them: fields by their names, keys, what is behind relations, how a row is called. */
#ifndef CANTEEN_TEMPLATE_FIELDS_H
#define CANTEEN_TEMPLATE_FIELDS_H

#include "shape/origin.h"
#include "template/tval.h"

/* What the row has under the name: a field; of models also `pk`, `author_id` beside `author`, and get_status_display
 * of a field with choices. UNSET: nothing. What is not loaded yet is loaded. */
ct_tval ct_row_field(ct_renderer *r, const ct_row *row, ct_str name);

/* How the row is called: its method __str__, the display of its model, "Post object (7)" of a model without. UNSET: of
 * a shape without __str__. */
ct_tval ct_row_name(ct_renderer *r, const ct_row *row);

/* Two of one model with the same key, though they have been loaded twice. */
bool ct_rows_same(const ct_row *a, const ct_row *b);
uint64_t ct_row_hash(const ct_row *row);

/* Whether all columns are loaded, so that reading one asks nobody. */
static inline bool ct_row_is_loaded(const ct_row *row)
{
    return !row->origin || !row->origin->missing;
}

#endif
