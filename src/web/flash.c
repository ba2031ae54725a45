/* Flashed messages: pairs of category and text in the session, under a name of Canteen's own.
 *
 *   "_flashes": [["info", "Saved."], ["error", "No such user."]]
 *
 * At most CT_FLASHES_MOST wait, so that one whose pages never show messages does not fill the session: the oldest make
 * room for new ones. */
#include "canteen/work.h"
#include "shape/value.h"
#include "web/ct.h"
#include "web/session.h"

#include <stdarg.h>

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

void ct_flash(ct *c, const char *category, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = ct_arena_vprintf(c->arena, ct_needed(c, __func__, format), args);
    va_end(args);
    if (!message)
        ct_out_of_memory(c);
    const ct_array *before = waiting(c, __func__);
    ct_array *list = ct_array_new(c), *pair = ct_array_new(c);
    ct_array_add(pair, category ? category : "message");
    ct_array_add(pair, message);
    size_t count = before ? before->count : 0;
    for (size_t i = count >= CT_FLASHES_MOST ? count - CT_FLASHES_MOST + 1 : 0; i < count; i++)
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
