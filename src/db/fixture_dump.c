/* Writing fixtures. Each table is read through ct_each()'s cursor in the order of its key, all of them in one
 * transaction that only reads, so that they fit together. What the rows of a portion refer to, where natural keys are
 * asked for, and their many_to_many rows, come with the portion in one query each. */
#include "db/fixture.h"

#include "canteen/database.h"
#include "canteen/query.h"
#include "canteen/work.h"
#include "db/kinds.h"
#include "db/sql.h"
#include "net/work.h"
#include "shape/json_write.h"
#include "shape/validate.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define WRITE_AT ((size_t)64 << 10)

typedef struct dumping {
    ct *c;
    const ct_fixture_dump *dump;
    const ct_table *table;
    const char *label;
    ct_buffer out;  /* heap */
    ct_buffer line; /* heap: the row that is being written, for --indent */
    int64_t count;
} dumping;

/* ---- out ---- */

static void flush(dumping *d)
{
    for (size_t at = 0; at < d->out.length;) {
        ssize_t size = write(d->dump->fd, d->out.data + at, d->out.length - at);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            ct_abort(d->c, 500, "the fixture cannot be written: %m");
        at += (size_t)size;
    }
    d->out.length = 0;
}

static void new_line(ct_buffer *out, size_t spaces)
{
    ct_buffer_char(out, '\n');
    for (size_t i = 0; i < spaces; i++)
        ct_buffer_char(out, ' ');
}

/* The JSON with line breaks; empty arrays and objects stay as they are. `depth`: what is around it. */
static void write_indented(ct_buffer *out, ct_str json, size_t indent, size_t depth)
{
    bool quoted = false;
    for (size_t i = 0; i < json.length; i++) {
        char ch = json.data[i];
        bool opens = !quoted && (ch == '{' || ch == '['), closes = !quoted && (ch == '}' || ch == ']');
        bool empty = opens && i + 1 < json.length && (json.data[i + 1] == '}' || json.data[i + 1] == ']');
        if (closes && json.data[i - 1] != '{' && json.data[i - 1] != '[')
            new_line(out, --depth * indent);
        ct_buffer_char(out, ch);
        if (quoted && ch == '\\')
            ct_buffer_char(out, json.data[++i]);
        else if (ch == '"')
            quoted = !quoted;
        else if (!quoted && ch == ':')
            ct_buffer_char(out, ' ');
        if ((opens && !empty) || (!quoted && ch == ','))
            new_line(out, (depth += opens) * indent);
    }
}

/* ---- values ---- */

static void write_value(dumping *d, ct_value value)
{
    if (!ct_json_write(&d->line, ct_fixture_json(value), 3))
        ct_abort(d->c, 500, "%s: a value is nested deeper than %d", d->label, CT_JSON_DEPTH - 3);
}

static const ct_row *behind(const ct_link *link, const ct_row *row)
{
    const ct_row *other;
    memcpy(&other, (const char *)row + link->field->link, sizeof(other));
    return other;
}

static bool has_natural_key(const ct_table *table)
{
    return table->model && table->model->natural_key;
}

/* The values of the natural key; of a ref in it, those of the row behind. */
static void write_natural(dumping *d, const ct_table *table, const ct_row *row, bool *first)
{
    ct_str rest = ct_str_of(table->model->natural_key), name;
    while (ct_fixture_natural_next(&rest, &name)) {
        const ct_column *column = ct_table_column(table, name);
        const ct_row *other = column->link && has_natural_key(column->link->other) ? behind(column->link, row) : NULL;
        if (other) {
            write_natural(d, column->link->other, other, first);
            continue;
        }
        if (!*first)
            ct_buffer_char(&d->line, ',');
        *first = false;
        write_value(d, ct_row_value(row, column->field));
    }
}

static void write_natural_list(dumping *d, const ct_table *table, const ct_row *row)
{
    bool first = true;
    ct_buffer_char(&d->line, '[');
    write_natural(d, table, row, &first);
    ct_buffer_char(&d->line, ']');
}

static void write_key(dumping *d, const ct_table *table, const ct_row *row)
{
    for (size_t i = 0; i < table->key_count; i++) {
        if (table->key_count > 1)
            ct_buffer_char(&d->line, i ? ',' : '[');
        write_value(d, ct_row_value(row, table->keys[i]->field));
    }
    if (table->key_count > 1)
        ct_buffer_char(&d->line, ']');
}

static void write_ref(dumping *d, const ct_column *column, const ct_row *row)
{
    const ct_row *other = d->dump->natural_foreign && column->link && has_natural_key(column->link->other)
                              ? behind(column->link, row)
                              : NULL;
    if (other)
        write_natural_list(d, column->link->other, other);
    else
        write_value(d, ct_row_value(row, column->field));
}

static int compare_rows(const void *a, const void *b)
{
    const ct_row *one = *(ct_row *const *)a, *other = *(ct_row *const *)b;
    const ct_field *key = NULL;
    for (size_t i = 0; i < one->shape->field_count && !key; i++)
        if (one->shape->fields[i].primary_key)
            key = &one->shape->fields[i];
    return ct_value_compare(ct_row_value(one, key), ct_row_value(other, key));
}

/* In the order of their keys. */
static void write_many(dumping *d, const ct_link *link, const ct_row *row)
{
    const ct_rows *rows;
    memcpy(&rows, (const char *)row + link->field->link, sizeof(rows));
    size_t count = rows ? rows->count : 0;
    if (count > 1)
        qsort(rows->items, count, sizeof(*rows->items), compare_rows);
    ct_buffer_char(&d->line, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            ct_buffer_char(&d->line, ',');
        if (d->dump->natural_foreign && has_natural_key(link->other))
            write_natural_list(d, link->other, rows->items[i]);
        else
            write_key(d, link->other, rows->items[i]);
    }
    ct_buffer_char(&d->line, ']');
}

/* One whose table is nobody's model; others are dumped as rows of that model. */
static bool is_dumped_link(const ct_link *link)
{
    return link->kind == CT_LINK_MANY_TO_MANY && link->field->kind == CT_KIND_many_to_many && link->through->owner;
}

/* ---- rows ---- */

static void write_fields(dumping *d, const ct_row *row)
{
    const char *before = "";
    for (size_t i = 0; i < d->table->column_count; i++) {
        const ct_column *column = &d->table->columns[i];
        if (column->key || column->field->generated)
            continue;
        ct_buffer_printf(&d->line, "%s\"%s\":", before, column->field->name);
        write_ref(d, column, row);
        before = ",";
    }
    for (size_t i = 0; i < d->table->link_count; i++) {
        const ct_link *link = &d->table->links[i];
        if (!is_dumped_link(link))
            continue;
        ct_buffer_printf(&d->line, "%s\"%s\":", before, link->field->name);
        write_many(d, link, row);
        before = ",";
    }
}

static void write_row(dumping *d, const ct_row *row)
{
    size_t indent = (size_t)d->dump->indent;
    d->line.length = 0;
    ct_buffer_printf(&d->line, "{\"model\":\"%s\",", d->label);
    if (!d->dump->natural_primary || !has_natural_key(d->table)) {
        CT_BUFFER_LITERAL(&d->line, "\"pk\":");
        write_key(d, d->table, row);
        ct_buffer_char(&d->line, ',');
    }
    CT_BUFFER_LITERAL(&d->line, "\"fields\":{");
    write_fields(d, row);
    CT_BUFFER_LITERAL(&d->line, "}}");
    ct_buffer_str(&d->out, d->count++ ? CT_STR(",") : CT_STR("["));
    new_line(&d->out, indent);
    if (indent)
        write_indented(&d->out, (ct_str){ d->line.data, d->line.length }, indent, 1);
    else
        ct_buffer_append(&d->out, d->line.data, d->line.length);
    if (d->out.length >= WRITE_AT)
        flush(d);
}

/* ---- tables ---- */

static void add_path(ct_buffer *paths, const char *prefix, const char *name)
{
    ct_buffer_printf(paths, "%s%s%s%s", paths->length ? ", " : "", prefix, *prefix ? "." : "", name);
}

/* The relations that natural keys read: "author, author.company". A natural key that leads to itself has an end at
 * the fourth. */
static void add_natural_paths(ct *c, ct_buffer *paths, const ct_table *table, const char *prefix, unsigned depth)
{
    if (!has_natural_key(table) || depth > 3)
        return;
    ct_str rest = ct_str_of(table->model->natural_key), name;
    while (ct_fixture_natural_next(&rest, &name)) {
        const ct_column *column = ct_table_column(table, name);
        if (!column->link || !has_natural_key(column->link->other))
            continue;
        add_path(paths, prefix, column->field->name);
        add_natural_paths(c, paths, column->link->other,
                          ct_printf(c, "%s%s%s", prefix, *prefix ? "." : "", column->field->name), depth + 1);
    }
}

static const char *paths_of(const dumping *d)
{
    ct *c = d->c;
    ct_buffer paths = ct_buffer_in(ct_work_arena(c));
    for (size_t i = 0; i < d->table->link_count; i++) {
        const ct_link *link = &d->table->links[i];
        bool natural = d->dump->natural_foreign && has_natural_key(link->other);
        if (!is_dumped_link(link) && !(link->kind == CT_LINK_TO_ONE && natural))
            continue;
        add_path(&paths, "", link->field->name);
        if (natural)
            add_natural_paths(c, &paths, link->other, link->field->name, 0);
    }
    return paths.length ? ct_buffer_text(&paths) : NULL;
}

static const char *key_names(ct *c, const ct_table *table)
{
    ct_buffer names = ct_buffer_in(ct_work_arena(c));
    for (size_t i = 0; i < table->key_count; i++)
        ct_buffer_printf(&names, "%s%s", i ? ", " : "", table->keys[i]->field->name);
    return ct_buffer_text(&names);
}

static void dump_table(dumping *d)
{
    ct *c = d->c;
    ct_given *given = ct_alloc(c, sizeof(*given));
    *given = (ct_given){ .text = "", .shape = d->table->model->shape, .file = "dumpdata", .line = 0 };
    const ct_query_head head = { .order_by = key_names(c, d->table),
                                 .with = paths_of(d),
                                 .using = d->dump->entry->alias };
    char *query = ct_alloc(c, CT_MAX(d->table->model->query_size, sizeof(head)));
    memcpy(query, &head, sizeof(head));
    ct_cursor *cursor = ct_cursor_begin(c, d->table->model, query, given);
    for (const ct_row *row; (row = ct_cursor_next(cursor)) != NULL;)
        write_row(d, row);
    ct_cursor_end(&cursor);
}

static void free_buffers(void *arg)
{
    dumping *d = arg;
    ct_buffer_finish(&d->out);
    ct_buffer_finish(&d->line);
    ct_json_store_exactly(false);
}

int64_t ct_fixture_dump_all(ct *c, const ct_fixture_dump *dump)
{
    dumping *d = ct_alloc(c, sizeof(*d));
    *d = (dumping){ .c = c, .dump = dump };
    ct_defer(c, free_buffers, d);
    ct_json_store_exactly(true);
    ct_atomic(c, .read_only = true, .isolation = CT_REPEATABLE_READ, .using = dump->entry->alias) {
        for (size_t i = 0; i < dump->count; i++) {
            d->table = dump->tables[i];
            d->label = ct_fixture_label(c, d->table);
            dump_table(d);
        }
    }
    ct_buffer_str(&d->out, d->count ? CT_STR("\n]\n") : CT_STR("[]\n"));
    flush(d);
    return d->count;
}
