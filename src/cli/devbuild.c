/* The build of `canteen run`: make, its output, and how long it may take.
 *
 * One at a time, under the project's lock. What it says is kept for the page and shown on the terminal line by line.
 *
 * Not here: when there is something to build, and what becomes of it (devloop.c). */
#include "cli/devloop.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SLOW_BUILD (10 * CT_SECOND)
#define BUILD_TIME (5 * CT_SECOND) /* that a build has although something changed */
#define LOCK_PAUSE (50 * CT_MILLISECOND)
#define MOST_LINE ((size_t)64 << 10)
#define MOST_OUTPUT ((size_t)2 << 20) /* that is kept for the page */

static CT_NORETURN void run_make(const ct_devloop *loop, char *const *argv, const int ends[2])
{
    ct_devserver_prepare_child(loop);
    if (dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0)
        execvp(argv[0], argv);
    dprintf(ends[1], "make cannot be run: %m: install it (the package make)\n");
    _exit(127);
}

/* False: somebody else builds here, and it is tried again. */
static bool lock_project(ct_devloop *loop)
{
    loop->build.lock = ct_project_lock(false);
    if (loop->build.lock >= 0 || errno != EWOULDBLOCK)
        return true; /* a file system without locks */
    if (!loop->told_locked)
        ct_devloop_say(loop, "another command builds here: it is waited for");
    loop->told_locked = true;
    loop->locked_until = ct_monotonic() + LOCK_PAUSE;
    return false;
}

static void unlock_project(ct_devloop *loop)
{
    if (loop->build.lock >= 0)
        close(loop->build.lock);
    loop->build.lock = -1;
    loop->locked_until = 0;
    loop->told_locked = false;
}

void ct_devbuild_begin(ct_devloop *loop)
{
    ct_build *build = &loop->build;
    int ends[2];
    char *const *argv = ct_project_make(&loop->cli->arena);
    if (!lock_project(loop))
        return;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        ct_devloop_say(loop, "no pipe for a build: %m");
        unlock_project(loop);
        return;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    build->changes = loop->changes;
    loop->changes = 0;
    build->output.length = build->line.length = 0;
    build->fold = (ct_diagnostics_fold){ 0 };
    build->told_slow = build->abandoned = false;
    loop->locked_until = 0;
    build->began = ct_monotonic();
    fflush(NULL);
    build->pid = fork();
    if (build->pid == 0)
        run_make(loop, argv, ends);
    close(ends[1]);
    build->pipe = ends[0];
    if (build->pid > 0) {
        setpgid(build->pid, build->pid); /* as the child does: whoever is first */
        return;
    }
    ct_devloop_say(loop, "no process for a build: %m");
    build->pid = 0;
    close(build->pipe);
    unlock_project(loop);
}

/* Shows whole lines, but for the way through macros. */
static void show_output(ct_build *build, const char *bytes, size_t length)
{
    ct_buffer *line = &build->line, kept = { 0 };
    ct_buffer_append(line, bytes, length);
    size_t used = 0;
    for (const char *end; (end = memchr(line->data + used, '\n', line->length - used));) {
        ct_str text = { line->data + used, (size_t)(end - line->data) - used };
        if (ct_diagnostics_keeps(&build->fold, text))
            ct_buffer_append(&kept, text.data, text.length + 1);
        used += text.length + 1;
    }
    ct_buffer_consume(line, used);
    fwrite(ct_buffer_text(&kept), 1, kept.length, stderr);
    if (line->length > MOST_LINE) {
        fwrite(line->data, 1, line->length, stderr);
        line->length = 0;
    }
    ct_buffer_finish(&kept);
}

void ct_devbuild_read(ct_devloop *loop)
{
    char bytes[8192];
    ct_buffer *output = &loop->build.output;
    for (ssize_t n; (n = read(loop->build.pipe, bytes, sizeof bytes)) > 0;) {
        show_output(&loop->build, bytes, (size_t)n);
        if (output->length + (size_t)n <= MOST_OUTPUT)
            ct_buffer_append(output, bytes, (size_t)n);
    }
}

void ct_devbuild_end(ct_devloop *loop)
{
    ct_build *build = &loop->build;
    ct_devbuild_read(loop);
    if (build->line.length) /* it has no end */
        fprintf(stderr, "%s\n", ct_buffer_text(&build->line));
    close(build->pipe);
    build->pid = 0;
    unlock_project(loop);
}

void ct_devbuild_watch(ct_devloop *loop, ct_time now)
{
    ct_build *build = &loop->build;
    if (!build->pid || loop->stopping)
        return;
    if (build->abandoned) {
        if (now >= build->kill_at) {
            build->kill_at = INT64_MAX;
            kill(-build->pid, SIGKILL);
        }
    } else if (loop->changes && now >= build->began + BUILD_TIME) {
        ct_devloop_say(loop, "the build is ended after %d s, as files have changed: it begins again",
                       (int)((now - build->began) / CT_SECOND));
        build->abandoned = true;
        build->kill_at = now + CT_DEVLOOP_END_TIME;
        kill(-build->pid, SIGTERM);
    } else if (!build->told_slow && now >= build->began + SLOW_BUILD) {
        build->told_slow = true;
        ct_devloop_say(loop, "the build is still running");
    }
}

ct_time ct_devbuild_watch_at(const ct_devloop *loop)
{
    const ct_build *build = &loop->build;
    if (!build->pid || loop->stopping)
        return INT64_MAX;
    if (build->abandoned)
        return build->kill_at;
    if (loop->changes)
        return build->began + BUILD_TIME;
    return build->told_slow ? INT64_MAX : build->began + SLOW_BUILD;
}
