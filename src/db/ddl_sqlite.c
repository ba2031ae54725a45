/* Tables of SQLite. What ALTER TABLE cannot do is done by making the table anew:
 *
 *   CREATE TABLE "new__t" (...)  ->  INSERT INTO "new__t" SELECT ... FROM "t"  ->  DROP TABLE "t"
 *     ->  ALTER TABLE "new__t" RENAME TO "t"  ->  its indexes and triggers
 *
 * Foreign keys are switched off meanwhile, and the rename is the old kind (legacy_alter_table), so that what refers to
 * "t" goes on doing so, views included. Keys are AUTOINCREMENT: that of a deleted row is never given again, and the
 * count goes over to the new table.
 *
 * Tables are STRICT, so that what no longer fits a column's type fails the migration instead of staying there unseen;
 * but for those with a column of a .sql_type. What the kinds are kept as: db/sqlite_functions.h. */
#include "canteen/types.h"
#include "db/ddl.h"
#include "shape/kinds.h"

#include <stdio.h>

/* ---- types and literals ---- */

static void write_type(ct_buffer *out, const ct_field *field, const ct_field *target)
{
    (void)target;
    switch (ct_field_value_kind(field)) {
    case CT_KIND_integer:
    case CT_KIND_boolean:
    case CT_KIND_duration:
        CT_BUFFER_LITERAL(out, "integer");
        break;
    case CT_KIND_real:
        CT_BUFFER_LITERAL(out, "real");
        break;
    case CT_KIND_binary:
        CT_BUFFER_LITERAL(out, "blob");
        break;
    default:
        CT_BUFFER_LITERAL(out, "text");
    }
}

/* "2026-11-21 09:30:00", with six digits of a fraction where there is one. */
static void write_datetime(ct_buffer *out, ct_time time)
{
    ct_date day = ct_date_at(time);
    ct_time of_day = time - ct_date_start(day);
    int year, month, number;
    ct_date_parts(day, &year, &month, &number);
    ct_buffer_printf(out, "'%04d-%02d-%02d %02d:%02d:%02d", year, month, number, (int)(of_day / CT_HOUR),
                     (int)(of_day / CT_MINUTE % 60), (int)(of_day / CT_SECOND % 60));
    if (of_day % CT_SECOND)
        ct_buffer_printf(out, ".%06d", (int)(of_day % CT_SECOND));
    ct_buffer_char(out, '\'');
}

static void write_literal(ct_buffer *out, const ct_field *field, const char *text)
{
    ct_time time;
    ct_kind kind = ct_field_value_kind(field);
    if (kind == CT_KIND_boolean) {
        ct_buffer_char(out, strcmp(text, "true") == 0 || strcmp(text, "1") == 0 ? '1' : '0');
    } else if (kind == CT_KIND_datetime && ct_datetime_read(text, &time)) {
        write_datetime(out, time);
    } else if (kind == CT_KIND_duration && ct_duration_read(text, &time)) {
        ct_buffer_int(out, time);
    } else if (kind == CT_KIND_integer || kind == CT_KIND_real) {
        CT_BUFFER_LITERAL(out, "CAST(");
        ct_ddl_text(out, text);
        ct_buffer_printf(out, " AS %s)", kind == CT_KIND_real ? "real" : "integer");
    } else if (kind == CT_KIND_binary) {
        CT_BUFFER_LITERAL(out, "CAST(");
        ct_ddl_text(out, text);
        CT_BUFFER_LITERAL(out, " AS blob)");
    } else {
        ct_ddl_text(out, text);
    }
}

static const char *now(ct_kind kind)
{
    return kind == CT_KIND_date ? "CURRENT_DATE" : kind == CT_KIND_time ? "CURRENT_TIME" : "CURRENT_TIMESTAMP";
}

/* ---- parts of statements ---- */

static const char *quoted(const ct_script *script, const char *name)
{
    return ct_ddl_quoted(script->arena, name);
}

static void write_reference(ct_script *script, ct_buffer *out, const ct_ddl_reference *reference)
{
    const char *action = ct_ddl_action(reference->on_delete);
    ct_buffer_printf(out, " REFERENCES %s (%s)", quoted(script, reference->table), quoted(script, reference->to));
    if (action)
        ct_buffer_printf(out, " ON DELETE %s", action);
}

static void write_column(ct_script *script, ct_buffer *out, const ct_ddl_table *table, const ct_ddl_column *column)
{
    ct_buffer_printf(out, "%s %s", quoted(script, column->name), column->type);
    if (column->identity)
        CT_BUFFER_LITERAL(out, " PRIMARY KEY AUTOINCREMENT");
    if (!column->null)
        CT_BUFFER_LITERAL(out, " NOT NULL");
    if (column->db_default)
        ct_buffer_printf(out, " DEFAULT (%s)", column->db_default);
    if (column->collation)
        ct_buffer_printf(out, " COLLATE %s", quoted(script, column->collation));
    else if (column->field->kind == CT_KIND_decimal && !column->field->sql_type)
        CT_BUFFER_LITERAL(out, " COLLATE decimal");
    if (column->generated)
        ct_buffer_printf(out, " GENERATED ALWAYS AS (%s) %s", column->generated,
                         column->virtual_column ? "VIRTUAL" : "STORED");
    for (size_t i = 0; i < table->reference_count; i++)
        if (strcmp(table->references[i].column, column->name) == 0)
            write_reference(script, out, &table->references[i]);
}

static bool is_strict(const ct_ddl_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->sql_type)
            return false;
    return true;
}

static void make_table(ct_script *script, const ct_ddl_table *table, const char *name)
{
    ct_buffer out = ct_buffer_in(script->arena);
    bool identity = false;
    ct_buffer_printf(&out, "CREATE TABLE %s (", quoted(script, name));
    for (size_t i = 0; i < table->column_count; i++) {
        ct_buffer_printf(&out, "%s\n    ", i ? "," : "");
        write_column(script, &out, table, &table->columns[i]);
        identity |= table->columns[i].identity;
    }
    if (!identity && ct_ddl_key_count(table))
        ct_buffer_printf(&out, ",\n    PRIMARY KEY (%s)", ct_ddl_key_columns(script->arena, table));
    for (size_t i = 0; i < table->check_count; i++)
        ct_buffer_printf(&out, ",\n    CONSTRAINT %s CHECK (%s)", quoted(script, table->checks[i].name),
                         table->checks[i].sql);
    ct_buffer_printf(&out, "\n)%s", is_strict(table) ? " STRICT" : "");
    ct_script_add(script, "%s", ct_buffer_text(&out));
}

static void make_index(ct_script *script, const ct_ddl_table *table, const ct_ddl_index *index)
{
    const char *where = index->index->where;
    ct_script_add(script, "CREATE %sINDEX %s ON %s (%s)%s%s", index->index->unique ? "UNIQUE " : "",
                  quoted(script, index->name), quoted(script, table->name), index->columns, where ? " WHERE " : "",
                  where ? where : "");
}

static void make_indexes(ct_script *script, const ct_ddl_table *table)
{
    for (size_t i = 0; i < table->index_count; i++)
        make_index(script, table, &table->indexes[i]);
}

/* ---- renames ---- */

static void rename_parts(ct_script *script, const ct_ddl_pair *pair)
{
    const ct_ddl_table *after = pair->after;
    if (strcmp(pair->before->name, after->name) != 0) {
        /* Names may differ in case alone, which SQLite takes for the same. */
        bool same = ct_str_eq_nocase(ct_str_of(pair->before->name), ct_str_of(after->name));
        const char *through = same ? ct_arena_printf(script->arena, "new__%s", after->name) : after->name;
        ct_script_add(script, "ALTER TABLE %s RENAME TO %s", quoted(script, pair->before->name),
                      quoted(script, through));
        if (same)
            ct_script_add(script, "ALTER TABLE %s RENAME TO %s", quoted(script, through), quoted(script, after->name));
    }
    for (size_t i = 0; i < pair->before->column_count; i++) {
        const ct_ddl_column *old = &pair->before->columns[i], *new = ct_ddl_column_by_key(after, old->key);
        if (new &&strcmp(old->name, new->name) != 0)
            ct_script_add(script, "ALTER TABLE %s RENAME COLUMN %s TO %s", quoted(script, after->name),
                          quoted(script, old->name), quoted(script, new->name));
    }
}

/* ---- making a table anew ---- */

static bool is_number(ct_kind kind)
{
    return kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal;
}

/* As PostgreSQL reads them. Text that is none is no integer either, which the STRICT table refuses. */
static const char *text_as_boolean(const ct_script *script, const char *name)
{
    return ct_arena_printf(
        script->arena,
        "CASE WHEN lower(trim(%s)) IN ('true', 'tru', 'tr', 't', 'yes', 'ye', 'y', 'on', '1') THEN 1 "
        "WHEN lower(trim(%s)) IN ('false', 'fals', 'fal', 'fa', 'f', 'no', 'n', 'off', 'of', '0') "
        "THEN 0 ELSE 'no boolean: ' || %s END",
        name, name, name);
}

/* A value of one kind as one of another, where the type of the column does not make it so by itself. */
static const char *converted(const ct_script *script, const ct_ddl_column *old, const ct_ddl_column *new)
{
    const char *name = quoted(script, new->name), *format = NULL;
    ct_kind from = ct_field_value_kind(old->field), to = ct_field_value_kind(new->field);
    if (from == to)
        return name;
    if (to == CT_KIND_boolean && is_number(from))
        return ct_arena_printf(script->arena, "CAST(%s AS real) <> 0", name);
    if (to == CT_KIND_integer && is_number(from))
        return ct_arena_printf(script->arena, "CAST(round(%s) AS integer)", name);
    if (from == CT_KIND_boolean && ct_kind_is_text(to))
        return ct_arena_printf(script->arena, "iif(%s IS NULL, NULL, iif(%s, 'true', 'false'))", name, name);
    if (ct_kind_is_text(from) && to == CT_KIND_boolean)
        return text_as_boolean(script, name);
    if (from == CT_KIND_datetime && (to == CT_KIND_date || to == CT_KIND_time))
        format = to == CT_KIND_date ? "1, 10" : "12";
    if (format)
        return ct_arena_printf(script->arena, "substr(%s, %s)", name, format);
    if (from == CT_KIND_date && to == CT_KIND_datetime)
        return ct_arena_printf(script->arena, "%s || ' 00:00:00'", name);
    return name;
}

/* What a column of the new table gets from the old one; NULL: nothing, its default or NULL. */
static const char *source_of(const ct_script *script, const ct_ddl_pair *pair, const ct_ddl_column *column,
                             const ct_ddl_fill *fill)
{
    const ct_ddl_column *old = ct_ddl_column_by_key(pair->before, column->key);
    const char *filled = ct_ddl_fill_of(script, pair->after, column, fill);
    if (!old)
        return filled;
    const char *value = converted(script, old, column);
    if (old->null && !column->null && filled)
        return ct_arena_printf(script->arena, "coalesce(%s, %s)", value, filled);
    return value;
}

static void copy_rows(ct_script *script, const ct_ddl_pair *pair, const char *to, const ct_ddl_fill *fill)
{
    ct_buffer columns = ct_buffer_in(script->arena), sources = ct_buffer_in(script->arena);
    for (size_t i = 0; i < pair->after->column_count; i++) {
        const ct_ddl_column *column = &pair->after->columns[i];
        const char *source = column->generated ? NULL : source_of(script, pair, column, fill);
        if (!source)
            continue;
        ct_buffer_printf(&columns, "%s%s", columns.length ? ", " : "", quoted(script, column->name));
        ct_buffer_printf(&sources, "%s%s", sources.length ? ", " : "", source);
    }
    if (columns.length)
        ct_script_add(script, "INSERT INTO %s (%s) SELECT %s FROM %s", quoted(script, to), ct_buffer_text(&columns),
                      ct_buffer_text(&sources), quoted(script, pair->after->name));
}

static bool has_identity(const ct_ddl_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].identity)
            return true;
    return false;
}

static void keep_sequence(ct_script *script, const ct_ddl_pair *pair, const char *to)
{
    if (!has_identity(pair->before) || !has_identity(pair->after))
        return;
    ct_buffer from = ct_buffer_in(script->arena), name = ct_buffer_in(script->arena);
    ct_ddl_text(&from, pair->after->name);
    ct_ddl_text(&name, to);
    ct_script_add(script, "DELETE FROM sqlite_sequence WHERE name = %s", ct_buffer_text(&name));
    ct_script_add(script, "INSERT INTO sqlite_sequence (name, seq) SELECT %s, seq FROM sqlite_sequence WHERE name = %s",
                  ct_buffer_text(&name), ct_buffer_text(&from));
}

static void make_anew(ct_script *script, const ct_ddl_pair *pair, const ct_ddl_fill *fill)
{
    const char *name = pair->after->name, *other = ct_arena_printf(script->arena, "new__%s", name);
    ct_script_step(script, (ct_step){ .kind = CT_STEP_KEEP_TRIGGERS, .table = name });
    make_table(script, pair->after, other);
    copy_rows(script, pair, other, fill);
    keep_sequence(script, pair, other);
    ct_script_add(script, "PRAGMA legacy_alter_table = ON");
    ct_script_add(script, "DROP TABLE %s", quoted(script, name));
    ct_script_add(script, "ALTER TABLE %s RENAME TO %s", quoted(script, other), quoted(script, name));
    ct_script_add(script, "PRAGMA legacy_alter_table = OFF");
    make_indexes(script, pair->after);
    ct_script_step(script, (ct_step){ .kind = CT_STEP_MAKE_TRIGGERS, .table = name });
}

/* ---- in place ---- */

/* Can ALTER TABLE ADD COLUMN make it, as CREATE TABLE would? */
static bool is_simple(const ct_script *script, const ct_ddl_table *table, const ct_ddl_column *column,
                      const ct_ddl_fill *fill)
{
    return column->null && !column->field->primary_key && !column->db_default &&
           !(column->generated && !column->virtual_column) && !ct_ddl_fill_of(script, table, column, fill);
}

static bool must_be_made_anew(const ct_script *script, const ct_ddl_pair *pair, const ct_ddl_fill *fill)
{
    const ct_ddl_table *before = pair->before, *after = pair->after;
    if (!ct_ddl_keys_equal(before, after) || before->check_count != after->check_count ||
        is_strict(before) != is_strict(after))
        return true;
    for (size_t i = 0; i < before->column_count; i++) {
        const ct_ddl_column *new = ct_ddl_column_by_key(after, before->columns[i].key);
        if (!new || !ct_ddl_column_equal(&before->columns[i], new) ||
            ct_field_value_kind(before->columns[i].field) != ct_field_value_kind(new->field))
            return true;
    }
    for (size_t i = 0; i < after->column_count; i++)
        if (!ct_ddl_column_by_key(before, after->columns[i].key) && !is_simple(script, after, &after->columns[i], fill))
            return true;
    for (size_t i = 0; i < before->reference_count; i++)
        if (!ct_ddl_reference_by_key(after, before->references[i].key))
            return true;
    for (size_t i = 0; i < after->reference_count; i++) {
        bool comes_with_it = false; /* with its column, which may have been renamed */
        for (size_t j = 0; j < after->column_count; j++)
            comes_with_it |= strcmp(after->columns[j].name, after->references[i].column) == 0 &&
                             !ct_ddl_column_by_key(before, after->columns[j].key);
        if (!comes_with_it && !ct_ddl_reference_by_key(before, after->references[i].key))
            return true;
    }
    for (size_t i = 0; i < after->check_count; i++)
        if (!ct_ddl_check_by_key(before, after->checks[i].key))
            return true;
    return false;
}

static void change_in_place(ct_script *script, const ct_ddl_pair *pair)
{
    const ct_ddl_table *before = pair->before, *after = pair->after;
    for (size_t i = 0; i < before->index_count; i++) {
        const ct_ddl_index *new = ct_ddl_index_by_key(after, before->indexes[i].key);
        if (!new || strcmp(new->name, before->indexes[i].name) != 0)
            ct_script_add(script, "DROP INDEX %s", quoted(script, before->indexes[i].name));
    }
    for (size_t i = 0; i < after->column_count; i++) {
        if (ct_ddl_column_by_key(before, after->columns[i].key))
            continue;
        ct_buffer out = ct_buffer_in(script->arena);
        write_column(script, &out, after, &after->columns[i]);
        ct_script_add(script, "ALTER TABLE %s ADD COLUMN %s", quoted(script, after->name), ct_buffer_text(&out));
    }
    for (size_t i = 0; i < after->index_count; i++) {
        const ct_ddl_index *old = ct_ddl_index_by_key(before, after->indexes[i].key);
        if (!old || strcmp(old->name, after->indexes[i].name) != 0)
            make_index(script, after, &after->indexes[i]);
    }
}

/* ---- all of it ---- */

static void change(ct_script *script, const ct_ddl_pair *pairs, size_t count, const ct_ddl_fill *fill)
{
    for (size_t i = count; i-- > 0;)
        if (!pairs[i].after)
            ct_script_add(script, "DROP TABLE %s", quoted(script, pairs[i].before->name));
    for (size_t i = 0; i < count; i++)
        if (pairs[i].before && pairs[i].after)
            rename_parts(script, &pairs[i]);
    for (size_t i = 0; i < count; i++) {
        if (!pairs[i].after)
            continue;
        if (!pairs[i].before) {
            make_table(script, pairs[i].after, pairs[i].after->name);
            make_indexes(script, pairs[i].after);
        } else if (must_be_made_anew(script, &pairs[i], fill)) {
            make_anew(script, &pairs[i], fill);
        } else {
            change_in_place(script, &pairs[i]);
        }
    }
}

const ct_ddl ct_ddl_sqlite = {
    .name = "sqlite",
    .type = write_type,
    .literal = write_literal,
    .now = now,
    .uuid = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || "
            "substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
    .change = change,
};
