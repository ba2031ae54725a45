/* How functions are made known to SQLite; the inside of sqlite_functions.c, sqlite_text.c, sqlite_json.c
 * and sqlite_arithmetic.c. */
#ifndef CANTEEN_DB_SQLITE_TEACH_H
#define CANTEEN_DB_SQLITE_TEACH_H

#include "base/common.h"
#include "base/str.h"

#include <sqlite3.h>

/* A function, or with `step` and `end` an aggregate. */
typedef struct ct_sqlite_lesson {
    const char *name;
    int arguments;
    void (*call)(sqlite3_context *context, int count, sqlite3_value **values);
    void (*step)(sqlite3_context *context, int count, sqlite3_value **values);
    void (*end)(sqlite3_context *context);
} ct_sqlite_lesson;

/* False where SQLite has no memory. */
bool ct_sqlite_teach(struct sqlite3 *db, const ct_sqlite_lesson *lessons, size_t count);
bool ct_sqlite_text_functions(struct sqlite3 *db);
bool ct_sqlite_json_functions(struct sqlite3 *db);
bool ct_sqlite_arithmetic_functions(struct sqlite3 *db);

/* The text of a value, good until it is asked in another way; "" of NULL. */
ct_str ct_sqlite_text(sqlite3_value *value);
bool ct_sqlite_any_null(int count, sqlite3_value **values);

#endif
