/* SQLite's dialect. What SQL has no word for is done by functions that each connection is given
 * (db/sqlite_functions.h).
 *
 * LIKE knows no case here, GLOB does; both are used with their wildcards escaped. */
#include "canteen/work.h"
#include "db/ddl.h"
#include "db/dialect.h"
#include "db/sql.h"
#include "net/work.h"
#include "shape/json_write.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#define LONGEST_PATTERN 50000 /* SQLITE_MAX_LIKE_PATTERN_LENGTH */

static void add_text(ct_buffer *out, const char *text)
{
    ct_buffer_append(out, text, strlen(text));
}

static void parameter(ct_buffer *out, size_t number, ct_kind kind)
{
    (void)kind;
    ct_buffer_char(out, '?');
    ct_buffer_uint(out, number);
}

/* ---- lists ---- */

/* As the column has it, in JSON. */
static ct_value listed(ct_sql *sql, ct_value value)
{
    char text[CT_DATE_SIZE + CT_DATETIME_SIZE + CT_DECIMAL_SIZE];
    size_t length;
    if (value.type == CT_VALUE_DATETIME) {
        ct_date day = ct_date_at(value.time);
        length = ct_date_format(day, text);
        text[length++] = ' ';
        length += ct_daytime_format((ct_daytime){ value.time - ct_date_start(day) }, text + length);
    } else if (value.type == CT_VALUE_DECIMAL) {
        length = ct_decimal_write(*value.decimal, text);
    } else if (value.type == CT_VALUE_DATE) {
        length = ct_date_format(value.date, text);
    } else if (value.type == CT_VALUE_DAYTIME) {
        length = ct_daytime_format(value.daytime, text);
    } else if (value.type == CT_VALUE_DURATION) {
        return ct_value_of_int(value.time);
    } else {
        return value;
    }
    const char *copy = ct_arena_copy(sql->arena, text, length);
    if (!copy)
        ct_out_of_memory(sql->c);
    return ct_value_of_text(copy);
}

static ct_value list(ct_sql *sql, const ct_value *values, size_t count, ct_kind kind, ct_kind *ret_kind,
                     ct_kind *ret_element)
{
    ct_buffer out = ct_buffer_in(sql->arena);
    for (size_t i = 0; i < count; i++) {
        ct_buffer_char(&out, i ? ',' : '[');
        if (!ct_json_write(&out, listed(sql, values[i]), 1))
            break;
    }
    ct_buffer_char(&out, ']');
    (void)kind;
    *ret_kind = CT_KIND_text;
    *ret_element = CT_KIND_text;
    const char *text = ct_buffer_text(&out);
    if (out.failed)
        ct_out_of_memory(sql->c);
    return ct_value_of_text(text);
}

static void in_list(ct_buffer *out, const char *column, size_t number, ct_kind kind, bool not )
{
    (void)kind;
    ct_buffer_printf(out, "%s %sIN (SELECT value FROM json_each(?%zu))", column, not ? "NOT " : "", number);
}

/* ---- text ---- */

static void pattern(ct_buffer *out, ct_op op, const char *column, size_t number)
{
    switch (op) {
    case CT_OP_CONTAINS:
        ct_buffer_printf(out, "instr(%s, ?%zu) > 0", column, number);
        break;
    case CT_OP_STARTS:
    case CT_OP_ENDS:
        ct_buffer_printf(out, "%s GLOB ?%zu", column, number);
        break;
    case CT_OP_REGEX:
        ct_buffer_printf(out, "ct_regexp(?%zu, %s, 0)", number, column);
        break;
    case CT_OP_IREGEX:
        ct_buffer_printf(out, "ct_regexp(?%zu, %s, 1)", number, column);
        break;
    default:
        ct_buffer_printf(out, "%s LIKE ?%zu ESCAPE '\\'", column, number);
        break;
    }
}

/* '*', '?' and '[' of GLOB in brackets, '%', '_' and '\' of LIKE behind a '\'. */
static void escape(ct_buffer *out, const char *text, bool glob)
{
    for (; *text; text++) {
        bool special = strchr(glob ? "*?[" : "%_\\", *text) != NULL;
        if (special)
            ct_buffer_char(out, glob ? '[' : '\\');
        ct_buffer_char(out, *text);
        if (special && glob)
            ct_buffer_char(out, ']');
    }
}

static const char *pattern_text(ct *c, ct_op op, const char *text)
{
    if (op == CT_OP_CONTAINS || op == CT_OP_REGEX || op == CT_OP_IREGEX)
        return text;
    bool glob = op == CT_OP_STARTS || op == CT_OP_ENDS;
    char any = glob ? '*' : '%';
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    if (op == CT_OP_ENDS || op == CT_OP_IENDS || op == CT_OP_ICONTAINS)
        ct_buffer_char(&out, any);
    escape(&out, text, glob);
    if (op == CT_OP_STARTS || op == CT_OP_ISTARTS || op == CT_OP_ICONTAINS)
        ct_buffer_char(&out, any);
    const char *made = ct_buffer_text(&out);
    if (out.failed)
        ct_out_of_memory(c);
    if (out.length > LONGEST_PATTERN)
        ct_abort(c, 422, "a text of more than %d bytes cannot be searched for", LONGEST_PATTERN);
    return made;
}

/* ---- dates, json, arrays ---- */

static void part(ct_buffer *out, ct_op op, const char *column, ct_kind kind)
{
    static const char *const names[] = { "year",         "month", "day",    "quarter", "week", "week_day",
                                         "iso_week_day", "hour",  "minute", "second",  "date" };
    (void)kind;
    ct_buffer_printf(out, "ct_part('%s', %s)", names[op - CT_OP_YEAR], column);
}

static bool json_path(ct *c, const char *path, ct_value *ret_value, ct_kind *ret_kind, ct_kind *ret_element)
{
    ct_str key;
    size_t index;
    bool is_index;
    (void)c;
    *ret_value = ct_value_of_text(path);
    *ret_kind = *ret_element = CT_KIND_text;
    while (path && ct_json_path_next(&path, &key, &index, &is_index))
        ;
    return path != NULL;
}

static void json(ct_buffer *out, ct_op op, const char *column, size_t path, size_t value)
{
    const char *name = op == CT_OP_JSON_HAS  ? "ct_json_has"
                       : op == CT_OP_JSON_EQ ? "ct_json_equal"
                                             : "ct_json_contains";
    ct_buffer_printf(out, "%s(%s, ", name, column);
    if (path)
        parameter(out, path, CT_KIND_text);
    else
        add_text(out, "''");
    if (value) {
        add_text(out, ", ");
        parameter(out, value, CT_KIND_json);
    } else if (op != CT_OP_JSON_HAS) {
        add_text(out, ", 'null'");
    }
    ct_buffer_char(out, ')');
}

static void has(ct_buffer *out, const char *column, size_t number, ct_kind element)
{
    (void)element;
    ct_buffer_printf(out, "EXISTS (SELECT 1 FROM json_each(%s) WHERE value = ?%zu)", column, number);
}

/* ---- the rest ---- */

static void add(ct_buffer *out, ct_change_op op, ct_kind kind, const char *column, size_t number)
{
    const char *word = op == CT_CHANGE_ADD ? "add" : op == CT_CHANGE_SUB ? "sub" : "mul";
    const char *sign = op == CT_CHANGE_ADD ? "+" : op == CT_CHANGE_SUB ? "-" : "*";
    if (kind == CT_KIND_decimal)
        ct_buffer_printf(out, "decimal_%s(%s, ?%zu)", word, column, number);
    else if (kind == CT_KIND_datetime)
        ct_buffer_printf(out, "ct_datetime_%s(%s, ?%zu)", word, column, number);
    else if (kind == CT_KIND_real)
        ct_buffer_printf(out, "%s %s ?%zu", column, sign, number);
    else
        ct_buffer_printf(out, "ct_integer_%s(%s, ?%zu)", word, column, number);
}

static void random_order(ct_buffer *out)
{
    add_text(out, "random()");
}

static void aggregate(ct_buffer *out, const char *name, const char *column, ct_kind kind, ct_kind field)
{
    bool sums = strcmp(name, "sum") == 0 || strcmp(name, "avg") == 0;
    if (strcmp(name, "join_text") == 0)
        ct_buffer_printf(out, "group_concat(%s, ', ')", column);
    else if (kind == CT_KIND_duration && strcmp(name, "avg") == 0)
        ct_buffer_printf(out, "CAST(avg(%s) AS INTEGER)", column);
    else
        ct_buffer_printf(out, "%s%s(%s)", sums && kind == CT_KIND_decimal ? "decimal_" : "", name, column);
    (void)field;
}

const ct_db_dialect ct_sqlite_dialect = {
    .name = "sqlite",
    .max_parameters = 32766,
    .returning = true,
    .nulls_first = true,
    .round = "ct_decimal_round(",
    .defer = "PRAGMA defer_foreign_keys = ON",
    .parameter = parameter,
    .in_list = in_list,
    .list = list,
    .pattern = pattern,
    .pattern_text = pattern_text,
    .part = part,
    .json = json,
    .json_path = json_path,
    .has = has,
    .add = add,
    .random = random_order,
    .aggregate = aggregate,
    .explain = "EXPLAIN QUERY PLAN ",
    .explain_analyze = "EXPLAIN QUERY PLAN ",
    .ddl = &ct_ddl_sqlite,
};
