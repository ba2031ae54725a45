/* Escaping for HTML, and back. */
#ifndef CANTEEN_TEMPLATE_ESCAPE_H
#define CANTEEN_TEMPLATE_ESCAPE_H

#include "base/buffer.h"
#include "base/str.h"
#include "template/tval.h"

/* Appends the text with & < > " ' written as entities, as MarkupSafe writes them (&#34; &#39;) or, with `django`, as
 * Django does (&quot; &#x27;). */
void ct_escape_write(ct_buffer *out, ct_str text, bool django);

/* How many bytes stand before the first that is escaped; all of them when none is. */
size_t ct_escape_clean(ct_str text);

/* str(v) as safe text: escaped, or as it is when it was safe already. Text without special characters is not copied. */
ct_tval ct_escape_text(ct_renderer *r, ct_tval v, bool django);

/* Appends the text with its character references replaced by what they stand for, by the rules of HTML 5: all of its
 * names, numbers, and what it says about those that are not well formed. */
void ct_unescape_write(ct_buffer *out, ct_str text);

#endif
