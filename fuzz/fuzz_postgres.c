/* Values from PostgreSQL in their binary and text forms: whatever a server sends, they are read within their bytes, as
 * a value that can be written and shown again, or refused with words. The first byte chooses the type and the form, the
 * second the kind of member they are read into. */
#include "base/arena.h"
#include "check.h"
#include "db/postgres.h"
#include "db/postgres_types.h"
#include "shape/kinds.h"
#include "shape/types.h"
#include "shape/value.h"

#include <string.h>

static const Oid types[] = {
    PG_BOOL,        PG_INT2,     PG_INT4,
    PG_INT8,        PG_OID,      PG_FLOAT4,
    PG_FLOAT8,      PG_NUMERIC,  PG_DATE,
    PG_TIME,        PG_INTERVAL, PG_TIMESTAMP,
    PG_TIMESTAMPTZ, PG_UUID,     PG_BYTEA,
    PG_TEXT,        PG_JSON,     PG_JSONB,
    PG_INT4S,       PG_TEXTS,    PG_NUMERICS,
    PG_INTERVALS,   PG_UUIDS,    PG_JSONBS,
    PG_BYTEAS,      869,         PG_FIRST_OF_PROGRAMS,
};

/* A decimal is one that the library makes: it has a text, and that is read as itself. */
static void check_decimal(ct_decimal value)
{
    char text[CT_DECIMAL_SIZE];
    ct_decimal again;
    size_t length = ct_decimal_write(value, text);
    FUZZ_CHECK(length < CT_DECIMAL_SIZE);
    FUZZ_CHECK(ct_decimal_parse((ct_str){ text, length }, &again));
    FUZZ_CHECK(again.units == value.units && again.scale == value.scale);
}

static void check_value(ct_value value)
{
    switch (value.type) {
    case CT_VALUE_DECIMAL:
        check_decimal(*value.decimal);
        break;
    case CT_VALUE_DATE:
        FUZZ_CHECK(value.date.days >= CT_DATE_FIRST && value.date.days <= CT_DATE_LAST);
        break;
    case CT_VALUE_DAYTIME:
        FUZZ_CHECK(value.daytime.microseconds >= 0 && value.daytime.microseconds < CT_DAY);
        break;
    case CT_VALUE_TEXT:
        FUZZ_CHECK(ct_utf8_valid(value.text, strlen(value.text)));
        break;
    case CT_VALUE_ARRAY:
        for (size_t i = 0; i < value.array->count; i++)
            check_value(value.array->items[i]);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ct_arena arena;
    if (size < 2)
        return 0;
    /* As libpq has it: a NUL behind the bytes. */
    char *copy = ct_xmalloc(size - 1);
    memcpy(copy, data + 2, size - 2);
    copy[size - 2] = '\0';
    const ct_pg_datum datum = {
        .type = types[(data[0] & 127) % CT_COUNT(types)], .text = data[0] >= 128, .data = copy, .length = size - 2
    };
    ct_kind kind = data[1] % (CT_KIND_array + 1);
    union {
        ct_decimal decimal;
        ct_value value;
        char room[64];
    } member;
    ct_value value;
    ct_arena_init(&arena, NULL, 1 << 20);
    if (!ct_pg_value(datum, &arena, &value))
        check_value(value);
    if (!ct_pg_read(datum, kind, &arena, &member) && kind == CT_KIND_decimal)
        check_decimal(member.decimal);
    ct_arena_finish(&arena);
    free(copy);
    return 0;
}
