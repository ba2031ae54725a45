/* `flush`: empties the tables of the apps' models. */
#include "db/flush.h"

#include "canteen/work.h"
#include "cli/database.h"

#include <inttypes.h>
#include <stdio.h>

const ct_option ct_flush_options[] = {
    { .name = "input", .type = CT_FLAG, .value = "true", .help = "ask first" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

int ct_flush_command(ct *c)
{
    const ct_db_entry *entry = ct_command_written(c);
    if (ct_option_flag(c, "input")) {
        const char *question =
            ct_printf(c, "All rows of the apps' models in the database \"%s\" (%s) will be deleted, for good.",
                      entry->alias, entry->target.shown);
        if (!ct_command_confirmed(c, question, "write flush --no-input.")) {
            printf("Nothing has been deleted.\n");
            return 1;
        }
    }
    size_t count = ct_empty_tables(c, entry);
    printf("%zu table%s emptied.\n", count, count == 1 ? "" : "s");
    return 0;
}
