/* Values of templates as values of C, for the functions that apps add and for URLs. The other way is ct_tval_of(). */
#ifndef CANTEEN_WEB_TEMPLATE_VALUES_H
#define CANTEEN_WEB_TEMPLATE_VALUES_H

#include "template/render.h"

/* A value for C that lives as long as the request: text gets its NUL, lists and dictionaries of the template become
 * arrays and maps of `c`. Undefined names, functions, methods and objects are null. Fails for text with a NUL inside,
 * and for a dictionary whose keys are no text, numbers, truths or None. */
ct_value ct_template_value(ct_renderer *r, ct *c, ct_tval v);
/* Text with a NUL behind it. Fails where there is one inside. */
const char *ct_template_text(ct_renderer *r, ct_str text);

#endif
