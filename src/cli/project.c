/* Finding the project, and the commands that only build it and hand over: `canteen check`, `canteen test` and so on.
 *
 * Of a Makefile one line is read, not more: what make would do with it is make's. A value with a variable in it is no
 * name. */
#include "cli/project.h"

#include "base/buffer.h"
#include "cli/cli.h"
#include "web/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_MAKEFILE ((size_t)1 << 20)
#define EXECUTE_ATTEMPTS 50 /* 20 ms apart */

/* In make's order. */
static const char *const makefiles[] = { "GNUmakefile", "makefile", "Makefile" };

static const char *makefile_in(int folder)
{
    for (size_t i = 0; i < CT_COUNT(makefiles); i++)
        if (faccessat(folder, makefiles[i], F_OK, 0) == 0)
            return makefiles[i];
    return NULL;
}

/* ---- the Makefile ---- */

static ct_str value_of_line(ct_str line)
{
    static const ct_str assignments[] = { CT_STR("::="), CT_STR(":="), CT_STR("?="), CT_STR("=") };
    const ct_str name = CT_STR("program");
    if (!ct_str_starts(line, name))
        return (ct_str){ NULL, 0 };
    line = ct_str_trim((ct_str){ line.data + name.length, line.length - name.length });
    for (size_t i = 0; i < CT_COUNT(assignments); i++) {
        if (!ct_str_starts(line, assignments[i]))
            continue;
        ct_str value = { line.data + assignments[i].length, line.length - assignments[i].length };
        const char *comment = value.length ? memchr(value.data, '#', value.length) : NULL;
        if (comment)
            value.length = (size_t)(comment - value.data);
        return ct_str_trim(value);
    }
    return (ct_str){ NULL, 0 };
}

ct_str ct_project_program(ct_str makefile)
{
    ct_str found = { NULL, 0 };
    while (makefile.length && !found.data) {
        const char *end = memchr(makefile.data, '\n', makefile.length);
        ct_str line = { makefile.data, end ? (size_t)(end - makefile.data) : makefile.length };
        size_t used = end ? line.length + 1 : line.length;
        makefile = (ct_str){ makefile.data + used, makefile.length - used };
        if (line.length && line.data[line.length - 1] == '\r')
            line.length--;
        found = value_of_line(line);
    }
    return found;
}

static const char *program_of_makefile(ct_arena *arena, int folder, const char *name, ct_error *error)
{
    ct_buffer text = { 0 };
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *room = ct_buffer_reserve(&text, MOST_MAKEFILE);
    ssize_t n = fd < 0 ? -1 : read(fd, room, MOST_MAKEFILE);
    if (n < 0)
        ct_fail(error, "%s cannot be read: %m", name);
    if (fd >= 0)
        close(fd);
    ct_str value = { NULL, 0 };
    if (n >= 0)
        value = ct_project_program((ct_str){ room, (size_t)n });
    const char *program = value.length ? ct_arena_copy(arena, value.data, value.length) : NULL;
    if (n >= 0 && !program)
        ct_fail(error, "%s does not say what it builds: write a line `program = NAME` into it, or give --program NAME",
                name);
    ct_buffer_finish(&text);
    return program;
}

/* ---- the folder ---- */

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_at(const struct stat *folder, const char *path)
{
    struct stat info;
    return path && stat(path, &info) == 0 && is_same(folder, &info);
}

static bool is_ours(const struct stat *info)
{
    return info->st_uid == geteuid() || info->st_uid == 0;
}

/* The folder above one, or -1: one that is not looked at. Closes what it is given. */
static int go_up(int folder)
{
    struct stat info, above;
    int up = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = up >= 0 && fstat(folder, &info) == 0 && fstat(up, &above) == 0 && above.st_dev == info.st_dev &&
                is_ours(&above) && !is_at(&above, "/") && !is_at(&above, getenv("HOME"));
    close(folder);
    if (!good && up >= 0)
        close(up);
    return good ? up : -1;
}

/* The folder above this one that has the project, or -1. */
static int find_above(ct_arena *arena, bool any)
{
    struct stat info;
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (folder >= 0 && (folder = go_up(folder)) >= 0) {
        const char *makefile = makefile_in(folder);
        if (makefile && fstatat(folder, makefile, &info, 0) == 0 && is_ours(&info) &&
            (any || program_of_makefile(arena, folder, makefile, NULL)))
            break;
    }
    return folder;
}

bool ct_project_is_near(char *const *words)
{
    const char *program = NULL;
    ct_arena arena;
    words++;
    ct_project_take_program(&words, &program);
    if (makefile_in(AT_FDCWD))
        return true;
    ct_arena_init(&arena, NULL, 0);
    int folder = find_above(&arena, program != NULL);
    ct_arena_finish(&arena);
    if (folder >= 0)
        close(folder);
    return folder >= 0;
}

/* The Makefile of the project, whose folder is the working directory then. NULL with a message. */
static const char *enter(ct_arena *arena, bool any, bool *ret_above, ct_error *error)
{
    const char *here = makefile_in(AT_FDCWD);
    *ret_above = false;
    if (here && (any || program_of_makefile(arena, AT_FDCWD, here, NULL)))
        return here;
    int folder = find_above(arena, any);
    if (folder < 0) {
        if (!here)
            ct_fail(error, "there is no project here (no Makefile): go to its folder, or make one with "
                           "`canteen new NAME`");
        return here;
    }
    *ret_above = fchdir(folder) == 0;
    const char *found = *ret_above ? makefile_in(AT_FDCWD) : NULL;
    if (!found)
        ct_fail(error, "the project's folder cannot be entered: %m");
    close(folder);
    return found;
}

bool ct_project_find(ct_arena *arena, const char *program, ct_project *ret, ct_error *error)
{
    bool above;
    const char *makefile = enter(arena, program != NULL, &above, error);
    char shown[CT_SHOWN_TEXT];
    if (!makefile)
        return false;
    char *folder = getcwd(NULL, 0);
    const char *kept = folder ? ct_arena_copy(arena, folder, strlen(folder)) : "";
    free(folder);
    if (!program)
        program = program_of_makefile(arena, AT_FDCWD, makefile, error);
    if (!program)
        return false;
    if (program[0] == '.' && program[1] == '/')
        program += 2;
    if (!ct_folder_holds(program) || strpbrk(program, "$ \t"))
        return ct_fail(error, "\"%s\" is no program: write its path below this folder, without variables and blanks",
                       ct_shown(program, shown));
    *ret = (ct_project){
        .program = program, .path = ct_arena_printf(arena, "./%s", program), .folder = kept, .above = above
    };
    return true;
}

bool ct_project_take_program(char *const **words, const char **ret_program)
{
    const char *word = **words;
    *ret_program = NULL;
    if (word && strncmp(word, "--program=", 10) == 0) {
        *ret_program = word + 10;
        *words += 1;
    } else if (word && strcmp(word, "--program") == 0) {
        if (!(*words)[1])
            return false;
        *ret_program = (*words)[1];
        *words += 2;
    }
    return true;
}

/* ---- make ---- */

char *const *ct_project_make(ct_arena *arena)
{
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    char **argv = ct_arena_zalloc(arena, 5 * sizeof *argv);
    argv[0] = ct_arena_printf(arena, "make");
    argv[1] = ct_arena_printf(arena, "-s");
    argv[2] = ct_arena_printf(arena, "-j%d", cores);
    argv[3] = ct_arena_printf(arena, "-Otarget"); /* what compilers say side by side does not mix */
    return argv;
}

int ct_project_lock(bool wait)
{
    int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
    if (result < 0 && fd >= 0 && errno == EWOULDBLOCK && wait) {
        fprintf(stderr, "canteen: another command builds here: it is waited for\n");
        while ((result = flock(fd, LOCK_EX)) < 0 && errno == EINTR)
            ;
    }
    int saved = errno;
    if (result < 0 && fd >= 0)
        close(fd);
    errno = saved;
    return result < 0 ? -1 : fd;
}

void ct_project_execute(const char *path, char *const *argv)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    for (int attempts = EXECUTE_ATTEMPTS; attempts; attempts--) {
        execv(path, argv);
        if (errno != ETXTBSY && errno != EACCES)
            return;
        int saved = errno;
        nanosleep(&pause, NULL);
        errno = saved;
    }
}

/* What make prints is no part of the command's output. */
static int make_here(ct_cli *cli)
{
    char *const *argv = ct_project_make(&cli->arena);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_DFL);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(argv[0], argv);
        fprintf(stderr, "%s: make cannot be run: %m: install it (the package make)\n", cli->program);
        _exit(127);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0 ? 0 : 1;
}

/* ---- commands that build and hand over ---- */

int ct_project_command(ct_cli *cli, char *const *words)
{
    const char *command = *words++, *program;
    ct_project project = { .path = "" };
    ct_error error;
    if (!ct_project_take_program(&words, &program)) {
        fprintf(stderr, "%s %s: --program takes a name\n", cli->program, command);
        return 2;
    }
    if (!ct_project_find(&cli->arena, program, &project, &error)) {
        fprintf(stderr, "%s %s: %s\n", cli->program, command, error.message);
        return 2;
    }
    if (project.above)
        fprintf(stderr, "%s %s: " CT_PROJECT_ABOVE "\n", cli->program, command, project.folder);
    ct_project_lock(true); /* until this is the program */
    if (make_here(cli))
        return 1;
    size_t count = 0;
    while (words[count])
        count++;
    const char **argv = ct_arena_zalloc(&cli->arena, (count + 3) * sizeof *argv);
    argv[0] = project.path;
    argv[1] = command;
    memcpy(argv + 2, words, count * sizeof *argv);
    signal(SIGPIPE, SIG_DFL);
    fflush(NULL);
    ct_project_execute(project.path, (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s %s: %s cannot be run: %m: the line `program = ...` of the Makefile says what it builds\n",
            cli->program, command, project.path);
    return 1;
}
