/* The commands that work with databases, each with its table of options, and what they share. */
#ifndef CANTEEN_CLI_DATABASE_H
#define CANTEEN_CLI_DATABASE_H

#include "canteen/command.h"
#include "db/site.h"

int ct_dbshell_command(ct *c), ct_dumpdata_command(ct *c), ct_flush_command(ct *c), ct_inspectdb_command(ct *c),
    ct_loaddata_command(ct *c), ct_query_command(ct *c);
extern const ct_option ct_dbshell_options[], ct_dumpdata_options[], ct_flush_options[], ct_inspectdb_options[],
    ct_loaddata_options[], ct_query_options[];

/* The database of the option --database, else "default"; aborts where there is none of that name. */
ct_db_entry *ct_command_entry(ct *c);
/* The same; aborts also where its file is not there, which opening it would make. */
ct_db_entry *ct_command_database(ct *c);
/* The same; aborts where it is a replica, which is only read. */
ct_db_entry *ct_command_written(ct *c);
void ct_command_present(ct *c, const ct_db_entry *entry);
/* Asks on the terminal, where standard input is one, and is true for "yes". Aborts where it is none: `instead` says
 * what to write then. */
bool ct_command_confirmed(ct *c, const char *question, const char *instead);

#endif
