/* Reading a line of conditions (db/ask.h): a recursive descent over its words.
 *
 *   and, or, not      arrays of query structs, as ALL_OF, ANY_OF and NONE_OF make them
 *   author.name = x   a struct of Author's query within one of Post's */
#include "db/ask.h"

#include "base/buffer.h"
#include "base/common.h"
#include "base/nearest.h"
#include "db/sql.h"
#include "shape/kinds.h"

#define MOST_VALUES 1000

typedef struct parser {
    const ct_graph *graph;
    ct_arena *arena;
    ct_ask *ask;
    ct_error *error;
    const char *line, *at;
    const char *implied; /* what stands in the line for a path that does not; NULL: paths are of the line */
    unsigned depth;
    bool failed;
} parser;

static bool fail_at(parser *p, const char *where, const char *message)
{
    where = p->implied ? p->implied : where;
    if (!p->failed)
        ct_fail(p->error, "%s", message);
    p->ask->at = p->failed ? p->ask->at : (size_t)(where - p->line);
    p->failed = true;
    return false;
}

/* ---- words ---- */

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void skip_blanks(parser *p)
{
    while (is_blank(*p->at))
        p->at++;
}

/* Up to a blank, an operator, a parenthesis or a comma. */
static ct_str peek_word(parser *p)
{
    skip_blanks(p);
    const char *end = p->at;
    while (*end && !is_blank(*end) && !strchr("=!<>~^$(),\"'", *end))
        end++;
    return (ct_str){ p->at, (size_t)(end - p->at) };
}

static bool is_operator_at(const char *at)
{
    while (is_blank(*at))
        at++;
    return *at && strchr("=!<>~^$", *at);
}

static bool is_word(ct_str word, const char *text)
{
    return ct_str_eq_nocase(word, ct_str_of(text));
}

/* A word of the language, and not a field of that name in a condition. */
static bool is_keyword(parser *p, const char *text)
{
    ct_str word = peek_word(p);
    return is_word(word, text) && !is_operator_at(word.data + word.length);
}

static bool take_keyword(parser *p, const char *text)
{
    if (!is_keyword(p, text))
        return false;
    p->at += strlen(text);
    return true;
}

static const char *const clauses[] = { "order", "limit", "offset", "show", "count", "distinct" };

static bool at_clause(parser *p)
{
    for (size_t i = 0; i < CT_COUNT(clauses); i++)
        if (is_keyword(p, clauses[i]))
            return true;
    return false;
}

/* ---- tables and paths ---- */

static bool is_named(const ct_table *table, ct_str name, bool nocase)
{
    const char *dot = strrchr(table->label, '.');
    ct_str whole = ct_str_of(table->label), own = ct_str_of(dot ? dot + 1 : table->label);
    if (nocase)
        return ct_str_eq_nocase(own, name) || ct_str_eq_nocase(whole, name);
    return ct_str_eq(own, name) || ct_str_eq(whole, name);
}

const ct_table *ct_ask_table(const ct_graph *graph, ct_str name)
{
    for (int nocase = 0; nocase < 2; nocase++) {
        const ct_table *found = NULL;
        size_t count = 0;
        for (size_t i = 0; i < graph->table_count; i++)
            if (graph->tables[i]->model && is_named(graph->tables[i], name, nocase)) {
                found = graph->tables[i];
                count++;
            }
        if (count)
            return count == 1 ? found : NULL;
    }
    return NULL;
}

const char *ct_ask_nearest_table(const ct_graph *graph, ct_arena *arena, ct_str name)
{
    bool whole = memchr(name.data, '.', name.length) != NULL;
    ct_nearest nearest = ct_nearest_to(ct_arena_copy(arena, name.data, name.length));
    for (size_t i = 0; i < graph->table_count; i++) {
        const ct_table *table = graph->tables[i];
        if (table->model)
            ct_nearest_try(&nearest, whole ? table->label : table->model->shape->name);
    }
    return nearest.best;
}

static ct_str cut_name(ct_str *path)
{
    const char *dot = memchr(path->data, '.', path->length);
    ct_str name = { path->data, dot ? (size_t)(dot - path->data) : path->length };
    *path = dot ? (ct_str){ dot + 1, path->length - name.length - 1 } : (ct_str){ NULL, 0 };
    return name;
}

const ct_table *ct_ask_walk(const ct_table *table, ct_str path, ct_str *ret_last)
{
    for (;;) {
        ct_str name = cut_name(&path);
        if (!path.data) {
            *ret_last = name;
            return table;
        }
        const ct_link *link = ct_table_link(table, name);
        if (!link)
            return NULL;
        table = link->other;
    }
}

static bool unknown_field(parser *p, const ct_table *table, ct_str name)
{
    const char *nearest = ct_table_nearest(table, name);
    return fail_at(p, name.data,
                   ct_arena_printf(p->arena, "%s has no field \"%.*s\"%s%s%s", table->label,
                                   (int)CT_MIN(name.length, (size_t)80), name.data, nearest ? "; did you mean \"" : "",
                                   nearest ? nearest : "", nearest ? "\"?" : ""));
}

static const ct_column *column_named(const ct_table *table, ct_str name)
{
    if (ct_str_eq(name, CT_STR("pk")) && table->key_count == 1)
        return table->keys[0];
    return ct_table_column(table, name);
}

static ct_op part_named(ct_str name)
{
    static const struct {
        const char *name;
        ct_op op;
    } parts[] = { { "year", CT_OP_YEAR },
                  { "month", CT_OP_MONTH },
                  { "day", CT_OP_DAY },
                  { "quarter", CT_OP_QUARTER },
                  { "week", CT_OP_WEEK },
                  { "week_day", CT_OP_WEEK_DAY },
                  { "iso_week_day", CT_OP_ISO_WEEK_DAY },
                  { "hour", CT_OP_HOUR },
                  { "minute", CT_OP_MINUTE },
                  { "second", CT_OP_SECOND } };
    for (size_t i = 0; i < CT_COUNT(parts); i++)
        if (ct_str_eq(name, ct_str_of(parts[i].name)))
            return parts[i].op;
    return CT_OP_NONE;
}

/* ---- query structs ---- */

static void *new_queries(parser *p, const ct_table *table, size_t count)
{
    return ct_arena_zalloc(p->arena, count * CT_MAX(table->model->query_size, sizeof(ct_query_head)));
}

/* Several as one: an array that ends in one with `end`, in one of its own. */
static void *combine(parser *p, void *const *queries, size_t count, size_t place)
{
    const ct_table *table = p->ask->table;
    size_t size = table->model->query_size;
    char *group = new_queries(p, table, count + 1), *whole = new_queries(p, table, 1);
    for (size_t i = 0; i < count; i++)
        memcpy(group + i * size, queries[i], size);
    ct_query_head last = { .end = true };
    memcpy(group + count * size, &last, sizeof(last));
    memcpy(whole + place, &group, sizeof(group));
    return whole;
}

/* ---- conditions ---- */

static bool read_operator(parser *p, ct_ask_operator *ret)
{
    static const struct {
        const char *text;
        ct_ask_operator op;
    } operators[] = { { "!=", CT_ASK_NE },    { "<>", CT_ASK_NE },      { "<=", CT_ASK_LE },     { ">=", CT_ASK_GE },
                      { "=~", CT_ASK_REGEX }, { "!~", CT_ASK_HAS_NOT }, { "^=", CT_ASK_STARTS }, { "$=", CT_ASK_ENDS },
                      { "==", CT_ASK_EQ },    { "=", CT_ASK_EQ },       { "<", CT_ASK_LT },      { ">", CT_ASK_GT },
                      { "~", CT_ASK_HAS } };
    skip_blanks(p);
    for (size_t i = 0; i < CT_COUNT(operators); i++)
        if (strncmp(p->at, operators[i].text, strlen(operators[i].text)) == 0) {
            p->at += strlen(operators[i].text);
            *ret = operators[i].op;
            return true;
        }
    return fail_at(p, p->at, "an operator is expected here: = != < <= > >= ~ !~ ^= $= =~");
}

static bool read_quoted(parser *p, ct_ask_value *ret)
{
    char quote = *p->at;
    const char *begin = p->at++;
    ct_buffer text = ct_buffer_in(p->arena);
    for (; *p->at && (*p->at != quote || p->at[1] == quote); p->at++) {
        ct_buffer_char(&text, *p->at);
        p->at += *p->at == quote;
    }
    if (!*p->at)
        return fail_at(p, begin, "the quote that begins here has no end");
    p->at++;
    *ret = (ct_ask_value){ .text = { ct_buffer_text(&text), text.length }, .quoted = true };
    return true;
}

/* ".." within a word, but not at "..." of a path. */
static const char *find_range(ct_str word)
{
    for (size_t i = 0; i + 1 < word.length; i++)
        if (word.data[i] == '.' && word.data[i + 1] == '.')
            return word.data + i;
    return NULL;
}

static bool read_value(parser *p, ct_ask_value *ret)
{
    skip_blanks(p);
    if (*p->at == '"' || *p->at == '\'')
        return read_quoted(p, ret);
    const char *end = p->at;
    while (*end && !is_blank(*end) && !strchr(",()", *end))
        end++;
    *ret = (ct_ask_value){ .text = { p->at, (size_t)(end - p->at) } };
    if (end == p->at)
        return fail_at(p, p->at, "a value is expected here; \"\" is empty text");
    p->at = end;
    return true;
}

static bool read_values(parser *p, ct_ask_condition *condition)
{
    ct_ask_value *values = NULL;
    for (;;) {
        values = ct_arena_grown(p->arena, values, condition->count, sizeof(*values), 4);
        if (!read_value(p, &values[condition->count]))
            return false;
        condition->count++;
        skip_blanks(p);
        if (*p->at != ',')
            break;
        if (condition->count == MOST_VALUES)
            return fail_at(p, p->at, "these are more values than one condition takes");
        p->at++;
    }
    const char *range = condition->count == 1 && !values[0].quoted ? find_range(values[0].text) : NULL;
    if (range) {
        ct_str whole = values[0].text;
        ct_ask_value *ends = ct_arena_zalloc(p->arena, 2 * sizeof(*ends));
        ends[0].text = (ct_str){ whole.data, (size_t)(range - whole.data) };
        ends[1].text = (ct_str){ range + 2, (size_t)(whole.data + whole.length - range - 2) };
        condition->range = true;
        condition->count = 2;
        values = ends;
    }
    condition->values = values;
    return true;
}

/* What stands behind the last relation: a column, and what of it is asked. */
static bool find_column(parser *p, const ct_table *table, ct_str path, ct_ask_condition *condition)
{
    ct_str whole = path, name = cut_name(&path);
    const char *bracket = memchr(name.data, '[', name.length);
    if (bracket) /* data[0].name */
        name = (ct_str){ name.data, (size_t)(bracket - name.data) };
    condition->column = column_named(table, name);
    if (!condition->column)
        return unknown_field(p, table, name);
    ct_str rest = { name.data + name.length, whole.length - name.length };
    if (condition->column->kind == CT_KIND_json) {
        size_t dot = rest.length && *rest.data == '.';
        condition->path = ct_arena_copy(p->arena, rest.data + dot, rest.length - dot);
        const char *at = condition->path;
        ct_str key;
        size_t index;
        bool is_index;
        while (ct_json_path_next(&at, &key, &index, &is_index))
            ;
        if (!at)
            return fail_at(p, rest.data, "no path into json: it is names with dots between them, and [0]");
        return true;
    }
    if (!rest.length)
        return true;
    condition->part = bracket ? CT_OP_NONE : part_named(path);
    if (!condition->part)
        return fail_at(p, rest.data,
                       ct_arena_printf(p->arena, "%s is of kind %s, behind which there is no \"%.*s\"",
                                       condition->column->field->name, ct_kind_name(condition->column->field->kind),
                                       (int)CT_MIN(rest.length, (size_t)80), rest.data));
    return true;
}

/* The struct of the query of `table` with the condition on what the path leads to. */
static void *fill_path(parser *p, const ct_table *table, ct_str path, ct_ask_condition *condition, bool *ret_not,
                       unsigned depth)
{
    ct_str rest = path, name = cut_name(&rest);
    const ct_link *link = ct_table_link(table, name);
    void *query = new_queries(p, table, 1);
    if (!name.length) {
        fail_at(p, path.data, "the name of a field is expected here");
        return NULL;
    }
    if (link && !rest.data && link->kind != CT_LINK_TO_ONE) {
        p->implied = path.data;
        rest = CT_STR("pk");
    }
    if (!link || !rest.data) {
        if (!find_column(p, table, path, condition))
            return NULL;
        if (!ct_ask_fill(condition, query, ret_not, p->arena, p->error)) {
            fail_at(p, path.data, ct_arena_printf(p->arena, "%s", p->error->message));
            return NULL;
        }
        return query;
    }
    if (depth == CT_ASK_DEPTH) {
        fail_at(p, path.data, "this leads through too many relations");
        return NULL;
    }
    void *inner = fill_path(p, link->other, rest, condition, ret_not, depth + 1);
    p->implied = NULL;
    memcpy((char *)query + link->field->nested, &inner, sizeof(inner));
    return inner ? query : NULL;
}

static void *read_condition(parser *p)
{
    ct_ask_condition condition = { 0 };
    ct_str path = peek_word(p);
    bool not = false;
    if (!path.length) {
        fail_at(p, p->at, *p->at ? "the name of a field is expected here" : "something is missing here");
        return NULL;
    }
    p->at += path.length;
    if (!read_operator(p, &condition.op) || !read_values(p, &condition))
        return NULL;
    void *query = fill_path(p, p->ask->table, path, &condition, &not, 0);
    return query && not ? combine(p, &query, 1, offsetof(ct_query_head, none)) : query;
}

static void *read_any(parser *p);

static void *read_factor(parser *p)
{
    void *query = NULL;
    skip_blanks(p);
    if (p->depth == CT_ASK_DEPTH) {
        fail_at(p, p->at, "this is nested too deep");
        return NULL;
    }
    p->depth++;
    if (take_keyword(p, "not")) {
        query = read_factor(p);
        query = query ? combine(p, &query, 1, offsetof(ct_query_head, none)) : NULL;
    } else if (*p->at == '(') {
        const char *begin = p->at++;
        query = read_any(p);
        skip_blanks(p);
        if (query && *p->at != ')')
            fail_at(p, *p->at ? p->at : begin, *p->at ? "\")\" is expected here" : "the \"(\" here has no \")\"");
        p->at += !p->failed;
    } else {
        query = read_condition(p);
    }
    p->depth--;
    return p->failed ? NULL : query;
}

typedef struct list {
    void **items;
    size_t count;
} list;

static void add(parser *p, list *l, void *query)
{
    l->items = ct_arena_grown(p->arena, l->items, l->count, sizeof(*l->items), 4);
    l->items[l->count++] = query;
}

static bool more_conditions(parser *p)
{
    skip_blanks(p);
    return !p->failed && *p->at && *p->at != ')' && !is_keyword(p, "or") && !at_clause(p);
}

static void *read_all(parser *p)
{
    list found = { 0 };
    do {
        if (found.count)
            take_keyword(p, "and");
        add(p, &found, read_factor(p));
    } while (more_conditions(p));
    if (p->failed)
        return NULL;
    return found.count == 1 ? found.items[0] : combine(p, found.items, found.count, offsetof(ct_query_head, all));
}

static void *read_any(parser *p)
{
    list found = { 0 };
    do
        add(p, &found, read_all(p));
    while (!p->failed && take_keyword(p, "or"));
    if (p->failed)
        return NULL;
    return found.count == 1 ? found.items[0] : combine(p, found.items, found.count, offsetof(ct_query_head, any));
}

/* ---- clauses ---- */

/* The next one of a list of names, with commas or without; a condition or another clause ends it. */
static bool next_name(parser *p, ct_str *ret)
{
    skip_blanks(p);
    p->at += *p->at == ',';
    ct_str word = peek_word(p);
    if (!word.length || at_clause(p) || is_operator_at(word.data + word.length) || is_keyword(p, "not") ||
        is_keyword(p, "or") || is_keyword(p, "and"))
        return false;
    p->at += word.length;
    *ret = word;
    return true;
}

/* A column through relations to one row. */
static bool check_path(parser *p, ct_str path)
{
    const ct_table *table = p->ask->table;
    unsigned depth = 0;
    for (;;) {
        ct_str name = cut_name(&path);
        if (!path.data)
            return column_named(table, name) ? true : unknown_field(p, table, name);
        const ct_link *link = ct_table_link(table, name);
        if (!link)
            return unknown_field(p, table, name);
        if (link->kind != CT_LINK_TO_ONE && link->kind != CT_LINK_HAS_ONE)
            return fail_at(p, name.data, "this relation leads to many rows, so that there is no one value");
        if (++depth == CT_ASK_DEPTH)
            return fail_at(p, name.data, "this leads through too many relations");
        table = link->other;
    }
}

/* "pk" by its own name. */
static void add_name(parser *p, ct_buffer *out, ct_str path)
{
    ct_str last;
    const ct_table *table = ct_ask_walk(p->ask->table, path, &last);
    ct_buffer_str(out, (ct_str){ path.data, path.length - last.length });
    const ct_column *column = column_named(table, last);
    bool key = ct_str_eq(last, CT_STR("pk")) && !ct_table_column(table, last);
    ct_buffer_str(out, key ? ct_str_of(column->field->name) : last);
}

static const char *read_names(parser *p, bool order)
{
    ct_buffer names = ct_buffer_in(p->arena);
    ct_str name;
    const char *begin = p->at;
    size_t count = 0;
    while (next_name(p, &name)) {
        bool descending = order && name.length > 1 && *name.data == '-';
        ct_str path = { name.data + descending, name.length - descending };
        if (!check_path(p, path))
            return NULL;
        if (count++ == 64) {
            fail_at(p, name.data, "these are too many names");
            return NULL;
        }
        ct_buffer_str(&names, count > 1 ? CT_STR(", ") : CT_STR(""));
        if (descending)
            ct_buffer_char(&names, '-');
        add_name(p, &names, path);
    }
    if (!count)
        fail_at(p, begin, "the name of a field is expected here");
    return ct_buffer_text(&names);
}

static int64_t read_number(parser *p)
{
    ct_str word = peek_word(p);
    int64_t number = 0;
    if (!ct_str_to_int64(word, &number) || number < 1)
        fail_at(p, p->at, "a number from 1 on is expected here");
    p->at += word.length;
    return number;
}

static bool read_clause(parser *p, ct_query_head *head)
{
    if (take_keyword(p, "order"))
        head->order_by = read_names(p, true);
    else if (take_keyword(p, "limit"))
        head->limit = read_number(p);
    else if (take_keyword(p, "offset"))
        head->offset = read_number(p);
    else if (take_keyword(p, "show"))
        p->ask->fields = read_names(p, false);
    else if (take_keyword(p, "count"))
        p->ask->count = true;
    else if (take_keyword(p, "distinct"))
        head->distinct = true;
    else
        return false;
    return true;
}

/* ---- the line ---- */

static const char *all_fields(parser *p)
{
    ct_buffer names = ct_buffer_in(p->arena);
    for (size_t i = 0; i < p->ask->table->column_count; i++) {
        const ct_column *column = &p->ask->table->columns[i];
        ct_buffer_printf(&names, "%s%s%s", i ? ", " : "", column->field->name,
                         ct_kind_is_ref(column->field->kind) ? "_id" : "");
    }
    return ct_buffer_text(&names);
}

static bool find_model(parser *p)
{
    ct_str name = peek_word(p);
    p->ask->table = ct_ask_table(p->graph, name);
    if (!p->ask->table) {
        const char *nearest = ct_ask_nearest_table(p->graph, p->arena, name);
        return fail_at(p, name.data,
                       ct_arena_printf(p->arena, "\"%.*s\" is not the name of one model%s%s%s",
                                       (int)CT_MIN(name.length, (size_t)80), name.data,
                                       nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                                       nearest ? "\"?" : ""));
    }
    p->at += name.length;
    return true;
}

static bool read_line(parser *p)
{
    if (!find_model(p))
        return false;
    list found = { 0 };
    ct_query_head head = { 0 };
    for (skip_blanks(p); *p->at && !p->failed; skip_blanks(p))
        if (!read_clause(p, &head) && !p->failed) {
            if (*p->at == ')')
                return fail_at(p, p->at, "there is no \"(\" to this \")\"");
            add(p, &found, read_any(p));
        }
    if (p->failed)
        return false;
    void *query = found.count ? combine(p, found.items, found.count, offsetof(ct_query_head, all))
                              : new_queries(p, p->ask->table, 1);
    head.all = ((const ct_query_head *)query)->all;
    memcpy(query, &head, sizeof(head));
    p->ask->query = query;
    if (!p->ask->fields)
        p->ask->fields = all_fields(p);
    return true;
}

bool ct_ask_read(const ct_graph *graph, ct_arena *arena, const char *line, ct_ask *ret, ct_error *error)
{
    *ret = (ct_ask){ 0 };
    *error = (ct_error){ 0 };
    parser p = { .graph = graph, .arena = arena, .ask = ret, .error = error, .line = line, .at = line };
    if (!ct_utf8_valid(line, strlen(line)))
        return fail_at(&p, line, "this is no valid UTF-8");
    return read_line(&p);
}
