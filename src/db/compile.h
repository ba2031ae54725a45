/* The compiler of queries: what is to be read becomes one statement, kept under the shape of the query.
 *
 *   ct_reading ── walk 1: signature, parameters ──> cache ──> ct_compiled ──> run
 *                                                    │ miss
 *                                                    └── walk 2: the text, joins, columns ──> ct_compiled
 *
 * Both walks are the same code over the struct of the query: ct_query_walk has the signature, the parameters and, in
 * the second walk, the text. What decides the text goes into the signature (ct_walk_mark), values become
 * parameters in both walks and in the same order. The second walk finds the parameters a second time and so numbers
 * them as the first did.
 *
 * A scope is one SELECT: its table and the tables that are joined to it, each path once. */
#ifndef CANTEEN_DB_COMPILE_H
#define CANTEEN_DB_COMPILE_H

#include "db/sql.h"

#define CT_QUERY_JOINS 32 /* of one SELECT */
#define CT_QUERY_DEPTH 32 /* of relations and groups within each other */
#define CT_QUERY_NODES 16 /* rows that one row of a result has joined to it */
#define CT_QUERY_TERMS 16 /* of an order */

/* ---- what is to be read ---- */

typedef enum ct_reading_form {
    CT_READ_ROWS,
    CT_READ_COUNT,
    CT_READ_EXISTS,
    CT_READ_VALUES,   /* the columns of `fields` */
    CT_READ_AGGREGATE /* the fields of `shape` */
} ct_reading_form;

typedef struct ct_reading {
    ct_reading_form form;
    const ct_table *table;
    const void *query;  /* NULL: no conditions */
    ct_query_head head; /* its options, which may differ from those of `query` */
    ct_given *place;    /* or NULL */
    bool keyed;         /* the order ends with the key, so that it is a total one */
    bool reversed;      /* from the end: of ct_last() and .before */
    const char *fields;
    const ct_shape *shape;
    /* Rows whose column is one of these values; of a many_to_many those linked to them, with the key that links first
     * in the result. */
    const ct_column *in;
    const ct_link *through;
    const ct_value *keys;
    size_t key_count;
    ct_arena *arena; /* where the rows go; NULL: the request's */
} ct_reading;

/* ---- what becomes of it ---- */

/* A row in a row of the result: the model's own is the first, behind it those that `.with` has joined. */
typedef struct ct_node {
    const ct_table *table;
    const ct_link *link; /* of the parent; NULL: the first */
    size_t parent;
    const ct_column *const *columns;
    const ct_db_place *places; /* of the columns */
    size_t column_count;
    uint64_t missing; /* columns that are not in it */
} ct_node;

/* A column of ct_values() and ct_aggregate(). */
typedef struct ct_output {
    const char *name;      /* as asked for: "author.username" */
    ct_kind kind, element; /* CT_KIND_value: as what it is */
    const ct_field *field; /* of an aggregate's shape */
    const char *sql;       /* while it is compiled */
} ct_output;

typedef struct ct_compiled {
    const char *sql;
    uint64_t id;
    size_t parameters;
    bool once; /* not kept: not worth preparing */
    ct_node *nodes;
    size_t node_count;
    const char *const *later; /* paths of .with that are loaded by queries of their own: "tags", "tags.owner" */
    size_t later_count;
    ct_output *outputs;
    size_t output_count;
    ct_str signature;
} ct_compiled;

/* ---- the walk ---- */

typedef struct ct_join {
    const ct_link *link;
    size_t parent; /* join + 1; 0: the scope's own table */
    size_t alias;
    bool inner;
    bool between; /* of a many_to_many: the table in between, which the other side is joined to */
} ct_join;

typedef struct ct_scope {
    const ct_table *table;
    size_t alias;
    ct_join joins[CT_QUERY_JOINS];
    size_t join_count;
    size_t copies; /* of each row, with numbers from 1: .union_all; 0: it is there once */
} ct_scope;

struct ct_query_walk {
    ct_sql *sql; /* the parameters, and the text when `writing` */
    bool writing;
    bool plain;       /* no joins: conditions of an UPDATE or DELETE */
    const char *root; /* how the first table is called; NULL: t0 */
    const ct_reading *reading;
    const ct_given *place;
    ct_buffer signature;
    size_t aliases; /* given so far */
    size_t depth;
};
typedef struct ct_query_walk ct_query_walk;

/* Into the signature: a number below 65,536. */
static inline void ct_walk_mark(ct_query_walk *walk, size_t number)
{
    uint16_t mark = (uint16_t)number;
    if (!walk->writing)
        ct_buffer_append(&walk->signature, &mark, sizeof(mark));
}
/* The place of the query, for messages: "blog.c:12". */
const char *ct_walk_place(const ct_query_walk *walk);
/* "t3"; in the arena. */
const char *ct_walk_alias(ct_query_walk *walk, size_t alias);
/* t3."title"; in the arena. */
const char *ct_walk_column(ct_query_walk *walk, size_t alias, const ct_column *column);
/* A parameter; returns its number. ct_walk_parameter() writes it too. */
size_t ct_walk_bind(ct_query_walk *walk, ct_value value, ct_kind kind, ct_kind element);
void ct_walk_parameter(ct_query_walk *walk, ct_value value, ct_kind kind);
void ct_walk_add(ct_query_walk *walk, const char *literal);
/* One level further in, and out; aborts where it is too deep. */
void ct_walk_deeper(ct_query_walk *walk);

/* ---- where.c ---- */

/* The conditions of the query, groups and sets among them, as one condition; false, and nothing written, where there
 * are none. `inner`: a join that they need may leave out rows without the other one. */
bool ct_walk_conditions(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                        bool inner);
/* Its parts: all but the sets, counted in `count`; one query in brackets, TRUE where it has no conditions; the members
 * of a group with a word between them, FALSE where there are none; the sets, which are sets.c's. */
void ct_walk_beside(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                    bool inner, size_t *count);
void ct_walk_inside(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                    bool inner);
void ct_walk_group(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *group,
                   bool inner, const char *word);
/* Its first member. */
const char *ct_walk_group_first(const ct_query_walk *walk, const ct_table *table, const void *group);
/* Aborts where a WHERE() is of another model than the table's. */
void ct_walk_check_where(ct *c, const char *place, const ct_table *table, const void *query);
void ct_walk_sets(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query);
/* `expression` is one of the values: IN. */
void ct_walk_in(ct_query_walk *walk, const char *expression, const ct_column *column, const ct_value *values,
                size_t count);

/* ---- join.c ---- */

/* The alias of what is behind the link of `alias`. */
size_t ct_scope_join(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_link *link, bool inner);
/* The other side of a many_to_many where the scope's table is the one in between. */
size_t ct_scope_join_behind(ct_query_walk *walk, ct_scope *scope, const ct_link *link);
/* Joins the table in between to that of the other side: the scope's first join. */
void ct_scope_between(ct_query_walk *walk, ct_scope *scope, const ct_link *link);
/* FROM and the joins. */
void ct_scope_from(ct_query_walk *walk, const ct_scope *scope, ct_buffer *out);
/* The column at the end of "author.profile.city", joined as needed; aborts where there is none. A relation at the end
 * is the key behind it. `what` is the option it stands in; `many`: relations to many rows are fine. NULL `ret_alias`:
 * only looks. */
const ct_column *ct_scope_path(ct_query_walk *walk, ct_scope *scope, ct_str path, const char *what, bool many,
                               size_t *ret_alias);
/* A link by its name; aborts where there is none. */
const ct_link *ct_scope_link(ct_query_walk *walk, const ct_table *table, ct_str name, const char *what);
CT_NORETURN void ct_scope_unknown(ct_query_walk *walk, const ct_table *table, ct_str name, const char *what);

/* ---- order.c ---- */

typedef enum ct_order_function {
    CT_ORDER_PLAIN,
    CT_ORDER_LOWER,
    CT_ORDER_UPPER,
    CT_ORDER_LENGTH,
    CT_ORDER_ABS,
    CT_ORDER_RANDOM
} ct_order_function;

typedef struct ct_order_term {
    ct_str path;
    ct_order_function function;
    bool descending;
    int nulls; /* -1 first, 1 last, 0: as the database has it */
    const ct_column *column;
    const char *sql; /* when writing */
} ct_order_term;

typedef struct ct_order {
    ct_order_term terms[CT_QUERY_TERMS];
    size_t count;
} ct_order;

void ct_order_read(ct_query_walk *walk, ct_scope *scope, ct_order *order);
void ct_order_write(ct_query_walk *walk, const ct_order *order, bool reversed);

/* ---- paging.c ---- */

/* .after or .before this row as a condition. */
void ct_walk_page(ct_query_walk *walk, const ct_order *order, const ct_row *row, bool before);

/* ---- select.c ---- */

ct_reading ct_reading_of(ct *c, const ct_model *model, const void *query, ct_given *given);
/* Compiles, or finds what has been compiled; the statement's parameters are in `walk`, which the caller keeps till it
 * has run. */
const ct_compiled *ct_query_compile(ct *c, ct_query_walk *walk, const ct_reading *reading, const ct_db_entry *entry);
/* The table of a model; aborts where no app has it. */
const ct_table *ct_table_of(ct *c, const ct_model *model, const ct_given *place);

/* ---- load.c ---- */

/* What the rows of a compiled reading go into. */
typedef struct ct_loader {
    ct_db_sink sink;
    ct *c;
    ct_arena *arena;
    const ct_compiled *compiled;
    ct_rows *lists[CT_QUERY_NODES]; /* of each node's rows; the first has those of the reading */
    ct_load_target *targets;        /* one for each node */
    const ct_link *through;         /* the first column of the result is the key that links; it goes into `keys` */
    ct_value *keys;                 /* of the rows of the first list */
    size_t key_capacity;
    const char *error; /* what did not fit, or NULL */
    const ct_column *error_column;
} ct_loader;
void ct_loader_begin(ct_loader *loader, ct *c, const ct_compiled *compiled, ct_db_entry *entry,
                     const ct_reading *reading);
/* A list of rows of a model in an arena. */
ct_rows *ct_rows_for(ct *c, ct_arena *arena, const ct_table *table);
/* Aborts where a row did not fit. */
void ct_loader_end(ct_loader *loader);

/* The pointer of a link in a row, and whether it has been loaded. */
void *ct_link_pointer(const ct_link *link, const ct_row *row);
void ct_link_set(const ct_link *link, ct_row *row, void *pointer);
bool ct_link_loaded(const ct_link *link, const ct_row *row);

/* ---- query.c ---- */

/* A walk with the memory of small queries; on the stack, till the statement has run. */
typedef struct ct_query_memory {
    ct_query_walk walk;
    ct_sql sql;
    ct_value values[12];
    ct_kind kinds[24];
    char signature[256];
} ct_query_memory;
ct_query_walk *ct_query_begin(ct_query_memory *memory, ct *c);
/* The statement of a compiled reading, for the very database that it was compiled for: replicas take turns. */
ct_db_request ct_query_request(const ct_query_memory *memory, const ct_compiled *compiled, const ct_reading *reading,
                               const ct_db_entry *entry);

/* Reads rows into a list, with what `.with` asks for. With `through` the keys that link, one for each row. */
ct_rows *ct_read_rows(ct *c, const ct_reading *reading, const ct_value **ret_keys);

/* ---- key.c ---- */

/* The bytes of a key, which may be those of the value itself, or in the arena. `padded`: spaces at its end do not
 * count. */
ct_str ct_key_bytes(ct *c, ct_arena *arena, const ct_value *key, bool padded);
bool ct_key_padded(ct *c, const ct_table *table, const ct_column *column);
/* Of either side. */
bool ct_link_padded(ct *c, const ct_link *link);

/* ---- related.c ---- */

/* Loads the relations of a path ("tags.owner") for all rows of the list. */
void ct_load_path(ct *c, ct_rows *list, const ct_table *table, const char *path, const ct_given *place);

#endif
