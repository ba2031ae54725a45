/* Compiling a reading: the signature first, the text when it is not known yet.
 *
 *   SELECT <columns, of the model and of what .with joins> FROM <table t0> <joins>
 *   WHERE <conditions> AND <keys> AND <page> ORDER BY ... LIMIT ... FOR UPDATE ...
 *
 * What has been compiled is kept by the site, up to a bound; beyond it a statement is made each time and not prepared.
 * An entry is one block of the heap, so that the site can free it. */
#include "db/compile.h"
#include "db/given.h"
#include "db/kinds.h"
#include "db/order_text.h"
#include "db/outputs.h"
#include "net/work.h"

#include <stdlib.h>

#define MOST_STATEMENTS 4096
#define LONGEST_SIGNATURE 65536

/* A statement in parts, while it is written. */
typedef struct draft {
    ct_query_walk *walk;
    ct_scope *scope;
    ct_order order;
    ct_node nodes[CT_QUERY_NODES];
    size_t aliases[CT_QUERY_NODES]; /* of the nodes */
    size_t node_count;
    const char **later;
    size_t later_count, later_room;
} draft;

const ct_table *ct_table_of(ct *c, const ct_model *model, const ct_given *place)
{
    const ct_db_site *site = ct_work_databases(c);
    const ct_table *table = site ? ct_graph_table(&site->graph, model) : NULL;
    if (!table)
        ct_mistake(c, "%s:%d: the model %s is in no app: add it to .models = MODELS(...) of its app",
                   place ? place->file : model->file, place ? place->line : model->line, model->shape->name);
    return table;
}

/* The same for a place of the program, which keeps it for the next time. */
static const ct_table *table_at(ct *c, const ct_model *model, ct_given *given)
{
    const ct_db_site *site = ct_work_databases(c);
    const ct_table *table = given && site && given->site == site->number ? given->table : NULL;
    if (CT_LIKELY(table && table->model == model))
        return table;
    table = ct_table_of(c, model, given);
    if (given) {
        given->site = ct_work_databases(c)->number;
        given->table = table;
        given->plan = NULL;
    }
    return table;
}

ct_reading ct_reading_of(ct *c, const ct_model *model, const void *query, ct_given *given)
{
    if (given && given->shape != model->shape)
        ct_given_check(c, given, model->shape, false);
    ct_query_head head = ct_query_head_of(query);
    return (ct_reading){ .table = table_at(c, model, given),
                         .query = query,
                         .head = head,
                         .place = given,
                         .keyed = head.after || head.before || (given && given->paged),
                         .reversed = head.before && !head.after };
}

/* ---- the signature ---- */

/* The texts that are there, after a mark of which they are. */
static void mark_texts(ct_query_walk *walk, const ct_reading *r)
{
    const char *const texts[] = { r->head.order_by, r->head.with,        r->head.only, r->head.defer,
                                  r->head.having,   r->head.distinct_on, r->fields };
    size_t there = 0;
    for (size_t i = 0; i < CT_COUNT(texts); i++)
        there |= (size_t)(texts[i] != NULL) << i;
    ct_walk_mark(walk, there);
    for (size_t i = 0; there && i < CT_COUNT(texts); i++)
        if (texts[i])
            ct_buffer_append(&walk->signature, texts[i], strlen(texts[i]) + 1);
}

static void mark_options(ct_query_walk *walk, const ct_reading *r)
{
    const void *const pointers[] = { r->table, walk->sql->dialect, r->shape, r->in, r->through };
    ct_buffer_append(&walk->signature, pointers, sizeof(pointers));
    ct_walk_mark(walk, (size_t)r->form | (size_t)r->keyed << 4 | (size_t)r->reversed << 5 |
                           (size_t)(r->head.limit != 0) << 6 | (size_t)(r->head.offset != 0) << 7 |
                           (size_t)r->head.distinct << 8 | (size_t)(r->head.after != NULL) << 9 |
                           (size_t)(r->head.before != NULL) << 10 | (size_t)(r->query != NULL) << 11 |
                           (size_t)(r->head.lock & 15) << 12);
    mark_texts(walk, r);
}

static void check_options(ct_query_walk *walk, const ct_reading *r)
{
    ct *c = walk->sql->c;
    unsigned lock = r->head.lock;
    if (r->head.limit < 0 || r->head.offset < 0)
        ct_mistake(c, "%s: .%s is less than 0", ct_walk_place(walk), r->head.limit < 0 ? "limit" : "offset");
    if (r->head.only && r->head.defer)
        ct_mistake(c, "%s: .only and .defer together: one of them says it all", ct_walk_place(walk));
    if (r->head.having && r->form != CT_READ_AGGREGATE)
        ct_mistake(c, "%s: .having is an option of ct_aggregate(): conditions do the same here", ct_walk_place(walk));
    if (r->head.distinct_on && !walk->sql->dialect->distinct_on)
        ct_mistake(c, "%s: .distinct_on: %s does not have it", ct_walk_place(walk), walk->sql->dialect->name);
    if (!lock)
        return;
    if (lock > 15 || !(lock & (CT_FOR_UPDATE | CT_FOR_SHARE)) || (lock & 3) == 3 || (lock & 12) == 12)
        ct_mistake(c, "%s: .lock is CT_FOR_UPDATE or CT_FOR_SHARE, alone or with CT_NOWAIT or CT_SKIP_LOCKED",
                   ct_walk_place(walk));
    if (!ct_in_transaction(c))
        ct_mistake(c, "%s: .lock outside of a transaction locks nothing: put it into ct_atomic(c) { ... }",
                   ct_walk_place(walk));
}

/* ---- what both walks do ---- */

static void and_then(ct_query_walk *walk, size_t *count)
{
    if ((*count)++)
        ct_walk_add(walk, " AND ");
}

static void walk_keys(ct_query_walk *walk, const ct_scope *scope, const ct_reading *r)
{
    const ct_column *column = r->through ? r->through->through_from : r->in;
    const char *sql = NULL;
    if (walk->writing && scope)
        sql = ct_walk_column(walk, r->through ? scope->joins[0].alias : scope->alias, column);
    ct_walk_in(walk, sql, column, r->keys, r->key_count);
}

/* Conditions, keys and pages, as one condition; the number of its parts. */
static size_t walk_where(ct_query_walk *walk, ct_scope *scope, const ct_order *order)
{
    const ct_reading *r = walk->reading;
    size_t count = 0;
    if (r->query)
        count += ct_walk_conditions(walk, scope, scope ? scope->alias : 0, r->table, r->query, true);
    if (r->in || r->through) {
        and_then(walk, &count);
        walk_keys(walk, scope, r);
    }
    if (r->head.after) {
        and_then(walk, &count);
        ct_walk_page(walk, order, (const ct_row *)r->head.after, false);
    }
    if (r->head.before) {
        and_then(walk, &count);
        ct_walk_page(walk, order, (const ct_row *)r->head.before, true);
    }
    return count;
}

static void walk_limit(ct_query_walk *walk)
{
    const ct_query_head *head = &walk->reading->head;
    bool few = head->limit == 1 || head->limit == 2;
    ct_walk_mark(walk, few ? (size_t)head->limit : 0);
    if (few) { /* a plan for one row is another than one for any number */
        ct_walk_add(walk, head->limit == 1 ? " LIMIT 1" : " LIMIT 2");
    } else if (head->limit) {
        ct_walk_add(walk, " LIMIT ");
        ct_walk_parameter(walk, ct_value_of_int(head->limit), CT_KIND_integer);
    }
    if (head->offset) {
        ct_walk_add(walk, head->limit ? "" : " LIMIT 9223372036854775807");
        ct_walk_add(walk, " OFFSET ");
        ct_walk_parameter(walk, ct_value_of_int(head->offset), CT_KIND_integer);
    }
}

/* ---- columns and joined rows ---- */

static uint64_t named_columns(ct_query_walk *walk, const ct_table *table, const char *names, const char *what)
{
    uint64_t mask = 0;
    ct_str rest = ct_str_of(names), name;
    while (rest.data && (name = ct_order_part(&rest)).data) {
        const ct_column *column = ct_table_column(table, name);
        const ct_link *link = column ? NULL : ct_table_link(table, name);
        if (link)
            ct_mistake(walk->sql->c, "%s: %s: %s of %s has no column", ct_walk_place(walk), what, link->field->name,
                       table->label);
        if (!column)
            ct_scope_unknown(walk, table, name, what);
        mask |= column->mask;
    }
    return mask;
}

static void pick_columns(ct_query_walk *walk, ct_node *node, uint64_t missing)
{
    const ct_table *table = node->table;
    const ct_column **columns = ct_take(walk->sql->c, table->column_count * sizeof(const ct_column *));
    for (size_t i = 0; i < table->column_count; i++) {
        const ct_column *column = &table->columns[i];
        if (column->key || !(column->mask & missing))
            columns[node->column_count++] = column;
        else
            node->missing |= column->mask;
    }
    node->columns = columns;
    node->places = ct_places_of(walk->sql->c, columns, node->column_count);
}

/* The columns that the relations of .with begin with: without them nobody knows what is behind. */
static uint64_t linking_columns(ct_query_walk *walk, const ct_table *table, const char *with)
{
    uint64_t mask = 0;
    ct_str rest = ct_str_of(with);
    while (rest.data) {
        ct_str path = ct_str_next(&rest, ',');
        mask |= ct_scope_link(walk, table, ct_str_next(&path, '.'), ".with")->from->mask;
    }
    return mask;
}

static void begin_nodes(draft *d)
{
    const ct_query_head *head = &d->walk->reading->head;
    uint64_t missing = 0;
    if (head->only)
        missing = ~named_columns(d->walk, d->scope->table, head->only, ".only");
    else if (head->defer)
        missing = named_columns(d->walk, d->scope->table, head->defer, ".defer");
    if (missing && head->with)
        missing &= ~linking_columns(d->walk, d->scope->table, head->with);
    d->nodes[0] = (ct_node){ .table = d->scope->table };
    d->aliases[0] = d->scope->alias;
    d->node_count = 1;
    pick_columns(d->walk, &d->nodes[0], missing);
}

static size_t join_node(draft *d, size_t parent, const ct_link *link)
{
    for (size_t i = 1; i < d->node_count; i++)
        if (d->nodes[i].parent == parent && d->nodes[i].link == link)
            return i;
    ct_node *node = &d->nodes[d->node_count];
    *node = (ct_node){ .table = link->other, .link = link, .parent = parent };
    d->aliases[d->node_count] = ct_scope_join(d->walk, d->scope, d->aliases[parent], link, false);
    pick_columns(d->walk, node, 0);
    return d->node_count++;
}

static void load_later(draft *d, ct_str path)
{
    ct *c = d->walk->sql->c;
    char *copy = ct_arena_copy(ct_work_arena(c), path.data, path.length);
    if (d->later_count == d->later_room) {
        const char **more = ct_take(c, (2 * d->later_room + 8) * sizeof(*more));
        if (d->later_count)
            memcpy(more, d->later, d->later_count * sizeof(*more));
        d->later = more;
        d->later_room = 2 * d->later_room + 8;
    }
    if (!copy)
        ct_out_of_memory(c);
    d->later[d->later_count++] = copy;
}

/* Rows of one database can be joined, as far as there is room. */
static bool can_join(const draft *d, const ct_link *link)
{
    bool one = link->kind == CT_LINK_TO_ONE || link->kind == CT_LINK_HAS_ONE;
    return one && d->node_count < CT_QUERY_NODES && d->scope->join_count < CT_QUERY_JOINS &&
           strcmp(link->table->database, link->other->database) == 0;
}

/* "author.profile, tags": joined as long as each leads to one row; from there on loaded later. */
static void add_with(draft *d, ct_str path)
{
    const ct_table *table = d->walk->reading->table;
    ct_str rest = path;
    size_t node = 0;
    bool joined = true;
    while (rest.data) {
        ct_str name = ct_str_next(&rest, '.');
        const ct_link *link = ct_scope_link(d->walk, table, name, ".with");
        if (joined && can_join(d, link))
            node = join_node(d, node, link);
        else
            joined = false;
        table = link->other;
    }
    if (!joined)
        load_later(d, path);
}

static void add_withs(draft *d)
{
    const char *with = d->walk->reading->head.with;
    ct_str rest = ct_str_of(with ? with : "");
    while (with && rest.data) {
        ct_str path = ct_str_next(&rest, ',');
        add_with(d, path);
    }
}

/* ---- the text ---- */

static void write_rows(draft *d)
{
    ct_query_walk *walk = d->walk;
    const ct_link *through = walk->reading->through;
    const char *comma = "";
    ct_walk_add(walk, "SELECT ");
    if (walk->reading->head.distinct_on) {
        ct_str rest = ct_str_of(walk->reading->head.distinct_on);
        ct_walk_add(walk, "DISTINCT ON (");
        for (size_t i = 0; rest.data && ct_order_part(&rest).data; i++) {
            ct_walk_add(walk, i ? ", " : "");
            ct_walk_add(walk, d->order.terms[i].sql);
        }
        ct_walk_add(walk, ") ");
    }
    if (through) {
        ct_walk_add(walk, ct_walk_column(walk, d->scope->joins[0].alias, through->through_from));
        comma = ", ";
    }
    for (size_t n = 0; n < d->node_count; n++)
        for (size_t i = 0; i < d->nodes[n].column_count; i++) {
            ct_walk_add(walk, comma);
            ct_walk_add(walk, ct_walk_column(walk, d->aliases[n], d->nodes[n].columns[i]));
            comma = ", ";
        }
}

static void write_lock(ct_query_walk *walk)
{
    unsigned lock = walk->reading->head.lock;
    if (!lock || !walk->sql->dialect->row_locks)
        return;
    ct_walk_add(walk, lock & CT_FOR_SHARE ? " FOR SHARE OF t0" : " FOR UPDATE OF t0");
    ct_walk_add(walk, lock & CT_NOWAIT ? " NOWAIT" : lock & CT_SKIP_LOCKED ? " SKIP LOCKED" : "");
}

/* What is counted: all rows, or those that a part of them has. */
static bool counts_part(const ct_reading *r)
{
    return r->head.limit || r->head.offset || r->head.distinct_on;
}

static void write_select(draft *d, ct_compiled *compiled, ct_buffer *group)
{
    ct_query_walk *walk = d->walk;
    const ct_reading *r = walk->reading;
    switch (r->form) {
    case CT_READ_ROWS:
        write_rows(d);
        break;
    case CT_READ_COUNT:
        if (counts_part(r)) {
            ct_walk_add(walk, "SELECT count(*) FROM (");
            write_rows(d);
        } else {
            ct_walk_add(walk, "SELECT count(*)");
        }
        break;
    case CT_READ_EXISTS:
        ct_walk_add(walk, "SELECT 1");
        break;
    case CT_READ_VALUES:
    case CT_READ_AGGREGATE:
        ct_write_outputs(walk, d->scope, compiled, group);
        break;
    }
}

/* What is not in the values that are told apart has no place in their order; that of the model gives way. */
static void check_distinct(draft *d, const ct_compiled *compiled)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->order.count; i++) {
        size_t o = 0;
        while (o < compiled->output_count && strcmp(compiled->outputs[o].sql, d->order.terms[i].sql) != 0)
            o++;
        if (o < compiled->output_count)
            d->order.terms[kept++] = d->order.terms[i];
        else if (d->walk->reading->head.order_by)
            ct_mistake(d->walk->sql->c,
                       "%s: .order_by: %.*s is not among the values that .distinct tells apart: add it "
                       "to the fields",
                       ct_walk_place(d->walk), CT_STR_ARG(d->order.terms[i].path));
    }
    d->order.count = kept;
}

/* The second walk: conditions aside first, for they say what is joined. */
static void write_statement(draft *d, ct_compiled *compiled)
{
    ct_query_walk *walk = d->walk;
    const ct_reading *r = walk->reading;
    bool rows = r->form == CT_READ_ROWS || (r->form == CT_READ_COUNT && counts_part(r));
    bool ordered = rows || r->form == CT_READ_VALUES || r->form == CT_READ_AGGREGATE || r->head.after || r->head.before;
    ct_buffer text = walk->sql->text, group = ct_buffer_in(ct_work_arena(walk->sql->c));
    walk->sql->text = ct_buffer_in(ct_work_arena(walk->sql->c));
    if (ordered && r->form != CT_READ_AGGREGATE)
        ct_order_read(walk, d->scope, &d->order);
    size_t parts = walk_where(walk, d->scope, &d->order);
    const char *where = ct_buffer_text(&walk->sql->text);
    walk->sql->text = text;
    begin_nodes(d);
    if (r->form == CT_READ_ROWS)
        add_withs(d);
    ct_walk_add(walk, r->head.having ? "SELECT * FROM (" : "");
    write_select(d, compiled, &group);
    ct_scope_from(walk, d->scope, &walk->sql->text);
    if (parts) {
        ct_walk_add(walk, " WHERE ");
        ct_walk_add(walk, where);
    }
    if (group.length)
        ct_walk_add(walk, ct_buffer_text(&group));
    if (r->head.having) {
        ct_walk_add(walk, ") AS t WHERE (");
        ct_walk_add(walk, r->head.having);
        ct_walk_add(walk, ")");
    }
    if (r->form == CT_READ_VALUES && r->head.distinct)
        check_distinct(d, compiled);
    if (r->form == CT_READ_AGGREGATE)
        ct_order_outputs(walk, compiled);
    else if (ordered && r->form != CT_READ_EXISTS && (r->form != CT_READ_COUNT || counts_part(r)))
        ct_order_write(walk, &d->order, r->reversed);
    walk_limit(walk);
    if (r->form == CT_READ_COUNT && counts_part(r))
        ct_walk_add(walk, ") AS t");
    if (r->form == CT_READ_ROWS)
        write_lock(walk);
}

/* ---- the cache ---- */

/* Copies into a block; `at` moves on. */
static void *put(char **at, const void *data, size_t size)
{
    void *copy = memcpy(*at, data, size);
    *at += (size + 15) & ~(size_t)15;
    return copy;
}

static size_t room(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static size_t room_of(const ct_compiled *from)
{
    size_t size = room(sizeof(*from)) + room(strlen(from->sql) + 1) + room(from->signature.length) +
                  room(from->node_count * sizeof(*from->nodes)) + room(from->later_count * sizeof(char *)) +
                  room(from->output_count * sizeof(*from->outputs));
    for (size_t i = 0; i < from->node_count; i++)
        size += room(from->nodes[i].column_count * sizeof(const ct_column *)) +
                room(from->nodes[i].column_count * sizeof(ct_db_place));
    for (size_t i = 0; i < from->later_count; i++)
        size += room(strlen(from->later[i]) + 1);
    for (size_t i = 0; i < from->output_count; i++)
        size += room(strlen(from->outputs[i].name) + 1);
    return size;
}

/* The same in one block of the heap. */
static ct_compiled *keep(const ct_compiled *from)
{
    char *at = ct_xmalloc(room_of(from));
    ct_compiled *kept = put(&at, from, sizeof(*from));
    kept->sql = put(&at, from->sql, strlen(from->sql) + 1);
    kept->signature.data = put(&at, from->signature.data, from->signature.length);
    kept->nodes = put(&at, from->nodes, from->node_count * sizeof(*from->nodes));
    for (size_t i = 0; i < from->node_count; i++) {
        const ct_node *node = &from->nodes[i];
        kept->nodes[i].columns = put(&at, node->columns, node->column_count * sizeof(const ct_column *));
        kept->nodes[i].places = put(&at, node->places, node->column_count * sizeof(*node->places));
    }
    const char **later = put(&at, from->later ? (const void *)from->later : "", from->later_count * sizeof(*later));
    for (size_t i = 0; i < from->later_count; i++)
        later[i] = put(&at, from->later[i], strlen(from->later[i]) + 1);
    kept->later = later;
    kept->outputs =
        put(&at, from->outputs ? (const void *)from->outputs : "", from->output_count * sizeof(*from->outputs));
    for (size_t i = 0; i < from->output_count; i++)
        kept->outputs[i].name = put(&at, from->outputs[i].name, strlen(from->outputs[i].name) + 1);
    return kept;
}

static const ct_compiled *compile(ct *c, ct_query_walk *walk, ct_str signature)
{
    draft *d = ct_take(c, sizeof(*d));
    ct_compiled *compiled = ct_take(c, sizeof(*compiled));
    ct_scope *scope = ct_take(c, sizeof(*scope));
    const ct_reading *r = walk->reading;
    *scope = (ct_scope){ .table = r->table };
    *d = (draft){ .walk = walk, .scope = scope };
    *compiled = (ct_compiled){ .signature = signature };
    walk->writing = true;
    walk->sql->count = 0;
    walk->sql->text = ct_buffer_in(ct_work_arena(c));
    if (r->through)
        ct_scope_between(walk, scope, r->through);
    write_statement(d, compiled);
    compiled->sql = ct_sql_statement(walk->sql, true).sql;
    compiled->id = ct_hash(compiled->sql, strlen(compiled->sql)) | 1;
    compiled->parameters = walk->sql->count;
    compiled->nodes = d->nodes;
    compiled->node_count = d->node_count;
    compiled->later = d->later;
    compiled->later_count = d->later_count;
    ct_db_site *site = ct_work_databases(c);
    compiled->once = site->statements.count >= MOST_STATEMENTS;
    if (compiled->once)
        return compiled;
    ct_compiled *kept = keep(compiled);
    ct_strmap_set(&site->statements, kept->signature, kept);
    return kept;
}

/* What the same place has asked before is mostly what it asks now. */
static const ct_compiled *find(ct *c, ct_query_walk *walk, ct_str signature)
{
    const ct_db_site *site = ct_work_databases(c);
    ct_given *place = walk->reading->place;
    bool known = place && place->site == site->number;
    const ct_compiled *compiled = known ? place->plan : NULL;
    if (compiled && ct_str_eq(compiled->signature, signature))
        return compiled;
    compiled = ct_strmap_get(&site->statements, signature);
    if (!compiled)
        compiled = compile(c, walk, signature);
    if (known && !compiled->once)
        place->plan = compiled;
    return compiled;
}

const ct_compiled *ct_query_compile(ct *c, ct_query_walk *walk, const ct_reading *reading, const ct_db_entry *entry)
{
    ct_sql *sql = walk->sql;
    sql->c = c;
    sql->dialect = entry->driver->dialect;
    walk->reading = reading;
    walk->place = reading->place;
    check_options(walk, reading);
    mark_options(walk, reading);
    ct_order order;
    order.count = 0;
    if (reading->head.after || reading->head.before) {
        ct_scope *scope = ct_take(c, sizeof(*scope));
        *scope = (ct_scope){ .table = reading->table };
        ct_order_read(walk, scope, &order);
    }
    walk_where(walk, NULL, &order);
    walk_limit(walk);
    if (walk->signature.failed)
        ct_out_of_memory(c);
    if (walk->signature.length > LONGEST_SIGNATURE)
        ct_mistake(c, "%s: a query of too many conditions", ct_walk_place(walk));
    ct_str signature = { walk->signature.data, walk->signature.length };
    return find(c, walk, signature);
}
