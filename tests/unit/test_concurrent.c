/* Several processes write at once, on both databases: nothing is counted twice or lost, one of them creates. */
#include "database.h"

#include <spawn.h>
#include <sys/wait.h>

#define WORKERS 4
#define ROUNDS 60
#define NAMES 6

CT_MODEL(Counter, (integer, value, .default_value = "0"));
CT_MODEL(Tag, (text, name, .unique = true), (integer, used, .default_value = "0"));
CT_MODEL(Created, (text, name), (integer, worker));

static const ct_app app = { .name = "w", .models = MODELS(Counter, Tag, Created) };

static int worker;

static void write_rounds(ct *c)
{
    ct_list(Counter) *counters = ct_select(c, Counter);
    Counter *counter = ct_list_at(counters, 0);
    for (int i = 0; i < ROUNDS; i++) {
        bool created;
        const char *name = ct_printf(c, "tag-%d", i % NAMES);
        ct_atomic(c) {
            Tag *tag = ct_get_or_create(c, Tag, "name", &created, .name = name);
            ct_update(c, tag, .used = ADD(1));
            if (created)
                ct_create(c, Created, .name = name, .worker = worker);
        }
        ct_update(c, counter, .value = ADD(1));
        Tag *other = ct_update_or_create(c, Tag, "name", &created, .name = ct_printf(c, "other-%d", i));
        assert_string_equal(other->name, ct_printf(c, "other-%d", i));
        if (created)
            ct_create(c, Created, .name = other->name, .worker = worker);
    }
}

static pid_t start_worker(int number)
{
    char text[16];
    pid_t pid;
    snprintf(text, sizeof(text), "%d", number);
    char *arguments[] = { (char *)"/proc/self/exe", database_run.url, text, NULL };
    assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
    return pid;
}

static void totals(ct *c)
{
    make_tables(c);
    ct_create(c, Counter);
    pid_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker(i);
    for (int i = 0; i < WORKERS; i++) {
        int status;
        assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(number_of(c, "select value from w_counter"), WORKERS * ROUNDS);
    assert_int_equal(number_of(c, "select count(*) from w_tag"), NAMES + ROUNDS);
    assert_int_equal(number_of(c, "select cast(sum(used) as bigint) from w_tag"), WORKERS * ROUNDS);
    assert_int_equal(number_of(c, "select count(*) from w_created"), NAMES + ROUNDS);
    assert_int_equal(number_of(c, "select count(distinct name) from w_created"), NAMES + ROUNDS);
}

static void test_processes_do_not_get_in_each_others_way(void **state)
{
    (void)state;
    on_databases(&app, totals);
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        worker = argv[2][0] - '0';
        bool good = run_on(&app, argv[1], NULL, write_rounds);
        if (!good)
            fprintf(stderr, "%s", database_run.log);
        return good ? 0 : 1;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_processes_do_not_get_in_each_others_way) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
