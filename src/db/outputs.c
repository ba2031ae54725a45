/* The outputs of ct_values() and ct_aggregate().
 *
 *   "title, author.username"                       SELECT t0."title", t1."username"
 *   (integer, author_id, .group = true)            SELECT t0."author_id" AS "author_id", count(*) AS "posts" ...
 *   (integer, posts, .count = "*")                 GROUP BY 1
 *
 * A path may lead to many rows here: then each of them counts, as Django has it. Behind a column of dates the path may
 * end in a part: "published.year". */
#include "db/outputs.h"

#include "base/nearest.h"
#include "db/kinds.h"
#include "db/order_text.h"
#include "net/work.h"

#define MOST_OUTPUTS 64

static const char *const parts[] = { "year",         "month", "day",    "quarter", "week", "week_day",
                                     "iso_week_day", "hour",  "minute", "second",  "date" };

static bool is_dated(ct_kind kind, ct_op op)
{
    bool clock = op >= CT_OP_HOUR && op <= CT_OP_SECOND;
    return kind == CT_KIND_datetime || (kind == CT_KIND_date && !clock && op != CT_OP_ON_DATE) ||
           (kind == CT_KIND_time && clock);
}

/* The part of a date that the path ends in, which is then cut off; NONE: it ends in none. */
static ct_op cut_part(ct_query_walk *walk, ct_scope *scope, ct_str *path, const char *what)
{
    const char *dot = memrchr(path->data, '.', path->length);
    if (!dot)
        return CT_OP_NONE;
    ct_str before = { path->data, (size_t)(dot - path->data) };
    ct_str name = ct_str_trim((ct_str){ dot + 1, path->length - before.length - 1 });
    for (size_t i = 0; i < CT_COUNT(parts); i++) {
        ct_op op = (ct_op)(CT_OP_YEAR + i);
        if (!ct_str_eq(name, ct_str_of(parts[i])))
            continue;
        if (!is_dated(ct_scope_path(walk, scope, before, what, true, NULL)->kind, op))
            return CT_OP_NONE;
        *path = before;
        return op;
    }
    return CT_OP_NONE;
}

/* The SQL of a path, and what it is. */
static const char *path_sql(ct_query_walk *walk, ct_scope *scope, ct_str path, const char *what, ct_output *output)
{
    size_t alias;
    ct_op op = cut_part(walk, scope, &path, what);
    const ct_column *column = ct_scope_path(walk, scope, path, what, true, &alias);
    const char *sql = ct_walk_column(walk, alias, column);
    output->kind = column->kind;
    output->element = column->field->element;
    if (op == CT_OP_NONE)
        return sql;
    ct_buffer text = ct_buffer_in(ct_work_arena(walk->sql->c));
    walk->sql->dialect->part(&text, op, sql, column->kind);
    output->kind = op == CT_OP_ON_DATE ? CT_KIND_date : CT_KIND_integer;
    return ct_buffer_text(&text);
}

static ct_output *begin_outputs(ct_query_walk *walk, ct_compiled *compiled)
{
    compiled->outputs = ct_take(walk->sql->c, MOST_OUTPUTS * sizeof(*compiled->outputs));
    return compiled->outputs;
}

/* ---- values ---- */

static void write_values(ct_query_walk *walk, ct_scope *scope, ct_compiled *compiled)
{
    ct *c = walk->sql->c;
    ct_str rest = ct_str_of(walk->reading->fields), path;
    ct_output *outputs = begin_outputs(walk, compiled);
    while (rest.data && (path = ct_order_part(&rest)).data) {
        ct_output *output = &outputs[compiled->output_count];
        if (compiled->output_count == MOST_OUTPUTS)
            ct_mistake(c, "%s: ct_values() of more than %d fields", ct_walk_place(walk), MOST_OUTPUTS);
        const char *name = ct_arena_copy(ct_work_arena(c), path.data, path.length);
        if (!name)
            ct_out_of_memory(c);
        *output = (ct_output){ .name = name };
        ct_walk_add(walk, compiled->output_count++ ? ", " : "");
        output->sql = path_sql(walk, scope, path, "ct_values()", output);
        ct_walk_add(walk, output->sql);
    }
}

/* ---- aggregates ---- */

/* What a field of the shape is made of. */
typedef struct source {
    const char *function; /* NULL: a group, or SQL */
    const char *of;
    const char *sql;
    size_t count; /* how many it says */
} source;

static void say(source *s, const char *function, const char *of)
{
    if (!of)
        return;
    s->function = function;
    s->of = of;
    s->count++;
}

static source source_of(const ct_field *field)
{
    source s = { .count = 0 };
    say(&s, "count", field->count);
    say(&s, "count_distinct", field->count_distinct);
    say(&s, "sum", field->sum);
    say(&s, "avg", field->avg);
    say(&s, "min", field->min);
    say(&s, "max", field->max);
    say(&s, "join_text", field->join_text);
    if (field->sql) {
        s.sql = field->sql;
        s.count++;
    }
    if (field->group) {
        s.of = field->of ? field->of : field->name;
        s.count++;
    }
    return s;
}

static bool is_number(ct_kind kind)
{
    return kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal || kind == CT_KIND_duration;
}

static void write_function(ct_query_walk *walk, ct_scope *scope, const ct_field *field, const source *s)
{
    ct_output of;
    ct_buffer *out = &walk->sql->text;
    bool count = strcmp(s->function, "count") == 0, distinct = strcmp(s->function, "count_distinct") == 0;
    bool sums = strcmp(s->function, "sum") == 0 || strcmp(s->function, "avg") == 0;
    if (count && strcmp(s->of, "*") == 0) {
        ct_walk_add(walk, "count(*)");
        return;
    }
    const char *column = path_sql(walk, scope, ct_str_trim(ct_str_of(s->of)), field->name, &of);
    if (sums && !is_number(of.kind))
        ct_mistake(walk->sql->c, "%s: .%s = \"%s\" of the field %s: it is of kind %s and no number",
                   ct_walk_place(walk), s->function, s->of, field->name, ct_kind_name(of.kind));
    if (count || distinct) {
        ct_walk_add(walk, distinct ? "count(DISTINCT " : "count(");
        ct_walk_add(walk, column);
        ct_walk_add(walk, ")");
    } else {
        walk->sql->dialect->aggregate(out, s->function, column, of.kind, field->kind);
    }
}

static void write_output(ct_query_walk *walk, ct_scope *scope, const ct_field *field, size_t number, ct_buffer *group)
{
    const source s = source_of(field);
    ct_output of;
    if (s.count != 1)
        ct_mistake(walk->sql->c,
                   "%s: the field %s of %s says %s: it has one of .group, .count, .count_distinct, .sum, "
                   ".avg, .min, .max, .join_text and .sql",
                   ct_walk_place(walk), field->name, walk->reading->shape->name,
                   s.count ? "several things" : "not what it is made of");
    if (s.function)
        write_function(walk, scope, field, &s);
    else if (s.sql)
        ct_walk_add(walk, s.sql);
    else
        ct_walk_add(walk, path_sql(walk, scope, ct_str_trim(ct_str_of(s.of)), field->name, &of));
    if (!s.function && !s.sql)
        ct_buffer_printf(group, "%s%zu", group->length ? ", " : " GROUP BY ", number);
    ct_walk_add(walk, " AS ");
    ct_sql_name(walk->sql, field->name);
}

static void write_aggregates(ct_query_walk *walk, ct_scope *scope, ct_compiled *compiled, ct_buffer *group)
{
    const ct_shape *shape = walk->reading->shape;
    ct_output *outputs = begin_outputs(walk, compiled);
    for (size_t i = 0; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        if (field->kind == CT_KIND_method)
            continue;
        ct_walk_add(walk, compiled->output_count ? ", " : "");
        outputs[compiled->output_count] =
            (ct_output){ .name = field->name, .kind = field->kind, .element = field->element, .field = field };
        write_output(walk, scope, field, ++compiled->output_count, group);
    }
}

void ct_write_outputs(ct_query_walk *walk, ct_scope *scope, ct_compiled *compiled, ct_buffer *group)
{
    ct_walk_add(walk, walk->reading->head.distinct ? "SELECT DISTINCT " : "SELECT ");
    if (walk->reading->form == CT_READ_VALUES)
        write_values(walk, scope, compiled);
    else
        write_aggregates(walk, scope, compiled, group);
    if (!compiled->output_count)
        ct_mistake(walk->sql->c, "%s: nothing is asked for", ct_walk_place(walk));
}

static CT_NORETURN void unknown(ct_query_walk *walk, const ct_compiled *compiled, ct_str name)
{
    char word[64] = "";
    if (name.length < sizeof(word))
        memcpy(word, name.data, name.length);
    ct_nearest nearest = ct_nearest_to(word);
    for (size_t i = 0; i < compiled->output_count; i++)
        ct_nearest_try(&nearest, compiled->outputs[i].name);
    ct_mistake(walk->sql->c, "%s: .order_by: %s has no field \"%.*s\"%s%s%s", ct_walk_place(walk),
               walk->reading->shape->name, (int)CT_MIN(name.length, 100), name.data,
               nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

void ct_order_outputs(ct_query_walk *walk, const ct_compiled *compiled)
{
    const char *text = walk->reading->head.order_by;
    ct_str rest = ct_str_of(text ? text : ""), name;
    for (size_t n = 0; text && rest.data && (name = ct_order_part(&rest)).data; n++) {
        int nulls;
        ct_str whole = name;
        if (!ct_order_nulls(&name, &nulls))
            name = whole;
        bool descending = name.length && *name.data == '-';
        if (descending)
            name = ct_str_trim((ct_str){ name.data + 1, name.length - 1 });
        size_t i = 0;
        while (i < compiled->output_count && !ct_str_eq(ct_str_of(compiled->outputs[i].name), name))
            i++;
        if (i == compiled->output_count)
            unknown(walk, compiled, name);
        ct_walk_add(walk, n ? ", " : " ORDER BY ");
        ct_sql_name(walk->sql, compiled->outputs[i].name);
        ct_walk_add(walk, descending ? " DESC" : "");
        ct_walk_add(walk, nulls < 0 ? " NULLS FIRST" : nulls > 0 ? " NULLS LAST" : "");
    }
}
