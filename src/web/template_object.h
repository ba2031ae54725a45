/* Objects of templates that are asked of a request: `request`, `session` and what they lead to. */
#ifndef CANTEEN_WEB_TEMPLATE_OBJECT_H
#define CANTEEN_WEB_TEMPLATE_OBJECT_H

#include "template/render.h"

typedef struct ct_work_object {
    ct_tobject head;
    ct *c;
} ct_work_object;

/* An object of the class, for as long as the render lasts. */
static inline ct_tval ct_work_object_new(ct_renderer *r, ct *c, const ct_tclass *class)
{
    ct_work_object *object = ct_render_take(r, sizeof(*object));
    *object = (ct_work_object){ .head = { .class = class }, .c = c };
    return ct_t_object(&object->head);
}

static inline ct *ct_work_object_of(ct_tobject *head)
{
    return CT_CONTAINER(head, ct_work_object, head)->c;
}

/* What get(key, default) gives: what was found, or args[2], or None. */
static inline ct_tval ct_found_or_default(ct_tval found, const ct_tval *args)
{
    if (found.type != CT_T_UNSET)
        return found;
    return args[2].type == CT_T_UNSET ? ct_t_none() : args[2];
}

#endif
