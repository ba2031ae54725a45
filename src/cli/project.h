/* The project in the working directory: a Makefile whose line
 *
 *     program = polls
 *
 * says what it builds. Its commands are those of the program; `canteen COMMAND` builds it first. */
#ifndef CANTEEN_CLI_PROJECT_H
#define CANTEEN_CLI_PROJECT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef struct ct_project {
    const char *program; /* below the folder: "polls", "bin/polls" */
    const char *path;    /* "./polls" */
    const char *folder;  /* the working directory, absolute */
} ct_project;

/* Whether there is a Makefile here. */
bool ct_project_is_here(void);
/* Finds the project; `program` (NULL: as the Makefile says) is what it builds. False with a message that says what to
 * do. Memory is the arena's, which has no limit. */
bool ct_project_find(ct_arena *arena, const char *program, ct_project *ret, ct_error *error);
/* The value of `program = VALUE` in a Makefile's text; data NULL: there is no such line. */
ct_str ct_project_program(ct_str makefile);

/* The words of a command: takes "--program NAME" off the front; what is left is the program's. False: the name is
 * missing. */
bool ct_project_take_program(char *const **words, const char **ret_program);

/* make's own words, NULL-terminated: as many jobs as there are cores, no echo of commands. The arena's. */
char *const *ct_project_make(ct_arena *arena);
/* Keeps other commands from building here until the descriptor is closed (or this process executes another program).
 * -1 with errno: EWOULDBLOCK where somebody else builds and that is not waited for; else there are no locks here. */
int ct_project_lock(bool wait);
/* execv(), tried again for a second while somebody writes the program. Returns only if that failed, with errno. */
void ct_project_execute(const char *path, char *const *argv);

#endif
