/* Conditions of a query and changes of an update: one type for each kind of field, so that the compiler checks what a
 * field is compared with.
 *
 *     ct_select(c, Post, .views = GT(100), .title = ICONTAINS("hello"), .status = IN("draft", "published"),
 *               .published = BETWEEN(from, to), .author = WHERE(User, .username = EQ(name)))
 *
 *     EQ(x) NE(x) LT(x) LE(x) GT(x) GE(x)    every kind but json. NE(x) is true of NULL too, as Django's exclude() is
 *     BETWEEN(low, high)                     low and high belong to it
 *     IN(a, b, ...) NOT_IN(a, b, ...)        constants or variables; IN_ARRAY(items, count) of an array of the field's
 *                                            type; of none nothing is in it
 *     IS_NULL NOT_NULL                       EQ(NULL) on text is a mistake that aborts
 *     CONTAINS(s) STARTS(s) ENDS(s)          text: as it stands, '%' and '_' too
 *     IEXACT(s) ICONTAINS(s) ISTARTS(s) IENDS(s)   without regard to case, of all letters on PostgreSQL, of ASCII on
 *                                            SQLite
 *     REGEX(s) IREGEX(s)                     text: PCRE2's on SQLite, PostgreSQL's own there
 *     YEAR(x) MONTH(x) DAY(x) QUARTER(x) WEEK(x) WEEK_DAY(x) ISO_WEEK_DAY(x)   date and datetime; HOUR(x) MINUTE(x)
 *     SECOND(x) datetime and time. x is a condition: .published = YEAR(EQ(2026)), MONTH(IN(6, 7, 8))
 *     ON_DATE(x)                             datetime: .published = ON_DATE(LE(day))
 *     EQ_FIELD(T, f) NE_FIELD LT_FIELD LE_FIELD GT_FIELD GE_FIELD   another field of the same row
 *     JSON_HAS("a.b") JSON_EQ("a.b[0]", x) JSON_CONTAINS(x)   json; x is any value that KV() takes. A path is the
 *                                            program's: one that is none, "" of JSON_HAS too, aborts with 500
 *     HAS(x)                                 array: x is one of its elements
 *
 * Weeks and days of the week count as Django's: WEEK by ISO 8601, WEEK_DAY 1 is Sunday, ISO_WEEK_DAY 1 is Monday.
 *
 * A relation takes a condition on the row behind it, WHERE(User, ...); one to many rows is true where any of them
 * meets it: .choices = WHERE(Choice, .votes = GT(10)). Conditions of one query are all to be met. Otherwise:
 *
 *     .any  = ANY_OF(Post, { .views = GT(100) }, { .pinned = EQ(true), .views = GT(10) })    one of them at least
 *     .none = NONE_OF(Post, { .status = EQ("draft") })                                       none of them
 *     .all  = ALL_OF(Post, { .views = GE(1) }, { .views = NE(13) })                          all, two of one field too
 *
 * Changes, for ct_update() and ct_update_where():
 *
 *     SET(x)                    TO_NULL         TO_DEFAULT       NOW (datetime, date, time)
 *     ADD(n) SUB(n) MUL(n)      of numbers; ADD and SUB of a duration (µs) on datetime
 *     APPEND(s)                 of text: behind what is there
 *     FIELD(T, f)               the value of another field of the row, before the change */
#ifndef CANTEEN_CONDITION_H
#define CANTEEN_CONDITION_H

/* Compilers keep to themselves what they warn of in macros of a system's headers, and that is what holds conditions to
 * their fields: with this line the header is the program's, wherever it is installed. */
# 45 "canteen/condition.h"

#include "canteen/common.h"
#include "canteen/types.h"
#include "canteen/value.h"

typedef enum ct_op {
    CT_OP_NONE, /* no condition */
    CT_OP_EQ,
    CT_OP_NE,
    CT_OP_LT,
    CT_OP_LE,
    CT_OP_GT,
    CT_OP_GE,
    CT_OP_BETWEEN,
    CT_OP_IN,
    CT_OP_NOT_IN,
    CT_OP_IS_NULL,
    CT_OP_NOT_NULL,
    CT_OP_CONTAINS,
    CT_OP_STARTS,
    CT_OP_ENDS,
    CT_OP_IEXACT,
    CT_OP_ICONTAINS,
    CT_OP_ISTARTS,
    CT_OP_IENDS,
    CT_OP_REGEX,
    CT_OP_IREGEX,
    CT_OP_YEAR,
    CT_OP_MONTH,
    CT_OP_DAY,
    CT_OP_QUARTER,
    CT_OP_WEEK,
    CT_OP_WEEK_DAY,
    CT_OP_ISO_WEEK_DAY,
    CT_OP_HOUR,
    CT_OP_MINUTE,
    CT_OP_SECOND,
    CT_OP_ON_DATE,
    CT_OP_EQ_FIELD,
    CT_OP_NE_FIELD,
    CT_OP_LT_FIELD,
    CT_OP_LE_FIELD,
    CT_OP_GT_FIELD,
    CT_OP_GE_FIELD,
    CT_OP_JSON_HAS,
    CT_OP_JSON_EQ,
    CT_OP_JSON_CONTAINS,
    CT_OP_HAS
} ct_op;

/* What each condition begins with; `value` and `to`, `items` and `count`, or `field` (an offset in the row's struct)
 * belong to the operator. */
#define CT_COND_MEMBERS(type)                                                                                          \
    ct_op op;                                                                                                          \
    union {                                                                                                            \
        struct {                                                                                                       \
            type value;                                                                                                \
            type to;                                                                                                   \
        };                                                                                                             \
        struct {                                                                                                       \
            type const *items;                                                                                         \
            size_t count;                                                                                              \
        };                                                                                                             \
        struct {                                                                                                       \
            size_t field;                                                                                              \
            const struct ct_shape *field_of;                                                                           \
        };

typedef struct ct_cond_integer {
    CT_COND_MEMBERS(int64_t)
};
}
ct_cond_integer;

typedef struct ct_cond_real {
    CT_COND_MEMBERS(double)
};
}
ct_cond_real;

typedef struct ct_cond_decimal {
    CT_COND_MEMBERS(ct_decimal)
};
}
ct_cond_decimal;

typedef struct ct_cond_boolean {
    CT_COND_MEMBERS(bool)
};
}
ct_cond_boolean;

typedef struct ct_cond_text {
    CT_COND_MEMBERS(const char *)
    const char *pattern; /* the same place as value: what only text can be asked */
};
}
ct_cond_text;

typedef struct ct_cond_date {
    CT_COND_MEMBERS(ct_date)
    ct_cond_integer part;
};
}
ct_cond_date;

typedef struct ct_cond_time {
    CT_COND_MEMBERS(ct_daytime)
    ct_cond_integer clock_part;
};
}
ct_cond_time;

typedef struct ct_cond_datetime {
    CT_COND_MEMBERS(ct_time)
    ct_cond_integer part;       /* of the date */
    ct_cond_integer clock_part; /* of the time */
    ct_cond_date date;
};
}
ct_cond_datetime;

typedef struct ct_cond_uuid {
    CT_COND_MEMBERS(ct_uuid)
};
}
ct_cond_uuid;

typedef struct ct_cond_binary {
    CT_COND_MEMBERS(ct_bytes)
};
}
ct_cond_binary;

typedef struct ct_cond_json {
    ct_op op;
    const char *path; /* names with dots between, [n] for the n-th of an array; "": the whole */
    ct_value json;
} ct_cond_json;

typedef struct ct_cond_array {
    ct_op op;
    ct_value element;
} ct_cond_array;

#define CT_COND_text ct_cond_text
#define CT_COND_email ct_cond_text
#define CT_COND_url ct_cond_text
#define CT_COND_slug ct_cond_text
#define CT_COND_ip ct_cond_text
#define CT_COND_file ct_cond_text
#define CT_COND_image ct_cond_text
#define CT_COND_integer ct_cond_integer
#define CT_COND_real ct_cond_real
#define CT_COND_decimal ct_cond_decimal
#define CT_COND_boolean ct_cond_boolean
#define CT_COND_datetime ct_cond_datetime
#define CT_COND_date ct_cond_date
#define CT_COND_time ct_cond_time
#define CT_COND_duration ct_cond_integer
#define CT_COND_uuid ct_cond_uuid
#define CT_COND_json ct_cond_json
#define CT_COND_binary ct_cond_binary
#define CT_COND_ref ct_cond_integer
#define CT_COND_one_to_one ct_cond_integer
#define CT_COND_ref_uuid ct_cond_uuid
#define CT_COND_one_to_one_uuid ct_cond_uuid
#define CT_COND_ref_text ct_cond_text
#define CT_COND_one_to_one_text ct_cond_text

#define CT_OF_VALUE(operator, x)                                                                                       \
    {                                                                                                                  \
        .op = (operator), .value = (x)                                                                                 \
    }
#define CT_EQ(x) CT_OF_VALUE(CT_OP_EQ, x)
#define CT_NE(x) CT_OF_VALUE(CT_OP_NE, x)
#define CT_LT(x) CT_OF_VALUE(CT_OP_LT, x)
#define CT_LE(x) CT_OF_VALUE(CT_OP_LE, x)
#define CT_GT(x) CT_OF_VALUE(CT_OP_GT, x)
#define CT_GE(x) CT_OF_VALUE(CT_OP_GE, x)
#define CT_BETWEEN(low, high)                                                                                          \
    {                                                                                                                  \
        .op = CT_OP_BETWEEN, .value = (low), .to = (high)                                                              \
    }
#define CT_IS_NULL                                                                                                     \
    {                                                                                                                  \
        .op = CT_OP_IS_NULL                                                                                            \
    }
#define CT_NOT_NULL                                                                                                    \
    {                                                                                                                  \
        .op = CT_OP_NOT_NULL                                                                                           \
    }

#define CT_IN(...) CT_OF_ITEMS(CT_OP_IN, __VA_ARGS__)
#define CT_NOT_IN(...) CT_OF_ITEMS(CT_OP_NOT_IN, __VA_ARGS__)
#define CT_IN_ARRAY(of_items, of_count)                                                                                \
    {                                                                                                                  \
        .op = CT_OP_IN, .items = (of_items), .count = (of_count)                                                       \
    }
#define CT_NOT_IN_ARRAY(of_items, of_count)                                                                            \
    {                                                                                                                  \
        .op = CT_OP_NOT_IN, .items = (of_items), .count = (of_count)                                                   \
    }
#define CT_OF_ITEMS(operator, ...)                                                                                     \
    {                                                                                                                  \
        .op = (operator), .items = (const CT_ITEM(__VA_ARGS__, )[]){ __VA_ARGS__ },                                    \
        .count = sizeof((const CT_ITEM(__VA_ARGS__, )[]){ __VA_ARGS__ }) / sizeof(CT_ITEM(__VA_ARGS__, ))              \
    }
/* The type of member that takes the first of some values: integers of every type are int64_t. */
#define CT_ITEM(first, ...)                                                                                            \
    __typeof__(_Generic((first),                                                                                       \
        char *: (const char *)0,                                                                                       \
        const char *: (const char *)0,                                                                                 \
        char: (int64_t)0,                                                                                              \
        signed char: (int64_t)0,                                                                                       \
        short: (int64_t)0,                                                                                             \
        int: (int64_t)0,                                                                                               \
        long: (int64_t)0,                                                                                              \
        long long: (int64_t)0,                                                                                         \
        unsigned char: (int64_t)0,                                                                                     \
        unsigned short: (int64_t)0,                                                                                    \
        unsigned int: (int64_t)0,                                                                                      \
        float: (double)0,                                                                                              \
        default: (first)))

#define CT_OF_PATTERN(operator, x)                                                                                     \
    {                                                                                                                  \
        .op = (operator), .pattern = (x)                                                                               \
    }
#define CT_CONTAINS(x) CT_OF_PATTERN(CT_OP_CONTAINS, x)
#define CT_STARTS(x) CT_OF_PATTERN(CT_OP_STARTS, x)
#define CT_ENDS(x) CT_OF_PATTERN(CT_OP_ENDS, x)
#define CT_IEXACT(x) CT_OF_PATTERN(CT_OP_IEXACT, x)
#define CT_ICONTAINS(x) CT_OF_PATTERN(CT_OP_ICONTAINS, x)
#define CT_ISTARTS(x) CT_OF_PATTERN(CT_OP_ISTARTS, x)
#define CT_IENDS(x) CT_OF_PATTERN(CT_OP_IENDS, x)
#define CT_REGEX(x) CT_OF_PATTERN(CT_OP_REGEX, x)
#define CT_IREGEX(x) CT_OF_PATTERN(CT_OP_IREGEX, x)

/* With dots, for a condition in braces is many arguments to the preprocessor. */
#define CT_YEAR(...)                                                                                                   \
    {                                                                                                                  \
        .op = CT_OP_YEAR, .part = __VA_ARGS__                                                                          \
    }
#define CT_MONTH(...)                                                                                                  \
    {                                                                                                                  \
        .op = CT_OP_MONTH, .part = __VA_ARGS__                                                                         \
    }
#define CT_DAY_OF(...)                                                                                                 \
    {                                                                                                                  \
        .op = CT_OP_DAY, .part = __VA_ARGS__                                                                           \
    }
#define CT_QUARTER(...)                                                                                                \
    {                                                                                                                  \
        .op = CT_OP_QUARTER, .part = __VA_ARGS__                                                                       \
    }
#define CT_WEEK(...)                                                                                                   \
    {                                                                                                                  \
        .op = CT_OP_WEEK, .part = __VA_ARGS__                                                                          \
    }
#define CT_WEEK_DAY(...)                                                                                               \
    {                                                                                                                  \
        .op = CT_OP_WEEK_DAY, .part = __VA_ARGS__                                                                      \
    }
#define CT_ISO_WEEK_DAY(...)                                                                                           \
    {                                                                                                                  \
        .op = CT_OP_ISO_WEEK_DAY, .part = __VA_ARGS__                                                                  \
    }
#define CT_HOUR_OF(...)                                                                                                \
    {                                                                                                                  \
        .op = CT_OP_HOUR, .clock_part = __VA_ARGS__                                                                    \
    }
#define CT_MINUTE_OF(...)                                                                                              \
    {                                                                                                                  \
        .op = CT_OP_MINUTE, .clock_part = __VA_ARGS__                                                                  \
    }
#define CT_SECOND_OF(...)                                                                                              \
    {                                                                                                                  \
        .op = CT_OP_SECOND, .clock_part = __VA_ARGS__                                                                  \
    }
#define CT_ON_DATE(...)                                                                                                \
    {                                                                                                                  \
        .op = CT_OP_ON_DATE, .date = __VA_ARGS__                                                                       \
    }

#define CT_OF_FIELD(operator, T, f)                                                                                    \
    {                                                                                                                  \
        .op = (operator), .field = offsetof(T, f), .field_of = &T##_shape                                              \
    }
#define CT_EQ_FIELD(T, f) CT_OF_FIELD(CT_OP_EQ_FIELD, T, f)
#define CT_NE_FIELD(T, f) CT_OF_FIELD(CT_OP_NE_FIELD, T, f)
#define CT_LT_FIELD(T, f) CT_OF_FIELD(CT_OP_LT_FIELD, T, f)
#define CT_LE_FIELD(T, f) CT_OF_FIELD(CT_OP_LE_FIELD, T, f)
#define CT_GT_FIELD(T, f) CT_OF_FIELD(CT_OP_GT_FIELD, T, f)
#define CT_GE_FIELD(T, f) CT_OF_FIELD(CT_OP_GE_FIELD, T, f)

#define CT_JSON_HAS(key)                                                                                               \
    {                                                                                                                  \
        .op = CT_OP_JSON_HAS, .path = (key)                                                                            \
    }
#define CT_JSON_EQ(at, x)                                                                                              \
    {                                                                                                                  \
        .op = CT_OP_JSON_EQ, .path = (at), .json = CT_VALUE(x)                                                         \
    }
#define CT_JSON_CONTAINS(x)                                                                                            \
    {                                                                                                                  \
        .op = CT_OP_JSON_CONTAINS, .path = "", .json = CT_VALUE(x)                                                     \
    }
#define CT_HAS(x)                                                                                                      \
    {                                                                                                                  \
        .op = CT_OP_HAS, .element = CT_VALUE(x)                                                                        \
    }

#define CT_WHERE(T, ...) (&(const T##_query){ .of_shape = &T##_shape, __VA_ARGS__ })
#define CT_GROUP(T, ...) ((const T##_query[]){ { .of_shape = &T##_shape, .end = true }, __VA_ARGS__, { .end = true } })

/* ---- changes ---- */

typedef enum ct_change_op {
    CT_CHANGE_NONE,      /* the field stays as it is */
    CT_CHANGE_SET = 100, /* no value is that of a condition: one in the other's place is told */
    CT_CHANGE_NULL,
    CT_CHANGE_DEFAULT,
    CT_CHANGE_NOW,
    CT_CHANGE_ADD,
    CT_CHANGE_SUB,
    CT_CHANGE_MUL,
    CT_CHANGE_APPEND,
    CT_CHANGE_FIELD
} ct_change_op;

#define CT_CHANGE_OTHER                                                                                                \
    struct {                                                                                                           \
        size_t field; /* an offset in the row's struct, and the model that it is of */                                 \
        const struct ct_shape *field_of;                                                                               \
    }

/* `value`, `number` (only where one can add), `text` (where one can append), `now` (where there is a time). */
typedef struct ct_change_integer {
    ct_change_op op;
    union {
        int64_t value, number;
        CT_CHANGE_OTHER;
    };
} ct_change_integer;

typedef struct ct_change_real {
    ct_change_op op;
    union {
        double value, number;
        CT_CHANGE_OTHER;
    };
} ct_change_real;

typedef struct ct_change_decimal {
    ct_change_op op;
    union {
        ct_decimal value, number;
        CT_CHANGE_OTHER;
    };
} ct_change_decimal;

typedef struct ct_change_boolean {
    ct_change_op op;
    union {
        bool value;
        CT_CHANGE_OTHER;
    };
} ct_change_boolean;

typedef struct ct_change_text {
    ct_change_op op;
    union {
        const char *value, *text;
        CT_CHANGE_OTHER;
    };
} ct_change_text;

typedef struct ct_change_datetime {
    ct_change_op op;
    union {
        ct_time value, number, now;
        CT_CHANGE_OTHER;
    };
} ct_change_datetime;

typedef struct ct_change_date {
    ct_change_op op;
    union {
        ct_date value;
        int64_t now;
        CT_CHANGE_OTHER;
    };
} ct_change_date;

typedef struct ct_change_time {
    ct_change_op op;
    union {
        ct_daytime value;
        int64_t now;
        CT_CHANGE_OTHER;
    };
} ct_change_time;

typedef struct ct_change_uuid {
    ct_change_op op;
    union {
        ct_uuid value;
        CT_CHANGE_OTHER;
    };
} ct_change_uuid;

typedef struct ct_change_binary {
    ct_change_op op;
    union {
        ct_bytes value;
        CT_CHANGE_OTHER;
    };
} ct_change_binary;

typedef struct ct_change_json {
    ct_change_op op;
    union {
        ct_value value;
        CT_CHANGE_OTHER;
    };
} ct_change_json;

typedef struct ct_change_array {
    ct_change_op op;
    union {
        const ct_array *value;
        CT_CHANGE_OTHER;
    };
} ct_change_array;

#define CT_CHANGE_OF_text ct_change_text
#define CT_CHANGE_OF_email ct_change_text
#define CT_CHANGE_OF_url ct_change_text
#define CT_CHANGE_OF_slug ct_change_text
#define CT_CHANGE_OF_ip ct_change_text
#define CT_CHANGE_OF_file ct_change_text
#define CT_CHANGE_OF_image ct_change_text
#define CT_CHANGE_OF_integer ct_change_integer
#define CT_CHANGE_OF_real ct_change_real
#define CT_CHANGE_OF_decimal ct_change_decimal
#define CT_CHANGE_OF_boolean ct_change_boolean
#define CT_CHANGE_OF_datetime ct_change_datetime
#define CT_CHANGE_OF_date ct_change_date
#define CT_CHANGE_OF_time ct_change_time
#define CT_CHANGE_OF_duration ct_change_integer
#define CT_CHANGE_OF_uuid ct_change_uuid
#define CT_CHANGE_OF_json ct_change_json
#define CT_CHANGE_OF_binary ct_change_binary
#define CT_CHANGE_OF_ref ct_change_integer
#define CT_CHANGE_OF_one_to_one ct_change_integer
#define CT_CHANGE_OF_ref_uuid ct_change_uuid
#define CT_CHANGE_OF_one_to_one_uuid ct_change_uuid
#define CT_CHANGE_OF_ref_text ct_change_text
#define CT_CHANGE_OF_one_to_one_text ct_change_text

#define CT_SET_TO(x)                                                                                                   \
    {                                                                                                                  \
        .op = CT_CHANGE_SET, .value = (x)                                                                              \
    }
#define CT_TO_NULL                                                                                                     \
    {                                                                                                                  \
        .op = CT_CHANGE_NULL                                                                                           \
    }
#define CT_TO_DEFAULT                                                                                                  \
    {                                                                                                                  \
        .op = CT_CHANGE_DEFAULT                                                                                        \
    }
#define CT_NOW                                                                                                         \
    {                                                                                                                  \
        .op = CT_CHANGE_NOW, .now = 0                                                                                  \
    }
#define CT_ADD(x)                                                                                                      \
    {                                                                                                                  \
        .op = CT_CHANGE_ADD, .number = (x)                                                                             \
    }
#define CT_SUB(x)                                                                                                      \
    {                                                                                                                  \
        .op = CT_CHANGE_SUB, .number = (x)                                                                             \
    }
#define CT_MUL(x)                                                                                                      \
    {                                                                                                                  \
        .op = CT_CHANGE_MUL, .number = (x)                                                                             \
    }
#define CT_APPEND(x)                                                                                                   \
    {                                                                                                                  \
        .op = CT_CHANGE_APPEND, .text = (x)                                                                            \
    }
#define CT_FIELD(T, f)                                                                                                 \
    {                                                                                                                  \
        .op = CT_CHANGE_FIELD, .field = offsetof(T, f), .field_of = &T##_shape                                         \
    }

#ifndef CT_NO_SHORT_NAMES
#define EQ(x) CT_EQ(x)
#define NE(x) CT_NE(x)
#define LT(x) CT_LT(x)
#define LE(x) CT_LE(x)
#define GT(x) CT_GT(x)
#define GE(x) CT_GE(x)
#define BETWEEN(low, high) CT_BETWEEN(low, high)
#define IN(...) CT_IN(__VA_ARGS__)
#define NOT_IN(...) CT_NOT_IN(__VA_ARGS__)
#define IN_ARRAY(items, count) CT_IN_ARRAY(items, count)
#define NOT_IN_ARRAY(items, count) CT_NOT_IN_ARRAY(items, count)
#define IS_NULL CT_IS_NULL
#define NOT_NULL CT_NOT_NULL
#define CONTAINS(x) CT_CONTAINS(x)
#define STARTS(x) CT_STARTS(x)
#define ENDS(x) CT_ENDS(x)
#define IEXACT(x) CT_IEXACT(x)
#define ICONTAINS(x) CT_ICONTAINS(x)
#define ISTARTS(x) CT_ISTARTS(x)
#define IENDS(x) CT_IENDS(x)
#define REGEX(x) CT_REGEX(x)
#define IREGEX(x) CT_IREGEX(x)
#define YEAR(...) CT_YEAR(__VA_ARGS__)
#define MONTH(...) CT_MONTH(__VA_ARGS__)
#define DAY(...) CT_DAY_OF(__VA_ARGS__)
#define QUARTER(...) CT_QUARTER(__VA_ARGS__)
#define WEEK(...) CT_WEEK(__VA_ARGS__)
#define WEEK_DAY(...) CT_WEEK_DAY(__VA_ARGS__)
#define ISO_WEEK_DAY(...) CT_ISO_WEEK_DAY(__VA_ARGS__)
#define HOUR(...) CT_HOUR_OF(__VA_ARGS__)
#define MINUTE(...) CT_MINUTE_OF(__VA_ARGS__)
#define SECOND(...) CT_SECOND_OF(__VA_ARGS__)
#define ON_DATE(...) CT_ON_DATE(__VA_ARGS__)
#define EQ_FIELD(T, f) CT_EQ_FIELD(T, f)
#define NE_FIELD(T, f) CT_NE_FIELD(T, f)
#define LT_FIELD(T, f) CT_LT_FIELD(T, f)
#define LE_FIELD(T, f) CT_LE_FIELD(T, f)
#define GT_FIELD(T, f) CT_GT_FIELD(T, f)
#define GE_FIELD(T, f) CT_GE_FIELD(T, f)
#define JSON_HAS(key) CT_JSON_HAS(key)
#define JSON_EQ(path, x) CT_JSON_EQ(path, x)
#define JSON_CONTAINS(x) CT_JSON_CONTAINS(x)
#define HAS(x) CT_HAS(x)
#define WHERE(T, ...) CT_WHERE(T, __VA_ARGS__)
#define ANY_OF(T, ...) CT_GROUP(T, __VA_ARGS__)
#define NONE_OF(T, ...) CT_GROUP(T, __VA_ARGS__)
#define ALL_OF(T, ...) CT_GROUP(T, __VA_ARGS__)
#define TO_NULL CT_TO_NULL
#define TO_DEFAULT CT_TO_DEFAULT
#define NOW CT_NOW
#define ADD(x) CT_ADD(x)
#define SUB(x) CT_SUB(x)
#define MUL(x) CT_MUL(x)
#define APPEND(x) CT_APPEND(x)
#define FIELD(T, f) CT_FIELD(T, f)
#endif

#endif
