/* The inside of a request's values, for the other parts of src/web. */
#ifndef CANTEEN_WEB_REQUEST_H
#define CANTEEN_WEB_REQUEST_H

#include "proto/forwarded.h"
#include "web/ct.h"

/* The values of all fields of that name joined with ", ", in any bytes; NULL: there is none. */
const char *ct_request_joined_header(ct *c, ct_str name);
/* The values of all fields of that name, without NULs. False: the request's memory is used up. */
bool ct_request_field_values(ct *c, ct_str name, ct_field_values *ret);

#endif
