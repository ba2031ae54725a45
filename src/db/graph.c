/* The graph of models: tables, columns and links, made of what the apps declare.
 *
 *   1. every model becomes a table with its columns and keys
 *   2. ref, one_to_one and many_to_many become links; a many_to_many without a model makes a table of its own
 *   3. has_many and has_one become links that are the reverse of those
 *   4. each table learns which columns refer to it
 *
 * A mistake becomes a problem and what depends on it is left out, so that one run tells all of them. Nothing here knows
 * a database: that names fit into one and values fit their fields is db/graph_check.c, looking things up is
 * db/table.c. */
#include "db/graph.h"

#include "base/nearest.h"
#include "db/graph_build.h"
#include "db/kinds.h"

#include <stdio.h>

/* What the graph is made in has no limit, so that nothing here has to ask for NULL. */
static void *take(ct_graph_builder *b, size_t size)
{
    void *block = ct_arena_zalloc(b->arena, CT_MAX(size, 1));
    if (!block)
        ct_die("no memory for the models");
    return block;
}

static const char *printed(ct_graph_builder *b, const char *format, ...) CT_PRINTF(2, 3);
static const char *printed(ct_graph_builder *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = ct_arena_vprintf(b->arena, format, args);
    va_end(args);
    if (!text)
        ct_die("no memory for the models");
    return text;
}

static const char *lower(ct_graph_builder *b, const char *name)
{
    char *copy = ct_arena_copy(b->arena, name, strlen(name));
    if (!copy)
        ct_die("no memory for the models");
    for (char *ch = copy; *ch; ch++)
        *ch = ct_ascii_lower(*ch);
    return copy;
}

void ct_graph_problem(ct_graph_builder *b, const ct_table *table, const ct_field *field, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    ct_vsay(text, sizeof(text), format, args);
    va_end(args);
    const ct_model *model = table->model;
    if (field)
        ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s:%d: model %s, field %s: %s", model->file, model->line,
                        model->shape->name, field->name, text);
    else
        ct_problems_add(b->problems, CT_PROBLEM_ERROR, "%s:%d: model %s: %s", model->file, model->line,
                        model->shape->name, text);
}

/* ---- tables and columns ---- */

static void fill_column(ct_graph_builder *b, ct_column *column, const ct_shape *shape, size_t at)
{
    const ct_field *field = &shape->fields[at];
    *column = (ct_column){ .field = field,
                           .kind = ct_kind_of_key(field->kind),
                           .mask = at < shape->unmasked ? 0 : UINT64_C(1) << (at - shape->unmasked),
                           .null = field->null,
                           .key = field->primary_key };
    if (field->column)
        column->name = field->column;
    else
        column->name = ct_kind_is_ref(field->kind) ? printed(b, "%s_id", field->name) : field->name;
}

static void fill_columns(ct_graph_builder *b, ct_table *table)
{
    const ct_shape *shape = table->model->shape;
    ct_column *columns = take(b, shape->field_count * sizeof(*columns));
    const ct_column **keys = take(b, shape->field_count * sizeof(const ct_column *));
    table->columns = columns;
    table->keys = keys;
    for (size_t i = 0; i < shape->field_count; i++) {
        if (!ct_kind_has_column(shape->fields[i].kind))
            continue;
        ct_column *column = &columns[table->column_count];
        fill_column(b, column, shape, i);
        column->index = table->column_count++;
        if (column->key)
            keys[table->key_count++] = column;
        table->has_json |= column->kind == CT_KIND_json;
    }
    table->generated_key = table->key_count == 1 && keys[0]->field->kind == CT_KIND_integer;
    if (!table->key_count)
        ct_graph_problem(b, table, NULL,
                         "it has no primary key: give the field that is one .primary_key = true, or "
                         "declare it with CT_MODEL, which adds an id");
}

const char *ct_graph_usual_table(ct_arena *arena, const char *app, const char *model)
{
    size_t length = strlen(app);
    char *table = ct_arena_printf(arena, "%s_%s", app, model);
    for (char *at = table; *at; at++)
        *at = *at == '-' && at < table + length ? '_' : ct_ascii_lower(*at);
    return table;
}

static void add_model(ct_graph_builder *b, const char *app, const ct_model *model)
{
    const ct_table *other = ct_graph_table(b->graph, model);
    ct_table *table = &b->tables[b->graph->table_count];
    *table = (ct_table){ .model = model, .app = app, .database = model->database ? model->database : "default" };
    table->label = printed(b, "%s.%s", app, model->shape->name);
    if (other) {
        bool twice = strcmp(other->app, app) == 0;
        ct_graph_problem(b, table, NULL,
                         twice ? "it stands in .models of the app %s twice"
                               : "it stands in .models of the app %s and of the app %s: one of them has it",
                         other->app, app);
        return;
    }
    table->name = model->table ? model->table : ct_graph_usual_table(b->arena, app, model->shape->name);
    b->graph->table_count++;
    const ct_model **key = take(b, sizeof(const ct_model *));
    *key = model;
    ct_strmap_set(&b->graph->by_model, (ct_str){ (const char *)key, sizeof(*key) }, table);
    ct_strmap_set(&b->graph->by_label, ct_str_of(table->label), table);
    fill_columns(b, table);
}

static bool makes_table(const ct_field *field)
{
    return field->kind == CT_KIND_many_to_many && !field->through;
}

/* Models, and the tables that many_to_many fields of theirs may make. */
static size_t count_tables(const ct_graph_app *apps, size_t app_count)
{
    size_t count = 0;
    for (size_t a = 0; a < app_count; a++)
        for (const ct_model_row *row = apps[a].models; row && row->model; row++) {
            count++;
            for (size_t f = 0; f < row->model->shape->field_count; f++)
                count += makes_table(&row->model->shape->fields[f]);
        }
    return count;
}

/* ---- links ---- */

/* The table that a field refers to; NULL, and a problem, where there is none. */
static const ct_table *table_of(ct_graph_builder *b, const ct_table *table, const ct_field *field, const ct_shape *to)
{
    const ct_table *other = to->model ? ct_graph_table(b->graph, to->model) : NULL;
    if (!to->model)
        ct_graph_problem(b, table, field, "%s is a shape and no model", to->name);
    else if (!other)
        ct_graph_problem(b, table, field, "%s is in no app: add it to .models = MODELS(...) of its app", to->name);
    else if (strcmp(other->database, table->database) != 0 && !field->no_constraint)
        ct_graph_problem(b, table, field,
                         "%s lives in the database \"%s\" and this model in \"%s\", and no database checks a "
                         "reference into another one: add .no_constraint = true",
                         to->name, other->database, table->database);
    return other;
}

static const ct_column *only_key(ct_graph_builder *b, const ct_table *table, const ct_field *field,
                                 const ct_table *other)
{
    if (other->key_count == 1)
        return other->keys[0];
    if (other->key_count > 1)
        ct_graph_problem(b, table, field, "%s has a key of %zu columns, which one column cannot refer to",
                         other->model->shape->name, other->key_count);
    return NULL;
}

/* A ref holds the key of the other model: integer, uuid or text. */
static bool check_key_kind(ct_graph_builder *b, const ct_table *table, const ct_field *field, const ct_column *key,
                           const ct_shape *to)
{
    ct_kind of_field = ct_kind_of_key(field->kind), of_key = ct_kind_is_text(key->kind) ? CT_KIND_text : key->kind;
    if (of_field == of_key)
        return true;
    bool one = field->kind == CT_KIND_one_to_one || field->kind == CT_KIND_one_to_one_uuid ||
               field->kind == CT_KIND_one_to_one_text;
    const char *base = one ? "one_to_one" : "ref";
    if (of_key == CT_KIND_integer)
        ct_graph_problem(b, table, field, "the key of %s is an integer: declare it as (%s, %s, %s, ...)", to->name,
                         base, field->name, to->name);
    else if (of_key == CT_KIND_uuid || of_key == CT_KIND_text)
        ct_graph_problem(b, table, field, "the key of %s is of kind %s: declare it as (%s_%s, %s, %s, ...)", to->name,
                         ct_kind_name(of_key), base, ct_kind_name(of_key), field->name, to->name);
    else
        ct_graph_problem(b, table, field,
                         "the key of %s is of kind %s; only keys that are integers, UUIDs or text can be referred to",
                         to->name, ct_kind_name(of_key));
    return false;
}

static ct_link *add_link(ct_table *table)
{
    ct_link *links = (ct_link *)table->links;
    return &links[table->link_count++];
}

static void add_to_one(ct_graph_builder *b, ct_table *table, const ct_field *field)
{
    const ct_table *other = table_of(b, table, field, field->to);
    const ct_column *key = other ? only_key(b, table, field, other) : NULL;
    if (!key || !check_key_kind(b, table, field, key, field->to))
        return;
    ct_column *column = (ct_column *)ct_table_column_at(table, field->offset);
    ct_link *link = add_link(table);
    *link =
        (ct_link){ .field = field, .kind = CT_LINK_TO_ONE, .table = table, .other = other, .from = column, .to = key };
    column->link = link;
}

/* The table that a many_to_many without a model has: id and the keys of both sides. */
static const ct_table *make_through(ct_graph_builder *b, const ct_table *table, const ct_field *field,
                                    const ct_table *other)
{
    ct_table *through = &b->tables[b->graph->table_count++];
    const char *name = lower(b, table->model->shape->name), *other_name = lower(b, other->model->shape->name);
    bool alike = strcmp(name, other_name) == 0;
    *through = (ct_table){ .app = table->app,
                           .database = table->database,
                           .label = printed(b, "%s.%s.%s", table->app, table->model->shape->name, field->name),
                           .name = field->through_table,
                           .column_count = 3,
                           .key_count = 1,
                           .generated_key = true,
                           .owner = field };
    if (!through->name)
        through->name = lower(b, printed(b, "%s_%s", table->name, field->name));
    ct_column *columns = take(b, 3 * sizeof(*columns));
    const ct_column **keys = take(b, sizeof(const ct_column *));
    columns[0] = (ct_column){ .name = "id", .kind = CT_KIND_integer, .key = true };
    columns[1] = (ct_column){ .name = printed(b, "%s%s_id", alike ? "from_" : "", name),
                              .kind = ct_kind_of_key(table->keys[0]->kind),
                              .index = 1 };
    columns[2] = (ct_column){ .name = printed(b, "%s%s_id", alike ? "to_" : "", other_name),
                              .kind = ct_kind_of_key(other->keys[0]->kind),
                              .index = 2 };
    keys[0] = columns;
    through->columns = columns;
    through->keys = keys;
    ct_link *links = take(b, 2 * sizeof(*links));
    links[0] = (ct_link){
        .kind = CT_LINK_TO_ONE, .table = through, .other = table, .from = &columns[1], .to = table->keys[0]
    };
    links[1] = (ct_link){
        .kind = CT_LINK_TO_ONE, .table = through, .other = other, .from = &columns[2], .to = other->keys[0]
    };
    columns[1].link = &links[0];
    columns[2].link = &links[1];
    through->links = links;
    through->link_count = 2;
    ct_strmap_set(&b->graph->by_label, ct_str_of(through->label), through);
    return through;
}

/* The column of a model in between that refers to `to`, but for `not`; several are a problem. The two columns of a
 * model that refers to one and the same twice are taken in their order. */
static const ct_column *through_column(ct_graph_builder *b, const ct_table *table, const ct_field *field,
                                       const ct_table *through, const ct_table *to, const ct_column * not )
{
    const ct_column *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < through->column_count; i++) {
        const ct_column *column = &through->columns[i];
        if (column == not || !ct_kind_is_ref(column->field->kind) || column->field->to != to->model->shape)
            continue;
        found = found ? found : column;
        count++;
    }
    size_t most = table == to && !not ? 2 : 1;
    if (!count)
        ct_graph_problem(b, table, field, "%s, through which it goes, has no ref to %s", through->model->shape->name,
                         to->model->shape->name);
    else if (count > most)
        ct_graph_problem(b, table, field, "%s, through which it goes, has %zu refs to %s, and only %zu can be meant",
                         through->model->shape->name, count, to->model->shape->name, most);
    return count && count <= most ? found : NULL;
}

static void add_many_to_many(ct_graph_builder *b, ct_table *table, const ct_field *field)
{
    const ct_table *other = table_of(b, table, field, field->to), *through;
    const ct_column *from, *to;
    if (!other || !only_key(b, table, field, table) || !only_key(b, table, field, other))
        return;
    if (field->through) {
        through = table_of(b, table, field, field->through);
        from = through ? through_column(b, table, field, through, table, NULL) : NULL;
        to = from ? through_column(b, table, field, through, other, from) : NULL;
        if (!to)
            return;
    } else {
        through = make_through(b, table, field, other);
        from = &through->columns[1];
        to = &through->columns[2];
    }
    *add_link(table) = (ct_link){ .field = field,
                                  .kind = CT_LINK_MANY_TO_MANY,
                                  .table = table,
                                  .other = other,
                                  .from = table->keys[0],
                                  .to = other->keys[0],
                                  .through = through,
                                  .through_from = from,
                                  .through_to = to };
}

/* ---- the other side ---- */

static const ct_field *field_named(const ct_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}

/* A field of `to` that refers to this model, for a message; NULL: none does. */
static const ct_field *field_back(const ct_shape *to, const ct_shape *shape)
{
    for (size_t i = 0; i < to->field_count; i++) {
        ct_kind kind = to->fields[i].kind;
        if ((ct_kind_is_ref(kind) || kind == CT_KIND_many_to_many) && to->fields[i].to == shape)
            return &to->fields[i];
    }
    return NULL;
}

/* The link that a has_many or has_one is the other side of; NULL, and a problem, where there is none. */
static ct_link *forward_link(ct_graph_builder *b, const ct_table *table, const ct_field *field, const ct_table *other)
{
    const ct_shape *shape = table->model->shape, *to = field->to;
    const ct_field *by = field_named(to, field->by), *back = field_back(to, shape);
    if (!by) {
        const char *nearest = ct_table_nearest(other, ct_str_of(field->by));
        ct_graph_problem(b, table, field, "%s has no field %s%s%s%s", to->name, field->by,
                         nearest ? "; did you mean "
                         : back  ? "; the one that refers here is "
                                 : ", and none that refers here",
                         nearest ? nearest
                         : back  ? back->name
                                 : "",
                         nearest ? "?" : "");
        return NULL;
    }
    bool one =
        by->kind == CT_KIND_one_to_one || by->kind == CT_KIND_one_to_one_uuid || by->kind == CT_KIND_one_to_one_text;
    if (!ct_kind_is_ref(by->kind) && by->kind != CT_KIND_many_to_many)
        ct_graph_problem(b, table, field, "%s of %s is of kind %s and refers to nothing%s%s", by->name, to->name,
                         ct_kind_name(by->kind), back ? "; the one that refers here is " : "", back ? back->name : "");
    else if (by->to != shape)
        ct_graph_problem(b, table, field, "%s of %s refers to %s and not to %s%s%s", by->name, to->name, by->to->name,
                         shape->name, back ? "; the one that refers here is " : "", back ? back->name : "");
    else if (field->kind == CT_KIND_has_one && !one)
        ct_graph_problem(b, table, field,
                         "%s of %s is of kind %s, so that there may be many: make it a one_to_one, or this one a "
                         "has_many",
                         by->name, to->name, ct_kind_name(by->kind));
    else if (field->kind == CT_KIND_has_many && one)
        ct_graph_problem(b, table, field, "%s of %s is a one_to_one: this one is a has_one then", by->name, to->name);
    else
        return (ct_link *)ct_table_link_at(other, by->link);
    return NULL;
}

static void add_reverse(ct_graph_builder *b, ct_table *table, const ct_field *field)
{
    const ct_table *other = table_of(b, table, field, field->to);
    ct_link *forward = other ? forward_link(b, table, field, other) : NULL;
    if (!forward)
        return;
    ct_link *link = add_link(table);
    *link = (ct_link){ .field = field, .table = table, .other = other, .reverse = forward };
    if (forward->kind == CT_LINK_MANY_TO_MANY) {
        link->kind = CT_LINK_MANY_TO_MANY;
        link->from = forward->to;
        link->to = forward->from;
        link->through = forward->through;
        link->through_from = forward->through_to;
        link->through_to = forward->through_from;
    } else {
        link->kind = field->kind == CT_KIND_has_one ? CT_LINK_HAS_ONE : CT_LINK_HAS_MANY;
        link->from = forward->to;
        link->to = forward->from;
    }
    if (forward->reverse)
        ct_graph_problem(b, table, field, "%s.%s has its other side in the field %s already", other->label, field->by,
                         forward->reverse->field->name);
    forward->reverse = link;
}

static void add_links(ct_graph_builder *b, bool reverse)
{
    size_t count = b->graph->table_count; /* without those that are made here */
    for (size_t t = 0; t < count; t++) {
        ct_table *table = &b->tables[t];
        if (!table->model)
            continue;
        const ct_shape *shape = table->model->shape;
        if (!table->links)
            table->links = take(b, shape->field_count * sizeof(ct_link));
        for (size_t i = 0; i < shape->field_count; i++) {
            const ct_field *field = &shape->fields[i];
            if (!reverse && ct_kind_is_ref(field->kind))
                add_to_one(b, table, field);
            else if (!reverse && field->kind == CT_KIND_many_to_many)
                add_many_to_many(b, table, field);
            else if (reverse && (field->kind == CT_KIND_has_many || field->kind == CT_KIND_has_one))
                add_reverse(b, table, field);
        }
    }
}

/* ---- who refers to a table ---- */

static void find_referrers(ct_graph_builder *b, ct_table *to)
{
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        const ct_column **columns = NULL;
        const ct_table **tables = NULL;
        if (round == 1) {
            columns = take(b, count * sizeof(const ct_column *));
            tables = take(b, count * sizeof(const ct_table *));
            to->referrers = columns;
            to->referrer_tables = tables;
        }
        count = 0;
        for (size_t t = 0; t < b->graph->table_count; t++) {
            const ct_table *table = &b->tables[t];
            for (size_t i = 0; i < table->column_count; i++) {
                if (!table->columns[i].link || table->columns[i].link->other != to)
                    continue;
                if (round == 1) {
                    columns[count] = &table->columns[i];
                    tables[count] = table;
                }
                count++;
            }
        }
        to->referrer_count = count;
    }
}

bool ct_graph_build(ct_graph *graph, const ct_graph_app *apps, size_t app_count, ct_arena *arena, ct_problems *problems)
{
    size_t errors = problems->errors;
    ct_graph_builder b = { .graph = graph, .arena = arena, .problems = problems };
    *graph = (ct_graph){ 0 };
    ct_strmap_init(&graph->by_label, arena);
    ct_strmap_init(&graph->by_model, arena);
    size_t most = count_tables(apps, app_count);
    b.tables = take(&b, most * sizeof(*b.tables));
    for (size_t a = 0; a < app_count; a++)
        for (const ct_model_row *row = apps[a].models; row && row->model; row++)
            add_model(&b, apps[a].name, row->model);
    add_links(&b, false);
    add_links(&b, true);
    const ct_table **tables = take(&b, most * sizeof(const ct_table *));
    for (size_t t = 0; t < graph->table_count; t++) {
        find_referrers(&b, &b.tables[t]);
        tables[t] = &b.tables[t];
    }
    graph->tables = tables;
    ct_graph_check(&b);
    return problems->errors == errors;
}
