/* How SQLite keeps the kinds of fields, and what it is taught for it. Every connection has these functions before its
 * first statement; the driver, the compiler of queries and the makers of tables all go by this table.
 *
 *   kind                   type of the column          what is in it
 *   text and the like      TEXT
 *   integer, duration      INTEGER                     of a duration µs
 *   boolean                INTEGER                     0, 1
 *   real                   REAL
 *   decimal                TEXT COLLATE decimal        "12.50": exact; the collation compares by value, also in
 *                                                      indexes, checks, min() and max(). Numbers of existing tables are
 *                                                      read too
 *   datetime               TEXT                        "2026-11-21 09:30:00" in UTC, as Django and CURRENT_TIMESTAMP
 *                                                      write it: no fraction where it is 0, else six digits
 *   date, time             TEXT                        "2026-11-21", "09:30:00", "09:30:00.500000"
 *   uuid                   TEXT                        lower case, with hyphens
 *   json, array            TEXT                        of JSON
 *   binary                 BLOB
 *
 *   decimal_sum(x)               aggregate: exact, NULL of none
 *   decimal_avg(x)               the same, with 16 places or more
 *   decimal_add(a, b), decimal_sub(a, b), decimal_mul(a, b)     exact, NULL where one is
 *   ct_decimal_round(x, places)  half to even
 *   ct_integer_add(a, b), ct_integer_sub(a, b), ct_integer_mul(a, b)     an overflow is an error
 *   ct_datetime_add(x, span), ct_datetime_sub(x, span)          a span in µs
 *   ct_part(name, x)             of a date, time or datetime: 'year' 'month' 'day' 'quarter' 'week' 'week_day'
 *                                'iso_week_day' 'hour' 'minute' 'second'; 'date' is text
 *   ct_regexp(pattern, text, nocase)   PCRE2's, with UTF-8
 *   ct_lower(x), ct_upper(x)     of all letters, where lower() and upper() know those of ASCII alone
 *   ct_json_has(x, path)         whether there is something at the path: "a.b[0]"
 *   ct_json_equal(x, path, y)    whether what is there is equal to y, numbers by value, members in any order
 *   ct_json_contains(x, path, y) as PostgreSQL's @>
 *
 * The collation and the functions of decimals have the names that SQLite's shell gives to its own, so that it reads
 * these tables, and writes them, without our library.
 *
 * None of them is lost on NULL: what is asked of NULL is NULL. */
#ifndef CANTEEN_DB_SQLITE_FUNCTIONS_H
#define CANTEEN_DB_SQLITE_FUNCTIONS_H

#include "base/common.h"

struct sqlite3;

/* False where SQLite has no memory. */
bool ct_sqlite_functions(struct sqlite3 *db);

#endif
