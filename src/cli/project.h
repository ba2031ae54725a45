/* The project in the working directory, or the nearest above it: a Makefile whose line
 *
 *     program = polls
 *
 * says what it builds. Its commands are those of the program; `canteen COMMAND` builds it first.
 *
 * Looked through are the folders above up to the home folder, the root and the edge of the file system, all three left
 * out. A Makefile there must be the user's own or root's, and so must its folder: nobody is to run what somebody else
 * has put into a folder for all, as /tmp. */
#ifndef CANTEEN_CLI_PROJECT_H
#define CANTEEN_CLI_PROJECT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

typedef struct ct_project {
    const char *program; /* below the folder: "polls", "bin/polls" */
    const char *path;    /* "./polls" */
    const char *folder;  /* the working directory, absolute */
    bool above;          /* it was not, when the command began */
} ct_project;

/* To be told when a project is above: with its folder. */
#define CT_PROJECT_ABOVE "the project is in %s: paths begin there"

/* Whether there is a Makefile here, or a project above that has a command with these words. */
bool ct_project_is_near(char *const *words);
/* Finds the project, and goes to its folder; `program` (NULL: as the Makefile says) is what it builds, and if given,
 * the Makefile need not say it. False with a message that says what to do. Memory is the arena's, which has no
 * limit. */
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
