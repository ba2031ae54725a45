/* The graph while it is made: for db/graph.c and db/graph_check.c. */
#ifndef CANTEEN_DB_GRAPH_BUILD_H
#define CANTEEN_DB_GRAPH_BUILD_H

#include "db/graph.h"

typedef struct ct_graph_builder {
    ct_graph *graph;
    ct_table *tables; /* those that the graph points to */
    ct_arena *arena;
    ct_problems *problems;
} ct_graph_builder;

/* "models.c:12: model Post, field author: ..."; `field` NULL: of the whole model. */
void ct_graph_problem(ct_graph_builder *b, const ct_table *table, const ct_field *field, const char *format, ...)
    CT_PRINTF(4, 5);

/* That names are such as databases have, and that options fit the fields they stand at. */
void ct_graph_check(ct_graph_builder *b);

#endif
