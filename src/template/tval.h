/* Template values: what expressions of templates compute with.
 *
 * Sixteen bytes, passed by value. What comes from C stays where it is and is read in place: text is borrowed, a map, an
 * array, a row or a list of rows is a pointer. What a template makes (lists, dictionaries, text) lives in the memory of
 * the render and goes with it; nothing is freed singly.
 *
 * The operations follow Python's, for that is what the documentation of both template languages refers to: truth,
 * equality and order, what str() and repr() write. Text is UTF-8 and counts in code points wherever a template can
 * count. A value that cannot be what an operation needs ends the render with a message (ct_render_fail). */
#ifndef CANTEEN_TEMPLATE_TVAL_H
#define CANTEEN_TEMPLATE_TVAL_H

#include "base/buffer.h"
#include "base/common.h"
#include "base/str.h"
#include "canteen/shape.h"
#include "canteen/value.h"

#include <math.h>

typedef struct ct_renderer ct_renderer;

typedef enum ct_ttype {
    CT_T_UNSET,     /* no value at all: an argument not given, a variable not assigned. Templates never see it */
    CT_T_UNDEFINED, /* a name or an attribute that does not exist: text and length are the name, `owner` whose it is */
    CT_T_NONE,
    CT_T_BOOL, /* integer is 0 or 1 */
    CT_T_INT,
    CT_T_REAL,
    CT_T_TEXT,     /* text and length, no NUL behind; CT_T_SAFE in flags: HTML that is not escaped again */
    CT_T_DATETIME, /* integer: microseconds since 1970, UTC */
    CT_T_CLOCK,    /* a time of day; integer: microseconds. This and the next: template/kinds.h */
    CT_T_SPAN,     /* a duration; integer: microseconds */
    CT_T_DECIMAL,
    CT_T_UUID,
    CT_T_BYTES,
    CT_T_LIST,  /* list: made by the template, can change */
    CT_T_TUPLE, /* list too, never changes */
    CT_T_DICT,
    CT_T_RANGE,
    CT_T_MAP, /* the four kinds that come from C */
    CT_T_ARRAY,
    CT_T_ROW,
    CT_T_ROWS,
    CT_T_FUNCTION, /* a function or filter of a table */
    CT_T_METHOD,   /* a function of a table with the value that it belongs to */
    CT_T_OBJECT    /* everything else that has attributes or can be called, by its class */
} ct_ttype;

/* Flags of values. */
enum {
    CT_T_SAFE = 1,    /* TEXT: HTML that is not escaped again */
    CT_T_DAY = 2,     /* DATETIME: shown without its time */
    CT_T_ELEMENT = 4, /* UNDEFINED: the name is the repr() of a key that was no text */
    CT_T_OWNED = 8,   /* UNDEFINED: what has no such attribute lies before the name */
    CT_T_LENIENT = 16 /* UNDEFINED: may be shown even where undefined values are errors */
};

typedef struct ct_tlist ct_tlist;
typedef struct ct_tdict ct_tdict;
typedef struct ct_trange ct_trange;
typedef struct ct_tmethod ct_tmethod;
typedef struct ct_tobject ct_tobject;
typedef struct ct_callable ct_callable;

typedef struct ct_tval {
    union {
        int64_t integer;
        double real;
        const char *text;
        ct_tlist *list;
        ct_tdict *dict;
        const ct_trange *range;
        const ct_map *map;
        const ct_array *array;
        const ct_row *row;
        const ct_rows *rows;
        const ct_decimal *decimal;
        const ct_uuid *uuid;
        const ct_bytes *bytes;
        const ct_callable *function;
        const ct_tmethod *method;
        ct_tobject *object;
    };
    uint32_t length; /* of TEXT and UNDEFINED, in bytes */
    uint8_t type;    /* ct_ttype */
    uint8_t flags;   /* CT_T_SAFE and others */
    uint8_t owner;   /* of UNDEFINED: the ct_ttype of what has no such attribute; UNSET: no such name */
    uint8_t unused;
} ct_tval;

/* Lists and tuples. */
struct ct_tlist {
    ct_tval *items;
    uint32_t count, capacity;
};

/* Dictionaries, in order of insertion. Keys are text, numbers, booleans, None and tuples of those. A removed entry has
 * a key of type UNSET. Read them through the functions below. */
typedef struct ct_tentry {
    ct_tval key, value;
} ct_tentry;

struct ct_tdict {
    ct_tentry *entries;
    uint32_t used, capacity; /* entries, removed ones counted */
    uint32_t count;          /* entries, removed ones not counted */
    uint32_t mask;           /* slots - 1 */
    uint32_t *slots;         /* index + 1 into entries, 0 empty; NULL while the dictionary is short */
};

struct ct_trange {
    int64_t start, stop, step; /* step is not 0 */
    int64_t count;
};

struct ct_tmethod {
    const ct_callable *callable;
    ct_tval self;
};

/* The arguments of a call as the template wrote them. */
typedef struct ct_call {
    const ct_tval *args;
    uint32_t count;
    const ct_str *names; /* of the keyword arguments */
    const ct_tval *named;
    uint32_t named_count;
} ct_call;

typedef struct ct_seq ct_seq;
typedef struct ct_fn ct_fn;

/* Objects: a struct that begins with ct_tobject, and the class that says what it can. NULL members: it cannot. */
typedef struct ct_tclass {
    const char *name;                                                        /* for messages: "loop", "namespace" */
    ct_tval (*get)(ct_renderer *r, ct_tobject *object, ct_str name);         /* an attribute; UNSET: there is none */
    ct_tval (*item)(ct_renderer *r, ct_tobject *object, ct_tval key);        /* object[key]; UNSET: there is none */
    void (*set)(ct_renderer *r, ct_tobject *object, ct_str name, ct_tval v); /* {% set object.name = v %} */
    ct_tval (*call)(ct_renderer *r, ct_tobject *object, const ct_call *call);
    ct_tval (*text)(ct_renderer *r, ct_tobject *object);              /* what str() gives, TEXT; NULL: "<name>" */
    bool (*truth)(ct_renderer *r, ct_tobject *object);                /* NULL: true */
    void (*seq)(ct_renderer *r, ct_tobject *object, ct_seq *ret_seq); /* what iterating over it gives */
    const ct_fn *methods;                                             /* ends with a NULL name; args[0] is the object */
} ct_tclass;

struct ct_tobject {
    const ct_tclass *class;
};

/* ---- making values ---- */

static inline ct_tval ct_t_unset(void)
{
    return (ct_tval){ .type = CT_T_UNSET };
}

static inline ct_tval ct_t_none(void)
{
    return (ct_tval){ .type = CT_T_NONE };
}

static inline ct_tval ct_t_bool(bool value)
{
    return (ct_tval){ .type = CT_T_BOOL, .integer = value };
}

static inline ct_tval ct_t_int(int64_t value)
{
    return (ct_tval){ .type = CT_T_INT, .integer = value };
}

static inline ct_tval ct_t_real(double value)
{
    return (ct_tval){ .type = CT_T_REAL, .real = value };
}

static inline ct_tval ct_t_datetime(ct_time value)
{
    return (ct_tval){ .type = CT_T_DATETIME, .integer = value };
}

/* The text of a value is never NULL. */
static inline ct_tval ct_t_text(const char *data, size_t length)
{
    return (ct_tval){ .type = CT_T_TEXT, .text = data ? data : "", .length = (uint32_t)length };
}

static inline ct_tval ct_t_str(ct_str text)
{
    return ct_t_text(text.data, text.length);
}

static inline ct_tval ct_t_safe_str(ct_str text)
{
    ct_tval v = ct_t_str(text);
    v.flags = CT_T_SAFE;
    return v;
}

#define CT_T_LITERAL(literal) ct_t_text((literal), sizeof(literal) - 1)

/* A name that does not exist; `owner` is the type that has no such attribute, or UNSET for a variable. */
static inline ct_tval ct_t_undefined(ct_str name, ct_ttype owner)
{
    return (
        ct_tval){ .type = CT_T_UNDEFINED, .text = name.data, .length = (uint32_t)name.length, .owner = (uint8_t)owner };
}

static inline ct_tval ct_t_list(ct_tlist *list)
{
    return (ct_tval){ .type = CT_T_LIST, .list = list };
}

static inline ct_tval ct_t_tuple(ct_tlist *list)
{
    return (ct_tval){ .type = CT_T_TUPLE, .list = list };
}

static inline ct_tval ct_t_dict(ct_tdict *dict)
{
    return (ct_tval){ .type = CT_T_DICT, .dict = dict };
}

static inline ct_tval ct_t_object(ct_tobject *object)
{
    return (ct_tval){ .type = CT_T_OBJECT, .object = object };
}

/* A value of C, read in place. Inline in the ordinary cases. */
ct_tval ct_tval_of(ct_value value);
/* The member of a row; METHOD fields are called. */
ct_tval ct_tval_of_field(ct_renderer *r, const ct_row *row, const ct_field *field);
/* A value for C: what the template made is copied into maps and arrays of `c`'s memory; functions and objects other
 * than text become null. Text gets its NUL. Lives in web/ (it needs a `ct`). */

/* ---- asking values ---- */

static inline bool ct_t_is_text(ct_tval v)
{
    return v.type == CT_T_TEXT;
}

static inline bool ct_t_is_safe(ct_tval v)
{
    return v.type == CT_T_TEXT && (v.flags & CT_T_SAFE);
}

static inline bool ct_t_is_number(ct_tval v)
{
    return v.type >= CT_T_BOOL && v.type <= CT_T_REAL;
}

/* What Python has as a list: tuples are none. */
static inline bool ct_t_is_list(ct_tval v)
{
    return v.type == CT_T_LIST || v.type == CT_T_ARRAY || v.type == CT_T_ROWS;
}

/* Whether one of them is NaN, which is neither less nor more than anything. */
static inline bool ct_t_unordered(ct_tval a, ct_tval b)
{
    return (a.type == CT_T_REAL && isnan(a.real)) || (b.type == CT_T_REAL && isnan(b.real));
}

static inline ct_str ct_t_get_str(ct_tval text)
{
    return (ct_str){ text.text, text.length };
}

/* What a Python programmer calls the type: "str", "int", "dict"; for messages. */
const char *ct_tval_type_name(ct_tval v);

/* Ends the render with a message that says what does not exist: "'title' is undefined". */
CT_NORETURN void ct_tval_fail_undefined(ct_renderer *r, ct_tval v);

bool ct_tval_truth_slow(ct_renderer *r, ct_tval v);
static inline bool ct_tval_truth(ct_renderer *r, ct_tval v)
{
    if (v.type == CT_T_BOOL || v.type == CT_T_INT)
        return v.integer != 0;
    if (v.type == CT_T_TEXT)
        return v.length != 0;
    return v.type != CT_T_NONE && ct_tval_truth_slow(r, v);
}

/* a == b. Values of different kinds are unequal (1 == 1.0 == true are equal); never fails but for nesting. */
bool ct_tval_equal(ct_renderer *r, ct_tval a, ct_tval b);
/* Less than 0, 0, more than 0; fails for values that have no order ("<" of a str and an int). */
int ct_tval_compare(ct_renderer *r, ct_tval a, ct_tval b);
/* `item in container`; fails where the container is none. */
bool ct_tval_contains(ct_renderer *r, ct_tval container, ct_tval item);
/* The number of items, or of code points of a text; -1 when it has no length. */
int64_t ct_tval_length(ct_renderer *r, ct_tval v);
/* Whether it can be iterated over. */
bool ct_tval_iterable(ct_tval v);

/* str(v): safe text stays safe; UNDEFINED is "" (fails where undefined values are errors). */
ct_tval ct_tval_text_slow(ct_renderer *r, ct_tval v);
static inline ct_tval ct_tval_text(ct_renderer *r, ct_tval v)
{
    return CT_LIKELY(v.type == CT_T_TEXT) ? v : ct_tval_text_slow(r, v);
}
/* The same, appended. */
void ct_tval_write(ct_renderer *r, ct_buffer *out, ct_tval v);
/* repr(v), appended: quoted text, [1, 'a'], {'a': None}. */
void ct_tval_write_repr(ct_renderer *r, ct_buffer *out, ct_tval v);
/* repr() of a float: the fewest digits that read back the same, "1e+16", "nan". */
void ct_write_real(ct_buffer *out, double value);

/* ---- parts of values ---- */

/* value.name as Jinja reads it: attribute or method, else item. As Django reads it: item, else attribute, else index
 * where the name is a number; what can be called without arguments is called. UNDEFINED when there is none; asking
 * UNDEFINED fails in Jinja and is UNDEFINED in Django. */
ct_tval ct_tval_attribute(ct_renderer *r, ct_tval v, ct_str name);
ct_tval ct_tval_lookup(ct_renderer *r, ct_tval v, ct_str name);
/* value[key] as Jinja reads it: item, else attribute when the key is text. Negative indexes count from the end. */
ct_tval ct_tval_item(ct_renderer *r, ct_tval v, ct_tval key);
/* value[start:stop:step]; UNSET or NONE where omitted. */
ct_tval ct_tval_slice(ct_renderer *r, ct_tval v, ct_tval start, ct_tval stop, ct_tval step);
/* The dotted path of `attribute=` arguments: "author.name", "0.title"; `path` may be an INT too. A part that does not
 * exist gives UNDEFINED, or `fallback` where that is set (not UNSET). */
ct_tval ct_tval_path(ct_renderer *r, ct_tval v, ct_tval path, ct_tval fallback);

/* A sequence: any iterable as a count and an item by index. Dictionaries and maps give their keys, text its characters.
 * Lists that change while being walked are seen as they are. */
struct ct_seq {
    ct_tval of;     /* what is walked; text is made a list of its characters */
    uint32_t count; /* when the walk began */
};
/* Fails where `v` cannot be iterated over ("'int' object is not iterable"). UNDEFINED is empty. */
void ct_seq_init(ct_renderer *r, ct_seq *seq, ct_tval v);
/* The item; index < count. */
ct_tval ct_seq_at(ct_renderer *r, const ct_seq *seq, uint32_t index);

/* The value of a key of a DICT or MAP; false where there is none. Fails for a key that cannot be one. */
bool ct_tval_find(ct_renderer *r, ct_tval mapping, ct_tval key, ct_tval *ret_value);
/* Walks the pairs of a DICT or MAP: for (uint32_t at = 0; ct_tval_next_pair(mapping, &at, &key, &value);) */
bool ct_tval_next_pair(ct_tval mapping, uint32_t *at, ct_tval *ret_key, ct_tval *ret_value);

/* ---- lists and dictionaries of templates ---- */

ct_tlist *ct_tlist_new(ct_renderer *r, uint32_t capacity);
void ct_tlist_add(ct_renderer *r, ct_tlist *list, ct_tval item);
/* A new list of the items of any iterable. */
ct_tlist *ct_tlist_of(ct_renderer *r, ct_tval v);
/* (a, b) */
ct_tval ct_t_pair(ct_renderer *r, ct_tval a, ct_tval b);

ct_tdict *ct_tdict_new(ct_renderer *r);
/* Fails for a key that cannot be one ("unhashable type: 'list'"). */
void ct_tdict_set(ct_renderer *r, ct_tdict *dict, ct_tval key, ct_tval value);
/* The value's place, or NULL. */
ct_tval *ct_tdict_find(ct_renderer *r, const ct_tdict *dict, ct_tval key);
ct_tval *ct_tdict_find_str(ct_renderer *r, const ct_tdict *dict, ct_str key);
bool ct_tdict_remove(ct_renderer *r, ct_tdict *dict, ct_tval key);
/* Walks the entries: for (uint32_t at = 0; (entry = ct_tdict_next(dict, &at));) */
const ct_tentry *ct_tdict_next(const ct_tdict *dict, uint32_t *at);
/* Whether the value can be a key. */
bool ct_tval_hashable(ct_renderer *r, ct_tval v);
/* Sets the pairs of a DICT or MAP, or of what dict() takes: a list of pairs. */
void ct_tdict_update(ct_renderer *r, ct_tdict *dict, ct_tval v);
/* The same as a new dictionary. */
ct_tdict *ct_tdict_of(ct_renderer *r, ct_tval v);

/* ---- calls ---- */

/* Calls what can be called: functions, methods, macros, objects. Fails for everything else. */
ct_tval ct_tval_call(ct_renderer *r, ct_tval callee, const ct_call *call);
bool ct_tval_callable(ct_tval v);

#endif
