/* `canteen run`: builds, serves, watches, and does it again.
 *
 * One process, one poll(): signals (a signalfd), changes (inotify), what make says (a pipe), what the program says (a
 * datagram socket). A change waits for the end of its burst, then make decides whether there is anything to do: what
 * make leaves as it was is not started anew. One build runs at a time; what changes meanwhile is built next.
 *
 *     NONE ──good build──> STARTING ──READY──> SERVING ──good build, SIGHUP──> RELOADING ──READY──> SERVING
 *       ^                      └── its end ──┬────┴── its end ────────────────────┘
 *       └────────────────────────────────────┘   the stand-in answers until the next good build
 *
 * A build that was good takes the place of a program that has not said yet that it serves: that is told to end, and
 * made to; a reload is given a moment first (swap_wanted). A build that takes long is given up for what changed
 * meanwhile. Whoever else builds this project is waited for. What no change of a file mends ends it: options that the
 * program refuses at its first start, a folder that is not there any more.
 *
 * Not here: attaching a debugger, and settings of the program's own tables: what `bind` is there is not known before
 * there is a program. */
#include "cli/devloop.h"

#include "base/log.h"
#include "base/time.h"
#include "cli/diagnostics.h"
#include "web/dev_reload.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTLE_TIME (30 * CT_MILLISECOND)    /* after the last change of a burst */
#define MOST_PATIENCE (500 * CT_MILLISECOND) /* after its first */
#define SLOW_START (2 * CT_SECOND)           /* then it is said that there is no program yet */
#define USAGE_CODE 2                         /* of a program whose command line has a mistake (ct_main.c) */
#define WAITING "It is built again, and this page loads itself again, when a file changes."

const ct_option ct_devloop_options[] = {
    { .name = "program", .help = "what the Makefile builds, if no line `program = NAME` in it says so; first" },
    { .name = "options", .argument = true, .optional = true, .repeat = true, .help = "for the program's own `run`" },
    { .name = NULL },
};

void ct_devloop_say(const ct_devloop *loop, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int prefix = snprintf(line, sizeof line, "%s run: ", loop->cli->program);
    int length = vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, args);
    va_end(args);
    length = CT_MIN(prefix + CT_MAX(length, 0), (int)sizeof line - 2);
    line[length] = '\n';
    fwrite(line, 1, (size_t)length + 1, stderr);
}

/* ---- the state file ---- */

/* Tells the program and the browsers; `page` may be empty. */
static void publish(ct_devloop *loop, ct_str page)
{
    char path[sizeof loop->state_path + 8];
    loop->version = CT_MAX(loop->version + 1, ct_now());
    loop->failing = page.length > 0;
    snprintf(path, sizeof path, "%s.new", loop->state_path);
    FILE *file = fopen(path, "we");
    bool good = file && fprintf(file, "%" PRId64 "\n", loop->version) > 0;
    good = good && fwrite(page.data, 1, page.length, file) == page.length;
    good = (!file || fclose(file) == 0) && good && rename(path, loop->state_path) == 0;
    if (!good)
        ct_devloop_say(loop, "browsers are not told: %s cannot be written: %m", path);
}

static void publish_good(ct_devloop *loop)
{
    publish(loop, CT_STR(""));
}

static void publish_failure(ct_devloop *loop, const char *title, const char *text, const char *speaker, ct_str output)
{
    ct_buffer page = { 0 };
    const ct_diagnostics what = { .title = title, .text = text, .speaker = speaker, .output = output };
    ct_diagnostics_page(&page, &what, loop->project.folder);
    publish(loop, (ct_str){ page.data, page.length });
    ct_buffer_finish(&page);
    if (loop->app == CT_APP_NONE || loop->app == CT_APP_STARTING)
        ct_devserver_stand_in(loop);
}

/* ---- the program ---- */

/* A page with the last that the program said. */
static void publish_program(ct_devloop *loop, const char *title, const char *text)
{
    publish_failure(loop, title, text, "the program", ct_devoutput_last(&loop->output));
}

/* Whether the program is at something whose outcome is not known. */
static bool is_unknown(const ct_devloop *loop)
{
    return loop->app == CT_APP_STARTING || loop->app == CT_APP_RELOADING;
}

/* Ends the program for a newer build, which is started then (app_ended()). */
static void replace(ct_devloop *loop)
{
    if (loop->replacing || loop->stopping)
        return;
    ct_devloop_say(loop, "%s has not begun to serve: it is ended for the newer build", loop->project.program);
    loop->replacing = true;
    loop->kill_at = ct_monotonic() + CT_DEVLOOP_END_TIME;
    kill(loop->app_pid, SIGTERM);
}

static void swap(ct_devloop *loop)
{
    if (is_unknown(loop)) {
        loop->swap_wanted = true;
        if (loop->app == CT_APP_STARTING)
            replace(loop);
        return;
    }
    loop->swap_wanted = loop->reload_failed = loop->told_slow = false;
    loop->swap_began = ct_monotonic();
    loop->output.kept.length = 0;
    if (stat(loop->project.path, &loop->running) < 0)
        loop->running = (struct stat){ 0 };
    if (loop->app == CT_APP_SERVING) {
        loop->app = CT_APP_RELOADING;
        kill(loop->app_pid, SIGHUP);
    } else if (!ct_devserver_start(loop)) {
        ct_devloop_say(loop, "%s cannot be started: %m", loop->project.path);
    }
}

static void stop(ct_devloop *loop)
{
    if (!loop->stopping)
        unlink(loop->state_path); /* ends the streams of browsers */
    if (loop->build.pid)
        kill(-loop->build.pid, loop->stopping ? SIGKILL : SIGTERM);
    if (loop->app_pid)
        kill(loop->app_pid, SIGTERM); /* the second time it ends at once */
    if (loop->app_pid && loop->stopping && is_unknown(loop))
        kill(-loop->app_pid, SIGKILL); /* it may not read its signals */
    if (loop->stand_in_pid)
        kill(loop->stand_in_pid, loop->stopping ? SIGKILL : SIGTERM);
    loop->stopping = true;
}

/* For what no change of a file mends. */
static void stop_for_good(ct_devloop *loop, int code)
{
    if (!loop->stopping)
        stop(loop);
    loop->exit_code = code;
}

static void serves_now(ct_devloop *loop)
{
    double took = (double)(ct_monotonic() - loop->swap_began) / CT_MILLISECOND;
    ct_devloop_say(loop, "%s %s after %.0f ms", loop->project.program,
                   loop->app == CT_APP_STARTING ? "serves" : "is replaced", took);
    loop->app = CT_APP_SERVING;
    loop->has_served = true;
    loop->reload_failed = false;
    loop->output.kept.length = 0;
    if (loop->stand_in_pid) {
        kill(loop->stand_in_pid, SIGTERM);
        loop->stand_in_leaves = true;
    }
}

/* What the program says: "READY=1\nSTATUS=...". Its first word after a start or a SIGHUP tells how that went. */
static void take_news(ct_devloop *loop)
{
    char news[600];
    for (ssize_t n; (n = recv(loop->notify_fd, news, sizeof news - 1, 0)) > 0;) {
        news[n] = '\0';
        bool waits = loop->app == CT_APP_STARTING || loop->app == CT_APP_RELOADING || loop->reload_failed;
        if (!waits || loop->replacing || loop->stopping || !strstr(news, "READY=1"))
            continue;
        bool failed = strstr(news, "STATUS=the last reload failed") != NULL;
        if (failed) {
            loop->app = CT_APP_SERVING;
            loop->reload_failed = true;         /* it may try on, and serve later */
            loop->running = (struct stat){ 0 }; /* to be tried again */
            ct_devoutput_read(&loop->output);
            publish_program(loop, "The new program does not start",
                            "The program before answers what is no page. " WAITING);
        } else {
            serves_now(loop);
            if (!loop->swap_wanted)
                publish_good(loop);
        }
        if (loop->swap_wanted)
            swap(loop);
    }
}

static void describe_end(int status, char *text, size_t size)
{
    if (WIFEXITED(status))
        snprintf(text, size, "exit code %d", WEXITSTATUS(status));
    else
        snprintf(text, size, "signal %d, %s", WTERMSIG(status), sigdescr_np(WTERMSIG(status)));
}

/* Whether the program ended for the words that it was given, and told its usage: it is run with them each time. */
static bool is_refusal(const ct_devloop *loop, int status)
{
    static const char usage[] = "\nusage: ";
    ct_str said = ct_devoutput_last(&loop->output);
    return !loop->has_served && loop->args[0] && WIFEXITED(status) && WEXITSTATUS(status) == USAGE_CODE &&
           said.length && memmem(said.data, said.length, usage, sizeof usage - 1);
}

static void app_ended(ct_devloop *loop, int status)
{
    char how[80], text[256];
    bool starting = loop->app == CT_APP_STARTING, replaced = loop->replacing;
    ct_devoutput_read(&loop->output); /* what it said goes before what is said of it */
    if (replaced)
        take_news(loop); /* its last, which must not be taken for the next one's */
    loop->app = CT_APP_NONE;
    loop->app_pid = 0;
    loop->reload_failed = loop->replacing = false;
    if (loop->stopping) {
        if (status != 0)
            loop->exit_code = 1;
        return;
    }
    if (replaced) {
        swap(loop);
        return;
    }
    if (starting && is_refusal(loop, status)) {
        ct_devloop_say(loop, "%s does not take these options: `%s help run` lists those that it takes",
                       loop->project.program, loop->project.path);
        stop_for_good(loop, USAGE_CODE);
        return;
    }
    describe_end(status, how, sizeof how);
    ct_devloop_say(loop, "%s %s (%s): it is started again when a file changes", loop->project.program,
                   starting ? "did not start" : "has ended", how);
    if (loop->swap_wanted) {
        swap(loop);
        return;
    }
    snprintf(text, sizeof text, "%s: %s. " WAITING, loop->project.program, how);
    publish_program(loop, starting ? "The program does not start" : "The program has ended", text);
}

/* What is late is said once; a reload that a newer build waits for is given up. */
static void watch_start(ct_devloop *loop, ct_time now)
{
    if (loop->replacing && now >= loop->kill_at) {
        loop->kill_at = INT64_MAX;
        kill(-loop->app_pid, SIGKILL);
    }
    if (!is_unknown(loop) || loop->replacing || loop->stopping || now < loop->swap_began + SLOW_START)
        return;
    if (loop->swap_wanted) {
        replace(loop);
    } else if (!loop->told_slow) {
        loop->told_slow = true;
        ct_devloop_say(loop, "%s has not begun to serve yet: it is waited for, and replaced by the next good build",
                       loop->project.program);
        publish_program(loop, "The program has not begun to serve yet",
                        "It was started, and does not say that it serves: it may hang in what it does first. " WAITING);
    }
}

static ct_time start_at(const ct_devloop *loop)
{
    if (loop->stopping)
        return INT64_MAX;
    if (loop->replacing)
        return loop->kill_at;
    bool waits = is_unknown(loop) && (loop->swap_wanted || !loop->told_slow);
    return waits ? loop->swap_began + SLOW_START : INT64_MAX;
}

/* ---- building ---- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void build_succeeded(ct_devloop *loop, double took)
{
    struct stat now;
    unsigned changes = loop->build.changes;
    if (stat(loop->project.path, &now) < 0 || !S_ISREG(now.st_mode)) {
        const char *text = ct_arena_printf(
            &loop->cli->arena, "make succeeds, but there is no %s afterwards: %s says what it builds",
            loop->project.path, loop->program_given ? "--program" : "the line `program = ...` of the Makefile");
        ct_devloop_say(loop, "%s", text);
        if (loop->program_given && !loop->has_served) {
            stop_for_good(loop, USAGE_CODE);
            return;
        }
        publish_failure(loop, "There is no program", text, "the build", CT_STR(""));
        return;
    }
    bool is_new = !is_same_file(&now, &loop->running);
    if (is_new)
        ct_devloop_say(loop, "built %s in %.0f ms", loop->project.program, took);
    if (is_new || loop->app == CT_APP_NONE || (changes & CT_CHANGE_SETTINGS))
        swap(loop);
    else if (loop->failing || (changes & CT_CHANGE_PAGE))
        publish_good(loop);
}

static void end_build(ct_devloop *loop, int status)
{
    ct_build *build = &loop->build;
    double took = (double)(ct_monotonic() - build->began) / CT_MILLISECOND;
    ct_devbuild_end(loop);
    if (loop->stopping)
        return;
    if (build->abandoned) {
        loop->changes |= build->changes;
        return;
    }
    if (status == 0) {
        build_succeeded(loop, took);
        return;
    }
    ct_devloop_say(loop, "the build failed: it is tried again when a file changes");
    publish_failure(loop, "The build failed", WAITING, "the build",
                    (ct_str){ build->output.data, build->output.length });
}

/* ---- events ---- */

static void reap(ct_devloop *loop)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == loop->build.pid) {
            end_build(loop, status);
        } else if (pid == loop->app_pid) {
            app_ended(loop, status);
        } else if (pid == loop->stand_in_pid) {
            loop->stand_in_pid = 0;
            loop->stand_in_leaves = false;
        }
    }
}

static void take_signals(ct_devloop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCHLD)
            stop(loop);
}

/* Ends the loop when the project is somewhere else, or nowhere: what is here now is not what people edit. */
static void look_for_folder(ct_devloop *loop)
{
    struct stat here, there;
    loop->look_at = INT64_MAX;
    if (loop->stopping || !*loop->project.folder || stat(".", &here) < 0)
        return;
    if (stat(loop->project.folder, &there) < 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return;
    } else if (there.st_dev == here.st_dev && there.st_ino == here.st_ino) {
        return;
    }
    ct_devloop_say(loop, "the folder %s is gone (renamed or removed): start `%s run` again in that of the project",
                   loop->project.folder, loop->cli->program);
    stop_for_good(loop, 1);
}

static void take_changes(ct_devloop *loop)
{
    unsigned changes = ct_watcher_read(&loop->watcher);
    if (loop->watcher.stirred) /* a folder is removed right after what is in it */
        loop->look_at = ct_monotonic() + SETTLE_TIME;
    loop->watcher.stirred = false;
    if (loop->watcher.error.message[0]) {
        ct_devloop_say(loop, "%s", loop->watcher.error.message);
        loop->watcher.error.message[0] = '\0';
    }
    if (loop->watcher.renewed[0]) {
        ct_devloop_say(loop, "%s came with an old time: it has that of now, so that make sees it",
                       loop->watcher.renewed);
        loop->watcher.renewed[0] = '\0';
    }
    if (!changes)
        return;
    loop->changed = ct_monotonic();
    if (!loop->changes)
        loop->unsettled = loop->changed;
    loop->changes |= changes;
}

/* When the changes so far are to be built. */
static ct_time build_at(const ct_devloop *loop)
{
    if (loop->build.pid || loop->stopping)
        return INT64_MAX;
    if (loop->locked_until)
        return loop->locked_until;
    return loop->changes ? CT_MIN(loop->changed + SETTLE_TIME, loop->unsettled + MOST_PATIENCE) : INT64_MAX;
}

static void wait_events(ct_devloop *loop)
{
    struct pollfd polled[] = { { .fd = loop->signal_fd, .events = POLLIN },
                               { .fd = loop->watcher.fd, .events = POLLIN },
                               { .fd = loop->notify_fd, .events = POLLIN },
                               { .fd = loop->output.read_fd, .events = POLLIN },
                               { .fd = loop->build.pid ? loop->build.pipe : -1, .events = POLLIN } };
    ct_time at = CT_MIN(CT_MIN(build_at(loop), start_at(loop)), ct_devbuild_watch_at(loop)), now = ct_monotonic();
    at = CT_MIN(at, loop->stopping ? INT64_MAX : loop->look_at);
    int patience = at == INT64_MAX ? -1 : at <= now ? 0 : (int)((at - now) / CT_MILLISECOND) + 1;
    poll(polled, CT_COUNT(polled), patience);
    if ((polled[4].revents & POLLHUP) && !(polled[4].revents & POLLIN)) /* make closed it, and ends in a moment */
        poll(polled, 4, 10);
}

static void run(ct_devloop *loop)
{
    ct_devbuild_begin(loop);
    while (!loop->stopping || loop->build.pid || loop->app_pid || loop->stand_in_pid) {
        wait_events(loop);
        take_signals(loop);
        take_changes(loop);
        ct_devoutput_read(&loop->output);
        take_news(loop);
        if (loop->build.pid)
            ct_devbuild_read(loop);
        reap(loop);
        watch_start(loop, ct_monotonic());
        ct_devbuild_watch(loop, ct_monotonic());
        if (loop->look_at <= ct_monotonic())
            look_for_folder(loop);
        if (build_at(loop) <= ct_monotonic())
            ct_devbuild_begin(loop);
    }
}

/* ---- start and end ---- */

/* The value of `--bind`, or NULL. */
static const char *bind_of_args(char *const *args)
{
    const char *found = NULL;
    for (; *args; args++) {
        if (strncmp(*args, "--bind=", 7) == 0)
            found = *args + 7;
        else if (strcmp(*args, "--bind") == 0 && args[1])
            found = args[1];
    }
    return found;
}

static bool open_sockets(ct_devloop *loop, ct_error *error)
{
    ct_address *addresses;
    size_t count;
    const char *bind = bind_of_args(loop->args);
    if (!bind) {
        ct_config config;
        ct_devserver_config(&loop->cli->arena, &config);
        bind = config.bind;
    }
    if (!ct_address_parse_list(bind, &addresses, &count, error)) {
        if (bind_of_args(loop->args))
            loop->exit_code = USAGE_CODE;
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        good = ct_listeners_open(&loop->listeners, &addresses[i], error);
    free(addresses);
    return good;
}

static bool make_folder(ct_devloop *loop, ct_error *error)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    snprintf(loop->folder, sizeof loop->folder, "/tmp/canteen-run-XXXXXX");
    if (!mkdtemp(loop->folder)) {
        loop->folder[0] = '\0';
        return ct_fail(error, "no folder can be made in /tmp: %m");
    }
    snprintf(loop->state_path, sizeof loop->state_path, "%s/state", loop->folder);
    snprintf(loop->notify_path, sizeof loop->notify_path, "%s/notify", loop->folder);
    memcpy(name.sun_path, loop->notify_path, strlen(loop->notify_path));
    loop->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (loop->notify_fd < 0 || bind(loop->notify_fd, (const struct sockaddr *)&name, sizeof name) < 0)
        return ct_fail(error, "the program's news cannot be received at %s: %m", loop->notify_path);
    return true;
}

static bool open_signals(ct_devloop *loop, ct_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    signal(SIGCHLD, SIG_DFL);
    loop->signal_fd = sigprocmask(SIG_SETMASK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    return loop->signal_fd >= 0 || ct_fail(error, "cannot receive signals: %m");
}

static bool start(ct_devloop *loop, ct_error *error)
{
    if (!open_signals(loop, error) || !open_sockets(loop, error) || !make_folder(loop, error) ||
        !ct_watcher_init(&loop->watcher, loop->project.program, error))
        return false;
    ct_devoutput_open(&loop->output);
    publish_good(loop);
    for (size_t i = 0; i < loop->listeners.count; i++) {
        char url[CT_ADDRESS_URL_SIZE];
        ct_address_url(loop->listeners.items[i].fd, url);
        ct_devloop_say(loop, "%s is built and served on %s, and again whenever a file changes (Ctrl-C ends it)",
                       loop->project.program, url);
    }
    return true;
}

static void finish(ct_devloop *loop)
{
    ct_devoutput_finish(&loop->output);
    ct_watcher_finish(&loop->watcher);
    ct_listeners_finish(&loop->listeners);
    ct_buffer_finish(&loop->build.output);
    ct_buffer_finish(&loop->build.line);
    if (loop->folder[0]) {
        unlink(loop->state_path);
        unlink(loop->notify_path);
        rmdir(loop->folder);
    }
    if (loop->notify_fd >= 0)
        close(loop->notify_fd);
    if (loop->signal_fd >= 0)
        close(loop->signal_fd);
}

int ct_devloop_builtin(ct_cli *cli, const ct_option_values *values)
{
    (void)values;
    ct_devloop loop = { .cli = cli, .pid = getpid(), .signal_fd = -1, .notify_fd = -1, .look_at = INT64_MAX };
    const char *program;
    ct_error error;
    loop.watcher.fd = loop.build.lock = loop.output.read_fd = loop.output.write_fd = -1;
    loop.args = cli->argv + 2;
    if (loop.args[0] && (strcmp(loop.args[0], "--help") == 0 || strcmp(loop.args[0], "-h") == 0)) {
        ct_help_command(cli, ct_commands_find(cli, "run"), &cli->out);
        return 0;
    }
    if (!ct_project_take_program(&loop.args, &program)) {
        ct_devloop_say(&loop, "--program takes a name");
        return USAGE_CODE;
    }
    loop.program_given = program != NULL;
    if (loop.args[0] && loop.args[0][0] != '-') {
        char shown[CT_SHOWN_TEXT];
        ct_devloop_say(
            &loop, "\"%s\" is no option: the project is that of this folder; options of the program's `run` may follow",
            ct_shown(loop.args[0], shown));
        return USAGE_CODE;
    }
    if (!ct_project_find(&cli->arena, program, &loop.project, &error)) {
        ct_devloop_say(&loop, "%s", error.message);
        return USAGE_CODE;
    }
    if (loop.project.above)
        ct_devloop_say(&loop, CT_PROJECT_ABOVE, loop.project.folder);
    if (start(&loop, &error)) {
        run(&loop);
    } else {
        ct_devloop_say(&loop, "%s", error.message);
        loop.exit_code = loop.exit_code ? loop.exit_code : 1;
    }
    finish(&loop);
    return loop.exit_code;
}
