/* Forms: the parser against a plain one that cuts at every '&' and '=' and decodes each part by itself. The first byte
 * is the limit of fields. */
#include "check.h"

#include "proto/form.h"
#include "proto/url.h"

#include <stdlib.h>

static bool same(ct_arena *arena, ct_str encoded, ct_str got)
{
    ct_str decoded;
    FUZZ_CHECK(got.data[got.length] == '\0' && strlen(got.data) == got.length);
    return ct_url_decode(arena, encoded, true, &decoded, NULL) && decoded.length == got.length &&
           memcmp(decoded.data, got.data, got.length) == 0;
}

static bool decodes(ct_arena *arena, ct_str encoded)
{
    ct_str decoded;
    return ct_url_decode(arena, encoded, true, &decoded, NULL);
}

/* Walks the text as the plain parser; returns how many pairs there are. With `params` compares, else sets *ret_good. */
static uint32_t walk(ct_arena *arena, ct_str text, const ct_params *params, bool *ret_good)
{
    uint32_t count = 0;
    for (size_t start = 0, i = 0; i <= text.length; i++) {
        if (i < text.length && text.data[i] != '&')
            continue;
        ct_str pair = { text.data + start, i - start };
        start = i + 1;
        if (!pair.length)
            continue;
        size_t equals = 0;
        while (equals < pair.length && pair.data[equals] != '=')
            equals++;
        size_t value = equals < pair.length ? equals + 1 : equals;
        ct_str name = { pair.data, equals }, rest = { pair.data + value, pair.length - value };
        if (params)
            FUZZ_CHECK(same(arena, name, params->items[count].name) && same(arena, rest, params->items[count].value));
        else
            *ret_good = *ret_good && decodes(arena, name) && decodes(arena, rest);
        count++;
    }
    return count;
}

static void check_lookup(ct_arena *arena, const ct_params *params)
{
    for (uint32_t i = 0; i < params->count; i++) {
        const char *name = params->items[i].name.data, *first = NULL;
        const char *const *all = ct_params_all(arena, params, name);
        size_t found = 0;
        for (uint32_t j = 0; j < params->count; j++) {
            if (strcmp(params->items[j].name.data, name) != 0)
                continue;
            first = first ? first : params->items[j].value.data;
            FUZZ_CHECK(all[found++] == params->items[j].value.data);
        }
        FUZZ_CHECK(!all[found] && ct_params_get(params, name) == first);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ct_arena arena;
    ct_params params;
    ct_error error = { 0 };
    const ct_params_limits limits = { .count = data[0] ? data[0] : 1U, .over_status = 413 };
    ct_str text = { (const char *)data + 1, size - 1 };
    bool good = true;

    ct_arena_init(&arena, NULL, 0);
    uint32_t count = walk(&arena, text, NULL, &good);
    if (ct_params_parse(&arena, text, &limits, &params, &error)) {
        FUZZ_CHECK(good && params.count == count && count <= limits.count);
        walk(&arena, text, &params, NULL);
        check_lookup(&arena, &params);
    } else {
        FUZZ_CHECK(error.message[0] && error.status == (count > limits.count ? 413 : 400));
        FUZZ_CHECK(count > limits.count || !good);
        FUZZ_CHECK(ct_utf8_valid(error.message, strlen(error.message)) && !strchr(error.message, '\n'));
    }
    ct_arena_finish(&arena);
    return 0;
}
