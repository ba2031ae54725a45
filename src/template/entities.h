/* The named character references of HTML 5. */
#ifndef CANTEEN_TEMPLATE_ENTITIES_H
#define CANTEEN_TEMPLATE_ENTITIES_H

#include "base/str.h"

typedef struct ct_entity {
    uint32_t codes[2]; /* code points; the second is 0 for most */
    bool bare;         /* may stand without its semicolon */
} ct_entity;

/* By the name between "&" and ";". False when there is none of that name. */
bool ct_entity_find(ct_str name, ct_entity *ret_entity);

#endif
