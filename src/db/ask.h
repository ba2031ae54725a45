/* Conditions on models in a line of text, for people at a prompt:
 *
 *     Post views>100 title~hello author.username=ada order -published limit 5
 *
 *   line ──> ct_ask ──> the struct that ct_select(c, Post, ...) makes ──> db/query.c
 *
 * So a condition means what it means in C. A line is the name of a model and then, in any order:
 *
 *     path OP value       a condition; several are all to be met; `or`, `not` and parentheses as usual
 *     order NAME...       '-' in front: descending
 *     limit N, offset N
 *     show PATH...        these in place of all columns, also through relations to one row
 *     count, distinct
 *
 * A path is a field, or leads there through relations with dots; of dates and moments .year .month .day .quarter
 * .week .week_day .hour .minute .second go on from there, and of json the names within; `pk` is the key. OP is = != <
 * <= > >=, ~ !~ (has it in it, whatever the case), ^= $= (begins, ends so), =~ (regular expression). A value is a word
 * or in quotes, which are doubled within; a,b,c is any of these, 1..9 from one to the other, null is NULL. An array = x
 * has it among its elements. */
#ifndef CANTEEN_DB_ASK_H
#define CANTEEN_DB_ASK_H

#include "base/error.h"
#include "db/graph.h"

#define CT_ASK_DEPTH 16 /* of parentheses and relations within each other */

typedef struct ct_ask {
    const ct_table *table;
    void *query;        /* T_query */
    const char *fields; /* as ct_values() takes them; never NULL */
    bool count;
    size_t at; /* of an error: its place in the line, in bytes */
} ct_ask;

/* False with what is wrong in `error`, in one line. Memory is the arena's, which has no limit. */
bool ct_ask_read(const ct_graph *graph, ct_arena *arena, const char *line, ct_ask *ret, ct_error *error);

/* The table of a model: "Post", "blog.Post", in any case where only one is meant so. NULL: none or several. */
const ct_table *ct_ask_table(const ct_graph *graph, ct_str name);
/* The nearest name of a model, or NULL. */
const char *ct_ask_nearest_table(const ct_graph *graph, ct_arena *arena, ct_str name);
/* The table at the end of the relations of a path; `*ret_last` is what is behind the last dot. NULL: there is none. */
const ct_table *ct_ask_walk(const ct_table *table, ct_str path, ct_str *ret_last);

/* ---- ask_value.c ---- */

typedef enum ct_ask_operator {
    CT_ASK_EQ,
    CT_ASK_NE,
    CT_ASK_LT,
    CT_ASK_LE,
    CT_ASK_GT,
    CT_ASK_GE,
    CT_ASK_HAS,
    CT_ASK_HAS_NOT,
    CT_ASK_STARTS,
    CT_ASK_ENDS,
    CT_ASK_REGEX
} ct_ask_operator;

typedef struct ct_ask_value {
    ct_str text;
    bool quoted;
} ct_ask_value;

/* A condition as it was written, its column found. */
typedef struct ct_ask_condition {
    const ct_column *column;
    ct_op part;       /* CT_OP_YEAR ..., or CT_OP_NONE */
    const char *path; /* within json, else NULL */
    ct_ask_operator op;
    const ct_ask_value *values;
    size_t count;
    bool range; /* two values, from one to the other; one of them may be empty */
} ct_ask_condition;

/* Writes the condition into the struct of a query of the column's table. `*ret_not`: what is asked is the contrary of
 * what was written. */
bool ct_ask_fill(const ct_ask_condition *condition, void *query, bool *ret_not, ct_arena *arena, ct_error *error);

#endif
