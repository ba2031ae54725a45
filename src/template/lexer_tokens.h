/* The lexer at work: what lexer.c, which cuts a text into tags and the text between them, shares with lexer_tokens.c,
 * which reads what is inside the tags. */
#ifndef CANTEEN_TEMPLATE_LEXER_TOKENS_H
#define CANTEEN_TEMPLATE_LEXER_TOKENS_H

#include "template/lexer.h"

/* A place where a line statement or a line comment stands. */
typedef struct ct_line_mark {
    const char *from;   /* where the blanks before the prefix begin */
    const char *prefix; /* NULL: not looked for yet; the end of the text: there is none */
} ct_line_mark;

typedef struct ct_lexer {
    ct_arena *arena;
    const ct_engine_options *options;
    const char *start, *at, *end; /* of what is lexed */
    bool django;
    bool hidden_jinja, hidden_django; /* as in ct_tokens */

    ct_token *items;
    size_t count, capacity;
    bool space; /* whitespace was skipped since the last token */

    const char *counted; /* up to here `line` is right */
    uint32_t line;

    /* What was found, or is known not to be there, so that no stretch of text is searched twice. Each of the pointers
     * is good for as long as `at` has not passed it. */
    const char *no_quote[2]; /* no closing ' or " from `at` up to here */
    const char *next_tag;    /* Jinja: the next delimiter; NULL: not looked for yet */
    ct_line_mark statement, comment;
    const char *line_end;    /* Django: the end of the line of `at` */
    const char *no_close[3]; /* Django: no %} }} #} before here */
    bool no_comment_end;     /* Jinja: there is no #} any more */
    bool no_body_end[3];     /* as the bodies of lexer.c are numbered */
} ct_lexer;

/* A token from one place to another, both behind what was added before. */
ct_token *ct_lexer_add(ct_lexer *lexer, ct_token_type type, const char *from, const char *to);
/* The same, refused: `reason` is a constant or the arena's. */
void ct_lexer_refuse(ct_lexer *lexer, const char *from, const char *to, const char *reason);
/* The token at `at`, which is before `limit` and no whitespace. */
const ct_token *ct_lexer_token(ct_lexer *lexer, const char *limit);

/* Whitespace is what Python's str.isspace() calls so. */
const char *ct_skip_space(const char *at, const char *end);
const char *ct_skip_space_back(const char *start, const char *at);
/* Whether there is whitespace at `at`, or right before it. */
bool ct_space_at(const char *at, const char *end);
bool ct_space_before(const char *start, const char *at);
/* Steps over whitespace inside a tag. */
void ct_lexer_space(ct_lexer *lexer, const char *limit);

/* Brackets that are open, each as the one that closes it. */
enum { CT_BRACKETS_MAX = 200 }; /* as deep as Python's own parser goes */
typedef struct ct_brackets {
    uint32_t count;
    char closing[CT_BRACKETS_MAX];
} ct_brackets;
/* Counts the token just added. A bracket that closes none, the wrong one or goes too deep makes it an ERROR: false. */
bool ct_lexer_balance(ct_lexer *lexer, ct_brackets *open);

#endif
