/* The fields that a call names, found in the text of its arguments.
 *
 *   ct_create(c, Post, .title = "a, .views = 3", .author_id = user->id)
 *                      ^ given                   ^ given
 *
 * A struct cannot tell what was given from what is zero, but the text that the compiler has kept can. A name counts
 * where an argument begins: at the start and behind a comma that is outside of brackets, literals of text and of
 * characters. `.data.x = 1` gives `data`. The text is what the preprocessor made of the arguments: comments are gone,
 * macros of the program are not expanded.
 *
 * In a query and in changes the same text shows a condition without an operator, `.views = 0`, which initializes the
 * operator itself: CT_OP_NONE, no condition at all. That is refused. */
#include "db/given.h"
#include "db/kinds.h"
#include "db/sql.h"
#include "net/work.h"

static bool is_name(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           (unsigned char)ch >= 0x80;
}

static bool is_space(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* Behind the literal whose quote is at `at`. */
static const char *skip_literal(const char *at)
{
    char quote = *at++;
    for (; *at && *at != quote; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* The comma that ends an argument, or the end of the text. */
static const char *skip_argument(const char *at)
{
    for (size_t depth = 0; *at && (*at != ',' || depth);) {
        if (*at == '"' || *at == '\'') {
            at = skip_literal(at);
            continue;
        }
        if (*at == '(' || *at == '[' || *at == '{')
            depth++;
        else if ((*at == ')' || *at == ']' || *at == '}') && depth)
            depth--;
        at++;
    }
    return at;
}

static ct_str trimmed(const char *from, const char *to)
{
    while (from < to && is_space(*from))
        from++;
    while (to > from && is_space(to[-1]))
        to--;
    return (ct_str){ from, (size_t)(to - from) };
}

bool ct_given_next(const char **rest, ct_given_field *ret_field)
{
    while (**rest) {
        const char *end = skip_argument(*rest), *at = *rest;
        *rest = *end ? end + 1 : end;
        while (is_space(*at))
            at++;
        if (*at++ != '.')
            continue;
        while (is_space(*at))
            at++;
        const char *name = at;
        while (is_name(*at))
            at++;
        if (at == name)
            continue;
        ret_field->name = (ct_str){ name, (size_t)(at - name) };
        while (is_space(*at))
            at++;
        /* What is behind .name.member or .name[0] is one part of the field. */
        ret_field->value = *at == '=' ? trimmed(at + 1, end) : (ct_str){ NULL, 0 };
        return true;
    }
    return false;
}

/* ---- rows ---- */

/* The field that an argument of a row names: "author_id" and "author" of a ref; the latter is the row. */
static const ct_field *named(const ct_shape *shape, ct_str name, size_t *ret_index, bool *ret_row)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const ct_field *field = &shape->fields[i];
        size_t length = strlen(field->name);
        bool whole = ct_str_eq(ct_str_of(field->name), name);
        bool key = ct_kind_is_ref(field->kind) && name.length == length + 3 &&
                   memcmp(name.data, field->name, length) == 0 && memcmp(name.data + length, "_id", 3) == 0;
        if (!whole && !key)
            continue;
        *ret_index = i;
        *ret_row = whole && ct_kind_is_ref(field->kind);
        return field;
    }
    return NULL;
}

void ct_given_resolve(ct *c, ct_given *given, const ct_shape *shape)
{
    (void)c;
    if (given->shape == shape)
        return;
    uint64_t rows = 0, values = 0;
    bool key = false;
    const char *rest = given->text;
    for (ct_given_field field; ct_given_next(&rest, &field);) {
        size_t index;
        bool row;
        if (!named(shape, field.name, &index, &row))
            continue;
        if (index < shape->unmasked)
            key = true;
        else
            *(row ? &rows : &values) |= UINT64_C(1) << (index - shape->unmasked);
    }
    given->mask = rows | values;
    given->rows = rows & ~values;
    given->key = key;
    given->shape = shape;
}

/* ---- conditions and changes ---- */

/* Without brackets around it, casts and a sign: "((bool)+0u)" is "0u". */
static ct_str bare(ct_str value)
{
    while (value.length && (*value.data == '(' || *value.data == '+' || *value.data == '-')) {
        const char *end = value.data + value.length, *close = value.data + 1;
        for (size_t depth = *value.data == '('; depth && close < end; close++)
            depth += (size_t)(*close == '(') - (*close == ')');
        bool whole = *value.data == '(' && close == end;
        value = whole ? trimmed(value.data + 1, end - 1) : trimmed(close, end);
    }
    return value;
}

/* What leaves the operator zero and the compiler silent: 0, NULL, false, '\0', { }. */
static bool is_nothing(ct_str value)
{
    static const char *const words[] = { "NULL", "false", "nullptr", "'\\0'", "{ }", "{}", "{ 0 }", "{0}" };
    value = bare(value);
    for (size_t i = 0; i < CT_COUNT(words); i++)
        if (ct_str_eq(value, ct_str_of(words[i])))
            return true;
    size_t zeros = 0;
    while (zeros < value.length && (value.data[zeros] == '0' || (zeros == 1 && value.data[zeros] == 'x')))
        zeros++;
    size_t end = zeros;
    while (end < value.length && strchr("uUlL", value.data[end]))
        end++;
    return zeros && end == value.length;
}

/* How nothing is written for what the argument names; NULL where nothing is meant: an option of the query, or a
 * relation without a condition on what is behind it. */
static const char *nothing_of(const ct_shape *shape, ct_str name)
{
    size_t index;
    bool row;
    const ct_field *field = named(shape, name, &index, &row);
    if (!field || row)
        return NULL;
    if (!ct_kind_has_column(field->kind))
        return NULL;
    ct_kind kind = ct_kind_of_key(field->kind);
    return ct_kind_is_text(kind) ? "NULL" : kind == CT_KIND_boolean ? "false" : "0";
}

/* EQ("false"), SET("yes"): C makes true of any text. Of the arguments the preprocessor has made
 * { .op = ..., .value = ("false") }. */
static bool is_literal_text(ct_str value)
{
    static const char member[] = ".value";
    const char *at = value.data ? strstr(value.data, member) : NULL;
    if (!at || at >= value.data + value.length)
        return false;
    at += sizeof(member) - 1;
    at += strspn(at, " =(");
    if (*at != '"')
        return false;
    at = skip_literal(at);
    at += strspn(at, " )");
    return *at == ',' || *at == '}';
}

static bool is_boolean(const ct_shape *shape, ct_str name)
{
    size_t index;
    bool row;
    const ct_field *field = named(shape, name, &index, &row);
    return field && field->kind == CT_KIND_boolean;
}

void ct_given_check(ct *c, ct_given *given, const ct_shape *shape, bool change)
{
    if (given->shape)
        return;
    if (given->check && given->check != shape->check)
        ct_mistake(c, "%s:%d: two models are named %s: rename one, or declare it once, in a header", given->file,
                   given->line, shape->name);
    const char *rest = given->text;
    for (ct_given_field field; ct_given_next(&rest, &field);) {
        given->paged |= !change && (ct_str_eq(field.name, CT_STR("after")) || ct_str_eq(field.name, CT_STR("before")));
        if (is_literal_text(field.value) && is_boolean(shape, field.name))
            ct_mistake(c, "%s:%d: .%.*s is a boolean, and any text is true: write %s(true) or %s(false)", given->file,
                       given->line, CT_STR_ARG(field.name), change ? "SET" : "EQ", change ? "SET" : "EQ");
        const char *nothing = is_nothing(field.value) ? nothing_of(shape, field.name) : NULL;
        if (!nothing)
            continue;
        const char *word = change ? "SET" : "EQ", *null = change ? "TO_NULL" : "IS_NULL";
        bool text = strcmp(nothing, "NULL") == 0;
        ct_mistake(c, "%s:%d: .%.*s = %s %s: write .%.*s = %s%s%s%s", given->file, given->line, CT_STR_ARG(field.name),
                   nothing, change ? "changes nothing" : "is no condition", CT_STR_ARG(field.name), text ? null : word,
                   text ? "" : "(", text ? "" : nothing, text ? "" : ")");
    }
    given->shape = shape;
}
