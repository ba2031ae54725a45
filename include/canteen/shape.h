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
 * ct_list(Name). It stands outside of functions, in a .c file or in a header that many include. A field is a row (kind,
 * name), of these kinds:
 *
 *     (text, message)                 const char *message;         NULL is null
 *     (integer, votes)                int64_t votes;
 *     (real, price)                   double price;
 *     (boolean, sold)                 bool sold;
 *     (datetime, sold_at)             ct_time sold_at;             UTC
 *     (decimal, price)                ct_decimal price;            exact (types.h)
 *     (date, born)                    ct_date born;
 *     (time, opens)                   ct_daytime opens;            of day
 *     (duration, length)              ct_time length;              µs
 *     (uuid, key)                     ct_uuid key;
 *     (json, data)                    ct_value data;
 *     (binary, digest)                ct_bytes digest;
 *     (array, tags, text)             const ct_array *tags;        of values of one kind; NULL is null
 *     (email, address), url, slug, ip, file, image                 as text, checked as what they are
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
 * Options follow as .option = value; ct_field below lists them: (text, title, .max_length = 200). Numbers, times and
 * the other kinds whose member has no room for null are null where ct_is_null() says so.
 *
 * Shapes that refer to each other are announced: CT_SHAPE_DECLARE(Choice); before the shape that names Choice first.
 * The name of a shape is the program's: two shapes of one name, in two files, are a mistake that ct_row_new() tells. */
#ifndef CANTEEN_SHAPE_H
#define CANTEEN_SHAPE_H

#include "canteen/common.h"
#include "canteen/value.h"

typedef struct ct_shape ct_shape;

typedef enum ct_kind {
    CT_KIND_text,  /* const char *; NULL is null */
    CT_KIND_email, /* as text, from here */
    CT_KIND_url,
    CT_KIND_slug,
    CT_KIND_ip,
    CT_KIND_file,
    CT_KIND_image,    /* to here */
    CT_KIND_integer,  /* int64_t */
    CT_KIND_real,     /* double */
    CT_KIND_decimal,  /* ct_decimal */
    CT_KIND_boolean,  /* bool */
    CT_KIND_datetime, /* ct_time, UTC */
    CT_KIND_date,     /* ct_date */
    CT_KIND_time,     /* ct_daytime */
    CT_KIND_duration, /* ct_time */
    CT_KIND_uuid,     /* ct_uuid */
    CT_KIND_json,     /* ct_value */
    CT_KIND_binary,   /* ct_bytes */
    CT_KIND_array,    /* const ct_array *, of elements of one kind; NULL is null */
    CT_KIND_value,    /* ct_value: anything. Not of models, as the next two */
    CT_KIND_row,      /* a pointer to a row of another shape; NULL is null */
    CT_KIND_rows,     /* a pointer to a list of rows of another shape; NULL is null */
    CT_KIND_method,   /* no member: a function of the row, called when its name is looked up */
    CT_KIND_ref,      /* int64_t name_id and a pointer to the row, once loaded. This and the rest: model.h */
    CT_KIND_one_to_one,
    CT_KIND_ref_uuid, /* the same with a ct_uuid name_id */
    CT_KIND_one_to_one_uuid,
    CT_KIND_ref_text, /* the same with a const char *name_id */
    CT_KIND_one_to_one_text,
    CT_KIND_many_to_many, /* a pointer to a list of rows, once loaded */
    CT_KIND_has_many,     /* the same */
    CT_KIND_has_one,      /* a pointer to a row, once loaded */
    CT_KIND_options       /* no field: the options of the model */
} ct_kind;

/* `row` is of the shape whose method it is. */
typedef ct_value ct_row_method(ct *c, const ct_row *row);

/* One of the values that a field may have, and how people call it. */
typedef struct ct_choice {
    const char *value; /* as text: "d", "3" */
    const char *label;
} ct_choice;
#define CT_CHOICES(...) ((const ct_choice[]){ __VA_ARGS__, { .value = NULL } })

/* NULL where the value is right, else what is wrong with it, for people: "must be even". */
typedef const char *ct_validator(ct *c, ct_value value);
#define CT_VALIDATORS(...) ((ct_validator *const[]){ __VA_ARGS__, NULL })

/* A default that is made anew for each row. */
typedef ct_value ct_default(ct *c);

/* What happens to a row when the one that it refers to is deleted. Those of the database are done by it alone, without
 * hooks and without a look at other rows. */
typedef enum ct_on_delete {
    CT_ON_DELETE_UNSET, /* a ref without one is a mistake */
    CT_CASCADE,         /* the row goes too */
    CT_PROTECT,         /* the other one cannot be deleted (409) */
    CT_RESTRICT,        /* the same, unless this row goes in the same deletion for another reason */
    CT_SET_NULL,
    CT_SET_DEFAULT,
    CT_DO_NOTHING, /* the database may refuse */
    CT_DB_CASCADE,
    CT_DB_SET_NULL,
    CT_DB_SET_DEFAULT,
    CT_DB_RESTRICT
} ct_on_delete;

/* A field and its options: (text, title, .max_length = 200, .help_text = "..."). What is not given is zero. */
typedef struct ct_field {
    const char *name;
    ct_kind kind;
    size_t offset;         /* of the member in the row's struct (of name_id, where there is one); unused by methods */
    const ct_shape *to;    /* of row, rows and relations */
    ct_row_method *method; /* of method */

    /* Set by the macros of models. */
    const char *by;           /* of has_many and has_one: the field of the other model that refers to this one */
    size_t link;              /* of relations: the offset of the pointer to what is loaded */
    size_t condition, change; /* offsets in the query and the change struct */
    size_t nested;            /* of relations: the offset of the nested query in the query */
    ct_kind element;          /* of array */

    /* For people. */
    const char *verbose_name; /* NULL: the name with spaces */
    const char *help_text;
    const ct_choice *choices; /* CHOICES({ "d", "Draft" }, { "p", "Published" }) */

    /* What may be in it. Lengths are in characters (code points; bytes of binary), 0 is no bound. */
    bool required; /* of shapes; of models every field is, unless one of the next two is set */
    bool null;     /* may be NULL in the database */
    bool blank;    /* may be empty */
    int max_length, min_length;
    const char *min_value, *max_value; /* as text: "0", "99.50", "2026-01-01" */
    int max_digits, decimal_places;    /* of decimal */
    const char *pattern;               /* a regular expression of PCRE2 that the text must have */
    ct_validator *const *validators;   /* VALIDATORS(fn, ...) */
    const char *default_value;         /* as text */
    ct_default *default_function;
    const char *db_default;      /* an expression of SQL, kept by the database */
    bool auto_now, auto_now_add; /* of datetime, date and time: when it is saved, when it is created */
    bool uuid_v4, uuid_v7;       /* of uuid: made when it is created */
    bool readonly;               /* not in forms */

    /* The column. */
    const char *column; /* NULL: the name, of ref and one_to_one with _id behind */
    bool primary_key;   /* of CT_TABLE; several: a composite one */
    bool unique, index;
    ct_on_delete on_delete;    /* of ref and one_to_one */
    bool no_constraint;        /* of ref and one_to_one: the database does not check it */
    const ct_shape *through;   /* of many_to_many: &Membership_shape; NULL: a table is made */
    const char *through_table; /* of many_to_many without a model: the name of that table */
    const char *generated;     /* an expression of SQL: the database computes it */
    bool virtual_column;       /* of generated: computed when read, not stored (SQLite) */
    const char *sql_type;      /* in place of the type that the kind gives */
    const char *collation;
    const char *comment; /* kept by the database */

    /* Of shapes for ct_aggregate(): at most one. */
    bool group;                                         /* grouped by the field of this name, or of `.of` */
    const char *of;                                     /* "author.username", or a date's part: "published.year" */
    const char *count;                                  /* "*", or a field: values that are not NULL */
    const char *count_distinct, *sum, *avg, *min, *max; /* fields of the model, also through relations */
    const char *join_text;                              /* values with a comma between them */
    const char *sql;                                    /* an expression of SQL */
} ct_field;

typedef struct ct_model ct_model;

/* What is behind a link of a row, or in a column that is not loaded yet. */
typedef ct_value ct_related_fn(ct *c, const ct_row *row, const ct_field *field);

struct ct_shape {
    const char *name;
    size_t size, field_count;
    const ct_field *fields; /* in the order of the declaration */
    size_t check;           /* tells apart two declarations of one name */
    const ct_model *model;  /* of models: model.h; else NULL */
    size_t unmasked;        /* fields at the front that have no bit in a row's `nulls`: the id of CT_MODEL */
    ct_related_fn *related; /* of models: loads what templates meet */
};

/* The first member of every row: rows describe themselves. */
struct ct_row {
    const ct_shape *shape;
    uint64_t nulls; /* a bit for each field, in their order, that is null though its member has no room for it */
    struct ct_origin_row *origin; /* of rows of models that came from a database: what it was then; else NULL */
};

/* The first member of every list of rows. Read it by the functions below, but for `count`. */
struct ct_rows {
    const ct_shape *shape;
    size_t count, capacity;
    ct_row **items;
    ct *c; /* whose memory it grows in */
};

/* The text of the arguments of a call, kept once for each place: tells what has been given from what is zero. */
typedef struct ct_given {
    const char *text;
    const ct_shape *shape; /* for which `mask` has been made; NULL: not yet */
    uint64_t mask;         /* of fields, as ct_row's nulls */
    uint64_t rows;         /* of refs named by their row alone: .author = user */
    bool key;              /* the id of CT_MODEL is given */
    bool paged;            /* a query that names .after or .before, be they NULL as for the first page */
    const char *file;
    int line;
    size_t check; /* of the model, as this file sees it; 0: not known */
    /* The library's: what the last query from here was found to be, in the site of this number. */
    uint64_t site;
    const void *table, *plan;
} ct_given;
#define CT_GIVEN(...) CT_GIVEN_1(0, __VA_ARGS__)
#define CT_GIVEN_OF(of_check, ...) CT_GIVEN_1(of_check, __VA_ARGS__)
#define CT_GIVEN_1(of_check, ...)                                                                                      \
    (__extension__({                                                                                                   \
        static ct_given given_ = { .text = "" #__VA_ARGS__, .file = __FILE__, .line = __LINE__, .check = (of_check) }; \
        &given_;                                                                                                       \
    }))

/* ---- rows ---- */

/* A row in the memory of `c`: ct_row_new(c, Fortune, .id = 1, .message = "hi"). What is not named is zero,
 * of a model its default or null. Text, and what else is pointed to, is borrowed. */
#define ct_row_new(c, T, ...)                                                                                          \
    ((T *)ct_row_of((c), &(const T){ .row = { .shape = &T##_shape }, __VA_ARGS__ }.row, CT_SHAPE_CHECK(T),             \
                    CT_GIVEN(__VA_ARGS__)))
CT_API ct_row *ct_row_of(ct *c, const ct_row *from, size_t check, ct_given *given);

/* Null for every kind: ct_is_null(post, views). A member that has been assigned a value other than 0 is not null,
 * whatever it was before; ct_set_null() makes it so, and sets it to 0; ct_set_not_null() tells 0 from null. Of a column
 * that a query has left out (.only, .defer) ct_is_null() knows nothing: a number is not null then; ct_load() first. */
#define ct_is_null(of_row, field) ct_row_is_null(&(of_row)->row, offsetof(__typeof__(*(of_row)), field))
#define ct_set_null(of_row, field) ct_row_set_null(&(of_row)->row, offsetof(__typeof__(*(of_row)), field), true)
#define ct_set_not_null(of_row, field) ct_row_set_null(&(of_row)->row, offsetof(__typeof__(*(of_row)), field), false)
CT_API bool ct_row_is_null(const ct_row *row, size_t offset);
CT_API void ct_row_set_null(ct_row *row, size_t offset, bool null);

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
                                                       .check = CT_SHAPE_CHECK(T) };                                   \
    _Static_assert(sizeof(T##_fields) <= 64 * sizeof(ct_field), "shape " #T ": more than 64 fields")

/* Of the size of the struct and the length of the declaration, as a file sees them. */
#define CT_SHAPE_CHECK(T) T##_shape_check

/* A field is read as (kind, name, ...). What is made of it depends on its class: CT_<what is made>_<class>. */
#define CT_CLASS_text PLAIN
#define CT_CLASS_email PLAIN
#define CT_CLASS_url PLAIN
#define CT_CLASS_slug PLAIN
#define CT_CLASS_ip PLAIN
#define CT_CLASS_file PLAIN
#define CT_CLASS_image PLAIN
#define CT_CLASS_integer PLAIN
#define CT_CLASS_real PLAIN
#define CT_CLASS_decimal PLAIN
#define CT_CLASS_boolean PLAIN
#define CT_CLASS_datetime PLAIN
#define CT_CLASS_date PLAIN
#define CT_CLASS_time PLAIN
#define CT_CLASS_duration PLAIN
#define CT_CLASS_uuid PLAIN
#define CT_CLASS_json PLAIN
#define CT_CLASS_binary PLAIN
#define CT_CLASS_value PLAIN
#define CT_CLASS_array ARRAY
#define CT_CLASS_row ROW
#define CT_CLASS_rows ROWS
#define CT_CLASS_method METHOD
/* Of models alone: model.h makes something of them. */
#define CT_CLASS_ref REF
#define CT_CLASS_one_to_one REF
#define CT_CLASS_ref_uuid REF
#define CT_CLASS_one_to_one_uuid REF
#define CT_CLASS_ref_text REF
#define CT_CLASS_one_to_one_text REF
#define CT_CLASS_many_to_many MANY
#define CT_CLASS_has_many HAS_MANY
#define CT_CLASS_has_one HAS_ONE
#define CT_CLASS_options OPTIONS

/* The type of the member; of a relation, that of its name_id. */
#define CT_TYPE_text const char *
#define CT_TYPE_email const char *
#define CT_TYPE_url const char *
#define CT_TYPE_slug const char *
#define CT_TYPE_ip const char *
#define CT_TYPE_file const char *
#define CT_TYPE_image const char *
#define CT_TYPE_integer int64_t
#define CT_TYPE_real double
#define CT_TYPE_decimal ct_decimal
#define CT_TYPE_boolean bool
#define CT_TYPE_datetime ct_time
#define CT_TYPE_date ct_date
#define CT_TYPE_time ct_daytime
#define CT_TYPE_duration ct_time
#define CT_TYPE_uuid ct_uuid
#define CT_TYPE_json ct_value
#define CT_TYPE_binary ct_bytes
#define CT_TYPE_value ct_value
#define CT_TYPE_ref int64_t
#define CT_TYPE_one_to_one int64_t
#define CT_TYPE_ref_uuid ct_uuid
#define CT_TYPE_one_to_one_uuid ct_uuid
#define CT_TYPE_ref_text const char *
#define CT_TYPE_one_to_one_text const char *

#define CT_UNWRAP(...) __VA_ARGS__
#define CT_PASTE(a, b) CT_PASTE_1(a, b)
#define CT_PASTE_1(a, b) a##b

/* Members of the struct. The assertion is for those who misspell a kind: the compiler then says what was meant. */
#define CT_MEMBER(T, field) CT_MEMBER_1 field
#define CT_MEMBER_1(kind, ...)                                                                                         \
    _Static_assert(CT_KIND_##kind + 1, #kind);                                                                         \
    CT_PASTE(CT_MEMBER_, CT_CLASS_##kind)(kind, __VA_ARGS__)
#define CT_MEMBER_PLAIN(kind, name, ...) CT_TYPE_##kind name;
#define CT_MEMBER_ARRAY(kind, name, element, ...) const ct_array *name;
#define CT_MEMBER_ROW(kind, name, To, ...) struct To *name;
#define CT_MEMBER_ROWS(kind, name, To, ...) struct To##_list *name;
#define CT_MEMBER_METHOD(kind, name, function, ...)

/* Their description, the options of the field behind. */
#define CT_DESCRIBE(T, field) CT_DESCRIBE_1(T, CT_UNWRAP field)
#define CT_DESCRIBE_1(T, ...) CT_DESCRIBE_2(T, __VA_ARGS__)
#define CT_DESCRIBE_2(T, kind, ...) CT_PASTE(CT_DESCRIBE_, CT_CLASS_##kind)(T, kind, __VA_ARGS__)
#define CT_DESCRIBE_PLAIN(T, of_kind, field, ...)                                                                      \
    { .name = #field, .kind = CT_KIND_##of_kind, .offset = offsetof(T, field), __VA_ARGS__ },
#define CT_DESCRIBE_ARRAY(T, of_kind, field, of_element, ...)                                                          \
    CT_DESCRIBE_PLAIN(T, of_kind, field, .element = CT_KIND_##of_element, __VA_ARGS__)
#define CT_DESCRIBE_ROW(T, of_kind, field, To, ...) CT_DESCRIBE_PLAIN(T, of_kind, field, .to = &To##_shape, __VA_ARGS__)
#define CT_DESCRIBE_ROWS(T, of_kind, field, To, ...)                                                                   \
    CT_DESCRIBE_PLAIN(T, of_kind, field, .to = &To##_shape, __VA_ARGS__)
#define CT_DESCRIBE_METHOD(T, of_kind, field, function, ...)                                                           \
    { .name = #field, .kind = CT_KIND_method, .method = (function), __VA_ARGS__ },

/* what(T, x) for each x of up to 65: 64 fields, and the options of a model. */
/* clang-format off */
#define CT_FOR_EACH(what, T, ...)                                                                                      \
    CT_FOR_64(what, T, __VA_ARGS__, , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , ,      \
              , , , , , , , , , , , , , , , , , , , , , , , , , , )
#define CT_FOR_64(what, T, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16,                      \
                  _17, _18, _19, _20, _21, _22, _23, _24, _25, _26, _27, _28, _29, _30, _31, _32,                      \
                  _33, _34, _35, _36, _37, _38, _39, _40, _41, _42, _43, _44, _45, _46, _47, _48,                      \
                  _49, _50, _51, _52, _53, _54, _55, _56, _57, _58, _59, _60, _61, _62, _63, _64, _65, _66, ...)       \
    CT_FOR_8(what, T, _1, _2, _3, _4, _5, _6, _7, _8)                                                                  \
    CT_FOR_8(what, T, _9, _10, _11, _12, _13, _14, _15, _16)                                                           \
    CT_FOR_8(what, T, _17, _18, _19, _20, _21, _22, _23, _24)                                                          \
    CT_FOR_8(what, T, _25, _26, _27, _28, _29, _30, _31, _32)                                                          \
    CT_FOR_8(what, T, _33, _34, _35, _36, _37, _38, _39, _40)                                                          \
    CT_FOR_8(what, T, _41, _42, _43, _44, _45, _46, _47, _48)                                                          \
    CT_FOR_8(what, T, _49, _50, _51, _52, _53, _54, _55, _56)                                                          \
    CT_FOR_8(what, T, _57, _58, _59, _60, _61, _62, _63, _64)                                                          \
    CT_FOR_1(what, T, _65) CT_FOR_1(CT_TOO_MANY_FIELDS, T, _66)
#define CT_FOR_8(what, T, a, b, c, d, e, f, g, h)                                                                      \
    CT_FOR_1(what, T, a) CT_FOR_1(what, T, b) CT_FOR_1(what, T, c) CT_FOR_1(what, T, d)                                \
    CT_FOR_1(what, T, e) CT_FOR_1(what, T, f) CT_FOR_1(what, T, g) CT_FOR_1(what, T, h)
/* clang-format on */
#define CT_FOR_1(what, T, ...) __VA_OPT__(what(T, __VA_ARGS__))
#define CT_TOO_MANY_FIELDS(T, field) _Static_assert(0, "shape " #T ": more than 64 fields");

#ifndef CT_NO_SHORT_NAMES
#define CHOICES(...) CT_CHOICES(__VA_ARGS__)
#define VALIDATORS(...) CT_VALIDATORS(__VA_ARGS__)
#endif

#endif
