/* Errors of fields: what is wrong with the values of a row or a form, for people and for programs.
 *
 *     ct_errors *errors;
 *     Post *post = ct_try_create(c, &errors, Post, .title = title);
 *     if (!post)
 *         return ct_render(c, "post/new.html", KV("errors", ct_errors_map(c, errors)));
 *
 * Where nobody asks for them they end the request with 422: a problem document (RFC 9457) for programs, with
 * "errors": [{"detail": "This field cannot be blank.", "pointer": "#/title", "code": "required"}], a page for people.
 * Error handlers of the app find them by ct_error_fields(). */
#ifndef CANTEEN_ERRORS_H
#define CANTEEN_ERRORS_H

#include "canteen/common.h"
#include "canteen/value.h"

typedef struct ct_errors ct_errors;

/* No errors yet, in the memory of `c`. */
CT_API ct_errors *ct_errors_new(ct *c);
/* `field` NULL: of the whole row. `code` is a word for programs: required, max_length, min_length, min_value,
 * max_value, max_digits, max_decimal_places, max_whole_digits, invalid, invalid_choice, unique, check, null,
 * does_not_exist; both are borrowed. */
CT_API void ct_errors_add(ct_errors *errors, const char *field, const char *code, const char *format, ...)
    CT_PRINTF(4, 5);

typedef struct ct_field_error {
    const char *field, *code, *message;
} ct_field_error;
/* NULL has none. */
CT_API size_t ct_errors_count(const ct_errors *errors);
/* An index below the count; beyond, it aborts. */
CT_API ct_field_error ct_errors_at(const ct_errors *errors, size_t index);
/* {"title": ["..."], "": ["..."]}, for templates and JSON; the messages of the whole row under "". */
CT_API ct_map *ct_errors_map(ct *c, const ct_errors *errors);

/* Ends the request with 422 and these errors. */
CT_API CT_NORETURN void ct_abort_errors(ct *c, const ct_errors *errors);
/* In an error handler: the errors that are being answered; NULL where there are none. */
CT_API const ct_errors *ct_error_fields(ct *c);

#endif
