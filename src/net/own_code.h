/* Whose a function of a backtrace is: the app's, the library's (which may be linked into the program) or the
 * system's. */
#ifndef CANTEEN_NET_OWN_CODE_H
#define CANTEEN_NET_OWN_CODE_H

#include "net/backtrace.h"

#include <limits.h>

/* Where the library's code is. */
typedef struct ct_own_code {
    char module[PATH_MAX]; /* that it is part of, "" when not known */
    char root[PATH_MAX];   /* of its sources, "" when not known */
} ct_own_code;

/* Takes milliseconds (it reads debug information). */
void ct_own_code_find(ct_own_code *ret);
/* Whether the function is the app's. */
bool ct_own_code_is_app(const ct_own_code *code, const ct_backtrace_frame *frame);

#endif
