/* Statements that make and change tables.
 *
 *   state ──> ct_ddl_schema (tables as the database has them: columns, indexes, foreign keys, checks, by name)
 *   before, after ──> ct_ddl_change() ──> ct_script: the statements that lead from one to the other
 *
 * There is one way to every change: the schemas of two states are compared, and what differs is altered. So an
 * operation has no SQL of its own, its way back is the same call with the states exchanged, and tables made from
 * scratch are the change from nothing. Names of indexes and constraints follow from the names of tables and columns
 * alone; where these are renamed, those are too.
 *
 * PostgreSQL alters tables in place. SQLite can rename, add simple columns and change indexes; for the rest the table
 * is made anew under another name, filled, and takes the place of the old one, with foreign keys switched off outside
 * of the transaction (https://sqlite.org/lang_altertable.html, 7: the twelve steps). */
#ifndef CANTEEN_DB_DDL_H
#define CANTEEN_DB_DDL_H

#include "base/buffer.h"
#include "db/state.h"

typedef struct ct_ddl ct_ddl;
extern const ct_ddl ct_ddl_sqlite, ct_ddl_postgres;

/* ---- scripts ---- */

typedef enum ct_step_kind {
    CT_STEP_SQL,
    CT_STEP_SCRIPT,        /* of the program: several statements maybe */
    CT_STEP_RUN,           /* a function of the program */
    CT_STEP_KEEP_TRIGGERS, /* of `table`, which will be made anew: remembered ... */
    CT_STEP_MAKE_TRIGGERS, /* ... and made again */
    CT_STEP_DROP_INVALID   /* what a CREATE INDEX CONCURRENTLY that failed has left: an index called `table` */
} ct_step_kind;

/* What a statement does to those who use the table meanwhile. */
typedef enum ct_step_impact {
    CT_IMPACT_NONE,
    CT_IMPACT_SCANS,   /* nobody writes while all rows are read */
    CT_IMPACT_REWRITES /* nobody reads or writes while all rows are written anew */
} ct_step_impact;

typedef struct ct_step {
    ct_step_kind kind;
    ct_step_impact impact;
    const char *sql;   /* NULL of the others */
    const char *table; /* of triggers and impacts */
    const char *note;  /* of the first of an operation: what that is, for people; else NULL */
    ct_migration_function *run;
    const ct_state *state; /* of RUN: the models as they are then */
} ct_step;

typedef struct ct_script {
    ct_arena *arena;
    const ct_ddl *ddl;
    const char *database; /* the alias it is for: models of others are passed over */
    bool not_atomic;      /* there is no transaction around it */
    ct_step *steps;
    size_t count;
} ct_script;

ct_script ct_script_begin(ct_arena *arena, const ct_ddl *ddl, const char *database);
void ct_script_add(ct_script *script, const char *format, ...) CT_PRINTF(2, 3);
void ct_script_add_heavy(ct_script *script, ct_step_impact impact, const char *table, const char *format, ...)
    CT_PRINTF(4, 5);
void ct_script_step(ct_script *script, ct_step step);

/* Adds what leads from one state to the other. `operation` (NULL: none) tells what is renamed, what new columns are
 * filled with, and whether indexes are made concurrently; `backwards`: the states are exchanged. */
void ct_ddl_change(ct_script *script, const ct_state *before, const ct_state *after, const char *app,
                   const ct_operation *operation, bool backwards);

/* ---- tables as the database has them ---- */

typedef struct ct_ddl_column {
    const char *key; /* what it is known by, whatever its name: the field's name */
    const char *name, *type, *collation, *db_default, *generated, *comment;
    bool virtual_column, null, identity;
    const ct_field *field;
} ct_ddl_column;

typedef struct ct_ddl_index {
    const char *key;
    const char *name;
    const char *columns; /* SQL: "a", "b" DESC */
    const char *include; /* SQL, or NULL */
    const ct_index *index;
} ct_ddl_index;

typedef struct ct_ddl_reference {
    const char *key;
    const char *name, *column, *table, *to; /* "question_id", "polls_question", "id" */
    ct_on_delete on_delete;
} ct_ddl_reference;

typedef struct ct_ddl_check {
    const char *key, *name, *sql;
} ct_ddl_check;

typedef struct ct_ddl_table {
    const char *label; /* of its model */
    const char *name, *key_name, *comment;
    ct_ddl_column *columns;
    ct_ddl_index *indexes;
    ct_ddl_reference *references;
    ct_ddl_check *checks;
    size_t column_count, index_count, reference_count, check_count;
} ct_ddl_table;

typedef struct ct_ddl_schema {
    ct_ddl_table **tables;
    size_t count;
} ct_ddl_schema;

/* Those tables of the state that migrations care for, in its order, each followed by those of its many_to_many. */
ct_ddl_schema ct_ddl_describe(const ct_ddl *ddl, const ct_state *state, const char *database);

/* The names of an index and of a foreign key's constraint, for those who tell errors by them: as in the database. */
const char *ct_ddl_index_name(ct_arena *arena, const ct_state_model *model, const ct_index *index);
const char *ct_ddl_reference_name(ct_arena *arena, const ct_state_model *model, const ct_field *field);

/* One table before and after; NULL: it is made, or goes. */
typedef struct ct_ddl_pair {
    const ct_ddl_table *before, *after;
} ct_ddl_pair;

/* What new columns get in rows that are there. */
typedef struct ct_ddl_fill {
    const ct_field *field; /* which the operation is about, or NULL */
    const char *label;
    const char *text, *sql;
    bool concurrently;
} ct_ddl_fill;

struct ct_ddl {
    const char *name;
    /* "varchar(200)" */
    void (*type)(ct_buffer *out, const ct_field *field, const ct_field *target);
    /* A value that is written as text, as SQL. */
    void (*literal)(ct_buffer *out, const ct_field *field, const char *text);
    const char *(*now)(ct_kind kind);
    const char *uuid; /* an expression that makes a random one */
    void (*change)(ct_script *script, const ct_ddl_pair *pairs, size_t count, const ct_ddl_fill *fill);
};

/* ---- for the dialects ---- */

const char *ct_ddl_quoted(ct_arena *arena, const char *name);
/* 'text' */
void ct_ddl_text(ct_buffer *out, const char *text);
const ct_ddl_column *ct_ddl_column_by_key(const ct_ddl_table *table, const char *key);
const ct_ddl_index *ct_ddl_index_by_key(const ct_ddl_table *table, const char *key);
const ct_ddl_reference *ct_ddl_reference_by_key(const ct_ddl_table *table, const char *key);
const ct_ddl_check *ct_ddl_check_by_key(const ct_ddl_table *table, const char *key);
/* All but names and comments. */
bool ct_ddl_column_equal(const ct_ddl_column *a, const ct_ddl_column *b);
bool ct_ddl_keys_equal(const ct_ddl_table *a, const ct_ddl_table *b);
/* The columns of the primary key: "a", "b" */
const char *ct_ddl_key_columns(ct_arena *arena, const ct_ddl_table *table);
size_t ct_ddl_key_count(const ct_ddl_table *table);
/* What rows that are there get in a column of the table, as SQL; NULL: nothing is known. */
const char *ct_ddl_fill_of(const ct_script *script, const ct_ddl_table *table, const ct_ddl_column *column,
                           const ct_ddl_fill *fill);
/* "CASCADE", or NULL where the database does nothing. */
const char *ct_ddl_action(ct_on_delete on_delete);

/* ---- without migrations ---- */

/* Makes all tables of today's models on a database (NULL: the default one), which must have none of them, in one
 * transaction: for tests. False with `error` filled. */
bool ct_ddl_create_all(ct *c, const char *alias, ct_error *error);

#endif
