/* Rows as they were before a transaction that is rolled back.
 *
 *   a write of a row ──> a note in the innermost block: what the row's origin said of the columns before
 *     end of a savepoint ──> its notes become the outer block's
 *     rollback, abort    ──> the origin is as before, the newest note first
 *     commit             ──> the notes are forgotten
 *
 * So the next ct_save() writes again what the rollback has undone. Members keep the values that the program sees in
 * them, as Django's instances do. A new row is new again; the key that the database had made for it is 0 again, for
 * another row may have it by then.
 *
 * Rows of ct_each() go before the transaction may end: their notes are in their arena, on a list of their own, and go
 * with it. Rows that are made while a part of the library uses an arena for portions are not noted: nobody keeps
 * them. */
#include "db/transaction.h"
#include "db/write.h"

#include "base/common.h"
#include "db/kinds.h"
#include "net/work.h"

struct ct_row_note {
    ct_row_note *next; /* an older one */
    const ct_table *table;
    ct_row *row;
    const ct_arena *arena;   /* the row's, where it goes before the session's; else NULL */
    uint64_t columns;        /* written */
    uint64_t missing, given; /* of these */
    const ct_row *saved;
    bool deleted;
    bool created;
    bool key_made; /* by the database */
};

static ct_row_note *note_in(ct *c, ct_arena *arena, const ct_table *table, const ct_row *saved)
{
    size_t size = saved ? table->model->shape->size : 0;
    size_t head = (sizeof(ct_row_note) + CT_ARENA_ALIGN - 1) & ~(CT_ARENA_ALIGN - 1);
    ct_row_note *note = ct_arena_alloc(arena, head + size);
    if (!note)
        ct_out_of_memory(c);
    *note = (ct_row_note){ .table = table };
    if (saved)
        note->saved = memcpy((char *)note + head, saved, size);
    return note;
}

void ct_row_note_write(const ct_writing *write, ct_row *row, uint64_t columns, bool key_made)
{
    ct *c = write->c;
    const ct_db_session *session = ct_db_session_of(c);
    if (CT_LIKELY(!session->innermost))
        return;
    const ct_transaction *root = ct_db_root(session, write->entry);
    if (!root || ct_work_arena(c) != session->arena)
        return;
    ct_transaction *block = ct_db_block(session, root);
    const ct_origin_row *origin = row->origin;
    ct_row_note **list = origin && origin->arena ? &block->fleeting : &block->notes;
    const ct_row_note *last = *list;
    if (last && last->row == row && !last->deleted && (last->created || !(columns & ~last->columns)))
        return; /* nothing is older than what it has */
    ct_arena *arena = origin && origin->arena ? origin->arena : session->arena;
    ct_row_note *note = note_in(c, arena, write->table, origin && columns ? origin->saved : NULL);
    note->row = row;
    note->arena = origin ? origin->arena : NULL;
    note->columns = columns;
    note->created = !origin;
    note->key_made = key_made;
    if (origin) {
        note->missing = origin->missing & columns;
        note->given = origin->given & columns;
        note->deleted = origin->deleted;
    }
    note->next = *list;
    *list = note;
}

static void copy_column(const ct_column *column, ct_row *to, const ct_row *from)
{
    size_t offset = column->field->offset;
    memcpy((char *)to + offset, (const char *)from + offset, ct_kind_size(column->kind));
    to->nulls = (to->nulls & ~column->mask) | (from->nulls & column->mask);
}

static void take_back(const ct_row_note *note)
{
    ct_row *row = note->row;
    ct_origin_row *origin = row->origin;
    const ct_table *table = note->table;
    if (note->created) {
        row->origin = NULL;
        if (note->key_made)
            ct_column_set_null(table->keys[0], row, true);
        return;
    }
    if (!origin)
        return;
    for (size_t i = 0; note->saved && origin->saved && i < table->column_count; i++)
        if (table->columns[i].mask & note->columns)
            copy_column(&table->columns[i], (ct_row *)(uintptr_t)origin->saved, note->saved);
    origin->missing |= note->missing;
    origin->given |= note->given;
    origin->deleted = note->deleted;
}

static void take_list_back(ct_row_note **list)
{
    for (const ct_row_note *note = *list; note; note = note->next)
        take_back(note);
    *list = NULL;
}

void ct_rows_take_back(ct_transaction *block)
{
    take_list_back(&block->notes);
    take_list_back(&block->fleeting);
}

static void hand_list_out(ct_row_note **list, ct_row_note **outer)
{
    ct_row_note **end = list;
    while (*end)
        end = &(*end)->next;
    *end = *outer;
    *outer = *list;
    *list = NULL;
}

void ct_rows_hand_out(ct_transaction *block, ct_transaction *outer)
{
    hand_list_out(&block->notes, &outer->notes);
    hand_list_out(&block->fleeting, &outer->fleeting);
}

void ct_rows_forget(ct *c, const ct_arena *arena)
{
    for (ct_transaction *block = ct_db_session_of(c)->innermost; block; block = block->outer)
        for (ct_row_note **at = &block->fleeting; *at;)
            if ((*at)->arena == arena)
                *at = (*at)->next;
            else
                at = &(*at)->next;
}
