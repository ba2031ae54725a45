/* What an operation makes of a state. A mistake in a migration (a field that is not there, a model twice) is told with
 * the name that was probably meant; the caller adds which migration and which operation it was. */
#include "base/buffer.h"
#include "base/nearest.h"
#include "db/state.h"

typedef struct change {
    ct_state *state;
    const char *app;
    const ct_operation *operation;
    ct_error *error;
    size_t at;             /* of the model that is changed */
    ct_state_model *model; /* its copy, which may be written to */
} change;

typedef bool applier(change *ch);

/* ---- finding and copying ---- */

static const char *label_of(const change *ch, const char *model)
{
    return ct_arena_printf(ch->state->arena, "%s.%s", ch->app, model);
}

static bool no_model(const change *ch, const char *label)
{
    ct_nearest nearest = ct_nearest_to(label);
    for (size_t i = 0; i < ch->state->count; i++)
        ct_nearest_try(&nearest, ch->state->models[i]->label);
    return nearest.best
               ? ct_fail(ch->error, "there is no model %s at this point; did you mean %s?", label, nearest.best)
               : ct_fail(ch->error, "there is no model %s at this point", label);
}

static bool no_field(const change *ch, const char *name)
{
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < ch->model->field_count; i++)
        ct_nearest_try(&nearest, ch->model->fields[i].name);
    return nearest.best ? ct_fail(ch->error, "%s has no field %s at this point; did you mean %s?", ch->model->label,
                                  name, nearest.best)
                        : ct_fail(ch->error, "%s has no field %s at this point", ch->model->label, name);
}

/* Makes the model of the operation one of this state's own. */
static bool take_model(change *ch)
{
    const char *label = label_of(ch, ch->operation->model);
    for (size_t i = 0; i < ch->state->count; i++) {
        if (strcmp(ch->state->models[i]->label, label) != 0)
            continue;
        ch->at = i;
        ch->model = ct_arena_alloc(ch->state->arena, sizeof *ch->model);
        *ch->model = *ch->state->models[i];
        ch->state->models[i] = ch->model;
        return true;
    }
    return no_model(ch, label);
}

/* A copy of a table, with room for one more. */
static void *copied(ct_arena *arena, const void *items, size_t count, size_t size)
{
    void *copy = ct_arena_zalloc(arena, (count + 1) * size);
    if (count)
        memcpy(copy, items, count * size);
    return copy;
}

static ct_field *own_fields(change *ch)
{
    ct_field *fields = copied(ch->state->arena, ch->model->fields, ch->model->field_count, sizeof *fields);
    ch->model->fields = fields;
    return fields;
}

static size_t index_of_field(const change *ch, const char *name)
{
    const ct_field *field = ct_state_field(ch->model, name);
    return field ? (size_t)(field - ch->model->fields) : SIZE_MAX;
}

static void remove_at(void *items, size_t count, size_t at, size_t size)
{
    memmove((char *)items + at * size, (char *)items + (at + 1) * size, (count - at - 1) * size);
}

/* ---- models ---- */

static const char *usual_table(const change *ch, const char *name)
{
    return ct_graph_usual_table(ch->state->arena, ch->app, name);
}

static void set_options(const change *ch, ct_state_model *model, const ct_model *options)
{
    model->given_table = options ? options->table : NULL;
    model->table = model->given_table ? model->given_table : usual_table(ch, model->name);
    model->comment = options ? options->comment : NULL;
    model->database = options ? options->database : NULL;
    model->unmanaged = options && (options->unmanaged || options->read_only);
}

static bool create_model(change *ch)
{
    const ct_operation *op = ch->operation;
    ct_state_model *made = ct_arena_zalloc(ch->state->arena, sizeof *made);
    made->app = ch->app;
    made->name = op->model;
    made->label = label_of(ch, op->model);
    if (ct_state_find(ch->state, made->label))
        return ct_fail(ch->error, "there is a model %s already", made->label);
    set_options(ch, made, op->options);
    made->fields = op->fields;
    while (op->fields && op->fields[made->field_count].name)
        made->field_count++;
    made->indexes = op->options ? op->options->indexes : NULL;
    while (made->indexes && made->indexes[made->index_count].fields)
        made->index_count++;
    made->checks = op->options ? op->options->checks : NULL;
    while (made->checks && made->checks[made->check_count].name)
        made->check_count++;
    ch->state->models[ch->state->count++] = made;
    return true;
}

static bool drop_model(change *ch)
{
    if (!take_model(ch))
        return false;
    remove_at(ch->state->models, ch->state->count--, ch->at, sizeof *ch->state->models);
    return true;
}

static const ct_shape *renamed_shape(const change *ch, const ct_shape *shape, const char *from, const char *to)
{
    if (!shape || strcmp(shape->name, from) != 0)
        return shape;
    ct_shape *made = ct_arena_zalloc(ch->state->arena, sizeof *made);
    made->name = to;
    return made;
}

static bool refers_to(const ct_state_model *model, const char *label)
{
    for (size_t i = 0; i < model->field_count; i++)
        if ((model->fields[i].to && strcmp(model->fields[i].to->name, label) == 0) ||
            (model->fields[i].through && strcmp(model->fields[i].through->name, label) == 0))
            return true;
    return false;
}

static bool rename_model(change *ch)
{
    const char *to = label_of(ch, ch->operation->to);
    if (!take_model(ch))
        return false;
    const char *from = ch->model->label;
    if (ct_state_find(ch->state, to))
        return ct_fail(ch->error, "there is a model %s already", to);
    ch->model->name = ch->operation->to;
    ch->model->label = to;
    if (!ch->model->given_table)
        ch->model->table = usual_table(ch, ch->model->name);
    for (size_t i = 0; i < ch->state->count; i++) {
        if (!refers_to(ch->state->models[i], from))
            continue;
        change other = *ch;
        other.model = ct_arena_alloc(ch->state->arena, sizeof *other.model);
        *other.model = *ch->state->models[i];
        ch->state->models[i] = other.model;
        ct_field *fields = own_fields(&other);
        for (size_t j = 0; j < other.model->field_count; j++) {
            fields[j].to = renamed_shape(ch, fields[j].to, from, to);
            fields[j].through = renamed_shape(ch, fields[j].through, from, to);
        }
    }
    return true;
}

static bool alter_options(change *ch)
{
    if (!take_model(ch))
        return false;
    set_options(ch, ch->model, ch->operation->options);
    return true;
}

/* ---- fields ---- */

static bool add_field(change *ch)
{
    if (!take_model(ch))
        return false;
    const ct_field *field = ch->operation->fields;
    if (!field || !field->name)
        return ct_fail(ch->error, "the operation on %s has no field", ch->model->label);
    if (ct_state_field(ch->model, field->name))
        return ct_fail(ch->error, "%s has a field %s already", ch->model->label, field->name);
    ct_field *fields = own_fields(ch);
    fields[ch->model->field_count++] = *field;
    return true;
}

/* An index over the field, or NULL. */
static const ct_index *index_over(const ct_state_model *model, const ct_field *field)
{
    for (size_t i = 0; i < model->index_count; i++) {
        const char *lists[] = { model->indexes[i].fields, model->indexes[i].include };
        for (size_t j = 0; j < CT_COUNT(lists); j++) {
            ct_str rest = ct_str_of(lists[j] ? lists[j] : "");
            ct_state_name part;
            while (ct_state_next_name(&rest, &part))
                if (ct_str_eq(part.name, ct_str_of(field->name)))
                    return &model->indexes[i];
        }
    }
    return NULL;
}

static bool remove_field(change *ch)
{
    if (!take_model(ch))
        return false;
    size_t at = index_of_field(ch, ch->operation->name);
    if (at == SIZE_MAX)
        return no_field(ch, ch->operation->name);
    const ct_index *index = index_over(ch->model, &ch->model->fields[at]);
    if (index)
        return ct_fail(ch->error, "%s.%s is in the index of \"%s\": remove that first", ch->model->label,
                       ch->operation->name, index->fields);
    ct_field *fields = own_fields(ch);
    remove_at(fields, ch->model->field_count--, at, sizeof *fields);
    return true;
}

static bool alter_field(change *ch)
{
    if (!take_model(ch))
        return false;
    const ct_field *field = ch->operation->fields;
    if (!field || !field->name)
        return ct_fail(ch->error, "the operation on %s has no field", ch->model->label);
    size_t at = index_of_field(ch, field->name);
    if (at == SIZE_MAX)
        return no_field(ch, field->name);
    const ct_field *old = &ch->model->fields[at];
    if ((old->kind == CT_KIND_many_to_many || field->kind == CT_KIND_many_to_many) &&
        (old->kind != field->kind || strcmp(old->to->name, field->to->name) != 0 ||
         (old->through != NULL) != (field->through != NULL)))
        return ct_fail(ch->error,
                       "%s.%s cannot become, cease to be, or lead elsewhere as a many_to_many: remove the "
                       "field and add another",
                       ch->model->label, field->name);
    own_fields(ch)[at] = *field;
    return true;
}

static bool is_word(char ch)
{
    return ch == '_' || (ch >= '0' && ch <= '9') || (ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'z') ||
           (unsigned char)ch >= 0x80;
}

/* The word `from` as `to` wherever it stands in SQL outside of text; NULL stays. */
static const char *renamed_in(ct_arena *arena, const char *sql, const char *from, const char *to)
{
    if (!sql || !strstr(sql, from))
        return sql;
    ct_buffer out = ct_buffer_in(arena);
    size_t length = strlen(from);
    bool text = false;
    for (const char *at = sql; *at;) {
        text ^= *at == '\'';
        bool starts = !text && (at == sql || !is_word(at[-1])) && strncmp(at, from, length) == 0;
        if (starts && !is_word(at[length])) {
            ct_buffer_str(&out, ct_str_of(to));
            at += length;
        } else {
            ct_buffer_char(&out, *at++);
        }
    }
    return ct_buffer_text(&out);
}

static void rename_in_model(change *ch, const ct_field *old, const ct_field *renamed)
{
    ct_arena *arena = ch->state->arena;
    const char *from = ct_state_column(arena, old), *to = ct_state_column(arena, renamed);
    ct_index *indexes = copied(arena, ch->model->indexes, ch->model->index_count, sizeof *indexes);
    for (size_t i = 0; i < ch->model->index_count; i++) {
        indexes[i].fields = renamed_in(arena, indexes[i].fields, old->name, renamed->name);
        indexes[i].include = renamed_in(arena, indexes[i].include, old->name, renamed->name);
        if (from)
            indexes[i].where = renamed_in(arena, indexes[i].where, from, to);
    }
    ch->model->indexes = indexes;
    ct_check *checks = copied(arena, ch->model->checks, ch->model->check_count, sizeof *checks);
    ct_field *fields = own_fields(ch);
    for (size_t i = 0; i < ch->model->check_count && from; i++)
        checks[i].sql = renamed_in(arena, checks[i].sql, from, to);
    for (size_t i = 0; i < ch->model->field_count && from; i++)
        fields[i].generated = renamed_in(arena, fields[i].generated, from, to);
    ch->model->checks = checks;
}

static bool rename_field(change *ch)
{
    if (!take_model(ch))
        return false;
    size_t at = index_of_field(ch, ch->operation->name);
    if (at == SIZE_MAX)
        return no_field(ch, ch->operation->name);
    if (ct_state_field(ch->model, ch->operation->to))
        return ct_fail(ch->error, "%s has a field %s already", ch->model->label, ch->operation->to);
    ct_field old = ch->model->fields[at], renamed = old;
    renamed.name = ch->operation->to;
    rename_in_model(ch, &old, &renamed);
    own_fields(ch)[at].name = renamed.name;
    return true;
}

/* ---- indexes and checks ---- */

static size_t index_of_index(const change *ch, const ct_index *index)
{
    for (size_t i = 0; i < ch->model->index_count; i++)
        if (ct_state_index_equal(&ch->model->indexes[i], index))
            return i;
    return SIZE_MAX;
}

static bool change_index(change *ch)
{
    const ct_index *index = ch->operation->index;
    if (!take_model(ch))
        return false;
    ct_index *indexes = copied(ch->state->arena, ch->model->indexes, ch->model->index_count, sizeof *indexes);
    size_t at = index_of_index(ch, index);
    ch->model->indexes = indexes;
    if (ch->operation->kind == CT_OPERATION_ADD_INDEX) {
        if (at != SIZE_MAX)
            return ct_fail(ch->error, "%s has this index of \"%s\" already", ch->model->label, index->fields);
        indexes[ch->model->index_count++] = *index;
        return true;
    }
    if (at == SIZE_MAX)
        return ct_fail(ch->error, "%s has no such index of \"%s\" at this point", ch->model->label, index->fields);
    remove_at(indexes, ch->model->index_count--, at, sizeof *indexes);
    return true;
}

static bool change_check(change *ch)
{
    const ct_operation *op = ch->operation;
    const char *name = op->kind == CT_OPERATION_ADD_CHECK ? op->check->name : op->name;
    if (!take_model(ch))
        return false;
    ct_check *checks = copied(ch->state->arena, ch->model->checks, ch->model->check_count, sizeof *checks);
    size_t at = 0;
    while (at < ch->model->check_count && strcmp(checks[at].name, name) != 0)
        at++;
    bool there = at < ch->model->check_count;
    ch->model->checks = checks;
    if (op->kind == CT_OPERATION_ADD_CHECK) {
        if (there)
            return ct_fail(ch->error, "%s has a check %s already", ch->model->label, name);
        checks[ch->model->check_count++] = *op->check;
        return true;
    }
    if (!there)
        return ct_fail(ch->error, "%s has no check %s at this point", ch->model->label, name);
    remove_at(checks, ch->model->check_count--, at, sizeof *checks);
    return true;
}

/* ---- all of them ---- */

static bool apply_separate(change *ch)
{
    for (const ct_operation *op = ch->operation->state; op && op->kind; op++) {
        ct_state after;
        if (!ct_state_apply(ch->state, ch->app, op, &after, ch->error))
            return false;
        *ch->state = after;
    }
    return true;
}

static bool change_nothing(change *ch)
{
    (void)ch;
    return true;
}

bool ct_state_apply(const ct_state *before, const char *app, const ct_operation *operation, ct_state *ret_after,
                    ct_error *error)
{
    static applier *const appliers[] = {
        [CT_OPERATION_NONE] = change_nothing,         [CT_OPERATION_CREATE_MODEL] = create_model,
        [CT_OPERATION_DROP_MODEL] = drop_model,       [CT_OPERATION_RENAME_MODEL] = rename_model,
        [CT_OPERATION_ADD_FIELD] = add_field,         [CT_OPERATION_REMOVE_FIELD] = remove_field,
        [CT_OPERATION_ALTER_FIELD] = alter_field,     [CT_OPERATION_RENAME_FIELD] = rename_field,
        [CT_OPERATION_ADD_INDEX] = change_index,      [CT_OPERATION_REMOVE_INDEX] = change_index,
        [CT_OPERATION_ADD_CHECK] = change_check,      [CT_OPERATION_REMOVE_CHECK] = change_check,
        [CT_OPERATION_ALTER_OPTIONS] = alter_options, [CT_OPERATION_RUN_SQL] = change_nothing,
        [CT_OPERATION_RUN] = change_nothing,          [CT_OPERATION_SEPARATE] = apply_separate,
    };
    *ret_after = (ct_state){ .arena = before->arena, .count = before->count };
    ret_after->models = copied(before->arena, before->models, before->count, sizeof *before->models);
    change ch = { .state = ret_after, .app = app, .operation = operation, .error = error };
    return appliers[operation->kind](&ch);
}
