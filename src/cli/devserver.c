/* The processes that answer on the socket of `canteen run`.
 *
 * The stand-in is an app without routes, served like any other (net/supervisor.h): browsers get the page of the build
 * that failed (web/dev_reload.h), everything else 503. No code of the project is in it. */
#include "cli/devloop.h"

#include "base/log.h"
#include "base/time.h"
#include "canteen/request.h"
#include "canteen/response.h"
#include "net/supervisor.h"
#include "web/client_info.h"
#include "web/dev_reload.h"
#include "web/serve.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FIRST_FD 3

void ct_devserver_prepare_child(const ct_devloop *loop)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != loop->pid)
        _exit(1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
}

/* In a child: the sockets as descriptors 3, 4, ..., and the variables that say so. */
static bool pass_sockets(const ct_listeners *listeners)
{
    char text[24];
    int count = (int)listeners->count, *copies = ct_xcalloc(listeners->count, sizeof *copies);
    bool good = true;
    for (int i = 0; i < count; i++)
        copies[i] = fcntl(listeners->items[i].fd, F_DUPFD_CLOEXEC, FIRST_FD + count);
    for (int i = 0; i < count; i++)
        good = good && copies[i] >= 0 && dup2(copies[i], FIRST_FD + i) >= 0;
    free(copies);
    snprintf(text, sizeof text, "%d", (int)getpid());
    good = good && setenv("LISTEN_PID", text, 1) == 0;
    snprintf(text, sizeof text, "%d", count);
    return good && setenv("LISTEN_FDS", text, 1) == 0;
}

/* ---- the program ---- */

void ct_devserver_config(ct_arena *arena, ct_config *ret)
{
    static const ct_app app = { .name = "canteen" };
    ct_problems problems = { 0 };
    ct_settings *settings = ct_settings_declare(arena, &app, &problems);
    ct_settings_peek(settings, ".env", environ);
    ct_settings_config(settings, ret);
    ct_problems_finish(&problems);
}

static CT_NORETURN void execute(const ct_devloop *loop)
{
    ct_devserver_prepare_child(loop);
    size_t count = 0;
    while (loop->args[count])
        count++;
    const char **argv = ct_xcalloc(count + 3, sizeof *argv);
    argv[0] = loop->project.path;
    argv[1] = "run";
    memcpy(argv + 2, loop->args, count * sizeof *argv);
    unsetenv("WATCHDOG_USEC");
    ct_devoutput_enter(&loop->output);
    if (pass_sockets(&loop->listeners) && setenv("NOTIFY_SOCKET", loop->notify_path, 1) == 0 &&
        setenv(CT_DEV_STATE, loop->state_path, 1) == 0 && setenv("CANTEEN_DEBUG", "true", 1) == 0)
        ct_project_execute(loop->project.path, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s run: %s cannot be started: %m\n", loop->cli->program, loop->project.path);
    _exit(127);
}

bool ct_devserver_start(ct_devloop *loop)
{
    fflush(NULL);
    loop->app_pid = fork();
    if (loop->app_pid == 0)
        execute(loop);
    if (loop->app_pid < 0)
        loop->app_pid = 0;
    loop->app = loop->app_pid ? CT_APP_STARTING : CT_APP_NONE;
    return loop->app_pid > 0;
}

/* ---- the stand-in ---- */

/* For what is no page of a build (ct_dev_reload_answer() has answered the others). */
static ct_response *unavailable(ct *c, ct_next *next)
{
    (void)next;
    const char *form = ct_accept(c, "text/plain", "text/html");
    ct_response *r;
    if (form && strcmp(form, "text/html") == 0)
        r = ct_html(c, "<!doctype html>\n<title>Starting</title>\n<body>\n<p>The program is starting.</p>\n</body>\n");
    else
        r = ct_text(c, "the program does not run: the terminal of `canteen run` says why\n");
    ct_set_header(r, "Retry-After", "1");
    return ct_status(r, 503);
}

/* What it shows is for the developer alone, so it answers for the hosts that the program answers for. */
static CT_NORETURN void stand_in(const ct_devloop *loop)
{
    const ct_app app = { .name = "canteen", .middleware = CT_MIDDLEWARE(unavailable) };
    static char *argv[] = { NULL };
    ct_arena arena;
    ct_problems problems = { 0 };
    ct_site site;
    ct_config said;
    ct_devserver_prepare_child(loop);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    ct_arena_init(&arena, NULL, 0);
    ct_devserver_config(&arena, &said);
    ct_settings *settings = ct_settings_declare(&arena, &app, &problems);
    ct_site_init(&site, &app, &problems);
    site.settings = settings;
    ct_settings_config(settings, &site.config);
    site.config.workers = 1;
    site.config.access_log = false;
    site.config.drain_timeout = 2 * CT_SECOND;
    site.dev_state = loop->state_path;
    site.config.allowed_hosts = said.allowed_hosts;
    site.config.debug = true;
    ct_client_info_prepare(&site, &problems);
    ct_log_open(STDERR_FILENO, CT_LOG_AUTO, CT_LOG_ERROR);
    const ct_supervisor_start start = {
        .config = &site.config, .ops = &ct_web_ops, .data = &site, .argv = argv, .name = "canteen"
    };
    int code = problems.errors || !pass_sockets(&loop->listeners) ? 1 : ct_supervise(&start);
    ct_log_flush();
    _exit(code);
}

void ct_devserver_stand_in(ct_devloop *loop)
{
    if (loop->stand_in_pid && !loop->stand_in_leaves)
        return;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        stand_in(loop);
    if (pid < 0)
        fprintf(stderr, "%s run: no process for the page of the build: %m\n", loop->cli->program);
    loop->stand_in_pid = pid > 0 ? pid : 0;
    loop->stand_in_leaves = false;
}
