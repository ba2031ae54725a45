/* Keys of rows as bytes, for finding rows by them: equal where the database takes the keys as equal.
 *
 *   decimal   1.5 and 1.50 are one
 *   real      0.0 and -0.0 are one
 *   char(n)   'de' and 'de   ' are one, where the database fills such columns up with spaces
 *
 * Collations and types of the program's own that take more than that as equal are not known here. */
#include "base/common.h"
#include "db/compile.h"
#include "net/work.h"

/* Without zeros at the end, as bytes: the struct itself has gaps. */
static ct_str decimal_bytes(ct *c, ct_arena *arena, ct_decimal value)
{
    char bytes[sizeof(value.units) + sizeof(value.scale)];
    for (; value.scale > 0 && value.units % 10 == 0; value.scale--)
        value.units /= 10;
    memcpy(bytes, &value.units, sizeof(value.units));
    memcpy(bytes + sizeof(value.units), &value.scale, sizeof(value.scale));
    const char *copy = ct_arena_copy(arena, bytes, sizeof(bytes));
    if (!copy)
        ct_out_of_memory(c);
    return (ct_str){ copy, sizeof(bytes) };
}

static ct_str text_bytes(const char *text, bool padded)
{
    ct_str bytes = ct_str_of(text);
    while (padded && bytes.length && bytes.data[bytes.length - 1] == ' ')
        bytes.length--;
    return bytes;
}

ct_str ct_key_bytes(ct *c, ct_arena *arena, const ct_value *key, bool padded)
{
    static const double zero = 0;
    switch (key->type) {
    case CT_VALUE_TEXT:
        return text_bytes(key->text, padded);
    case CT_VALUE_UUID:
        return (ct_str){ (const char *)key->uuid, sizeof(*key->uuid) };
    case CT_VALUE_BYTES:
        return (ct_str){ key->bytes->data, key->bytes->len };
    case CT_VALUE_DECIMAL:
        return decimal_bytes(c, arena, *key->decimal);
    case CT_VALUE_BOOL:
        return (ct_str){ (const char *)&key->boolean, sizeof(key->boolean) };
    case CT_VALUE_DATE:
        return (ct_str){ (const char *)&key->date, sizeof(key->date) };
    case CT_VALUE_REAL: {
        const double *real = key->real < 0 || key->real > 0 ? &key->real : &zero;
        return (ct_str){ (const char *)real, sizeof(*real) };
    }
    default:
        return (ct_str){ (const char *)&key->integer, sizeof(key->integer) };
    }
}

static bool begins(const char *type, const char *word)
{
    while (*word && ct_ascii_lower(*type) == *word)
        type++, word++;
    return !*word;
}

/* "char(5)", "CHARACTER (5)", "bpchar"; not "character varying(5)". */
static bool is_char(const char *type)
{
    static const char *const words[] = { "character", "char", "bpchar" };
    for (size_t i = 0; i < CT_COUNT(words); i++) {
        if (!begins(type, words[i]))
            continue;
        type += strlen(words[i]);
        return type[strspn(type, " ")] == '(' || !type[strspn(type, " ")];
    }
    return false;
}

bool ct_key_padded(ct *c, const ct_table *table, const ct_column *column)
{
    const char *type = column->field ? column->field->sql_type : NULL;
    if (CT_LIKELY(!type) || !is_char(type))
        return false;
    const ct_db_entry *entry = ct_db_site_entry(ct_work_databases(c), table->database);
    return entry && entry->driver->dialect->pads;
}

bool ct_link_padded(ct *c, const ct_link *link)
{
    return ct_key_padded(c, link->other, link->to) || ct_key_padded(c, link->table, link->from);
}
