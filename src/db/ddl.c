/* What both dialects share: scripts, quoting, the names of indexes and constraints, the description of a state as
 * tables, and the pairing of what was before with what is to be. */
#include "db/ddl.h"

#include <stdarg.h>
#include <stdio.h>

#define MOST_NAME 63 /* bytes, of PostgreSQL; SQLite does not mind */

/* ---- scripts ---- */

ct_script ct_script_begin(ct_arena *arena, const ct_ddl *ddl, const char *database)
{
    return (ct_script){ .arena = arena, .ddl = ddl, .database = database ? database : "default" };
}

void ct_script_step(ct_script *script, ct_step step)
{
    script->steps = ct_arena_grown(script->arena, script->steps, script->count, sizeof step, 8);
    script->steps[script->count++] = step;
}

void ct_script_add(ct_script *script, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *sql = ct_arena_vprintf(script->arena, format, args);
    va_end(args);
    ct_script_step(script, (ct_step){ .kind = CT_STEP_SQL, .sql = sql });
}

void ct_script_add_heavy(ct_script *script, ct_step_impact impact, const char *table, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *sql = ct_arena_vprintf(script->arena, format, args);
    va_end(args);
    ct_script_step(script, (ct_step){ .kind = CT_STEP_SQL, .sql = sql, .impact = impact, .table = table });
}

/* ---- text ---- */

const char *ct_ddl_quoted(ct_arena *arena, const char *name)
{
    ct_buffer out = ct_buffer_in(arena);
    ct_buffer_char(&out, '"');
    for (; *name; name++) {
        if (*name == '"')
            ct_buffer_char(&out, '"');
        ct_buffer_char(&out, *name);
    }
    ct_buffer_char(&out, '"');
    return ct_buffer_text(&out);
}

void ct_ddl_text(ct_buffer *out, const char *text)
{
    ct_buffer_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            ct_buffer_char(out, '\'');
        ct_buffer_char(out, *text);
    }
    ct_buffer_char(out, '\'');
}

const char *ct_ddl_action(ct_on_delete on_delete)
{
    switch (on_delete) {
    case CT_DB_CASCADE:
        return "CASCADE";
    case CT_DB_SET_NULL:
        return "SET NULL";
    case CT_DB_SET_DEFAULT:
        return "SET DEFAULT";
    case CT_DB_RESTRICT:
        return "RESTRICT";
    default:
        return NULL;
    }
}

/* ---- names ---- */

/* The same in every process and version: FNV-1a. */
static uint32_t digest(const char *text, uint32_t hash)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* "polls_choice_question_id_1a2b3c4d_fk" */
static const char *made_name(ct_arena *arena, const char *table, const char *what, const char *suffix)
{
    uint32_t hash = digest(suffix, digest("|", digest(what, digest("|", digest(table, 2166136261u)))));
    size_t room = MOST_NAME - strlen(suffix) - 10;
    ct_buffer front = ct_buffer_in(arena);
    ct_buffer_printf(&front, "%s_", table);
    for (const char *at = what; *at; at++) {
        bool word =
            *at == '_' || (*at >= '0' && *at <= '9') || (ct_ascii_lower(*at) >= 'a' && ct_ascii_lower(*at) <= 'z');
        if (word || (front.length && front.data[front.length - 1] != '_'))
            ct_buffer_char(&front, word ? *at : '_');
    }
    size_t length = CT_MIN(front.length, room);
    while (length && length < front.length && (front.data[length] & 0xC0) == 0x80) /* whole characters of UTF-8 */
        length--;
    while (length && front.data[length - 1] == '_')
        length--;
    return ct_arena_printf(arena, "%.*s_%08x_%s", (int)length, ct_buffer_text(&front), (unsigned)hash, suffix);
}

/* An option of an index that tells it from others on the same fields. */
static void add_part(ct_buffer *out, const char *part)
{
    if (part)
        ct_buffer_printf(out, "|%s", part);
}

static const ct_field *field_named(const ct_state_model *model, ct_str name)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (ct_str_eq(ct_str_of(model->fields[i].name), name))
            return &model->fields[i];
    /* "question_id" of a ref is its column */
    for (size_t i = 0; i < model->field_count; i++)
        if (ct_field_is_ref(&model->fields[i]) && name.length == strlen(model->fields[i].name) + 3 &&
            memcmp(name.data, model->fields[i].name, name.length - 3) == 0 && ct_str_ends(name, CT_STR("_id")))
            return &model->fields[i];
    return NULL;
}

static const char *column_of(ct_arena *arena, const ct_state_model *model, ct_str name)
{
    const ct_field *field = field_named(model, name);
    const char *column = field ? ct_state_column(arena, field) : NULL;
    return column ? column : ct_arena_copy(arena, name.data, name.length);
}

/* The columns of a list of fields as in CREATE INDEX. A name of no field is a column's. Where NULLs stand in an index
 * SQLite cannot be told, and needs not. */
static const char *columns_of(const ct_ddl *ddl, ct_arena *arena, const ct_state_model *model, const char *fields)
{
    ct_buffer out = ct_buffer_in(arena);
    ct_str rest = ct_str_of(fields);
    ct_state_name part;
    while (ct_state_next_name(&rest, &part)) {
        const char *column = column_of(arena, model, part.name);
        const char *nulls =
            part.nulls && ddl == &ct_ddl_postgres ? part.nulls < 0 ? " NULLS FIRST" : " NULLS LAST" : "";
        ct_buffer_printf(&out, "%s%s%s%s", out.length ? ", " : "",
                         *column == '(' ? column : ct_ddl_quoted(arena, column), part.descending ? " DESC" : "", nulls);
    }
    return ct_buffer_text(&out);
}

/* The same for the name of an index. */
static const char *words_of(ct_arena *arena, const ct_state_model *model, const char *fields)
{
    ct_buffer out = ct_buffer_in(arena);
    ct_str rest = ct_str_of(fields);
    ct_state_name part;
    while (ct_state_next_name(&rest, &part))
        ct_buffer_printf(&out, "%s%s%s%s", out.length ? "_" : "", column_of(arena, model, part.name),
                         part.descending ? "_desc" : "",
                         part.nulls < 0 ? "_first"
                         : part.nulls   ? "_last"
                                        : "");
    return ct_buffer_text(&out);
}

const char *ct_ddl_index_name(ct_arena *arena, const ct_state_model *model, const ct_index *index)
{
    if (index->name)
        return index->name;
    ct_buffer what = ct_buffer_in(arena);
    ct_buffer_str(&what, ct_str_of(words_of(arena, model, index->fields)));
    add_part(&what, index->where);
    add_part(&what, index->include);
    add_part(&what, index->method);
    return made_name(arena, model->table, ct_buffer_text(&what), index->unique ? "uniq" : "idx");
}

const char *ct_ddl_reference_name(ct_arena *arena, const ct_state_model *model, const ct_field *field)
{
    return made_name(arena, model->table, ct_state_column(arena, field), "fk");
}

/* ---- a model as a table ---- */

typedef struct describer {
    const ct_ddl *ddl;
    const ct_state *state;
    ct_arena *arena;
    const ct_state_model *model;
    ct_ddl_table *table;
} describer;

static const ct_field *target_of(const describer *d, const ct_field *field)
{
    const ct_state_model *other = ct_field_is_ref(field) && field->to ? ct_state_find(d->state, field->to->name) : NULL;
    return other ? ct_state_key(other) : NULL;
}

static void describe_column(describer *d, const ct_field *field)
{
    ct_buffer type = ct_buffer_in(d->arena);
    if (field->sql_type)
        ct_buffer_str(&type, ct_str_of(field->sql_type));
    else
        d->ddl->type(&type, field, target_of(d, field));
    d->table->columns[d->table->column_count++] = (ct_ddl_column){
        .key = field->name,
        .name = ct_state_column(d->arena, field),
        .type = ct_buffer_text(&type),
        .collation = field->collation,
        .db_default = field->db_default,
        .generated = field->generated,
        .virtual_column = field->virtual_column,
        .comment = field->comment,
        .null = field->null && !field->primary_key,
        .identity = field->kind == CT_KIND_integer && ct_state_key(d->model) == field && !field->db_default &&
                    !field->generated && !field->sql_type,
        .field = field,
    };
}

static void describe_index(describer *d, const ct_index *index)
{
    ct_buffer key = ct_buffer_in(d->arena);
    ct_buffer_printf(&key, "%s%s%s%s|%s", index->unique ? "unique " : "", index->deferrable ? "deferrable " : "",
                     index->nulls_not_distinct ? "not distinct " : "", index->name ? index->name : "", index->fields);
    add_part(&key, index->where ? index->where : "");
    add_part(&key, index->include ? index->include : "");
    add_part(&key, index->method ? index->method : "");
    d->table->indexes[d->table->index_count++] = (ct_ddl_index){
        .key = ct_buffer_text(&key),
        .name = ct_ddl_index_name(d->arena, d->model, index),
        .columns = columns_of(d->ddl, d->arena, d->model, index->fields),
        .include = index->include ? columns_of(d->ddl, d->arena, d->model, index->include) : NULL,
        .index = index,
    };
}

/* The index that an option of a field stands for. A primary key of one column has its own. */
static void describe_index_of(describer *d, const ct_field *field)
{
    bool unique = field->unique || field->kind == CT_KIND_one_to_one || field->kind == CT_KIND_one_to_one_uuid ||
                  field->kind == CT_KIND_one_to_one_text;
    bool reference = ct_field_is_ref(field); /* is looked up from the other side, by cascades too */
    bool first = false;                      /* of a unique index of several: it serves as its own */
    for (size_t i = 0; i < d->model->index_count && reference && !field->index; i++) {
        ct_str rest = ct_str_of(d->model->indexes[i].fields);
        ct_state_name part;
        first |= !d->model->indexes[i].where && !d->model->indexes[i].method && ct_state_next_name(&rest, &part) &&
                 field_named(d->model, part.name) == field;
    }
    if (ct_state_key(d->model) == field || (!unique && !field->index && (!reference || first)))
        return;
    ct_index *index = ct_arena_zalloc(d->arena, sizeof *index);
    index->fields = field->name;
    index->unique = unique;
    describe_index(d, index);
}

static void describe_reference(describer *d, const ct_field *field)
{
    const ct_state_model *other = field->to ? ct_state_find(d->state, field->to->name) : NULL;
    const ct_field *key = other ? ct_state_key(other) : NULL;
    const char *alias = d->model->database ? d->model->database : "default";
    if (field->no_constraint || !key || strcmp(other->database ? other->database : "default", alias) != 0)
        return;
    const char *action = ct_ddl_action(field->on_delete);
    d->table->references[d->table->reference_count++] = (ct_ddl_reference){
        .key = ct_arena_printf(d->arena, "%s|%d|%s|%s", field->name, (int)ct_field_value_kind(field), field->to->name,
                               action ? action : ""),
        .name = ct_ddl_reference_name(d->arena, d->model, field),
        .column = ct_state_column(d->arena, field),
        .table = other->table,
        .to = ct_state_column(d->arena, key),
        .on_delete = field->on_delete,
    };
}

static ct_ddl_table *describe_model(const ct_ddl *ddl, const ct_state *state, const ct_state_model *model)
{
    ct_arena *arena = state->arena;
    size_t fields = model->field_count + 1;
    ct_ddl_table *table = ct_arena_zalloc(arena, sizeof *table);
    describer d = { ddl, state, arena, model, table };
    table->label = model->label;
    table->name = model->table;
    table->comment = model->comment;
    table->key_name = made_name(arena, model->table, "", "pk");
    table->columns = ct_arena_zalloc(arena, fields * sizeof *table->columns);
    table->indexes = ct_arena_zalloc(arena, (fields + model->index_count) * sizeof *table->indexes);
    table->references = ct_arena_zalloc(arena, fields * sizeof *table->references);
    table->checks = ct_arena_zalloc(arena, (model->check_count + 1) * sizeof *table->checks);
    for (size_t i = 0; i < model->field_count; i++) {
        if (model->fields[i].kind == CT_KIND_many_to_many)
            continue;
        describe_column(&d, &model->fields[i]);
        describe_index_of(&d, &model->fields[i]);
        if (ct_field_is_ref(&model->fields[i]))
            describe_reference(&d, &model->fields[i]);
    }
    for (size_t i = 0; i < model->index_count; i++)
        describe_index(&d, &model->indexes[i]);
    for (size_t i = 0; i < model->check_count; i++)
        table->checks[table->check_count++] =
            (ct_ddl_check){ .key = ct_arena_printf(arena, "%s|%s", model->checks[i].name, model->checks[i].sql),
                            .name = model->checks[i].name,
                            .sql = model->checks[i].sql };
    return table;
}

ct_ddl_schema ct_ddl_describe(const ct_ddl *ddl, const ct_state *state, const char *database)
{
    ct_ddl_schema schema = { 0 };
    for (size_t i = 0; i < state->count; i++) {
        const ct_state_model *model = state->models[i];
        if (model->unmanaged || strcmp(model->database ? model->database : "default", database) != 0)
            continue;
        schema.tables = ct_arena_grown(state->arena, schema.tables, schema.count, sizeof *schema.tables, 8);
        schema.tables[schema.count++] = describe_model(ddl, state, model);
        for (size_t j = 0; j < model->field_count; j++) {
            const ct_field *field = &model->fields[j];
            const ct_state_model *between =
                field->kind == CT_KIND_many_to_many ? ct_state_between(state, model, field) : NULL;
            if (!between)
                continue;
            schema.tables = ct_arena_grown(state->arena, schema.tables, schema.count, sizeof *schema.tables, 8);
            schema.tables[schema.count++] = describe_model(ddl, state, between);
        }
    }
    return schema;
}

/* ---- finding and comparing ---- */

#define FIND_BY_KEY(type, list, number)                                                                                \
    const type *type##_by_key(const ct_ddl_table *table, const char *key)                                              \
    {                                                                                                                  \
        for (size_t i = 0; i < table->number; i++)                                                                     \
            if (strcmp(table->list[i].key, key) == 0)                                                                  \
                return &table->list[i];                                                                                \
        return NULL;                                                                                                   \
    }

FIND_BY_KEY(ct_ddl_column, columns, column_count)
FIND_BY_KEY(ct_ddl_index, indexes, index_count)
FIND_BY_KEY(ct_ddl_reference, references, reference_count)
FIND_BY_KEY(ct_ddl_check, checks, check_count)

bool ct_ddl_column_equal(const ct_ddl_column *a, const ct_ddl_column *b)
{
    return strcmp(a->type, b->type) == 0 && ct_text_equal(a->collation, b->collation) &&
           ct_text_equal(a->db_default, b->db_default) && ct_text_equal(a->generated, b->generated) &&
           a->virtual_column == b->virtual_column && a->null == b->null && a->identity == b->identity;
}

size_t ct_ddl_key_count(const ct_ddl_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        count += table->columns[i].field->primary_key;
    return count;
}

bool ct_ddl_keys_equal(const ct_ddl_table *a, const ct_ddl_table *b)
{
    if (ct_ddl_key_count(a) != ct_ddl_key_count(b))
        return false;
    for (size_t i = 0; i < a->column_count; i++) {
        const ct_ddl_column *other = ct_ddl_column_by_key(b, a->columns[i].key);
        if (a->columns[i].field->primary_key && !(other && other->field->primary_key))
            return false;
    }
    return true;
}

const char *ct_ddl_key_columns(ct_arena *arena, const ct_ddl_table *table)
{
    ct_buffer out = ct_buffer_in(arena);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].field->primary_key)
            ct_buffer_printf(&out, "%s%s", out.length ? ", " : "", ct_ddl_quoted(arena, table->columns[i].name));
    return ct_buffer_text(&out);
}

/* ---- what rows that are there get ---- */

const char *ct_ddl_fill_of(const ct_script *script, const ct_ddl_table *table, const ct_ddl_column *column,
                           const ct_ddl_fill *fill)
{
    const ct_field *field = column->field;
    bool meant = fill->field && strcmp(fill->label, table->label) == 0 && strcmp(fill->field->name, column->key) == 0;
    if (meant && fill->sql)
        return fill->sql;
    const char *text = meant && fill->text ? fill->text : field->default_value;
    if (column->generated || column->identity)
        return NULL;
    if (text) {
        ct_buffer out = ct_buffer_in(script->arena);
        script->ddl->literal(&out, field, text);
        return ct_buffer_text(&out);
    }
    if (field->db_default)
        return field->db_default;
    if (field->auto_now || field->auto_now_add)
        return script->ddl->now(field->kind);
    return field->uuid_v4 || field->uuid_v7 ? script->ddl->uuid : NULL;
}

/* ---- pairing ---- */

/* A model of the app of an operation: its label. */
static const char *label_in(ct_arena *arena, const char *app, const char *model)
{
    return ct_arena_printf(arena, "%s.%s", app, model);
}

/* The label that a table of `before` has in `after`. */
static const char *label_after(ct_arena *arena, const char *label, const char *app, const ct_operation *op,
                               bool backwards)
{
    if (!op || (op->kind != CT_OPERATION_RENAME_MODEL && op->kind != CT_OPERATION_RENAME_FIELD))
        return label;
    const char *from, *to;
    if (op->kind == CT_OPERATION_RENAME_MODEL) {
        from = label_in(arena, app, op->model);
        to = label_in(arena, app, op->to);
    } else {
        from = ct_arena_printf(arena, "%s.%s.%s", app, op->model, op->name);
        to = ct_arena_printf(arena, "%s.%s.%s", app, op->model, op->to);
    }
    const char *old = backwards ? to : from, *new = backwards ? from : to;
    size_t length = strlen(old);
    if (strncmp(label, old, length) != 0 || (label[length] && label[length] != '.'))
        return label;
    return ct_arena_printf(arena, "%s%s", new, label + length);
}

/* What is renamed stays in its place: there what was before is known by the keys of what is after. */
static void share_keys(ct_ddl_table *before, const ct_ddl_table *after)
{
    for (size_t i = 0; i < before->column_count && i < after->column_count; i++)
        before->columns[i].key = after->columns[i].key;
    for (size_t i = 0; i < before->index_count && i < after->index_count; i++)
        before->indexes[i].key = after->indexes[i].key;
    for (size_t i = 0; i < before->reference_count && i < after->reference_count; i++)
        before->references[i].key = after->references[i].key;
    for (size_t i = 0; i < before->check_count && i < after->check_count; i++)
        before->checks[i].key = after->checks[i].key;
    /* The database changes these by itself. */
    for (size_t i = 0; i < before->column_count && i < after->column_count; i++)
        before->columns[i].generated = after->columns[i].generated;
}

static bool is_renaming(const ct_operation *op)
{
    return op && (op->kind == CT_OPERATION_RENAME_MODEL || op->kind == CT_OPERATION_RENAME_FIELD);
}

/* What an operation says about rows that are there. On the way back only a removed field has something to fill. */
static ct_ddl_fill fill_of(const ct_script *script, const ct_state *after, const char *app, const ct_operation *op,
                           bool backwards)
{
    if (!op)
        return (ct_ddl_fill){ 0 };
    ct_ddl_fill fill = { .concurrently = op->concurrently };
    bool removed = backwards && op->kind == CT_OPERATION_REMOVE_FIELD;
    bool given = !backwards && (op->kind == CT_OPERATION_ADD_FIELD || op->kind == CT_OPERATION_ALTER_FIELD);
    if (!removed && !given)
        return fill;
    fill.label = label_in(script->arena, app, op->model);
    const ct_state_model *model = ct_state_find(after, fill.label);
    fill.field = model ? ct_state_field(model, removed ? op->name : op->fields[0].name) : NULL;
    fill.text = op->fill;
    fill.sql = op->fill_sql;
    return fill;
}

void ct_ddl_change(ct_script *script, const ct_state *before, const ct_state *after, const char *app,
                   const ct_operation *operation, bool backwards)
{
    ct_ddl_schema old = ct_ddl_describe(script->ddl, before, script->database);
    ct_ddl_schema new = ct_ddl_describe(script->ddl, after, script->database);
    ct_ddl_pair *pairs = ct_arena_zalloc(script->arena, (old.count + new.count + 1) * sizeof *pairs);
    bool *taken = ct_arena_zalloc(script->arena, new.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < old.count; i++) {
        const char *label = label_after(script->arena, old.tables[i]->label, app, operation, backwards);
        pairs[count] = (ct_ddl_pair){ .before = old.tables[i] };
        for (size_t j = 0; j < new.count; j++) {
            if (taken[j] || strcmp(new.tables[j]->label, label) != 0)
                continue;
            taken[j] = true;
            pairs[count].after = new.tables[j];
            if (is_renaming(operation))
                share_keys(old.tables[i], new.tables[j]);
        }
        count++;
    }
    for (size_t j = 0; j < new.count; j++)
        if (!taken[j])
            pairs[count++] = (ct_ddl_pair){ .after = new.tables[j] };
    ct_ddl_fill fill = fill_of(script, after, app, operation, backwards);
    script->ddl->change(script, pairs, count, &fill);
}
