/* What SQLite is taught: the collation of decimals. */
#include "db/sqlite_functions.h"

#include "base/str.h"
#include "shape/types.h"

#include <sqlite3.h>

/* By value; what is no number comes behind the numbers, by its bytes. */
static int compare_decimals(void *unused, int a_length, const void *a_text, int b_length, const void *b_text)
{
    (void)unused;
    ct_str a = { a_text, (size_t)a_length }, b = { b_text, (size_t)b_length };
    ct_decimal x, y;
    bool a_good = ct_decimal_parse(a, &x), b_good = ct_decimal_parse(b, &y);
    if (a_good && b_good)
        return ct_decimal_compare(x, y);
    if (a_good != b_good)
        return a_good ? -1 : 1;
    int order = memcmp(a.data, b.data, CT_MIN(a.length, b.length));
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

bool ct_sqlite_functions(struct sqlite3 *db)
{
    return sqlite3_create_collation_v2(db, "decimal", SQLITE_UTF8, NULL, compare_decimals, NULL) == SQLITE_OK;
}
