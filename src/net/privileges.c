/* Giving up root: supplementary groups first, then the group, then the user; real, effective and saved ids all at once,
 * since a saved id of 0 would be a way back. Capabilities go with the user id. */
#include "net/privileges.h"

#include "base/str.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* A name, or a number as text. */
static bool find_user(const char *user, ct_privileges *ret, ct_error *error)
{
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    uint64_t number;
    if (!entry && ct_str_to_uint64(ct_str_of(user), &number) && number < UINT32_MAX)
        entry = getpwuid((uid_t)number);
    if (!entry)
        return ct_fail(error, "setting user: there is no user \"%s\" on this machine", user);
    ret->uid = entry->pw_uid;
    ret->gid = entry->pw_gid;
    snprintf(ret->user, sizeof(ret->user), "%s", entry->pw_name);
    return true;
}

static bool find_group(const char *group, ct_privileges *ret, ct_error *error)
{
    const struct group *entry = getgrnam(group);
    uint64_t number;
    if (!entry && ct_str_to_uint64(ct_str_of(group), &number) && number < UINT32_MAX)
        entry = getgrgid((gid_t)number);
    if (!entry)
        return ct_fail(error, "setting group: there is no group \"%s\" on this machine", group);
    ret->gid = entry->gr_gid;
    return true;
}

bool ct_privileges_find(const char *user, const char *group, ct_privileges *ret, ct_error *error)
{
    ct_privileges found = { .keep_uid = !user || !*user };
    bool with_group = group && *group;
    if (!found.keep_uid && !find_user(user, &found, error))
        return false;
    if (with_group && !find_group(group, &found, error))
        return false;
    found.change = geteuid() == 0 && (!found.keep_uid || with_group);
    *ret = found;
    return true;
}

bool ct_privileges_drop(const ct_privileges *privileges, ct_error *error)
{
    if (!privileges->change)
        return true;
    gid_t gid = privileges->gid;
    int groups = privileges->user[0] ? initgroups(privileges->user, gid) : setgroups(1, &gid);
    if (groups < 0 || setresgid(gid, gid, gid) < 0)
        return ct_fail(error, "cannot become group %u: %m", (unsigned)gid);
    if (privileges->keep_uid)
        return true;
    uid_t uid = privileges->uid;
    if (setresuid(uid, uid, uid) < 0)
        return ct_fail(error, "cannot become user %s: %m", privileges->user);
    if (uid != 0 && (setuid(0) == 0 || setgid(0) == 0))
        return ct_fail(error, "user %s can become root again: refusing to serve", privileges->user);
    return true;
}
