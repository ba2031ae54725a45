/* Reading fixtures into a database.
 *
 *   object ──> its table ──> values of its fields ──> fixture_write.c ──> rows, and rows in between
 *                  └─ refers by a natural key to a row that is not there yet ──> put aside, tried again at the end
 *
 * What comes with a key takes the place of the row with that key. Hooks and validators do not run: rows are as they
 * were when they were dumped; but lengths and digits are held to the fields, as PostgreSQL would do and SQLite would
 * not. Foreign keys are looked at last, so that rows may refer to those that follow.
 *
 * An object is done in memory of its own, which is emptied for the next: what is kept for longer (objects that are put
 * aside) is on the heap. An abort within goes on with the file and the line in front of its message. */
#include "db/fixture.h"

#include "base/list.h"
#include "base/nearest.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/fixture_write.h"
#include "db/flush.h"
#include "net/work.h"
#include "shape/json_read.h"
#include "shape/kinds.h"
#include "shape/validate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_WAITING ((size_t)1 << 20) /* bytes, after which what waits is written */

/* An object whose natural keys lead nowhere yet. */
typedef struct aside {
    struct aside *next;
    const char *file;
    size_t line, length;
    char text[];
} aside;

struct ct_fixture_state {
    ct_arena arena; /* of the object that is being read, and of those that wait for the next statement */
    ct_fixture_batch batch;
    ct_transaction *transaction;
    aside *asides, *waiting; /* heap; those that are being tried again */
    bool *touched;           /* of the graph's tables */
    bool *keyed;             /* of these: keys have come since the database was told to count from behind them */
    char note[256];          /* "library.book 7: title: ", for messages */
};

/* One object on its way. */
typedef struct loading {
    ct_fixture_load *load;
    ct *c;
    ct_arena *arena;
    ct_str text;
    const char *file;
    size_t line;
    bool again;    /* it has been put aside before */
    bool last_try; /* what it refers to must be there */
    bool waits;    /* it is not: nothing has been written */

    const ct_table *table;
    const ct_map *fields;
    ct_row *row;      /* defaults */
    uint64_t named;   /* bits of the columns that are given a value */
    ct_value *values; /* of the columns */
    bool *given;      /* which of them have one */
    bool has_key;
} loading;

/* ---- mistakes ---- */

CT_PRINTF(3, 4) static CT_NORETURN void refuse(loading *l, const char *field, const char *format, ...)
{
    const ct_fixture_row row = { .file = l->file, .line = l->line, .note = l->load->state->note };
    va_list args;
    va_start(args, format);
    const char *words = ct_arena_vprintf(ct_work_arena(l->c), format, args);
    va_end(args);
    ct_fixture_refuse(l->c, &row, field, words);
}

static const char *did_you_mean(loading *l, const char *nearest)
{
    return nearest ? ct_printf(l->c, "; did you mean \"%s\"?", nearest) : "";
}

static void note_key(loading *l, ct_value pk)
{
    char *note = l->load->state->note;
    ct_buffer text = ct_buffer_in(l->arena);
    if (pk.type != CT_VALUE_NULL)
        (void)!ct_json_write(&text, pk, 0);
    snprintf(note, sizeof(l->load->state->note), "%s%s%.100s: ", ct_fixture_label(l->c, l->table),
             text.length ? " " : "", ct_buffer_text(&text));
}

/* ---- tables ---- */

static const ct_table *find_table(loading *l, const char *label)
{
    const ct_graph *graph = &ct_work_databases(l->c)->graph;
    ct_nearest nearest = ct_nearest_to(label);
    for (size_t i = 0; i < graph->table_count; i++) {
        const ct_table *table = graph->tables[i];
        if (!table->model)
            continue;
        if (ct_str_eq_nocase(ct_str_of(table->label), ct_str_of(label)))
            return table;
        ct_nearest_try(&nearest, ct_fixture_label(l->c, table));
    }
    if (!l->load->ignore_nonexistent)
        refuse(l, NULL, "there is no model \"%s\"%s", label, did_you_mean(l, nearest.best));
    return NULL;
}

static size_t place_of(loading *l, const ct_table *table)
{
    const ct_graph *graph = &ct_work_databases(l->c)->graph;
    size_t at = 0;
    while (at < graph->table_count && graph->tables[at] != table)
        at++;
    return at;
}

static void touch(loading *l, const ct_table *table)
{
    l->load->state->touched[place_of(l, table)] = true;
}

/* Before a row whose key the database is to make: it must not be one of those that have come. `brings`: the fixture has
 * the row's key. */
static void count_keys(loading *l, bool brings)
{
    struct ct_fixture_state *state = l->load->state;
    bool *keyed = &state->keyed[place_of(l, l->table)];
    if (!l->has_key && *keyed) {
        ct_fixture_flush(&state->batch);
        ct_reset_key(l->c, l->load->entry, l->table);
        *keyed = false;
    }
    *keyed |= brings;
}

static void check_table(loading *l)
{
    const ct_table *table = l->table;
    if (table->model->read_only)
        refuse(l, NULL, "the model is read_only");
    if (!l->load->any_database && strcmp(table->database, l->load->entry->alias) != 0)
        refuse(l, NULL,
               "the model lives in the database \"%s\": load its rows from a file of their own, with "
               "--database %s",
               table->database, table->database);
}

/* ---- statements ---- */

static ct_db_request request_of(loading *l, const ct_table *table, ct_sql *sql, bool read)
{
    return (ct_db_request){
        .table = table, .using = l->load->entry->alias, .statement = ct_sql_statement(sql, read), .fatal = true
    };
}

static void begin(loading *l, ct_sql *sql)
{
    ct_sql_begin(sql, l->c, l->load->entry->driver->dialect);
}

/* ---- natural keys ---- */

static bool find_natural(loading *l, const char *field, const ct_table *table, const ct_array *parts, size_t *at,
                         ct_value *ret_key);

/* A part of a natural key: of a ref with one of its own, as many parts as that has. */
static bool natural_part(loading *l, const char *field, const ct_column *column, const ct_array *parts, size_t *at,
                         ct_value *ret_value)
{
    const char *problem;
    if (column->link && column->link->other->model && column->link->other->model->natural_key)
        return find_natural(l, field, column->link->other, parts, at, ret_value);
    if (*at >= parts->count)
        refuse(l, field, "the natural key has %zu parts, which are too few", parts->count);
    ct_value part = parts->items[(*at)++];
    if (part.type == CT_VALUE_NULL)
        *ret_value = part;
    else if (!ct_fixture_value(l->arena, column->field, column->kind, part, ret_value, &problem))
        refuse(l, field, "part %zu of the natural key: %s", *at, problem ? problem : "there is no memory for it");
    return true;
}

/* False where there is no such row yet. */
static bool ask_natural(loading *l, const char *field, ct_sql *sql, const ct_table *table, ct_value *ret_key)
{
    ct_fixture_key_sink sink = ct_fixture_key(l->arena, table->keys[0]);
    ct_db_request request = request_of(l, table, sql, true);
    if (ct_fixture_waits(&l->load->state->batch, table))
        ct_fixture_flush(&l->load->state->batch);
    ct_db_run(l->c, &request, &sink.sink);
    if (sink.error)
        refuse(l, field, "the key of %s has %s", table->label, sink.error);
    if (sink.rows > 1)
        refuse(l, field, "several rows of %s have this natural key", table->label);
    *ret_key = sink.value;
    return sink.rows == 1;
}

static void begin_natural(loading *l, ct_sql *sql, const char *field, const ct_table *table)
{
    if (table->key_count != 1)
        refuse(l, field, "%s has a key of several columns, which a natural key cannot stand for", table->label);
    begin(l, sql);
    ct_sql_add(sql, "SELECT ");
    ct_sql_name(sql, table->keys[0]->name);
    ct_sql_add(sql, " FROM ");
    ct_sql_name(sql, table->name);
}

static bool find_natural(loading *l, const char *field, const ct_table *table, const ct_array *parts, size_t *at,
                         ct_value *ret_key)
{
    ct_sql sql;
    ct_str rest = ct_str_of(table->model->natural_key), name;
    begin_natural(l, &sql, field, table);
    for (bool first = true; ct_fixture_natural_next(&rest, &name); first = false) {
        const ct_column *column = ct_table_column(table, name);
        ct_value value;
        if (!natural_part(l, field, column, parts, at, &value))
            return false;
        ct_fixture_equal(&sql, column, value, first);
    }
    return ask_natural(l, field, &sql, table, ret_key);
}

/* The key that a ref, or an item of a many_to_many, holds: the key itself or a natural one. False: it is not there
 * yet. */
static bool key_behind(loading *l, const char *field, const ct_table *other, const ct_column *key, ct_value in_json,
                       ct_value *ret_key)
{
    const char *problem;
    if (in_json.type != CT_VALUE_ARRAY) {
        if (!ct_fixture_value(l->arena, key->field, key->kind, in_json, ret_key, &problem))
            refuse(l, field, "%s", problem ? problem : "there is no memory for it");
        return true;
    }
    if (!other->model || !other->model->natural_key)
        refuse(l, field, "%s has no natural key: its rows are named by their keys, not by lists", other->label);
    size_t at = 0;
    bool found = find_natural(l, field, other, in_json.array, &at, ret_key);
    if (at < in_json.array->count && found)
        refuse(l, field, "the natural key of %s has %zu parts, and here are %zu", other->label, at,
               (size_t)in_json.array->count);
    if (!found && l->last_try) {
        ct_buffer text = ct_buffer_in(l->arena);
        (void)!ct_json_write(&text, in_json, 0);
        refuse(l, field, "there is no %s with the natural key %.200s", other->label, ct_buffer_text(&text));
    }
    l->waits |= !found;
    return found;
}

/* ---- the object ---- */

static void set(loading *l, const ct_column *column, ct_value value)
{
    l->values[column->index] = value;
    l->given[column->index] = true;
    l->named |= column->mask;
}

/* What the column holds, whatever the database makes of it: lengths and digits. What validators say is not asked. */
static void check_value(loading *l, const ct_column *column, ct_value value)
{
    ct_field field = *column->field;
    if (column->link || (value.type != CT_VALUE_TEXT && value.type != CT_VALUE_BYTES &&
                         value.type != CT_VALUE_DECIMAL && value.type != CT_VALUE_ARRAY))
        return;
    if (ct_kind_is_text(field.kind))
        field.kind = CT_KIND_text; /* an address may be wrong, as it was */
    field.choices = NULL;
    field.validators = NULL;
    field.pattern = field.min_value = field.max_value = NULL;
    field.min_length = 0;
    field.blank = true;
    ct_errors *errors = ct_errors_new(l->c);
    ct_field_validate(l->c, l->table->model->shape, &field, value, errors);
    if (ct_errors_count(errors))
        refuse(l, field.name, "%s", ct_errors_at(errors, 0).message);
}

static void read_field(loading *l, const ct_column *column, ct_value in_json)
{
    const char *name = column->field->name, *problem;
    ct_value value = in_json;
    if (column->field->generated)
        return;
    if (in_json.type == CT_VALUE_NULL) {
        if (!column->null && column->kind != CT_KIND_json)
            refuse(l, name, "This field cannot be null.");
    } else if (column->link) {
        if (!key_behind(l, name, column->link->other, column->link->to, in_json, &value))
            return;
    } else if (!ct_fixture_value(l->arena, column->field, column->kind, in_json, &value, &problem)) {
        refuse(l, name, "%s", problem ? problem : "there is no memory for it");
    }
    check_value(l, column, value);
    set(l, column, value);
}

static const ct_link *many_link(loading *l, const char *name)
{
    const ct_link *link = ct_table_link(l->table, ct_str_of(name));
    return link && link->kind == CT_LINK_MANY_TO_MANY && link->through->owner == link->field ? link : NULL;
}

static void read_fields(loading *l)
{
    for (size_t i = 0; i < ct_map_count(l->fields); i++) {
        ct_kv pair = ct_map_at(l->fields, i);
        const ct_column *column = ct_table_column(l->table, ct_str_of(pair.key));
        if (column) {
            read_field(l, column, pair.value);
        } else if (many_link(l, pair.key)) {
            if (pair.value.type != CT_VALUE_ARRAY)
                refuse(l, pair.key, "a list of keys is expected");
        } else if (!l->load->ignore_nonexistent) {
            const char *nearest = ct_table_nearest(l->table, ct_str_of(pair.key));
            refuse(l, NULL, "the model has no field \"%s\"%s", pair.key,
                   nearest ? did_you_mean(l, nearest) : " (--ignore-nonexistent passes over it)");
        }
    }
}

static void read_key(loading *l, ct_value pk)
{
    const ct_table *table = l->table;
    bool list = table->key_count > 1;
    if (pk.type == CT_VALUE_NULL)
        return;
    if (list && (pk.type != CT_VALUE_ARRAY || pk.array->count != table->key_count))
        refuse(l, "pk", "the key has %zu columns: a list of so many values is expected", table->key_count);
    for (size_t i = 0; i < table->key_count; i++)
        read_field(l, table->keys[i], list ? pk.array->items[i] : pk);
    l->has_key = true;
}

/* The row that has the same natural key is the one that is meant. */
static void find_own_key(loading *l)
{
    const ct_table *table = l->table;
    ct_sql sql;
    ct_value key;
    ct_str rest = ct_str_of(table->model->natural_key), name;
    begin_natural(l, &sql, NULL, table);
    for (bool first = true; ct_fixture_natural_next(&rest, &name); first = false) {
        const ct_column *column = ct_table_column(table, name);
        if (!l->given[column->index])
            return;
        ct_fixture_equal(&sql, column, l->values[column->index], first);
    }
    if (ask_natural(l, NULL, &sql, table, &key)) {
        set(l, table->keys[0], key);
        l->has_key = true;
    }
}

/* ---- writing ---- */

/* Which columns are written: what is given, and what has a default in C. */
static void complete(loading *l)
{
    const ct_table *table = l->table;
    ct_given given = { .text = "", .shape = table->model->shape, .mask = l->named, .key = l->has_key };
    l->row = ct_arena_zalloc(l->arena, table->model->shape->size);
    l->row->shape = table->model->shape;
    ct_row_defaults(l->c, l->row, &given);
    ct_row_auto(table, l->row, true, l->named);
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        bool database = column->field->generated || (column->key && table->generated_key) ||
                        (column->field->db_default && ct_column_is_null(column, l->row));
        if (!l->given[i] && !database) {
            l->values[i] = ct_row_value(l->row, column->field);
            l->given[i] = true;
        }
    }
}

/* All keys of all lists are found before anything is written. */
static ct_fixture_many *read_lists(loading *l, size_t *ret_count)
{
    ct_fixture_many *lists = ct_arena_zalloc(l->arena, (ct_map_count(l->fields) + 1) * sizeof(*lists));
    for (size_t i = 0; i < ct_map_count(l->fields); i++) {
        ct_kv pair = ct_map_at(l->fields, i);
        const ct_link *link = ct_table_column(l->table, ct_str_of(pair.key)) ? NULL : many_link(l, pair.key);
        if (!link)
            continue;
        ct_fixture_many *list = &lists[(*ret_count)++];
        list->link = link;
        list->keys = ct_arena_zalloc(l->arena, (pair.value.array->count + 1) * sizeof(*list->keys));
        for (size_t k = 0; k < pair.value.array->count; k++)
            key_behind(l, pair.key, link->other, link->to, pair.value.array->items[k], &list->keys[list->count++]);
    }
    return lists;
}

static const ct_map *read_object(loading *l)
{
    ct_value object;
    ct_error error;
    if (ct_json_read_exactly(l->text, l->arena, &object, &error))
        return object.map;
    /* "line 2, column 5: ..." of the object */
    char *end;
    unsigned long line = strncmp(error.message, "line ", 5) == 0 ? strtoul(error.message + 5, &end, 10) : 0;
    if (!line)
        refuse(l, NULL, "%s", error.message);
    l->line += line - 1;
    const char *words = strstr(error.message, ": ");
    refuse(l, NULL, "%s", words ? words + 2 : error.message);
}

static bool check_names(loading *l, const ct_map *object)
{
    static const char *const names[] = { "model", "pk", "fields" };
    for (size_t i = 0; i < ct_map_count(object); i++) {
        bool known = false;
        ct_nearest nearest = ct_nearest_to(ct_map_at(object, i).key);
        for (size_t k = 0; k < CT_COUNT(names); k++) {
            known |= strcmp(ct_map_at(object, i).key, names[k]) == 0;
            ct_nearest_try(&nearest, names[k]);
        }
        if (!known)
            refuse(l, NULL, "an object has model, pk and fields, and no \"%s\"%s", ct_map_at(object, i).key,
                   did_you_mean(l, nearest.best));
    }
    if (ct_map_get(object, "model").type != CT_VALUE_TEXT)
        refuse(l, NULL, "an object has a \"model\": \"app.name\"");
    if (ct_map_get(object, "fields").type != CT_VALUE_MAP)
        refuse(l, NULL, "an object has \"fields\": {...}");
    return true;
}

static void load_object(ct *c, void *arg)
{
    loading *l = arg;
    l->load->state->note[0] = '\0';
    const ct_map *object = read_object(l);
    check_names(l, object);
    l->fields = ct_map_get(object, "fields").map;
    l->table = find_table(l, ct_map_get(object, "model").text);
    if (!l->table)
        return;
    note_key(l, ct_map_get(object, "pk"));
    check_table(l);
    l->values = ct_arena_zalloc(l->arena, l->table->column_count * sizeof(*l->values));
    l->given = ct_arena_zalloc(l->arena, l->table->column_count * sizeof(*l->given));
    read_key(l, ct_map_get(object, "pk"));
    read_fields(l);
    size_t list_count = 0;
    ct_fixture_many *lists = read_lists(l, &list_count);
    if (l->waits)
        return;
    bool brings_key = l->has_key;
    if (!brings_key && l->table->model->natural_key)
        find_own_key(l);
    complete(l);
    for (size_t i = 0; i < list_count; i++)
        touch(l, lists[i].link->through);
    touch(l, l->table);
    count_keys(l, brings_key);
    const char *note = ct_strdup(l->c, l->load->state->note);
    ct_fixture_put(&l->load->state->batch, &(ct_fixture_row){ .file = l->file,
                                                              .line = l->line,
                                                              .note = note,
                                                              .table = l->table,
                                                              .values = l->values,
                                                              .given = l->given,
                                                              .has_key = l->has_key,
                                                              .lists = lists,
                                                              .list_count = list_count });
    l->load->count += !l->again;
    (void)c;
}

/* ---- objects one after the other ---- */

/* The last comes first, when they are tried again: a row that refers to the next one then finds it. */
static void put_aside(struct ct_fixture_state *state, const char *file, size_t line, ct_str text)
{
    aside *a = ct_xmalloc(sizeof(*a) + text.length);
    *a = (aside){ .next = state->asides, .file = file, .line = line, .length = text.length };
    memcpy(a->text, text.data, text.length);
    state->asides = a;
}

static void flush(ct *c, void *arg)
{
    struct ct_fixture_state *state = arg;
    (void)c;
    ct_fixture_flush(&state->batch);
}

/* What waits has its memory with the object that is read. */
static void in_arena(ct_fixture_load *load, void (*run)(ct *c, void *arg), void *arg)
{
    ct_arena *former = ct_work_use_arena(load->c, &load->state->arena);
    bool good = ct_try(load->c, run, arg);
    ct_work_use_arena(load->c, former);
    if (!good)
        ct_abort_again(load->c);
}

/* True when it is in the database, or will be by the next statement. */
static bool load_one(ct_fixture_load *load, const char *file, size_t line, ct_str text, bool again, bool last_try)
{
    struct ct_fixture_state *state = load->state;
    if (!state->batch.count)
        ct_arena_reset(&state->arena);
    loading l = { .load = load,
                  .c = load->c,
                  .arena = &state->arena,
                  .text = text,
                  .file = file,
                  .line = line,
                  .again = again,
                  .last_try = last_try };
    in_arena(load, load_object, &l);
    if (ct_arena_used(&state->arena) > MOST_WAITING)
        in_arena(load, flush, state);
    return !l.waits;
}

void ct_fixture_load_file(ct_fixture_load *load, const char *name, ct_fixture_reader *reader)
{
    ct_str object;
    size_t line;
    ct_error error;
    while (ct_fixture_next(reader, &object, &line, &error))
        if (!load_one(load, name, line, object, false, false)) {
            put_aside(load->state, name, line, object);
            load->count++;
        }
    if (error.message[0])
        ct_abort(load->c, 400, "%s: %s", name, error.message);
}

/* Again and again what waits, as long as that brings any of it in, from the one end and from the other in turn. */
static void load_asides(ct_fixture_load *load)
{
    struct ct_fixture_state *state = load->state;
    bool progress = true;
    while (state->asides) {
        bool last_try = !progress;
        progress = false;
        state->waiting = state->asides;
        state->asides = NULL;
        while (state->waiting) {
            aside *a = state->waiting;
            bool good = load_one(load, a->file, a->line, (ct_str){ a->text, a->length }, true, last_try);
            progress |= good;
            state->waiting = a->next;
            a->next = state->asides;
            if (good)
                free(a);
            else
                state->asides = a;
        }
    }
}

/* ---- the whole ---- */

static void free_asides(aside **list)
{
    for (aside *a = *list, *next; a; a = next) {
        next = a->next;
        free(a);
    }
    *list = NULL;
}

static void free_state(void *arg)
{
    struct ct_fixture_state *state = arg;
    free_asides(&state->asides);
    free_asides(&state->waiting);
    ct_arena_finish(&state->arena);
}

void ct_fixture_load_begin(ct_fixture_load *load)
{
    ct *c = load->c;
    const ct_db_dialect *dialect = load->entry->driver->dialect;
    struct ct_fixture_state *state = ct_alloc(c, sizeof(*state));
    ct_arena_init(&state->arena, NULL, 16 * CT_FIXTURE_OBJECT);
    state->batch = (ct_fixture_batch){ .c = c, .entry = load->entry, .arena = &state->arena };
    state->touched = ct_alloc(c, ct_work_databases(c)->graph.table_count + 1);
    state->keyed = ct_alloc(c, ct_work_databases(c)->graph.table_count + 1);
    load->state = state;
    ct_defer(c, free_state, state);
    state->transaction = ct_atomic_begin(c, &(ct_atomic_options){ .using = load->entry->alias });
    ct_sql_change(c, load->entry->alias, dialect->defer ? dialect->defer : "SET CONSTRAINTS ALL DEFERRED", CT_ARGS());
}

/* SQLite says only that something is wrong when the transaction ends: so it is asked before. */
static void check_sqlite(ct *c, const ct_db_entry *entry, const ct_table *table)
{
    const ct_array *wrong = ct_sql_all(c, entry->alias,
                                       "select k.rowid as row, k.parent, f.\"from\" as name "
                                       "from pragma_foreign_key_check(?) k join pragma_foreign_key_list(?) f "
                                       "on f.id = k.fkid and f.seq = 0 limit 1",
                                       CT_ARGS(table->name, table->name));
    if (!ct_array_count(wrong))
        return;
    const ct_map *row = ct_array_at(wrong, 0).map;
    ct_value id = ct_map_get(row, "row");
    const char *key = id.type == CT_VALUE_INT ? ct_printf(c, " %" PRId64, id.integer) : "";
    ct_abort(c, 400, "%s%s: %s refers to a row of %s that is not there",
             table->model ? ct_fixture_label(c, table) : table->label, key, ct_map_get(row, "name").text,
             ct_map_get(row, "parent").text);
}

static void check_references(ct_fixture_load *load)
{
    ct *c = load->c;
    const ct_db_entry *entry = load->entry;
    const ct_graph *graph = &ct_work_databases(c)->graph;
    bool sqlite = strcmp(entry->driver->name, "sqlite") == 0;
    for (size_t i = 0; i < graph->table_count && sqlite; i++)
        if (load->state->touched[i])
            check_sqlite(c, entry, graph->tables[i]);
    if (sqlite)
        return;
    ct_db_request request = { .using = entry->alias, .statement = { .sql = "SET CONSTRAINTS ALL IMMEDIATE" } };
    ct_db_error error;
    if (!ct_db_try(c, &request, NULL, &error))
        ct_abort(c, 400, "%s%s%s", error.table, *error.table ? ": " : "", error.message);
}

void ct_fixture_load_end(ct_fixture_load *load)
{
    const ct_graph *graph = &ct_work_databases(load->c)->graph;
    load_asides(load);
    in_arena(load, flush, load->state);
    check_references(load);
    for (size_t i = 0; i < graph->table_count; i++)
        if (load->state->touched[i])
            ct_reset_key(load->c, load->entry, graph->tables[i]);
    ct_atomic_end(&load->state->transaction);
    free_state(load->state);
}
