/* Loops at work: what `loop` and `forloop` are. */
#ifndef CANTEEN_TEMPLATE_LOOP_H
#define CANTEEN_TEMPLATE_LOOP_H

#include "template/nodes.h"

typedef struct ct_loop {
    ct_tobject object;
    ct_seq seq;
    uint32_t index, count; /* index from 0 */
    bool reversed;
    uint32_t depth;    /* of recursive loops, from 0 */
    ct_tval parent;    /* Django's parentloop: what forloop is around it; UNSET where nothing asks for it */
    ct_tlist *changed; /* what loop.changed() was last given; NULL: never */
    const ct_for *code;
    uint64_t frame;           /* of the unit that it runs in: nowhere else can it be called */
    struct ct_states *states; /* what {% ifchanged %} saw in this run of the loop; NULL: nothing yet */
} ct_loop;

extern const ct_tclass ct_loop_class, ct_forloop_class;

/* The place of a name among what loops have to say, from 1; 0: there is no such. And its value. */
uint8_t ct_loop_attribute(ct_str name);
ct_tval ct_loop_get(ct_renderer *r, const ct_loop *loop, uint8_t which);

/* The loop in a value: NULL when it is none. */
static inline ct_loop *ct_loop_of(ct_tval v)
{
    return v.type == CT_T_OBJECT && (v.object->class == &ct_loop_class || v.object->class == &ct_forloop_class)
               ? (ct_loop *)v.object
               : NULL;
}

#endif
