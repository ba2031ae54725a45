/* Compares two states and arranges what differs.
 *
 *   renames (asked for, and applied to a copy of the old state, so that the rest is compared by name)
 *     -> indexes and checks that go -> models that come -> fields that go, come, change -> options
 *     -> indexes and checks that come -> models that go
 *
 * New models are in an order in which each finds those it refers to; where they refer to each other in a circle a ref
 * is added afterwards. The operations of all apps stand in one list, each behind those that it needs, and are then
 * dealt out: an operation goes into the open migration of its app, unless that migration is needed by one that this
 * operation needs; then the app gets another one. So the new migrations have no circle either. */
#include "db/autodetect.h"

#include "base/buffer.h"
#include "base/time.h"

#include <stdlib.h>

typedef struct item {
    ct_operation operation;
    const char *app;
    size_t *needs; /* items before this one */
    size_t need_count;
    const char **labels; /* migrations of the history */
    size_t label_count;
    size_t migration; /* where it went */
} item;

typedef struct detector {
    const ct_detection *how;
    ct_arena *arena;
    ct_state from; /* after the renames */
    const ct_state *to;
    item *items;
    size_t count;
    ct_new_migrations made;
} detector;

/* ---- operations ---- */

static item *add(detector *d, const char *app, ct_operation operation)
{
    d->items = ct_arena_grown(d->arena, d->items, d->count, sizeof *d->items, 16);
    d->items[d->count] = (item){ .operation = operation, .app = app };
    return &d->items[d->count++];
}

static void need(const detector *d, item *it, size_t other)
{
    if (&d->items[other] == it)
        return;
    it->needs = ct_arena_grown(d->arena, it->needs, it->need_count, sizeof *it->needs, 4);
    it->needs[it->need_count++] = other;
}

/* The migrations that another app has. */
static void need_history(const detector *d, item *it, ct_str app)
{
    for (size_t i = 0; i < d->how->leaf_count; i++) {
        const ct_leaf *leaf = &d->how->leaves[i];
        if (!ct_str_eq(ct_str_of(leaf->app), app) || !leaf->last || strcmp(leaf->app, it->app) == 0)
            continue;
        it->labels = ct_arena_grown(d->arena, it->labels, it->label_count, sizeof *it->labels, 4);
        it->labels[it->label_count++] = ct_arena_printf(d->arena, "%s.%s", leaf->app, leaf->last);
    }
}

/* Everything before that made, renamed or changed the model. */
static void need_model(const detector *d, item *it, const char *label)
{
    for (size_t i = 0; i < d->count; i++) {
        const item *other = &d->items[i];
        bool creates = other->operation.kind == CT_OPERATION_CREATE_MODEL;
        bool renames = other->operation.kind == CT_OPERATION_RENAME_MODEL;
        const char *name = renames ? other->operation.to : other->operation.model;
        if ((creates || renames) && strcmp(label, ct_arena_printf(d->arena, "%s.%s", other->app, name)) == 0)
            need(d, it, i);
    }
    const char *dot = strchr(label, '.');
    if (dot)
        need_history(d, it, (ct_str){ label, (size_t)(dot - label) });
}

static void need_targets(const detector *d, item *it, const ct_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].to)
            need_model(d, it, fields[i].to->name);
        if (fields[i].through)
            need_model(d, it, fields[i].through->name);
    }
}

static const ct_field *one_field(const detector *d, const ct_field *field)
{
    ct_field *copy = ct_arena_zalloc(d->arena, 2 * sizeof *copy);
    *copy = *field;
    return copy;
}

static bool is_link(const ct_field *field)
{
    return field->kind == CT_KIND_many_to_many;
}

/* ---- renames ---- */

static void apply(detector *d, const char *app, const ct_operation *operation)
{
    ct_error error;
    ct_state after;
    if (!ct_state_apply(&d->from, app, operation, &after, &error))
        ct_die("migrations: %s", error.message);
    d->from = after;
}

/* The same fields, but for the refs of the model to itself. */
static bool same_fields(const ct_state_model *a, const ct_state_model *b)
{
    if (a->field_count != b->field_count || a->field_count == 0)
        return false;
    for (size_t i = 0; i < a->field_count; i++) {
        const ct_field *other = ct_state_field(b, a->fields[i].name);
        if (!other)
            return false;
        ct_field own = a->fields[i];
        if (own.to && other->to && strcmp(own.to->name, a->label) == 0 && strcmp(other->to->name, b->label) == 0)
            own.to = other->to;
        if (!ct_state_field_equal(&own, other))
            return false;
    }
    return true;
}

static void nobody(const detector *d, const char *what, const char *from, const char *to, const char *call)
{
    ct_problems_add(d->how->problems, CT_PROBLEM_ERROR,
                    "was the %s %s renamed to %s? Say so by --rename %s, or --no-input if it was not (its data then "
                    "goes); on a terminal makemigrations asks",
                    what, from, to, call);
}

static bool refers(const ct_state_model *model, const char *label)
{
    for (size_t i = 0; i < model->field_count; i++)
        if ((model->fields[i].to && strcmp(model->fields[i].to->name, label) == 0) ||
            (model->fields[i].through && strcmp(model->fields[i].through->name, label) == 0))
            return true;
    return false;
}

/* Migrations of other apps that speak of the old name come before it goes. */
static void rename_model(detector *d, const ct_state_model *old, const ct_state_model *new)
{
    const ct_operation op = { .kind = CT_OPERATION_RENAME_MODEL, .model = old->name, .to = new->name };
    item *it = add(d, new->app, op);
    for (size_t i = 0; i < d->from.count; i++)
        if (refers(d->from.models[i], old->label))
            need_history(d, it, ct_str_of(d->from.models[i]->app));
    apply(d, new->app, &op);
}

static void model_was_told(detector *d, const ct_state_model *new)
{
    ct_asker *asker = d->how->asker;
    for (size_t i = 0; i < d->from.count && asker->told_model; i++) {
        const ct_state_model *old = d->from.models[i];
        if (strcmp(old->app, new->app) != 0 || ct_state_find(d->to, old->label) ||
            !asker->told_model(asker, old->label, new->label))
            continue;
        rename_model(d, old, new);
        return;
    }
}

static void rename_model_of(detector *d, const ct_state_model *new)
{
    for (size_t i = 0; i < d->from.count; i++) {
        const ct_state_model *old = d->from.models[i];
        if (strcmp(old->app, new->app) != 0 || ct_state_find(d->to, old->label) || !same_fields(old, new))
            continue;
        ct_answer answer = d->how->asker->renamed_model(d->how->asker, old->label, new->label);
        if (answer == CT_ANSWER_NOBODY)
            nobody(d, "model", old->label, new->label, ct_arena_printf(d->arena, "%s=%s", old->label, new->name));
        if (answer != CT_ANSWER_YES)
            continue;
        rename_model(d, old, new);
        return;
    }
}

static bool could_be_renamed(const ct_field *old, const ct_field *new)
{
    ct_field same = *new;
    same.name = old->name;
    if (!new->column && old->column)
        same.column = old->column;
    return ct_state_field_equal(old, &same);
}

static void rename_field(detector *d, const ct_state_model *model, const ct_field *old, const ct_field *new)
{
    const ct_operation op = {
        .kind = CT_OPERATION_RENAME_FIELD, .model = model->name, .name = old->name, .to = new->name
    };
    add(d, model->app, op);
    apply(d, model->app, &op);
}

static void field_was_told(detector *d, const ct_state_model *model, const ct_field *new)
{
    ct_asker *asker = d->how->asker;
    const ct_state_model *before = ct_state_find(&d->from, model->label);
    for (size_t i = 0; i < before->field_count && asker->told_field; i++) {
        const ct_field *old = &before->fields[i];
        if (ct_state_field(model, old->name) || !asker->told_field(asker, model->label, old->name, new->name))
            continue;
        if (is_link(old) == is_link(new)) {
            rename_field(d, model, old, new);
            return;
        }
        ct_problems_add(d->how->problems, CT_PROBLEM_ERROR,
                        "%s.%s cannot be renamed to %s: one is a many_to_many, whose links are in a table of their "
                        "own, the other a column. Add the new field, fill it by a data migration, and then remove "
                        "the old one",
                        model->label, old->name, new->name);
    }
}

static void rename_field_of(detector *d, const ct_state_model *model, const ct_field *new)
{
    const ct_state_model *before = ct_state_find(&d->from, model->label);
    for (size_t i = 0; i < before->field_count; i++) {
        const ct_field *old = &before->fields[i];
        if (ct_state_field(model, old->name) || !could_be_renamed(old, new))
            continue;
        ct_answer answer = d->how->asker->renamed_field(d->how->asker, model->label, old->name, new->name);
        if (answer == CT_ANSWER_NOBODY)
            nobody(d, "field", ct_arena_printf(d->arena, "%s.%s", model->label, old->name), new->name,
                   ct_arena_printf(d->arena, "%s.%s=%s", model->label, old->name, new->name));
        if (answer != CT_ANSWER_YES)
            continue;
        rename_field(d, model, old, new);
        return;
    }
}

/* What somebody has said goes before what is asked. */
static void find_renamed_fields(detector *d, const ct_state_model *model)
{
    for (int asked = 0; asked <= 1; asked++)
        for (size_t i = 0; i < model->field_count; i++) {
            const ct_field *new = &model->fields[i];
            if (ct_state_field(ct_state_find(&d->from, model->label), new->name))
                continue;
            if (asked)
                rename_field_of(d, model, new);
            else
                field_was_told(d, model, new);
        }
}

static void find_renames(detector *d)
{
    for (int asked = 0; asked <= 1; asked++)
        for (size_t i = 0; i < d->to->count; i++) {
            if (ct_state_find(&d->from, d->to->models[i]->label))
                continue;
            if (asked)
                rename_model_of(d, d->to->models[i]);
            else
                model_was_told(d, d->to->models[i]);
        }
    for (size_t i = 0; i < d->to->count; i++)
        if (ct_state_find(&d->from, d->to->models[i]->label))
            find_renamed_fields(d, d->to->models[i]);
}

/* ---- models that come ---- */

typedef struct creation {
    detector *d;
    char *seen; /* of each model of `to`: 0 not yet, 1 underway, 2 made */
} creation;

static size_t index_of(const ct_state *state, const char *label)
{
    for (size_t i = 0; i < state->count; i++)
        if (strcmp(state->models[i]->label, label) == 0)
            return i;
    return SIZE_MAX;
}

static void create_model(creation *cr, size_t at);

/* Makes what a field refers to first. True when that is there; false: it is underway itself, in a circle. */
static bool reach(creation *cr, const ct_shape *shape, size_t self)
{
    size_t other = shape ? index_of(cr->d->to, shape->name) : SIZE_MAX;
    if (other == SIZE_MAX || other == self || ct_state_find(&cr->d->from, shape->name))
        return true;
    if (cr->seen[other] == 0)
        create_model(cr, other);
    return cr->seen[other] == 2;
}

static bool model_has_options(const ct_state_model *m)
{
    return m->given_table || m->comment || m->database || m->unmanaged || m->index_count || m->check_count;
}

static const ct_model *options_of(const detector *d, const ct_state_model *m, bool with_lists)
{
    ct_model *options = ct_arena_zalloc(d->arena, sizeof *options);
    options->table = m->given_table;
    options->comment = m->comment;
    options->database = m->database;
    options->unmanaged = m->unmanaged;
    if (with_lists && m->index_count) {
        ct_index *indexes = ct_arena_zalloc(d->arena, (m->index_count + 1) * sizeof *indexes);
        memcpy(indexes, m->indexes, m->index_count * sizeof *indexes);
        options->indexes = indexes;
    }
    if (with_lists && m->check_count) {
        ct_check *checks = ct_arena_zalloc(d->arena, (m->check_count + 1) * sizeof *checks);
        memcpy(checks, m->checks, m->check_count * sizeof *checks);
        options->checks = checks;
    }
    return options;
}

static void create_model(creation *cr, size_t at)
{
    detector *d = cr->d;
    const ct_state_model *model = d->to->models[at];
    ct_field *fields = ct_arena_zalloc(d->arena, (model->field_count + 1) * sizeof *fields);
    const ct_field **later = ct_arena_zalloc(d->arena, (model->field_count + 1) * sizeof *later);
    size_t count = 0, later_count = 0;
    cr->seen[at] = 1;
    for (size_t i = 0; i < model->field_count; i++) {
        const ct_field *field = &model->fields[i];
        bool reached = reach(cr, field->to, at);
        reached = reach(cr, field->through, at) && reached;
        if (reached)
            fields[count++] = *field;
        else
            later[later_count++] = field;
    }
    /* An index or a check may be over a field that comes later: then they all do. */
    item *it = add(d, model->app,
                   (ct_operation){ .kind = CT_OPERATION_CREATE_MODEL,
                                   .model = model->name,
                                   .fields = fields,
                                   .options = model_has_options(model) ? options_of(d, model, !later_count) : NULL });
    need_targets(d, it, fields, count);
    cr->seen[at] = 2;
}

static bool was_created_with(const detector *d, const ct_state_model *model, const char *field)
{
    for (size_t i = 0; i < d->count; i++) {
        const ct_operation *op = &d->items[i].operation;
        if (op->kind != CT_OPERATION_CREATE_MODEL || strcmp(d->items[i].app, model->app) != 0 ||
            strcmp(op->model, model->name) != 0)
            continue;
        for (const ct_field *at = op->fields; at->name; at++)
            if (strcmp(at->name, field) == 0)
                return true;
    }
    return false;
}

static void add_index(detector *d, const ct_state_model *model, const ct_index *index, ct_operation_kind kind)
{
    item *it = add(d, model->app, (ct_operation){ .kind = kind, .model = model->name, .index = index });
    need_model(d, it, model->label);
}

static void create_models(detector *d)
{
    creation cr = { d, ct_arena_zalloc(d->arena, d->to->count + 1) };
    for (size_t i = 0; i < d->to->count; i++)
        if (!ct_state_find(&d->from, d->to->models[i]->label) && cr.seen[i] == 0)
            create_model(&cr, i);
    for (size_t i = 0; i < d->to->count; i++) {
        const ct_state_model *model = d->to->models[i];
        bool later = false;
        for (size_t j = 0; j < model->field_count && cr.seen[i]; j++) {
            const ct_field *field = &model->fields[j];
            if (was_created_with(d, model, field->name))
                continue;
            item *it = add(
                d, model->app,
                (ct_operation){ .kind = CT_OPERATION_ADD_FIELD, .model = model->name, .fields = one_field(d, field) });
            need_model(d, it, model->label);
            need_targets(d, it, field, 1);
            later = true;
        }
        for (size_t j = 0; later && j < model->index_count; j++)
            add_index(d, model, &model->indexes[j], CT_OPERATION_ADD_INDEX);
        for (size_t j = 0; later && j < model->check_count; j++)
            add(d, model->app,
                (ct_operation){ .kind = CT_OPERATION_ADD_CHECK, .model = model->name, .check = &model->checks[j] });
    }
}

/* ---- fields ---- */

/* Is a value needed for rows that are there? */
static bool wants_fill(const ct_state_model *model, const ct_field *field)
{
    bool identity = field->kind == CT_KIND_integer && ct_state_key(model) == field;
    return !field->null && !field->default_value && !field->db_default && !field->generated && !field->auto_now &&
           !field->auto_now_add && !field->uuid_v4 && !field->uuid_v7 && !is_link(field) && !identity;
}

static const char *ask_fill(const detector *d, const ct_state_model *model, const ct_field *field, bool is_new)
{
    const char *text = NULL;
    if (!wants_fill(model, field) || model->unmanaged)
        return NULL;
    if (field->blank && ct_kind_is_text(field->kind))
        return "";
    if (d->how->asker->fill(d->how->asker, model->label, field, is_new, &text))
        return text;
    ct_problems_add(d->how->problems, CT_PROBLEM_ERROR,
                    "%s.%s %s: give the field a .default_value, or make it .null = true, or say what they get by "
                    "--fill %s.%s=VALUE; on a terminal makemigrations asks",
                    model->label, field->name,
                    is_new ? "is new and may not be null, and rows may be there already"
                           : "may no longer be null, and rows may have NULL there",
                    model->label, field->name);
    return NULL;
}

static void remove_field(detector *d, const ct_state_model *model, const ct_field *field)
{
    add(d, model->app, (ct_operation){ .kind = CT_OPERATION_REMOVE_FIELD, .model = model->name, .name = field->name });
}

static void add_field(detector *d, const ct_state_model *model, const ct_field *field)
{
    const char *fill = ask_fill(d, model, field, true);
    item *it =
        add(d, model->app,
            (ct_operation){
                .kind = CT_OPERATION_ADD_FIELD, .model = model->name, .fields = one_field(d, field), .fill = fill });
    need_targets(d, it, field, 1);
}

static void alter_field(detector *d, const ct_state_model *model, const ct_field *old, const ct_field *field)
{
    const char *fill = old->null && !field->null ? ask_fill(d, model, field, false) : NULL;
    item *it =
        add(d, model->app,
            (ct_operation){
                .kind = CT_OPERATION_ALTER_FIELD, .model = model->name, .fields = one_field(d, field), .fill = fill });
    need_targets(d, it, field, 1);
}

/* A many_to_many becomes no column, nor the other way round: one goes, another comes. */
static bool must_be_replaced(const ct_field *old, const ct_field *new)
{
    return (is_link(old) || is_link(new)) && (old->kind != new->kind || strcmp(old->to->name, new->to->name) != 0 ||
                                              (old->through != NULL) != (new->through != NULL));
}

/* What the one has would be lost without a word, for the other has its name. Where the model goes that links led to,
 * they go with it. */
static void refuse_replaced(const detector *d, const ct_state_model *model, const ct_field *old, const ct_field *new)
{
    bool same = old->kind == new->kind, links = is_link(old);
    if (links && !ct_state_find(d->to, old->to->name))
        return;
    ct_problems_add(d->how->problems, CT_PROBLEM_ERROR,
                    "%s.%s cannot become %s%s: %s would be lost. Give the new field another name for now, fill it by a "
                    "data migration and remove the old one then. If they may go, remove the field first, run "
                    "makemigrations, and add it again",
                    model->label, new->name,
                    same    ? "a many_to_many to "
                    : links ? "a column"
                            : "a many_to_many",
                    same ? new->to->name : "",
                    !links ? "the values of its column"
                    : same ? ct_arena_printf(d->arena, "its links to %s", old->to->name)
                           : "its links");
}

/* The links of one to the other would be lost without a word. */
static void refuse_through(const detector *d, const ct_state_model *model, const ct_field *old, const ct_field *new)
{
    bool both = old && is_link(old) && is_link(new) && strcmp(old->to->name, new->to->name) == 0;
    if (!d->how->problems || !old)
        return;
    if (!both)
        refuse_replaced(d, model, old, new);
    if (!both || (old->through != NULL) == (new->through != NULL))
        return;
    ct_problems_add(d->how->problems, CT_PROBLEM_ERROR,
                    "%s.%s cannot %s .through: its links would be lost. Either give the field another name for now, "
                    "copy the links by a data migration and remove the old field then; or, to keep the table, write "
                    "a migration (makemigrations --empty %s) with SEPARATE(.state = OPERATIONS(REMOVE_FIELD(...), "
                    "%s, ADD_FIELD(...))), where .table of the model in between is the table of the links",
                    model->label, new->name, new->through ? "be given" : "lose", model->app,
                    new->through ? "CREATE_MODEL(...)" : "DROP_MODEL(...)");
}

typedef void field_pass(detector *d, const ct_state_model *before, const ct_state_model *after);

static size_t key_count(const ct_state_model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->field_count; i++)
        count += model->fields[i].primary_key;
    return count;
}

/* A number that the database counts, as the key of rows that had others: only on its own has it values for them. */
static bool is_new_id(const ct_state_model *before, const ct_state_model *after, const ct_field *field)
{
    return field->primary_key && field->kind == CT_KIND_integer && key_count(after) == 1 &&
           !ct_state_field(before, field->name);
}

static bool gets_id(const ct_state_model *before, const ct_state_model *after)
{
    for (size_t i = 0; i < after->field_count; i++)
        if (is_new_id(before, after, &after->fields[i]))
            return true;
    return false;
}

/* Members come to a key before others leave it: the wider one holds for whatever rows are there. */
static bool leaves_late(const ct_state_model *before, const ct_state_model *after, const ct_field *old)
{
    return old->primary_key && (key_count(before) > 1 || key_count(after) > 1) && !gets_id(before, after);
}

/* Computed columns go first, for they need others. */
static void remove_fields(detector *d, const ct_state_model *before, const ct_state_model *after, bool late)
{
    for (int computed = 1; computed >= 0; computed--)
        for (size_t i = 0; i < before->field_count; i++) {
            const ct_field *old = &before->fields[i], *new = ct_state_field(after, old->name);
            if ((old->generated != NULL) == computed && (!new || must_be_replaced(old, new)) &&
                leaves_late(before, after, old) == late)
                remove_field(d, after, old);
        }
}

static void pass_removed(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    remove_fields(d, before, after, false);
}

static void pass_removed_late(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    remove_fields(d, before, after, true);
}

static void add_fields(detector *d, const ct_state_model *before, const ct_state_model *after, bool id)
{
    for (int computed = 0; computed <= 1; computed++)
        for (size_t i = 0; i < after->field_count; i++) {
            const ct_field *new = &after->fields[i], *old = ct_state_field(before, new->name);
            if ((new->generated != NULL) != computed || (old && !must_be_replaced(old, new)) ||
                is_new_id(before, after, new) != id)
                continue;
            refuse_through(d, after, old, new);
            add_field(d, after, new);
        }
}

static void pass_added(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    add_fields(d, before, after, false);
}

static void pass_added_id(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    add_fields(d, before, after, true);
}

/* Rows that only the member told apart make `migrate` fail: better to hear of them before. */
static void pass_keys(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    ct_buffer left = ct_buffer_in(d->arena), gone = ct_buffer_in(d->arena);
    bool gains = false;
    for (size_t i = 0; i < after->field_count; i++) {
        const ct_field *field = &after->fields[i], *old = ct_state_field(before, field->name);
        gains |= field->primary_key && !(old && old->primary_key);
        if (field->primary_key)
            ct_buffer_printf(&left, "%s%s", left.length ? ", " : "", field->name);
    }
    for (size_t i = 0; i < before->field_count; i++) {
        const ct_field *field = &before->fields[i], *new = ct_state_field(after, field->name);
        if (field->primary_key && !(new &&new->primary_key))
            ct_buffer_printf(&gone, "%s%s", gone.length ? ", " : "", field->name);
    }
    if (gone.length && !gains && d->how->problems)
        ct_problems_add(d->how->problems, CT_PROBLEM_WARNING,
                        "%s: the key loses %s, and (%s) is left: where rows differ in what goes alone, `migrate` fails "
                        "and changes nothing; a data migration before this one may join or remove such rows",
                        after->label, ct_buffer_text(&gone), ct_buffer_text(&left));
}

/* Those that come to a key first, and then those that leave it. */
static void pass_altered(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    for (int key = 1; key >= 0; key--)
        for (size_t i = 0; i < after->field_count; i++) {
            const ct_field *new = &after->fields[i], *old = ct_state_field(before, new->name);
            if (new->primary_key == key && old && !must_be_replaced(old, new) && !ct_state_field_equal(old, new))
                alter_field(d, after, old, new);
        }
}

/* ---- options, indexes, checks ---- */

static bool has_index(const ct_state_model *model, const ct_index *index)
{
    for (size_t i = 0; i < model->index_count; i++)
        if (ct_state_index_equal(&model->indexes[i], index))
            return true;
    return false;
}

static bool has_check(const ct_state_model *model, const ct_check *check)
{
    for (size_t i = 0; i < model->check_count; i++)
        if (ct_state_check_equal(&model->checks[i], check))
            return true;
    return false;
}

static void pass_parts_that_go(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    for (size_t i = 0; i < before->index_count; i++)
        if (!has_index(after, &before->indexes[i]))
            add_index(d, after, &before->indexes[i], CT_OPERATION_REMOVE_INDEX);
    for (size_t i = 0; i < before->check_count; i++)
        if (!has_check(after, &before->checks[i]))
            add(d, after->app,
                (ct_operation){
                    .kind = CT_OPERATION_REMOVE_CHECK, .model = after->name, .name = before->checks[i].name });
}

static void pass_parts_that_come(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    for (size_t i = 0; i < after->index_count; i++)
        if (!has_index(before, &after->indexes[i]))
            add_index(d, after, &after->indexes[i], CT_OPERATION_ADD_INDEX);
    for (size_t i = 0; i < after->check_count; i++)
        if (!has_check(before, &after->checks[i]))
            add(d, after->app,
                (ct_operation){ .kind = CT_OPERATION_ADD_CHECK, .model = after->name, .check = &after->checks[i] });
}

static void pass_options(detector *d, const ct_state_model *before, const ct_state_model *after)
{
    if (!ct_text_equal(before->given_table, after->given_table) || !ct_text_equal(before->comment, after->comment) ||
        !ct_text_equal(before->database, after->database) || before->unmanaged != after->unmanaged)
        add(d, after->app,
            (ct_operation){
                .kind = CT_OPERATION_ALTER_OPTIONS, .model = after->name, .options = options_of(d, after, false) });
}

static void for_kept_models(detector *d, field_pass *pass)
{
    for (size_t i = 0; i < d->to->count; i++) {
        const ct_state_model *after = d->to->models[i], *before = ct_state_find(&d->from, after->label);
        if (before)
            pass(d, before, after);
    }
}

/* ---- models that go ---- */

/* After whatever referred to it, now or before its refs were taken away, has gone. */
static void need_referrers(const detector *d, item *it, const char *label)
{
    const ct_state *states[] = { &d->from, d->how->from };
    for (size_t i = 0; i < d->count; i++) {
        const item *other = &d->items[i];
        if (!other->operation.model)
            continue;
        const char *of = ct_arena_printf(d->arena, "%s.%s", other->app, other->operation.model);
        for (size_t j = 0; j < CT_COUNT(states); j++) {
            const ct_state_model *model = ct_state_find(states[j], of);
            if (model && refers(model, label) && strcmp(of, label) != 0) {
                need(d, it, i);
                break;
            }
        }
    }
}

static bool goes(const detector *d, const bool *gone, size_t at)
{
    return !gone[at] && !ct_state_find(d->to, d->from.models[at]->label);
}

static bool is_wanted(const detector *d, const bool *gone, size_t at)
{
    for (size_t i = 0; i < d->from.count; i++)
        if (i != at && goes(d, gone, i) && refers(d->from.models[i], d->from.models[at]->label))
            return true;
    return false;
}

static bool wants_another(const detector *d, const bool *gone, size_t at)
{
    for (size_t i = 0; i < d->from.count; i++)
        if (i != at && goes(d, gone, i) && refers(d->from.models[at], d->from.models[i]->label))
            return true;
    return false;
}

static void drop_refs(detector *d, const ct_state_model *model)
{
    for (size_t i = 0; i < model->index_count; i++) { /* they may be over the refs */
        const ct_operation op = { .kind = CT_OPERATION_REMOVE_INDEX,
                                  .model = model->name,
                                  .index = &model->indexes[i] };
        add(d, model->app, op);
        apply(d, model->app, &op);
    }
    for (size_t i = 0; i < model->field_count; i++) {
        if (!model->fields[i].to || strcmp(model->fields[i].to->name, model->label) == 0)
            continue;
        const ct_operation op = { .kind = CT_OPERATION_REMOVE_FIELD,
                                  .model = model->name,
                                  .name = model->fields[i].name };
        add(d, model->app, op);
        apply(d, model->app, &op);
    }
}

/* Those first that no other one which goes refers to. Where all that are left stand in circles, the refs of one go. */
static void drop_models(detector *d)
{
    bool *gone = ct_arena_zalloc(d->arena, d->from.count + 1);
    for (bool again = true; again;) {
        size_t in_circle = SIZE_MAX;
        again = false;
        for (size_t i = 0; i < d->from.count; i++) {
            if (!goes(d, gone, i))
                continue;
            if (is_wanted(d, gone, i)) {
                in_circle = wants_another(d, gone, i) ? i : in_circle;
                continue;
            }
            const ct_state_model *model = d->from.models[i];
            item *it = add(d, model->app, (ct_operation){ .kind = CT_OPERATION_DROP_MODEL, .model = model->name });
            need_referrers(d, it, model->label);
            gone[i] = true;
            again = true;
        }
        if (!again && in_circle != SIZE_MAX) {
            drop_refs(d, d->from.models[in_circle]);
            again = true;
        }
    }
}

/* ---- dealing out ---- */

static bool depends(const detector *d, size_t on, size_t migration, int depth)
{
    if (migration == on)
        return true;
    if (depth > 64)
        return true;
    for (size_t i = 0; i < d->count; i++) {
        const item *it = &d->items[i];
        if (it->migration != migration)
            continue;
        for (size_t j = 0; j < it->need_count; j++) {
            size_t other = d->items[it->needs[j]].migration;
            if (other != SIZE_MAX && other != migration && depends(d, on, other, depth + 1))
                return true;
        }
    }
    return false;
}

static size_t open_migration(const detector *d, const char *app)
{
    for (size_t i = d->made.count; i-- > 0;)
        if (strcmp(d->made.items[i].app, app) == 0)
            return i;
    return SIZE_MAX;
}

static size_t begin_migration(detector *d, const char *app)
{
    d->made.items = ct_arena_grown(d->arena, d->made.items, d->made.count, sizeof *d->made.items, 4);
    d->made.items[d->made.count] = (ct_new_migration){ .app = app };
    return d->made.count++;
}

static void deal_out(detector *d)
{
    for (size_t i = 0; i < d->count; i++)
        d->items[i].migration = SIZE_MAX;
    for (size_t i = 0; i < d->count; i++) {
        item *it = &d->items[i];
        size_t at = open_migration(d, it->app);
        bool circle = false;
        for (size_t j = 0; j < it->need_count && at != SIZE_MAX; j++) {
            size_t other = d->items[it->needs[j]].migration;
            circle |= other != at && depends(d, at, other, 0);
        }
        if (at == SIZE_MAX || circle)
            at = begin_migration(d, it->app);
        it->migration = at;
        ct_new_migration *to = &d->made.items[at];
        to->operations = ct_arena_grown(d->arena, to->operations, to->count, sizeof *to->operations, 8);
        to->operations[to->count++] = it->operation;
    }
}

/* ---- names and dependencies ---- */

static void add_after(const detector *d, ct_new_migration *to, const char *label)
{
    for (size_t i = 0; i < to->after_count; i++)
        if (strcmp(to->after[i], label) == 0)
            return;
    to->after = ct_arena_grown(d->arena, to->after, to->after_count, sizeof *to->after, 4);
    to->after[to->after_count++] = label;
}

static const char *last_of(const detector *d, const char *app)
{
    for (size_t i = 0; i < d->how->leaf_count; i++)
        if (strcmp(d->how->leaves[i].app, app) == 0)
            return d->how->leaves[i].last;
    return NULL;
}

static const char *label_of(const detector *d, const ct_new_migration *of)
{
    return ct_arena_printf(d->arena, "%s.%s", of->app, of->name);
}

static void name_migrations(detector *d)
{
    for (size_t i = 0; i < d->made.count; i++) {
        ct_new_migration *of = &d->made.items[i];
        const char *last = last_of(d, of->app);
        bool first = !last; /* of several new ones all make the app's first tables */
        for (size_t j = 0; j < i; j++)
            if (strcmp(d->made.items[j].app, of->app) == 0)
                last = d->made.items[j].name;
        of->initial = first;
        const char *name = d->how->name
                               ? d->how->name
                               : ct_migration_name(d->arena, of->operations, of->count, first && !last, d->how->now);
        of->name = ct_migration_numbered(d->arena, last, name);
        if (last)
            add_after(d, of, ct_arena_printf(d->arena, "%s.%s", of->app, last));
    }
    for (size_t i = 0; i < d->count; i++) {
        const item *it = &d->items[i];
        ct_new_migration *of = &d->made.items[it->migration];
        for (size_t j = 0; j < it->need_count; j++) {
            const ct_new_migration *other = &d->made.items[d->items[it->needs[j]].migration];
            if (other != of && strcmp(other->app, of->app) != 0)
                add_after(d, of, label_of(d, other));
        }
        for (size_t j = 0; j < it->label_count; j++)
            add_after(d, of, it->labels[j]);
    }
}

/* Those of the apps that were asked for, and what they need. */
static void keep_wanted(detector *d)
{
    if (!d->how->only)
        return;
    bool *wanted = ct_arena_zalloc(d->arena, d->made.count + 1);
    for (size_t i = 0; i < d->made.count; i++)
        for (const char *const *app = d->how->only; *app; app++)
            wanted[i] |= strcmp(*app, d->made.items[i].app) == 0;
    for (size_t i = d->made.count; i-- > 0;)
        for (size_t j = 0; j < d->made.count && wanted[i]; j++)
            for (size_t k = 0; k < d->made.items[i].after_count; k++)
                if (strcmp(d->made.items[i].after[k], label_of(d, &d->made.items[j])) == 0)
                    wanted[j] = true;
    size_t count = 0;
    for (size_t i = 0; i < d->made.count; i++)
        if (wanted[i])
            d->made.items[count++] = d->made.items[i];
    d->made.count = count;
}

static void detect(detector *d)
{
    find_renames(d);
    for_kept_models(d, pass_parts_that_go);
    create_models(d);
    for_kept_models(d, pass_keys);
    for_kept_models(d, pass_removed);
    for_kept_models(d, pass_added);
    for_kept_models(d, pass_altered);
    for_kept_models(d, pass_removed_late);
    for_kept_models(d, pass_added_id);
    for_kept_models(d, pass_options);
    for_kept_models(d, pass_parts_that_come);
    drop_models(d);
}

ct_new_migrations ct_autodetect(const ct_detection *how)
{
    detector d = { .how = how, .arena = how->from->arena, .from = *how->from, .to = how->to };
    detect(&d);
    deal_out(&d);
    name_migrations(&d);
    keep_wanted(&d);
    return d.made;
}

/* ---- squashing ---- */

static ct_answer never(ct_asker *asker, const char *from, const char *to)
{
    (void)asker, (void)from, (void)to;
    return CT_ANSWER_NO;
}

static ct_answer never_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    (void)asker, (void)model, (void)from, (void)to;
    return CT_ANSWER_NO;
}

static bool no_fill(ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text)
{
    (void)asker, (void)model, (void)field, (void)is_new;
    *ret_text = NULL;
    return true;
}

ct_operation *ct_autodetect_app(const ct_state *from, const ct_state *to, const char *app, size_t *ret_count)
{
    ct_asker asker = { .renamed_model = never, .renamed_field = never_field, .fill = no_fill };
    const ct_detection how = { .from = from, .to = to, .asker = &asker };
    detector d = { .how = &how, .arena = from->arena, .from = *from, .to = to };
    detect(&d);
    ct_operation *operations = ct_arena_zalloc(d.arena, (d.count + 1) * sizeof *operations);
    *ret_count = 0;
    for (size_t i = 0; i < d.count; i++)
        if (strcmp(d.items[i].app, app) == 0)
            operations[(*ret_count)++] = d.items[i].operation;
    return operations;
}
