/* What workers become when the server was started as root: the settings `user` and `group`. Names are looked up once,
 * at start, where a mistake can still be told. */
#ifndef CANTEEN_NET_PRIVILEGES_H
#define CANTEEN_NET_PRIVILEGES_H

#include "base/error.h"

#include <sys/types.h>

typedef struct ct_privileges {
    bool change; /* false: the process stays what it is */
    bool keep_uid;
    uid_t uid;
    gid_t gid;
    char user[256]; /* whose supplementary groups apply, "" none */
} ct_privileges;

/* Looks the names up; either may be NULL: without a group it is the user's own, with a group alone the user stays.
 * `change` is set only for root: another user cannot change and need not. False with an error when a name is not
 * known. */
bool ct_privileges_find(const char *user, const char *group, ct_privileges *ret, ct_error *error);
/* Becomes that user and group, for good; it is verified that there is no way back. Clears the parent-death signal
 * (prctl(2)), so set that afterwards. */
bool ct_privileges_drop(const ct_privileges *privileges, ct_error *error);

#endif
