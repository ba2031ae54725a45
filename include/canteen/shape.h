/* Shapes: one declaration of a struct and of its fields, for everything that reads data by name.
 *
 *     CT_SHAPE(Fortune, (integer, id), (text, message));
 *
 *     static int by_message(const Fortune *a, const Fortune *b)
 *     {
 *         return strcmp(a->message, b->message);
 *     }
 *
 *     static ct_response *fortunes(ct *c)
 *     {
 *         ct_list(Fortune) *all = ct_list_new(c, Fortune);
 *         ct_list_add(all, ct_row_new(c, Fortune, .id = 1, .message = "A bug with seniority is a feature."));
 *         ct_list_add(all, ct_row_new(c, Fortune, .id = 2, .message = "<b>Any</b> program that runs is obsolete."));
 *         ct_list_sort(all, by_message);
 *         return ct_json(c, KV("fortunes", all));
 *     }
 *
 * CT_SHAPE(Name, fields...) declares the struct and typedef Name, the description Name_shape and the list type
 * ct_list(Name). It stands outside of functions, in a .c file or in a header that many include. A field is a row
 * (kind, name), of these kinds:
 *
 *     (text, message)                 const char *message;         NULL is null
 *     (integer, votes)                int64_t votes;
 *     (real, price)                   double price;
 *     (boolean, sold)                 bool sold;
 *     (datetime, sold_at)             ct_time sold_at;             UTC
 *     (value, extra)                  ct_value extra;              anything; zeroed it is null
 *     (row, author, Author)           Author *author;              a row of that shape; NULL is null
 *     (rows, choices, Choice)         ct_list(Choice) *choices;    a list of rows of that shape; NULL is null
 *     (method, label, choice_label)   no member: a function that templates call when they meet the name
 *
 * A method is declared before the shape and defined behind it:
 *
 *     ct_row_method choice_label;
 *     CT_SHAPE(Choice, (text, choice), (integer, votes), (method, label, choice_label));
 *
 *     ct_value choice_label(ct *c, const ct_row *row)
 *     {
 *         const Choice *choice = (const Choice *)row;
 *         return CT_VALUE(ct_printf(c, "%s (%" PRId64 ")", choice->choice, choice->votes));
 *     }
 *
 * Shapes that refer to each other are announced: CT_SHAPE_DECLARE(Choice); before the shape that names Choice first.
 * The name of a shape is the program's: two shapes of one name, in two files, are a mistake that ct_row_new() tells. */
#ifndef CANTEEN_SHAPE_H
#define CANTEEN_SHAPE_H

#include "canteen/common.h"
#include "canteen/value.h"

typedef struct ct_shape ct_shape;

typedef enum ct_kind {
    CT_KIND_text,     /* const char *; NULL is null */
    CT_KIND_integer,  /* int64_t */
    CT_KIND_real,     /* double */
    CT_KIND_boolean,  /* bool */
    CT_KIND_datetime, /* ct_time */
    CT_KIND_value,    /* ct_value: anything */
    CT_KIND_row,      /* a pointer to a row of another shape; NULL is null */
    CT_KIND_rows,     /* a pointer to a list of rows of another shape; NULL is null */
    CT_KIND_method    /* no member: a function of the row, called when its name is looked up */
} ct_kind;

/* `row` is of the shape whose method it is. */
typedef ct_value ct_row_method(ct *c, const ct_row *row);

typedef struct ct_field {
    const char *name;
    ct_kind kind;
    size_t offset;         /* of the member in the row's struct; unused by methods */
    const ct_shape *to;    /* of row and rows */
    ct_row_method *method; /* of method */
} ct_field;

struct ct_shape {
    const char *name;
    size_t size, field_count;
    const ct_field *fields; /* in the order of the declaration */
    size_t check;           /* tells apart two declarations of one name */
};

/* The first member of every row: rows describe themselves. */
struct ct_row {
    const ct_shape *shape;
};

/* The first member of every list of rows. Read it by the functions below, but for `count`. */
struct ct_rows {
    const ct_shape *shape;
    size_t count, capacity;
    ct_row **items;
    ct *c; /* whose memory it grows in */
};

/* ---- rows ---- */

/* A row in the memory of `c`: ct_row_new(c, Fortune, .id = 1, .message = "hi"). What is not named is zero. Text, and
 * what else is pointed to, is borrowed. */
#define ct_row_new(c, T, ...)                                                                                          \
    ((T *)ct_row_of((c), &(const T){ .row = { &T##_shape }, __VA_ARGS__ }.row, CT_SHAPE_CHECK(T)))
CT_API ct_row *ct_row_of(ct *c, const ct_row *from, size_t check);

/* ---- lists of rows ---- */

/* The type of a list of rows: ct_list(Fortune) *all. */
#define ct_list(T) T##_list

/* An empty list in the memory of `c`. */
#define ct_list_new(c, T) ((ct_list(T) *)ct_rows_of((c), &T##_shape))
CT_API ct_rows *ct_rows_of(ct *c, const ct_shape *shape);

/* Adds a row at the end. A row of another shape does not compile; NULL is a mistake that aborts. */
#define ct_list_add(list, new_row) ct_rows_add(&(list)->row, (ct_row *)(CT_LIST_ITEM(list)){ (new_row) })
CT_API void ct_rows_add(ct_rows *rows, ct_row *row);

#define ct_list_count(list) ct_rows_count(&(list)->row)
static inline size_t ct_rows_count(const ct_rows *rows)
{
    return rows->count;
}

/* The row at an index below the count; beyond, it aborts. Of type Fortune * in a ct_list(Fortune). */
#define ct_list_at(list, index) ((CT_LIST_ITEM(list))ct_rows_at(&(list)->row, (index)))
CT_API ct_row *ct_rows_at(const ct_rows *rows, size_t index);

/* Sorts by int compare(const T *a, const T *b): less than 0 where a comes first, more than 0 where b does. Rows that
 * compare as equal stay in their order. When `compare` aborts, the list is as it was; it must not change the list. */
#define ct_list_sort(list, compare) CT_LIST_SORT((list), compare, CT_UNIQUE(ct_sort_))
#define CT_LIST_SORT(list, compare, sort)                                                                              \
    do {                                                                                                               \
        for (ct_sort sort = ct_sort_begin(&(list)->row); ct_sort_next(&sort);)                                         \
            sort.order = (compare)((CT_LIST_CONST_ITEM(list))sort.left, (CT_LIST_CONST_ITEM(list))sort.right);         \
    } while (0)

/* A merge sort that hands out its comparisons, so that no function pointer of another type is called: for
 * ct_list_sort(). While ct_sort_next() is true, set `order` to how `left` and `right` compare. */
typedef struct ct_sort {
    const ct_row *left, *right;
    int order;
    ct_rows *rows;
    ct_row **from, **to; /* runs of `width` are merged from here to there */
    size_t count, width;
    size_t left_at, left_end, right_at, right_end, at; /* the two runs that are merged now, and where to */
} ct_sort;
CT_API ct_sort ct_sort_begin(ct_rows *rows);
CT_API bool ct_sort_next(ct_sort *sort);

/* Pointers to what is in a list. &* makes of the member, which is const in a const list, a plain value. */
#define CT_LIST_ITEM(list) __typeof__(&*(list)->item_type[0])
#define CT_LIST_CONST_ITEM(list) const __typeof__(*(list)->item_type[0]) *

/* ---- the declaration ---- */

/* What a shape announces: for shapes that refer to each other. May stand any number of times. */
#define CT_SHAPE_DECLARE(T)                                                                                            \
    typedef struct T T;                                                                                                \
    typedef struct T##_list T##_list;                                                                                  \
    extern const ct_shape T##_shape

/* Weak objects, so that a header with shapes may be included by many files. */
#define CT_SHAPE(T, ...)                                                                                               \
    CT_SHAPE_DECLARE(T);                                                                                               \
    struct T {                                                                                                         \
        ct_row row;                                                                                                    \
        CT_FOR_EACH(CT_MEMBER, T, __VA_ARGS__)                                                                         \
    };                                                                                                                 \
    struct T##_list {                                                                                                  \
        ct_rows row;     /* so named that V() finds the head of rows and lists alike */                                \
        T *item_type[0]; /* takes no room: carries the type of the items */                                            \
    };                                                                                                                 \
    enum { CT_SHAPE_CHECK(T) = sizeof(T) << 16 ^ sizeof(#__VA_ARGS__) };                                               \
    __attribute__((weak)) const ct_field T##_fields[] = { CT_FOR_EACH(CT_DESCRIBE, T, __VA_ARGS__) };                  \
    __attribute__((weak)) const ct_shape T##_shape = { .name = #T,                                                     \
                                                       .size = sizeof(T),                                              \
                                                       .field_count = sizeof(T##_fields) / sizeof(ct_field),           \
                                                       .fields = T##_fields,                                           \
                                                       .check = CT_SHAPE_CHECK(T) }

/* Of the size of the struct and the length of the declaration, as a file sees them. */
#define CT_SHAPE_CHECK(T) T##_shape_check

/* A field is read as (kind, name, ...) by macros CT_<what is made>_<kind>. */

/* Members of the struct. The assertion is for those who misspell a kind: the compiler then says what was meant. */
#define CT_MEMBER(T, field) CT_MEMBER_1 field
#define CT_MEMBER_1(kind, ...)                                                                                         \
    _Static_assert(CT_KIND_##kind + 1, #kind);                                                                         \
    CT_MEMBER_##kind(__VA_ARGS__)
#define CT_MEMBER_text(name, ...) const char *name;
#define CT_MEMBER_integer(name, ...) int64_t name;
#define CT_MEMBER_real(name, ...) double name;
#define CT_MEMBER_boolean(name, ...) bool name;
#define CT_MEMBER_datetime(name, ...) ct_time name;
#define CT_MEMBER_value(name, ...) ct_value name;
#define CT_MEMBER_row(name, To, ...) struct To *name;
#define CT_MEMBER_rows(name, To, ...) struct To##_list *name;
#define CT_MEMBER_method(name, function, ...)

/* Their description. Options of a field would follow as .option = value. */
#define CT_DESCRIBE(T, field) CT_DESCRIBE_1(T, CT_UNWRAP field)
#define CT_DESCRIBE_1(T, ...) CT_DESCRIBE_2(T, __VA_ARGS__)
#define CT_DESCRIBE_2(T, kind, ...) CT_DESCRIBE_##kind(T, __VA_ARGS__)
#define CT_DESCRIBE_text(T, ...) CT_DESCRIBE_PLAIN(T, text, __VA_ARGS__)
#define CT_DESCRIBE_integer(T, ...) CT_DESCRIBE_PLAIN(T, integer, __VA_ARGS__)
#define CT_DESCRIBE_real(T, ...) CT_DESCRIBE_PLAIN(T, real, __VA_ARGS__)
#define CT_DESCRIBE_boolean(T, ...) CT_DESCRIBE_PLAIN(T, boolean, __VA_ARGS__)
#define CT_DESCRIBE_datetime(T, ...) CT_DESCRIBE_PLAIN(T, datetime, __VA_ARGS__)
#define CT_DESCRIBE_value(T, ...) CT_DESCRIBE_PLAIN(T, value, __VA_ARGS__)
#define CT_DESCRIBE_row(T, ...) CT_DESCRIBE_LINK(T, row, __VA_ARGS__)
#define CT_DESCRIBE_rows(T, ...) CT_DESCRIBE_LINK(T, rows, __VA_ARGS__)
#define CT_DESCRIBE_method(T, field, function, ...)                                                                    \
    { .name = #field, .kind = CT_KIND_method, .method = (function), __VA_ARGS__ },
#define CT_DESCRIBE_PLAIN(T, of_kind, field, ...)                                                                      \
    { .name = #field, .kind = CT_KIND_##of_kind, .offset = offsetof(T, field), __VA_ARGS__ },
#define CT_DESCRIBE_LINK(T, of_kind, field, To, ...)                                                                   \
    { .name = #field, .kind = CT_KIND_##of_kind, .offset = offsetof(T, field), .to = &To##_shape, __VA_ARGS__ },
#define CT_UNWRAP(...) __VA_ARGS__

/* what(T, x) for each x of up to 64. */
/* clang-format off */
#define CT_FOR_EACH(what, T, ...)                                                                                      \
    CT_FOR_64(what, T, __VA_ARGS__, , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , ,      \
              , , , , , , , , , , , , , , , , , , , , , , , , , )
#define CT_FOR_64(what, T, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16,                      \
                  _17, _18, _19, _20, _21, _22, _23, _24, _25, _26, _27, _28, _29, _30, _31, _32,                      \
                  _33, _34, _35, _36, _37, _38, _39, _40, _41, _42, _43, _44, _45, _46, _47, _48,                      \
                  _49, _50, _51, _52, _53, _54, _55, _56, _57, _58, _59, _60, _61, _62, _63, _64, _65, ...)            \
    CT_FOR_8(what, T, _1, _2, _3, _4, _5, _6, _7, _8)                                                                  \
    CT_FOR_8(what, T, _9, _10, _11, _12, _13, _14, _15, _16)                                                           \
    CT_FOR_8(what, T, _17, _18, _19, _20, _21, _22, _23, _24)                                                          \
    CT_FOR_8(what, T, _25, _26, _27, _28, _29, _30, _31, _32)                                                          \
    CT_FOR_8(what, T, _33, _34, _35, _36, _37, _38, _39, _40)                                                          \
    CT_FOR_8(what, T, _41, _42, _43, _44, _45, _46, _47, _48)                                                          \
    CT_FOR_8(what, T, _49, _50, _51, _52, _53, _54, _55, _56)                                                          \
    CT_FOR_8(what, T, _57, _58, _59, _60, _61, _62, _63, _64)                                                          \
    CT_FOR_1(CT_TOO_MANY_FIELDS, T, _65)
#define CT_FOR_8(what, T, a, b, c, d, e, f, g, h)                                                                      \
    CT_FOR_1(what, T, a) CT_FOR_1(what, T, b) CT_FOR_1(what, T, c) CT_FOR_1(what, T, d)                                \
    CT_FOR_1(what, T, e) CT_FOR_1(what, T, f) CT_FOR_1(what, T, g) CT_FOR_1(what, T, h)
/* clang-format on */
#define CT_FOR_1(what, T, ...) __VA_OPT__(what(T, __VA_ARGS__))
#define CT_TOO_MANY_FIELDS(T, field) _Static_assert(0, "shape " #T ": more than 64 fields");

#endif
