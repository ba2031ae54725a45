/* Bytes that nobody can guess, from the system. */
#ifndef CANTEEN_BASE_RANDOM_H
#define CANTEEN_BASE_RANDOM_H

#include "base/common.h"

/* Ends the process where the system has none: what would go on without is worth nothing. */
void ct_random_bytes(void *ret_data, size_t size);

#endif
