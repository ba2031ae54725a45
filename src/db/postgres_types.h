/* The types of PostgreSQL that the driver knows, by their numbers in pg_type, which never change. */
#ifndef CANTEEN_DB_POSTGRES_TYPES_H
#define CANTEEN_DB_POSTGRES_TYPES_H

#include "base/common.h"

#include <endian.h>
#include <string.h>

enum {
    PG_ANY = 0, /* the server takes it for what it meets */
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_CHAR = 18,
    PG_NAME = 19,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_OID = 26,
    PG_JSON = 114,
    PG_XML = 142,
    PG_FLOAT4 = 700,
    PG_FLOAT8 = 701,
    PG_UNKNOWN = 705,
    PG_BPCHAR = 1042,
    PG_VARCHAR = 1043,
    PG_DATE = 1082,
    PG_TIME = 1083,
    PG_TIMESTAMP = 1114,
    PG_TIMESTAMPTZ = 1184,
    PG_INTERVAL = 1186,
    PG_NUMERIC = 1700,
    PG_VOID = 2278,
    PG_UUID = 2950,
    PG_JSONB = 3802,
    /* Of arrays. */
    PG_BOOLS = 1000,
    PG_BYTEAS = 1001,
    PG_INT8S = 1016,
    PG_FLOAT8S = 1022,
    PG_DATES = 1182,
    PG_TIMES = 1183,
    PG_TIMESTAMPTZS = 1185,
    PG_INTERVALS = 1187,
    PG_NUMERICS = 1231,
    PG_UUIDS = 2951,
    PG_JSONBS = 3807,
    PG_JSONS = 199,
    PG_CHARS = 1002,
    PG_NAMES = 1003,
    PG_INT2S = 1005,
    PG_INT4S = 1007,
    PG_TEXTS = 1009,
    PG_BPCHARS = 1014,
    PG_VARCHARS = 1015,
    PG_FLOAT4S = 1021,
    PG_OIDS = 1028,
    PG_TIMESTAMPS = 1115,
    PG_FIRST_OF_PROGRAMS = 16384 /* from here on: enumerations, domains, what extensions bring */
};

#define PG_EPOCH_DAYS 10957                        /* 2000-01-01 */
#define PG_EPOCH (PG_EPOCH_DAYS * (int64_t)CT_DAY) /* µs */

/* What numeric has in its field for the sign. */
#define PG_NUMERIC_MINUS 0x4000
#define PG_NUMERIC_NAN 0xc000
#define PG_NUMERIC_INFINITE 0xd000
#define PG_NUMERIC_MINUS_INFINITE 0xf000

/* Numbers travel with the highest byte first. */
static inline void pg_put16(char *to, uint16_t value)
{
    to[0] = (char)(value >> 8);
    to[1] = (char)value;
}

static inline void pg_put32(char *to, uint32_t value)
{
    value = htobe32(value);
    memcpy(to, &value, sizeof value);
}

static inline void pg_put64(char *to, uint64_t value)
{
    value = htobe64(value);
    memcpy(to, &value, sizeof value);
}

static inline uint16_t pg_get16(const char *from)
{
    return (uint16_t)((uint8_t)from[0] << 8 | (uint8_t)from[1]);
}

static inline uint32_t pg_get32(const char *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return be32toh(value);
}

static inline uint64_t pg_get64(const char *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return be64toh(value);
}

#endif
