/* The inside of `query`.
 *
 *   query.c         the command, and what a line is: a condition on a model, SQL, or a word of the prompt
 *   query_run.c     asks the database
 *   query_reads.c   which SQL only reads
 *   query_result.c  what came, as a table for people
 *   query_line.c    lines of a terminal, with history and completion */
#ifndef CANTEEN_CLI_QUERY_H
#define CANTEEN_CLI_QUERY_H

#include "base/buffer.h"
#include "canteen/value.h"
#include "db/site.h"

/* ---- results ---- */

/* Rows as text that fits a terminal: no control characters, and valid UTF-8. */
typedef struct ct_result {
    ct_arena *arena;
    const char **names; /* of the columns */
    bool *numbers;      /* columns that stand at the right */
    size_t columns;
    const char **cells; /* row by row */
    size_t rows, capacity;
    bool cut; /* there were more */
} ct_result;

void ct_result_begin(ct_result *result, ct_arena *arena, const char *const *names, size_t columns);
/* Adds a row of that many values. */
void ct_result_add(ct_result *result, const ct_value *values);
/* As a table; no line longer than `width` columns of a terminal, as far as that goes (0: as long as they are), what
 * does not fit is cut. `expanded`: a line a field. */
void ct_result_write(const ct_result *result, bool expanded, size_t width, ct_buffer *out);

/* ---- running ---- */

typedef struct ct_query_prompt {
    ct *c;
    ct_db_entry *entry;
    bool write, expanded;
    bool terminal; /* somebody types */
    size_t width;  /* of the terminal that is written to; 0: it is none */
} ct_query_prompt;

#define CT_QUERY_ROWS 10000 /* that are shown of a result; of conditions without a limit a tenth */

/* A line of conditions, and a statement of SQL. False when something was wrong, which has been said on standard
 * error. */
bool ct_query_ask(const ct_query_prompt *prompt, const char *line);
bool ct_query_sql(const ct_query_prompt *prompt, const char *sql);
/* "select" and its like: begins it a statement? */
bool ct_query_is_sql(const char *line);

/* Does it begin with "select" or its like? */
bool ct_query_only_reads(const char *sql);
#define CT_QUERY_ADVICE "; `query --write` is for what changes the database"
/* Without --write: false, with `error` filled, where the database would let something pass that does not only read. */
bool ct_query_may_run(ct *c, ct_db_entry *entry, const char *sql, ct_db_error *error);

/* ---- lines ---- */

/* A line of the terminal, the caller's to free, without its end; NULL at the end. The first call loads the library for
 * editing, if it is there. */
char *ct_query_line(const ct_graph *graph, const char *prompt);
/* Keeps the line for this and later runs. */
void ct_query_remember(const char *line);

#endif
