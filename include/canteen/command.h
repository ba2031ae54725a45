/* Commands: what `./app NAME` does besides `run`. A command runs on a fiber with a `ct` of its own, so it may use all
 * that handlers use: memory, settings, ct_sleep, ct_offload, and what later parts add.
 *
 *     static int greet(ct *c)
 *     {
 *         for (int64_t i = 0; i < ct_option_int(c, "times"); i++)
 *             printf("Hello, %s!\n", ct_option_text(c, "name"));
 *         return 0;
 *     }
 *     .commands = COMMANDS(COMMAND("greet", greet, .help = "Greet somebody",
 *                                  .options = OPTIONS(ARGUMENT("name", .help = "whom"),
 *                                                     OPTION("times", .type = CT_INTEGER, .value = "1", .min = 1,
 *                                                            .max = 10, .help = "how often"))))
 *
 * gives `./app greet Ada --times 3`, `./app help greet`, and a clear refusal (exit code 2) of anything else.
 *
 * Options and arguments may be mixed; of an option that is given twice the last counts (but for `.repeat`); `--` ends
 * the options. -h and --help explain the command, so no option has these names. */
#ifndef CANTEEN_COMMAND_H
#define CANTEEN_COMMAND_H

#include "canteen/common.h"
#include "canteen/settings.h"

/* `--name VALUE` or `--name=VALUE` (CT_FLAG: `--name` and `--no-name`, no value), or a positional argument. */
typedef struct ct_option {
    const char *name;    /* lower case letters, digits and '-' */
    ct_type type;        /* as of settings */
    const char *value;   /* the default, as text; NULL: none */
    const char *help;    /* one line */
    int64_t min, max;    /* as of settings */
    const char *choices; /* as of settings */
    char letter;         /* the short form, as 'v' for -v, -n 3 or -n3; 0: none */
    bool argument;       /* set by ARGUMENT: positional, in the order of the table */
    bool required;       /* an option without which the command does not run; an argument always is unless it has a
                            default or is optional */
    bool optional;       /* an argument that may be missing (its text is then NULL) */
    bool repeat;         /* may be given several times, as text: ct_option_all() has every value. Of arguments the last
                            one alone */
} ct_option;

#define CT_OPTION(name_, ...)                                                                                          \
    {                                                                                                                  \
        .name = (name_), __VA_ARGS__                                                                                   \
    }
#define CT_ARGUMENT(name_, ...)                                                                                        \
    {                                                                                                                  \
        .name = (name_), .argument = true, __VA_ARGS__                                                                 \
    }
#define CT_OPTIONS(...) ((const ct_option[]){ __VA_ARGS__, { .name = NULL } })

typedef struct ct_command {
    const char *name;         /* lower case letters, digits and '-' */
    int (*run)(ct *c);        /* returns the exit code, 0 to 255 (others are 1) */
    const char *help;         /* one line */
    const ct_option *options; /* OPTIONS(...) */
    const char *file;         /* set by COMMAND: where it stands */
    int line;
} ct_command;

#define CT_COMMAND(name_, run_, ...)                                                                                   \
    {                                                                                                                  \
        .name = (name_), .run = (run_), .file = __FILE__, .line = __LINE__, __VA_ARGS__                                \
    }
#define CT_COMMANDS(...) ((const ct_command[]){ __VA_ARGS__, { .name = NULL } })

/* The values given to the command that runs, or their defaults. A name that the command does not declare, or another
 * kind, aborts. Text: NULL when neither is there. ct_option_given() tells a given value from a default. */
CT_API const char *ct_option_text(ct *c, const char *name);
CT_API int64_t ct_option_int(ct *c, const char *name); /* INTEGER; SIZE in bytes; DURATION in µs */
CT_API double ct_option_real(ct *c, const char *name);
CT_API bool ct_option_flag(ct *c, const char *name);
CT_API bool ct_option_given(ct *c, const char *name);
/* Every value of an option or argument with `.repeat`, in their order, ending in NULL; where none was given, the
 * default alone. Never NULL itself. */
CT_API const char *const *ct_option_all(ct *c, const char *name);

#ifndef CT_NO_SHORT_NAMES
#define COMMAND(...) CT_COMMAND(__VA_ARGS__)
#define COMMANDS(...) CT_COMMANDS(__VA_ARGS__)
#define OPTION(...) CT_OPTION(__VA_ARGS__)
#define ARGUMENT(...) CT_ARGUMENT(__VA_ARGS__)
#define OPTIONS(...) CT_OPTIONS(__VA_ARGS__)
#endif

#endif
