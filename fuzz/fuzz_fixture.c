/* A fixture is cut into its objects however its bytes come, and always at the same places; what is an array of objects
 * to the JSON reader is as many objects here. */
#define CT_NO_SHORT_NAMES /* CHECK is this file's own */
#include "check.h"
#include "db/fixture.h"
#include "shape/json_read.h"

#include <string.h>

typedef struct source {
    const char *data;
    size_t left, piece;
} source;

static ssize_t more(void *arg, char *data, size_t size)
{
    source *from = arg;
    size_t take = from->left < from->piece ? from->left : from->piece;
    take = take < size ? take : size;
    if (take)
        memcpy(data, from->data, take);
    from->data += take;
    from->left -= take;
    return (ssize_t)take;
}

typedef struct outcome {
    size_t objects, bytes, lines;
    ct_error error;
} outcome;

static outcome read_all(const uint8_t *data, size_t size, size_t piece)
{
    source from = { .data = (const char *)data, .left = size, .piece = piece };
    ct_fixture_reader reader = { .more = more, .source = &from };
    outcome out = { 0 };
    ct_str object;
    size_t line;
    while (ct_fixture_next(&reader, &object, &line, &out.error)) {
        FUZZ_CHECK(object.length >= 2 && object.data[0] == '{');
        FUZZ_CHECK(object.data[object.length - 1] == '}' || object.data[object.length - 1] == ']');
        FUZZ_CHECK(line >= 1);
        out.objects++;
        out.bytes += object.length;
        out.lines += line;
    }
    ct_fixture_reader_finish(&reader);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    outcome whole = read_all(data, size, SIZE_MAX), bits = read_all(data, size, 1), some = read_all(data, size, 7);
    FUZZ_CHECK(whole.objects == bits.objects && whole.bytes == bits.bytes && whole.lines == bits.lines);
    FUZZ_CHECK(whole.objects == some.objects && whole.bytes == some.bytes && whole.lines == some.lines);
    FUZZ_CHECK(strcmp(whole.error.message, bits.error.message) == 0 &&
               strcmp(whole.error.message, some.error.message) == 0);
    ct_arena arena;
    ct_value value;
    ct_arena_init(&arena, NULL, 0);
    if (ct_json_read((ct_str){ (const char *)data, size }, &arena, &value, NULL) && value.type == CT_VALUE_ARRAY) {
        bool objects = true;
        for (size_t i = 0; i < value.array->count; i++)
            objects &= value.array->items[i].type == CT_VALUE_MAP;
        FUZZ_CHECK(!objects || (!whole.error.message[0] && whole.objects == value.array->count));
    }
    ct_arena_finish(&arena);
    return 0;
}
