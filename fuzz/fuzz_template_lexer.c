/* The lexer of templates: tokens are in the order of the text, inside of it and on their lines; inside of tags nothing
 * but whitespace is between them; what a tag begins is ended or refused; text without delimiters is kept. The first
 * byte of the input chooses the options, the rest is the template. Read in both languages; the one it is taken for is
 * asked as well. */
#include "check.h"

#include "template/language.h"

#define WHITESPACE " \t\n\v\f\r\x1c\x1d\x1e\x1f"

static ct_engine_options options_of(uint8_t bits)
{
    static const char *const statements[] = { NULL, "#", "%%", "# " }, *const comments[] = { NULL, "##", "//", "#" };
    return (ct_engine_options){
        .trim_blocks = bits & 1,
        .lstrip_blocks = bits & 2,
        .keep_trailing_newline = bits & 4,
        .line_statement_prefix = statements[bits >> 3 & 3],
        .line_comment_prefix = comments[bits >> 5 & 3],
    };
}

static bool is_begin(const ct_token *t)
{
    return t->type == CT_TOKEN_OUTPUT_BEGIN || t->type == CT_TOKEN_TAG_BEGIN;
}

static bool is_end(const ct_token *t)
{
    return t->type == CT_TOKEN_OUTPUT_END || t->type == CT_TOKEN_TAG_END;
}

/* What whitespace beyond ASCII can look like is left to the tests. */
static void check_between(const char *from, const char *to)
{
    for (; from < to; from++)
        FUZZ_CHECK((*from & 0x80) || memchr(WHITESPACE, *from, sizeof(WHITESPACE) - 1));
}

static void check_token(const ct_token *t)
{
    if (t->type == CT_TOKEN_TEXT || (t->type >= CT_TOKEN_NAME && t->type <= CT_TOKEN_OPERATOR))
        FUZZ_CHECK(t->text.length > 0);
    if (t->type == CT_TOKEN_OPERATOR)
        FUZZ_CHECK(t->op ==
                   (t->text.length == 1 ? (uint16_t)t->text.data[0] : CT_OP2(t->text.data[0], t->text.data[1])));
    if (t->type == CT_TOKEN_STRING)
        FUZZ_CHECK(t->text.length >= 2 && t->text.data[0] == t->text.data[t->text.length - 1]);
    FUZZ_CHECK((t->type == CT_TOKEN_ERROR) == (t->reason != NULL));
    for (const char *at = t->reason; at && *at; at++)
        FUZZ_CHECK((uint8_t)*at >= ' ');
}

static void check_place(const ct_tokens *tokens, const ct_token *t)
{
    uint32_t line, column;
    ct_str text;
    ct_source_place(tokens->source, t->text.data, &line, &column, &text);
    FUZZ_CHECK(line == t->line && column >= 1 && !memchr(text.data, '\n', text.length));
    FUZZ_CHECK(text.data <= t->text.data && text.data + text.length <= tokens->source.data + tokens->source.length);
}

static void check_tokens(const ct_tokens *tokens, bool django)
{
    const char *at = tokens->source.data, *end = at + tokens->source.length, *behind = at;
    const ct_token *begin = NULL;
    uint32_t line = 1;
    bool refused = false;

    FUZZ_CHECK(tokens->count > 0);
    for (const ct_token *t = tokens->items; t < tokens->items + tokens->count; t++) {
        FUZZ_CHECK(t->text.data >= behind && t->text.length <= (size_t)(end - t->text.data));
        bool inside = begin && !is_begin(t) && t->type != CT_TOKEN_TEXT && t->type != CT_TOKEN_END;
        /* A tag of Jinja may have been left at what was refused: the next error is then another one's. */
        if (inside && (django || !refused)) {
            check_between(behind, t->text.data);
            FUZZ_CHECK(t->space_before == (t->text.data > behind));
        } else if (!inside) {
            FUZZ_CHECK(!t->space_before && (!begin || refused));
            begin = NULL;
        }
        for (; at < t->text.data; at++)
            line += *at == '\n';
        FUZZ_CHECK(t->line == line);
        check_token(t);
        if (t->type == CT_TOKEN_ERROR && !refused)
            check_place(tokens, t);
        refused |= t->type == CT_TOKEN_ERROR;
        if (is_begin(t)) {
            begin = t;
            refused = false;
        } else if (is_end(t)) {
            FUZZ_CHECK(begin && (t->type == CT_TOKEN_OUTPUT_END) == (begin->type == CT_TOKEN_OUTPUT_BEGIN));
            begin = NULL;
        }
        FUZZ_CHECK((t->type == CT_TOKEN_END) == (t == tokens->items + tokens->count - 1));
        behind = t->text.data + t->text.length;
    }
}

static void check_plain_text(const ct_tokens *tokens, const ct_engine_options *options, bool django)
{
    ct_str text = tokens->source;
    if (memchr(text.data, '{', text.length))
        return;
    if (!django && (options->line_statement_prefix || options->line_comment_prefix))
        return;
    if (!django && !options->keep_trailing_newline && ct_str_ends(text, CT_STR("\n")))
        text.length--;
    FUZZ_CHECK(tokens->count == (text.length ? 2 : 1));
    FUZZ_CHECK(!text.length || (tokens->items[0].type == CT_TOKEN_TEXT && ct_str_eq(tokens->items[0].text, text)));
}

/* The copy with "\n" alone has the same tokens. */
static void check_again(const ct_tokens *tokens, const ct_engine_options *options, ct_arena *arena)
{
    ct_tokens again = ct_lex(tokens->source, CT_LANGUAGE_JINJA, options, arena);
    FUZZ_CHECK(again.count == tokens->count && again.source.data == tokens->source.data);
    for (size_t i = 0; i < again.count; i++) {
        const ct_token *a = &tokens->items[i], *b = &again.items[i];
        FUZZ_CHECK(a->type == b->type && a->text.data == b->text.data && a->text.length == b->text.length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    ct_str text = { (const char *)data + 1, size - 1 };
    ct_engine_options options = options_of(data[0]);
    ct_arena arena;
    ct_arena_init(&arena, NULL, 0);
    ct_tokens tokens = ct_lex(text, CT_LANGUAGE_JINJA, &options, &arena);
    check_tokens(&tokens, false);
    check_plain_text(&tokens, &options, false);
    FUZZ_CHECK(!memchr(tokens.source.data, '\r', tokens.source.length));
    check_again(&tokens, &options, &arena);
    static ct_engine *engine;
    engine = engine ? engine : ct_engine_create(&(ct_engine_options){ 0 });
    FUZZ_CHECK(ct_language_of(engine, &tokens) <= CT_LANGUAGE_DJANGO);

    tokens = ct_lex(text, CT_LANGUAGE_DJANGO, &options, &arena);
    FUZZ_CHECK(tokens.source.data == text.data && tokens.source.length == text.length);
    check_tokens(&tokens, true);
    check_plain_text(&tokens, &options, true);
    ct_arena_finish(&arena);
    return 0;
}
