/* Queries: reading and writing rows of models.
 *
 *     ct_list(Post) *latest = ct_select(c, Post, .published = LE(ct_now()), .order_by = "-published", .limit = 20,
 *                                       .with = "author, tags");
 *     for (size_t i = 0; i < ct_list_count(latest); i++)
 *         printf("%s by %s\n", ct_list_at(latest, i)->title, ct_list_at(latest, i)->author->username);
 *
 *     Post *post = ct_create(c, Post, .title = "Hello", .author_id = user->id);
 *     post->title = "Hello!";
 *     ct_save(c, post);                                       -- UPDATE of what has changed: the title
 *     ct_update(c, post, .views = ADD(1));                    -- views = views + 1 in the database: no race
 *     ct_delete(c, post);
 *
 * Conditions and changes are those of condition.h; the options of a query are CT_QUERY_OPTIONS below. Everything runs
 * on the database of the model (database.h) and waits without blocking other requests. There is no way to put a value
 * into the text of SQL: values are always parameters.
 *
 * What goes wrong aborts, so that no call needs an `if`: 422 with the errors of the fields for values that the model or
 * the database does not take (ct_try_create and the like give them instead), 409 for a protected row, 503 where the
 * database cannot be reached, 500 with a message in the log for mistakes of the program. */
#ifndef CANTEEN_QUERY_H
#define CANTEEN_QUERY_H

/* Compilers keep to themselves what they warn of in macros of a system's headers, and that is what holds conditions to
 * their fields: with this line the header is the program's, wherever it is installed. */
# 27 "canteen/query.h"

#include "canteen/common.h"
#include "canteen/condition.h"
#include "canteen/errors.h"
#include "canteen/model.h"
#include "canteen/shape.h"

/* ---- options of a query ---- */

/* What a query may say besides conditions:
 *
 *     .any .all .none      ANY_OF(T, {...}, ...), ALL_OF, NONE_OF (condition.h)
 *     .union_of .union_all .intersect .except
 *                          rows of other queries, ANY_OF(T, {...}, ...) again, together with, or taken from, those of
 *                          the conditions beside (of a union: where there are any). A row is in a set once; of
 *                          .union_all, without .distinct, .intersect and .except, as often as its queries have it
 *     .order_by            "-published, author.username": '-' is descending; "published nulls last"; functions lower(),
 *                          upper(), length(), abs() and random()
 *     .with                relations loaded at once: "author, tags, author.profile"
 *     .only .defer         of the columns these and the key, or all but these. Touching another loads it (ct_load)
 *     .after .before       keyset paging: rows behind, or in front of, this row in the order; NULL for the first page
 *                          The key is added to the order of a query that names one of them, NULL or not, or that has
 *                          an order and a .limit or .offset, unless it is total already by a key or a unique field: so
 *                          no row is on two pages, or on none
 *                          Where NULLs come in an order that does not say is the database's matter: first on SQLite,
 *                          last on PostgreSQL, going up
 *     .limit .offset       0: none
 *     .distinct            without doubles. .distinct_on: the first row of each value of these fields (PostgreSQL)
 *     .having              of ct_aggregate(): SQL over the names of the shape's fields, "posts > 3"
 *     .lock                CT_FOR_UPDATE and so on, in a transaction. SQLite locks the whole database as it is
 *     .using               the alias of another database */
#define CT_QUERY_OPTIONS(T) CT_QUERY_OPTIONS_OF(T##_query, T)
#define CT_QUERY_OPTIONS_OF(Query, Row)                                                                                \
    const ct_shape *of_shape; /* set by WHERE() and ANY_OF(), which begins with one that has only this and .end */     \
    const struct Query *any, *all, *none;                                                                              \
    const struct Query *union_of, *union_all, *intersect, *except;                                                     \
    const char *order_by, *with, *only, *defer;                                                                        \
    const struct Row *after, *before;                                                                                  \
    int64_t limit, offset;                                                                                             \
    bool distinct;                                                                                                     \
    const char *distinct_on;                                                                                           \
    const char *having;                                                                                                \
    unsigned lock;                                                                                                     \
    const char *using;                                                                                                 \
    bool end; /* ends ANY_OF(...) */

#define CT_FOR_UPDATE 1u
#define CT_FOR_SHARE 2u
#define CT_NOWAIT 4u      /* a row that is locked aborts with 409 */
#define CT_SKIP_LOCKED 8u /* rows that are locked are passed over */

#define CT_QUERY(T, ...) &T##_model, &(const T##_query){ __VA_ARGS__ }, CT_GIVEN_OF(CT_SHAPE_CHECK(T), __VA_ARGS__)

/* ---- reading ---- */

/* The rows that meet the conditions: a list, maybe empty, never NULL. Rows live as long as `c`. */
#define ct_select(c, T, ...) ((ct_list(T) *)ct_select_rows((c), CT_QUERY(T, __VA_ARGS__)))
/* The first, in the order asked for (else by `ordering`, else by the key); NULL when there is none, or abort with
 * 404. */
#define ct_first(c, T, ...) ((T *)ct_first_row((c), CT_QUERY(T, __VA_ARGS__)))
#define ct_first_or_404(c, T, ...) ((T *)ct_first_row_or_404((c), CT_QUERY(T, __VA_ARGS__)))
/* The last in that order. */
#define ct_last(c, T, ...) ((T *)ct_last_row((c), CT_QUERY(T, __VA_ARGS__)))
/* Exactly one: none aborts with 404, several with 500. */
#define ct_only(c, T, ...) ((T *)ct_only_row((c), CT_QUERY(T, __VA_ARGS__)))
#define ct_count(c, T, ...) ct_count_rows((c), CT_QUERY(T, __VA_ARGS__))
#define ct_exists(c, T, ...) ct_exists_row((c), CT_QUERY(T, __VA_ARGS__))
/* The rows of these keys (an array of int64_t and its count), in the order of the keys; keys without a row are passed
 * over, doubles come once. */
#define ct_in_bulk(c, T, ids, count) ((ct_list(T) *)ct_select_keys((c), &T##_model, (ids), (count)))
/* Maps of some columns, also through relations: ct_values(c, Post, "title, author.username", .views = GT(3)). */
#define ct_values(c, T, fields, ...) ct_select_values((c), (fields), CT_QUERY(T, __VA_ARGS__))
/* One row of a shape whose fields say what they are (.count, .sum, .group, ...; shape.h), or a list of them, one for
 * each group: ct_aggregate(c, AuthorStats, Post, .published = LE(now)). .order_by names fields of the shape, grouped or
 * not; .limit and .offset are of the rows that come of it. ct_aggregate_one() gives the first of them.
 *
 * All fields are of one statement: where two of them lead through relations to many rows ("comments" and "likes"), each
 * comment meets each like, and counts and sums are those of the pairs. Ask for one of them at a time, or for
 * .count_distinct. A sum beyond int64_t is an error (500): declare the field real or decimal. */
#define ct_aggregate(c, S, T, ...) ((ct_list(S) *)ct_aggregate_rows((c), &S##_shape, CT_QUERY(T, __VA_ARGS__)))
#define ct_aggregate_one(c, S, T, ...) ((S *)ct_aggregate_row((c), &S##_shape, CT_QUERY(T, __VA_ARGS__)))
/* The plan of the database, as text. `analyze` runs the query. */
#define ct_explain(c, analyze, T, ...) ct_explain_query((c), (analyze), CT_QUERY(T, __VA_ARGS__))

/* Millions of rows in constant memory:
 *
 *     ct_each(c, Post, post, .views = GT(100)) {
 *         ... post->title ...
 *     }
 *
 * A row, and what was made with it, lives until the next one but few; keep copies. break and return end it. It sees the
 * database as it was at the start, and takes a connection for itself; on PostgreSQL loops within each other share one,
 * and one connection of the worker's is always left to what is not a loop, where it has 3 at least (the setting
 * database_connections): with fewer, a transaction within a loop aborts with 500. */
#define ct_each(c, T, variable, ...) CT_EACH(c, T, variable, CT_UNIQUE(ct_cursor_), __VA_ARGS__)
#define CT_EACH(c, T, variable, cursor, ...)                                                                           \
    for (ct_cursor * cursor __attribute__((cleanup(ct_cursor_end))) = ct_cursor_begin((c), CT_QUERY(T, __VA_ARGS__));  \
         cursor; ct_cursor_end(&cursor))                                                                               \
        for (T * variable; (variable = (T *)ct_cursor_next(cursor)) != NULL;)
typedef struct ct_cursor ct_cursor;
CT_API ct_cursor *ct_cursor_begin(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_cursor_next(ct_cursor *cursor);
CT_API void ct_cursor_end(ct_cursor **cursor);

CT_API ct_rows *ct_select_rows(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_first_row(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_first_row_or_404(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_last_row(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_only_row(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API int64_t ct_count_rows(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API bool ct_exists_row(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_rows *ct_select_keys(ct *c, const ct_model *model, const int64_t *ids, size_t count);
CT_API ct_array *ct_select_values(ct *c, const char *fields, const ct_model *model, const void *query, ct_given *given);
CT_API ct_rows *ct_aggregate_rows(ct *c, const ct_shape *shape, const ct_model *model, const void *query,
                                  ct_given *given);
CT_API ct_row *ct_aggregate_row(ct *c, const ct_shape *shape, const ct_model *model, const void *query,
                                ct_given *given);
CT_API const char *ct_explain_query(ct *c, bool analyze, const ct_model *model, const void *query, ct_given *given);

/* ---- relations ---- */

/* What is behind a relation: ct_related(c, post, author) is a User * (NULL where author_id is null), and
 * ct_related(c, question, choices) a ct_list(Choice) *. What is not loaded yet is loaded, for all rows of the list that
 * this one came with, in one query. Afterwards the member itself (post->author) has it. Rows that refer to one and the
 * same row then share it; by `.with`, and of a many_to_many, each has one of its own. */
#define ct_related(c, of_row, field)                                                                                   \
    ((__typeof__((of_row)->field))ct_related_of((c), &(of_row)->row, offsetof(__typeof__(*(of_row)), field)))
CT_API void *ct_related_of(ct *c, const ct_row *row, size_t link);
/* The columns that `.only` or `.defer` left out, for all rows of the list. Templates do this by themselves. */
#define ct_load(c, of_row) ct_load_row((c), &(of_row)->row)
CT_API void ct_load_row(ct *c, ct_row *row);
/* Reads the row again. False when it is no longer there. */
#define ct_refresh(c, of_row) ct_refresh_row((c), &(of_row)->row)
CT_API bool ct_refresh_row(ct *c, ct_row *row);
/* true: what would have to be loaded after all aborts with 500 and says which relation of which row (the setting
 * lazy_load says so for all requests). */
CT_API void ct_strict_loading(ct *c, bool strict);

/* Changes of a many_to_many: ct_link(c, post, tags, tag) adds (twice is fine), ct_unlink removes, ct_link_only makes
 * the list (ct_list(Tag) *) the whole of it, ct_unlink_all empties it. */
#define ct_link(c, of_row, field, other)                                                                               \
    ct_link_row((c), &(of_row)->row, offsetof(__typeof__(*(of_row)), field), CT_LINKED(of_row, field, other), true)
#define ct_unlink(c, of_row, field, other)                                                                             \
    ct_link_row((c), &(of_row)->row, offsetof(__typeof__(*(of_row)), field), CT_LINKED(of_row, field, other), false)
#define ct_link_only(c, of_row, field, list)                                                                           \
    ct_link_rows((c), &(of_row)->row, offsetof(__typeof__(*(of_row)), field),                                          \
                 (const ct_rows *)(const __typeof__((of_row)->field)){ (list) })
#define ct_unlink_all(c, of_row, field) ct_link_rows((c), &(of_row)->row, offsetof(__typeof__(*(of_row)), field), NULL)
#define CT_LINKED(of_row, field, other) ((const ct_row *)(CT_LIST_ITEM((of_row)->field)){ (other) })
CT_API void ct_link_row(ct *c, const ct_row *row, size_t link, const ct_row *other, bool linked);
CT_API void ct_link_rows(ct *c, const ct_row *row, size_t link, const ct_rows *others);

/* ---- writing ---- */

/* A new row: ct_create(c, Post, .title = "Hello", .author_id = 7). Fields that are not named get their defaults, or
 * NULL where they may be; naming 0 is 0. A ref takes the row itself too, .author = user, of which NULL is NULL. The row
 * returned has its key and what the database has made of it. auto_now and auto_now_add are the time of the write,
 * unless the call names them. Values are checked first (.max_length, .choices, validators, the model's own .validate);
 * what only the database can know (unique fields, refs, checks) is its answer, as errors of the same fields. */
#define ct_create(c, T, ...) ((T *)ct_create_row((c), CT_NEW(T, __VA_ARGS__), NULL))
/* The same, but errors of fields are given to the caller: NULL and `*ret_errors` set. Within a transaction it is a
 * savepoint of its own. */
#define ct_try_create(c, ret_errors, T, ...) ((T *)ct_create_row((c), CT_NEW(T, __VA_ARGS__), (ret_errors)))
#define CT_NEW(T, ...)                                                                                                 \
    &(const T){ .row = { .shape = &T##_shape }, __VA_ARGS__ }.row, CT_SHAPE_CHECK(T), CT_GIVEN(__VA_ARGS__)

/* Writes a row that was read or created: only the columns whose members have changed since, no statement if there are
 * none (hooks run even so). auto_now is set with them, and wherever else Canteen writes a row, bulk forms included. One
 * that ct_row_new() made is inserted. A row that is no longer there aborts with 404; one that ct_delete() has deleted
 * is a mistake. Two requests that change different fields of one row do not undo each other.
 *
 * A ref takes the row here too: post->author = user writes its key. (NULL in the pointer says nothing: it is
 * post->author_id that is set to null.)
 *
 * Of a column that `.only` or `.defer` left out, a member that has been set is written, but 0, false and NULL look as
 * if nothing had been: say ct_set_not_null(post, views) or ct_set_null(post, views), or ct_load() the row before. */
#define ct_save(c, of_row) ((void)ct_save_row((c), &(of_row)->row, NULL))
#define ct_try_save(c, ret_errors, of_row) ct_save_row((c), &(of_row)->row, (ret_errors))

/* Changes columns in the database: ct_update(c, post, .views = ADD(1), .title = SET("New")). Afterwards these members
 * have what the database has; others that the program has changed stay unsaved. Values that the database computes are
 * checked as any others: what leaves the bounds of its field, or of an int64_t, is an error of the field and undone. */
#define ct_update(c, of_row, ...)                                                                                      \
    ((void)ct_update_row((c), &(of_row)->row, &(const __typeof__((of_row)->change_type[0])){ __VA_ARGS__ },            \
                         CT_GIVEN_OF(CT_ROW_CHECK(of_row), __VA_ARGS__), NULL))
#define ct_try_update(c, ret_errors, of_row, ...)                                                                      \
    ct_update_row((c), &(of_row)->row, &(const __typeof__((of_row)->change_type[0])){ __VA_ARGS__ },                   \
                  CT_GIVEN_OF(CT_ROW_CHECK(of_row), __VA_ARGS__), (ret_errors))
#define CT_ROW_CHECK(of_row) sizeof(*(of_row)->declared_type[0])
/* The same for all rows of a condition, in one statement: ct_update_where(c, Post, WHERE(Post, .author_id = EQ(7)),
 * .views = SET(0)). Returns how many were changed. WHERE(Post) is every row. No hooks; what is computed has to pass the
 * checks of the database alone. */
#define ct_update_where(c, T, where, ...)                                                                              \
    ct_update_rows((c), &T##_model, (const T##_query *[]){ (where) }[0], &(const T##_change){ __VA_ARGS__ },           \
                   CT_GIVEN_OF(CT_SHAPE_CHECK(T), __VA_ARGS__))

/* Deletes a row and what on_delete says, as Django does: rows of CASCADE with it, hooks called, all in one transaction;
 * a row that is protected aborts with 409. Returns how many rows went in all, without those that the database took
 * along by itself; 0: it was gone already. */
#define ct_delete(c, of_row) ct_delete_row((c), &(of_row)->row)
/* All rows of the conditions: ct_delete_where(c, Post, .author_id = EQ(7)). Without a condition: every row. */
#define ct_delete_where(c, T, ...) ct_delete_rows((c), CT_QUERY(T, __VA_ARGS__))

/* The row with the same values in `unique_fields`, or a new one: ct_get_or_create(c, Tag, "name", &created, .name =
 * "c", .color = "red"). Of two requests at once one creates and both get the row, where the database knows that the
 * fields are unique. `ret_created` may be NULL. ct_update_or_create() sets the other fields of a row that was there. */
#define ct_get_or_create(c, T, unique_fields, ret_created, ...)                                                        \
    ((T *)ct_get_or_create_row((c), (unique_fields), (ret_created), false, CT_NEW(T, __VA_ARGS__)))
#define ct_update_or_create(c, T, unique_fields, ret_created, ...)                                                     \
    ((T *)ct_get_or_create_row((c), (unique_fields), (ret_created), true, CT_NEW(T, __VA_ARGS__)))

/* Many rows in few statements, in one transaction: ct_bulk_create(c, list) of rows made by ct_row_new(), which get
 * their keys (but with .ignore). Returns how many were inserted or updated. No hooks. What is wrong with a row aborts
 * with its number in the message, but where it is the database that finds it: another row with the same in a unique
 * field is an error of the field alone. */
typedef struct ct_bulk {
    bool ignore;          /* rows that another one is in the way of are passed over */
    const char *conflict; /* fields that are unique: a row that is there is updated */
    const char *update;   /* the fields that are then set; NULL: all but those of `conflict` */
    size_t batch;         /* rows in a statement; 0: as many as the database takes */
} ct_bulk;
#define ct_bulk_create(c, list, ...) ct_bulk_create_rows((c), &(list)->row, &(const ct_bulk){ __VA_ARGS__ })
/* Writes these fields of all rows of the list, by few statements, and reads those that the database computes
 * (.generated). Returns how many were there; where some were not, ct_save() of one of the rows writes it again, or
 * aborts with 404. A field that is neither loaded nor set is a mistake that aborts. */
#define ct_bulk_update(c, list, fields) ct_bulk_update_rows((c), &(list)->row, (fields))

CT_API ct_row *ct_create_row(ct *c, const ct_row *from, size_t check, ct_given *given, ct_errors **ret_errors);
CT_API bool ct_save_row(ct *c, ct_row *row, ct_errors **ret_errors);
CT_API bool ct_update_row(ct *c, ct_row *row, const void *change, ct_given *given, ct_errors **ret_errors);
CT_API int64_t ct_update_rows(ct *c, const ct_model *model, const void *query, const void *change, ct_given *given);
CT_API int64_t ct_delete_row(ct *c, ct_row *row);
CT_API int64_t ct_delete_rows(ct *c, const ct_model *model, const void *query, ct_given *given);
CT_API ct_row *ct_get_or_create_row(ct *c, const char *unique_fields, bool *ret_created, bool update,
                                    const ct_row *from, size_t check, ct_given *given);
CT_API int64_t ct_bulk_create_rows(ct *c, ct_rows *rows, const ct_bulk *bulk);
CT_API int64_t ct_bulk_update_rows(ct *c, ct_rows *rows, const char *fields);

/* ---- checks ---- */

/* Checks a row as ct_create() and ct_save() would, unique fields included: NULL when all is well. Columns that are not
 * loaded are taken to be fine. */
#define ct_validate(c, of_row) ct_validate_row((c), &(of_row)->row)
CT_API ct_errors *ct_validate_row(ct *c, const ct_row *row);

#endif
