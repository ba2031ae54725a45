/* A worker in a process of its own, on a Unix socket, for tests that need real bytes on a real socket. */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <canteen.h>

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

typedef struct test_server {
    pid_t pid;
    struct sockaddr_un address;
    socklen_t address_size;
} test_server;

/* Starts it; `overrides` are "name=value" settings, NULL-terminated, or NULL. Ends the program with a message when it
 * cannot. The child dies with the program. */
test_server test_server_start(const ct_app *app, const char *const *overrides);
/* The same with a log that goes into a file in memory, *ret_log, which is the caller's to close. */
test_server test_server_start_logging(const ct_app *app, const char *const *overrides, int *ret_log);
/* A connected socket. */
int test_server_dial(const test_server *server);
/* Stops it and returns its wait status: 0 is an orderly end. */
int test_server_stop(const test_server *server);

#endif
