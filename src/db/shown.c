/* Refs that the program has set by the row itself: post->author = user, and then ct_save(post).
 *
 *   key as it was read, another row in the pointer    the key of that row
 *   key changed, the row of before in the pointer     the key; the pointer is from before
 *   both changed, to different rows                   a mistake: which one is meant?
 *
 * A pointer that is NULL says nothing: nothing may have been loaded. */
#include "db/compile.h"
#include "db/write.h"

#include "base/common.h"
#include "db/kinds.h"
#include "net/work.h"

bool ct_link_shows(ct *c, const ct_link *link, const ct_row *row, const ct_row *other)
{
    if (ct_column_is_null(link->from, row) || ct_column_is_null(link->to, other))
        return false;
    ct_value key = ct_kind_value(link->from->kind, (const char *)row + link->from->field->offset);
    ct_value shown = ct_kind_value(link->to->kind, (const char *)other + link->to->field->offset);
    bool padded = ct_link_padded(c, link);
    return ct_str_eq(ct_key_bytes(c, ct_work_arena(c), &key, padded),
                     ct_key_bytes(c, ct_work_arena(c), &shown, padded));
}

static void refuse_new(ct *c, const ct_link *link, const ct_row *row, const ct_row *other)
{
    bool has_key = link->to->key ? ct_row_has_key(link->other, other) : !ct_column_is_null(link->to, other);
    if (!has_key)
        ct_mistake(c, "the %s of a %s is a %s that is not in the database yet: ct_save() it before", link->field->name,
                   row->shape->name, other->shape->name);
}

static CT_NORETURN void refuse_both(ct *c, const ct_link *link, const ct_row *row)
{
    ct_mistake(c,
               "%s.%s shows one row and %s_id has the key of another: set one of them, and the pointer to NULL where "
               "the key is meant",
               row->shape->name, link->field->name, link->field->name);
}

static void take_shown(ct *c, const ct_link *link, ct_row *row)
{
    const ct_row *other = ct_link_pointer(link, row), *saved = row->origin ? row->origin->saved : NULL;
    if (!other || ct_link_shows(c, link, row, other))
        return;
    if (row->origin && (row->origin->missing & link->from->mask) && ct_link_loaded(link, row))
        return;
    bool zero = ct_kind_is_zero(link->from->kind, (const char *)row + link->from->field->offset);
    if (saved ? !ct_write_same(c, link->from, row, saved) : !zero) {
        if (saved && ct_link_shows(c, link, saved, other))
            return;
        refuse_both(c, link, row);
    }
    refuse_new(c, link, row, other);
    /* The same row, whose key the program has changed and not saved. */
    if (other->origin && other->origin->saved && ct_link_shows(c, link, row, other->origin->saved))
        return;
    size_t to = link->from->field->offset, from = link->to->field->offset;
    memcpy((char *)row + to, (const char *)other + from, ct_kind_size(link->from->kind));
    ct_column_set_null(link->from, row, false);
}

void ct_row_take_shown(ct *c, const ct_table *table, ct_row *row, uint64_t columns)
{
    for (size_t i = 0; i < table->link_count; i++)
        if (table->links[i].kind == CT_LINK_TO_ONE && (table->links[i].from->mask & columns))
            take_shown(c, &table->links[i], row);
}
