/* What a PostgreSQL database has: four questions to the system catalogs, each about all tables at once. Lists of names
 * come as JSON, so that what they hold does not matter.
 *
 * Tables are those that are found without a schema's name, partitions left out: their parent is the table. */
#include "base/common.h"
#include "canteen/database.h"
#include "canteen/work.h"
#include "db/introspect.h"
#include "net/work.h"
#include "shape/json_read.h"

/* Of the relation `c` in the namespace `n`. */
#define OURS                                                                                                           \
    "c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and pg_table_is_visible(c.oid) and "              \
    "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg~_toast%' escape '~' and "        \
    "n.nspname not like 'pg~_temp%' escape '~'"
#define NAMES(key, of)                                                                                                 \
    "(select json_agg(a.attname::text order by u.n) from unnest(" key                                                  \
    ") with ordinality u(at, n) join pg_attribute a "                                                                  \
    "on a.attrelid = " of " and a.attnum = u.at)::text"

static const char tables_sql[] =
    "select c.relname::text as name, c.relkind::text as kind, obj_description(c.oid, 'pg_class') as comment "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace where " OURS " order by 1";

static const char columns_sql[] =
    "select c.relname::text as table_name, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, "
    "case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end as base, "
    "(select json_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)::text "
    "as labels, not (a.attnotnull or t.typnotnull) as \"null\", "
    "a.attidentity <> '' or (d.oid is not null and a.attgenerated = '' and exists (select 1 from pg_depend p where "
    "p.refclassid = 'pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum and "
    "p.deptype = 'a' and p.classid = 'pg_class'::regclass and pg_get_expr(d.adbin, d.adrelid) like 'nextval(%')) "
    "as given, pg_get_expr(d.adbin, d.adrelid) as expression, a.attgenerated <> '' as generated, "
    "case when a.attcollation <> t.typcollation then (select collname::text from pg_collation where oid = "
    "a.attcollation) end as collation, col_description(c.oid, a.attnum) as comment, "
    "coalesce((select array_position(k.conkey, a.attnum) from pg_constraint k where k.conrelid = c.oid and "
    "k.contype = 'p'), 0)::bigint as key "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid "
    "join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum "
    "where " OURS " and a.attnum > 0 and not a.attisdropped order by 1, a.attnum";

static const char constraints_sql[] =
    "select c.relname::text as table_name, k.conname::text as name, k.contype::text as kind, "
    "o.relname::text as other, k.confdeltype::text as on_delete, k.confupdtype::text as on_update, "
    "k.condeferred as deferred, " NAMES("k.conkey", "k.conrelid") " as columns, " NAMES(
        "k.confkey",
        "k.confrelid") " as other_columns, "
                       "case when k.contype = 'c' then pg_get_expr(k.conbin, k.conrelid) end as expression "
                       "from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = "
                       "c.relnamespace "
                       "left join pg_class o on o.oid = k.confrelid where " OURS
                       " and k.contype in ('f', 'c') order by 1, 2";

static const char indexes_sql[] =
    "select c.relname::text as table_name, x.relname::text as name, m.amname::text as method, i.indisunique as "
    "is_unique, "
    "k.oid is not null as is_constraint, coalesce(k.condeferrable, false) as deferrable, "
    "coalesce(to_jsonb(i)->>'indnullsnotdistinct', 'false') = 'true' as nulls_not_distinct, "
    "pg_get_expr(i.indpred, i.indrelid) as predicate, "
    "(select json_agg(a.attname::text order by g.n) from generate_series(1, i.indnkeyatts) g(n) left join "
    "pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[g.n - 1])::text as columns, "
    "(select json_agg(pg_get_indexdef(i.indexrelid, g.n, true) order by g.n) from generate_series(1, i.indnkeyatts) "
    "g(n))::text as expressions, "
    "(select json_agg(i.indoption[g.n - 1] order by g.n) from generate_series(1, i.indnkeyatts) g(n))::text "
    "as options, k.contype = 'x' as is_exclusion, "
    "coalesce((select json_agg(pg_get_indexdef(i.indexrelid, g.n, true) order by g.n) from "
    "generate_series(i.indnkeyatts + 1, i.indnatts) g(n)), '[]')::text as included "
    "from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace "
    "join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam "
    "left join pg_constraint k on k.conindid = x.oid and k.contype in ('u', 'x') "
    "where " OURS " and not i.indisprimary order by 1, 2";

/* ---- parts ---- */

static const char *text_of(const ct_map *row, const char *name)
{
    const char *text = ct_live_text(row, name);
    return text ? text : "";
}

static bool is_true(const ct_map *row, const char *name)
{
    return ct_live_number(row, name) != 0;
}

static const ct_array *list_of(ct *c, const ct_map *row, const char *name)
{
    ct_value value = ct_value_null();
    const char *text = ct_live_text(row, name);
    if (!text || !ct_json_read(ct_str_of(text), ct_work_arena(c), &value, NULL) || value.type != CT_VALUE_ARRAY)
        return ct_array_new(c);
    return value.array;
}

/* Ending in NULL. */
static const char *const *names_of(ct *c, const ct_map *row, const char *name, size_t *ret_count)
{
    const ct_array *list = list_of(c, row, name);
    size_t count = ct_array_count(list);
    const char **names = ct_alloc(c, (count + 1) * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = ct_array_at(list, i).type == CT_VALUE_TEXT ? ct_array_at(list, i).text : NULL;
    if (ret_count)
        *ret_count = count;
    return names;
}

/* One more item of a table's list. */
static void *one_more(ct *c, void **items, size_t *count, size_t size)
{
    char *grown = ct_arena_grown(ct_work_arena(c), *items, *count, size, 4);
    if (!grown)
        ct_out_of_memory(c);
    *items = grown;
    return memset(grown + size * (*count)++, 0, size);
}
#define ONE_MORE(c, table, list, count)                                                                                \
    ((__typeof__((table)->list))({                                                                                     \
        void *items_ = (table)->list, *added_ = one_more((c), &items_, &(table)->count, sizeof(*(table)->list));       \
        (table)->list = items_;                                                                                        \
        added_;                                                                                                        \
    }))

static const char *action_of(const char *letter)
{
    switch (*letter) {
    case 'c':
        return "CASCADE";
    case 'n':
        return "SET NULL";
    case 'd':
        return "SET DEFAULT";
    case 'r':
        return "RESTRICT";
    default:
        return "NO ACTION";
    }
}

/* ---- the four ---- */

static void add_column(ct *c, ct_live_table *table, const ct_map *row)
{
    ct_live_column *column = ONE_MORE(c, table, columns, column_count);
    const char *base = ct_live_text(row, "base"), *expression = ct_live_text(row, "expression");
    bool given = is_true(row, "given"), generated = is_true(row, "generated");
    *column = (ct_live_column){
        .name = text_of(row, "name"),
        .type = text_of(row, "type"),
        .base = base ? base : text_of(row, "type"),
        .labels = ct_live_text(row, "labels") ? names_of(c, row, "labels", NULL) : NULL,
        .null = is_true(row, "null"),
        .given = given,
        .db_default = given || generated ? NULL : expression,
        .generated = generated ? expression : NULL,
        .collation = ct_live_text(row, "collation"),
        .comment = ct_live_text(row, "comment"),
        .key = (size_t)ct_live_number(row, "key"),
    };
}

static void add_constraint(ct *c, ct_live_table *table, const ct_map *row)
{
    if (strcmp(text_of(row, "kind"), "c") == 0) {
        ct_live_check *check = ONE_MORE(c, table, checks, check_count);
        *check = (ct_live_check){ .name = text_of(row, "name"), .sql = text_of(row, "expression") };
        return;
    }
    ct_live_reference *reference = ONE_MORE(c, table, references, reference_count);
    *reference = (ct_live_reference){ .name = text_of(row, "name"),
                                      .table = text_of(row, "other"),
                                      .on_delete = action_of(text_of(row, "on_delete")),
                                      .on_update = action_of(text_of(row, "on_update")),
                                      .deferred = is_true(row, "deferred") };
    reference->columns = names_of(c, row, "columns", &reference->count);
    reference->to = names_of(c, row, "other_columns", NULL);
}

static const char *without_parentheses(ct *c, const char *sql)
{
    size_t length = strlen(sql), depth = 0;
    for (size_t i = 0; length > 1 && *sql == '(' && i < length; i++) {
        depth += sql[i] == '(';
        depth -= sql[i] == ')';
        if (!depth)
            return i + 1 == length ? ct_strndup(c, sql + 1, length - 2) : sql;
    }
    return sql;
}

static void add_index(ct *c, ct_live_table *table, const ct_map *row)
{
    ct_live_index *index = ONE_MORE(c, table, indexes, index_count);
    *index = (ct_live_index){ .name = text_of(row, "name"),
                              .method = text_of(row, "method"),
                              .unique = is_true(row, "is_unique"),
                              .constraint = is_true(row, "is_constraint"),
                              .exclusion = is_true(row, "is_exclusion"),
                              .deferrable = is_true(row, "deferrable"),
                              .nulls_not_distinct = is_true(row, "nulls_not_distinct"),
                              .where = ct_live_text(row, "predicate"),
                              .included = names_of(c, row, "included", NULL) };
    const char *const *columns = names_of(c, row, "columns", &index->count);
    const char *const *expressions = names_of(c, row, "expressions", NULL);
    const ct_array *options = list_of(c, row, "options"); /* 1: descending, 2: NULLs first */
    index->parts = ct_alloc(c, (index->count + 1) * sizeof(*index->parts));
    for (size_t i = 0; i < index->count; i++) {
        bool descending = ct_array_at(options, i).integer & 1, first = ct_array_at(options, i).integer & 2;
        index->parts[i] = (ct_live_part){ .column = columns[i],
                                          .sql = without_parentheses(c, expressions[i] ? expressions[i] : ""),
                                          .descending = descending,
                                          .nulls = descending == first ? 0
                                                   : first             ? -1
                                                                       : 1 };
    }
}

/* Both are in the order of the tables' names. */
static void for_each(ct *c, const char *alias, const char *sql, ct_live_schema *schema,
                     void (*add)(ct *c, ct_live_table *table, const ct_map *row))
{
    const ct_array *rows = ct_sql_all(c, alias, sql, CT_ARGS());
    ct_live_table *table = NULL;
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = ct_array_at(rows, i).map;
        const char *name = text_of(row, "table_name");
        if (!table || strcmp(table->name, name) != 0)
            table = (ct_live_table *)ct_live_table_named(schema, name);
        if (table)
            add(c, table, row);
    }
}

ct_live_schema *ct_introspect_postgres(ct *c, const char *alias)
{
    const ct_array *rows = ct_sql_all(c, alias, tables_sql, CT_ARGS());
    ct_live_schema *schema = ct_alloc(c, sizeof(*schema));
    schema->tables = ct_alloc(c, (ct_array_count(rows) + 1) * sizeof(*schema->tables));
    for (size_t i = 0; i < ct_array_count(rows); i++) {
        const ct_map *row = ct_array_at(rows, i).map;
        const char *kind = text_of(row, "kind");
        schema->tables[schema->count++] = (ct_live_table){ .name = text_of(row, "name"),
                                                           .comment = ct_live_text(row, "comment"),
                                                           .view = strcmp(kind, "v") == 0 || strcmp(kind, "m") == 0 };
    }
    for_each(c, alias, columns_sql, schema, add_column);
    for_each(c, alias, constraints_sql, schema, add_constraint);
    for_each(c, alias, indexes_sql, schema, add_index);
    return schema;
}
