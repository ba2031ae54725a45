/* `dbshell`: becomes the database's own program, sqlite3 or psql. */
#include "cli/database.h"

#include "canteen/work.h"
#include "db/shell.h"
#include "net/work.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const ct_option ct_dbshell_options[] = {
    { .name = "argument",
      .argument = true,
      .optional = true,
      .repeat = true,
      .help = "what the program is given besides, behind --" },
    { .name = "database", .help = "the alias of the database; \"default\"" },
    { .name = NULL },
};

/* What this process has changed for itself. */
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
}

static const char *const *make_arguments(ct *c, const ct_db_shell *shell)
{
    const char *const *more = ct_option_all(c, "argument");
    size_t count = 0;
    while (more[count])
        count++;
    const char **argv = ct_alloc(c, (count + 4) * sizeof(*argv));
    size_t own = 0;
    argv[own++] = shell->program;
    if (shell->option)
        argv[own++] = shell->option;
    argv[own++] = shell->argument;
    memcpy(argv + own, more, count * sizeof(*argv));
    return argv;
}

int ct_dbshell_command(ct *c)
{
    const ct_db_entry *entry = ct_command_entry(c);
    ct_db_shell shell;
    const char *wrong = ct_db_shell_of(&entry->target, entry->driver, ct_work_arena(c), &shell);
    if (wrong)
        ct_abort(c, 500, "the database \"%s\": %s", entry->alias, wrong);
    if (shell.option)
        ct_command_present(c, entry); /* what only reads makes no file */
    const char *const *argv = make_arguments(c, &shell);
    if (shell.environment)
        setenv(shell.environment, shell.password, 1);
    fflush(NULL);
    reset_signals();
    execvp(shell.program, (char *const *)(uintptr_t)argv);
    if (errno == ENOENT)
        ct_abort(c, 500, "the program %s is missing: apt-get install %s", shell.program, shell.package);
    ct_abort(c, 500, "the program %s cannot be run: %m", shell.program);
}
