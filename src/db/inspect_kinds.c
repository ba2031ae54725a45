/* The kind of a column. PostgreSQL has types; SQLite has names of types that mean little to it, so that these are read
 * as Django reads them.
 *
 * A column whose type is not the one that its kind would be given says its own as .sql_type. */
#include "canteen/work.h"
#include "db/ddl.h"
#include "db/dialect.h"
#include "db/inspect.h"
#include "net/work.h"

#include <strings.h>

typedef struct known {
    const char *type;
    ct_kind kind;
} known;

static const known postgres_types[] = {
    { "smallint", CT_KIND_integer },
    { "integer", CT_KIND_integer },
    { "bigint", CT_KIND_integer },
    { "real", CT_KIND_real },
    { "double precision", CT_KIND_real },
    { "numeric", CT_KIND_decimal },
    { "boolean", CT_KIND_boolean },
    { "timestamp with time zone", CT_KIND_datetime },
    { "timestamp without time zone", CT_KIND_datetime },
    { "date", CT_KIND_date },
    { "time without time zone", CT_KIND_time },
    { "interval", CT_KIND_duration },
    { "uuid", CT_KIND_uuid },
    { "json", CT_KIND_json },
    { "jsonb", CT_KIND_json },
    { "bytea", CT_KIND_binary },
    { "text", CT_KIND_text },
    { "character varying", CT_KIND_text },
    { "character", CT_KIND_text },
    { "name", CT_KIND_text },
    { "citext", CT_KIND_text },
};

/* The first whose word is in the type. */
static const known sqlite_types[] = {
    { "uuid", CT_KIND_uuid },         { "json", CT_KIND_json },          { "bool", CT_KIND_boolean },
    { "datetime", CT_KIND_datetime }, { "timestamp", CT_KIND_datetime }, { "date", CT_KIND_date },
    { "time", CT_KIND_time },         { "char", CT_KIND_text },          { "clob", CT_KIND_text },
    { "text", CT_KIND_text },         { "decimal", CT_KIND_decimal },    { "numeric", CT_KIND_decimal },
    { "int", CT_KIND_integer },       { "blob", CT_KIND_binary },        { "binary", CT_KIND_binary },
    { "real", CT_KIND_real },         { "floa", CT_KIND_real },          { "doub", CT_KIND_real },
};

/* "varchar(200)" without what is in parentheses: "timestamp(3) without time zone" too. */
static const char *plain(ct *c, const char *type)
{
    const char *open = strchr(type, '('), *close = open ? strchr(open, ')') : NULL;
    return close ? ct_printf(c, "%.*s%s", (int)(open - type), type, close + 1) : type;
}

static void read_bounds(const char *type, ct_inspect_column *column)
{
    const char *open = strchr(type, '(');
    int first = 0, second = 0;
    for (const char *at = open ? open + 1 : ""; *at >= '0' && *at <= '9' && first < 1000000; at++)
        first = 10 * first + *at - '0';
    const char *comma = open ? strchr(open, ',') : NULL;
    for (const char *at = comma ? comma + 1 : ""; *at >= '0' && *at <= '9' && second < 1000000; at++)
        second = 10 * second + *at - '0';
    if (column->kind == CT_KIND_text) {
        column->max_length = first;
    } else if (column->kind == CT_KIND_decimal && first) {
        column->max_digits = first;
        column->decimal_places = second;
    }
}

static bool find_postgres(ct *c, const char *type, ct_kind *ret_kind)
{
    const char *base = plain(c, type);
    for (size_t i = 0; i < CT_COUNT(postgres_types); i++)
        if (strcmp(postgres_types[i].type, base) == 0) {
            *ret_kind = postgres_types[i].kind;
            return true;
        }
    return false;
}

static void postgres_kind(const ct_inspection *inspection, ct_inspect_column *column)
{
    ct *c = inspection->c;
    const char *type = column->live->base;
    size_t length = strlen(type);
    column->kind = CT_KIND_text;
    if (column->live->labels)
        return;
    if (length > 2 && strcmp(type + length - 2, "[]") == 0) {
        type = ct_strndup(c, type, length - 2);
        column->kind = CT_KIND_array;
        column->element = CT_KIND_text;
        if (!find_postgres(c, type, &column->element))
            column->guess = "no kind is made for the type of its elements";
    } else if (!find_postgres(c, type, &column->kind)) {
        column->guess = "no kind is made for its type";
    } else {
        read_bounds(type, column);
    }
}

static void sqlite_kind(ct_inspect_column *column)
{
    const char *type = column->live->type, *collation = column->live->collation;
    column->kind = CT_KIND_text;
    if (strcmp(type, "text") == 0 && collation && strcasecmp(collation, "decimal") == 0) {
        column->kind = CT_KIND_decimal;
        return;
    }
    for (size_t i = 0; i < CT_COUNT(sqlite_types); i++)
        if (strstr(type, sqlite_types[i].type)) {
            column->kind = sqlite_types[i].kind;
            read_bounds(type, column);
            return;
        }
    column->guess = *type ? "its type is none that SQLite knows" : "it has no type";
}

/* "character varying(20)" and "varchar(20)" are one, and so are "numeric(8, 2)" and "numeric(8,2)". */
static const char *comparable(ct *c, const char *type)
{
    static const char longer[] = "character varying", daytime[] = "time without time zone";
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    if (strncmp(type, longer, sizeof(longer) - 1) == 0) {
        ct_buffer_str(&out, CT_STR("varchar"));
        type += sizeof(longer) - 1;
    } else if (strncmp(type, daytime, sizeof(daytime) - 1) == 0) {
        ct_buffer_str(&out, CT_STR("time"));
        type += sizeof(daytime) - 1;
    }
    for (; *type; type++)
        if (*type != ' ' || type[1] == 'w' || type[1] == 'p' || type[1] == 't' || type[1] == 'z')
            ct_buffer_char(&out, *type);
    return ct_buffer_text(&out);
}

void ct_inspect_kind(const ct_inspection *inspection, ct_inspect_column *column)
{
    ct *c = inspection->c;
    if (inspection->sqlite)
        sqlite_kind(column);
    else
        postgres_kind(inspection, column);
    const ct_field field = { .name = "",
                             .kind = column->kind,
                             .element = column->element,
                             .max_length = column->max_length,
                             .max_digits = column->max_digits,
                             .decimal_places = column->decimal_places };
    ct_buffer usual = ct_buffer_in(ct_work_arena(c));
    inspection->entry->driver->dialect->ddl->type(&usual, &field, NULL);
    if (strcmp(comparable(c, ct_buffer_text(&usual)), comparable(c, column->live->type)) != 0 && *column->live->type)
        column->sql_type = column->live->type;
}
