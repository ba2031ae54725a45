/* The command line of a command: option tables in, typed values out.
 *
 *     --name VALUE  --name=VALUE  -n VALUE  -nVALUE     an option
 *     --name  --no-name  -n  -nvx                       flags; the last is -n -v -x
 *     VALUE                                             an argument, in the order of the table
 *     --                                                what follows are arguments
 *
 * A word that begins with '-' and a digit is an argument (-5), as is "-" alone. A value may begin with one '-', but
 * "--..." in its place means that it was forgotten (write --name=--value if not). */
#ifndef CANTEEN_CLI_OPTIONS_H
#define CANTEEN_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/problems.h"
#include "canteen/command.h"
#include "web/typed.h"

typedef struct ct_option_values {
    const ct_option *options; /* the table, `count` rows */
    ct_typed *values;         /* one a row: given, or the default, or without text */
    bool *given;
    const char *const **all; /* of each row with .repeat its values, ending in NULL; NULL for other rows */
    size_t count;
    bool help; /* --help or -h was given: nothing after it was looked at */
} ct_option_values;

/* Adds what is wrong with a table (NULL: an empty one), each with `place` in front: bad or repeated names and letters,
 * bad types and defaults, an argument that must be given behind one that may be missing. */
void ct_options_check(const ct_option *options, const char *place, ct_problems *problems);
/* Reads `words` by a table that has passed the check. False with one line that says what to write instead. Texts are
 * borrowed from `words`, the rest is the arena's (which has no limit). */
bool ct_options_parse(ct_arena *arena, const ct_option *options, char *const *words, size_t word_count,
                      ct_option_values *ret, ct_error *error);

/* The values of the row with this name, which has .repeat. */
const char *const *ct_options_all(const ct_option_values *values, const char *name);
/* The value of the row with this name, which there is; without text when neither given nor a default. */
const ct_typed *ct_options_get(const ct_option_values *values, const char *name);

/* How the value is shown in help: "N", "SIZE", "debug|info"; "" for a flag. */
const char *ct_option_metavar(ct_arena *arena, const ct_option *option);

#endif
