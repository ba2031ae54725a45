/* What `check` finds: a list of problems, each one line that names the place and the fix.
 *
 * The parts that read an app's tables (routes, settings, commands) add to it instead of stopping at the first; the
 * start refuses to run when there is an error, `check` prints them all. Memory is the heap's. */
#ifndef CANTEEN_BASE_PROBLEMS_H
#define CANTEEN_BASE_PROBLEMS_H

#include "base/common.h"

typedef enum ct_severity { CT_PROBLEM_WARNING, CT_PROBLEM_ERROR } ct_severity;

typedef struct ct_problem {
    ct_severity severity;
    char *text;
} ct_problem;

/* Zeroed memory is an empty list. */
typedef struct ct_problems {
    ct_problem *items;
    size_t count, capacity, errors;
} ct_problems;

void ct_problems_add(ct_problems *problems, ct_severity severity, const char *format, ...) CT_PRINTF(3, 4);
void ct_problems_finish(ct_problems *problems);

#endif
