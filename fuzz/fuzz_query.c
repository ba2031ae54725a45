/* Query strings: what is parsed, written out again encoded and parsed once more is the same list. */
#include "check.h"

#include "base/buffer.h"
#include "proto/form.h"
#include "proto/url.h"

#include <stdlib.h>

static void check_round_trip(ct_arena *arena, const ct_params *params)
{
    ct_buffer out = ct_buffer_in(arena);
    ct_params again;

    for (uint32_t i = 0; i < params->count; i++) {
        if (i)
            ct_buffer_char(&out, '&');
        ct_url_encode(&out, params->items[i].name, CT_URL_QUERY);
        ct_buffer_char(&out, '=');
        ct_url_encode(&out, params->items[i].value, CT_URL_QUERY);
    }
    FUZZ_CHECK(ct_params_parse(arena, (ct_str){ out.data, out.length }, NULL, &again, NULL));
    FUZZ_CHECK(again.count == params->count);
    for (uint32_t i = 0; i < params->count; i++)
        FUZZ_CHECK(ct_str_eq(again.items[i].name, params->items[i].name) &&
                   ct_str_eq(again.items[i].value, params->items[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ct_arena arena;
    ct_params params;
    ct_error error = { 0 };

    ct_arena_init(&arena, NULL, 0);
    if (ct_params_parse(&arena, (ct_str){ (const char *)data, size }, NULL, &params, &error)) {
        FUZZ_CHECK(params.count <= CT_PARAMS_COUNT);
        for (uint32_t i = 0; i < params.count; i++) {
            const ct_param *item = &params.items[i];
            FUZZ_CHECK(strlen(item->name.data) == item->name.length && strlen(item->value.data) == item->value.length);
            FUZZ_CHECK(ct_utf8_valid(item->name.data, item->name.length));
            FUZZ_CHECK(ct_utf8_valid(item->value.data, item->value.length));
            FUZZ_CHECK(ct_params_get(&params, item->name.data));
        }
        check_round_trip(&arena, &params);
    } else {
        FUZZ_CHECK(error.status == 400 && error.message[0]);
    }
    ct_arena_finish(&arena);
    return 0;
}
