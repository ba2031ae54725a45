/* Errors of fields (canteen/errors.h) as answers show them. */
#ifndef CANTEEN_WEB_ERRORS_H
#define CANTEEN_WEB_ERRORS_H

#include "canteen/errors.h"
#include "web/ct.h"

/* "title: This field cannot be blank. Tag with this Name already exists." */
const char *ct_errors_line(const ct_errors *errors);
/* The member "errors" of a problem document. */
ct_value ct_errors_problems(ct *c, const ct_errors *errors);

#endif
