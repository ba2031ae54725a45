/* What the commands of databases share. */
#include "cli/database.h"

#include "base/nearest.h"
#include "canteen/work.h"
#include "net/work.h"

#include <stdio.h>
#include <unistd.h>

ct_db_entry *ct_command_entry(ct *c)
{
    ct_db_site *site = ct_work_databases(c);
    const char *given = ct_option_text(c, "database"), *alias = given ? given : "default";
    ct_db_entry *entry = ct_db_site_entry(site, alias);
    if (entry)
        return entry;
    ct_nearest nearest = ct_nearest_to(alias);
    for (size_t i = 0; i < site->entry_count; i++)
        ct_nearest_try(&nearest, site->entries[i].alias);
    ct_abort(c, 400, "there is no database \"%s\"%s%s%s: .databases = DATABASES(...) of the app names them", alias,
             nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
}

void ct_command_present(ct *c, const ct_db_entry *entry)
{
    const char *option = strcmp(entry->alias, "default") == 0 ? "" : ct_printf(c, " --database %s", entry->alias);
    if (entry->driver->absent && entry->driver->absent(&entry->target))
        ct_abort(c, 400, "the database \"%s\" (%s) is not there: `migrate%s` makes it", entry->alias,
                 entry->target.shown, option);
}

ct_db_entry *ct_command_database(ct *c)
{
    ct_db_entry *entry = ct_command_entry(c);
    ct_command_present(c, entry);
    return entry;
}

ct_db_entry *ct_command_written(ct *c)
{
    ct_db_entry *entry = ct_command_entry(c);
    if (entry->replica_of)
        ct_abort(c, 400, "the database \"%s\" is a replica of \"%s\", which is only read: write --database %s",
                 entry->alias, entry->replica_of, entry->replica_of);
    ct_command_present(c, entry);
    return entry;
}

bool ct_command_confirmed(ct *c, const char *question, const char *instead)
{
    char answer[16] = "";
    if (!isatty(STDIN_FILENO))
        ct_abort(c, 400, "%s Nobody can be asked here: %s", question, instead);
    printf("%s\nType \"yes\" to go on: ", question);
    fflush(stdout);
    if (!fgets(answer, sizeof(answer), stdin))
        return false;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "yes") == 0;
}
