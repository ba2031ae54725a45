/* Links for the addresses in a text, as Jinja makes them. */
#ifndef CANTEEN_TEMPLATE_URLIZE_H
#define CANTEEN_TEMPLATE_URLIZE_H

#include "base/buffer.h"
#include "template/tval.h"

typedef struct ct_urlize {
    bool limits;           /* shown addresses are cut ... */
    int64_t limit;         /* ... after so many characters; as Python slices where it is negative */
    ct_str rel, target;    /* attributes, escaped; "" for none */
    const ct_str *schemes; /* further beginnings that make a link */
    uint32_t scheme_count;
} ct_urlize;

/* Appends `html`, which is escaped text, with its URLs and mail addresses as links. Nothing in it that was not a tag
 * becomes one: what is linked has neither < nor > nor quotes but as entities. */
void ct_urlize_write(ct_renderer *r, ct_buffer *out, ct_str html, const ct_urlize *options);

#endif
