/* Rows as JSON and back, in the format of Django's fixtures:
 *
 *   [{"model": "polls.choice", "pk": 3, "fields": {"question": 1, "choice_text": "Yes", "tags": [1, 2]}}, ...]
 *
 *   fixture_dump.c    rows of a database cursor ──> text
 *   fixture_read.c    text in pieces ──> one object at a time, with its line
 *   fixture_value.c   what JSON has ──> values of fields
 *   fixture_load.c    objects ──> rows
 *
 * Both ways work in portions whose memory is given back, so that the number of rows does not matter. What JSON has no
 * word for is text: decimals with their digits, moments in ISO 8601, binary data in base64, infinite reals. A ref is
 * the key of its row, or with natural keys the list of what tells that row apart; a key of several columns is a
 * list. */
#ifndef CANTEEN_DB_FIXTURE_H
#define CANTEEN_DB_FIXTURE_H

#include "base/buffer.h"
#include "base/error.h"
#include "db/site.h"
#include "shape/json_write.h"
#include "shape/value.h"

#include <sys/types.h> /* ssize_t */

/* ---- dumping ---- */

typedef struct ct_fixture_dump {
    const ct_db_entry *entry;
    const ct_table *const *tables; /* in the order in which they are written */
    size_t count;
    int indent; /* spaces for each level; 0: one line for each row */
    bool natural_foreign, natural_primary;
    int fd;
} ct_fixture_dump;

/* Writes the fixture; returns the number of rows. Aborts where it cannot be written. */
int64_t ct_fixture_dump_all(ct *c, const ct_fixture_dump *dump);

/* ---- reading ---- */

/* An array of objects in pieces. Not for more than CT_FIXTURE_OBJECT bytes in one of them. */
#define CT_FIXTURE_OBJECT ((size_t)64 << 20)
typedef struct ct_fixture_reader {
    /* More bytes into the buffer, at most `size`: 0 at the end, less than 0 on an error (errno). */
    ssize_t (*more)(void *source, char *data, size_t size);
    void *source;
    ct_buffer text;  /* heap: what is read and not yet handed out */
    size_t at, line; /* where it stands, lines from 1 */
    bool begun, ended;
} ct_fixture_reader;

/* The text of the next object, valid till the next call, and the line it begins in. False at the end, and where
 * something is wrong: `error` then has a message, with the line, else "". */
bool ct_fixture_next(ct_fixture_reader *reader, ct_str *ret_object, size_t *ret_line, ct_error *error);
void ct_fixture_reader_finish(ct_fixture_reader *reader);

/* ---- values ---- */

/* The value of a field of what JSON has (its own kind, or text that is read as a form would); not of null. Of a ref the
 * value of its key. False with what is wrong, for people. */
bool ct_fixture_value(ct_arena *arena, const ct_field *field, ct_kind kind, ct_value in_json, ct_value *ret_value,
                      const char **ret_problem);
/* The same way back: infinite reals are text, the rest is as JSON has it. */
ct_value ct_fixture_json(ct_value value);

/* ---- loading ---- */

typedef struct ct_fixture_load {
    ct *c;
    const ct_db_entry *entry;
    bool any_database;       /* rows of models of other databases go here too */
    bool ignore_nonexistent; /* fields and models that there are not are passed over */
    int64_t count;           /* rows so far, those put aside too */
    struct ct_fixture_state *state;
} ct_fixture_load;

/* In a transaction: begins, reads a file (`name` is for messages), ends. Abort on whatever is wrong, with the file, the
 * line, the model, the key and the field. The end finds what refers to rows that are not there, and lets PostgreSQL
 * count keys from behind those that have come. */
void ct_fixture_load_begin(ct_fixture_load *load);
void ct_fixture_load_file(ct_fixture_load *load, const char *name, ct_fixture_reader *reader);
void ct_fixture_load_end(ct_fixture_load *load);

/* ---- both ---- */

/* The names of fields in .natural_key, one after the other; false at the end. */
bool ct_fixture_natural_next(ct_str *rest, ct_str *ret_name);
/* "polls.question" */
const char *ct_fixture_label(ct *c, const ct_table *table);

#endif
