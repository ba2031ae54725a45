/* The tokens inside tags: names, numbers, strings, operators. Both languages have the same ones, but that Django knows
 * no numbers with a base and lets them begin with zeros.
 *
 * Every byte of a tag that is no whitespace is part of exactly one token. The searches are bounded: a quote that
 * nothing closes is looked for once. It does not read what the tokens mean: escapes, keywords and values are the
 * parser's. */
#include "template/lexer_tokens.h"

#include <unictype.h>
#include <unistr.h>

/* ---- whitespace ---- */

/* Whitespace beyond ASCII: U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. */
static size_t wide_space_at(const char *at, const char *end)
{
    const uint8_t *u = (const uint8_t *)at;
    if (end - at >= 2 && u[0] == 0xc2)
        return u[1] == 0x85 || u[1] == 0xa0 ? 2 : 0;
    if (end - at < 3 || u[0] < 0xe1 || u[0] > 0xe3)
        return 0;
    bool space = false;
    if (u[0] == 0xe1)
        space = u[1] == 0x9a && u[2] == 0x80;
    else if (u[0] == 0xe3)
        space = u[1] == 0x80 && u[2] == 0x80;
    else if (u[1] == 0x80)
        space = (u[2] >= 0x80 && u[2] <= 0x8a) || u[2] == 0xa8 || u[2] == 0xa9 || u[2] == 0xaf;
    else
        space = u[1] == 0x81 && u[2] == 0x9f;
    return space ? 3 : 0;
}

static bool ascii_space(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r') || (ch >= 0x1c && ch <= 0x1f);
}

static size_t space_at(const char *at, const char *end)
{
    if (at == end)
        return 0;
    if ((*at & 0x80) == 0)
        return ascii_space(*at);
    return wide_space_at(at, end);
}

static size_t space_before(const char *start, const char *at)
{
    if (at == start)
        return 0;
    if ((at[-1] & 0x80) == 0)
        return ascii_space(at[-1]);
    if (at - start >= 2 && wide_space_at(at - 2, at) == 2)
        return 2;
    return at - start >= 3 ? wide_space_at(at - 3, at) : 0;
}

const char *ct_skip_space(const char *at, const char *end)
{
    for (size_t length; (length = space_at(at, end));)
        at += length;
    return at;
}

const char *ct_skip_space_back(const char *start, const char *at)
{
    for (size_t length; (length = space_before(start, at));)
        at -= length;
    return at;
}

bool ct_space_at(const char *at, const char *end)
{
    return space_at(at, end) != 0;
}

bool ct_space_before(const char *start, const char *at)
{
    return space_before(start, at) != 0;
}

void ct_lexer_space(ct_lexer *lexer, const char *limit)
{
    const char *to = ct_skip_space(lexer->at, limit);
    lexer->space |= to != lexer->at;
    lexer->at = to;
}

/* ---- the array ---- */

static uint32_t line_of(ct_lexer *lexer, const char *place)
{
    for (const char *newline; (newline = memchr(lexer->counted, '\n', (size_t)(place - lexer->counted)));) {
        lexer->line++;
        lexer->counted = newline + 1;
    }
    lexer->counted = place;
    return lexer->line;
}

ct_token *ct_lexer_add(ct_lexer *lexer, ct_token_type type, const char *from, const char *to)
{
    if (lexer->count == lexer->capacity) {
        size_t capacity = lexer->capacity ? lexer->capacity * 2 : (size_t)(lexer->end - lexer->start) / 16 + 16;
        lexer->items = ct_arena_grow(lexer->arena, lexer->items, lexer->capacity * sizeof *lexer->items,
                                     capacity * sizeof *lexer->items);
        if (!lexer->items)
            ct_die("the memory of templates must have no limit");
        lexer->capacity = capacity;
    }
    ct_token *token = &lexer->items[lexer->count++];
    *token = (ct_token){ .type = (uint8_t)type,
                         .space_before = lexer->space,
                         .line = line_of(lexer, from),
                         .text = { from, (size_t)(to - from) } };
    lexer->space = false;
    return token;
}

void ct_lexer_refuse(ct_lexer *lexer, const char *from, const char *to, const char *reason)
{
    ct_lexer_add(lexer, CT_TOKEN_ERROR, from, to)->reason = reason ? reason : "unexpected character";
}

/* ---- names ---- */

static bool ascii_name_char(char ch)
{
    char lower = ct_ascii_lower(ch);
    return (lower >= 'a' && lower <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
}

/* The length of a letter beyond ASCII that a name may begin or go on with; 0: it is none. */
static size_t wide_name_char(const char *at, const char *limit, bool first)
{
    ucs4_t uc;
    int length = u8_mbtoucr(&uc, (const uint8_t *)at, (size_t)(limit - at));
    if (length <= 0 || !(first ? uc_is_property_xid_start(uc) : uc_is_property_xid_continue(uc)))
        return 0;
    return (size_t)length;
}

/* The end of the name at `at`; `at` itself when there is none. */
static const char *skip_name(const char *at, const char *limit)
{
    const char *from = at;
    while (at < limit) {
        if ((*at & 0x80) == 0) {
            if (!ascii_name_char(*at))
                break;
            at++;
            continue;
        }
        size_t length = wide_name_char(at, limit, at == from);
        if (!length)
            break;
        at += length;
    }
    return at;
}

/* ---- numbers ---- */

static bool is_digit(char ch, int base)
{
    int digit = 99;
    if (ch >= '0' && ch <= '9')
        digit = ch - '0';
    else if (ct_ascii_lower(ch) >= 'a' && ct_ascii_lower(ch) <= 'f')
        digit = ct_ascii_lower(ch) - 'a' + 10;
    return digit < base;
}

/* Digits, with single underscores between them or in front. */
static const char *skip_digits(const char *at, const char *limit, int base)
{
    for (;;) {
        if (at < limit && is_digit(*at, base))
            at++;
        else if (limit - at >= 2 && *at == '_' && is_digit(at[1], base))
            at += 2;
        else
            return at;
    }
}

/* The end of the fraction and the exponent after the digits that end at `whole`; that itself when there is neither. */
static const char *skip_real(const char *whole, const char *limit)
{
    const char *at = whole;
    if (limit - at >= 2 && *at == '.' && is_digit(at[1], 10))
        at = skip_digits(at + 1, limit, 10);
    if (limit - at < 2 || ct_ascii_lower(*at) != 'e')
        return at;
    const char *exponent = at + 1;
    if (*exponent == '+' || *exponent == '-')
        exponent++;
    return exponent < limit && is_digit(*exponent, 10) ? skip_digits(exponent, limit, 10) : at;
}

static int base_of(const char *at, const char *limit)
{
    if (limit - at < 3 || *at != '0')
        return 10;
    char letter = ct_ascii_lower(at[1]);
    return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
}

static const ct_token *number(ct_lexer *lexer, const char *limit)
{
    const char *from = lexer->at, *whole = skip_digits(from, limit, 10);
    ct_token_type type = CT_TOKEN_INTEGER;

    lexer->at = whole;
    int base = lexer->django ? 10 : base_of(from, limit);
    const char *based = base == 10 ? from : skip_digits(from + 2, limit, base);
    if (base != 10 && based > from + 2) {
        lexer->at = based;
        return ct_lexer_add(lexer, type, from, based);
    }
    /* What follows a dot is an index: in "list.0.1" there is no 0.1. */
    bool index = from > lexer->start && from[-1] == '.';
    const char *real = index ? whole : skip_real(whole, limit), *name = lexer->django ? skip_name(from, limit) : from;
    if (name > real) { /* Django: {{ sizes.2xl }} */
        type = CT_TOKEN_NAME;
        lexer->at = name;
    } else if (real > whole) {
        type = CT_TOKEN_REAL;
        lexer->at = real;
    } else if (*from == '0' && !lexer->django) {
        lexer->at = skip_digits(from, limit, 1); /* zeros: as in Python, 012 is no number */
    }
    return ct_lexer_add(lexer, type, from, lexer->at);
}

/* ---- strings, operators, the rest ---- */

static const ct_token *string(ct_lexer *lexer, const char *limit)
{
    const char *from = lexer->at, *at = from + 1;
    const char **no_quote = &lexer->no_quote[*from == '"'];

    if (*no_quote != limit) {
        while (at < limit && *at != *from)
            at += *at == '\\' && limit - at > 1 ? 2 : 1;
        if (at < limit) {
            lexer->at = at + 1;
            return ct_lexer_add(lexer, CT_TOKEN_STRING, from, at + 1);
        }
        /* Every such quote up to the limit is escaped, so none of them will close another one either. */
        *no_quote = limit;
    }
    lexer->at = from + 1;
    ct_lexer_refuse(lexer, from, from + 1, "unclosed string");
    return &lexer->items[lexer->count - 1];
}

static uint16_t operator_at(const char *at, const char *limit)
{
    char next = limit - at >= 2 ? at[1] : '\0';
    if (*at && next == *at && strchr("/*=", *at))
        return CT_OP2(*at, *at);
    if (*at && next == '=' && strchr("!<>", *at))
        return CT_OP2(*at, '=');
    return *at && strchr("+-/*%~()[]{},.:;|=<>", *at) ? (uint16_t)*at : 0;
}

static const ct_token *unexpected(ct_lexer *lexer, const char *limit)
{
    const char *from = lexer->at, *reason;
    ucs4_t uc;
    int length = u8_mbtoucr(&uc, (const uint8_t *)from, (size_t)(limit - from));
    if (length > 0 && uc >= ' ' && uc != 0x7f)
        reason = ct_arena_printf(lexer->arena, "unexpected char '%.*s'", length, from);
    else
        reason = ct_arena_printf(lexer->arena, "unexpected char '\\x%02x'", (unsigned)(uint8_t)*from);
    lexer->at = from + CT_MAX(length, 1);
    ct_lexer_refuse(lexer, from, lexer->at, reason);
    return &lexer->items[lexer->count - 1];
}

const ct_token *ct_lexer_token(ct_lexer *lexer, const char *limit)
{
    const char *from = lexer->at;
    if (is_digit(*from, 10))
        return number(lexer, limit);
    if (*from == '"' || *from == '\'')
        return string(lexer, limit);
    const char *name_end = skip_name(from, limit);
    if (name_end > from) {
        lexer->at = name_end;
        return ct_lexer_add(lexer, CT_TOKEN_NAME, from, name_end);
    }
    uint16_t op = operator_at(from, limit);
    if (!op)
        return unexpected(lexer, limit);
    lexer->at = from + (op > 0xff ? 2 : 1);
    ct_token *token = ct_lexer_add(lexer, CT_TOKEN_OPERATOR, from, lexer->at);
    token->op = op;
    return token;
}

/* ---- brackets ---- */

static bool refuse_bracket(ct_token *token, const char *reason)
{
    token->type = CT_TOKEN_ERROR;
    token->op = 0;
    token->reason = reason ? reason : "unexpected bracket";
    return false;
}

bool ct_lexer_balance(ct_lexer *lexer, ct_brackets *open)
{
    ct_token *token = &lexer->items[lexer->count - 1];
    if (token->type != CT_TOKEN_OPERATOR)
        return true;
    char ch = (char)token->op, closing = ch == '(' ? ')' : ch == '[' ? ']' : ch == '{' ? '}' : '\0';
    if (closing) {
        if (open->count == CT_BRACKETS_MAX)
            return refuse_bracket(token, "too many brackets are open");
        open->closing[open->count++] = closing;
        return true;
    }
    if (token->op != ')' && token->op != ']' && token->op != '}')
        return true;
    if (!open->count)
        return refuse_bracket(token, ct_arena_printf(lexer->arena, "unexpected '%c'", ch));
    char expected = open->closing[open->count - 1];
    if (ch != expected)
        return refuse_bracket(token, ct_arena_printf(lexer->arena, "unexpected '%c', expected '%c'", ch, expected));
    open->count--;
    return true;
}
