/* The operations of bench/data.c by hand: prepared statements of sqlite3 and of libpq, the columns read into a struct.
 *
 *     data_raw sqlite|postgresql FILE|CONNINFO OPERATION SECONDS
 *
 * It prints microseconds of processor time (user and system, of this process alone) per operation. The connection is
 * set up as Canteen's is (write-ahead log, synchronous=FULL, foreign keys); libpq's results are binary. */
#include <endian.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ITEMS = 10000, CATEGORIES = 100 };

typedef struct item {
    int64_t id;
    char *name;
    int64_t category;
    double price;
    bool active;
    int64_t created;
} item;

static const char *const sql[] = {
    "select id, name, category, price, active, created from item where id = $1",
    "select id, name, category, price, active, created from item where category = $1 and active = $2",
    "insert into item (name, category, price, active, created) values ($1, $2, $3, $4, $5) returning id",
    "update item set price = $1, created = $2 where id = $3",
};
enum { KEY, LIST, INSERT, UPDATE, STATEMENTS };

static void fail(const char *what)
{
    fprintf(stderr, "data_raw: %s\n", what);
    exit(1);
}

static int64_t next_key(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (int64_t)(state >> 33) % ITEMS + 1;
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- sqlite3 ---- */

static sqlite3 *lite;
static sqlite3_stmt *lite_statements[STATEMENTS];

static void lite_open(const char *file)
{
    if (sqlite3_open(file, &lite) ||
        sqlite3_exec(lite, "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on", NULL, NULL,
                     NULL))
        fail(sqlite3_errmsg(lite));
    sqlite3_busy_timeout(lite, 5000);
    for (int i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(lite, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &lite_statements[i], NULL))
            fail(sqlite3_errmsg(lite));
}

static int digits(const char *at, int count)
{
    int value = 0;
    for (; count > 0; count--, at++) {
        if (*at < '0' || *at > '9')
            fail("a time is wrong");
        value = value * 10 + (*at - '0');
    }
    return value;
}

/* 2020-01-31 12:34:56.123456 as microseconds since 1970. */
static int64_t lite_time(const char *text, int length)
{
    if (length != 26)
        fail("a time is wrong");
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    int from_march = (month + 9) % 12;
    year -= month <= 2;
    int64_t days = 365LL * year + year / 4 - year / 100 + year / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
    int64_t seconds = digits(text + 11, 2) * 3600 + digits(text + 14, 2) * 60 + digits(text + 17, 2);
    return (days * 86400 + seconds) * 1000000 + digits(text + 20, 6);
}

static int lite_read(sqlite3_stmt *statement)
{
    int rows = 0, status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
        item got = { .id = sqlite3_column_int64(statement, 0),
                     .name = strdup((const char *)sqlite3_column_text(statement, 1)),
                     .category = sqlite3_column_int64(statement, 2),
                     .price = sqlite3_column_double(statement, 3),
                     .active = sqlite3_column_int(statement, 4) };
        got.created = lite_time((const char *)sqlite3_column_text(statement, 5), sqlite3_column_bytes(statement, 5));
        if (got.created <= 0 || got.price < 0)
            fail("an item is wrong");
        free(got.name);
        rows++;
    }
    if (status != SQLITE_DONE)
        fail(sqlite3_errmsg(lite));
    sqlite3_reset(statement);
    return rows;
}

static void lite_key(void)
{
    sqlite3_bind_int64(lite_statements[KEY], 1, next_key());
    if (lite_read(lite_statements[KEY]) != 1)
        fail("an item is missing");
}

static void lite_list(void)
{
    sqlite3_bind_int64(lite_statements[LIST], 1, next_key() % CATEGORIES);
    sqlite3_bind_int(lite_statements[LIST], 2, 1);
    if (lite_read(lite_statements[LIST]) != ITEMS / CATEGORIES)
        fail("items of a category are missing");
}

/* The moment in the form that the column has. */
static const char *lite_now(void)
{
    static char text[64];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d.%06ld", parts.tm_year + 1900, parts.tm_mon + 1,
             parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000);
    return text;
}

static void lite_insert(void)
{
    sqlite3_stmt *statement = lite_statements[INSERT];
    sqlite3_bind_text(statement, 1, "Something new", -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, CATEGORIES + 1);
    sqlite3_bind_double(statement, 3, 9.5);
    sqlite3_bind_int(statement, 4, 1);
    sqlite3_bind_text(statement, 5, lite_now(), -1, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_ROW || sqlite3_step(statement) != SQLITE_DONE)
        fail(sqlite3_errmsg(lite));
    sqlite3_reset(statement);
}

static void lite_update(void)
{
    sqlite3_stmt *statement = lite_statements[UPDATE];
    sqlite3_bind_double(statement, 1, 2.5);
    sqlite3_bind_text(statement, 2, lite_now(), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, next_key());
    if (sqlite3_step(statement) != SQLITE_DONE)
        fail(sqlite3_errmsg(lite));
    sqlite3_reset(statement);
}

/* ---- libpq ---- */

static PGconn *pg;

static void pg_open(const char *conninfo)
{
    static const char *const names[] = { "key", "list", "insert", "update" };
    pg = PQconnectdb(conninfo);
    if (PQstatus(pg) != CONNECTION_OK)
        fail(PQerrorMessage(pg));
    for (int i = 0; i < STATEMENTS; i++) {
        PGresult *result = PQprepare(pg, names[i], sql[i], 0, NULL);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            fail(PQerrorMessage(pg));
        PQclear(result);
    }
}

static const int lengths[] = { 8, 8, 8, 8, 8 };
static const int binary[] = { 1, 1, 1, 1, 1 };

static uint64_t wire(int64_t value)
{
    return htobe64((uint64_t)value);
}

static uint64_t wire_real(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return htobe64(bits);
}

static int64_t read_big(const PGresult *result, int row, int column)
{
    uint64_t value;
    memcpy(&value, PQgetvalue(result, row, column), 8);
    return (int64_t)be64toh(value);
}

static int pg_read(PGresult *result)
{
    int rows = PQntuples(result);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail(PQerrorMessage(pg));
    for (int i = 0; i < rows; i++) {
        item got = { .id = read_big(result, i, 0),
                     .name = strdup(PQgetvalue(result, i, 1)),
                     .category = read_big(result, i, 2),
                     .active = *PQgetvalue(result, i, 4),
                     .created = read_big(result, i, 5) };
        int64_t bits = read_big(result, i, 3);
        memcpy(&got.price, &bits, 8);
        if (got.price < 0 || !got.active)
            fail("an item is wrong");
        free(got.name);
    }
    PQclear(result);
    return rows;
}

static void pg_key(void)
{
    uint64_t key = wire(next_key());
    if (pg_read(PQexecPrepared(pg, "key", 1, (const char *[]){ (const char *)&key }, lengths, binary, 1)) != 1)
        fail("an item is missing");
}

static void pg_list(void)
{
    uint64_t category = wire(next_key() % CATEGORIES);
    const char active = 1;
    PGresult *result = PQexecPrepared(pg, "list", 2, (const char *[]){ (const char *)&category, &active },
                                      (const int[]){ 8, 1 }, binary, 1);
    if (pg_read(result) != ITEMS / CATEGORIES)
        fail("items of a category are missing");
}

static uint64_t pg_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return wire((now.tv_sec - 946684800) * 1000000 + now.tv_nsec / 1000);
}

static void pg_write(const char *name, int count, const char *const *values, const int *sizes)
{
    PGresult *result = PQexecPrepared(pg, name, count, values, sizes, binary, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail(PQerrorMessage(pg));
    PQclear(result);
}

static void pg_insert(void)
{
    const uint64_t category = wire(CATEGORIES + 1), price = wire_real(9.5), now = pg_now();
    const char active = 1;
    pg_write("insert", 5,
             (const char *const[]){ "Something new", (const char *)&category, (const char *)&price, &active,
                                    (const char *)&now },
             (const int[]){ 13, 8, 8, 1, 8 });
}

static void pg_update(void)
{
    const uint64_t price = wire_real(2.5), now = pg_now(), key = wire(next_key());
    pg_write("update", 3, (const char *const[]){ (const char *)&price, (const char *)&now, (const char *)&key },
             lengths);
}

/* ---- measuring ---- */

static const struct operation {
    const char *name;
    void (*lite)(void), (*pg)(void);
    int times;
} operations[] = {
    { "key", lite_key, pg_key, 1 },          { "key20", lite_key, pg_key, 20 },       { "list", lite_list, pg_list, 1 },
    { "insert", lite_insert, pg_insert, 1 }, { "update", lite_update, pg_update, 1 },
};

static long run_for(void (*run)(void), int times, double seconds)
{
    long count = 0;
    for (double end = seconds_of(CLOCK_MONOTONIC) + seconds; seconds_of(CLOCK_MONOTONIC) < end; count++)
        for (int i = 0; i < times; i++)
            run();
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        fail("usage: data_raw sqlite|postgresql FILE|CONNINFO OPERATION SECONDS");
    bool sqlite = strcmp(argv[1], "sqlite") == 0;
    if (sqlite)
        lite_open(argv[2]);
    else
        pg_open(argv[2]);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        if (strcmp(operations[i].name, argv[3]) != 0)
            continue;
        void (*run)(void) = sqlite ? operations[i].lite : operations[i].pg;
        run_for(run, operations[i].times, 0.1);
        double begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        long count = run_for(run, operations[i].times, strtod(argv[4], NULL));
        printf("%.3f\n", (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin) * 1e6 / (double)count);
        return 0;
    }
    fail("no such operation");
}
