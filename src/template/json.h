/* Template values as JSON, as Python's json.dumps() writes them. */
#ifndef CANTEEN_TEMPLATE_JSON_H
#define CANTEEN_TEMPLATE_JSON_H

#include "base/buffer.h"
#include "template/tval.h"

typedef struct ct_json_style {
    bool sort_keys;
    bool ascii;          /* characters beyond ASCII as \u00e9, as Python does unless told otherwise */
    bool pretty;         /* one item a line ... */
    ct_str indent;       /* ... with this before it for each level */
    const char *escaped; /* ASCII characters of text to be written as \u003c; NULL: none but those that JSON needs */
    bool upper;          /* those as \u003C */
} ct_json_style;

/* `tojson`: sorted keys, ASCII, < > & ' escaped, one line. Safe in pages and scripts, and in attributes between '. */
extern const ct_json_style ct_json_for_html;
/* Django's json_script: as it comes, ASCII, > < & escaped. */
extern const ct_json_style ct_json_for_django;

/* Appends the value. Times are written as "2026-11-21T09:30:00Z", with milliseconds where there are any. Fails for what
 * JSON has not: undefined values, functions, rows. */
void ct_tval_write_json(ct_renderer *r, ct_buffer *out, ct_tval v, const ct_json_style *style);

#endif
