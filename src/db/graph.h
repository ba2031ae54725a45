/* The models of a site, resolved: tables, columns, and relations from both sides. Made once at the start, shared by
 * queries, migrations, fixtures and the admin; constant afterwards.
 *
 *   ct_model (declared) ──> ct_table ── columns ── links ──> ct_table of the other side
 *
 * Mistakes of declarations become problems that `check` shows: a reference to a model of no app, a has_many whose field
 * does not exist or refers elsewhere, a ref without on_delete, a text key for an integer ref, two tables of one name,
 * defaults that are no value of their kind, names that a database cannot have. */
#ifndef CANTEEN_DB_GRAPH_H
#define CANTEEN_DB_GRAPH_H

#include "base/arena.h"
#include "base/map.h"
#include "base/problems.h"
#include "canteen/migration.h"
#include "canteen/model.h"

typedef struct ct_table ct_table;
typedef struct ct_link ct_link;

/* A field that has a column. */
typedef struct ct_column {
    const ct_field *field; /* NULL: of a table that many_to_many has made */
    const char *name;      /* of the column */
    ct_kind kind;          /* what its values are: of a ref the kind of the key it holds: integer, uuid or text */
    size_t index;          /* in table->columns */
    uint64_t mask;         /* its bit in a row's nulls, whether it may be null or not; 0: the id of CT_MODEL */
    bool null, key;
    const ct_link *link; /* of ref and one_to_one: where it leads; else NULL */
} ct_column;

typedef enum ct_link_kind {
    CT_LINK_TO_ONE,  /* ref, one_to_one: `from` of this table is `to` of the other */
    CT_LINK_HAS_ONE, /* the other side: `from` is the key of this table, `to` the column of the other one */
    CT_LINK_HAS_MANY,
    CT_LINK_MANY_TO_MANY /* by table->through: from = through_from, through_to = to. From either side */
} ct_link_kind;

struct ct_link {
    const ct_field *field; /* as declared on this side */
    ct_link_kind kind;
    const ct_table *table, *other;
    const ct_column *from, *to;
    const ct_table *through;
    const ct_column *through_from, *through_to;
    const ct_link *reverse; /* declared on the other side, or NULL */
};

struct ct_table {
    const ct_model *model; /* NULL: made by many_to_many; it has columns id, <model>_id, <other>_id */
    const char *app;       /* the name of the app */
    const char *label;     /* "polls.Question" */
    const char *name;      /* of the table: "polls_question" */
    const char *database;  /* the alias */
    const ct_column *columns;
    size_t column_count;
    const ct_column *const *keys; /* the primary key, at least one column */
    size_t key_count;
    const ct_link *links; /* all relations of the model */
    size_t link_count;
    const ct_column *const *referrers; /* columns of all tables that refer to this one, many_to_many tables' too */
    const ct_table *const *referrer_tables;
    size_t referrer_count;
    bool generated_key;    /* one integer key that the database gives */
    bool has_json;         /* a column is of that kind */
    const ct_field *owner; /* of a table made by many_to_many: that field */
};

typedef struct ct_graph {
    const ct_table *const *tables; /* in the order of apps and models, those of many_to_many behind */
    size_t table_count;
    ct_strmap by_label, by_model; /* by_model: the bytes of the pointer */
} ct_graph;

/* An app with models, as the site has them. */
typedef struct ct_graph_app {
    const char *name;
    const ct_model_row *models;
    const ct_migration *const *migrations; /* NULL: none */
} ct_graph_app;

/* False when there were errors. The memory is the arena's and lives as long as the site. */
bool ct_graph_build(ct_graph *graph, const ct_graph_app *apps, size_t app_count, ct_arena *arena,
                    ct_problems *problems);

/* "my_app_post": the table of a model that names none, also of the app "my-app". */
const char *ct_graph_usual_table(ct_arena *arena, const char *app, const char *model);

/* NULL when no app of the site has the model. */
const ct_table *ct_graph_table(const ct_graph *graph, const ct_model *model);
const ct_table *ct_graph_labelled(const ct_graph *graph, const char *label);

/* By the name of the field; NULL when there is none. For a ref both "author" and "author_id" give its column. */
const ct_column *ct_table_column(const ct_table *table, ct_str name);
const ct_link *ct_table_link(const ct_table *table, ct_str name);
/* By where it stands in the row's struct. */
const ct_column *ct_table_column_at(const ct_table *table, size_t offset);
const ct_link *ct_table_link_at(const ct_table *table, size_t link);

/* The value of a column in a row, null told from zero, and back. The value's text is borrowed. */
ct_value ct_column_value(ct *c, const ct_column *column, const ct_row *row);
/* What is written of a value: a decimal has the places that its field says, "1.5" two of them as "1.50", so that it
 * reads the same from both databases. Where digits would be lost it is left to the database. */
ct_value ct_column_stored(ct *c, const ct_column *column, ct_value value);
/* The same for the members of a row that was written. */
void ct_row_stored(const ct_table *table, ct_row *row, uint64_t columns);
bool ct_column_is_null(const ct_column *column, const ct_row *row);
void ct_column_set_null(const ct_column *column, ct_row *row, bool null);

/* The nearest name of a field of the table, for "did you mean"; NULL when none is near. */
const char *ct_table_nearest(const ct_table *table, ct_str name);

#endif
