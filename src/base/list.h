/* A doubly linked ring with links inside the listed structs. The head is a ct_list too; an empty list points to
 * itself, an unlinked node has next == NULL (zeroed memory is an unlinked node). */
#ifndef CANTEEN_BASE_LIST_H
#define CANTEEN_BASE_LIST_H

#include "base/common.h"

typedef struct ct_list {
    struct ct_list *next, *previous;
} ct_list;

static inline void ct_list_init(ct_list *list)
{
    list->next = list->previous = list;
}

static inline bool ct_list_empty(const ct_list *list)
{
    return list->next == list;
}

static inline bool ct_list_linked(const ct_list *node)
{
    return node->next != NULL;
}

/* At the end of the list. */
static inline void ct_list_append(ct_list *list, ct_list *node)
{
    node->previous = list->previous;
    node->next = list;
    list->previous->next = node;
    list->previous = node;
}

static inline void ct_list_remove(ct_list *node)
{
    node->next->previous = node->previous;
    node->previous->next = node->next;
    node->next = node->previous = NULL;
}

/* The first node, unlinked; NULL when empty. */
static inline ct_list *ct_list_take(ct_list *list)
{
    ct_list *node = list->next;
    if (node == list)
        return NULL;
    list->next = node->next;
    node->next->previous = list;
    node->next = node->previous = NULL;
    return node;
}

/* Moves every node of `from` to the end of `to`. */
static inline void ct_list_splice(ct_list *to, ct_list *from)
{
    if (ct_list_empty(from))
        return;
    from->next->previous = to->previous;
    to->previous->next = from->next;
    from->previous->next = to;
    to->previous = from->previous;
    ct_list_init(from);
}

#endif
