/* From the text of a template to tokens, for both languages.
 *
 * Jinja's rules (its 3.1 documentation, "Whitespace Control", "Line Statements", "Escaping") or Django's: there a tag
 * never spans lines, "{# #}" is a comment of one line, what looks like a tag but is none is text, whitespace is left
 * alone. The lexer never fails: what is no token becomes an ERROR token with a reason, and the parser reports it when
 * it gets there. What whitespace control takes away is not part of any TEXT token.
 *
 * Jinja: "\r\n" and "\r" count as "\n" (the lexer works on a copy where they are), and one newline at the end of the
 * text is dropped unless keep_trailing_newline. Django leaves them in what is no file (ct_file_text() is for those). */
#ifndef CANTEEN_TEMPLATE_LEXER_H
#define CANTEEN_TEMPLATE_LEXER_H

#include "base/arena.h"
#include "base/str.h"
#include "template/template.h"

typedef enum ct_token_type {
    CT_TOKEN_TEXT,         /* to be copied to the output; text of raw and verbatim too */
    CT_TOKEN_OUTPUT_BEGIN, /* {{ */
    CT_TOKEN_OUTPUT_END,   /* }} */
    CT_TOKEN_TAG_BEGIN,    /* {% or the start of a line statement */
    CT_TOKEN_TAG_END,      /* %} or the end of the line: "" or the ":" before it */
    CT_TOKEN_NAME,         /* foo, _x, Unicode letters too */
    CT_TOKEN_INTEGER,      /* 42, 1_000, 0xff, 0o17, 0b1; Django: 007 and no bases */
    CT_TOKEN_REAL,         /* 1.5, 1e3, 4_2.5E-1 */
    CT_TOKEN_STRING,       /* with its quotes, escapes as written */
    CT_TOKEN_OPERATOR,     /* `op`: the character, or two of them as CT_OP2('=', '=') */
    CT_TOKEN_ERROR,        /* `reason` */
    CT_TOKEN_END           /* once, last */
} ct_token_type;

#define CT_OP2(a, b) ((uint16_t)((a) << 8 | (b)))

typedef struct ct_token {
    uint8_t type;
    bool space_before;  /* inside of tags: whitespace stands before it; the arguments of Django's tags need that */
    uint16_t op;        /* of OPERATOR: + - / * % ~ ( ) [ ] { } , . : ; | = < > // ** == != <= >= */
    uint32_t line;      /* from 1 */
    ct_str text;        /* as in the source; of TEXT after whitespace control */
    const char *reason; /* of ERROR */
} ct_token;

typedef struct ct_tokens {
    const ct_token *items; /* the last is END */
    size_t count;
    ct_str source; /* what the tokens point into: the text, or the copy with "\n" alone */
    /* Of Jinja: what left no tokens tells the language, as {% raw %} and comments of several lines or {% verbatim %}
     * and {% comment %} do. */
    bool hidden_jinja, hidden_django;
} ct_tokens;

/* In both languages the body of {% raw %}, {% verbatim [name] %} and {% comment [note] %} is not looked into: of raw
 * and verbatim only the body is left as TEXT (no tokens of the tags), of comment nothing, like "{# #}". Without its end
 * there is an ERROR token. Memory is the arena's, which has no limit. */
ct_tokens ct_lex(ct_str text, ct_language language, const ct_engine_options *options, ct_arena *arena);

/* Line and column (in code points, from 1) of a place in the source, and the line itself. */
void ct_source_place(ct_str source, const char *place, uint32_t *ret_line, uint32_t *ret_column, ct_str *ret_text);

#endif
