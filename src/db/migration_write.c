/* The C file of a migration: what makemigrations writes and people review. Rows as in models, one a line; a row that is
 * too long for one is folded at its options. */
#include "db/autodetect.h"

#include "base/buffer.h"

#define MOST_LINE 100

/* A string literal. */
static void write_text(ct_buffer *out, const char *text)
{
    ct_buffer_char(out, '"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            ct_buffer_printf(out, "\\%c", *at);
        else if (*at == '\n')
            CT_BUFFER_LITERAL(out, "\\n");
        else if (*at < ' ' || *at == 127)
            ct_buffer_printf(out, "\\%03o", *at);
        else if (*at == '?' && at[1] == '?')
            CT_BUFFER_LITERAL(out, "\\?"); /* no trigraph */
        else
            ct_buffer_char(out, (char)*at);
    }
    ct_buffer_char(out, '"');
}

/* ---- options ---- */

/* The words of a row: each is put behind a comma, on a line of its own where the line would be too long. */
typedef struct row {
    ct_buffer *out;
    ct_arena *arena;
    size_t line; /* where the line begins, in `out` */
    int indent;  /* of a line that goes on */
} row;

static void put(row *r, const char *word)
{
    if (r->out->length - r->line + strlen(word) + 2 > MOST_LINE) {
        ct_buffer_printf(r->out, ",\n%*s", r->indent, "");
        r->line = r->out->length - (size_t)r->indent;
    } else {
        CT_BUFFER_LITERAL(r->out, ", ");
    }
    ct_buffer_str(r->out, ct_str_of(word));
}

static void put_text(row *r, const char *name, const char *value)
{
    if (!value)
        return;
    ct_buffer word = ct_buffer_in(r->arena);
    ct_buffer_printf(&word, ".%s = ", name);
    write_text(&word, value);
    put(r, ct_buffer_text(&word));
}

static void put_flag(row *r, const char *name, bool value)
{
    if (value)
        put(r, ct_arena_printf(r->arena, ".%s = true", name));
}

static void put_number(row *r, const char *name, int value)
{
    if (value)
        put(r, ct_arena_printf(r->arena, ".%s = %d", name, value));
}

static const char *name_of_on_delete(ct_on_delete on_delete)
{
    static const char *const names[] = {
        [CT_CASCADE] = "CT_CASCADE",         [CT_PROTECT] = "CT_PROTECT",
        [CT_RESTRICT] = "CT_RESTRICT",       [CT_SET_NULL] = "CT_SET_NULL",
        [CT_SET_DEFAULT] = "CT_SET_DEFAULT", [CT_DO_NOTHING] = "CT_DO_NOTHING",
        [CT_DB_CASCADE] = "CT_DB_CASCADE",   [CT_DB_SET_NULL] = "CT_DB_SET_NULL",
        [CT_DB_RESTRICT] = "CT_DB_RESTRICT", [CT_DB_SET_DEFAULT] = "CT_DB_SET_DEFAULT",
    };
    return names[on_delete];
}

static void put_options(row *r, const ct_field *f)
{
    if (f->on_delete)
        put(r, ct_arena_printf(r->arena, ".on_delete = %s", name_of_on_delete(f->on_delete)));
    put_flag(r, "primary_key", f->primary_key);
    put_flag(r, "null", f->null);
    put_flag(r, "blank", f->blank);
    put_number(r, "max_length", f->max_length);
    put_number(r, "max_digits", f->max_digits);
    put_number(r, "decimal_places", f->decimal_places);
    put_text(r, "default_value", f->default_value);
    put_text(r, "db_default", f->db_default);
    put_flag(r, "auto_now", f->auto_now);
    put_flag(r, "auto_now_add", f->auto_now_add);
    put_flag(r, "uuid_v4", f->uuid_v4);
    put_flag(r, "uuid_v7", f->uuid_v7);
    put_flag(r, "unique", f->unique);
    put_flag(r, "index", f->index);
    put_flag(r, "no_constraint", f->no_constraint);
    put_text(r, "column", f->column);
    put_text(r, "through_table", f->through_table);
    put_text(r, "generated", f->generated);
    put_flag(r, "virtual_column", f->virtual_column);
    put_text(r, "sql_type", f->sql_type);
    put_text(r, "collation", f->collation);
    put_text(r, "comment", f->comment);
    if (f->through) {
        ct_buffer word = ct_buffer_in(r->arena);
        CT_BUFFER_LITERAL(&word, ".through = MODEL(");
        write_text(&word, f->through->name);
        ct_buffer_char(&word, ')');
        put(r, ct_buffer_text(&word));
    }
}

static row begin_row(ct_arena *arena, ct_buffer *out, int indent)
{
    size_t line = out->length;
    while (line && out->data[line - 1] != '\n')
        line--;
    return (row){ .out = out, .arena = arena, .line = line, .indent = indent };
}

/* (ref, question, "polls.Question", .on_delete = CT_CASCADE) */
static void write_field(ct_arena *arena, ct_buffer *out, const ct_field *f, int indent)
{
    row r = begin_row(arena, out, indent + 1);
    ct_buffer_printf(out, "(%s, %s", ct_kind_name(f->kind), f->name);
    if (f->kind == CT_KIND_array)
        ct_buffer_printf(out, ", %s", ct_kind_name(f->element));
    if (f->to) {
        CT_BUFFER_LITERAL(out, ", ");
        write_text(out, f->to->name);
    }
    put_options(&r, f);
    ct_buffer_char(out, ')');
}

static void write_index(ct_arena *arena, ct_buffer *out, const ct_index *index, int indent)
{
    row r = begin_row(arena, out, indent + 6);
    ct_buffer_str(out, ct_str_of(index->unique ? "UNIQUE(" : "INDEX("));
    write_text(out, index->fields);
    put_text(&r, "name", index->name);
    put_text(&r, "where", index->where);
    put_text(&r, "include", index->include);
    put_text(&r, "method", index->method);
    put_flag(&r, "deferrable", index->deferrable);
    put_flag(&r, "nulls_not_distinct", index->nulls_not_distinct);
    ct_buffer_char(out, ')');
}

static void write_check(ct_buffer *out, const ct_check *check)
{
    CT_BUFFER_LITERAL(out, "CHECK(");
    write_text(out, check->name);
    CT_BUFFER_LITERAL(out, ", ");
    write_text(out, check->sql);
    ct_buffer_char(out, ')');
}

static void put_model_options(row *r, const ct_model *m)
{
    put_text(r, "table", m->table);
    put_text(r, "comment", m->comment);
    put_text(r, "database", m->database);
    put_flag(r, "unmanaged", m->unmanaged);
}

static bool has_options(const ct_model *m)
{
    return m && (m->table || m->comment || m->database || m->unmanaged || m->indexes || m->checks);
}

/* The row (options, ...) of a new model. */
static void write_options(ct_arena *arena, ct_buffer *out, const ct_model *m, int indent)
{
    row r = begin_row(arena, out, indent + 1);
    CT_BUFFER_LITERAL(out, "(options");
    put_model_options(&r, m);
    if (m->indexes) {
        ct_buffer_printf(out, ",\n%*s.indexes = INDEXES(", indent + 1, "");
        for (const ct_index *index = m->indexes; index->fields; index++) {
            if (index != m->indexes)
                ct_buffer_printf(out, ",\n%*s", indent + 20, "");
            write_index(arena, out, index, indent + 20);
        }
        ct_buffer_char(out, ')');
    }
    if (m->checks) {
        ct_buffer_printf(out, ",\n%*s.checks = CHECKS(", indent + 1, "");
        for (const ct_check *check = m->checks; check->name; check++) {
            if (check != m->checks)
                ct_buffer_printf(out, ",\n%*s", indent + 18, "");
            write_check(out, check);
        }
        ct_buffer_char(out, ')');
    }
    ct_buffer_char(out, ')');
}

/* ---- operations ---- */

static bool has_usual_key(const ct_field *fields)
{
    return fields && fields->name && strcmp(fields->name, "id") == 0 && fields->kind == CT_KIND_integer &&
           fields->primary_key && !fields->column && !fields->comment && !fields->db_default && !fields->sql_type &&
           !fields->generated && !fields->unique && !fields->index && !fields->default_value;
}

static void write_create(ct_arena *arena, ct_buffer *out, const ct_operation *op, int indent)
{
    bool usual = has_usual_key(op->fields);
    ct_buffer_str(out, ct_str_of(usual ? "CREATE_MODEL(" : "CREATE_TABLE("));
    write_text(out, op->model);
    for (const ct_field *field = op->fields + usual; field->name; field++) {
        ct_buffer_printf(out, ",\n%*s", indent + 4, "");
        write_field(arena, out, field, indent + 4);
    }
    if (has_options(op->options)) {
        ct_buffer_printf(out, ",\n%*s", indent + 4, "");
        write_options(arena, out, op->options, indent + 4);
    } else if (usual && !op->fields[1].name) { /* a model of a key alone: the macro wants a row */
        ct_buffer_printf(out, ",\n%*s(options, .table = NULL)", indent + 4, "");
    }
    ct_buffer_char(out, ')');
}

static void write_call(ct_buffer *out, const char *name, const char *first)
{
    ct_buffer_printf(out, "%s(", name);
    write_text(out, first);
}

static void write_field_operation(ct_arena *arena, ct_buffer *out, const ct_operation *op, int indent)
{
    write_call(out, op->kind == CT_OPERATION_ADD_FIELD ? "ADD_FIELD" : "ALTER_FIELD", op->model);
    CT_BUFFER_LITERAL(out, ", ");
    write_field(arena, out, op->fields, indent + 4);
    row r = begin_row(arena, out, indent + 4);
    put_text(&r, "fill", op->fill);
    put_text(&r, "fill_sql", op->fill_sql);
    ct_buffer_char(out, ')');
}

static void write_names(ct_buffer *out, const char *call, const char *const *names, size_t count)
{
    write_call(out, call, names[0]);
    for (size_t i = 1; i < count; i++) {
        CT_BUFFER_LITERAL(out, ", ");
        write_text(out, names[i]);
    }
    ct_buffer_char(out, ')');
}

static void write_sql(ct_buffer *out, const ct_operation *op)
{
    write_call(out, "RUN_SQL", op->forwards);
    CT_BUFFER_LITERAL(out, ", ");
    if (op->backwards)
        write_text(out, op->backwards);
    else
        CT_BUFFER_LITERAL(out, "NULL");
    if (op->using) {
        CT_BUFFER_LITERAL(out, ", .using = ");
        write_text(out, op->using);
    }
    ct_buffer_char(out, ')');
}

static void write_index_operation(ct_arena *arena, ct_buffer *out, const ct_operation *op, int indent)
{
    const char *name = op->kind == CT_OPERATION_ADD_INDEX ? "ADD_INDEX" : "REMOVE_INDEX";
    write_call(out, op->concurrently ? ct_arena_printf(arena, "%s_CONCURRENTLY", name) : name, op->model);
    CT_BUFFER_LITERAL(out, ", ");
    write_index(arena, out, op->index, indent + 4);
    ct_buffer_char(out, ')');
}

static void write_alter_options(ct_arena *arena, ct_buffer *out, const ct_operation *op, int indent)
{
    write_call(out, "ALTER_OPTIONS", op->model);
    row r = begin_row(arena, out, indent + 4);
    put_model_options(&r, op->options);
    ct_buffer_char(out, ')');
}

static void write_operation(ct_arena *arena, ct_buffer *out, const ct_operation *op, int indent)
{
    switch (op->kind) {
    case CT_OPERATION_CREATE_MODEL:
        write_create(arena, out, op, indent);
        break;
    case CT_OPERATION_DROP_MODEL:
        write_names(out, "DROP_MODEL", (const char *const[]){ op->model }, 1);
        break;
    case CT_OPERATION_RENAME_MODEL:
        write_names(out, "RENAME_MODEL", (const char *const[]){ op->model, op->to }, 2);
        break;
    case CT_OPERATION_REMOVE_FIELD:
        write_names(out, "REMOVE_FIELD", (const char *const[]){ op->model, op->name }, 2);
        break;
    case CT_OPERATION_RENAME_FIELD:
        write_names(out, "RENAME_FIELD", (const char *const[]){ op->model, op->name, op->to }, 3);
        break;
    case CT_OPERATION_REMOVE_CHECK:
        write_names(out, "REMOVE_CHECK", (const char *const[]){ op->model, op->name }, 2);
        break;
    case CT_OPERATION_ADD_FIELD:
    case CT_OPERATION_ALTER_FIELD:
        write_field_operation(arena, out, op, indent);
        break;
    case CT_OPERATION_ADD_INDEX:
    case CT_OPERATION_REMOVE_INDEX:
        write_index_operation(arena, out, op, indent);
        break;
    case CT_OPERATION_ADD_CHECK:
        write_call(out, "ADD_CHECK", op->model);
        CT_BUFFER_LITERAL(out, ", ");
        write_check(out, op->check);
        ct_buffer_char(out, ')');
        break;
    case CT_OPERATION_ALTER_OPTIONS:
        write_alter_options(arena, out, op, indent);
        break;
    case CT_OPERATION_RUN_SQL:
        write_sql(out, op);
        break;
    case CT_OPERATION_NONE:
    case CT_OPERATION_RUN: /* functions have no text, and what has one is never made of others */
    case CT_OPERATION_SEPARATE:
        break;
    }
}

/* ---- files ---- */

const char *ct_migration_identifier(ct_arena *arena, const char *app)
{
    char *copy = ct_arena_printf(arena, "%s%s", *app >= '0' && *app <= '9' ? "app_" : "", app);
    for (char *at = copy; *at; at++)
        if (*at == '-')
            *at = '_';
    return copy;
}

static void write_labels(ct_buffer *out, const char *name, const char *const *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ct_buffer_printf(out, "%s",
                         i                                             ? ", "
                         : ct_str_eq(ct_str_of(name), CT_STR("AFTER")) ? "    .after = AFTER("
                                                                       : "    .replaces = REPLACES(");
        write_text(out, labels[i]);
    }
    if (count)
        CT_BUFFER_LITERAL(out, "),\n");
}

static void write_head(ct_arena *arena, ct_buffer *out, const ct_new_migration *m, const char *made)
{
    CT_BUFFER_LITERAL(out, "/* ");
    for (size_t i = 0; i < m->count && i < 12; i++)
        ct_buffer_printf(out, "%s%s", i ? "; " : "", ct_operation_describe(arena, &m->operations[i]));
    if (m->count > 12)
        ct_buffer_printf(out, "; and %zu more", m->count - 12);
    if (!m->count)
        ct_buffer_printf(out, "%s", m->after_count > 1 ? "Merges two lines of migrations" : "Changes nothing yet");
    ct_buffer_printf(out, ".\n *\n * Written by makemigrations, %s, to be read and edited (docs/migrations.md). */\n",
                     made);
}

/* Comments go to the same width as everything else. */
static const char *folded(ct_arena *arena, const char *head)
{
    ct_buffer out = ct_buffer_in(arena);
    size_t column = 0;
    for (const char *at = head; *at; at++) {
        if (*at == ' ' && column > 3 && column + 1 + strcspn(at + 1, " \n") > MOST_LINE) {
            CT_BUFFER_LITERAL(&out, "\n * ");
            column = 3;
            continue;
        }
        ct_buffer_char(&out, *at);
        if (*at == '*' && at[1] == '/' && at[2] != '\n')
            ct_buffer_char(&out, ' ');
        column = *at == '\n' ? 0 : column + 1;
    }
    return ct_buffer_text(&out);
}

const char *ct_migration_write(ct_arena *arena, const ct_new_migration *m, const char *made)
{
    ct_buffer head = ct_buffer_in(arena), out = ct_buffer_in(arena);
    write_head(arena, &head, m, made);
    ct_buffer_str(&out, ct_str_of(folded(arena, ct_buffer_text(&head))));
    ct_buffer_printf(&out,
                     "#include <canteen.h>\n#include <canteen/operations.h>\n\n/* clang-format off */\n"
                     "CT_MIGRATION(%s, %s,\n",
                     ct_migration_identifier(arena, m->app), m->name);
    if (m->initial)
        CT_BUFFER_LITERAL(&out, "    .initial = true,\n");
    write_labels(&out, "AFTER", m->after, m->after_count);
    write_labels(&out, "REPLACES", m->replaces, m->replaces_count);
    if (m->count)
        CT_BUFFER_LITERAL(&out, "    .operations = OPERATIONS(");
    else
        CT_BUFFER_LITERAL(&out, "    .operations = NULL");
    for (size_t i = 0; i < m->count; i++) {
        ct_buffer_printf(&out, "%s\n        ", i ? "," : "");
        write_operation(arena, &out, &m->operations[i], 8);
    }
    ct_buffer_str(&out, ct_str_of(m->count ? "));\n" : ");\n"));
    CT_BUFFER_LITERAL(&out, "/* clang-format on */\n");
    return ct_buffer_text(&out);
}

const char *ct_migration_write_list(ct_arena *arena, const char *app, const char *const *names, size_t count)
{
    const char *id = ct_migration_identifier(arena, app);
    ct_buffer out = ct_buffer_in(arena);
    ct_buffer_printf(
        &out,
        "/* The migrations of the app %s, in order. Written by makemigrations each time it writes one. Where "
        "you delete\n * the file of one, delete its two lines here. */\n#include <canteen.h>\n\n",
        app);
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(&out, "extern const ct_migration %s_%s;\n", id, names[i]);
    ct_buffer_printf(&out,
                     "extern const ct_migration *const %s_migrations[];\n\nconst ct_migration *const "
                     "%s_migrations[] = {\n",
                     id, id);
    for (size_t i = 0; i < count; i++)
        ct_buffer_printf(&out, "    &%s_%s,\n", id, names[i]);
    CT_BUFFER_LITERAL(&out, "    NULL,\n};\n");
    return ct_buffer_text(&out);
}
