/* The schema as a value: which models there are at a point of the history, as far as the database is concerned.
 *
 *   graph (today's models) ──> state <── operations of migrations, one after the other
 *                                 └──> ddl (tables, db/ddl.h)      └──> autodetect (what has changed)
 *
 * A model of a state is constant: a change makes a new one, so that states of neighbouring moments share what is equal,
 * and an older state is still good. Fields are ct_field with what makes their columns and nothing else; the shapes that
 * `to` and `through` point to have a name alone, the label of the model. Memory is an arena's without a limit. */
#ifndef CANTEEN_DB_STATE_H
#define CANTEEN_DB_STATE_H

#include "base/arena.h"
#include "base/error.h"
#include "canteen/migration.h"
#include "db/graph.h"
#include "db/kinds.h"

typedef struct ct_state_model {
    const char *app, *name, *label; /* "polls", "Question", "polls.Question" */
    const char *table;              /* "polls_question" */
    const ct_field *fields;         /* those with a column, and many_to_many */
    size_t field_count;
    const ct_index *indexes;
    size_t index_count;
    const ct_check *checks;
    size_t check_count;
    const char *given_table; /* .table, or NULL */
    const char *comment;
    const char *database; /* alias, or NULL */
    bool unmanaged;
} ct_state_model;

typedef struct ct_state {
    ct_arena *arena;
    const ct_state_model **models;
    size_t count;
} ct_state;

/* The models of today. */
ct_state ct_state_of_graph(const ct_graph *graph, ct_arena *arena);
/* Without any model. */
ct_state ct_state_empty(ct_arena *arena);
/* NULL when there is none. */
const ct_state_model *ct_state_find(const ct_state *state, const char *label);

/* The state after an operation of the app. False when it does not fit what is there: what is wrong is in `error`. Of
 * SEPARATE the operations on the state. */
bool ct_state_apply(const ct_state *before, const char *app, const ct_operation *operation, ct_state *ret_after,
                    ct_error *error);

/* The first field of the app (NULL: of any) that leads to a model which there is not: its model in `ret_model`, its
 * label in `ret_label`. NULL: none does. */
const ct_field *ct_state_lost_reference(const ct_state *state, const char *app, const ct_state_model **ret_model,
                                        const char **ret_label);

/* ---- models ---- */

const ct_field *ct_state_field(const ct_state_model *model, const char *name);
/* Reads as a list of names, as an index has them: false at the end. Expressions in parentheses come whole. */
typedef struct ct_state_name {
    ct_str name; /* without '-', spaces, and what is said of NULLs */
    bool descending;
    int nulls; /* first (-1), last (1), or wherever they come */
} ct_state_name;
bool ct_state_next_name(ct_str *rest, ct_state_name *ret);
/* "question_id". NULL of a many_to_many, which has none. */
const char *ct_state_column(ct_arena *arena, const ct_field *field);
static inline bool ct_field_is_ref(const ct_field *field)
{
    return ct_kind_is_ref(field->kind);
}
/* The kind of the values of a column: of a ref that of the key it holds. */
static inline ct_kind ct_field_value_kind(const ct_field *field)
{
    return ct_kind_of_key(field->kind);
}
/* The key of the model where it is one field, else NULL. */
const ct_field *ct_state_key(const ct_state_model *model);
/* The table of a many_to_many, as a model "polls.Question.tags": id, and a ref each way. NULL where it goes through a
 * model. */
const ct_state_model *ct_state_between(const ct_state *state, const ct_state_model *model, const ct_field *field);

/* The same columns as far as the database sees; defaults of C are none of its business. */
bool ct_state_field_equal(const ct_field *a, const ct_field *b);
bool ct_state_index_equal(const ct_index *a, const ct_index *b);
bool ct_state_check_equal(const ct_check *a, const ct_check *b);
static inline bool ct_text_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

#endif
