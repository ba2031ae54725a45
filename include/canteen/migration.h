/* Migrations: how the tables of an app came to be, step by step, as tables of operations in C.
 *
 *     #include <canteen.h>
 *     #include <canteen/operations.h>           -- the short words; without it they begin with CT_
 *
 *     CT_MIGRATION(polls, 0002_choice_votes,
 *         .after = AFTER("polls.0001_initial"),
 *         .operations = OPERATIONS(
 *             ADD_FIELD("Choice", (integer, votes, .default_value = "0"))));
 *
 * `makemigrations` writes such files into the folder `migrations` beside the app's source, and the list of them in
 * migrations/migrations.c; they are made to be read, reviewed and edited. The app names the list:
 *
 *     CT_MIGRATIONS(polls);                     -- outside of functions
 *     const ct_app polls = { .name = "polls", .models = MODELS(...), .migrations = polls_migrations };
 *
 * which builds before there is any migration as well. docs/migrations.md is the manual.
 *
 * Fields are written as in CT_MODEL, but that other models are named by text: (ref, question, "polls.Question",
 * .on_delete = CT_CASCADE), .through = MODEL("polls.Membership"). Only what makes the column counts: whatever else a
 * field has (help texts, validators) may be left out. The operations, all of the app whose migration it is:
 *
 *     CREATE_MODEL("Choice", fields...)       as CT_MODEL: with the key `id`; options in a row (options, ...)
 *     CREATE_TABLE("Choice", fields...)       as CT_TABLE: the key is among the fields
 *     DROP_MODEL("Choice")                    with all rows
 *     RENAME_MODEL("Choice", "Answer")
 *     ADD_FIELD("Choice", (kind, name, ...))  rows that are there get the default, or .fill = "0" (a value as text), or
 *                                             .fill_sql = "lower(title)" (SQL over the columns that were there before)
 *     REMOVE_FIELD("Choice", "votes")         .fill and .fill_sql are for the way back
 *     ALTER_FIELD("Choice", (kind, name, ...))  the whole field as it is to be; .fill and .fill_sql for NULLs
 *     RENAME_FIELD("Choice", "votes", "points")
 *     ADD_INDEX("Choice", INDEX("question, -votes"))     or UNIQUE("...")
 *     REMOVE_INDEX("Choice", INDEX("question, -votes"))  the same row again
 *     ADD_INDEX_CONCURRENTLY, REMOVE_INDEX_CONCURRENTLY   the same on PostgreSQL without locking writers out, in a
 *                                             migration with .not_atomic = true
 *     ADD_CHECK("Choice", CHECK("votes_positive", "votes >= 0"))
 *     REMOVE_CHECK("Choice", "votes_positive")
 *     ALTER_OPTIONS("Choice", .table = "answers", .comment = "...")   all of them, those not named are unset
 *     RUN_SQL("UPDATE ...", "UPDATE ...")     forwards and backwards; "" does nothing, NULL cannot be undone
 *     RUN(function, reverse)                  void function(ct *c); reverse NULL: cannot be undone; ct_run_nothing
 *     SEPARATE(.state = OPERATIONS(...), .database = OPERATIONS(...))   what the models are told, and what is done */
#ifndef CANTEEN_MIGRATION_H
#define CANTEEN_MIGRATION_H

#include "canteen/common.h"
#include "canteen/database.h"
#include "canteen/model.h"

typedef struct ct_migration ct_migration;

/* The list of an app's migrations, ending in NULL; none at all where no file defines it. */
#define CT_MIGRATIONS(app) extern const ct_migration *const app##_migrations[] __attribute__((weak))

typedef enum ct_operation_kind {
    CT_OPERATION_NONE, /* ends the table */
    CT_OPERATION_CREATE_MODEL,
    CT_OPERATION_DROP_MODEL,
    CT_OPERATION_RENAME_MODEL,
    CT_OPERATION_ADD_FIELD,
    CT_OPERATION_REMOVE_FIELD,
    CT_OPERATION_ALTER_FIELD,
    CT_OPERATION_RENAME_FIELD,
    CT_OPERATION_ADD_INDEX,
    CT_OPERATION_REMOVE_INDEX,
    CT_OPERATION_ADD_CHECK,
    CT_OPERATION_REMOVE_CHECK,
    CT_OPERATION_ALTER_OPTIONS,
    CT_OPERATION_RUN_SQL,
    CT_OPERATION_RUN,
    CT_OPERATION_SEPARATE
} ct_operation_kind;

/* A step of a data migration, in the transaction of its migration. Rows are read and written by ct_past_rows() and its
 * like, for the structs of today's models are not those of then. */
typedef void ct_migration_function(ct *c);

typedef struct ct_operation {
    ct_operation_kind kind;
    const char *model;      /* "Choice" */
    const char *name, *to;  /* of fields and checks; of what is renamed, before and after */
    const ct_field *fields; /* of CREATE_MODEL all, of ADD_FIELD and ALTER_FIELD one; a field without a name ends it */
    const ct_model *options;
    const ct_index *index;
    const ct_check *check;
    const char *fill, *fill_sql;
    bool concurrently;
    const char *forwards, *backwards;
    ct_migration_function *run, *reverse;
    const struct ct_operation *state, *database; /* of SEPARATE: OPERATIONS(...) */
    const char *using; /* of RUN_SQL and RUN: the alias of the database that they are for; NULL: "default" */
} ct_operation;

struct ct_migration {
    const char *name;               /* "0002_choice_votes" */
    const char *const *after;       /* AFTER("polls.0001_initial", ...): those that must have been applied before */
    const char *const *replaces;    /* REPLACES("polls.0001_initial", ...): squashed ones, which it stands for */
    const ct_operation *operations; /* OPERATIONS(...); NULL: none */
    bool initial;                   /* it makes tables that --fake-initial may find made already */
    bool not_atomic;                /* without a transaction around it: for CREATE INDEX CONCURRENTLY and the like */
    const char *file;               /* set by the macro */
    int line;
};

#define CT_MIGRATION(app, name_, ...)                                                                                  \
    extern const ct_migration app##_##name_;                                                                           \
    const ct_migration app##_##name_ = { .name = #name_, .file = __FILE__, .line = __LINE__, __VA_ARGS__ }
#define CT_AFTER(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define CT_REPLACES(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define CT_OPERATIONS(...) ((const ct_operation[]){ __VA_ARGS__, { .kind = CT_OPERATION_NONE } })

/* A model by its label. */
#define CT_PAST_MODEL(label) (&(const ct_shape){ .name = (label) })

#define CT_CREATE_MODEL(of, ...) CT_CREATE_OF(of, CT_PAST_KEY, __VA_ARGS__)
#define CT_CREATE_TABLE(of, ...) CT_CREATE_OF(of, , __VA_ARGS__)
#define CT_PAST_KEY { .name = "id", .kind = CT_KIND_integer, .primary_key = true },
#define CT_CREATE_OF(of, key, ...)                                                                                     \
    {                                                                                                                  \
        .kind = CT_OPERATION_CREATE_MODEL, .model = (of),                                                              \
        .fields = (const ct_field[]){ key CT_FOR_EACH(CT_PAST_FIELD, , __VA_ARGS__){ .name = NULL } },                 \
        .options = &(const ct_model)                                                                                   \
        {                                                                                                              \
            .shape = NULL, CT_FOR_EACH(CT_OPTIONS_OF, , __VA_ARGS__)                                                   \
        }                                                                                                              \
    }
#define CT_DROP_MODEL(of)                                                                                              \
    {                                                                                                                  \
        .kind = CT_OPERATION_DROP_MODEL, .model = (of)                                                                 \
    }
#define CT_RENAME_MODEL(from, to_)                                                                                     \
    {                                                                                                                  \
        .kind = CT_OPERATION_RENAME_MODEL, .model = (from), .to = (to_)                                                \
    }
#define CT_ADD_FIELD(of, field, ...) CT_FIELD_OPERATION(CT_OPERATION_ADD_FIELD, of, field, __VA_ARGS__)
#define CT_ALTER_FIELD(of, field, ...) CT_FIELD_OPERATION(CT_OPERATION_ALTER_FIELD, of, field, __VA_ARGS__)
#define CT_FIELD_OPERATION(kind_, of, field, ...)                                                                      \
    {                                                                                                                  \
        .kind = (kind_), .model = (of), .fields = (const ct_field[]){ CT_PAST_FIELD(, field){ .name = NULL } },        \
        __VA_ARGS__                                                                                                    \
    }
#define CT_REMOVE_FIELD(name_, field, ...)                                                                             \
    {                                                                                                                  \
        .kind = CT_OPERATION_REMOVE_FIELD, .model = (name_), .name = (field), __VA_ARGS__                              \
    }
#define CT_RENAME_FIELD(name_, from, to_)                                                                              \
    {                                                                                                                  \
        .kind = CT_OPERATION_RENAME_FIELD, .model = (name_), .name = (from), .to = (to_)                               \
    }
/* The row in braces, INDEX(...), is an initializer: with its commas it is several arguments. */
#define CT_ADD_INDEX(of, ...) CT_INDEX_OPERATION(CT_OPERATION_ADD_INDEX, of, .concurrently = false, __VA_ARGS__)
#define CT_ADD_INDEX_CONCURRENTLY(of, ...)                                                                             \
    CT_INDEX_OPERATION(CT_OPERATION_ADD_INDEX, of, .concurrently = true, __VA_ARGS__)
#define CT_REMOVE_INDEX(of, ...) CT_INDEX_OPERATION(CT_OPERATION_REMOVE_INDEX, of, .concurrently = false, __VA_ARGS__)
#define CT_REMOVE_INDEX_CONCURRENTLY(of, ...)                                                                          \
    CT_INDEX_OPERATION(CT_OPERATION_REMOVE_INDEX, of, .concurrently = true, __VA_ARGS__)
#define CT_INDEX_OPERATION(kind_, of, how, ...)                                                                        \
    {                                                                                                                  \
        .kind = (kind_), .model = (of), how, .index = (const ct_index[])                                               \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define CT_ADD_CHECK(of, ...)                                                                                          \
    {                                                                                                                  \
        .kind = CT_OPERATION_ADD_CHECK, .model = (of), .check = (const ct_check[])                                     \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define CT_REMOVE_CHECK(name_, check_name)                                                                             \
    {                                                                                                                  \
        .kind = CT_OPERATION_REMOVE_CHECK, .model = (name_), .name = (check_name)                                      \
    }
#define CT_ALTER_OPTIONS(of, ...)                                                                                      \
    {                                                                                                                  \
        .kind = CT_OPERATION_ALTER_OPTIONS, .model = (of), .options = &(const ct_model)                                \
        {                                                                                                              \
            .shape = NULL, __VA_ARGS__                                                                                 \
        }                                                                                                              \
    }
#define CT_RUN_SQL(forwards_, backwards_, ...)                                                                         \
    {                                                                                                                  \
        .kind = CT_OPERATION_RUN_SQL, .forwards = (forwards_), .backwards = (backwards_), __VA_ARGS__                  \
    }
#define CT_RUN(run_, reverse_, ...)                                                                                    \
    {                                                                                                                  \
        .kind = CT_OPERATION_RUN, .run = (run_), .reverse = (reverse_), __VA_ARGS__                                    \
    }
#define CT_SEPARATE(...)                                                                                               \
    {                                                                                                                  \
        .kind = CT_OPERATION_SEPARATE, __VA_ARGS__                                                                     \
    }

/* A field as CT_MODEL reads it, by class (shape.h). */
#define CT_PAST_FIELD(unused, field) CT_PAST_FIELD_1 field
#define CT_PAST_FIELD_1(kind, ...) CT_PASTE(CT_PAST_FIELD_, CT_CLASS_##kind)(kind, __VA_ARGS__)
#define CT_PAST_FIELD_PLAIN(of_kind, field, ...) { .name = #field, .kind = CT_KIND_##of_kind, __VA_ARGS__ },
#define CT_PAST_FIELD_ARRAY(of_kind, field, of_element, ...)                                                           \
    { .name = #field, .kind = CT_KIND_array, .element = CT_KIND_##of_element, __VA_ARGS__ },
#define CT_PAST_FIELD_REF(of_kind, field, label, ...)                                                                  \
    { .name = #field, .kind = CT_KIND_##of_kind, .to = CT_PAST_MODEL(label), __VA_ARGS__ },
#define CT_PAST_FIELD_MANY CT_PAST_FIELD_REF
#define CT_PAST_FIELD_METHOD(...)
#define CT_PAST_FIELD_HAS_MANY(...)
#define CT_PAST_FIELD_HAS_ONE(...)
#define CT_PAST_FIELD_OPTIONS(...)

/* ---- data migrations ----
 *
 *     static void split_names(ct *c)
 *     {
 *         ct_array *people = ct_past_rows(c, "people.Person", "first_name = ?", ARGS(""));
 *         for (size_t i = 0; i < ct_array_count(people); i++) {
 *             const ct_map *person = ct_array_at(people, i).map;
 *             const char *name = ct_map_get(person, "name").text;
 *             ct_past_update(c, "people.Person", ct_object(c, KV("first_name", name)), "id = ?",
 *                            ARGS(ct_map_get(person, "id")));
 *         }
 *     }
 *
 * Models are those of the moment in the history at which the function runs, named by their labels; fields by their
 * names (a ref also as name_id). `where` is SQL over the columns with `?` for the arguments, NULL: every row. Another
 * name of a model or field aborts with the nearest one. Outside of RUN these abort. */

/* Maps of all fields of the rows, ordered by the key. */
CT_API ct_array *ct_past_rows(ct *c, const char *model, const char *where, ct_sql_args args);
/* Sets the fields of the map; returns how many rows were changed. */
CT_API int64_t ct_past_update(ct *c, const char *model, const ct_map *set, const char *where, ct_sql_args args);
/* A new row. Fields that are not in the map get the default of then, or NULL. Returns the key, where it is one integer
 * that the database gives, else null. */
CT_API ct_value ct_past_insert(ct *c, const char *model, const ct_map *values);
CT_API int64_t ct_past_delete(ct *c, const char *model, const char *where, ct_sql_args args);
/* The names of its table and of a field's column as of then, in quotes for ct_sql_run() and its like. For the table of
 * a many_to_many the field's name follows the model's: "polls.Question.tags". */
CT_API const char *ct_past_table(ct *c, const char *model);
CT_API const char *ct_past_column(ct *c, const char *model, const char *field);

/* For RUN: nothing is to be undone. */
CT_API void ct_run_nothing(ct *c);

#endif
