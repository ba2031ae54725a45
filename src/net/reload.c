/* The two steps of a reload that start the program anew. What happens between and after is the supervisor's. */
#include "net/reload.h"

#include "base/log.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIAL_TIME (30 * CT_SECOND)

static bool same_file(const char *a, const char *b)
{
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* Where the running image came from; its path may be another file by now. */
static char *image_path(void)
{
    static const char deleted[] = " (deleted)";
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    if (ct_str_ends(ct_str_of(path), CT_STR(deleted)))
        path[length - (ssize_t)(sizeof(deleted) - 1)] = '\0';
    return ct_xstrdup(path);
}

void ct_reload_init(ct_reload *reload, char **argv)
{
    *reload = (ct_reload){ .argv = argv };
    char *folder = getcwd(NULL, 0);
    if (argv[0] && argv[0][0] == '/')
        reload->program = ct_xstrdup(argv[0]);
    else if (argv[0] && strchr(argv[0], '/') && folder && asprintf(&reload->program, "%s/%s", folder, argv[0]) < 0)
        ct_die("out of memory");
    free(folder);
    if (reload->program && same_file(reload->program, "/proc/self/exe"))
        return;
    free(reload->program);
    reload->program = image_path();
}

void ct_reload_finish(ct_reload *reload)
{
    free(reload->program);
    reload->program = NULL;
}

static CT_NORETURN void run_trial(const ct_reload *reload, const char *state, pid_t supervisor, int passed)
{
    char descriptor[16];
    sigset_t none;
    snprintf(descriptor, sizeof(descriptor), "%d", fcntl(passed, F_DUPFD, 3)); /* this one is inherited */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == supervisor && setenv(CT_HANDOVER_CHECK, state, 1) == 0 &&
        setenv(CT_HANDOVER_PASSED, descriptor, 1) == 0)
        execv(reload->program, reload->argv);
    ct_log_line(CT_LOG_ERROR, NULL, "reload: cannot execute %s: %m", reload->program);
    ct_log_flush();
    _exit(1);
}

bool ct_reload_try(ct_reload *reload, const ct_listeners *listeners, const ct_children *children)
{
    if (!reload->program) {
        errno = ENOENT;
        return false;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    ct_buffer state = { 0 };
    ct_handover_write(&state, listeners, children);
    const char *text = ct_buffer_text(&state);
    ct_log_flush();
    pid_t supervisor = getpid(), pid = fork();
    if (pid == 0)
        run_trial(reload, text, supervisor, ends[1]);
    int saved = errno;
    close(ends[1]);
    if (pid < 0)
        close(ends[0]);
    ct_buffer_finish(&state);
    errno = saved;
    if (pid < 0)
        return false;
    reload->trial = pid;
    reload->passed = ends[0];
    reload->deadline = ct_monotonic() + TRIAL_TIME;
    return true;
}

void ct_reload_pass(void)
{
    const char *descriptor = getenv(CT_HANDOVER_PASSED);
    if (descriptor && write((int)strtol(descriptor, NULL, 10), "1", 1) < 0)
        ct_log_line(CT_LOG_ERROR, NULL, "reload: the check cannot be passed: %m");
}

bool ct_reload_passed(ct_reload *reload)
{
    char byte;
    bool passed = read(reload->passed, &byte, 1) == 1;
    close(reload->passed);
    reload->trial = 0;
    return passed;
}

void ct_reload_cancel(ct_reload *reload)
{
    if (reload->trial)
        kill(reload->trial, SIGKILL);
    reload->deadline = INT64_MAX;
}

void ct_reload_expire(ct_reload *reload)
{
    if (!reload->trial || ct_monotonic() < reload->deadline)
        return;
    ct_log_line(CT_LOG_ERROR, NULL, "reload: the check took longer than %d s", (int)(TRIAL_TIME / CT_SECOND));
    ct_reload_cancel(reload);
}

static void set_inherited(const ct_listeners *listeners, const ct_children *children, bool inherited)
{
    int flags = inherited ? 0 : FD_CLOEXEC;
    for (size_t i = 0; i < listeners->count; i++)
        fcntl(listeners->items[i].fd, F_SETFD, flags);
    for (size_t i = 0; i < children->count; i++)
        if (children->items[i].control >= 0)
            fcntl(children->items[i].control, F_SETFD, flags);
}

void ct_reload_execute(const ct_reload *reload, const ct_listeners *listeners, const ct_children *children)
{
    ct_buffer state = { 0 };
    ct_handover_write(&state, listeners, children);
    set_inherited(listeners, children, true);
    ct_log_flush();
    fflush(NULL);
    if (setenv(CT_HANDOVER_STATE, ct_buffer_text(&state), 1) == 0)
        execv(reload->program, reload->argv);
    int saved = errno;
    unsetenv(CT_HANDOVER_STATE);
    set_inherited(listeners, children, false);
    ct_buffer_finish(&state);
    errno = saved;
}
