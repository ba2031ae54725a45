/* Lists of names and values: query strings, bodies of application/x-www-form-urlencoded, and cookies once parsed.
 *
 * A ct_params keeps every pair in the order it came; a name may come several times. Names and values are valid UTF-8
 * with a NUL after them, so `.data` is a C string. All memory is the arena's. Looking up is a walk along the list while
 * it is short, and by a hash (seeded per process) beyond. */
#ifndef CANTEEN_PROTO_FORM_H
#define CANTEEN_PROTO_FORM_H

#include "base/arena.h"
#include "base/common.h"
#include "base/error.h"
#include "base/str.h"

typedef struct ct_param {
    ct_str name, value;
    uint32_t next; /* index + 1 of the next pair of this name, 0: none; set where there are slots */
} ct_param;

/* Zeroed memory is an empty list. */
typedef struct ct_params {
    ct_param *items;
    uint32_t count;
    uint32_t mask;   /* of slots */
    uint32_t *slots; /* index + 1 of the first pair of a name, 0: empty; NULL while the list is short */
} ct_params;

typedef struct ct_params_limits {
    uint32_t count;  /* pairs, 0: CT_PARAMS_COUNT; at most 2^24 */
    int over_status; /* when there are more: 400 for a query, 413 for a form; 0: 400 */
} ct_params_limits;
#define CT_PARAMS_COUNT 1000

/* Parses "a=1&b=x+y&a=%41" (the URL Standard's application/x-www-form-urlencoded, read strictly). Pairs are parted by
 * '&' alone (';' is data), empty ones are skipped, "a" is "a=", "=b" has the name "", '+' is a space.
 * `limits` NULL: the defaults. False with a message that names the field where it is known, and status 400 (a malformed
 * escape, NUL, invalid UTF-8: refused, see proto/url.h), limits->over_status, or 500 (the arena's limit is passed).
 * *ret is then left alone. `text` is not needed afterwards. Takes time linear in the text. */
bool ct_params_parse(ct_arena *arena, ct_str text, const ct_params_limits *limits, ct_params *ret, ct_error *error);

/* The first value of that name, as Werkzeug's args.get() (Django's QueryDict gives the last), or NULL. Names compare
 * byte for byte. */
const char *ct_params_get(const ct_params *params, const char *name);

/* Every value of that name in order, ending in NULL: an empty list if there is none. NULL: the arena's limit is
 * passed. */
const char *const *ct_params_all(ct_arena *arena, const ct_params *params, const char *name);

/* For those who fill items and count themselves: makes the slots that a long list needs. False: the arena's limit. */
bool ct_params_index(ct_arena *arena, ct_params *params);

#endif
