/* Names for what a database has, as Django's inspectdb makes them: lower case, '_' for what is no letter or digit,
 * words of C and of queries with "_field" behind, a number where two would be one. */
#include "base/common.h"
#include "canteen/work.h"
#include "db/inspect.h"
#include "net/work.h"

#include <ctype.h>

/* What a field cannot be called: words of C, macros in lower case that headers define, members of rows and queries. */
static const char *const reserved[] = {
    "alignas",       "alignof",   "asm",      "auto",          "bool",     "break",
    "case",          "char",      "const",    "continue",      "default",  "do",
    "double",        "else",      "enum",     "errno",         "extern",   "false",
    "float",         "for",       "goto",     "i386",          "if",       "inline",
    "int",           "linux",     "long",     "noreturn",      "register", "restrict",
    "return",        "s_addr",    "short",    "signed",        "sizeof",   "st_atime",
    "st_ctime",      "st_mtime",  "static",   "static_assert", "stderr",   "stdin",
    "stdout",        "struct",    "switch",   "thread_local",  "true",     "typedef",
    "typeof",        "union",     "unix",     "unsigned",      "void",     "volatile",
    "while",         "row",       "all",      "any",           "none",     "union_of",
    "union_all",     "intersect", "except",   "order_by",      "with",     "only",
    "defer",         "after",     "before",   "limit",         "offset",   "distinct",
    "distinct_on",   "lock",      "using",    "end",           "options",  "change_type",
    "no_such_field", "having",    "of_shape", "declared_type",
};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < CT_COUNT(reserved); i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    return false;
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

static bool is_taken(const ct_strmap *taken, const char *name)
{
    return ct_strmap_get(taken, ct_str_of(name)) != NULL;
}

static const char *take(ct_strmap *taken, const char *name)
{
    static char here;
    ct_strmap_set(taken, ct_str_of(name), &here);
    return name;
}

/* ---- models ---- */

const char *ct_inspect_model_name(ct *c, const char *table, ct_strmap *taken)
{
    ct_buffer out = ct_buffer_in(ct_work_arena(c));
    bool lower = false, upper = true;
    for (const char *at = table; *at; at++)
        lower |= *at >= 'a' && *at <= 'z';
    for (const char *at = table; *at; at++) {
        if (is_letter(*at))
            ct_buffer_char(&out, (char)(upper ? toupper(*at) : lower ? *at : tolower(*at)));
        upper = !is_letter(*at);
    }
    const char *name = ct_buffer_text(&out);
    if (!*name || isdigit((unsigned char)*name) || !name[1])
        name = ct_printf(c, "Table%s", name);
    const char *found = name;
    for (unsigned number = 2; is_taken(taken, found); number++)
        found = ct_printf(c, "%s%u", name, number);
    return take(taken, found);
}

/* ---- fields ---- */

/* Lower case, letters, digits and '_'; false where that is another name. */
static bool normalize(ct *c, const char *column, const char **ret_name)
{
    char *name = ct_strdup(c, column), *to = name;
    bool same = true;
    for (const char *at = column; *at; at++) {
        unsigned char ch = (unsigned char)*at;
        if ((ch & 0xC0) == 0x80)
            continue; /* one '_' for a letter of several bytes */
        *to = is_letter((char)ch) ? (char)tolower(ch) : '_';
        same &= *to++ == *at;
    }
    *to = '\0';
    *ret_name = name;
    return same;
}

static bool ends_with_id(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, "_id") == 0;
}

/* Of a ref both the name and the name with _id must be free. */
static bool is_free(ct *c, const ct_strmap *taken, const char *name, bool reference)
{
    return !is_taken(taken, name) && !(reference && is_taken(taken, ct_printf(c, "%s_id", name)));
}

const char *ct_inspect_field_name(ct *c, const char *column, bool reference, bool model, ct_strmap *taken,
                                  const char **ret_note)
{
    const char *name;
    *ret_note = normalize(c, column, &name) ? NULL : "renamed: the column has letters that no field is written with";
    if (reference && ends_with_id(name))
        name = ct_strndup(c, name, strlen(name) - 3);
    if (!*name || (*name >= '0' && *name <= '9') || strspn(name, "_") == strlen(name)) {
        name = ct_printf(c, "number_%s", name);
        *ret_note = "renamed: the column begins with no letter";
    } else if (*name == '_') {
        name = ct_printf(c, "field%s", name);
        *ret_note = "renamed: the column begins with '_'";
    } else if (is_reserved(name) || (model && strcmp(name, "id") == 0)) {
        name = ct_printf(c, "%s_field", name);
        *ret_note = "renamed: the column is a word of C or of queries";
    }
    const char *found = name;
    for (unsigned number = 2; !is_free(c, taken, found, reference); number++) {
        found = ct_printf(c, "%s_%u", name, number);
        *ret_note = "renamed: another field has this name";
    }
    if (reference)
        take(taken, ct_printf(c, "%s_id", found));
    return take(taken, found);
}
