/* The conditions of a query as SQL.
 *
 * The struct of a query has a condition for each column, a nested query for each relation, groups, and sets of other
 * queries. It is read by the offsets that the fields have of it: its type is the program's.
 *
 *   .views = GT(3)                        t0."views" > $1
 *   .author = WHERE(User, ...)            a join, or EXISTS where there must not be one (UPDATE, DELETE)
 *   .choices = WHERE(Choice, ...)         EXISTS (SELECT 1 FROM choice t1 WHERE t1.question_id = t0.id AND ...)
 *   .any, .all, .none                     (... OR ...), (... AND ...), (... OR ...) IS NOT TRUE
 *   .union_of, .intersect, .except        the same: rows of one table are a set already, for they have keys
 *
 * NULL: a condition of it is not met, but for NE, NE_FIELD, NOT_IN and .none, which are the contrary of what is met.
 *
 * Not here: values in the text of SQL. There is no function for that. */
#include "db/compile.h"
#include "db/kinds.h"
#include "net/work.h"
#include "shape/value.h"

/* What a condition is about. */
typedef struct subject {
    const char *sql; /* when writing */
    ct_kind kind, element;
    bool null; /* may be NULL */
    const ct_table *table;
    size_t alias;
    const char *name; /* of the field, for messages */
} subject;

/* ---- how conditions lie in memory ---- */

typedef struct layout {
    size_t value, to, items, count, field;
} layout;

#define LAYOUT(type)                                                                                                   \
    {                                                                                                                  \
        offsetof(type, value), offsetof(type, to), offsetof(type, items), offsetof(type, count), offsetof(type, field) \
    }

static const layout *layout_of(ct_kind kind)
{
    static const layout text = LAYOUT(ct_cond_text), integer = LAYOUT(ct_cond_integer), real = LAYOUT(ct_cond_real),
                        decimal = LAYOUT(ct_cond_decimal), boolean = LAYOUT(ct_cond_boolean),
                        date = LAYOUT(ct_cond_date), time = LAYOUT(ct_cond_time), datetime = LAYOUT(ct_cond_datetime),
                        uuid = LAYOUT(ct_cond_uuid), binary = LAYOUT(ct_cond_binary);
    switch (kind) {
    case CT_KIND_integer:
    case CT_KIND_duration:
        return &integer;
    case CT_KIND_real:
        return &real;
    case CT_KIND_decimal:
        return &decimal;
    case CT_KIND_boolean:
        return &boolean;
    case CT_KIND_date:
        return &date;
    case CT_KIND_time:
        return &time;
    case CT_KIND_datetime:
        return &datetime;
    case CT_KIND_uuid:
        return &uuid;
    case CT_KIND_binary:
        return &binary;
    default:
        return ct_kind_is_text(kind) ? &text : NULL;
    }
}

static const void *at(const void *condition, size_t offset)
{
    return (const char *)condition + offset;
}

/* ---- mistakes ---- */

static const char *const operators[] = {
    [CT_OP_NONE] = "",
    [CT_OP_EQ] = "EQ",
    [CT_OP_NE] = "NE",
    [CT_OP_LT] = "LT",
    [CT_OP_LE] = "LE",
    [CT_OP_GT] = "GT",
    [CT_OP_GE] = "GE",
    [CT_OP_BETWEEN] = "BETWEEN",
    [CT_OP_IN] = "IN",
    [CT_OP_NOT_IN] = "NOT_IN",
    [CT_OP_IS_NULL] = "IS_NULL",
    [CT_OP_NOT_NULL] = "NOT_NULL",
    [CT_OP_CONTAINS] = "CONTAINS",
    [CT_OP_STARTS] = "STARTS",
    [CT_OP_ENDS] = "ENDS",
    [CT_OP_IEXACT] = "IEXACT",
    [CT_OP_ICONTAINS] = "ICONTAINS",
    [CT_OP_ISTARTS] = "ISTARTS",
    [CT_OP_IENDS] = "IENDS",
    [CT_OP_REGEX] = "REGEX",
    [CT_OP_IREGEX] = "IREGEX",
    [CT_OP_YEAR] = "YEAR",
    [CT_OP_MONTH] = "MONTH",
    [CT_OP_DAY] = "DAY",
    [CT_OP_QUARTER] = "QUARTER",
    [CT_OP_WEEK] = "WEEK",
    [CT_OP_WEEK_DAY] = "WEEK_DAY",
    [CT_OP_ISO_WEEK_DAY] = "ISO_WEEK_DAY",
    [CT_OP_HOUR] = "HOUR",
    [CT_OP_MINUTE] = "MINUTE",
    [CT_OP_SECOND] = "SECOND",
    [CT_OP_ON_DATE] = "ON_DATE",
    [CT_OP_EQ_FIELD] = "EQ_FIELD",
    [CT_OP_NE_FIELD] = "NE_FIELD",
    [CT_OP_LT_FIELD] = "LT_FIELD",
    [CT_OP_LE_FIELD] = "LE_FIELD",
    [CT_OP_GT_FIELD] = "GT_FIELD",
    [CT_OP_GE_FIELD] = "GE_FIELD",
    [CT_OP_JSON_HAS] = "JSON_HAS",
    [CT_OP_JSON_EQ] = "JSON_EQ",
    [CT_OP_JSON_CONTAINS] = "JSON_CONTAINS",
    [CT_OP_HAS] = "HAS",
};

static const char *operator_name(ct_op op)
{
    return (size_t)op < CT_COUNT(operators) ? operators[op] : "an unknown operator";
}

static CT_NORETURN void does_not_fit(ct_query_walk *walk, const subject *s, ct_op op)
{
    ct_mistake(walk->sql->c, "%s: .%s = %s does not fit: the field is of kind %s", ct_walk_place(walk), s->name,
               operator_name(op), ct_kind_name(s->kind));
}

static CT_NORETURN void is_null(ct_query_walk *walk, const subject *s, ct_op op)
{
    ct_mistake(walk->sql->c, "%s: .%s = %s of NULL: write IS_NULL or NOT_NULL", ct_walk_place(walk), s->name,
               operator_name(op));
}

/* ---- comparisons ---- */

static void parameter(ct_query_walk *walk, const subject *s, ct_op op, const void *member)
{
    ct_value value = ct_kind_value(s->kind, member);
    if (value.type == CT_VALUE_NULL)
        is_null(walk, s, op);
    ct_walk_parameter(walk, value, s->kind);
}

static const char *comparison(ct_op op)
{
    switch (op) {
    case CT_OP_EQ:
    case CT_OP_EQ_FIELD:
        return " = ";
    case CT_OP_NE:
    case CT_OP_NE_FIELD:
        return " <> ";
    case CT_OP_LT:
    case CT_OP_LT_FIELD:
        return " < ";
    case CT_OP_LE:
    case CT_OP_LE_FIELD:
        return " <= ";
    case CT_OP_GT:
    case CT_OP_GT_FIELD:
        return " > ";
    default:
        return " >= ";
    }
}

/* "(": what may be NULL and is the contrary of a condition is met by NULL. */
static void begin_contrary(ct_query_walk *walk, bool null)
{
    if (null)
        ct_walk_add(walk, "(");
}

static void end_contrary(ct_query_walk *walk, bool null, const char *sql)
{
    if (!null)
        return;
    ct_walk_add(walk, " OR ");
    ct_walk_add(walk, sql);
    ct_walk_add(walk, " IS NULL)");
}

static void write_comparison(ct_query_walk *walk, const subject *s, ct_op op, const void *member)
{
    bool contrary = op == CT_OP_NE && s->null;
    begin_contrary(walk, contrary);
    ct_walk_add(walk, s->sql);
    ct_walk_add(walk, comparison(op));
    parameter(walk, s, op, member);
    end_contrary(walk, contrary, s->sql);
}

static void write_between(ct_query_walk *walk, const subject *s, const void *low, const void *high)
{
    ct_walk_add(walk, s->sql);
    ct_walk_add(walk, " BETWEEN ");
    parameter(walk, s, CT_OP_BETWEEN, low);
    ct_walk_add(walk, " AND ");
    parameter(walk, s, CT_OP_BETWEEN, high);
}

static bool comparable(const ct_column *column, const subject *s)
{
    ct_kind kind = column->kind;
    if (ct_kind_is_text(kind) || ct_kind_is_text(s->kind))
        return ct_kind_is_text(kind) && ct_kind_is_text(s->kind);
    bool number = kind == CT_KIND_integer || kind == CT_KIND_real || kind == CT_KIND_decimal;
    bool numbers = s->kind == CT_KIND_integer || s->kind == CT_KIND_real || s->kind == CT_KIND_decimal;
    return kind == s->kind || (number && numbers);
}

static void write_field(ct_query_walk *walk, const subject *s, ct_op op, size_t offset, const ct_shape *of)
{
    const ct_column *column = ct_table_column_at(s->table, offset);
    if (of && of != s->table->model->shape)
        ct_mistake(walk->sql->c, "%s: .%s = %s(%s, ...) names a field of another model: the row is a %s",
                   ct_walk_place(walk), s->name, operator_name(op), of->name, s->table->model->shape->name);
    if (!column)
        ct_mistake(walk->sql->c, "%s: .%s = %s(...): the other field has no column in %s", ct_walk_place(walk), s->name,
                   operator_name(op), s->table->label);
    if (!comparable(column, s))
        ct_mistake(walk->sql->c, "%s: .%s = %s(%s, %s): kind %s cannot be compared with kind %s", ct_walk_place(walk),
                   s->name, operator_name(op), s->table->model->shape->name, column->field->name, ct_kind_name(s->kind),
                   ct_kind_name(column->kind));
    ct_walk_mark(walk, column->index);
    if (!walk->writing)
        return;
    const char *other = ct_walk_column(walk, s->alias, column);
    bool contrary = op == CT_OP_NE_FIELD && (s->null || column->null);
    begin_contrary(walk, contrary);
    ct_walk_add(walk, s->sql);
    ct_walk_add(walk, comparison(op));
    ct_walk_add(walk, other);
    if (contrary && column->null) {
        ct_walk_add(walk, " OR ");
        ct_walk_add(walk, other);
        ct_walk_add(walk, " IS NULL");
    }
    if (contrary && s->null)
        end_contrary(walk, true, s->sql);
    else if (contrary)
        ct_walk_add(walk, ")");
}

/* ---- lists ---- */

#define LONGEST_LIST 64 /* of parameters of their own */

/* Parameters one by one, in a few lengths, so that there are few statements: the last one fills up. */
static void write_items(ct_query_walk *walk, const char *expression, ct_kind kind, const ct_value *values, size_t count,
                        bool not )
{
    size_t length = 1;
    while (length < count)
        length *= 2;
    ct_walk_mark(walk, length);
    ct_walk_add(walk, expression);
    ct_walk_add(walk, not ? " NOT IN (" : " IN (");
    for (size_t i = 0; i < length; i++) {
        ct_walk_add(walk, i ? ", " : "");
        ct_walk_parameter(walk, values[CT_MIN(i, count - 1)], kind);
    }
    ct_walk_add(walk, ")");
}

static void write_values(ct_query_walk *walk, const char *expression, ct_kind kind, const ct_value *values,
                         size_t count, bool not )
{
    const ct_db_dialect *dialect = walk->sql->dialect;
    ct_walk_mark(walk, count ? 1 : 0);
    if (!count) {
        ct_walk_add(walk, not ? "TRUE" : "FALSE");
        return;
    }
    if (!dialect->arrays && (count <= LONGEST_LIST || kind == CT_KIND_binary)) {
        write_items(walk, expression, kind, values, count, not );
        return;
    }
    ct_walk_mark(walk, 0);
    ct_kind list_kind, element = CT_KIND_text;
    ct_value list = dialect->list(walk->sql, values, count, kind, &list_kind, &element);
    size_t number = ct_walk_bind(walk, list, list_kind, element);
    if (walk->writing)
        dialect->in_list(&walk->sql->text, expression, number, kind, not );
}

static void write_in(ct_query_walk *walk, const subject *s, ct_op op, const void *items, size_t count)
{
    size_t size = ct_kind_size(s->kind);
    ct_value *values = ct_take(walk->sql->c, CT_MAX(count, 1) * sizeof(*values));
    if (count && !items)
        is_null(walk, s, op);
    for (size_t i = 0; i < count; i++) {
        values[i] = ct_kind_value(s->kind, at(items, i * size));
        if (values[i].type == CT_VALUE_NULL)
            is_null(walk, s, op);
    }
    bool contrary = op == CT_OP_NOT_IN && s->null && count;
    begin_contrary(walk, contrary);
    write_values(walk, s->sql, s->kind, values, count, op == CT_OP_NOT_IN);
    end_contrary(walk, contrary, s->sql);
}

void ct_walk_in(ct_query_walk *walk, const char *expression, const ct_column *column, const ct_value *values,
                size_t count)
{
    write_values(walk, expression, column->kind, values, count, false);
}

/* ---- text, dates, json, arrays ---- */

static void write_pattern(ct_query_walk *walk, const subject *s, ct_op op, const char *text)
{
    const ct_db_dialect *dialect = walk->sql->dialect;
    if (!text)
        is_null(walk, s, op);
    size_t number =
        ct_walk_bind(walk, ct_value_of_text(dialect->pattern_text(walk->sql->c, op, text)), CT_KIND_text, CT_KIND_text);
    if (walk->writing)
        dialect->pattern(&walk->sql->text, op, s->sql, number);
}

static void write_condition(ct_query_walk *walk, const subject *s, const void *condition);

static void write_part(ct_query_walk *walk, const subject *s, ct_op op, const void *condition)
{
    subject part = *s;
    part.kind = op == CT_OP_ON_DATE ? CT_KIND_date : CT_KIND_integer;
    if (*(const ct_op *)condition == CT_OP_NONE)
        ct_mistake(walk->sql->c, "%s: .%s = %s() needs a condition: %s(EQ(...))", ct_walk_place(walk), s->name,
                   operator_name(op), operator_name(op));
    if (walk->writing) {
        ct_buffer text = ct_buffer_in(ct_work_arena(walk->sql->c));
        walk->sql->dialect->part(&text, op, s->sql, s->kind);
        part.sql = ct_buffer_text(&text);
    }
    write_condition(walk, &part, condition);
}

static void write_json(ct_query_walk *walk, const subject *s, const ct_cond_json *condition)
{
    const ct_db_dialect *dialect = walk->sql->dialect;
    size_t path = 0, value = 0;
    ct_value made;
    ct_kind kind, element = CT_KIND_text;
    if (!condition->path)
        is_null(walk, s, condition->op);
    if (!dialect->json_path(walk->sql->c, condition->path, &made, &kind, &element))
        ct_mistake(walk->sql->c,
                   "%s: .%s = %s(\"%s\"): no path; it is names with dots between them, and [0] for the "
                   "first of an array",
                   ct_walk_place(walk), s->name, operator_name(condition->op), condition->path);
    ct_walk_mark(walk, *condition->path ? 1 : 0);
    if (*condition->path)
        path = ct_walk_bind(walk, made, kind, element);
    else if (condition->op == CT_OP_JSON_HAS)
        does_not_fit(walk, s, condition->op);
    /* A parameter that is NULL would be SQL's. */
    bool null = condition->json.type == CT_VALUE_NULL;
    ct_walk_mark(walk, null ? 1 : 0);
    if (condition->op != CT_OP_JSON_HAS && !null)
        value = ct_walk_bind(walk, condition->json, CT_KIND_json, CT_KIND_text);
    if (walk->writing)
        dialect->json(&walk->sql->text, condition->op, s->sql, path, value);
}

static void write_has(ct_query_walk *walk, const subject *s, const ct_cond_array *condition)
{
    if (condition->element.type == CT_VALUE_NULL)
        is_null(walk, s, condition->op);
    size_t number = ct_walk_bind(walk, condition->element, s->element, CT_KIND_text);
    if (walk->writing)
        walk->sql->dialect->has(&walk->sql->text, s->sql, number, s->element);
}

static void write_dated(ct_query_walk *walk, const subject *s, ct_op op, const void *condition)
{
    bool datetime = s->kind == CT_KIND_datetime, clock = op >= CT_OP_HOUR && op <= CT_OP_SECOND;
    if (op == CT_OP_ON_DATE && datetime)
        write_part(walk, s, op, &((const ct_cond_datetime *)condition)->date);
    else if (op != CT_OP_ON_DATE && !clock && datetime)
        write_part(walk, s, op, &((const ct_cond_datetime *)condition)->part);
    else if (clock && datetime)
        write_part(walk, s, op, &((const ct_cond_datetime *)condition)->clock_part);
    else if (clock && s->kind == CT_KIND_time)
        write_part(walk, s, op, &((const ct_cond_time *)condition)->clock_part);
    else if (op != CT_OP_ON_DATE && !clock && s->kind == CT_KIND_date)
        write_part(walk, s, op, &((const ct_cond_date *)condition)->part);
    else
        does_not_fit(walk, s, op);
}

/* What is in the members that all kinds but json and arrays have. */
static void write_common(ct_query_walk *walk, const subject *s, const void *condition)
{
    ct_op op = *(const ct_op *)condition;
    const layout *l = layout_of(s->kind);
    if (op >= CT_OP_CONTAINS && op <= CT_OP_IREGEX && ct_kind_is_text(s->kind))
        write_pattern(walk, s, op, ((const ct_cond_text *)condition)->pattern);
    else if (op >= CT_OP_YEAR && op <= CT_OP_ON_DATE)
        write_dated(walk, s, op, condition);
    else if (!l)
        does_not_fit(walk, s, op);
    else if (op >= CT_OP_EQ && op <= CT_OP_GE)
        write_comparison(walk, s, op, at(condition, l->value));
    else if (op == CT_OP_BETWEEN)
        write_between(walk, s, at(condition, l->value), at(condition, l->to));
    else if (op == CT_OP_IN || op == CT_OP_NOT_IN)
        write_in(walk, s, op, *(const void *const *)at(condition, l->items), *(const size_t *)at(condition, l->count));
    else if (op >= CT_OP_EQ_FIELD && op <= CT_OP_GE_FIELD)
        write_field(walk, s, op, *(const size_t *)at(condition, l->field),
                    *(const ct_shape *const *)at(condition, l->field + sizeof(size_t)));
    else
        does_not_fit(walk, s, op);
}

static void write_condition(ct_query_walk *walk, const subject *s, const void *condition)
{
    ct_op op = *(const ct_op *)condition;
    if (CT_UNLIKELY((size_t)op > CT_OP_HAS))
        ct_mistake(walk->sql->c,
                   "%s: .%s: a change stands where a condition belongs: write EQ(x), IS_NULL, GT(n) and the like",
                   ct_walk_place(walk), s->name);
    ct_walk_mark(walk, op);
    if (op == CT_OP_IS_NULL || op == CT_OP_NOT_NULL) {
        ct_walk_add(walk, s->sql);
        ct_walk_add(walk, op == CT_OP_IS_NULL ? " IS NULL" : " IS NOT NULL");
    } else if (s->kind == CT_KIND_json && op >= CT_OP_JSON_HAS && op <= CT_OP_JSON_CONTAINS) {
        write_json(walk, s, condition);
    } else if (s->kind == CT_KIND_array && op == CT_OP_HAS) {
        write_has(walk, s, condition);
    } else {
        write_common(walk, s, condition);
    }
}

/* ---- queries ---- */

static const void *nested(const ct_link *link, const void *query)
{
    const void *pointer;
    memcpy(&pointer, at(query, link->field->nested), sizeof(pointer));
    return pointer;
}

static ct_op operator_at(const ct_column *column, const void *query)
{
    return *(const ct_op *)at(query, column->field->condition);
}

static bool has_sets(const ct_query_head *head)
{
    return head->union_of || head->union_all || head->intersect || head->except;
}

/* No condition beside the sets. */
bool ct_query_is_bare(const ct_table *table, const void *query, const ct_query_head *head)
{
    if (head->any || head->all || head->none)
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        if (operator_at(&table->columns[i], query) != CT_OP_NONE)
            return false;
    for (size_t i = 0; i < table->link_count; i++)
        if (nested(&table->links[i], query))
            return false;
    return true;
}

bool ct_query_is_empty(const ct_table *table, const void *query)
{
    ct_query_head head = ct_query_head_of(query);
    return !has_sets(&head) && ct_query_is_bare(table, query, &head);
}

/* What a group has first, where ANY_OF() and the like have made it: that of another model, and what is no group at all,
 * have come past a compiler without the flags that refuse them. */
const char *ct_walk_group_first(const ct_query_walk *walk, const ct_table *table, const void *group)
{
    const ct_query_head head = ct_query_head_of(group);
    const char *name = table->model->shape->name;
    if (!head.of_shape)
        return group;
    if (!head.end)
        ct_mistake(walk->sql->c, "%s: a WHERE(%s, ...) stands where a group belongs: write ANY_OF(%s, { ... }, ...)",
                   ct_walk_place(walk), head.of_shape->name, name);
    if (head.of_shape != table->model->shape)
        ct_mistake(walk->sql->c, "%s: a group of %s, as in ANY_OF(%s, ...), among the conditions of %s",
                   ct_walk_place(walk), head.of_shape->name, head.of_shape->name, name);
    return (const char *)group + table->model->query_size;
}

void ct_walk_check_where(ct *c, const char *place, const ct_table *table, const void *query)
{
    const ct_query_head head = ct_query_head_of(query);
    const char *name = table->model->shape->name;
    if (head.of_shape && head.end)
        ct_mistake(c, "%s: a group, as ANY_OF(%s, ...), stands where WHERE(%s, .any = ANY_OF(...)) belongs", place,
                   head.of_shape->name, name);
    if (head.of_shape && head.of_shape != table->model->shape)
        ct_mistake(c, "%s: WHERE(%s, ...) where the row is a %s", place, head.of_shape->name, name);
}

/* A group and a relation have conditions alone. */
static void check_inside(ct_query_walk *walk, const void *query)
{
    ct_query_head h = ct_query_head_of(query);
    const char *option = h.order_by     ? "order_by"
                         : h.with       ? "with"
                         : h.only       ? "only"
                         : h.defer      ? "defer"
                         : h.after      ? "after"
                         : h.before     ? "before"
                         : h.limit      ? "limit"
                         : h.offset     ? "offset"
                         : h.distinct   ? "distinct"
                         : h.having     ? "having"
                         : h.lock       ? "lock"
                         : h.using      ? "using"
                         : has_sets(&h) ? "union_of, union_all, intersect or except"
                                        : h.distinct_on;
    if (option)
        ct_mistake(walk->sql->c,
                   "%s: .%s is an option of the whole query: take it out of the WHERE(), ANY_OF(), "
                   "ALL_OF() or NONE_OF()",
                   ct_walk_place(walk), option);
}

static void write_subquery(ct_query_walk *walk, size_t alias, const ct_link *link, const void *query);

/* The query in brackets; TRUE where it has no conditions. */
void ct_walk_inside(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                    bool inner)
{
    size_t count = 0;
    check_inside(walk, query);
    ct_walk_deeper(walk);
    ct_walk_add(walk, "(");
    ct_walk_beside(walk, scope, alias, table, query, inner, &count);
    ct_walk_add(walk, count ? ")" : "TRUE)");
    walk->depth--;
    ct_walk_mark(walk, UINT16_MAX); /* its end */
}

static void and_then(ct_query_walk *walk, size_t *count)
{
    if ((*count)++)
        ct_walk_add(walk, " AND ");
}

/* The members of a group with a word between them; FALSE where there are none. */
void ct_walk_group(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *group,
                   bool inner, const char *word)
{
    size_t count = 0;
    ct_walk_add(walk, "(");
    for (const char *query = ct_walk_group_first(walk, table, group); !ct_query_is_end(query);
         query += table->model->query_size) {
        ct_walk_mark(walk, UINT16_MAX - 1); /* one more */
        if (count++)
            ct_walk_add(walk, word);
        ct_walk_inside(walk, scope, alias, table, query, inner);
    }
    ct_walk_mark(walk, UINT16_MAX);
    ct_walk_add(walk, count ? ")" : "FALSE)");
}

/* To one row by a join, to many by a query in the query. */
static void write_relation(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_link *link, const void *query,
                           bool inner)
{
    bool one = link->kind == CT_LINK_TO_ONE || link->kind == CT_LINK_HAS_ONE;
    const ct_shape *of = ct_query_head_of(query).of_shape;
    if (CT_UNLIKELY(of && (of != link->other->model->shape || ct_query_is_end(query))))
        ct_walk_check_where(walk->sql->c, ct_walk_place(walk), link->other, query);
    if (link->kind == CT_LINK_TO_ONE && ct_query_is_empty(link->other, query)) {
        check_inside(walk, query);
        ct_walk_mark(walk, 1);
        if (walk->writing) {
            ct_walk_add(walk, ct_walk_column(walk, alias, link->from));
            ct_walk_add(walk, " IS NOT NULL");
        }
        return;
    }
    ct_walk_mark(walk, 0);
    if (!one || walk->plain) {
        write_subquery(walk, alias, link, query);
        return;
    }
    size_t joined = ct_scope_join(walk, scope, alias, link, inner);
    if (!inner && walk->writing) {
        ct_walk_add(walk, "(");
        ct_walk_add(walk, ct_walk_column(walk, joined, link->to));
        ct_walk_add(walk, " IS NOT NULL AND ");
    }
    ct_walk_inside(walk, scope, joined, link->other, query, inner);
    if (!inner)
        ct_walk_add(walk, ")");
}

static void write_columns(ct_query_walk *walk, size_t alias, const ct_table *table, const void *query, size_t *count)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (operator_at(column, query) == CT_OP_NONE)
            continue;
        and_then(walk, count);
        ct_walk_mark(walk, 1 + i);
        subject s = { .kind = column->kind,
                      .element = column->field->element,
                      .null = column->null,
                      .table = table,
                      .alias = alias,
                      .name = column->field->name };
        if (walk->writing)
            s.sql = ct_walk_column(walk, alias, column);
        write_condition(walk, &s, at(query, column->field->condition));
    }
}

/* All but the sets. */
void ct_walk_beside(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                    bool inner, size_t *count)
{
    ct_query_head head = ct_query_head_of(query);
    write_columns(walk, alias, table, query, count);
    for (size_t i = 0; i < table->link_count; i++) {
        const void *behind = nested(&table->links[i], query);
        if (!behind)
            continue;
        and_then(walk, count);
        ct_walk_mark(walk, 1000 + i);
        write_relation(walk, scope, alias, &table->links[i], behind, inner);
    }
    if (head.any) {
        and_then(walk, count);
        ct_walk_mark(walk, 2000);
        ct_walk_group(walk, scope, alias, table, head.any, false, " OR ");
    }
    if (head.all) {
        and_then(walk, count);
        ct_walk_mark(walk, 2001);
        if (ct_query_is_end(ct_walk_group_first(walk, table, head.all)))
            ct_walk_add(walk, "NOT ");
        ct_walk_group(walk, scope, alias, table, head.all, inner, " AND ");
    }
    if (head.none) {
        and_then(walk, count);
        ct_walk_mark(walk, 2002);
        ct_walk_group(walk, scope, alias, table, head.none, false, " OR ");
        ct_walk_add(walk, " IS NOT TRUE");
    }
}

/* ---- all of a query ---- */

bool ct_walk_conditions(ct_query_walk *walk, ct_scope *scope, size_t alias, const ct_table *table, const void *query,
                        bool inner)
{
    ct_query_head head = ct_query_head_of(query);
    size_t count = 0;
    if (has_sets(&head))
        ct_walk_sets(walk, scope, alias, table, query);
    else
        ct_walk_beside(walk, scope, alias, table, query, inner, &count);
    ct_walk_mark(walk, UINT16_MAX);
    return has_sets(&head) || count;
}

/* ---- queries in queries ---- */

/* EXISTS (SELECT 1 FROM ... WHERE ...) for what is behind a link. */
static void write_subquery(ct_query_walk *walk, size_t alias, const ct_link *link, const void *query)
{
    bool through = link->kind == CT_LINK_MANY_TO_MANY, empty = ct_query_is_empty(link->other, query);
    if (!walk->writing) {
        ct_walk_inside(walk, NULL, 0, link->other, query, true);
        return;
    }
    bool plain = walk->plain;
    walk->plain = false;
    ct_scope *scope = ct_take(walk->sql->c, sizeof(*scope));
    *scope = (ct_scope){ .table = through ? link->through : link->other, .alias = ++walk->aliases };
    size_t other = scope->alias;
    ct_buffer before = walk->sql->text;
    walk->sql->text = ct_buffer_in(ct_work_arena(walk->sql->c));
    if (through && !empty)
        other = ct_scope_join_behind(walk, scope, link);
    ct_walk_inside(walk, scope, other, link->other, query, true);
    const char *conditions = ct_buffer_text(&walk->sql->text);
    walk->sql->text = before;
    ct_walk_add(walk, "EXISTS (SELECT 1");
    ct_scope_from(walk, scope, &walk->sql->text);
    ct_walk_add(walk, " WHERE ");
    ct_walk_add(walk, ct_walk_column(walk, scope->alias, through ? link->through_from : link->to));
    ct_walk_add(walk, " = ");
    ct_walk_add(walk, ct_walk_column(walk, alias, link->from));
    if (!empty) {
        ct_walk_add(walk, " AND ");
        ct_walk_add(walk, conditions);
    }
    ct_walk_add(walk, ")");
    walk->plain = plain;
}

void ct_sql_where(ct_sql *sql, const ct_table *table, const char *alias, const void *query)
{
    ct_query_walk walk = { .sql = sql, .writing = true, .plain = true, .root = alias };
    ct_scope scope = { .table = table };
    if (ct_query_is_empty(table, query))
        return;
    if (!alias) {
        ct_buffer name = ct_buffer_in(ct_work_arena(sql->c));
        ct_sql_quote(&name, table->name);
        walk.root = ct_buffer_text(&name);
    }
    ct_sql_add(sql, " WHERE ");
    ct_walk_conditions(&walk, &scope, 0, table, query, true);
}
