/* Models: shapes that are tables of a database.
 *
 *     CT_MODEL_DECLARE(Choice);
 *
 *     CT_MODEL(Question,
 *         (text,     question_text, .max_length = 200),
 *         (datetime, pub_date,      .verbose_name = "date published", .index = true),
 *         (has_many, choices,       Choice, question));
 *
 *     CT_MODEL(Choice,
 *         (ref,      question,      Question, .on_delete = CT_CASCADE),
 *         (text,     choice_text,   .max_length = 200),
 *         (integer,  votes,         .default_value = "0"),
 *         (options,  .ordering = "-votes", .indexes = INDEXES(INDEX("question, votes"))));
 *
 *     const ct_app polls = { .name = "polls", .models = MODELS(Question, Choice), ... };
 *
 * CT_MODEL(Name, fields...) declares all that CT_SHAPE(Name, fields...) does (shape.h), with a first field `id`
 * (int64_t, the primary key, given by the database), the conditions and changes that query.h takes, and the description
 * Name_model. It stands outside of functions, in a .c file or a header. CT_TABLE is the same without `id`: for existing
 * tables, and for keys of another kind: (uuid, id, .primary_key = true, .uuid_v7 = true). Several fields with
 * .primary_key are a composite key.
 *
 * The table's name is the app's and the model's, in lower case: polls_question. Columns have the names of the fields.
 *
 * Fields are those of shapes (but for value, row and rows) and relations:
 *
 *     (ref, author, User, .on_delete = CT_CASCADE)   int64_t author_id; User *author;      many rows to one
 *     (one_to_one, user, User, .on_delete = ...)     int64_t user_id; User *user;          a ref that is unique
 *     (many_to_many, tags, Tag)                      ct_list(Tag) *tags;                   by a table in between
 *     (has_many, choices, Choice, question)          ct_list(Choice) *choices;             the other side of a ref or
 *                                                                                          of a many_to_many: no column
 *     (has_one, profile, Profile, user)              Profile *profile;                     the other side of one_to_one
 *
 * The pointer is NULL until what is behind it has been loaded: by templates as they need it, by ct_related(), or with
 * the rows by `.with` (query.h). A ref to a model whose key is a UUID or text is a ref_uuid or ref_text
 * (one_to_one_uuid ...). A model may refer to itself, and to one that CT_MODEL_DECLARE(Name) has announced.
 *
 * A many_to_many with columns of its own goes through a model, which is then made as any other: (many_to_many, members,
 * Person, .through = &Membership_shape).
 *
 * NULL. A field may be NULL in the database with .null = true alone. ct_is_null() tells it from 0 and from ""
 * (shape.h).
 *
 * Names that fields cannot have, for the structs that are made of them have members of these names already, and the
 * compiler says "duplicate member": row, change_type, declared_type, no_such_field, with CT_MODEL id, and the options
 * of queries: after, all, any, before, defer, distinct, distinct_on, end, except, having, intersect, limit, lock, none,
 * of_shape, offset, only, order_by, union_all, union_of, using, with. The column can have it: (integer, most, .column =
 * "limit").
 *
 * Options of a model stand in a row (options, ...), the last: those of ct_model below. */
#ifndef CANTEEN_MODEL_H
#define CANTEEN_MODEL_H

#include "canteen/common.h"
#include "canteen/condition.h"
#include "canteen/errors.h"
#include "canteen/shape.h"

/* An index: INDEX("author, -published"), with .unique = true a unique constraint. */
typedef struct ct_index {
    const char *fields; /* names of fields, or expressions of SQL in parentheses: "(lower(title))"; '-': descending;
                           "-views nulls last": where PostgreSQL has the NULLs */
    const char *name;   /* NULL: made of the table, the fields and a digest */
    bool unique;
    const char *where;       /* SQL: only rows for which it is true */
    const char *include;     /* names of fields that are in the index besides (PostgreSQL; SQLite has them not) */
    const char *method;      /* PostgreSQL's: "gin", "brin"; NULL: "btree" */
    const char *message;     /* of unique ones: what people are told */
    bool deferrable;         /* of unique ones: looked at when the transaction commits (PostgreSQL) */
    bool nulls_not_distinct; /* of unique ones: two NULLs are equal (PostgreSQL) */
} ct_index;
#define CT_INDEX(fields_, ...)                                                                                         \
    {                                                                                                                  \
        .fields = (fields_), __VA_ARGS__                                                                               \
    }
#define CT_UNIQUE_INDEX(fields_, ...)                                                                                  \
    {                                                                                                                  \
        .fields = (fields_), .unique = true, __VA_ARGS__                                                               \
    }
#define CT_INDEXES(...) ((const ct_index[]){ __VA_ARGS__, { .fields = NULL } })

/* What must be true of every row: CHECK("price_positive", "price > 0"). Names of fields are those of columns. */
typedef struct ct_check {
    const char *name; /* unique in the app */
    const char *sql;
    const char *field;   /* whose mistake it is; NULL: of the whole row */
    const char *message; /* what people are told; NULL: made of the name */
} ct_check;
#define CT_CHECK_THAT(name_, sql_, ...)                                                                                \
    {                                                                                                                  \
        .name = (name_), .sql = (sql_), __VA_ARGS__                                                                    \
    }
#define CT_CHECKS(...) ((const ct_check[]){ __VA_ARGS__, { .name = NULL } })

/* Called around each write of a row by ct_create, ct_save, ct_update and ct_delete (and for each row of a cascade), in
 * the same transaction. An abort undoes the write. Not called by what changes many rows at once: bulk forms,
 * ct_update_where, and deletions done by the database. */
typedef void ct_row_hook(ct *c, ct_row *row, bool created);
typedef void ct_delete_hook(ct *c, ct_row *row);

/* Adds what is wrong with the whole row by ct_errors_add(). */
typedef void ct_row_check(ct *c, const ct_row *row, ct_errors *errors);

struct ct_model {
    const ct_shape *shape;
    size_t query_size, change_size;
    /* The options. */
    const char *table;                              /* NULL: the app's name and the model's */
    const char *verbose_name, *verbose_name_plural; /* NULL: made of the name */
    const char *ordering;                           /* as .order_by of a query, where that says nothing */
    const ct_index *indexes;
    const ct_check *checks;
    const char *(*display)(ct *c, const ct_row *row); /* how a row is called: in the admin, in messages, in templates */
    ct_row_hook *before_save, *after_save;
    ct_delete_hook *before_delete, *after_delete;
    ct_row_check *validate;
    const char *natural_key; /* fields that tell a row apart in fixtures: "username" */
    const char *database;    /* the alias of the database it lives in; NULL: "default" */
    const char *comment;     /* kept by the database */
    bool unmanaged;          /* the table is not Canteen's: migrations leave it alone */
    bool read_only;          /* a view: writing is a mistake */
    /* Set by the macros. */
    const char *file;
    int line;
};

/* What a template sees behind a link, or in a column that was left out: loaded where it is not yet, as ct_related() and
 * ct_load() do (query.h). */
CT_API ct_value ct_related_value(ct *c, const ct_row *row, const ct_field *field);

/* For the table of an app: .models = MODELS(Question, Choice). */
typedef struct ct_model_row {
    const ct_model *model;
    const char *file; /* where the table stands; its folder has the folder `migrations` */
} ct_model_row;
#define CT_MODELS(...) ((const ct_model_row[]){ CT_FOR_EACH(CT_MODEL_ROW, , __VA_ARGS__){ .model = NULL } })
#define CT_MODEL_ROW(unused, T) { .model = &T##_model, .file = __FILE__ },

/* ---- the declaration ---- */

#define CT_MODEL_DECLARE(T)                                                                                            \
    CT_SHAPE_DECLARE(T);                                                                                               \
    typedef struct T##_query T##_query;                                                                                \
    extern const ct_model T##_model

#define CT_MODEL(T, ...)                                                                                               \
    CT_MODEL_TYPES(T, int64_t id;, ct_cond_integer id;, __VA_ARGS__)                                                   \
    CT_MODEL_OBJECTS(T, 1, CT_DESCRIBE_KEY(T), __VA_ARGS__)

#define CT_TABLE(T, ...)                                                                                               \
    CT_MODEL_TYPES(T, , , __VA_ARGS__)                                                                                 \
    CT_MODEL_OBJECTS(T, 0, , __VA_ARGS__)

#define CT_MODEL_TYPES(T, key_member, key_condition, ...)                                                              \
    CT_MODEL_DECLARE(T);                                                                                               \
    struct T##_query {                                                                                                 \
        CT_QUERY_OPTIONS(T)                                                                                            \
        key_condition CT_FOR_EACH(CT_CONDITION, T, __VA_ARGS__)                                                        \
    };                                                                                                                 \
    typedef struct T##_change {                                                                                        \
        char *no_such_field; /* so that it is not empty */                                                             \
        CT_FOR_EACH(CT_CHANGE, T, __VA_ARGS__)                                                                         \
    } T##_change;                                                                                                      \
    struct T {                                                                                                         \
        ct_row row;                                                                                                    \
        key_member CT_FOR_EACH(CT_MEMBER, T, __VA_ARGS__) T                                                            \
            ##_change change_type[0];          /* takes no room: carries the type for ct_update() */                   \
        struct T##_declared *declared_type[0]; /* and its size CT_SHAPE_CHECK(T) */                                    \
    };                                                                                                                 \
    struct T##_list {                                                                                                  \
        ct_rows row;                                                                                                   \
        T *item_type[0];                                                                                               \
    };                                                                                                                 \
    enum { CT_SHAPE_CHECK(T) = sizeof(T) << 16 ^ sizeof(#__VA_ARGS__) };                                               \
    struct T##_declared {                                                                                              \
        char check[CT_SHAPE_CHECK(T)];                                                                                 \
    };

#define CT_MODEL_OBJECTS(T, keys, describe_key, ...)                                                                   \
    __attribute__((weak)) const ct_field T##_fields[] = { describe_key CT_FOR_EACH(CT_COLUMN, T, __VA_ARGS__) };       \
    __attribute__((weak)) const ct_shape T##_shape = { .name = #T,                                                     \
                                                       .size = sizeof(T),                                              \
                                                       .field_count = sizeof(T##_fields) / sizeof(ct_field),           \
                                                       .fields = T##_fields,                                           \
                                                       .check = CT_SHAPE_CHECK(T),                                     \
                                                       .model = &T##_model,                                            \
                                                       .unmasked = (keys),                                             \
                                                       .related = ct_related_value };                                  \
    __attribute__((weak)) const ct_model T##_model = { .shape = &T##_shape,                                            \
                                                       .query_size = sizeof(T##_query),                                \
                                                       .change_size = sizeof(T##_change),                              \
                                                       .file = __FILE__,                                               \
                                                       .line = __LINE__,                                               \
                                                       CT_FOR_EACH(CT_OPTIONS_OF, T, __VA_ARGS__) };                   \
    _Static_assert(sizeof(T##_fields) <= (64 + (keys)) * sizeof(ct_field), "model " #T ": more than 64 fields")

#define CT_DESCRIBE_KEY(T)                                                                                             \
    { .name = "id",                                                                                                    \
      .kind = CT_KIND_integer,                                                                                         \
      .offset = offsetof(T, id),                                                                                       \
      .condition = offsetof(T##_query, id),                                                                            \
      .primary_key = true },

/* Members of the struct, beside those of shape.h. */
#define CT_MEMBER_REF(kind, name, To, ...)                                                                             \
    CT_TYPE_##kind name##_id;                                                                                          \
    struct To *name;
#define CT_MEMBER_MANY(kind, name, To, ...) struct To##_list *name;
#define CT_MEMBER_HAS_MANY(kind, name, To, by_field, ...) struct To##_list *name;
#define CT_MEMBER_HAS_ONE(kind, name, To, by_field, ...) struct To *name;
#define CT_MEMBER_OPTIONS(kind, ...)

/* Members of the query. */
#define CT_CONDITION(T, field) CT_CONDITION_1 field
#define CT_CONDITION_1(kind, ...) CT_PASTE(CT_CONDITION_, CT_CLASS_##kind)(kind, __VA_ARGS__)
#define CT_CONDITION_PLAIN(kind, name, ...) CT_COND_##kind name;
#define CT_CONDITION_ARRAY(kind, name, ...) ct_cond_array name;
#define CT_CONDITION_METHOD(...)
#define CT_CONDITION_OPTIONS(...)
#define CT_CONDITION_REF(kind, name, To, ...)                                                                          \
    CT_COND_##kind name##_id;                                                                                          \
    const struct To##_query *name;
#define CT_CONDITION_MANY(kind, name, To, ...) const struct To##_query *name;
#define CT_CONDITION_HAS_MANY(kind, name, To, ...) const struct To##_query *name;
#define CT_CONDITION_HAS_ONE(kind, name, To, ...) const struct To##_query *name;

/* Members of a change. */
#define CT_CHANGE(T, field) CT_CHANGE_1 field
#define CT_CHANGE_1(kind, ...) CT_PASTE(CT_CHANGE_, CT_CLASS_##kind)(kind, __VA_ARGS__)
#define CT_CHANGE_PLAIN(kind, name, ...) CT_CHANGE_OF_##kind name;
#define CT_CHANGE_ARRAY(kind, name, ...) ct_change_array name;
#define CT_CHANGE_METHOD(...)
#define CT_CHANGE_OPTIONS(...)
#define CT_CHANGE_REF(kind, name, ...) CT_CHANGE_OF_##kind name##_id;
#define CT_CHANGE_MANY(...)
#define CT_CHANGE_HAS_MANY(...)
#define CT_CHANGE_HAS_ONE(...)

/* Their description: that of shapes, with where the field stands in the query and the change. */
#define CT_COLUMN(T, field) CT_COLUMN_1(T, CT_UNWRAP field)
#define CT_COLUMN_1(T, ...) CT_COLUMN_2(T, __VA_ARGS__)
#define CT_COLUMN_2(T, kind, ...) CT_PASTE(CT_COLUMN_, CT_CLASS_##kind)(T, kind, __VA_ARGS__)
#define CT_COLUMN_PLAIN(T, kind, field, ...)                                                                           \
    CT_DESCRIBE_PLAIN(T, kind, field, .condition = offsetof(T##_query, field), .change = offsetof(T##_change, field),  \
                      __VA_ARGS__)
#define CT_COLUMN_ARRAY(T, kind, field, of_element, ...)                                                               \
    CT_COLUMN_PLAIN(T, kind, field, .element = CT_KIND_##of_element, __VA_ARGS__)
#define CT_COLUMN_METHOD CT_DESCRIBE_METHOD
#define CT_COLUMN_REF(T, of_kind, field, To, ...)                                                                      \
    { .name = #field,                                                                                                  \
      .kind = CT_KIND_##of_kind,                                                                                       \
      .offset = offsetof(T, field##_id),                                                                               \
      .to = &To##_shape,                                                                                               \
      .link = offsetof(T, field),                                                                                      \
      .condition = offsetof(T##_query, field##_id),                                                                    \
      .nested = offsetof(T##_query, field),                                                                            \
      .change = offsetof(T##_change, field##_id),                                                                      \
      __VA_ARGS__ },
#define CT_COLUMN_MANY(T, of_kind, field, To, ...)                                                                     \
    { .name = #field,                                                                                                  \
      .kind = CT_KIND_##of_kind,                                                                                       \
      .to = &To##_shape,                                                                                               \
      .link = offsetof(T, field),                                                                                      \
      .nested = offsetof(T##_query, field),                                                                            \
      __VA_ARGS__ },
#define CT_COLUMN_HAS_MANY(T, of_kind, field, To, by_field, ...)                                                       \
    CT_COLUMN_MANY(T, of_kind, field, To, .by = #by_field, __VA_ARGS__)
#define CT_COLUMN_HAS_ONE CT_COLUMN_HAS_MANY
#define CT_COLUMN_OPTIONS(...)

#define CT_OPTIONS_OF(T, field) CT_OPTIONS_OF_1 field
#define CT_OPTIONS_OF_1(kind, ...) CT_PASTE(CT_OPTIONS_OF_, CT_CLASS_##kind)(__VA_ARGS__)
#define CT_OPTIONS_OF_PLAIN(...)
#define CT_OPTIONS_OF_ARRAY(...)
#define CT_OPTIONS_OF_METHOD(...)
#define CT_OPTIONS_OF_REF(...)
#define CT_OPTIONS_OF_MANY(...)
#define CT_OPTIONS_OF_HAS_MANY(...)
#define CT_OPTIONS_OF_HAS_ONE(...)
#define CT_OPTIONS_OF_OPTIONS(...) __VA_ARGS__

#ifndef CT_NO_SHORT_NAMES
#define INDEX(...) CT_INDEX(__VA_ARGS__)
#define UNIQUE(...) CT_UNIQUE_INDEX(__VA_ARGS__)
#define INDEXES(...) CT_INDEXES(__VA_ARGS__)
#define CHECK(...) CT_CHECK_THAT(__VA_ARGS__)
#define CHECKS(...) CT_CHECKS(__VA_ARGS__)
#define MODELS(...) CT_MODELS(__VA_ARGS__)
#endif

#endif
