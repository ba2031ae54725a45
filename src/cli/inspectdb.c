/* `inspectdb`: writes the declarations of models for tables that are there. */
#include "db/inspect.h"

#include "base/nearest.h"
#include "canteen/work.h"
#include "cli/database.h"
#include "db/migrate.h"
#include "net/work.h"

#include <stdio.h>

const ct_option ct_inspectdb_options[] = {
    { .name = "table", .argument = true, .optional = true, .repeat = true, .help = "these alone; all unless named" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

/* What is kept there of migrations. */
static bool is_own(const char *name)
{
    return strcmp(name, CT_MIGRATIONS_TABLE) == 0 || strcmp(name, CT_STEPS_TABLE) == 0;
}

static const ct_live_table *find(ct *c, const ct_live_schema *schema, const char *name)
{
    const ct_live_table *table = ct_live_table_named(schema, name);
    if (table)
        return table;
    ct_nearest nearest = ct_nearest_to(name);
    for (size_t i = 0; i < schema->count; i++)
        ct_nearest_try(&nearest, schema->tables[i].name);
    ct_abort(c, 400, "there is no table \"%s\"%s%s%s", name, nearest.best ? "; did you mean \"" : "",
             nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

int ct_inspectdb_command(ct *c)
{
    const ct_db_entry *entry = ct_command_database(c);
    const ct_live_schema *schema = ct_introspect(c, entry);
    const char *const *names = ct_option_all(c, "table");
    size_t room = schema->count + 1, count = 0;
    for (size_t i = 0; names[i]; i++)
        room++;
    const ct_live_table **tables = ct_alloc(c, room * sizeof(*tables));
    for (size_t i = 0; names[i]; i++)
        tables[count++] = find(c, schema, names[i]);
    for (size_t i = 0; i < schema->count && !names[0]; i++)
        if (!is_own(schema->tables[i].name))
            tables[count++] = &schema->tables[i];
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    ct_inspect_write(c, entry, tables, count, &out);
    fwrite(ct_buffer_text(&out), 1, out.length, stdout);
    return 0;
}
