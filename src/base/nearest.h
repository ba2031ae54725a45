/* "Did you mean": the known word nearest to one that is not known. */
#ifndef CANTEEN_BASE_NEAREST_H
#define CANTEEN_BASE_NEAREST_H

#include "base/common.h"
#include "base/str.h"

typedef struct ct_nearest {
    const char *word;
    const char *best; /* the nearest so far, NULL: none is near enough to be meant */
    size_t distance;  /* what the next one must stay below */
} ct_nearest;

/* Near enough: one mistake in a word of three letters or more, two from six on, three from ten on. Where more differs
 * the words are like others by chance. */
static inline ct_nearest ct_nearest_to(const char *word)
{
    size_t length = strlen(word);
    return (ct_nearest){ .word = word, .distance = 1u + (length >= 3) + (length >= 6) + (length >= 10) };
}

/* `candidate` is borrowed. Of several that are equally near the first stays. */
static inline void ct_nearest_try(ct_nearest *nearest, const char *candidate)
{
    size_t distance = ct_str_distance(nearest->word, candidate);
    if (distance < nearest->distance) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}

#endif
