/* Random pairs of sets of models: migrating from one to the other must give the tables that are made from scratch, with
 * rows in them, forwards and back. The seeds are fixed; a failure names its own. */
#include "database.h"

#include "db/autodetect.h"
#include "db/dialect.h"
#include "db/history.h"
#include "db/introspect.h"

static const ct_app no_models = { .name = "none" };

static uint32_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

static bool chance(uint32_t percent)
{
    return random_below(100) < percent;
}

static const char *const model_names[] = { "Author", "Book", "Tag", "Shelf" };
static const char *const field_names[] = { "alpha", "beta", "gamma", "delta", "order", "user", "omega" };

static ct_kind random_kind(void)
{
    static const ct_kind kinds[] = { CT_KIND_text,    CT_KIND_slug,     CT_KIND_integer, CT_KIND_real,
                                     CT_KIND_decimal, CT_KIND_datetime, CT_KIND_date,    CT_KIND_boolean,
                                     CT_KIND_uuid,    CT_KIND_json,     CT_KIND_binary };
    return kinds[random_below(chance(50) ? 3 : CT_COUNT(kinds))];
}

static const ct_shape *shape_named(ct_arena *arena, const char *label)
{
    ct_shape *shape = ct_arena_zalloc(arena, sizeof *shape);
    shape->name = label;
    return shape;
}

static ct_field random_ref(ct_arena *arena, const char *name, size_t models)
{
    static const ct_on_delete deletes[] = { CT_CASCADE, CT_PROTECT, CT_DB_CASCADE, CT_DB_RESTRICT };
    const char *to = model_names[random_below((uint32_t)models)];
    return (ct_field){ .name = name,
                       .kind = chance(30)   ? CT_KIND_many_to_many
                               : chance(20) ? CT_KIND_one_to_one
                                            : CT_KIND_ref,
                       .to = shape_named(arena, ct_arena_printf(arena, "lib.%s", to)),
                       .null = true,
                       .on_delete = deletes[random_below(CT_COUNT(deletes))] };
}

static ct_field random_field(ct_arena *arena, const char *name, size_t models)
{
    if (chance(25)) {
        ct_field ref = random_ref(arena, name, models);
        if (ref.kind == CT_KIND_many_to_many)
            ref.null = false, ref.on_delete = CT_ON_DELETE_UNSET;
        return ref;
    }
    ct_field field = { .name = name, .kind = random_kind(), .null = chance(60) };
    if (field.kind <= CT_KIND_image && chance(60))
        field.max_length = 10 + (int)random_below(3) * 20;
    if (field.kind == CT_KIND_decimal) {
        field.max_digits = 8 + (int)random_below(2);
        field.decimal_places = (int)random_below(3);
    }
    field.index = field.kind != CT_KIND_json && chance(20);
    field.unique = !field.index && field.null && field.kind != CT_KIND_json && chance(15);
    if (chance(20))
        field.comment = chance(50) ? "it's" : "a note";
    if (chance(10))
        field.column = ct_arena_printf(arena, "%s_column", name);
    if (field.kind == CT_KIND_integer && chance(40))
        field.db_default = chance(50) ? "7" : "8";
    return field;
}

static const ct_index *random_indexes(ct_arena *arena, const ct_state_model *model, size_t *ret_count)
{
    ct_index *indexes = ct_arena_zalloc(arena, 2 * sizeof *indexes);
    *ret_count = 0;
    for (size_t i = 0; i < model->field_count && *ret_count < 1; i++) {
        const ct_field *field = &model->fields[i];
        if (field->kind == CT_KIND_json || field->kind == CT_KIND_many_to_many || !chance(25))
            continue;
        indexes[(*ret_count)++] = (ct_index){ .fields = ct_arena_printf(arena, "-%s, id", field->name),
                                              .unique = chance(30),
                                              .where = chance(30) ? "id > 3" : NULL };
    }
    return indexes;
}

static ct_state random_state(ct_arena *arena)
{
    ct_state state = ct_state_empty(arena);
    size_t count = 1 + random_below(CT_COUNT(model_names));
    state.models = ct_arena_zalloc(arena, CT_COUNT(model_names) * sizeof *state.models);
    for (size_t i = 0; i < count; i++) {
        ct_state_model *model = ct_arena_zalloc(arena, sizeof *model);
        ct_field *fields = ct_arena_zalloc(arena, (CT_COUNT(field_names) + 1) * sizeof *fields);
        model->app = "lib";
        model->name = model_names[i];
        model->label = ct_arena_printf(arena, "lib.%s", model->name);
        if (chance(15))
            model->given_table = ct_arena_printf(arena, "the_%s", model->name);
        model->table = model->given_table
                           ? model->given_table
                           : ct_arena_printf(arena, "lib_%c%s", ct_ascii_lower(model->name[0]), model->name + 1);
        model->comment = chance(20) ? "of books" : NULL;
        fields[model->field_count++] = (ct_field){ .name = "id", .kind = CT_KIND_integer, .primary_key = true };
        for (size_t j = 0; j < CT_COUNT(field_names); j++)
            if (chance(45))
                fields[model->field_count++] = random_field(arena, field_names[j], count);
        model->fields = fields;
        model->indexes = random_indexes(arena, model, &model->index_count);
        if (chance(25)) {
            ct_check *check = ct_arena_zalloc(arena, sizeof *check);
            *check = (ct_check){ .name = ct_arena_printf(arena, "%s_check", model->name),
                                 .sql = chance(50) ? "id > 0" : "id > -1" };
            model->checks = check;
            model->check_count = 1;
        }
        state.models[state.count++] = model;
    }
    return state;
}

/* ---- asking and running ---- */

/* What goes and what comes is taken for renamed now and then. */
static ct_answer renamed_model(ct_asker *asker, const char *from, const char *to)
{
    (void)asker, (void)from, (void)to;
    return chance(70) ? CT_ANSWER_YES : CT_ANSWER_NO;
}

static ct_answer renamed_field(ct_asker *asker, const char *model, const char *from, const char *to)
{
    (void)asker, (void)model, (void)from, (void)to;
    return chance(70) ? CT_ANSWER_YES : CT_ANSWER_NO;
}

static bool fill(ct_asker *asker, const char *model, const ct_field *field, bool is_new, const char **ret_text)
{
    (void)asker, (void)model, (void)is_new;
    ct_kind kind = ct_field_value_kind(field);
    *ret_text = kind == CT_KIND_datetime  ? "2026-11-21T09:30:00Z"
                : kind == CT_KIND_date    ? "2026-11-21"
                : kind == CT_KIND_boolean ? "true"
                : kind == CT_KIND_uuid    ? "01234567-89ab-4cde-8f01-23456789abcd"
                : kind == CT_KIND_json    ? "{}"
                                          : "1";
    return true;
}

static const ct_ddl *ddl;
static ct_db_entry *entry;

/* Of the connection that the next transaction will have. */
static void set_foreign_keys(ct *c, bool on)
{
    ct_db_error error;
    const ct_db_statement statement = { .sql = on ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF" };
    if (ddl != &ct_ddl_sqlite)
        return;
    ct_db_lease *lease = ct_db_lease_take(c, entry);
    assert_true(entry->driver->run(c, ct_db_lease_connection(lease), &statement, NULL, &error));
    ct_db_lease_end(lease);
}

static void run_script(ct *c, const ct_script *script, const char *what)
{
    set_foreign_keys(c, false);
    ct_atomic(c)
        for (size_t i = 0; i < script->count; i++) {
            ct_db_error error;
            const ct_db_statement statement = { .sql = script->steps[i].sql, .once = true };
            if (script->steps[i].kind == CT_STEP_SQL &&
                !entry->driver->run(c, ct_db_transaction_connection(c, entry), &statement, NULL, &error)) {
                for (size_t k = 0; k < script->count; k++)
                    print_error("  %s;\n", script->steps[k].sql ? script->steps[k].sql : "-");
                fail_msg("%s: %s\nin: %s", what, error.message, statement.sql);
            }
        }
    set_foreign_keys(c, true);
}

static const char *drawn(ct *c, ct_arena *arena)
{
    ct_buffer out = ct_buffer_in(arena);
    const ct_live_schema *schema = ct_introspect(c, entry);
    for (size_t i = 0; i < schema->count; i++) {
        ct_live_table *table = &schema->tables[i];
        /* Columns that came later stand behind: their order is no difference. */
        for (size_t j = 0; j < table->column_count; j++)
            for (size_t k = j + 1; k < table->column_count; k++)
                if (strcmp(table->columns[j].name, table->columns[k].name) > 0) {
                    ct_live_column swap = table->columns[j];
                    table->columns[j] = table->columns[k];
                    table->columns[k] = swap;
                }
        ct_live_write(&out, table);
    }
    return ct_buffer_text(&out);
}

/* From one state to another, by the operations that are detected. */
static void migrate(ct *c, ct_arena *arena, const ct_state *from, const ct_state *to, bool backwards)
{
    ct_asker asker = { .renamed_model = renamed_model, .renamed_field = renamed_field, .fill = fill };
    ct_problems problems = { 0 };
    const ct_detection how = { .from = from, .to = to, .asker = &asker, .problems = &problems, .name = "x" };
    ct_new_migrations made = ct_autodetect(&how);
    ct_state state = *from;
    ct_state *states = ct_arena_zalloc(arena, 256 * sizeof *states);
    const ct_operation **operations = ct_arena_zalloc(arena, 256 * sizeof(void *));
    size_t count = 0;
    for (size_t i = 0; i < made.count; i++)
        for (size_t j = 0; j < made.items[i].count; j++) {
            ct_error error;
            states[count] = state;
            operations[count++] = &made.items[i].operations[j];
            assert_true(count < 255);
            if (!ct_state_apply(&states[count - 1], "lib", operations[count - 1], &state, &error))
                fail_msg("%s: %s", ct_operation_describe(arena, operations[count - 1]), error.message);
        }
    states[count] = state;
    for (size_t i = 0; i < count; i++) {
        ct_script script = ct_script_begin(arena, ddl, NULL);
        ct_ddl_change(&script, &states[i], &states[i + 1], "lib", operations[i], false);
        run_script(c, &script, ct_operation_describe(arena, operations[i]));
    }
    for (size_t i = count; backwards && i-- > 0;) {
        ct_script script = ct_script_begin(arena, ddl, NULL);
        ct_ddl_change(&script, &states[i + 1], &states[i], "lib", operations[i], true);
        run_script(c, &script, ct_arena_printf(arena, "back: %s", ct_operation_describe(arena, operations[i])));
    }
    ct_problems_finish(&problems);
}

static void make(ct *c, ct_arena *arena, const ct_state *from, const ct_state *to)
{
    ct_script script = ct_script_begin(arena, ddl, NULL);
    ct_ddl_change(&script, from, to, NULL, NULL, false);
    run_script(c, &script, "made from scratch");
}

/* Can a row be all NULL? Other values may not fit a later kind. */
static bool takes_nothing(const ct_state_model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const ct_field *field = &model->fields[i];
        if (!field->primary_key && (!field->null || field->db_default) && field->kind != CT_KIND_many_to_many)
            return false;
    }
    return true;
}

static void add_rows(ct *c, const ct_state *state)
{
    for (size_t i = 0; i < state->count; i++)
        if (takes_nothing(state->models[i]))
            ct_sql_run(c, ct_printf(c, "insert into \"%s\" default values", state->models[i]->table), ARGS());
}

static void compare(const char *wanted, const char *got, uint32_t number, const char *what)
{
    if (strcmp(wanted, got) != 0)
        fail_msg("pair %u, %s\n--- from scratch\n%s\n--- migrated\n%s", number, what, wanted, got);
}

static uint32_t first_pair, last_pair;

static void pairs(ct *c)
{
    entry = ct_db_site_entry(ct_work_databases(c), "default");
    ddl = entry->driver->dialect->ddl;
    for (uint32_t number = first_pair; number < last_pair; number++) {
        ct_arena arena;
        ct_arena_init(&arena, NULL, 0);
        seed = number * 2654435761u + 1;
        ct_state none = ct_state_empty(&arena), a = random_state(&arena), b = random_state(&arena);
        make(c, &arena, &none, &b);
        const char *wanted = drawn(c, &arena);
        make(c, &arena, &b, &none);
        make(c, &arena, &none, &a);
        const char *before = drawn(c, &arena);
        migrate(c, &arena, &a, &b, true);
        compare(before, drawn(c, &arena), number, "there and back");
        add_rows(c, &a);
        migrate(c, &arena, &a, &b, false);
        compare(wanted, drawn(c, &arena), number, "there");
        migrate(c, &arena, &b, &none, false);
        assert_string_equal(drawn(c, &arena), "");
        ct_arena_finish(&arena);
    }
}

static void test_pairs_on_sqlite(void **state)
{
    (void)state;
    first_pair = 0;
    last_pair = 120;
    on_sqlite(&no_models, pairs);
}

static void test_pairs_on_postgres(void **state)
{
    (void)state;
    first_pair = 0;
    last_pair = 30;
    on_postgres(&no_models, pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_on_sqlite),
        cmocka_unit_test(test_pairs_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
