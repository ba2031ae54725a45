/* Flashed messages: pairs of category and text in the session, under a name of Canteen's own.
 *
 *   "_flashes": [["info", "Saved."], ["error", "No such user."]]
 *
 * At most CT_FLASHES_MOST wait, of CT_FLASHES_MOST_BYTES, so that one whose pages never show messages does not fill the
 * session: the oldest make room for new ones, and what is too long by itself is cut. Bytes are those of the JSON, for
 * they are what fills it. */
#include "canteen/work.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/session.h"

#include <stdarg.h>

#define MOST_CATEGORY 64 /* bytes */
#define MOST_ESCAPE 6    /* bytes of JSON that one byte becomes: \u0000 */

/* What waits; NULL: nothing. */
static const ct_array *waiting(ct *c, const char *function)
{
    const ct_kv *pair = ct_map_find(ct_session_values(c, function), CT_STR(CT_FLASHES_KEY));
    return pair && pair->value.type == CT_VALUE_ARRAY ? pair->value.array : NULL;
}

/* One that waits as it was given; a session is the site's own, but another version of it may have written it. */
static ct_flashed flashed_of(ct_value value)
{
    bool is_pair = value.type == CT_VALUE_ARRAY && value.array->count == 2 &&
                   value.array->items[0].type == CT_VALUE_TEXT && value.array->items[1].type == CT_VALUE_TEXT;
    if (!is_pair)
        return (ct_flashed){ .category = "message", .message = "" };
    return (ct_flashed){ .category = value.array->items[0].text, .message = value.array->items[1].text };
}

static size_t size_of(ct *c, ct_value value)
{
    return strlen(ct_to_json(c, value)) + 1; /* and what parts it from the next */
}

/* The text's first characters, of `length` bytes at most, and `end`; all of it where it is no longer. */
static const char *cut(ct *c, const char *text, size_t length, const char *end)
{
    if (strlen(text) <= length)
        return text;
    while (length && (text[length] & 0xC0) == 0x80) /* the middle of a character */
        length--;
    return ct_printf(c, "%.*s%s", (int)length, text, end);
}

/* One to wait, cut where it is too long to wait even alone. */
static ct_array *new_pair(ct *c, const char *category, const char *message)
{
    size_t length = CT_MIN(strlen(message), CT_FLASHES_MOST_BYTES);
    for (;;) {
        ct_array *pair = ct_array_new(c);
        ct_array_add(pair, cut(c, category ? category : "message", MOST_CATEGORY, ""));
        ct_array_add(pair, cut(c, message, length, "..."));
        size_t size = size_of(c, ct_value_of_array(pair)) + 1;
        if (size <= CT_FLASHES_MOST_BYTES)
            return pair;
        length -= CT_MIN(length, (size - CT_FLASHES_MOST_BYTES + MOST_ESCAPE - 1) / MOST_ESCAPE);
    }
}

void ct_flash(ct *c, const char *category, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = ct_arena_vprintf(c->arena, ct_needed(c, __func__, format), args);
    va_end(args);
    if (!message)
        ct_out_of_memory(c);
    const ct_array *before = waiting(c, __func__);
    ct_array *list = ct_array_new(c), *pair = new_pair(c, category, message);
    size_t count = before ? before->count : 0, first = count, bytes = size_of(c, ct_value_of_array(pair)) + 1;
    while (first && count - first + 1 < CT_FLASHES_MOST &&
           (bytes += size_of(c, before->items[first - 1])) <= CT_FLASHES_MOST_BYTES)
        first--;
    for (size_t i = first; i < count; i++)
        ct_array_add(list, before->items[i]);
    ct_array_add(list, pair);
    ct_session_put(c, __func__, CT_FLASHES_KEY, ct_value_of_array(list));
}

const ct_flashed *ct_flashes(ct *c)
{
    const ct_array *list = waiting(c, __func__);
    if (c->session->flashed)
        return c->session->flashed;
    size_t count = list ? list->count : 0;
    ct_flashed *flashed = ct_take(c, (count + 1) * sizeof(*flashed));
    for (size_t i = 0; i < count; i++)
        flashed[i] = flashed_of(list->items[i]);
    flashed[count] = (ct_flashed){ .message = NULL };
    ct_session_drop(c, __func__, CT_FLASHES_KEY);
    return c->session->flashed = flashed;
}

size_t ct_flashes_waiting(ct *c)
{
    const ct_array *list = waiting(c, "ct_flashes");
    size_t count = 0;
    if (!c->session->flashed)
        return list ? list->count : 0;
    while (c->session->flashed[count].message)
        count++;
    return count;
}
