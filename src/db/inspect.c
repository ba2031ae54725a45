/* The declarations (db/inspect.h): first what each table becomes, then the text.
 *
 * A reference is a ref where it is of one column and leads to the key of a table that is written too; what cannot be
 * said in a declaration is said in a comment behind it. Text of the database never becomes C but as a literal with all
 * that is not plain ASCII escaped, or in a comment that it cannot end. */
#include "db/inspect.h"

#include "base/common.h"
#include "canteen/work.h"
#include "db/dialect.h"
#include "net/work.h"
#include "shape/kinds.h"

#include <inttypes.h>

#define MOST_FIELDS 64

enum { UNSEEN, OPEN, WRITTEN };

/* ---- what tables become ---- */

static ct_inspect *find_table(const ct_inspection *ins, const char *name)
{
    for (size_t i = 0; i < ins->count; i++)
        if (strcmp(ins->tables[i].live->name, name) == 0)
            return &ins->tables[i];
    return NULL;
}

static ct_inspect_column *find_column(const ct_inspect *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].live->name, name) == 0)
            return &table->columns[i];
    return NULL;
}

/* An index of the column alone, with nothing special. */
static bool is_simple(const ct_live_index *index)
{
    return index->count == 1 && index->parts[0].column && !index->parts[0].descending && !index->where &&
           !index->included[0] && !index->deferrable && !index->nulls_not_distinct && !index->exclusion &&
           !index->parts[0].nulls && strcmp(index->method, "btree") == 0;
}

static void mark_indexes(ct_inspect *table)
{
    for (size_t i = 0; i < table->live->index_count; i++) {
        const ct_live_index *index = &table->live->indexes[i];
        ct_inspect_column *column = is_simple(index) ? find_column(table, index->parts[0].column) : NULL;
        if (!column)
            continue;
        column->unique |= index->unique;
        column->index |= !index->unique;
    }
}

/* A table without a key gets one for queries: a column that is unique, or the first. */
static void choose_key(ct_inspect *table)
{
    ct_inspect_column *chosen = &table->columns[0];
    for (size_t i = table->column_count; i-- > 0;)
        if (table->columns[i].unique && !table->columns[i].live->null)
            chosen = &table->columns[i];
    chosen->key = true;
    table->no_key = true;
}

static bool is_id(const ct_inspect *table, const ct_inspect_column *column)
{
    return column->kind == CT_KIND_integer && column->live->given && column->key &&
           strcmp(column->live->name, "id") == 0 && ct_live_key_count(table->live) == 1;
}

/* Names that no column of a model has; db/graph_check.c refuses them. */
static bool is_possible(const char *name)
{
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    return *name && strlen(name) <= 63;
}

static size_t key_count(const ct_inspect *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        count += table->columns[i].key;
    return count;
}

static void describe_columns(const ct_inspection *ins, ct_inspect *table)
{
    const ct_live_table *live = table->live;
    table->columns = ct_alloc(ins->c, (live->column_count + 1) * sizeof(*table->columns));
    for (size_t i = 0; i < live->column_count; i++) {
        if (!is_possible(live->columns[i].name))
            continue;
        ct_inspect_column *column = &table->columns[table->column_count++];
        *column = (ct_inspect_column){ .live = &live->columns[i], .key = live->columns[i].key != 0 };
        ct_inspect_kind(ins, column);
        table->model |= is_id(table, column);
    }
    mark_indexes(table);
    if (!key_count(table) && table->column_count)
        choose_key(table);
}

/* The one column of its key. */
static const ct_inspect_column *only_key(const ct_inspect *table)
{
    const ct_inspect_column *key = NULL;
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        count += table->columns[i].key;
        key = table->columns[i].key ? &table->columns[i] : key;
    }
    return count == 1 && !table->no_key ? key : NULL;
}

static const char *on_delete_of(const char *action)
{
    static const char *const actions[][2] = { { "CASCADE", "CT_DB_CASCADE" },
                                              { "SET NULL", "CT_DB_SET_NULL" },
                                              { "SET DEFAULT", "CT_DB_SET_DEFAULT" },
                                              { "RESTRICT", "CT_DB_RESTRICT" } };
    for (size_t i = 0; i < CT_COUNT(actions); i++)
        if (strcmp(actions[i][0], action) == 0)
            return actions[i][1];
    return "CT_DO_NOTHING";
}

static void link_tables(const ct_inspection *ins, ct_inspect *table)
{
    for (size_t i = 0; i < table->live->reference_count; i++) {
        const ct_live_reference *reference = &table->live->references[i];
        ct_inspect *other = find_table(ins, reference->table);
        const ct_inspect_column *key = other ? only_key(other) : NULL;
        ct_inspect_column *column = reference->count == 1 ? find_column(table, reference->columns[0]) : NULL;
        if (!key || !column || column->to || strcmp(key->live->name, reference->to[0]) != 0 ||
            column->kind != key->kind)
            continue;
        if (key->kind != CT_KIND_integer && key->kind != CT_KIND_uuid && key->kind != CT_KIND_text)
            continue;
        if (table->model && is_id(table, column))
            continue;
        column->to = other;
        column->on_delete = on_delete_of(reference->on_delete);
        if (key->sql_type ? column->sql_type && strcmp(key->sql_type, column->sql_type) == 0
                          : column->max_length == key->max_length)
            column->sql_type = NULL;
    }
}

static void name_columns(const ct_inspection *ins, ct_inspect *table)
{
    ct_strmap taken;
    ct_strmap_init(&taken, ct_work_arena(ins->c));
    for (int pass = 0; pass < 2; pass++) /* names that need no change come first */
        for (size_t i = 0; i < table->column_count; i++) {
            ct_inspect_column *column = &table->columns[i];
            if (table->model && is_id(table, column))
                column->name = "id";
            else if ((pass == 0) == !column->to)
                column->name = ct_inspect_field_name(ins->c, column->live->name, column->to != NULL, table->model,
                                                     &taken, &column->note);
        }
}

/* ---- text ---- */

static void write_literal(ct_buffer *out, const char *text)
{
    ct_buffer_char(out, '"');
    for (const char *at = text; *at; at++) {
        unsigned char ch = (unsigned char)*at;
        if (ch == '"' || ch == '\\')
            ct_buffer_printf(out, "\\%c", ch);
        else if (ch == '\n')
            CT_BUFFER_LITERAL(out, "\\n");
        else if (ch < ' ' || ch == 0x7F || (ch == '?' && at[1] == '?')) /* no trigraphs */
            ct_buffer_printf(out, "\\%03o", ch);
        else
            ct_buffer_char(out, (char)ch);
    }
    ct_buffer_char(out, '"');
}

/* In a comment: on one line, and without what would end it. */
static void write_remark(ct_buffer *out, const char *text)
{
    for (; *text; text++) {
        bool mark = (*text == '*' && text[1] == '/') || (*text == '/' && text[1] == '*');
        ct_buffer_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
        if (mark)
            ct_buffer_char(out, ' ');
    }
}

static void write_text_option(ct_buffer *out, const char *name, const char *text)
{
    if (!text)
        return;
    ct_buffer_printf(out, ", .%s = ", name);
    write_literal(out, text);
}

static const char *kind_of_ref(const ct_inspect_column *column, ct_kind key)
{
    bool one = column->unique || column->key;
    switch (key) {
    case CT_KIND_uuid:
        return one ? "one_to_one_uuid" : "ref_uuid";
    case CT_KIND_text:
        return one ? "one_to_one_text" : "ref_text";
    default:
        return one ? "one_to_one" : "ref";
    }
}

static void write_choices(ct_buffer *out, const char *const *labels)
{
    CT_BUFFER_LITERAL(out, ", .choices = CHOICES(");
    for (size_t i = 0; labels[i]; i++) {
        ct_buffer_str(out, i ? CT_STR(", { ") : CT_STR("{ "));
        write_literal(out, labels[i]);
        CT_BUFFER_LITERAL(out, ", ");
        write_literal(out, labels[i]);
        CT_BUFFER_LITERAL(out, " }");
    }
    ct_buffer_char(out, ')');
}

/* A ref is kept in a column of its name with _id behind. */
static bool has_usual_name(ct *c, const ct_inspect_column *column)
{
    const char *usual = column->to ? ct_printf(c, "%s_id", column->name) : column->name;
    return strcmp(usual, column->live->name) == 0;
}

static void write_options(const ct_inspection *ins, const ct_inspect *table, const ct_inspect_column *column)
{
    ct_buffer *out = ins->out;
    const ct_live_column *live = column->live;
    bool key_alone = column->key && !table->no_key && ct_live_key_count(table->live) == 1;
    bool decimal = column->kind == CT_KIND_decimal && live->collation && strcmp(live->collation, "decimal") == 0;
    if (column->to)
        ct_buffer_printf(out, ", .on_delete = %s", column->on_delete);
    if (column->max_length && !column->to)
        ct_buffer_printf(out, ", .max_length = %d", column->max_length);
    if (column->max_digits)
        ct_buffer_printf(out, ", .max_digits = %d, .decimal_places = %d", column->max_digits, column->decimal_places);
    if (column->key)
        CT_BUFFER_LITERAL(out, ", .primary_key = true");
    else if (live->null)
        CT_BUFFER_LITERAL(out, ", .null = true");
    if (column->unique && !key_alone && !(column->to && !column->key))
        CT_BUFFER_LITERAL(out, ", .unique = true");
    if (column->index && !column->unique && !column->to) /* refs have one anyway */
        CT_BUFFER_LITERAL(out, ", .index = true");
    if (!has_usual_name(ins->c, column))
        write_text_option(out, "column", live->name);
    if (live->labels)
        write_choices(out, live->labels);
    if (!live->given)
        write_text_option(out, "sql_type", column->sql_type);
    write_text_option(out, "db_default", live->db_default);
    write_text_option(out, "generated", live->generated);
    if (live->virtual_column)
        CT_BUFFER_LITERAL(out, ", .virtual_column = true");
    write_text_option(out, "collation", decimal ? NULL : live->collation);
    write_text_option(out, "comment", live->comment);
}

static void add_remark(ct *c, const char **remark, const char *text)
{
    if (text)
        *remark = *remark ? ct_printf(c, "%s; %s", *remark, text) : text;
}

static const char *remark_of(const ct_inspection *ins, const ct_inspect *table, const ct_inspect_column *column)
{
    ct *c = ins->c;
    const char *remark = NULL;
    add_remark(c, &remark, column->note);
    add_remark(c, &remark, column->guess ? ct_printf(c, "a guess: %s", column->guess) : NULL);
    if (column->key && table->no_key)
        add_remark(c, &remark, "the table has no primary key: is this unique?");
    if (column->key && column->live->null)
        add_remark(c, &remark, "it may be NULL, though it is the key");
    if (column->key && !table->no_key && !column->live->given && column->kind == CT_KIND_integer &&
        ct_live_key_count(table->live) == 1 && !column->to)
        add_remark(c, &remark, "the database does not give this number: name it in each new row");
    for (size_t i = 0; i < table->live->reference_count && !column->to; i++) {
        const ct_live_reference *reference = &table->live->references[i];
        if (reference->count == 1 && strcmp(reference->columns[0], column->live->name) == 0)
            add_remark(c, &remark, ct_printf(c, "refers to %s (%s)", reference->table, reference->to[0]));
    }
    return remark;
}

static void write_column(const ct_inspection *ins, const ct_inspect *table, const ct_inspect_column *column)
{
    ct_buffer *out = ins->out;
    const char *remark = remark_of(ins, table, column);
    if (column->to)
        ct_buffer_printf(out, "    (%s, %s, %s", kind_of_ref(column, column->kind), column->name, column->to->name);
    else if (column->kind == CT_KIND_array)
        ct_buffer_printf(out, "    (array, %s, %s", column->name, ct_kind_name(column->element));
    else
        ct_buffer_printf(out, "    (%s, %s", ct_kind_name(column->kind), column->name);
    write_options(ins, table, column);
    CT_BUFFER_LITERAL(out, "),");
    if (remark) {
        CT_BUFFER_LITERAL(out, " /* ");
        write_remark(out, remark);
        CT_BUFFER_LITERAL(out, " */");
    }
    ct_buffer_char(out, '\n');
}

/* ---- options of a model ---- */

static void write_field_names(ct_buffer *text, const ct_inspect *table, const ct_live_index *index)
{
    for (size_t i = 0; i < index->count; i++) {
        const ct_live_part *part = &index->parts[i];
        const ct_inspect_column *column = part->column ? find_column(table, part->column) : NULL;
        ct_buffer_printf(text, "%s%s", i ? ", " : "", part->descending ? "-" : "");
        if (column)
            ct_buffer_str(text, ct_str_of(column->name));
        else
            ct_buffer_printf(text, "(%s)", part->sql);
        if (part->nulls)
            ct_buffer_printf(text, " nulls %s", part->nulls < 0 ? "first" : "last");
    }
}

static void write_included(ct_buffer *text, const ct_inspect *table, const ct_live_index *index)
{
    for (size_t i = 0; index->included[i]; i++) {
        const ct_inspect_column *column = find_column(table, index->included[i]);
        ct_buffer_printf(text, "%s%s", i ? ", " : "", column ? column->name : index->included[i]);
    }
}

static void write_index(const ct_inspection *ins, const ct_inspect *table, const ct_live_index *index)
{
    ct_buffer fields = ct_buffer_in(ct_work_arena(ins->c)), included = ct_buffer_in(ct_work_arena(ins->c));
    write_field_names(&fields, table, index);
    write_included(&included, table, index);
    ct_buffer_str(ins->out, index->unique ? CT_STR("UNIQUE(") : CT_STR("INDEX("));
    write_literal(ins->out, ct_buffer_text(&fields));
    if (strncmp(index->name, "sqlite_", 7) != 0)
        write_text_option(ins->out, "name", index->name);
    write_text_option(ins->out, "where", index->where);
    write_text_option(ins->out, "include", included.length ? ct_buffer_text(&included) : NULL);
    write_text_option(ins->out, "method", strcmp(index->method, "btree") == 0 ? NULL : index->method);
    if (index->deferrable)
        CT_BUFFER_LITERAL(ins->out, ", .deferrable = true");
    if (index->nulls_not_distinct)
        CT_BUFFER_LITERAL(ins->out, ", .nulls_not_distinct = true");
    ct_buffer_char(ins->out, ')');
}

static void write_indexes(const ct_inspection *ins, const ct_inspect *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->live->index_count; i++) {
        const ct_live_index *index = &table->live->indexes[i];
        if (is_simple(index) || index->exclusion)
            continue;
        ct_buffer_str(ins->out,
                      count++ ? CT_STR(",\n                         ") : CT_STR(",\n     .indexes = INDEXES("));
        write_index(ins, table, index);
    }
    if (count)
        ct_buffer_char(ins->out, ')');
}

static void write_checks(const ct_inspection *ins, const ct_inspect *table)
{
    for (size_t i = 0; i < table->live->check_count; i++) {
        const ct_live_check *check = &table->live->checks[i];
        const char *name = check->name ? check->name : ct_printf(ins->c, "%s_check_%zu", table->live->name, i + 1);
        ct_buffer_str(ins->out,
                      i ? CT_STR(",\n                       CHECK(") : CT_STR(",\n     .checks = CHECKS(CHECK("));
        write_literal(ins->out, name);
        CT_BUFFER_LITERAL(ins->out, ", ");
        write_literal(ins->out, check->sql);
        ct_buffer_char(ins->out, ')');
    }
    if (table->live->check_count)
        ct_buffer_char(ins->out, ')');
}

static void write_model_options(const ct_inspection *ins, const ct_inspect *table)
{
    CT_BUFFER_LITERAL(ins->out, "    (options, .table = ");
    write_literal(ins->out, table->live->name);
    CT_BUFFER_LITERAL(ins->out, ", .unmanaged = true");
    if (table->live->view)
        CT_BUFFER_LITERAL(ins->out, ", .read_only = true");
    if (strcmp(ins->entry->alias, "default") != 0)
        write_text_option(ins->out, "database", ins->entry->alias);
    write_text_option(ins->out, "comment", table->live->comment);
    write_indexes(ins, table);
    write_checks(ins, table);
    CT_BUFFER_LITERAL(ins->out, "));\n");
}

/* Constraints that no option can say: what they exclude is not what an index over the same columns would. */
static void write_exclusions(const ct_inspection *ins, const ct_inspect *table)
{
    for (size_t i = 0; i < table->live->index_count; i++) {
        if (!table->live->indexes[i].exclusion)
            continue;
        CT_BUFFER_LITERAL(ins->out, "/* The constraint ");
        write_remark(ins->out, table->live->indexes[i].name);
        CT_BUFFER_LITERAL(ins->out, " excludes rows by others, which no option can say: a migration of this table\n * "
                                    "has it in RUN_SQL. */\n");
    }
}

/* References that no field can say. */
static void write_composites(const ct_inspection *ins, const ct_inspect *table)
{
    for (size_t i = 0; i < table->live->reference_count; i++) {
        const ct_live_reference *reference = &table->live->references[i];
        if (reference->count == 1)
            continue;
        ct_buffer text = ct_buffer_in(ct_work_arena(ins->c));
        for (size_t k = 0; k < reference->count; k++)
            ct_buffer_printf(&text, "%s%s", k ? ", " : "", reference->columns[k]);
        CT_BUFFER_LITERAL(ins->out, "/* The columns ");
        write_remark(ins->out, ct_buffer_text(&text));
        CT_BUFFER_LITERAL(ins->out, " refer together to ");
        write_remark(ins->out, reference->table);
        CT_BUFFER_LITERAL(ins->out, ", which no field can say. */\n");
    }
}

static void write_table(const ct_inspection *ins, ct_inspect *table)
{
    ct_buffer *out = ins->out;
    ct_buffer_char(out, '\n');
    if (table->column_count < table->live->column_count) {
        CT_BUFFER_LITERAL(out, "/* The table ");
        write_remark(out, table->live->name);
        ct_buffer_printf(out,
                         " has %zu columns besides whose names are empty, too long or have control characters. */\n",
                         table->live->column_count - table->column_count);
    }
    if (!table->column_count || table->column_count > MOST_FIELDS) {
        CT_BUFFER_LITERAL(out, "/* The table ");
        write_remark(out, table->live->name);
        ct_buffer_printf(out, " has %zu columns; a model has 1 to %d. */\n", table->column_count, MOST_FIELDS);
        if (!table->column_count)
            return;
    }
    write_composites(ins, table);
    write_exclusions(ins, table);
    ct_buffer_printf(out, "%s(%s,\n", table->model ? "CT_MODEL" : "CT_TABLE", table->name);
    size_t written = 0;
    for (size_t i = 0; i < table->column_count && written < MOST_FIELDS; i++) {
        bool id = table->model && is_id(table, &table->columns[i]);
        if (!id)
            write_column(ins, table, &table->columns[i]);
        written += !id;
    }
    write_model_options(ins, table);
}

/* Those that it refers to come first; where that is a circle, what is not there yet is announced. */
static void visit(const ct_inspection *ins, ct_inspect *table)
{
    if (table->state != UNSEEN)
        return;
    table->state = OPEN;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].to)
            visit(ins, table->columns[i].to);
    for (size_t i = 0; i < table->column_count; i++) {
        ct_inspect *to = table->columns[i].to;
        if (!to || to == table || to->state == WRITTEN || to->announced)
            continue;
        ct_buffer_printf(ins->out, "\nCT_MODEL_DECLARE(%s);\n", to->name);
        to->announced = true;
    }
    write_table(ins, table);
    table->state = WRITTEN;
}

static void write_head(const ct_inspection *ins)
{
    CT_BUFFER_LITERAL(ins->out, "/* Models of the tables of ");
    write_remark(ins->out, ins->entry->target.shown);
    CT_BUFFER_LITERAL(ins->out,
                      ", as `inspectdb` found them.\n"
                      " *\n"
                      " * Name them as you like, put them into .models = MODELS(...) of an app, and look at each\n"
                      " * .on_delete: as it stands the database does what it says, without hooks. Migrations leave\n"
                      " * the tables alone until .unmanaged = true is taken away. */\n"
                      "#include <canteen.h>\n");
}

void ct_inspect_write(ct *c, const ct_db_entry *entry, const ct_live_table *const *tables, size_t count, ct_buffer *out)
{
    ct_inspection ins = { .c = c,
                          .entry = entry,
                          .sqlite = strcmp(entry->driver->dialect->name, "sqlite") == 0,
                          .tables = ct_alloc(c, (count + 1) * sizeof(*ins.tables)),
                          .count = count,
                          .out = out };
    ct_strmap taken;
    ct_strmap_init(&taken, ct_work_arena(c));
    for (size_t i = 0; i < count; i++) {
        ins.tables[i] = (ct_inspect){ .live = tables[i], .name = ct_inspect_model_name(c, tables[i]->name, &taken) };
        describe_columns(&ins, &ins.tables[i]);
    }
    for (size_t i = 0; i < count; i++)
        link_tables(&ins, &ins.tables[i]);
    for (size_t i = 0; i < count; i++)
        name_columns(&ins, &ins.tables[i]);
    write_head(&ins);
    for (size_t i = 0; i < count; i++)
        visit(&ins, &ins.tables[i]);
}
