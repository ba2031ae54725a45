/* JSON for SQLite, to be asked as PostgreSQL's jsonb is: what is at a path, equality by value, containment.
 *
 * The text of a column is read anew for each row, into memory that goes right after. What is no JSON is an error of the
 * statement. */
#include "db/sqlite_teach.h"

#include "base/arena.h"
#include "shape/json_read.h"
#include "shape/value.h"

#define MEMORY (64 << 20) /* for one value */

/* ---- comparing ---- */

static bool is_number(ct_value value)
{
    return value.type == CT_VALUE_INT || value.type == CT_VALUE_UINT || value.type == CT_VALUE_REAL;
}

static bool equal_numbers(ct_value a, ct_value b)
{
    if (a.type == CT_VALUE_REAL || b.type == CT_VALUE_REAL) {
        long double x = a.type == CT_VALUE_REAL  ? a.real
                        : a.type == CT_VALUE_INT ? (long double)a.integer
                                                 : (long double)a.uinteger;
        long double y = b.type == CT_VALUE_REAL  ? b.real
                        : b.type == CT_VALUE_INT ? (long double)b.integer
                                                 : (long double)b.uinteger;
        return x == y;
    }
    return a.type == b.type && a.uinteger == b.uinteger;
}

static bool equal(ct_value a, ct_value b);

static bool equal_maps(const ct_map *a, const ct_map *b)
{
    bool same = a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        const ct_kv *other = ct_map_find(b, ct_str_of(a->pairs[i].key));
        same = other && equal(a->pairs[i].value, other->value);
    }
    return same;
}

static bool equal_arrays(const ct_array *a, const ct_array *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = equal(a->items[i], b->items[i]);
    return same;
}

/* As deep as the reader reads (CT_JSON_DEPTH). */
static bool equal(ct_value a, ct_value b)
{
    if (is_number(a) && is_number(b))
        return equal_numbers(a, b);
    if (a.type != b.type)
        return false;
    switch (a.type) {
    case CT_VALUE_BOOL:
        return a.boolean == b.boolean;
    case CT_VALUE_TEXT:
        return strcmp(a.text, b.text) == 0;
    case CT_VALUE_MAP:
        return equal_maps(a.map, b.map);
    case CT_VALUE_ARRAY:
        return equal_arrays(a.array, b.array);
    default:
        return true; /* null */
    }
}

static bool contains(ct_value a, ct_value b);

static bool any_contains(const ct_array *array, ct_value part)
{
    for (size_t i = 0; i < array->count; i++)
        if (contains(array->items[i], part))
            return true;
    return false;
}

/* PostgreSQL's @>: members and items of b are in a, whatever else is. */
static bool contains(ct_value a, ct_value b)
{
    if (a.type == CT_VALUE_MAP && b.type == CT_VALUE_MAP) {
        for (uint32_t i = 0; i < b.map->count; i++) {
            const ct_kv *in = ct_map_find(a.map, ct_str_of(b.map->pairs[i].key));
            if (!in || !contains(in->value, b.map->pairs[i].value))
                return false;
        }
        return true;
    }
    if (a.type == CT_VALUE_ARRAY && b.type == CT_VALUE_ARRAY) {
        for (size_t i = 0; i < b.array->count; i++)
            if (!any_contains(a.array, b.array->items[i]))
                return false;
        return true;
    }
    return equal(a, b);
}

/* The whole: an array has in it what it has as an item, too, as PostgreSQL has it at the top alone. */
static bool contains_whole(ct_value a, ct_value b)
{
    bool plain = b.type != CT_VALUE_MAP && b.type != CT_VALUE_ARRAY;
    return a.type == CT_VALUE_ARRAY && plain ? any_contains(a.array, b) : contains(a, b);
}

/* ---- paths ---- */

/* The item of "[12]", which ends at *at. */
static bool step_into_array(ct_str *path, ct_value *value)
{
    const char *close = memchr(path->data, ']', path->length);
    uint64_t index;
    if (!close || !ct_str_to_uint64((ct_str){ path->data + 1, (size_t)(close - path->data) - 1 }, &index) ||
        value->type != CT_VALUE_ARRAY || index >= value->array->count)
        return false;
    *value = value->array->items[index];
    *path = (ct_str){ close + 1, path->length - (size_t)(close + 1 - path->data) };
    return true;
}

static bool step_into_map(ct_str *path, ct_value *value)
{
    size_t length = 0;
    while (length < path->length && path->data[length] != '.' && path->data[length] != '[')
        length++;
    const ct_kv *in = value->type == CT_VALUE_MAP ? ct_map_find(value->map, (ct_str){ path->data, length }) : NULL;
    if (!in)
        return false;
    *value = in->value;
    *path = (ct_str){ path->data + length, path->length - length };
    return true;
}

/* What is at "a.b[0]"; the whole at "". */
static bool find(ct_value *value, ct_str path)
{
    while (path.length) {
        if (*path.data == '.')
            path = (ct_str){ path.data + 1, path.length - 1 };
        if (path.length && *path.data == '[' ? !step_into_array(&path, value) : !step_into_map(&path, value))
            return false;
    }
    return true;
}

/* ---- the functions ---- */

static bool read(sqlite3_context *context, sqlite3_value *from, ct_arena *arena, ct_value *ret_value)
{
    ct_error error;
    if (ct_json_read(ct_sqlite_text(from), arena, ret_value, &error))
        return true;
    sqlite3_result_error(context, "what is no JSON was to be looked into", -1);
    return false;
}

/* Does the value at the path of the first have the third in it, or is it that? */
static void compare(sqlite3_context *context, int count, sqlite3_value **values, bool (*test)(ct_value, ct_value))
{
    ct_arena arena;
    ct_value value, other;
    if (ct_sqlite_any_null(count, values))
        return;
    ct_arena_init(&arena, NULL, MEMORY);
    if (read(context, values[0], &arena, &value) && read(context, values[2], &arena, &other))
        sqlite3_result_int(context, find(&value, ct_sqlite_text(values[1])) && test(value, other));
    ct_arena_finish(&arena);
}

static void json_equal(sqlite3_context *context, int count, sqlite3_value **values)
{
    compare(context, count, values, equal);
}

static void json_contains(sqlite3_context *context, int count, sqlite3_value **values)
{
    compare(context, count, values, contains_whole);
}

static void json_has(sqlite3_context *context, int count, sqlite3_value **values)
{
    ct_arena arena;
    ct_value value;
    if (ct_sqlite_any_null(count, values))
        return;
    ct_arena_init(&arena, NULL, MEMORY);
    if (read(context, values[0], &arena, &value))
        sqlite3_result_int(context, find(&value, ct_sqlite_text(values[1])));
    ct_arena_finish(&arena);
}

bool ct_sqlite_json_functions(struct sqlite3 *db)
{
    static const ct_sqlite_lesson lessons[] = {
        { .name = "ct_json_has", .arguments = 2, .call = json_has },
        { .name = "ct_json_equal", .arguments = 3, .call = json_equal },
        { .name = "ct_json_contains", .arguments = 3, .call = json_contains },
    };
    return ct_sqlite_teach(db, lessons, CT_COUNT(lessons));
}
