/* The filters, functions and tests that apps add: their declarations read and checked, their calls. */
#ifndef CANTEEN_WEB_TEMPLATE_FUNCTIONS_H
#define CANTEEN_WEB_TEMPLATE_FUNCTIONS_H

#include "base/problems.h"
#include "canteen/app.h"
#include "template/function.h"
#include "template/template.h"

#define CT_TEMPLATE_PARAMETERS 16

typedef struct ct_template_extras {
    const ct_extra *filters, *functions, *tests;
    size_t filter_count, function_count, test_count;
} ct_template_extras;

/* Those of all apps of the program, as an engine takes them; Canteen's own functions come besides (of these `static` is
 * left to an app that has one of that name). What is wrong with a row is a problem that names its place; the row is
 * then left out. Memory is the arena's, which has no limit and must outlive the engines. Templates that use them must
 * be rendered with a `ct` as the input's user. */
void ct_template_extras_collect(ct_arena *arena, const ct_app *root, ct_template_extras *ret, ct_problems *problems);

/* url_for(endpoint, *values, **named) of templates (template_url.c). */
extern const ct_fn ct_template_url_for;
/* static(path), what {% static %} calls too. */
extern const ct_fn ct_template_static;

#endif
