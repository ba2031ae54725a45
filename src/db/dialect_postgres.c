/* PostgreSQL's dialect. Parameters come with their types, so that no casts are needed.
 *
 * Text is compared without regard to case by upper(), as Django does, so that an index on upper(column) helps. Parts of
 * a datetime are those in UTC, whatever the time zone of the session. */
#include "base/common.h"
#include "db/ddl.h"
#include "db/dialect.h"
#include "db/sql.h"
#include "net/work.h"
#include "shape/value.h"

static void add_text(ct_buffer *out, const char *text)
{
    ct_buffer_append(out, text, strlen(text));
}

static void parameter(ct_buffer *out, size_t number, ct_kind kind)
{
    (void)kind;
    ct_buffer_char(out, '$');
    ct_buffer_uint(out, number);
}

/* ---- lists ---- */

static ct_value list(ct_sql *sql, const ct_value *values, size_t count, ct_kind kind, ct_kind *ret_kind,
                     ct_kind *ret_element)
{
    ct_array *array = ct_array_in(sql->arena, count);
    if (!array)
        ct_out_of_memory(sql->c);
    for (size_t i = 0; i < count; i++)
        if (!ct_array_put(array, values[i]))
            ct_out_of_memory(sql->c);
    *ret_kind = CT_KIND_array;
    *ret_element = kind;
    return ct_value_of_array(array);
}

static void in_list(ct_buffer *out, const char *column, size_t number, ct_kind kind, bool not )
{
    (void)kind;
    ct_buffer_printf(out, not ? "%s <> ALL($%zu)" : "%s = ANY($%zu)", column, number);
}

/* ---- text ---- */

static void pattern(ct_buffer *out, ct_op op, const char *column, size_t number)
{
    switch (op) {
    case CT_OP_CONTAINS:
        ct_buffer_printf(out, "position($%zu in %s) > 0", number, column);
        break;
    case CT_OP_STARTS:
    case CT_OP_ENDS:
        ct_buffer_printf(out, "%s LIKE $%zu", column, number);
        break;
    case CT_OP_IEXACT:
        ct_buffer_printf(out, "upper(%s) = upper($%zu)", column, number);
        break;
    case CT_OP_REGEX:
        ct_buffer_printf(out, "%s ~ $%zu", column, number);
        break;
    case CT_OP_IREGEX:
        ct_buffer_printf(out, "%s ~* $%zu", column, number);
        break;
    default:
        ct_buffer_printf(out, "upper(%s) LIKE upper($%zu)", column, number);
        break;
    }
}

static const char *pattern_text(ct *c, ct_op op, const char *text)
{
    if (op == CT_OP_CONTAINS || op == CT_OP_IEXACT || op == CT_OP_REGEX || op == CT_OP_IREGEX)
        return text;
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    if (op == CT_OP_ENDS || op == CT_OP_IENDS || op == CT_OP_ICONTAINS)
        ct_buffer_char(&out, '%');
    for (; *text; text++) {
        if (strchr("%_\\", *text))
            ct_buffer_char(&out, '\\');
        ct_buffer_char(&out, *text);
    }
    if (op == CT_OP_STARTS || op == CT_OP_ISTARTS || op == CT_OP_ICONTAINS)
        ct_buffer_char(&out, '%');
    const char *made = ct_buffer_text(&out);
    if (out.failed)
        ct_out_of_memory(c);
    return made;
}

/* ---- dates, json, arrays ---- */

static void part(ct_buffer *out, ct_op op, const char *column, ct_kind kind)
{
    static const char *const names[] = { "year", "month",  "day",  "quarter", "week",
                                         "dow",  "isodow", "hour", "minute",  "second" };
    const char *zone = kind == CT_KIND_datetime ? " AT TIME ZONE 'UTC'" : "";
    if (op == CT_OP_ON_DATE)
        ct_buffer_printf(out, "(%s%s)::date", column, zone);
    else /* a second has a fraction, and Sunday is 0 */
        ct_buffer_printf(out, "(trunc(extract(%s FROM %s%s))::bigint%s)", names[op - CT_OP_YEAR], column, zone,
                         op == CT_OP_WEEK_DAY ? " + 1" : "");
}

static bool json_path(ct *c, const char *path, ct_value *ret_value, ct_kind *ret_kind, ct_kind *ret_element)
{
    ct_array *array = ct_array_new(c);
    ct_str key;
    size_t index;
    bool is_index;
    while (path && ct_json_path_next(&path, &key, &index, &is_index)) {
        const char *text = is_index ? ct_arena_printf(ct_work_arena(c), "%zu", index)
                                    : ct_arena_copy(ct_work_arena(c), key.data, key.length);
        if (!text)
            ct_out_of_memory(c);
        ct_array_add_value(array, ct_value_of_text(text));
    }
    *ret_value = ct_value_of_array(array);
    *ret_kind = CT_KIND_array;
    *ret_element = CT_KIND_text;
    return path != NULL;
}

static void json(ct_buffer *out, ct_op op, const char *column, size_t path, size_t value)
{
    if (path)
        ct_buffer_printf(out, "(%s #> $%zu)", column, path);
    else
        add_text(out, column);
    if (op == CT_OP_JSON_HAS)
        add_text(out, " IS NOT NULL");
    else if (value)
        ct_buffer_printf(out, " %s $%zu", op == CT_OP_JSON_EQ ? "=" : "@>", value);
    else
        add_text(out, op == CT_OP_JSON_EQ ? " = 'null'::jsonb" : " @> 'null'::jsonb");
}

static void has(ct_buffer *out, const char *column, size_t number, ct_kind element)
{
    (void)element;
    ct_buffer_printf(out, "$%zu = ANY(%s)", number, column);
}

/* ---- the rest ---- */

static void add(ct_buffer *out, ct_change_op op, ct_kind kind, const char *column, size_t number)
{
    (void)kind;
    ct_buffer_printf(out, "%s %s $%zu", column, op == CT_CHANGE_ADD ? "+" : op == CT_CHANGE_SUB ? "-" : "*", number);
}

static void random_order(ct_buffer *out)
{
    add_text(out, "random()");
}

/* Sums and averages of whole numbers are numeric here: they become what the field is. */
static void aggregate(ct_buffer *out, const char *name, const char *column, ct_kind kind, ct_kind field)
{
    const char *type = field == CT_KIND_integer   ? "::bigint"
                       : field == CT_KIND_real    ? "::double precision"
                       : field == CT_KIND_decimal ? "::numeric"
                                                  : "";
    bool sums = strcmp(name, "sum") == 0 || strcmp(name, "avg") == 0;
    (void)kind;
    if (strcmp(name, "join_text") == 0)
        ct_buffer_printf(out, "string_agg(%s::text, ', ')", column);
    else
        ct_buffer_printf(out, "%s(%s)%s", name, column, sums ? type : "");
}

const ct_db_dialect ct_postgres_dialect = {
    .name = "postgresql",
    .defer = "SET CONSTRAINTS ALL DEFERRED",
    .pads = true,
    .max_parameters = 65535,
    .arrays = true,
    .returning = true,
    .row_locks = true,
    .distinct_on = true,
    .default_in_values = true,
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
    .explain = "EXPLAIN ",
    .explain_analyze = "EXPLAIN (ANALYZE, BUFFERS) ",
    .ddl = &ct_ddl_postgres,
};
