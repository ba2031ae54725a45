/* Settings: what may differ from machine to machine without a new build.
 *
 * A setting has a name, a type and a default. Its value comes from the last of these that gives one:
 *     1. the app's table (.settings of the root app, then those of mounted apps where the root says nothing),
 *     2. the file .env of the working directory (CANTEEN_<NAME>=value lines),
 *     3. the environment: CANTEEN_<NAME> in capitals,
 *     4. the command line: --name value, for `run` --max-body 10M and so on.
 * `check` names unknown and bad ones, with where they came from; a program with a bad setting does not start. An
 * unknown CANTEEN_ name is an error in .env and a warning in the environment, where other programs may have put it.
 * Other names in .env go into the environment of the process, unless it has them already, for the libraries that read
 * them there.
 *
 *     .settings = SETTINGS(SET("max_body", "10M"),                        -- another default for one of Canteen's own
 *                          SETTING("greeting", "Hello", .help = "..."))   -- one of the app's
 *
 * Canteen's own settings: run any program with `help settings`. */
#ifndef CANTEEN_SETTINGS_H
#define CANTEEN_SETTINGS_H

#include "canteen/common.h"

typedef enum ct_type {
    CT_TEXT,     /* any text */
    CT_INTEGER,  /* a whole number */
    CT_REAL,     /* a number */
    CT_FLAG,     /* true false yes no on off 1 0 */
    CT_SIZE,     /* bytes: 4096, 16K, 2.5M, 1G (powers of 1024) */
    CT_DURATION, /* time: 500us, 500ms, 10s, 5m, 1.5h, 2d; a bare number is seconds */
    CT_CHOICE    /* one of .choices */
} ct_type;

typedef struct ct_setting {
    const char *name;  /* lower case letters, digits and '_' */
    const char *value; /* the default, as text; NULL: none */
    ct_type type;
    const char *help; /* one line */
    int64_t min, max; /* of INTEGER, REAL, SIZE (bytes) and DURATION (µs); both 0: no bounds; INT64_MIN, INT64_MAX: no
                            bound at this end */
    const char *choices; /* of CHOICE: "debug, info, warning" */
    bool secret;         /* never shown */
    bool required;       /* no default: the program does not start without a value */
    bool declares;       /* set by SETTING: a new name, where SET changes one that exists */
    const char *file;    /* set by the macros */
    int line;
} ct_setting;

#define CT_SET(name_, value_)                                                                                          \
    {                                                                                                                  \
        .name = (name_), .value = (value_), .file = __FILE__, .line = __LINE__                                         \
    }
#define CT_SETTING(name_, default_, ...)                                                                               \
    {                                                                                                                  \
        .name = (name_), .value = (default_), .declares = true, .file = __FILE__, .line = __LINE__, __VA_ARGS__        \
    }
#define CT_SETTINGS(...) ((const ct_setting[]){ __VA_ARGS__, { .name = NULL } })

/* The value of a setting, Canteen's or the app's, checked at start. `name` must be declared and of the kind asked
 * for: anything else is a mistake of the program and aborts with 500 and a log line that names it. They work in
 * handlers, middleware and commands alike. Text: NULL when there is no value. */
CT_API const char *ct_setting_text(ct *c, const char *name);
CT_API int64_t ct_setting_int(ct *c, const char *name); /* INTEGER; SIZE in bytes; DURATION in µs */
CT_API double ct_setting_real(ct *c, const char *name);
CT_API bool ct_setting_flag(ct *c, const char *name);

#ifndef CT_NO_SHORT_NAMES
/* With two arguments a row of SETTINGS(...), with one a change of condition.h. */
#define SET(...) CT_SET_PICK(__VA_ARGS__, CT_SET, CT_SET_TO, )(__VA_ARGS__)
#define CT_SET_PICK(a, b, picked, ...) picked
#define SETTING(...) CT_SETTING(__VA_ARGS__)
#define SETTINGS(...) CT_SETTINGS(__VA_ARGS__)
#endif

#endif
