/* A worker in a child process, without supervisor, with the settings' defaults and no .env. */
#include "support/server.h"

#include "base/log.h"
#include "base/problems.h"
#include "net/worker.h"
#include "web/prepare.h"
#include "web/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void serve(const ct_app *app, const char *const *overrides, int listener)
{
    static ct_site site;
    static ct_arena arena;
    ct_problems problems = { 0 };
    char *environment[] = { NULL };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ct_arena_init(&arena, NULL, 0);
    ct_settings *settings = ct_settings_load(&arena, app, "/nonexistent/.env", environment, overrides, &problems);
    ct_site_prepare(&site, app, settings, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "test server: %s\n", problems.items[i].text);
    if (problems.errors)
        _exit(2);
    ct_log_open(STDERR_FILENO, CT_LOG_TEXT, CT_LOG_ERROR);
    ct_worker_start start = { .config = &site.config,
                              .ops = &ct_web_ops,
                              .data = &site,
                              .listeners = &listener,
                              .listener_count = 1,
                              .control = -1 };
    int code = ct_worker_run(&start);
    ct_site_finish(&site);
    ct_arena_finish(&arena);
    ct_problems_finish(&problems);
    exit(code);
}

test_server test_server_start(const ct_app *app, const char *const *overrides)
{
    static int number;
    test_server server = { .address.sun_family = AF_UNIX };
    int length = snprintf(server.address.sun_path + 1, sizeof server.address.sun_path - 1, "canteen-test-%d-%d",
                          getpid(), number++);
    server.address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&server.address, server.address_size) || listen(fd, 100)) {
        perror("test server: cannot listen");
        exit(2);
    }
    fflush(NULL);
    server.pid = fork();
    if (server.pid == 0)
        serve(app, overrides, fd);
    close(fd);
    return server;
}

test_server test_server_start_logging(const ct_app *app, const char *const *overrides, int *ret_log)
{
    int old = dup(STDERR_FILENO);
    *ret_log = memfd_create("log", 0);
    fflush(stderr);
    dup2(*ret_log, STDERR_FILENO);
    test_server server = test_server_start(app, overrides);
    dup2(old, STDERR_FILENO);
    close(old);
    return server;
}

int test_server_dial(const test_server *server)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&server->address, server->address_size)) {
        perror("test server: cannot connect");
        exit(2);
    }
    return fd;
}

int test_server_stop(const test_server *server)
{
    int status = -1;
    kill(server->pid, SIGTERM);
    waitpid(server->pid, &status, 0);
    return status;
}
