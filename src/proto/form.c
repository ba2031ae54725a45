/* Query strings and urlencoded forms.
 *
 *     text   a=1&b=x+y&a=%41          one block for all the text:  a\0 1\0 b\0 x y\0 a\0 A\0
 *     items  [a 1][b "x y"][a A]      one for the pairs, counted before
 *     next     3    0       0         pairs of one name are a chain, its head in the slots
 *
 * Decoded text is never longer than encoded text, and most NULs take the place of a '=' or '&' (a byte more a pair does
 * for those without '='), so both blocks are taken once: no growing, no second pass over values.
 * Up to SHORT pairs there are no slots: comparing a few lengths beats hashing.
 *
 * Not here: multipart/form-data, and the typed reading of values. */
#include "proto/form.h"

#include "proto/url.h"

#include <stdio.h>

#define SHORT 16
#define NAME_SHOWN 40 /* bytes of a field's name in a message */

/* Cuts the next pair off *rest; an empty one is the end. *rest holds something. */
static ct_str next_pair(ct_str *rest)
{
    while (rest->length && rest->data[0] == '&')
        *rest = (ct_str){ rest->data + 1, rest->length - 1 };
    ct_str pair = *rest;
    const char *mark = memchr(pair.data, '&', pair.length);
    if (mark) {
        pair.length = (size_t)(mark - pair.data);
        *rest = (ct_str){ mark + 1, rest->length - pair.length - 1 };
    } else {
        rest->length = 0;
    }
    return pair;
}

/* How many pairs there are, but at most `enough`. */
static uint32_t count_pairs(ct_str text, uint32_t enough)
{
    uint32_t count = 0;
    while (text.length && count < enough)
        count += next_pair(&text).length > 0;
    return count;
}

/* How messages call a field: by its name where that can be shown on a line, else by its number. */
static void describe(char *ret, size_t size, const ct_param *item, uint32_t number)
{
    size_t length = item->name.length;
    bool shown = length > 0;
    for (size_t i = 0; i < length && shown; i++)
        shown = (unsigned char)item->name.data[i] >= 0x20 && item->name.data[i] != 0x7F;
    if (length > NAME_SHOWN) /* not in the middle of a character */
        for (length = NAME_SHOWN; length && (item->name.data[length] & 0xC0) == 0x80;)
            length--;
    if (shown)
        snprintf(ret, size, "field \"%.*s%s\"", (int)length, item->name.data, length < item->name.length ? "..." : "");
    else
        snprintf(ret, size, "field %" PRIu32, number);
}

/* Decodes one name or value to *at and moves it behind the NUL. */
static bool take(char **at, ct_str text, ct_str *ret, ct_error *error)
{
    size_t length;
    if (!ct_url_decode_into(*at, text, true, &length, error))
        return false;
    *ret = (ct_str){ *at, length };
    *at += length + 1;
    return true;
}

static bool parse_pair(char **at, ct_str pair, uint32_t number, ct_param *ret, ct_error *error)
{
    char field[NAME_SHOWN + 16];
    ct_error inner;
    const char *equals = memchr(pair.data, '=', pair.length);
    size_t name_length = equals ? (size_t)(equals - pair.data) : pair.length;
    ct_str value = equals ? (ct_str){ equals + 1, pair.length - name_length - 1 } : (ct_str){ pair.data, 0 };

    if (!take(at, (ct_str){ pair.data, name_length }, &ret->name, &inner))
        return ct_fail_status(error, inner.status, "name of field %" PRIu32 ": %s", number, inner.message);
    if (!take(at, value, &ret->value, &inner)) {
        describe(field, sizeof(field), ret, number);
        return ct_fail_status(error, inner.status, "%s: %s", field, inner.message);
    }
    ret->next = 0;
    return true;
}

bool ct_params_parse(ct_arena *arena, ct_str text, const ct_params_limits *limits, ct_params *ret, ct_error *error)
{
    uint32_t most = limits && limits->count ? limits->count : CT_PARAMS_COUNT;
    ct_params params = { .count = count_pairs(text, most + 1) };

    if (params.count > most)
        return ct_fail_status(error, limits && limits->over_status ? limits->over_status : 400,
                              "more than %" PRIu32 " fields", most);
    if (!params.count) {
        *ret = params;
        return true;
    }
    params.items = ct_arena_alloc(arena, params.count * sizeof *params.items);
    char *at = ct_arena_alloc(arena, text.length + params.count + 1);
    if (!params.items || !at)
        return ct_fail_status(error, 500, "the request's memory is used up");
    for (uint32_t i = 0; i < params.count; i++)
        if (!parse_pair(&at, next_pair(&text), i + 1, &params.items[i], error))
            return false;
    if (!ct_params_index(arena, &params))
        return ct_fail_status(error, 500, "the request's memory is used up");
    *ret = params;
    return true;
}

/* The slot of the name: that of its first pair, or the empty one where it belongs. */
static uint32_t *find_slot(const ct_params *params, ct_str name)
{
    for (uint32_t at = (uint32_t)ct_hash(name.data, name.length);; at++) {
        uint32_t *slot = &params->slots[at & params->mask];
        if (!*slot || ct_str_eq(params->items[*slot - 1].name, name))
            return slot;
    }
}

bool ct_params_index(ct_arena *arena, ct_params *params)
{
    uint32_t slots = 4 * SHORT;

    params->slots = NULL;
    if (params->count <= SHORT)
        return true;
    while (slots < 2 * params->count)
        slots *= 2;
    params->slots = ct_arena_zalloc(arena, slots * sizeof *params->slots);
    if (!params->slots)
        return false;
    params->mask = slots - 1;
    for (uint32_t i = params->count; i > 0; i--) { /* from the last, so that chains run forwards */
        uint32_t *slot = find_slot(params, params->items[i - 1].name);
        params->items[i - 1].next = *slot;
        *slot = i;
    }
    return true;
}

/* Index + 1 of the first pair of that name after the pair `after` (index + 1; 0: from the start), or 0. */
static uint32_t find(const ct_params *params, ct_str name, uint32_t after)
{
    if (params->slots)
        return after ? params->items[after - 1].next : *find_slot(params, name);
    for (uint32_t i = after; i < params->count; i++)
        if (ct_str_eq(params->items[i].name, name))
            return i + 1;
    return 0;
}

const char *ct_params_get(const ct_params *params, const char *name)
{
    uint32_t at = find(params, ct_str_of(name), 0);
    return at ? params->items[at - 1].value.data : NULL;
}

const char *const *ct_params_all(ct_arena *arena, const ct_params *params, const char *name)
{
    ct_str wanted = ct_str_of(name);
    size_t count = 0;

    for (uint32_t at = find(params, wanted, 0); at; at = find(params, wanted, at))
        count++;
    const char **values = ct_arena_alloc(arena, (count + 1) * sizeof *values);
    if (!values)
        return NULL;
    size_t i = 0;
    for (uint32_t at = find(params, wanted, 0); at; at = find(params, wanted, at))
        values[i++] = params->items[at - 1].value.data;
    values[i] = NULL;
    return values;
}
