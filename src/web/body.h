/* The inside of bodies, for those who take one apart as it comes. */
#ifndef CANTEEN_WEB_BODY_H
#define CANTEEN_WEB_BODY_H

#include "web/ct.h"

/* Reads up to `size` bytes of the body, at least one; false at its end. Ends the request where the body is malformed,
 * too slow or cut. Whoever begins sets c->body_streamed. */
bool ct_body_piece(ct *c, void *data, size_t size, size_t *ret_size);

#endif
