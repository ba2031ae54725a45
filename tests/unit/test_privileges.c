/* Dropping privileges: unknown names are told, and there is no way back. What needs root is skipped for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/privileges.h"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_unknown_names(void **state)
{
    (void)state;
    ct_privileges found;
    ct_error error;
    assert_false(ct_privileges_find("no-such-user", NULL, &found, &error));
    assert_string_equal(error.message, "setting user: there is no user \"no-such-user\" on this machine");
    assert_false(ct_privileges_find(NULL, "no-such-group", &found, &error));
    assert_string_equal(error.message, "setting group: there is no group \"no-such-group\" on this machine");
}

static void test_nothing_to_change(void **state)
{
    (void)state;
    ct_privileges found;
    ct_error error;
    assert_true(ct_privileges_find(NULL, NULL, &found, &error));
    assert_false(found.change);
    assert_true(ct_privileges_find("", "", &found, &error));
    assert_false(found.change);
    assert_true(ct_privileges_drop(&found, &error));
}

/* Only root changes; for anybody else the setting has no effect. */
static void test_change_is_roots(void **state)
{
    (void)state;
    ct_privileges found;
    ct_error error;
    assert_true(ct_privileges_find("root", NULL, &found, &error));
    assert_int_equal(found.change, geteuid() == 0);
    assert_int_equal(found.uid, 0);
}

static int in_child(int (*check)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(check());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int becomes_user(void)
{
    ct_privileges found;
    ct_error error;
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group, groups[32];
    if (!ct_privileges_find("nobody", NULL, &found, &error) || !ct_privileges_drop(&found, &error))
        return 1;
    if (getresuid(&real, &effective, &saved) || real != found.uid || effective != found.uid || saved != found.uid)
        return 2;
    if (getresgid(&real_group, &effective_group, &saved_group) || real_group != found.gid ||
        effective_group != found.gid || saved_group != found.gid)
        return 3;
    int count = getgroups(32, groups);
    for (int i = 0; i < count; i++)
        if (groups[i] == 0)
            return 4; /* root's group was kept */
    return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ? 5 : 0;
}

/* By number, and with another group than the user's own. */
static int becomes_user_and_group(void)
{
    ct_privileges found;
    ct_error error;
    if (!ct_privileges_find("65534", "daemon", &found, &error) || !ct_privileges_drop(&found, &error))
        return 1;
    const struct group *group = getgrnam("daemon");
    return getuid() == 65534 && group && getegid() == group->gr_gid ? 0 : 2;
}

static int group_alone(void)
{
    ct_privileges found;
    ct_error error;
    if (!ct_privileges_find(NULL, "daemon", &found, &error) || !ct_privileges_drop(&found, &error))
        return 1;
    const struct group *group = getgrnam("daemon");
    return getuid() == 0 && group && getegid() == group->gr_gid ? 0 : 2;
}

static void test_drop(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_child(becomes_user), 0);
    assert_int_equal(in_child(becomes_user_and_group), 0);
    assert_int_equal(in_child(group_alone), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_nothing_to_change),
        cmocka_unit_test(test_change_is_roots),
        cmocka_unit_test(test_drop),
    };
    return cmocka_run_group_tests_name("privileges", tests, NULL, NULL);
}
