/* Databases for tests: each test has fresh ones, and the program's own are never touched.
 *
 * They are made once (migrations applied), as a file or as a template database of the same server, and copied for each
 * test. Only for programs whose apps have models. What a run that was killed has left on a server, the next one on the
 * same machine takes away; files are in a folder of the run (test_process.c). */
#ifndef CANTEEN_CLI_TEST_DATABASE_H
#define CANTEEN_CLI_TEST_DATABASE_H

#include "web/site.h"

typedef struct ct_test_databases {
    ct_site *site;      /* whose databases they replace */
    const char *folder; /* for files; the caller's, which takes it away */
    char name[40];      /* how databases of servers begin: "canteen_test_1a2b3c4d_4711", the machine and the process */
    bool needed, servers;
} ct_test_databases;

/* False after a message on standard error. The process must have one thread. */
bool ct_test_databases_make(ct_test_databases *ret, ct_site *site, const char *folder);
/* In the process of a test: databases of its own, from here on those of the site. False after a message. */
bool ct_test_databases_take(ct_test_databases *databases, size_t number);
/* Takes those of a test away, and all of them. */
void ct_test_databases_drop(const ct_test_databases *databases, size_t number);
void ct_test_databases_finish(const ct_test_databases *databases);

#endif
