/* Relations that are loaded after the rows: for all rows of a list at once.
 *
 *   ct_related(c, post, author)   SELECT ... FROM author WHERE id IN (keys of all posts of the list)
 *   ct_related(c, post, tags)     SELECT between.post_id, ... FROM tag JOIN between ... WHERE between.post_id IN (...)
 *
 * Rows that refer to one and the same row share it, so that it is read once; those of a many_to_many are read for each
 * row that they are linked to, as Django does. What is read together is one list, whose relations load together again.
 * The other side of a relation knows the row it came from.
 *
 * Columns that were left out (.only, .defer) are loaded for the whole list in the same way. */
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/value.h"

#include "canteen/log.h"

/* ---- the rows of one load ---- */

/* Rows by a key; several may have one. */
typedef struct by_key {
    ct *c;
    ct_arena *arena;
    bool padded; /* ct_key_bytes() */
    ct_row **rows;
    size_t count;
    size_t *next;    /* the next row of the same key, + 1 */
    ct_strmap first; /* key -> &first_index[i] */
    size_t *indexes;
    ct_value *keys; /* that are different */
    size_t key_count;
} by_key;

static void *take(ct *c, ct_arena *arena, size_t size)
{
    void *block = ct_arena_alloc(arena, size);
    if (!block)
        ct_out_of_memory(c);
    return block;
}

/* Where what is loaded for the row goes. */
static ct_arena *arena_of(ct *c, const ct_row *row)
{
    return row->origin && row->origin->arena ? row->origin->arena : ct_work_arena(c);
}

static void by_key_begin(by_key *b, ct *c, ct_arena *arena, size_t count, bool padded)
{
    *b = (by_key){ .c = c, .arena = arena, .padded = padded };
    b->rows = take(c, arena, count * sizeof(ct_row *));
    b->next = take(c, arena, count * sizeof(size_t));
    b->indexes = take(c, arena, count * sizeof(size_t));
    b->keys = take(c, arena, count * sizeof(ct_value));
    ct_strmap_init(&b->first, arena);
}

/* The map borrows the bytes. False: a row of this key is there. */
static bool by_key_put(by_key *b, ct_row *row, ct_str bytes)
{
    size_t at = b->count++;
    size_t *first = ct_strmap_get(&b->first, bytes);
    b->rows[at] = row;
    b->next[at] = 0;
    if (first) {
        b->next[at] = *first + 1;
        *first = at;
        return false;
    }
    b->indexes[at] = at;
    ct_strmap_set(&b->first, bytes, &b->indexes[at]);
    if (b->first.failed)
        ct_out_of_memory(b->c);
    return true;
}

static void by_key_add(by_key *b, ct_row *row, ct_value key)
{
    ct_value *kept = &b->keys[b->key_count];
    *kept = key;
    ct_str bytes = ct_key_bytes(b->c, b->arena, kept, b->padded);
    if (!by_key_put(b, row, bytes))
        return;
    b->key_count++;
    if (!b->padded)
        return;
    /* The other side may be a column that keeps the spaces it is given. */
    kept->text = ct_arena_copy(b->arena, bytes.data, bytes.length);
    if (!kept->text)
        ct_out_of_memory(b->c);
}

/* The first row of a key, + 1; 0: none. */
static size_t by_key_first(const by_key *b, ct_str bytes)
{
    const size_t *first = ct_strmap_get(&b->first, bytes);
    return first ? *first + 1 : 0;
}

/* ---- loading a link ---- */

static ct_value link_key(const ct_link *link, const ct_row *row)
{
    if (ct_column_is_null(link->from, row))
        return ct_value_null();
    return ct_kind_value(link->from->kind, (const char *)row + link->from->field->offset);
}

static bool is_same_key(ct *c, const ct_link *link, const ct_value *a, const ct_value *b)
{
    ct_arena *arena = ct_work_arena(c);
    bool padded = ct_link_padded(c, link);
    return ct_str_eq(ct_key_bytes(c, arena, a, padded), ct_key_bytes(c, arena, b, padded));
}

/* Whether what is in the pointer still is what the key says. */
static bool is_current(ct *c, const ct_link *link, const ct_row *row)
{
    const ct_row *other = ct_link_pointer(link, row);
    if (link->kind != CT_LINK_TO_ONE)
        return ct_link_loaded(link, row) || other;
    ct_value key = link_key(link, row);
    if (key.type == CT_VALUE_NULL)
        return !other && ct_link_loaded(link, row);
    if (other) {
        ct_value known = ct_kind_value(link->to->kind, (const char *)other + link->to->field->offset);
        return is_same_key(c, link, &known, &key);
    }
    /* Loaded, and there was none: as long as the row refers to the same. */
    const ct_origin_row *origin = row->origin;
    if (!ct_link_loaded(link, row) || !origin->saved)
        return false;
    ct_value saved = link_key(link, origin->saved);
    return saved.type == key.type && is_same_key(c, link, &saved, &key);
}

static bool is_many(const ct_link *link)
{
    return link->kind == CT_LINK_HAS_MANY || link->kind == CT_LINK_MANY_TO_MANY;
}

/* The database that the rows came from, where it is not the usual one. */
static const char *alias_of(const ct_link *link, const ct_row *row)
{
    const ct_origin_row *origin = row->origin;
    if (!origin || !origin->entry || strcmp(link->table->database, link->other->database) != 0)
        return NULL;
    const char *alias = origin->entry->replica_of ? origin->entry->replica_of : origin->entry->alias;
    return strcmp(alias, link->table->database) == 0 ? NULL : alias;
}

static void set_empty(by_key *b, const ct_link *link)
{
    for (size_t i = 0; i < b->count; i++)
        ct_link_set(link, b->rows[i], is_many(link) ? (void *)ct_rows_for(b->c, b->arena, link->other) : NULL);
}

/* One that was found, for the row. */
static void attach(by_key *b, const ct_link *link, ct_row *row, ct_row *found)
{
    const ct_link *reverse = link->reverse;
    if (!is_many(link))
        ct_link_set(link, row, found);
    else if (!ct_rows_put(ct_link_pointer(link, row), found, b->arena))
        ct_out_of_memory(b->c);
    bool back = reverse && (reverse->kind == CT_LINK_TO_ONE || reverse->kind == CT_LINK_HAS_ONE);
    if (back)
        ct_link_set(reverse, found, row);
}

static void distribute(by_key *b, const ct_link *link, const ct_rows *found, const ct_value *keys)
{
    for (size_t i = 0; i < found->count; i++) {
        const void *member = (const char *)found->items[i] + (keys ? 0 : link->to->field->offset);
        ct_value key = keys ? keys[i] : ct_kind_value(link->to->kind, member);
        ct_str bytes = ct_key_bytes(b->c, b->arena, &key, b->padded);
        for (size_t at = by_key_first(b, bytes); at; at = b->next[at - 1])
            attach(b, link, b->rows[at - 1], found->items[i]);
    }
}

static void load_link(ct *c, const ct_link *link, ct_row *const *rows, size_t count, const ct_given *place)
{
    by_key b;
    by_key_begin(&b, c, arena_of(c, rows[0]), count, ct_link_padded(c, link));
    for (size_t i = 0; i < count; i++) {
        ct_value key = link_key(link, rows[i]);
        if (is_current(c, link, rows[i]))
            continue;
        if (key.type == CT_VALUE_NULL)
            ct_link_set(link, rows[i], NULL);
        else
            by_key_add(&b, rows[i], key);
    }
    if (!b.count)
        return;
    set_empty(&b, link);
    const bool through = link->kind == CT_LINK_MANY_TO_MANY;
    const ct_reading reading = { .table = link->other,
                                 .head = { .using = alias_of(link, b.rows[0]) },
                                 .place = (ct_given *)place,
                                 .in = through ? NULL : link->to,
                                 .through = through ? link : NULL,
                                 .keys = b.keys,
                                 .key_count = b.key_count,
                                 .arena = rows[0]->origin ? rows[0]->origin->arena : NULL };
    const ct_value *keys = NULL;
    ct_rows *found = ct_read_rows(c, &reading, &keys);
    distribute(&b, link, found, through ? keys : NULL);
}

/* ---- ct_related() ---- */

static const ct_table *table_of_row(ct *c, const ct_row *row)
{
    if (!row || !row->shape || !row->shape->model)
        ct_mistake(c, "ct_related(), ct_load() and ct_refresh() take rows of models");
    return ct_table_of(c, row->shape->model, NULL);
}

static void complain(ct *c, const char *what, const char *label, const char *field, const char *option, size_t count)
{
    if (ct_db_strict(c))
        ct_mistake(c,
                   "%s.%s is not loaded, and %s after all is refused (lazy_load, ct_strict_loading): add %s = \"%s\" "
                   "to the query",
                   label, field, what, option, field);
    if (ct_work_databases(c)->config.lazy_load == CT_LAZY_WARN)
        ct_log_warning(c, "%s.%s was loaded for %zu %s by a query of its own: add %s = \"%s\" to the query", label,
                       field, count, count == 1 ? "row" : "rows", option, field);
}

static void check_key(ct *c, const ct_link *link, const ct_row *row)
{
    if (link->kind == CT_LINK_TO_ONE || row->origin || !link->table->generated_key)
        return;
    if (link_key(link, row).integer == 0)
        ct_mistake(c, "%s.%s: the row has not been saved, so that nothing can refer to it", link->table->label,
                   link->field->name);
}

void *ct_related_of(ct *c, const ct_row *row, size_t offset)
{
    const ct_table *table = table_of_row(c, row);
    const ct_link *link = ct_table_link_at(table, offset);
    if (!link)
        ct_mistake(c, "ct_related(): %s has no relation there", table->label);
    if (is_current(c, link, row))
        return ct_link_pointer(link, row);
    const ct_origin_row *origin = row->origin;
    if (origin && (origin->missing & link->from->mask))
        ct_load_row(c, (ct_row *)row);
    if (link->kind == CT_LINK_TO_ONE && ct_column_is_null(link->from, row))
        return NULL;
    check_key(c, link, row);
    bool alone = !origin || !origin->list;
    ct_row *one = (ct_row *)row, **rows = alone ? &one : origin->list->items;
    size_t count = alone ? 1 : origin->list->count;
    complain(c, "loading it", table->label, link->field->name, ".with", count);
    load_link(c, link, rows, count, NULL);
    /* One that the program has changed since may not be of its list any more. */
    if (!is_current(c, link, row))
        load_link(c, link, &one, 1, NULL);
    return ct_link_pointer(link, row);
}

ct_value ct_related_value(ct *c, const ct_row *row, const ct_field *field)
{
    const ct_origin_row *origin = row->origin;
    if (!ct_kind_is_link(field->kind)) {
        if (CT_UNLIKELY(origin && origin->missing) && (origin->missing & ct_field_mask(row->shape, field)))
            ct_load_row(c, (ct_row *)row);
        return ct_row_value(row, field);
    }
    bool many = field->kind == CT_KIND_many_to_many || field->kind == CT_KIND_has_many;
    const void *loaded = ct_related_of(c, row, field->link);
    return many ? ct_value_of_rows_pointer(loaded) : ct_value_of_row_pointer(loaded);
}

/* ---- .with ---- */

/* All rows behind the link of the rows. */
static ct_row **rows_behind(ct *c, const ct_link *link, ct_row *const *rows, size_t count, size_t *ret_count)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < count; i++) {
        const void *behind = ct_link_pointer(link, rows[i]);
        total += !behind ? 0 : is_many(link) ? ((const ct_rows *)behind)->count : 1;
    }
    ct_row **all = take(c, arena_of(c, rows[0]), CT_MAX(total, 1) * sizeof(ct_row *));
    for (size_t i = 0; i < count; i++) {
        void *behind = ct_link_pointer(link, rows[i]);
        if (behind && !is_many(link)) {
            all[at++] = behind;
        } else if (behind) {
            const ct_rows *list = behind;
            memcpy(all + at, list->items, list->count * sizeof(ct_row *));
            at += list->count;
        }
    }
    *ret_count = total;
    return all;
}

void ct_load_path(ct *c, ct_rows *list, const ct_table *table, const char *path, const ct_given *place)
{
    ct_str rest = ct_str_of(path);
    ct_row **rows = list->items;
    size_t count = list->count;
    while (rest.data && count) {
        const ct_link *link = ct_table_link(table, ct_str_next(&rest, '.'));
        load_link(c, link, rows, count, place);
        rows = rows_behind(c, link, rows, count, &count);
        table = link->other;
    }
}

/* ---- columns that were left out, and rows read again ---- */

static void copy_column(const ct_column *column, ct_row *to, const ct_row *from)
{
    size_t offset = column->field->offset;
    memcpy((char *)to + offset, (const char *)from + offset, ct_kind_size(column->field->kind));
    to->nulls = (to->nulls & ~column->mask) | (from->nulls & column->mask);
}

/* ("a" = $1 AND "b" = $2) OR ...: IN takes one column. */
static void write_keys(ct_sql *sql, const ct_table *table, ct_row *const *rows, size_t count)
{
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < table->key_count; i++) {
            ct_sql_add(sql, i ? " AND " : r ? ") OR (" : " WHERE (");
            ct_sql_name(sql, table->keys[i]->name);
            ct_sql_add(sql, " = ");
            ct_sql_column_value(sql, table->keys[i], rows[r]);
        }
    ct_sql_add(sql, ")");
}

/* The columns of the rows as the database has them, of those that are still there. The rows are of one database. */
static const ct_rows *read_again(ct *c, const ct_table *table, ct_row *const *rows, size_t count, uint64_t wanted)
{
    ct_sql sql;
    ct_load load;
    const ct_origin_row *origin = rows[0]->origin;
    const char *alias = origin && origin->entry ? origin->entry->alias : NULL;
    if (origin && origin->entry && origin->entry->replica_of)
        alias = origin->entry->replica_of;
    ct_db_entry *entry = ct_db_entry_for(c, table, alias, true);
    const ct_column **columns = ct_take(c, table->column_count * sizeof(const ct_column *));
    size_t column_count = 0;
    ct_sql_begin(&sql, c, entry->driver->dialect);
    ct_sql_add(&sql, "SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (!column->key && !(column->mask & wanted))
            continue;
        ct_sql_add(&sql, column_count ? ", " : "");
        ct_sql_name(&sql, column->name);
        columns[column_count++] = column;
    }
    ct_sql_add(&sql, " FROM ");
    ct_sql_name(&sql, table->name);
    write_keys(&sql, table, rows, count);
    ct_rows *found = ct_rows_of(c, table->model->shape);
    ct_load_begin(&load, c, table, columns, column_count, found, entry);
    ct_db_request request = { .table = table, .using = alias, .statement = ct_sql_statement(&sql, false) };
    request.statement.once = count > 1;
    ct_db_run(c, &request, &load.sink);
    ct_load_end(&load);
    return found;
}

/* What is still missing in the row comes from another one. What the program has set meanwhile stays. */
static void fill(const ct_table *table, ct_row *row, const ct_row *from, uint64_t wanted)
{
    ct_origin_row *origin = row->origin;
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (!(column->mask & wanted & origin->missing))
            continue;
        bool set = !ct_kind_is_zero(column->kind, (const char *)row + column->field->offset);
        copy_column(column, (ct_row *)origin->saved, from->origin->saved);
        if (!set)
            copy_column(column, row, from);
    }
    origin->missing &= ~wanted;
}

static const char *names_of(ct *c, const ct_table *table, uint64_t columns)
{
    ct_buffer names = ct_buffer_in(ct_work_arena(c));
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].mask & columns)
            ct_buffer_printf(&names, "%s%s", names.length ? ", " : "", table->columns[i].field->name);
    const char *text = ct_buffer_text(&names);
    if (names.failed)
        ct_out_of_memory(c);
    return text;
}

/* Of a key of several columns, as one text. */
static ct_str bytes_of_keys(ct *c, const ct_table *table, const ct_row *row)
{
    ct_buffer all = ct_buffer_in(ct_work_arena(c));
    for (size_t i = 0; i < table->key_count; i++) {
        const ct_column *key = table->keys[i];
        ct_value value = ct_kind_value(key->kind, (const char *)row + key->field->offset);
        ct_str bytes = ct_key_bytes(c, ct_work_arena(c), &value, ct_key_padded(c, table, key));
        ct_buffer_append(&all, (const char *)&bytes.length, sizeof(bytes.length));
        ct_buffer_append(&all, bytes.data, bytes.length);
    }
    if (all.failed)
        ct_out_of_memory(c);
    return (ct_str){ all.data, all.length };
}

static void fill_all(const by_key *b, const ct_table *table, ct_str key, const ct_row *from, uint64_t wanted)
{
    for (size_t at = by_key_first(b, key); at; at = b->next[at - 1])
        fill(table, b->rows[at - 1], from, wanted);
}

/* Each row is a condition of its own: OR nests, and databases bound that. */
#define MOST_AGAIN 200

static void load_missing_by_keys(ct *c, const ct_table *table, ct_row *const *rows, size_t count, uint64_t wanted)
{
    by_key b;
    by_key_begin(&b, c, ct_work_arena(c), count, false);
    for (size_t i = 0; i < count; i++)
        if (rows[i]->origin && (rows[i]->origin->missing & wanted))
            by_key_put(&b, rows[i], bytes_of_keys(c, table, rows[i]));
    for (size_t from = 0; from < b.count; from += MOST_AGAIN) {
        const ct_rows *found = read_again(c, table, b.rows + from, CT_MIN(b.count - from, MOST_AGAIN), wanted);
        for (size_t i = 0; i < found->count; i++)
            fill_all(&b, table, bytes_of_keys(c, table, found->items[i]), found->items[i], wanted);
    }
}

static void load_missing(ct *c, const ct_table *table, ct_row *const *rows, size_t count, uint64_t wanted)
{
    by_key b;
    const ct_column *key = table->keys[0];
    by_key_begin(&b, c, arena_of(c, rows[0]), count, ct_key_padded(c, table, key));
    for (size_t i = 0; i < count; i++)
        if (rows[i]->origin && (rows[i]->origin->missing & wanted))
            by_key_add(&b, rows[i], ct_kind_value(key->kind, (const char *)rows[i] + key->field->offset));
    const ct_db_entry *entry = rows[0]->origin->entry;
    const ct_reading reading = {
        .table = table,
        .head = { .only = names_of(c, table, wanted),
                  .using =
                      entry && strcmp(entry->alias, table->database) != 0 && !entry->replica_of ? entry->alias : NULL },
        .in = key,
        .keys = b.keys,
        .key_count = b.key_count
    };
    const ct_rows *found = ct_read_rows(c, &reading, NULL);
    for (size_t i = 0; i < found->count; i++) {
        ct_value value = ct_kind_value(key->kind, (const char *)found->items[i] + key->field->offset);
        fill_all(&b, table, ct_key_bytes(c, b.arena, &value, b.padded), found->items[i], wanted);
    }
}

void ct_load_row(ct *c, ct_row *row)
{
    const ct_table *table = table_of_row(c, row);
    ct_origin_row *origin = row->origin;
    uint64_t missing = origin ? origin->missing : 0;
    if (!missing)
        return;
    bool alone = !origin->list;
    ct_row *const *rows = alone ? &row : origin->list->items;
    size_t count = alone ? 1 : origin->list->count;
    complain(c, "loading it", table->label, names_of(c, table, missing), ".only", count);
    if (table->key_count > 1)
        load_missing_by_keys(c, table, rows, count, missing);
    else
        load_missing(c, table, rows, count, missing);
    if (origin->missing & missing)
        ct_mistake(c, "%s: the row whose columns %s were left out is no longer there", table->label,
                   names_of(c, table, missing));
}

bool ct_refresh_row(ct *c, ct_row *row)
{
    const ct_table *table = table_of_row(c, row);
    const ct_rows *found = read_again(c, table, &row, 1, UINT64_MAX);
    if (!found->count)
        return false;
    const ct_row *again = found->items[0];
    for (size_t i = 0; i < table->column_count; i++)
        copy_column(&table->columns[i], row, again);
    for (size_t i = 0; i < table->link_count; i++)
        ct_link_set(&table->links[i], row, NULL);
    ct_row_saved(c, table, row, again->origin->entry);
    row->origin->links = 0;
    row->origin->missing = 0;
    return true;
}
