/* Whatever the reader takes for JSON must, written and read again, be the same value; what it refuses has a message
 * that begins with a place and is one line. Want of memory may end the reading, but never give another value. */
#include "base/buffer.h"
#include "check.h"
#include "shape/json_read.h"
#include "shape/json_write.h"
#include "shape/value.h"

#include <string.h>

static bool is_same(ct_value a, ct_value b);

static bool is_same_array(const ct_array *a, const ct_array *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = is_same(a->items[i], b->items[i]);
    return same;
}

static bool is_same_map(const ct_map *a, const ct_map *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        const char *key = a->pairs[i].key;
        same = strcmp(key, b->pairs[i].key) == 0 && is_same(a->pairs[i].value, b->pairs[i].value) &&
               ct_map_find(a, ct_str_of(key)) == &a->pairs[i];
    }
    return same;
}

static bool is_same(ct_value a, ct_value b)
{
    if (a.type != b.type)
        return false;
    switch (a.type) {
    case CT_VALUE_NULL:
        return true;
    case CT_VALUE_BOOL:
        return a.boolean == b.boolean;
    case CT_VALUE_INT:
        return a.integer == b.integer;
    case CT_VALUE_UINT:
        return a.uinteger == b.uinteger && a.uinteger > INT64_MAX;
    case CT_VALUE_REAL:
        return memcmp(&a.real, &b.real, sizeof(a.real)) == 0;
    case CT_VALUE_TEXT:
        return strcmp(a.text, b.text) == 0;
    case CT_VALUE_MAP:
        return is_same_map(a.map, b.map);
    case CT_VALUE_ARRAY:
        return is_same_array(a.array, b.array);
    default: /* JSON has nothing that would be one of the others */
        return false;
    }
}

static void check_refusal(const ct_error *error, int status)
{
    FUZZ_CHECK(error->status == status);
    FUZZ_CHECK(strncmp(error->message, "line ", 5) == 0 && strstr(error->message, ", column "));
    for (const char *at = error->message; *at; at++)
        FUZZ_CHECK(*at >= ' ' && *at < 0x7F);
}

static void check_value(ct_arena *arena, ct_value value)
{
    ct_buffer out = ct_buffer_in(arena);
    FUZZ_CHECK(ct_json_write(&out, value, 0));
    ct_value again;
    FUZZ_CHECK(ct_json_read((ct_str){ ct_buffer_text(&out), out.length }, arena, &again, NULL));
    FUZZ_CHECK(is_same(value, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena, small;
    ct_arena_init(&arena, NULL, 0);
    ct_arena_init(&small, NULL, 16 * (size + 1));
    ct_str text = { (const char *)data, size };
    ct_value value, value_of_small;
    ct_error error, error_of_small;
    bool read = ct_json_read(text, &arena, &value, &error);
    bool read_small = ct_json_read(text, &small, &value_of_small, &error_of_small);
    if (read)
        check_value(&arena, value);
    else
        check_refusal(&error, 400);
    if (read_small)
        FUZZ_CHECK(read && is_same(value, value_of_small));
    else if (read)
        check_refusal(&error_of_small, 413);
    ct_arena_finish(&arena);
    ct_arena_finish(&small);
    return 0;
}
