/* A PostgreSQL server of a test's own, that it stops and starts: tests/support/postgres.sh, told by a pipe what to
 * do. */
#ifndef POSTGRES_SERVER_H
#define POSTGRES_SERVER_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct postgres_server {
    pid_t pid;
    FILE *orders, *answers;
    char url[256];
} postgres_server;

/* Every word is a function of the script; the answer is the URL, or a line that is none. */
static const char postgres_server_script[] =
    ". tests/support/postgres.sh; trap 'trap \"\" HUP INT TERM; postgres_stop' EXIT; trap 'exit 1' HUP INT TERM; "
    "postgres_start \"${BUILD_TREE:-build-debug}\"; echo \"$_CANTEEN_TEST_POSTGRES\"; "
    "while read -r order; do $order; echo done; done";

static inline void postgres_server_answer(postgres_server *server, char *line, int size)
{
    if (!fgets(line, size, server->answers))
        fail_msg("the server's script has ended");
    line[strcspn(line, "\n")] = '\0';
}

static inline void postgres_server_start(postgres_server *server)
{
    int orders[2], answers[2];
    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    fflush(NULL);
    server->pid = fork();
    if (server->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(orders[0], 0);
        dup2(answers[1], 1);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        execl("/bin/sh", "sh", "-c", postgres_server_script, "sh", NULL);
        _exit(127);
    }
    close(orders[0]);
    close(answers[1]);
    server->orders = fdopen(orders[1], "w");
    server->answers = fdopen(answers[0], "r");
    postgres_server_answer(server, server->url, sizeof(server->url));
}

/* "postgres_down INT", "postgres_up", "postgres_pool" */
static inline void postgres_server_tell(postgres_server *server, const char *order)
{
    char line[256];
    fprintf(server->orders, "%s\n", order);
    fflush(server->orders);
    postgres_server_answer(server, line, sizeof(line));
    assert_string_equal(line, "done");
}

static inline void postgres_server_stop(postgres_server *server)
{
    fclose(server->orders);
    fclose(server->answers);
    waitpid(server->pid, NULL, 0);
}

#endif
